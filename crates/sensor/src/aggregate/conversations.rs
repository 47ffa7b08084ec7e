//! Flows merged by client, server, transport and server port.
//!
//! What was spoken is not part of the key: a connection too short to show it belongs to the same
//! conversation as the one that did.

use super::endpoints::Endpoints;
use super::{Limits, hash_state, source};
use cordon_model::observe::{Conversation, Direction, HoursOfWeek, PatientDataKinds, Protocol, Transport};
use cordon_model::{HourOfWeek, Timestamp};
use cordon_observe::{Flow, Index};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::BuildHasher;

/// What flows have in common that are one conversation; endpoints by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    client: u32,
    server: u32,
    /// Transport in the order of [`Transport`], then port.
    service: u32,
}

struct Entry {
    key: Key,
    transport: Transport,
    application: Option<Protocol>,
    direction: Direction,
    answered: bool,
    flows: u64,
    packets: u64,
    bytes: u64,
    first: Timestamp,
    last: Timestamp,
    /// The hour of the week of its first flow, which is that of most, and its packets.
    hour: HourOfWeek,
    hour_packets: u64,
    other_hours: HoursOfWeek,
    patient_data: PatientDataKinds,
    place: u64,
}

pub(super) struct Conversations {
    entries: Vec<Entry>,
    /// Indices into `entries`.
    table: Index,
    /// Server ports kept of a pair that stayed unanswered, so that a port scan does not fill the Batch.
    unanswered: HashMap<(u32, u32, Transport), u32, FixedState>,
    shed: u64,
    hasher: FixedState,
}

fn service(transport: Transport, port: u16) -> u32 {
    let transport = match transport {
        Transport::Tcp => 0,
        Transport::Udp => 1,
        Transport::Icmp => 2,
        Transport::Other(number) => 3 + u32::from(number),
    };
    transport << 16 | u32::from(port)
}

impl Conversations {
    pub(super) fn new() -> Conversations {
        Conversations {
            entries: Vec::new(),
            table: Index::default(),
            unanswered: HashMap::with_hasher(hash_state()),
            shed: 0,
            hasher: hash_state(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn add(&mut self, flow: &Flow, endpoints: &mut Endpoints, limits: &Limits) {
        let (client, server) = (endpoints.number(&flow.client), endpoints.number(&flow.server));
        let key = Key { client, server, service: service(flow.transport, flow.port) };
        let hash = self.hasher.hash_one(key);
        let entries = &self.entries;
        let is_it = |index: u32| entries.get(index as usize).is_some_and(|entry| entry.key == key);
        if let Some(index) = self.table.find(hash, is_it) {
            if let Some(entry) = self.entries.get_mut(index as usize) {
                entry.merge(flow);
            }
            return;
        }
        if !flow.answered {
            let kept = self.unanswered.entry((client, server, flow.transport)).or_insert(0);
            if *kept >= limits.unanswered_ports_max {
                self.shed += 1;
                return;
            }
            *kept += 1;
        }
        let Ok(index) = u32::try_from(self.entries.len()) else { return };
        self.entries.push(Entry::new(key, flow));
        self.table.insert(hash, index);
    }

    pub(super) fn take_shed(&mut self) -> u64 {
        std::mem::take(&mut self.shed)
    }

    /// All conversations in order; the tables start anew. `ranks` are the places of endpoints in their
    /// order.
    pub(super) fn take(&mut self, endpoints: &Endpoints, ranks: &[u32]) -> Vec<Conversation> {
        self.table.clear();
        self.unanswered.clear();
        let rank = |number: u32| ranks.get(number as usize).copied().unwrap_or(u32::MAX);
        let order = |entry: &Entry| (rank(entry.key.client), rank(entry.key.server), entry.key.service);
        let mut order: Vec<_> =
            self.entries.iter().zip(0u32..).map(|(entry, index)| (order(entry), index)).collect();
        order.sort_unstable();
        let entries = &mut self.entries;
        let take = |(_, index): &(_, u32)| Some(entries.get_mut(*index as usize)?.conversation(endpoints));
        let conversations = order.iter().filter_map(take).collect();
        self.entries.clear();
        conversations
    }
}

impl Entry {
    fn new(key: Key, flow: &Flow) -> Entry {
        Entry {
            key,
            transport: flow.transport,
            application: flow.application,
            direction: flow.direction,
            answered: flow.answered,
            flows: flow.flows,
            packets: flow.packets,
            bytes: flow.bytes,
            first: flow.first,
            last: flow.last,
            hour: HourOfWeek::of(flow.first),
            hour_packets: flow.packets,
            other_hours: HoursOfWeek::default(),
            patient_data: flow.patient_data,
            place: flow.packet,
        }
    }

    fn merge(&mut self, flow: &Flow) {
        // Two on one port are rare, and either is true; one that carries the other is the less precise name.
        self.application = match (self.application, flow.application) {
            (Some(one), Some(other)) if one.more_precise(other) != one && other.carrier().is_some() => {
                Some(other)
            }
            (one, other) => one.or(other),
        };
        // Bases of direction are declared strongest first.
        self.direction = self.direction.min(flow.direction);
        self.answered |= flow.answered;
        self.flows = self.flows.saturating_add(flow.flows);
        self.packets = self.packets.saturating_add(flow.packets);
        self.bytes = self.bytes.saturating_add(flow.bytes);
        // Long conversations are reported late; the earliest frame is the one to point at.
        if (flow.first, flow.packet) < (self.first, self.place) {
            self.place = flow.packet;
        }
        self.first = self.first.min(flow.first);
        self.last = self.last.max(flow.last);
        let hour = HourOfWeek::of(flow.first);
        if hour == self.hour {
            self.hour_packets = self.hour_packets.saturating_add(flow.packets);
        } else {
            self.other_hours.add(hour, flow.packets);
        }
        self.patient_data = self.patient_data.union(flow.patient_data);
    }

    fn conversation(&mut self, endpoints: &Endpoints) -> Conversation {
        let mut hours = std::mem::take(&mut self.other_hours);
        hours.add(self.hour, self.hour_packets);
        Conversation {
            client: endpoints.get(self.key.client),
            server: endpoints.get(self.key.server),
            transport: self.transport,
            port: self.key.service as u16,
            application: self.application,
            direction: self.direction,
            answered: self.answered,
            flows: self.flows,
            packets: self.packets,
            bytes: self.bytes,
            first: self.first,
            last: self.last,
            hours,
            patient_data: self.patient_data,
            source: source(self.place),
        }
    }
}
