//! Facts told apart by endpoint, record, kind and value; a repeat is counted and copies nothing.

use super::endpoints::Endpoints;
use super::{Limits, hash_state, source};
use cordon_model::Timestamp;
use cordon_model::observe::{FACT_BYTES_MAX, Fact, Sighting};
use cordon_observe::Seen;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};
use std::hash::{BuildHasher, Hasher};

/// No record, no earlier entry.
const NONE: u32 = u32::MAX;
const NO_RECORD: u16 = u16::MAX;

/// Entries touched at once before they are copied.
const TOUCHED: usize = 16;

/// One fact; of a size that fills a line of the cache.
struct Entry {
    hash: u64,
    count: u64,
    first: Timestamp,
    last: Timestamp,
    place: u64,
    /// Number of its endpoint.
    speaker: u32,
    /// Where its value starts in the texts, its record following.
    text: u32,
    /// The entry before it of the same speaker.
    before: u32,
    value_bytes: u16,
    record_bytes: u16,
    fact: Fact,
}

/// What is known of an endpoint's facts.
#[derive(Clone, Copy)]
struct Speaker {
    entries: u32,
    latest: u32,
    /// Its entries are counted in `kept`.
    counted: bool,
}

const SILENT: Speaker = Speaker { entries: 0, latest: NONE, counted: false };

pub(super) struct Sightings {
    entries: Vec<Entry>,
    /// Values and records of all entries, one after the other.
    texts: String,
    /// Indices into `entries`.
    table: HashTable<u32>,
    /// By number of endpoint.
    speakers: Vec<Speaker>,
    /// How many values were kept of one fact, of one record (by its hash) or of all (`None`): counted for
    /// speakers that have so many entries that a limit is possible at all.
    kept: HashMap<(u32, Fact, Option<u64>), u32, FixedState>,
    shed: u64,
    hasher: FixedState,
}

impl Sightings {
    pub(super) fn new() -> Sightings {
        Sightings {
            entries: Vec::new(),
            texts: String::new(),
            table: HashTable::new(),
            speakers: Vec::new(),
            kept: HashMap::with_hasher(hash_state()),
            shed: 0,
            hasher: hash_state(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn see(&mut self, seen: &Seen<'_>, endpoints: &mut Endpoints, limits: &Limits) {
        let speaker = endpoints.number(&seen.endpoint);
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u64(u64::from(speaker) << 32 | seen.fact as u64);
        hasher.write(seen.value.as_bytes());
        if let Some(record) = seen.record {
            hasher.write(record.as_bytes());
        }
        let hash = hasher.finish();
        let (entries, texts) = (&self.entries, &self.texts);
        let is_it = |index: &u32| {
            entries.get(*index as usize).is_some_and(|entry| {
                entry.hash == hash
                    && entry.speaker == speaker
                    && entry.fact == seen.fact
                    && entry.value(texts) == seen.value
                    && entry.record(texts) == seen.record
            })
        };
        if let Some(index) = self.table.find(hash, is_it).copied() {
            if let Some(entry) = self.entries.get_mut(index as usize) {
                entry.count = entry.count.saturating_add(1);
                entry.first = entry.first.min(seen.at);
                entry.last = entry.last.max(seen.at);
                entry.place = entry.place.min(seen.packet);
            }
        } else if !self.may_keep(speaker, seen, limits) || self.insert(hash, speaker, seen).is_none() {
            self.shed += 1;
        }
    }

    fn may_keep(&mut self, speaker: u32, seen: &Seen<'_>, limits: &Limits) -> bool {
        let known = self.speakers.get(speaker as usize).copied().unwrap_or(SILENT);
        let least = limits.values_per_fact_max.min(limits.values_per_speaker_max);
        if known.entries < least {
            return true;
        }
        if !known.counted {
            self.count_entries(speaker);
        }
        let record = self.hasher.hash_one(seen.record);
        let of_record = *self.kept.entry((speaker, seen.fact, Some(record))).or_insert(0);
        let of_all = *self.kept.entry((speaker, seen.fact, None)).or_insert(0);
        let may = of_record < limits.values_per_fact_max && of_all < limits.values_per_speaker_max;
        if may {
            self.count_one(speaker, seen.fact, record);
        }
        may
    }

    fn count_one(&mut self, speaker: u32, fact: Fact, record: u64) {
        for key in [Some(record), None] {
            *self.kept.entry((speaker, fact, key)).or_insert(0) += 1;
        }
    }

    /// Counts what a speaker has said so far.
    fn count_entries(&mut self, speaker: u32) {
        let Some(known) = self.speakers.get_mut(speaker as usize) else { return };
        known.counted = true;
        let mut at = known.latest;
        while let Some(entry) = self.entries.get(at as usize) {
            at = entry.before;
            let (fact, record) = (entry.fact, self.hasher.hash_one(entry.record(&self.texts)));
            self.count_one(speaker, fact, record);
        }
    }

    /// Adds an entry; `None` for texts longer than a fact's may be.
    fn insert(&mut self, hash: u64, speaker: u32, seen: &Seen<'_>) -> Option<()> {
        let record = seen.record.unwrap_or_default();
        if seen.value.len().max(record.len()) > FACT_BYTES_MAX {
            return None;
        }
        let index = u32::try_from(self.entries.len()).ok()?;
        let text = u32::try_from(self.texts.len()).ok()?;
        if self.speakers.len() <= speaker as usize {
            self.speakers.resize(speaker as usize + 1, SILENT);
        }
        let known = self.speakers.get_mut(speaker as usize)?;
        let before = std::mem::replace(&mut known.latest, index);
        known.entries += 1;
        self.texts.push_str(seen.value);
        self.texts.push_str(record);
        self.entries.push(Entry {
            hash,
            count: 1,
            first: seen.at,
            last: seen.at,
            place: seen.packet,
            speaker,
            text,
            before,
            value_bytes: seen.value.len() as u16,
            record_bytes: seen.record.map_or(NO_RECORD, |record| record.len() as u16),
            fact: seen.fact,
        });
        let entries = &self.entries;
        let rehash = |index: &u32| entries.get(*index as usize).map_or(0, |entry| entry.hash);
        self.table.insert_unique(hash, index, rehash);
        Some(())
    }

    pub(super) fn take_shed(&mut self) -> u64 {
        std::mem::take(&mut self.shed)
    }

    /// All sightings in order; the tables start anew. `ranks` are the places of endpoints in their order.
    pub(super) fn take(&mut self, endpoints: &Endpoints, ranks: &[u32]) -> Vec<Sighting> {
        let (entries, texts) = (&self.entries, &self.texts);
        let get = |index: u32| entries.get(index as usize);
        let mut sightings = Vec::with_capacity(entries.len());
        for ahead in self.order(ranks).chunks(TOUCHED) {
            // Read before they are copied, so that the lines of the cache they lie on come together.
            let touched =
                ahead.iter().filter_map(|(_, index)| get(*index)).fold(0, |sum, entry| sum ^ entry.hash);
            let begins =
                |entry: &Entry| texts.as_bytes().get(entry.text as usize).copied().unwrap_or_default();
            let read =
                ahead.iter().filter_map(|(_, index)| get(*index)).fold(0, |sum, entry| sum ^ begins(entry));
            std::hint::black_box((touched, read));
            sightings.extend(ahead.iter().filter_map(|(_, index)| get(*index)).map(|entry| Sighting {
                endpoint: endpoints.get(entry.speaker),
                record: entry.record(texts).map(str::to_owned),
                fact: entry.fact,
                value: entry.value(texts).to_owned(),
                count: entry.count,
                first: entry.first,
                last: entry.last,
                source: source(entry.place),
            }));
        }
        self.entries.clear();
        self.texts.clear();
        self.table.clear();
        self.speakers.clear();
        self.kept.clear();
        sightings
    }

    /// The entries in order, each with what of its order within its endpoint fits into one number: first sorted
    /// into endpoints by counting, for those are known, then each endpoint's few among themselves.
    fn order(&self, ranks: &[u32]) -> Vec<(u128, u32)> {
        let (entries, texts) = (&self.entries, &self.texts);
        let rank = |entry: &Entry| ranks.get(entry.speaker as usize).map_or(0, |rank| *rank as usize);
        let mut ends = vec![0u32; ranks.len() + 1];
        for entry in entries {
            if let Some(count) = ends.get_mut(rank(entry)) {
                *count += 1;
            }
        }
        let mut before = 0;
        for end in &mut ends {
            (before, *end) = (before + *end, before);
        }
        let mut order = vec![(0, 0); entries.len()];
        for (entry, index) in entries.iter().zip(0..) {
            let Some(end) = ends.get_mut(rank(entry)) else { continue };
            if let Some(place) = order.get_mut(*end as usize) {
                *place = (entry.front(texts), index);
                *end += 1;
            }
        }
        let exactly = |index: u32| entries.get(index as usize).map(|entry| entry.order(texts));
        let mut rest = order.as_mut_slice();
        let mut from = 0;
        for end in ends {
            let Some((own, others)) = std::mem::take(&mut rest).split_at_mut_checked((end - from) as usize)
            else {
                break;
            };
            own.sort_unstable_by(|(one, left), (other, right)| {
                one.cmp(other).then_with(|| exactly(*left).cmp(&exactly(*right)))
            });
            (rest, from) = (others, end);
        }
        order
    }
}

impl Entry {
    fn value<'a>(&self, texts: &'a str) -> &'a str {
        let start = self.text as usize;
        texts.get(start..start + usize::from(self.value_bytes)).unwrap_or_default()
    }

    fn record<'a>(&self, texts: &'a str) -> Option<&'a str> {
        if self.record_bytes == NO_RECORD {
            return None;
        }
        let start = self.text as usize + usize::from(self.value_bytes);
        texts.get(start..start + usize::from(self.record_bytes))
    }

    /// What of its order within its endpoint fits into one number: where there is no record, kind and the front
    /// of the value.
    fn front(&self, texts: &str) -> u128 {
        if self.record_bytes != NO_RECORD {
            return 1 << 80;
        }
        let value = self.value(texts).as_bytes();
        let front = value.first_chunk().copied().unwrap_or_else(|| {
            let mut front = [0; 8];
            for (byte, from) in front.iter_mut().zip(value) {
                *byte = *from;
            }
            front
        });
        u128::from(self.fact as u16) << 64 | u128::from(u64::from_be_bytes(front))
    }

    fn order<'a>(&self, texts: &'a str) -> (Option<&'a str>, Fact, &'a str) {
        (self.record(texts), self.fact, self.value(texts))
    }
}
