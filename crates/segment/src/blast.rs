//! The plan with a device or a zone lost: what an intruder who holds it can open connections to, at once and from device
//! to device; and who can come to a device.

use crate::Plan;
use crate::containment::{Today, UnderPlan};
use crate::reach;
use crate::rollout::is_life_sustaining;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::segment::{Party, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// What a lost zone means to the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneBlast {
    /// The zone's id.
    pub zone: String,
    /// Its devices.
    pub devices: u64,
    /// Devices of other zones that can be reached from it today, as far as was seen.
    pub today: u64,
    /// Devices of other zones that it can open connections to under the plan.
    pub direct: u64,
    /// The same when every device that is reached is lost too, and so on.
    pub in_steps: u64,
    /// How many of the directly reached keep patients alive.
    pub life_sustaining: u64,
    /// Zones it can open connections to, by id.
    pub zones: Vec<String>,
}

/// What a lost device means to the others, and what others mean to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceBlast {
    /// Which device.
    pub device: DeviceId,
    /// Others it can send to today, as far as was seen.
    pub today: u64,
    /// Others it can open connections to under the plan.
    pub direct: u64,
    /// The same when every device that is reached is lost too, and so on.
    pub in_steps: u64,
    /// Others that can open connections to it under the plan.
    pub reached_by: u64,
    /// Devices of other zones in reach under the plan when its whole zone is lost with it.
    pub with_zone: u64,
    /// Other zones that can open connections to it when they are lost.
    pub zones: u64,
    /// Other zones that come to it when every device that is reached is lost too, and so on.
    pub zones_in_steps: u64,
}

/// The blast radius of every zone, every device and the estate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blast {
    /// Zones with devices, in the order of the plan.
    pub zones: Vec<ZoneBlast>,
    /// Devices, in the order of the estate.
    pub devices: Vec<DeviceBlast>,
}

impl Blast {
    /// Pairs of devices for the whole estate: today, under the plan, and from device to device.
    pub fn pairs(&self) -> (u64, u64, u64) {
        let sum = |of: fn(&DeviceBlast) -> u64| self.devices.iter().map(of).sum();
        (sum(|one| one.today), sum(|one| one.direct), sum(|one| one.in_steps))
    }
}

/// Devices, zones and microsegments as nodes. First come the devices; then every zone and microsegment twice: as who asks,
/// whom all its devices lead to, and as who is asked, who leads to all its devices.
struct Graph {
    devices: usize,
    /// Zones and microsegments together.
    wholes: usize,
    next: Vec<Vec<usize>>,
    zone_of: Vec<Option<usize>>,
    members: Vec<Vec<usize>>,
}

/// What each zone with devices can do to the others, in the order of the plan.
pub fn by_zone(estate: &Estate, plan: &Plan) -> Vec<ZoneBlast> {
    let graph = Graph::new(estate, plan);
    graph.zones(estate, plan).into_iter().map(|lost| lost.blast).collect()
}

/// Every zone, every device and so the estate, with one zone or one device lost.
pub fn blast(estate: &Estate, plan: &Plan) -> Blast {
    let graph = Graph::new(estate, plan);
    let zones = graph.zones(estate, plan);
    let (today, under_plan) = (Today::new(estate), UnderPlan::new(estate, plan));
    let in_steps = reach::counts(&graph.next, graph.devices);
    let mut asked_by = vec![(0u64, 0u64); graph.devices];
    let mut with_zone: BTreeMap<usize, u64> = BTreeMap::new();
    for lost in &zones {
        with_zone.insert(lost.zone, lost.blast.direct);
        for at in &lost.direct {
            if let Some((direct, _)) = asked_by.get_mut(*at) {
                *direct += 1;
            }
        }
        for at in &lost.in_steps {
            if let Some((_, in_steps)) = asked_by.get_mut(*at) {
                *in_steps += 1;
            }
        }
    }
    let count = |list: &[u64], at: usize| list.get(at).copied().unwrap_or(0);
    let device = |(at, device): (usize, &cordon_model::identify::Device)| {
        let (zones, zones_in_steps) = asked_by.get(at).copied().unwrap_or_default();
        let own = graph.zone_of.get(at).copied().flatten();
        DeviceBlast {
            device: device.id.clone(),
            today: today.reaches(device),
            direct: count(&under_plan.reaches, at),
            in_steps: count(&in_steps, at).saturating_sub(1),
            reached_by: count(&under_plan.reached_by, at),
            with_zone: own.and_then(|own| with_zone.get(&own).copied()).unwrap_or(0),
            zones,
            zones_in_steps,
        }
    };
    let devices = estate.devices.iter().enumerate().map(device).collect();
    Blast { zones: zones.into_iter().map(|lost| lost.blast).collect(), devices }
}

/// A lost zone and whom it comes to in other zones.
struct Lost {
    zone: usize,
    blast: ZoneBlast,
    direct: Vec<usize>,
    in_steps: Vec<usize>,
}

impl Graph {
    fn new(estate: &Estate, plan: &Plan) -> Graph {
        let index: BTreeMap<&DeviceId, usize> =
            estate.devices.iter().enumerate().map(|(at, device)| (&device.id, at)).collect();
        let devices = estate.devices.len();
        // Only what a rule names leads anywhere.
        let named: BTreeSet<&Party> = plan.rules.iter().flat_map(|rule| [&rule.from, &rule.to]).collect();
        let all = plan.zones.iter().flat_map(Zone::wholes).filter(|(whole, _)| named.contains(whole));
        let all: Vec<(Party, &[DeviceId])> = all.collect();
        let wholes = all.len();
        let mut graph = Graph {
            devices,
            wholes,
            next: vec![Vec::new(); devices + 2 * wholes],
            zone_of: vec![None; devices],
            members: Vec::with_capacity(plan.zones.len()),
        };
        for (at, zone) in plan.zones.iter().enumerate() {
            let inside: Vec<usize> = zone.devices.iter().filter_map(|id| index.get(id).copied()).collect();
            for device in &inside {
                if let Some(slot) = graph.zone_of.get_mut(*device) {
                    *slot = Some(at);
                }
            }
            graph.members.push(inside);
        }
        let mut places: BTreeMap<Party, usize> = BTreeMap::new();
        for (at, (whole, members)) in all.into_iter().enumerate() {
            places.insert(whole, at);
            for device in members.iter().filter_map(|id| index.get(id).copied()) {
                graph.lead(device, devices + at);
                graph.lead(devices + wholes + at, device);
            }
        }
        let node = |party: &Party, is_asked: bool| match party {
            Party::Device(id) => index.get(id).copied(),
            Party::Zone(_) | Party::Microsegment(_) => {
                places.get(party).map(|at| devices + at + if is_asked { wholes } else { 0 })
            }
            Party::Outside(_) | Party::Group(_) => None,
        };
        for rule in &plan.rules {
            if let (Some(from), Some(to)) = (node(&rule.from, false), node(&rule.to, true)) {
                graph.lead(from, to);
            }
        }
        for next in &mut graph.next {
            next.sort_unstable();
            next.dedup();
        }
        graph
    }

    fn lead(&mut self, from: usize, to: usize) {
        if let Some(next) = self.next.get_mut(from) {
            next.push(to);
        }
    }

    fn zones(&self, estate: &Estate, plan: &Plan) -> Vec<Lost> {
        let is_addressed = |at: &usize| estate.devices.get(*at).is_some_and(|device| !device.ips.is_empty());
        let addressed = (0..self.devices).filter(is_addressed).count();
        let lost = |(at, zone): (usize, &Zone)| {
            let members = self.members.get(at).map_or(&[][..], Vec::as_slice);
            let own: BTreeSet<usize> = members.iter().copied().collect();
            let direct: Vec<usize> =
                self.next_devices(members).into_iter().filter(|at| !own.contains(at)).collect();
            let in_steps: Vec<usize> =
                self.closure(members).into_iter().filter(|at| !own.contains(at)).collect();
            let lives = |at: &&usize| estate.devices.get(**at).is_some_and(is_life_sustaining);
            let zones: BTreeSet<&str> = direct
                .iter()
                .filter_map(|at| self.zone_of.get(*at).copied().flatten())
                .filter_map(|zone| plan.zones.get(zone))
                .map(|zone| zone.id.as_str())
                .collect();
            let own_addressed = own.iter().filter(|at| is_addressed(at)).count();
            let blast = ZoneBlast {
                zone: zone.id.clone(),
                devices: own.len() as u64,
                today: if own_addressed > 0 { (addressed - own_addressed) as u64 } else { 0 },
                direct: direct.len() as u64,
                in_steps: in_steps.len() as u64,
                life_sustaining: direct.iter().filter(lives).count() as u64,
                zones: zones.into_iter().map(str::to_owned).collect(),
            };
            Lost { zone: at, blast, direct, in_steps }
        };
        plan.zones.iter().enumerate().filter(|(_, zone)| !zone.devices.is_empty()).map(lost).collect()
    }

    /// Devices that these can open connections to: through the zones they are in and those they may ask.
    fn next_devices(&self, from: &[usize]) -> BTreeSet<usize> {
        let mut reached = vec![false; self.next.len()];
        let own = |at: &usize| (self.devices..self.devices + self.wholes).contains(at);
        let next = |at: &usize| self.next.get(*at).into_iter().flatten().copied();
        let asking: BTreeSet<usize> = from.iter().flat_map(next).filter(own).collect();
        let asked = from.iter().chain(&asking).flat_map(next).filter(|at| !own(at));
        let asked: BTreeSet<usize> = asked.collect();
        let within = asked.iter().filter(|at| **at >= self.devices).flat_map(next);
        for at in asked.iter().copied().filter(|at| *at < self.devices).chain(within) {
            if let Some(reached) = reached.get_mut(at) {
                *reached = true;
            }
        }
        (0..self.devices).filter(|at| reached.get(*at) == Some(&true)).collect()
    }

    fn closure(&self, from: &[usize]) -> Vec<usize> {
        let mut reached = vec![false; self.next.len()];
        let mut edge: Vec<usize> = from.to_vec();
        while let Some(at) = edge.pop() {
            match reached.get_mut(at) {
                Some(known) if !*known => *known = true,
                _ => continue,
            }
            edge.extend(self.next.get(at).into_iter().flatten());
        }
        (0..self.devices).filter(|at| reached.get(*at) == Some(&true)).collect()
    }
}
