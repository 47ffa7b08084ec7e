//! Dräger MEDIBUS: ventilators, anaesthesia workstations and incubators on a serial line, which reach the
//! network through device servers. Source: Dräger RS 232 MEDIBUS Protocol Definition 6.00 (90 28 258), and
//! how the OpenICE collector speaks it.
//!
//! Commands begin with ESC, responses with SOH; both end with two hexadecimal digits, the sum of all bytes
//! before them, and CR. Realtime data is interleaved as bytes with the highest bit set.

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use cordon_model::observe::{Fact, PatientDataKinds};

const SOH: u8 = 0x01;
const CR: u8 = 0x0d;
const DC1: u8 = 0x11;
const DC3: u8 = 0x13;
const ESC: u8 = 0x1b;
const IDENTIFY: u8 = 0x52;
/// The longest command or response that is read; a full answer with all measured values is shorter.
const FRAME_BYTES_MAX: usize = 1024;
/// The longest identification: number, name in apostrophes, revision.
const IDENTITY_BYTES_MAX: usize = 64;
/// Realtime bytes in a row that are no damaged character any more.
const REALTIME_MIN: u8 = 4;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Medibus {
    client: Half,
    server: Half,
}

#[derive(Clone, Copy, Debug)]
struct Half {
    /// Passing over a frame that is too long, or whose start was lost.
    skip: bool,
    /// Realtime bytes in a row outside of frames.
    realtime: u8,
    /// It is the device: it answered with data, or was asked for some. Collectors name themselves too, and
    /// are not what this is about.
    device: bool,
    /// How it identified itself, and how many bytes of that there are; told once it is known for a device.
    identity: [u8; IDENTITY_BYTES_MAX],
    identity_bytes: usize,
}

impl StreamDissector for Medibus {
    const STARTS: Starts = Starts::of(&[ESC, SOH]);
    const HELD_BYTES_MAX: usize = FRAME_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        match *head {
            [ESC | SOH] => Probe::Unsure,
            [start @ (ESC | SOH), code, ..] if is_known(code) => {
                let Some(end) = head.iter().position(|&byte| byte == CR) else { return Probe::Unsure };
                let mut slow = [0; FRAME_BYTES_MAX];
                match content(head.get(..end).unwrap_or_default(), &mut slow) {
                    None => Probe::No,
                    Some([_, _, payload @ ..]) => match (start, code) {
                        (ESC, 0x23..=0x2e) => Probe::Certain(Side::Client),
                        (SOH, 0x23..=0x2e) if !payload.is_empty() => Probe::Certain(Side::Server),
                        _ => Probe::Unsided,
                    },
                    Some(_) => Probe::No,
                }
            }
            _ => Probe::No,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let (half, other) = match side {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        };
        let mut rest = bytes;
        while let Some(count) = half.advance(side, rest, other, facts) {
            rest = rest.get(count..).unwrap_or_default();
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        half.skip = true;
        half.realtime = 0;
        Step::Took(0)
    }
}

impl Default for Half {
    fn default() -> Self {
        let identity = [0; IDENTITY_BYTES_MAX];
        Half { skip: false, realtime: 0, device: false, identity, identity_bytes: 0 }
    }
}

impl Half {
    /// Takes one frame or one byte between frames; `None` when a frame is not complete.
    fn advance(
        &mut self,
        side: Side,
        bytes: &[u8],
        other: &mut Half,
        facts: &mut dyn Facts,
    ) -> Option<usize> {
        let first = *bytes.first()?;
        if !matches!(first, ESC | SOH) {
            self.between(first, facts);
            return Some(1);
        }
        self.skip = false;
        let window = bytes.get(..FRAME_BYTES_MAX).unwrap_or(bytes);
        let after = window.iter().skip(1).position(|&byte| matches!(byte, CR | ESC | SOH));
        let Some(end) = after.map(|after| after + 1) else {
            if window.len() < FRAME_BYTES_MAX {
                return None;
            }
            facts.malformed();
            self.skip = true;
            return Some(FRAME_BYTES_MAX);
        };
        if bytes.get(end) != Some(&CR) {
            // A command may break into a response; what it broke into is not read.
            return Some(end);
        }
        let mut slow = [0; FRAME_BYTES_MAX];
        match content(bytes.get(..end).unwrap_or_default(), &mut slow) {
            Some([SOH, code, payload @ ..]) => self.response(side, *code, payload, facts),
            // Who asks for data has a device before it.
            Some([_, 0x23..=0x2e | 0x53 | 0x54, ..]) => other.is_device(side.other(), facts),
            Some(_) => {}
            None => facts.malformed(),
        }
        self.realtime = 0;
        Some(end + 1)
    }

    fn response(&mut self, side: Side, code: u8, payload: &[u8], facts: &mut dyn Facts) {
        match code {
            // Measured values of both code pages.
            0x24 | 0x2b if !payload.is_empty() => {
                self.is_device(side, facts);
                facts.patient_data(PatientDataKinds::RESULT);
            }
            // Alarms of all code pages; an answer without any says that there are none.
            0x23 | 0x27 | 0x2e => facts.fact(side, Fact::MedibusAlarms, b"reported"),
            IDENTIFY => match self.identity.get_mut(..payload.len()) {
                Some(room) => {
                    room.copy_from_slice(payload);
                    self.identity_bytes = payload.len();
                    if self.device {
                        self.tell_identity(side, facts);
                    }
                }
                None => facts.malformed(),
            },
            _ => {}
        }
    }

    /// Notes that this side is the device, and tells who it is if that was held back.
    fn is_device(&mut self, side: Side, facts: &mut dyn Facts) {
        self.device = true;
        self.tell_identity(side, facts);
    }

    fn tell_identity(&mut self, side: Side, facts: &mut dyn Facts) {
        let length = std::mem::take(&mut self.identity_bytes);
        if length > 0 {
            identified(side, self.identity.get(..length).unwrap_or_default(), facts);
        }
    }

    /// A byte outside of frames: realtime data, flow control, or the rest of what is passed over.
    fn between(&mut self, byte: u8, facts: &mut dyn Facts) {
        if byte == CR {
            self.skip = false;
        }
        self.realtime = if byte & 0x80 != 0 { self.realtime.saturating_add(1) } else { 0 };
        if self.realtime == REALTIME_MIN && !self.skip {
            facts.patient_data(PatientDataKinds::WAVEFORM);
        }
    }
}

/// Commands the protocol definition names.
fn is_known(code: u8) -> bool {
    matches!(code, 0x23..=0x2e | 0x30 | 0x49 | 0x4a | 0x51..=0x56 | 0x6c | 0x6d)
}

/// A frame without realtime bytes, flow control and its sum; `None` when the sum is wrong.
fn content<'a>(frame: &[u8], slow: &'a mut [u8; FRAME_BYTES_MAX]) -> Option<&'a [u8]> {
    let mut length = 0;
    for &byte in frame.iter().filter(|&&byte| byte & 0x80 == 0 && !matches!(byte, DC1 | DC3)) {
        *slow.get_mut(length)? = byte;
        length += 1;
    }
    let (covered, digits) = slow.get(..length)?.split_last_chunk::<2>()?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = digits.map(digit);
    let sum = covered.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    (covered.len() >= 2 && high? * 16 + low? == u32::from(sum)).then_some(covered)
}

/// A device identification: number of four digits, name in apostrophes, revision.
fn identified(side: Side, payload: &[u8], facts: &mut dyn Facts) {
    let Some((number, rest)) = payload.split_first_chunk::<4>() else { return };
    let mut parts = rest.splitn(3, |&byte| byte == b'\'');
    let (Some(b""), Some(name), Some(revision)) = (parts.next(), parts.next(), parts.next()) else {
        return facts.malformed();
    };
    facts.fact(side, Fact::MedibusDeviceId, number);
    facts.fact(side, Fact::MedibusDeviceName, name);
    if revision.iter().any(u8::is_ascii_digit) {
        facts.fact(side, Fact::MedibusRevision, revision);
    }
}
