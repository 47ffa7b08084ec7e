//! Streams of messages that each tell their own length first, as most protocols of an enterprise are: what is
//! the same in all of them. A protocol says how long a message is and how much of it is worth looking at; the
//! rest of it is counted down, never held.

use super::super::tls::Tls;
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

/// What may follow when the messages are over.
pub trait Sequel: Default {
    /// Bytes of it that may have to wait for more.
    const HELD_BYTES_MAX: usize;

    /// Reads on, where one side's bytes begin as this does.
    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step;

    /// So many bytes were lost.
    fn gap(&mut self, side: Side, missing: u64, facts: &mut dyn Facts) -> Step;
}

/// Nothing that is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unread;

impl Sequel for Unread {
    const HELD_BYTES_MAX: usize = 0;

    fn stream(&mut self, _side: Side, _bytes: &[u8], _facts: &mut dyn Facts) -> Step {
        Step::Done
    }

    fn gap(&mut self, _side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        Step::Done
    }
}

/// TLS, which both sides go over to when they agree: then a certificate says who the server is.
#[derive(Clone, Copy, Debug, Default)]
pub struct GoesSecure {
    tls: Tls,
    client: bool,
    server: bool,
}

impl GoesSecure {
    fn begun(&mut self, side: Side) -> &mut bool {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

impl Sequel for GoesSecure {
    const HELD_BYTES_MAX: usize = Tls::HELD_BYTES_MAX;

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        if !*self.begun(side) {
            // The head of a record with a handshake (RFC 8446 5.1).
            match *bytes {
                [] | [22] | [22, 3] => return Step::Took(0),
                [22, 3, 1..=3, ..] => *self.begun(side) = true,
                _ => return Step::Done,
            }
        }
        self.tls.stream(side, bytes, facts)
    }

    fn gap(&mut self, side: Side, missing: u64, facts: &mut dyn Facts) -> Step {
        if *self.begun(side) { self.tls.gap(side, missing, facts) } else { Step::Done }
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
pub struct Framed<M, S = Unread> {
    client: Half,
    server: Half,
    over: bool,
    messages: M,
    sequel: S,
}

impl<M: Messages, S: Sequel> StreamDissector for Framed<M, S> {
    const STARTS: Starts = M::STARTS;
    // Less is held back of a message; the room is for segments that come out of order.
    const HELD_BYTES_MAX: usize = larger(larger(M::LOOK_MAX, 4096), S::HELD_BYTES_MAX);

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
        if self.over {
            // What is left of the last message comes before what follows.
            let half = self.half(side);
            let count = usize::try_from(half.skip).unwrap_or(usize::MAX).min(rest.len());
            half.skip -= count as u64;
            rest = rest.get(count..).unwrap_or_default();
        }
        let taken = bytes.len() - rest.len();
        if !self.over {
            return Step::Took(taken);
        }
        match self.sequel.stream(side, rest, facts) {
            Step::Took(count) => Step::Took(taken + count),
            Step::Done => Step::Done,
        }
    }

    fn gap(&mut self, side: Side, missing: u64, facts: &mut dyn Facts) -> Step {
        if self.over {
            return self.sequel.gap(side, missing, facts);
        }
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

impl<M: Messages, S: Sequel> Framed<M, S> {
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

const fn larger(one: usize, other: usize) -> usize {
    if one > other { one } else { other }
}
