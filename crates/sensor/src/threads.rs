//! Several lanes, a thread each, over one stream of frames: nothing is shared but the bytes that are read.
//!
//! The reading thread finds the frames, decodes just enough to know which lane each is for, and hands whole
//! buffers to all lanes over bounded channels. A lane observes its own frames; of the others it learns the
//! times, so that its clock and its windows go as if it saw everything. What the lanes give out is put
//! together by window; which thread was faster never shows.

use crate::aggregate::place;
use crate::capture::Capture;
use crate::lane::{Lane, Taken};
use crate::merge::{Merger, Part};
use crate::observation::{Reading, Settings};
use cordon_model::Timestamp;
use cordon_model::observe::{Batch, Damage, InputReport};
use cordon_observe::{Counters, LinkType, shard};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// Threads there may be.
pub(crate) const THREADS_MAX: u32 = 64;
/// Buffers a lane may lie behind.
const WAITING_MAX: usize = 8;

/// A frame of a buffer.
#[derive(Clone, Copy)]
struct Placed {
    at: Timestamp,
    place: u64,
    wire_len: u32,
    from: u32,
    to: u32,
    lane: u32,
    link: LinkType,
}

/// A buffer and the frames in it.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    frames: Vec<Placed>,
}

#[derive(Clone)]
enum Message {
    Input(Arc<str>),
    Measure(fn() -> u64),
    Chunk(Arc<Chunk>),
    Ended(Arc<InputReport>),
}

/// A lane's number, the frames it has gone through, and what it gives out.
type Told = (usize, u64, Part);

/// The running lanes.
pub(crate) struct Threads {
    to: Vec<SyncSender<Message>>,
    from: Receiver<Told>,
    lanes: Vec<JoinHandle<Counters>>,
    merger: Merger,
    /// Buffers handed over; one that no lane holds any more is used again.
    flying: Vec<Arc<Chunk>>,
}

impl Threads {
    /// Starts a thread for each lane; together they may hold what one engine may.
    pub(crate) fn start(settings: &Settings, count: u32) -> io::Result<Threads> {
        let (part, from) = channel();
        let mut threads = Threads {
            to: Vec::new(),
            from,
            lanes: Vec::new(),
            merger: Merger::new(count as usize),
            flying: Vec::new(),
        };
        for number in 0..count {
            let mut engine = settings.engine.clone();
            for share in [&mut engine.conversations_max, &mut engine.readers_max, &mut engine.fragmented_max]
            {
                *share = share.div_ceil(count);
            }
            engine.held_bytes_max = engine.held_bytes_max.div_ceil(count as usize);
            let mut limits = settings.limits.clone();
            limits.entries_max = limits.entries_max.div_ceil(count as usize);
            let lane = Lane::new(settings.sensor.clone(), engine, limits);
            let (to, messages) = sync_channel(WAITING_MAX);
            let part = part.clone();
            let name = format!("lane {number}");
            let run = move || work(number, lane, &messages, &part);
            threads.lanes.push(std::thread::Builder::new().name(name).spawn(run)?);
            threads.to.push(to);
        }
        Ok(threads)
    }

    fn tell(&self, message: &Message) {
        for to in &self.to {
            // A lane that is gone has panicked; the end of the observation says so.
            let _ = to.send(message.clone());
        }
    }

    /// Measures time with this clock.
    pub(crate) fn measure(&self, clock: fn() -> u64) {
        self.tell(&Message::Measure(clock));
    }

    /// Names the next input.
    pub(crate) fn input(&mut self, path: &str) {
        self.tell(&Message::Input(path.into()));
    }

    /// Takes the report of an input that ended.
    pub(crate) fn ended(&mut self, report: InputReport) {
        self.tell(&Message::Ended(Arc::new(report)));
    }

    /// Hands the frames of a capture to the lanes.
    pub(crate) fn frames(
        &mut self,
        capture: &mut Capture,
        reading: &mut Reading<'_>,
        out: &mut dyn FnMut(Batch),
    ) -> Result<(), Damage> {
        capture.give_buffers_away();
        let lanes = self.to.len() as u32;
        let mut frames = Vec::new();
        loop {
            let placed = capture.place();
            if let Some(bytes) = capture.take_used_up() {
                let used = self.hand_over(Chunk { bytes, frames });
                frames = used.frames;
                capture.give_back(used.bytes);
                reading.progress(capture);
                self.collect(out);
            }
            let placed = match placed {
                Ok(Some(placed)) => placed,
                end => {
                    self.hand_over(Chunk { bytes: capture.take_last(), frames });
                    return end.map(|_| ());
                }
            };
            let at = reading.note(capture, placed.link, placed.at, placed.bytes.len());
            let Some(link) = LinkType::from_linktype(placed.link) else { continue };
            frames.push(Placed {
                at,
                place: place(reading.input, placed.number),
                wire_len: placed.wire_len,
                from: placed.bytes.start as u32,
                to: placed.bytes.end as u32,
                lane: shard(link, capture.placed(&placed), lanes),
                link,
            });
        }
    }

    /// Gives a buffer to all lanes; answers an empty one to fill, used before if there is one.
    fn hand_over(&mut self, chunk: Chunk) -> Chunk {
        let chunk = Arc::new(chunk);
        self.tell(&Message::Chunk(Arc::clone(&chunk)));
        self.flying.push(chunk);
        let free = self.flying.iter().position(|chunk| Arc::strong_count(chunk) == 1);
        let used = free.and_then(|at| Arc::try_unwrap(self.flying.swap_remove(at)).ok());
        let mut used = used.unwrap_or_default();
        used.frames.clear();
        used
    }

    fn collect(&mut self, out: &mut dyn FnMut(Batch)) {
        while let Ok((lane, frame, part)) = self.from.try_recv() {
            self.merger.take(lane, frame, part, out);
        }
    }

    /// Ends all lanes; answers what their engines counted.
    pub(crate) fn finish(mut self, out: &mut dyn FnMut(Batch)) -> Vec<Counters> {
        self.to.clear();
        for (lane, frame, part) in &self.from {
            self.merger.take(lane, frame, part, out);
        }
        let lanes = self.lanes.into_iter();
        lanes.map(|lane| lane.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    }
}

/// What a lane's thread does until there are no more messages.
fn work(number: u32, mut lane: Lane, messages: &Receiver<Message>, parts: &Sender<Told>) -> Counters {
    let give = |frame, part| {
        // Nobody listens any more when the observation was dropped unfinished.
        let _ = parts.send((number as usize, frame, part));
    };
    // Frames of all lanes so far.
    let mut frames = 0;
    for message in messages {
        match message {
            Message::Input(path) => lane.input(&path),
            Message::Measure(clock) => lane.measure(clock),
            Message::Ended(report) if number == 0 => lane.ended((*report).clone()),
            Message::Ended(_) => {}
            Message::Chunk(chunk) => {
                for frame in &chunk.frames {
                    if lane.is_over(frame.at) {
                        give(frames, Part::Ends(lane.end_window()));
                    }
                    let before = frames;
                    let mut full = |batch| give(before, Part::Full(batch));
                    frames += 1;
                    if frame.lane != number {
                        lane.pass(frame.at, &mut full);
                        continue;
                    }
                    let Placed { at, place, wire_len, link, .. } = *frame;
                    let bytes = chunk.bytes.get(frame.from as usize..frame.to as usize).unwrap_or_default();
                    lane.frame(&Taken { link, at, place, wire_len, bytes }, &mut full);
                }
                give(frames, Part::Passed);
            }
        }
    }
    lane.finish(&mut |batch| give(frames, Part::Full(batch)));
    give(u64::MAX, Part::Ends(lane.end_window()));
    lane.health().clone()
}
