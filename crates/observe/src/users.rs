//! Names of people's accounts leave observation only as what a site allows: by default as a keyed hash, so that
//! two log-ins can be seen to be of one account without telling whose.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Bytes of the hash that are told: 64 bits keep accounts of any site apart.
const TOLD_BYTES: usize = 8;
/// Bytes of a name that count; Windows allows 256 characters, RFC 2865 253.
const NAME_BYTES_MAX: usize = 256;

/// What becomes of account names that protocols carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UserNames {
    /// They are not told at all.
    #[default]
    Withheld,
    /// A keyed hash is told (HMAC, RFC 2104, with SHA-256, of which the first 64 bits in hexadecimal digits);
    /// who does not hold the key cannot try names.
    Hashed([u8; 32]),
    /// The site asked for the names themselves.
    Plain,
}

/// What is told of an account name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User<'a> {
    /// A hash, in hexadecimal digits.
    Hash([u8; 2 * TOLD_BYTES]),
    /// The name.
    Name(&'a [u8]),
}

impl UserNames {
    /// What may be told of this name. Case makes no difference: accounts of Windows have none, and the same
    /// person is meant elsewhere.
    pub(crate) fn told<'a>(&self, name: &'a [u8]) -> Option<User<'a>> {
        let name = name.trim_ascii();
        if name.is_empty() {
            return None;
        }
        match self {
            UserNames::Withheld => None,
            UserNames::Plain => Some(User::Name(name)),
            UserNames::Hashed(key) => Some(User::Hash(hash(key, name))),
        }
    }
}

fn hash(key: &[u8; 32], name: &[u8]) -> [u8; 2 * TOLD_BYTES] {
    let mut lower = [0; NAME_BYTES_MAX];
    let mut length = 0;
    for (to, from) in lower.iter_mut().zip(name) {
        *to = from.to_ascii_lowercase();
        length += 1;
    }
    let mut digits = [0; 2 * TOLD_BYTES];
    // A key of any length is taken (RFC 2104), so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return digits };
    mac.update(lower.get(..length).unwrap_or_default());
    for (pair, byte) in digits.chunks_exact_mut(2).zip(mac.finalize().into_bytes()) {
        for (digit, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = if half < 10 { b'0' + half } else { b'a' + half - 10 };
        }
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_follows_rfc_4231() {
        // Test case 3 of RFC 4231 has a key of 20 bytes 0xaa; a key padded with zeros is the same key.
        let mut key = [0; 32];
        key[..20].fill(0xaa);
        assert_eq!(&hash(&key, &[0xdd; 50]), b"773ea91e36800e46");
    }

    #[test]
    fn one_account_has_one_hash_and_others_have_others() {
        let names = UserNames::Hashed([7; 32]);
        assert_eq!(names.told(b"Anna.Muster"), names.told(b" anna.muster "));
        assert_ne!(names.told(b"anna.muster"), names.told(b"anna.master"));
        assert_ne!(names.told(b"anna.muster"), UserNames::Hashed([8; 32]).told(b"anna.muster"));
    }

    #[test]
    fn names_themselves_are_told_only_where_the_site_asked() {
        assert_eq!(UserNames::default().told(b"anna"), None);
        assert_eq!(UserNames::Plain.told(b"anna"), Some(User::Name(b"anna")));
        assert_eq!(UserNames::Plain.told(b"  "), None);
    }
}
