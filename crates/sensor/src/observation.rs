//! One observation over any number of inputs: frames through the engine, facts into Batches.

use crate::aggregate::{Limits, place};
use crate::capture::{Capture, link_name};
use crate::input::{Input, OpenError};
use crate::lane::{Lane, Taken};
use crate::threads::{THREADS_MAX, Threads};
use crate::watch::Watch;
use cordon_model::Timestamp;
use cordon_model::observe::{Batch, Damage, InputReport, Protocol};
use cordon_observe::{Counters, LinkType, ProtocolStatistics};
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
    /// Threads that observe, beside the one that reads when there are more than one. What is seen does not
    /// depend on it; where Batches that are full are divided does.
    pub threads: u32,
}

impl Settings {
    /// Usual limits for a sensor of this name.
    pub fn named(sensor: impl Into<String>) -> Settings {
        Settings {
            sensor: sensor.into(),
            engine: cordon_observe::Settings::default(),
            limits: Limits::default(),
            threads: 1,
        }
    }
}

/// Is told how far the reading is, about four times for each megabyte.
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
    /// Time that packets took whose content nobody read, in nanoseconds; 0 without a clock.
    pub unread_nanoseconds: u64,
    /// Counters by name.
    pub counters: BTreeMap<String, u64>,
}

/// One observation: several captures seen as one stream by one sensor.
pub struct Observation {
    driver: Driver,
    /// Inputs named so far.
    inputs: u32,
    statistics: Statistics,
    watch: Watch,
    /// Time of the latest frame that had one.
    latest: Timestamp,
}

/// Who observes.
enum Driver {
    One(Box<Lane>),
    Many(Threads),
}

/// The reading of one input.
pub(crate) struct Reading<'a> {
    /// Number of the input.
    pub(crate) input: u32,
    report: &'a mut InputReport,
    latest: &'a mut Timestamp,
    progress: &'a mut dyn Progress,
}

impl Reading<'_> {
    /// Notes a frame in the report; answers its time.
    pub(crate) fn note(
        &mut self,
        capture: &mut Capture,
        link: u32,
        at: Option<Timestamp>,
        length: usize,
    ) -> Timestamp {
        self.report.bytes += length as u64;
        if LinkType::from_linktype(link).is_none() {
            capture.skipped().count(|| link_name(link));
        }
        let Some(at) = at else {
            capture.skipped().count(|| "times missing, that of the frame before taken".to_owned());
            return *self.latest;
        };
        self.report.first = Some(self.report.first.map_or(at, |first| first.min(at)));
        self.report.last = Some(self.report.last.map_or(at, |last| last.max(at)));
        *self.latest = at;
        at
    }

    /// Says how far it is.
    pub(crate) fn progress(&mut self, capture: &Capture) {
        let (read, total) = capture.progress();
        self.progress.read(read, total, capture.packets());
    }
}

impl Observation {
    /// An observation that has seen nothing.
    pub fn new(settings: Settings) -> Observation {
        let threads = settings.threads.min(THREADS_MAX);
        let many = if threads > 1 { Threads::start(&settings, threads).ok() } else { None };
        // Where the system gives no threads, one does it all.
        let one = || Driver::One(Box::new(Lane::new(settings.sensor, settings.engine, settings.limits)));
        Observation {
            driver: many.map_or_else(one, Driver::Many),
            inputs: 0,
            statistics: Statistics::default(),
            watch: Watch::default(),
            latest: Timestamp::default(),
        }
    }

    /// Measures how long the packets of each protocol take, with a clock in nanoseconds since any moment; one
    /// packet in 64 is timed.
    pub fn measure(&mut self, clock: fn() -> u64) {
        match &mut self.driver {
            Driver::One(lane) => lane.measure(clock),
            Driver::Many(threads) => threads.measure(clock),
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
        let number = self.named(input.path());
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
        self.ended(report.clone());
        report
    }

    /// Takes the report of an input that gave no frames, so that it is not forgotten.
    pub fn unused(&mut self, report: InputReport) {
        self.named(&report.path);
        self.ended(report);
    }

    /// Names an input; answers its number.
    fn named(&mut self, path: &str) -> u32 {
        match &mut self.driver {
            Driver::One(lane) => lane.input(path),
            Driver::Many(threads) => threads.input(path),
        }
        self.inputs += 1;
        self.inputs - 1
    }

    fn ended(&mut self, report: InputReport) {
        match &mut self.driver {
            Driver::One(lane) => lane.ended(report),
            Driver::Many(threads) => threads.ended(report),
        }
    }

    fn frames(
        &mut self,
        capture: &mut Capture,
        input: u32,
        report: &mut InputReport,
        progress: &mut dyn Progress,
        out: &mut dyn FnMut(Batch),
    ) -> Result<(), Damage> {
        let Observation { driver, statistics, watch, latest, .. } = self;
        let mut reading = Reading { input, report, latest, progress };
        let mut out = |batch: Batch| give(statistics, watch, batch, out);
        match driver {
            Driver::One(lane) => one(lane, capture, &mut reading, &mut out),
            Driver::Many(threads) => threads.frames(capture, &mut reading, &mut out),
        }
    }

    /// Ends the observation: what is still open is reported, and the last Batch given out.
    pub fn finish(self, out: &mut dyn FnMut(Batch)) -> Statistics {
        let Observation { driver, mut statistics, mut watch, .. } = self;
        let mut counted = |batch: Batch| give(&mut statistics, &mut watch, batch, out);
        let counters = match driver {
            Driver::One(mut lane) => {
                lane.finish(&mut counted);
                lane.end_window().into_iter().for_each(&mut counted);
                vec![lane.health().clone()]
            }
            Driver::Many(threads) => threads.finish(&mut counted),
        };
        statistics.add(&counters);
        statistics
    }
}

/// Reads a capture and observes it in one go.
fn one(
    lane: &mut Lane,
    capture: &mut Capture,
    reading: &mut Reading<'_>,
    out: &mut dyn FnMut(Batch),
) -> Result<(), Damage> {
    let mut fills = capture.fills();
    loop {
        if capture.fills() != fills {
            fills = capture.fills();
            reading.progress(capture);
        }
        let Some(frame) = capture.next()? else { return Ok(()) };
        let at = frame.at.unwrap_or(*reading.latest);
        let (stamped, kind, length) = (frame.at, frame.link, frame.bytes.len());
        if let Some(link) = LinkType::from_linktype(frame.link) {
            if lane.is_over(at) {
                lane.end_window().into_iter().for_each(&mut *out);
            }
            let place = place(reading.input, frame.number);
            lane.frame(&Taken { link, at, place, wire_len: frame.wire_len, bytes: frame.bytes }, out);
        }
        reading.note(capture, kind, stamped, length);
    }
}

impl Statistics {
    /// Adds what another observation or import gave out.
    pub fn add_given(&mut self, other: &Statistics) {
        self.batches += other.batches;
        self.sightings += other.sightings;
        self.conversations += other.conversations;
        self.events += other.events;
        for (name, count) in &other.counters {
            *self.counters.entry(name.clone()).or_insert(0) += count;
        }
    }

    pub(crate) fn add(&mut self, engines: &[Counters]) {
        let mut protocols: BTreeMap<Protocol, ProtocolStatistics> = BTreeMap::new();
        for counters in engines {
            self.packets += counters.packets;
            self.bytes += counters.bytes;
            self.unread_nanoseconds += counters.unread_nanoseconds;
            for (protocol, its) in counters.protocols() {
                protocols.entry(protocol).or_default().add(&its);
            }
        }
        let contributed = |(_, its): &(Protocol, ProtocolStatistics)| *its != ProtocolStatistics::default();
        self.protocols = protocols.into_iter().filter(contributed).collect();
    }
}

/// Looks a Batch over, counts what it holds, and hands it on.
pub(crate) fn give(
    statistics: &mut Statistics,
    watch: &mut Watch,
    mut batch: Batch,
    out: &mut dyn FnMut(Batch),
) {
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
