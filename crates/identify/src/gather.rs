//! Everything the Batches said, each thing once, in an order that does not depend on theirs.

use cordon_model::observe::{Batch, Conversation, Event, Fact, Protocol, Sighting, Source};
use cordon_model::{Endpoint, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What tells Batches apart: (sensor, sequence) names one; the rest guards against two sensors of one name.
type BatchKey = (String, u64, Option<Timestamp>, Option<Timestamp>, Vec<String>, usize, usize, usize);

/// Batches as they came, with one table of inputs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    accepted: BTreeSet<BatchKey>,
    inputs: BTreeMap<String, u32>,
    sightings: Vec<Sighting>,
    conversations: Vec<Conversation>,
    events: Vec<Event>,
}

impl Store {
    /// Takes a Batch in, once.
    pub(crate) fn add(&mut self, batch: &Batch) {
        let counts = (batch.sightings.len(), batch.conversations.len(), batch.events.len());
        let key: BatchKey = (
            batch.sensor.clone(),
            batch.sequence,
            batch.start,
            batch.end,
            batch.inputs.clone(),
            counts.0,
            counts.1,
            counts.2,
        );
        if !self.accepted.insert(key) {
            return;
        }
        let map: Vec<u32> = batch.inputs.iter().map(|name| self.input(name)).collect();
        let here = |source: Source| Source {
            input: map.get(source.input as usize).copied().unwrap_or(u32::MAX),
            packet: source.packet,
        };
        let sightings =
            batch.sightings.iter().map(|seen| Sighting { source: here(seen.source), ..seen.clone() });
        self.sightings.extend(sightings);
        let conversations = batch.conversations.iter();
        self.conversations
            .extend(conversations.map(|talk| Conversation { source: here(talk.source), ..talk.clone() }));
        self.events
            .extend(batch.events.iter().map(|event| Event { source: here(event.source), ..event.clone() }));
    }

    fn input(&mut self, name: &str) -> u32 {
        let next = u32::try_from(self.inputs.len()).unwrap_or(u32::MAX);
        *self.inputs.entry(name.to_owned()).or_insert(next)
    }
}

/// One fact, however many Batches told it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) endpoint: Endpoint,
    /// Which thing behind the endpoint; see [`Record`].
    pub(crate) record: Option<Record<'a>>,
    pub(crate) fact: Fact,
    pub(crate) value: &'a str,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) source: Source,
}

/// A thing that is not the endpoint itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Record<'a> {
    /// A row of a list: the list (an input) and the row's name in it.
    Row(u32, &'a str),
    /// A device that the endpoint speaks for.
    Behind(&'a str),
}

/// What all Batches said, sorted, repeats merged, inputs in order of name.
#[derive(Debug, Default)]
pub(crate) struct Gathered<'a> {
    pub(crate) inputs: Vec<String>,
    pub(crate) sightings: Vec<Seen<'a>>,
    pub(crate) conversations: Vec<Conversation>,
    pub(crate) events: Vec<Event>,
}

impl<'a> Gathered<'a> {
    pub(crate) fn of(store: &'a Store) -> Gathered<'a> {
        // The names come out of the map in order; `order` says where each input of the store went.
        let mut order = vec![0u32; store.inputs.len()];
        let mut inputs = Vec::with_capacity(store.inputs.len());
        for (place, (name, index)) in store.inputs.iter().enumerate() {
            inputs.push(name.clone());
            if let Some(slot) = order.get_mut(*index as usize) {
                *slot = u32::try_from(place).unwrap_or(u32::MAX);
            }
        }
        let here = |source: Source| Source {
            input: order.get(source.input as usize).copied().unwrap_or(u32::MAX),
            packet: source.packet,
        };
        let mut events: Vec<Event> =
            store.events.iter().map(|event| Event { source: here(event.source), ..event.clone() }).collect();
        events.sort();
        events.dedup();
        Gathered {
            inputs,
            sightings: merged_sightings(&store.sightings, &here),
            conversations: merged_conversations(&store.conversations, &here),
            events,
        }
    }
}

fn merged_sightings<'a>(sightings: &'a [Sighting], here: &dyn Fn(Source) -> Source) -> Vec<Seen<'a>> {
    let mut all: Vec<Seen<'a>> = Vec::with_capacity(sightings.len());
    for sighting in sightings {
        let source = here(sighting.source);
        let listed = sighting.fact.protocol() == Protocol::AssetList;
        let record = match sighting.record.as_deref() {
            Some(name) if listed => Some(Record::Row(source.input, name)),
            Some(name) => Some(Record::Behind(name)),
            None => None,
        };
        all.push(Seen {
            endpoint: sighting.endpoint,
            record,
            fact: sighting.fact,
            value: &sighting.value,
            first: sighting.first,
            last: sighting.last,
            source,
        });
    }
    all.sort_by(|one, other| {
        key(one).cmp(&key(other)).then(one.source.cmp(&other.source)).then(one.first.cmp(&other.first))
    });
    let mut merged: Vec<Seen<'a>> = Vec::with_capacity(all.len());
    for seen in all {
        match merged.last_mut() {
            Some(last) if key(last) == key(&seen) => {
                last.first = last.first.min(seen.first);
                last.last = last.last.max(seen.last);
            }
            _ => merged.push(seen),
        }
    }
    merged
}

fn key<'a>(seen: &Seen<'a>) -> (Endpoint, Option<Record<'a>>, Fact, &'a str) {
    (seen.endpoint, seen.record, seen.fact, seen.value)
}

fn merged_conversations(
    conversations: &[Conversation],
    here: &dyn Fn(Source) -> Source,
) -> Vec<Conversation> {
    let mut all: Vec<Conversation> =
        conversations.iter().map(|talk| Conversation { source: here(talk.source), ..talk.clone() }).collect();
    all.sort();
    let mut merged: Vec<Conversation> = Vec::with_capacity(all.len());
    for talk in all {
        match merged.last_mut() {
            Some(last)
                if (last.client, last.server, last.transport, last.port)
                    == (talk.client, talk.server, talk.transport, talk.port) =>
            {
                merge(last, &talk);
            }
            _ => merged.push(talk),
        }
    }
    merged
}

fn merge(into: &mut Conversation, other: &Conversation) {
    // An understood conversation stays understood; of two answers the more precise one stands.
    into.application = match (into.application, other.application) {
        (Some(one), Some(two)) => Some(one.more_precise(two)),
        (one, two) => one.or(two),
    };
    into.direction = into.direction.min(other.direction);
    into.answered |= other.answered;
    into.flows = into.flows.saturating_add(other.flows);
    into.packets = into.packets.saturating_add(other.packets);
    into.bytes = into.bytes.saturating_add(other.bytes);
    into.first = into.first.min(other.first);
    into.last = into.last.max(other.last);
    into.hours.merge(&other.hours);
    into.patient_data = into.patient_data.union(other.patient_data);
    into.source = into.source.min(other.source);
}
