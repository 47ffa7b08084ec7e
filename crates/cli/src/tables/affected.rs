//! What one advisory means for the devices of an assessment, for a person at a terminal.

use super::{Table, shortened};
use cordon_wire::affected::{Affected, Hit};
use std::fmt::Write as _;

/// How many rows of one list are shown; `--json` has all.
const ROWS_MAX: usize = 40;
/// How many of the maker's texts are shown.
const REMEDIES_MAX: usize = 12;

/// Devices hit first, then those that need a fact, then the others, then what the maker advises.
pub(crate) fn affected(answer: &Affected) -> String {
    let mut text = String::new();
    for advisory in &answer.advisories {
        let title = advisory.title.as_deref().unwrap_or_default();
        let revision =
            advisory.revision.as_deref().map(|one| format!(" (revision {one})")).unwrap_or_default();
        let _ = writeln!(text, "{}{revision}  {title}", advisory.id);
    }
    let _ = writeln!(
        text,
        "{} devices assessed at {}: {} affected, {} undetermined, {} fixed, {} not affected",
        answer.devices,
        answer.assessed,
        answer.affected.len(),
        answer.undetermined.len(),
        answer.fixed.len(),
        answer.not_affected.len()
    );
    let state = |name: &str| answer.remediation.get(name).copied().unwrap_or_default();
    let marked = state("in_progress") + state("done");
    if marked > 0 {
        let _ = writeln!(
            text,
            "of their vulnerabilities: {} not remediated, {} in progress, {} done",
            state("not_remediated"),
            state("in_progress"),
            state("done")
        );
    }
    list(&mut text, "affected", &answer.affected);
    questions(&mut text, &answer.undetermined);
    list(&mut text, "fixed", &answer.fixed);
    list(&mut text, "not affected", &answer.not_affected);
    if !answer.remedies.is_empty() {
        text.push_str("\nwhat the maker advises:\n");
        for remedy in answer.remedies.iter().take(REMEDIES_MAX) {
            let _ = writeln!(text, "  [{}] {}", remedy.kind.replace('_', " "), remedy.text.trim());
            if let Some(url) = &remedy.url {
                let _ = writeln!(text, "      {url}");
            }
        }
        more(&mut text, answer.remedies.len(), REMEDIES_MAX);
    }
    text
}

fn label(hit: &Hit) -> String {
    hit.asset_tag.clone().unwrap_or_else(|| hit.device.clone())
}

fn list(text: &mut String, heading: &str, hits: &[Hit]) {
    if hits.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{heading}:");
    let mut table = Table::new(&["device", "name", "version", "department", "why"]);
    for hit in hits.iter().take(ROWS_MAX) {
        table.row(vec![
            label(hit),
            shortened(&hit.name, 32),
            hit.firmware.clone().unwrap_or_default(),
            shortened(hit.department.as_deref().unwrap_or_default(), 20),
            shortened(&hit.why, 110),
        ]);
    }
    text.push_str(&table.text());
    more(text, hits.len(), ROWS_MAX);
}

fn questions(text: &mut String, hits: &[Hit]) {
    if hits.is_empty() {
        return;
    }
    text.push_str("\none more fact would tell:\n");
    let mut table = Table::new(&["device", "name", "version", "department", "question"]);
    for hit in hits.iter().take(ROWS_MAX) {
        table.row(vec![
            label(hit),
            shortened(&hit.name, 32),
            hit.firmware.clone().unwrap_or_default(),
            shortened(hit.department.as_deref().unwrap_or_default(), 20),
            shortened(hit.question.as_deref().unwrap_or(&hit.why), 110),
        ]);
    }
    text.push_str(&table.text());
    more(text, hits.len(), ROWS_MAX);
}

fn more(text: &mut String, count: usize, shown: usize) {
    if count > shown {
        let _ = writeln!(text, "  … and {} more; --json has all", count - shown);
    }
}
