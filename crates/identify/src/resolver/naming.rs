//! The lasting names of devices, and values that several of them claim though one of them has it at most.

use super::Changes;
use crate::few::Few;
use crate::join::ThingId;
use cordon_model::Mac;
use cordon_model::identify::{Attribute, Claim, Confidence, Device, DeviceId};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Serial numbers and models at least this sure may name a device.
const NAMES_FROM: f64 = 0.85;
/// What is left of a serial number or a host name that too many devices claim.
const SHARED: f64 = 0.6;
/// So many devices may bear one host name: a machine with several interfaces nobody knows to be one.
const NAMESAKES_MAX: usize = 2;

/// A key by which a device may be named: the first 64 bits of its SHA-256.
type Key = u64;

/// A value that only one device should claim, by its hash.
type Value = (Attribute, u64);

/// Which devices have which keys and values.
#[derive(Clone, Debug, Default)]
pub(super) struct Naming {
    /// Keys of each group, strongest first.
    keys: HashMap<ThingId, Vec<Key>>,
    sharers: HashMap<Key, Few>,
    /// Groups that share all their keys, by their last one.
    nameless: HashMap<Key, BTreeSet<ThingId>>,
    ids: HashMap<ThingId, u64>,
    groups: HashMap<u64, ThingId>,
    /// Values that only one device should claim, by group.
    values: HashMap<ThingId, Vec<Value>>,
    claimants: HashMap<Value, Few>,
}

fn hash(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

fn id(hash: u64) -> DeviceId {
    DeviceId::new(format!("dev-{hash:016x}"))
}

/// A device's keys, strongest first.
pub(super) fn keys(
    macs: &BTreeSet<Mac>,
    hostnames: &BTreeSet<String>,
    places: &[String],
    claims: &[Claim],
) -> Vec<u64> {
    let sure = |attribute: Attribute| {
        let leading = claims.iter().find(|claim| claim.attribute == attribute)?;
        (leading.confidence.value() >= NAMES_FROM).then(|| leading.value.to_uppercase())
    };
    let mut keys = Vec::new();
    keys.extend(sure(Attribute::AssetTag).map(|tag| hash(&format!("tag {tag}"))));
    if let (Some(maker), Some(serial)) = (sure(Attribute::Manufacturer), sure(Attribute::Serial)) {
        keys.push(hash(&format!("serial {maker} {serial}")));
    }
    // An assigned address outlasts a made-up one.
    let lasting = macs.iter().find(|mac| !mac.is_local()).or_else(|| macs.first());
    keys.extend(lasting.map(|mac| hash(&format!("mac {mac}"))));
    let (rows, mut places): (Vec<&String>, Vec<&String>) =
        places.iter().partition(|place| place.starts_with("row "));
    places.sort();
    keys.extend(places.into_iter().map(|place| hash(place)));
    keys.extend(hostnames.first().map(|name| hash(&format!("name {name}"))));
    // A row that names nothing else is known by its place only, which changes with the list.
    keys.extend(rows.into_iter().map(|row| hash(row)));
    keys
}

/// What of a device's claims no other device should claim.
fn values(device: &Device) -> Vec<Value> {
    let own = |claim: &&Claim| matches!(claim.attribute, Attribute::Serial | Attribute::Hostname);
    let own = device.claims.iter().filter(own);
    own.map(value).collect()
}

/// A claim's value whatever its case.
fn value(claim: &Claim) -> Value {
    let mut hasher = DefaultHasher::new();
    claim.value.to_uppercase().hash(&mut hasher);
    (claim.attribute, hasher.finish())
}

/// How many devices may claim the same value of an attribute.
const fn sharers_max(attribute: Attribute) -> usize {
    if matches!(attribute, Attribute::Hostname) { NAMESAKES_MAX } else { 1 }
}

impl Naming {
    /// The id of a group.
    pub(super) fn id(&self, root: ThingId) -> Option<DeviceId> {
        self.ids.get(&root).map(|hash| id(*hash))
    }

    /// The group with an id.
    pub(super) fn group(&self, id: &DeviceId) -> Option<ThingId> {
        let hash = u64::from_str_radix(id.as_str().strip_prefix("dev-")?, 16).ok()?;
        self.groups.get(&hash).copied()
    }

    /// Forgets a group; notes whom that concerns.
    pub(super) fn take_out(&mut self, root: ThingId, renamed: &mut BTreeSet<ThingId>, changes: &mut Changes) {
        self.put_in(root, Vec::new(), None, renamed, changes);
        renamed.remove(&root);
        self.set(root, None, changes);
    }

    /// Takes in what a group may be named by and what it claims for itself; notes whom that concerns.
    pub(super) fn put_in(
        &mut self,
        root: ThingId,
        keys: Vec<u64>,
        device: Option<&Device>,
        renamed: &mut BTreeSet<ThingId>,
        changes: &mut Changes,
    ) {
        self.put_values(root, device.map(values).unwrap_or_default(), changes);
        let old = self.keys.remove(&root).unwrap_or_default();
        if old != keys {
            for key in old.iter().filter(|key| !keys.contains(key)) {
                let sharers = self.sharers.entry(*key).or_default();
                sharers.remove(root);
                if sharers.len() == 1 {
                    renamed.extend(sharers.iter());
                }
                if sharers.len() == 0 {
                    self.sharers.remove(key);
                }
            }
            for key in keys.iter().filter(|key| !old.contains(key)) {
                let sharers = self.sharers.entry(*key).or_default();
                sharers.insert(root);
                if sharers.len() == 2 {
                    renamed.extend(sharers.iter());
                }
            }
        }
        if old.last() != keys.last()
            && let Some(last) = old.last()
        {
            renamed.extend(self.leave(root, *last));
        }
        if !keys.is_empty() {
            self.keys.insert(root, keys);
        }
        renamed.insert(root);
    }

    /// Takes a group out of those without a key of their own; the others are numbered anew.
    fn leave(&mut self, root: ThingId, last: Key) -> Vec<ThingId> {
        let Some(others) = self.nameless.get_mut(&last) else { return Vec::new() };
        if !others.remove(&root) {
            return Vec::new();
        }
        let left = others.iter().copied().collect();
        if others.is_empty() {
            self.nameless.remove(&last);
        }
        left
    }

    fn put_values(&mut self, root: ThingId, mut values: Vec<Value>, changes: &mut Changes) {
        values.sort();
        values.dedup();
        let old = self.values.remove(&root).unwrap_or_default();
        for value in old.iter().filter(|value| !values.contains(value)) {
            let claimants = self.claimants.entry(*value).or_default();
            claimants.remove(root);
            let cleared = claimants.len() == sharers_max(value.0);
            let concerned: Vec<ThingId> = claimants.iter().filter(|_| cleared).collect();
            if claimants.len() == 0 {
                self.claimants.remove(value);
            }
            changes.changed.extend(concerned.into_iter().filter_map(|root| self.id(root)));
        }
        for value in values.iter().filter(|value| !old.contains(value)) {
            let claimants = self.claimants.entry(*value).or_default();
            claimants.insert(root);
            let doubted = claimants.len() == sharers_max(value.0) + 1;
            let concerned: Vec<ThingId> = claimants.iter().filter(|_| doubted).collect();
            changes.changed.extend(concerned.into_iter().filter_map(|root| self.id(root)));
        }
        if !values.is_empty() {
            self.values.insert(root, values);
        }
    }

    /// Decides whether a group has a key of its own; gives the others to be numbered anew where it has not, or had
    /// not.
    pub(super) fn sort_out(&mut self, root: ThingId) -> Vec<ThingId> {
        let Some(keys) = self.keys.get(&root) else { return Vec::new() };
        let Some(last) = keys.last().copied() else { return Vec::new() };
        if self.own_key(root).is_some() {
            return self.leave(root, last);
        }
        let others = self.nameless.entry(last).or_default();
        if others.insert(root) { others.iter().copied().collect() } else { Vec::new() }
    }

    fn own_key(&self, root: ThingId) -> Option<Key> {
        let is_own = |key: &&Key| self.sharers.get(key).is_none_or(|sharers| sharers.len() < 2);
        self.keys.get(&root)?.iter().find(is_own).copied()
    }

    /// The name of a group: from the strongest key it has that no other shares, else from its last key and its number
    /// among those without one.
    pub(super) fn chosen(
        &self,
        root: ThingId,
        order: impl Fn(&ThingId, &ThingId) -> Ordering,
    ) -> Option<u64> {
        if let Some(own) = self.own_key(root) {
            return Some(own);
        }
        let last = self.keys.get(&root)?.last().copied()?;
        let others = self.nameless.get(&last)?;
        let before = others.iter().filter(|other| order(other, &root) == Ordering::Less).count();
        if before == 0 { Some(last) } else { Some(hash(&format!("{last:016x} #{}", before + 1))) }
    }

    /// Gives a group its name; true when it is another than before.
    pub(super) fn set(&mut self, root: ThingId, new: Option<u64>, changes: &mut Changes) -> bool {
        let old = self.ids.get(&root).copied();
        if old == new {
            return false;
        }
        if let Some(old) = old {
            if self.groups.get(&old) == Some(&root) {
                self.groups.remove(&old);
            }
            self.ids.remove(&root);
            changes.gone.insert(id(old));
        }
        if let Some(new) = new {
            self.ids.insert(root, new);
            self.groups.insert(new, root);
            changes.changed.insert(id(new));
        }
        true
    }

    /// Doubts what more devices claim than can have it.
    pub(super) fn doubt(&self, root: ThingId, device: &mut Device) {
        let Some(values) = self.values.get(&root) else { return };
        let crowded = |value: &Value| {
            self.claimants.get(value).is_some_and(|claimants| claimants.len() > sharers_max(value.0))
        };
        if !values.iter().any(crowded) {
            return;
        }
        let own = |claim: &&mut Claim| matches!(claim.attribute, Attribute::Serial | Attribute::Hostname);
        for claim in device.claims.iter_mut().filter(own) {
            if crowded(&value(claim)) {
                claim.conflict = true;
                claim.confidence = Confidence::new(claim.confidence.value() * SHARED);
            }
        }
    }
}
