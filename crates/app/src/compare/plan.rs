//! The segmentation plan before and now.

use super::pairs::Pairs;
use cordon_wire::assessment::{Assessment, Rule};
use cordon_wire::comparison::{Moved, PlanChange, RuleBrief};
use std::collections::{BTreeMap, BTreeSet};

/// What a rule allows, whatever its id: devices go by their ids of the new assessment.
fn key(rule: &Rule, party: impl Fn(&str) -> String) -> String {
    let ports: BTreeSet<u16> = rule.ports.iter().copied().collect();
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    format!("{} to {} {}/{}", party(&rule.from), party(&rule.to), rule.transport, ports.join(","))
}

pub(super) fn change(old: &Assessment, new: &Assessment, pairs: &Pairs<'_>) -> PlanChange {
    let renamed = |party: &str| pairs.party(party);
    let same = |party: &str| party.to_owned();
    let before: BTreeMap<String, &Rule> = old.rules.iter().map(|rule| (key(rule, renamed), rule)).collect();
    let after: BTreeMap<String, &Rule> = new.rules.iter().map(|rule| (key(rule, same), rule)).collect();
    let only = |these: &BTreeMap<String, &Rule>, others: &BTreeMap<String, &Rule>| {
        let missing = these.iter().filter(|(key, _)| !others.contains_key(*key));
        missing.map(|(key, rule)| RuleBrief { id: rule.id.clone(), text: key.clone() }).collect()
    };
    let names = |assessment: &Assessment| {
        assessment.zones.iter().map(|zone| zone.name.clone()).collect::<BTreeSet<String>>()
    };
    let (zones_before, zones_after) = (names(old), names(new));
    PlanChange {
        rules_added: only(&after, &before),
        rules_removed: only(&before, &after),
        zones_added: zones_after.difference(&zones_before).cloned().collect(),
        zones_removed: zones_before.difference(&zones_after).cloned().collect(),
        moved: moved(old, new, pairs),
        pairs_today: [old.containment.pairs_before, new.containment.pairs_before],
        pairs_planned: [old.containment.pairs_after, new.containment.pairs_after],
    }
}

fn moved(old: &Assessment, new: &Assessment, pairs: &Pairs<'_>) -> Vec<Moved> {
    let zone_of = |assessment: &'_ Assessment| -> BTreeMap<String, String> {
        let members = assessment
            .zones
            .iter()
            .flat_map(|zone| zone.devices.iter().map(|device| (device.clone(), zone.name.clone())));
        members.collect()
    };
    let (before, after) = (zone_of(old), zone_of(new));
    let mut moved: Vec<Moved> = pairs
        .both
        .iter()
        .filter_map(|(was, is)| {
            let (from, to) = (before.get(&was.id)?, after.get(&is.id)?);
            (from != to).then(|| Moved { device: is.id.clone(), from: from.clone(), to: to.clone() })
        })
        .collect();
    moved.sort_by(|a, b| a.device.cmp(&b.device));
    moved
}
