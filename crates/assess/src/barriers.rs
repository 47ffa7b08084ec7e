//! What configurations of firewalls and switches permit between devices, as it was found from them.

use cordon_model::identify::DeviceId;
use std::collections::{BTreeMap, BTreeSet};

/// Devices that configurations treat alike, and which groups can send to which.
///
/// Devices without an address stand in no group. What a configuration does not say, and what was not understood of it,
/// is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Barriers {
    /// Names of the configurations, in order.
    pub names: Vec<String>,
    /// Lines that bear on what passes and were not understood.
    pub not_understood: u64,
    /// The group of each device that has an address.
    pub groups: BTreeMap<DeviceId, usize>,
    /// To which groups each group can send.
    pub reaches: Vec<BTreeSet<usize>>,
}

impl Barriers {
    /// How the ways are known, to end a sentence with.
    pub fn words(&self) -> String {
        let named = match self.names.as_slice() {
            [one] => format!("the configuration of {one}"),
            [one, other] => format!("the configurations of {one} and {other}"),
            more => format!("{} configurations", more.len()),
        };
        match self.not_understood {
            0 => format!("by {named}"),
            1 => format!("by {named}, of which one line was not understood and counts as open"),
            lines => format!("by {named}, of which {lines} lines were not understood and count as open"),
        }
    }

    /// The devices of each group.
    pub(crate) fn members(&self) -> Vec<BTreeSet<&DeviceId>> {
        let mut members = vec![BTreeSet::new(); self.reaches.len()];
        for (device, group) in &self.groups {
            if let Some(of_group) = members.get_mut(*group) {
                of_group.insert(device);
            }
        }
        members
    }
}
