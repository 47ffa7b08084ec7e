//! A DICOM object as a file or a part of a message holds it (PS3.10 clause 7): preamble, file meta
//! information, data set. DICOMweb carries objects so.

use super::attributes;
use super::command::Command;
use super::contexts::Syntax;
use super::dataset::Reader;
use super::element::{Header, Parsed};
use crate::dissect::{Facts, Side};
use cordon_model::observe::{EventKind, Fact, PatientDataKinds, Protocol};
use std::net::IpAddr;

const PREAMBLE_BYTES: u8 = 128;
/// Bytes that show whether a preamble is left out: the first element's tag, representation and length.
const BEGIN_BYTES: usize = 8;
const PREFIX: [u8; 4] = *b"DICM";
/// The part of a transfer syntax's identifier that is kept; all of the standard's are shorter.
const UID_BYTES_MAX: usize = 32;
/// Transfer Syntax UID of the file meta information.
const TRANSFER_SYNTAX: u32 = 0x0002_0010;

/// Reads one object in order; what follows its last element is passed over.
#[derive(Clone, Copy, Debug)]
pub(in crate::dissect) struct Object {
    state: State,
    own: bool,
    header: [u8; 12],
    header_length: u8,
    uid: [u8; UID_BYTES_MAX],
    uid_length: u8,
    reader: Reader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the preamble, or what stands in its place.
    Begin,
    /// This many bytes of the preamble are left.
    Preamble(u8),
    /// This many bytes of the prefix were right.
    Prefix(u8),
    /// Before an element of the file meta information, or of the data set.
    Header,
    /// Within an element's value, which may be the transfer syntax.
    Value {
        left: u32,
        wanted: bool,
    },
    Data,
    /// There is no more, or this is no object.
    Done,
}

impl Object {
    /// Before an object; `own` when its sender made it, so that its equipment is the sender.
    pub(in crate::dissect) fn new(own: bool) -> Object {
        Object {
            state: State::Begin,
            own,
            header: [0; 12],
            header_length: 0,
            uid: [0; UID_BYTES_MAX],
            uid_length: 0,
            reader: Reader::default(),
        }
    }

    /// Reads on; `side` sends the object.
    pub(in crate::dissect) fn read(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = match self.state {
                State::Begin => self.begin(side, rest, facts),
                State::Preamble(left) => {
                    let count = usize::from(left).min(rest.len());
                    let left = left - count as u8;
                    self.state = if left == 0 { State::Prefix(0) } else { State::Preamble(left) };
                    count
                }
                State::Prefix(right) => {
                    let fits = PREFIX.get(usize::from(right)) == rest.first();
                    self.state = match (fits, right) {
                        (true, 3) => State::Header,
                        (true, right) => State::Prefix(right + 1),
                        (false, _) => State::Done,
                    };
                    1
                }
                State::Header => self.meta_header(side, rest, facts),
                State::Value { left, wanted } => self.meta_value(rest, left, wanted),
                State::Data => {
                    self.data(side, rest, facts);
                    rest.len()
                }
                State::Done => return,
            };
            rest = rest.get(count..).unwrap_or_default();
        }
    }

    /// Some senders leave the preamble out, some the file meta information as well; that shows in the first
    /// bytes, which a preamble usually has as zeroes.
    fn begin(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> usize {
        let have = usize::from(self.header_length);
        let count = (BEGIN_BYTES - have).min(bytes.len());
        if let (Some(to), Some(from)) = (self.header.get_mut(have..have + count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        self.header_length += count as u8;
        if have + count < BEGIN_BYTES {
            return count;
        }
        self.header_length = 0;
        let [a, b, c, d, e, f, g, h, ..] = self.header;
        let first = [a, b, c, d, e, f, g, h];
        let explicit = e.is_ascii_uppercase() && f.is_ascii_uppercase();
        match (u16::from_le_bytes([a, b]), d, explicit) {
            (2, 0, true) => {
                self.state = State::Header;
                self.read(side, &first, facts);
            }
            (8, 0, true) => {
                self.reader = Reader::object(Syntax::Unknown, self.own);
                self.state = State::Data;
                self.data(side, &first, facts);
            }
            _ => self.state = State::Preamble(PREAMBLE_BYTES - BEGIN_BYTES as u8),
        }
        count
    }

    /// Gathers the header of an element, which in this group is always explicit, little-endian (PS3.10 7.1).
    fn meta_header(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> usize {
        let have = usize::from(self.header_length);
        // The group comes first: if it is another, the data set has begun.
        let wanted = [2, 8, 12].into_iter().find(|wanted| have < *wanted).unwrap_or(12);
        let count = (wanted - have).min(bytes.len());
        if let (Some(to), Some(from)) = (self.header.get_mut(have..have + count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        self.header_length += count as u8;
        if have + count < wanted {
            return count;
        }
        let [low, high, ..] = self.header;
        if [low, high] != [2, 0] {
            self.begin_data(side, [low, high], facts);
            return count;
        }
        if wanted == 2 {
            return count;
        }
        match Header::of(&self.header, wanted, Syntax::ExplicitLittle) {
            Parsed::Header(header) => {
                self.header_length = 0;
                let wanted = header.tag == TRANSFER_SYNTAX;
                if wanted {
                    self.uid_length = 0;
                }
                self.state = match header.length {
                    0 => State::Header,
                    left => State::Value { left, wanted },
                };
            }
            Parsed::More => {}
            Parsed::Wrong => self.state = State::Done,
        }
        count
    }

    fn meta_value(&mut self, bytes: &[u8], left: u32, wanted: bool) -> usize {
        let count = (left as usize).min(bytes.len());
        if wanted {
            for byte in bytes.get(..count).unwrap_or_default() {
                if let Some(slot) = self.uid.get_mut(usize::from(self.uid_length)) {
                    *slot = *byte;
                    self.uid_length += 1;
                }
            }
        }
        self.state = match left - count as u32 {
            0 => State::Header,
            left => State::Value { left, wanted },
        };
        count
    }

    /// The data set begins, in the syntax that was told.
    fn begin_data(&mut self, side: Side, group: [u8; 2], facts: &mut dyn Facts) {
        let uid = self.uid.get(..usize::from(self.uid_length)).unwrap_or_default();
        let end = uid.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(uid.len());
        let syntax = match uid.get(..end).unwrap_or_default() {
            [] => Syntax::Unknown,
            uid => Syntax::of(uid),
        };
        if syntax == Syntax::Deflated {
            self.state = State::Done;
            return;
        }
        self.reader = Reader::object(syntax, self.own);
        self.state = State::Data;
        self.data(side, &group, facts);
    }

    /// Reads the data set. What does not fit is not malformed but what follows it: another part of a message.
    fn data(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) {
        self.reader.read(side, bytes, &mut Command::default(), &mut Lenient(facts));
    }
}

/// Attributes that tell of the equipment that made an object, by tag.
pub(in crate::dissect) fn equipment(tag: u32) -> Option<Fact> {
    attributes::equipment(tag)
}

/// Of which kind of patient data an attribute is, by tag.
pub(in crate::dissect) fn patient_data(tag: u32) -> Option<PatientDataKinds> {
    attributes::patient_data(tag)
}

/// Passes everything on but that something is malformed.
struct Lenient<'a>(&'a mut dyn Facts);

impl Facts for Lenient<'_> {
    fn fact(&mut self, about: Side, fact: Fact, value: &[u8]) {
        self.0.fact(about, fact, value);
    }

    fn fact_of(&mut self, speaker: Side, record: &[u8], fact: Fact, value: &[u8]) {
        self.0.fact_of(speaker, record, fact, value);
    }

    fn fact_at(&mut self, address: IpAddr, fact: Fact, value: &[u8]) {
        self.0.fact_at(address, fact, value);
    }

    fn user(&mut self, about: Side, fact: Fact, name: &[u8]) {
        self.0.user(about, fact, name);
    }

    fn carries(&mut self, protocol: Protocol) {
        self.0.carries(protocol);
    }

    fn patient_data(&mut self, kinds: PatientDataKinds) {
        self.0.patient_data(kinds);
    }

    fn event(&mut self, by: Side, kind: EventKind, detail: &str) {
        self.0.event(by, kind, detail);
    }

    fn malformed(&mut self) {}

    fn limit(&mut self) {
        self.0.limit();
    }
}
