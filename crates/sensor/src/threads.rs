//! Several lanes, a thread each, over one stream of frames: nothing is shared but the bytes that are read.
//!
//! There is no thread that reads: whichever has nothing else to do goes on by a block through the input and lists
//! each frame with those of its lane. A lane takes the blocks in order and looks at its own frames alone; what
//! happens at others' that matters to all, the ends of windows and the ticks of the clock, is marked in the
//! block. What the lanes give out is put together by window; which thread was faster
//! never shows.

use crate::lane::Lane;
use crate::merge::{Merger, Part};
use crate::observation::{Progress, Settings};
use crate::walk::{Block, Walk};
use cordon_model::observe::{Batch, InputReport};
use cordon_observe::Counters;
use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Threads there may be.
pub(crate) const THREADS_MAX: u32 = 64;
/// Blocks for each lane that are being read or not yet done by all.
const BLOCKS_PER_LANE_MAX: usize = 8;
/// Blocks a lane has before it, ready or being read, before it does not read another first.
const BLOCKS_READY_MIN: usize = 3;
/// Lanes say how far they are once in so many blocks: who listens would be woken for it, and take a lane's place.
const TELLS_EVERY: u64 = 16;
/// Things lanes may tell before somebody listens.
const TOLD_MAX: usize = 64;

/// What all lanes do, in order.
#[derive(Clone)]
enum Item {
    Input(Arc<str>),
    Measure(fn() -> u64),
    Block(Arc<Block>),
    Ended(Arc<InputReport>),
}

/// The place of an item in the order.
struct Slot {
    /// Absent while its block is being read.
    item: Option<Item>,
    /// Lanes that have not done it.
    left: u32,
}

#[derive(Default)]
struct Queue {
    /// Number of the first slot.
    first: u64,
    slots: VecDeque<Slot>,
    /// The input to be read on, while nobody does.
    walk: Option<Box<Walk>>,
    /// Blocks to be filled again.
    free: Vec<Block>,
    /// Lanes that wait for a change.
    waiting: u32,
    /// Nothing more will come.
    closed: bool,
    /// A lane has panicked.
    failed: bool,
}

/// What the lanes share.
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    lanes: u32,
}

/// What a lane does next.
enum Task {
    Do(Item),
    /// Read a block for the slot of this number.
    Read(u64, Box<Walk>),
    End,
}

/// What lanes tell.
enum Told {
    /// A lane's number, the frames it has gone through, and what it gives out.
    Part(u32, u64, Box<Part>),
    /// How far the reading is.
    Read(u64, Option<u64>, u64),
    /// The input has ended.
    Walked(Box<Walk>),
}

/// The running lanes.
pub(crate) struct Threads {
    shared: Arc<Shared>,
    told: Receiver<Told>,
    lanes: Vec<JoinHandle<Counters>>,
    merger: Merger,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing is left half done in it.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queue = self.queue();
        let changed = change(&mut queue);
        let somebody_waits = queue.waiting > 0;
        drop(queue);
        if somebody_waits {
            self.changed.notify_all();
        }
        changed
    }

    fn push(&self, item: Item) {
        let left = self.lanes;
        self.change(|queue| queue.slots.push_back(Slot { item: Some(item), left }));
    }

    fn ahead_max(&self) -> usize {
        BLOCKS_PER_LANE_MAX * self.lanes as usize
    }

    /// What a lane does that has done everything before `next`; waits for it.
    fn next(&self, next: u64) -> Task {
        let mut queue = self.queue();
        loop {
            if queue.failed {
                return Task::End;
            }
            let at = next.saturating_sub(queue.first) as usize;
            let item = queue.slots.get(at).and_then(|slot| slot.item.clone());
            // Reading goes before what is ready as long as little is, so that no lane runs out.
            let is_short = item.is_none() || queue.slots.len() - at < BLOCKS_READY_MIN;
            if is_short
                && queue.slots.len() < self.ahead_max()
                && let Some(walk) = queue.walk.take()
            {
                let number = queue.first + queue.slots.len() as u64;
                queue.slots.push_back(Slot { item: None, left: self.lanes });
                return Task::Read(number, walk);
            }
            if let Some(item) = item {
                return Task::Do(item);
            }
            if queue.closed && at >= queue.slots.len() {
                return Task::End;
            }
            queue.waiting += 1;
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.waiting -= 1;
        }
    }

    /// A lane has done the item of this number.
    fn done(&self, number: u64) {
        let mut queue = self.queue();
        let at = number.saturating_sub(queue.first) as usize;
        if let Some(slot) = queue.slots.get_mut(at) {
            slot.left -= 1;
        }
        let before = queue.slots.len();
        while let Some(slot) = queue.slots.pop_front_if(|slot| slot.left == 0) {
            queue.first += 1;
            if let Some(Item::Block(block)) = slot.item {
                queue.free.extend(Arc::try_unwrap(block));
            }
        }
        // Who is ahead sleeps until there is room for several, for to wake costs more than a block.
        let half = self.ahead_max() / 2;
        let wakes = queue.waiting > 0 && before > half && queue.slots.len() <= half;
        drop(queue);
        if wakes {
            self.changed.notify_all();
        }
    }

    /// Reads a block for the slot of this number.
    fn read(&self, number: u64, mut walk: Box<Walk>, told: &SyncSender<Told>) {
        let mut block = self.queue().free.pop().unwrap_or_default();
        let goes_on = walk.fill(&mut block, self.lanes);
        let (read, total, packets) = walk.progress();
        let ended = self.change(|queue| {
            let at = number.saturating_sub(queue.first) as usize;
            if let Some(slot) = queue.slots.get_mut(at) {
                slot.item = Some(Item::Block(Arc::new(block)));
            }
            if goes_on {
                queue.walk = Some(walk);
                None
            } else {
                Some(walk)
            }
        });
        // Nobody listens any more when the observation was dropped unfinished.
        if number.is_multiple_of(TELLS_EVERY) {
            let _ = told.send(Told::Read(read, total, packets));
        }
        if let Some(walk) = ended {
            let _ = told.send(Told::Walked(walk));
        }
    }
}

impl Threads {
    /// Starts a thread for each lane; together they may hold what one engine may.
    pub(crate) fn start(settings: &Settings, count: u32) -> io::Result<Threads> {
        let (told, from) = sync_channel(TOLD_MAX);
        let shared = Shared { queue: Mutex::default(), changed: Condvar::new(), lanes: count };
        let mut threads = Threads {
            shared: Arc::new(shared),
            told: from,
            lanes: Vec::new(),
            merger: Merger::new(count as usize),
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
            let (shared, told) = (Arc::clone(&threads.shared), told.clone());
            let name = format!("lane {number}");
            let run = move || work(number, lane, &shared, &told);
            threads.lanes.push(std::thread::Builder::new().name(name).spawn(run)?);
        }
        Ok(threads)
    }

    /// Measures time with this clock.
    pub(crate) fn measure(&self, clock: fn() -> u64) {
        self.shared.push(Item::Measure(clock));
    }

    /// Names the next input.
    pub(crate) fn input(&mut self, path: &str) {
        self.shared.push(Item::Input(path.into()));
    }

    /// Takes the report of an input that ended.
    pub(crate) fn ended(&mut self, report: InputReport) {
        self.shared.push(Item::Ended(Arc::new(report)));
    }

    /// Hands a capture to the lanes; answers when it has ended. `None` when a lane has panicked, which the end of
    /// the observation says.
    pub(crate) fn frames(
        &mut self,
        walk: Walk,
        progress: &mut dyn Progress,
        out: &mut dyn FnMut(Batch),
    ) -> Option<Walk> {
        self.shared.change(|queue| queue.walk = Some(Box::new(walk)));
        let mut furthest = 0;
        loop {
            match self.told.recv().ok()? {
                Told::Part(lane, frame, part) => self.merger.take(lane as usize, frame, *part, out),
                Told::Read(read, total, packets) => {
                    // Threads may overtake each other in telling.
                    if packets >= furthest {
                        furthest = packets;
                        progress.read(read, total, packets);
                    }
                }
                Told::Walked(walk) => return Some(*walk),
            }
        }
    }

    /// Ends all lanes; answers what their engines counted.
    pub(crate) fn finish(mut self, out: &mut dyn FnMut(Batch)) -> Vec<Counters> {
        self.shared.change(|queue| queue.closed = true);
        while let Ok(told) = self.told.recv() {
            if let Told::Part(lane, frame, part) = told {
                self.merger.take(lane as usize, frame, *part, out);
            }
        }
        let lanes = std::mem::take(&mut self.lanes).into_iter();
        lanes.map(|lane| lane.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.change(|queue| queue.closed = true);
    }
}

/// Lets the other lanes end when one panics.
struct Watcher<'a>(&'a Shared);

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.change(|queue| queue.failed = true);
        }
    }
}

/// What a lane's thread does until there is nothing more.
fn work(number: u32, mut lane: Lane, shared: &Shared, told: &SyncSender<Told>) -> Counters {
    let _watcher = Watcher(shared);
    let mut give = |frame, part| {
        // Nobody listens any more when the observation was dropped unfinished.
        let _ = told.send(Told::Part(number, frame, Box::new(part)));
    };
    let (mut next, mut frames) = (0, 0);
    loop {
        match shared.next(next) {
            Task::Do(item) => {
                match item {
                    Item::Input(path) => lane.input(&path),
                    Item::Measure(clock) => lane.measure(clock),
                    Item::Ended(report) if number == 0 => lane.ended((*report).clone()),
                    Item::Ended(_) => {}
                    Item::Block(block) => {
                        lane.block(&block, number, &mut give);
                        frames = block.after();
                        if next.is_multiple_of(TELLS_EVERY) {
                            give(frames, Part::Passed);
                        }
                    }
                }
                shared.done(next);
                next += 1;
            }
            Task::Read(number, walk) => shared.read(number, walk, told),
            Task::End => break,
        }
    }
    lane.finish(&mut |batch| give(frames, Part::Full(batch)));
    give(u64::MAX, Part::Ends(lane.end_window()));
    lane.health().clone()
}
