//! QUIC's first messages (RFC 9000, RFC 9001; version 2: RFC 9369; drafts 27 to 34): for whom a client asks and with
//! what software. They are encrypted with keys that anybody can make from the connection's first identifier, so
//! that only what really is QUIC authenticates. Everything later is closed to us.
//!
//! A client's hello may come in several datagrams: `Initials` keeps a fixed number of unfinished ones.

mod assembly;
mod keys;

use crate::dissect::tls::hello;
use crate::dissect::{Datagram, DatagramDissector, Facts, Recognised, Side, Starts, StationFacts};
use assembly::Assembly;
use cordon_model::observe::Fact;
use keys::Keys;

/// The longest identifier of a connection (RFC 9000 17.2).
const IDENTIFIER_BYTES_MAX: usize = 20;
/// A client's first identifier is at least as long (RFC 9000 7.2).
const FIRST_IDENTIFIER_BYTES_MIN: usize = 8;
/// The longest packet that is decrypted; clients send no larger ones before they know the path.
const PACKET_BYTES_MAX: usize = 2_048;
/// Packets of one datagram that are looked at.
const PACKETS_MAX: usize = 8;
/// Frames of one packet that are read; some clients scatter their hello over dozens.
const FRAMES_MAX: usize = 256;

/// The dissector.
#[derive(Debug)]
pub struct Quic;

impl DatagramDissector for Quic {
    const STARTS: Starts = Starts::range(0xc0, 0xff);

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match Packet::parse(datagram.bytes) {
            Some(_) => Recognised::Unsided,
            None => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        Initials::new(0).read(datagram, side, facts)
    }
}

/// Hellos of which parts are missing.
#[derive(Debug)]
pub(crate) struct Initials {
    slots: Vec<Slot>,
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    identifier: Identifier,
    assembly: Assembly,
}

/// A connection's identifier, filled up with zeros, and its length.
type Identifier = ([u8; IDENTIFIER_BYTES_MAX], usize);

impl Initials {
    /// Room for so many.
    pub(crate) fn new(unfinished_max: usize) -> Initials {
        let empty = Slot { identifier: ([0; IDENTIFIER_BYTES_MAX], 0), assembly: Assembly::new() };
        Initials { slots: vec![empty; unfinished_max], next: 0 }
    }

    /// Reads one datagram; answers `false` when it is not QUIC.
    pub(crate) fn read(&mut self, datagram: &Datagram<'_>, side: Side, facts: &mut dyn Facts) -> bool {
        let (mut rest, mut any) = (datagram.bytes, false);
        for _ in 0..PACKETS_MAX {
            let Some(packet) = Packet::parse(rest) else { break };
            any = true;
            if packet.initial && packet.destination.len() >= FIRST_IDENTIFIER_BYTES_MIN {
                self.initial(&packet, side, facts);
            }
            match rest.get(packet.length..) {
                Some(after) if packet.length > 0 => rest = after,
                _ => break,
            }
        }
        any
    }

    /// Reads a packet that is a client's first, if its keys say so.
    fn initial(&mut self, packet: &Packet<'_>, side: Side, facts: &mut dyn Facts) {
        let mut buffer = [0; PACKET_BYTES_MAX];
        let keys = Keys::of_client(packet.version, packet.destination);
        let Some(content) = keys.and_then(|keys| keys.open(packet, &mut buffer)) else { return };
        facts.fact(side, Fact::QuicVersion, packet.version.name().as_bytes());
        let mut identifier = ([0; IDENTIFIER_BYTES_MAX], packet.destination.len());
        for (to, from) in identifier.0.iter_mut().zip(packet.destination) {
            *to = *from;
        }
        let slot = self.slots.iter().position(|slot| slot.identifier == identifier);
        let known = slot.and_then(|slot| self.slots.get_mut(slot));
        let mut fresh = Assembly::new();
        let is_known = known.is_some();
        let (assembly, freed) = match known {
            Some(slot) => (&mut slot.assembly, Some(&mut slot.identifier)),
            None => (&mut fresh, None),
        };
        if frames(content, assembly).is_none() {
            facts.malformed();
        }
        let Some(told) = assembly.message() else {
            if !is_known && assembly.is_begun() {
                self.keep(identifier, &fresh, facts);
            }
            return;
        };
        match told {
            Ok(message) if hello::client(side, message, &hello::QUIC, false, facts).is_some() => {}
            Ok(_) => facts.malformed(),
            Err(assembly::TooLong) => facts.limit(),
        }
        if let Some(identifier) = freed {
            identifier.1 = 0;
        }
    }

    /// Keeps an unfinished hello in the place of the one that has waited longest.
    fn keep(&mut self, identifier: Identifier, assembly: &Assembly, facts: &mut dyn Facts) {
        let Some(slot) = self.slots.get_mut(self.next) else { return };
        if slot.identifier.1 > 0 {
            facts.limit();
        }
        *slot = Slot { identifier, assembly: *assembly };
        self.next = (self.next + 1) % self.slots.len();
    }
}

/// The versions whose first keys are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
    Draft(u8),
}

impl Version {
    fn of(number: u32) -> Option<Version> {
        match number {
            1 => Some(Version::One),
            0x6b33_43cf => Some(Version::Two),
            0xff00_001b..=0xff00_0022 => Some(Version::Draft(number.to_be_bytes()[3])),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Version::One => "1",
            Version::Two => "2",
            Version::Draft(27) => "draft-27",
            Version::Draft(28) => "draft-28",
            Version::Draft(29) => "draft-29",
            Version::Draft(30) => "draft-30",
            Version::Draft(31) => "draft-31",
            Version::Draft(32) => "draft-32",
            Version::Draft(33) => "draft-33",
            Version::Draft(_) => "draft-34",
        }
    }
}

/// A packet with a long header (RFC 9000 17.2).
struct Packet<'a> {
    version: Version,
    initial: bool,
    destination: &'a [u8],
    /// The whole packet, of which the end may be missing.
    bytes: &'a [u8],
    /// Where the packet number stands.
    number_at: usize,
    /// How long it says it is, 0 when nothing can follow it.
    length: usize,
}

impl<'a> Packet<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Packet<'a>> {
        let [first @ 0xc0..=0xff, a, b, c, d, rest @ ..] = bytes else { return None };
        let version = Version::of(u32::from_be_bytes([*a, *b, *c, *d]))?;
        let (destination, rest) = identifier(rest)?;
        let (_source, rest) = identifier(rest)?;
        // Version 2 numbers the kinds otherwise (RFC 9369 3.2).
        let kind = (first >> 4 & 3).wrapping_sub(u8::from(version == Version::Two)) & 3;
        let mut reader = Reader(rest);
        const INITIAL: u8 = 0;
        const RETRY: u8 = 3;
        if kind == RETRY {
            return Some(Packet { version, initial: false, destination, bytes, number_at: 0, length: 0 });
        }
        if kind == INITIAL {
            let token = reader.number()?;
            reader.take(token)?;
        }
        let length = reader.number()?;
        let number_at = bytes.len() - reader.0.len();
        let length = number_at.checked_add(length)?;
        let bytes = bytes.get(..length).unwrap_or(bytes);
        Some(Packet { version, initial: kind == INITIAL, destination, bytes, number_at, length })
    }
}

/// An identifier after its length.
fn identifier(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let length = usize::from(*length);
    (length <= IDENTIFIER_BYTES_MAX).then(|| rest.split_at_checked(length))?
}

/// Reads numbers of varying length (RFC 9000 16).
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    fn number(&mut self) -> Option<usize> {
        let first = *self.0.first()?;
        let bytes = self.take(1 << (first >> 6))?;
        let value = bytes.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        usize::try_from(value & (u64::MAX >> (66 - 8 * bytes.len()))).ok()
    }
}

/// Puts the pieces of the handshake into their places (RFC 9000 12.4, 19).
fn frames(content: &[u8], assembly: &mut Assembly) -> Option<()> {
    const PADDING: usize = 0;
    const PING: usize = 1;
    const ACK: usize = 2;
    const ACK_WITH_CONGESTION: usize = 3;
    const CRYPTO: usize = 6;
    const CLOSE: usize = 0x1c;
    let mut reader = Reader(content);
    for _ in 0..FRAMES_MAX {
        let padding = reader.0.iter().take_while(|byte| **byte == 0).count();
        reader.take(padding)?;
        if reader.0.is_empty() {
            return Some(());
        }
        match reader.number()? {
            PADDING | PING => {}
            kind @ (ACK | ACK_WITH_CONGESTION) => {
                let (_largest, _delay) = (reader.number()?, reader.number()?);
                let ranges = reader.number()?;
                let numbers = ranges.checked_mul(2)?.checked_add(1)? + if kind == ACK { 0 } else { 3 };
                for _ in 0..numbers {
                    reader.number()?;
                }
            }
            CRYPTO => {
                let (offset, length) = (reader.number()?, reader.number()?);
                assembly.add(offset, reader.take(length)?);
            }
            CLOSE => return Some(()),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
pub(in crate::dissect) mod tests;
