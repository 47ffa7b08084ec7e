//! Puts together what several lanes saw of one window of time, so that it reads as if one had seen it all.

use cordon_model::observe::{Batch, Health, Sighting};
use std::collections::VecDeque;

/// What a lane gives out.
pub(crate) enum Part {
    /// The Batch was full; its window goes on.
    Full(Batch),
    /// The window ended, with the rest of it if there is one.
    Ends(Option<Batch>),
}

/// Parts that wait for those of slower lanes.
pub(crate) struct Merger {
    lanes: Vec<Waiting>,
    sequence: u64,
}

#[derive(Default)]
struct Waiting {
    /// Of the window under way.
    open: Vec<Batch>,
    /// Of windows that ended, oldest first.
    ended: VecDeque<Vec<Batch>>,
}

impl Merger {
    pub(crate) fn new(lanes: usize) -> Merger {
        Merger { lanes: (0..lanes).map(|_| Waiting::default()).collect(), sequence: 0 }
    }

    /// Takes a part of a lane; Batches that are complete with it go to `out`.
    pub(crate) fn take(&mut self, lane: usize, part: Part, out: &mut dyn FnMut(Batch)) {
        let Some(waiting) = self.lanes.get_mut(lane) else { return };
        match part {
            Part::Full(batch) => waiting.open.push(batch),
            Part::Ends(batch) => {
                waiting.open.extend(batch);
                waiting.ended.push_back(std::mem::take(&mut waiting.open));
            }
        }
        while self.lanes.iter().all(|waiting| !waiting.ended.is_empty()) {
            let parts = self.lanes.iter_mut().filter_map(|waiting| waiting.ended.pop_front());
            let mut parts: Vec<_> = parts.map(Vec::into_iter).collect();
            // The first parts of all lanes together, then the second: which is which does not depend on
            // how fast a thread was.
            while let Some(batch) = merged(parts.iter_mut().filter_map(Iterator::next)) {
                out(Batch { sequence: self.sequence, ..batch });
                self.sequence += 1;
            }
        }
    }
}

fn merged(mut parts: impl Iterator<Item = Batch>) -> Option<Batch> {
    let mut whole = parts.next()?;
    for part in parts {
        let Batch { start, end, inputs, sightings, conversations, events, health, .. } = part;
        whole.start = [whole.start, start].into_iter().flatten().min();
        whole.end = whole.end.max(end);
        if inputs.len() > whole.inputs.len() {
            whole.inputs = inputs;
        }
        whole.sightings.extend(sightings);
        whole.conversations.extend(conversations);
        whole.events.extend(events);
        add(&mut whole.health, health);
    }
    // Runs that are in order already: sorting them is merging them.
    whole.sightings.sort();
    whole.sightings.dedup_by(|later, kept| same(kept, later));
    whole.conversations.sort();
    whole.events.sort();
    Some(whole)
}

/// Adds a sighting to the one before when they are one.
fn same(kept: &mut Sighting, later: &Sighting) -> bool {
    let is_same = kept.endpoint == later.endpoint
        && kept.record == later.record
        && kept.fact == later.fact
        && kept.value == later.value;
    if is_same {
        kept.count = kept.count.saturating_add(later.count);
        kept.first = kept.first.min(later.first);
        kept.last = kept.last.max(later.last);
        kept.source = kept.source.min(later.source);
    }
    is_same
}

fn add(whole: &mut Health, part: Health) {
    whole.packets = whole.packets.saturating_add(part.packets);
    whole.bytes = whole.bytes.saturating_add(part.bytes);
    for (name, count) in part.counters {
        *whole.counters.entry(name).or_insert(0) += count;
    }
    whole.inputs.extend(part.inputs);
}
