//! Plans, quarantines and drift, for a person at a terminal.

use super::Table;
use super::verification::{departed, on_link};
use cordon_app::explain::device_name;
use cordon_app::segment::drift::{Configured, Found};
use cordon_app::segment::plan::Outcome;
use cordon_wire::segmentation::{Aggregate, Changes, Quarantine, RuleChange};
use std::fmt::Write as _;

/// Rows of one kind that are shown; `--json` has all.
const ROWS_MAX: usize = 20;
/// Devices that reach furthest.
const WORST_MAX: usize = 5;

/// A plan, what it changes, and what is to be decided.
pub(crate) fn plan(outcome: &Outcome) -> String {
    let plan = &outcome.plan;
    let mut text = String::new();
    let networks = &plan.segmentation.networks;
    let mut table = Table::new(&["zone", "name", "devices", "microsegments", "VLAN", "subnet"]);
    for zone in &plan.zones {
        let network = networks.iter().find(|network| network.zone == zone.id);
        table.row(vec![
            zone.id.clone(),
            zone.name.clone(),
            if zone.devices.is_empty() {
                format!("{} outside", zone.outside.len())
            } else {
                zone.devices.len().to_string()
            },
            zone.microsegments.len().to_string(),
            network.map(|network| network.vlan.to_string()).unwrap_or_default(),
            network.map(|network| network.subnet.clone()).unwrap_or_default(),
        ]);
    }
    text.push_str(&table.text());
    let reach = &outcome.assessment.containment;
    let ready = outcome.assessment.coverage.iter().filter(|one| one.ready).count();
    let _ = writeln!(
        text,
        "\n{} rules; {} of {} pairs of devices stay open; the rules of {ready} of {} devices may be enforced",
        plan.rules.len(),
        reach.pairs_after,
        reach.pairs_before,
        outcome.assessment.coverage.len()
    );
    lost(&mut text, outcome);
    for point in &plan.segmentation.points {
        let _ = writeln!(
            text,
            "{}: {} rules, {} entries, room for {}",
            point.point, point.rules, point.entries, point.budget
        );
        if point.entries > point.budget {
            let end = if point.is_short { "; even these are not enough" } else { "" };
            let _ = writeln!(text, "  does not fit; to be accepted in policy.yaml, cheapest first{end}:");
            point.proposed.iter().take(ROWS_MAX).for_each(|one| aggregate(&mut text, one));
            more(&mut text, point.proposed.len());
        }
    }
    for note in plan.segmentation.notes.iter().chain(&outcome.not_edited).take(ROWS_MAX) {
        let _ = writeln!(text, "note: {note}");
    }
    match &plan.segmentation.changes {
        Some(changes) => changed(&mut text, changes),
        None => text.push_str("there was no plan before\n"),
    }
    text
}

/// What lost zones and devices mean to the others: those that come furthest.
fn lost(text: &mut String, outcome: &Outcome) {
    let segmentation = &outcome.plan.segmentation;
    let in_steps: u64 = segmentation.devices_lost.iter().map(|one| one.in_steps).sum();
    if let Some(worst) = segmentation.zones_lost.iter().max_by_key(|one| (one.direct, one.in_steps)) {
        let _ = writeln!(
            text,
            "from device to device {in_steps} pairs stay open; of all zones {} reaches furthest when it is lost: {} devices of \
             others at once, {} step by step, {} today",
            worst.zone, worst.direct, worst.in_steps, worst.today
        );
    }
    let mut devices: Vec<_> = segmentation.devices_lost.iter().filter(|one| one.direct > 0).collect();
    if devices.is_empty() {
        return;
    }
    devices.sort_by_key(|one| (std::cmp::Reverse((one.direct, one.in_steps)), &one.device));
    let headings =
        ["device lost", "reaches today", "plan", "in steps", "reached by", "zones that come to it"];
    let named = |id: &String| {
        let device = outcome.assessment.devices.iter().find(|device| device.id == *id);
        device.map_or_else(|| id.clone(), device_name)
    };
    let mut table = Table::new(&headings);
    for one in devices.iter().take(WORST_MAX) {
        table.row(vec![
            named(&one.device),
            one.today.to_string(),
            one.direct.to_string(),
            one.in_steps.to_string(),
            one.reached_by.to_string(),
            format!("{} ({} in steps)", one.zones, one.zones_in_steps),
        ]);
    }
    text.push('\n');
    text.push_str(&table.text());
    let _ = writeln!(text, "blast-radius.csv of --out and --json have every device");
}

fn aggregate(text: &mut String, one: &Aggregate) {
    let ports: Vec<String> = one.ports.iter().map(u16::to_string).collect();
    let _ = writeln!(
        text,
        "    {}: {} to {} {} {}: saves {}, opens {} pairs that nothing needs ({})",
        one.id,
        one.from,
        one.to,
        one.transport,
        ports.join(","),
        one.saves,
        one.pairs,
        some(&one.opened)
    );
}

fn some(names: &[String]) -> String {
    const NAMED: usize = 4;
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED { format!("{shown} …") } else { shown }
}

fn more(text: &mut String, count: usize) {
    if let Some(left) = count.checked_sub(ROWS_MAX).filter(|left| *left > 0) {
        let _ = writeln!(text, "    … and {left} more (--json has all)");
    }
}

fn changed(text: &mut String, changes: &Changes) {
    let _ = writeln!(text, "\nsince the plan of {}:", changes.since);
    let before = text.len();
    for (heading, list) in [
        ("new zones", &changes.zones_added),
        ("zones gone", &changes.zones_removed),
        ("new microsegments", &changes.microsegments_added),
        ("microsegments gone", &changes.microsegments_removed),
    ] {
        if !list.is_empty() {
            let _ = writeln!(text, "  {heading}: {}", list.join(", "));
        }
    }
    for one in changes.moved.iter().take(ROWS_MAX) {
        let _ = match (&one.from, &one.to) {
            (Some(from), Some(to)) => writeln!(text, "  {} moves from {from} to {to}", one.device),
            (None, Some(to)) => writeln!(text, "  {} is new, in {to}", one.device),
            (from, None) => {
                writeln!(text, "  {} is gone from {}", one.device, from.as_deref().unwrap_or("nowhere"))
            }
        };
    }
    more(text, changes.moved.len());
    let part = |id: &Option<String>| id.clone().unwrap_or_else(|| "the rest of its zone".to_owned());
    for one in changes.regrouped.iter().take(ROWS_MAX) {
        let (from, to) = (part(&one.from), part(&one.to));
        let _ = writeln!(text, "  {} goes from {from} to {to}", one.device);
    }
    more(text, changes.regrouped.len());
    for (heading, list) in [
        ("rules added", &changes.added),
        ("rules widened", &changes.widened),
        ("rules narrowed", &changes.narrowed),
        ("rules removed", &changes.removed),
    ] {
        rules(text, heading, list);
    }
    if text.len() == before {
        text.push_str("  nothing changed\n");
    }
}

fn rules(text: &mut String, heading: &str, list: &[RuleChange]) {
    if list.is_empty() {
        return;
    }
    let _ = writeln!(text, "  {heading}: {}", list.len());
    for change in list.iter().take(ROWS_MAX) {
        let _ = writeln!(text, "    {}: {}\n      {}", change.rule, change.what, change.why);
    }
    more(text, list.len());
}

/// What a quarantine does.
pub(crate) fn quarantine(held: &Quarantine) -> String {
    let mut text = String::new();
    let addresses =
        if held.addresses.is_empty() { "no known address".to_owned() } else { held.addresses.join(", ") };
    let _ = writeln!(
        text,
        "{} ({}) at {addresses}\nfrom {} until {}, when it ends by itself",
        held.name, held.device, held.from, held.until
    );
    for (heading, list, none) in [
        ("stays", &held.stays, "nothing: no need of it is marked critical to care"),
        ("lost", &held.lost, "nothing that was seen or confirmed"),
        ("not kept open", &held.not_enforceable, ""),
    ] {
        if list.is_empty() && !none.is_empty() {
            let _ = writeln!(text, "{heading}: {none}");
        }
        list.iter().for_each(|one| {
            let _ = writeln!(text, "{heading}: {one}");
        });
    }
    match (&held.hold, &held.approved_by) {
        (Some(why), None) => {
            let _ = writeln!(text, "HELD: {why} with --approved-by; no rules are written before that");
        }
        (_, Some(name)) => {
            let _ = writeln!(text, "agreed by {name}");
        }
        (None, None) => {}
    }
    text
}

/// What departs from a plan.
pub(crate) fn drift(found: &Found) -> String {
    let drift = &found.seen;
    let mut text = format!(
        "{} flows against the plan of {}: {} permitted, {} kinds not permitted\n",
        drift.flows,
        drift.plan,
        drift.permitted,
        drift.unpermitted.len()
    );
    for one in drift.unpermitted.iter().take(ROWS_MAX) {
        let answered = if one.answered { "worked" } else { "was not answered" };
        let _ = writeln!(
            text,
            "  not permitted, {answered}: {}; first {}, last {}",
            one.what, one.first, one.last
        );
    }
    more(&mut text, drift.unpermitted.len());
    for (heading, list) in [("never used", &drift.unused), ("run out", &drift.expired)] {
        if !list.is_empty() {
            let _ = writeln!(text, "rules {heading}: {}", list.len());
            for one in list.iter().take(ROWS_MAX) {
                let _ = writeln!(text, "  {}: {}", one.rule, one.what);
            }
            more(&mut text, list.len());
        }
    }
    for (heading, list) in
        [("devices the plan does not know", &drift.unknown), ("devices not seen", &drift.absent)]
    {
        if !list.is_empty() {
            let _ = writeln!(text, "{heading}: {} ({})", list.len(), some(list));
        }
    }
    if let Some(all) = &found.configurations {
        configured(&mut text, all);
    }
    text
}

/// Configurations against the plan's rules.
fn configured(text: &mut String, all: &Configured) {
    let _ = writeln!(
        text,
        "{} flows of the plan's rules through the configurations: {} pass by one, {} do not come by, of {} the way is not in \
         them",
        all.flows, all.passing, all.elsewhere, all.no_way
    );
    for point in &all.points {
        let _ = writeln!(text, "{}", point.hostname.as_ref().unwrap_or(&point.path));
        departed(text, point);
    }
    on_link(text, &all.on_link);
    for one in all.left_out.iter().take(ROWS_MAX) {
        let _ = writeln!(text, "not compared: {}: {}", one.need, one.why);
    }
    more(text, all.left_out.len());
}
