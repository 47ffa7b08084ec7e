//! Reading a file whose end is not its end yet.

use super::{Found, PAUSE, Watched, files, stem};
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

/// How far a file was read; shared by who reads and who remembers.
#[derive(Clone, Default)]
pub(super) struct Tail(Arc<AtomicU64>);

impl Tail {
    pub(super) fn new() -> Tail {
        Tail::default()
    }

    /// Bytes read so far.
    pub(super) fn length(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A file that is read until it ends and nothing is to be expected of it: a later one was begun, it is gone or
/// was begun anew, or the watching ends.
pub(super) struct Following {
    file: File,
    /// Its stem, and when it was changed last before it was opened.
    stem: String,
    changed: Option<SystemTime>,
    watched: Watched,
    stop: Arc<AtomicBool>,
    tail: Tail,
    /// The end was seen to be one; what was written just before that is read once more.
    ending: bool,
}

impl Following {
    pub(super) fn new(
        file: File,
        found: &Found,
        watched: &Watched,
        stop: Arc<AtomicBool>,
        tail: Tail,
    ) -> Following {
        Following {
            file,
            stem: found.stem.clone(),
            changed: found.changed,
            watched: watched.clone(),
            stop,
            tail,
            ending: false,
        }
    }

    fn is_ending(&self) -> bool {
        if self.watched.until_read {
            return true;
        }
        let Ok(metadata) = self.file.metadata() else { return true };
        // Truncated: its name is used anew.
        if metadata.len() < self.tail.length() {
            return true;
        }
        let changed = metadata.modified().ok().or(self.changed);
        let Ok(present) = files(&self.watched.folder) else { return true };
        let is_there = present.iter().any(|(path, _)| stem(path) == self.stem);
        let is_later = |other: Option<SystemTime>| other > changed;
        let follows =
            present.iter().any(|(path, other)| stem(path) != self.stem && is_later(other.modified().ok()));
        !is_there || follows
    }
}

impl Read for Following {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.file.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                self.tail.0.fetch_add(count as u64, Ordering::Relaxed);
                self.ending = false;
                return Ok(count);
            }
            if self.stop.load(Ordering::Relaxed) || self.ending {
                return Ok(0);
            }
            self.ending = self.is_ending();
            if !self.ending {
                std::thread::park_timeout(PAUSE);
            }
        }
    }
}
