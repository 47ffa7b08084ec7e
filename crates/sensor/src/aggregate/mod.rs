//! From facts, flows and events as they pass to Batches: repeated things become counts.
//!
//! What is already known costs a table hit and no memory. Everything is bounded; what was shed is counted
//! under `limit.*`. A [`Batch`] comes out when its window of capture time is over or it is full, sorted, so
//! that equal captures give equal Batches.

mod conversations;
mod endpoints;
mod events;
mod sightings;
mod windows;

use conversations::Conversations;
use cordon_model::Timestamp;
use cordon_model::observe::{Batch, Health, InputReport};
use cordon_observe::{Flow, Seen, SeenEvent, Sink};
use endpoints::Endpoints;
use events::Events;
use foldhash::fast::FixedState;
use sightings::Sightings;
use std::collections::BTreeMap;

pub(crate) use windows::Windows;

/// How long a Batch may be and how much it may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Capture time one Batch covers, in microseconds.
    pub window_micros: i64,
    /// A Batch of fewer packets takes the following window in as well.
    pub window_packets_min: u64,
    /// Sightings, conversations and events together at which a Batch is full.
    pub entries_max: usize,
    /// Different values of one fact of one endpoint (or of one record it speaks for).
    pub values_per_fact_max: u32,
    /// Different values of one fact over all records an endpoint speaks for.
    pub values_per_speaker_max: u32,
    /// Server ports that stayed unanswered between one client and one server.
    pub unanswered_ports_max: u32,
    /// Events of one kind between two endpoints.
    pub events_per_pair_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            window_micros: 3_600_000_000,
            window_packets_min: 1_000,
            entries_max: 65_536,
            values_per_fact_max: 256,
            values_per_speaker_max: 4_096,
            unanswered_ports_max: 256,
            events_per_pair_max: 32,
        }
    }
}

/// Hashing is seeded with a constant so that equal captures take equal paths; the tables are bounded, which
/// bounds what crafted collisions can cost.
pub(crate) fn hash_state() -> FixedState {
    FixedState::with_seed(0x00c0_7d07)
}

/// Bits of a place that number the frame; those above number the input.
const FRAME_BITS: u32 = 40;

/// Input and frame number as the one number the engine carries through, so that a conversation that spans
/// two files keeps its true beginning.
pub(crate) fn place(input: u32, frame: u64) -> u64 {
    (u64::from(input) << FRAME_BITS) | (frame & ((1 << FRAME_BITS) - 1))
}

/// The way back.
pub(crate) fn source(place: u64) -> cordon_model::observe::Source {
    cordon_model::observe::Source {
        input: u32::try_from(place >> FRAME_BITS).unwrap_or(u32::MAX),
        packet: place & ((1 << FRAME_BITS) - 1),
    }
}

/// The Batch being filled.
pub(crate) struct Aggregate {
    sensor: String,
    sequence: u64,
    limits: Limits,
    inputs: Vec<String>,
    endpoints: Endpoints,
    sightings: Sightings,
    conversations: Conversations,
    events: Events,
    packets: u64,
    bytes: u64,
    windows: Windows,
    ended: Vec<InputReport>,
    /// Counters of the engine that belong to this Batch.
    counters: BTreeMap<String, u64>,
}

impl Aggregate {
    pub(crate) fn new(sensor: String, limits: Limits) -> Aggregate {
        Aggregate {
            sensor,
            sequence: 0,
            windows: Windows::new(&limits),
            limits,
            inputs: Vec::new(),
            endpoints: Endpoints::new(),
            sightings: Sightings::new(),
            conversations: Conversations::new(),
            events: Events::new(),
            packets: 0,
            bytes: 0,
            ended: Vec::new(),
            counters: BTreeMap::new(),
        }
    }

    /// Names the next input; answers its number.
    pub(crate) fn input(&mut self, path: &str) -> u32 {
        self.inputs.push(path.to_owned());
        u32::try_from(self.inputs.len() - 1).unwrap_or(u32::MAX)
    }

    /// Takes the report of an input that ended.
    pub(crate) fn ended(&mut self, report: InputReport) {
        self.ended.push(report);
    }

    /// True when this time lies behind the window; then it belongs to another Batch.
    pub(crate) fn is_behind(&self, at: Timestamp) -> bool {
        self.windows.is_behind(at)
    }

    /// Counts a frame.
    pub(crate) fn frame(&mut self, wire_len: u32) {
        self.packets += 1;
        self.bytes += u64::from(wire_len);
    }

    /// Counts a record in its window.
    pub(crate) fn pass(&mut self, at: Timestamp) {
        self.windows.pass(at);
    }

    /// Closes the Batch and ends the window; `None` when there is nothing to tell.
    pub(crate) fn end_window(&mut self) -> Option<Batch> {
        self.windows.end();
        self.cut()
    }

    /// Adds to the counters of this Batch.
    pub(crate) fn count(&mut self, name: &str, more: u64) {
        if more > 0 {
            *self.counters.entry(name.to_owned()).or_insert(0) += more;
        }
    }

    /// Looks up the facts that wait.
    fn settle(&mut self) {
        self.sightings.settle(&mut self.endpoints, &self.limits);
    }

    /// True when no further entry has room.
    fn is_full(&mut self) -> bool {
        let entries_max = self.limits.entries_max;
        let others = self.conversations.len() + self.events.len();
        if self.sightings.len() + self.sightings.waiting() + others < entries_max {
            return false;
        }
        self.settle();
        self.sightings.len() + others >= entries_max
    }

    fn is_empty(&self) -> bool {
        self.packets == 0
            && self.ended.is_empty()
            && self.counters.is_empty()
            && self.sightings.len() + self.conversations.len() + self.events.len() == 0
    }

    /// Closes the Batch, at the end of its window or because it is full; `None` when there is nothing to tell.
    pub(crate) fn cut(&mut self) -> Option<Batch> {
        self.settle();
        if self.is_empty() {
            return None;
        }
        let shed = [
            ("limit.fact_values", self.sightings.take_shed()),
            ("limit.unanswered_ports", self.conversations.take_shed()),
            ("limit.events", self.events.take_shed()),
        ];
        for (name, count) in shed {
            self.count(name, count);
        }
        let ranks = self.endpoints.ranks();
        let sightings = self.sightings.take(&self.endpoints, &ranks);
        let conversations = self.conversations.take(&self.endpoints, &ranks);
        self.endpoints.clear();
        let events = self.events.take();
        let starts = sightings.iter().map(|sighting| sighting.first);
        let starts = starts.chain(conversations.iter().map(|conversation| conversation.first));
        let ends = sightings.iter().map(|sighting| sighting.last);
        let ends = ends.chain(conversations.iter().map(|conversation| conversation.last));
        let batch = Batch {
            sensor: self.sensor.clone(),
            sequence: self.sequence,
            start: starts.chain(events.iter().map(|event| event.at)).min(),
            end: ends.chain(events.iter().map(|event| event.at)).max(),
            inputs: self.inputs.clone(),
            sightings,
            conversations,
            events,
            health: Health {
                packets: std::mem::take(&mut self.packets),
                bytes: std::mem::take(&mut self.bytes),
                counters: std::mem::take(&mut self.counters),
                inputs: std::mem::take(&mut self.ended),
            },
        };
        self.sequence += 1;
        Some(batch)
    }
}

/// What the engine pushes into: the Batch being filled, and where a full one goes.
pub(crate) struct Feed<'a> {
    pub(crate) aggregate: &'a mut Aggregate,
    pub(crate) out: &'a mut dyn FnMut(Batch),
}

impl Feed<'_> {
    fn make_room(&mut self) {
        if self.aggregate.is_full()
            && let Some(batch) = self.aggregate.cut()
        {
            (self.out)(batch);
        }
    }
}

impl Sink for Feed<'_> {
    fn fact(&mut self, seen: Seen<'_>) {
        self.make_room();
        let Aggregate { endpoints, sightings, limits, .. } = &mut *self.aggregate;
        sightings.see(&seen, endpoints, limits);
    }

    fn flow(&mut self, flow: &Flow) {
        self.make_room();
        let Aggregate { endpoints, conversations, limits, .. } = &mut *self.aggregate;
        conversations.add(flow, endpoints, limits);
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        self.make_room();
        self.aggregate.events.add(&event, &self.aggregate.limits);
    }
}

#[cfg(test)]
mod tests;
