//! What a person said of which things are one device: merged and split devices, kept in the site folder.

use crate::join::Correction;
use cordon_model::identify::{Evidence, Link};
use cordon_model::observe::{Protocol, Source};
use cordon_model::{Mac, Vlan};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// By what a person names a part of a device: something that stays the same from run to run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handle {
    /// A station's MAC address.
    Mac(Mac),
    /// An address, and the VLAN where several have it.
    Address(IpAddr, Option<Vlan>),
    /// The asset tag of a row of a list.
    AssetTag(String),
    /// A serial number, as a device, a gateway or a list states it.
    Serial(String),
    /// A device a gateway speaks for, by what the gateway calls it.
    Record(String),
}

/// What a person wants done with the things named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// They are one device, whatever speaks against it.
    Merge,
    /// Each is a device of its own, whatever speaks for more.
    Split,
}

/// One correction, with who made it, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What to do.
    pub action: Action,
    /// With what; at least two.
    pub devices: Vec<Handle>,
    /// Who said so.
    pub who: String,
    /// When, as written.
    pub when: String,
    /// Why.
    pub why: String,
}

/// All corrections of a site. The order does not matter; what is split stays split where another entry would
/// merge it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrections {
    entries: Vec<Entry>,
    by_handle: BTreeMap<Handle, Vec<(u32, u32)>>,
}

impl Corrections {
    /// Corrections from their entries.
    pub fn new(mut entries: Vec<Entry>) -> Corrections {
        for entry in &mut entries {
            entry.devices.iter_mut().for_each(normalise);
        }
        entries.sort_by(|one, other| {
            let key = |entry: &Entry| (entry.devices.clone(), entry.who.clone(), entry.when.clone());
            key(one).cmp(&key(other))
        });
        let mut by_handle: BTreeMap<Handle, Vec<(u32, u32)>> = BTreeMap::new();
        for (number, entry) in (0u32..).zip(&entries) {
            for (part, handle) in (0u32..).zip(&entry.devices) {
                by_handle.entry(handle.clone()).or_default().push((number, part));
            }
        }
        Corrections { entries, by_handle }
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The corrections that name a thing by this.
    pub(crate) fn by(&self, mut handle: Handle) -> impl Iterator<Item = Correction> + '_ {
        normalise(&mut handle);
        let found = self.by_handle.get(&handle).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|(number, part)| {
            Some(match self.entries.get(*number as usize)?.action {
                Action::Merge => Correction::Merge(*number),
                Action::Split => Correction::Split(*number, *part),
            })
        })
    }

    /// The reason that each correction leaves with the devices it concerns.
    pub(crate) fn reasons(&self) -> BTreeMap<Correction, Link> {
        let mut reasons = BTreeMap::new();
        for (number, entry) in (0u32..).zip(&self.entries) {
            let evidence = Evidence {
                protocol: Protocol::Person,
                fact: format!("{}, {}: {}", entry.who, entry.when, entry.why),
                rule: "identity/correction".to_owned(),
                source: Source::default(),
                at: None,
            };
            let others = |but: usize| {
                let others = entry.devices.iter().enumerate().filter(|(part, _)| *part != but);
                others.map(|(_, handle)| handle.to_string()).collect::<Vec<_>>().join(", ")
            };
            match entry.action {
                Action::Merge => {
                    let why = "a person said that they are one device".to_owned();
                    let link = Link { joined: true, with: String::new(), why, evidence: vec![evidence] };
                    reasons.insert(Correction::Merge(number), link);
                }
                Action::Split => {
                    for (part, place) in (0u32..).zip(0..entry.devices.len()) {
                        let why = "a person said that they are different devices".to_owned();
                        let evidence = vec![evidence.clone()];
                        let link = Link { joined: false, with: others(place), why, evidence };
                        reasons.insert(Correction::Split(number, part), link);
                    }
                }
            }
        }
        reasons
    }
}

fn normalise(handle: &mut Handle) {
    match handle {
        Handle::AssetTag(text) | Handle::Record(text) => *text = text.trim().to_owned(),
        Handle::Serial(text) => {
            if let Some(key) = crate::traits::serial_key(text) {
                *text = key;
            }
        }
        Handle::Mac(_) | Handle::Address(..) => {}
    }
}

impl std::fmt::Display for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Handle::Mac(mac) => write!(f, "station {mac}"),
            Handle::Address(address, None) => write!(f, "address {address}"),
            Handle::Address(address, Some(vlan)) => write!(f, "address {address} in VLAN {vlan}"),
            Handle::AssetTag(tag) => write!(f, "asset tag {tag}"),
            Handle::Serial(serial) => write!(f, "serial number {serial}"),
            Handle::Record(name) => write!(f, "record {name}"),
        }
    }
}
