//! An engine and what gathers from it: all that one thread needs, sharing nothing.

use crate::aggregate::{Aggregate, Feed, Limits};
use crate::merge::Part;
use crate::walk::{Block, What};
use cordon_model::Timestamp;
use cordon_model::observe::{Batch, InputReport};
use cordon_observe::{Counters, Engine, LinkType};
use std::collections::BTreeMap;

/// A frame that a lane takes.
#[derive(Clone, Copy)]
pub(crate) struct Taken<'a> {
    pub(crate) link: LinkType,
    pub(crate) at: Timestamp,
    pub(crate) place: u64,
    pub(crate) wire_len: u32,
    pub(crate) bytes: &'a [u8],
}

pub(crate) struct Lane {
    engine: Engine,
    aggregate: Aggregate,
    /// The engine's counters as of the last Batch.
    told: BTreeMap<&'static str, u64>,
}

impl Lane {
    pub(crate) fn new(sensor: String, engine: cordon_observe::Settings, limits: Limits) -> Lane {
        Lane { engine: Engine::new(engine), aggregate: Aggregate::new(sensor, limits), told: BTreeMap::new() }
    }

    /// Measures time with this clock, as [`Engine::measure`] says.
    pub(crate) fn measure(&mut self, clock: fn() -> u64) {
        self.engine.measure(clock);
    }

    /// Names the next input.
    pub(crate) fn input(&mut self, path: &str) {
        self.aggregate.input(path);
    }

    /// Takes the report of an input that ended.
    pub(crate) fn ended(&mut self, report: InputReport) {
        self.aggregate.ended(report);
    }

    /// Observes its frames of a block. What it gives out goes to `give`, with how many frames of all lanes it had
    /// gone through.
    pub(crate) fn block(&mut self, block: &Block, number: u32, give: &mut dyn FnMut(u64, Part)) {
        let mut marks = block.marks().iter().peekable();
        for (own, frame) in block.frames(number) {
            let at = block.before() + u64::from(own);
            while let Some(mark) = marks.next_if(|mark| mark.before <= own) {
                self.mark(mark.what, mark.before == own, block.before() + u64::from(mark.before), give);
            }
            self.frame(&frame, &mut |batch| give(at, Part::Full(batch)));
        }
        for mark in marks {
            self.mark(mark.what, false, block.before() + u64::from(mark.before), give);
        }
    }

    /// Does what is to be done before a frame, when all lanes have gone through so many; one of its own moves the
    /// clock itself.
    pub(crate) fn mark(&mut self, what: What, is_own: bool, frames: u64, give: &mut dyn FnMut(u64, Part)) {
        match what {
            What::WindowEnds => give(frames, Part::Ends(self.end_window())),
            What::Ticks(at, had_come_to) => {
                let mut full = |batch| give(frames, Part::Full(batch));
                if let Some(latest) = had_come_to {
                    self.pass(latest, &mut full);
                }
                if !is_own {
                    self.pass(at, &mut full);
                }
            }
        }
    }

    /// Observes a frame; a Batch that becomes full goes to `out`.
    #[inline]
    pub(crate) fn frame(&mut self, frame: &Taken<'_>, out: &mut dyn FnMut(Batch)) {
        self.aggregate.frame(frame.wire_len);
        let mut feed = Feed { aggregate: &mut self.aggregate, out };
        self.engine.frame(frame.link, frame.at, frame.place, frame.wire_len, frame.bytes, &mut feed);
    }

    /// The clock ticks at the time of a frame that another lane observes.
    pub(crate) fn pass(&mut self, at: Timestamp, out: &mut dyn FnMut(Batch)) {
        self.engine.pass(at, &mut Feed { aggregate: &mut self.aggregate, out });
    }

    /// Reports what is still open.
    pub(crate) fn finish(&mut self, out: &mut dyn FnMut(Batch)) {
        self.engine.finish(&mut Feed { aggregate: &mut self.aggregate, out });
    }

    /// Ends the window: its Batch, or the rest of it, with what the engine counted since the last one.
    pub(crate) fn end_window(&mut self) -> Option<Batch> {
        for (name, count) in self.engine.health().iter() {
            let told = self.told.entry(name).or_insert(0);
            self.aggregate.count(name, count.saturating_sub(*told));
            *told = count;
        }
        self.aggregate.end_window()
    }

    /// What the engine counted since its start.
    pub(crate) fn health(&self) -> &Counters {
        self.engine.health()
    }
}
