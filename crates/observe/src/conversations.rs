//! The conversation table: fixed capacity, both directions one key, idle ones expired by packet time.
//!
//! A packet of a known conversation costs one look-up and no list work: queues of idleness are kept
//! lazily, an entry that turns out to have been active is put back when its turn comes.

use crate::index::Index;
use cordon_model::observe::{Direction, PatientDataKinds, Protocol, Transport};
use cordon_model::{Mac, Timestamp};
use foldhash::fast::FixedState;
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

/// What was seen of one place of a conversation, a bit each.
#[derive(Clone, Copy, Debug, Default)]
struct Marks(u8);

impl Marks {
    /// It sent something that is no refusal.
    const SPOKE: u8 = 1;
    /// It sent FIN.
    const FINISHED: u8 = 2;
    /// Its station is known: the one its frames came from; before its first frame, the one frames to it
    /// went to.
    const STATION: u8 = 4;
    /// Its station is known from a frame of its own.
    const OWN_STATION: u8 = 8;
    /// Its initial sequence number is known.
    const INITIAL: u8 = 16;

    #[inline]
    fn has(self, mark: u8) -> bool {
        self.0 & mark != 0
    }
}

/// One conversation: two lines of the cache, of which a packet nobody reads touches the first alone.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct Conversation {
    pub(crate) key: Key,
    pub(crate) last: Timestamp,
    /// Since the last report, as bytes are.
    pub(crate) packets: u32,
    pub(crate) bytes: u32,
    pub(crate) reader: u32,
    pub(crate) content: Content,
    idle: Idle,
    marks: Pair<Marks>,
    // Here the second line begins.
    pub(crate) first: Timestamp,
    pub(crate) first_packet: u64,
    /// Capture time at which it was put in its queue.
    queued: i64,
    before: u32,
    after: u32,
    initial: Pair<u32>,
    stations: Pair<Mac>,
    pub(crate) patient_data: PatientDataKinds,
    pub(crate) client: Place,
    pub(crate) direction: Direction,
    pub(crate) application: Option<Protocol>,
    /// How often content was looked at without a decision.
    pub(crate) tries: u8,
    /// A report of it was given: further ones are the same flow.
    pub(crate) reported: bool,
    live: bool,
}

const _: () = assert!(size_of::<Conversation>() == 128);

#[derive(Clone, Copy)]
struct Queue {
    oldest: u32,
    newest: u32,
    timeout_micros: i64,
}

/// All conversations.
pub(crate) struct Table {
    slabs: Vec<Box<[Conversation]>>,
    index: Index,
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
            index: Index::new(),
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
        self.index.find(hash, |id| self.get(id).is_some_and(|conversation| conversation.key == *key))
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
        *place = Conversation::new(key, at, idle);
        self.free = next_free;
        self.index.insert(hash, id);
        self.append(id, clock);
        Some(id)
    }

    fn grow(&mut self) {
        let base = (self.slabs.len() * SLAB) as u32;
        let size = SLAB.min(self.capacity.saturating_sub(self.slabs.len() * SLAB)).max(1);
        let empty = Conversation::new(Key { ends: [0; 4], rest: 0 }, Timestamp::default(), Idle::Opening);
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
        let key = conversation.key;
        self.free = id;
        let hash = self.hash(&key);
        self.index.remove(hash, id);
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
    fn new(key: Key, at: Timestamp, idle: Idle) -> Conversation {
        Conversation {
            key,
            last: at,
            packets: 0,
            bytes: 0,
            reader: NONE,
            content: Content::Undecided,
            idle,
            marks: Pair::default(),
            first: at,
            first_packet: 0,
            queued: 0,
            before: NONE,
            after: NONE,
            initial: Pair::default(),
            stations: Pair { first: Mac([0; 6]), second: Mac([0; 6]) },
            patient_data: PatientDataKinds::NONE,
            client: Place::First,
            direction: Direction::Port,
            application: None,
            tries: 0,
            reported: false,
            live: true,
        }
    }

    #[inline]
    fn mark(&mut self, place: Place, mark: u8) {
        self.marks.get_mut(place).0 |= mark;
    }

    /// It sent something that is no refusal.
    #[inline]
    pub(crate) fn spoke(&self, place: Place) -> bool {
        self.marks.get(place).has(Marks::SPOKE)
    }

    #[inline]
    pub(crate) fn note_spoke(&mut self, place: Place) {
        self.mark(place, Marks::SPOKE);
    }

    /// It sent FIN.
    #[inline]
    pub(crate) fn finished(&self, place: Place) -> bool {
        self.marks.get(place).has(Marks::FINISHED)
    }

    #[inline]
    pub(crate) fn note_finished(&mut self, place: Place) {
        self.mark(place, Marks::FINISHED);
    }

    /// Its initial sequence number, when its SYN was seen.
    pub(crate) fn initial(&self, place: Place) -> Option<u32> {
        self.marks.get(place).has(Marks::INITIAL).then(|| *self.initial.get(place))
    }

    pub(crate) fn note_initial(&mut self, place: Place, sequence: u32) {
        *self.initial.get_mut(place) = sequence;
        self.mark(place, Marks::INITIAL);
    }

    /// The station in this place, as far as frames told.
    pub(crate) fn station(&self, place: Place) -> Option<Mac> {
        self.marks.get(place).has(Marks::STATION).then(|| *self.stations.get(place))
    }

    /// Learns the stations of a frame; costs nothing once both are known from their own frames.
    #[inline]
    pub(crate) fn note_stations(&mut self, from: Place, source: Option<Mac>, destination: Option<Mac>) {
        if let Some(source) = source.filter(|_| !self.marks.get(from).has(Marks::OWN_STATION)) {
            *self.stations.get_mut(from) = source;
            self.mark(from, Marks::STATION | Marks::OWN_STATION);
        }
        let peer = from.other();
        if let Some(destination) = destination.filter(|_| !self.marks.get(peer).has(Marks::STATION)) {
            *self.stations.get_mut(peer) = destination;
            self.mark(peer, Marks::STATION);
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
