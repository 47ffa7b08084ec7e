//! Facts told apart by endpoint, record, kind and value; a repeat is counted and copies nothing.

use super::endpoints::{Endpoints, Packed};
use super::{Limits, hash_state, source};
use cordon_model::Timestamp;
use cordon_model::observe::{FACT_BYTES_MAX, Fact, Sighting};
use cordon_observe::{Index, Seen};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::{BuildHasher, Hasher};

/// No record, no earlier entry.
const NONE: u32 = u32::MAX;
const NO_RECORD: u16 = u16::MAX;

/// Facts looked up together.
const TOGETHER: usize = 32;
/// Entries touched at once before they are copied.
const TOUCHED: usize = 16;

/// One fact: a line of the cache.
#[repr(align(64))]
struct Entry {
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

/// A fact that waits to be looked up.
struct Noted {
    endpoint: Packed,
    at: Timestamp,
    place: u64,
    /// Of the endpoint, then of the whole.
    hash: u64,
    speaker: u32,
    /// Where its value starts in the texts noted, its record following.
    text: u32,
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
    table: Index,
    /// By number of endpoint.
    speakers: Vec<Speaker>,
    /// How many values were kept of one fact, of one record (by its hash) or of all (`None`): counted for
    /// speakers that have so many entries that a limit is possible at all.
    kept: HashMap<(u32, Fact, Option<u64>), u32, FixedState>,
    noted: Vec<Noted>,
    noted_texts: String,
    shed: u64,
    hasher: FixedState,
}

impl Sightings {
    pub(super) fn new() -> Sightings {
        Sightings {
            entries: Vec::new(),
            texts: String::new(),
            table: Index::default(),
            speakers: Vec::new(),
            kept: HashMap::with_hasher(hash_state()),
            noted: Vec::with_capacity(TOGETHER),
            noted_texts: String::new(),
            shed: 0,
            hasher: hash_state(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Facts noted that are not yet among the entries.
    pub(super) fn waiting(&self) -> usize {
        self.noted.len()
    }

    /// Notes a fact; so many are looked up together.
    pub(super) fn see(&mut self, seen: &Seen<'_>, endpoints: &mut Endpoints, limits: &Limits) {
        let record = seen.record.unwrap_or_default();
        if seen.value.len().max(record.len()) > FACT_BYTES_MAX {
            self.shed += 1;
            return;
        }
        let text = self.noted_texts.len() as u32;
        self.noted_texts.push_str(seen.value);
        self.noted_texts.push_str(record);
        self.noted.push(Noted {
            endpoint: Packed::new(&seen.endpoint),
            at: seen.at,
            place: seen.packet,
            hash: 0,
            speaker: 0,
            text,
            value_bytes: seen.value.len() as u16,
            record_bytes: seen.record.map_or(NO_RECORD, |record| record.len() as u16),
            fact: seen.fact,
        });
        if self.noted.len() >= TOGETHER {
            self.settle(endpoints, limits);
        }
    }

    /// Puts the facts noted among the entries, in their order.
    pub(super) fn settle(&mut self, endpoints: &mut Endpoints, limits: &Limits) {
        let (mut noted, texts) = (std::mem::take(&mut self.noted), std::mem::take(&mut self.noted_texts));
        self.find_out(&mut noted, &texts, endpoints);
        for one in &noted {
            self.add(one, &texts, limits);
        }
        noted.clear();
        (self.noted, self.noted_texts) = (noted, texts);
        self.noted_texts.clear();
    }

    /// Finds out speakers and hashes, and reads a little of all that adding them will need: so the lines of the
    /// cache which that lies on come together and not one after the other.
    fn find_out(&self, noted: &mut [Noted], texts: &str, endpoints: &mut Endpoints) {
        let mut read = 0;
        for one in noted.iter_mut() {
            let (hash, touched) = endpoints.prepare(one.endpoint);
            one.hash = hash;
            read ^= touched;
        }
        let mut latest = None;
        for one in noted.iter_mut() {
            one.speaker = match latest {
                Some((endpoint, number)) if endpoint == one.endpoint => number,
                _ => endpoints.look_up(one.endpoint, one.hash),
            };
            latest = Some((one.endpoint, one.speaker));
            let mut hasher = self.hasher.build_hasher();
            hasher.write_u64(u64::from(one.speaker) << 32 | one.fact as u64);
            hasher.write(one.value(texts).as_bytes());
            if let Some(record) = one.record(texts) {
                hasher.write(record.as_bytes());
            }
            one.hash = hasher.finish();
            read ^= self.table.touch(one.hash);
        }
        let likely = |one: &Noted| self.entries.get(self.table.likely(one.hash)? as usize);
        read ^= noted.iter().filter_map(likely).fold(0, |sum, entry| sum ^ entry.count);
        let begins =
            |entry: &Entry| self.texts.as_bytes().get(entry.text as usize).copied().unwrap_or_default();
        let begun = noted.iter().filter_map(likely).fold(0, |sum, entry| sum ^ begins(entry));
        std::hint::black_box((read, begun));
    }

    fn add(&mut self, one: &Noted, noted_texts: &str, limits: &Limits) {
        let (value, record) = (one.value(noted_texts), one.record(noted_texts));
        let (entries, texts) = (&self.entries, &self.texts);
        let is_it = |index: u32| {
            entries.get(index as usize).is_some_and(|entry| {
                entry.speaker == one.speaker
                    && entry.fact == one.fact
                    && entry.value(texts) == value
                    && entry.record(texts) == record
            })
        };
        if let Some(index) = self.table.find(one.hash, is_it) {
            if let Some(entry) = self.entries.get_mut(index as usize) {
                entry.count = entry.count.saturating_add(1);
                entry.first = entry.first.min(one.at);
                entry.last = entry.last.max(one.at);
                entry.place = entry.place.min(one.place);
            }
        } else if !self.may_keep(one, record, limits) || self.insert(one, value, record).is_none() {
            self.shed += 1;
        }
    }

    fn may_keep(&mut self, one: &Noted, record: Option<&str>, limits: &Limits) -> bool {
        let (speaker, fact) = (one.speaker, one.fact);
        let known = self.speakers.get(speaker as usize).copied().unwrap_or(SILENT);
        let least = limits.values_per_fact_max.min(limits.values_per_speaker_max);
        if known.entries < least {
            return true;
        }
        if !known.counted {
            self.count_entries(speaker);
        }
        let record = self.hasher.hash_one(record);
        let of_record = *self.kept.entry((speaker, fact, Some(record))).or_insert(0);
        let of_all = *self.kept.entry((speaker, fact, None)).or_insert(0);
        let may = of_record < limits.values_per_fact_max && of_all < limits.values_per_speaker_max;
        if may {
            self.count_one(speaker, fact, record);
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

    /// Adds an entry; `None` when there are more than can be numbered.
    fn insert(&mut self, one: &Noted, value: &str, record: Option<&str>) -> Option<()> {
        let speaker = one.speaker;
        let index = u32::try_from(self.entries.len()).ok()?;
        let text = u32::try_from(self.texts.len()).ok()?;
        if self.speakers.len() <= speaker as usize {
            self.speakers.resize(speaker as usize + 1, SILENT);
        }
        let known = self.speakers.get_mut(speaker as usize)?;
        let before = std::mem::replace(&mut known.latest, index);
        known.entries += 1;
        self.texts.push_str(value);
        self.texts.push_str(record.unwrap_or_default());
        self.entries.push(Entry {
            count: 1,
            first: one.at,
            last: one.at,
            place: one.place,
            speaker,
            text,
            before,
            value_bytes: one.value_bytes,
            record_bytes: one.record_bytes,
            fact: one.fact,
        });
        self.table.insert(one.hash, index);
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
                ahead.iter().filter_map(|(_, index)| get(*index)).fold(0, |sum, entry| sum ^ entry.count);
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

/// The value that starts at `text`.
#[inline]
fn value(texts: &str, text: u32, value_bytes: u16) -> &str {
    let start = text as usize;
    texts.get(start..start + usize::from(value_bytes)).unwrap_or_default()
}

/// The record that follows a value, if there is one.
#[inline]
fn record(texts: &str, text: u32, value_bytes: u16, record_bytes: u16) -> Option<&str> {
    if record_bytes == NO_RECORD {
        return None;
    }
    let start = text as usize + usize::from(value_bytes);
    texts.get(start..start + usize::from(record_bytes))
}

impl Noted {
    fn value<'a>(&self, texts: &'a str) -> &'a str {
        value(texts, self.text, self.value_bytes)
    }

    fn record<'a>(&self, texts: &'a str) -> Option<&'a str> {
        record(texts, self.text, self.value_bytes, self.record_bytes)
    }
}

impl Entry {
    fn value<'a>(&self, texts: &'a str) -> &'a str {
        value(texts, self.text, self.value_bytes)
    }

    fn record<'a>(&self, texts: &'a str) -> Option<&'a str> {
        record(texts, self.text, self.value_bytes, self.record_bytes)
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
