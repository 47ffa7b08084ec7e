//! Devices as they are shown: from the facts and deeds of a group's things to claims, roles and services.

use super::{Changes, Group, Resolver};
use crate::claims::{self, Deeds, Said, Subject};
use crate::conventions::{self, Whereabouts};
use crate::gather::{Part, Seen, UnitId, Whose};
use crate::join::ThingId;
use crate::place::{Others, Spot};
use crate::texts::Positions;
use crate::things::{Name, Thing};
use crate::{combine, services};
use cordon_model::address::is_shared_address;
use cordon_model::identify::{Banner, Device, DeviceId, Protection};
use cordon_model::observe::{Fact, Protocol, Source, Transport};
use cordon_model::{Mac, Vlan};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Host names kept for one device.
const HOSTNAMES_MAX: usize = 64;

/// A device under construction.
#[derive(Debug, Default)]
struct Draft<'a> {
    subject: Subject<'a>,
    macs: BTreeSet<Mac>,
    ips: BTreeSet<IpAddr>,
    vlans: BTreeSet<Vlan>,
    hostnames: BTreeSet<String>,
    roles: BTreeSet<String>,
    ports: BTreeMap<(Transport, u16), BTreeSet<Protocol>>,
    /// True when it was on the wire itself.
    on_wire: bool,
    /// The thing that speaks for it.
    gateway: Option<ThingId>,
    /// What names it when nothing stronger does.
    places: Vec<String>,
}

/// A device as described.
#[derive(Default)]
struct Described {
    device: Option<Device>,
    /// What it may be named by, strongest first.
    keys: Vec<u64>,
    /// The thing that speaks for it.
    gateway: Option<ThingId>,
    unproven: bool,
}

/// Names a device gave itself or was given.
fn is_name(fact: Fact) -> bool {
    matches!(
        fact,
        Fact::DhcpHostname
            | Fact::DhcpFqdn
            | Fact::Dhcpv6Fqdn
            | Fact::DnsName
            | Fact::DnsReverseName
            | Fact::MdnsName
            | Fact::AssetHostname
    )
}

impl Resolver<'_> {
    /// Describes the groups anew of which something changed.
    pub(super) fn describe(&mut self, stale: &BTreeSet<ThingId>) -> Changes {
        let was_flooded = self.is_flooded();
        let mut renamed: BTreeSet<ThingId> = BTreeSet::new();
        let mut changes = Changes::default();
        let mut changed: Vec<ThingId> = Vec::new();
        for root in stale {
            let is_root = self.things.get(*root).is_some_and(|thing| thing.group == *root);
            if !is_root {
                if let Some(slot) = self.groups.get_mut(*root as usize) {
                    *slot = None;
                }
                self.unproven.remove(root);
                self.naming.take_out(*root, &mut renamed, &mut changes);
                continue;
            }
            let Some(group) = self.group(*root) else { continue };
            let Described { device, keys, gateway, unproven } =
                self.described(*root, group).unwrap_or_default();
            if unproven {
                self.unproven.insert(*root)
            } else {
                self.unproven.remove(root)
            };
            self.naming.put_in(*root, keys, device.as_ref(), &mut renamed, &mut changes);
            if let Some(group) = self.group_mut(*root)
                && (group.device != device || group.gateway != gateway)
            {
                group.by_time =
                    device.as_ref().is_some_and(|device| combine::is_decided_by_time(&device.claims));
                group.gateway = gateway;
                group.device = device;
                changed.push(*root);
            }
        }
        self.rename(renamed, &mut changes);
        changes.changed.extend(changed.iter().filter_map(|root| self.naming.id(*root)));
        self.note_flood(was_flooded, &mut changes);
        let gone = std::mem::take(&mut changes.gone);
        let is_there = |id: &DeviceId| self.naming.group(id).is_some_and(|root| self.listed(root).is_some());
        changes.gone = gone.into_iter().filter(|id| !is_there(id)).collect();
        let changed = std::mem::take(&mut changes.changed);
        changes.changed = changed.into_iter().filter(|id| is_there(id)).collect();
        changes
    }

    /// Tells that the stations nobody answered are devices no longer, or are devices again.
    fn note_flood(&self, was_flooded: bool, changes: &mut Changes) {
        if self.is_flooded() == was_flooded {
            return;
        }
        let all = self.unproven.iter().filter_map(|root| self.naming.id(*root));
        if was_flooded { changes.changed.extend(all) } else { changes.gone.extend(all) }
    }

    /// True for a station that only sent, which nothing answered, and whose address is no maker's.
    fn is_unproven(&self, group: &Group, facts: usize) -> bool {
        let [member] = group.members.as_slice() else { return false };
        let Some(Name::Spot(Spot::Station(mac))) = self.things.get(*member).map(|thing| thing.name) else {
            return false;
        };
        facts == 0
            && (mac.is_local() || self.knowledge.oui.lookup(mac).is_none())
            && self.places_of(group).all(|place| !place.met)
    }

    /// Names anew the groups whose keys others share now, or no longer do.
    fn rename(&mut self, renamed: BTreeSet<ThingId>, changes: &mut Changes) {
        let mut children: BTreeSet<ThingId> = std::mem::take(&mut self.reparented);
        let mut all = renamed.clone();
        for root in renamed {
            all.extend(self.naming.sort_out(root));
        }
        for root in all {
            let order = |one: &ThingId, other: &ThingId| self.things.order(&self.store, *one, *other);
            let id = self.naming.chosen(root, order);
            if !self.naming.set(root, id, changes) {
                continue;
            }
            // Who is behind a gateway names it.
            let members = self.group(root).into_iter().flat_map(|group| &group.members);
            children.extend(members.flat_map(|thing| self.things.behind(*thing)));
        }
        let groups = children.into_iter().filter_map(|child| self.things.get(child)).map(|child| child.group);
        changes.changed.extend(groups.filter_map(|root| self.naming.id(root)));
    }

    /// A group's things as a device; `None` where nothing is there.
    fn described(&self, root: ThingId, group: &Group) -> Option<Described> {
        let mut draft = self.draft(root, group);
        // A MAC that only contested rows of lists name describes nothing.
        if !draft.on_wire && draft.subject.facts.is_empty() {
            return None;
        }
        let unproven = self.is_unproven(group, draft.subject.facts.len());
        self.add_deeds(root, group, &mut draft);
        let mut said = claims::of(&draft.subject, self.knowledge);
        let places = Whereabouts {
            ips: &draft.ips,
            vlans: &draft.vlans,
            names: &self.vlan_names,
            inputs: &self.store.inputs,
        };
        conventions::claim(&self.conventions, &draft.subject, &places, &mut said);
        let Said { supports, mut roles } = said;
        roles.extend(std::mem::take(&mut draft.roles).into_iter().map(Cow::from));
        let mut claims = combine::claims(supports, self.knowledge);
        // There are many of them, and they stay.
        claims.iter_mut().for_each(|claim| claim.evidence.shrink_to_fit());
        claims.shrink_to_fit();
        let keys = super::naming::keys(&draft.macs, &draft.hostnames, &draft.places, &claims);
        let gateway = draft.gateway.filter(|_| !draft.on_wire);
        let deeds = draft.subject.deeds;
        let device = Device {
            id: DeviceId::new(""),
            macs: draft.macs.into_iter().collect(),
            ips: draft.ips.into_iter().collect(),
            vlans: draft.vlans.into_iter().collect(),
            hostnames: draft.hostnames.into_iter().collect(),
            claims,
            services: services::list(draft.ports, self.knowledge, &deeds.secured),
            roles: roles.into_iter().map(Cow::into_owned).collect(),
            patient_data: deeds.patient_data,
            parent: None,
            links: group.links.clone(),
            presence: None,
            listings: Vec::new(),
            protections: protections(&draft.subject.facts),
            banners: banners(&draft.subject.facts),
        };
        Some(Described { device: Some(device), keys, gateway, unproven })
    }

    fn draft<'s>(&'s self, root: ThingId, group: &Group) -> Draft<'s> {
        let mut draft = Draft::default();
        let mut units: Vec<UnitId> = Vec::new();
        for member in &group.members {
            let Some(thing) = self.things.get(*member) else { continue };
            self.add_thing(thing, &mut draft);
            units.extend(self.units_of(thing));
            let borne = thing.titles.iter().filter_map(|title| self.things.titles.get(title));
            units.extend(borne.filter(|title| title.borne == Some(root)).flat_map(|title| &title.units));
        }
        units.sort_by(|one, other| self.order_units(*one, *other));
        units.dedup();
        for unit in &units {
            self.add_stated_addresses(*unit, &mut draft);
        }
        let facts = self.facts_of(&units, |_| true);
        for seen in facts.iter().filter(|seen| is_name(seen.fact)) {
            let name = seen.value.trim().trim_end_matches('.');
            if draft.hostnames.len() < HOSTNAMES_MAX && !name.is_empty() {
                draft.hostnames.insert(name.to_owned());
            }
        }
        draft.subject.facts = facts;
        draft
    }

    fn add_thing<'s>(&'s self, thing: &Thing, draft: &mut Draft<'s>) {
        match thing.name {
            Name::Spot(Spot::Station(mac)) => {
                let standing = self.network.standing(mac);
                draft.macs.insert(mac);
                draft.subject.stations.push((mac, standing));
                let Some(standing) = standing else { return };
                draft.on_wire = true;
                let own = standing.own.iter().filter(|address| !self.network.is_outside(**address));
                draft.ips.extend(own);
                draft.vlans.extend(&standing.vlans);
                self.add_shared(mac, &standing.own, draft);
            }
            Name::Spot(Spot::Address(vlan, address)) => {
                if !thing.places.is_empty() {
                    draft.on_wire = true;
                    draft.ips.insert(address);
                    draft.vlans.extend(vlan);
                    draft.places.push(self.place_key(thing));
                }
            }
            Name::Row(..) => draft.places.push(self.place_key(thing)),
            Name::Behind(gateway, _) => {
                if !thing.units.is_empty() {
                    // Of several gateways the first in the lasting order speaks for it.
                    draft.gateway = draft.gateway.or(Some(gateway));
                    draft.places.push(self.place_key(thing));
                }
            }
        }
    }

    /// Says which of a station's addresses others have as well.
    fn add_shared(&self, mac: Mac, own: &BTreeSet<IpAddr>, draft: &mut Draft<'_>) {
        for address in own {
            match self.network.others(mac, *address) {
                Some(Others::AtOneTime) => {
                    draft.roles.insert(format!("uses {address}, which another station uses too"));
                }
                Some(Others::AtOtherTimes) => {
                    draft.roles.insert(format!("had {address}, which another station had at another time"));
                }
                None => {}
            }
        }
    }

    /// The MACs and addresses a row states that nothing on the wire has: they are the row's to show.
    fn add_stated_addresses(&self, unit: UnitId, draft: &mut Draft<'_>) {
        let Some(unit) = self.unit(unit).filter(|unit| matches!(unit.whose, Whose::Row(..))) else { return };
        let Some(place) = self.store.places.get(unit.place as usize) else { return };
        let mac = place.endpoint.mac.filter(|mac| self.network.standing(*mac).is_none());
        draft.macs.extend(mac.filter(|mac| !mac.is_group() && !mac.is_zero()));
        draft.ips.extend(place.endpoint.ip.filter(|_| self.things.at(unit.place).is_none()));
    }

    /// What names a thing where nothing stronger does.
    fn place_key(&self, thing: &Thing) -> String {
        match thing.name {
            Name::Spot(Spot::Station(mac)) => format!("mac {mac}"),
            Name::Spot(Spot::Address(vlan, address)) => {
                let vlan = vlan.map_or_else(|| "-".to_owned(), |vlan| vlan.to_string());
                format!("ip {vlan} {address}")
            }
            Name::Row(input, name) => {
                let list = self.store.inputs.name(self.store.inputs.label(input));
                format!("row {list} {}", self.store.texts.get(name))
            }
            Name::Behind(gateway, name) => {
                let gateway = self.things.get(gateway).map(|thing| self.place_key(thing)).unwrap_or_default();
                format!("behind {gateway} {}", self.store.texts.get(name))
            }
        }
    }

    fn add_deeds(&self, root: ThingId, group: &Group, draft: &mut Draft<'_>) {
        let mut deeds = Deeds { secured: group.secured.clone(), ..Deeds::default() };
        for place in self.places_of(group) {
            let Some(doings) = &place.doings else { continue };
            deeds.patient_data = deeds.patient_data.union(doings.patient_data);
            for (protocol, source) in &doings.serves {
                let source = self.store.inputs.labelled(*source);
                let first = deeds.serves.entry(*protocol).or_insert(source);
                *first = (*first).min(source);
            }
            if !place.endpoint.ip.is_some_and(is_shared_address) {
                for (port, spoken) in &doings.ports {
                    draft.ports.entry(*port).or_default().extend(spoken);
                }
            }
            for (part, peer) in &doings.peers {
                let Some(peer) = self.things.group_at(*peer).filter(|peer| *peer != root) else { continue };
                let group = peer as usize;
                match part {
                    Part::Hl7Client => drop(deeds.hl7_clients.insert(group)),
                    Part::Hl7Server => drop(deeds.hl7_servers.insert(group)),
                    Part::DicomClient => drop(deeds.dicom_clients.insert(group)),
                    Part::TlsServer(port) => {
                        let secured = self.group(peer).into_iter().flat_map(|server| &server.secured);
                        for secured in secured.filter(|secured| secured.port == *port) {
                            let first = deeds.secured_user.get_or_insert(secured.source);
                            *first = (*first).min(secured.source);
                        }
                    }
                    Part::DicomServer | Part::TlsClient(_) => {}
                }
            }
        }
        draft.subject.deeds = deeds;
    }

    /// A device as others are to see it: with its id, its parent, when it was there, and places in the list of
    /// inputs.
    pub(super) fn presented(
        &self,
        root: ThingId,
        mut device: Device,
        positions: &Positions,
    ) -> Option<Device> {
        device.id = self.listed(root)?;
        let gateway = self.group(root).and_then(|group| group.gateway);
        let parent = gateway.and_then(|gateway| self.things.get(gateway)).map(|thing| thing.group);
        device.parent =
            parent.and_then(|parent| self.naming.id(parent)).filter(|parent| *parent != device.id);
        self.naming.doubt(root, &mut device);
        self.add_presence(root, &mut device, positions);
        let claimed = device.claims.iter_mut().flat_map(|claim| &mut claim.evidence);
        let linked = device.links.iter_mut().flat_map(|link| &mut link.evidence);
        for evidence in claimed.chain(linked) {
            evidence.source = positions.of(evidence.source);
        }
        for protection in &mut device.protections {
            protection.source = positions.of(protection.source);
        }
        for banner in &mut device.banners {
            banner.source = positions.of(banner.source);
        }
        Some(device)
    }
}

/// What it said of its own protection, each value once with the first place it was read.
fn protections(facts: &[Seen<'_>]) -> Vec<Protection> {
    let kept = first_said(facts, Protection::FACTS).take(Protection::MAX);
    kept.map(|((fact, value), source)| Protection { fact, value: value.to_owned(), source }).collect()
}

/// What its software calls itself, each value once with the first place it was read.
fn banners(facts: &[Seen<'_>]) -> Vec<Banner> {
    let kept = first_said(facts, Banner::FACTS).take(Banner::MAX);
    kept.map(|((fact, value), source)| Banner { fact, value: value.to_owned(), source }).collect()
}

fn first_said<'a>(
    facts: &[Seen<'a>],
    wanted: &[Fact],
) -> impl Iterator<Item = ((Fact, &'a str), Source)> + use<'a> {
    let mut first: BTreeMap<(Fact, &str), Source> = BTreeMap::new();
    for seen in facts.iter().filter(|seen| wanted.contains(&seen.fact)) {
        let source = first.entry((seen.fact, seen.value)).or_insert(seen.source);
        *source = seen.source.min(*source);
    }
    first.into_iter()
}
