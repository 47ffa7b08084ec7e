//! Tables for a person at a terminal.

mod affected;
mod comparison;
mod explanation;
mod needs;
mod outlook;
mod segmentation;
mod verification;

pub(crate) use affected::affected;
pub(crate) use comparison::comparison;
pub(crate) use needs::{decided, need_coverage, need_questions, needs};
pub(crate) use outlook::{paths, rubric, what_if};
pub(crate) use segmentation::{drift, plan, quarantine};
pub(crate) use verification::{difference, replay, verification};

use cordon_app::Statistics;
use cordon_app::advise::{Advice, Answer};
use cordon_app::explain::device_name;
use cordon_app::knowledge::Tested;
use cordon_wire::assessment::{Assessment, Device};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many devices the summary lists; the documents hold all.
const RANKED_MAX: usize = 15;

/// Left-aligned columns, two spaces apart; the last one is not padded.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heading: &[&str]) -> Table {
        Table { rows: vec![heading.iter().map(|cell| (*cell).to_owned()).collect()] }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(crate) fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|at| self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max())
            .map(|width| width.unwrap_or(0))
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let padding = width.saturating_sub(cell.chars().count()) + 2;
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', padding));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// What an observation saw, in numbers.
pub(crate) fn statistics(statistics: &Statistics) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "packets {}\nbytes {}\nbatches {}\nsightings {}\nconversations {}\nevents {}\n",
        statistics.packets,
        statistics.bytes,
        statistics.batches,
        statistics.sightings,
        statistics.conversations,
        statistics.events
    );
    let mut table = Table::new(&[
        "protocol",
        "packets",
        "conversations",
        "facts",
        "events",
        "malformed",
        "limited",
        "milliseconds",
        "patient data",
    ]);
    for (protocol, counts) in &statistics.protocols {
        let numbers = [
            counts.packets,
            counts.conversations,
            counts.facts,
            counts.events,
            counts.malformed,
            counts.limited,
            counts.nanoseconds / 1_000_000,
        ];
        let mut row = vec![protocol.to_string()];
        row.extend(numbers.iter().map(ToString::to_string));
        row.push(counts.patient_data.names().collect::<Vec<_>>().join(", "));
        table.row(row);
    }
    text.push_str(&table.text());
    let _ = writeln!(
        text,
        "packets nobody read took {} milliseconds (times are estimated from one packet in 64)",
        statistics.unread_nanoseconds / 1_000_000
    );
    if !statistics.counters.is_empty() {
        text.push('\n');
        let mut table = Table::new(&["counter", "count"]);
        for (name, count) in &statistics.counters {
            table.row(vec![name.clone(), count.to_string()]);
        }
        text.push_str(&table.text());
    }
    text
}

/// The same for programs.
pub(crate) fn statistics_json(statistics: &Statistics) -> serde_json::Value {
    let protocols: Vec<_> = statistics
        .protocols
        .iter()
        .map(|(protocol, counts)| {
            serde_json::json!({
                "protocol": protocol.name(),
                "packets": counts.packets,
                "conversations": counts.conversations,
                "facts": counts.facts,
                "events": counts.events,
                "malformed": counts.malformed,
                "limited": counts.limited,
                "nanoseconds": counts.nanoseconds,
                "patient_data": counts.patient_data.names().collect::<Vec<_>>(),
            })
        })
        .collect();
    serde_json::json!({
        "packets": statistics.packets,
        "bytes": statistics.bytes,
        "batches": statistics.batches,
        "sightings": statistics.sightings,
        "conversations": statistics.conversations,
        "events": statistics.events,
        "protocols": protocols,
        "unread_nanoseconds": statistics.unread_nanoseconds,
        "counters": statistics.counters,
    })
}

/// What captures can and cannot answer, for a person.
pub(crate) fn advice(advice: &Advice) -> String {
    let mut text = String::new();
    let hours = advice.seconds as f64 / 3_600.0;
    let (packets, stations, vlans) = (advice.packets, advice.stations, advice.vlans);
    let _ =
        writeln!(text, "{packets} packets of {stations} stations in {vlans} VLANs over {hours:.1} hours\n");
    for answered in &advice.answers {
        let word = match answered.answer {
            Answer::Yes => "yes",
            Answer::Partly => "partly",
            Answer::No => "no",
        };
        let _ = writeln!(text, "{word:<7} {}", answered.question.words());
    }
    for finding in &advice.findings {
        let mut what = finding.what.clone();
        // A finding reads as a sentence.
        if let Some(first) = what.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let _ = writeln!(text, "\n{what}.\n  Why it matters: {}\n  Better: {}", finding.why, finding.how);
    }
    text
}

/// The summary after an assessment: what was found, who ranks first, where the documents are.
pub(crate) fn summary(assessment: &Assessment, folder: &str, files: usize) -> String {
    let mut text = String::new();
    let packets: u64 = assessment.inputs.iter().map(|input| input.packets).sum();
    let clinical =
        assessment.devices.iter().filter(|device| device.category.parse().is_ok_and(is_clinical)).count();
    let _ = writeln!(
        text,
        "{} devices ({clinical} clinical) from {packets} packets and rows in {} inputs\n",
        assessment.devices.len(),
        assessment.inputs.len()
    );
    let mut table = Table::new(&["rank", "risk", "tier", "device", "category", "address", "first reason"]);
    for (at, device) in assessment.devices.iter().take(RANKED_MAX).enumerate() {
        table.row(vec![
            (at + 1).to_string(),
            format!("{:.1}", device.risk.score),
            device.risk.tier.clone(),
            shortened(&device_name(device), 32),
            device.category.clone(),
            device
                .ips
                .first()
                .or(device.macs.first())
                .cloned()
                .unwrap_or_else(|| "never on the wire".to_owned()),
            device.risk.factors.first().map_or_else(|| "none".to_owned(), |factor| factor.name.clone()),
        ]);
    }
    text.push_str(&table.text());
    if assessment.devices.len() > RANKED_MAX {
        let _ = writeln!(text, "… and {} more in risk-ranking.csv", assessment.devices.len() - RANKED_MAX);
    }
    let _ = writeln!(
        text,
        "\nplan: {} zones, {} rules, default deny; reachable device pairs {} today, {} under the plan",
        assessment.zones.len(),
        assessment.rules.len(),
        assessment.containment.pairs_before,
        assessment.containment.pairs_after
    );
    let _ = writeln!(text, "{files} documents in {folder}; start with assessment.pdf");
    text
}

fn is_clinical(category: cordon_model::Category) -> bool {
    category.is_clinical()
}

fn shortened(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(characters.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Everything known about one device, and why.
pub(crate) fn explanation(device: &Device) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} ({})", device_name(device), device.id);
    let _ = writeln!(text, "  MAC {}  IP {}", listed(&device.macs), listed(&device.ips));
    let _ = writeln!(text, "\nclaims");
    for claim in &device.claims {
        let conflict = if claim.conflict { "  (other evidence disagrees)" } else { "" };
        let _ = writeln!(text, "  {} = {}  {:.2}{conflict}", claim.attribute, claim.value, claim.confidence);
        claim.evidence.iter().for_each(|evidence| write_evidence(&mut text, evidence));
    }
    if !device.links.is_empty() {
        let _ = writeln!(text, "\nwhat is part of it, and what was kept apart");
    }
    for link in &device.links {
        let joined = if link.joined { "with" } else { "not with" };
        let _ = writeln!(text, "  {joined} {}: {}", link.with, link.why);
        link.evidence.iter().for_each(|evidence| write_evidence(&mut text, evidence));
    }
    let _ = writeln!(text, "\nservices");
    for service in &device.services {
        let name = service.application.as_deref();
        let words = match (service.seen.as_str(), name) {
            ("port_only", Some(name)) => format!("something answers; the port number suggests {name}"),
            ("port_only", None) => "something answers; what it is was not seen".to_owned(),
            (seen, name) => format!("{} (from its {seen})", name.unwrap_or("not known")),
        };
        let _ = writeln!(text, "  {}/{}  {words}", service.transport, service.port);
    }
    let _ = writeln!(
        text,
        "\nrisk {:.1} ({}), {:.1} under the plan",
        device.risk.score, device.risk.tier, device.risk.residual
    );
    for factor in &device.risk.factors {
        let _ = writeln!(text, "  {:>5.1}  {}: {}", factor.share, factor.name, factor.why);
    }
    explanation::found(&mut text, device);
    text
}

fn write_evidence(text: &mut String, evidence: &cordon_wire::assessment::Evidence) {
    // Rows of lists have no time.
    let place = if evidence.time.is_none() { "row" } else { "frame" };
    let at = evidence.time.as_ref().map(|time| format!(" at {time}")).unwrap_or_default();
    let _ = writeln!(
        text,
        "      {}  [{}, {place} {}{at}; rule {}]",
        evidence.fact, evidence.input, evidence.packet, evidence.rule
    );
}

fn listed(items: &[String]) -> String {
    if items.is_empty() { "not known".to_owned() } else { items.join(", ") }
}

/// What each column of a list could mean.
pub(crate) fn proposal(columns: &[cordon_app::intake::ProposedColumn]) -> String {
    let mut table = Table::new(&["column", "means", "because of", "first value"]);
    for column in columns {
        let means = column.means.unwrap_or("ignore").to_owned();
        let example: String = column.example.chars().take(40).collect();
        table.row(vec![column.heading.clone(), means, column.why.to_owned(), example]);
    }
    table.text()
}

/// The same as JSON.
pub(crate) fn proposal_json(columns: &[cordon_app::intake::ProposedColumn]) -> serde_json::Value {
    let column = |column: &cordon_app::intake::ProposedColumn| {
        serde_json::json!({
            "heading": column.heading, "means": column.means, "because_of": column.why, "first_value": column.example,
        })
    };
    serde_json::json!({ "columns": columns.iter().map(column).collect::<Vec<_>>() })
}

/// What a test of the knowledge found.
pub(crate) fn knowledge(tested: &Tested) -> String {
    let mut text = String::from("fingerprints  examples  sources  file\n");
    for (file, [fingerprints, examples, sources]) in &tested.files {
        let _ = writeln!(text, "{fingerprints:12}  {examples:8}  {sources:7}  {file}");
    }
    text.push_str("\nfingerprints  that tell the category\n");
    for (category, count) in &tested.categories {
        let _ = writeln!(text, "{count:12}  {category}");
    }
    if !tested.own.is_empty() {
        text.push_str("\nyour own stands over what comes with Cordon\n");
        for line in &tested.own {
            let _ = writeln!(text, "  {line}");
        }
    }
    let count = tested.fingerprints;
    let _ = match tested.failures.len() {
        0 => writeln!(text, "\n{count} fingerprints agree with their examples and with one another"),
        _ => writeln!(text, "\n{count} fingerprints are sound"),
    };
    let _ = writeln!(text, "knowledge version {}", tested.version);
    text
}

/// What feeds hold.
/// Files of a feed that are named.
const SOURCES_SHOWN: usize = 5;

pub(crate) fn feeds(feeds: &BTreeMap<String, cordon_app::feeds::Feed>) -> String {
    if feeds.is_empty() {
        return "no feed was imported yet (see cordon feed import --help)\n".to_owned();
    }
    let mut text = String::new();
    for (name, feed) in feeds {
        let version = feed.version.as_deref().unwrap_or("of no stated date");
        let _ = writeln!(text, "{name}: {} records, {version}, imported {}", feed.records, feed.imported);
        if feed.rejected > 0 {
            let _ = writeln!(
                text,
                "  {} records could not be used; rejected.jsonl in its folder says why",
                feed.rejected
            );
        }
        for source in feed.sources.iter().take(SOURCES_SHOWN) {
            let _ = writeln!(text, "  {}: {}, {} records", source.path, source.kind, source.records);
        }
        if feed.sources.len() > SOURCES_SHOWN {
            let _ = writeln!(text, "  and {} more files", feed.sources.len() - SOURCES_SHOWN);
        }
    }
    text
}

/// What an update did, in words.
pub(crate) fn updated(updated: &cordon_app::feeds::update::Updated) -> String {
    let mut text = if updated.feeds.is_empty() { String::new() } else { feeds(&updated.feeds) };
    for name in &updated.unchanged {
        let _ = writeln!(text, "{name}: nothing new");
    }
    for (name, reason) in &updated.failed {
        let _ = writeln!(text, "{name}: failed: {reason}");
    }
    text
}

/// What the feed folder holds, how old it is, and how the last tries went, in words.
pub(crate) fn feed_status(status: &cordon_app::feeds::Status) -> String {
    let held = status.feeds.iter().map(|(name, of)| (name.clone(), of.feed.clone())).collect();
    let mut text = feeds(&held);
    for (name, of) in &status.feeds {
        if let Some(days) = of.age_days.filter(|days| *days > 30) {
            let _ = writeln!(text, "{name} is {days} days old");
        }
    }
    for (name, attempt) in &status.tried {
        match &attempt.error {
            Some(error) => {
                let _ = writeln!(text, "{name}: the last update failed ({}): {error}", attempt.at);
            }
            None => {
                let _ = writeln!(text, "{name}: last updated {}", attempt.at);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_do_not_trail() {
        let mut table = Table::new(&["a", "long heading"]);
        table.row(vec!["wider".into(), "x".into()]);
        assert_eq!(table.text(), "a      long heading\nwider  x\n");
    }
}
