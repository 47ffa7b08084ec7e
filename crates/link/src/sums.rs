//! Files beside a document that hold its hash, as CSAF 2.0 (7.1.18) and `sha256sum` write them.

use sha2::{Digest as _, Sha256, Sha512};
use std::fmt::Write as _;

/// A published hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sum {
    /// 64 hexadecimal digits.
    Sha256(String),
    /// 128 hexadecimal digits.
    Sha512(String),
}

/// The hash in the text of such a file: its first word, in hexadecimal; `None` when it is none.
pub fn parse(text: &[u8]) -> Option<Sum> {
    let text = std::str::from_utf8(text.get(..text.len().min(4096))?).ok()?;
    let word = text.trim_start_matches('\u{feff}').split_ascii_whitespace().next()?.trim_start_matches('\\');
    if !word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    match word.len() {
        64 => Some(Sum::Sha256(word.to_ascii_lowercase())),
        128 => Some(Sum::Sha512(word.to_ascii_lowercase())),
        _ => None,
    }
}

impl Sum {
    /// Whether `bytes` have this hash.
    pub fn fits(&self, bytes: &[u8]) -> bool {
        match self {
            Sum::Sha256(wanted) => *wanted == hex(&Sha256::digest(bytes)),
            Sum::Sha512(wanted) => *wanted == hex(&Sha512::digest(bytes)),
        }
    }

    /// The name of the algorithm.
    pub fn name(&self) -> &'static str {
        match self {
            Sum::Sha256(_) => "SHA-256",
            Sum::Sha512(_) => "SHA-512",
        }
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_the_hash_and_must_fit() {
        let text = format!("{}  some.json\n", hex(&Sha256::digest(b"abc")).to_uppercase());
        let sum = parse(text.as_bytes()).unwrap();
        assert!(sum.fits(b"abc") && !sum.fits(b"abd"));
        let long = parse(hex(&Sha512::digest(b"abc")).as_bytes()).unwrap();
        assert!(long.fits(b"abc") && !long.fits(b""));
        for text in ["", "<html>", "abc", "zz", "é"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
