//! Recognises packets that were seen a moment before already: two mirrors that copy one frame, a mirror of both
//! ends of a link, a router mirrored on both its sides. What bridges and routers change (VLAN tag, stations, time
//! to live, header checksum, quality of service) is left out of the comparison.
//!
//! Comparing costs a visit to memory that nothing else needs. Where there are copies there are many, so all
//! packets are compared at the start, and then as many more as copies turn up; where they hardly do, one in
//! sixteen.

use crate::layers::u16_at;
use cordon_model::Timestamp;
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hasher};

/// Copies come this much later at most; senders repeat what was lost later than that.
const LATER_MICROS_MAX: u32 = 10_000;
/// Packets compared after the start, and at most after a copy.
const COMPARED_MAX: u32 = 1 << 16;
/// Packets compared after time went back.
const COMPARED_ANEW: u32 = 1 << 9;
/// By how many a copy prolongs that: one among so many keeps all being compared.
const COMPARED_PER_COPY: u32 = 1 << 8;
/// Places: enough for 800,000 packets a second within the time.
const SETS: usize = 2_048;
const WAYS: usize = 4;
/// Bytes compared at the front of what is behind the IP header, where transports and what they tunnel have their
/// numbers and sums, and at its end.
const FRONT: usize = 64;
const BACK: usize = 16;

#[derive(Clone, Copy, Default)]
struct Entry {
    hash: u64,
    /// The low bits of the time in microseconds.
    at: u32,
    vlan: u16,
}

/// The packets remembered.
pub(crate) struct Duplicates {
    sets: Vec<[Entry; WAYS]>,
    /// Packets that are still compared without exception.
    compared: u32,
    hasher: FixedState,
}

/// Whether a packet was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// No, or it was not compared.
    No,
    /// On the same VLAN.
    Here,
    /// On this other VLAN.
    Elsewhere(u16),
}

impl Duplicates {
    pub(crate) fn new() -> Duplicates {
        let hasher = FixedState::with_seed(0x6475_706c);
        Duplicates { sets: vec![[Entry::default(); WAYS]; SETS], compared: COMPARED_MAX, hasher }
    }

    /// Begins anew, as with another recording, of which the first packets are compared without exception.
    pub(crate) fn forget(&mut self) {
        self.sets.fill([Entry::default(); WAYS]);
        self.compared = self.compared.max(COMPARED_ANEW);
    }

    /// Remembers an IP packet, header included.
    #[inline]
    pub(crate) fn meet(&mut self, packet: &[u8], vlan: u16, at: Timestamp) -> Before {
        if self.compared == 0 && !is_sample(packet) {
            return Before::No;
        }
        self.compare(packet, vlan, at)
    }

    fn compare(&mut self, packet: &[u8], vlan: u16, at: Timestamp) -> Before {
        self.compared = self.compared.saturating_sub(1);
        let Some(hash) = self.hash(packet) else { return Before::No };
        let now = at.micros() as u32;
        let Some(set) = self.sets.get_mut(hash as usize % SETS) else { return Before::No };
        let age = |entry: &Entry| now.wrapping_sub(entry.at);
        // The clocks of two mirrors' packets may cross by as much.
        let is_recent =
            |entry: &Entry| age(entry) <= LATER_MICROS_MAX || age(entry).wrapping_neg() <= LATER_MICROS_MAX;
        if let Some(known) = set.iter().find(|entry| entry.hash == hash && is_recent(entry)) {
            self.compared = self.compared.saturating_add(COMPARED_PER_COPY).min(COMPARED_MAX);
            return if known.vlan == vlan { Before::Here } else { Before::Elsewhere(known.vlan) };
        }
        if let Some(oldest) = set.iter_mut().max_by_key(|entry| (entry.hash == 0, age(entry))) {
            *oldest = Entry { hash, at: now, vlan };
        }
        Before::No
    }

    /// What stays the same from one end of a packet's way to the other; never 0.
    fn hash(&self, packet: &[u8]) -> Option<u64> {
        let content = packet.get(header(packet)?..)?;
        let mut hasher = self.hasher.build_hasher();
        match packet {
            // Length, identification, fragment; protocol; addresses.
            [first, _, rest @ ..] if first >> 4 == 4 => {
                let [l0, l1, i0, i1, f0, f1, _, protocol] = *rest.first_chunk::<8>()?;
                hasher.write_u64(u64::from_be_bytes([l0, l1, i0, i1, f0, f1, 4, protocol]));
                hasher.write_u64(u64::from_be_bytes(*packet.get(12..)?.first_chunk()?));
            }
            _ => {
                let [.., l0, l1, next] = *packet.first_chunk::<7>()?;
                hasher.write_u64(u64::from_be_bytes([l0, l1, 0, 0, 0, 0, 6, next]));
                for half in packet.get(8..40)?.as_chunks::<8>().0 {
                    hasher.write_u64(u64::from_be_bytes(*half));
                }
            }
        }
        match (content.first_chunk::<FRONT>(), content.last_chunk::<BACK>()) {
            (Some(front), Some(back)) => {
                for part in front.as_chunks::<8>().0.iter().chain(back.as_chunks::<8>().0) {
                    hasher.write_u64(u64::from_be_bytes(*part));
                }
            }
            _ => hasher.write(content),
        }
        Some(hasher.finish() | 1)
    }
}

/// How long the IP header is.
#[inline]
fn header(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    Some(if first >> 4 == 4 { usize::from(first & 0x0f) * 4 } else { 40 })
}

/// True for one packet in sixteen, and then for all its copies.
#[inline]
fn is_sample(packet: &[u8]) -> bool {
    let Some(header) = header(packet) else { return false };
    // The low half of a sequence number, or a checksum; and the identification of IPv4.
    let mixed = u16_at(packet, header + 6).unwrap_or(0) ^ u16_at(packet, 4).unwrap_or(0);
    mixed.wrapping_mul(0x9e37) >> 12 == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(identification: u16, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x45, 0, 0, 20 + content.len() as u8];
        bytes.extend(identification.to_be_bytes());
        bytes.extend([0x40, 0, 64, 17, 1, 2, 10, 0, 0, 1, 10, 0, 0, 2]);
        bytes.extend(content);
        bytes
    }

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(1_794_816_000_000_000 + micros)
    }

    #[test]
    fn copies_are_known_by_what_no_bridge_or_router_changes() {
        let mut duplicates = Duplicates::new();
        let first = packet(7, b"vital signs");
        assert_eq!(duplicates.meet(&first, 30, at(0)), Before::No);
        let mut routed = first.clone();
        (routed[1], routed[8], routed[10]) = (0xb8, 63, 9);
        assert_eq!(duplicates.meet(&routed, 30, at(900)), Before::Here);
        assert_eq!(duplicates.meet(&routed, 40, at(900)), Before::Elsewhere(30));
        assert_eq!(duplicates.meet(&first, 30, at(-900)), Before::Here);
        assert_eq!(duplicates.meet(&packet(8, b"vital signs"), 30, at(0)), Before::No);
        assert_eq!(duplicates.meet(&packet(7, b"vital sighs"), 30, at(0)), Before::No);
    }

    #[test]
    fn what_is_sent_again_later_is_no_copy() {
        let mut duplicates = Duplicates::new();
        for number in 0..5 {
            assert_eq!(duplicates.meet(&packet(7, b"again"), 0, at(number * 20_000)), Before::No);
        }
    }

    #[test]
    fn copies_are_found_again_after_a_long_time_without() {
        let mut duplicates = Duplicates::new();
        let mut missed = 0;
        for number in 0..400_000u32 {
            let bytes = packet(number as u16, &number.wrapping_mul(0x9e37_79b9).to_be_bytes().repeat(4));
            let now = at(i64::from(number) * 10);
            assert_eq!(duplicates.meet(&bytes, 0, now), Before::No);
            if number > 300_000 {
                missed += u32::from(duplicates.meet(&bytes, 0, now) == Before::No);
            }
        }
        assert!((1..200).contains(&missed), "{missed} of the first copies were not compared");
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let mut duplicates = Duplicates::new();
            duplicates.compared = 0;
            duplicates.meet(&bytes, 0, at(0));
            duplicates.compare(&bytes, 0, at(0));
        }
    }
}
