//! One side of a TCP connection as a stream: puts segments in order and offers the bytes to a reader.
//!
//! In order and fully taken, which is the rule, nothing is copied. What comes early or is not taken waits
//! in pieces; a hole that does not close is passed over and the reader is told.

use crate::counters::{Counter, Counters};
use crate::dissect::Step;
use crate::pieces::{Pieces, Pool};

/// What a reader is given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Offer<'a> {
    /// The next bytes, from the first not yet taken.
    Bytes(&'a [u8]),
    /// This many bytes were lost.
    Gap(u64),
}

/// Pieces one side may hold; more is an attack or a hopeless capture.
const PIECES_MAX: u16 = 512;
/// What an acknowledgement of bytes not seen counts, in packets waited.
const ACKNOWLEDGED_WAIT: u8 = 8;

/// One side of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stream {
    /// Sequence number of the first byte not yet taken.
    base: u32,
    /// Bytes from `base` on that are held without a hole.
    waiting: u32,
    pieces: Pieces,
    started: bool,
    done: bool,
    waited: u8,
}

/// What streams share.
pub(crate) struct Shared<'a> {
    pub(crate) pool: &'a mut Pool,
    /// Where pieces are joined for the reader; holds one side's most and one datagram.
    pub(crate) scratch: &'a mut Vec<u8>,
    pub(crate) counters: &'a mut Counters,
    pub(crate) side_bytes_max: u32,
    pub(crate) hole_packets_max: u8,
}

impl Stream {
    /// Sets where the stream starts, from the handshake.
    pub(crate) fn start(&mut self, sequence: u32) {
        self.base = sequence;
        self.started = true;
    }

    /// True when its reader wants no more.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Bytes held in order but not yet taken.
    pub(crate) fn waiting(&self) -> u32 {
        self.waiting
    }

    /// Ends reading of this side.
    pub(crate) fn close(&mut self, pool: &mut Pool) {
        self.done = true;
        self.waiting = 0;
        self.pieces.clear(pool);
    }

    fn edge(&self) -> u32 {
        self.base.wrapping_add(self.waiting)
    }

    /// True when bytes wait behind others that have not come.
    pub(crate) fn has_hole(&self) -> bool {
        self.pieces.bytes() > self.waiting
    }

    /// Takes a segment: `data` at `sequence`, followed by `missing` bytes that were not captured.
    pub(crate) fn segment(
        &mut self,
        shared: &mut Shared<'_>,
        sequence: u32,
        data: &[u8],
        missing: u32,
        reader: &mut impl FnMut(Offer<'_>) -> Step,
    ) {
        if self.done || (data.is_empty() && missing == 0) {
            return;
        }
        if !self.started {
            self.start(sequence);
        }
        let ahead = sequence.wrapping_sub(self.edge()) as i32;
        if ahead > 0 {
            shared.counters.count(Counter::StreamOutOfOrder);
            self.hold(shared, sequence, data);
            self.wait(shared, 1, reader);
            return;
        }
        let known = ahead.unsigned_abs() as usize;
        if known > 0 {
            shared.counters.count(Counter::StreamRepeated);
        }
        if known >= data.len() + missing as usize {
            return;
        }
        self.waited = 0;
        let lost = missing - (known.saturating_sub(data.len()) as u32).min(missing);
        if let Some(fresh) = data.get(known..).filter(|fresh| !fresh.is_empty()) {
            self.advance(shared, fresh, reader);
        }
        if lost > 0 && !self.done {
            // Nobody will send these again: the capture cut them off.
            self.pass_over(shared, lost, reader);
        }
    }

    /// Learns that the other side has received everything before `acknowledgement`.
    pub(crate) fn acknowledged(
        &mut self,
        shared: &mut Shared<'_>,
        acknowledgement: u32,
        reader: &mut impl FnMut(Offer<'_>) -> Step,
    ) {
        if !self.done && self.has_hole() && (acknowledgement.wrapping_sub(self.edge()) as i32) > 0 {
            self.wait(shared, ACKNOWLEDGED_WAIT, reader);
        }
    }

    /// The conversation is over: offers what still waits behind holes.
    pub(crate) fn finish(&mut self, shared: &mut Shared<'_>, reader: &mut impl FnMut(Offer<'_>) -> Step) {
        while !self.done && self.has_hole() {
            self.skip_hole(shared, reader);
        }
        self.close(shared.pool);
    }

    /// Gives the bytes that wait to a reader that has only now been found.
    pub(crate) fn offer_waiting(
        &mut self,
        shared: &mut Shared<'_>,
        reader: &mut impl FnMut(Offer<'_>) -> Step,
    ) {
        if !self.done && self.waiting > 0 {
            self.deliver_held(shared, reader);
        }
    }

    /// Lets go of what waits without offering it, as of no protocol that is read.
    pub(crate) fn drop_waiting(&mut self, pool: &mut Pool) {
        self.pieces.discard(pool, self.base, self.waiting);
        self.base = self.edge();
        self.waiting = 0;
    }

    /// In-order bytes arrived.
    fn advance(&mut self, shared: &mut Shared<'_>, fresh: &[u8], reader: &mut impl FnMut(Offer<'_>) -> Step) {
        if self.pieces.bytes() > 0 {
            let edge = self.edge();
            self.hold(shared, edge, fresh);
            if !self.done {
                self.deliver_held(shared, reader);
            }
            return;
        }
        let taken = self.deliver(shared.pool, fresh, reader);
        let rest = fresh.get(taken..).unwrap_or_default();
        if !self.done && !rest.is_empty() {
            let base = self.base;
            self.hold(shared, base, rest);
            self.waiting = self.pieces.unbroken(shared.pool, self.base);
            self.check_limit(shared);
        }
    }

    /// Offers bytes until the reader takes no more; answers how many it took.
    fn deliver(
        &mut self,
        pool: &mut Pool,
        bytes: &[u8],
        reader: &mut impl FnMut(Offer<'_>) -> Step,
    ) -> usize {
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            match reader(Offer::Bytes(rest)) {
                Step::Took(0) => break,
                Step::Took(count) => taken += count.min(rest.len()),
                Step::Done => {
                    self.close(pool);
                    break;
                }
            }
        }
        self.base = self.base.wrapping_add(taken as u32);
        taken
    }

    fn deliver_held(&mut self, shared: &mut Shared<'_>, reader: &mut impl FnMut(Offer<'_>) -> Step) {
        let mut joined = std::mem::take(shared.scratch);
        joined.clear();
        self.pieces.gather(shared.pool, self.base, &mut joined);
        let base = self.base;
        let taken = self.deliver(shared.pool, &joined, reader);
        if !self.done {
            self.pieces.discard(shared.pool, base, taken as u32);
            self.waiting = (joined.len() - taken) as u32;
        }
        *shared.scratch = joined;
        self.check_limit(shared);
    }

    fn check_limit(&mut self, shared: &mut Shared<'_>) {
        if self.waiting > shared.side_bytes_max {
            shared.counters.count(Counter::SideBytesLimit);
            self.close(shared.pool);
        }
    }

    fn hold(&mut self, shared: &mut Shared<'_>, sequence: u32, data: &[u8]) {
        let held = self.pieces.insert(shared.pool, self.base, sequence, data);
        if held.overlapping {
            shared.counters.count(Counter::StreamRepeated);
        }
        if held.refused {
            shared.counters.count(Counter::HeldBytesLimit);
            self.close(shared.pool);
        }
    }

    /// Counts how long a hole has been waited for and passes it over in the end.
    fn wait(&mut self, shared: &mut Shared<'_>, packets: u8, reader: &mut impl FnMut(Offer<'_>) -> Step) {
        self.waited = self.waited.saturating_add(packets);
        let full = self.pieces.bytes() > shared.side_bytes_max || self.pieces.count() > PIECES_MAX;
        if !self.done && (full || self.waited >= shared.hole_packets_max) {
            self.skip_hole(shared, reader);
        }
    }

    fn skip_hole(&mut self, shared: &mut Shared<'_>, reader: &mut impl FnMut(Offer<'_>) -> Step) {
        self.drop_waiting(shared.pool);
        if let Some(missing) = self.pieces.first_offset(shared.pool, self.base) {
            self.pass_over(shared, missing, reader);
        }
    }

    /// Goes on `missing` bytes further; what waited before the loss can no longer be completed.
    fn pass_over(
        &mut self,
        shared: &mut Shared<'_>,
        missing: u32,
        reader: &mut impl FnMut(Offer<'_>) -> Step,
    ) {
        shared.counters.count(Counter::StreamGaps);
        self.waited = 0;
        self.drop_waiting(shared.pool);
        self.pieces.discard(shared.pool, self.base, missing);
        self.base = self.base.wrapping_add(missing);
        if reader(Offer::Gap(u64::from(missing))) == Step::Done {
            self.close(shared.pool);
            return;
        }
        self.waiting = self.pieces.unbroken(shared.pool, self.base);
        if self.waiting > 0 {
            self.deliver_held(shared, reader);
        }
    }
}

#[cfg(test)]
#[path = "streams_tests.rs"]
mod tests;
