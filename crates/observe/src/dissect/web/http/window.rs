//! The last sixteen bytes of a text, in which words are found however the stream is cut.

/// The last sixteen bytes, the newest lowest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window(u128);

impl Window {
    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        self.0 = self.0 << 8 | u128::from(byte);
    }

    /// What it is after these bytes, capital letters as small ones.
    pub(super) fn after(mut self, bytes: &[u8]) -> Window {
        if let Some(last) = bytes.last_chunk::<16>() {
            return Window(u128::from_be_bytes(last.map(|byte| byte.to_ascii_lowercase())));
        }
        bytes.iter().for_each(|byte| self.push(byte.to_ascii_lowercase()));
        self
    }

    /// The last two bytes.
    #[inline]
    pub(super) fn last(&self) -> [u8; 2] {
        (self.0 as u16).to_be_bytes()
    }

    #[inline]
    pub(super) fn ends_with(&self, text: &Text) -> bool {
        self.0 & text.mask == text.value
    }

    /// True when the byte before the newest ends this word.
    pub(super) fn ends_word(&self, text: &Text) -> bool {
        let is_border = |bytes: u32| {
            let byte = self.0.checked_shr(8 * bytes).unwrap_or_default() as u8;
            !byte.is_ascii_alphanumeric()
        };
        (self.0 >> 8) & text.mask == text.value && is_border(0) && is_border(text.length + 1)
    }
}

/// A text of at most fourteen bytes as it stands in a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    value: u128,
    mask: u128,
    length: u32,
}

impl Text {
    pub(super) const fn new(mut text: &[u8]) -> Text {
        assert!(text.len() <= 14, "borders must fit beside it");
        let length = text.len() as u32;
        let (mut value, mut mask) = (0, 0);
        while let [byte, rest @ ..] = text {
            value = value << 8 | *byte as u128;
            mask = mask << 8 | 0xff;
            text = rest;
        }
        Text { value, mask, length }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> {
        self.value.to_be_bytes().into_iter().skip(16 - self.length as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_between_borders_only() {
        let (text, longest) = (Text::new(b"mrn"), Text::new(b"patientbirthda"));
        let window = |bytes: &[u8]| {
            let mut window = Window::default();
            bytes.iter().for_each(|byte| window.push(*byte));
            window
        };
        for (bytes, ends, word) in [
            (&b"the mrn"[..], true, false),
            (b"the mrn:", false, true),
            (b"mrn ", false, true),
            (b"xmrn ", false, false),
            (b"mrns", false, false),
            (b"0123456789abcdef mrn\n", false, true),
        ] {
            let window = window(bytes);
            assert_eq!(
                (window.ends_with(&text), window.ends_word(&text)),
                (ends, word),
                "{}",
                bytes.escape_ascii()
            );
        }
        assert!(window(b" patientbirthda").ends_with(&longest));
        assert!(window(b" patientbirthda ").ends_word(&longest));
        assert!(!window(b"xpatientbirthda ").ends_word(&longest));
    }
}
