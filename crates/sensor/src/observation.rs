//! One observation over any number of inputs: frames through the engine, facts into Batches.

use crate::aggregate::{Aggregate, Feed, Limits, place};
use crate::capture::{Capture, Frame, link_name};
use crate::input::{Input, OpenError};
use crate::watch::Watch;
use cordon_model::Timestamp;
use cordon_model::observe::{Batch, Damage, InputReport, Protocol};
use cordon_observe::{Engine, LinkType, ProtocolStatistics};
use std::collections::BTreeMap;

/// How to observe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Name of the sensor in its Batches.
    pub sensor: String,
    /// Limits of the engine.
    pub engine: cordon_observe::Settings,
    /// Limits of Batches.
    pub limits: Limits,
}

impl Settings {
    /// Usual limits for a sensor of this name.
    pub fn named(sensor: impl Into<String>) -> Settings {
        Settings {
            sensor: sensor.into(),
            engine: cordon_observe::Settings::default(),
            limits: Limits::default(),
        }
    }
}

/// Is told how far the reading is, about once for each megabyte.
pub trait Progress {
    /// `read` of `total` bytes of the present input (as given; the total where it is known), and `packets`
    /// of it, were read.
    fn read(&mut self, read: u64, total: Option<u64>, packets: u64);
}

/// For who does not want to be told.
impl Progress for () {
    fn read(&mut self, _: u64, _: Option<u64>, _: u64) {}
}

/// What an observation has seen so far, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Frames taken in.
    pub packets: u64,
    /// Bytes on the wire taken in.
    pub bytes: u64,
    /// Batches given out.
    pub batches: u64,
    /// Sightings in them.
    pub sightings: u64,
    /// Conversations in them.
    pub conversations: u64,
    /// Events in them.
    pub events: u64,
    /// What each protocol contributed, in the order of the vocabulary; only those that did.
    pub protocols: Vec<(Protocol, ProtocolStatistics)>,
    /// Counters by name.
    pub counters: BTreeMap<String, u64>,
}

/// One observation: several captures seen as one stream by one sensor.
pub struct Observation {
    engine: Engine,
    aggregate: Aggregate,
    /// The engine's counters as of the last Batch.
    told: BTreeMap<&'static str, u64>,
    statistics: Statistics,
    watch: Watch,
    /// Time of the latest frame that had one.
    latest: Timestamp,
}

impl Observation {
    /// An observation that has seen nothing.
    pub fn new(settings: Settings) -> Observation {
        Observation {
            engine: Engine::new(settings.engine),
            aggregate: Aggregate::new(settings.sensor, settings.limits),
            told: BTreeMap::new(),
            statistics: Statistics::default(),
            watch: Watch::default(),
            latest: Timestamp::default(),
        }
    }

    /// Opens and reads an input; one that cannot be opened is reported as that.
    pub fn path(
        &mut self,
        path: &str,
        hash: bool,
        progress: &mut dyn Progress,
        out: &mut dyn FnMut(Batch),
    ) -> InputReport {
        match Input::open(path, hash) {
            Ok(input) => self.input(input, progress, out),
            Err(error) => {
                let report = unreadable(&error);
                self.unused(report.clone());
                report
            }
        }
    }

    /// Reads an input to its end or first damage. One that is no capture is reported as what it is. The
    /// report also travels in the next Batch.
    pub fn input(
        &mut self,
        input: Input,
        progress: &mut dyn Progress,
        out: &mut dyn FnMut(Batch),
    ) -> InputReport {
        if !input.format().is_capture() {
            let report = not_a_capture(input);
            self.unused(report.clone());
            return report;
        }
        let number = self.aggregate.input(input.path());
        let mut report =
            InputReport { path: input.path().to_owned(), kind: input.kind(), ..InputReport::default() };
        let mut capture = Capture::new(input);
        if let Err(damage) = self.frames(&mut capture, number, &mut report, progress, out) {
            report.damaged.push(damage);
        }
        let (read, total) = capture.progress();
        progress.read(read, total, capture.packets());
        report.packets = capture.packets();
        let (sha256, skipped) = capture.finish();
        report.sha256 = sha256;
        report.skipped = skipped.into_counts();
        self.aggregate.ended(report.clone());
        report
    }

    /// Takes the report of an input that gave no frames, so that it is not forgotten.
    pub fn unused(&mut self, report: InputReport) {
        self.aggregate.input(&report.path);
        self.aggregate.ended(report);
    }

    fn frames(
        &mut self,
        capture: &mut Capture,
        number: u32,
        report: &mut InputReport,
        progress: &mut dyn Progress,
        out: &mut dyn FnMut(Batch),
    ) -> Result<(), Damage> {
        let mut fills = capture.fills();
        loop {
            if capture.fills() != fills {
                fills = capture.fills();
                let (read, total) = capture.progress();
                progress.read(read, total, capture.packets());
            }
            let Some(frame) = capture.next()? else { return Ok(()) };
            let (link, timed) = (frame.link, frame.at.is_some());
            report.bytes += frame.bytes.len() as u64;
            if let Some(at) = frame.at {
                report.first = Some(report.first.map_or(at, |first| first.min(at)));
                report.last = Some(report.last.map_or(at, |last| last.max(at)));
            }
            match LinkType::from_linktype(link) {
                Some(link) => self.frame(link, number, frame, out),
                None => capture.skipped().count(|| link_name(link)),
            }
            if !timed {
                capture.skipped().count(|| "times missing, that of the frame before taken".to_owned());
            }
        }
    }

    fn frame(&mut self, link: LinkType, number: u32, frame: Frame<'_>, out: &mut dyn FnMut(Batch)) {
        let at = frame.at.unwrap_or(self.latest);
        self.latest = at;
        if self.aggregate.is_over(at) {
            self.cut(out);
        }
        self.aggregate.frame(at, frame.wire_len);
        let (statistics, watch) = (&mut self.statistics, &mut self.watch);
        let mut out = |batch: Batch| give(statistics, watch, batch, out);
        let mut feed = Feed { aggregate: &mut self.aggregate, out: &mut out };
        let place = place(number, frame.number);
        self.engine.frame(link, at, place, frame.wire_len, frame.bytes, &mut feed);
    }

    /// Ends the observation: what is still open is reported, and the last Batch given out.
    pub fn finish(mut self, out: &mut dyn FnMut(Batch)) -> Statistics {
        let (statistics, watch) = (&mut self.statistics, &mut self.watch);
        let mut counted = |batch: Batch| give(statistics, watch, batch, out);
        let mut feed = Feed { aggregate: &mut self.aggregate, out: &mut counted };
        self.engine.finish(&mut feed);
        self.cut(out);
        let health = self.engine.health();
        self.statistics.packets = health.packets;
        self.statistics.bytes = health.bytes;
        let contributed =
            |(_, statistics): &(Protocol, ProtocolStatistics)| *statistics != ProtocolStatistics::default();
        self.statistics.protocols = health.protocols().filter(contributed).collect();
        self.statistics
    }

    /// Closes the present Batch with what the engine counted since the last one.
    fn cut(&mut self, out: &mut dyn FnMut(Batch)) {
        for (name, count) in self.engine.health().iter() {
            let told = self.told.entry(name).or_insert(0);
            self.aggregate.count(name, count.saturating_sub(*told));
            *told = count;
        }
        if let Some(batch) = self.aggregate.cut() {
            give(&mut self.statistics, &mut self.watch, batch, out);
        }
    }
}

fn give(statistics: &mut Statistics, watch: &mut Watch, mut batch: Batch, out: &mut dyn FnMut(Batch)) {
    watch.look(&mut batch);
    statistics.batches += 1;
    statistics.sightings += batch.sightings.len() as u64;
    statistics.conversations += batch.conversations.len() as u64;
    statistics.events += batch.events.len() as u64;
    for (name, count) in &batch.health.counters {
        *statistics.counters.entry(name.clone()).or_insert(0) += count;
    }
    out(batch);
}

/// The report of an input that cannot be opened.
pub fn unreadable(error: &OpenError) -> InputReport {
    InputReport {
        path: error.path.clone(),
        kind: "unreadable".to_owned(),
        damaged: vec![Damage { offset: 0, reason: format!("cannot open it: {}", error.source) }],
        ..InputReport::default()
    }
}

/// The report of an input that nothing here can read: what it looks like.
pub fn not_a_capture(input: Input) -> InputReport {
    let kind = input.kind();
    let reason = match kind.as_str() {
        "unknown" => "this is no capture, and looks like nothing that is known".to_owned(),
        "empty file" => "there is nothing in it".to_owned(),
        kind => format!("this is no capture; it looks like: {kind}"),
    };
    InputReport {
        path: input.path().to_owned(),
        kind,
        damaged: vec![Damage { offset: 0, reason }],
        sha256: input.finish(),
        ..InputReport::default()
    }
}
