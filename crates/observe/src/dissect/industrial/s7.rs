//! Siemens S7 controllers: S7 communication over ISO transport on TCP port 102 (RFC 1006, ISO 8073). What they
//! say of themselves stands in system status lists (Siemens, System Software for S7-300/400, SZL 16#0011 and
//! 16#001C); what is done to them in the functions of jobs.

use super::super::framed::{Frames, Framing};
use super::super::{Facts, Probe, Side, Starts, Step, StreamDissector};
use super::text;
use crate::dissect::arp::Text;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// TPKT's version.
const VERSION: u8 = 3;
/// TPKT, and the first two bytes of ISO transport: length indicator and kind.
const HEAD: usize = 6;
/// So much of a message is read: the header, and the lists above in one.
const READ_BYTES_MAX: usize = 1_024;
const CONNECTION_REQUEST: u8 = 0xe0;
const CONNECTION_CONFIRM: u8 = 0xd0;
const DATA: u8 = 0xf0;
/// What every S7 message begins with.
const S7: u8 = 0x32;
const JOB: u8 = 1;
const USERDATA: u8 = 7;
const LIST_MODULE: u16 = 0x0011;
const LIST_COMPONENT: u16 = 0x001c;

const FRAMING: Framing = Framing { head: HEAD, read_max: READ_BYTES_MAX, length };

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct S7comm {
    client: Frames,
    server: Frames,
    /// Transfers told so far, so that one of many blocks is one event.
    told: u8,
}

impl StreamDissector for S7comm {
    const STARTS: Starts = Starts::of(&[VERSION]);
    const HELD_BYTES_MAX: usize = READ_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        // Other protocols use the same transport; the first message of S7 itself decides.
        let mut rest = head;
        loop {
            let Some(start) = rest.get(..HEAD) else {
                let possible = rest.iter().zip([VERSION, 0]).all(|(byte, wanted)| *byte == wanted);
                return if possible { Probe::Unsure } else { Probe::No };
            };
            let Some(length) = length(start) else { return Probe::No };
            match start.get(5).copied() {
                Some(DATA) => match rest.get(7..9) {
                    Some([S7, kind @ (1 | 2 | 3 | USERDATA)]) => return side_of(*kind, rest),
                    Some(_) => return Probe::No,
                    None => return Probe::Unsure,
                },
                Some(CONNECTION_REQUEST | CONNECTION_CONFIRM) => {}
                _ => return Probe::No,
            }
            rest = rest.get(length..).unwrap_or_default();
            if rest.is_empty() {
                return Probe::Unsure;
            }
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let told = &mut self.told;
        let frames = if side == Side::Client { &mut self.client } else { &mut self.server };
        Step::Took(frames.read(&FRAMING, bytes, facts, |message, facts| read(side, message, told, facts)))
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let frames = if side == Side::Client { &mut self.client } else { &mut self.server };
        frames.gap(missing);
        Step::Took(0)
    }
}

fn length(head: &[u8]) -> Option<usize> {
    let [VERSION, 0, high, low, indicator, kind, ..] = head else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let known = match *kind & 0xf0 {
        CONNECTION_REQUEST | CONNECTION_CONFIRM => *indicator >= 6,
        DATA => *indicator == 2,
        0x80 => true,
        _ => false,
    };
    (known && length > usize::from(*indicator) + 4).then_some(length)
}

/// Jobs come from clients, answers with data from servers; lists are asked and answered in one kind.
fn side_of(kind: u8, message: &[u8]) -> Probe {
    match (kind, message.get(22).map(|group| group >> 4)) {
        (JOB, _) | (USERDATA, Some(4)) => Probe::Certain(Side::Client),
        (2 | 3, _) | (USERDATA, Some(8)) => Probe::Certain(Side::Server),
        (_, None) => Probe::Unsure,
        _ => Probe::Unsided,
    }
}

fn read(side: Side, message: &[u8], told: &mut u8, facts: &mut dyn Facts) {
    // TPKT, transport, then protocol, kind, reserved, reference, length of parameters, length of data.
    let Some([VERSION, _, _, _, 2, DATA, _, s7 @ ..]) = Some(message) else { return };
    let [S7, kind, _, _, _, _, high, low, _, _, body @ ..] = s7 else { return };
    let parameters = usize::from(u16::from_be_bytes([*high, *low]));
    match *kind {
        JOB => {
            if let Some(function) = body.first() {
                job(side, *function, body.get(1..parameters).unwrap_or_default(), told, facts);
            }
        }
        USERDATA => {
            let Some((parameters, data)) = body.split_at_checked(parameters) else { return };
            // Head, length, method, kind and group, function: an answer to reading a list.
            if let [0, 1, 0x12, _, _, 0x84, 1, ..] = parameters {
                list(side, data, facts);
            }
        }
        _ => {}
    }
}

/// What a job does to a controller, where it is more than reading and writing values.
fn job(side: Side, function: u8, parameters: &[u8], told: &mut u8, facts: &mut dyn Facts) {
    let (bit, kind, what) = match function {
        0x1a..=0x1c => (1, EventKind::ConfigurationTransfer, "s7: blocks are loaded into the controller"),
        0x1d..=0x1f => (2, EventKind::ConfigurationTransfer, "s7: blocks are read from the controller"),
        // The service is named at the end of the parameters: P_PROGRAM starts, _INSE loads, _DELE deletes.
        0x28 if parameters.ends_with(b"P_PROGRAM") => {
            (4, EventKind::ControlOperation, "s7: the controller is started")
        }
        0x29 => (8, EventKind::ControlOperation, "s7: the controller is stopped"),
        _ => return,
    };
    if *told & bit == 0 {
        *told |= bit;
        facts.event(side, kind, what);
    }
}

/// A system status list: return code, transport size, length; list, index, length and number of its records.
fn list(side: Side, data: &[u8], facts: &mut dyn Facts) {
    let [0xff, 9, _, _, a, b, _, _, c, d, _, _, records @ ..] = data else { return };
    let length = usize::from(u16::from_be_bytes([*c, *d]));
    if length < 2 {
        return facts.malformed();
    }
    for record in records.chunks_exact(length) {
        let Some((index, value)) = record.split_first_chunk::<2>() else { return };
        match (u16::from_be_bytes([*a, *b]), u16::from_be_bytes(*index)) {
            (LIST_MODULE, 1) => facts.fact(side, Fact::S7OrderNumber, text(value.get(..20).unwrap_or(value))),
            (LIST_MODULE, index @ (6 | 7)) => version(side, index, value, facts),
            (LIST_COMPONENT, 1) => facts.fact(side, Fact::S7SystemName, text(value)),
            (LIST_COMPONENT, 2) => facts.fact(side, Fact::S7ModuleName, text(value)),
            (LIST_COMPONENT, 3) => facts.fact(side, Fact::S7Plant, text(value)),
            (LIST_COMPONENT, 5) => facts.fact(side, Fact::S7Serial, text(value)),
            (LIST_COMPONENT, 7) => facts.fact(side, Fact::S7ModuleType, text(value)),
            _ => {}
        }
    }
}

/// The output stage of hardware (a number) or firmware (`V` and three numbers) at the end of a record.
fn version(side: Side, index: u16, value: &[u8], facts: &mut dyn Facts) {
    let mut text = Text::default();
    match (index, value.get(20..)) {
        (7, Some([_, _, b'V', a, b, c, ..])) => {
            let _ = write!(text, "{a}.{b}.{c}");
            facts.fact(side, Fact::S7Firmware, text.bytes());
        }
        (6, Some([_, _, _, stage, ..])) if *stage > 0 => {
            let _ = write!(text, "{stage}");
            facts.fact(side, Fact::S7Hardware, text.bytes());
        }
        _ => {}
    }
}
