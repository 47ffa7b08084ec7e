//! The blast radius, held against walking from every device over every pair.
#![expect(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop loudly; their helpers are a module"
)]

mod common;

use common::estate;
use cordon_model::Category;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Party, Rule, Zone};
use cordon_segment::blast::{self, DeviceBlast};
use cordon_segment::{Plan, containment};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// An end of a rule: a device, a zone, or what is no device of ours.
#[derive(Clone, Debug)]
enum End {
    Device(usize),
    Zone(usize),
    Outside,
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        6 => (0usize..12).prop_map(End::Device),
        2 => (0usize..4).prop_map(End::Zone),
        1 => Just(End::Outside),
    ]
}

fn party(end: &End, devices: usize) -> Party {
    match end {
        End::Device(at) => Party::Device(DeviceId::new(format!("dev-{:05}", at % devices))),
        End::Zone(at) => Party::Zone(format!("zone-{at}")),
        End::Outside => Party::Outside("203.0.113.9".into()),
    }
}

fn small(zone_of: &[usize], rules: &[(End, End)]) -> (Estate, Plan) {
    let estate = estate(&vec![Category::InfusionPump; zone_of.len()]);
    let zone = |zone: usize| Zone {
        id: format!("zone-{zone}"),
        name: format!("Zone {zone}"),
        purpose: String::new(),
        devices: (0..zone_of.len())
            .filter(|at| zone_of[*at] == zone)
            .map(|at| estate.devices[at].id.clone())
            .collect(),
        outside: Vec::new(),
        microsegments: Vec::new(),
    };
    let rule = |(at, (from, to)): (usize, &(End, End))| Rule {
        id: format!("rule-{at}"),
        from: party(from, zone_of.len()),
        to: party(to, zone_of.len()),
        transport: Transport::Tcp,
        ports: vec![443],
        application: None,
        needs: vec!["need-1".into()],
        why: String::new(),
        until: None,
        care_critical: false,
        accepted: None,
    };
    let plan = Plan {
        zones: (0..4).map(zone).collect(),
        rules: rules.iter().enumerate().map(rule).collect(),
        ..Plan::default()
    };
    (estate, plan)
}

/// Whether one may open connections to another, read off the rules pair by pair.
fn may(plan: &Plan, from: &DeviceId, to: &DeviceId) -> bool {
    let is = |party: &Party, id: &DeviceId| match party {
        Party::Device(one) => one == id,
        Party::Zone(zone) => plan.zones.iter().any(|one| one.id == *zone && one.devices.contains(id)),
        _ => false,
    };
    from != to && plan.rules.iter().any(|rule| is(&rule.from, from) && is(&rule.to, to))
}

fn closure(edges: &[Vec<bool>], start: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut reached = start.clone();
    loop {
        let more: BTreeSet<usize> =
            reached.iter().flat_map(|from| (0..edges.len()).filter(|to| edges[*from][*to])).collect();
        if more.is_subset(&reached) {
            return reached;
        }
        reached.extend(more);
    }
}

fn naive(estate: &Estate, plan: &Plan) -> Vec<DeviceBlast> {
    let ids: Vec<&DeviceId> = estate.devices.iter().map(|device| &device.id).collect();
    let count = ids.len();
    let edges: Vec<Vec<bool>> =
        ids.iter().map(|from| ids.iter().map(|to| may(plan, from, to)).collect()).collect();
    let members = |zone: &Zone| -> BTreeSet<usize> {
        (0..count).filter(|at| zone.devices.contains(ids[*at])).collect()
    };
    let zones: Vec<BTreeSet<usize>> = plan.zones.iter().map(members).collect();
    let next = |own: &BTreeSet<usize>| -> BTreeSet<usize> {
        (0..count).filter(|to| !own.contains(to) && own.iter().any(|from| edges[*from][*to])).collect()
    };
    let device = |at: usize| {
        let own = zones.iter().find(|zone| zone.contains(&at)).unwrap();
        let others = || zones.iter().filter(|zone| !zone.contains(&at));
        DeviceBlast {
            device: ids[at].clone(),
            today: count as u64 - 1,
            direct: edges[at].iter().filter(|open| **open).count() as u64,
            in_steps: closure(&edges, &BTreeSet::from([at])).len() as u64 - 1,
            reached_by: (0..count).filter(|from| edges[*from][at]).count() as u64,
            with_zone: next(own).len() as u64,
            zones: others().filter(|zone| next(zone).contains(&at)).count() as u64,
            zones_in_steps: others().filter(|zone| closure(&edges, zone).contains(&at)).count() as u64,
        }
    };
    (0..count).map(device).collect()
}

proptest! {
    #[test]
    fn the_blast_radius_is_what_walking_over_every_pair_finds(
        zone_of in prop::collection::vec(0usize..4, 1..12),
        rules in prop::collection::vec((end(), end()), 0..16),
    ) {
        let (estate, plan) = small(&zone_of, &rules);
        let found = blast::blast(&estate, &plan);
        prop_assert_eq!(&found.devices, &naive(&estate, &plan));
        let reach = containment(&estate, &plan);
        let (today, direct, in_steps) = found.pairs();
        prop_assert_eq!((today, direct), (reach.pairs_before, reach.pairs_after));
        prop_assert!(direct <= in_steps && in_steps <= today);
        prop_assert_eq!(blast::by_zone(&estate, &plan), found.zones);
    }
}

#[test]
fn a_lost_pump_reaches_its_gateway_at_once_and_the_archive_from_there() {
    let rules = [(End::Zone(0), End::Device(2)), (End::Device(2), End::Device(3))];
    let (estate, plan) = small(&[0, 0, 1, 2], &rules);
    let found = blast::blast(&estate, &plan);
    let of = |at: usize| {
        let one = &found.devices[at];
        (one.direct, one.in_steps, one.reached_by, one.zones, one.zones_in_steps)
    };
    assert_eq!(of(0), (1, 2, 0, 0, 0), "a pump");
    assert_eq!(of(2), (1, 1, 2, 1, 1), "the gateway");
    assert_eq!(of(3), (0, 0, 1, 1, 2), "the archive");
    assert_eq!(found.pairs(), (12, 3, 5));
}
