//! What follows from an assessment, as tables.

use cordon_app::outlook::Rubric;
use cordon_wire::assessment::{Assessment, Device};
use cordon_wire::outlook::{Reachability, Reached, WhatIf};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The most devices and paths that are shown.
const SHOWN_MAX: usize = 20;

/// The estate after chosen actions.
pub(crate) fn what_if(found: &WhatIf) -> String {
    // Writing to a string cannot fail.
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} actions: {:.1} points of risk become {:.1}",
        found.actions.len(),
        found.before,
        found.after
    );
    for tier in ["critical", "high", "medium", "low"] {
        let count = |tiers: &BTreeMap<String, u64>| tiers.get(tier).copied().unwrap_or_default();
        let _ =
            writeln!(text, "  {tier:<9}{:>7} -> {}", count(&found.tiers_before), count(&found.tiers_after));
    }
    for device in found.devices.iter().take(SHOWN_MAX) {
        let (before, after) = (&device.tier_before, &device.tier_after);
        let _ = writeln!(
            text,
            "{:>5.1} -> {:>5.1}  {before} -> {after}  {}",
            device.before, device.after, device.name
        );
    }
    if found.devices.len() > SHOWN_MAX {
        let _ = writeln!(text, "… and {} more devices; --json shows all", found.devices.len() - SHOWN_MAX);
    }
    text
}

/// Attack paths before and under the plan.
pub(crate) fn paths(assessment: &Assessment, found: &Reachability) -> String {
    let names: BTreeMap<&str, &Device> =
        assessment.devices.iter().map(|device| (device.id.as_str(), device)).collect();
    let name = |id: &str| {
        names.get(id).map_or_else(|| id.to_owned(), |device| cordon_app::explain::device_name(device))
    };
    let from = if found.from == "internet" { "the internet".to_owned() } else { name(&found.from) };
    let mut text = format!("From {from}\n");
    let mut show = |title: &str, reached: &Reached| {
        let _ = writeln!(
            text,
            "{title}: {} devices can be got to, {} of them can harm patients",
            reached.devices, reached.harmful
        );
        for path in reached.paths.iter().take(SHOWN_MAX) {
            let way: Vec<String> = path.devices.iter().map(|id| name(id)).collect();
            let _ = writeln!(text, "  {:>6.2} %  {}", path.likelihood * 100.0, way.join(" > "));
        }
    };
    show("Today", &found.before);
    match &found.after {
        Some(after) => show("Under the plan", after),
        None => text.push_str("There is no verified plan.\n"),
    }
    text
}

/// What a filled form comes to.
pub(crate) fn rubric(scored: &Rubric) -> String {
    let score = scored.vector.scores().base;
    let mut text = format!("{}\n{score} {}\n", scored.vector, score.severity());
    for (metric, value, by) in &scored.because {
        let by = by.as_deref().unwrap_or("no answer raises it");
        let _ = writeln!(text, "  {metric}:{value}  {by}");
    }
    text
}
