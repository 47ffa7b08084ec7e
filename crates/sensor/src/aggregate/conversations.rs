//! Flows merged by client, server, transport and server port.
//!
//! What was spoken is not part of the key: a connection too short to show it belongs to the same
//! conversation as the one that did.

use super::{Limits, hash_state, source};
use cordon_model::observe::{Conversation, HoursOfWeek, Transport};
use cordon_model::{Endpoint, HourOfWeek};
use cordon_observe::Flow;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};
use std::hash::{BuildHasher, Hash, Hasher};

pub(super) struct Conversations {
    entries: Vec<Conversation>,
    /// Indices into `entries`.
    table: HashTable<u32>,
    /// Server ports kept of a pair that stayed unanswered, so that a port scan does not fill the Batch.
    unanswered: HashMap<(Endpoint, Endpoint, Transport), u32, FixedState>,
    shed: u64,
}

fn hash_parts(client: &Endpoint, server: &Endpoint, transport: Transport, port: u16) -> u64 {
    let mut hasher = hash_state().build_hasher();
    client.hash(&mut hasher);
    server.hash(&mut hasher);
    transport.hash(&mut hasher);
    hasher.write_u16(port);
    hasher.finish()
}

impl Conversations {
    pub(super) fn new() -> Conversations {
        let unanswered = HashMap::with_hasher(hash_state());
        Conversations { entries: Vec::new(), table: HashTable::new(), unanswered, shed: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn add(&mut self, flow: &Flow, limits: &Limits) {
        let hash = hash_parts(&flow.client, &flow.server, flow.transport, flow.port);
        let entries = &self.entries;
        let is_it = |index: &u32| {
            entries.get(*index as usize).is_some_and(|entry| {
                entry.port == flow.port
                    && entry.transport == flow.transport
                    && entry.client == flow.client
                    && entry.server == flow.server
            })
        };
        if let Some(index) = self.table.find(hash, is_it).copied() {
            if let Some(entry) = self.entries.get_mut(index as usize) {
                merge(entry, flow);
            }
            return;
        }
        if !flow.answered {
            let kept = self.unanswered.entry((flow.client, flow.server, flow.transport)).or_insert(0);
            if *kept >= limits.unanswered_ports_max {
                self.shed += 1;
                return;
            }
            *kept += 1;
        }
        self.insert(hash, flow);
    }

    fn insert(&mut self, hash: u64, flow: &Flow) {
        let Ok(index) = u32::try_from(self.entries.len()) else { return };
        let mut hours = HoursOfWeek::default();
        hours.add(HourOfWeek::of(flow.first), flow.packets);
        self.entries.push(Conversation {
            client: flow.client,
            server: flow.server,
            transport: flow.transport,
            port: flow.port,
            application: flow.application,
            direction: flow.direction,
            answered: flow.answered,
            flows: flow.flows,
            packets: flow.packets,
            bytes: flow.bytes,
            first: flow.first,
            last: flow.last,
            hours,
            patient_data: flow.patient_data,
            source: source(flow.packet),
        });
        let entries = &self.entries;
        let rehash = |index: &u32| {
            entries
                .get(*index as usize)
                .map_or(0, |entry| hash_parts(&entry.client, &entry.server, entry.transport, entry.port))
        };
        self.table.insert_unique(hash, index, rehash);
    }

    pub(super) fn take_shed(&mut self) -> u64 {
        std::mem::take(&mut self.shed)
    }

    /// All conversations in order; the tables start anew.
    pub(super) fn take(&mut self) -> Vec<Conversation> {
        self.table.clear();
        self.unanswered.clear();
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable();
        entries
    }
}

fn merge(entry: &mut Conversation, flow: &Flow) {
    // Two on one port are rare, and either is true; one that carries the other is the less precise name.
    entry.application = match (entry.application, flow.application) {
        (Some(one), Some(other)) if other.carrier() == Some(one) => Some(other),
        (one, other) => one.or(other),
    };
    // Bases of direction are declared strongest first.
    entry.direction = entry.direction.min(flow.direction);
    entry.answered |= flow.answered;
    entry.flows = entry.flows.saturating_add(flow.flows);
    entry.packets = entry.packets.saturating_add(flow.packets);
    entry.bytes = entry.bytes.saturating_add(flow.bytes);
    let place = source(flow.packet);
    // Long conversations are reported late; the earliest frame is the one to point at.
    if (flow.first, place) < (entry.first, entry.source) {
        entry.source = place;
    }
    entry.first = entry.first.min(flow.first);
    entry.last = entry.last.max(flow.last);
    entry.hours.add(HourOfWeek::of(flow.first), flow.packets);
    entry.patient_data = entry.patient_data.union(flow.patient_data);
}
