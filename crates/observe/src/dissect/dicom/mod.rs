//! DICOM over TCP: the upper layer (PS3.8) and message exchange (PS3.7).
//!
//! This file follows protocol data units; `associate` reads negotiation, `contexts` remembers what was
//! agreed, `dataset` walks command sets and data sets. Nothing of a data set is held back or kept but six
//! attributes of equipment; a patient's values are passed over unread.

mod associate;
mod contexts;
mod dataset;

use super::{Facts, Probe, Side, Step, StreamDissector};
use contexts::Contexts;
use cordon_model::observe::{EventKind, Fact};
use dataset::{Command, Reader};

/// The longest item of a negotiation that is read; a longer one is passed over and counted.
const ITEM_BYTES_MAX: usize = 8 * 1024;
/// The longest negotiation that is believed (PS3.8 sets no limit).
const ASSOCIATE_BYTES_MAX: u32 = 1 << 20;
const PDU_HEADER_BYTES: usize = 6;
/// Protocol version, titles and reserved bytes of A-ASSOCIATE-RQ and -AC after the header.
const ASSOCIATE_FIXED_BYTES: usize = 68;
/// Length, context and control header of a presentation data value.
const PDV_HEADER_BYTES: usize = 6;

const ASSOCIATE_RQ: u8 = 1;
const ASSOCIATE_AC: u8 = 2;
const ASSOCIATE_RJ: u8 = 3;
const P_DATA_TF: u8 = 4;
const RELEASE_RQ: u8 = 5;
const RELEASE_RP: u8 = 6;
const ABORT: u8 = 7;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dicom {
    client: Half,
    server: Half,
    contexts: Contexts,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    place: Place,
    /// Bytes of the protocol data unit under way that are left.
    pdu_left: u32,
    /// Bytes of the item or presentation data value under way that are left.
    part_left: u32,
    /// The presentation data value's context and control header.
    context: u8,
    control: u8,
    command: Command,
    reader: Reader,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before a protocol data unit.
    #[default]
    Pdu,
    /// In the fixed part of a request (true) or acceptance.
    AssociateFixed(bool),
    /// Before an item of a request (true) or acceptance.
    AssociateItem(bool),
    /// Passing over an item that is too long.
    LongItem(bool),
    Reject,
    Abort,
    /// Passing over the rest of a unit.
    SkipPdu,
    /// Before a presentation data value's header.
    PdvHeader,
    /// Within a presentation data value.
    Pdv,
    /// After a loss or nonsense: looking for a unit.
    Lost,
}

impl StreamDissector for Dicom {
    const HELD_BYTES_MAX: usize = ITEM_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        associate::probe(head)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        while let Some(count) = self.advance(side, rest, facts) {
            rest = rest.get(count..).unwrap_or_default();
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = self.half(side);
        match u32::try_from(missing) {
            Ok(missing) if half.place == Place::Pdv && missing < half.part_left => {
                half.pdu_left -= missing.min(half.pdu_left);
                half.part_left -= missing;
                half.reader.lose(missing);
            }
            Ok(missing) if half.place == Place::SkipPdu && missing < half.pdu_left => {
                half.pdu_left -= missing
            }
            _ => half.lost(),
        }
        Step::Took(0)
    }
}

impl Dicom {
    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Takes one part from the front; `None` when it is not complete.
    fn advance(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        if bytes.is_empty() {
            return None;
        }
        let half = self.half(side);
        match half.place {
            Place::Pdu => half.pdu_header(bytes, facts),
            Place::AssociateFixed(request) => self.associate_fixed(side, request, bytes, facts),
            Place::AssociateItem(request) => self.associate_item(side, request, bytes, facts),
            Place::LongItem(request) => {
                let count = half.part_left.min(length(bytes));
                half.part_left -= count;
                half.pdu_left -= count;
                if half.part_left == 0 {
                    half.place = Place::AssociateItem(request);
                    self.end_of_items(side, request, facts);
                }
                Some(count as usize)
            }
            Place::Reject | Place::Abort => half.end_of_association(side, bytes, facts),
            Place::SkipPdu => {
                let count = half.pdu_left.min(length(bytes));
                half.pdu_left -= count;
                if half.pdu_left == 0 {
                    half.place = Place::Pdu;
                }
                Some(count as usize)
            }
            Place::PdvHeader => half.pdv_header(bytes, facts),
            Place::Pdv => self.pdv(side, bytes, facts),
            Place::Lost => half.find(bytes),
        }
    }

    fn associate_fixed(
        &mut self,
        side: Side,
        request: bool,
        bytes: &[u8],
        facts: &mut dyn Facts,
    ) -> Option<usize> {
        let fixed = bytes.get(..ASSOCIATE_FIXED_BYTES)?;
        if request {
            self.contexts = Contexts::default();
            self.contexts.called = associate::title(fixed, 4);
            let calling = associate::title(fixed, 20);
            facts.fact(side, Fact::DicomCallingAe, calling.trim_ascii());
        } else {
            self.contexts.accepted(side, facts);
            self.contexts.begin_answers();
        }
        let half = self.half(side);
        half.pdu_left -= ASSOCIATE_FIXED_BYTES as u32;
        half.place = Place::AssociateItem(request);
        self.end_of_items(side, request, facts);
        Some(ASSOCIATE_FIXED_BYTES)
    }

    /// One item: type, reserved byte, length, content (PS3.8 9.3.2).
    fn associate_item(
        &mut self,
        side: Side,
        request: bool,
        bytes: &[u8],
        facts: &mut dyn Facts,
    ) -> Option<usize> {
        let half = self.half(side);
        if half.pdu_left < 4 {
            facts.malformed();
            half.place = Place::SkipPdu;
            return Some(0);
        }
        let &[kind, _, high, low, ..] = bytes else { return None };
        let count = 4 + usize::from(u16::from_be_bytes([high, low]));
        if count > half.pdu_left as usize {
            facts.malformed();
            half.place = Place::SkipPdu;
            return Some(0);
        }
        if count > ITEM_BYTES_MAX {
            facts.limit();
            half.part_left = count as u32;
            half.place = Place::LongItem(request);
            return Some(0);
        }
        let content = bytes.get(4..count)?;
        half.pdu_left -= count as u32;
        let understood = associate::item(&mut self.contexts, side, request, kind, content, facts);
        if understood.is_none() {
            facts.malformed();
        }
        self.end_of_items(side, request, facts);
        Some(count)
    }

    /// After the last item of an acceptance it is known who serves what.
    fn end_of_items(&mut self, side: Side, request: bool, facts: &mut dyn Facts) {
        let half = self.half(side);
        if half.pdu_left > 0 {
            return;
        }
        half.place = Place::Pdu;
        if !request {
            self.contexts.tell_roles(side, facts);
        }
    }

    /// Command or data of a message, in fragments (PS3.8 annex E).
    fn pdv(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        if half.reader.is_idle() {
            half.begin_set(side, &mut self.contexts, facts);
        }
        let count = half.part_left.min(length(bytes));
        let fragment = bytes.get(..count as usize).unwrap_or_default();
        half.reader.read(side, fragment, &mut half.command, facts);
        half.part_left -= count;
        half.pdu_left -= count;
        if half.part_left == 0 {
            const LAST: u8 = 2;
            if half.control & LAST != 0 {
                half.reader.finish(&mut half.command, facts);
            }
            half.place = if half.pdu_left == 0 { Place::Pdu } else { Place::PdvHeader };
        }
        Some(count as usize)
    }
}

impl Half {
    /// What follows may be the middle of a set: nothing is read until a command begins.
    fn lost(&mut self) {
        self.reader.abandon();
        self.command = Command::default();
        self.place = Place::Lost;
    }

    fn pdu_header(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let &[kind, _, a, b, c, d, ..] = bytes else { return None };
        let count = u32::from_be_bytes([a, b, c, d]);
        let associate = (ASSOCIATE_FIXED_BYTES as u32..=ASSOCIATE_BYTES_MAX).contains(&count);
        self.place = match kind {
            ASSOCIATE_RQ if associate => Place::AssociateFixed(true),
            ASSOCIATE_AC if associate => Place::AssociateFixed(false),
            ASSOCIATE_RJ if count == 4 => Place::Reject,
            ABORT if count == 4 => Place::Abort,
            RELEASE_RQ | RELEASE_RP if count == 4 => Place::SkipPdu,
            P_DATA_TF if count == 0 => Place::Pdu,
            P_DATA_TF => Place::PdvHeader,
            _ => {
                facts.malformed();
                self.lost();
                return Some(0);
            }
        };
        self.pdu_left = count;
        if matches!(kind, ASSOCIATE_RQ | ASSOCIATE_AC) {
            self.command = Command::default();
            self.reader.stop();
        }
        Some(PDU_HEADER_BYTES)
    }

    fn pdv_header(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        if self.pdu_left < PDV_HEADER_BYTES as u32 {
            facts.malformed();
            self.place = Place::SkipPdu;
            return Some(0);
        }
        let &[a, b, c, d, context, control, ..] = bytes else { return None };
        let count = u32::from_be_bytes([a, b, c, d]);
        // The length counts context and control header, but not itself.
        if count < 2 || count > self.pdu_left - 4 {
            facts.malformed();
            self.reader.abandon();
            self.place = Place::SkipPdu;
            return Some(0);
        }
        const COMMAND: u8 = 1;
        if self.control & COMMAND != control & COMMAND {
            // A set that never came to its last fragment ends where one of the other kind begins.
            self.reader.stop();
        }
        self.pdu_left -= PDV_HEADER_BYTES as u32;
        self.part_left = count - 2;
        self.context = context;
        self.control = control;
        self.place = Place::Pdv;
        Some(PDV_HEADER_BYTES)
    }

    /// Prepares to read the command set or data set that begins.
    fn begin_set(&mut self, side: Side, contexts: &mut Contexts, facts: &mut dyn Facts) {
        const COMMAND: u8 = 1;
        if side == Side::Client {
            // Who sends messages was accepted, even when the acceptance itself was not seen.
            contexts.accepted(side.other(), facts);
        }
        if self.control & COMMAND != 0 {
            self.command = Command::default();
            self.reader = Reader::command();
        } else {
            let syntax = contexts.syntax(self.context);
            self.reader = Reader::data(syntax, &self.command, side);
        }
    }

    /// A-ASSOCIATE-RJ and A-ABORT: what, by whom, why (PS3.8 9.3.4, 9.3.8).
    fn end_of_association(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let &[_, result, source, reason, ..] = bytes else { return None };
        match self.place {
            Place::Reject => {
                facts.event(side, EventKind::DicomRejected, associate::rejection(result, source, reason));
            }
            _ => facts.event(side, EventKind::DicomAborted, associate::abortion(source, reason)),
        }
        self.pdu_left = 0;
        self.place = Place::Pdu;
        Some(4)
    }

    /// Looks for a unit that cannot be mistaken: a header and, for data, the header of its first value.
    fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        const SEEN_BYTES: usize = PDU_HEADER_BYTES + PDV_HEADER_BYTES;
        let found = bytes.windows(SEEN_BYTES).position(|window| {
            let [kind, 0, a, b, c, d, e, f, g, h, context, control] = *window else { return false };
            let (pdu, pdv) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
            match kind {
                P_DATA_TF => {
                    pdu <= 1 << 24
                        && pdv > 2
                        && pdv.saturating_add(4) <= pdu
                        && context & 1 == 1
                        && control <= 3
                }
                ASSOCIATE_RQ | ASSOCIATE_AC => {
                    (ASSOCIATE_FIXED_BYTES as u32..1 << 16).contains(&pdu) && pdv == 1 << 16
                }
                _ => false,
            }
        });
        match found {
            Some(at) => {
                self.place = Place::Pdu;
                Some(at)
            }
            None => bytes.len().checked_sub(SEEN_BYTES - 1).filter(|count| *count > 0),
        }
    }
}

/// The length of what is offered, as far as it can matter to a unit.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(super) mod tests;
