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
}

impl<'a> File<'a> {
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

    /// A mistake at a byte offset of the file.
    pub(crate) fn error(&self, offset: usize, reason: impl Into<String>) -> KnowledgeError {
        let before = self.text.get(..offset).unwrap_or(self.text);
        KnowledgeError {
            file: self.name.to_owned(),
            line: 1 + before.bytes().filter(|byte| *byte == b'\n').count(),
            reason: reason.into(),
        }
    }
}

/// A mistake in a file of reference data.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        let file = File { name: "x/y.toml", text: "# words\n\nnumber = \"seven\"\n" };
        let error = file.read::<Wanted>().unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("x/y.toml", 3));
        assert!(error.to_string().starts_with("x/y.toml:3: "), "{error}");
    }

    #[test]
    fn concerns_go_by_the_start_of_the_name() {
        for name in ["fingerprints/dhcp.toml", "fingerprints.toml", "fingerprints-ward3.toml"] {
            assert_eq!(File { name, text: "" }.concern(), "fingerprints");
        }
    }

    #[test]
    fn the_version_follows_every_byte() {
        let one = version(&[File { name: "a", text: "b" }]);
        assert_ne!(one, version(&[File { name: "ab", text: "" }]));
        assert_eq!(one, version(&[File { name: "a", text: "b" }]));
        assert_eq!(one.len(), 16);
    }
}
