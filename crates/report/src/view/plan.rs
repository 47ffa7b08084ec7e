//! The segmentation plan: zones, the picture of flows between them, matrix, rules, check and containment.

use super::summary::share_closed;
use super::zone_map::{Map, maps};
use super::{Index, Listed, flow};
use crate::RuleFile;
use crate::words;
use cordon_wire::assessment::{Microsegment, Reach, Rule, Zone};
use cordon_wire::segmentation::ByGraph;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// More columns than this make no readable matrix on A4.
const MATRIX_MAX: usize = 20;
/// How many tables there may be where the matrix is divided.
const MATRIX_PARTS_MAX: usize = 6;
const RULES_MAX: usize = 150;
const NEEDS_MAX: usize = 60;
const WITHHELD_MAX: usize = 40;
const VERIFICATION_MAX: usize = 20;
const REACHES_MAX: usize = 5;
const ZONES_MAX: usize = 200;
const PARTS_MAX: usize = 120;
const NEAR_MAX: usize = 40;
/// More dots than this around a device run into one another.
const DOTS_MAX: usize = 60;

/// The plan as it is shown.
#[derive(Serialize)]
pub(crate) struct Plan {
    zones: Listed<ZoneRow>,
    maps: Vec<Map>,
    parts: Listed<PartRow>,
    by_graph: Listed<NearRow>,
    matrix: Matrix,
    rules: Listed<RuleRow>,
    rules_all: String,
    withheld: Listed<WithheldRow>,
    unconfirmed: Listed<NeedRow>,
    needs: Vec<String>,
    checked: String,
    too_tight: Listed<String>,
    too_loose: Listed<String>,
    containment: Containment,
    files: Vec<FileRow>,
}

/// A zone.
#[derive(Serialize)]
struct ZoneRow {
    number: usize,
    name: String,
    purpose: String,
    count: String,
    devices: String,
    worst: String,
}

/// A microsegment of a zone that is divided.
#[derive(Serialize)]
struct PartRow {
    /// The number of its zone.
    zone: usize,
    name: String,
    id: String,
    purpose: String,
    count: String,
    devices: String,
    /// Rules between it and its own zone, itself among it.
    inner: String,
    /// Rules between it and others.
    outer: String,
}

/// A device that stands where it stands for whom it talks with.
#[derive(Serialize)]
struct NearRow {
    device: String,
    zone: String,
    why: String,
}

/// Who may ask whom, by number of rules.
#[derive(Serialize)]
struct Matrix {
    /// One where all zones stand side by side; else one for each group of columns.
    parts: Vec<MatrixPart>,
    largest: usize,
    /// How many columns without any rule were left out.
    unasked: usize,
    /// How many columns there was no room for at all.
    left_out: usize,
}

/// Some columns of the matrix.
#[derive(Serialize)]
struct MatrixPart {
    /// Empty where it is the only one.
    heading: String,
    labels: Vec<String>,
    /// Rows ask, columns answer.
    rows: Vec<MatrixRow>,
    /// How many rows without any rule were left out.
    empty: usize,
}

/// Who asks.
#[derive(Serialize)]
struct MatrixRow {
    label: String,
    name: String,
    cells: Vec<usize>,
}

/// Rules of one kind: the same zone asks the same for the same purpose.
#[derive(Serialize)]
struct RuleRow {
    /// How many rules.
    count: String,
    from: String,
    to: String,
    what: String,
    why: String,
}

/// What was seen and is not proposed.
#[derive(Serialize)]
struct WithheldRow {
    from: String,
    flows: String,
    reason: String,
}

/// A need to be looked at by a person.
#[derive(Serialize)]
struct NeedRow {
    from: String,
    to: String,
    what: String,
    purpose: String,
}

/// A rendered rule file.
#[derive(Serialize)]
struct FileRow {
    name: String,
    lines: String,
}

/// How far an intruder gets.
#[derive(Serialize)]
struct Containment {
    known: bool,
    before: String,
    after: String,
    closed: String,
    others: String,
    /// How many dots stand for the other devices.
    dots: u64,
    /// From the device that reaches furthest.
    worst_before: Option<ReachRow>,
    worst_after: Option<ReachRow>,
    list_before: Vec<ReachRow>,
    list_after: Vec<ReachRow>,
}

/// What one device reaches.
#[derive(Clone, Serialize)]
struct ReachRow {
    name: String,
    text: String,
    /// How many of the dots it reaches; one at least when it reaches any.
    dots: u64,
    /// Of all other devices, 0 to 1.
    part: f64,
}

pub(crate) fn plan(index: &Index<'_>, rule_files: &[RuleFile]) -> Plan {
    let assessment = index.assessment;
    let verification = &assessment.verification;
    let sentences = |list: &[String]| {
        let rows = list.iter().take(VERIFICATION_MAX).map(|text| words::prose(text, 400)).collect();
        Listed::new(rows, list.len())
    };
    Plan {
        zones: Listed::new(
            assessment
                .zones
                .iter()
                .take(ZONES_MAX)
                .enumerate()
                .map(|(at, zone)| zone_row(index, at, zone))
                .collect(),
            assessment.zones.len(),
        ),
        maps: maps(index),
        parts: parts(index),
        by_graph: by_graph(index),
        matrix: matrix(index),
        rules: rules(index),
        rules_all: words::counted(assessment.rules.len(), "rule", "rules"),
        withheld: withheld(index),
        unconfirmed: unconfirmed(index),
        needs: needs_in_words(index),
        checked: words::number(verification.flows_checked),
        too_tight: sentences(&verification.too_tight),
        too_loose: sentences(&verification.too_loose),
        containment: containment(index),
        files: file_rows(rule_files),
    }
}

/// The rule files; a folder, which may hold one a device, is one row.
fn file_rows(files: &[RuleFile]) -> Vec<FileRow> {
    let mut rows: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for RuleFile { name, lines } in files {
        let inner = name.strip_prefix(FOLDER).unwrap_or(name);
        let shown = inner.split_once('/').map_or(name.clone(), |(folder, _)| format!("{FOLDER}{folder}/"));
        let row = rows.entry(shown).or_default();
        *row = (row.0 + 1, row.1 + lines);
    }
    rows.into_iter()
        .map(|(name, (files, lines))| FileRow {
            lines: match name.ends_with('/') {
                true => words::counted(files, "file", "files"),
                false => words::counted(lines, "line", "lines"),
            },
            name: words::prose(&name, 120),
        })
        .collect()
}

const FOLDER: &str = "segmentation/";

pub(super) fn worst_tier(index: &Index<'_>, zones: &[&Zone]) -> String {
    let tiers: BTreeSet<usize> = zones
        .iter()
        .flat_map(|zone| &zone.devices)
        .filter_map(|id| index.devices.get(id.as_str()))
        .filter_map(|device| words::TIERS.iter().position(|tier| *tier == device.risk.tier))
        .collect();
    let worst = tiers.first().and_then(|at| words::TIERS.get(*at));
    worst.map_or_else(|| "not rated".to_owned(), |tier| (*tier).to_owned())
}

fn zone_row(index: &Index<'_>, at: usize, zone: &Zone) -> ZoneRow {
    ZoneRow {
        number: at + 1,
        name: words::cell(&zone.name, 60),
        purpose: words::prose(&zone.purpose, 400),
        count: if zone.devices.is_empty() {
            format!("{} outside", words::count(zone.outside.len()))
        } else {
            words::count(zone.devices.len())
        },
        devices: if zone.devices.is_empty() {
            let names: Vec<String> = zone.outside.iter().map(|name| words::clean(name, 60)).collect();
            words::cell(&words::some_of(&names, 6), 420)
        } else {
            words::cell(&words::some_of(&index.names(&zone.devices), 6), 420)
        },
        worst: worst_tier(index, &[zone]),
    }
}

/// The microsegments of zones that have several.
fn parts(index: &Index<'_>) -> Listed<PartRow> {
    let zones = index.assessment.zones.iter().enumerate();
    let divided = || zones.clone().filter(|(_, zone)| zone.microsegments.len() > 1);
    let total = divided().map(|(_, zone)| zone.microsegments.len()).sum();
    let counts = rules_of_parts(index);
    let all = divided().flat_map(|(at, zone)| zone.microsegments.iter().map(move |part| (at, part)));
    let row = |(at, part): (usize, &Microsegment)| {
        let (inner, outer) = counts.get(part.id.as_str()).copied().unwrap_or_default();
        PartRow {
            zone: at + 1,
            name: words::cell(&part.name, 80),
            id: words::cell(&part.id, 120),
            purpose: words::prose(&part.purpose, 200),
            count: words::count(part.devices.len()),
            devices: words::cell(&words::some_of(&index.names(&part.devices), 3), 300),
            inner: words::count(inner),
            outer: words::count(outer),
        }
    };
    Listed::new(all.take(PARTS_MAX).map(row).collect(), total)
}

/// For each microsegment the rules that touch it: within its zone, and with others.
fn rules_of_parts<'a>(index: &Index<'a>) -> BTreeMap<&'a str, (usize, usize)> {
    let mut part_of: BTreeMap<&str, &'a str> = BTreeMap::new();
    for part in index.assessment.zones.iter().flat_map(|zone| &zone.microsegments) {
        part_of.extend(part.devices.iter().map(|id| (id.as_str(), part.id.as_str())));
    }
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for rule in &index.assessment.rules {
        let part = |party: &'a str| match party.split_once(':') {
            Some(("device", id)) => part_of.get(id).copied(),
            Some(("microsegment", id)) => Some(id),
            _ => None,
        };
        let ends: BTreeSet<&str> = [part(&rule.from), part(&rule.to)].into_iter().flatten().collect();
        let is_inner = match (place(index, &rule.from), place(index, &rule.to)) {
            (Place::Zone(from), Place::Zone(to)) => from == to,
            _ => false,
        };
        for part in ends {
            let count = counts.entry(part).or_default();
            if is_inner { count.0 += 1 } else { count.1 += 1 }
        }
    }
    counts
}

/// Devices that stand in their zone for whom they talk with.
fn by_graph(index: &Index<'_>) -> Listed<NearRow> {
    let plan = index.assessment.segmentation.as_ref();
    let placed = || plan.into_iter().flat_map(|plan| &plan.by_graph).filter(|one| one.places);
    let row = |one: &ByGraph| NearRow {
        device: words::cell(&index.name(&one.device), 80),
        zone: match index.zones.get(one.device.as_str()) {
            Some(at) => place_name(index, Place::Zone(*at)),
            None => String::new(),
        },
        why: words::prose(&one.why, 300),
    };
    Listed::new(placed().take(NEAR_MAX).map(row).collect(), placed().count())
}

fn place_name(index: &Index<'_>, place: Place) -> String {
    let Place::Zone(at) = place else { return String::new() };
    let name = index.assessment.zones.get(at).map(|zone| words::clean(&zone.name, 40));
    format!("Z{} {}", at + 1, name.unwrap_or_default())
}

/// Where an end of a rule stands in the picture and the matrix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Zone(usize),
    Outside,
    /// A multicast or broadcast group, or a device without a zone.
    Elsewhere,
}

pub(super) fn place(index: &Index<'_>, party: &str) -> Place {
    match party.split_once(':') {
        Some(("device", id)) => index.zones.get(id).map_or(Place::Elsewhere, |at| Place::Zone(*at)),
        Some(("zone" | "microsegment", _)) => {
            index.wholes.get(party).map_or(Place::Elsewhere, |(at, _)| Place::Zone(*at))
        }
        Some(("outside", _)) => Place::Outside,
        _ => Place::Elsewhere,
    }
}

/// The same, and what is outside in the zone of the plan that holds it.
fn place_within(index: &Index<'_>, party: &str) -> Place {
    let zones = &index.assessment.zones;
    let holds = |name: &str| zones.iter().position(|zone| zone.outside.iter().any(|one| one == name));
    match party.strip_prefix("outside:").and_then(holds) {
        Some(at) => Place::Zone(at),
        None => place(index, party),
    }
}

fn matrix(index: &Index<'_>) -> Matrix {
    let zones = &index.assessment.zones;
    let mut cells: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let at = |place| match place {
        Place::Zone(at) => Some(at),
        Place::Outside => Some(zones.len()),
        Place::Elsewhere => None,
    };
    for rule in &index.assessment.rules {
        let (from, to) = (at(place_within(index, &rule.from)), at(place_within(index, &rule.to)));
        if let Some(ends) = from.zip(to) {
            *cells.entry(ends).or_default() += 1;
        }
    }
    // Where everything outside stands in zones of its own, "outside" needs no column.
    let is_used = cells.keys().any(|(from, to)| *from == zones.len() || *to == zones.len());
    let is_shown = is_used || zones.iter().all(|zone| zone.outside.is_empty());
    let count = zones.len() + usize::from(is_shown);
    let is_whole = zones.len() <= MATRIX_MAX;
    let asked: BTreeSet<usize> = cells.keys().map(|(_, to)| *to).collect();
    // Over several tables, a column that nobody asks is only in the way; all are about as wide.
    let columns: Vec<usize> = (0..count).filter(|at| is_whole || asked.contains(at)).collect();
    let tables = if is_whole { 1 } else { columns.len().div_ceil(MATRIX_MAX).max(1) };
    let width = columns.len().div_ceil(tables).max(1);
    let parts = columns.chunks(width).take(MATRIX_PARTS_MAX);
    let parts: Vec<MatrixPart> = parts.map(|some| part(zones, &cells, some, (count, is_whole))).collect();
    Matrix {
        largest: cells.values().copied().max().unwrap_or(1),
        unasked: count - columns.len(),
        left_out: columns.len().saturating_sub(parts.iter().map(|part| part.labels.len()).sum::<usize>()),
        parts,
    }
}

fn part(
    zones: &[Zone],
    cells: &BTreeMap<(usize, usize), usize>,
    columns: &[usize],
    (count, is_whole): (usize, bool),
) -> MatrixPart {
    let label = |at: usize| if at < zones.len() { format!("Z{}", at + 1) } else { "Out".to_owned() };
    let row = |from: usize| MatrixRow {
        label: label(from),
        name: zones.get(from).map_or("Outside the site".to_owned(), |zone| words::clean(&zone.name, 60)),
        cells: columns.iter().map(|to| cells.get(&(from, *to)).copied().unwrap_or(0)).collect(),
    };
    let mut rows: Vec<MatrixRow> = (0..count).map(row).collect();
    rows.retain(|row| is_whole || row.cells.iter().any(|count| *count > 0));
    let ends = columns.first().zip(columns.last());
    MatrixPart {
        heading: match ends {
            Some((first, last)) if !is_whole => format!("Who may ask {} to {}", label(*first), label(*last)),
            _ => String::new(),
        },
        labels: columns.iter().map(|at| label(*at)).collect(),
        empty: count - rows.len(),
        rows,
    }
}

/// Rules of the same kind in one row: who asks whom is a list of names, and the workbook has each rule.
fn rules(index: &Index<'_>) -> Listed<RuleRow> {
    const NAMES_MAX: usize = 4;
    type Key<'k> = (Place, Place, Option<&'k str>, &'k str, &'k [u16]);
    let mut kinds: BTreeMap<Key<'_>, Vec<&Rule>> = BTreeMap::new();
    for rule in &index.assessment.rules {
        let key = (
            place(index, &rule.from),
            place(index, &rule.to),
            rule.application.as_deref(),
            rule.transport.as_str(),
            rule.ports.as_slice(),
        );
        kinds.entry(key).or_default().push(rule);
    }
    let total = kinds.len();
    let names = |at: Place, parties: BTreeSet<String>| {
        let parties: Vec<String> = parties.into_iter().collect();
        let names = words::some_of(&parties, NAMES_MAX);
        match at {
            Place::Zone(number) => words::cell(&format!("Z{}: {names}", number + 1), 420),
            _ => words::cell(&names, 420),
        }
    };
    let row = |((from, to, application, transport, ports), rules): (Key<'_>, Vec<&Rule>)| {
        let why: BTreeSet<&str> = rules.iter().map(|rule| rule.why.as_str()).collect();
        let mut reason = words::prose(why.first().copied().unwrap_or_default(), 240);
        if why.len() > 1 {
            reason.push_str(&format!(" And {} like it.", words::counted(why.len() - 1, "reason", "reasons")));
        }
        RuleRow {
            count: words::count(rules.len()),
            from: names(from, rules.iter().map(|rule| index.party(&rule.from)).collect()),
            to: names(to, rules.iter().map(|rule| index.party(&rule.to)).collect()),
            what: words::cell(&flow(application, transport, ports), 100),
            why: reason,
        }
    };
    Listed::new(kinds.into_iter().take(RULES_MAX).map(row).collect(), total)
}

/// What was seen and is not proposed, with the first of the flows.
fn withheld(index: &Index<'_>) -> Listed<WithheldRow> {
    const FLOWS_SHOWN: usize = 4;
    let all = &index.assessment.withheld;
    let rows = all.iter().take(WITHHELD_MAX).map(|withheld| {
        let named = |text: &String| match text.rsplit_once(' ') {
            Some((party, port)) => format!("{} ({})", index.party(party), words::clean(port, 20)),
            None => words::clean(text, 80),
        };
        let mut flows: String =
            withheld.flows.iter().take(FLOWS_SHOWN).map(named).collect::<Vec<_>>().join(", ");
        let more = withheld.count.saturating_sub(withheld.flows.len().min(FLOWS_SHOWN) as u64);
        if more > 0 {
            flows.push_str(&format!(" and {} more", words::number(more)));
        }
        WithheldRow {
            from: words::cell(&index.party(&withheld.from), 80),
            flows: words::cell(&flows, 400),
            reason: words::prose(&withheld.reason, 300),
        }
    });
    Listed::new(rows.collect(), all.len())
}

fn needs_in_words(index: &Index<'_>) -> Vec<String> {
    let of = |state: &str| index.assessment.needs.iter().filter(|need| need.state == state).count();
    let mut sentences = Vec::new();
    for (state, one, many) in [
        (
            "proposed",
            "flow was seen in use and is proposed as needed. A person who knows the work should confirm it.",
            "flows were seen in use and are proposed as needed. A person who knows the work should confirm them.",
        ),
        (
            "confirmed",
            "flow is confirmed as needed by a person or a maker's document.",
            "flows are confirmed as needed by a person or a maker's document.",
        ),
        (
            "expected_not_seen",
            "flow is usual for a device of its kind but was not seen. It is listed below; no rule allows it.",
            "flows are usual for devices of their kind but were not seen. They are listed below; no rule allows them.",
        ),
        (
            "rejected",
            "flow is not needed any more, as somebody decided. No rule allows it.",
            "flows are not needed any more, as somebody decided. No rule allows them.",
        ),
    ] {
        match of(state) {
            0 => {}
            count => {
                sentences.push(format!("{} {}", words::count(count), if count == 1 { one } else { many }))
            }
        }
    }
    sentences
}

fn unconfirmed(index: &Index<'_>) -> Listed<NeedRow> {
    let missing = || index.assessment.needs.iter().filter(|need| need.state == "expected_not_seen");
    let rows = missing().take(NEEDS_MAX).map(|need| NeedRow {
        from: words::cell(&index.party(&need.from), 80),
        to: words::cell(&index.party(&need.to), 80),
        what: words::cell(&flow(need.application.as_deref(), &need.transport, &need.ports), 100),
        purpose: words::cell(&need.purpose, 200),
    });
    Listed::new(rows.collect(), missing().count())
}

fn containment(index: &Index<'_>) -> Containment {
    let containment = &index.assessment.containment;
    let others = index.assessment.devices.len().saturating_sub(1);
    let dots = others.min(DOTS_MAX) as u64;
    let row = |reach: &Reach| ReachRow {
        name: words::clean(&index.name(&reach.device), 40),
        text: words::number(reach.reaches),
        dots: match others as u64 {
            0 => 0,
            others => (dots * reach.reaches.min(others)).div_ceil(others),
        },
        part: if others > 0 { (reach.reaches as f64 / others as f64).min(1.0) } else { 0.0 },
    };
    let list = |reaches: &[Reach]| reaches.iter().take(REACHES_MAX).map(row).collect::<Vec<_>>();
    let (list_before, list_after) = (list(&containment.worst_before), list(&containment.worst_after));
    Containment {
        known: containment.pairs_before > 0 || !list_before.is_empty(),
        before: words::number(containment.pairs_before),
        after: words::number(containment.pairs_after),
        closed: share_closed(containment.pairs_before, containment.pairs_after),
        others: words::count(others),
        dots,
        worst_before: list_before.first().cloned(),
        worst_after: list_after.first().cloned(),
        list_before,
        list_after,
    }
}
