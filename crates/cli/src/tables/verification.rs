//! Configurations against needs, for a person at a terminal.

use super::Table;
use cordon_app::segment::verify::{Point, Stopped, Verification};
use std::fmt::Write as _;

/// Rows of one kind that are shown; `--json` has all.
const ROWS_MAX: usize = 20;

/// What each configuration would break, and what it leaves open.
pub(crate) fn verification(verification: &Verification) -> String {
    let mut text =
        format!("{} needs, {} flows from address to address\n", verification.needs, verification.flows);
    for left_out in verification.left_out.iter().take(ROWS_MAX) {
        let _ = writeln!(text, "  not checked: {}: {}", left_out.need, left_out.why);
    }
    more(&mut text, verification.left_out.len());
    verification.points.iter().for_each(|point| one(&mut text, point));
    text
}

fn one(text: &mut String, point: &Point) {
    let name = point.hostname.as_deref().unwrap_or(&point.path);
    let _ = writeln!(
        text,
        "\n{name} ({})\n  {} flows pass here, {} do not, of {} the way is not in the configuration",
        point.path, point.passing, point.elsewhere, point.no_way
    );
    stopped(text, "breaks care", point.blocked_count, &point.blocked);
    stopped(text, "cannot be told", point.unsure_count, &point.unsure);
    let _ = writeln!(text, "  lets through more than is needed: {} lines", point.loose.len());
    for open in point.loose.iter().take(ROWS_MAX) {
        let line = match (&open.list, open.line, &open.text) {
            (Some(list), Some(line), Some(words)) => format!("{list} line {line} `{words}`"),
            _ => "no list at all".to_owned(),
        };
        let _ = writeln!(text, "    {} to {}: {line}\n      for example {}", open.from, open.to, open.packet);
    }
    more(text, point.loose.len());
    if !point.idle.is_empty() {
        let _ = writeln!(text, "  lines that do nothing: {}", point.idle.len());
        let mut table = Table::new(&["    line", "why", "because of", "text"]);
        for idle in point.idle.iter().take(ROWS_MAX) {
            let by: Vec<String> = idle.by.iter().map(u32::to_string).collect();
            table.row(vec![
                format!("    {}", idle.line),
                idle.kind.to_owned(),
                by.join(" "),
                idle.text.clone(),
            ]);
        }
        text.push_str(&table.text());
    }
    if point.not_understood_count > 0 {
        let _ = writeln!(
            text,
            "  not understood: {} lines; what they touch counts as unsure",
            point.not_understood_count
        );
        for (place, line) in point.not_understood.iter().take(ROWS_MAX) {
            let _ = writeln!(text, "    line {place}: {line}");
        }
        more(text, point.not_understood.len());
    }
}

fn stopped(text: &mut String, heading: &str, count: u64, found: &[Stopped]) {
    let _ = writeln!(text, "  {heading}: {count} of requests and answers");
    for one in found.iter().take(ROWS_MAX) {
        let by = match (one.line, &one.text) {
            (Some(line), Some(words)) => format!("line {line} `{words}`"),
            _ if one.list.is_empty() => "what was not understood".to_owned(),
            _ => "the end of the list, which denies".to_owned(),
        };
        let doubt = one.doubt.as_ref().map(|doubt| format!(" (not understood: {doubt})")).unwrap_or_default();
        let _ = writeln!(
            text,
            "    {} to {}, to {}: {} {}, {by}{doubt}\n      {} {}",
            one.from, one.to, one.purpose, one.at, one.list, one.direction, one.packet
        );
    }
    more(text, found.len());
}

fn more(text: &mut String, count: usize) {
    if count > ROWS_MAX {
        let _ = writeln!(text, "    … and {} more with --json", count - ROWS_MAX);
    }
}
