//! From Batches to an Estate: gathers, places, joins, claims, names.

use crate::claims::{self, Deeds, Said, Subject};
use crate::combine;
use crate::gather::{Gathered, Store};
use crate::join::{Thing, Things, is_schedule};
use crate::place::{Map, Spot};
use crate::secured;
use crate::services::{Services, note_deeds};
use cordon_knowledge::Knowledge;
use cordon_model::identify::{Attribute, Claim, Confidence, Device, DeviceConversation, DeviceId, Estate};
use cordon_model::observe::{Batch, Conversation, Fact, Protocol};
use cordon_model::{Endpoint, Inside, Mac, Vlan};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Serial numbers and models at least this sure may name a device.
const NAMES_FROM: f64 = 0.85;
/// What is left of a serial number that several devices claim.
const SHARED_SERIAL: f64 = 0.6;
/// Host names kept for one device.
const HOSTNAMES_MAX: usize = 64;

/// Collects Batches and says which devices they describe.
///
/// The order of Batches does not matter, and a Batch given twice counts once.
#[derive(Clone, Debug)]
pub struct Resolver<'k> {
    knowledge: &'k Knowledge,
    inside: Inside,
    store: Store,
}

impl<'k> Resolver<'k> {
    /// A resolver that has seen nothing; `inside` says which addresses are the site's own.
    pub fn new(knowledge: &'k Knowledge, inside: Inside) -> Resolver<'k> {
        Resolver { knowledge, inside, store: Store::default() }
    }

    /// Takes a Batch in.
    pub fn add(&mut self, batch: &Batch) {
        self.store.add(batch);
    }

    /// The devices that everything taken in so far describes.
    pub fn resolve(&self) -> Estate {
        let gathered = Gathered::of(&self.store);
        let map = Map::of(&gathered, &self.inside);
        let things = Things::of(&gathered, &map);
        let mut work = Work::new(self.knowledge, &map, &things, &gathered.inputs);
        work.take_facts(&gathered);
        work.take_conversations(&gathered.conversations);
        let (devices, ids) = work.devices();
        let conversations =
            gathered.conversations.into_iter().map(|talk| with_devices(talk, &map, &things, &ids)).collect();
        Estate { inputs: gathered.inputs, devices, conversations, events: gathered.events }
    }
}

/// The devices a conversation was between.
fn with_devices(
    talk: Conversation,
    map: &Map<'_>,
    things: &Things<'_>,
    ids: &BTreeMap<usize, DeviceId>,
) -> DeviceConversation {
    let device = |endpoint: &Endpoint| {
        if map.is_outside(endpoint) {
            return None;
        }
        things.at(map, endpoint).and_then(|thing| ids.get(&things.group(thing)).cloned())
    };
    DeviceConversation {
        client_device: device(&talk.client),
        server_device: device(&talk.server),
        outside: map.is_outside(&talk.client) || map.is_outside(&talk.server),
        conversation: talk,
    }
}

/// A device under construction.
#[derive(Debug, Default)]
struct Draft<'a> {
    subject: Subject<'a>,
    macs: BTreeSet<Mac>,
    ips: BTreeSet<IpAddr>,
    vlans: BTreeSet<Vlan>,
    hostnames: BTreeSet<String>,
    /// True when it was on the wire itself.
    on_wire: bool,
    /// The group of the gateway that speaks for it.
    gateway: Option<usize>,
    /// What names it when nothing stronger does.
    place: Vec<String>,
}

struct Work<'a, 'm> {
    knowledge: &'m Knowledge,
    map: &'a Map<'m>,
    things: &'m Things<'a>,
    drafts: BTreeMap<usize, Draft<'a>>,
    services: Services,
}

impl<'a, 'm> Work<'a, 'm> {
    fn new(
        knowledge: &'m Knowledge,
        map: &'a Map<'m>,
        things: &'m Things<'a>,
        inputs: &[String],
    ) -> Work<'a, 'm> {
        let mut drafts: BTreeMap<usize, Draft<'a>> = BTreeMap::new();
        for (index, thing) in things.names().iter().enumerate() {
            let draft = drafts.entry(things.group(index)).or_default();
            match *thing {
                Thing::Spot(Spot::Station(mac)) => {
                    let standing = map.standing(mac);
                    draft.macs.insert(mac);
                    draft.subject.stations.push((mac, standing));
                    if let Some(standing) = standing {
                        draft.on_wire = true;
                        let own = standing.own.iter().copied();
                        draft.ips.extend(own.filter(|address| !map.is_outside_address(*address)));
                        draft.vlans.extend(&standing.vlans);
                    }
                }
                Thing::Spot(Spot::Address(vlan, address)) => {
                    draft.on_wire = true;
                    draft.ips.insert(address);
                    draft.vlans.extend(vlan);
                    draft.place.push(spot_key(thing));
                }
                Thing::Row(list, name) => {
                    let list = inputs.get(list as usize).map_or("", String::as_str);
                    draft.place.push(format!("row {list} {name}"));
                }
                Thing::Behind(gateway, name) => {
                    draft.gateway = Some(things.group(gateway));
                    let gateway = things.names().get(gateway).map_or_else(String::new, spot_key);
                    draft.place.push(format!("behind {gateway} {name}"));
                }
            }
        }
        Work { knowledge, map, things, drafts, services: Services::default() }
    }

    fn take_facts(&mut self, gathered: &Gathered<'a>) {
        // Sightings come sorted by whom they are about, so that the answer is mostly the one before.
        let mut before = None;
        for seen in &gathered.sightings {
            let whom = (seen.endpoint, seen.record, is_schedule(seen.fact));
            let group = match before {
                Some((same, group)) if same == whom => group,
                _ => self.things.about(self.map, seen).map(|thing| self.things.group(thing)),
            };
            before = Some((whom, group));
            let Some(draft) = group.and_then(|group| self.drafts.get_mut(&group)) else { continue };
            if seen.fact.protocol() == Protocol::AssetList {
                let (mac, address) = self.things.stated_addresses(seen, self.map);
                draft.macs.extend(mac.filter(|mac| !mac.is_group() && !mac.is_zero()));
                draft.ips.extend(address);
            }
            if is_name(seen.fact) && draft.hostnames.len() < HOSTNAMES_MAX {
                let name = seen.value.trim().trim_end_matches('.');
                if !name.is_empty() {
                    draft.hostnames.insert(name.to_owned());
                }
            }
            draft.subject.facts.push(*seen);
        }
    }

    fn take_conversations(&mut self, conversations: &[Conversation]) {
        let mut deeds: BTreeMap<usize, Deeds> = BTreeMap::new();
        for talk in conversations {
            let group = |endpoint: &Endpoint| {
                self.things.at(self.map, endpoint).map(|thing| self.things.group(thing))
            };
            let (client, server) = (group(&talk.client), group(&talk.server));
            note_deeds(&mut deeds, client, server, talk);
            if let Some(server) = server.filter(|_| !map_is_shared(&talk.server)) {
                self.services.note(server, talk);
            }
        }
        for (group, deeds) in deeds {
            if let Some(draft) = self.drafts.get_mut(&group) {
                draft.subject.deeds = deeds;
            }
        }
        let subjects = self.drafts.iter().map(|(group, draft)| (*group, &draft.subject)).collect();
        let found = secured::find(&subjects, self.knowledge);
        for (group, draft) in &mut self.drafts {
            draft.subject.deeds.secured = found.services.get(group).cloned().unwrap_or_default();
            draft.subject.deeds.secured_user = found.users.get(group).copied();
        }
    }

    fn devices(mut self) -> (Vec<Device>, BTreeMap<usize, DeviceId>) {
        // A MAC that only contested rows of lists name describes nothing.
        self.drafts.retain(|_, draft| draft.on_wire || !draft.subject.facts.is_empty());
        let mut claimed: BTreeMap<usize, (Vec<Claim>, BTreeSet<String>)> = BTreeMap::new();
        for (group, draft) in &self.drafts {
            let Said { supports, mut roles } = claims::of(&draft.subject, self.knowledge);
            for address in draft.ips.iter().filter(|address| self.map.contested(**address)) {
                roles.insert(format!("uses {address}, which another station uses too"));
            }
            claimed.insert(*group, (combine::claims(supports, self.knowledge), roles));
        }
        doubt_shared_serials(&mut claimed);
        let ids = identifiers(&self.drafts, &claimed);
        let mut devices = Vec::with_capacity(self.drafts.len());
        for (group, draft) in std::mem::take(&mut self.drafts) {
            let Some(id) = ids.get(&group).cloned() else { continue };
            let (claims, roles) = claimed.remove(&group).unwrap_or_default();
            let parent = draft.gateway.filter(|_| !draft.on_wire).and_then(|gateway| ids.get(&gateway));
            devices.push(Device {
                id,
                macs: draft.macs.into_iter().collect(),
                ips: draft.ips.into_iter().collect(),
                vlans: draft.vlans.into_iter().collect(),
                hostnames: draft.hostnames.into_iter().collect(),
                claims,
                services: self.services.take(group, self.knowledge, &draft.subject.deeds.secured),
                roles: roles.into_iter().collect(),
                patient_data: draft.subject.deeds.patient_data,
                parent: parent.cloned(),
            });
        }
        devices.sort_by(|one, other| one.id.cmp(&other.id));
        (devices, ids)
    }
}

fn map_is_shared(endpoint: &Endpoint) -> bool {
    endpoint.ip.is_some_and(cordon_model::address::is_shared_address)
}

/// Names a device gave itself or was given.
fn is_name(fact: Fact) -> bool {
    matches!(
        fact,
        Fact::DhcpHostname
            | Fact::DhcpFqdn
            | Fact::DnsName
            | Fact::DnsReverseName
            | Fact::MdnsName
            | Fact::AssetHostname
    )
}

/// A serial number that several devices of one maker claim is right for one of them at most.
fn doubt_shared_serials(claimed: &mut BTreeMap<usize, (Vec<Claim>, BTreeSet<String>)>) {
    let mut owners: BTreeMap<String, u32> = BTreeMap::new();
    for (claims, _) in claimed.values() {
        for claim in claims.iter().filter(|claim| claim.attribute == Attribute::Serial) {
            *owners.entry(claim.value.to_uppercase()).or_default() += 1;
        }
    }
    for (claims, _) in claimed.values_mut() {
        for claim in claims.iter_mut().filter(|claim| claim.attribute == Attribute::Serial) {
            if owners.get(&claim.value.to_uppercase()).is_some_and(|count| *count > 1) {
                claim.conflict = true;
                claim.confidence = Confidence::new(claim.confidence.value() * SHARED_SERIAL);
            }
        }
    }
}

/// The names of all devices: from the strongest key each has that no other device shares.
fn identifiers(
    drafts: &BTreeMap<usize, Draft<'_>>,
    claimed: &BTreeMap<usize, (Vec<Claim>, BTreeSet<String>)>,
) -> BTreeMap<usize, DeviceId> {
    let keys: BTreeMap<usize, Vec<String>> = drafts
        .iter()
        .map(|(group, draft)| {
            let claims = claimed.get(group).map_or(&[][..], |(claims, _)| claims.as_slice());
            (*group, keys(draft, claims))
        })
        .collect();
    let mut uses: BTreeMap<&str, u32> = BTreeMap::new();
    for key in keys.values().flatten() {
        *uses.entry(key).or_default() += 1;
    }
    let mut ids = BTreeMap::new();
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    for (group, keys) in &keys {
        let own = keys.iter().find(|key| uses.get(key.as_str()) == Some(&1)).or_else(|| keys.last());
        let mut key = own.cloned().unwrap_or_else(|| "nothing".to_owned());
        let count = taken.entry(key.clone()).or_default();
        *count += 1;
        if *count > 1 {
            key = format!("{key} #{count}");
        }
        ids.insert(*group, DeviceId::new(hashed(&key)));
    }
    ids
}

fn hashed(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("dev-{hex}")
}

/// A device's keys, strongest first.
fn keys(draft: &Draft<'_>, claims: &[Claim]) -> Vec<String> {
    let sure = |attribute: Attribute| {
        let leading = claims.iter().find(|claim| claim.attribute == attribute)?;
        (leading.confidence.value() >= NAMES_FROM).then(|| leading.value.to_uppercase())
    };
    let mut keys = Vec::new();
    keys.extend(sure(Attribute::AssetTag).map(|tag| format!("tag {tag}")));
    if let (Some(maker), Some(serial)) = (sure(Attribute::Manufacturer), sure(Attribute::Serial)) {
        keys.push(format!("serial {maker} {serial}"));
    }
    // An assigned address outlasts a made-up one.
    let lasting = draft.macs.iter().find(|mac| !mac.is_local()).or_else(|| draft.macs.first());
    keys.extend(lasting.map(|mac| format!("mac {mac}")));
    let (rows, mut places): (Vec<&String>, Vec<&String>) =
        draft.place.iter().partition(|place| place.starts_with("row "));
    places.sort();
    keys.extend(places.into_iter().cloned());
    keys.extend(draft.hostnames.first().map(|name| format!("name {name}")));
    // A row that names nothing else is known by its place only, which changes with the list.
    keys.extend(rows.into_iter().cloned());
    keys
}

/// What names something on the network.
fn spot_key(thing: &Thing<'_>) -> String {
    match thing {
        Thing::Spot(Spot::Station(mac)) => format!("mac {mac}"),
        Thing::Spot(Spot::Address(vlan, address)) => {
            let vlan = vlan.map_or_else(|| "-".to_owned(), |vlan| vlan.to_string());
            format!("ip {vlan} {address}")
        }
        Thing::Row(_, name) | Thing::Behind(_, name) => (*name).to_owned(),
    }
}
