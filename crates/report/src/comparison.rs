//! `comparison.csv`: what differs between two assessments, a row for each difference.

use crate::sheets::CELL_MAX;
use crate::{ReportError, sheets, words};
use cordon_wire::comparison::{Brief, Comparison};

const COLUMNS: [&str; 8] = ["kind", "device", "asset_tag", "name", "what", "before", "now", "why"];

/// The sheet's bytes.
pub(crate) fn sheet(comparison: &Comparison) -> Result<Vec<u8>, ReportError> {
    let mut rows: Vec<[String; 8]> = Vec::new();
    rows.extend(comparison.appeared.iter().map(|brief| only("appeared", brief, false)));
    rows.extend(comparison.gone.iter().map(|brief| only("not_seen", brief, true)));
    for device in &comparison.changed {
        let tag = device.asset_tag.clone().unwrap_or_default();
        let mut row = |kind: &str, what: &str, before: String, now: String, why: String| {
            let cells =
                [kind.to_owned(), device.id.clone(), tag.clone(), device.name.clone(), what.to_owned()];
            let [kind, id, tag, name, what] = cells;
            rows.push([kind, id, tag, name, what, before, now, why]);
        };
        if device.score_before != device.score_after {
            let score = |score: f64, tier: &str| format!("{score:.1} {tier}");
            let before = score(device.score_before, &device.tier_before);
            row("risk", "score", before, score(device.score_after, &device.tier_after), String::new());
        }
        for change in &device.changes {
            row("field", &change.field, change.lost.join("; "), change.gained.join("; "), String::new());
        }
        for factor in &device.factors {
            let points =
                |points: Option<f64>| points.map(|points| format!("{points:.1}")).unwrap_or_default();
            row("factor", &factor.name, points(factor.before), points(factor.after), factor.why.clone());
        }
    }
    rows.extend(comparison.findings.iter().map(|finding| {
        let status = |status: &Option<String>| status.clone().unwrap_or_default();
        let why = finding.question.clone().unwrap_or_else(|| finding.why.clone());
        let (before, now) = (status(&finding.before), status(&finding.after));
        let advisory = finding.advisory.clone();
        [
            "finding".to_owned(),
            finding.device.clone(),
            String::new(),
            finding.name.clone(),
            advisory,
            before,
            now,
            why,
        ]
    }));
    let rows = rows.into_iter().map(|row| row.map(|cell| words::clean(&cell, CELL_MAX)).to_vec());
    sheets::write("comparison.csv", std::iter::once(sheets::heading(&COLUMNS)).chain(rows))
}

fn only(kind: &str, brief: &Brief, was: bool) -> [String; 8] {
    let score = format!("{:.1} {}", brief.score, brief.tier);
    let (before, now) = if was { (score, String::new()) } else { (String::new(), score) };
    let tag = brief.asset_tag.clone().unwrap_or_default();
    let addresses = brief.addresses.join(" ");
    [
        kind.to_owned(),
        brief.id.clone(),
        tag,
        brief.name.clone(),
        brief.category.clone(),
        before,
        now,
        addresses,
    ]
}
