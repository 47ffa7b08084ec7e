//! A folder into which another program writes captures, file after file: each packet is observed once, in the
//! order in which it was captured, as soon as it is in a file.
//!
//! A file that is still written is read as it grows. Which one that is nobody says: whatever was read is
//! remembered by how many packets there were, and when the file is longer later, reading goes on behind them.

mod follow;
mod memory;

use crate::capture::Capture;
use crate::input::Input;
use crate::observation::{Observation, Progress, Settings, Statistics};
use cordon_model::Timestamp;
use cordon_model::observe::Batch;
use follow::{Following, Tail};
use memory::{Memory, Read};
use sha2::{Digest as _, Sha256};
use std::cell::Cell;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// How often the folder, and the file at its end, are looked at.
const PAUSE: Duration = Duration::from_millis(250);
/// Inputs that one observation names; then it is ended and the next one goes on, so that Batches do not
/// carry the names of all files there ever were.
const INPUTS_MAX: u32 = 512;
/// Files of the folder that are looked at; more are left until some are gone.
const FILES_MAX: usize = 100_000;

/// What to watch.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The folder.
    pub folder: PathBuf,
    /// The file that remembers what was read.
    pub memory: PathBuf,
    /// True to end when all that is there has been read, instead of waiting for more.
    pub until_read: bool,
}

/// How it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The folder is watched from now on; so many files are known from before.
    Began(usize),
    /// A file is read, behind so many packets that are known.
    Reading(PathBuf, u64),
    /// So many packets of it were read.
    Done(PathBuf, u64),
    /// Something did not go as hoped.
    Warning(String),
}

/// A capture in the folder.
struct Found {
    path: PathBuf,
    /// Its name without what compression added.
    stem: String,
    length: u64,
    changed: Option<SystemTime>,
    /// Time of its first packet.
    first: Timestamp,
    /// What tells it from every other file: its stem and its first packet.
    identity: String,
}

/// Watches the folder until `stop` is set (or all is read, where that is wanted). Batches go to `out` as
/// windows of capture time end; `first_sequence` is the number of the first.
pub fn watch(
    settings: &Settings,
    watched: &Watched,
    first_sequence: u64,
    stop: &Arc<AtomicBool>,
    out: &mut dyn FnMut(Batch),
    tell: &mut dyn FnMut(&Happening),
) -> io::Result<Statistics> {
    let memory = Memory::read(&watched.memory)?;
    tell(&Happening::Began(memory.len()));
    let mut watcher = Watcher {
        settings,
        watched,
        stop,
        memory,
        looked_at: Vec::new(),
        observation: Observation::new(settings.clone()),
        inputs: 0,
        sequence: first_sequence,
        statistics: Statistics::default(),
    };
    while !stop.load(Ordering::Relaxed) {
        match watcher.next()? {
            Some(found) => watcher.file(&found, out, tell)?,
            None if watched.until_read => break,
            None => std::thread::park_timeout(PAUSE),
        }
    }
    watcher.end_observation(out);
    watcher.memory.write(&watched.memory)?;
    Ok(watcher.statistics)
}

struct Watcher<'a> {
    settings: &'a Settings,
    watched: &'a Watched,
    stop: &'a Arc<AtomicBool>,
    memory: Memory,
    /// Files that are no captures, or have no packet yet, as long as they do not change.
    looked_at: Vec<(PathBuf, u64)>,
    observation: Observation,
    inputs: u32,
    sequence: u64,
    statistics: Statistics,
}

impl Watcher<'_> {
    /// The file to read next: of those with packets that were not read, the one that begins first.
    fn next(&mut self) -> io::Result<Option<Found>> {
        let mut best: Option<Found> = None;
        let present = files(&self.watched.folder)?;
        self.looked_at.retain(|(path, _)| present.iter().any(|(known, _)| known == path));
        for (path, metadata) in present {
            if self.looked_at.contains(&(path.clone(), metadata.len())) {
                continue;
            }
            // One that is gone meanwhile is none.
            match found(&path, &metadata) {
                Some(found) if self.memory.has_all(&found.identity, &found.path, found.length) => {}
                Some(found) => {
                    let is_first = |best: &Found| (found.first, &found.path) < (best.first, &best.path);
                    if best.as_ref().is_none_or(is_first) {
                        best = Some(found);
                    }
                }
                None => self.looked_at.push((path, metadata.len())),
            }
        }
        Ok(best)
    }

    /// Reads what is new in a file, as long as it grows and no later file follows.
    fn file(
        &mut self,
        found: &Found,
        out: &mut dyn FnMut(Batch),
        tell: &mut dyn FnMut(&Happening),
    ) -> io::Result<()> {
        let known = self.memory.packets(&found.identity);
        let file = match File::open(&found.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                tell(&Happening::Warning(format!("{}: {error}", found.path.display())));
                // Tried again when it has changed.
                self.looked_at.push((found.path.clone(), found.length));
                return Ok(());
            }
        };
        tell(&Happening::Reading(found.path.clone(), known));
        let tail = Tail::new();
        let following = Following::new(file, found, self.watched, Arc::clone(self.stop), tail.clone());
        let name = found.path.to_string_lossy().into_owned();
        let packets = Cell::new(known);
        let report = {
            let Watcher { observation, memory, watched, sequence, stop, .. } = self;
            let mut failed = None;
            let mut numbered = |batch: Batch| {
                out(Batch { sequence: *sequence, ..batch });
                *sequence += 1;
                // What was given out must not be given out again, even if this process is killed.
                memory.note(&found.identity, read(&found.path, packets.get().max(known), tail.length()));
                failed = memory.write(&watched.memory).err();
            };
            let input = Input::from_reader(&name, Box::new(following), None, false);
            let goes_on = || stop.load(Ordering::Relaxed);
            let mut progress = Packets(&packets);
            let report = observation.input_from(known, input, &goes_on, &mut progress, &mut numbered);
            if let Some(error) = failed {
                return Err(error);
            }
            report
        };
        for damage in &report.damaged {
            tell(&Happening::Warning(format!("{name}: {}", damage.reason)));
        }
        self.memory.note(&found.identity, read(&found.path, known + report.packets, tail.length()));
        self.memory.write(&self.watched.memory)?;
        tell(&Happening::Done(found.path.clone(), report.packets));
        self.inputs += 1;
        if self.inputs >= INPUTS_MAX {
            self.end_observation(out);
        }
        Ok(())
    }

    /// Ends the observation and begins the next one.
    fn end_observation(&mut self, out: &mut dyn FnMut(Batch)) {
        let ended = std::mem::replace(&mut self.observation, Observation::new(self.settings.clone()));
        let sequence = &mut self.sequence;
        let statistics = ended.finish(&mut |batch| {
            out(Batch { sequence: *sequence, ..batch });
            *sequence += 1;
        });
        self.statistics.absorb(&statistics);
        self.inputs = 0;
    }
}

fn read(path: &Path, packets: u64, length: u64) -> Read {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Read { packets, length, name }
}

/// Keeps how many packets were read.
struct Packets<'a>(&'a Cell<u64>);

impl Progress for Packets<'_> {
    fn read(&mut self, _: u64, _: Option<u64>, packets: u64) {
        self.0.set(packets);
    }
}

/// The files of the folder. Hidden ones, and those by whose names programs show that they are not done, are
/// none.
fn files(folder: &Path) -> io::Result<Vec<(PathBuf, Metadata)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)?.take(FILES_MAX) {
        let Ok(entry) = entry else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        let unfinished = [".part", ".partial", ".tmp"].iter().any(|end| name.ends_with(end));
        if name.starts_with('.') || unfinished {
            continue;
        }
        // Follows links; what vanished meanwhile is passed over.
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        if metadata.is_file() {
            files.push((entry.path(), metadata));
        }
    }
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(files)
}

/// Looks at a file's beginning; `None` when it is no capture or has no packet yet.
fn found(path: &Path, metadata: &Metadata) -> Option<Found> {
    let file = File::open(path).ok()?;
    let input = Input::from_reader(&path.to_string_lossy(), Box::new(file), None, false);
    if !input.format().is_capture() {
        return None;
    }
    let mut capture = Capture::new(input);
    let frame = capture.next().ok()??;
    let mut hash = Sha256::new();
    hash.update(frame.at.unwrap_or_default().micros().to_be_bytes());
    hash.update(frame.link.to_be_bytes());
    hash.update(frame.wire_len.to_be_bytes());
    hash.update(frame.bytes);
    let first = frame.at.unwrap_or_default();
    let digest = hash.finalize();
    let digest: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let stem = stem(path);
    let identity = format!("{digest} {stem}");
    Some(Found {
        path: path.to_owned(),
        stem,
        length: metadata.len(),
        changed: metadata.modified().ok(),
        first,
        identity,
    })
}

/// A file's name without what compressing it later adds.
fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).map(str::to_owned);
    // A line of the memory holds one name.
    stem.unwrap_or(name).replace(['\n', '\r'], "?")
}

#[cfg(test)]
mod tests;
