//! The engine: one frame in; facts, flows and events out.

#[cfg(test)]
mod corpus_tests;
mod datagrams;
mod direction;
mod dissectors;
#[cfg(test)]
mod one_sided_tests;
mod passing;
mod reading;
mod stations;
mod telling;
mod tunnels;

use crate::bindings::Bindings;
use crate::clock::Clock;
use crate::conversations::{Content, Conversation, Idle, Key, Place, Table};
use crate::counters::{Counter, Counters};
use crate::dissect::quic::Initials;
use crate::duplicates::{Before, Duplicates};
use crate::fragments::Fragments;
use crate::layers::link::{self, ETHER_TYPE_ARP, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, Frame};
use crate::layers::transport::{
    self, FIN, IcmpRole, PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP, RST, SYN, Segment,
};
use crate::layers::tunnel::{self, TUNNELS_MAX};
use crate::layers::{LinkType, ip};
use crate::pieces::Pool;
use crate::settings::Settings;
use crate::slab::Slab;
use crate::{Flow, Sink};
use cordon_model::observe::{Direction, PatientDataKinds, Transport};
use cordon_model::{Mac, Timestamp};
pub use direction::{is_open, serves};
use dissectors::Dissectors;
use reading::Reader;
use std::net::IpAddr;
use telling::{Moment, Queries, endpoint};

/// Looks at the middle of a connection this often before it is ignored.
const STREAM_RETRIES_MAX: u8 = 12;
/// Hellos over QUIC that may be unfinished at one time; each is finished within milliseconds.
const INITIALS_MAX: usize = 32;
const HOUR_MICROS: i64 = 3_600 * 1_000_000;
/// One frame in so many is timed, when there is a clock.
const SAMPLED_EVERY: u64 = 64;
/// Different EtherTypes told of; real networks carry a dozen.
const ETHER_TYPES_MAX: usize = 64;

/// Observes one stream of frames in fixed memory.
pub struct Engine {
    settings: Settings,
    counters: Counters,
    table: Table,
    readers: Slab<Reader>,
    dissectors: Dissectors,
    pool: Pool,
    /// Where waiting pieces are joined for a dissector.
    scratch: Vec<u8>,
    /// The datagram put together last, of packets outside of tunnels and inside of each.
    datagrams: [Vec<u8>; 1 + TUNNELS_MAX as usize],
    fragments: Fragments,
    bindings: Bindings,
    duplicates: Duplicates,
    queries: Queries,
    /// Hellos that come in several datagrams.
    initials: Initials,
    ether_types: Vec<u16>,
    clock: Clock,
    /// The hour of capture time the latest packet fell into.
    hour_start: i64,
    stopwatch: Option<fn() -> u64>,
    /// All packets go the whole way, to compare with.
    #[cfg(test)]
    whole_way: bool,
}

/// What is known of a packet before its content is.
#[derive(Clone, Copy)]
struct Arrival {
    at: Timestamp,
    packet: u64,
    /// Frames the datagram came in; more than one after fragmentation.
    frames: u32,
    wire_bytes: u64,
    source: Option<Mac>,
    destination: Option<Mac>,
    vlan: u16,
    /// In how many tunnels it came.
    depth: u8,
    /// The VLAN on which it was seen a moment before already.
    copy_of: Option<u16>,
}

impl Arrival {
    #[inline]
    fn new(frame: &Frame<'_>, at: Timestamp, packet: u64, wire_bytes: u64, depth: u8) -> Arrival {
        let station = |mac: Option<Mac>| mac.filter(|mac| !mac.is_group() && !mac.is_zero());
        let (source, destination) = (station(frame.source), station(frame.destination));
        Arrival {
            at,
            packet,
            frames: 1,
            wire_bytes,
            source,
            destination,
            vlan: frame.vlan,
            depth,
            copy_of: None,
        }
    }
}

/// An IP payload on its way to its transport.
#[derive(Clone, Copy)]
struct Carried<'a> {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    payload: &'a [u8],
    missing: u32,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(settings: Settings) -> Engine {
        let timeouts = [
            settings.tcp_opening_seconds_max,
            settings.tcp_idle_seconds_max,
            settings.tcp_closed_seconds_max,
            settings.datagram_idle_seconds_max,
        ];
        Engine {
            counters: Counters::new(),
            table: Table::new(settings.conversations_max, timeouts),
            readers: Slab::new(settings.readers_max),
            dissectors: Dissectors::new(settings.readers_max),
            pool: Pool::new(settings.held_bytes_max),
            scratch: Vec::with_capacity(settings.side_bytes_max as usize + (128 << 10)),
            datagrams: Default::default(),
            fragments: Fragments::new(&settings),
            bindings: Bindings::new(settings.bindings_max),
            duplicates: Duplicates::new(),
            queries: Queries::new(),
            initials: Initials::new(INITIALS_MAX),
            ether_types: Vec::with_capacity(ETHER_TYPES_MAX),
            clock: Clock::default(),
            hour_start: i64::MIN,
            stopwatch: None,
            #[cfg(test)]
            whole_way: false,
            settings,
        }
    }

    /// Reads a clock, in nanoseconds since any moment, around one frame in 64, so that the counters tell how
    /// much time each protocol takes.
    pub fn measure(&mut self, clock: fn() -> u64) {
        self.stopwatch = Some(clock);
    }

    /// Takes one frame. `packet` is its 1-based number in its input, `wire_len` its length before the
    /// capture cut it, `bytes` what was captured.
    pub fn frame<S: Sink>(
        &mut self,
        link: LinkType,
        at: Timestamp,
        packet: u64,
        wire_len: u32,
        bytes: &[u8],
        sink: &mut S,
    ) {
        let Some(clock) = self.stopwatch.filter(|_| self.counters.packets.is_multiple_of(SAMPLED_EVERY))
        else {
            return self.take(link, at, packet, wire_len, bytes, sink);
        };
        let start = clock();
        self.counters.next_packet();
        self.take(link, at, packet, wire_len, bytes, sink);
        self.counters.took(clock().saturating_sub(start).saturating_mul(SAMPLED_EVERY));
    }

    #[inline]
    fn take<S: Sink>(
        &mut self,
        link: LinkType,
        at: Timestamp,
        packet: u64,
        wire_len: u32,
        bytes: &[u8],
        sink: &mut S,
    ) {
        let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let cut = wire_len.saturating_sub(captured);
        let wire_bytes = u64::from(wire_len.max(captured));
        self.counters.packets += 1;
        self.counters.bytes += wire_bytes;
        if cut > 0 {
            self.counters.count(Counter::LinkCut);
        }
        self.advance(at, sink);
        match link::decode(link, bytes) {
            Ok(frame) if self.passes(&frame, at, wire_bytes) => {}
            Ok(frame) => {
                let arrival = Arrival::new(&frame, at, packet, wire_bytes, 0);
                self.carry(&frame, cut, arrival, sink);
            }
            Err(counter) => self.counters.count(counter),
        }
    }

    /// Hands on what a frame carries, `cut` bytes of which were not captured.
    fn carry<S: Sink>(&mut self, frame: &Frame<'_>, cut: u32, mut arrival: Arrival, sink: &mut S) {
        if matches!(frame.ether_type, ETHER_TYPE_IPV4 | ETHER_TYPE_IPV6) {
            match self.duplicates.meet(frame.payload, frame.vlan, arrival.at) {
                Before::No => {}
                Before::Here => return self.counters.count(Counter::DuplicateFrames),
                Before::Elsewhere(vlan) => {
                    self.counters.count(Counter::DuplicateFrames);
                    arrival.copy_of = Some(vlan);
                }
            }
        }
        match frame.ether_type {
            ETHER_TYPE_IPV4 => self.network(ip::v4(frame.payload, cut), arrival, sink),
            ETHER_TYPE_IPV6 => self.network(ip::v6(frame.payload, cut), arrival, sink),
            ETHER_TYPE_ARP => self.arp(frame.payload, arrival, sink),
            _ => self.neighbour(frame, arrival, sink),
        }
    }

    /// A frame of this time belongs to another engine that shares the stream: only the clock moves, so that
    /// conversations end when they would if this engine saw all frames. It is enough to tell of the steps of a
    /// [`Clock`] that tick.
    pub fn pass<S: Sink>(&mut self, at: Timestamp, sink: &mut S) {
        // That time went back is counted by the engine whose frame it is.
        if self.clock.step(at).ticks {
            self.tick(sink);
        }
    }

    /// Ends all conversations: reports what was not yet reported. The engine can go on afterwards, as if
    /// new but with its counters.
    pub fn finish<S: Sink>(&mut self, sink: &mut S) {
        let mut from = 0;
        while let Some(id) = self.table.first_live(from) {
            self.end(id, sink);
            from = id + 1;
        }
        self.fragments.finish(&mut self.pool, &mut self.counters);
        self.clock = Clock::default();
        self.duplicates.forget();
    }

    /// What was counted since the start.
    pub fn health(&self) -> &Counters {
        &self.counters
    }

    /// How many conversations are remembered now.
    pub fn conversations(&self) -> usize {
        self.table.len()
    }

    /// Moves the clock, and once a second ends what has been idle too long.
    #[inline]
    fn advance<S: Sink>(&mut self, at: Timestamp, sink: &mut S) {
        let now = at.micros();
        if now < self.hour_start || now >= self.hour_start.saturating_add(HOUR_MICROS) {
            self.hour_start = now.div_euclid(HOUR_MICROS) * HOUR_MICROS;
        }
        let step = self.clock.step(at);
        if step.went_back {
            self.counters.count(Counter::TimeWentBack);
            self.duplicates.forget();
        }
        if step.ticks {
            self.tick(sink);
        }
    }

    #[inline(never)]
    fn tick<S: Sink>(&mut self, sink: &mut S) {
        while let Some(id) = self.table.next_expired(self.clock.latest().micros()) {
            self.end(id, sink);
        }
    }

    fn network<S: Sink>(
        &mut self,
        packet: Result<ip::Packet<'_>, Counter>,
        mut arrival: Arrival,
        sink: &mut S,
    ) {
        let packet = match packet {
            Ok(packet) => packet,
            Err(counter) => return self.counters.count(counter),
        };
        if let Some(oddity) = packet.oddity {
            self.counters.count(oddity);
        }
        let ip::Packet { source, destination, protocol, payload, missing, .. } = packet;
        let Some(fragment) = packet.fragment else {
            let carried = Carried { source, destination, protocol, payload, missing };
            return self.transport(&carried, arrival, sink);
        };
        let mut whole =
            self.datagrams.get_mut(usize::from(arrival.depth)).map(std::mem::take).unwrap_or_default();
        let place = (arrival.at, arrival.vlan, arrival.wire_bytes as u32);
        let (pool, counters) = (&mut self.pool, &mut self.counters);
        if let Some(done) = self.fragments.insert(pool, counters, &packet, fragment, place, &mut whole) {
            (arrival.frames, arrival.wire_bytes) = (done.frames, done.wire_bytes);
            let walked = if source.is_ipv6() && ip::is_extension(protocol) {
                ip::extensions(protocol, &whole)
                    .map(|walked| (walked.protocol, walked.payload, walked.fragment))
            } else {
                Ok((protocol, &whole[..], None))
            };
            match walked {
                // A fragment of a fragment exists only in attacks.
                Ok((_, _, Some(_))) => self.counters.count(Counter::FragmentsMalformed),
                Ok((protocol, payload, None)) => {
                    let carried = Carried { source, destination, protocol, payload, missing: 0 };
                    self.transport(&carried, arrival, sink);
                }
                Err(counter) => self.counters.count(counter),
            }
        }
        if let Some(kept) = self.datagrams.get_mut(usize::from(arrival.depth)) {
            *kept = whole;
        }
    }

    fn transport<S: Sink>(&mut self, carried: &Carried<'_>, arrival: Arrival, sink: &mut S) {
        let Carried { source, destination, protocol, payload, missing } = *carried;
        match protocol {
            PROTOCOL_TCP => match transport::tcp(payload) {
                Ok(segment) => {
                    let ends = ((source, segment.source_port), (destination, segment.destination_port));
                    let (key, from) = Key::new(arrival.vlan, protocol, ends.0, ends.1);
                    self.tcp(key, from, &segment, missing, arrival, sink);
                }
                Err(counter) => self.counters.count(counter),
            },
            PROTOCOL_UDP => match transport::udp(payload, missing) {
                Ok(datagram) => {
                    let ends = ((source, datagram.source_port), (destination, datagram.destination_port));
                    let (key, from) = Key::new(arrival.vlan, protocol, ends.0, ends.1);
                    let Some(id) = self.meet(key, from, arrival, Idle::Datagram, sink) else { return };
                    let (source, destination) = (datagram.source_port, datagram.destination_port);
                    if tunnel::is_port(source, destination)
                        && let Some(tunnel) = tunnel::of_udp(source, destination, datagram.payload)
                    {
                        return self.tunnelled(id, from, &tunnel, missing, arrival, sink);
                    }
                    self.read_datagram(id, from, datagram.payload, missing > 0, arrival, sink);
                }
                Err(counter) => self.counters.count(counter),
            },
            _ => self.portless(carried, arrival, sink),
        }
    }

    /// ICMP and transports that are not read: known by their protocol number alone.
    fn portless<S: Sink>(&mut self, carried: &Carried<'_>, arrival: Arrival, sink: &mut S) {
        let Carried { source, destination, protocol, payload, .. } = *carried;
        let mut role = IcmpRole::Tells;
        if matches!(protocol, PROTOCOL_ICMP | PROTOCOL_ICMPV6) {
            match transport::icmp(protocol, payload) {
                Ok(read) => role = read,
                Err(counter) => return self.counters.count(counter),
            }
        }
        let (key, from) = Key::new(arrival.vlan, protocol, (source, 0), (destination, 0));
        let Some(id) = self.meet(key, from, arrival, Idle::Datagram, sink) else { return };
        if tunnel::is_protocol(protocol)
            && let Some(tunnel) = tunnel::of_ip(protocol, payload)
        {
            return self.tunnelled(id, from, &tunnel, carried.missing, arrival, sink);
        }
        let Some(conversation) = self.table.get_mut(id) else { return };
        conversation.content = Content::Ignored;
        conversation.note_spoke(from);
        if stations::reads(protocol) {
            self.of_network(id, from, carried, arrival, sink);
        }
        let Some(conversation) = self.table.get_mut(id) else { return };
        if conversation.direction == Direction::Port && role != IcmpRole::Tells {
            conversation.client = if role == IcmpRole::Asks { from } else { from.other() };
            conversation.direction = Direction::Content;
        }
    }

    fn tcp<S: Sink>(
        &mut self,
        key: Key,
        from: Place,
        segment: &Segment<'_>,
        missing: u32,
        arrival: Arrival,
        sink: &mut S,
    ) {
        let opens = segment.has(SYN);
        if opens {
            self.end_predecessor(&key, from, segment, sink);
        }
        let idle = if opens { Idle::Opening } else { Idle::Open };
        let Some(id) = self.meet(key, from, arrival, idle, sink) else { return };
        let Some(conversation) = self.table.get_mut(id) else { return };
        if !segment.has(RST) {
            conversation.note_spoke(from);
        }
        if segment.has(FIN) {
            conversation.note_finished(from);
        }
        if opens {
            conversation.note_initial(from, segment.sequence);
            if conversation.direction != Direction::Handshake {
                conversation.direction = Direction::Handshake;
                conversation.client = if segment.has(transport::ACK) { from.other() } else { from };
            }
        }
        let peer = from.other();
        let idle = if segment.has(RST) || (conversation.finished(from) && conversation.finished(peer)) {
            Idle::Closed
        } else if conversation.idle() == Idle::Opening && conversation.spoke(from) && conversation.spoke(peer)
        {
            Idle::Open
        } else {
            conversation.idle()
        };
        let wanted = conversation.content != Content::Ignored && (!segment.payload.is_empty() || missing > 0);
        if idle != conversation.idle() {
            self.table.set_idle(id, idle);
        }
        if wanted {
            // Data in a SYN (RFC 7413) starts one after its sequence number.
            let sequence = segment.sequence.wrapping_add(u32::from(opens));
            let segment = Segment { sequence, ..*segment };
            let moment = Moment { at: arrival.at, packet: arrival.packet, vlan: arrival.vlan };
            self.read_segment(id, from, &segment, missing, moment, sink);
        }
    }

    /// A SYN that is no repetition begins a new connection on the ports of an older one.
    fn end_predecessor<S: Sink>(&mut self, key: &Key, from: Place, segment: &Segment<'_>, sink: &mut S) {
        let Some(id) = self.table.find(self.table.hash(key), key) else { return };
        let Some(conversation) = self.table.get(id) else { return };
        let is_new = match conversation.initial(from) {
            Some(initial) => initial != segment.sequence,
            // The other side's SYN alone: this is its answer, or its question seen late.
            None => conversation.spoke(from) || conversation.initial(from.other()).is_none(),
        };
        if is_new {
            self.counters.count(Counter::PortsReused);
            self.end(id, sink);
        }
    }

    /// Finds or opens the conversation of a packet and counts the packet in.
    fn meet<S: Sink>(
        &mut self,
        key: Key,
        from: Place,
        arrival: Arrival,
        idle: Idle,
        sink: &mut S,
    ) -> Option<u32> {
        let hash = self.table.hash(&key);
        let mut found = self.table.find(hash, &key);
        let is_old =
            |id| self.table.get(id).is_some_and(|known| known.is_of_another_time(arrival.at.micros()));
        if let Some(id) = found.filter(|id| is_old(*id)) {
            self.end(id, sink);
            found = None;
        }
        let id = match found {
            Some(id) => id,
            None => self.open(hash, key, from, arrival, idle, sink)?,
        };
        if let Some(vlan) = arrival.copy_of {
            self.note_copy(id, vlan);
        }
        let hour_start = self.hour_start;
        let conversation = self.table.get_mut(id)?;
        let wire_bytes = u32::try_from(arrival.wire_bytes).unwrap_or(u32::MAX);
        if conversation.packets > 0 {
            let last = conversation.last.micros();
            let other_hour = last < hour_start || last >= hour_start.saturating_add(HOUR_MICROS);
            if other_hour || conversation.bytes.checked_add(wire_bytes).is_none() {
                report(conversation, sink);
            }
        }
        if conversation.packets == 0 {
            conversation.first = arrival.at;
            conversation.last = arrival.at;
            conversation.first_packet = arrival.packet;
        } else if arrival.at < conversation.last {
            conversation.first = conversation.first.min(arrival.at);
        } else {
            conversation.last = arrival.at;
        }
        conversation.packets = conversation.packets.saturating_add(arrival.frames);
        conversation.bytes += wire_bytes;
        conversation.note_stations(from, arrival.source, arrival.destination);
        Some(id)
    }

    /// A packet of conversation `id` was seen on this other VLAN a moment before. Of the two conversations the
    /// first is the one that counts; both are read, for each shows other stations.
    fn note_copy(&mut self, id: u32, vlan: u16) {
        let Some(key) = self.table.get(id).map(|conversation| conversation.key.on_vlan(vlan)) else { return };
        let other = self.table.find(self.table.hash(&key), &key).and_then(|other| self.table.get(other));
        if other.is_some_and(|other| !other.is_copy)
            && let Some(conversation) = self.table.get_mut(id)
        {
            conversation.is_copy = true;
        }
    }

    fn open<S: Sink>(
        &mut self,
        hash: u64,
        key: Key,
        from: Place,
        arrival: Arrival,
        idle: Idle,
        sink: &mut S,
    ) -> Option<u32> {
        if self.table.is_full() {
            let oldest = self.table.next_due(self.clock.latest().micros())?;
            self.counters.count(Counter::ConversationsEvicted);
            self.end(oldest, sink);
        }
        let id = self.table.insert(hash, key, arrival.at, self.clock.latest().micros(), idle)?;
        let conversation = self.table.get_mut(id)?;
        conversation.client = direction::by_port(&key, from);
        Some(id)
    }

    /// Ends a conversation: reads what waits, reports it, forgets it.
    fn end<S: Sink>(&mut self, id: u32, sink: &mut S) {
        self.finish_reading(id, sink);
        if let Some(conversation) = self.table.get_mut(id)
            && conversation.packets > 0
        {
            report(conversation, sink);
        }
        self.table.remove(id);
    }
}

/// Tells what the conversation did since it was last told; a copy of another did nothing.
fn report<S: Sink>(conversation: &mut Conversation, sink: &mut S) {
    if !conversation.reported {
        conversation.client = client_of(conversation);
    }
    if !conversation.is_copy {
        tell_flow(conversation, sink);
    }
    conversation.reported = true;
    conversation.packets = 0;
    conversation.bytes = 0;
    conversation.patient_data = PatientDataKinds::NONE;
}

/// The client; of datagrams that were not understood and went one way only, between ports that say nothing, who sent
/// them: a rule for the way back would stop the stream. It stays so once it was told.
fn client_of(conversation: &Conversation) -> Place {
    let (client, server) = (conversation.client, conversation.client.other());
    let key = &conversation.key;
    let one_way = conversation.spoke(server) && !conversation.spoke(client);
    let open = key.transport() == Transport::Udp
        && conversation.direction == Direction::Port
        && conversation.application.is_none()
        && direction::is_open(key.port(client), key.port(server));
    if one_way && open { server } else { client }
}

fn tell_flow<S: Sink>(conversation: &Conversation, sink: &mut S) {
    let client = conversation.client;
    let server = client.other();
    sink.flow(&Flow {
        client: endpoint(conversation, client),
        server: endpoint(conversation, server),
        transport: conversation.key.transport(),
        port: conversation.key.port(server),
        application: conversation.application,
        direction: conversation.direction,
        answered: conversation.spoke(server),
        flows: u64::from(!conversation.reported),
        packets: u64::from(conversation.packets),
        bytes: u64::from(conversation.bytes),
        first: conversation.first,
        last: conversation.last,
        patient_data: conversation.patient_data,
        packet: conversation.first_packet,
    });
}
