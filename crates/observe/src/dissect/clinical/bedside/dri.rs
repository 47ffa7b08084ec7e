//! Datex-Ohmeda Record Interface of S/5 and CARESCAPE B monitors on a serial line, which reach the network
//! through device servers. Sources: S/5 Computer Interface and Datex-Ohmeda Record Specification (8005313,
//! header, main types, table 2-5 of interface levels); collectors that read it.
//!
//! A record stands between two 0x7e with the sum of its bytes behind it; 0x7d escapes. Its numbers are
//! little-endian.

use crate::dissect::arp::Text;
use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use cordon_model::observe::{Fact, PatientDataKinds};
use std::fmt::Write as _;

const BORDER: u8 = 0x7e;
const ESCAPE: u8 = 0x7d;
const HEADER_BYTES: usize = 40;
/// The longest record.
const RECORD_BYTES_MAX: usize = 1490;
/// A record and its sum, each byte escaped, and both borders.
const FRAME_BYTES_MAX: usize = 2 + 2 * (RECORD_BYTES_MAX + 1);
/// Ends the list of a record's parts.
const NO_PART: u8 = 0xff;

/// Every record stands alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dri;

/// The start of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    length: usize,
    level: u8,
    plug: u16,
    kind: Kind,
}

/// Main types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Physiological,
    Wave,
    Alarm,
    Other,
}

impl StreamDissector for Dri {
    const STARTS: Starts = Starts::of(&[BORDER]);
    const HELD_BYTES_MAX: usize = FRAME_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        let start = head.iter().take_while(|byte| **byte == BORDER).count();
        let inside = head.get(start..).unwrap_or_default();
        let mut record = [0; HEADER_BYTES];
        match unescape(inside, &mut record) {
            _ if start == 0 => Probe::No,
            HEADER_BYTES => match Header::of(&record) {
                Some(header) => Probe::Certain(header.sender()),
                None => Probe::No,
            },
            _ if inside.contains(&BORDER) => Probe::No,
            _ => Probe::Unsure,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        loop {
            let Some(start) = memchr::memchr(BORDER, rest) else { return Step::Took(bytes.len()) };
            rest = rest.get(start..).unwrap_or_default();
            let window = rest.get(..FRAME_BYTES_MAX).unwrap_or(rest);
            let inside = window.get(1..).unwrap_or_default();
            let Some(end) = memchr::memchr(BORDER, inside) else {
                if window.len() < FRAME_BYTES_MAX {
                    return Step::Took(bytes.len() - rest.len());
                }
                facts.malformed();
                rest = rest.get(1..).unwrap_or_default();
                continue;
            };
            if end == 0 {
                // The end of one record and the start of the next.
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            record(side, inside.get(..end).unwrap_or_default(), facts);
            rest = rest.get(end + 2..).unwrap_or_default();
        }
    }

    fn gap(&mut self, _side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        Step::Took(0)
    }
}

impl Header {
    /// Reads it; `None` when it contradicts itself.
    fn of(record: &[u8; HEADER_BYTES]) -> Option<Header> {
        let [a, b, _number, level, c, d, _, _, _, _, _, _, _, _, e, f, parts @ ..] = record;
        let length = usize::from(u16::from_le_bytes([*a, *b]));
        let kind = match u16::from_le_bytes([*e, *f]) {
            0 => Kind::Physiological,
            1 => Kind::Wave,
            4 => Kind::Alarm,
            5 | 8 => Kind::Other,
            _ => return None,
        };
        // The first part begins where the header ends; the others follow it in order.
        let (mut expected, mut first) = (0, true);
        for part in parts.chunks_exact(3) {
            let [low, high, part] = part else { return None };
            if *part == NO_PART {
                break;
            }
            let offset = usize::from(u16::from_le_bytes([*low, *high]));
            let fits = if first { offset == 0 } else { offset > expected };
            if !fits || HEADER_BYTES + offset > length {
                return None;
            }
            (expected, first) = (offset, false);
        }
        let plausible = (HEADER_BYTES..=RECORD_BYTES_MAX).contains(&length) && *level <= 12 && !first;
        let plug = u16::from_le_bytes([*c, *d]);
        plausible.then_some(Header { length, level: *level, plug, kind })
    }

    /// Monitors fill in their level and their plug identifier; who asks them leaves at least one empty.
    fn sender(self) -> Side {
        if self.level >= 2 && self.plug != 0 { Side::Server } else { Side::Client }
    }
}

/// Reads one record between its borders; one that is damaged is counted and passed over.
fn record(side: Side, escaped: &[u8], facts: &mut dyn Facts) {
    let mut bytes = [0; RECORD_BYTES_MAX + 1];
    let length = unescape(escaped, &mut bytes);
    let whole = bytes.get(..length).unwrap_or_default().split_last().and_then(|(sum, record)| {
        let header = Header::of(record.first_chunk()?)?;
        let added = record.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        (header.length == record.len() && added == *sum).then_some(header)
    });
    match whole {
        None => facts.malformed(),
        Some(header) if header.sender() == Side::Server => monitor(side, header, facts),
        Some(_) => {}
    }
}

/// What a monitor's record says.
fn monitor(side: Side, header: Header, facts: &mut dyn Facts) {
    for (fact, number) in [(Fact::DriLevel, u16::from(header.level)), (Fact::DriPlugId, header.plug)] {
        let mut text = Text::default();
        let _ = write!(text, "{number}");
        facts.fact(side, fact, text.bytes());
    }
    match header.kind {
        Kind::Physiological => facts.patient_data(PatientDataKinds::RESULT),
        Kind::Wave => facts.patient_data(PatientDataKinds::WAVEFORM),
        Kind::Alarm => facts.fact(side, Fact::DriAlarms, b"reported"),
        Kind::Other => {}
    }
}

/// Undoes the escapes up to a border; answers how many bytes came out. What is too long is cut.
fn unescape(escaped: &[u8], out: &mut [u8]) -> usize {
    let mut length = 0;
    let mut bytes = escaped.iter().take_while(|byte| **byte != BORDER);
    while let (Some(byte), Some(room)) = (bytes.next(), out.get_mut(length)) {
        *room = match *byte {
            ESCAPE => match bytes.next() {
                Some(escaped) => escaped | 0x20,
                None => break,
            },
            byte => byte,
        };
        length += 1;
    }
    length
}
