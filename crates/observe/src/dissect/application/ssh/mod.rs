//! Secure Shell (SSH, RFC 4253): what both sides call themselves, what they agree on, and the server's key. Once a
//! side encrypts, it is read no further: whether somebody could log in cannot be seen, and nothing is said of it.

mod algorithms;

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use crate::text::Line;
use algorithms::{Offer, Reader};
use cordon_model::observe::{EventKind, Fact};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The longest identification (RFC 4253 4.2).
const IDENTIFICATION_BYTES_MAX: usize = 255;
/// The longest packet that is read; others are passed over.
const PACKET_BYTES_MAX: usize = 8 * 1024;
/// The longest packet there can be (RFC 4253 6.1, with what today's software allows).
const LENGTH_MAX: usize = 256 * 1024;
/// Length, length of padding, kind of message.
const HEAD_BYTES: usize = 6;
/// Shorter RSA keys are not to be used (NIST SP 800-131A).
const RSA_BITS_MIN: usize = 2_048;

/// Kinds of messages (RFC 4253 12, RFC 4419 5).
const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;
const KEX_REPLY: u8 = 31;
const KEX_GROUP_REPLY: u8 = 33;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ssh {
    client: Half,
    server: Half,
    /// The algorithms of the side that named them first.
    first: Option<(Side, Offer)>,
    agreed: bool,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    place: Place,
    /// Bytes of the packet under way that are passed over.
    left: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Identification,
    Packets,
    /// New keys are used; nothing came under them yet.
    Keyed,
    /// It has sent something encrypted.
    Encrypted,
}

impl StreamDissector for Ssh {
    const STARTS: Starts = Starts::of(b"S");
    const HELD_BYTES_MAX: usize = PACKET_BYTES_MAX;

    /// Either side may be the first to identify itself.
    fn probe(head: &[u8], _port: u16) -> Probe {
        const MARK: &[u8] = b"SSH-";
        match head.get(MARK.len()) {
            Some(b'1' | b'2') if head.starts_with(MARK) => Probe::Unsided,
            None if MARK.starts_with(head) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.advance(side, rest, facts) {
                Step::Took(0) => break,
                Step::Took(count) => rest = rest.get(count..).unwrap_or_default(),
                Step::Done => return Step::Done,
            }
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, missing: u64, facts: &mut dyn Facts) -> Step {
        let half = self.half(side);
        match usize::try_from(missing) {
            Ok(missing) if missing <= half.left => {
                half.left -= missing;
                Step::Took(0)
            }
            _ if half.place == Place::Keyed => self.encrypted(side, facts),
            _ => Step::Done,
        }
    }
}

impl Ssh {
    fn half(&mut self, side: Side) -> &mut Half {
        if side == Side::Client { &mut self.client } else { &mut self.server }
    }

    fn advance(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let half = self.half(side);
        if half.left > 0 {
            let count = half.left.min(bytes.len());
            half.left -= count;
            return Step::Took(count);
        }
        match half.place {
            Place::Identification => self.identification(side, bytes, facts),
            Place::Packets => self.packet(side, bytes, facts),
            Place::Keyed | Place::Encrypted => self.encrypted(side, facts),
        }
    }

    fn identification(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let head = bytes.get(..IDENTIFICATION_BYTES_MAX).unwrap_or(bytes);
        let Some(end) = memchr::memchr(b'\n', head) else {
            if bytes.len() < IDENTIFICATION_BYTES_MAX {
                return Step::Took(0);
            }
            facts.malformed();
            return Step::Done;
        };
        let line = head.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // A server may say other things first.
        let Some(version) = line.strip_prefix(b"SSH-") else { return Step::Took(end + 1) };
        facts.fact(side, Fact::SshIdentification, line);
        // 1.99 stands for 2.0 that also takes older ones (RFC 4253 5.1).
        if version.starts_with(b"1.") && !version.starts_with(b"1.99") {
            facts.event(side, EventKind::EncryptionWeak, "SSH 1");
            return Step::Done;
        }
        self.half(side).place = Place::Packets;
        Step::Took(end + 1)
    }

    /// RFC 4253 6: length, length of padding, content, padding.
    fn packet(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let Some((&[a, b, c, d, padding, kind], _)) = bytes.split_first_chunk::<HEAD_BYTES>() else {
            return Step::Took(0);
        };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let whole = 4 + length;
        if length < 2 + usize::from(padding) || length > LENGTH_MAX {
            facts.malformed();
            return Step::Done;
        }
        if matches!(kind, KEXINIT | KEX_REPLY | KEX_GROUP_REPLY) {
            if whole > PACKET_BYTES_MAX {
                facts.limit();
            } else {
                let Some(packet) = bytes.get(..whole) else { return Step::Took(0) };
                let content = packet.get(HEAD_BYTES..whole - usize::from(padding)).unwrap_or_default();
                match kind {
                    KEXINIT => self.algorithms(side, content, facts),
                    _ if side == Side::Server => {
                        // The same number means other things in other exchanges; a key says what it is.
                        let _ = host_key(content, facts);
                    }
                    _ => {}
                }
                return Step::Took(whole);
            }
        }
        let half = self.half(side);
        if kind == NEWKEYS && length <= 64 {
            half.place = Place::Keyed;
        }
        half.left = whole - HEAD_BYTES;
        Step::Took(HEAD_BYTES)
    }

    fn algorithms(&mut self, side: Side, content: &[u8], facts: &mut dyn Facts) {
        let Some(lists) = algorithms::lists(content) else { return facts.malformed() };
        if side == Side::Server {
            algorithms::weak_offers(&lists, facts);
        }
        match &self.first {
            Some((first, offer)) if *first != side => {
                if !std::mem::replace(&mut self.agreed, true) {
                    algorithms::agree(offer, *first, &lists, facts);
                }
            }
            _ => self.first = Some((side, Offer::of(&lists))),
        }
    }

    /// Something encrypted came from this side.
    fn encrypted(&mut self, side: Side, facts: &mut dyn Facts) -> Step {
        self.half(side).place = Place::Encrypted;
        if self.half(side.other()).place == Place::Encrypted {
            facts.event(Side::Client, EventKind::AdministrativeSession, "ssh");
        }
        Step::Done
    }
}

/// The server's key stands first in its answer (RFC 4253 8, RFC 5656 4, RFC 4419 3).
fn host_key(content: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let mut answer = Reader(content);
    let key = answer.string()?;
    let mut parts = Reader(key);
    let kind = parts.string()?;
    if kind.len() < 7 || !kind.contains(&b'-') || !kind.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    facts.fact(Side::Server, Fact::SshHostKeyType, kind);
    let mut line = Line::default();
    write!(line, "SHA256:").ok()?;
    base64(&mut line, &Sha256::digest(key));
    facts.fact(Side::Server, Fact::SshHostKeyFingerprint, line.text().as_bytes());
    if kind == b"ssh-rsa" {
        let (_exponent, modulus) = (parts.string()?, parts.string()?);
        let start = modulus.iter().position(|byte| *byte != 0)?;
        let significant = modulus.get(start..)?;
        let bits = significant.len() * 8 - significant.first()?.leading_zeros() as usize;
        if bits < RSA_BITS_MIN {
            let mut line = Line::default();
            write!(line, "SSH host key with RSA of {bits} bits").ok()?;
            facts.event(Side::Server, EventKind::EncryptionWeak, line.text());
        }
    }
    Some(())
}

/// RFC 4648 4, without padding, as tools show fingerprints.
fn base64(line: &mut Line, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let number =
            group.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            let digit = ALPHABET.get((number >> (18 - 6 * place) & 63) as usize).copied().unwrap_or(b'=');
            let _ = line.write_char(char::from(digit));
        }
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests;
