//! Puts fragmented IP datagrams together (RFC 791 3.2, RFC 8200 4.5), in bounded memory: of overlapping
//! fragments the first to arrive counts, and what never completes is given up.

use crate::counters::{Counter, Counters};
use crate::layers::ip::{Fragment, Packet};
use crate::pieces::{Pieces, Pool};
use crate::settings::Settings;
use cordon_model::Timestamp;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::net::IpAddr;

/// The largest payload a datagram can have.
const DATAGRAM_BYTES_MAX: u32 = 65_535;

/// What names a datagram (RFC 791: source, destination, protocol, identification).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Name {
    source: IpAddr,
    destination: IpAddr,
    vlan: u16,
    protocol: u8,
    identification: u32,
}

#[derive(Clone, Copy)]
struct Partial {
    name: Name,
    hash: u64,
    since: Timestamp,
    /// Tells this use of the place from an earlier one.
    turn: u64,
    /// Length of the whole, once its last fragment is here.
    total: Option<u32>,
    pieces: Pieces,
    fragments: u16,
    wire_bytes: u64,
    live: bool,
}

/// A datagram that became whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    /// Frames it came in.
    pub(crate) frames: u32,
    /// Bytes of those frames on the wire.
    pub(crate) wire_bytes: u64,
}

/// The datagrams being put together.
pub(crate) struct Fragments {
    index: HashTable<u32>,
    hasher: FixedState,
    partials: Vec<Partial>,
    free: Vec<u32>,
    /// Oldest first; an entry whose turn has passed is skipped.
    queue: VecDeque<(u32, u64)>,
    turn: u64,
    partials_max: usize,
    per_datagram_max: u16,
    timeout_micros: i64,
}

impl Fragments {
    pub(crate) fn new(settings: &Settings) -> Fragments {
        Fragments {
            index: HashTable::new(),
            hasher: FixedState::with_seed(0x0c0d_0e0f),
            partials: Vec::new(),
            free: Vec::new(),
            queue: VecDeque::new(),
            turn: 0,
            partials_max: settings.fragmented_max.max(1) as usize,
            per_datagram_max: settings.fragments_per_datagram_max,
            timeout_micros: i64::from(settings.fragment_seconds_max) * 1_000_000,
        }
    }

    /// Takes a fragment. When it completes its datagram, `out` holds the payload.
    pub(crate) fn insert(
        &mut self,
        pool: &mut Pool,
        counters: &mut Counters,
        packet: &Packet<'_>,
        fragment: Fragment,
        arrival: (Timestamp, u16, u32),
        out: &mut Vec<u8>,
    ) -> Option<Whole> {
        let (at, vlan, wire_len) = arrival;
        counters.count(Counter::Fragments);
        self.expire(pool, counters, at);
        let end = fragment.offset + packet.payload.len() as u32;
        if end > DATAGRAM_BYTES_MAX
            || (fragment.more && (!packet.payload.len().is_multiple_of(8) || packet.payload.is_empty()))
        {
            // A snap length leaves no usable fragment either.
            counters.count(Counter::FragmentsMalformed);
            return None;
        }
        let name = Name {
            source: packet.source,
            destination: packet.destination,
            vlan,
            protocol: packet.protocol,
            identification: fragment.identification,
        };
        let id = self.find_or_open(pool, counters, name, at);
        let partial = self.partials.get_mut(id as usize)?;
        partial.fragments = partial.fragments.saturating_add(1);
        partial.wire_bytes += u64::from(wire_len);
        if !fragment.more {
            match partial.total {
                Some(total) if total != end => counters.count(Counter::FragmentsMalformed),
                _ => partial.total = Some(end),
            }
        }
        if partial.total.is_some_and(|total| end > total) {
            counters.count(Counter::FragmentsMalformed);
            return None;
        }
        let held = partial.pieces.insert(pool, 0, fragment.offset, packet.payload);
        if held.overlapping {
            counters.count(Counter::FragmentsOverlapping);
        }
        if held.refused || partial.fragments > self.per_datagram_max {
            counters.count(if held.refused { Counter::HeldBytesLimit } else { Counter::FragmentsLimit });
            self.close(pool, id);
            return None;
        }
        self.complete(pool, counters, id, out)
    }

    fn complete(
        &mut self,
        pool: &mut Pool,
        counters: &mut Counters,
        id: u32,
        out: &mut Vec<u8>,
    ) -> Option<Whole> {
        let partial = self.partials.get(id as usize)?;
        let total = partial.total?;
        if partial.pieces.bytes() < total || partial.pieces.unbroken(pool, 0) < total {
            return None;
        }
        out.clear();
        partial.pieces.gather(pool, 0, out);
        out.truncate(total as usize);
        let whole = Whole { frames: u32::from(partial.fragments), wire_bytes: partial.wire_bytes };
        counters.count(Counter::FragmentsReassembled);
        self.close(pool, id);
        Some(whole)
    }

    fn find_or_open(&mut self, pool: &mut Pool, counters: &mut Counters, name: Name, at: Timestamp) -> u32 {
        let hash = self.hasher.hash_one(name);
        let partials = &self.partials;
        let same = |id: &u32| partials.get(*id as usize).is_some_and(|partial| partial.name == name);
        if let Some(id) = self.index.find(hash, same) {
            return *id;
        }
        if self.index.len() >= self.partials_max {
            counters.count(Counter::FragmentsLimit);
            self.close_oldest(pool);
        }
        self.turn += 1;
        let fresh = Partial {
            name,
            hash,
            since: at,
            turn: self.turn,
            total: None,
            pieces: Pieces::default(),
            fragments: 0,
            wire_bytes: 0,
            live: true,
        };
        let id = match self.free.pop() {
            Some(id) => id,
            None => {
                self.partials.push(fresh);
                (self.partials.len() - 1) as u32
            }
        };
        if let Some(place) = self.partials.get_mut(id as usize) {
            *place = fresh;
        }
        let partials = &self.partials;
        self.index.insert_unique(hash, id, |id| partials.get(*id as usize).map_or(0, |partial| partial.hash));
        if self.queue.len() >= self.partials_max * 4 {
            // Datagrams completed behind one that never was: their entries mean nothing any more.
            let partials = &self.partials;
            self.queue.retain(|(id, turn)| {
                partials.get(*id as usize).is_some_and(|partial| partial.live && partial.turn == *turn)
            });
        }
        self.queue.push_back((id, self.turn));
        id
    }

    fn expire(&mut self, pool: &mut Pool, counters: &mut Counters, now: Timestamp) {
        while let Some((id, turn)) = self.queue.front().copied() {
            let partial =
                self.partials.get(id as usize).filter(|partial| partial.live && partial.turn == turn);
            match partial {
                // A clock that went back makes every wait negative; those end when room is needed.
                Some(partial) if now.micros_since(partial.since) < self.timeout_micros => return,
                Some(_) => {
                    counters.count(Counter::FragmentsExpired);
                    self.close(pool, id);
                }
                None => {}
            }
            self.queue.pop_front();
        }
    }

    fn close_oldest(&mut self, pool: &mut Pool) {
        while let Some((id, turn)) = self.queue.pop_front() {
            let partial = self.partials.get(id as usize);
            if partial.is_some_and(|partial| partial.live && partial.turn == turn) {
                self.close(pool, id);
                return;
            }
        }
    }

    fn close(&mut self, pool: &mut Pool, id: u32) {
        let Some(partial) = self.partials.get_mut(id as usize) else { return };
        partial.pieces.clear(pool);
        partial.live = false;
        if let Ok(entry) = self.index.find_entry(partial.hash, |other| *other == id) {
            entry.remove();
        }
        self.free.push(id);
    }

    /// Gives up everything incomplete.
    pub(crate) fn finish(&mut self, pool: &mut Pool, counters: &mut Counters) {
        while let Some((id, turn)) = self.queue.pop_front() {
            if self.partials.get(id as usize).is_some_and(|partial| partial.live && partial.turn == turn) {
                counters.count(Counter::FragmentsExpired);
                self.close(pool, id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Bench {
        fragments: Fragments,
        pool: Pool,
        counters: Counters,
        out: Vec<u8>,
    }

    impl Bench {
        fn new(settings: &Settings) -> Bench {
            let pool = Pool::new(1 << 20);
            Bench { fragments: Fragments::new(settings), pool, counters: Counters::new(), out: Vec::new() }
        }

        fn take(&mut self, id: u32, offset: u32, more: bool, payload: &[u8], second: i64) -> Option<Whole> {
            let fragment = Fragment { identification: id, offset, more };
            let packet = Packet {
                source: IpAddr::from([10, 0, 0, 1]),
                destination: IpAddr::from([10, 0, 0, 2]),
                protocol: 17,
                fragment: Some(fragment),
                payload,
                missing: 0,
                oddity: None,
            };
            let arrival = (Timestamp::from_seconds(second), 0, 100);
            self.fragments.insert(
                &mut self.pool,
                &mut self.counters,
                &packet,
                fragment,
                arrival,
                &mut self.out,
            )
        }
    }

    proptest! {
        #[test]
        fn any_order_gives_the_datagram(length in 1usize..9_000, size in 1usize..180, order in any::<u64>()) {
            let sent: Vec<u8> = (0..length).map(|i| (i * 7) as u8).collect();
            let mut parts: Vec<(usize, &[u8])> = sent.chunks(size * 8).enumerate().map(|(i, c)| (i * size * 8, c)).collect();
            let mut seed = order | 1;
            parts.sort_by_cached_key(|_| { seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); seed >> 33 });
            let settings = Settings { fragments_per_datagram_max: 2_000, ..Settings::default() };
            let mut bench = Bench::new(&settings);
            let last = parts.len() - 1;
            for (index, (offset, part)) in parts.iter().enumerate() {
                let more = offset + part.len() < length;
                let whole = bench.take(1, *offset as u32, more, part, 0);
                prop_assert_eq!(whole.is_some(), index == last);
            }
            prop_assert_eq!(&bench.out, &sent);
        }
    }

    #[test]
    fn of_overlapping_fragments_the_first_counts() {
        let mut bench = Bench::new(&Settings::default());
        assert!(bench.take(1, 0, true, b"AAAAAAAA", 0).is_none());
        assert!(bench.take(1, 0, true, b"BBBBBBBBBBBBBBBB", 0).is_none());
        let whole = bench.take(1, 16, false, b"C", 0).unwrap();
        assert_eq!(bench.out, b"AAAAAAAABBBBBBBBC");
        assert_eq!(whole, Whole { frames: 3, wire_bytes: 300 });
        assert_eq!(bench.counters.get(Counter::FragmentsOverlapping), 1);
    }

    #[test]
    fn sizes_beyond_ip_and_lies_about_the_end_are_refused() {
        let mut bench = Bench::new(&Settings::default());
        assert!(bench.take(1, 65_528, false, &[0; 64], 0).is_none());
        assert!(bench.take(2, 0, true, b"odd", 0).is_none());
        assert!(bench.take(3, 8, false, b"end", 0).is_none());
        assert!(bench.take(3, 16, true, &[0; 8], 0).is_none());
        assert_eq!(bench.counters.get(Counter::FragmentsMalformed), 3);
    }

    #[test]
    fn endless_fragments_stay_bounded() {
        let settings = Settings { fragmented_max: 8, fragments_per_datagram_max: 16, ..Settings::default() };
        let mut bench = Bench::new(&settings);
        for id in 0..500 {
            assert!(bench.take(id, 8, true, &[0; 8], 0).is_none());
        }
        assert!(bench.fragments.index.len() <= 8 && bench.fragments.partials.len() <= 8);
        assert!(bench.fragments.queue.len() <= 8);
        for step in 1..100 {
            assert!(bench.take(1_000, step * 8, true, &[0; 8], 0).is_none());
        }
        assert!(bench.counters.get(Counter::FragmentsLimit) > 490);
    }

    #[test]
    fn one_that_never_completes_does_not_make_the_queue_grow() {
        let mut bench = Bench::new(&Settings { fragmented_max: 8, ..Settings::default() });
        assert!(bench.take(0, 0, true, &[0; 8], 0).is_none());
        for id in 1..1_000 {
            assert!(bench.take(id, 0, true, &[0; 8], 0).is_none());
            assert!(bench.take(id, 8, false, &[0; 8], 0).is_some());
        }
        assert!(bench.fragments.queue.len() <= 32);
    }

    #[test]
    fn the_incomplete_expire() {
        let mut bench = Bench::new(&Settings::default());
        assert!(bench.take(1, 0, true, &[0; 8], 0).is_none());
        assert!(bench.take(2, 0, true, &[0; 8], 61).is_none());
        assert_eq!(bench.counters.get(Counter::FragmentsExpired), 1);
        assert!(bench.take(1, 8, false, &[0; 8], 61).is_none());
        bench.fragments.finish(&mut bench.pool, &mut bench.counters);
        assert_eq!(bench.counters.get(Counter::FragmentsExpired), 3);
    }
}
