//! What the lanes tell, put together by window, with what was lost.

use super::interface::Interface;
use super::work::{Tally, Told};
use super::{InterfaceStatus, Status, input_name};
use crate::merge::merged;
use crate::observation::{Statistics, give};
use crate::watch::Watch;
use cordon_model::observe::{Batch, Health, InputReport};
use cordon_observe::Counters;
use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// A lane's part of a window: the rest of its Batch, and what came through each interface.
type Part = (Option<Batch>, Vec<(u32, Tally)>);

pub(super) struct Windows<'a> {
    /// Ended windows of each lane that wait for those of others.
    parts: Vec<VecDeque<Part>>,
    open: Vec<Interface>,
    totals: Vec<Tally>,
    status: Status,
    gone: Vec<bool>,
    ended: usize,
    engines: Vec<Counters>,
    sequence: u64,
    sensor: String,
    watch: Watch,
    statistics: Statistics,
    out: &'a mut dyn FnMut(Batch),
    tell: &'a mut dyn FnMut(&Status),
}

impl<'a> Windows<'a> {
    pub(super) fn new(
        lanes: usize,
        open: Vec<Interface>,
        (sensor, sequence): (String, u64),
        out: &'a mut dyn FnMut(Batch),
        tell: &'a mut dyn FnMut(&Status),
    ) -> Windows<'a> {
        let named = |open: &Interface| InterfaceStatus { name: open.name.clone(), ..Default::default() };
        Windows {
            parts: (0..lanes).map(|_| VecDeque::new()).collect(),
            totals: vec![Tally::default(); open.len()],
            status: Status { begun: true, interfaces: open.iter().map(named).collect(), ..Status::default() },
            gone: vec![false; open.len()],
            open,
            ended: 0,
            engines: Vec::new(),
            sequence,
            sensor,
            watch: Watch::default(),
            statistics: Statistics::default(),
            out,
            tell,
        }
    }

    /// Tells that frames are received.
    pub(super) fn begin(&mut self) {
        (self.tell)(&self.status);
        self.status.begun = false;
    }

    /// Takes what lanes tell within this time; answers false once they have all ended.
    pub(super) fn wait(&mut self, messages: &Receiver<(u32, Told)>, time: Duration) -> bool {
        match messages.recv_timeout(time) {
            Ok((lane, told)) => self.take(lane as usize, told),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        self.ended < self.parts.len()
    }

    /// Tells words of warning.
    pub(super) fn warn(&mut self, words: String) {
        self.status.warning = Some(words);
        (self.tell)(&self.status);
        self.status.warning = None;
    }

    /// True when no interface is left to receive from.
    pub(super) fn is_all_gone(&self) -> bool {
        !self.gone.is_empty() && self.gone.iter().all(|gone| *gone)
    }

    fn take(&mut self, lane: usize, told: Told) {
        match told {
            Told::Full(batch) => self.give(batch),
            Told::Exporters(exporters) => self.status.exporters = exporters,
            Told::Failed(interface, reason) => self.failed(interface as usize, &reason),
            Told::Ended(batch, tallies) => self.part(lane, (batch, tallies)),
            Told::Done(batch, tallies, counters) => {
                self.ended += 1;
                self.engines.push(*counters);
                // The last window ends with the reports of the interfaces, once all lanes are done.
                self.part(lane, (batch, tallies));
            }
        }
    }

    fn failed(&mut self, interface: usize, reason: &str) {
        let Some(open) = self.open.get_mut(interface) else { return };
        let is_gone = open.is_gone();
        let name = open.name.clone();
        let Some(gone) = self.gone.get_mut(interface) else { return };
        if *gone {
            return;
        }
        *gone = is_gone;
        if is_gone {
            self.warn(format!("{name}: the interface is gone"));
        } else {
            self.warn(format!("{name}: {reason}; what comes when it is up again will be observed"));
        }
    }

    fn part(&mut self, lane: usize, part: Part) {
        if let Some(waiting) = self.parts.get_mut(lane) {
            waiting.push_back(part);
        }
        while self.parts.iter().all(|waiting| !waiting.is_empty()) {
            let parts: Vec<Part> = self.parts.iter_mut().filter_map(VecDeque::pop_front).collect();
            let is_last = self.ended == self.parts.len() && self.parts.iter().all(VecDeque::is_empty);
            self.window(parts, is_last);
        }
    }

    fn window(&mut self, parts: Vec<Part>, is_last: bool) {
        let mut counters = BTreeMap::new();
        let mut count = |name: &str, more: u64| {
            if more > 0 {
                *counters.entry(name.to_owned()).or_insert(0) += more;
            }
        };
        let mut batches = Vec::new();
        for (batch, tallies) in parts {
            batches.extend(batch);
            for (interface, tally) in tallies {
                count("limit.ring_frames", tally.counted.dropped);
                count("limit.ring_full", tally.counted.full);
                count("interface.lost_frames", tally.lost);
                count("link.unread", tally.unread);
                if let Some(total) = self.totals.get_mut(interface as usize) {
                    total.add(&tally);
                }
            }
        }
        for ((open, total), status) in self.open.iter_mut().zip(&self.totals).zip(&mut self.status.interfaces)
        {
            let dropped = open.dropped();
            count("interface.dropped_frames", dropped);
            status.interface_drops += dropped;
            (status.frames, status.bytes) = (total.frames, total.bytes);
            status.ring_drops = total.counted.dropped;
        }
        let reports = if is_last { self.reports() } else { Vec::new() };
        let nothing = counters.is_empty() && reports.is_empty();
        let batch = merged(batches.into_iter()).or_else(|| (!nothing).then(|| self.empty()));
        if let Some(mut batch) = batch {
            for (name, more) in counters {
                *batch.health.counters.entry(name).or_insert(0) += more;
            }
            batch.health.inputs.extend(reports);
            self.give(batch);
        }
        (self.tell)(&self.status);
    }

    fn empty(&self) -> Batch {
        Batch {
            sensor: self.sensor.clone(),
            sequence: 0,
            start: None,
            end: None,
            inputs: self.open.iter().map(|open| input_name(&open.name)).collect(),
            sightings: Vec::new(),
            conversations: Vec::new(),
            events: Vec::new(),
            health: Health::default(),
        }
    }

    /// What came in by each interface, when it all ends.
    fn reports(&self) -> Vec<InputReport> {
        let report = |(status, total): (&InterfaceStatus, &Tally)| {
            let skipped = [
                ("frames for which the ring had no room", status.ring_drops),
                ("frames dropped by the interface", status.interface_drops),
                ("frames of link layers that are not read", total.unread),
            ];
            let skipped = skipped.into_iter().filter(|(_, count)| *count > 0);
            InputReport {
                path: input_name(&status.name),
                kind: "interface".to_owned(),
                packets: total.frames,
                bytes: total.bytes,
                first: total.first,
                last: total.last,
                skipped: skipped.map(|(name, count)| (name.to_owned(), count)).collect(),
                ..InputReport::default()
            }
        };
        self.status.interfaces.iter().zip(&self.totals).map(report).collect()
    }

    fn give(&mut self, batch: Batch) {
        let batch = Batch { sequence: self.sequence, ..batch };
        self.sequence += 1;
        give(&mut self.statistics, &mut self.watch, batch, self.out);
    }

    pub(super) fn finish(mut self) -> Statistics {
        self.statistics.add(&self.engines);
        self.statistics
    }
}
