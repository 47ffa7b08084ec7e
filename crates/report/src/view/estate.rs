//! How the estate looks: counts, the ranking with every factor, the inventory.

use super::{Index, Listed};
use crate::words;
use cordon_wire::assessment::Device;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Up to so many devices, paper shows them all; of a larger estate it shows the first, for nobody reads the
/// rows of thousands on paper. The workbook has them.
const WHOLE_MAX: usize = 400;
const INVENTORY_OF_LARGE: usize = 150;
const RANKING_OF_LARGE: usize = 60;

fn shown(devices: &[Device], of_large: usize) -> &[Device] {
    if devices.len() <= WHOLE_MAX { devices } else { devices.get(..of_large).unwrap_or(devices) }
}

const BARS_MAX: usize = 16;

/// Counts for the charts.
#[derive(Serialize)]
pub(crate) struct Shape {
    total: usize,
    clinical: usize,
    tiers: Vec<Slice>,
    categories: Vec<Bar>,
    support: Vec<Slice>,
    patch: Vec<Slice>,
    concerns: Vec<Concern>,
    patient_data: Vec<PatientDataRow>,
}

/// What one protocol carried of patients.
#[derive(Serialize)]
struct PatientDataRow {
    protocol: String,
    kinds: String,
    conversations: String,
    devices: String,
    outside: String,
}

/// How many devices something is true of.
#[derive(Serialize)]
struct Concern {
    label: &'static str,
    clinical: String,
    others: String,
    all: String,
}

/// A part of a whole.
#[derive(Serialize)]
struct Slice {
    name: String,
    label: String,
    count: usize,
}

/// A category with its devices by tier (critical, high, medium, low, not rated).
#[derive(Serialize)]
struct Bar {
    label: String,
    count: usize,
    tiers: [usize; 5],
}

/// A device in the ranking.
#[derive(Serialize)]
pub(crate) struct RankingRow {
    rank: usize,
    name: String,
    /// Asset tag, host name, address.
    marks: String,
    kind: String,
    tier: String,
    score: String,
    residual: String,
    /// The two or three main ones, in few words.
    reasons: String,
    factors: Vec<FactorRow>,
    /// True when the sentences stand here: not for low risks, and not for what has a page of its own.
    sentences: bool,
    /// True when it has a page of its own.
    paged: bool,
}

/// A reason for a score.
#[derive(Serialize)]
pub(crate) struct FactorRow {
    name: String,
    share: String,
    why: String,
    /// True of a harm, false of a weakness.
    harm: bool,
}

/// A device in the inventory.
#[derive(Serialize)]
pub(crate) struct InventoryRow {
    name: String,
    also: String,
    what: String,
    maker: String,
    system: String,
    serial: String,
    addresses: Vec<String>,
    place: String,
    support: String,
    tier: String,
    score: String,
}

pub(crate) fn shape(index: &Index<'_>) -> Shape {
    let devices = &index.assessment.devices;
    let tier_names = words::TIERS.into_iter().chain(["not rated"]);
    let tiers = tier_names.enumerate().map(|(at, name)| Slice {
        name: name.to_owned(),
        label: name.to_owned(),
        count: index.count(|device| tier_place(device) == at),
    });
    let patch =
        [("can be patched", Some(true)), ("cannot be patched", Some(false)), (words::NOT_KNOWN, None)];
    Shape {
        total: devices.len(),
        clinical: index.count(|device| words::is_clinical(&device.category)),
        tiers: tiers.collect(),
        categories: bars(devices),
        support: support(index),
        concerns: concerns(index),
        patient_data: patient_data(index),
        patch: patch
            .map(|(label, possible)| Slice {
                name: label.to_owned(),
                label: label.to_owned(),
                count: index.count(|device| device.patch.possible == possible),
            })
            .into(),
    }
}

fn concerns(index: &Index<'_>) -> Vec<Concern> {
    type Test = fn(&Device) -> bool;
    let tests: [(&'static str, Test); 9] = [
        ("Patient data readable in its traffic", |device| device.patient_data.in_clear),
        ("Contact with addresses outside the site", |device| device.internet.seen),
        ("Operating system without updates", |device| device.support.os == "ended"),
        ("Device itself no longer supported", |device| device.support.device == "ended"),
        ("Affected by a published advisory", |device| {
            device.findings.iter().any(|finding| finding.status == "affected")
        }),
        ("Affected by a weakness that is known to be exploited", |device| {
            let mut findings = device.findings.iter();
            findings.any(|finding| finding.status == "affected" && finding.known_exploited == Some(true))
        }),
        ("To be dealt with at once or out of cycle (SSVC)", |device| {
            let urgent = |decision: &str| matches!(decision, "immediate" | "out-of-cycle");
            device.findings.iter().any(|finding| finding.ssvc.as_deref().is_some_and(urgent))
        }),
        ("On the network for no reason that was seen", |device| {
            device.exposure.can_be_disconnected.is_some()
        }),
        ("Evidence about it contradicts itself", |device| device.claims.iter().any(|claim| claim.conflict)),
    ];
    let rows = tests.into_iter().map(|(label, test)| {
        let all = index.count(test);
        let clinical = index.count(|device| test(device) && words::is_clinical(&device.category));
        (label, clinical, all)
    });
    rows.filter(|(.., all)| *all > 0)
        .map(|(label, clinical, all)| Concern {
            label,
            clinical: words::count(clinical),
            others: words::count(all - clinical),
            all: words::count(all),
        })
        .collect()
}

/// Which protocols carried patient data in clear text, and how much of what clinical devices say cannot be
/// read because it is encrypted.
fn patient_data(index: &Index<'_>) -> Vec<PatientDataRow> {
    #[derive(Default)]
    struct Sum<'a> {
        kinds: BTreeSet<&'a str>,
        conversations: usize,
        devices: BTreeSet<&'a str>,
        outside: usize,
    }
    let is_clinical = |id: &Option<String>| {
        let device = id.as_ref().and_then(|id| index.devices.get(id.as_str()));
        device.is_some_and(|device| words::is_clinical(&device.category))
    };
    let mut sums: BTreeMap<(bool, &str), Sum<'_>> = BTreeMap::new();
    for talk in &index.assessment.conversations {
        let spoken = talk.application.as_deref().unwrap_or_default();
        let sealed =
            spoken == "tls" && (is_clinical(&talk.client_device) || is_clinical(&talk.server_device));
        if talk.patient_data.is_empty() && !sealed {
            continue;
        }
        let sum = sums.entry((sealed, spoken)).or_default();
        sum.kinds.extend(talk.patient_data.iter().map(String::as_str));
        sum.conversations += 1;
        sum.devices
            .extend([&talk.client_device, &talk.server_device].into_iter().flatten().map(String::as_str));
        sum.outside += usize::from(talk.outside);
    }
    let row = |((sealed, spoken), sum): ((bool, &str), Sum<'_>)| PatientDataRow {
        protocol: if spoken.is_empty() { "not recognised".to_owned() } else { words::protocol(spoken) },
        kinds: match sealed {
            true => "encrypted: whatever it carries cannot be read".to_owned(),
            false => sum.kinds.into_iter().map(words::label).collect::<Vec<_>>().join(", "),
        },
        conversations: words::count(sum.conversations),
        devices: words::count(sum.devices.len()),
        outside: words::count(sum.outside),
    };
    sums.into_iter().map(row).collect()
}

/// Place in the order critical, high, medium, low, not rated.
fn tier_place(device: &Device) -> usize {
    words::TIERS.iter().position(|tier| *tier == device.risk.tier).unwrap_or(words::TIERS.len())
}

fn support(index: &Index<'_>) -> Vec<Slice> {
    let names = ["ended", "limited", "extended", "supported"];
    let of = |name: &str| index.count(|device| device.support.os == name);
    let mut slices: Vec<Slice> =
        names.map(|name| Slice { name: name.to_owned(), label: words::label(name), count: of(name) }).into();
    let known: usize = slices.iter().map(|slice| slice.count).sum();
    slices.push(Slice {
        name: "unknown".to_owned(),
        label: words::NOT_KNOWN.to_owned(),
        count: index.assessment.devices.len() - known,
    });
    slices
}

fn bars(devices: &[Device]) -> Vec<Bar> {
    let mut by_category: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    for device in devices {
        let tiers = by_category.entry(&device.category).or_default();
        if let Some(count) = tiers.get_mut(tier_place(device)) {
            *count += 1;
        }
    }
    let mut bars: Vec<Bar> = by_category
        .into_iter()
        .map(|(category, tiers)| Bar { label: words::title(category), count: tiers.iter().sum(), tiers })
        .collect();
    bars.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)));
    if bars.len() > BARS_MAX {
        let rest = bars.split_off(BARS_MAX - 1);
        let mut tiers = [0; 5];
        for (sum, at) in tiers.iter_mut().zip(0..) {
            *sum = rest.iter().filter_map(|bar| bar.tiers.get::<usize>(at)).sum();
        }
        let label = words::counted(rest.len(), "more category", "more categories");
        bars.push(Bar { label, count: tiers.iter().sum(), tiers });
    }
    bars
}

/// The tier as a word; `not rated` where the assessment gives none.
pub(crate) fn tier_word(device: &Device) -> String {
    words::tier(&device.risk.tier).unwrap_or("not rated").to_owned()
}

/// Category, with the modality of an imaging device.
pub(crate) fn kind(device: &Device) -> String {
    match &device.modality {
        Some(modality) => format!("{} ({})", words::title(&device.category), words::clean(modality, 16)),
        None => words::title(&device.category),
    }
}

/// The factors of a score, reasons cut to `why_max` characters.
pub(crate) fn factors(device: &Device, why_max: usize) -> Vec<FactorRow> {
    let rows = device.risk.factors.iter().map(|factor| FactorRow {
        name: words::capital(&words::factor(&factor.name)),
        share: words::points(factor.share),
        why: words::prose(&factor.why, why_max),
        harm: factor.name.starts_with("harm_"),
    });
    rows.collect()
}

/// The two heaviest weaknesses and the heaviest harm, in few words.
fn reasons(device: &Device) -> String {
    let harm = |name: &str| name.starts_with("harm_");
    let factors = &device.risk.factors;
    let weak = factors.iter().filter(|factor| !harm(&factor.name) && factor.name != "on_the_network").take(2);
    let worst = factors.iter().find(|factor| harm(&factor.name));
    let names: Vec<String> = weak.chain(worst).map(|factor| words::factor(&factor.name)).collect();
    words::capital(&names.join(" · "))
}

pub(crate) fn ranking(index: &Index<'_>) -> Listed<RankingRow> {
    let devices = &index.assessment.devices;
    let rows = shown(devices, RANKING_OF_LARGE).iter().enumerate().map(|(at, device)| {
        let paged = at < super::PAGES_MAX;
        RankingRow {
            rank: at + 1,
            name: words::cell(&words::device_title(device), 60),
            marks: words::cell(&words::device_marks(device).join(" · "), 100),
            kind: kind(device),
            tier: tier_word(device),
            score: words::points(device.risk.score),
            residual: words::points(device.risk.residual),
            reasons: words::cell(&reasons(device), 140),
            factors: factors(device, 180),
            sentences: !paged && matches!(device.risk.tier.as_str(), "critical" | "high" | "medium"),
            paged,
        }
    });
    Listed::new(rows.collect(), devices.len())
}

pub(crate) fn inventory(index: &Index<'_>) -> Listed<InventoryRow> {
    let devices = &index.assessment.devices;
    let rows = shown(devices, INVENTORY_OF_LARGE).iter().map(inventory_row);
    Listed::new(rows.collect(), devices.len())
}

fn inventory_row(device: &Device) -> InventoryRow {
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| words::NOT_KNOWN.to_owned());
    let name = words::device_title(device);
    let also = device.asset_tag.iter().chain(&device.hostnames).map(|other| words::clean(other, 60));
    let also: Vec<String> = also.filter(|other| *other != name && !other.is_empty()).collect();
    let mut system = or_unknown(words::operating_system(device));
    if let Some(firmware) = &device.firmware {
        system.push_str(&format!("; software {}", words::clean(firmware, 60)));
    }
    let place: Vec<String> = [&device.department, &device.location, &device.owner]
        .into_iter()
        .flatten()
        .map(|place| words::clean(place, 60))
        .collect();
    InventoryRow {
        name: words::cell(&name, 60),
        also: words::cell(&words::some_of(&also, 2), 130),
        what: kind(device),
        maker: words::cell(&or_unknown(words::maker_model(device)), 100),
        system: words::cell(&system, 120),
        serial: or_unknown(device.serial.as_ref().map(|serial| words::cell(serial, 60))),
        addresses: addresses(device),
        place: if place.is_empty() {
            words::NOT_KNOWN.to_owned()
        } else {
            words::cell(&place.join(", "), 180)
        },
        support: words::label(&device.support.os),
        tier: tier_word(device),
        score: words::points(device.risk.score),
    }
}

/// IP addresses and MAC addresses, the first few of each, one a line; VLANs behind the first.
fn addresses(device: &Device) -> Vec<String> {
    const EACH_MAX: usize = 3;
    let vlans: Vec<String> = device.vlans.iter().map(|vlan| format!("VLAN {vlan}")).collect();
    let mut lines = Vec::new();
    for list in [&device.ips, &device.macs] {
        lines.extend(list.iter().take(EACH_MAX).map(|address| words::cell(address, 45)));
        if list.len() > EACH_MAX {
            lines.push(format!("and {} more", words::count(list.len() - EACH_MAX)));
        }
    }
    if lines.is_empty() {
        lines.push(words::NOT_KNOWN.to_owned());
    }
    if let Some(first) = lines.first_mut().filter(|_| !vlans.is_empty()) {
        first.push_str(&format!(" · {}", words::some_of(&vlans, EACH_MAX)));
    }
    lines
}
