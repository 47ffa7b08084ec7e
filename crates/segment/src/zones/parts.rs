//! Microsegments: who within a zone stands together, as a policy says, else as proposed.
//!
//! A proposed one follows from the device itself and from what the communication graph tells of it, never from who else
//! is in the zone; so nobody moves because somebody comes or goes.

use super::context::Context;
use super::members::Names;
use super::{ORDINARY, slug};
use crate::graph;
use crate::policy::{Fault, GivenPart, Like, Member, PartPolicy, Policy, Selector, SplitBy, ZonePolicy};
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use cordon_model::segment::{Microsegment, Zone};
use cordon_model::{Category, Cidr};
use std::collections::{BTreeMap, BTreeSet};

/// A microsegment as it is proposed, with what its devices have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The id of its zone.
    pub zone: String,
    /// Its id.
    pub id: String,
    /// Short name.
    pub name: String,
    /// What its devices have in common.
    pub purpose: String,
    /// What is true of each of its devices; several where a name is spelled in several ways.
    pub members: BTreeSet<Like>,
}

impl Proposed {
    /// As a policy file takes it.
    pub fn given(&self) -> GivenPart {
        GivenPart {
            id: self.id.clone(),
            name: self.name.clone(),
            purpose: self.purpose.clone(),
            members: self.members.iter().cloned().collect(),
        }
    }
}

/// Fills in the microsegments of placed zones.
pub(super) fn place(
    estate: &Estate,
    zones: &mut BTreeMap<String, Zone>,
    policy: &Policy,
    context: &Context<'_>,
    names: &Names<'_>,
    faults: &mut Vec<Fault>,
) {
    let devices: BTreeMap<&DeviceId, &Device> =
        estate.devices.iter().map(|device| (&device.id, device)).collect();
    let written: BTreeMap<&str, u32> = policy
        .zones
        .iter()
        .flat_map(|zone| zone.parts.iter().flatten())
        .map(|part| (part.id.as_str(), part.line))
        .collect();
    for zone in zones.values_mut() {
        let said = policy.zones.iter().find(|said| said.id == zone.id);
        let own = zone.devices.iter().filter_map(|id| devices.get(id).copied());
        let mut parts: BTreeMap<String, Microsegment> = BTreeMap::new();
        match said.and_then(|said| said.parts.as_ref().map(|parts| (said, parts))) {
            Some((said, written)) => {
                let selected = Selected::new(said, written, zone, names, faults);
                for device in own {
                    let Some(part) = selected.of(device, context, faults) else { continue };
                    let part = parts.entry(part.id.clone()).or_insert_with(|| of_policy(part));
                    part.devices.push(device.id.clone());
                }
            }
            None => {
                for device in own {
                    let proposed = propose(device, &zone.id, policy, context);
                    if let Some(line) = written.get(proposed.id.as_str()) {
                        let message = format!(
                            "\"{}\" is the proposed name of a microsegment of {}; choose another",
                            proposed.id, zone.id
                        );
                        faults.push(Fault::new(*line, message));
                    }
                    let part = parts.entry(proposed.id.clone()).or_insert_with(|| Microsegment {
                        id: proposed.id,
                        name: proposed.name,
                        purpose: proposed.purpose,
                        devices: Vec::new(),
                    });
                    part.devices.push(device.id.clone());
                }
            }
        }
        zone.microsegments = parts.into_values().collect();
        zone.microsegments.iter_mut().for_each(|part| part.devices.sort());
    }
}

fn of_policy(part: &PartPolicy) -> Microsegment {
    Microsegment {
        id: part.id.clone(),
        name: if part.name.is_empty() { part.id.clone() } else { part.name.clone() },
        purpose: part.purpose.clone(),
        devices: Vec::new(),
    }
}

/// What a policy says of the devices of one zone.
struct Selected<'a> {
    named: BTreeMap<DeviceId, (&'a PartPolicy, u32)>,
    networks: Vec<(Cidr, &'a PartPolicy)>,
    like: Vec<(&'a Like, &'a PartPolicy)>,
}

impl<'a> Selected<'a> {
    fn new(
        said: &'a ZonePolicy,
        parts: &'a [PartPolicy],
        zone: &Zone,
        names: &Names<'_>,
        faults: &mut Vec<Fault>,
    ) -> Selected<'a> {
        let mut found = Selected { named: BTreeMap::new(), networks: Vec::new(), like: Vec::new() };
        let members = parts.iter().flat_map(|part| part.members.iter().map(move |member| (part, member)));
        for (part, Member { line, selector }) in members {
            let device = match selector {
                Selector::Network(network) => {
                    found.networks.push((*network, part));
                    continue;
                }
                Selector::Like(like) => {
                    found.like.push((like, part));
                    continue;
                }
                Selector::Device(name) => names.one(name),
                Selector::Tag(tag) => names.tagged(tag),
            };
            match device {
                Err(why) => faults.push(Fault::new(*line, why)),
                Ok(id) if !zone.devices.contains(id) => {
                    let message = format!("device {id} is not in {}, so {} cannot hold it", said.id, part.id);
                    faults.push(Fault::new(*line, message));
                }
                Ok(id) => match found.named.get(id) {
                    Some((other, at)) if other.id != part.id => {
                        let message = format!(
                            "device {id} is in {} by line {at} already; microsegments may not overlap",
                            other.id
                        );
                        faults.push(Fault::new(*line, message));
                    }
                    _ => _ = found.named.insert(id.clone(), (part, *line)),
                },
            }
        }
        // What says most comes first; of two that say as much, the one that names the rarer thing.
        found.like.sort_by_key(|(like, _)| std::cmp::Reverse((like.conditions(), rarity(like))));
        found
    }

    fn of(&self, device: &Device, context: &Context<'_>, faults: &mut Vec<Fault>) -> Option<&'a PartPolicy> {
        if let Some((part, _)) = self.named.get(&device.id) {
            return Some(part);
        }
        let inside = |network: &Cidr| device.ips.iter().any(|ip| network.contains(*ip));
        let mut holding = self.networks.iter().filter(|(network, _)| inside(network));
        if let Some((_, part)) = holding.next() {
            if let Some((network, other)) = holding.find(|(_, other)| other.id != part.id) {
                let message = format!(
                    "{} ({}) has addresses in {} and in {network} of this one; microsegments may not overlap",
                    device.label(),
                    device.id,
                    part.id
                );
                faults.push(Fault::new(other.line, message));
            }
            return Some(part);
        }
        let category = device.category();
        self.like.iter().find(|(like, _)| context.is_like(like, device, category)).map(|(_, part)| *part)
    }
}

/// Which of two conditions decides where both are true and as many: ended support, criticality, conversations,
/// category, department, location.
fn rarity(like: &Like) -> [bool; 6] {
    [
        like.ended,
        like.criticality.is_some(),
        like.talks_with.is_some(),
        like.category.is_some(),
        like.department.is_some(),
        like.location.is_some(),
    ]
}

/// The microsegments that are proposed for zones, each with what selects its devices, by zone and id.
pub(super) fn proposed(
    estate: &Estate,
    zones: &[Zone],
    policy: &Policy,
    context: &Context<'_>,
) -> Vec<Proposed> {
    let devices: BTreeMap<&DeviceId, &Device> =
        estate.devices.iter().map(|device| (&device.id, device)).collect();
    let mut found: BTreeMap<(String, String), Proposed> = BTreeMap::new();
    for zone in zones {
        for device in zone.devices.iter().filter_map(|id| devices.get(id).copied()) {
            let one = propose(device, &zone.id, policy, context);
            let known = found.entry((zone.id.clone(), one.id.clone()));
            let members = one.members.clone();
            known.or_insert(one).members.extend(members);
        }
    }
    found.into_values().collect()
}

/// Where a device stands within its zone: with those of its category, criticality and support, of one department or
/// place, and for machines that anybody may use with those that work with the same kind of device.
fn propose(device: &Device, zone: &str, policy: &Policy, context: &Context<'_>) -> Proposed {
    let mut like = Like { category: Some(device.category()), ..Like::default() };
    let mut made = Made::default();
    match device.category() {
        Category::Unknown => made.add("not-identified", "not identified".to_owned(), "category"),
        category => made.add(&category.name().replace('_', "-"), category.label().to_owned(), "category"),
    }
    // A zone that stands apart for it needs no part for it.
    let is_apart = ORDINARY.iter().any(|id| zone.starts_with(&format!("{id}-critical")));
    if device.value(Attribute::Criticality) == Some("high") && !is_apart {
        like.criticality = Some("high".to_owned());
        made.add("critical", "care depends on it".to_owned(), "criticality");
    }
    if context.is_ended(device) && !zone.ends_with("-unsupported") {
        like.ended = true;
        made.add("unsupported", "no updates any more".to_owned(), "support");
    }
    if let Some(kind) = context.near(device).filter(|_| !graph::places(device)) {
        like.talks_with = Some(kind.to_owned());
        let kind = kind.trim_start_matches("zone-");
        made.add(&format!("with-{kind}"), format!("works with {kind}"), "whom they talk with");
    }
    let follows =
        |id: &str| zone.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let split = policy.zones.iter().filter(|said| follows(&said.id)).find_map(|said| said.split_by);
    let place = [
        (Attribute::Department, SplitBy::Department, "department"),
        (Attribute::Location, SplitBy::Location, "location"),
    ];
    let place = place.into_iter().find_map(|(attribute, by, word)| {
        let value = device.value(attribute)?;
        (!slug(value).is_empty()).then_some((value, by, word))
    });
    if let Some((value, by, word)) = place.filter(|(_, by, _)| split != Some(*by)) {
        match by {
            SplitBy::Department => like.department = Some(value.to_owned()),
            SplitBy::Location => like.location = Some(value.to_owned()),
        }
        made.add(&slug(value), value.to_owned(), word);
    }
    let own = zone.strip_prefix("zone-").unwrap_or(zone);
    Proposed {
        zone: zone.to_owned(),
        id: format!("seg-{own}-{}", made.id.join("-")),
        name: made.name.join(", "),
        purpose: format!("alike in {}", made.alike.join(", ")),
        members: BTreeSet::from([like]),
    }
}

/// A proposal while it is put together.
#[derive(Default)]
struct Made {
    id: Vec<String>,
    name: Vec<String>,
    alike: Vec<&'static str>,
}

impl Made {
    fn add(&mut self, id: &str, name: String, alike: &'static str) {
        self.id.push(id.to_owned());
        self.name.push(name);
        self.alike.push(alike);
    }
}
