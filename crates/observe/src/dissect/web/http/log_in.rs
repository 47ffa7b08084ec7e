//! Names and passwords in a request's head (RFC 7617 Basic, RFC 7616 Digest), and what an answer makes of them.

use crate::dissect::{Facts, Side};
use cordon_model::observe::{EventKind, Fact};

/// The longest decoded credentials that are read: a name and a password.
const READ_BYTES_MAX: usize = 192;
/// Names and passwords that makers set and everybody knows.
const FACTORY: [&[u8]; 12] = [
    b"admin:admin",
    b"admin:password",
    b"admin:1234",
    b"admin:12345",
    b"admin:123456",
    b"admin:",
    b"root:root",
    b"root:",
    b"root:pass",
    b"user:user",
    b"service:service",
    b"guest:guest",
];

/// What a request bore to log in with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LogIn {
    /// Nothing, or what one refusal says nothing of: a ticket, a token, a step of NTLM.
    #[default]
    None,
    Basic,
    /// A name and password as they come from the factory.
    Factory,
    Digest,
}

impl LogIn {
    /// Reads the value of an `Authorization` field; of the name only what the site allows is told.
    pub(super) fn read(value: &[u8], facts: &mut dyn Facts) -> LogIn {
        let (scheme, rest) = value.split_at(value.iter().position(|&b| b == b' ').unwrap_or(value.len()));
        if scheme.eq_ignore_ascii_case(b"digest") {
            if let Some(name) = quoted(rest, b"username=\"") {
                facts.user(Side::Client, Fact::HttpUser, name);
            }
            return LogIn::Digest;
        }
        if !scheme.eq_ignore_ascii_case(b"basic") {
            return LogIn::None;
        }
        let mut room = [0; READ_BYTES_MAX];
        let Some(pair) = base64(rest.trim_ascii(), &mut room) else { return LogIn::Basic };
        if let Some(colon) = memchr::memchr(b':', pair) {
            facts.user(Side::Client, Fact::HttpUser, pair.get(..colon).unwrap_or_default());
        }
        if FACTORY.contains(&pair) { LogIn::Factory } else { LogIn::Basic }
    }

    /// Tells what an answer with this status means for the log-in.
    pub(super) fn answered(self, status: u16, facts: &mut dyn Facts) {
        let refused = matches!(status, 401 | 407);
        let detail = match self {
            LogIn::None => return,
            LogIn::Basic | LogIn::Factory if refused => "http: Basic credentials refused",
            // The first challenge of a Digest is answered without credentials; a refused answer is a failure,
            // or a nonce that grew old, which its field `stale` would say: too seldom to keep the answer for.
            LogIn::Digest if refused => "http: Digest credentials refused",
            LogIn::Factory if (200..300).contains(&status) => {
                let detail = "http: Basic credentials as set at the factory";
                return facts.event(Side::Client, EventKind::LogInDefaultCredentials, detail);
            }
            _ => return,
        };
        facts.event(Side::Client, EventKind::LogInFailed, detail);
    }
}

/// The text in quotes after `key`.
fn quoted<'a>(fields: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let at = memchr::memmem::find(fields, key)? + key.len();
    let rest = fields.get(at..)?;
    rest.get(..memchr::memchr(b'"', rest)?)
}

/// Decodes Base64 (RFC 4648 section 4) into `room`; `None` when it is none, or too long.
fn base64<'a>(text: &[u8], room: &'a mut [u8; READ_BYTES_MAX]) -> Option<&'a [u8]> {
    let digits = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    let (mut bits, mut held, mut length) = (0_u32, 0, 0);
    for &digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            let [.., byte] = (bits >> held).to_be_bytes();
            *room.get_mut(length)? = byte;
            length += 1;
        }
    }
    room.get(..length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn base64_is_read_as_rfc_4648_says() {
        let mut room = [0; READ_BYTES_MAX];
        for (text, bytes) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")]
        {
            assert_eq!(base64(text.as_bytes(), &mut room), Some(bytes.as_bytes()));
        }
        assert_eq!(base64(b"Zm9*", &mut room), None);
    }

    proptest! {
        #[test]
        fn any_credentials_are_read_without_harm(text in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut room = [0; READ_BYTES_MAX];
            if let Some(read) = base64(&text, &mut room) {
                prop_assert!(read.len() <= text.len());
            }
        }
    }
}
