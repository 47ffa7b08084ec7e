//! Configurations against needs, for a person at a terminal.

use super::Table;
use cordon_app::segment::diff::{Changed, Decides, Difference};
use cordon_app::segment::drift::PointDrift;
use cordon_app::segment::points::{OnLink, Stopped, TimedLine};
use cordon_app::segment::replay::{Replay, Replayed};
use cordon_app::segment::verify::{Open, Point, Verification};
use std::fmt::Write as _;

/// Rows of one kind that are shown; `--json` has all.
const ROWS_MAX: usize = 20;

/// What each configuration would break, and what it leaves open.
pub(crate) fn verification(verification: &Verification) -> String {
    let mut text =
        format!("{} needs, {} flows from address to address\n", verification.needs, verification.flows);
    let _ = writeln!(
        text,
        "  {} flows pass here, {} do not, of {} the way is not in the configurations",
        verification.passing, verification.elsewhere, verification.no_way
    );
    if verification.beyond > 0 {
        let _ = writeln!(
            text,
            "  {} of them go on to equipment that was not given: checked as far as it",
            verification.beyond
        );
    }
    for left_out in verification.left_out.iter().take(ROWS_MAX) {
        let _ = writeln!(text, "  not checked: {}: {}", left_out.need, left_out.why);
    }
    more(&mut text, verification.left_out.len());
    on_link(&mut text, &verification.on_link);
    if verification.itself > 0 {
        let _ = writeln!(
            text,
            "  {} of them are from or to the equipment itself: its own lists decide",
            verification.itself
        );
    }
    verification.points.iter().for_each(|point| one(&mut text, point));
    if !verification.upgrade_first.is_empty() {
        text.push_str("\nto be upgraded or replaced before the plan can be enforced:\n");
        for sentence in &verification.upgrade_first {
            let _ = writeln!(text, "  {sentence}");
        }
    }
    text
}

fn one(text: &mut String, point: &Point) {
    let name = point.hostname.as_deref().unwrap_or(&point.path);
    let _ = writeln!(
        text,
        "\n{name} ({}, {}, {} lines that filter)\n  {} flows pass here",
        point.path, point.language, point.filter_lines, point.passing
    );
    taken(text, point.assumed, &point.unbound, &point.timed);
    stopped(text, "breaks care", point.blocked_count, &point.blocked);
    stopped(text, "cannot be told", point.unsure_count, &point.unsure);
    let _ = writeln!(text, "  lets through more than is needed: {} lines", point.loose.len());
    opened(text, &point.loose);
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
    if !point.own_lists.is_empty() {
        let _ = writeln!(
            text,
            "  about the equipment itself, not about what passes: {}",
            point.own_lists.join(", ")
        );
    }
    for ability in &point.abilities {
        let _ = writeln!(text, "  can it {}: {} ({})", ability.what, ability.answer, ability.why);
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

/// Needs or rules to groups that no point sees.
pub(super) fn on_link(text: &mut String, found: &[OnLink]) {
    if found.is_empty() {
        return;
    }
    let flows: u64 = found.iter().map(|one| one.flows).sum();
    let _ =
        writeln!(text, "  {flows} flows to groups and broadcast addresses cross no point: nothing to check");
    for one in found.iter().take(ROWS_MAX) {
        let _ = writeln!(text, "    {} to {}: {}", one.need, one.to, one.why);
    }
    more(text, found.len());
}

/// What was taken for granted of a configuration, its lists that are bound to nothing, its lines that count for a time.
pub(super) fn taken(text: &mut String, assumed: Option<&str>, unbound: &[String], timed: &[TimedLine]) {
    if let Some(assumed) = assumed {
        let _ = writeln!(text, "  {assumed}");
    }
    for list in unbound.iter().take(ROWS_MAX) {
        let _ = writeln!(text, "  list exists, bound to no interface: {list}");
    }
    more(text, unbound.len());
    for line in timed.iter().take(ROWS_MAX) {
        let counts = match line.counts {
            Some(true) => "counts now",
            Some(false) => "does not count now",
            None => "has just ended; the equipment may be late",
        };
        let until = line.until.as_ref().map(|until| format!(", until {until}")).unwrap_or_default();
        let _ = writeln!(text, "  line {} {counts}{until}: {}", line.line, line.text);
    }
    more(text, timed.len());
}

fn opened(text: &mut String, found: &[Open]) {
    for open in found.iter().take(ROWS_MAX) {
        let line = match (&open.list, open.line, &open.text) {
            (Some(list), Some(line), Some(words)) => format!("{list} line {line} `{words}`"),
            _ => "no list at all".to_owned(),
        };
        let more = if open.pairs > 1 { format!(" and {} more pairs", open.pairs - 1) } else { String::new() };
        let reaches = match (&open.reaches, open.tier) {
            (Some(name), Some(tier)) => format!(", which reaches {name} (risk {tier})"),
            (Some(name), None) => format!(", which reaches {name}"),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "    {} to {}{more}: {line}\n      for example {}{reaches}",
            open.from, open.to, open.packet
        );
    }
    more(text, found.len());
}

/// One configuration against a plan's rules.
pub(super) fn departed(text: &mut String, point: &PointDrift) {
    taken(text, point.assumed, &point.unbound, &point.timed);
    for (heading, count, found) in [
        ("stops what a rule permits", point.stopped_count, &point.stopped),
        ("cannot be told", point.unsure_count, &point.unsure),
    ] {
        let _ = writeln!(text, "  {heading}: {count} of requests and answers");
        for one in found.iter().take(ROWS_MAX) {
            let _ = writeln!(text, "    {}", one.rule);
            stopped_line(text, &one.stopped);
        }
        more(text, found.len());
    }
    let _ = writeln!(text, "  lets through what no rule permits: {} lines", point.opened.len());
    opened(text, &point.opened);
    if point.not_understood_count > 0 {
        let _ = writeln!(text, "  not understood: {} lines", point.not_understood_count);
    }
}

fn stopped(text: &mut String, heading: &str, count: u64, found: &[Stopped]) {
    let _ = writeln!(text, "  {heading}: {count} of requests and answers");
    for one in found.iter().take(ROWS_MAX) {
        stopped_line(text, one);
    }
    more(text, found.len());
}

fn stopped_line(text: &mut String, one: &Stopped) {
    let by = match (one.line, &one.text) {
        (Some(line), Some(words)) => format!("line {line} `{words}`"),
        _ if one.list.is_empty() => "what was not understood".to_owned(),
        _ => "the end of the list, which denies".to_owned(),
    };
    let doubt = one.doubt.as_ref().map(|doubt| format!(" (not understood: {doubt})")).unwrap_or_default();
    let purpose = if one.purpose.is_empty() { "no need names it" } else { &one.purpose };
    let _ = writeln!(
        text,
        "    {} to {}, to {purpose}: {} {}, {by}{doubt}\n      {} {}",
        one.from, one.to, one.at, one.list, one.direction, one.packet
    );
}

/// What a changed configuration opens and closes.
pub(crate) fn difference(difference: &Difference) -> String {
    let mut text = String::new();
    let kinds = [
        ("does not pass any more", &difference.closed),
        ("passes now", &difference.opened),
        ("cannot be told any more", &difference.unsure),
    ];
    if kinds.iter().all(|(_, found)| found.is_empty()) {
        text.push_str("both let the same packets through\n");
    }
    for (heading, found) in kinds.iter().filter(|(_, found)| !found.is_empty()) {
        let _ = writeln!(text, "{heading}: {}", found.len());
        found.iter().take(ROWS_MAX).for_each(|one| changed(&mut text, one));
        more(&mut text, found.len());
    }
    if difference.not_understood_count > 0 {
        let _ = writeln!(text, "not understood: {} lines of both", difference.not_understood_count);
    }
    text
}

fn changed(text: &mut String, one: &Changed) {
    let any = |name: &Option<String>| name.clone().unwrap_or_else(|| "any interface".to_owned());
    let device = |name: &Option<String>| name.as_ref().map(|name| format!(" [{name}]")).unwrap_or_default();
    let decides = |one: &Option<Decides>| match one {
        Some(Decides { line: Some(line), text: Some(words), .. }) => format!("line {line} `{words}`"),
        Some(Decides { list, .. }) => format!("the end of {list}"),
        None => "nothing".to_owned(),
    };
    let _ = writeln!(
        text,
        "  {} to {}: {}{}{}\n    before {}, now {}",
        any(&one.from),
        any(&one.to),
        one.packet,
        device(&one.source),
        device(&one.destination),
        decides(&one.old),
        decides(&one.new)
    );
}

/// What would have become of the conversations that were seen.
pub(crate) fn replay(replay: &Replay) -> String {
    let mut text = format!(
        "{} conversations: {} would have passed, {} do not come by, of {} the way is not in the configurations, {} left out\n",
        replay.conversations, replay.passing, replay.elsewhere, replay.no_way, replay.left_out
    );
    replayed(&mut text, "would have been stopped", replay.blocked_count, &replay.blocked);
    replayed(&mut text, "cannot be told", replay.unsure_count, &replay.unsure);
    if replay.not_understood_count > 0 {
        let _ = writeln!(text, "not understood: {} lines of the configurations", replay.not_understood_count);
    }
    text
}

fn replayed(text: &mut String, heading: &str, count: u64, found: &[Replayed]) {
    let _ = writeln!(text, "{heading}: {count}");
    for one in found.iter().take(ROWS_MAX) {
        stopped_line(text, &one.stopped);
        let state = one.need_state.as_deref().map(|state| format!(", need {state}")).unwrap_or_default();
        let _ =
            writeln!(text, "      {} packets, {} bytes, last {}{state}", one.packets, one.bytes, one.last);
    }
    more(text, found.len());
}

fn more(text: &mut String, count: usize) {
    if count > ROWS_MAX {
        let _ = writeln!(text, "    … and {} more with --json", count - ROWS_MAX);
    }
}
