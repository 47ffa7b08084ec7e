//! An index in a file, from keys to places: pairs of a key's hash and a place, in order, looked up by halving.

use super::sort::{ENTRY_BYTES, Entry, decode};
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// 64-bit FNV-1a (draft-eastlake-fnv): spreads keys; what is found is compared whole.
pub(super) fn hash(key: impl IntoIterator<Item = u8>) -> u64 {
    key.into_iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// An index that is looked into.
pub(super) struct Index {
    file: BufReader<File>,
    entries: u64,
}

impl Index {
    pub(super) fn open(path: &Path) -> io::Result<Index> {
        let file = File::open(path)?;
        let entries = file.metadata()?.len() / ENTRY_BYTES as u64;
        Ok(Index { file: BufReader::with_capacity(4096, file), entries })
    }

    /// The places of a hash, in order, at most `places_max`.
    pub(super) fn places(&mut self, hash: u64, places_max: usize) -> io::Result<Vec<u64>> {
        let (mut low, mut high) = (0, self.entries);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.entry(middle)?.0 < hash { low = middle + 1 } else { high = middle }
        }
        let mut places = Vec::new();
        while low < self.entries && places.len() < places_max {
            let (found, place) = self.entry(low)?;
            if found != hash {
                break;
            }
            places.push(place);
            low += 1;
        }
        Ok(places)
    }

    fn entry(&mut self, at: u64) -> io::Result<Entry> {
        let mut bytes = [0; ENTRY_BYTES];
        self.file.seek(SeekFrom::Start(at * ENTRY_BYTES as u64))?;
        self.file.read_exact(&mut bytes)?;
        Ok(decode(bytes))
    }
}
