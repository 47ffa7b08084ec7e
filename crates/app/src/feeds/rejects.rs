//! Records that could not be used: file, path in it, and reason.

use crate::deliver::replace;
use crate::error::AppError;
use serde::Serialize;
use std::path::Path;

pub(super) const FILE: &str = "rejected.jsonl";

/// Kept one by one; of more, only how many.
const KEPT_MAX: usize = 100_000;
/// Told at once.
const TOLD_MAX: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Reject {
    file: String,
    path: String,
    reason: String,
}

/// What an import could not use of one feed.
#[derive(Clone, Debug, Default)]
pub(super) struct Rejects {
    kept: Vec<Reject>,
    count: u64,
    superseded: u64,
}

impl Rejects {
    pub(super) fn add(&mut self, file: &str, path: &str, reason: &str) {
        self.count += 1;
        self.keep(file, path, reason);
    }

    /// A record whose later revision is there: kept in the list, but no fault of the feed.
    pub(super) fn superseded(&mut self, file: &str, path: &str, reason: &str) {
        self.superseded += 1;
        self.keep(file, path, reason);
    }

    /// Several of one file that are not told apart.
    pub(super) fn add_many(&mut self, file: &str, count: u64, reason: &str) {
        if count > 0 {
            self.count += count;
            self.keep(file, "", &format!("{count} records: {reason}"));
        }
    }

    fn keep(&mut self, file: &str, path: &str, reason: &str) {
        if self.kept.len() < KEPT_MAX {
            let one_line =
                |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect();
            self.kept.push(Reject { file: one_line(file), path: one_line(path), reason: one_line(reason) });
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The first of them in words, and how many there are.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self
            .kept
            .iter()
            .take(TOLD_MAX)
            .map(|reject| match reject.path.trim_matches('.') {
                "" => format!("{}: {}", reject.file, reject.reason),
                path => format!("{}: {path}: {}", reject.file, reject.reason),
            })
            .collect();
        if self.kept.len() > TOLD_MAX {
            let all = self.count + self.superseded;
            words.push(format!("{all} records were not taken; {FILE} in the feed's folder names them"));
        }
        words
    }

    /// Writes them beside the records.
    pub(super) fn write(&self, folder: &Path) -> Result<(), AppError> {
        let mut text = Vec::new();
        for reject in &self.kept {
            let line = serde_json::to_vec(reject);
            text.extend(line.map_err(|error| AppError::Defect {
                what: "encoding a reject",
                reason: error.to_string(),
            })?);
            text.push(b'\n');
        }
        replace(&folder.join(FILE), &text)
    }
}
