//! What becomes of the names of people's accounts, and the key under which they are hashed.

use cordon_sensor::UserNames;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Bytes of an input's beginning that its key is made of.
const BEGINNING_BYTES: u64 = 64 << 10;

/// What a site says of the names of people's accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Hashes that can be compared within one set of inputs only.
    #[default]
    PerInput,
    /// Hashes under the site's own key, which can be compared over time.
    Keyed(String),
    /// The names themselves.
    Plain,
}

impl Wish {
    /// What observation is to do. Without a key of the site one is made of the first input's beginning: who has
    /// that, has the names anyway, and nobody else can try names. Without either nothing is told.
    pub(crate) fn user_names(&self, inputs: &[PathBuf]) -> UserNames {
        match self {
            Wish::Plain => UserNames::Plain,
            Wish::Keyed(key) => UserNames::Hashed(derive(b"site", key.as_bytes())),
            Wish::PerInput => inputs
                .iter()
                .find_map(|path| beginning(path))
                .map_or(UserNames::Withheld, |bytes| UserNames::Hashed(derive(b"input", &bytes))),
        }
    }
}

/// The beginning of a file; nothing for what cannot be read twice, such as standard input.
fn beginning(path: &Path) -> Option<Vec<u8>> {
    // A pipe is not even opened: that would take it away from who reads it afterwards.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(BEGINNING_BYTES).read_to_end(&mut bytes).ok()?;
    (!bytes.is_empty()).then_some(bytes)
}

fn derive(kind: &[u8], secret: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"cordon account names ");
    hash.update(kind);
    hash.update([0]);
    hash.update(secret);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_sites_or_of_the_first_input_that_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&a, "frames").unwrap();
        std::fs::write(&b, "other frames").unwrap();
        let of = |wish: &Wish, paths: &[&PathBuf]| {
            wish.user_names(&paths.iter().map(|path| (*path).clone()).collect::<Vec<_>>())
        };
        let none = folder.path().join("none");
        assert_eq!(of(&Wish::PerInput, &[&none, &a]), of(&Wish::PerInput, &[&a, &b]));
        assert_ne!(of(&Wish::PerInput, &[&a]), of(&Wish::PerInput, &[&b]));
        assert_eq!(of(&Wish::PerInput, &[&none]), UserNames::Withheld);
        let site = Wish::Keyed("a sentence of the site's own".to_owned());
        assert_eq!(of(&site, &[&a]), of(&site, &[&b]));
        assert_ne!(of(&site, &[&a]), of(&Wish::PerInput, &[&a]));
    }
}
