//! A page for each of the devices at highest risk.

use super::estate::{self, FactorRow};
use super::{Index, PAGES_MAX, flow};
use crate::{reconciliation, words};
use cordon_wire::assessment::{Claim, Device, Exposure, Finding};
use serde::Serialize;
use std::collections::BTreeMap;

const CLAIMS_MAX: usize = 10;
const SERVICES_MAX: usize = 8;
const PEERS_MAX: usize = 8;
const FINDINGS_MAX: usize = 8;
const ACTIONS_MAX: usize = 5;

/// One device on about one page.
#[derive(Serialize)]
pub(crate) struct Page {
    rank: usize,
    name: String,
    marks: String,
    what: String,
    tier: String,
    score: String,
    residual: String,
    facts: Vec<Pair>,
    /// What nothing said, in one phrase; empty when all is known.
    not_known: String,
    claims: Vec<ClaimRow>,
    claims_more: usize,
    factors: Vec<FactorRow>,
    services: Vec<String>,
    services_more: usize,
    peers: Vec<PeerRow>,
    peers_more: usize,
    statements: Vec<Pair>,
    findings: Vec<FindingRow>,
    findings_more: usize,
    actions: Vec<String>,
    zone: String,
    coverage: String,
}

/// A name with its value.
#[derive(Serialize)]
struct Pair {
    label: String,
    value: String,
}

/// A claim with how sure we are and its first evidence.
#[derive(Serialize)]
struct ClaimRow {
    attribute: String,
    value: String,
    confidence: String,
    conflict: bool,
    evidence: String,
}

/// Who it talks to.
#[derive(Serialize)]
struct PeerRow {
    /// Who asks whom, and whether there was an answer.
    way: &'static str,
    peer: String,
    what: String,
    amount: String,
    outside: bool,
}

/// An advisory that concerns it.
#[derive(Serialize)]
struct FindingRow {
    advisory: String,
    status: String,
    why: String,
}

pub(crate) fn pages(index: &Index<'_>) -> Vec<Page> {
    let devices = index.assessment.devices.iter().take(PAGES_MAX);
    devices.enumerate().map(|(at, device)| page(index, at + 1, device)).collect()
}

fn page(index: &Index<'_>, rank: usize, device: &Device) -> Page {
    let zone = index.zones.get(device.id.as_str()).and_then(|at| index.assessment.zones.get(*at));
    let coverage = index.assessment.coverage.iter().find(|coverage| coverage.device == device.id);
    let (peers, peers_all) = peers(index, device);
    let (facts, not_known) = facts(device);
    let affected = || device.findings.iter().filter(|finding| finding.status != "not_affected");
    Page {
        rank,
        name: words::clean(&words::device_title(device), 50),
        marks: words::cell(&words::device_marks(device).join(" · "), 120),
        what: estate::kind(device),
        tier: estate::tier_word(device),
        score: words::points(device.risk.score),
        residual: words::points(device.risk.residual),
        facts,
        not_known,
        claims: claims(device),
        claims_more: device.claims.len().saturating_sub(CLAIMS_MAX),
        factors: estate::factors(device, 500),
        services: device
            .services
            .iter()
            .take(SERVICES_MAX)
            .map(|service| words::prose(&words::service(service), 120))
            .collect(),
        services_more: device.services.len().saturating_sub(SERVICES_MAX),
        peers_more: peers_all.saturating_sub(peers.len()),
        peers,
        statements: statements(index, device),
        findings: affected()
            .take(FINDINGS_MAX)
            .map(|finding| FindingRow {
                advisory: words::cell(&finding.advisory, 60),
                status: finding_status(finding),
                why: words::prose(finding.question.as_ref().unwrap_or(&finding.why), 240),
            })
            .collect(),
        findings_more: affected().count().saturating_sub(FINDINGS_MAX),
        actions: actions(index, device),
        zone: zone.map_or_else(|| "none".to_owned(), |zone| words::clean(&zone.name, 60)),
        coverage: coverage
            .map_or_else(|| words::NOT_KNOWN.to_owned(), |coverage| words::prose(&coverage.why, 240)),
    }
}

/// The verdict with how severe it is and how soon to act: `affected · CVSS 9.8 · out-of-cycle`.
fn finding_status(finding: &Finding) -> String {
    let severity = finding.cvss.map(|score| format!("CVSS {}", words::points(score)));
    let decision = finding.ssvc.as_deref().map(|decision| words::clean(decision, 20));
    let parts = [Some(words::label(&finding.status)), severity, decision];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What is known, and the names of what is not.
fn facts(device: &Device) -> (Vec<Pair>, String) {
    let one = |value: &Option<String>| value.as_ref().map(|value| words::cell(value, 80));
    let list = |values: &[String]| {
        let values: Vec<String> = values.iter().map(|value| words::cell(value, 60)).collect();
        (!values.is_empty()).then(|| words::some_of(&values, 4))
    };
    let vlans: Vec<String> = device.vlans.iter().map(u16::to_string).collect();
    let roles: Vec<String> = device.roles.iter().map(|role| words::label(role)).collect();
    let facts = [
        ("Manufacturer", one(&device.manufacturer)),
        ("Model", one(&device.model)),
        ("Serial number", one(&device.serial)),
        ("Asset tag", one(&device.asset_tag)),
        ("Operating system", words::operating_system(device)),
        ("Software version", one(&device.firmware)),
        ("IP addresses", list(&device.ips)),
        ("MAC addresses", list(&device.macs)),
        ("VLANs", list(&vlans)),
        ("Host names", list(&device.hostnames)),
        ("Department", one(&device.department)),
        ("Location", one(&device.location)),
        ("Responsible", one(&device.owner)),
        ("Roles", list(&roles)),
    ];
    let missing = facts.iter().filter(|(_, value)| value.is_none());
    let missing: Vec<String> = missing.map(|(label, _)| words::lower_first(label)).collect();
    // What few lists hold is shown where it is known, and not missed where it is not.
    let further = [
        ("Support contact", one(&device.support_contact)),
        ("Cost centre", one(&device.cost_centre)),
        ("Bought", one(&device.purchased)),
        ("Criticality for care", criticality(device)),
        ("FDA product code", product_code(device)),
    ];
    let known = facts
        .into_iter()
        .chain(further)
        .filter_map(|(label, value)| Some(Pair { label: label.to_owned(), value: value? }));
    (known.collect(), missing.join(", "))
}

/// How much care depends on it, and who says so.
fn criticality(device: &Device) -> Option<String> {
    let word = device.criticality.as_ref()?;
    Some(words::cell(&format!("{word} ({})", reconciliation::criticality_source(device)), 80))
}

fn product_code(device: &Device) -> Option<String> {
    let fda = device.fda.as_ref()?;
    let class = fda.device_class.as_ref().map(|class| format!(", class {class}")).unwrap_or_default();
    Some(words::cell(&format!("{}{class}", fda.product_code.as_ref()?), 80))
}

fn claims(device: &Device) -> Vec<ClaimRow> {
    let mut claims: Vec<&Claim> = device.claims.iter().collect();
    // The surest first; what stands in conflict is not pushed out by agreement on trifles.
    claims.sort_by(|a, b| b.conflict.cmp(&a.conflict).then(b.confidence.total_cmp(&a.confidence)));
    claims.into_iter().take(CLAIMS_MAX).map(claim_row).collect()
}

fn claim_row(claim: &Claim) -> ClaimRow {
    let evidence = claim.evidence.first().map(|first| {
        let place = format!(
            "{}, frame or row {}",
            words::clean(file_name(&first.input), 60),
            words::number(first.packet)
        );
        let mut text =
            format!("{}: {} ({place})", words::protocol(&first.protocol), words::clean(&first.fact, 90));
        if claim.evidence.len() > 1 {
            text.push_str(&format!(" and {} more", words::count(claim.evidence.len() - 1)));
        }
        text
    });
    ClaimRow {
        attribute: words::title(&claim.attribute),
        value: if claim.attribute == "category" {
            words::label(&claim.value)
        } else {
            words::cell(&claim.value, 100)
        },
        confidence: words::confidence(claim.confidence),
        conflict: claim.conflict,
        evidence: words::prose(evidence.as_deref().unwrap_or("none given"), 320),
    }
}

/// The last part of a path: which input it was is listed with its whole path among the sources.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The peers by traffic, each with what is spoken; and how many there are in all.
fn peers(index: &Index<'_>, device: &Device) -> (Vec<PeerRow>, usize) {
    type Key<'k> = (&'static str, bool, String, &'k str, u16, Option<&'k str>);
    let mut amounts: BTreeMap<Key<'_>, u64> = BTreeMap::new();
    for conversation in &index.assessment.conversations {
        let is = |side: &Option<String>| side.as_deref() == Some(device.id.as_str());
        let (way, peer, address) =
            match (is(&conversation.client_device), is(&conversation.server_device), conversation.answered) {
                (true, _, true) => ("asks", &conversation.server_device, &conversation.server),
                (true, _, false) => ("asks, no answer", &conversation.server_device, &conversation.server),
                (_, true, true) => ("answers", &conversation.client_device, &conversation.client),
                (_, true, false) => {
                    ("is asked, is silent", &conversation.client_device, &conversation.client)
                }
                (false, false, _) => continue,
            };
        let peer = peer.as_ref().map_or_else(|| words::clean(address, 60), |id| index.name(id));
        let application = conversation.application.as_deref();
        let key = (
            way,
            conversation.outside,
            peer,
            conversation.transport.as_str(),
            conversation.port,
            application,
        );
        *amounts.entry(key).or_default() += conversation.bytes;
    }
    let all = amounts.len();
    let mut amounts: Vec<(Key<'_>, u64)> = amounts.into_iter().collect();
    amounts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rows = amounts.into_iter().take(PEERS_MAX);
    let row = |((way, outside, peer, transport, port, application), amount): (Key<'_>, u64)| {
        let ports: &[u16] = if matches!(transport, "tcp" | "udp" | "sctp") { &[port] } else { &[] };
        PeerRow {
            way,
            peer: words::cell(&peer, 60),
            what: words::cell(&flow(application, transport, ports), 60),
            amount: words::bytes(amount),
            outside,
        }
    };
    (rows.map(row).collect(), all)
}

fn statements(index: &Index<'_>, device: &Device) -> Vec<Pair> {
    let pair = |label: &str, value: String| Pair { label: label.to_owned(), value };
    let recalls = recalls(device).map(|told| pair("Recalls", told));
    let always = vec![
        pair("Patient data", patient_data(device)),
        pair("Contact with the outside", internet(device)),
        pair("Exposure", exposure(device, index.assessment.barriers.is_some())),
        pair("Support", support(device)),
        pair("Updates", updates(device)),
    ];
    always.into_iter().chain(recalls).collect()
}

fn patient_data(device: &Device) -> String {
    let data = &device.patient_data;
    if !data.seen {
        return "None was seen in its traffic. That does not mean that it holds none.".to_owned();
    }
    let kinds: Vec<String> = data.kinds.iter().map(|kind| words::label(kind)).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", words::some_of(&kinds, 6)) };
    let how = if data.in_clear { "readable, without encryption" } else { "not seen without encryption" };
    format!("Seen in its traffic{kinds}; {how}. The data itself was not kept.")
}

fn internet(device: &Device) -> String {
    let destinations: Vec<String> =
        device.internet.destinations.iter().map(|name| words::cell(name, 80)).collect();
    match (device.internet.seen, destinations.is_empty()) {
        (false, _) => "None was seen.".to_owned(),
        (true, true) => "Seen; the destinations are not known.".to_owned(),
        (true, false) => {
            let why = device.exposure.internet_needed_why.as_ref().map(|why| words::prose(why, 200));
            let needed = match (device.exposure.internet_needed, why) {
                (Some(true), Some(why)) => format!(" Needed: {why}."),
                (Some(false), Some(why)) => format!(" Not needed: {why}."),
                _ => String::new(),
            };
            format!("Seen: {}.{needed}", words::some_of(&destinations, 6))
        }
    }
}

fn recalls(device: &Device) -> Option<String> {
    let open = device.recalls.iter().filter(|recall| recall.status != "not_affected");
    let told: Vec<String> = open
        .map(|recall| {
            let class = recall.class.as_ref().map(|class| format!(", class {}", words::clean(class, 20)));
            let say = recall.question.as_ref().unwrap_or(&recall.why);
            format!(
                "{}{} ({}, {}): {}",
                words::clean(&recall.number, 40),
                class.unwrap_or_default(),
                words::clean(&recall.state, 40),
                words::label(&recall.status),
                words::prose(say, 240)
            )
        })
        .collect();
    (!told.is_empty()).then(|| words::some_of(&told, 3))
}

fn exposure(device: &Device, by_configuration: bool) -> String {
    let exposure = &device.exposure;
    // Only lists know it, or the assessment was made before exposure was told.
    if *exposure == Exposure::default() {
        return "None is known.".to_owned();
    }
    let count = |count: u64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{} {many}", words::count(usize::try_from(count).unwrap_or(usize::MAX))),
    };
    let known = if by_configuration { "by the configurations given" } else { "as far as watching can tell" };
    let mut text = format!(
        "{} can send to it today, {known}",
        count(exposure.reachable_from, "other device", "other devices")
    );
    match exposure.reachable_under_plan {
        Some(after) => text.push_str(&format!("; {} under the plan.", words::count(after as usize))),
        None => text.push('.'),
    }
    let services: Vec<String> =
        exposure.risky_services.iter().map(|service| words::factor(&service.name)).collect();
    if !services.is_empty() {
        text.push_str(&format!(" Weak: {}.", words::some_of(&services, 4)));
    }
    let channels: Vec<String> = exposure.remote_support.iter().map(|name| words::cell(name, 40)).collect();
    if !channels.is_empty() {
        text.push_str(&format!(" Remote support: {}.", words::some_of(&channels, 3)));
    }
    if let Some(why) = &exposure.can_be_disconnected {
        text.push_str(&format!(" It may be taken off the network: {}.", words::prose(why, 200)));
    }
    text
}

fn support(device: &Device) -> String {
    let support = &device.support;
    let mut text = format!(
        "Operating system: {}. Device: {}.",
        words::label(&support.os),
        words::label(&support.device)
    );
    if let Some(until) = &support.until {
        let verb = if support.os == "ended" { "ended" } else { "ends" };
        text.push_str(&format!(" Support of the operating system {verb} on {}.", words::date(until)));
    }
    if let Some(source) = &support.source {
        text.push_str(&format!(" Source: {}.", words::prose(source, 160)));
    }
    if let Some(until) = &support.device_until {
        let verb = if support.device == "ended" { "ended" } else { "ends" };
        text.push_str(&format!(" The maker's support {verb} on {}.", words::date(until)));
    }
    if let Some(source) = &support.device_source {
        text.push_str(&format!(" Source: {}.", words::prose(source, 160)));
    }
    for hint in support.hints.iter().take(2) {
        text.push_str(&format!(" {}.", words::prose(hint, 160)));
    }
    text
}

fn updates(device: &Device) -> String {
    let patch = &device.patch;
    let mut text = match (patch.possible, patch.why_not.as_deref()) {
        (Some(true), _) => "It can be patched.".to_owned(),
        (Some(false), None | Some("unknown")) => "It cannot be patched; why is not known.".to_owned(),
        (Some(false), Some(reason)) => format!("It cannot be patched: {}.", words::label(reason)),
        (None, _) => "Whether it can be patched is not known.".to_owned(),
    };
    if let Some(responsible) = &patch.responsible {
        text.push_str(&format!(" Responsible: {}.", words::clean(responsible, 80)));
    }
    if let Some(source) = &patch.source {
        text.push_str(&format!(" Source: {}.", words::prose(source, 160)));
    }
    if let Some(hint) = &patch.hint {
        text.push_str(&format!(" Usual: {}.", words::prose(hint, 200)));
    }
    text
}

fn actions(index: &Index<'_>, device: &Device) -> Vec<String> {
    let numbered = index.assessment.actions.iter().enumerate();
    let mine = numbered.filter(|(_, action)| action.devices.contains(&device.id));
    mine.take(ACTIONS_MAX)
        .map(|(at, action)| {
            let kind = words::title(&action.kind);
            words::prose(&format!("Action {}, {kind}: {}", at + 1, words::clean(&action.why, 200)), 260)
        })
        .collect()
}
