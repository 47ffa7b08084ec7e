//! Laboratory analysers and their hosts: records of ASTM E1394 (CLSI LIS2-A2) in frames of ASTM E1381 (CLSI
//! LIS01-A2) over TCP, or bare as many analysers send them.
//!
//! Frames say who sends by ENQ, STX, ETB, ETX and EOT and are answered by ACK or NAK; what they carry goes
//! record by record to `records`. Either end may have opened the connection, and both may send.

mod records;
mod sender;

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use cordon_model::observe::EventKind;
use records::{Delimiters, Records};

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const EOT: u8 = 0x04;
const ENQ: u8 = 0x05;
const ACK: u8 = 0x06;
const VT: u8 = 0x0b;
const NAK: u8 = 0x15;
const ETB: u8 = 0x17;

/// Bytes of handshake that a probe passes over; whoever sends more of them tells nothing.
const HANDSHAKE_BYTES_MAX: usize = 48;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Astm {
    client: Half,
    server: Half,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    place: Place,
    /// Sum of a frame's bytes, modulo 256; `None` when its start was lost.
    sum: Option<u8>,
    /// The first digit of the checksum.
    digit: u8,
    /// The last frame's number.
    number: Option<u8>,
    /// The last frame ended with ETB: its record goes on in the next.
    continued: bool,
    unanswered: Unanswered,
    records: Records,
    /// The records as they stood before the last frame, which may be sent again.
    before: Records,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Outside of frames, where bare records are read too.
    #[default]
    Between,
    /// At a frame's number.
    Number,
    /// In a frame's text.
    Text,
    /// At the first digit of a checksum.
    Checksum,
    /// At its second digit.
    ChecksumEnd,
    /// After a frame, where a line's end belongs to the frame and not to the record.
    Tail,
}

/// What the other side has yet to acknowledge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Unanswered {
    #[default]
    Nothing,
    Enquiry,
    Frame,
}

impl StreamDissector for Astm {
    const STARTS: Starts = Starts::of(&[ENQ, ACK, NAK, EOT, VT, b'\r', b'\n', STX, b'H']);
    // Nothing is held back; the room is for segments that come out of order.
    const HELD_BYTES_MAX: usize = 4 * 1024;

    fn probe(head: &[u8], _port: u16) -> Probe {
        probe(head)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let (own, peer) = match side {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        };
        for &byte in bytes {
            match byte {
                ACK | NAK if own.listens() => answer(side, byte, &mut peer.unanswered, facts),
                _ => own.take(side, byte, facts),
            }
        }
        Step::Took(bytes.len())
    }

    fn gap(&mut self, side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        half.place = Place::Between;
        half.number = None;
        half.sum = None;
        half.continued = false;
        half.unanswered = Unanswered::Nothing;
        half.records.lose_place();
        Step::Took(0)
    }
}

/// One side answers what the other has sent (E1381 6.3.2 and 6.4.2).
fn answer(side: Side, byte: u8, unanswered: &mut Unanswered, facts: &mut dyn Facts) {
    if byte == NAK {
        match unanswered {
            Unanswered::Nothing => {}
            Unanswered::Enquiry => facts.event(side, EventKind::AstmRefused, "not ready (NAK to ENQ)"),
            Unanswered::Frame => facts.event(side, EventKind::AstmRefused, "frame refused (NAK)"),
        }
    }
    *unanswered = Unanswered::Nothing;
}

impl Half {
    /// True when nothing of its own is under way, so that an ACK or NAK answers the other side.
    fn listens(&self) -> bool {
        match self.place {
            Place::Between => !self.records.within_record(),
            Place::Tail => true,
            Place::Number | Place::Text | Place::Checksum | Place::ChecksumEnd => false,
        }
    }

    fn take(&mut self, side: Side, byte: u8, facts: &mut dyn Facts) {
        match self.place {
            Place::Between => self.between(side, byte, facts),
            Place::Tail if matches!(byte, b'\r' | b'\n') => {}
            Place::Tail => {
                self.place = Place::Between;
                self.between(side, byte, facts);
            }
            Place::Number => self.frame_number(side, byte, facts),
            Place::Text => self.text(side, byte, facts),
            Place::Checksum if byte.is_ascii_hexdigit() => {
                self.digit = byte;
                self.place = Place::ChecksumEnd;
            }
            // Over TCP some senders leave the checksum out.
            Place::Checksum => {
                self.place = Place::Tail;
                self.take(side, byte, facts);
            }
            Place::ChecksumEnd => {
                self.place = Place::Tail;
                let stated =
                    hexadecimal(self.digit).zip(hexadecimal(byte)).map(|(high, low)| high * 16 + low);
                if stated.is_none() || self.sum.is_some_and(|sum| stated != Some(sum)) {
                    facts.malformed();
                }
                if stated.is_none() {
                    self.take(side, byte, facts);
                }
            }
        }
    }

    fn between(&mut self, side: Side, byte: u8, facts: &mut dyn Facts) {
        match byte {
            STX => {
                self.place = Place::Number;
                self.sum = Some(0);
            }
            ETX | ETB => {
                // A frame whose start was lost: a record that it does not end is not whole.
                if self.records.within_record() {
                    self.records.lose_place();
                }
                self.end_frame(side, byte, facts);
            }
            ENQ => {
                self.number = None;
                self.continued = false;
                self.unanswered = Unanswered::Enquiry;
                self.records.end_message(side, facts);
            }
            EOT => {
                self.number = None;
                self.continued = false;
                self.unanswered = Unanswered::Nothing;
                self.records.end_message(side, facts);
            }
            // Some senders wrap bare records as HL7 messages are.
            VT | 0x1c => self.records.end_record(side, facts),
            _ => self.records.take(side, byte, facts),
        }
    }

    /// The digit after STX, which counts 1 to 7, then 0 to 7 (E1381 6.3.1.2).
    fn frame_number(&mut self, side: Side, byte: u8, facts: &mut dyn Facts) {
        self.place = Place::Text;
        let Some(number) = byte.checked_sub(b'0').filter(|number| *number < 8) else {
            self.before = self.records;
            return self.text(side, byte, facts);
        };
        self.add(byte);
        match self.number {
            // The frame is sent again. A record it is a part of is continued from before it.
            Some(last) if last == number && self.continued => self.records = self.before,
            Some(last) if last != number && (last + 1) % 8 != number => {
                facts.malformed();
                // What its record went on with is lost.
                if self.continued {
                    self.records.lose_place();
                }
            }
            _ => {}
        }
        self.before = self.records;
        self.number = Some(number);
    }

    fn text(&mut self, side: Side, byte: u8, facts: &mut dyn Facts) {
        match byte {
            ETX | ETB => {
                self.add(byte);
                self.end_frame(side, byte, facts);
            }
            // These are not allowed in a text (E1381 6.3.3); the frame was cut short.
            STX | ENQ | EOT => {
                facts.malformed();
                self.records.lose_place();
                self.place = Place::Between;
                self.between(side, byte, facts);
            }
            _ => {
                self.add(byte);
                self.records.take(side, byte, facts);
            }
        }
    }

    fn end_frame(&mut self, side: Side, byte: u8, facts: &mut dyn Facts) {
        self.continued = byte == ETB;
        if byte == ETX {
            self.records.end_record(side, facts);
        }
        self.unanswered = Unanswered::Frame;
        self.place = Place::Checksum;
    }

    fn add(&mut self, byte: u8) {
        self.sum = self.sum.map(|sum| sum.wrapping_add(byte));
    }
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

/// What the first bytes of one side are. An enquiry alone could be anything; a frame or a record that begins
/// as a header does could not.
fn probe(head: &[u8]) -> Probe {
    let handshake = |byte: &u8| matches!(*byte, ENQ | ACK | NAK | EOT | VT | b'\r' | b'\n');
    let start = head.iter().position(|byte| !handshake(byte)).unwrap_or(head.len());
    let text = head.get(start..).unwrap_or_default();
    match text {
        [] if head.len() < HANDSHAKE_BYTES_MAX => Probe::Unsure,
        [STX] => Probe::Unsure,
        [STX, b'0'..=b'7', record @ ..] => framed_record(record),
        [STX, record @ ..] | record => header(record),
    }
}

/// The start of a frame's text: any record, for the conversation may have begun before the capture.
fn framed_record(record: &[u8]) -> Probe {
    match record {
        [] => Probe::Unsure,
        [b'H', ..] => header(record),
        [kind] if records::is_known(*kind) => Probe::Unsure,
        [kind, b'|', rest @ ..] if records::is_known(*kind) => match rest {
            [] => Probe::Unsure,
            // The second field counts records of a kind (LIS2-A2 5.6.7).
            [b'0'..=b'9' | b'|', ..] => Probe::Unsided,
            _ => Probe::No,
        },
        _ => Probe::No,
    }
}

/// The start of a header record, whose second field names the delimiters.
fn header(record: &[u8]) -> Probe {
    let Some((b'H', rest)) = record.split_first() else { return Probe::No };
    let Some((&field, rest)) = rest.split_first() else { return Probe::Unsure };
    if !field.is_ascii_punctuation() {
        return Probe::No;
    }
    let end = rest.iter().take(5).position(|&byte| byte == field || matches!(byte, b'\r' | ETX | ETB));
    let named = rest.get(..end.unwrap_or(rest.len().min(5))).unwrap_or_default();
    match end {
        Some(end) if end >= 3 && Delimiters::new(field, named).is_some() => Probe::Unsided,
        None if rest.len() < 5 && named.iter().all(u8::is_ascii_punctuation) => Probe::Unsure,
        _ => Probe::No,
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests;
