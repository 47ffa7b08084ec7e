//! Command sets: which operation, on what class of objects, with what outcome (PS3.7 clauses 9, 10 and
//! annexes C, E).

use super::uid::Uid;
use crate::dissect::{Probe, Side};

/// Set in the command field of every response.
const RESPONSE: u16 = 0x8000;

/// An operation, by the command field of its request (PS3.7 E.1-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    CStore = 0x0001,
    CGet = 0x0010,
    CFind = 0x0020,
    CMove = 0x0021,
    CEcho = 0x0030,
    NEventReport = 0x0100,
    NGet = 0x0110,
    NSet = 0x0120,
    NAction = 0x0130,
    NCreate = 0x0140,
    NDelete = 0x0150,
    CCancel = 0x0fff,
}

impl Operation {
    const ALL: [(Operation, &'static str); 12] = [
        (Operation::CStore, "C-STORE"),
        (Operation::CGet, "C-GET"),
        (Operation::CFind, "C-FIND"),
        (Operation::CMove, "C-MOVE"),
        (Operation::CEcho, "C-ECHO"),
        (Operation::NEventReport, "N-EVENT-REPORT"),
        (Operation::NGet, "N-GET"),
        (Operation::NSet, "N-SET"),
        (Operation::NAction, "N-ACTION"),
        (Operation::NCreate, "N-CREATE"),
        (Operation::NDelete, "N-DELETE"),
        (Operation::CCancel, "C-CANCEL"),
    ];

    /// The operation a command field is of.
    fn of(field: u16) -> Option<Operation> {
        let found = Operation::ALL.iter().find(|(operation, _)| *operation as u16 == field & !RESPONSE);
        found.map(|(operation, _)| *operation)
    }

    /// The operation's name.
    pub(super) fn name(self) -> &'static str {
        let found = Operation::ALL.iter().find(|(operation, _)| *operation == self);
        found.map_or("", |(_, name)| name)
    }

    /// True when the side that asks for it is the provider of the class: only events are told by providers.
    pub(super) fn is_of_provider(self) -> bool {
        self == Operation::NEventReport
    }
}

/// What the command set of a message said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Command {
    /// (0000,0100); zero until it was read.
    field: u16,
    /// (0000,0900) of a response.
    pub(super) status: u16,
    /// (0000,0002) or (0000,0003).
    pub(super) class: Uid,
    /// A C-MOVE made the sender send an object that others made (0000,1030).
    pub(super) moved: bool,
    /// (0000,1002) of an N-EVENT-REPORT.
    pub(super) event: u16,
    /// (0000,1022), objects that could not be sent.
    pub(super) failed: u16,
    /// (0000,0600) of a C-MOVE.
    pub(super) destination: [u8; 16],
}

/// Elements of a command set that are read (PS3.7 E.1-1).
const AFFECTED_CLASS: u32 = 0x0000_0002;
const REQUESTED_CLASS: u32 = 0x0000_0003;
const COMMAND_FIELD: u32 = 0x0000_0100;
const MOVE_DESTINATION: u32 = 0x0000_0600;
const STATUS: u32 = 0x0000_0900;
const EVENT_TYPE: u32 = 0x0000_1002;
const FAILED_SUBOPERATIONS: u32 = 0x0000_1022;
const MOVE_ORIGINATOR: u32 = 0x0000_1030;

impl Command {
    /// True for elements whose value is wanted.
    pub(super) fn wants(tag: u32) -> bool {
        matches!(
            tag,
            AFFECTED_CLASS
                | REQUESTED_CLASS
                | COMMAND_FIELD
                | MOVE_DESTINATION
                | STATUS
                | EVENT_TYPE
                | FAILED_SUBOPERATIONS
                | MOVE_ORIGINATOR
        )
    }

    /// Takes one element's value.
    pub(super) fn take(&mut self, tag: u32, value: &[u8]) {
        let number = value.try_into().map(u16::from_le_bytes).ok();
        match tag {
            AFFECTED_CLASS | REQUESTED_CLASS => self.class = Uid::of(value).unwrap_or_default(),
            COMMAND_FIELD => self.field = number.unwrap_or(0),
            MOVE_DESTINATION => {
                for (slot, byte) in self.destination.iter_mut().zip(value) {
                    *slot = *byte;
                }
            }
            STATUS => self.status = number.unwrap_or(0),
            EVENT_TYPE => self.event = number.unwrap_or(0),
            FAILED_SUBOPERATIONS => self.failed = number.unwrap_or(0),
            MOVE_ORIGINATOR => self.moved = true,
            _ => {}
        }
    }

    /// The operation, where it is known.
    pub(super) fn operation(&self) -> Option<Operation> {
        Operation::of(self.field)
    }

    pub(super) fn is_response(&self) -> bool {
        self.field & RESPONSE != 0
    }

    /// True once its command field was read.
    pub(super) fn is_known(&self) -> bool {
        self.field != 0
    }

    /// The operation when this asks for it.
    pub(super) fn request(&self) -> Option<Operation> {
        self.operation().filter(|_| !self.is_response())
    }

    /// The operation when this answers it.
    pub(super) fn response(&self) -> Option<Operation> {
        self.operation().filter(|_| self.is_response())
    }

    /// True while more responses follow.
    pub(super) fn is_pending(&self) -> bool {
        matches!(self.status, 0xff00 | 0xff01)
    }

    /// True for a status of the class failure (PS3.7 C.1): not success, warning, cancel or pending.
    pub(super) fn is_failure(&self) -> bool {
        match self.status {
            0x0000 | 0x0001 | 0x0107 | 0x0116 | 0xfe00 | 0xff00 | 0xff01 => false,
            status => status & 0xf000 != 0xb000,
        }
    }
}

/// The report that of some objects no copy is kept (PS3.4 J.3.3, Event Type ID 2), in place of a status.
pub(super) const NOT_ALL_COMMITTED: u16 = 2;

/// A status in words (PS3.7 annex C; PS3.4 tables B.2-1, C.4-1 to C.4-3).
pub(super) fn status_words(operation: Operation, status: u16) -> &'static str {
    match (status, operation) {
        (NOT_ALL_COMMITTED, Operation::NEventReport) => "storage not committed for some objects",
        (0x0105, _) => "no such attribute",
        (0x0106, _) => "invalid attribute value",
        (0x0110, _) => "processing failure",
        (0x0111, _) => "duplicate SOP instance",
        (0x0112, _) => "no such SOP instance",
        (0x0113, _) => "no such event type",
        (0x0114, _) => "no such argument",
        (0x0115, _) => "invalid argument value",
        (0x0117, _) => "invalid SOP instance",
        (0x0118, _) => "no such SOP class",
        (0x0119, _) => "class-instance conflict",
        (0x0120, _) => "missing attribute",
        (0x0121, _) => "missing attribute value",
        (0x0122, _) => "SOP class not supported",
        (0x0123, _) => "no such action type",
        (0x0124, _) => "not authorized",
        (0x0210, _) => "duplicate invocation",
        (0x0211, _) => "unrecognized operation",
        (0x0212, _) => "mistyped argument",
        (0x0213, _) => "resource limitation",
        (0xa801, Operation::CMove) => "move destination unknown",
        (0xa700..=0xa7ff, _) => "out of resources",
        (0xa900..=0xa9ff, _) => "data set does not match SOP class",
        (0xc000..=0xcfff, Operation::CStore) => "cannot understand",
        (0xc000..=0xcfff, _) => "unable to process",
        _ => "status of its own",
    }
}

/// Whether a P-DATA-TF begins a conversation whose negotiation was missed, and who sends it: requests come
/// from who opened the association, but for those of C-GET.
pub(super) fn probe(head: &[u8]) -> Probe {
    let Some(&[_, _, a, b, c, d, e, f, g, h, context, control, ref set @ ..]) = head.get(..) else {
        return Probe::Unsure;
    };
    let (pdu, pdv) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
    // A command set, which begins with its length.
    const GROUP_LENGTH: [u8; 8] = [0, 0, 0, 0, 4, 0, 0, 0];
    let begins = GROUP_LENGTH.iter().zip(set).all(|(wanted, have)| wanted == have);
    if context & 1 == 0 || control & !2 != 1 || pdv < 14 || pdv.saturating_add(4) > pdu || !begins {
        return Probe::No;
    }
    const COMMAND_FIELD: [u8; 8] = [0, 0, 0, 1, 2, 0, 0, 0];
    let found = set.windows(10).take(128).find(|window| window.starts_with(&COMMAND_FIELD));
    match found {
        Some(&[.., high]) if high & 0x80 != 0 => Probe::Certain(Side::Server),
        Some(_) => Probe::Certain(Side::Client),
        None if head.len() < 128 => Probe::Unsure,
        None => Probe::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_are_failures() {
        let fails = |status| Command { status, ..Command::default() }.is_failure();
        for status in [0x0110, 0x0122, 0x0124, 0xa700, 0xa801, 0xa900, 0xc000, 0x0211] {
            assert!(fails(status), "{status:04x}");
        }
        for status in [0, 0xff00, 0xff01, 0xfe00, 0xb000, 0xb007, 0x0107, 0x0116, 0x0001] {
            assert!(!fails(status), "{status:04x}");
        }
    }

    #[test]
    fn every_operation_has_its_name() {
        for (operation, name) in Operation::ALL {
            assert_eq!(Operation::of(operation as u16), Some(operation));
            assert_eq!(Operation::of(operation as u16 | RESPONSE), Some(operation));
            assert_eq!(operation.name(), name);
        }
        assert_eq!(Operation::of(0x0077), None);
    }
}
