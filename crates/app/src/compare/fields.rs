//! One device before and now, field by field.

use super::pairs::Pairs;
use super::tenths;
use cordon_wire::assessment::{Device, Factor};
use cordon_wire::comparison::{Change, FactorChange};
use std::collections::{BTreeMap, BTreeSet};

/// What a field of a device holds, as a set of texts.
type Read = fn(&Device) -> BTreeSet<String>;

fn one(value: &Option<String>) -> BTreeSet<String> {
    value.iter().cloned().collect()
}

fn all(values: &[String]) -> BTreeSet<String> {
    values.iter().cloned().collect()
}

/// A word that stands for "nothing is known" is nothing.
fn known(value: &str) -> BTreeSet<String> {
    if matches!(value, "" | "unknown") { BTreeSet::new() } else { BTreeSet::from([value.to_owned()]) }
}

/// The fields that are compared, in the order they are shown.
const FIELDS: &[(&str, Read)] = &[
    ("asset_tag", |device| one(&device.asset_tag)),
    ("owner", |device| one(&device.owner)),
    ("department", |device| one(&device.department)),
    ("location", |device| one(&device.location)),
    ("support_contact", |device| one(&device.support_contact)),
    ("cost_centre", |device| one(&device.cost_centre)),
    ("purchased", |device| one(&device.purchased)),
    ("category", |device| known(&device.category)),
    ("criticality", |device| one(&device.criticality)),
    ("modality", |device| one(&device.modality)),
    ("manufacturer", |device| one(&device.manufacturer)),
    ("model", |device| one(&device.model)),
    ("os", |device| one(&device.os)),
    ("os_version", |device| one(&device.os_version)),
    ("firmware", |device| one(&device.firmware)),
    ("serial", |device| one(&device.serial)),
    ("udi", |device| one(&device.udi)),
    ("macs", |device| all(&device.macs)),
    ("ips", |device| all(&device.ips)),
    ("vlans", |device| device.vlans.iter().map(u16::to_string).collect()),
    ("hostnames", |device| all(&device.hostnames)),
    ("services", services),
    ("roles", |device| all(&device.roles)),
    ("patient_data", |device| all(&device.patient_data.kinds)),
    ("patient_data_in_clear", |device| flag(device.patient_data.in_clear)),
    ("internet", |device| all(&device.internet.destinations)),
    ("support_os", |device| known(&device.support.os)),
    ("support_device", |device| known(&device.support.device)),
    ("support_until", |device| one(&device.support.until)),
    ("patch_possible", |device| match device.patch.possible {
        Some(true) => BTreeSet::from(["yes".to_owned()]),
        Some(false) => BTreeSet::from(["no".to_owned()]),
        None => BTreeSet::new(),
    }),
];

fn flag(value: bool) -> BTreeSet<String> {
    value.then(|| "yes".to_owned()).into_iter().collect()
}

fn services(device: &Device) -> BTreeSet<String> {
    let service = |service: &cordon_wire::assessment::Service| match &service.application {
        Some(application) => format!("{}/{} {application}", service.transport, service.port),
        None => format!("{}/{}", service.transport, service.port),
    };
    device.services.iter().map(service).collect()
}

/// The fields in which a device differs.
pub(super) fn changes(before: &Device, after: &Device, pairs: &Pairs<'_>) -> Vec<Change> {
    let mut changes: Vec<Change> =
        FIELDS.iter().filter_map(|(field, read)| change(field, &read(before), &read(after))).collect();
    // The same gateway may go by another id.
    let parent = before.parent.as_deref().map(|id| pairs.now(id).to_owned());
    changes.extend(change("parent", &one(&parent), &one(&after.parent)));
    changes
}

fn change(field: &str, before: &BTreeSet<String>, after: &BTreeSet<String>) -> Option<Change> {
    (before != after).then(|| Change {
        field: field.to_owned(),
        lost: before.difference(after).cloned().collect(),
        gained: after.difference(before).cloned().collect(),
    })
}

/// Factors that came, went or moved by a tenth of a point or more.
pub(super) fn factors(before: &[Factor], after: &[Factor]) -> Vec<FactorChange> {
    let sums = |factors: &[Factor]| {
        let mut sums: BTreeMap<String, (f64, String)> = BTreeMap::new();
        for factor in factors {
            let sum = sums.entry(factor.name.clone()).or_insert_with(|| (0.0, factor.why.clone()));
            sum.0 += factor.share;
        }
        sums
    };
    let (before, after) = (sums(before), sums(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let share = |side: &BTreeMap<String, (f64, String)>, name: &String| {
        side.get(name).map(|(share, _)| tenths(*share))
    };
    names
        .into_iter()
        .filter(|name| share(&before, name) != share(&after, name))
        .map(|name| FactorChange {
            name: name.clone(),
            before: share(&before, name),
            after: share(&after, name),
            why: after.get(name).or(before.get(name)).map(|(_, why)| why.clone()).unwrap_or_default(),
        })
        .collect()
}
