//! Facts told apart by endpoint, record, kind and value; a repeat is counted and copies nothing.

use super::{Limits, hash_state, source};
use cordon_model::Endpoint;
use cordon_model::observe::{Fact, Sighting};
use cordon_observe::Seen;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};
use std::hash::{BuildHasher, Hash, Hasher};

pub(super) struct Sightings {
    entries: Vec<Sighting>,
    /// Indices into `entries`.
    table: HashTable<u32>,
    /// How many values were kept of one fact: of one record (by its hash), or of all (`None`).
    kept: HashMap<(Endpoint, Fact, Option<u64>), u32, FixedState>,
    shed: u64,
}

fn hash_parts(endpoint: &Endpoint, record: Option<&str>, fact: Fact, value: &str) -> u64 {
    let mut hasher = hash_state().build_hasher();
    endpoint.hash(&mut hasher);
    record.hash(&mut hasher);
    hasher.write_u16(fact as u16);
    value.hash(&mut hasher);
    hasher.finish()
}

fn hash_entry(entry: &Sighting) -> u64 {
    hash_parts(&entry.endpoint, entry.record.as_deref(), entry.fact, &entry.value)
}

impl Sightings {
    pub(super) fn new() -> Sightings {
        let kept = HashMap::with_hasher(hash_state());
        Sightings { entries: Vec::new(), table: HashTable::new(), kept, shed: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn see(&mut self, seen: &Seen<'_>, limits: &Limits) {
        let hash = hash_parts(&seen.endpoint, seen.record, seen.fact, seen.value);
        let entries = &self.entries;
        let is_it = |index: &u32| {
            entries.get(*index as usize).is_some_and(|entry| {
                entry.fact == seen.fact
                    && entry.value == seen.value
                    && entry.endpoint == seen.endpoint
                    && entry.record.as_deref() == seen.record
            })
        };
        if let Some(index) = self.table.find(hash, is_it).copied() {
            if let Some(entry) = self.entries.get_mut(index as usize) {
                entry.count = entry.count.saturating_add(1);
                entry.first = entry.first.min(seen.at);
                entry.last = entry.last.max(seen.at);
            }
        } else if self.may_keep(seen, limits) {
            self.insert(hash, seen);
        } else {
            self.shed += 1;
        }
    }

    fn may_keep(&mut self, seen: &Seen<'_>, limits: &Limits) -> bool {
        let record = hash_state().hash_one(seen.record);
        let of_record = *self.kept.entry((seen.endpoint, seen.fact, Some(record))).or_insert(0);
        let of_all = *self.kept.entry((seen.endpoint, seen.fact, None)).or_insert(0);
        let may = of_record < limits.values_per_fact_max && of_all < limits.values_per_speaker_max;
        if may {
            for key in [Some(record), None] {
                *self.kept.entry((seen.endpoint, seen.fact, key)).or_insert(0) += 1;
            }
        }
        may
    }

    fn insert(&mut self, hash: u64, seen: &Seen<'_>) {
        let Ok(index) = u32::try_from(self.entries.len()) else { return };
        self.entries.push(Sighting {
            endpoint: seen.endpoint,
            record: seen.record.map(str::to_owned),
            fact: seen.fact,
            value: seen.value.to_owned(),
            count: 1,
            first: seen.at,
            last: seen.at,
            source: source(seen.packet),
        });
        let entries = &self.entries;
        let rehash = |index: &u32| entries.get(*index as usize).map_or(0, hash_entry);
        self.table.insert_unique(hash, index, rehash);
    }

    pub(super) fn take_shed(&mut self) -> u64 {
        std::mem::take(&mut self.shed)
    }

    /// All sightings in order; the tables start anew.
    pub(super) fn take(&mut self) -> Vec<Sighting> {
        self.table.clear();
        self.kept.clear();
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable();
        entries
    }
}
