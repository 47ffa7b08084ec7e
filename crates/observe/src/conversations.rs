//! The conversation table: fixed capacity, both directions one key, idle ones expired by packet time.
//!
//! A packet of a known conversation costs one look-up and does not touch the timer wheel: a conversation
//! that turns out to have been active when its time comes is put where it belongs then.

use crate::index::Index;
use crate::wheel::Wheel;
use cordon_model::observe::{Direction, PatientDataKinds, Protocol, Transport};
use cordon_model::{Mac, Timestamp};
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// No conversation, no reader.
pub(crate) const NONE: u32 = u32::MAX;
/// Packets out of order by more than this are another recording.
pub(crate) const WENT_BACK_MICROS: i64 = 300 * SECOND;
const SECOND: i64 = 1_000_000;
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
    #[inline]
    pub(crate) fn new(
        vlan: u16,
        protocol: u8,
        (source, source_port): (IpAddr, u16),
        (destination, destination_port): (IpAddr, u16),
    ) -> (Key, Place) {
        if let (IpAddr::V4(source), IpAddr::V4(destination)) = (source, destination) {
            let ends = ((source.to_bits(), source_port), (destination.to_bits(), destination_port));
            return Key::v4(vlan, protocol, ends.0, ends.1);
        }
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

    /// The same for a packet of IPv4.
    #[inline]
    pub(crate) fn v4(
        vlan: u16,
        protocol: u8,
        (source, source_port): (u32, u16),
        (destination, destination_port): (u32, u16),
    ) -> (Key, Place) {
        // Which is the lower is as good as random: compared without a branch.
        let end = |address: u32, port: u16| u64::from(address) << 16 | u64::from(port);
        let (from, to) = (end(source, source_port), end(destination, destination_port));
        let (first, second) = (from.min(to), from.max(to));
        let rest = (first & 0xffff) << 48
            | (second & 0xffff) << 32
            | u64::from(vlan) << 16
            | u64::from(protocol) << 8;
        let place = if from <= to { Place::First } else { Place::Second };
        (Key { ends: [0, first >> 16, 0, second >> 16], rest }, place)
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

    /// The same between the same ends on another VLAN.
    pub(crate) fn on_vlan(self, vlan: u16) -> Key {
        Key { rest: self.rest & !(0xffff << 16) | u64::from(vlan) << 16, ..self }
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

/// How long a conversation may be idle.
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
    /// The next free place, while this is one.
    next_free: u32,
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
    /// The same packets make up a conversation on another VLAN, which is the one that counts.
    pub(crate) is_copy: bool,
    live: bool,
}

const _: () = assert!(size_of::<Conversation>() == 128);

/// All conversations.
pub(crate) struct Table {
    slabs: Vec<Box<[Conversation]>>,
    index: Index,
    hasher: FixedState,
    free: u32,
    capacity: usize,
    wheel: Wheel,
    timeouts_micros: [i64; 4],
    /// Of those that come up next, how many were touched.
    touched: u32,
}

/// Conversations touched at once before they end.
const TOUCHED_MAX: usize = 16;

impl Table {
    /// A table for at most `capacity` conversations; timeouts in seconds for opening, open, closed,
    /// datagram.
    pub(crate) fn new(capacity: u32, timeouts: [u32; 4]) -> Table {
        Table {
            slabs: Vec::new(),
            index: Index::default(),
            // A fixed seed keeps equal inputs equally fast; no order ever depends on it.
            hasher: FixedState::with_seed(0x636f_7264_6f6e),
            free: NONE,
            capacity: (capacity.max(1) as usize).min(NONE as usize - SLAB),
            wheel: Wheel::new(),
            timeouts_micros: timeouts.map(|seconds| i64::from(seconds) * SECOND),
            touched: 0,
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
        let next_free = place.next_free;
        *place = Conversation::new(key, at, idle);
        self.free = next_free;
        self.index.insert(hash, id);
        self.wheel.turn(clock.div_euclid(SECOND));
        self.wind(id);
        Some(id)
    }

    fn grow(&mut self) {
        let base = (self.slabs.len() * SLAB) as u32;
        let size = SLAB.min(self.capacity.saturating_sub(self.slabs.len() * SLAB)).max(1);
        let empty = Conversation::new(Key { ends: [0; 4], rest: 0 }, Timestamp::default(), Idle::Opening);
        let mut slab = vec![empty; size].into_boxed_slice();
        for (place, next) in slab.iter_mut().zip(base + 1..) {
            place.live = false;
            place.next_free = next;
        }
        if let Some(last) = slab.last_mut() {
            last.next_free = NONE;
        }
        self.slabs.push(slab);
        self.wheel.reserve(base as usize + size);
        self.free = base;
    }

    /// Removes a conversation; its place can be used again.
    pub(crate) fn remove(&mut self, id: u32) {
        self.wheel.take_out(id);
        let free = self.free;
        let Some(conversation) = self.get_mut(id) else { return };
        conversation.live = false;
        conversation.next_free = free;
        let key = conversation.key;
        self.free = id;
        let hash = self.hash(&key);
        self.index.remove(hash, id);
    }

    /// Changes a conversation's kind of idleness; its time counts from its last packet.
    pub(crate) fn set_idle(&mut self, id: u32, idle: Idle) {
        if let Some(conversation) = self.get_mut(id)
            && conversation.idle != idle
        {
            conversation.idle = idle;
            self.wind(id);
        }
    }

    /// When a conversation has been idle for too long, in microseconds, if no packet comes.
    fn due(&self, conversation: &Conversation) -> i64 {
        let timeout = self.timeouts_micros.get(conversation.idle as usize).copied().unwrap_or(0);
        conversation.last.micros().saturating_add(timeout)
    }

    /// Puts a conversation into the wheel at the first second at which it is due.
    fn wind(&mut self, id: u32) {
        let Some(second) = self.get(id).map(|conversation| second_of(self.due(conversation))) else { return };
        self.wheel.put(id, second);
    }

    /// A conversation whose idle time is over at `clock`, if any. The caller removes it.
    pub(crate) fn next_expired(&mut self, clock: i64) -> Option<u32> {
        while let Some(id) = self.wheel.first_until(clock.div_euclid(SECOND)) {
            if self.touched == 0 {
                self.touched = self.touch(id);
            }
            self.touched = self.touched.saturating_sub(1);
            let conversation = self.get(id)?;
            if self.due(conversation) <= clock || conversation.is_of_another_time(clock) {
                return Some(id);
            }
            self.wind(id);
        }
        None
    }

    /// Reads from each of those that come up next what ending it needs, so that the lines of the cache they lie
    /// on come together and not one after the other; answers how many there were.
    fn touch(&self, first: u32) -> u32 {
        let mut hashes = [0; TOUCHED_MAX];
        let (mut count, mut next, mut sum) = (0, Some(first), 0);
        for hash in &mut hashes {
            let Some(id) = next else { break };
            let Some(conversation) = self.get(id) else { break };
            *hash = self.hash(&conversation.key);
            sum ^= conversation.first_packet;
            (next, count) = (self.wheel.after(id), count + 1);
        }
        for hash in hashes.iter().take(count) {
            sum ^= self.index.touch(*hash);
        }
        std::hint::black_box(sum);
        count as u32
    }

    /// The conversation whose idle time is over next; the caller removes it. Each round puts one that was
    /// active where it belongs, for which packets have paid.
    pub(crate) fn next_due(&mut self, clock: i64) -> Option<u32> {
        loop {
            let id = self.wheel.earliest()?;
            let conversation = self.get(id)?;
            let second = second_of(self.due(conversation));
            if self.wheel.stands_at(id, second) || conversation.is_of_another_time(clock) {
                return Some(id);
            }
            self.wind(id);
        }
    }

    /// Every conversation that is alive, oldest place first.
    pub(crate) fn first_live(&self, from: u32) -> Option<u32> {
        let end = (self.slabs.len() * SLAB) as u32;
        (from..end).find(|id| self.get(*id).is_some_and(|conversation| conversation.live))
    }
}

/// The first second that has wholly passed at this time.
fn second_of(micros: i64) -> i64 {
    micros.saturating_add(SECOND - 1).div_euclid(SECOND)
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
            next_free: NONE,
            initial: Pair::default(),
            stations: Pair { first: Mac([0; 6]), second: Mac([0; 6]) },
            patient_data: PatientDataKinds::NONE,
            client: Place::First,
            direction: Direction::Port,
            application: None,
            tries: 0,
            reported: false,
            is_copy: false,
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

    /// Nothing is to be learnt any more from a packet `from` this place but that it came: it spoke before, both
    /// stations are known, a connection is open.
    #[inline]
    pub(crate) fn is_settled(&self, from: Place, is_tcp: bool) -> bool {
        const OWN: u8 = Marks::SPOKE | Marks::OWN_STATION;
        self.marks.get(from).0 & OWN == OWN
            && self.marks.get(from.other()).has(Marks::STATION)
            && (!is_tcp || self.idle == Idle::Open)
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

    /// Forgets the stations of both places.
    pub(crate) fn forget_stations(&mut self) {
        for place in [Place::First, Place::Second] {
            self.marks.get_mut(place).0 &= !(Marks::STATION | Marks::OWN_STATION);
        }
    }

    /// Its last packet lies so far ahead of the clock that time must have gone back: another recording
    /// began.
    #[inline]
    pub(crate) fn is_of_another_time(&self, clock: i64) -> bool {
        self.last.micros() > clock.saturating_add(WENT_BACK_MICROS)
    }

    #[inline]
    pub(crate) fn idle(&self) -> Idle {
        self.idle
    }
}

#[cfg(test)]
#[path = "conversations_tests.rs"]
mod tests;
