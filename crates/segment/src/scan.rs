//! Which conversations look like scanning: many hosts or many ports tried by one client, most in vain.
//!
//! A scan must not become a need, or the plan would permit the attack it saw. What the same client did
//! besides stays: a pump that scans still has to reach its gateway.

use crate::talk::{End, Talk};
use cordon_model::Timestamp;
use cordon_model::observe::Transport;
use std::collections::{BTreeMap, BTreeSet};

/// From so many hosts tried on one port, most in vain, it is a sweep.
const SWEEP_HOSTS_MIN: usize = 10;

/// From so many ports of one host tried, most in vain, it is a port scan.
const SCAN_PORTS_MIN: usize = 15;

/// A conversation with content is still part of a scan when it is this slight: a probe that read a banner.
const PROBE_FLOWS_MAX: u64 = 5;
const PROBE_PACKETS_PER_FLOW_MAX: u64 = 12;

/// A scan's conversations start and end within its own time, give or take a minute.
const SLACK_MICROS: i64 = 60_000_000;

/// What scanning a conversation is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scan {
    /// One port of many hosts.
    Sweep {
        /// How many hosts.
        hosts: usize,
        transport: Transport,
        port: u16,
    },
    /// Many ports of one host.
    Ports {
        /// How many ports.
        ports: usize,
        to: End,
    },
}

struct Pattern<T> {
    tried: BTreeSet<T>,
    in_vain: BTreeSet<T>,
    span: Option<(Timestamp, Timestamp)>,
}

impl<T> Default for Pattern<T> {
    fn default() -> Self {
        Pattern { tried: BTreeSet::new(), in_vain: BTreeSet::new(), span: None }
    }
}

impl<T: Ord + Copy> Pattern<T> {
    fn add(&mut self, what: T, talk: &Talk) {
        self.tried.insert(what);
        if talk.is_idle() {
            self.in_vain.insert(what);
            let (first, last) = self.span.unwrap_or((talk.first, talk.last));
            self.span = Some((first.min(talk.first), last.max(talk.last)));
        }
    }

    fn is_scan(&self, least: usize) -> bool {
        self.tried.len() >= least && self.in_vain.len() * 2 >= self.tried.len()
    }

    /// True when the conversation belongs to the scan rather than merely sharing its client and target.
    fn holds(&self, talk: &Talk) -> bool {
        let Some((first, last)) = self.span else { return false };
        let within =
            talk.first >= first.plus_micros(-SLACK_MICROS) && talk.last <= last.plus_micros(SLACK_MICROS);
        let slight = talk.flows <= PROBE_FLOWS_MAX
            && talk.packets <= talk.flows.max(1).saturating_mul(PROBE_PACKETS_PER_FLOW_MAX);
        talk.is_idle() || (within && slight)
    }
}

/// For each conversation the scan it is part of, if any.
pub(crate) fn detect(talks: &[Talk]) -> Vec<Option<Scan>> {
    let mut by_port: BTreeMap<(End, Transport, u16), Pattern<End>> = BTreeMap::new();
    let mut by_host: BTreeMap<(End, End), Pattern<(Transport, u16)>> = BTreeMap::new();
    for talk in talks.iter().filter(|talk| !matches!(talk.to, End::Group(_))) {
        by_port.entry((talk.from, talk.transport, talk.port)).or_default().add(talk.to, talk);
        by_host.entry((talk.from, talk.to)).or_default().add((talk.transport, talk.port), talk);
    }
    let scan_of = |talk: &Talk| {
        let sweep = by_port.get(&(talk.from, talk.transport, talk.port));
        if let Some(sweep) = sweep.filter(|pattern| pattern.is_scan(SWEEP_HOSTS_MIN) && pattern.holds(talk)) {
            let (transport, port) = (talk.transport, talk.port);
            return Some(Scan::Sweep { hosts: sweep.tried.len(), transport, port });
        }
        let ports = by_host.get(&(talk.from, talk.to))?;
        let is_part = ports.is_scan(SCAN_PORTS_MIN) && ports.holds(talk);
        is_part.then_some(Scan::Ports { ports: ports.tried.len(), to: talk.to })
    };
    talks.iter().map(scan_of).collect()
}
