//! Streams of messages that each tell their own length first, as most protocols of an enterprise are: what is
//! the same in all of them. A protocol says how long a message is and how much of it is worth looking at; the
//! rest of it is counted down, never held.

use super::super::{Facts, Probe, Side, Starts, Step, StreamDissector};

/// How far the message at the front of some bytes reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// More bytes would tell.
    More,
    /// So many bytes, of which the first `look` are read, never more than [`Messages::LOOK_MAX`].
    Message { total: u64, look: usize },
    /// No message begins so.
    Wrong,
}

/// What follows after a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Further messages.
    On,
    /// Nothing that tells more: neither side is read any more.
    Over,
}

/// A protocol of messages that tell their length first. The state of a conversation is its value.
pub trait Messages: Default {
    /// See [`StreamDissector::STARTS`].
    const STARTS: Starts;
    /// Bytes of a message that are looked at, at most.
    const LOOK_MAX: usize;
    /// After a loss or nonsense, the beginning of a message can be told from anything else
    /// ([`Messages::begins`]); otherwise the conversation is read no further.
    const SEEKS: bool;

    /// See [`StreamDissector::probe`].
    fn probe(head: &[u8], port: u16) -> Probe;

    /// How far the message at the front reaches; answers anything but `More` within its first 32 bytes.
    fn extent(&self, side: Side, bytes: &[u8]) -> Extent;

    /// Reads a message, of which `bytes` holds what [`Messages::extent`] asked for.
    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next;

    /// Whether a message certainly begins here; asked after a loss.
    fn begins(&self, _side: Side, _bytes: &[u8]) -> Extent {
        Extent::Wrong
    }

    /// No message begins where one should. Answers `true` where that is no contradiction: what follows is
    /// encrypted or of another protocol, and the conversation is over for this one.
    fn ends(&mut self, _side: Side, _facts: &mut dyn Facts) -> bool {
        false
    }
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    /// Bytes of the current message still to pass over.
    skip: u64,
    /// Looking for the beginning of a message.
    lost: bool,
}

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Framed<M> {
    client: Half,
    server: Half,
    over: bool,
    messages: M,
}

impl<M: Messages> StreamDissector for Framed<M> {
    const STARTS: Starts = M::STARTS;
    // Less is held back of a message; the room is for segments that come out of order.
    const HELD_BYTES_MAX: usize = if M::LOOK_MAX > 4096 { M::LOOK_MAX } else { 4096 };

    fn probe(head: &[u8], port: u16) -> Probe {
        M::probe(head, port)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        while !self.over && !rest.is_empty() {
            let count = self.advance(side, rest, facts);
            if count == 0 {
                break;
            }
            rest = rest.get(count..).unwrap_or_default();
        }
        if self.over { Step::Done } else { Step::Took(bytes.len() - rest.len()) }
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = self.half(side);
        if half.skip >= missing {
            // It was lost out of what is passed over anyway.
            half.skip -= missing;
        } else {
            (half.skip, half.lost) = (0, true);
            self.over |= !M::SEEKS;
        }
        if self.over { Step::Done } else { Step::Took(0) }
    }
}

impl<M: Messages> Framed<M> {
    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Takes bytes from the front; 0 when more are needed or nothing more is read.
    fn advance(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> usize {
        let half = self.half(side);
        if half.skip > 0 {
            let count = usize::try_from(half.skip).unwrap_or(usize::MAX).min(bytes.len());
            half.skip -= count as u64;
            return count;
        }
        if half.lost {
            let count = self.seek(side, bytes);
            if count > 0 || self.half(side).lost {
                return count;
            }
        }
        match self.messages.extent(side, bytes) {
            Extent::More => 0,
            Extent::Wrong => {
                if self.messages.ends(side, facts) {
                    self.over = true;
                } else {
                    facts.malformed();
                    self.half(side).lost = true;
                    self.over |= !M::SEEKS;
                }
                usize::from(!self.over)
            }
            Extent::Message { total, look } => {
                let look = usize::try_from(total).unwrap_or(usize::MAX).min(look).min(M::LOOK_MAX);
                let Some(message) = bytes.get(..look) else { return 0 };
                self.half(side).skip = total.saturating_sub(look as u64);
                self.over |= self.messages.message(side, message, facts) == Next::Over;
                look
            }
        }
    }

    /// Passes over what is no message. Where one may begin at the end of what is there, that is left.
    fn seek(&mut self, side: Side, bytes: &[u8]) -> usize {
        for at in 0..bytes.len() {
            match self.messages.begins(side, bytes.get(at..).unwrap_or_default()) {
                Extent::Wrong => {}
                Extent::More => return at,
                Extent::Message { .. } => {
                    self.half(side).lost = false;
                    return at;
                }
            }
        }
        bytes.len()
    }
}
