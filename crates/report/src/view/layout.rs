//! How the plan is put into force: networks, migration, rollout, room in equipment, what a lost zone means, what changed,
//! and whether enough was seen.

use super::{Index, Listed, flow};
use crate::words;
use cordon_wire::segmentation::{Aggregate, Changes, RuleChange, Segmentation};
use serde::Serialize;
use std::collections::BTreeMap;

const NETWORKS_MAX: usize = 60;
const STEPS_MAX: usize = 60;
const LOST_MAX: usize = 40;
const LOST_DEVICES_MAX: usize = 15;
const NAMED: usize = 6;
/// The order of a whole zone is in the sheet; more names make a step half a page.
const NAMED_IN_STEPS: usize = 3;
const NOTES_MAX: usize = 20;
const CHANGES_MAX: usize = 25;
const PROPOSALS_MAX: usize = 15;
const REASONS_MAX: usize = 8;

/// How the plan is put into force.
#[derive(Serialize)]
pub(crate) struct Layout {
    networks: Listed<NetworkRow>,
    reservations: String,
    steps: Listed<StepRow>,
    waves: Vec<WaveRow>,
    points: Vec<PointRow>,
    accepted: Vec<AggregateRow>,
    lost: Listed<LostRow>,
    lost_devices: Listed<LostDeviceRow>,
    notes: Listed<String>,
    changes: Option<ChangesView>,
    coverage: Coverage,
    /// What stops when the plan is enforced.
    breaks: Vec<String>,
    /// What stays open though it could be less.
    stays: Vec<String>,
}

#[derive(Serialize)]
struct NetworkRow {
    zone: String,
    vlan: String,
    subnet: String,
    gateway: String,
    devices: String,
    capacity: String,
    /// How full it is today, 0 to 1.
    part: f64,
}

#[derive(Serialize)]
struct StepRow {
    number: usize,
    zone: String,
    when: String,
    count: String,
    devices: String,
    needs: String,
    critical: u64,
    why: String,
}

#[derive(Serialize)]
struct WaveRow {
    wave: u8,
    count: String,
    devices: String,
    why: String,
}

#[derive(Serialize)]
struct PointRow {
    point: String,
    rules: String,
    entries: String,
    budget: String,
    fits: bool,
    is_short: bool,
    proposed: Listed<AggregateRow>,
}

#[derive(Serialize)]
struct AggregateRow {
    id: String,
    what: String,
    saves: String,
    pairs: String,
    opened: String,
    accepted: Option<String>,
}

#[derive(Serialize)]
struct LostRow {
    zone: String,
    devices: String,
    today: String,
    direct: String,
    in_steps: String,
    life: u64,
    zones: String,
    /// What is left of today's reach, 0 to 1.
    part: f64,
}

#[derive(Serialize)]
struct LostDeviceRow {
    name: String,
    today: String,
    direct: String,
    in_steps: String,
    reached_by: String,
    zones: String,
    /// What is left of today's reach, 0 to 1.
    part: f64,
}

#[derive(Serialize)]
struct ChangesView {
    since: String,
    nothing: bool,
    zones: Vec<String>,
    moved: Listed<String>,
    /// Devices that stand in another microsegment of their zone.
    regrouped: Listed<String>,
    rules: Vec<RuleList>,
}

#[derive(Serialize)]
struct RuleList {
    heading: String,
    rows: Listed<ChangeRow>,
}

#[derive(Serialize)]
struct ChangeRow {
    what: String,
    why: String,
}

#[derive(Serialize)]
struct Coverage {
    ready: String,
    all: String,
    /// Of all devices, 0 to 1.
    part: f64,
    reasons: Listed<ReasonRow>,
}

#[derive(Serialize)]
struct ReasonRow {
    count: String,
    why: String,
}

pub(crate) fn layout(index: &Index<'_>) -> Option<Layout> {
    let plan = index.assessment.segmentation.as_ref()?;
    let notes = plan.notes.iter().take(NOTES_MAX).map(|note| words::prose(note, 300)).collect();
    Some(Layout {
        networks: networks(index, plan),
        reservations: words::counted(plan.reservations.len(), "device", "devices"),
        steps: steps(index, plan),
        waves: waves(index, plan),
        points: points(index, plan),
        accepted: plan.accepted.iter().map(|one| aggregate(index, one)).collect(),
        lost: lost(index, plan),
        lost_devices: lost_devices(index, plan),
        notes: Listed::new(notes, plan.notes.len()),
        changes: plan.changes.as_ref().map(|changes| changed(index, changes)),
        coverage: coverage(index),
        breaks: breaks(index),
        stays: stays(index),
    })
}

fn zone(index: &Index<'_>, id: &str) -> String {
    let found = index.assessment.zones.iter().enumerate().find(|(_, zone)| zone.id == id);
    match found {
        Some((at, zone)) => words::cell(&format!("Z{} {}", at + 1, words::clean(&zone.name, 60)), 80),
        None => words::cell(id, 60),
    }
}

fn part(some: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { (some as f64 / all as f64).min(1.0) }
}

fn networks(index: &Index<'_>, plan: &Segmentation) -> Listed<NetworkRow> {
    let rows = plan.networks.iter().take(NETWORKS_MAX).map(|network| NetworkRow {
        zone: zone(index, &network.zone),
        vlan: network.vlan.to_string(),
        subnet: words::clean(&network.subnet, 40),
        gateway: words::clean(&network.gateway, 40),
        devices: words::number(network.devices),
        capacity: words::number(network.capacity),
        part: part(network.devices, network.capacity),
    });
    Listed::new(rows.collect(), plan.networks.len())
}

fn steps(index: &Index<'_>, plan: &Segmentation) -> Listed<StepRow> {
    let rows = plan.migration.iter().take(STEPS_MAX).enumerate().map(|(at, step)| StepRow {
        number: at + 1,
        zone: zone(index, &step.zone),
        when: words::hour_of_week(step.hour_of_week),
        count: words::count(step.devices.len()),
        devices: words::cell(&words::some_of(&index.names(&step.devices), NAMED_IN_STEPS), 300),
        needs: words::count(step.needs.len()),
        critical: step.care_critical,
        why: words::prose(&step.why, 200),
    });
    Listed::new(rows.collect(), plan.migration.len())
}

fn waves(index: &Index<'_>, plan: &Segmentation) -> Vec<WaveRow> {
    let mut waves: BTreeMap<u8, Vec<&cordon_wire::segmentation::Canary>> = BTreeMap::new();
    for canary in &plan.rollout {
        waves.entry(canary.wave).or_default().push(canary);
    }
    let row = |(wave, canaries): (u8, Vec<&cordon_wire::segmentation::Canary>)| {
        let ids: Vec<String> = canaries.iter().map(|canary| canary.device.clone()).collect();
        WaveRow {
            wave,
            count: words::count(canaries.len()),
            devices: words::cell(&words::some_of(&index.names(&ids), NAMED), 300),
            why: canaries.first().map(|canary| words::prose(&canary.why, 200)).unwrap_or_default(),
        }
    };
    waves.into_iter().map(row).collect()
}

fn points(index: &Index<'_>, plan: &Segmentation) -> Vec<PointRow> {
    let row = |point: &cordon_wire::segmentation::Point| PointRow {
        point: words::cell(&point.point, 60),
        rules: words::number(point.rules),
        entries: words::number(point.entries),
        budget: words::number(point.budget),
        fits: point.entries <= point.budget,
        is_short: point.is_short,
        proposed: Listed::new(
            point.proposed.iter().take(PROPOSALS_MAX).map(|one| aggregate(index, one)).collect(),
            point.proposed.len(),
        ),
    };
    plan.points.iter().map(row).collect()
}

fn aggregate(index: &Index<'_>, one: &Aggregate) -> AggregateRow {
    AggregateRow {
        id: words::cell(&one.id, 60),
        what: words::cell(
            &format!(
                "{} to {}, {}",
                index.party(&one.from),
                index.party(&one.to),
                flow(None, &one.transport, &one.ports)
            ),
            240,
        ),
        saves: words::number(one.saves),
        pairs: words::number(one.pairs),
        opened: words::cell(&words::some_of(&index.names(&one.opened), NAMED), 300),
        accepted: one.accepted.as_ref().map(|by| words::prose(by, 200)),
    }
}

fn lost(index: &Index<'_>, plan: &Segmentation) -> Listed<LostRow> {
    let mut worst: Vec<_> = plan.zones_lost.iter().collect();
    worst.sort_by(|a, b| b.direct.cmp(&a.direct).then_with(|| a.zone.cmp(&b.zone)));
    let rows = worst.iter().take(LOST_MAX).map(|one| LostRow {
        zone: zone(index, &one.zone),
        devices: words::number(one.devices),
        today: words::number(one.today),
        direct: words::number(one.direct),
        in_steps: words::number(one.in_steps),
        life: one.life_sustaining,
        zones: words::count(one.zones.len()),
        part: part(one.direct, one.today),
    });
    Listed::new(rows.collect(), worst.len())
}

/// Those that reach furthest; the sheet has all.
fn lost_devices(index: &Index<'_>, plan: &Segmentation) -> Listed<LostDeviceRow> {
    let mut worst: Vec<_> = plan.devices_lost.iter().filter(|one| one.direct > 0).collect();
    worst.sort_by_key(|one| (std::cmp::Reverse((one.direct, one.in_steps)), &one.device));
    let rows = worst.iter().take(LOST_DEVICES_MAX).map(|one| LostDeviceRow {
        name: words::cell(&index.name(&one.device), 80),
        today: words::number(one.today),
        direct: words::number(one.direct),
        in_steps: words::number(one.in_steps),
        reached_by: words::number(one.reached_by),
        zones: format!("{} ({})", words::number(one.zones), words::number(one.zones_in_steps)),
        part: part(one.direct, one.today),
    });
    Listed::new(rows.collect(), worst.len())
}

fn changed(index: &Index<'_>, changes: &Changes) -> ChangesView {
    let named = |heading: &str, ids: &[String]| {
        let names: Vec<String> = ids.iter().map(|id| zone(index, id)).collect();
        (!names.is_empty()).then(|| words::prose(&format!("{heading}: {}", words::some_of(&names, 12)), 600))
    };
    let moved = changes.moved.iter().take(CHANGES_MAX).map(|one| {
        let name = index.name(&one.device);
        match (&one.from, &one.to) {
            (Some(from), Some(to)) => format!("{name}: from {} to {}", zone(index, from), zone(index, to)),
            (None, Some(to)) => format!("{name} is new, in {}", zone(index, to)),
            (Some(from), None) => format!("{name} is gone; it was in {}", zone(index, from)),
            (None, None) => name,
        }
    });
    let parts = |heading: &str, ids: &[String]| {
        let names: Vec<String> = ids.iter().map(|id| words::clean(id, 80)).collect();
        (!names.is_empty()).then(|| words::prose(&format!("{heading}: {}", words::some_of(&names, 12)), 900))
    };
    let part = |id: &Option<String>| match id {
        Some(id) => words::clean(id, 80),
        None => "the rest of its zone".to_owned(),
    };
    let regrouped = changes
        .regrouped
        .iter()
        .take(CHANGES_MAX)
        .map(|one| format!("{}: from {} to {}", index.name(&one.device), part(&one.from), part(&one.to)));
    let list = |heading: &str, list: &[RuleChange]| RuleList {
        heading: heading.to_owned(),
        rows: Listed::new(
            list.iter()
                .take(CHANGES_MAX)
                .map(|change| ChangeRow {
                    what: words::prose(&change.what, 240),
                    why: words::prose(&change.why, 200),
                })
                .collect(),
            list.len(),
        ),
    };
    let rules = [
        list("Rules that are new", &changes.added),
        list("Rules that let more through", &changes.widened),
        list("Rules that let less through", &changes.narrowed),
        list("Rules that are gone", &changes.removed),
    ];
    ChangesView {
        since: words::date(&changes.since),
        nothing: *changes == Changes { since: changes.since.clone(), ..Changes::default() },
        zones: [
            named("New zones", &changes.zones_added),
            named("Zones that are gone", &changes.zones_removed),
            parts("New microsegments", &changes.microsegments_added),
            parts("Microsegments that are gone", &changes.microsegments_removed),
        ]
        .into_iter()
        .flatten()
        .collect(),
        moved: Listed::new(moved.map(|text| words::prose(&text, 240)).collect(), changes.moved.len()),
        regrouped: Listed::new(
            regrouped.map(|text| words::prose(&text, 240)).collect(),
            changes.regrouped.len(),
        ),
        rules: rules.into_iter().filter(|list| !list.rows.rows.is_empty()).collect(),
    }
}

fn coverage(index: &Index<'_>) -> Coverage {
    let all = &index.assessment.coverage;
    let ready = all.iter().filter(|one| one.ready).count();
    // How long each was seen differs from device to device; what is missing is said once for all of them.
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for one in all.iter().filter(|one| !one.ready) {
        let parts: Vec<&str> = one.why.split("; ").collect();
        let told = |part: &&&str| parts.len() == 1 || !part.starts_with("seen for ");
        for part in parts.iter().filter(told) {
            let part = match part.split_once(" of its needs ") {
                Some((_, rest)) => format!("some of its needs {rest}"),
                None => (*part).to_owned(),
            };
            *reasons.entry(part).or_default() += 1;
        }
    }
    let mut reasons: Vec<(String, usize)> = reasons.into_iter().collect();
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rows = reasons
        .iter()
        .take(REASONS_MAX)
        .map(|(why, count)| ReasonRow { count: words::count(*count), why: words::prose(why, 240) });
    Coverage {
        ready: words::count(ready),
        all: words::count(all.len()),
        part: part(ready as u64, all.len() as u64),
        reasons: Listed::new(rows.collect(), reasons.len()),
    }
}

fn breaks(index: &Index<'_>) -> Vec<String> {
    let assessment = index.assessment;
    let withheld: u64 = assessment.withheld.iter().map(|one| one.count).sum();
    let unseen = assessment.needs.iter().filter(|need| need.state == "expected_not_seen").count();
    let rejected = assessment.needs.iter().filter(|need| need.state == "rejected").count();
    let mut told = Vec::new();
    let mut say = |count: u64, one: &str, many: &str| {
        if count > 0 {
            told.push(format!("{} {}", words::number(count), if count == 1 { one } else { many }));
        }
    };
    say(
        withheld,
        "flow that was seen and is not proposed stops; the chapter before says why.",
        "flows that were seen and are not proposed stop; the chapter before says why.",
    );
    say(
        unseen as u64,
        "flow that is usual for its kind was never seen and has no rule: if work needs it, it stops.",
        "flows that are usual for their kind were never seen and have no rule: what work needs of them stops.",
    );
    say(
        rejected as u64,
        "flow that somebody rejected, or that has run out, stops.",
        "flows that somebody rejected, or that have run out, stop.",
    );
    told.push("Whatever happens rarely and was not seen while we listened stops: quarterly calibration, failover, a service laptop.".to_owned());
    told
}

fn stays(index: &Index<'_>) -> Vec<String> {
    let rules = || index.assessment.rules.iter();
    let outside =
        rules().filter(|rule| rule.to.starts_with("outside:") || rule.from.starts_with("outside:")).count();
    let temporary = rules().filter(|rule| rule.until.is_some()).count();
    let loose = rules().filter(|rule| rule.accepted.is_some()).count();
    let proposed = index.assessment.needs.iter().filter(|need| need.state == "proposed").count();
    let sentences = [
        (
            proposed,
            "flow stays open because it was seen, and nobody has confirmed it.",
            "flows stay open because they were seen, and nobody has confirmed them.",
        ),
        (
            outside,
            "rule lets something leave the site or come in.",
            "rules let something leave the site or come in.",
        ),
        (temporary, "rule is temporary and ends by itself.", "rules are temporary and end by themselves."),
        (
            loose,
            "rule opens more than is needed, as somebody accepted.",
            "rules open more than is needed, as somebody accepted.",
        ),
    ];
    let told = sentences.into_iter().filter(|(count, _, _)| *count > 0);
    told.map(|(count, one, many)| format!("{} {}", words::count(count), if count == 1 { one } else { many }))
        .collect()
}
