//! What was downloaded, by URL: whole files with what the server said of them, and halves to go on from.

use crate::sums::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use url::Url;

/// What the server said of a file, so that it can be asked whether it changed (RFC 9110, 8.8).
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Validators {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
}

impl Validators {
    /// What `If-Range` may hold: a strong tag, else the date (RFC 9110, 13.1.5).
    pub(crate) fn for_range(&self) -> Option<&str> {
        let strong = self.etag.as_deref().filter(|tag| !tag.starts_with("W/"));
        strong.or(self.last_modified.as_deref())
    }
}

/// A whole file in the cache.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) validators: Validators,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    /// What a list that named the file said of its version.
    #[serde(default)]
    pub(crate) stamp: Option<String>,
}

/// Half a file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    #[serde(default)]
    pub(crate) validators: Validators,
    #[serde(default)]
    pub(crate) total: Option<u64>,
}

/// The places of one URL.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    name: String,
}

impl Place {
    pub(crate) fn of(folder: &Path, url: &Url) -> Place {
        let hash = hex(&Sha256::digest(url.as_str().as_bytes()));
        Place { folder: folder.to_owned(), name: hash.get(..32).unwrap_or(&hash).to_owned() }
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.name))
    }

    pub(crate) fn body(&self) -> PathBuf {
        self.file("body")
    }

    pub(crate) fn part(&self) -> PathBuf {
        self.file("part")
    }

    /// The whole file's entry, when the file is there in the length that was written.
    pub(crate) fn entry(&self, url: &Url) -> Option<Entry> {
        let entry: Entry = serde_json::from_slice(&fs::read(self.file("json")).ok()?).ok()?;
        let length = fs::metadata(self.body()).ok()?.len();
        (entry.url == url.as_str() && entry.bytes == length).then_some(entry)
    }

    pub(crate) fn keep_entry(&self, entry: &Entry) -> io::Result<()> {
        let text = serde_json::to_vec(entry)?;
        let aside = self.file("json.partial");
        fs::write(&aside, text)?;
        fs::rename(aside, self.file("json"))
    }

    /// What half a file begins with, and how long it is; one that nothing is known of is of no use.
    pub(crate) fn half(&self) -> Option<(Part, u64)> {
        let part: Part = serde_json::from_slice(&fs::read(self.file("part.json")).ok()?).ok()?;
        let length = fs::metadata(self.part()).ok()?.len();
        (length > 0 && part.validators.for_range().is_some()).then_some((part, length))
    }

    pub(crate) fn keep_half(&self, part: &Part) -> io::Result<()> {
        fs::write(self.file("part.json"), serde_json::to_vec(part)?)
    }

    /// Forgets half a file.
    pub(crate) fn drop_half(&self) {
        for ending in ["part", "part.json"] {
            // It may not be there; what matters is that it is not afterwards, and a new one truncates it.
            let _ = fs::remove_file(self.file(ending));
        }
    }

    /// Forgets a whole file.
    pub(crate) fn drop_whole(&self) {
        for ending in ["json", "body"] {
            let _ = fs::remove_file(self.file(ending));
        }
    }

    /// A half that became whole takes the place of what was there: the file first, then what is said of it. In
    /// between, the old entry does not fit the new file's length or the next request finds it changed.
    pub(crate) fn complete(&self, entry: &Entry) -> io::Result<()> {
        let _ = fs::remove_file(self.file("json"));
        fs::rename(self.part(), self.body())?;
        let _ = fs::remove_file(self.file("part.json"));
        self.keep_entry(entry)
    }
}
