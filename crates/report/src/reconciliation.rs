//! `reconciliation.csv` and `without-owner.csv`: the asset lists against what was seen, and devices of nobody.

use crate::words;
use cordon_wire::assessment::{Assessment, Device, Evidence};
use std::collections::BTreeMap;

/// Columns of `reconciliation.csv` and of its sheet in the workbook.
pub(crate) const COLUMNS: &[&str] = &[
    "finding",
    "device",
    "id",
    "asset_tag",
    "category",
    "field",
    "listed",
    "seen",
    "how_sure",
    "first_seen",
    "last_seen",
    "list",
    "row",
    "evidence",
];

/// Columns of `without-owner.csv` and of its sheet.
pub(crate) const UNOWNED_COLUMNS: &[&str] = &[
    "device",
    "id",
    "asset_tag",
    "category",
    "manufacturer",
    "model",
    "macs",
    "ips",
    "vlans",
    "location",
    "first_seen",
    "last_seen",
    "risk_tier",
];

const CELL_MAX: usize = 400;

/// What a finding is called.
pub(crate) fn finding(kind: &str) -> &'static str {
    match kind {
        "not_listed" => "seen, in no list",
        "never_seen" => "in a list, never seen",
        "spelling" => "written otherwise",
        "not_seen" => "address of the list not seen",
        "address_not_listed" => "address not in the list",
        _ => "list and network disagree",
    }
}

/// The kind of a difference as [`finding`] knows it: an address that is not listed is no device that is not.
pub(crate) fn kind(difference: &str) -> &str {
    if difference == "not_listed" { "address_not_listed" } else { difference }
}

/// Where something was seen, in words.
pub(crate) fn place(evidence: &Evidence) -> String {
    let at = format!("frame or row {} of {}", words::number(evidence.packet), evidence.input);
    words::clean(&format!("{} ({at})", evidence.fact), CELL_MAX)
}

/// Every row of the reconciliation: first what no list has, then what was never seen, then what differs.
pub(crate) fn rows(assessment: &Assessment) -> Vec<Vec<String>> {
    let Some(found) = &assessment.reconciliation else { return Vec::new() };
    let devices: BTreeMap<&str, &Device> =
        assessment.devices.iter().map(|device| (device.id.as_str(), device)).collect();
    let row = |kind: &str, id: &str, rest: [String; 4], list: (String, String), evidence: String| {
        let device = devices.get(id).copied();
        let of = |read: &dyn Fn(&Device) -> String| device.map(read).unwrap_or_default();
        let tag = |device: &Device| device.asset_tag.clone().unwrap_or_default();
        let mut cells = vec![
            finding(kind).to_owned(),
            of(&words::device_name),
            words::clean(id, 60),
            words::clean(&of(&tag), CELL_MAX),
            of(&|device| words::clean(&device.category, 60)),
        ];
        cells.extend(rest);
        cells.extend([of(&|device| seen(device, false)), of(&|device| seen(device, true))]);
        cells.extend([list.0, list.1, evidence]);
        cells
    };
    let nothing = || [String::new(), String::new(), String::new(), String::new()];
    let text = |value: &Option<String>| words::clean(value.as_deref().unwrap_or_default(), CELL_MAX);
    let mut rows = Vec::new();
    for id in &found.not_listed {
        rows.push(row("not_listed", id, nothing(), Default::default(), String::new()));
    }
    for listed in &found.never_seen {
        let list = (words::clean(&listed.input, CELL_MAX), listed.row.to_string());
        rows.push(row("never_seen", &listed.device, nothing(), list, String::new()));
    }
    for one in &found.differences {
        let sure = one.confidence.map(words::confidence).unwrap_or_default();
        let rest = [words::clean(&one.attribute, 60), text(&one.listed), text(&one.seen), sure];
        let list = (words::clean(&one.input, CELL_MAX), one.row.to_string());
        let evidence = one.evidence.as_ref().map(place).unwrap_or_default();
        rows.push(row(kind(&one.kind), &one.device, rest, list, evidence));
    }
    rows
}

/// Every device that nobody owns.
pub(crate) fn unowned(assessment: &Assessment) -> Vec<Vec<String>> {
    let ids: std::collections::BTreeSet<&str> = assessment.unowned.iter().map(String::as_str).collect();
    let of_nobody = assessment.devices.iter().filter(|device| ids.contains(device.id.as_str()));
    let text = |value: &Option<String>| words::clean(value.as_deref().unwrap_or_default(), CELL_MAX);
    let row = |device: &Device| {
        let vlans: Vec<String> = device.vlans.iter().map(u16::to_string).collect();
        vec![
            words::device_name(device),
            words::clean(&device.id, 60),
            text(&device.asset_tag),
            words::clean(&device.category, 60),
            text(&device.manufacturer),
            text(&device.model),
            words::clean(&device.macs.join(" "), CELL_MAX),
            words::clean(&device.ips.join(" "), CELL_MAX),
            vlans.join(" "),
            text(&device.location),
            seen(device, false),
            seen(device, true),
            words::clean(&device.risk.tier, 20),
        ]
    };
    of_nobody.map(row).collect()
}

/// When a device was first or last on the network.
fn seen(device: &Device, last: bool) -> String {
    let presence = device.presence.as_ref();
    let time =
        presence.and_then(|presence| if last { presence.last.as_ref() } else { presence.first.as_ref() });
    time.map(|time| words::clean(time, 40)).unwrap_or_default()
}

/// Who says how much care depends on a device.
pub(crate) fn criticality_source(device: &Device) -> String {
    let leading = device.claims.iter().find(|claim| claim.attribute == "criticality");
    let evidence = leading.and_then(|claim| claim.evidence.first());
    let Some(evidence) = evidence.filter(|_| device.criticality.is_some()) else { return String::new() };
    match evidence.protocol.as_str() {
        "fda" => "FDA: life-sustaining or life-supporting".to_owned(),
        "knowledge" => "usual for its kind".to_owned(),
        _ => "asset list".to_owned(),
    }
}
