//! Small things many protocols share: texts of 16-bit characters, account names, numbers at places.

use super::super::{Facts, Side};
use crate::text::Line;
use cordon_model::observe::Fact;
use std::fmt::Write as _;

/// Reads a little-endian 16-bit number.
pub(super) fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<2>()).map(|pair| u16::from_le_bytes(*pair))
}

/// Reads a little-endian 32-bit number.
pub(super) fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).map(|four| u32::from_le_bytes(*four))
}

/// So many bytes from a place, or none at all.
pub(super) fn slice(bytes: &[u8], at: usize, count: usize) -> Option<&[u8]> {
    bytes.get(at..)?.get(..count)
}

/// A text of 16-bit characters (UTF-16, little-endian) as UTF-8; ends at NUL.
pub(super) fn utf16(bytes: &[u8]) -> Line {
    let mut line = Line::default();
    let units =
        bytes.chunks_exact(2).map(|pair| pair.iter().rev().fold(0, |sum, &b| sum << 8 | u16::from(b)));
    for character in char::decode_utf16(units) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        if character == '\0' || line.write_char(character).is_err() {
            break;
        }
    }
    line
}

/// Up to the first NUL.
pub(super) fn before_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Takes a text that ends with NUL from the front; `None` when the end is not there.
pub(super) fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = memchr::memchr(0, bytes)?;
    let text = bytes.get(..end)?;
    *bytes = bytes.get(end + 1..)?;
    Some(text)
}

/// The account in `DOMAIN\account`, `account@domain`, or a distinguished name that begins with it.
pub(super) fn account(name: &[u8]) -> &[u8] {
    let name = match memchr::memrchr(b'\\', name) {
        Some(at) => name.get(at + 1..).unwrap_or_default(),
        None => name,
    };
    let first = name.split(|&byte| byte == b',').next().unwrap_or_default();
    let name = match memchr::memchr(b'=', first) {
        Some(at) => first.get(at + 1..).unwrap_or_default(),
        None => name,
    };
    name.split(|&byte| byte == b'@').next().unwrap_or_default()
}

/// Tells an account's name, unless it is a computer's (which end in `$`): then its name as that of a host.
pub(super) fn tell_account(facts: &mut dyn Facts, about: Side, user: Fact, computer: Fact, name: &[u8]) {
    match account(name).split_last() {
        Some((b'$', host)) => facts.fact(about, computer, host),
        Some(_) => facts.user(about, user, account(name)),
        None => {}
    }
}

/// A GUID as Windows writes it: the first three numbers are little-endian.
pub(super) fn guid(id: &[u8]) -> Line {
    let mut line = Line::default();
    for (at, dash) in
        [(3, ""), (2, ""), (1, ""), (0, "-"), (5, ""), (4, "-"), (7, ""), (6, "-"), (8, ""), (9, "-")]
    {
        let _ = write!(line, "{:02x}{dash}", id.get(at).copied().unwrap_or_default());
    }
    for byte in id.iter().skip(10).take(6) {
        let _ = write!(line, "{byte:02x}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_sixteen_bits_become_utf_8() {
        assert_eq!(utf16(b"R\0\xf6\0\0\0x\0").text(), "R\u{f6}");
        assert_eq!(utf16(&[0x00, 0xd8, b'a', 0, 9]).text(), "\u{fffd}a");
        assert_eq!(utf16(&[b'x'; 2000]).text().len(), 255);
    }

    #[test]
    fn accounts_lose_their_domain() {
        for name in ["anna", "CLINIC\\anna", "anna@clinic.local", "uid=anna,ou=people,dc=clinic", "CN=anna"] {
            assert_eq!(account(name.as_bytes()), b"anna", "{name}");
        }
    }

    #[test]
    fn texts_end_at_nul() {
        let mut rest = &b"ab\0c"[..];
        assert_eq!(take_text(&mut rest), Some(&b"ab"[..]));
        assert_eq!((take_text(&mut rest), rest), (None, &b"c"[..]));
        assert_eq!((u16_le(&[1, 2], 0), u32_le(&[1, 2, 3], 0)), (Some(0x201), None));
    }
}
