//! What follows from an assessment alone: attack paths, and the estate after chosen actions.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::explain::{self, device_name};
use crate::report;
use cordon_assess::reachability::{self, Map, Node, Place, Start, Today};
use cordon_assess::risk::combine;
use cordon_assess::rubric;
pub use cordon_assess::rubric::Scored as Rubric;
use cordon_assess::whatif::{Deed, Reason, Scored, what_if as after};
use cordon_model::Category;
use cordon_model::assess::{Side, Tier};
use cordon_wire::assessment::{Action, Assessment, Device};
use cordon_wire::outlook::{
    AttackPath, Barriers, Reachability, Reached, ScoreChange, WHAT_IF_SCHEMA, WhatIf,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// From this part of the impact on, a clinical device counts as one that can harm a patient.
const CAN_HARM_FROM: f64 = 0.4;
/// The factor that holds it.
const HARM: &str = "harm_patient_safety";

/// How an attacker from outside, or on the device `from`, gets to devices that can harm patients.
pub fn paths(
    actor: &Actor,
    assessment: &Path,
    from: Option<&str>,
) -> Result<(Assessment, Reachability), AppError> {
    actor.require(Permission::Assess)?;
    let start = match from {
        Some(name) => Start::Device(explain::device(actor, assessment, name)?.id),
        None => Start::Internet,
    };
    let assessment = report::read_assessment(assessment)?;
    let found = reachability(&assessment, &start);
    Ok((assessment, found))
}

/// Which actions.
#[derive(Clone, Copy, Debug)]
pub enum Chosen<'a> {
    /// Those with these ids.
    Named(&'a [String]),
    /// The first so many, in the assessment's order.
    First(usize),
}

/// The estate once chosen actions of an assessment file are done.
pub fn what_if(actor: &Actor, assessment: &Path, chosen: Chosen<'_>) -> Result<WhatIf, AppError> {
    actor.require(Permission::Assess)?;
    let assessment = report::read_assessment(assessment)?;
    let actions = &assessment.actions;
    let find = |id: &String| {
        actions.iter().find(|action| action.id == *id).ok_or_else(|| {
            let some: Vec<&str> = actions.iter().take(5).map(|action| action.id.as_str()).collect();
            AppError::WrongUse(format!(
                "the assessment has no action \"{id}\"; it has {} and others, see its actions",
                some.join(", ")
            ))
        })
    };
    let chosen: Vec<&Action> = match chosen {
        Chosen::Named([]) => {
            return Err(AppError::WrongUse(
                "name actions with --do, or how many of the first with --first".to_owned(),
            ));
        }
        Chosen::Named(ids) => ids.iter().map(find).collect::<Result<_, AppError>>()?,
        Chosen::First(count) => actions.iter().take(count).collect(),
    };
    Ok(outlook(&assessment, &chosen))
}

/// A blank form of the rubric.
pub fn rubric_form(actor: &Actor) -> Result<String, AppError> {
    actor.require(Permission::Assess)?;
    rubric::blank().map_err(|error| AppError::Defect { what: "the rubric", reason: error.to_string() })
}

/// What a filled form comes to.
pub fn rubric_score(actor: &Actor, answers: &Path) -> Result<rubric::Scored, AppError> {
    actor.require(Permission::Assess)?;
    let text = std::fs::read_to_string(answers).map_err(|error| AppError::unreadable(answers, error))?;
    rubric::score(&text).map_err(|error| AppError::unreadable(answers, error))
}

fn outlook(assessment: &Assessment, chosen: &[&Action]) -> WhatIf {
    let devices: Vec<Scored> = assessment.devices.iter().map(scored).collect();
    let deeds: Vec<Deed> = chosen.iter().map(|action| deed(action)).collect();
    let found = after(&devices, &deeds);
    let tier = |score: f64| Tier::of(score).name().to_owned();
    let tiers = |scores: &mut dyn Iterator<Item = f64>| {
        let mut tiers: BTreeMap<String, u64> = BTreeMap::new();
        scores.for_each(|score| *tiers.entry(tier(score)).or_default() += 1);
        tiers
    };
    let sum = |scores: &mut dyn Iterator<Item = f64>| (scores.sum::<f64>() * 10.0).round() / 10.0;
    let both = assessment.devices.iter().zip(&found).filter(|(_, one)| one.after < one.before);
    let mut changes: Vec<ScoreChange> = both
        .map(|(device, one)| ScoreChange {
            id: device.id.clone(),
            name: device_name(device),
            before: one.before,
            after: one.after,
            tier_before: tier(one.before),
            tier_after: tier(one.after),
        })
        .collect();
    changes
        .sort_by(|a, b| (b.before - b.after).total_cmp(&(a.before - a.after)).then_with(|| a.id.cmp(&b.id)));
    WhatIf {
        schema: WHAT_IF_SCHEMA.to_owned(),
        actions: chosen.iter().map(|action| action.id.clone()).collect(),
        before: sum(&mut found.iter().map(|one| one.before)),
        after: sum(&mut found.iter().map(|one| one.after)),
        tiers_before: tiers(&mut found.iter().map(|one| one.before)),
        tiers_after: tiers(&mut found.iter().map(|one| one.after)),
        devices: changes,
    }
}

fn scored(device: &Device) -> Scored {
    let reasons = device.risk.factors.iter().map(|factor| Reason {
        name: factor.name.clone(),
        side: if factor.side == Side::Impact.name() { Side::Impact } else { Side::Likelihood },
        value: factor.value,
        controlled: factor.controlled,
    });
    Scored { id: device.id.clone(), reasons: reasons.collect() }
}

fn deed(action: &Action) -> Deed {
    let lowers = action.lowers.iter().map(|one| ((one.device.clone(), one.factor.clone()), one.left));
    Deed {
        controls: action.kind == "segment",
        devices: action.devices.iter().cloned().collect(),
        clears: action.clears.iter().cloned().collect(),
        lowers: lowers.collect(),
    }
}

/// Follows an attacker through an assessment.
pub(crate) fn reachability(assessment: &Assessment, start: &Start) -> Reachability {
    let found = reachability::follow(&map(assessment), start);
    let reached = |reached: reachability::Reached| Reached {
        harmful: reached.harmful,
        devices: reached.devices,
        paths: reached
            .paths
            .into_iter()
            .map(|path| AttackPath {
                devices: path.devices,
                likelihood: (path.likelihood * 1e4).round() / 1e4,
            })
            .collect(),
    };
    let from = match start {
        Start::Internet => "internet".to_owned(),
        Start::Device(id) => id.clone(),
    };
    Reachability { from, before: reached(found.before), after: found.after.map(reached) }
}

fn map(assessment: &Assessment) -> Map {
    // Zones and microsegments, as rules name them.
    let wholes = assessment.zones.iter().flat_map(|zone| zone.wholes());
    let zones: BTreeMap<String, Vec<String>> =
        wholes.map(|(party, devices)| (party, devices.to_vec())).collect();
    // A plan that did not pass its own check is none.
    let verification = &assessment.verification;
    let is_verified = !assessment.rules.is_empty() && verification.too_tight.is_empty();
    let is_verified = is_verified && verification.too_loose.is_empty();
    let mut outside: BTreeSet<&str> = BTreeSet::new();
    let mut permitted = Vec::new();
    for rule in assessment.rules.iter().filter(|_| is_verified) {
        match (place(&rule.from), place(&rule.to)) {
            (Some(from), Some(to)) => permitted.push((from, to)),
            (Some(_), None) if rule.to.starts_with("outside:") => _ = outside.insert(rule.from.as_str()),
            (None, Some(_)) if rule.from.starts_with("outside:") => _ = outside.insert(rule.to.as_str()),
            _ => {}
        }
    }
    let open: BTreeSet<&str> = outside
        .iter()
        .flat_map(|party| match party.split_once(':') {
            Some(("zone" | "microsegment", _)) => {
                zones.get(*party).into_iter().flatten().map(String::as_str).collect()
            }
            Some(("device", id)) => vec![id],
            _ => Vec::new(),
        })
        .collect();
    let nodes = assessment.devices.iter().map(|device| node(device, open.contains(device.id.as_str())));
    let today = assessment.barriers.as_ref().map(today);
    Map { nodes: nodes.collect(), permitted: is_verified.then_some(permitted), zones: zones.clone(), today }
}

fn today(barriers: &Barriers) -> Today {
    // Names in the order of the groups, so that equal assessments give equal ways.
    let name = |at: u64| format!("{at:09}");
    let groups = || (0u64..).zip(&barriers.groups);
    Today {
        groups: groups().map(|(at, group)| (name(at), group.devices.clone())).collect(),
        permitted: groups()
            .flat_map(|(at, group)| group.reaches.iter().map(move |to| (name(at), name(*to))))
            .collect(),
    }
}

fn node(device: &Device, touches_internet_planned: bool) -> Node {
    let likelihood = |value: fn(&cordon_wire::assessment::Factor) -> f64| {
        let factors = device.risk.factors.iter().filter(|factor| factor.side == Side::Likelihood.name());
        combine(factors.map(value))
    };
    let is_clinical = device.category.parse().is_ok_and(Category::is_clinical);
    let harm =
        device.risk.factors.iter().find(|factor| factor.name == HARM).map_or(0.0, |factor| factor.value);
    Node {
        id: device.id.clone(),
        addressed: !device.ips.is_empty(),
        likelihood: likelihood(|factor| factor.value),
        likelihood_planned: likelihood(|factor| factor.controlled),
        touches_internet: device.exposure.internet_asked > 0 || device.exposure.internet_inbound > 0,
        touches_internet_planned,
        can_harm: harm >= CAN_HARM_FROM && is_clinical,
    }
}

fn place(party: &str) -> Option<Place> {
    match party.split_once(':')? {
        ("device", id) => Some(Place::Device(id.to_owned())),
        ("zone" | "microsegment", _) => Some(Place::Zone(party.to_owned())),
        _ => None,
    }
}
