//! The way through a capture: where its frames lie, and at which of them windows end and clocks tick. That
//! depends on all frames before; what is in them does not, and is left to lanes.
//!
//! One lane alone takes blocks as they were read. For several, what is each lane's is put into a parcel.

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

/// Frames of one lane, in order.
pub(crate) struct Frames {
    bytes: Vec<u8>,
    found: Vec<Found>,
}

/// A frame of a lane.
#[derive(Clone, Copy)]
struct Found {
    at: Timestamp,
    place: u64,
    /// Its number in the block.
    number: u32,
    wire_len: u32,
    from: u32,
    to: u32,
    link: LinkType,
}

/// Frames that follow each other, by lane.
#[derive(Default)]
pub(crate) struct Block {
    lanes: Vec<Frames>,
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
        let frame = match self.capture.next() {
            Ok(Some(frame)) => frame,
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
            see(&Taken { link, at, place, wire_len, bytes }, marks);
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
    /// bytes go through `buffer`, a part of the block after the other, so that they stay in the nearest cache of
    /// the processor until they are with those of their lane.
    pub(crate) fn fill(&mut self, block: &mut Block, lanes: u32, buffer: &mut Vec<u8>) -> bool {
        block.clear(lanes, self.course.frames);
        self.capture.go_on_in(buffer);
        self.capture.read_ahead(READ_BYTES);
        let until = self.capture.fills() + READS;
        while self.step(&mut |frame, marks| block.add(frame, marks, lanes)) {
            match self.capture.fills().cmp(&until) {
                Ordering::Less => {}
                // Whoever goes on next shall find little of it in this buffer.
                Ordering::Equal => self.capture.read_ahead(LAST_READ_BYTES),
                Ordering::Greater => break,
            }
        }
        self.capture.go_on_in(buffer);
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
        let empty = || Frames { bytes: Vec::new(), found: Vec::with_capacity(FRAMES_USUAL) };
        self.lanes.resize_with(lanes as usize, empty);
        for lane in &mut self.lanes {
            lane.bytes.clear();
            lane.found.clear();
        }
        self.marks.clear();
        (self.before, self.count) = (before, 0);
    }

    /// Adds a frame to its lane's, and what all do before it.
    fn add(&mut self, frame: &Taken<'_>, marks: [Option<What>; 2], lanes: u32) {
        let number = self.count;
        self.count += 1;
        self.marks.extend(marks.into_iter().flatten().map(|what| Mark { before: number, what }));
        let Taken { link, at, place, wire_len, bytes } = *frame;
        let Some(lane) = self.lanes.get_mut(shard(link, bytes, lanes) as usize) else { return };
        let from = lane.bytes.len() as u32;
        lane.bytes.extend_from_slice(bytes);
        lane.found.push(Found { at, place, number, wire_len, from, to: lane.bytes.len() as u32, link });
    }

    /// A lane's frames with their numbers in the block.
    pub(crate) fn frames(&self, lane: u32) -> impl Iterator<Item = (u32, Taken<'_>)> {
        self.lanes.get(lane as usize).into_iter().flat_map(|own| {
            own.found.iter().map(|found| {
                let Found { at, place, number, wire_len, from, to, link } = *found;
                let bytes = own.bytes.get(from as usize..to as usize).unwrap_or_default();
                (number, Taken { link, at, place, wire_len, bytes })
            })
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
