//! Whose the devices are, and the asset lists against what was seen.

use super::{Index, Listed};
use crate::{reconciliation, words};
use cordon_wire::assessment::Device;
use serde::Serialize;

/// Rows of a list on paper.
const ROWS_MAX: usize = 40;

/// The chapter.
#[derive(Serialize)]
pub(crate) struct Owners {
    owned: String,
    all: String,
    unowned: Listed<DeviceRow>,
    /// `None` when no list was given.
    lists: Option<Lists>,
}

/// The comparison with asset lists.
#[derive(Serialize)]
struct Lists {
    names: String,
    matched: String,
    not_listed: Listed<DeviceRow>,
    never_seen: Listed<ListedRow>,
    differences: Listed<DifferenceRow>,
    /// Values that are only written otherwise; `None` when there is none.
    spellings: Option<String>,
}

/// A device that someone should ask about.
#[derive(Serialize)]
struct DeviceRow {
    name: String,
    kind: String,
    addresses: String,
    last: String,
}

/// A device of a list that was never seen.
#[derive(Serialize)]
struct ListedRow {
    name: String,
    kind: String,
    row: String,
}

/// A field in which list and network disagree.
#[derive(Serialize)]
struct DifferenceRow {
    name: String,
    what: String,
    listed: String,
    seen: String,
    sure: String,
}

pub(crate) fn owners(index: &Index<'_>) -> Owners {
    let assessment = index.assessment;
    let all = assessment.devices.len();
    Owners {
        owned: words::count(all.saturating_sub(assessment.unowned.len())),
        all: words::counted(all, "device", "devices"),
        unowned: devices(index, &assessment.unowned),
        lists: assessment.reconciliation.as_ref().map(|found| {
            // What is only written otherwise is not worth a walk; the workbook has it.
            let real: Vec<_> = found.differences.iter().filter(|one| one.kind != "spelling").collect();
            let row = |one: &&cordon_wire::reconciliation::Difference| difference(index, one);
            Lists {
                names: words::some_of(
                    &found.lists.iter().map(|name| words::cell(name, 60)).collect::<Vec<_>>(),
                    5,
                ),
                matched: words::counted(
                    usize::try_from(found.matched).unwrap_or(usize::MAX),
                    "device is",
                    "devices are",
                ),
                not_listed: devices(index, &found.not_listed),
                never_seen: Listed::new(
                    found.never_seen.iter().take(ROWS_MAX).map(|one| listed(index, one)).collect(),
                    found.never_seen.len(),
                ),
                spellings: match found.differences.len() - real.len() {
                    0 => None,
                    count => Some(words::counted(count, "value is", "values are")),
                },
                differences: Listed::new(real.iter().take(ROWS_MAX).map(row).collect(), real.len()),
            }
        }),
    }
}

fn devices(index: &Index<'_>, ids: &[String]) -> Listed<DeviceRow> {
    let row = |id: &String| {
        let device = index.devices.get(id.as_str()).copied();
        DeviceRow {
            name: words::cell(&index.name(id), 60),
            kind: device.map(|device| words::label(&device.category)).unwrap_or_default(),
            addresses: device.map(addresses).unwrap_or_default(),
            last: device.map(last).unwrap_or_default(),
        }
    };
    Listed::new(ids.iter().take(ROWS_MAX).map(row).collect(), ids.len())
}

fn addresses(device: &Device) -> String {
    let all: Vec<String> =
        device.ips.iter().chain(&device.macs).map(|address| words::clean(address, 60)).collect();
    words::some_of(&all, 2)
}

fn last(device: &Device) -> String {
    let presence = device.presence.as_ref();
    let Some(presence) = presence else { return "never".to_owned() };
    presence.last.as_ref().map_or_else(|| "time not known".to_owned(), |time| words::date(time))
}

fn listed(index: &Index<'_>, one: &cordon_wire::reconciliation::Listed) -> ListedRow {
    let device = index.devices.get(one.device.as_str()).copied();
    let file = one.input.rsplit(['/', '\\']).next().unwrap_or_default();
    ListedRow {
        name: words::cell(&index.name(&one.device), 80),
        kind: device.map(|device| words::label(&device.category)).unwrap_or_default(),
        row: words::cell(&format!("row {} of {file}", words::number(one.row)), 80),
    }
}

fn difference(index: &Index<'_>, one: &cordon_wire::reconciliation::Difference) -> DifferenceRow {
    let text =
        |value: &Option<String>| value.as_ref().map_or_else(|| "–".to_owned(), |text| words::cell(text, 60));
    let what = match one.attribute.as_str() {
        "mac" => "MAC address".to_owned(),
        "ip" => "IP address".to_owned(),
        name => words::title(name),
    };
    let finding = reconciliation::finding(reconciliation::kind(&one.kind));
    DifferenceRow {
        name: words::cell(&index.name(&one.device), 60),
        what,
        listed: text(&one.listed),
        seen: text(&one.seen),
        sure: one.confidence.map_or_else(|| finding.to_owned(), words::confidence),
    }
}
