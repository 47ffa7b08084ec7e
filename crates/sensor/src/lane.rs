//! An engine and what gathers from it: all that one thread needs, sharing nothing.

use crate::aggregate::{Aggregate, Feed, Limits};
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

    /// True when a frame of this time belongs to another window; then the present one is ended first.
    pub(crate) fn is_over(&self, at: Timestamp) -> bool {
        self.aggregate.is_over(at)
    }

    /// Observes a frame; a Batch that becomes full goes to `out`.
    pub(crate) fn frame(&mut self, frame: &Taken<'_>, out: &mut dyn FnMut(Batch)) {
        self.aggregate.frame(frame.at, frame.wire_len);
        let mut feed = Feed { aggregate: &mut self.aggregate, out };
        self.engine.frame(frame.link, frame.at, frame.place, frame.wire_len, frame.bytes, &mut feed);
    }

    /// A frame that another lane observes went by.
    pub(crate) fn pass(&mut self, at: Timestamp, out: &mut dyn FnMut(Batch)) {
        self.aggregate.pass(at);
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
