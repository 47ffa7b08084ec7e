//! What was read of which file: a text file with a line for each, replaced as a whole.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

const HEADING: &str = "cordon watch 1";
/// Files remembered. Of those that are no longer there the ones of the smallest name go first: names of rotating
/// files go up.
const ENTRIES_MAX: usize = 65_536;

/// What was read of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) packets: u64,
    /// How many bytes of it.
    pub(super) length: u64,
    /// Its name then, compression included: the length is that of this file.
    pub(super) name: String,
}

/// Files by identity.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Memory(BTreeMap<String, Read>);

impl Memory {
    /// Reads it; nothing is remembered where there is no such file.
    pub(super) fn read(path: &Path) -> io::Result<Memory> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Memory::default()),
            Err(error) => return Err(error),
        };
        let wrong = |line: usize| {
            let reason =
                format!("line {line} is not of a memory of Cordon's; move the file away to begin anew");
            io::Error::new(io::ErrorKind::InvalidData, reason)
        };
        let mut lines = text.lines().zip(1..);
        if lines.next().is_none_or(|(heading, _)| heading != HEADING) {
            return Err(wrong(1));
        }
        let mut memory = Memory::default();
        for (line, number) in lines {
            let (identity, read) = entry(line).ok_or_else(|| wrong(number))?;
            memory.0.insert(identity, read);
        }
        Ok(memory)
    }

    /// Replaces the file.
    pub(super) fn write(&mut self, path: &Path) -> io::Result<()> {
        while self.0.len() > ENTRIES_MAX {
            let least = self.0.iter().min_by(|(_, one), (_, other)| one.name.cmp(&other.name));
            let Some(least) = least.map(|(identity, _)| identity.clone()) else { break };
            self.0.remove(&least);
        }
        let mut text = format!("{HEADING}\n");
        for (identity, Read { packets, length, name }) in &self.0 {
            text.push_str(&format!("{packets}\t{length}\t{identity}\t{name}\n"));
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        fs::write(&partial, text)?;
        fs::rename(&partial, path)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn note(&mut self, identity: &str, read: Read) {
        self.0.insert(identity.to_owned(), read);
    }

    /// Packets that were read of a file.
    pub(super) fn packets(&self, identity: &str) -> u64 {
        self.0.get(identity).map_or(0, |read| read.packets)
    }

    /// True when all of a file was read. One that was compressed since is no longer than it was.
    pub(super) fn has_all(&self, identity: &str, path: &Path, length: u64) -> bool {
        let Some(read) = self.0.get(identity) else { return false };
        let is_renamed = path.file_name().is_some_and(|name| name.to_string_lossy() != read.name.as_str());
        is_renamed || length <= read.length
    }
}

fn entry(line: &str) -> Option<(String, Read)> {
    let mut cells = line.splitn(4, '\t');
    let packets = cells.next()?.parse().ok()?;
    let length = cells.next()?.parse().ok()?;
    let identity = cells.next()?.to_owned();
    let name = cells.next()?.to_owned();
    Some((identity, Read { packets, length, name }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_remembered_and_no_other_file_is_taken_for_memory() {
        let folder = std::env::temp_dir().join(format!("cordon-memory-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("memory");
        assert_eq!(Memory::read(&path).unwrap().len(), 0);
        let mut memory = Memory::default();
        let read = Read { packets: 7, length: 900, name: "ring_00001.pcap".into() };
        memory.note("abc ring_00001.pcap", read);
        memory.write(&path).unwrap();
        let again = Memory::read(&path).unwrap();
        assert_eq!(again, memory);
        assert_eq!((again.packets("abc ring_00001.pcap"), again.packets("other")), (7, 0));
        let has_all = |name: &str, length| again.has_all("abc ring_00001.pcap", Path::new(name), length);
        assert!(has_all("ring_00001.pcap", 900) && !has_all("ring_00001.pcap", 901));
        assert!(has_all("ring_00001.pcap.gz", 5_000), "compressed since");
        for wrong in ["hello\n", "cordon watch 1\nseven\t1\tx\ty\n"] {
            fs::write(&path, wrong).unwrap();
            assert!(Memory::read(&path).is_err(), "{wrong}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
