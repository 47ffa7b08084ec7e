//! What was not seen, how sure we are, how the results were reached and from what.

use super::{Index, Listed};
use crate::words;
use serde::Serialize;
use std::collections::BTreeMap;

const UNKNOWN_MAX: usize = 40;
const COVERAGE_MAX: usize = 40;
/// More different reasons than this are not told apart.
const ALIKE_MAX: usize = 400;
const INPUTS_MAX: usize = 60;
const DAMAGES_MAX: usize = 5;

/// What this assessment cannot say.
#[derive(Serialize)]
pub(crate) struct Limits {
    span: Option<String>,
    observation: Vec<String>,
    damages: Vec<DamageRow>,
    skipped: Vec<Row>,
    unknown: Listed<UnknownRow>,
    gaps: Vec<Row>,
    coverage_ready: String,
    coverage_all: String,
    not_ready: Listed<CoverageRow>,
    conflicts: String,
    counters: Vec<Row>,
}

/// How the results were reached.
#[derive(Serialize)]
pub(crate) struct Method {
    inputs: Listed<InputRow>,
    feeds: Vec<FeedRow>,
    /// True when none of the feeds holds advisories.
    no_advisories: bool,
    sources: Vec<String>,
    cordon: String,
    knowledge: String,
    now: String,
}

/// A place that could not be read.
#[derive(Serialize)]
struct DamageRow {
    input: String,
    place: String,
    reason: String,
}

/// A name with a count.
#[derive(Serialize)]
struct Row {
    label: String,
    count: String,
}

/// A device of which nothing says what it is.
#[derive(Serialize)]
struct UnknownRow {
    name: String,
    addresses: String,
    hints: String,
}

/// A device observed too little.
#[derive(Serialize)]
struct CoverageRow {
    name: String,
    days: String,
    why: String,
}

/// An input.
#[derive(Serialize)]
struct InputRow {
    path: String,
    kind: String,
    packets: String,
    bytes: String,
    span: String,
    sha256: String,
}

/// A feed.
#[derive(Serialize)]
struct FeedRow {
    name: String,
    version: String,
    fetched: String,
}

/// `22 November 2026, 05:00 UTC to 22 November 2026, 08:00 UTC`; `None` when no input says.
pub(crate) fn observed_span(index: &Index<'_>) -> Option<String> {
    let inputs = &index.assessment.inputs;
    // RFC 3339 times in UTC sort as text.
    let first = inputs.iter().filter_map(|input| input.first.as_deref()).min()?;
    let last = inputs.iter().filter_map(|input| input.last.as_deref()).max()?;
    Some(format!("{} to {}", words::date_time(first), words::date_time(last)))
}

pub(crate) fn limits(index: &Index<'_>) -> Limits {
    let coverage = &index.assessment.coverage;
    let devices = &index.assessment.devices;
    let in_conflict = index.count(|device| device.claims.iter().any(|claim| claim.conflict));
    Limits {
        span: observed_span(index),
        observation: observation(index),
        damages: damages(index),
        skipped: skipped(index),
        unknown: unknown(index),
        gaps: gaps(index),
        coverage_ready: words::count(coverage.iter().filter(|coverage| coverage.ready).count()),
        coverage_all: words::count(devices.len()),
        not_ready: not_ready(index),
        conflicts: words::counted(in_conflict, "device", "devices"),
        counters: index
            .assessment
            .health
            .iter()
            .filter(|(_, count)| **count > 0)
            .take(40)
            .map(|(name, count)| Row { label: words::cell(name, 60), count: words::number(*count) })
            .collect(),
    }
}

fn observation(index: &Index<'_>) -> Vec<String> {
    let ports = index.assessment.devices.iter().flat_map(|device| &device.services);
    let port_only = ports.filter(|service| service.seen == "port_only").count();
    let silent = index.count(|device| device.parent.is_some());
    let mut sentences = vec![
        "Only traffic that passed the place of capture could be seen. Devices in other parts of the network, switched-off devices and devices that kept silent are missing.".to_owned(),
        "Nothing was sent to any device. What a device did not say by itself is not known.".to_owned(),
    ];
    if port_only > 0 {
        sentences.push(format!(
            "For {} only the port number suggests what is spoken there. The document words these as \"the port number suggests\".",
            words::counted(port_only, "service", "services")
        ));
    }
    if silent > 0 {
        sentences.push(format!(
            "{} never on the network under its own address; another system spoke for it.",
            words::counted(silent, "device was", "devices were")
        ));
    }
    sentences
}

fn damages(index: &Index<'_>) -> Vec<DamageRow> {
    let mut rows = Vec::new();
    for input in index.assessment.inputs.iter().take(INPUTS_MAX) {
        for damage in input.damaged.iter().take(DAMAGES_MAX) {
            rows.push(DamageRow {
                input: words::cell(&input.path, 100),
                place: format!("byte {}", words::number(damage.offset)),
                reason: words::prose(&damage.reason, 240),
            });
        }
    }
    rows
}

fn skipped(index: &Index<'_>) -> Vec<Row> {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, count) in index.assessment.inputs.iter().flat_map(|input| &input.skipped) {
        let sum = sums.entry(name).or_default();
        *sum = sum.saturating_add(*count);
    }
    let rows = sums.into_iter().take(40);
    rows.map(|(name, count)| Row { label: words::cell(name, 80), count: words::number(count) }).collect()
}

fn unknown(index: &Index<'_>) -> Listed<UnknownRow> {
    let unknown = || {
        index.assessment.devices.iter().filter(|device| matches!(device.category.as_str(), "unknown" | ""))
    };
    let rows = unknown().take(UNKNOWN_MAX).map(|device| {
        let hints: Vec<String> = [words::maker_model(device), words::operating_system(device)]
            .into_iter()
            .flatten()
            .chain(device.services.iter().take(2).map(words::service))
            .collect();
        let addresses: Vec<String> =
            device.ips.iter().chain(&device.macs).map(|address| words::clean(address, 45)).collect();
        UnknownRow {
            name: words::cell(&words::device_name(device), 60),
            addresses: words::cell(&words::some_of(&addresses, 3), 160),
            hints: if hints.is_empty() { "none".to_owned() } else { words::prose(&hints.join("; "), 240) },
        }
    });
    Listed::new(rows.collect(), unknown().count())
}

fn gaps(index: &Index<'_>) -> Vec<Row> {
    type Missing = fn(&cordon_wire::assessment::Device) -> bool;
    let questions: [(&str, Missing); 8] = [
        ("what kind of device it is", |device| matches!(device.category.as_str(), "unknown" | "")),
        ("who made it", |device| device.manufacturer.is_none()),
        ("its model", |device| device.model.is_none()),
        ("its operating system", |device| device.os.is_none()),
        ("its software version", |device| device.firmware.is_none()),
        ("whether its operating system is still supported", |device| {
            matches!(device.support.os.as_str(), "unknown" | "")
        }),
        ("whether it can be patched", |device| device.patch.possible.is_none()),
        ("who is responsible for it", |device| device.owner.is_none()),
    ];
    let rows = questions.into_iter().map(|(label, missing)| (label, index.count(missing)));
    rows.filter(|(_, count)| *count > 0)
        .map(|(label, count)| Row { label: label.to_owned(), count: words::count(count) })
        .collect()
}

/// Devices observed too little; those with the same span and reason in one row.
fn not_ready(index: &Index<'_>) -> Listed<CoverageRow> {
    const NAMES_MAX: usize = 12;
    let mut alike: Vec<(String, &str, Vec<String>)> = Vec::new();
    for coverage in index.assessment.coverage.iter().filter(|coverage| !coverage.ready) {
        let (days, name) = (words::points(coverage.days), index.name(&coverage.device));
        let same = alike.iter_mut().find(|(other, why, _)| *other == days && *why == coverage.why);
        match same {
            Some((_, _, names)) => names.push(name),
            // Beyond what is shown, one more is only counted.
            None => alike.push((days, coverage.why.as_str(), vec![name])),
        }
        if alike.len() > ALIKE_MAX {
            break;
        }
    }
    let total = alike.len();
    let row = |(days, why, names): (String, &str, Vec<String>)| CoverageRow {
        name: match names.as_slice() {
            [one] => words::cell(one, 60),
            many => words::cell(
                &format!("{} devices: {}", words::count(many.len()), words::some_of(many, NAMES_MAX)),
                500,
            ),
        },
        days,
        why: words::prose(why, 240),
    };
    Listed::new(alike.into_iter().take(COVERAGE_MAX).map(row).collect(), total)
}

pub(crate) fn method(index: &Index<'_>) -> Method {
    let assessment = index.assessment;
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| words::NOT_KNOWN.to_owned());
    let inputs = assessment.inputs.iter().take(INPUTS_MAX).map(|input| InputRow {
        path: words::prose(&input.path, 160),
        kind: words::cell(&input.kind, 40),
        packets: words::number(input.packets),
        bytes: words::bytes(input.bytes),
        span: match (&input.first, &input.last) {
            (Some(first), Some(last)) => format!("{} to {}", words::date_time(first), words::date_time(last)),
            _ => words::NOT_KNOWN.to_owned(),
        },
        sha256: or_unknown(input.sha256.as_ref().map(|hash| words::prose(hash, 80))),
    });
    let feeds = assessment.feeds.iter().take(40).map(|feed| FeedRow {
        name: words::cell(&feed.name, 80),
        version: or_unknown(feed.version.as_ref().map(|version| words::cell(version, 60))),
        fetched: or_unknown(feed.fetched.as_ref().map(|time| words::date_time(time))),
    });
    let said = assessment.devices.iter().flat_map(|device| [&device.support.source, &device.patch.source]);
    let sources: std::collections::BTreeSet<String> =
        said.flatten().map(|source| words::prose(source, 160)).collect();
    Method {
        inputs: Listed::new(inputs.collect(), assessment.inputs.len()),
        feeds: feeds.collect(),
        // What FDA publishes of products names no vulnerability.
        no_advisories: assessment.advisories.is_none()
            && assessment.feeds.iter().all(|feed| feed.name.starts_with("fda-")),
        sources: sources.into_iter().take(40).collect(),
        cordon: words::cell(&assessment.cordon, 60),
        knowledge: words::prose(&assessment.knowledge, 80),
        now: words::date_time(&assessment.now),
    }
}
