//! One observation over any number of inputs: frames through the engine, facts into Batches.

use crate::aggregate::{Limits, Windows};
use crate::capture::Capture;
use crate::input::{Input, OpenError};
use crate::lane::{Lane, Taken};
use crate::merge::Part;
use crate::threads::{THREADS_MAX, Threads};
use crate::walk::{Course, Walk, What};
use crate::watch::Watch;
use cordon_model::observe::{Batch, Damage, InputReport, Protocol};
use cordon_observe::{Counters, ProtocolStatistics};
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
    /// Threads that read and observe. What is seen does not depend on it; where Batches that are full are
    /// divided does.
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

/// Is told how far the reading is, at least once in some megabytes.
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
    course: Course,
}

/// Who observes.
enum Driver {
    One(Box<Lane>),
    Many(Threads),
}

impl Observation {
    /// An observation that has seen nothing.
    pub fn new(settings: Settings) -> Observation {
        let threads = settings.threads.min(THREADS_MAX);
        let many = if threads > 1 { Threads::start(&settings, threads).ok() } else { None };
        // Where the system gives no threads, one does it all.
        let course = Course::new(Windows::new(&settings.limits));
        let one = || {
            let lane = Lane::new(settings.sensor, settings.engine, settings.limits);
            Driver::One(Box::new(lane))
        };
        Observation {
            driver: many.map_or_else(one, Driver::Many),
            inputs: 0,
            statistics: Statistics::default(),
            watch: Watch::default(),
            course,
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
        self.input_from(0, input, &|| false, progress, out)
    }

    /// The same for an input of which `known` packets were observed before: they are passed over, and counted
    /// in no report. Where the input `goes_on` when its end is reached, an end within a packet is no damage.
    pub fn input_from(
        &mut self,
        known: u64,
        input: Input,
        goes_on: &dyn Fn() -> bool,
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
        // Damage there was told when those packets were observed.
        let _ = capture.pass_over(known);
        let walk = Walk::new(capture, number, self.course);
        self.frames(walk, &mut report, progress, out);
        report.packets = report.packets.saturating_sub(known);
        if goes_on() {
            report.damaged.clear();
        }
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

    /// Reads a capture to its end or first damage, and completes its report.
    fn frames(
        &mut self,
        walk: Walk,
        report: &mut InputReport,
        progress: &mut dyn Progress,
        out: &mut dyn FnMut(Batch),
    ) {
        let Observation { driver, statistics, watch, .. } = self;
        let mut out = |batch: Batch| give(statistics, watch, batch, out);
        let walked = match driver {
            Driver::One(lane) => Some(one(lane, walk, progress, &mut out)),
            Driver::Many(threads) => threads.frames(walk, progress, &mut out),
        };
        if let Some(walk) = walked {
            let (read, total, packets) = walk.progress();
            progress.read(read, total, packets);
            self.course = walk.finish(report);
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
fn one(lane: &mut Lane, mut walk: Walk, progress: &mut dyn Progress, out: &mut dyn FnMut(Batch)) -> Walk {
    let mut see = |frame: &Taken<'_>, marks: [Option<What>; 2]| {
        for what in marks.into_iter().flatten() {
            lane.mark(what, true, 0, &mut |_, part| match part {
                Part::Full(batch) | Part::Ends(Some(batch)) => out(batch),
                Part::Ends(None) | Part::Passed => {}
            });
        }
        lane.frame(frame, out);
    };
    let mut fills = walk.fills();
    while walk.step(&mut see) {
        if walk.fills() != fills {
            fills = walk.fills();
            let (read, total, packets) = walk.progress();
            progress.read(read, total, packets);
        }
    }
    walk
}

impl Statistics {
    /// Adds all that another observation saw.
    pub(crate) fn absorb(&mut self, other: &Statistics) {
        self.packets += other.packets;
        self.bytes += other.bytes;
        self.unread_nanoseconds += other.unread_nanoseconds;
        let mut protocols: BTreeMap<Protocol, ProtocolStatistics> = self.protocols.drain(..).collect();
        for (protocol, its) in &other.protocols {
            protocols.entry(*protocol).or_default().add(its);
        }
        self.protocols = protocols.into_iter().collect();
        self.add_given(other);
    }

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
