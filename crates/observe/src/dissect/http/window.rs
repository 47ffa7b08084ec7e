//! The last sixteen bytes of a text, in which words are found however the stream is cut.

/// The last sixteen bytes, the newest lowest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window(u128);

impl Window {
    pub(super) fn push(&mut self, byte: u8) {
        self.0 = self.0 << 8 | u128::from(byte);
    }

    pub(super) fn ends_with(&self, text: &[u8]) -> bool {
        debug_assert!(text.len() <= 16);
        text.iter().rev().zip(self.0.to_le_bytes()).all(|(wanted, have)| *wanted == have)
    }

    /// The window as it was this many bytes ago, as far as it is known.
    pub(super) fn before(&self, bytes: u32) -> Window {
        Window(self.0.checked_shr(8 * bytes).unwrap_or_default())
    }

    /// True when the byte before the newest ends this word.
    pub(super) fn ends_word(&self, text: &[u8]) -> bool {
        let bytes = self.0.to_le_bytes();
        let borders = [bytes.first(), bytes.get(text.len() + 1)];
        self.before(1).ends_with(text) && borders.iter().flatten().all(|byte| !byte.is_ascii_alphanumeric())
    }
}
