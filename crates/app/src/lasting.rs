//! Where the Batches of an observation go that lasts: lines to a stream, or a file each in a folder.

use crate::deliver;
use crate::error::AppError;
use cordon_model::observe::Batch;
use cordon_wire::batch;
use std::io;
use std::path::{Path, PathBuf};

/// Where Batches go.
pub enum Destination<'a> {
    /// A line of JSON each; called "standard output" where it fails.
    Lines(&'a mut dyn io::Write),
    /// A file each, whole or not there.
    Folder(Folder),
    /// Nowhere, where only numbers are asked for.
    Nowhere,
}

/// A folder that takes a file for each Batch.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder where it is missing; what is in it stays.
    pub fn open(path: &Path) -> Result<Folder, AppError> {
        let folder = deliver::OutputFolder::prepare(path, true)?;
        Ok(Folder { path: folder.path().to_path_buf() })
    }
}

impl Destination<'_> {
    /// The folder that must stay writable.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Destination::Folder(folder) => Some(&folder.path),
            Destination::Lines(_) | Destination::Nowhere => None,
        }
    }

    /// Writes a Batch so that a reader has it at once.
    pub fn write(&mut self, batch: &Batch) -> Result<(), AppError> {
        match self {
            Destination::Nowhere => Ok(()),
            Destination::Lines(out) => batch::write_line(batch, &mut **out)
                .and_then(|()| out.flush())
                .map_err(|error| AppError::unwritable(Path::new("standard output"), error)),
            Destination::Folder(folder) => {
                let path = folder.path.join(file_name(batch));
                deliver::replace_with(&path, |file| batch::write_line(batch, file))
            }
        }
    }
}

/// The sensor's name as far as it can stand in a file's, and the sequence; files of a sensor sort in order.
fn file_name(batch: &Batch) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '-' };
    let sensor: String = batch.sensor.chars().take(64).map(plain).collect();
    format!("{}-{:016}.jsonl", sensor.trim_start_matches('.'), batch.sequence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cordon_model::observe::Health;

    fn batch(sensor: &str, sequence: u64) -> Batch {
        Batch {
            sensor: sensor.into(),
            sequence,
            start: None,
            end: None,
            inputs: Vec::new(),
            sightings: Vec::new(),
            conversations: Vec::new(),
            events: Vec::new(),
            health: Health::default(),
        }
    }

    #[test]
    fn each_batch_is_a_whole_file_of_its_own_in_order() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("out");
        let mut destination = Destination::Folder(Folder::open(&folder).unwrap());
        assert_eq!(destination.folder(), Some(folder.as_path()));
        for sequence in [10, 9] {
            destination.write(&batch("ward ../3 eth0", sequence)).unwrap();
        }
        let mut names: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["ward-..-3-eth0-0000000000000009.jsonl", "ward-..-3-eth0-0000000000000010.jsonl"]);
        let text = std::fs::read_to_string(folder.join(&names[1])).unwrap();
        assert_eq!(batch::from_line(text.trim_end()).unwrap().0, batch("ward ../3 eth0", 10));
    }

    #[test]
    fn lines_are_whole() {
        let mut out = Vec::new();
        let mut destination = Destination::Lines(&mut out);
        destination.write(&batch("s", 0)).unwrap();
        destination.write(&batch("s", 1)).unwrap();
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), 2);
    }
}
