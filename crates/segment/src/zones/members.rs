//! Which devices a policy puts where: by name, by network, by what is true of them; the strongest word counts.

use super::context::Context;
use crate::policy::{Fault, Like, Policy, Selector};
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use cordon_model::{Category, Cidr};
use std::collections::BTreeMap;

/// What the policy says of this estate's devices.
pub(super) struct Members<'a> {
    /// Named one by one.
    named: BTreeMap<DeviceId, (&'a str, u32)>,
    networks: Vec<(Cidr, &'a str, u32)>,
    like: Vec<(&'a Like, &'a str, u32)>,
}

impl<'a> Members<'a> {
    pub(super) fn new(names: &Names<'_>, policy: &'a Policy, faults: &mut Vec<Fault>) -> Members<'a> {
        let mut members = Members { named: BTreeMap::new(), networks: Vec::new(), like: Vec::new() };
        for zone in &policy.zones {
            for member in &zone.members {
                let found = match &member.selector {
                    Selector::Network(network) => {
                        members.networks.push((*network, &zone.id, member.line));
                        continue;
                    }
                    Selector::Like(like) => {
                        members.like.push((like, &zone.id, member.line));
                        continue;
                    }
                    Selector::Device(name) => names.one(name),
                    Selector::Tag(tag) => names.tagged(tag),
                };
                match found {
                    Err(why) => faults.push(Fault::new(member.line, why)),
                    Ok(id) => members.name(id, &zone.id, member.line, faults),
                }
            }
        }
        // A move is the last word: it stands beside what the zones say, and against it.
        for moved in &policy.moves {
            if !policy.zones.iter().any(|zone| zone.id == moved.to) {
                let message = format!("there is no zone \"{}\" in this file", moved.to);
                faults.push(Fault::new(moved.line, message));
            }
            match names.one(&moved.device) {
                Err(why) => faults.push(Fault::new(moved.line, why)),
                Ok(id) => {
                    members.named.insert(id.clone(), (&moved.to, moved.line));
                }
            }
        }
        members
    }

    fn name(&mut self, id: &DeviceId, zone: &'a str, line: u32, faults: &mut Vec<Fault>) {
        match self.named.get(id) {
            Some((other, at)) if *other != zone => {
                let message =
                    format!("device {id} is in zone {other} by line {at} already; zones may not overlap");
                faults.push(Fault::new(line, message));
            }
            _ => {
                self.named.insert(id.clone(), (zone, line));
            }
        }
    }

    /// The zone's id, and whether the device is in it by name and so wholly.
    pub(super) fn of(
        &self,
        device: &Device,
        context: &Context<'_>,
        faults: &mut Vec<Fault>,
    ) -> Option<(String, bool)> {
        if let Some((zone, _)) = self.named.get(&device.id) {
            return Some(((*zone).to_owned(), true));
        }
        let mut found: Option<(&str, u32)> = None;
        let inside = |network: &Cidr| device.ips.iter().any(|ip| network.contains(*ip));
        for (_, zone, line) in self.networks.iter().filter(|(network, _, _)| inside(network)) {
            agree(&mut found, zone, *line, device, faults);
        }
        if let Some((zone, _)) = found {
            return Some((zone.to_owned(), true));
        }
        let (own, told) = (device.category(), context.category(device));
        self.alike(device, own, told, context, &mut found, faults);
        if found.is_none() && told != own {
            self.alike(device, told, told, context, &mut found, faults);
        }
        found.map(|(zone, _)| (zone.to_owned(), false))
    }

    /// The zone whose member says most of a device, taken for one of a category. That nobody knows what a device is says
    /// less than whom it talks with: alone it does not count where the graph told a category.
    fn alike(
        &self,
        device: &Device,
        category: Category,
        told: Category,
        context: &Context<'_>,
        found: &mut Option<(&'a str, u32)>,
        faults: &mut Vec<Fault>,
    ) {
        let says_nothing =
            |like: &Like| category != told && *like == Like { category: Some(category), ..Like::default() };
        let alike = || {
            let all = self.like.iter();
            all.filter(|(like, _, _)| !says_nothing(like) && context.is_like(like, device, category))
        };
        let Some(strongest) = alike().map(|(like, _, _)| like.conditions()).max() else { return };
        for (_, zone, line) in alike().filter(|(like, _, _)| like.conditions() == strongest) {
            agree(found, zone, *line, device, faults);
        }
    }
}

fn agree<'a>(
    found: &mut Option<(&'a str, u32)>,
    zone: &'a str,
    line: u32,
    device: &Device,
    faults: &mut Vec<Fault>,
) {
    match *found {
        Some((other, at)) if other != zone => {
            let name = device.label();
            let message = format!(
                "{name} ({}) belongs to {other} by line {at} and to {zone} by this one; zones may not overlap",
                device.id
            );
            faults.push(Fault::new(line, message));
        }
        Some(_) => {}
        None => *found = Some((zone, line)),
    }
}

/// Devices by everything a person may call them.
pub(crate) struct Names<'e> {
    names: BTreeMap<String, Vec<&'e DeviceId>>,
    tags: BTreeMap<String, Vec<&'e DeviceId>>,
}

impl<'e> Names<'e> {
    pub(crate) fn new(estate: &'e Estate) -> Names<'e> {
        let mut found = Names { names: BTreeMap::new(), tags: BTreeMap::new() };
        for device in &estate.devices {
            let tag = device.value(Attribute::AssetTag).map(str::to_lowercase);
            let mut names: Vec<String> = vec![device.id.to_string().to_lowercase()];
            names.extend(device.hostnames.iter().map(|name| name.to_lowercase()));
            names.extend(device.macs.iter().map(ToString::to_string));
            names.extend(device.ips.iter().map(ToString::to_string));
            names.extend(tag.clone());
            names.sort();
            names.dedup();
            for name in names {
                found.names.entry(name).or_default().push(&device.id);
            }
            if let Some(tag) = tag {
                found.tags.entry(tag).or_default().push(&device.id);
            }
        }
        found
    }

    /// The one device of this name, or why there is none.
    pub(crate) fn one(&self, name: &str) -> Result<&'e DeviceId, String> {
        only(
            &self.names,
            name,
            "device",
            "give an id, asset tag, host name, MAC or IP address of the inventory",
        )
    }

    pub(super) fn tagged(&self, tag: &str) -> Result<&'e DeviceId, String> {
        only(&self.tags, tag, "device with asset tag", "give one of the inventory")
    }
}

fn only<'e>(
    names: &BTreeMap<String, Vec<&'e DeviceId>>,
    name: &str,
    what: &str,
    hint: &str,
) -> Result<&'e DeviceId, String> {
    match names.get(&name.trim().to_lowercase()).map(Vec::as_slice) {
        Some([one]) => Ok(one),
        Some(several) if !several.is_empty() => {
            let ids: Vec<String> = several.iter().take(5).map(ToString::to_string).collect();
            Err(format!("{} devices bear \"{name}\"; name one by its id: {}", several.len(), ids.join(", ")))
        }
        _ => Err(format!("there is no {what} \"{name}\"; {hint}")),
    }
}
