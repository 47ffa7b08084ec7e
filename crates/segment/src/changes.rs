//! What is different between the last plan and this one, with the reasons.

use cordon_model::identify::DeviceId;
use cordon_model::segment::{Need, Party, Rule, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// The difference of two plans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Zones that are new, by id.
    pub zones_added: Vec<String>,
    /// Zones that are gone, by id.
    pub zones_removed: Vec<String>,
    /// Devices that stand in another zone: which, from, to.
    pub moved: Vec<(DeviceId, String, String)>,
    /// Devices that were in no zone before, and their zone.
    pub arrived: Vec<(DeviceId, String)>,
    /// Devices that are in no zone any more, and where they were.
    pub left: Vec<(DeviceId, String)>,
    /// Microsegments that are new, by id.
    pub microsegments_added: Vec<String>,
    /// Microsegments that are gone, by id.
    pub microsegments_removed: Vec<String>,
    /// Devices of the same zone as before that stand in another microsegment of it: which, from, to; `None` for the rest
    /// of the zone.
    pub regrouped: Vec<(DeviceId, Option<String>, Option<String>)>,
    /// Rules that are new.
    pub added: Vec<RuleChange>,
    /// Rules that are gone.
    pub removed: Vec<RuleChange>,
    /// Rules that let more through than before: ports, members of a zone, an end that is gone.
    pub widened: Vec<RuleChange>,
    /// Rules that let less through.
    pub narrowed: Vec<RuleChange>,
}

/// A rule that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// The rule as it is, or as it was where it is gone.
    pub rule: String,
    /// What it permits, in a sentence.
    pub what: String,
    /// Why it changed, in a sentence.
    pub why: String,
}

impl Changes {
    /// True when both plans say the same.
    pub fn is_empty(&self) -> bool {
        *self == Changes::default()
    }
}

/// What one plan says.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Its zones.
    pub zones: &'a [Zone],
    /// Its rules.
    pub rules: &'a [Rule],
    /// Its needs.
    pub needs: &'a [Need],
}

/// From the last plan to this one.
pub fn changes(old: Side<'_>, new: Side<'_>) -> Changes {
    let mut found = Changes::default();
    zones(old.zones, new.zones, &mut found);
    rules(old, new, &mut found);
    found
}

fn zones(old: &[Zone], new: &[Zone], found: &mut Changes) {
    let ids = |zones: &[Zone]| zones.iter().map(|zone| zone.id.clone()).collect::<BTreeSet<String>>();
    let (before, after) = (ids(old), ids(new));
    found.zones_added = after.difference(&before).cloned().collect();
    found.zones_removed = before.difference(&after).cloned().collect();
    let (was, is) = (zone_of(old), zone_of(new));
    for (device, zone) in &is {
        match was.get(device) {
            None => found.arrived.push(((*device).clone(), (*zone).to_owned())),
            Some(before) if before != zone => {
                found.moved.push(((*device).clone(), (*before).to_owned(), (*zone).to_owned()));
            }
            Some(_) => {}
        }
    }
    let gone = was.iter().filter(|(device, _)| !is.contains_key(*device));
    found.left = gone.map(|(device, zone)| ((*device).clone(), (*zone).to_owned())).collect();
    let parts = |zones: &[Zone]| -> BTreeSet<String> {
        zones.iter().flat_map(|zone| &zone.microsegments).map(|part| part.id.clone()).collect()
    };
    let (before, after) = (parts(old), parts(new));
    found.microsegments_added = after.difference(&before).cloned().collect();
    found.microsegments_removed = before.difference(&after).cloned().collect();
    let (part_was, part_is) = (part_of(old), part_of(new));
    let named = |parts: &BTreeMap<&DeviceId, &str>, device| parts.get(device).map(|id| (*id).to_owned());
    for device in
        is.iter().filter(|(device, zone)| was.get(*device) == Some(*zone)).map(|(device, _)| *device)
    {
        let (from, to) = (named(&part_was, device), named(&part_is, device));
        if from != to {
            found.regrouped.push((device.clone(), from, to));
        }
    }
}

fn part_of(zones: &[Zone]) -> BTreeMap<&DeviceId, &str> {
    let parts = zones.iter().flat_map(|zone| &zone.microsegments);
    parts.flat_map(|part| part.devices.iter().map(|id| (id, part.id.as_str()))).collect()
}

fn zone_of(zones: &[Zone]) -> BTreeMap<&DeviceId, &str> {
    zones.iter().flat_map(|zone| zone.devices.iter().map(|id| (id, zone.id.as_str()))).collect()
}

/// Rules of the same two ends and the same service are one rule that changed its ports or its end.
fn key(rule: &Rule) -> (String, String, String, String) {
    let application = rule.application.clone().unwrap_or_default();
    (rule.from.to_string(), rule.to.to_string(), rule.transport.to_string(), application)
}

fn rules(old: Side<'_>, new: Side<'_>, found: &mut Changes) {
    let before: BTreeMap<&str, &Rule> = old.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let after: BTreeMap<&str, &Rule> = new.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let mut gone: BTreeMap<_, Vec<&Rule>> = BTreeMap::new();
    for rule in old.rules.iter().filter(|rule| !after.contains_key(rule.id.as_str())) {
        gone.entry(key(rule)).or_default().push(rule);
    }
    let needs_then: BTreeMap<&str, &Need> = old.needs.iter().map(|need| (need.id.as_str(), need)).collect();
    let needs_now: BTreeMap<&str, &Need> = new.needs.iter().map(|need| (need.id.as_str(), need)).collect();
    for rule in new.rules {
        if let Some(same) = before.get(rule.id.as_str()) {
            same_rule(same, rule, old.zones, new.zones, found);
        } else if let Some(was) = gone.get_mut(&key(rule)).and_then(Vec::pop) {
            ports(was, rule, found);
        } else {
            found.added.push(RuleChange {
                rule: rule.id.clone(),
                what: what(rule),
                why: why_added(rule, &needs_then, &needs_now),
            });
        }
    }
    for rule in gone.into_values().flatten() {
        let why = why_removed(rule, &needs_now);
        found.removed.push(RuleChange { rule: rule.id.clone(), what: what(rule), why });
    }
    for list in [&mut found.added, &mut found.removed, &mut found.widened, &mut found.narrowed] {
        list.sort_by(|a, b| a.rule.cmp(&b.rule));
    }
}

fn what(rule: &Rule) -> String {
    rule.why.clone()
}

/// A rule of the same name lets more through when a zone it names has grown.
fn same_rule(was: &Rule, is: &Rule, old: &[Zone], new: &[Zone], found: &mut Changes) {
    let members = |zones: &[Zone], party: &Party| -> BTreeSet<DeviceId> {
        match party {
            Party::Zone(_) | Party::Microsegment(_) => {
                let mut wholes = zones.iter().flat_map(Zone::wholes);
                let own = wholes.find(|(whole, _)| whole == party);
                own.map(|(_, devices)| devices.iter().cloned().collect()).unwrap_or_default()
            }
            _ => BTreeSet::new(),
        }
    };
    let (mut more, mut fewer) = (Vec::new(), Vec::new());
    for (before, after) in [(&was.from, &is.from), (&was.to, &is.to)] {
        let (before, after) = (members(old, before), members(new, after));
        more.extend(after.difference(&before).map(ToString::to_string));
        fewer.extend(before.difference(&after).map(ToString::to_string));
    }
    let change = |why: String| RuleChange { rule: is.id.clone(), what: what(is), why };
    if !more.is_empty() {
        found.widened.push(change(format!("{} has more devices: {}", whole(is), some(&more))));
    }
    if !fewer.is_empty() {
        found.narrowed.push(change(format!("{} has fewer devices: {}", whole(is), some(&fewer))));
    }
}

/// Whose members a rule depends on.
fn whole(rule: &Rule) -> &'static str {
    let is_part = |party: &Party| matches!(party, Party::Microsegment(_));
    if is_part(&rule.from) || is_part(&rule.to) { "its microsegment" } else { "its zone" }
}

fn ports(was: &Rule, is: &Rule, found: &mut Changes) {
    let (before, after): (BTreeSet<u16>, BTreeSet<u16>) =
        (was.ports.iter().copied().collect(), is.ports.iter().copied().collect());
    let names = |ports: Vec<&u16>| some(&ports.into_iter().map(ToString::to_string).collect::<Vec<_>>());
    let (more, fewer) =
        (after.difference(&before).collect::<Vec<_>>(), before.difference(&after).collect::<Vec<_>>());
    let change = |why: String| RuleChange { rule: is.id.clone(), what: what(is), why };
    // No ports means all of them.
    if after.is_empty() && !before.is_empty() {
        found.widened.push(change("every port instead of some".to_owned()));
    } else if before.is_empty() && !after.is_empty() {
        found.narrowed.push(change("some ports instead of every".to_owned()));
    } else {
        if !more.is_empty() {
            found.widened.push(change(format!("ports that a need now uses: {}", names(more))));
        }
        if !fewer.is_empty() {
            found.narrowed.push(change(format!("ports that no need uses any more: {}", names(fewer))));
        }
    }
    match (was.until, is.until) {
        (Some(_), None) => found.widened.push(change("it lasts; before, it ended by itself".to_owned())),
        (None, Some(until)) => found.narrowed.push(change(format!("it ends by itself after {until}"))),
        _ => {}
    }
}

fn why_added(rule: &Rule, then: &BTreeMap<&str, &Need>, now: &BTreeMap<&str, &Need>) -> String {
    let fresh = rule.needs.iter().filter(|id| !then.contains_key(id.as_str())).count();
    let source = rule.needs.iter().find_map(|id| now.get(id.as_str())).map(|need| match need.state.name() {
        "confirmed" => "confirmed",
        _ => "seen in use",
    });
    match (rule.accepted.as_ref(), fresh) {
        (Some(by), _) => format!("rules were drawn together, as accepted by {by}"),
        (None, 0) => "its needs were served by other rules before".to_owned(),
        (None, 1) => format!("a need that is new, {}", source.unwrap_or("declared")),
        (None, many) => format!("{many} needs that are new, {}", source.unwrap_or("declared")),
    }
}

fn why_removed(rule: &Rule, now: &BTreeMap<&str, &Need>) -> String {
    let left = rule.needs.iter().filter_map(|id| now.get(id.as_str()));
    let (mut required, mut refused) = (0u64, 0u64);
    left.for_each(|need| if need.state.is_required() { required += 1 } else { refused += 1 });
    match (required, refused) {
        (0, 0) => "none of its needs is there any more: not seen, and confirmed by nobody".to_owned(),
        (0, _) => "its needs were rejected or have run out".to_owned(),
        _ => "its needs are served by other rules now".to_owned(),
    }
}

fn some(names: &[String]) -> String {
    const NAMED: usize = 6;
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
