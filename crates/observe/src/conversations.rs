//! The conversation table: fixed capacity, both directions one key, idle ones expired by packet time.
//!
//! A packet of a known conversation costs one look-up and no list work: queues of idleness are kept
//! lazily, an entry that turns out to have been active is put back when its turn comes.

use cordon_model::observe::{Direction, PatientDataKinds, Protocol, Transport};
use cordon_model::{Mac, Timestamp};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// No conversation, no reader.
pub(crate) const NONE: u32 = u32::MAX;
/// Conversations allocated at once.
const SLAB: usize = 1024;

/// One end of a conversation as it stands in a key: address and port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct End {
    high: u64,
    low: u64,
    port: u16,
}

impl End {
    fn new(address: IpAddr, port: u16) -> End {
        let (high, low) = match address {
            IpAddr::V4(v4) => (0, u64::from(u32::from(v4))),
            IpAddr::V6(v6) => {
                let whole = u128::from(v6);
                ((whole >> 64) as u64, whole as u64)
            }
        };
        End { high, low, port }
    }
}

/// What names a conversation, the same for both directions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Key {
    ends: [u64; 4],
    /// Ports, VLAN, protocol, address family.
    rest: u64,
}

impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d] = self.ends;
        // IPv4 leaves the high halves zero: they need no mixing.
        if a | c != 0 {
            state.write_u64(a);
            state.write_u64(c);
        }
        state.write_u64(b);
        state.write_u64(d);
        state.write_u64(self.rest);
    }
}

impl Key {
    /// The key of a packet, and which of the key's two places its sender has.
    pub(crate) fn new(
        vlan: u16,
        protocol: u8,
        (source, source_port): (IpAddr, u16),
        (destination, destination_port): (IpAddr, u16),
    ) -> (Key, Place) {
        let from = End::new(source, source_port);
        let to = End::new(destination, destination_port);
        let (first, second, place) =
            if from <= to { (from, to, Place::First) } else { (to, from, Place::Second) };
        let rest = u64::from(first.port) << 48
            | u64::from(second.port) << 32
            | u64::from(vlan) << 16
            | u64::from(protocol) << 8
            | u64::from(source.is_ipv6());
        (Key { ends: [first.high, first.low, second.high, second.low], rest }, place)
    }

    #[inline]
    pub(crate) fn address(&self, place: Place) -> IpAddr {
        let [a, b, c, d] = self.ends;
        let (high, low) = if place == Place::First { (a, b) } else { (c, d) };
        if self.rest & 1 == 0 {
            IpAddr::V4(Ipv4Addr::from(low as u32))
        } else {
            IpAddr::V6(Ipv6Addr::from(u128::from(high) << 64 | u128::from(low)))
        }
    }

    #[inline]
    pub(crate) fn port(&self, place: Place) -> u16 {
        (if place == Place::First { self.rest >> 48 } else { self.rest >> 32 }) as u16
    }

    pub(crate) fn vlan(&self) -> u16 {
        (self.rest >> 16) as u16
    }

    pub(crate) fn protocol(&self) -> u8 {
        (self.rest >> 8) as u8
    }

    pub(crate) fn transport(&self) -> Transport {
        use crate::layers::transport::{PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP};
        match self.protocol() {
            PROTOCOL_TCP => Transport::Tcp,
            PROTOCOL_UDP => Transport::Udp,
            PROTOCOL_ICMP | PROTOCOL_ICMPV6 => Transport::Icmp,
            other => Transport::Other(other),
        }
    }
}

/// The two places of a key; which of them is the client's is decided separately.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Place {
    #[default]
    First,
    Second,
}

impl Place {
    pub(crate) fn other(self) -> Place {
        if self == Place::First { Place::Second } else { Place::First }
    }
}

/// A value for each place of a key.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pair<T> {
    first: T,
    second: T,
}

impl<T> Pair<T> {
    #[inline]
    pub(crate) fn get(&self, place: Place) -> &T {
        if place == Place::First { &self.first } else { &self.second }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, place: Place) -> &mut T {
        if place == Place::First { &mut self.first } else { &mut self.second }
    }
}

/// How long a conversation may be idle: which queue it waits in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Idle {
    /// A TCP connection that may never come to be.
    #[default]
    Opening,
    /// An open TCP connection.
    Open,
    /// A closed TCP connection.
    Closed,
    /// Anything without connections.
    Datagram,
}

/// Whether a conversation's content is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Content {
    /// Not yet known.
    #[default]
    Undecided,
    /// A dissector reads it.
    Read,
    /// Nobody reads it; a packet costs a table hit.
    Ignored,
}

/// What is remembered of one place of a conversation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Party {
    /// The station its frames came from; before its first frame, the one frames to it went to.
    pub(crate) mac: Option<Mac>,
    /// It sent something that is no refusal.
    pub(crate) spoke: bool,
    /// `mac` comes from a frame of its own.
    pub(crate) own_mac: bool,
    /// Its initial sequence number, when its SYN was seen.
    pub(crate) initial: Option<u32>,
    /// It sent FIN.
    pub(crate) finished: bool,
}

/// One conversation.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) key: Key,
    hash: u64,
    pub(crate) last: Timestamp,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) first: Timestamp,
    pub(crate) first_packet: u64,
    pub(crate) last_packet: u64,
    pub(crate) parties: Pair<Party>,
    pub(crate) reader: u32,
    pub(crate) client: Place,
    pub(crate) direction: Direction,
    pub(crate) content: Content,
    pub(crate) application: Option<Protocol>,
    pub(crate) patient_data: PatientDataKinds,
    /// A report of it was given: further ones are the same flow.
    pub(crate) reported: bool,
    /// How often content was looked at without a decision.
    pub(crate) tries: u8,
    idle: Idle,
    live: bool,
    /// Capture time at which it was put in its queue.
    queued: i64,
    before: u32,
    after: u32,
}

#[derive(Clone, Copy)]
struct Queue {
    oldest: u32,
    newest: u32,
    timeout_micros: i64,
}

/// All conversations.
pub(crate) struct Table {
    slabs: Vec<Box<[Conversation]>>,
    index: HashTable<u32>,
    hasher: FixedState,
    free: u32,
    capacity: usize,
    queues: [Queue; 4],
}

impl Table {
    /// A table for at most `capacity` conversations; timeouts in seconds for opening, open, closed,
    /// datagram.
    pub(crate) fn new(capacity: u32, timeouts: [u32; 4]) -> Table {
        let queue = |seconds: u32| Queue {
            oldest: NONE,
            newest: NONE,
            timeout_micros: i64::from(seconds) * 1_000_000,
        };
        Table {
            slabs: Vec::new(),
            index: HashTable::new(),
            // A fixed seed keeps equal inputs equally fast; no order ever depends on it.
            hasher: FixedState::with_seed(0x636f_7264_6f6e),
            free: NONE,
            capacity: (capacity.max(1) as usize).min(NONE as usize - SLAB),
            queues: timeouts.map(queue),
        }
    }

    #[inline]
    pub(crate) fn get(&self, id: u32) -> Option<&Conversation> {
        self.slabs.get(id as usize / SLAB)?.get(id as usize % SLAB)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut Conversation> {
        self.slabs.get_mut(id as usize / SLAB)?.get_mut(id as usize % SLAB)
    }

    /// How many there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.index.len() >= self.capacity
    }

    #[inline]
    pub(crate) fn hash(&self, key: &Key) -> u64 {
        self.hasher.hash_one(key)
    }

    #[inline]
    pub(crate) fn find(&self, hash: u64, key: &Key) -> Option<u32> {
        let slabs = &self.slabs;
        let same = |id: &u32| {
            let found = slabs.get(*id as usize / SLAB).and_then(|slab| slab.get(*id as usize % SLAB));
            found.is_some_and(|conversation| conversation.key == *key)
        };
        self.index.find(hash, same).copied()
    }

    /// Adds a conversation; the caller has made room.
    pub(crate) fn insert(
        &mut self,
        hash: u64,
        key: Key,
        at: Timestamp,
        clock: i64,
        idle: Idle,
    ) -> Option<u32> {
        if self.is_full() {
            return None;
        }
        if self.free == NONE {
            self.grow();
        }
        let id = self.free;
        let place = self.get_mut(id)?;
        let next_free = place.after;
        *place = Conversation::new(key, hash, at, idle);
        self.free = next_free;
        self.reserve();
        let slabs = &self.slabs;
        self.index.insert_unique(hash, id, |id| {
            let found = slabs.get(*id as usize / SLAB).and_then(|slab| slab.get(*id as usize % SLAB));
            found.map_or(0, |conversation| conversation.hash)
        });
        self.append(id, clock);
        Some(id)
    }

    /// Keeps the index at most half full: then removals never make it allocate (a rehash in place cleans
    /// them up), and a second replay of the same traffic allocates nothing.
    fn reserve(&mut self) {
        let buckets = self.index.num_buckets();
        if (self.index.len() + 1) * 16 <= buckets * 7 {
            return;
        }
        let slabs = &self.slabs;
        self.index.reserve(buckets.max(64), |id| {
            let found = slabs.get(*id as usize / SLAB).and_then(|slab| slab.get(*id as usize % SLAB));
            found.map_or(0, |conversation| conversation.hash)
        });
    }

    fn grow(&mut self) {
        let base = (self.slabs.len() * SLAB) as u32;
        let size = SLAB.min(self.capacity.saturating_sub(self.slabs.len() * SLAB)).max(1);
        let empty = Conversation::new(Key { ends: [0; 4], rest: 0 }, 0, Timestamp::default(), Idle::Opening);
        let mut slab = vec![empty; size].into_boxed_slice();
        for (place, next) in slab.iter_mut().zip(base + 1..) {
            place.live = false;
            place.after = next;
        }
        if let Some(last) = slab.last_mut() {
            last.after = NONE;
        }
        self.slabs.push(slab);
        self.free = base;
    }

    /// Removes a conversation; its place can be used again.
    pub(crate) fn remove(&mut self, id: u32) {
        self.unlink(id);
        let free = self.free;
        let Some(conversation) = self.get_mut(id) else { return };
        conversation.live = false;
        conversation.after = free;
        let hash = conversation.hash;
        self.free = id;
        if let Ok(entry) = self.index.find_entry(hash, |other| *other == id) {
            entry.remove();
        }
    }

    /// Moves a conversation to another kind of idleness.
    pub(crate) fn set_idle(&mut self, id: u32, idle: Idle, clock: i64) {
        if self.get(id).is_none_or(|conversation| conversation.idle == idle) {
            return;
        }
        self.unlink(id);
        if let Some(conversation) = self.get_mut(id) {
            conversation.idle = idle;
        }
        self.append(id, clock);
    }

    /// A conversation whose idle time is over at `clock`, if any. The caller removes it.
    pub(crate) fn next_expired(&mut self, clock: i64) -> Option<u32> {
        for idle in [Idle::Closed, Idle::Opening, Idle::Datagram, Idle::Open] {
            let Some(queue) = self.queues.get(idle as usize).copied() else { continue };
            while let Some(id) = self.oldest(idle) {
                let Some(conversation) = self.get(id) else { break };
                if conversation.queued > clock {
                    // The clock went back: its idle time starts anew, and it stands in nobody's way.
                    self.unlink(id);
                    self.append(id, clock);
                    continue;
                }
                if clock.saturating_sub(conversation.queued) < queue.timeout_micros {
                    break;
                }
                if clock.saturating_sub(conversation.active(clock)) >= queue.timeout_micros {
                    return Some(id);
                }
                self.requeue(id, clock);
            }
        }
        None
    }

    /// The conversation that has been idle longest, as far as the queues know: where its kind of idleness
    /// is short-lived it goes first. The caller removes it.
    pub(crate) fn longest_idle(&mut self, clock: i64) -> Option<u32> {
        let mut found: Option<(i64, u32)> = None;
        for idle in [Idle::Closed, Idle::Opening, Idle::Datagram, Idle::Open] {
            // Each round puts back one that was active since it was queued; packets pay for that.
            while let Some(id) = self.oldest(idle) {
                let Some(conversation) = self.get(id) else { break };
                let (queued, active) = (conversation.queued, conversation.active(clock));
                if active > queued {
                    self.requeue(id, clock);
                    continue;
                }
                let since = if queued > clock { i64::MIN } else { queued };
                if found.is_none_or(|(longest, _)| since < longest) {
                    found = Some((since, id));
                }
                break;
            }
        }
        found.map(|(_, id)| id)
    }

    /// Every conversation that is alive, oldest place first.
    pub(crate) fn first_live(&self, from: u32) -> Option<u32> {
        let end = (self.slabs.len() * SLAB) as u32;
        (from..end).find(|id| self.get(*id).is_some_and(|conversation| conversation.live))
    }

    fn oldest(&self, idle: Idle) -> Option<u32> {
        self.queues.get(idle as usize).map(|queue| queue.oldest).filter(|id| *id != NONE)
    }

    fn requeue(&mut self, id: u32, clock: i64) {
        self.unlink(id);
        let active = self.get(id).map_or(clock, |conversation| conversation.active(clock));
        self.append(id, active);
    }

    fn append(&mut self, id: u32, queued: i64) {
        let Some(conversation) = self.get(id) else { return };
        let idle = conversation.idle as usize;
        let newest = self.queues.get(idle).map_or(NONE, |queue| queue.newest);
        if let Some(conversation) = self.get_mut(id) {
            conversation.queued = queued;
            conversation.before = newest;
            conversation.after = NONE;
        }
        if let Some(previous) = self.get_mut(newest) {
            previous.after = id;
        }
        if let Some(queue) = self.queues.get_mut(idle) {
            queue.newest = id;
            if newest == NONE {
                queue.oldest = id;
            }
        }
    }

    fn unlink(&mut self, id: u32) {
        let Some(conversation) = self.get(id) else { return };
        let (before, after, idle) = (conversation.before, conversation.after, conversation.idle as usize);
        match self.get_mut(before) {
            Some(previous) => previous.after = after,
            None => {
                if let Some(queue) = self.queues.get_mut(idle) {
                    queue.oldest = after;
                }
            }
        }
        match self.get_mut(after) {
            Some(next) => next.before = before,
            None => {
                if let Some(queue) = self.queues.get_mut(idle) {
                    queue.newest = before;
                }
            }
        }
    }
}

impl Conversation {
    fn new(key: Key, hash: u64, at: Timestamp, idle: Idle) -> Conversation {
        Conversation {
            key,
            hash,
            last: at,
            packets: 0,
            bytes: 0,
            first: at,
            first_packet: 0,
            last_packet: 0,
            parties: Pair::default(),
            reader: NONE,
            client: Place::First,
            direction: Direction::Port,
            content: Content::Undecided,
            application: None,
            patient_data: PatientDataKinds::NONE,
            reported: false,
            tries: 0,
            idle,
            live: true,
            queued: 0,
            before: NONE,
            after: NONE,
        }
    }

    /// When it was last active; a time ahead of the clock (which went back) counts from its queueing.
    fn active(&self, clock: i64) -> i64 {
        let last = self.last.micros();
        if last > clock { self.queued } else { last.max(self.queued) }
    }

    #[inline]
    pub(crate) fn idle(&self) -> Idle {
        self.idle
    }
}

#[cfg(test)]
#[path = "conversations_tests.rs"]
mod tests;
