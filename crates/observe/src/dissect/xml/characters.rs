//! Single characters of XML, and what texts give away by them.

/// True for a text that holds the end of a tag whose beginning was damaged: what surrounds it is anything. Writers
/// escape it in texts that are to hold it.
pub fn is_spoilt(text: &[u8]) -> bool {
    memchr::memchr(b'>', text).is_some()
}

/// Letters, underscore, colon, and whatever is not ASCII.
pub(super) fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b':' || byte >= 0x80
}

/// What a reference stands for, by its content.
pub(super) fn character(reference: &[u8]) -> Option<char> {
    match reference {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    let text = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(text, radix).ok().and_then(char::from_u32)
}
