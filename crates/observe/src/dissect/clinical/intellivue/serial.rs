//! The fixed baud rate protocol of the monitors' serial interface (the guide, pages 30 and 31), met on TCP
//! connections to serial device servers: frames between 0xc0 and 0xc1 with a header, a message as it would
//! be in a datagram, and a check sequence; 0x7d escapes.

use super::Message;
use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};

const BEGIN: u8 = 0xc0;
const END: u8 = 0xc1;
const ESCAPE: u8 = 0x7d;
/// Protocol 0x11 (data export), message type 1.
const HEADER: [u8; 2] = [0x11, 0x01];
/// The longest message; monitors negotiate 1,364 bytes and at most send 1,456.
const MESSAGE_BYTES_MAX: usize = 2048;
/// Header, message and check sequence, each byte escaped, and the borders.
const FRAME_BYTES_MAX: usize = 2 + 2 * (4 + MESSAGE_BYTES_MAX + 2);

/// Data export over a serial line behind TCP. Every frame stands alone, so there is nothing to remember.
#[derive(Clone, Copy, Debug, Default)]
pub struct Intellivue;

impl StreamDissector for Intellivue {
    const STARTS: Starts = Starts::of(&[BEGIN]);
    const HELD_BYTES_MAX: usize = FRAME_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        let [BEGIN, rest @ ..] = head else { return Probe::No };
        let mut bytes = [0; 64];
        let length = unescape(rest, &mut bytes);
        match bytes.get(..length).unwrap_or_default() {
            [a, b, high, low, message @ ..] if [*a, *b] == HEADER => {
                let declared = usize::from(u16::from_be_bytes([*high, *low]));
                if declared > MESSAGE_BYTES_MAX {
                    return Probe::No;
                }
                let whole = message.len() >= declared;
                match Message::of(message.get(..declared).unwrap_or(message), true, !whole) {
                    Some(message) => message.sender().map_or(Probe::Unsided, Probe::Certain),
                    None if head.len() < 64 && !whole => Probe::Unsure,
                    None => Probe::No,
                }
            }
            start if start.len() < 4 && HEADER.iter().zip(start).all(|(a, b)| a == b) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        loop {
            // What stands between frames is noise of the line.
            let Some(start) = memchr::memchr(BEGIN, rest) else { return Step::Took(bytes.len()) };
            rest = rest.get(start..).unwrap_or_default();
            let window = rest.get(..FRAME_BYTES_MAX).unwrap_or(rest);
            // A frame that begins within another one aborts it.
            let border = window.iter().skip(1).position(|&byte| matches!(byte, BEGIN | END));
            let Some(inside) = border else {
                if window.len() < FRAME_BYTES_MAX {
                    return Step::Took(bytes.len() - rest.len());
                }
                facts.malformed();
                rest = rest.get(1..).unwrap_or_default();
                continue;
            };
            let end = 1 + inside;
            if rest.get(end) == Some(&END) {
                frame(side, rest.get(1..end).unwrap_or_default(), facts);
                rest = rest.get(end + 1..).unwrap_or_default();
            } else {
                rest = rest.get(end..).unwrap_or_default();
            }
        }
    }

    fn gap(&mut self, _side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        // The next frame says where it begins.
        Step::Took(0)
    }
}

/// Reads one frame between its borders; one that is damaged is counted and passed over.
fn frame(side: Side, escaped: &[u8], facts: &mut dyn Facts) {
    let mut bytes = [0; 4 + MESSAGE_BYTES_MAX + 2];
    let length = unescape(escaped, &mut bytes);
    let frame = bytes.get(..length).unwrap_or_default();
    let message = frame.split_last_chunk::<2>().and_then(|(covered, check)| {
        let (header, message) = covered.split_first_chunk::<4>()?;
        let [a, b, high, low] = *header;
        let whole = usize::from(u16::from_be_bytes([high, low])) == message.len();
        let intact = check_sequence(covered) == u16::from_le_bytes(*check);
        let message = Message::of(message, true, false)?;
        ([a, b] == HEADER && whole && intact).then_some(message)
    });
    match message {
        Some(message) => message.tell(side, facts),
        // Empty frames only fill the line.
        None if frame.is_empty() => {}
        None => facts.malformed(),
    }
}

/// Undoes the escapes up to a border; answers how many bytes came out. What is too long is cut.
fn unescape(escaped: &[u8], out: &mut [u8]) -> usize {
    let mut length = 0;
    let mut bytes = escaped.iter().take_while(|byte| !matches!(**byte, BEGIN | END));
    while let (Some(byte), Some(room)) = (bytes.next(), out.get_mut(length)) {
        *room = match *byte {
            ESCAPE => match bytes.next() {
                Some(escaped) => escaped ^ 0x20,
                None => break,
            },
            byte => byte,
        };
        length += 1;
    }
    length
}

/// The check sequence of HDLC and PPP (RFC 1662 appendix C), sent low byte first.
fn check_sequence(bytes: &[u8]) -> u16 {
    let add = |sum: u16, byte: &u8| {
        (0..8)
            .fold(sum ^ u16::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0x8408 } else { sum >> 1 })
    };
    !bytes.iter().fold(0xffff, add)
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;

    /// A message as a frame.
    pub(in super::super) fn framed(message: &[u8]) -> Vec<u8> {
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        let covered = [&HEADER[..], &length, message].concat();
        let check = check_sequence(&covered).to_le_bytes();
        let mut out = vec![BEGIN];
        for byte in covered.into_iter().chain(check) {
            match byte {
                BEGIN | END | ESCAPE => out.extend([ESCAPE, byte ^ 0x20]),
                byte => out.push(byte),
            }
        }
        out.push(END);
        out
    }

    #[test]
    fn the_check_sequence_is_that_of_the_standard() {
        // RFC 1662 and ITU-T X.25 agree on this value for the nine digits.
        assert_eq!(check_sequence(b"123456789"), 0x906e);
    }
}
