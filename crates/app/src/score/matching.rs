//! Which device of an assessment is which of the truth.

use cordon_wire::assessment::Device;
use cordon_wire::truth::Truth;
use std::collections::{BTreeMap, BTreeSet};

/// Which device of the assessment is which of the truth: each of one side at most one of the other.
#[derive(Debug, Default)]
pub(super) struct Matching {
    pub(super) device_of: BTreeMap<usize, usize>,
    pub(super) merged: BTreeSet<usize>,
    pub(super) split: u64,
    pub(super) extra: u64,
    pub(super) without_address: u64,
}

impl Matching {
    /// MAC addresses decide first, for they are the device's own; then IP addresses.
    pub(super) fn of(truth: &Truth, found: &[Device]) -> Matching {
        let mut matching = Matching::default();
        let mut taken = BTreeSet::new();
        let macs = owners(found.iter().map(|device| &device.macs), address_key);
        let ips = owners(found.iter().map(|device| &device.ips), address_key);
        let mut known = BTreeSet::new();
        for by_mac in [true, false] {
            let table = if by_mac { &macs } else { &ips };
            for (index, device) in truth.devices.iter().enumerate() {
                let addresses = if by_mac { &device.macs } else { &device.ips };
                let mut shares: BTreeMap<usize, usize> = BTreeMap::new();
                for owner in addresses.iter().filter_map(|text| table.get(&address_key(text))).flatten() {
                    known.insert(*owner);
                    *shares.entry(*owner).or_default() += 1;
                }
                if matching.device_of.contains_key(&index) {
                    continue;
                }
                let free = shares.iter().filter(|(at, _)| !taken.contains(*at));
                match free.max_by_key(|(at, count)| (**count, std::cmp::Reverse(**at))) {
                    Some((at, _)) => {
                        taken.insert(*at);
                        matching.device_of.insert(index, *at);
                        matching.merged.remove(&index);
                    }
                    None if !shares.is_empty() => {
                        matching.merged.insert(index);
                    }
                    None => {}
                }
            }
        }
        for (at, device) in found.iter().enumerate() {
            if taken.contains(&at) {
                continue;
            }
            match (device.macs.is_empty() && device.ips.is_empty(), known.contains(&at)) {
                (true, _) => matching.without_address += 1,
                (_, true) => matching.split += 1,
                _ => matching.extra += 1,
            }
        }
        matching
    }
}

fn owners<'a>(
    addresses: impl Iterator<Item = &'a Vec<String>>,
    key: fn(&str) -> String,
) -> BTreeMap<String, Vec<usize>> {
    let mut owners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, list) in addresses.enumerate() {
        for address in list {
            owners.entry(key(address)).or_default().push(index);
        }
    }
    owners
}

fn address_key(text: &str) -> String {
    text.trim().to_lowercase().replace('-', ":")
}
