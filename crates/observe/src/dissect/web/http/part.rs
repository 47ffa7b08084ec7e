//! The first part of a multipart body (RFC 2046 5.1): where its content begins.

use super::window::{Text, Window};

/// Bytes within which the first part's head must end.
const PART_HEAD_BYTES_MAX: u16 = 2 * 1024;

const EMPTY_LINE: Text = Text::new(b"\r\n\r\n");
const EMPTY_LINE_BARE: Text = Text::new(b"\n\n");

/// Passes over what stands before the first part's content; a body of one part has nothing before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartHead {
    window: Window,
    left: u16,
}

impl PartHead {
    /// Before a body that is multipart or not.
    pub(super) fn before(multipart: bool) -> PartHead {
        PartHead { window: Window::default(), left: if multipart { PART_HEAD_BYTES_MAX } else { 0 } }
    }

    /// What of these bytes is the first part's content, its delimiter at the end included.
    pub(super) fn after<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if self.left == 0 {
            return bytes;
        }
        for (at, &byte) in bytes.iter().enumerate() {
            self.window.push(byte);
            self.left -= 1;
            if self.window.ends_with(&EMPTY_LINE) || self.window.ends_with(&EMPTY_LINE_BARE) {
                self.left = 0;
            }
            if self.left == 0 {
                return bytes.get(at + 1..).unwrap_or_default();
            }
        }
        &[]
    }
}
