//! How far an attacker gets from any device: today, and under a plan.
//!
//! Today is taken as a flat network: every device with an address can send to every other, for a passive
//! observer sees no barrier, and on which ports a device would answer that nobody asked cannot be known from
//! watching. Under the plan a pair counts when some rule
//! permits some flow; devices of one zone do not reach each other without a rule.

use crate::Plan;
use cordon_model::identify::{Device, DeviceId, Estate};
use cordon_model::segment::{Containment, Party, Reach};
use std::collections::{BTreeMap, BTreeSet};

/// How many devices the lists of the worst name.
const WORST: usize = 10;

/// Reachable pairs and the devices that reach furthest, before and under the plan.
pub fn containment(estate: &Estate, plan: &Plan) -> Containment {
    let (before, after) = (Today::new(estate), UnderPlan::new(estate, plan));
    let at = 0..estate.devices.len();
    let before_each: Vec<u64> = estate.devices.iter().map(|device| before.reaches(device)).collect();
    let after_each: Vec<u64> = at.map(|at| after.reaches.get(at).copied().unwrap_or(0)).collect();
    Containment {
        pairs_before: before_each.iter().sum(),
        pairs_after: after_each.iter().sum(),
        worst_before: worst(estate, &before_each),
        worst_after: worst(estate, &after_each),
    }
}

/// For each device how many others can send to it: (today, under the plan).
pub fn exposure(estate: &Estate, plan: &Plan) -> BTreeMap<DeviceId, (u64, u64)> {
    let (before, after) = (Today::new(estate), UnderPlan::new(estate, plan));
    let both = estate.devices.iter().enumerate().map(|(at, device)| {
        let under_plan = after.reached_by.get(at).copied().unwrap_or(0);
        (device.id.clone(), (before.reaches(device), under_plan))
    });
    both.collect()
}

/// The network as it is: flat, as far as can be seen.
pub(crate) struct Today {
    addressed: u64,
}

impl Today {
    pub(crate) fn new(estate: &Estate) -> Today {
        let addressed = estate.devices.iter().filter(|device| is_addressed(device)).count();
        Today { addressed: addressed as u64 }
    }

    /// How many others it reaches, which is how many reach it.
    pub(crate) fn reaches(&self, device: &Device) -> u64 {
        if is_addressed(device) { self.addressed.saturating_sub(1) } else { 0 }
    }
}

fn is_addressed(device: &Device) -> bool {
    !device.ips.is_empty()
}

/// Distinct pairs that rules permit, counted for each device in the order of the estate.
pub(crate) struct UnderPlan {
    pub(crate) reaches: Vec<u64>,
    pub(crate) reached_by: Vec<u64>,
}

impl UnderPlan {
    /// Counts distinct permitted pairs; whole-zone rules are counted by arithmetic, for zones are disjoint.
    pub(crate) fn new(estate: &Estate, plan: &Plan) -> UnderPlan {
        let index: BTreeMap<&DeviceId, usize> =
            estate.devices.iter().enumerate().map(|(at, device)| (&device.id, at)).collect();
        let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut zone_of: Vec<Option<&str>> = vec![None; estate.devices.len()];
        let places = |devices: &[DeviceId]| -> Vec<usize> {
            devices.iter().filter_map(|id| index.get(id).copied()).collect()
        };
        for zone in &plan.zones {
            let inside = places(&zone.devices);
            for at in &inside {
                if let Some(slot) = zone_of.get_mut(*at) {
                    *slot = Some(zone.id.as_str());
                }
            }
            members.insert(zone.id.as_str(), inside);
            parts.extend(zone.microsegments.iter().map(|part| (part.id.as_str(), places(&part.devices))));
        }
        let mut blocks: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for rule in &plan.rules {
            if let (Party::Zone(from), Party::Zone(to)) = (&rule.from, &rule.to) {
                blocks.insert((from.as_str(), to.as_str()));
                continue;
            }
            let places = |party: &Party| -> Vec<usize> {
                match party {
                    Party::Device(id) => index.get(id).copied().into_iter().collect(),
                    Party::Zone(id) => members.get(id.as_str()).cloned().unwrap_or_default(),
                    Party::Microsegment(id) => parts.get(id.as_str()).cloned().unwrap_or_default(),
                    Party::Outside(_) | Party::Group(_) => Vec::new(),
                }
            };
            let to = places(&rule.to);
            for from in places(&rule.from) {
                pairs.extend(to.iter().filter(|to| **to != from).map(|to| (from, *to)));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let zone = |at: usize| zone_of.get(at).copied().flatten();
        pairs.retain(|(from, to)| match (zone(*from), zone(*to)) {
            (Some(from), Some(to)) => !blocks.contains(&(from, to)),
            _ => true,
        });
        let mut counts =
            UnderPlan { reaches: vec![0; estate.devices.len()], reached_by: vec![0; estate.devices.len()] };
        for (from, to) in pairs {
            counts.add(from, 1, 0);
            counts.add(to, 0, 1);
        }
        let none = Vec::new();
        for (from, to) in blocks {
            let (sources, targets) = (members.get(from).unwrap_or(&none), members.get(to).unwrap_or(&none));
            let own = u64::from(from == to);
            for at in sources {
                counts.add(*at, targets.len() as u64 - own, 0);
            }
            for at in targets {
                counts.add(*at, 0, sources.len() as u64 - own);
            }
        }
        counts
    }

    fn add(&mut self, at: usize, reaches: u64, reached_by: u64) {
        if let Some(count) = self.reaches.get_mut(at) {
            *count += reaches;
        }
        if let Some(count) = self.reached_by.get_mut(at) {
            *count += reached_by;
        }
    }
}

fn worst(estate: &Estate, reaches: &[u64]) -> Vec<Reach> {
    let both = estate.devices.iter().zip(reaches);
    let mut all: Vec<Reach> = both
        .filter(|(_, reaches)| **reaches > 0)
        .map(|(device, reaches)| Reach { device: device.id.clone(), reaches: *reaches })
        .collect();
    all.sort_by(|a, b| b.reaches.cmp(&a.reaches).then_with(|| a.device.cmp(&b.device)));
    all.truncate(WORST);
    all
}
