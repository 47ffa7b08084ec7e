//! What a plan says besides zones and rules, in its encoding.

use cordon_model::identify::Estate;
use cordon_segment::addresses::{Reservation, ZoneNetwork};
use cordon_segment::blast::{DeviceBlast, ZoneBlast};
use cordon_segment::budgets::{Aggregate, PointUse};
use cordon_segment::changes::{Changes, RuleChange};
use cordon_segment::drift::Unpermitted;
use cordon_segment::graph::{self, Graph};
use cordon_segment::rollout::{Canary, Step};
use cordon_wire::segmentation as wire;

pub(crate) fn network(network: &ZoneNetwork) -> wire::Network {
    wire::Network {
        zone: network.zone.clone(),
        vlan: network.vlan.id(),
        subnet: network.subnet.to_string(),
        gateway: network.gateway.to_string(),
        devices: network.devices,
        capacity: network.capacity,
    }
}

pub(crate) fn reservation(one: &Reservation) -> wire::Reservation {
    wire::Reservation {
        device: one.device.to_string(),
        zone: one.zone.clone(),
        mac: one.mac.map(|mac| mac.to_string()),
        now: one.now.map(|ip| ip.to_string()),
        then: one.then.to_string(),
        switch_port: one.switch_port.clone(),
        vlans: one.vlans.iter().map(|vlan| vlan.id()).collect(),
    }
}

pub(crate) fn step(step: &Step) -> wire::Step {
    wire::Step {
        zone: step.zone.clone(),
        devices: step.devices.iter().map(ToString::to_string).collect(),
        needs: step.needs.clone(),
        care_critical: step.care_critical,
        hour_of_week: step.hour.index(),
        why: step.why.clone(),
    }
}

pub(crate) fn canary(canary: &Canary) -> wire::Canary {
    wire::Canary { device: canary.device.to_string(), wave: canary.wave, why: canary.why.clone() }
}

pub(crate) fn point(point: &PointUse) -> wire::Point {
    wire::Point {
        point: point.point.clone(),
        rules: point.rules,
        entries: point.entries,
        budget: point.budget,
        proposed: point.proposed.iter().map(aggregate).collect(),
        is_short: point.is_short,
    }
}

pub(crate) fn aggregate(one: &Aggregate) -> wire::Aggregate {
    wire::Aggregate {
        id: one.id.clone(),
        from: one.rule.from.to_string(),
        to: one.rule.to.to_string(),
        transport: one.rule.transport.to_string(),
        ports: one.rule.ports.clone(),
        replaces: one.replaces.len() as u64,
        saves: one.saves,
        pairs: one.pairs,
        opened: one.opened.iter().map(ToString::to_string).collect(),
        accepted: one.rule.accepted.clone(),
    }
}

pub(crate) fn zone_lost(one: &ZoneBlast) -> wire::ZoneLost {
    wire::ZoneLost {
        zone: one.zone.clone(),
        devices: one.devices,
        today: one.today,
        direct: one.direct,
        in_steps: one.in_steps,
        life_sustaining: one.life_sustaining,
        zones: one.zones.clone(),
    }
}

pub(crate) fn device_lost(one: &DeviceBlast) -> wire::DeviceLost {
    wire::DeviceLost {
        device: one.device.to_string(),
        today: one.today,
        direct: one.direct,
        in_steps: one.in_steps,
        reached_by: one.reached_by,
        with_zone: one.with_zone,
        zones: one.zones,
        zones_in_steps: one.zones_in_steps,
    }
}

/// What the communication graph told; devices of which it told nothing are left out.
pub(crate) fn by_graph(estate: &Estate, graph: &Graph) -> Vec<wire::ByGraph> {
    let told = estate.devices.iter().filter_map(|device| {
        let near = graph.get(&device.id)?;
        Some(wire::ByGraph {
            device: device.id.to_string(),
            near: Some(near.zone?.to_owned()),
            places: graph::places(device),
            why: near.why.clone(),
        })
    });
    told.collect()
}

pub(crate) fn changes(changes: &Changes, since: &str) -> wire::Changes {
    let rules = |list: &[RuleChange]| list.iter().map(rule_change).collect();
    let moved = changes.moved.iter().map(|(device, from, to)| (device, Some(from), Some(to)));
    let arrived = changes.arrived.iter().map(|(device, to)| (device, None, Some(to)));
    let left = changes.left.iter().map(|(device, from)| (device, Some(from), None));
    wire::Changes {
        since: since.to_owned(),
        zones_added: changes.zones_added.clone(),
        zones_removed: changes.zones_removed.clone(),
        moved: moved
            .chain(arrived)
            .chain(left)
            .map(|(device, from, to)| wire::Moved {
                device: device.to_string(),
                from: from.cloned(),
                to: to.cloned(),
            })
            .collect(),
        microsegments_added: changes.microsegments_added.clone(),
        microsegments_removed: changes.microsegments_removed.clone(),
        regrouped: changes
            .regrouped
            .iter()
            .map(|(device, from, to)| wire::Moved {
                device: device.to_string(),
                from: from.clone(),
                to: to.clone(),
            })
            .collect(),
        added: rules(&changes.added),
        removed: rules(&changes.removed),
        widened: rules(&changes.widened),
        narrowed: rules(&changes.narrowed),
    }
}

fn rule_change(change: &RuleChange) -> wire::RuleChange {
    wire::RuleChange { rule: change.rule.clone(), what: change.what.clone(), why: change.why.clone() }
}

pub(crate) fn unpermitted(one: &Unpermitted, what: String) -> wire::Unpermitted {
    wire::Unpermitted {
        from: one.from.to_string(),
        to: one.to.to_string(),
        transport: one.transport.to_string(),
        port: one.port,
        application: one.application.clone(),
        answered: one.answered,
        first: one.first.to_string(),
        last: one.last.to_string(),
        what,
    }
}
