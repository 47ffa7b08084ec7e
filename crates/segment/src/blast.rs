//! The plan with one zone lost: what an intruder who holds every device of a zone can open connections to, at once and
//! from device to device.

use crate::Plan;
use crate::rollout::is_life_sustaining;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::segment::Party;
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

/// Devices and zones as nodes: a device is in its zone, rules lead from node to node.
struct Graph<'a> {
    index: BTreeMap<&'a DeviceId, usize>,
    zone_of: Vec<Option<usize>>,
    members: Vec<Vec<usize>>,
    from_device: Vec<Vec<usize>>,
    from_zone: Vec<Vec<usize>>,
}

/// What each zone with devices can do to the others, in the order of the plan.
pub fn by_zone(estate: &Estate, plan: &Plan) -> Vec<ZoneBlast> {
    let graph = Graph::new(estate, plan);
    let is_addressed = |at: &usize| estate.devices.get(*at).is_some_and(|device| !device.ips.is_empty());
    let addressed = (0..estate.devices.len()).filter(is_addressed).count();
    let occupied = plan.zones.iter().enumerate().filter(|(_, zone)| !zone.devices.is_empty());
    let blast = |(at, zone): (usize, &cordon_model::segment::Zone)| {
        let own: BTreeSet<usize> = graph.members.get(at).into_iter().flatten().copied().collect();
        let direct = graph.next(&own);
        let reached: BTreeSet<usize> = direct.difference(&own).copied().collect();
        let all = graph.closure(&own);
        let lives = |at: &&usize| estate.devices.get(**at).is_some_and(is_life_sustaining);
        let zones: BTreeSet<&str> = reached
            .iter()
            .filter_map(|at| graph.zone_of.get(*at).copied().flatten())
            .filter_map(|zone| plan.zones.get(zone))
            .map(|zone| zone.id.as_str())
            .collect();
        let own_addressed = own.iter().filter(|at| is_addressed(at)).count();
        ZoneBlast {
            zone: zone.id.clone(),
            devices: own.len() as u64,
            today: if own_addressed > 0 { (addressed - own_addressed) as u64 } else { 0 },
            direct: reached.len() as u64,
            in_steps: all.difference(&own).count() as u64,
            life_sustaining: reached.iter().filter(lives).count() as u64,
            zones: zones.into_iter().map(str::to_owned).collect(),
        }
    };
    occupied.map(blast).collect()
}

impl<'a> Graph<'a> {
    fn new(estate: &'a Estate, plan: &'a Plan) -> Graph<'a> {
        let index: BTreeMap<&DeviceId, usize> =
            estate.devices.iter().enumerate().map(|(at, device)| (&device.id, at)).collect();
        let mut graph = Graph {
            zone_of: vec![None; estate.devices.len()],
            members: Vec::with_capacity(plan.zones.len()),
            from_device: vec![Vec::new(); estate.devices.len()],
            from_zone: vec![Vec::new(); plan.zones.len()],
            index,
        };
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, zone) in plan.zones.iter().enumerate() {
            places.insert(&zone.id, at);
            let inside: Vec<usize> =
                zone.devices.iter().filter_map(|id| graph.index.get(id).copied()).collect();
            for device in &inside {
                if let Some(slot) = graph.zone_of.get_mut(*device) {
                    *slot = Some(at);
                }
            }
            graph.members.push(inside);
        }
        for rule in &plan.rules {
            let to: Vec<usize> = match &rule.to {
                Party::Device(id) => graph.index.get(id).copied().into_iter().collect(),
                Party::Zone(id) => {
                    places.get(id.as_str()).and_then(|at| graph.members.get(*at)).cloned().unwrap_or_default()
                }
                Party::Outside(_) | Party::Group(_) => continue,
            };
            let list = match &rule.from {
                Party::Device(id) => graph.index.get(id).and_then(|at| graph.from_device.get_mut(*at)),
                Party::Zone(id) => places.get(id.as_str()).and_then(|at| graph.from_zone.get_mut(*at)),
                Party::Outside(_) | Party::Group(_) => None,
            };
            if let Some(list) = list {
                list.extend(to);
            }
        }
        graph
    }

    /// Whom these devices can open connections to.
    fn next(&self, from: &BTreeSet<usize>) -> BTreeSet<usize> {
        let zones: BTreeSet<usize> =
            from.iter().filter_map(|at| self.zone_of.get(*at).copied().flatten()).collect();
        let of_devices = from.iter().filter_map(|at| self.from_device.get(*at)).flatten();
        let of_zones = zones.iter().filter_map(|at| self.from_zone.get(*at)).flatten();
        of_devices.chain(of_zones).copied().collect()
    }

    fn closure(&self, from: &BTreeSet<usize>) -> BTreeSet<usize> {
        let (mut reached, mut edge) = (from.clone(), from.clone());
        while !edge.is_empty() {
            edge = self.next(&edge).difference(&reached).copied().collect();
            reached.extend(&edge);
        }
        reached
    }
}
