//! An index larger than memory: entries sorted in runs that fit, the runs merged into one file.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A key's hash and the place of what it names.
pub(super) type Entry = (u64, u64);

/// Bytes of an entry in a file.
pub(super) const ENTRY_BYTES: usize = 16;

/// Entries held in memory: 16 MB.
const RUN_ENTRIES: usize = 1 << 20;

/// Takes entries in any order and writes them sorted.
pub(super) struct Sorter {
    folder: PathBuf,
    held: Vec<Entry>,
    run_entries: usize,
    runs: Vec<PathBuf>,
}

impl Sorter {
    /// A sorter that keeps what does not fit beside its result.
    pub(super) fn new(folder: &Path) -> Sorter {
        Sorter::with_runs_of(folder, RUN_ENTRIES)
    }

    fn with_runs_of(folder: &Path, run_entries: usize) -> Sorter {
        Sorter { folder: folder.to_owned(), held: Vec::new(), run_entries, runs: Vec::new() }
    }

    pub(super) fn push(&mut self, entry: Entry) -> io::Result<()> {
        self.held.push(entry);
        if self.held.len() >= self.run_entries { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_unstable();
        let path = self.folder.join(format!("run-{}", self.runs.len()));
        let mut out = BufWriter::new(File::create(&path)?);
        for entry in self.held.drain(..) {
            out.write_all(&encode(entry))?;
        }
        out.flush()?;
        self.runs.push(path);
        Ok(())
    }

    /// Writes all entries in order, each once.
    pub(super) fn finish(mut self, path: &Path) -> io::Result<()> {
        self.spill()?;
        let mut readers = Vec::new();
        let mut heads = BinaryHeap::new();
        for (at, run) in self.runs.iter().enumerate() {
            let mut reader = BufReader::new(File::open(run)?);
            if let Some(entry) = next(&mut reader)? {
                heads.push(Reverse((entry, at)));
            }
            readers.push(reader);
        }
        let mut out = BufWriter::new(File::create(path)?);
        let mut before = None;
        while let Some(Reverse((entry, at))) = heads.pop() {
            if before.replace(entry) != Some(entry) {
                out.write_all(&encode(entry))?;
            }
            if let Some(reader) = readers.get_mut(at)
                && let Some(entry) = next(reader)?
            {
                heads.push(Reverse((entry, at)));
            }
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        for run in &self.runs {
            std::fs::remove_file(run)?;
        }
        Ok(())
    }
}

fn encode((hash, place): Entry) -> [u8; ENTRY_BYTES] {
    let mut bytes = [0; ENTRY_BYTES];
    let (first, second) = bytes.split_at_mut(ENTRY_BYTES / 2);
    first.copy_from_slice(&hash.to_le_bytes());
    second.copy_from_slice(&place.to_le_bytes());
    bytes
}

/// An entry as it stands in a file.
pub(super) fn decode(bytes: [u8; ENTRY_BYTES]) -> Entry {
    let whole = u128::from_le_bytes(bytes);
    (whole as u64, (whole >> 64) as u64)
}

fn next(reader: &mut impl Read) -> io::Result<Option<Entry>> {
    let mut bytes = [0; ENTRY_BYTES];
    match reader.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(decode(bytes))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_merged_in_order_and_go_away() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::with_runs_of(folder.path(), 7);
        let entries: Vec<Entry> = (0..100u64).map(|n| (n * 37 % 50, n % 10)).collect();
        for entry in &entries {
            sorter.push(*entry).unwrap();
        }
        let path = folder.path().join("index");
        sorter.finish(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let read: Vec<Entry> =
            bytes.chunks_exact(16).map(|bytes| decode(bytes.try_into().unwrap())).collect();
        let mut wanted = entries;
        wanted.sort_unstable();
        wanted.dedup();
        assert_eq!(read, wanted);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
