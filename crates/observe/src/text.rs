//! Cleans a value from the network into text fit for a fact, in a buffer on the stack.

use cordon_model::observe::FACT_BYTES_MAX;

/// Where a value is cleaned.
pub(crate) type Buffer = [u8; FACT_BYTES_MAX];

/// Answers `value` as text: invalid UTF-8 becomes U+FFFD, control characters are dropped, the ends are
/// trimmed, and what is too long is cut at a character border.
pub(crate) fn clean<'a>(value: &'a [u8], buffer: &'a mut Buffer) -> &'a str {
    if let Some(text) = plain(value) {
        return text;
    }
    let mut length = 0;
    'all: for chunk in value.utf8_chunks() {
        for character in chunk.valid().chars().filter(|character| !character.is_control()) {
            // Leading blanks must not use up the room of what follows.
            if (length == 0 && character.is_whitespace()) || is_formatting(character) {
                continue;
            }
            if !push(buffer, &mut length, character) {
                break 'all;
            }
        }
        if !chunk.invalid().is_empty() && !push(buffer, &mut length, char::REPLACEMENT_CHARACTER) {
            break;
        }
    }
    let kept = buffer.get(..length).unwrap_or_default();
    std::str::from_utf8(kept).unwrap_or_default().trim()
}

/// Answers a value that is printable ASCII, which is the rule, trimmed; it needs no buffer.
#[inline]
pub(crate) fn plain(value: &[u8]) -> Option<&str> {
    // Without an early end: this compares many bytes at once.
    let printable = value.iter().fold(true, |so_far, byte| so_far & matches!(byte, b' '..=b'~'));
    if value.len() > FACT_BYTES_MAX || !printable {
        return None;
    }
    std::str::from_utf8(value.trim_ascii()).ok()
}

/// Invisible characters that reorder or hide text; in a report they would let a name pretend to be another.
fn is_formatting(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn push(buffer: &mut Buffer, length: &mut usize, character: char) -> bool {
    match buffer.get_mut(*length..*length + character.len_utf8()) {
        Some(room) => {
            *length += character.encode_utf8(room).len();
            true
        }
        None => false,
    }
}

/// Words put together on the stack, cut where a fact would be cut.
pub(crate) struct Line {
    bytes: Buffer,
    length: usize,
}

impl Default for Line {
    fn default() -> Self {
        Line { bytes: [0; FACT_BYTES_MAX], length: 0 }
    }
}

impl Line {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(self.bytes.get(..self.length).unwrap_or_default()).unwrap_or_default()
    }
}

impl std::fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for character in text.chars() {
            if !push(&mut self.bytes, &mut self.length, character) {
                return Err(std::fmt::Error);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cleaned(value: &[u8]) -> String {
        clean(value, &mut [0; FACT_BYTES_MAX]).to_owned()
    }

    #[test]
    fn what_is_fine_stays() {
        assert_eq!(cleaned(b" MRI-3 "), "MRI-3");
        assert_eq!(cleaned("Röntgen".as_bytes()), "Röntgen");
        assert_eq!(cleaned(b""), "");
    }

    #[test]
    fn what_is_not_is_made_so() {
        assert_eq!(cleaned(b"a\xffb\x00c\n"), "a\u{fffd}bc");
        assert_eq!(cleaned("\u{202e}txt".as_bytes()), "txt");
        assert_eq!(cleaned(&[b'x'; 300]).len(), FACT_BYTES_MAX);
        let umlauts = "ü".repeat(200);
        assert_eq!(cleaned(format!("x{umlauts}").as_bytes()).len(), 255);
        assert_eq!(cleaned(&[b' '; 400]), "");
    }

    proptest! {
        #[test]
        fn any_value_gives_clean_text(value in proptest::collection::vec(any::<u8>(), 0..600)) {
            let text = cleaned(&value);
            prop_assert!(text.len() <= FACT_BYTES_MAX);
            prop_assert!(!text.chars().any(char::is_control));
            prop_assert_eq!(text.trim(), &text);
            prop_assert_eq!(cleaned(text.as_bytes()), text);
        }
    }
}
