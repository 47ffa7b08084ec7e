//! Devices, ready to be asked which of them an advisory concerns, and what a change of either changes.

use super::catalogue::{Catalogue, Settings};
use super::device::{Known, Texts};
use super::keys;
use super::maker::Houses;
use super::matcher::{deciding, facts, findings};
use crate::advisory::Advisory;
use cordon_knowledge::Knowledge;
use cordon_model::assess::Finding;
use cordon_model::identify::{Device, DeviceId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Devices whose texts name the same product.
struct Group {
    texts: Texts,
    known: Known,
    members: BTreeSet<u32>,
}

/// Devices by what they are called.
pub struct Inventory<'k> {
    knowledge: &'k Knowledge,
    houses: Arc<Houses>,
    devices: Vec<Device>,
    places: HashMap<DeviceId, u32>,
    groups: Vec<Group>,
    by_texts: HashMap<Texts, u32>,
    by_key: HashMap<String, Vec<u32>>,
}

impl<'k> Inventory<'k> {
    /// An inventory without devices.
    pub fn new(knowledge: &'k Knowledge) -> Inventory<'k> {
        Inventory {
            knowledge,
            houses: Arc::new(Houses::of(&knowledge.vendors)),
            devices: Vec::new(),
            places: HashMap::new(),
            groups: Vec::new(),
            by_texts: HashMap::new(),
            by_key: HashMap::new(),
        }
    }

    /// Adds a device, or takes it in place of the one with its id.
    pub fn put(&mut self, device: Device) {
        let next = u32::try_from(self.devices.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(device.id.clone()).or_insert(next);
        let texts = Texts::of(&device);
        match self.devices.get_mut(place as usize) {
            Some(before) => {
                let old = Texts::of(before);
                *before = device;
                if old == texts {
                    return;
                }
                let group = self.by_texts.get(&old).and_then(|at| self.groups.get_mut(*at as usize));
                group.into_iter().for_each(|group| {
                    group.members.remove(&place);
                });
            }
            None => self.devices.push(device),
        }
        if texts.models.is_empty() {
            return;
        }
        let group = self.group(texts);
        if let Some(group) = self.groups.get_mut(group as usize) {
            group.members.insert(place);
        }
    }

    fn group(&mut self, texts: Texts) -> u32 {
        if let Some(at) = self.by_texts.get(&texts) {
            return *at;
        }
        let at = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let known = Known::of(&texts, self.knowledge, &self.houses);
        for key in keys::of_device(&known.name) {
            self.by_key.entry(key).or_default().push(at);
        }
        self.groups.push(Group { texts: texts.clone(), known, members: BTreeSet::new() });
        self.by_texts.insert(texts, at);
        at
    }

    /// How many devices there are.
    pub fn len(&self) -> usize {
        self.devices.len()
    }

    /// True without devices.
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }

    /// The devices that `advisory` concerns, and what it means for each: only those are looked at that bear a word
    /// of its products.
    pub fn concerned(&self, advisory: &Advisory, settings: Settings) -> BTreeMap<DeviceId, Arc<Finding>> {
        let catalogue =
            Catalogue::among(vec![advisory.clone()], self.knowledge, self.houses.clone(), settings);
        // (group, name) of all that share a key.
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for (key, names, is_strict) in catalogue.keys() {
            for at in self.by_key.get(key).into_iter().flatten() {
                let group = self.groups.get(*at as usize);
                if is_strict || group.is_some_and(|group| group.known.name.numbers.is_empty()) {
                    pairs.extend(names.iter().map(|name| (*at, *name)));
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut concerned = BTreeMap::new();
        for pairs in pairs.chunk_by(|one, other| one.0 == other.0) {
            let group = pairs.first().and_then(|(group, _)| self.groups.get(*group as usize));
            let Some(group) = group else { continue };
            let names: Vec<u32> = pairs.iter().map(|(_, name)| *name).collect();
            let identity = catalogue.identify_among(&group.known, &names);
            if identity.entries.is_empty() {
                continue;
            }
            let mut judged = HashMap::new();
            for device in group.members.iter().filter_map(|at| self.devices.get(*at as usize)) {
                let deciding = deciding(device, identity.one_by_one);
                let found = judged.entry(deciding).or_insert_with_key(|deciding| {
                    let facts = facts(deciding, &group.texts);
                    findings(&catalogue, &identity, &group.texts, &facts).pop().map(Arc::new)
                });
                if let Some(found) = found {
                    concerned.insert(device.id.clone(), found.clone());
                }
            }
        }
        concerned
    }
}

/// What a new finding is against the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// There was none, or it says something else now: somebody has to look at it.
    New,
    /// The document was revised, and what it says and advises of this device is the same (CSAF 2.1, 9.1.13).
    Same,
}

/// Whether `new` is a match that somebody has to look at, or what is known already from another revision.
pub fn turn(old: Option<&Finding>, new: &Finding) -> Turn {
    let same = old.is_some_and(|old| {
        old.status == new.status
            && old.question == new.question
            && old.remedies == new.remedies
            && old.cves == new.cves
    });
    if same { Turn::Same } else { Turn::New }
}
