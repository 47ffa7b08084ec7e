//! HL7 version 2 in clear text, framed by the minimal lower layer protocol or bare: which applications
//! talk, what kinds of messages, and which devices they speak of.
//!
//! Messages are read field by field, so that neither a segment nor a message needs to be held; of a
//! patient's fields only is noticed that they are not empty.

mod fields;

use super::{Facts, Probe, Side, Step, StreamDissector};
use cordon_model::observe::{EventKind, Fact, PatientDataKinds};
use fields::{Device, Separators};

/// The longest field that is read; of a longer one only is noticed that it is not empty.
const FIELD_BYTES_MAX: usize = 4 * 1024;

const START_BLOCK: u8 = 0x0b;
const END_BLOCK: u8 = 0x1c;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hl7 {
    client: Half,
    server: Half,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    place: Place,
    separators: Separators,
    /// Which segment, by its name.
    segment: [u8; 3],
    /// Which field of the segment; the name is field 0.
    field: u16,
    device: Device,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before a segment's name.
    #[default]
    Segment,
    /// Before the separators that follow `MSH`.
    Header,
    /// Within the fields of a segment.
    Fields,
    /// Within a field that is too long to be read.
    LongField,
    /// Passing over the rest of a segment.
    Skip,
    /// No message could be found: looking for one.
    Lost,
}

impl StreamDissector for Hl7 {
    const HELD_BYTES_MAX: usize = FIELD_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        probe(head)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        let mut rest = bytes;
        while let Some(count) = half.advance(side, rest, facts) {
            rest = rest.get(count..).unwrap_or_default();
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        // The next segment starts after the next carriage return; which device it speaks of is unknown.
        half.device = Device::default();
        half.place = Place::Skip;
        Step::Took(0)
    }
}

fn ends_segment(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | START_BLOCK | END_BLOCK)
}

impl Half {
    /// Takes one item from the front; `None` when it is not complete.
    fn advance(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let first = *bytes.first()?;
        match self.place {
            Place::Segment | Place::Lost if ends_segment(first) => {
                self.place = Place::Segment;
                Some(1)
            }
            Place::Segment => self.segment_name(bytes, facts),
            Place::Header => self.header(bytes, facts),
            Place::Fields => self.read_field(side, bytes, facts),
            Place::LongField => {
                let separator = self.separators.field;
                let end = bytes.iter().position(|&byte| byte == separator || ends_segment(byte));
                if let Some(end) = end {
                    self.after_field(bytes.get(end).copied().unwrap_or_default());
                    return Some(end + 1);
                }
                Some(bytes.len())
            }
            Place::Skip | Place::Lost => match bytes.iter().position(|&byte| ends_segment(byte)) {
                Some(end) => {
                    self.place = Place::Segment;
                    Some(end)
                }
                None => Some(bytes.len()),
            },
        }
    }

    fn segment_name(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let wrong = bytes.iter().take(3).position(|b| !b.is_ascii_uppercase() && !b.is_ascii_digit());
        let Some(&[a, b, c]) = bytes.get(..3).filter(|_| wrong.is_none()) else {
            wrong?;
            facts.malformed();
            self.place = Place::Lost;
            return Some(0);
        };
        self.segment = [a, b, c];
        self.field = 0;
        self.device.forget();
        match &self.segment {
            b"MSH" => {
                self.separators = Separators::default();
                self.place = Place::Header;
            }
            // Headers of batches and files have separators of their own and tell nothing else.
            b"FHS" | b"BHS" | b"FTS" | b"BTS" => self.place = Place::Skip,
            _ if !self.separators.known() => self.place = Place::Skip,
            _ => self.place = Place::Fields,
        }
        Some(3)
    }

    /// MSH-1 and MSH-2: the field separator is the byte after the name, the others follow.
    fn header(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let separator = *bytes.first()?;
        let end = bytes.iter().skip(1).take(6).position(|&byte| byte == separator || ends_segment(byte));
        let Some(end) = end else {
            if bytes.len() < 7 {
                return None;
            }
            facts.malformed();
            self.place = Place::Skip;
            return Some(1);
        };
        match Separators::new(separator, bytes.get(1..=end).unwrap_or_default()) {
            Some(separators) => {
                self.separators = separators;
                self.device = Device::default();
                self.field = 2;
                self.place = Place::Fields;
                Some(end + 1)
            }
            None => {
                facts.malformed();
                self.place = Place::Skip;
                Some(1)
            }
        }
    }

    /// One field up to its separator; the separator before it was taken, or follows the segment's name.
    fn read_field(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let separator = self.separators.field;
        let window = bytes.get(..FIELD_BYTES_MAX).unwrap_or(bytes);
        let Some(end) = window.iter().position(|&byte| byte == separator || ends_segment(byte)) else {
            if bytes.len() < FIELD_BYTES_MAX {
                return None;
            }
            facts.malformed();
            self.note_patient_data(&[], true, facts);
            self.place = Place::LongField;
            return Some(FIELD_BYTES_MAX);
        };
        let value = bytes.get(..end).unwrap_or_default().trim_ascii();
        self.note_patient_data(value, !value.is_empty(), facts);
        // Two double quotes mean that a value is to be deleted (HL7 2.5.1 2.5.3).
        if !value.is_empty() && value != b"\"\"" {
            self.tell(side, value, facts);
        }
        self.after_field(bytes.get(end).copied().unwrap_or_default());
        // What ends a segment is taken where segments begin.
        Some(if self.place == Place::Segment { end } else { end + 1 })
    }

    fn after_field(&mut self, end: u8) {
        if end == self.separators.field {
            self.field = self.field.saturating_add(1);
            self.place = Place::Fields;
        } else {
            self.place = Place::Segment;
        }
    }

    fn tell(&mut self, side: Side, value: &[u8], facts: &mut dyn Facts) {
        let separators = self.separators;
        let other = side.other();
        match (&self.segment, self.field) {
            (b"MSH", 3) => {
                self.device.sender(separators, value);
                facts.fact(side, Fact::Hl7Application, separators.name(value));
            }
            (b"MSH", 4) => facts.fact(side, Fact::Hl7Facility, separators.name(value)),
            (b"MSH", 5) => facts.fact(other, Fact::Hl7ReceivingApplication, separators.name(value)),
            (b"MSH", 6) => facts.fact(other, Fact::Hl7ReceivingFacility, separators.name(value)),
            (b"MSH", 9) => {
                if let Some(kind) = separators.message_type(value) {
                    facts.fact(side, Fact::Hl7MessageType, kind.bytes());
                }
            }
            (b"MSH", 12) => {
                let version = separators.component(value, 0);
                if version.iter().all(|b| b.is_ascii_digit() || *b == b'.') {
                    facts.fact(side, Fact::Hl7Version, version);
                }
            }
            (b"MSA", 1) => match value {
                b"AE" => facts.event(side, EventKind::Hl7Rejected, "application error (AE)"),
                b"AR" => facts.event(side, EventKind::Hl7Rejected, "application reject (AR)"),
                b"CE" => facts.event(side, EventKind::Hl7Rejected, "commit error (CE)"),
                b"CR" => facts.event(side, EventKind::Hl7Rejected, "commit reject (CR)"),
                b"AA" | b"CA" => {}
                _ => facts.malformed(),
            },
            (b"PRT", field) => self.device.participation(separators, side, field, value, facts),
            (b"OBX", 18) => self.device.equipment(separators, side, value, facts),
            _ => {}
        }
    }

    /// Notes of which kind patient data is; `value` only decides where the field says its own kind.
    fn note_patient_data(&self, value: &[u8], present: bool, facts: &mut dyn Facts) {
        if !present {
            return;
        }
        let kind = match (&self.segment, self.field) {
            (b"PID", 2..=4 | 18..=20) | (b"PV1", 19) | (b"MRG", 1..=4) => PatientDataKinds::IDENTIFIER,
            (b"PID", 5 | 6 | 9) | (b"MRG", 7) => PatientDataKinds::NAME,
            (b"PID", 7) => PatientDataKinds::BIRTH_DATE,
            (b"PID", 11 | 13 | 14) => PatientDataKinds::ADDRESS,
            (b"OBX", 5) => PatientDataKinds::RESULT,
            // Numeric and multiplexed arrays carry waveforms (HL7 2.5.1 7.14).
            (b"OBX", 2) if matches!(value, b"NA" | b"MA") => PatientDataKinds::WAVEFORM,
            (b"ORC", 1) | (b"OBR" | b"RXO" | b"RXE", 1..) => PatientDataKinds::ORDER,
            _ => return,
        };
        facts.patient_data(kind);
    }
}

/// What the first bytes of one side are: a message or a batch of messages.
fn probe(head: &[u8]) -> Probe {
    // Some senders begin with the end of a frame, or with an empty one.
    let start = head.iter().take(8).position(|&byte| !ends_segment(byte)).unwrap_or(head.len().min(8));
    let text = head.get(start..).unwrap_or_default();
    const HEADERS: [&[u8]; 3] = [b"MSH", b"BHS", b"FHS"];
    let Some(rest) = text.get(3..) else {
        return match HEADERS.iter().any(|name| name.starts_with(text)) {
            true => Probe::Unsure,
            false => Probe::No,
        };
    };
    if !HEADERS.iter().any(|name| text.starts_with(name)) {
        return Probe::No;
    }
    let Some((&separator, rest)) = rest.split_first() else { return Probe::Unsure };
    let Some(end) = rest.iter().take(6).position(|&byte| byte == separator) else {
        return if rest.len() < 6 { Probe::Unsure } else { Probe::No };
    };
    if Separators::new(separator, rest.get(..end).unwrap_or_default()).is_none() {
        return Probe::No;
    }
    // MSH-9 tells an acknowledgement, which only a receiver sends; where it is out of sight, senders of
    // messages open connections.
    let mut fields = text.split(|&byte| byte == separator).skip(8);
    match (fields.next(), fields.next()) {
        (Some(kind), _) if kind.starts_with(b"ACK") => Probe::Certain(Side::Server),
        (Some(_), Some(_)) => Probe::Certain(Side::Client),
        _ if head.len() < 64 && !text.contains(&b'\r') => Probe::Unsure,
        _ => Probe::Certain(Side::Client),
    }
}

#[cfg(test)]
pub(super) mod tests;
