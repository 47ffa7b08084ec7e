//! Two assessments compared, for a person at a terminal.

use super::{Table, shortened};
use cordon_wire::comparison::{Brief, Change, Comparison, DeviceChange, Direction, Side, Turn};
use std::fmt::Write as _;
use std::path::PathBuf;

/// How many rows of one list are shown; the sheet has all.
const ROWS_MAX: usize = 15;
/// Changed fields shown of one device.
const FIELDS_MAX: usize = 6;

/// What differs, gravest first.
pub(crate) fn comparison(comparison: &Comparison, files: &[PathBuf]) -> String {
    let mut text = String::new();
    sides(&mut text, &comparison.old, &comparison.new);
    if !comparison.basis.is_empty() {
        text.push_str("\nnot the network alone is different:\n");
        comparison.basis.iter().for_each(|one| text.push_str(&format!("  {one}\n")));
    }
    findings(&mut text, comparison);
    for (direction, heading) in [
        (Direction::Worse, "worse"),
        (Direction::Better, "better"),
        (Direction::Same, "changed, with the same score"),
    ] {
        let devices = comparison.changed.iter().filter(|device| device.direction == direction);
        changed(&mut text, heading, &devices.collect::<Vec<_>>());
    }
    briefs(&mut text, "new", &comparison.appeared);
    briefs(&mut text, "not seen or listed this time", &comparison.gone);
    let plan = &comparison.plan;
    let _ = writeln!(
        text,
        "\nunchanged: {} devices\nplan: {} rules more, {} less; {} devices in another zone; reachable pairs {} -> {} today, {} -> {} under the plan",
        comparison.unchanged,
        plan.rules_added.len(),
        plan.rules_removed.len(),
        plan.moved.len(),
        plan.pairs_today[0],
        plan.pairs_today[1],
        plan.pairs_planned[0],
        plan.pairs_planned[1],
    );
    for file in files {
        let _ = writeln!(text, "written: {}", file.display());
    }
    text
}

fn sides(text: &mut String, old: &Side, new: &Side) {
    let mut table = Table::new(&["", "before", "now"]);
    table.row(vec!["judged at".into(), old.now.clone(), new.now.clone()]);
    table.row(vec!["devices".into(), old.devices.to_string(), new.devices.to_string()]);
    table.row(vec!["sum of risk".into(), format!("{:.1}", old.score), format!("{:.1}", new.score)]);
    let count = |side: &std::collections::BTreeMap<String, u64>, name: &str| {
        side.get(name).copied().unwrap_or(0).to_string()
    };
    for tier in ["critical", "high", "medium", "low"] {
        table.row(vec![format!("{tier} risk"), count(&old.tiers, tier), count(&new.tiers, tier)]);
    }
    for status in ["affected", "undetermined", "fixed", "not_affected"] {
        let row = [count(&old.findings, status), count(&new.findings, status)];
        if row.iter().any(|count| count != "0") {
            let [before, now] = row;
            table.row(vec![format!("findings {status}"), before, now]);
        }
    }
    text.push_str(&table.text());
}

fn findings(text: &mut String, comparison: &Comparison) {
    if comparison.findings.is_empty() {
        return;
    }
    let mut findings: Vec<_> = comparison.findings.iter().collect();
    findings.sort_by_key(|finding| finding.turn);
    let _ = writeln!(text, "\nadvisories that mean something else now: {}", findings.len());
    let mut table = Table::new(&["what", "device", "advisory", "before", "now", "question"]);
    for finding in findings.iter().take(ROWS_MAX) {
        let status = |status: &Option<String>| status.clone().unwrap_or_else(|| "-".to_owned());
        table.row(vec![
            turn(finding.turn).to_owned(),
            shortened(&finding.name, 32),
            finding.advisory.clone(),
            status(&finding.before),
            status(&finding.after),
            finding.question.clone().unwrap_or_default(),
        ]);
    }
    text.push_str(&table.text());
    more(text, findings.len());
}

fn turn(turn: Turn) -> &'static str {
    match turn {
        Turn::NewlyAffected => "newly affected",
        Turn::Reopened => "no longer sure",
        Turn::Asked => "new question",
        Turn::Settled => "settled",
        Turn::Cleared => "not concerned",
        Turn::Withdrawn => "withdrawn",
    }
}

fn changed(text: &mut String, heading: &str, devices: &[&DeviceChange]) {
    if devices.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{heading}: {}", devices.len());
    for device in devices.iter().take(ROWS_MAX) {
        let _ = writeln!(
            text,
            "  {} ({})  {:.1} {} -> {:.1} {}",
            shortened(&device.name, 40),
            device.asset_tag.as_ref().unwrap_or(&device.id),
            device.score_before,
            device.tier_before,
            device.score_after,
            device.tier_after
        );
        for change in device.changes.iter().take(FIELDS_MAX) {
            let _ = writeln!(text, "      {}: {}", change.field, words(change));
        }
        for factor in device.factors.iter().take(FIELDS_MAX) {
            let points =
                |points: Option<f64>| points.map_or_else(|| "-".to_owned(), |points| format!("{points:.1}"));
            let _ = writeln!(
                text,
                "      {} {} -> {} points",
                factor.name,
                points(factor.before),
                points(factor.after)
            );
        }
    }
    more(text, devices.len());
}

fn words(change: &Change) -> String {
    let listed = |values: &[String]| shortened(&values.join(", "), 80);
    match (change.lost.is_empty(), change.gained.is_empty()) {
        (true, _) => format!("now {}", listed(&change.gained)),
        (false, true) => format!("no longer {}", listed(&change.lost)),
        (false, false) => format!("{} -> {}", listed(&change.lost), listed(&change.gained)),
    }
}

fn briefs(text: &mut String, heading: &str, briefs: &[Brief]) {
    if briefs.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{heading}: {}", briefs.len());
    let mut table = Table::new(&["risk", "tier", "device", "category", "address"]);
    for brief in briefs.iter().take(ROWS_MAX) {
        table.row(vec![
            format!("{:.1}", brief.score),
            brief.tier.clone(),
            shortened(&brief.name, 40),
            brief.category.clone(),
            brief.addresses.first().cloned().unwrap_or_else(|| "never on the wire".to_owned()),
        ]);
    }
    text.push_str(&table.text());
    more(text, briefs.len());
}

fn more(text: &mut String, count: usize) {
    if count > ROWS_MAX {
        let _ = writeln!(text, "  … and {} more in comparison.csv (--out DIR)", count - ROWS_MAX);
    }
}
