//! Which device of the one assessment is which of the other.
//!
//! A device keeps its id as long as its strongest key is the same. When a stronger one becomes known (a serial
//! number where there was only a MAC) the id is another; such devices are found again by what they still share.

use cordon_wire::assessment::{Assessment, Device};
use std::collections::BTreeMap;

/// The devices of two assessments, paired.
pub(super) struct Pairs<'a> {
    /// Before and now, in the order of the new assessment.
    pub(super) both: Vec<(&'a Device, &'a Device)>,
    /// Only in the new one.
    pub(super) appeared: Vec<&'a Device>,
    /// Only in the old one.
    pub(super) gone: Vec<&'a Device>,
    /// New ids by old ones.
    renamed: BTreeMap<&'a str, &'a str>,
}

/// What two assessments may share of a device, the surest first.
const KEYS: [fn(&Device) -> Vec<String>; 4] = [
    |device| device.asset_tag.iter().map(|tag| tag.to_lowercase()).collect(),
    |device| {
        let maker = device.manufacturer.as_deref().unwrap_or_default().to_lowercase();
        device.serial.iter().map(|serial| format!("{maker}\n{}", serial.to_lowercase())).collect()
    },
    |device| device.macs.clone(),
    // Without a MAC, address and name together: either alone goes from device to device.
    |device| match device.macs.is_empty() {
        true => pairs_of(&device.ips, &device.hostnames),
        false => Vec::new(),
    },
];

fn pairs_of(ips: &[String], names: &[String]) -> Vec<String> {
    ips.iter().flat_map(|ip| names.iter().map(move |name| format!("{ip}\n{}", name.to_lowercase()))).collect()
}

impl<'a> Pairs<'a> {
    pub(super) fn of(old: &'a Assessment, new: &'a Assessment) -> Pairs<'a> {
        let mut before: BTreeMap<&str, &Device> =
            old.devices.iter().map(|device| (device.id.as_str(), device)).collect();
        let mut found: BTreeMap<&str, &'a Device> = BTreeMap::new();
        for device in &new.devices {
            if let Some(same) = before.remove(device.id.as_str()) {
                found.insert(&device.id, same);
            }
        }
        for key in KEYS {
            let left = new.devices.iter().filter(|device| !found.contains_key(device.id.as_str()));
            let again = unique_matches(before.values().copied(), left, key);
            for (was, is) in again.into_iter().filter(|(was, is)| !contradict(was, is)) {
                before.remove(was.id.as_str());
                found.insert(&is.id, was);
            }
        }
        let pair = |device: &'a Device| found.get(device.id.as_str()).map(|was| (*was, device));
        let both: Vec<_> = new.devices.iter().filter_map(pair).collect();
        Pairs {
            appeared: new.devices.iter().filter(|device| !found.contains_key(device.id.as_str())).collect(),
            gone: old.devices.iter().filter(|device| before.contains_key(device.id.as_str())).collect(),
            renamed: both.iter().map(|(was, is)| (was.id.as_str(), is.id.as_str())).collect(),
            both,
        }
    }

    /// The new id of a device of the old assessment; its own where the new one does not have it.
    pub(super) fn now<'t>(&'t self, id: &'t str) -> &'t str {
        self.renamed.get(id).copied().unwrap_or(id)
    }

    /// The same for a party of a rule, such as `device:ID`.
    pub(super) fn party(&self, party: &str) -> String {
        match party.split_once(':') {
            Some(("device", id)) => format!("device:{}", self.now(id)),
            _ => party.to_owned(),
        }
    }
}

/// What says that they are two devices, whatever they share.
fn contradict(was: &Device, is: &Device) -> bool {
    let differ = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => !a.eq_ignore_ascii_case(b),
        _ => false,
    };
    differ(&was.asset_tag, &is.asset_tag) || differ(&was.serial, &is.serial)
}

/// Devices that share a key which only one of each side has.
fn unique_matches<'a>(
    old: impl Iterator<Item = &'a Device>,
    new: impl Iterator<Item = &'a Device>,
    key: fn(&Device) -> Vec<String>,
) -> Vec<(&'a Device, &'a Device)> {
    let mut by_key: BTreeMap<String, (Vec<&'a Device>, Vec<&'a Device>)> = BTreeMap::new();
    for device in old {
        key(device).into_iter().for_each(|key| by_key.entry(key).or_default().0.push(device));
    }
    for device in new {
        key(device).into_iter().for_each(|key| by_key.entry(key).or_default().1.push(device));
    }
    let mut matches: Vec<(&Device, &Device)> = by_key
        .values()
        .filter_map(|(old, new)| match (old.as_slice(), new.as_slice()) {
            ([was], [is]) => Some((*was, *is)),
            _ => None,
        })
        .collect();
    matches.sort_by(|a, b| (&a.0.id, &a.1.id).cmp(&(&b.0.id, &b.1.id)));
    matches.dedup_by(|a, b| a.0.id == b.0.id && a.1.id == b.1.id);
    // One that two others claim is left to a person.
    let claims = |id: &str| matches.iter().filter(|(was, is)| was.id == id || is.id == id).count();
    matches.iter().filter(|(was, is)| claims(&was.id) == 1 && claims(&is.id) == 1).copied().collect()
}
