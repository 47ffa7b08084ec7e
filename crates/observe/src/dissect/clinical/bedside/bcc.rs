//! B. Braun BCC: what a Space rack of infusion pumps tells a collector through its SpaceCom. Source: the
//! published collector of the Technical University of Munich after B. Braun's Technical Interface
//! Specification BCC (framing, stuffing, names of parameters).
//!
//! A frame is SOH, five digits of length, STX, bed, `>`, text, ETX or ETB, five digits of sum, EOT. Answers
//! hold parameters between record separators: time, address of the pump in its rack, name, value. Each is
//! read alone, so that no frame needs to be held; the sum is not verified. Pumps stand under their serial
//! numbers. The bed, drugs and patients are not told.

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use cordon_model::observe::{Fact, PatientDataKinds};

const SOH: u8 = 0x01;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const EOT: u8 = 0x04;
const ACK: u8 = 0x06;
const NAK: u8 = 0x15;
const ETB: u8 = 0x17;
const RS: u8 = 0x1e;
/// SOH, five digits, STX.
const HEAD_BYTES: usize = 7;
/// The longest bed: three numbers between strokes, and `>`.
const BED_BYTES_MAX: usize = 24;
/// The longest parameter.
const BLOCK_BYTES_MAX: usize = 512;
/// Pumps remembered of one conversation; a system of racks holds 24.
const PUMPS_MAX: usize = 24;
const ADDRESS_BYTES_MAX: usize = 8;
const SERIAL_BYTES_MAX: usize = 16;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bcc {
    client: Half,
    server: Half,
    pumps: [Pump; PUMPS_MAX],
}

/// A pump that told its serial number; without one the place is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pump {
    address: Short<ADDRESS_BYTES_MAX>,
    serial: Short<SERIAL_BYTES_MAX>,
}

/// A short text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Short<const N: usize> {
    bytes: [u8; N],
    length: u8,
}

#[derive(Clone, Copy, Debug, Default)]
struct Half {
    place: Place,
    /// The present frame told of alarms already.
    alarms: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Between frames.
    #[default]
    Outside,
    /// Before the bed.
    Bed,
    /// Within the text.
    Block,
    /// Passing over the rest of a frame.
    Skip,
}

impl StreamDissector for Bcc {
    const STARTS: Starts = Starts::of(&[SOH, ACK, NAK]);
    const HELD_BYTES_MAX: usize = BLOCK_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        let start = head.iter().take(8).take_while(|byte| matches!(**byte, ACK | NAK)).count();
        let frame = head.get(start..).unwrap_or_default();
        let fits = frame.iter().take(HEAD_BYTES).enumerate().all(|(at, byte)| match at {
            0 => *byte == SOH,
            6 => *byte == STX,
            _ => byte.is_ascii_digit(),
        });
        let bed = frame.get(HEAD_BYTES..).unwrap_or_default();
        let end = bed.iter().take(BED_BYTES_MAX).position(|byte| !is_bed(*byte));
        match end.map(|end| (bed.get(end).copied(), bed.get(end + 1..).unwrap_or_default())) {
            _ if !fits || (start > 0 && frame.is_empty()) => Probe::No,
            None if bed.len() < BED_BYTES_MAX => Probe::Unsure,
            // What collectors ask is stuffed: MEM:GET and ADMIN:ALIVE.
            Some((Some(b'>'), text)) if text.starts_with(b"MEEM:") || text.starts_with(b"AEXMIN:") => {
                Probe::Certain(Side::Client)
            }
            Some((Some(b'>'), text)) if text.contains(&b',') => Probe::Certain(Side::Server),
            Some((Some(b'>'), text)) if text.len() < 32 => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        while let Some(count) = self.advance(side, rest, facts) {
            rest = rest.get(count..).unwrap_or_default();
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        self.half(side).place = Place::Skip;
        Step::Took(0)
    }
}

fn is_bed(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'/'
}

impl Bcc {
    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Takes one item from the front; `None` when it is not complete.
    fn advance(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let first = *bytes.first()?;
        let half = self.half(side);
        match half.place {
            Place::Outside if first != SOH => Some(1),
            Place::Outside => {
                let [_, digits @ .., last] = bytes.first_chunk::<HEAD_BYTES>()?;
                if !digits.iter().all(u8::is_ascii_digit) || *last != STX {
                    facts.malformed();
                    return Some(1);
                }
                *half = Half { place: Place::Bed, alarms: false };
                Some(HEAD_BYTES)
            }
            Place::Bed => {
                let end = bytes.iter().take(BED_BYTES_MAX).position(|byte| !is_bed(*byte));
                if end.is_none() && bytes.len() < BED_BYTES_MAX {
                    return None;
                }
                half.place = Place::Block;
                match end.filter(|end| bytes.get(*end) == Some(&b'>')) {
                    Some(end) => Some(end + 1),
                    None => {
                        facts.malformed();
                        half.place = Place::Skip;
                        Some(end.unwrap_or(BED_BYTES_MAX))
                    }
                }
            }
            Place::Block => {
                let window = bytes.get(..BLOCK_BYTES_MAX).unwrap_or(bytes);
                let end = window.iter().position(|byte| matches!(*byte, RS | ETX | ETB | EOT | SOH));
                let Some(end) = end else {
                    if window.len() < BLOCK_BYTES_MAX {
                        return None;
                    }
                    facts.malformed();
                    half.place = Place::Skip;
                    return Some(BLOCK_BYTES_MAX);
                };
                let separator = bytes.get(end).copied().unwrap_or_default();
                half.place = if separator == RS { Place::Block } else { Place::Skip };
                self.parameter(side, bytes.get(..end).unwrap_or_default(), facts);
                Some(if separator == RS { end + 1 } else { end })
            }
            Place::Skip => {
                let end = bytes.iter().position(|byte| matches!(*byte, EOT | SOH));
                let Some(end) = end else { return Some(bytes.len()) };
                half.place = Place::Outside;
                Some(end)
            }
        }
    }

    /// One parameter of an answer: time, address, name, value.
    fn parameter(&mut self, side: Side, stuffed: &[u8], facts: &mut dyn Facts) {
        let mut buffer = [0; BLOCK_BYTES_MAX];
        let mut parts = unstuffed(stuffed, &mut buffer).splitn(4, |&byte| byte == b',');
        let (Some(_time), Some(address), Some(name), Some(value)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return;
        };
        let (address, value) = (address.trim_ascii(), value.trim_ascii());
        if value.is_empty() {
            return;
        }
        let fact = match name {
            b"INSERNUM" => Some(Fact::BccSerial),
            b"GNNEW" => Some(Fact::BccDeviceName),
            b"GNMODEL" => Some(Fact::BccModel),
            b"INDTNR" => Some(Fact::BccDeviceType),
            b"DLNAME" => Some(Fact::BccDrugLibrary),
            _ => None,
        };
        // Where a separator was damaged, the next parameter would pass for a part of this one's value.
        if fact.is_some() && value.iter().any(|byte| *byte == b',' || byte.is_ascii_control()) {
            return facts.malformed();
        }
        if fact == Some(Fact::BccSerial) {
            self.remember(address, value, facts);
        }
        let known = self.pumps.iter().find(|pump| pump.address.bytes() == address && !address.is_empty());
        if let (Some(fact), Some(pump)) = (fact, known) {
            facts.fact_of(side, pump.serial.bytes(), fact, value);
        }
        if let Some(kind) = kind(name, value) {
            facts.patient_data(kind);
        }
        let half = self.half(side);
        if is_alarm(name) && !half.alarms {
            half.alarms = true;
            facts.fact(side, Fact::BccAlarms, b"reported");
        }
    }

    /// Remembers which pump sits at an address of the rack.
    fn remember(&mut self, address: &[u8], serial: &[u8], facts: &mut dyn Facts) {
        let (Some(address), Some(serial)) = (Short::of(address), Short::of(serial)) else {
            return facts.malformed();
        };
        let free = |pump: &&mut Pump| pump.address == address || pump.serial.length == 0;
        match self.pumps.iter_mut().find(free) {
            Some(pump) => *pump = Pump { address, serial },
            None => facts.limit(),
        }
    }
}

/// Of which kind of patient data a parameter is; values that are not set hold no digit or are not sent.
fn kind(name: &[u8], value: &[u8]) -> Option<PatientDataKinds> {
    let says = value.iter().any(u8::is_ascii_alphanumeric);
    Some(match name {
        b"PATID" | b"PATIDBADGE" | b"PATIDDRUG" if says => PatientDataKinds::IDENTIFIER,
        b"INSOL" | b"INSOLSN" | b"INSOLID" | b"DRUGORDERNO" if says => PatientDataKinds::ORDER,
        b"INRT" | b"INVI" | b"INVTB" | b"INDORT" | b"INBOVAL" | b"TCIPLA" | b"TCIEFF" if says => {
            PatientDataKinds::RESULT
        }
        _ => return None,
    })
}

/// INA1 to INA16, and the alarms of later versions.
fn is_alarm(name: &[u8]) -> bool {
    let numbered = |rest: &[u8]| !rest.is_empty() && rest.iter().all(u8::is_ascii_digit);
    matches!(name, b"ALARM1" | b"ALARM2" | b"PREALARM" | b"LASTDA")
        || name.strip_prefix(b"INA").is_some_and(numbered)
}

/// Undoes the stuffing: EX is D, EE is E, ex is d, ee is e.
fn unstuffed<'a>(stuffed: &[u8], buffer: &'a mut [u8; BLOCK_BYTES_MAX]) -> &'a [u8] {
    let mut length = 0;
    let mut bytes = stuffed.iter().copied().peekable();
    while let (Some(byte), Some(room)) = (bytes.next(), buffer.get_mut(length)) {
        let pair = match byte {
            b'E' => bytes.next_if(|next| matches!(next, b'X' | b'E')),
            b'e' => bytes.next_if(|next| matches!(next, b'x' | b'e')),
            _ => None,
        };
        *room = if matches!(pair, Some(b'X' | b'x')) { byte - 1 } else { byte };
        length += 1;
    }
    buffer.get(..length).unwrap_or_default()
}

impl<const N: usize> Short<N> {
    fn of(text: &[u8]) -> Option<Short<N>> {
        let mut bytes = [0; N];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Short { bytes, length: u8::try_from(text.len()).ok()? })
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

impl<const N: usize> Default for Short<N> {
    fn default() -> Self {
        Short { bytes: [0; N], length: 0 }
    }
}
