//! Needs, for a person at a terminal.

use super::Table;
use cordon_app::segment::needs::{CoverageRow, Done, QuestionRow, Row};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Rows that are shown; `--json` and `--csv` have all.
const ROWS_MAX: usize = 200;
/// What was left out is shown so often.
const LEFT_OUT_MAX: usize = 10;

/// The needs, with how many there are of each state.
pub(crate) fn needs(rows: &[Row]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.state).or_insert(0) += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let mut text = format!("{} needs: {}\n", rows.len(), counts.join(", "));
    let mut table = Table::new(&["id", "state", "from", "to", "service", "seen", "what for"]);
    for row in rows.iter().take(ROWS_MAX) {
        let service = match &row.application {
            Some(name) => format!("{} {name}", row.service),
            None => row.service.clone(),
        };
        let seen =
            row.seen.as_ref().map_or_else(|| "never".to_owned(), |seen| format!("{:.1} days", seen.days));
        let mut purpose = row.purpose.clone();
        if let (Some(by), Some(because)) = (&row.by, &row.because) {
            let _ = write!(purpose, " ({by}: {because})");
        }
        if let Some(until) = &row.until {
            let _ = write!(purpose, ", until {until}");
        }
        if row.care_critical {
            purpose.push_str(", care-critical");
        }
        let (from, to) = (row.from_name.clone(), row.to_name.clone());
        table.row(vec![row.id.clone(), row.state.to_owned(), from, to, service, seen, purpose]);
    }
    text.push_str(&table.text());
    if rows.len() > ROWS_MAX {
        let _ = writeln!(text, "and {} more; --json and --csv have all", rows.len() - ROWS_MAX);
    }
    text
}

/// What was written down.
pub(crate) fn decided(done: &Done, rejected: bool) -> String {
    let word = if rejected { "rejected" } else { "confirmed" };
    let mut text = format!("{} needs {word} in {}\n", done.written.len(), done.path.display());
    for one in done.left_out.iter().take(LEFT_OUT_MAX) {
        let _ = writeln!(text, "  not {word}: {}: {}", one.need, one.why);
    }
    if done.left_out.len() > LEFT_OUT_MAX {
        let _ = writeln!(text, "  and {} more", done.left_out.len() - LEFT_OUT_MAX);
    }
    text
}

/// How well needs were observed: those of which something is missing first.
pub(crate) fn need_coverage(rows: &[CoverageRow]) -> String {
    let open = rows.iter().filter(|row| !row.enough).count();
    let mut text = format!("{} needs, {open} of them not yet settled\n", rows.len());
    let mut table = Table::new(&[
        "id", "from", "to", "service", "watched", "hours", "weekday", "night", "weekend", "why",
    ]);
    let (missing, settled): (Vec<_>, Vec<_>) = rows.iter().partition(|row| !row.enough);
    for row in missing.into_iter().chain(settled).take(ROWS_MAX) {
        let seen = row.seen.as_ref();
        let word = |yes: Option<bool>| if yes == Some(true) { "yes" } else { "no" }.to_owned();
        table.row(vec![
            row.need.clone(),
            row.from.clone(),
            row.to.clone(),
            row.service.clone(),
            row.watched_days.map_or_else(|| "never".to_owned(), |days| format!("{days:.1} days")),
            seen.map_or(0, |seen| seen.hours).to_string(),
            word(seen.map(|seen| seen.weekday)),
            word(seen.map(|seen| seen.night)),
            word(seen.map(|seen| seen.weekend)),
            format!("{}: {}", row.purpose, row.why),
        ]);
    }
    text.push_str(&table.text());
    if rows.len() > ROWS_MAX {
        let _ = writeln!(text, "and {} more; --json and --csv have all", rows.len() - ROWS_MAX);
    }
    text
}

/// What stays open with makers.
pub(crate) fn need_questions(rows: &[QuestionRow]) -> String {
    let mut text = format!("{} open questions\n", rows.len());
    let mut table = Table::new(&["kind", "document", "place", "devices", "what"]);
    for row in rows.iter().take(ROWS_MAX) {
        let devices = match row.names.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [one, rest @ ..] => format!("{one} and {} more", rest.len()),
        };
        let (kind, document, place) = (row.kind.to_owned(), row.document.clone(), row.place.clone());
        table.row(vec![kind, document, place, devices, row.ask.clone()]);
    }
    text.push_str(&table.text());
    if rows.len() > ROWS_MAX {
        let _ = writeln!(text, "and {} more; --json and --csv have all", rows.len() - ROWS_MAX);
    }
    text
}
