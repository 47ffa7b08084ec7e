//! Streams of messages that tell their own length: what is too long is passed over, and after a loss the next
//! message is looked for byte by byte.

use super::Facts;

/// How a protocol's messages begin.
pub(super) struct Framing {
    /// Bytes that are enough to know the length.
    pub(super) head: usize,
    /// So much of a message is read; the rest is passed over.
    pub(super) read_max: usize,
    /// The length of the message that begins with these bytes, the head included; `None` when none does.
    pub(super) length: fn(&[u8]) -> Option<usize>,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frames {
    /// So many bytes of a message are still to be passed over.
    skip: u64,
    /// The next message is looked for.
    lost: bool,
}

impl Frames {
    /// Gives every message to `read`, from its first byte and as far as it is read; answers how many bytes were
    /// taken.
    pub(super) fn read(
        &mut self,
        framing: &Framing,
        bytes: &[u8],
        facts: &mut dyn Facts,
        mut read: impl FnMut(&[u8], &mut dyn Facts),
    ) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.skip > 0 {
                let count = usize::try_from(self.skip).unwrap_or(usize::MAX).min(rest.len());
                self.skip -= count as u64;
                rest = rest.get(count..).unwrap_or_default();
                continue;
            }
            let Some(head) = rest.get(..framing.head) else { break };
            let Some(length) = (framing.length)(head).filter(|length| *length >= framing.head) else {
                if !self.lost {
                    facts.malformed();
                }
                self.lost = true;
                rest = rest.get(1..).unwrap_or_default();
                continue;
            };
            let Some((message, after)) = rest.split_at_checked(length.min(framing.read_max)) else { break };
            self.lost = false;
            self.skip = (length - message.len()) as u64;
            read(message, facts);
            rest = after;
        }
        bytes.len() - rest.len()
    }

    /// So many bytes are missing; a loss within what is passed over anyway loses nothing.
    pub(super) fn gap(&mut self, missing: u64) {
        match self.skip.checked_sub(missing) {
            Some(skip) => self.skip = skip,
            None => *self = Frames { skip: 0, lost: true },
        }
    }
}
