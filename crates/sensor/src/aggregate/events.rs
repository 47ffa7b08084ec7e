//! Events, as many of a kind between two endpoints as are worth telling.

use super::{Limits, hash_state, source};
use cordon_model::Endpoint;
use cordon_model::observe::{Event, EventKind, FACT_BYTES_MAX};
use cordon_observe::SeenEvent;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

pub(super) struct Events {
    entries: Vec<Event>,
    kept: HashMap<(EventKind, Endpoint, Option<Endpoint>), u32, FixedState>,
    shed: u64,
}

impl Events {
    pub(super) fn new() -> Events {
        Events { entries: Vec::new(), kept: HashMap::with_hasher(hash_state()), shed: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn add(&mut self, event: &SeenEvent<'_>, limits: &Limits) {
        let kept = self.kept.entry((event.kind, event.endpoint, event.peer)).or_insert(0);
        if *kept >= limits.events_per_pair_max {
            self.shed += 1;
            return;
        }
        *kept += 1;
        let end = event.detail.floor_char_boundary(FACT_BYTES_MAX);
        self.entries.push(Event {
            at: event.at,
            kind: event.kind,
            endpoint: event.endpoint,
            peer: event.peer,
            detail: event.detail.get(..end).unwrap_or_default().to_owned(),
            source: source(event.packet),
        });
    }

    pub(super) fn take_shed(&mut self) -> u64 {
        std::mem::take(&mut self.shed)
    }

    /// All events in order of time; the table starts anew.
    pub(super) fn take(&mut self) -> Vec<Event> {
        self.kept.clear();
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable();
        entries
    }
}
