//! Command sets (PS3.7 clause 6.3) and data sets (PS3.5 clause 7), read element by element as they pass.
//!
//! Only the top level matters; sequences are walked through to their end. A value is either one of the few
//! attributes of equipment, or passed over.

use super::super::{Facts, Probe, Side};
use super::contexts::Syntax;
use cordon_model::observe::{Fact, PatientDataKinds};

/// The part of an equipment attribute that is kept; a long string has 64 characters (PS3.5 6.2).
const VALUE_BYTES_MAX: usize = 96;
/// Sequences within sequences that are followed.
const DEPTH_MAX: u8 = 64;
const UNDEFINED: u32 = u32::MAX;

const C_STORE_RQ: u16 = 0x0001;
const C_FIND_RSP: u16 = 0x8020;
const N_CREATE_RQ: u16 = 0x0140;

/// What the command set of a message said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Command {
    /// (0000,0100); zero until it was read.
    field: u16,
    /// A C-MOVE made the sender send an object that others made (0000,1030).
    moved: bool,
}

/// A reader of one command set or data set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    state: State,
    syntax: Syntax,
    is_command: bool,
    /// Objects of this message are the sender's own.
    own: bool,
    /// Answers to queries hold orders.
    answer: bool,
    /// Undefined lengths that are open.
    depth: u8,
    /// From this depth on implicit encoding holds, whatever was agreed (PS3.5 6.2.2, unknown values).
    implicit_from: Option<u8>,
    header: [u8; 12],
    header_length: u8,
    tag: u32,
    /// Bytes of the value under way that are left.
    left: u32,
    value: [u8; VALUE_BYTES_MAX],
    value_length: u8,
}

impl Default for Reader {
    fn default() -> Self {
        Reader {
            state: State::Idle,
            syntax: Syntax::Unknown,
            is_command: false,
            own: false,
            answer: false,
            depth: 0,
            implicit_from: None,
            header: [0; 12],
            header_length: 0,
            tag: 0,
            left: 0,
            value: [0; VALUE_BYTES_MAX],
            value_length: 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No set is under way.
    Idle,
    /// The rest of the set is not read.
    Abandoned,
    Header,
    /// Within a value that is wanted.
    Value,
    /// Within a value that is passed over.
    Skip,
}

impl Reader {
    /// For a command set: always implicit, little endian.
    pub(super) fn command() -> Reader {
        Reader { state: State::Header, syntax: Syntax::ImplicitLittle, is_command: true, ..Reader::default() }
    }

    /// For a data set after its command. Without a command this may be the middle of anything.
    pub(super) fn data(syntax: Syntax, command: &Command, side: Side) -> Reader {
        let readable = command.field != 0 && !matches!(syntax, Syntax::Opaque | Syntax::Refused);
        let state = if readable { State::Header } else { State::Abandoned };
        // An acceptor stores what it was asked to hand out (C-GET); such an object tells of its maker, as
        // does one sent on by a move.
        let made = matches!(command.field, C_STORE_RQ | N_CREATE_RQ);
        let own = made && side == Side::Client && !command.moved;
        Reader { state, syntax, own, answer: command.field == C_FIND_RSP, ..Reader::default() }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Forgets the set under way; another begins.
    pub(super) fn stop(&mut self) {
        self.state = State::Idle;
    }

    /// Reads no more of the set under way.
    pub(super) fn abandon(&mut self) {
        self.state = State::Abandoned;
    }

    /// Bytes of the set were lost.
    pub(super) fn lose(&mut self, missing: u32) {
        match self.state {
            State::Skip if missing <= self.left => {
                self.left -= missing;
                self.end_of_skip();
            }
            _ => self.state = State::Abandoned,
        }
    }

    /// The set's last byte was read.
    pub(super) fn finish(&mut self, command: &mut Command, facts: &mut dyn Facts) {
        let complete = self.state == State::Header && self.header_length == 0 && self.depth == 0;
        if !complete && self.state != State::Abandoned {
            facts.malformed();
        }
        if !self.is_command {
            *command = Command::default();
        }
        self.state = State::Idle;
    }

    /// Reads on; `side` sends the set.
    pub(super) fn read(&mut self, side: Side, bytes: &[u8], command: &mut Command, facts: &mut dyn Facts) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = match self.state {
                State::Idle | State::Abandoned => return,
                State::Header => self.read_header(rest, facts),
                State::Value => self.read_value(side, rest, command, facts),
                State::Skip => {
                    let count = (self.left as usize).min(rest.len());
                    self.left -= count as u32;
                    self.end_of_skip();
                    count
                }
            };
            rest = rest.get(count..).unwrap_or_default();
        }
    }

    fn end_of_skip(&mut self) {
        if self.left == 0 {
            self.state = State::Header;
        }
    }

    /// Gathers an element's header, which fragments may cut anywhere.
    fn read_header(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> usize {
        let have = usize::from(self.header_length);
        let wanted = if have < 8 { 8 } else { 12 };
        let count = (wanted - have).min(bytes.len());
        if let (Some(to), Some(from)) = (self.header.get_mut(have..have + count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        self.header_length += count as u8;
        if have + count < wanted {
            return count;
        }
        let encoding = self.encoding();
        if encoding == Syntax::Opaque {
            self.abandon();
            return count;
        }
        match Header::of(&self.header, wanted, encoding) {
            Parsed::Header(header) => {
                self.header_length = 0;
                self.element(header, facts);
            }
            Parsed::More => {}
            Parsed::Wrong => self.broken(facts),
        }
        count
    }

    /// The encoding of the element whose header begins; settled by the first element where no
    /// negotiation tells it.
    fn encoding(&mut self) -> Syntax {
        if matches!(self.syntax, Syntax::Unknown | Syntax::Private) {
            self.syntax = guess(&self.header);
        }
        match self.implicit_from {
            Some(depth) if self.depth >= depth => Syntax::ImplicitLittle,
            _ => self.syntax,
        }
    }

    fn broken(&mut self, facts: &mut dyn Facts) {
        facts.malformed();
        self.state = State::Abandoned;
    }

    /// Decides what to do with an element's value.
    fn element(&mut self, header: Header, facts: &mut dyn Facts) {
        const ITEM_END: u32 = 0xfffe_e00d;
        const SEQUENCE_END: u32 = 0xfffe_e0dd;
        if matches!(header.tag, ITEM_END | SEQUENCE_END) {
            match self.depth.checked_sub(1) {
                Some(depth) if header.length == 0 => self.depth = depth,
                _ => return self.broken(facts),
            }
            if self.implicit_from.is_some_and(|from| self.depth < from) {
                self.implicit_from = None;
            }
            return;
        }
        let top = self.depth == 0;
        if top {
            let first_of_command = self.is_command && self.tag == 0 && header.length == 4;
            if header.tag <= self.tag && !(first_of_command && header.tag == 0) {
                // Elements stand in order (PS3.5 7.1); what does not is no data set.
                return self.broken(facts);
            }
            if self.is_command && header.tag >> 16 != 0 {
                return self.broken(facts);
            }
            self.tag = header.tag;
            if header.length > 0 && !self.is_command {
                self.note_patient_data(facts);
            }
        }
        if header.length == UNDEFINED {
            self.depth += 1;
            if self.depth > DEPTH_MAX || self.is_command {
                return self.broken(facts);
            }
            if &header.representation == b"UN" && self.implicit_from.is_none() {
                self.implicit_from = Some(self.depth);
            }
            return;
        }
        self.left = header.length;
        self.value_length = 0;
        self.state = match header.length {
            0 => State::Header,
            _ if top && self.is_wanted() => State::Value,
            _ => State::Skip,
        };
    }

    fn is_wanted(&self) -> bool {
        if self.is_command {
            matches!(self.tag, 0x0000_0100 | 0x0000_1030)
        } else {
            self.own && equipment(self.tag).is_some()
        }
    }

    fn read_value(
        &mut self,
        side: Side,
        bytes: &[u8],
        command: &mut Command,
        facts: &mut dyn Facts,
    ) -> usize {
        let count = (self.left as usize).min(bytes.len());
        let have = usize::from(self.value_length);
        let kept = count.min(VALUE_BYTES_MAX - have);
        if let (Some(to), Some(from)) = (self.value.get_mut(have..have + kept), bytes.get(..kept)) {
            to.copy_from_slice(from);
            self.value_length += kept as u8;
        }
        self.left -= count as u32;
        if self.left > 0 {
            return count;
        }
        self.state = State::Header;
        let value = self.value.get(..usize::from(self.value_length)).unwrap_or_default();
        match (self.is_command, self.tag, value) {
            (true, 0x0000_0100, &[low, high]) => command.field = u16::from_le_bytes([low, high]),
            (true, 0x0000_1030, _) => command.moved = true,
            (true, ..) => {}
            (false, tag, _) => {
                let value = value.trim_ascii_end();
                let end = value.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |at| at + 1);
                let value = value.get(..end).unwrap_or_default();
                if let Some(fact) = equipment(tag).filter(|_| !value.is_empty()) {
                    facts.fact(side, fact, value);
                }
            }
        }
        count
    }

    /// Notes of which kind an element's value is that is not empty.
    fn note_patient_data(&self, facts: &mut dyn Facts) {
        let kind = match self.tag {
            0x0010_0010 | 0x0010_1001 | 0x0010_1005 | 0x0010_1060 => PatientDataKinds::NAME,
            0x0010_0020 | 0x0010_1000 | 0x0010_1002 | 0x0038_0010 => PatientDataKinds::IDENTIFIER,
            0x0010_0030 => PatientDataKinds::BIRTH_DATE,
            0x0010_1040 | 0x0010_2154 => PatientDataKinds::ADDRESS,
            // A content sequence is a report's; so is an encapsulated document.
            0x0040_a730 | 0x0042_0011 => PatientDataKinds::RESULT,
            0x0040_0100 if self.answer => PatientDataKinds::ORDER,
            0x5400_0100 => PatientDataKinds::WAVEFORM,
            0x7fe0_0008..=0x7fe0_0010 => PatientDataKinds::IMAGE,
            _ => return,
        };
        facts.patient_data(kind);
    }
}

/// Attributes that tell of the equipment that made an object.
fn equipment(tag: u32) -> Option<Fact> {
    Some(match tag {
        0x0008_0060 => Fact::DicomModality,
        0x0008_0070 => Fact::DicomManufacturer,
        0x0008_1010 => Fact::DicomStation,
        0x0008_1090 => Fact::DicomModel,
        0x0018_1000 => Fact::DicomSerial,
        0x0018_1020 => Fact::DicomSoftware,
        _ => return None,
    })
}

/// An element's header.
#[derive(Clone, Copy)]
struct Header {
    tag: u32,
    representation: [u8; 2],
    length: u32,
}

enum Parsed {
    Header(Header),
    /// The long form: four bytes more.
    More,
    Wrong,
}

impl Header {
    /// Reads the first `have` (8 or 12) bytes of a header (PS3.5 7.1.2, 7.1.3, 7.5).
    fn of(bytes: &[u8; 12], have: usize, syntax: Syntax) -> Parsed {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *bytes;
        let big = syntax == Syntax::ExplicitBig;
        let short = |x: u8, y: u8| if big { u16::from_be_bytes([x, y]) } else { u16::from_le_bytes([x, y]) };
        let long = |x: [u8; 4]| if big { u32::from_be_bytes(x) } else { u32::from_le_bytes(x) };
        let tag = u32::from(short(a, b)) << 16 | u32::from(short(c, d));
        let implicit = syntax == Syntax::ImplicitLittle || tag >> 16 == 0xfffe;
        let representation = if implicit { [0, 0] } else { [e, f] };
        let length = match (implicit, &representation) {
            (true, _) => long([e, f, g, h]),
            (false, b"OB" | b"OW" | b"OF" | b"OD" | b"OL" | b"OV" | b"SQ" | b"SV" | b"UC" | b"UN")
                if have < 12 =>
            {
                return Parsed::More;
            }
            (false, b"UR" | b"UT" | b"UV") if have < 12 => return Parsed::More,
            (false, _) if have == 12 => long([i, j, k, l]),
            (false, [b'A'..=b'Z', b'A'..=b'Z']) => u32::from(short(g, h)),
            _ => return Parsed::Wrong,
        };
        Parsed::Header(Header { tag, representation, length })
    }
}

/// The encoding a data set's first element shows.
fn guess(header: &[u8; 12]) -> Syntax {
    let [a, b, _, _, e, f, g, h, ..] = *header;
    let explicit = e.is_ascii_uppercase() && f.is_ascii_uppercase();
    match (a, b, explicit) {
        (2..=0x40, 0, true) => Syntax::ExplicitLittle,
        (0, 2..=0x40, true) => Syntax::ExplicitBig,
        (2..=0x40, 0, false) if g == 0 && h == 0 => Syntax::ImplicitLittle,
        _ => Syntax::Opaque,
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
