//! What a lane's thread does: blocks of its rings through its engine, windows when it is told to.

use super::fanout;
use super::frames::{self, Received};
use super::ring::{Counted, Ring};
use super::{Clocks, Shared};
use crate::aggregate::place;
use crate::flows::Exporter;
use crate::lane::{Lane, Taken};
use cordon_model::Timestamp;
use cordon_model::observe::Batch;
use cordon_observe::Counters;
use rustix::event::{PollFd, PollFlags, Timespec};
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;

/// How long a thread waits for frames before it looks at what it is told.
const WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// Waits without a frame after which the rings are known to be empty once nothing more is let through.
const LAST_WAITS: u32 = 2;

/// A lane's ring on one interface.
pub(super) struct Port {
    /// Number of the interface.
    pub(super) interface: u32,
    pub(super) ring: Ring,
    pub(super) tally: Tally,
}

/// What came through a port.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) frames: u64,
    pub(super) bytes: u64,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// Frames of link layers that are not read.
    pub(super) unread: u64,
    /// Frames the kernel announced that could not be found.
    pub(super) lost: u64,
    pub(super) counted: Counted,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Tally) {
        self.frames += other.frames;
        self.bytes += other.bytes;
        self.unread += other.unread;
        self.lost += other.lost;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
        self.counted.frames += other.counted.frames;
        self.counted.dropped += other.counted.dropped;
        self.counted.full += other.counted.full;
    }
}

/// What a lane tells; its number stands beside it.
pub(super) enum Told {
    /// A Batch was full; its window goes on.
    Full(Batch),
    /// The window ended, with the rest of it if there is one, and what came through each interface in it.
    Ended(Option<Batch>, Vec<(u32, Tally)>),
    /// Who sent flow records so far.
    Exporters(Vec<Exporter>),
    /// An interface failed: down, or gone.
    Failed(u32, String),
    /// The last window ended: nothing more comes.
    Done(Option<Batch>, Vec<(u32, Tally)>, Box<Counters>),
}

pub(super) struct Worker<'a> {
    pub(super) number: u32,
    pub(super) lane: Lane,
    pub(super) ports: Vec<Port>,
    pub(super) shared: &'a Shared,
    pub(super) clocks: Clocks,
    pub(super) told: SyncSender<(u32, Told)>,
    /// Frames so far.
    pub(super) frames: u64,
}

impl Worker<'_> {
    pub(super) fn run(mut self) {
        let mut window = 0;
        while !self.shared.stop.load(Ordering::Relaxed) {
            while window < self.shared.window.load(Ordering::Relaxed) {
                window += 1;
                let (batch, tallies) = self.end_window();
                self.tell(Told::Ended(batch, tallies));
            }
            if !self.blocks() && !self.wait() {
                // Nothing is under way, so whatever time has run out may end.
                let told = &self.told;
                let number = self.number;
                self.lane.pass((self.clocks.now)(), &mut |batch| send(told, number, Told::Full(batch)));
            }
        }
        self.finish();
    }

    /// Takes what was received before the stop, and ends.
    fn finish(mut self) {
        for port in &self.ports {
            // Where that fails, frames go on coming until the last wait.
            let _ = port.ring.filter(fanout::NOTHING);
        }
        let mut waits = 0;
        while waits < LAST_WAITS {
            if !self.blocks() && !self.wait() {
                waits += 1;
            }
            if self.shared.is_enough() {
                break;
            }
        }
        let (told, number) = (self.told.clone(), self.number);
        self.lane.finish(&mut |batch| send(&told, number, Told::Full(batch)));
        let (batch, tallies) = self.end_window();
        let counters = Box::new(self.lane.health().clone());
        self.tell(Told::Done(batch, tallies, counters));
    }

    /// Reads a block of each ring that has one; answers false when none has.
    fn blocks(&mut self) -> bool {
        let Worker { number, lane, ports, shared, told, frames, .. } = self;
        let mut any = false;
        for port in ports {
            let Port { interface, ring, tally } = port;
            let mut take = |received: Received<'_>| {
                if !shared.take_one() {
                    return;
                }
                *frames += 1;
                tally.frames += 1;
                tally.bytes += received.bytes.len() as u64;
                tally.first = tally.first.or(Some(received.at));
                tally.last = Some(received.at);
                let Some(link) = received.link else {
                    tally.unread += 1;
                    return;
                };
                let place = place(*interface, *frames * shared.lanes + u64::from(*number));
                let Received { at, wire_len, bytes, .. } = received;
                let taken = Taken { link, at, place, wire_len, bytes };
                lane.frame(&taken, &mut |batch| send(told, *number, Told::Full(batch)));
            };
            let mut lost = 0;
            any |= ring.block(&mut |block| lost += frames::each(block, &mut take));
            tally.lost += lost;
        }
        any
    }

    /// Waits for frames; answers false when none came in time.
    fn wait(&mut self) -> bool {
        let failed = {
            let descriptors = self.ports.iter().map(|port| port.ring.descriptor());
            let mut waits: Vec<PollFd<'_>> =
                descriptors.map(|socket| PollFd::from_borrowed_fd(socket, PollFlags::IN)).collect();
            match rustix::event::poll(&mut waits, Some(&WAIT)) {
                Ok(0) => return false,
                // A signal came; what it asks for is looked at next.
                Err(_) => return true,
                Ok(_) => {}
            }
            waits.iter().any(|wait| wait.revents().contains(PollFlags::ERR))
        };
        if !failed {
            return true;
        }
        for port in &self.ports {
            if let Some(error) = port.ring.failure() {
                self.tell(Told::Failed(port.interface, error.to_string()));
            }
        }
        true
    }

    fn end_window(&mut self) -> (Option<Batch>, Vec<(u32, Tally)>) {
        let take = |port: &mut Port| {
            let counted = port.ring.counted().unwrap_or_default();
            (port.interface, Tally { counted, ..std::mem::take(&mut port.tally) })
        };
        let tallies = self.ports.iter_mut().map(take).collect();
        (self.lane.end_window(), tallies)
    }

    fn tell(&self, what: Told) {
        send(&self.told, self.number, what);
    }
}

fn send(told: &SyncSender<(u32, Told)>, number: u32, what: Told) {
    // Nobody listens any more only when the observation was given up.
    let _ = told.send((number, what));
}
