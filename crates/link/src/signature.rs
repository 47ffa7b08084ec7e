//! OpenPGP signatures beside documents, checked by GnuPG's `gpgv` where the machine has it.
//!
//! The Rust crates that check OpenPGP bring a hundred others, or a licence that is not ours to pass on; cryptography
//! of our own is out of the question. So the one program that does nothing but check signatures is asked, and where
//! it is missing it is said that signatures were not checked.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Checks signatures against the keys of a provider.
pub struct Checker {
    program: PathBuf,
    ring: PathBuf,
    fingerprints: Vec<String>,
}

/// What a signature is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Made by a key of the provider, for these bytes.
    Good,
    /// Not: the reason in words.
    Bad(String),
}

impl Checker {
    /// A checker with a provider's published keys: their files as published, and the fingerprints that the provider
    /// names. `None` when this machine has no `gpgv`, or no key can be used.
    pub fn new(folder: &Path, keys: &[Vec<u8>], fingerprints: &[String]) -> io::Result<Option<Checker>> {
        let program = PathBuf::from("gpgv");
        let is_there =
            Command::new(&program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !is_there.is_ok_and(|status| status.success()) || fingerprints.is_empty() {
            return Ok(None);
        }
        let ring: Vec<u8> = keys.iter().filter_map(|key| binary(key)).flatten().collect();
        if ring.is_empty() {
            return Ok(None);
        }
        fs::create_dir_all(folder)?;
        let path = folder.join("keys.gpg");
        fs::write(&path, ring)?;
        let fingerprints = fingerprints.iter().map(|text| text.to_ascii_uppercase()).collect();
        Ok(Some(Checker { program, ring: path.canonicalize()?, fingerprints }))
    }

    /// Checks a detached signature.
    pub fn check(&self, document: &Path, signature: &Path) -> io::Result<Verdict> {
        let output = Command::new(&self.program)
            .args(["--status-fd", "1", "--keyring"])
            .arg(&self.ring)
            .arg("--")
            .arg(signature)
            .arg(document)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()?;
        Ok(verdict(&String::from_utf8_lossy(&output.stdout), output.status.success(), &self.fingerprints))
    }
}

/// What gpgv's status lines say (GnuPG, `doc/DETAILS`): good only with a valid signature of a key that is named.
fn verdict(status: &str, is_success: bool, fingerprints: &[String]) -> Verdict {
    let lines = || status.lines().filter_map(|line| line.strip_prefix("[GNUPG:] "));
    let valid = lines().find_map(|line| line.strip_prefix("VALIDSIG "));
    if let (Some(valid), true) = (valid, is_success) {
        // The first field is the key that signed, the last the primary key it belongs to.
        let mut words = valid.split_ascii_whitespace();
        let (signer, primary) = (words.next().unwrap_or_default(), words.next_back().unwrap_or_default());
        if fingerprints.iter().any(|known| known == signer || known == primary) {
            return Verdict::Good;
        }
        return Verdict::Bad(format!("it was made by the key {signer}, which the provider does not name"));
    }
    let said = |name: &str| lines().any(|line| line.starts_with(name));
    let reason = if said("BADSIG") {
        "it does not fit the document"
    } else if said("NO_PUBKEY") {
        "it was made by a key that the provider does not publish"
    } else if said("EXPKEYSIG") || said("KEYEXPIRED") || said("EXPSIG") {
        "it, or the key that made it, has expired"
    } else if said("REVKEYSIG") {
        "the key that made it was revoked"
    } else {
        "it is no signature that can be read"
    };
    Verdict::Bad(reason.to_owned())
}

/// A key as bytes: from its armour (RFC 9580, 6.2) or as it is.
fn binary(key: &[u8]) -> Option<Vec<u8>> {
    if key.first().is_some_and(|byte| byte & 0x80 != 0) {
        return Some(key.to_vec());
    }
    let text = std::str::from_utf8(key).ok()?;
    let mut all = Vec::new();
    for block in text.split("-----BEGIN PGP PUBLIC KEY BLOCK-----").skip(1) {
        let (block, _) = block.split_once("-----END PGP PUBLIC KEY BLOCK-----")?;
        // Headers end with an empty line; the checksum behind begins with `=`.
        let body = block.lines().skip(1).map(str::trim).skip_while(|line| !line.is_empty());
        let base64: String = body.filter(|line| !line.starts_with('=')).collect();
        all.extend(base64_bytes(&base64)?);
    }
    (!all.is_empty()).then_some(all)
}

/// The bytes of a base64 text (RFC 4648, 4).
fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut bits) = (0u32, 0u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_valid_signature_of_a_named_key_is_good() {
        let named = ["AA".repeat(20)];
        let valid = format!(
            "[GNUPG:] NEWSIG\n[GNUPG:] VALIDSIG {} 2026-01-01 1 0 4 0 1 10 00 {}\n",
            "BB".repeat(20),
            named[0]
        );
        assert_eq!(verdict(&valid, true, &named), Verdict::Good);
        assert!(matches!(verdict(&valid, false, &named), Verdict::Bad(_)));
        assert!(matches!(verdict(&valid, true, &["CC".repeat(20)]), Verdict::Bad(_)));
        for status in ["", "[GNUPG:] BADSIG x", "[GNUPG:] NO_PUBKEY x", "VALIDSIG AA"] {
            assert!(matches!(verdict(status, true, &named), Verdict::Bad(_)), "{status}");
        }
    }

    #[test]
    fn armour_is_taken_off() {
        let key = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\nmQENBA==\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";
        assert_eq!(binary(key), Some(vec![0x99, 1, 13, 4]));
        assert_eq!(binary(&[0x99, 1]), Some(vec![0x99, 1]));
        assert_eq!((binary(b"nothing"), binary(b"")), (None, None));
    }
}
