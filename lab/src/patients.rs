//! The patients the lab invents: what the peers send, and what must not come out of Cordon.

use crate::{Failure, places};
use memchr::memmem;
use serde::Deserialize;
use std::fs;

/// Every text about a patient that the peers send. They read the same file.
#[derive(Clone, Debug, Deserialize)]
pub struct Patients {
    /// Names, identifiers, dates, addresses, words about them.
    planted: Vec<String>,
}

impl Patients {
    /// Reads the file.
    pub fn read() -> Result<Patients, Failure> {
        let path = places::lab().join("patients.json");
        let text = fs::read(&path).map_err(Failure::file(&path))?;
        serde_json::from_slice(&text)
            .map_err(|error| Failure::Scenario { name: path.display().to_string(), why: error.to_string() })
    }

    /// Those that stand in `bytes` as they are or in capitals or small letters, or in UTF-16.
    pub fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        let low = bytes.to_ascii_lowercase();
        // UTF-16 text of these letters is the same with a zero byte beside each.
        let mut narrow = low.clone();
        narrow.retain(|byte| *byte != 0);
        let found = |word: &&str| {
            let word = word.to_ascii_lowercase().into_bytes();
            memmem::find(&low, &word).is_some() || memmem::find(&narrow, &word).is_some()
        };
        self.planted.iter().map(String::as_str).filter(found).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_word_is_found_however_it_is_written() {
        let patients = Patients { planted: vec!["Ashgrove".into(), "19620314".into()] };
        assert_eq!(patients.found_in(b"ASHGROVE^QUENTIN"), ["Ashgrove"]);
        assert_eq!(patients.found_in(b"<birth>19620314</birth>"), ["19620314"]);
        assert_eq!(patients.found_in(b"a\0s\0h\0g\0r\0o\0v\0e\0"), ["Ashgrove"]);
        assert!(patients.found_in(b"grove of ash").is_empty());
    }

    #[test]
    fn the_file_holds_words_no_protocol_uses_by_itself() {
        let patients = Patients::read().unwrap();
        assert!(patients.planted.len() >= 8);
        assert!(patients.planted.iter().all(|word| word.len() >= 6), "{patients:?}");
    }
}
