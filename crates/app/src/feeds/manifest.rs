//! `manifest.json` of the feed folder: which feeds there are, from what they were made, and where they lie.

use crate::deliver::replace;
use crate::error::AppError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const FILE: &str = "manifest.json";
const SCHEMA: &str = "cordon.feeds/1";

/// The whole manifest.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Manifest {
    schema: String,
    /// Feeds by name.
    pub(super) feeds: BTreeMap<String, Feed>,
    /// The last try to update, by source.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tried: BTreeMap<String, Attempt>,
}

/// A try to update a source.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Attempt {
    /// When.
    pub at: String,
    /// Why it failed; `None` when it did not.
    pub error: Option<String>,
}

/// One feed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Feed {
    /// Its folder within the feed folder.
    pub folder: String,
    /// The newest date its sources give, `YYYY-MM-DD`.
    pub version: Option<String>,
    /// When it was imported.
    pub imported: String,
    /// How many records it holds.
    pub records: u64,
    /// Records of its sources that could not be used.
    pub rejected: u64,
    /// Length of the file of records, where the feed has one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bytes: u64,
    /// Hash of what it holds, hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// The files it was made from.
    pub sources: Vec<FeedSource>,
}

/// A file a feed was made from.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct FeedSource {
    /// As named on the command line.
    pub path: String,
    /// What it was recognised as.
    pub kind: String,
    /// Hash of its bytes, hexadecimal.
    pub sha256: String,
    /// Records it gave.
    pub records: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Manifest {
    /// The manifest of a feed folder; an empty one where there is none.
    pub(super) fn read(folder: &Path) -> Result<Manifest, AppError> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Manifest { schema: SCHEMA.to_owned(), ..Manifest::default() });
            }
            Err(error) => return Err(AppError::unreadable(&path, error)),
        };
        let advice = "name another folder with --feeds, or take it away and import again";
        let manifest: Manifest = serde_json::from_str(&text)
            .map_err(|error| AppError::unreadable(&path, format!("{error}; {advice}")))?;
        // A name leads to a folder beside the manifest, never elsewhere.
        let is_plain = |feed: &Feed| {
            !feed.folder.is_empty() && !feed.folder.contains(['/', '\\', ':']) && feed.folder != ".."
        };
        if manifest.schema != SCHEMA || !manifest.feeds.values().all(is_plain) {
            return Err(AppError::unreadable(&path, format!("it is no manifest of {SCHEMA}; {advice}")));
        }
        Ok(manifest)
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), AppError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| AppError::Defect { what: "encoding the manifest", reason: error.to_string() })?;
        replace(&folder.join(FILE), (text + "\n").as_bytes())
    }
}
