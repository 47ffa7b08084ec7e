//! From whatever a person hands in to Batches: captures, Batches, other tools' files and lists, told apart by
//! content.

use crate::error::AppError;
use crate::privacy::Wish;
use crate::progress::{Progress, Reading};
use cordon_intake::{Mapping, RejectedRow};
use cordon_model::observe::{Batch, Damage, InputReport};
use cordon_sensor::observation::{not_a_capture, unreadable};
use cordon_sensor::{Format, Import, Input, Limits, Observation, Settings, Statistics};
use cordon_wire::batch;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use std::path::PathBuf;

/// A line of a Batches file may hold this many bytes; a full Batch is far below it.
const BATCH_LINE_BYTES_MAX: usize = 256 << 20;

/// What came of the inputs besides their Batches.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// What was read, in the order given; a Batches file is followed by the inputs it speaks of.
    pub(crate) reports: Vec<InputReport>,
    /// Rows of lists that could not be used, or not all of them.
    pub(crate) rejected: Vec<RejectedRow>,
    /// What the captures held, in numbers.
    pub(crate) statistics: Statistics,
}

/// How inputs are read.
#[derive(Clone)]
pub(crate) struct How {
    /// Whether they are hashed.
    pub(crate) hash: bool,
    /// Threads that observe.
    pub(crate) threads: u32,
    /// A clock in nanoseconds, where it is asked how long each protocol takes.
    pub(crate) clock: Option<fn() -> u64>,
    /// What becomes of the names of people's accounts.
    pub(crate) user_names: Wish,
    /// What columns of lists say, where a person confirmed it.
    pub(crate) mappings: Vec<Mapping>,
}

/// Reads all inputs as one observation and hands every Batch to `take`. One bad input does not lose the
/// others; only when none gave anything the whole fails.
pub(crate) fn gather(
    paths: &[PathBuf],
    sensor: Option<&str>,
    how: How,
    progress: &mut dyn Progress,
    take: &mut dyn FnMut(Batch),
) -> Result<Gathered, AppError> {
    let names: Vec<String> = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let given = sensor.map(str::to_owned);
    let sensor = sensor.map_or_else(|| sensor_name(&names), str::to_owned);
    let mut settings = Settings { threads: how.threads, ..Settings::named(sensor) };
    settings.engine.user_names = how.user_names.user_names(paths);
    let mut gathering = Gathering {
        observation: Observation::new(settings),
        sensor: given,
        imports: Statistics::default(),
        seen: BTreeMap::new(),
        gathered: Gathered::default(),
        how,
        progress,
        take,
    };
    if let Some(clock) = gathering.how.clock {
        gathering.observation.measure(clock);
    }
    for name in &names {
        gathering.input(name);
    }
    let mut gathered = gathering.finish();
    if gathered.reports.iter().all(|report| report.packets == 0) {
        let reasons = gathered.reports.iter().map(complaint).collect();
        return Err(AppError::NoUsableInput { reasons });
    }
    for report in gathered.reports.iter().filter(|report| !report.damaged.is_empty()) {
        progress.warn(&complaint(report));
    }
    for row in gathered.rejected.iter().take(REJECTED_SHOWN_MAX) {
        let what = if row.used { "" } else { "rejected: " };
        progress.warn(&format!("{}: row {} was {what}{}", row.input, row.row, row.reason));
    }
    gathered.rejected.sort_by(|a, b| (&a.input, a.row).cmp(&(&b.input, b.row)));
    Ok(gathered)
}

/// How many such rows are named on standard error; all are in the file of rejected rows.
const REJECTED_SHOWN_MAX: usize = 5;

/// Two observations of different files must not bear one name, or one would be taken for a repetition of
/// the other.
fn sensor_name(inputs: &[String]) -> String {
    format!("capture of {}", inputs.join(" "))
}

/// What is wrong with an input, and what became of it.
fn complaint(report: &InputReport) -> String {
    let reasons: Vec<String> = report
        .damaged
        .iter()
        .map(|damage| match report.packets {
            0 => damage.reason.clone(),
            _ => {
                format!("damaged at byte {}: {}; everything before it was used", damage.offset, damage.reason)
            }
        })
        .collect();
    match reasons.is_empty() {
        true => format!("{}: a {} without a single packet or row", report.path, report.kind),
        false => format!("{}: {}", report.path, reasons.join("; ")),
    }
}

struct Gathering<'a> {
    observation: Observation,
    /// The sensor's name, where it was given.
    sensor: Option<String>,
    /// What files of other tools gave, in numbers.
    imports: Statistics,
    /// Batches by sensor and sequence with the hash of their lines: each is accepted once.
    seen: BTreeMap<(String, u64), String>,
    gathered: Gathered,
    how: How,
    progress: &'a mut dyn Progress,
    take: &'a mut dyn FnMut(Batch),
}

impl Gathering<'_> {
    fn input(&mut self, name: &str) {
        let report = match Input::open(name, self.how.hash) {
            Err(error) => self.unusable(unreadable(&error)),
            Ok(input) => match input.format() {
                format if format.is_capture() => {
                    let mut reading = Reading { input: name, progress: self.progress };
                    self.observation.input(input, &mut reading, self.take)
                }
                Format::Batches => {
                    self.batches(input);
                    return;
                }
                _ => match cordon_intake::recognise(input.head(), &self.how.mappings) {
                    Some(format) => self.foreign(input, format),
                    None => {
                        let advice = cordon_intake::advice(input.head());
                        let mut report = not_a_capture(input);
                        if let (Some(advice), Some(damage)) = (advice, report.damaged.first_mut()) {
                            damage.reason = format!("{}; {advice}", damage.reason);
                        }
                        self.unusable(report)
                    }
                },
            },
        };
        tracing::info!(input = report.path, kind = report.kind, packets = report.packets, "read");
        self.gathered.reports.push(report);
    }

    // It travels with the Batches as well, so that who reads those later knows of it too.
    fn unusable(&mut self, report: InputReport) -> InputReport {
        self.observation.unused(report.clone());
        report
    }

    fn batches(&mut self, mut input: Input) {
        let mut report =
            InputReport { path: input.path().to_owned(), kind: input.kind(), ..InputReport::default() };
        let mut carried = Vec::new();
        let mut line = Vec::new();
        loop {
            let offset = report.bytes;
            match input.line(&mut line, BATCH_LINE_BYTES_MAX) {
                Ok(false) => break,
                Err(damage) => {
                    report.damaged.push(damage);
                    break;
                }
                Ok(true) => {
                    report.bytes += line.len() as u64 + 1;
                    self.batch_line(&line, offset, &mut report, &mut carried);
                }
            }
            let (read, total) = input.progress();
            self.progress.reading(&report.path, read, total, report.packets);
        }
        report.sha256 = input.finish();
        self.gathered.reports.push(report);
        self.gathered.reports.append(&mut carried);
    }

    fn batch_line(
        &mut self,
        line: &[u8],
        offset: u64,
        report: &mut InputReport,
        carried: &mut Vec<InputReport>,
    ) {
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let parsed = std::str::from_utf8(line)
            .map_err(|error| error.to_string())
            .and_then(|text| batch::from_line(text).map_err(|error| error.to_string()));
        match parsed {
            Err(reason) => report.damaged.push(Damage { offset, reason }),
            Ok((batch, notes)) => {
                report.packets += 1;
                for note in notes {
                    *report.skipped.entry(note.to_string()).or_insert(0) += note.count;
                }
                let name = (batch.sensor.clone(), batch.sequence);
                let hash = crate::hash::hex(line);
                match self.seen.get(&name) {
                    Some(known) if *known == hash => {
                        *report.skipped.entry("Batch taken in already".to_owned()).or_insert(0) += 1;
                        return;
                    }
                    Some(_) => report.damaged.push(Damage {
                        offset,
                        reason: format!(
                            "a second, different Batch {} of sensor \"{}\"; both were used, give each sensor its own name with --sensor",
                            name.1, name.0
                        ),
                    }),
                    None => {
                        self.seen.insert(name, hash);
                    }
                }
                carried.extend(batch.health.inputs.iter().cloned());
                (self.take)(batch);
            }
        }
    }

    /// Takes in a file that another tool or a person wrote.
    fn foreign(&mut self, mut input: Input, format: cordon_intake::Format) -> InputReport {
        let path = input.path().to_owned();
        let name = match &self.sensor {
            Some(sensor) => format!("{sensor}: import of {path}"),
            None => format!("import of {path}"),
        };
        let mut import = Import::new(name, &path, Limits::default());
        let mut watched = Watched { input: &mut input, path: &path, progress: self.progress, told: 0 };
        let taken = {
            let mut sink = import.sink(self.take);
            cordon_intake::read(format, &path, &mut watched, &self.how.mappings, &mut sink)
        };
        let kind = input.kind_named(&taken.report.kind);
        let report = InputReport { kind, sha256: input.finish(), ..taken.report };
        self.gathered.rejected.extend(taken.rejected);
        match taken.batch {
            Some(mut batch) => {
                batch.health.inputs = vec![report.clone()];
                (self.take)(batch);
            }
            None => self.imports.add_given(&import.finish(report.clone(), self.take)),
        }
        report
    }

    fn finish(self) -> Gathered {
        let mut gathered = self.gathered;
        gathered.statistics = self.observation.finish(self.take);
        gathered.statistics.add_given(&self.imports);
        gathered
    }
}

/// An input that says how far it was read.
struct Watched<'a> {
    input: &'a mut Input,
    path: &'a str,
    progress: &'a mut dyn Progress,
    /// Bytes read when it last said so.
    told: u64,
}

/// So many bytes are read between two words about it.
const TOLD_EVERY_BYTES: u64 = 1 << 20;

impl Read for Watched<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.input.read(out)
    }
}

impl BufRead for Watched<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let (read, total) = self.input.progress();
        if read >= self.told.saturating_add(TOLD_EVERY_BYTES) {
            self.told = read;
            self.progress.reading(self.path, read, total, 0);
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.input.consume(count);
    }
}
