//! Puts together what several lanes saw of one window of time, so that it reads as if one had seen it all.

use cordon_model::observe::{Batch, Conversation, Health, Sighting};
use std::collections::VecDeque;

/// What a lane gives out, with how many frames of all lanes it had gone through.
pub(crate) enum Part {
    /// A Batch was full; its window goes on.
    Full(Batch),
    /// The window ended, with the rest of it if there is one.
    Ends(Option<Batch>),
    /// Nothing more comes from before here.
    Passed,
}

/// Parts that wait for those of slower lanes.
pub(crate) struct Merger {
    lanes: Vec<Waiting>,
    sequence: u64,
}

#[derive(Default)]
struct Waiting {
    /// Frames it has gone through.
    passed: u64,
    full: VecDeque<(u64, Batch)>,
    ended: VecDeque<(u64, Option<Batch>)>,
}

impl Merger {
    pub(crate) fn new(lanes: usize) -> Merger {
        Merger { lanes: (0..lanes).map(|_| Waiting::default()).collect(), sequence: 0 }
    }

    /// Takes a part of a lane; Batches that can be given out with it go to `out`, in an order that does not
    /// depend on how fast a thread was: by frame, then by lane.
    pub(crate) fn take(&mut self, lane: usize, frame: u64, part: Part, out: &mut dyn FnMut(Batch)) {
        let Some(waiting) = self.lanes.get_mut(lane) else { return };
        waiting.passed = frame;
        match part {
            Part::Full(batch) => waiting.full.push_back((frame, batch)),
            Part::Ends(batch) => waiting.ended.push_back((frame, batch)),
            Part::Passed => {}
        }
        while let Some(batch) = self.next() {
            if let Some(batch) = batch {
                out(Batch { sequence: self.sequence, ..batch });
                self.sequence += 1;
            }
        }
    }

    /// The next Batch; an inner `None` is a window without one.
    fn next(&mut self) -> Option<Option<Batch>> {
        let ends = self.lanes.iter().map(|lane| lane.ended.front().map(|(frame, _)| *frame));
        let end = ends.collect::<Option<Vec<u64>>>().and_then(|ends| ends.into_iter().max());
        let first =
            self.lanes.iter().zip(0..).filter_map(|(lane, at)| Some((lane.full.front()?.0, at))).min();
        if let Some((frame, at)) = first.filter(|(frame, _)| end.is_none_or(|end| *frame < end)) {
            if self.lanes.iter().any(|lane| lane.passed <= frame) {
                return None;
            }
            return self.lanes.get_mut::<usize>(at)?.full.pop_front().map(|(_, batch)| Some(batch));
        }
        end?;
        let parts = self.lanes.iter_mut().filter_map(|lane| lane.ended.pop_front());
        Some(merged(parts.filter_map(|(_, batch)| batch)))
    }
}

/// One Batch of those of several lanes over one window.
pub(crate) fn merged(mut parts: impl Iterator<Item = Batch>) -> Option<Batch> {
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
    whole.conversations.dedup_by(|later, kept| joined(kept, later));
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

/// Adds a conversation to the one before when they are one: a tunnel, which each lane sees that reads something
/// inside of it.
fn joined(kept: &mut Conversation, later: &Conversation) -> bool {
    let is_same = (kept.client, kept.server, kept.transport, kept.port)
        == (later.client, later.server, later.transport, later.port);
    if is_same {
        kept.application = kept.application.or(later.application);
        kept.direction = kept.direction.min(later.direction);
        kept.answered |= later.answered;
        kept.flows = kept.flows.saturating_add(later.flows);
        kept.packets = kept.packets.saturating_add(later.packets);
        kept.bytes = kept.bytes.saturating_add(later.bytes);
        // The earliest frame is the one to point at.
        if (later.first, later.source) < (kept.first, kept.source) {
            kept.source = later.source;
        }
        kept.first = kept.first.min(later.first);
        kept.last = kept.last.max(later.last);
        kept.hours.merge(&later.hours);
        kept.patient_data = kept.patient_data.union(later.patient_data);
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
