//! One file of reference data: reading it into typed values, and saying where a mistake in it stands.

use serde::de::DeserializeOwned;
use std::fmt;

/// A file of reference data as read: its name relative to the knowledge folder, and its text.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Name relative to the knowledge folder, with `/`, such as `fingerprints/dhcp.toml`.
    pub name: &'a str,
    /// The whole text, TOML.
    pub text: &'a str,
    /// True for a file of a site's own folder: what it says stands over what comes with Cordon.
    pub own: bool,
}

/// Where an entry stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the knowledge folder.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// True when it stands in a site's own folder.
    pub own: bool,
}

impl Place {
    /// A mistake in the entry that stands here.
    pub(crate) fn error(&self, reason: impl Into<String>) -> KnowledgeError {
        KnowledgeError { file: self.file.clone(), line: self.line, reason: reason.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl<'a> File<'a> {
    /// A file that comes with Cordon.
    pub const fn builtin(name: &'a str, text: &'a str) -> File<'a> {
        File { name, text, own: false }
    }

    /// A file of a site's own folder.
    pub const fn own(name: &'a str, text: &'a str) -> File<'a> {
        File { name, text, own: true }
    }

    /// The concern the file is about: its name up to the first `/`, `.` or `-`, so that
    /// `fingerprints/dhcp.toml`, `fingerprints.toml` and `fingerprints-ward3.toml` are one concern.
    pub fn concern(&self) -> &'a str {
        self.name.split(['/', '.', '-']).next().unwrap_or(self.name)
    }

    /// Reads the file's TOML into `T`.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, KnowledgeError> {
        toml::from_str(self.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            self.error(offset, error.message().to_owned())
        })
    }

    /// The place at a byte offset of the file.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
        Place { file: self.name.to_owned(), line, own: self.own }
    }

    /// A mistake at a byte offset of the file.
    pub(crate) fn error(&self, offset: usize, reason: impl Into<String>) -> KnowledgeError {
        self.place(offset).error(reason)
    }
}

/// A mistake in a file of reference data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnowledgeError {
    /// The file, relative to the knowledge folder.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there, in words.
    pub reason: String,
}

impl fmt::Display for KnowledgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason.trim_end())
    }
}

impl std::error::Error for KnowledgeError {}

/// 64-bit FNV-1a over names and texts (draft-eastlake-fnv): tells versions of the knowledge apart; it
/// guards against nothing.
pub(crate) fn version(files: &[File<'_>]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut take = |bytes: &[u8]| {
        for byte in bytes.iter().chain(&[0]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for file in files {
        take(file.name.as_bytes());
        take(file.text.as_bytes());
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_named_with_its_line() {
        #[derive(Debug, serde::Deserialize)]
        struct Wanted {
            #[expect(dead_code, reason = "only its type matters here")]
            number: u32,
        }
        let file = File::builtin("x/y.toml", "# words\n\nnumber = \"seven\"\n");
        let error = file.read::<Wanted>().unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("x/y.toml", 3));
        assert!(error.to_string().starts_with("x/y.toml:3: "), "{error}");
    }

    #[test]
    fn concerns_go_by_the_start_of_the_name() {
        for name in ["fingerprints/dhcp.toml", "fingerprints.toml", "fingerprints-ward3.toml"] {
            assert_eq!(File::builtin(name, "").concern(), "fingerprints");
        }
    }

    #[test]
    fn the_version_follows_every_byte() {
        let one = version(&[File::builtin("a", "b")]);
        assert_ne!(one, version(&[File::builtin("ab", "")]));
        assert_eq!(one, version(&[File::builtin("a", "b")]));
        assert_eq!(one.len(), 16);
    }
}
