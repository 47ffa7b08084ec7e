//! The way through a capture: where its frames lie, and at which of them windows end and clocks tick. That
//! depends on all frames before; what is in them does not, and is left to lanes.
//!
//! One lane alone takes frames as they come. For several, a block of them is read at once, and listed by lane.

use crate::aggregate::{Windows, place};
use crate::capture::{Capture, Frame, link_name};
use crate::lane::Taken;
use cordon_model::Timestamp;
use cordon_model::observe::{Damage, InputReport};
use cordon_observe::{Clock, LinkType, shard};
use std::cmp::Ordering;

/// Frames a block usually holds at most: a quarter of a megabyte of the shortest that Ethernet has.
const FRAMES_USUAL: usize = 4_096;

/// A block is filled by so many reads …
const READS: u64 = 8;
/// … each of so many bytes beyond what is needed …
const READ_BYTES: usize = 32 * 1024;
/// … but the last.
const LAST_READ_BYTES: usize = 4 * 1024;

/// What goes on from one input to the next.
#[derive(Clone, Copy)]
pub(crate) struct Course {
    clock: Clock,
    windows: Windows,
    /// Frames so far.
    frames: u64,
    /// Time of the latest frame that had one.
    latest: Timestamp,
}

/// The way through one capture.
pub(crate) struct Walk {
    capture: Capture,
    input: u32,
    course: Course,
    bytes: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    ended: Option<Result<(), Damage>>,
}

/// Something all lanes do before one frame, whosever it is.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    /// The frame's number in its block.
    pub(crate) before: u32,
    pub(crate) what: What,
}

#[derive(Clone, Copy)]
pub(crate) enum What {
    /// The window ends.
    WindowEnds,
    /// The clock ticks at the frame's time. Where it goes back for that, what it had come to stands beside.
    Ticks(Timestamp, Option<Timestamp>),
}

/// A frame of a lane.
#[derive(Clone, Copy)]
struct Found {
    at: Timestamp,
    place: u64,
    /// Its number in the block.
    number: u32,
    wire_len: u32,
    /// Where it lies in the block.
    from: u32,
    to: u32,
    link: LinkType,
}

/// Frames that follow each other, by lane.
#[derive(Default)]
pub(crate) struct Block {
    /// What was read, frames and all.
    bytes: Vec<u8>,
    lanes: Vec<Vec<Found>>,
    marks: Vec<Mark>,
    /// Frames in all blocks before.
    before: u64,
    count: u32,
}

impl Course {
    pub(crate) fn new(windows: Windows) -> Course {
        Course { clock: Clock::default(), windows, frames: 0, latest: Timestamp::default() }
    }

    /// Goes on by a frame; answers what all lanes do at it.
    #[inline]
    fn step(&mut self, at: Timestamp) -> [Option<What>; 2] {
        let ends = self.windows.is_over(at);
        if ends {
            self.windows.end();
        }
        self.windows.pass(at);
        let had_come_to = self.clock.latest();
        let step = self.clock.step(at);
        self.frames += 1;
        let ticks = What::Ticks(at, step.went_back.then_some(had_come_to));
        [ends.then_some(What::WindowEnds), step.ticks.then_some(ticks)]
    }
}

impl Walk {
    pub(crate) fn new(capture: Capture, input: u32, course: Course) -> Walk {
        Walk { capture, input, course, bytes: 0, first: None, last: None, ended: None }
    }

    /// Goes on by one frame and shows it, with what is to be done before it; answers false at the end.
    pub(crate) fn step(&mut self, see: &mut impl FnMut(&Taken<'_>, [Option<What>; 2])) -> bool {
        self.step_placed(&mut |_, frame, marks| see(frame, marks))
    }

    /// The same, with where the frame lies in the buffer.
    fn step_placed(&mut self, see: &mut impl FnMut(usize, &Taken<'_>, [Option<What>; 2])) -> bool {
        let (from, frame) = match self.capture.next_placed() {
            Ok(Some(placed)) => placed,
            end => {
                self.ended = Some(end.map(|_| ()));
                return false;
            }
        };
        let Frame { at: stamped, link: kind, wire_len, bytes, .. } = frame;
        let at = stamped.unwrap_or(self.course.latest);
        let link = LinkType::from_linktype(kind);
        self.bytes += bytes.len() as u64;
        if let Some(link) = link {
            let place = place(self.input, frame.number);
            let marks = self.course.step(at);
            see(from, &Taken { link, at, place, wire_len, bytes }, marks);
        }
        if link.is_none() {
            self.capture.skipped().count(|| link_name(kind));
        }
        if stamped.is_none() {
            self.capture.skipped().count(|| "times missing, that of the frame before taken".to_owned());
            return true;
        }
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
        self.course.latest = at;
        true
    }

    /// Goes on by a block of frames and finds out which lane each is for; answers false when it is the last. The
    /// block takes along the buffer that they were read into.
    pub(crate) fn fill(&mut self, block: &mut Block, lanes: u32) -> bool {
        block.clear(lanes, self.course.frames);
        let mut bytes = std::mem::take(&mut block.bytes);
        self.capture.go_on_in(&mut bytes, true);
        self.capture.read_ahead(READ_BYTES);
        let until = self.capture.fills() + READS;
        while self.step_placed(&mut |from, frame, marks| block.add(from, frame, marks, lanes)) {
            match self.capture.fills().cmp(&until) {
                Ordering::Less if self.capture.has_room() => {}
                // Whoever goes on next shall find little of it in this buffer.
                Ordering::Equal if self.capture.has_room() => self.capture.read_ahead(LAST_READ_BYTES),
                _ => break,
            }
        }
        self.capture.go_on_in(&mut bytes, false);
        block.bytes = bytes;
        self.ended.is_none()
    }

    /// How often the buffer was filled.
    pub(crate) fn fills(&self) -> u64 {
        self.capture.fills()
    }

    /// Bytes of the input read so far, how many there are when that is known, and frames.
    pub(crate) fn progress(&self) -> (u64, Option<u64>, u64) {
        let (read, total) = self.capture.progress();
        (read, total, self.capture.packets())
    }

    /// Ends the way: completes the report, and answers what the next input goes on with.
    pub(crate) fn finish(self, report: &mut InputReport) -> Course {
        report.packets = self.capture.packets();
        report.bytes = self.bytes;
        (report.first, report.last) = (self.first, self.last);
        if let Some(Err(damage)) = self.ended {
            report.damaged.push(damage);
        }
        let (sha256, skipped) = self.capture.finish();
        report.sha256 = sha256;
        report.skipped = skipped.into_counts();
        self.course
    }
}

impl Block {
    fn clear(&mut self, lanes: u32, before: u64) {
        self.lanes.resize_with(lanes as usize, || Vec::with_capacity(FRAMES_USUAL));
        self.lanes.iter_mut().for_each(Vec::clear);
        self.marks.clear();
        (self.before, self.count) = (before, 0);
    }

    /// Lists a frame with its lane's, and what all do before it.
    fn add(&mut self, from: usize, frame: &Taken<'_>, marks: [Option<What>; 2], lanes: u32) {
        let number = self.count;
        self.count += 1;
        self.marks.extend(marks.into_iter().flatten().map(|what| Mark { before: number, what }));
        let Taken { link, at, place, wire_len, bytes } = *frame;
        let Some(lane) = self.lanes.get_mut(shard(link, bytes, lanes) as usize) else { return };
        let (from, to) = (from as u32, (from + bytes.len()) as u32);
        lane.push(Found { at, place, number, wire_len, from, to, link });
    }

    /// A lane's frames with their numbers in the block.
    pub(crate) fn frames(&self, lane: u32) -> impl Iterator<Item = (u32, Taken<'_>)> {
        self.lanes.get(lane as usize).into_iter().flatten().map(|found| {
            let Found { at, place, number, wire_len, from, to, link } = *found;
            let bytes = self.bytes.get(from as usize..to as usize).unwrap_or_default();
            (number, Taken { link, at, place, wire_len, bytes })
        })
    }

    /// What is to be done at its frames, in order.
    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Frames in all blocks before.
    pub(crate) fn before(&self) -> u64 {
        self.before
    }

    /// Frames in all blocks up to this.
    pub(crate) fn after(&self) -> u64 {
        self.before + u64::from(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::Limits;
    use crate::input::Input;
    use proptest::prelude::*;
    use std::io::Cursor;

    /// A frame of so many bytes, or a block of a kind that is passed over.
    #[derive(Clone, Copy, Debug)]
    enum Piece {
        Frame(usize),
        Other(usize),
    }

    fn block(kind: u32, body: &[u8]) -> Vec<u8> {
        let padded = body.len().next_multiple_of(4);
        let length = (padded as u32 + 12).to_le_bytes();
        let mut bytes = [kind.to_le_bytes(), length].concat();
        bytes.extend(body);
        bytes.resize(8 + padded, 0);
        bytes.extend(length);
        bytes
    }

    fn pcapng(pieces: &[Piece]) -> Vec<u8> {
        let section = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
        let mut bytes = block(0x0a0d_0d0a, &section);
        bytes.extend(block(1, &[1, 0, 0, 0, 0, 0, 0, 0]));
        for (number, piece) in pieces.iter().enumerate() {
            match *piece {
                Piece::Frame(length) => {
                    let mut body =
                        [0, 0, number as u32, length as u32, length as u32].map(u32::to_le_bytes).concat();
                    body.extend((0..length).map(|at| (at * 7 + number) as u8));
                    bytes.extend(block(6, &body));
                }
                Piece::Other(length) => bytes.extend(block(0x0999, &vec![0xee; length])),
            }
        }
        bytes
    }

    fn piece() -> impl Strategy<Value = Piece> {
        prop_oneof![
            20 => (1usize..2_000).prop_map(Piece::Frame),
            2 => (1usize..crate::capture::FRAME_BYTES_MAX).prop_map(Piece::Frame),
            1 => (0usize..2_000_000).prop_map(Piece::Other),
        ]
    }

    fn walk(bytes: Vec<u8>) -> Walk {
        let input = Input::from_reader("x.pcapng", Box::new(Cursor::new(bytes)), None, false);
        Walk::new(Capture::new(input), 0, Course::new(Windows::new(&Limits::default())))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn blocks_hold_the_frames_that_were_read(pieces in proptest::collection::vec(piece(), 0..120)) {
            let bytes = pcapng(&pieces);
            let mut expected = Vec::new();
            let mut one_by_one = walk(bytes.clone());
            while one_by_one.step(&mut |frame, _| expected.push((frame.place, frame.bytes.to_vec()))) {}
            let (mut found, mut in_blocks, mut block) = (Vec::new(), walk(bytes), Block::default());
            loop {
                let goes_on = in_blocks.fill(&mut block, 3);
                let own = (0..3).flat_map(|lane| block.frames(lane));
                found.extend(own.map(|(_, frame)| (frame.place, frame.bytes.to_vec())));
                if !goes_on {
                    break;
                }
            }
            found.sort();
            let frames = pieces.iter().filter(|piece| matches!(piece, Piece::Frame(_))).count();
            prop_assert_eq!(expected.len(), frames);
            prop_assert!(found == expected, "{} of {} frames", found.len(), expected.len());
        }
    }
}
