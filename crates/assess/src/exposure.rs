//! What each device's conversations and events expose: one pass over the estate.

mod services;

pub(crate) use services::{plain_pages, port_service, protection_services, remote_support, risky_port};

use crate::{Barriers, Context, mds2, ssvc};
use cordon_model::assess::{self, InternetContact};
use cordon_model::identify::{Attribute, Device, DeviceConversation, DeviceId, Estate};
use cordon_model::observe::{Conversation, EventKind, PatientDataKinds, Protocol, Source, Transport};
use cordon_model::{Category, Endpoint, Mac, Vlan};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The most destinations kept for a device; an internet browser has thousands.
const DESTINATIONS_MAX: usize = 50;

/// A device watched for less is not said to be of no use to anybody on the network.
const WATCHED_MICROS_MIN: i64 = 24 * 3_600_000_000;

/// What every station on a network says whether it is of use to anybody or not.
const BACKGROUND: &[Protocol] = &[
    Protocol::Arp,
    Protocol::Dhcp,
    Protocol::Dns,
    Protocol::Mdns,
    Protocol::Llmnr,
    Protocol::Nbns,
    Protocol::Ntp,
    Protocol::Ssdp,
];

/// What one device's traffic exposes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exposure {
    /// How many other devices can send to it today.
    pub reachable_by: u64,
    /// In how many networks those are.
    pub reachable_networks: u64,
    /// How many other devices it can send to today.
    pub reaches: u64,
    /// How that is known, where configurations were given.
    pub ways: Option<String>,
    /// Other devices that opened connections to it.
    pub asked_by: BTreeSet<DeviceId>,
    /// Bytes exchanged with outside.
    pub bytes_outside: u64,
    /// Conversations within the site that serve some purpose.
    pub useful: u64,
    /// Names or addresses outside that answered it, or that it answered; at most [`DESTINATIONS_MAX`].
    pub destinations: BTreeSet<String>,
    /// How many different addresses outside it exchanged something with as a client.
    pub asked_outside: BTreeSet<IpAddr>,
    /// Addresses outside that opened connections to it and got answers.
    pub inbound: BTreeSet<IpAddr>,
    /// Addresses outside that never answered it.
    pub attempts: BTreeSet<IpAddr>,
    /// Kinds of patient data readable in its traffic.
    pub patient_data: PatientDataKinds,
    /// Where they were read first.
    pub patient_data_seen: Option<Source>,
    /// Ports it answered on, `tcp/23`, with the first conversation there.
    pub answered_on: BTreeMap<(Transport, u16), Source>,
    /// Protocols they were read in.
    pub patient_data_in: BTreeSet<&'static str>,
    /// Other ends of the conversations that carried them.
    pub patient_data_with: BTreeSet<IpAddr>,
    /// Events of readable credentials that it sent or received.
    pub clear_credentials: u64,
    /// How often it let somebody in by a name or password known from the factory.
    pub default_credentials: u64,
    /// What was used for that, as the events say.
    pub default_accounts: BTreeSet<String>,
    /// How often encryption that can be broken was agreed to in its conversations.
    pub weak_encryption: u64,
    /// Events of another station claiming its address.
    pub address_conflicts: u64,
}

/// The exposure of every device, in the order of the estate.
pub(crate) fn of_estate(context: &Context<'_>) -> Vec<Exposure> {
    let estate = context.estate;
    let mut exposures: Vec<Exposure> = vec![Exposure::default(); estate.devices.len()];
    let index: BTreeMap<&DeviceId, usize> =
        estate.devices.iter().enumerate().map(|(at, device)| (&device.id, at)).collect();
    let names = names_outside(context);
    for conversation in &estate.conversations {
        for end in ends(conversation) {
            let Some(exposure) = index.get(end.device).and_then(|at| exposures.get_mut(*at)) else {
                continue;
            };
            exposure.add(conversation, &end, context, &names);
        }
    }
    count_events(estate, &mut exposures);
    match &context.beside.barriers {
        Some(barriers) => under_barriers(estate, barriers, &mut exposures),
        None => on_flat_network(estate, &mut exposures),
    }
    exposures
}

/// Without configurations the network is taken as flat: whoever has an address can send to every other. That is what a
/// passive observer must assume, for it sees no firewall, and no port that nobody asked.
fn on_flat_network(estate: &Estate, exposures: &mut [Exposure]) {
    let addressed = estate.devices.iter().filter(|device| !device.ips.is_empty());
    let networks: BTreeSet<_> = addressed.clone().flat_map(|device| &device.vlans).collect();
    let others = (addressed.count() as u64).saturating_sub(1);
    for (device, exposure) in estate.devices.iter().zip(exposures) {
        if !device.ips.is_empty() && others > 0 {
            exposure.reachable_by = others;
            exposure.reaches = others;
            exposure.reachable_networks = networks.len().max(1) as u64;
        }
    }
}

/// What a group can reach or is reached by: how many devices, in which networks.
#[derive(Clone, Default)]
struct Side {
    devices: u64,
    networks: BTreeSet<Vlan>,
}

fn under_barriers(estate: &Estate, barriers: &Barriers, exposures: &mut [Exposure]) {
    let of_device: BTreeMap<&DeviceId, &Device> =
        estate.devices.iter().map(|device| (&device.id, device)).collect();
    let own: Vec<Side> = barriers
        .members()
        .iter()
        .map(|members| Side {
            devices: members.len() as u64,
            networks: members
                .iter()
                .filter_map(|id| of_device.get(id))
                .flat_map(|device| device.vlans.iter().copied())
                .collect(),
        })
        .collect();
    let mut reaches = vec![0; own.len()];
    let mut reached = vec![Side::default(); own.len()];
    for (from, targets) in barriers.reaches.iter().enumerate() {
        for to in targets {
            let (Some(sender), Some(target)) = (own.get(from), own.get(*to)) else { continue };
            if let Some(count) = reaches.get_mut(from) {
                *count += target.devices;
            }
            if let Some(side) = reached.get_mut(*to) {
                side.devices += sender.devices;
                side.networks.extend(sender.networks.iter().copied());
            }
        }
    }
    let words = barriers.words();
    for (device, exposure) in estate.devices.iter().zip(exposures) {
        let Some(group) = barriers.groups.get(&device.id) else { continue };
        // Of its own group a device is one, and does not count.
        let itself = u64::from(barriers.reaches.get(*group).is_some_and(|targets| targets.contains(group)));
        let by = reached.get(*group).cloned().unwrap_or_default();
        exposure.reachable_by = by.devices.saturating_sub(itself);
        exposure.reachable_networks =
            if exposure.reachable_by == 0 { 0 } else { by.networks.len().max(1) as u64 };
        exposure.reaches = reaches.get(*group).copied().unwrap_or(0).saturating_sub(itself);
        exposure.ways = Some(words.clone());
    }
}

/// Says of contact with outside whether it is needed: by a flow that somebody confirmed or that is usual for such a
/// device, else not. Of machines that live on the internet it is not said.
pub(crate) fn say_need(internet: &mut InternetContact, category: Category, flows: &[String]) {
    let has_contact = internet.asked + internet.inbound + internet.attempts > 0;
    let needed = match (has_contact, flows) {
        (false, _) => None,
        (true, []) if may_be_cut_off(category) => Some((
            false,
            "nobody confirmed that it needs outside, and devices of its kind usually do not; ask its maker about remote \
             service before closing the way"
                .to_owned(),
        )),
        (true, []) => None,
        (true, flows) => Some((true, flows.join("; "))),
    };
    (internet.needed, internet.needed_why) = needed.unzip();
}

/// One end of a conversation.
struct End<'a> {
    device: &'a DeviceId,
    other: &'a Endpoint,
    other_device: Option<&'a DeviceId>,
    asked: bool,
}

/// The devices of a conversation.
fn ends(conversation: &DeviceConversation) -> impl Iterator<Item = End<'_>> {
    let DeviceConversation { conversation: flow, client_device, server_device, .. } = conversation;
    let (client, server) = (client_device.as_ref(), server_device.as_ref());
    let asking = client.map(|device| End { device, other: &flow.server, other_device: server, asked: true });
    let answering =
        server.map(|device| End { device, other: &flow.client, other_device: client, asked: false });
    asking.into_iter().chain(answering)
}

/// Names of addresses outside the site, where a device entry for them carries one.
fn names_outside<'a>(context: &Context<'a>) -> BTreeMap<IpAddr, &'a str> {
    let mut names = BTreeMap::new();
    for device in &context.estate.devices {
        let Some(name) = device.hostnames.first() else { continue };
        for ip in device.ips.iter().filter(|ip| !context.inside.contains(**ip)) {
            names.entry(*ip).or_insert(name.as_str());
        }
    }
    names
}

/// True where something was exchanged: a port scan that is only refused is no contact; nor is one answered with a
/// reset.
fn is_exchange(flow: &Conversation) -> bool {
    flow.answered && !(flow.transport == Transport::Tcp && flow.packets <= 2 * flow.flows)
}

impl Exposure {
    fn add(
        &mut self,
        conversation: &DeviceConversation,
        end: &End<'_>,
        context: &Context<'_>,
        names: &BTreeMap<IpAddr, &str>,
    ) {
        let flow = &conversation.conversation;
        if !flow.patient_data.is_empty() {
            self.patient_data = self.patient_data.union(flow.patient_data);
            self.patient_data_in.extend(flow.application.map(|protocol| protocol.name()));
            self.patient_data_with.extend(end.other.ip);
            self.patient_data_seen = earlier(self.patient_data_seen, flow.source);
        }
        if flow.answered && !end.asked && is_telling(flow, context) {
            let first = self.answered_on.entry((flow.transport, flow.port)).or_insert(flow.source);
            *first = flow.source.min(*first);
        }
        let exchanged = is_exchange(flow);
        let outside = end.other.ip.filter(|ip| conversation.outside && !context.inside.contains(*ip));
        let Some(ip) = outside else {
            let background = flow.application.is_some_and(|protocol| BACKGROUND.contains(&protocol));
            // Groups answer nobody, and alarms and vital signs are sent to them.
            let told = end.asked && flow.server.ip.is_some_and(|ip| ip.is_multicast());
            self.useful += u64::from((exchanged || told) && !background);
            self.asked_by.extend(end.other_device.filter(|_| exchanged && !end.asked).cloned());
            return;
        };
        match (exchanged, end.asked) {
            (true, true) => self.asked_outside.insert(ip),
            (true, false) => self.inbound.insert(ip),
            (false, true) => self.attempts.insert(ip),
            (false, false) => return,
        };
        if exchanged {
            self.bytes_outside += flow.bytes;
            if self.destinations.len() < DESTINATIONS_MAX {
                self.destinations.insert(names.get(&ip).map_or_else(|| ip.to_string(), ToString::to_string));
            }
        }
    }

    /// How accessible it is in SSVC's terms (System Exposure), and why.
    pub(crate) fn access(&self) -> (ssvc::Exposure, String) {
        if !self.inbound.is_empty() {
            let why = "addresses outside the site opened connections to it, and it answered".to_owned();
            (ssvc::Exposure::Open, why)
        } else if self.reachable_by == 0 {
            let why = match &self.ways {
                Some(ways) => format!("no other device can send to it, {ways}"),
                None => "no other device can send to it, as far as is known".to_owned(),
            };
            (ssvc::Exposure::Small, why)
        } else {
            let ways = self.ways.as_ref().map(|ways| format!(" ({ways})")).unwrap_or_default();
            let count = self.reachable_by;
            let why = format!("{count} other devices can send to it{ways}, and nobody from outside did");
            (ssvc::Exposure::Controlled, why)
        }
    }

    /// As the assessment shows it; what a plan changes is added when there is one.
    pub(crate) fn shown(&self, device: &Device, context: &Context<'_>) -> assess::Exposure {
        let count = |set: &BTreeSet<IpAddr>| set.len() as u64;
        let mut risky_services: Vec<assess::RiskyService> =
            device.services.iter().filter_map(|service| port_service(device, service, context)).collect();
        risky_services.extend(protection_services(device, context.now));
        risky_services.extend(plain_pages(device, context));
        for service in risky_services.iter_mut().filter(|service| service.seen.is_none()) {
            let of_port = |(transport, port): &(Transport, u16)| {
                service.port.as_ref().is_some_and(|place| *place == format!("{transport}/{port}"))
            };
            service.seen = self.answered_on.iter().find(|(place, _)| of_port(place)).map(|(_, seen)| *seen);
        }
        risky_services.sort();
        risky_services.dedup();
        assess::Exposure {
            internet: InternetContact {
                asked: count(&self.asked_outside),
                inbound: count(&self.inbound),
                attempts: count(&self.attempts),
                bytes: self.bytes_outside,
                destinations: self.destinations.iter().cloned().collect(),
                needed: None,
                needed_why: None,
            },
            reachable_from: self.reachable_by,
            reachable_from_networks: self.reachable_networks,
            asked_by: self.asked_by.len() as u64,
            reaches: self.reaches,
            reachable_under_plan: None,
            risky_services,
            patient_data_in_clear: self.patient_data.names().map(str::to_owned).collect(),
            patient_data_seen: self.patient_data_seen,
            default_accounts: self.default_accounts(device, context),
            remote_support: remote_support(device),
            can_be_disconnected: self.idle(device),
        }
    }

    /// Accounts everybody knows: those that let somebody in, and those the maker's form tells of.
    fn default_accounts(&self, device: &Device, context: &Context<'_>) -> Vec<String> {
        let seen = self.default_accounts.iter().map(|detail| format!("it let somebody in by {detail}"));
        let form = mds2::about(&context.beside.forms, device);
        seen.chain(form.and_then(mds2::Form::default_accounts)).collect()
    }

    /// Why nothing seen needs the device on the network.
    fn idle(&self, device: &Device) -> Option<String> {
        let presence = device.presence.as_ref().filter(|_| !device.ips.is_empty() && self.useful == 0)?;
        let micros = presence.last.micros_since(presence.first);
        let is_told = device.value(Attribute::Category).is_some();
        if micros < WATCHED_MICROS_MIN || !is_told || device.category() == Category::NetworkEquipment {
            return None;
        }
        let days = micros as f64 / 86_400_000_000.0;
        let outside = match self.asked_outside.len() {
            0 => String::new(),
            1 => ", and one address outside".to_owned(),
            count => format!(", and {count} addresses outside"),
        };
        Some(format!(
            "in the {days:.1} days it was watched it exchanged nothing within the site but what every station says \
             (names, addresses, time){outside}"
        ))
    }
}

/// True for a conversation with a service that may be a risk by its port, by what is spoken or as a page without
/// encryption.
fn is_telling(flow: &Conversation, context: &Context<'_>) -> bool {
    let ports = &context.knowledge.ports;
    let at_port = ports.get(flow.transport, flow.port).is_some_and(|port| port.risky.is_some());
    at_port
        || flow.application.is_some_and(|spoken| {
            spoken == Protocol::Http || ports.risky(flow.transport, spoken.name()).is_some()
        })
}

fn earlier(known: Option<Source>, other: Source) -> Option<Source> {
    Some(known.map_or(other, |known| known.min(other)))
}

fn count_events(estate: &Estate, exposures: &mut [Exposure]) {
    let mut by_ip: BTreeMap<IpAddr, usize> = BTreeMap::new();
    let mut by_mac: BTreeMap<Mac, usize> = BTreeMap::new();
    for (at, device) in estate.devices.iter().enumerate() {
        by_ip.extend(device.ips.iter().map(|ip| (*ip, at)));
        by_mac.extend(device.macs.iter().map(|mac| (*mac, at)));
    }
    let device_at = |endpoint: &Endpoint| {
        let by_address = endpoint.ip.and_then(|ip| by_ip.get(&ip));
        by_address.or_else(|| endpoint.mac.and_then(|mac| by_mac.get(&mac))).copied()
    };
    for event in &estate.events {
        let ends = [Some(&event.endpoint), event.peer.as_ref()];
        let concerned: BTreeSet<usize> = ends.into_iter().flatten().filter_map(device_at).collect();
        for at in concerned {
            let Some(exposure) = exposures.get_mut(at) else { continue };
            match event.kind {
                kind if kind.is_clear_credentials() => exposure.clear_credentials += 1,
                EventKind::EncryptionWeak => exposure.weak_encryption += 1,
                // Who asked may use what everybody knows; who let it in is open to everybody.
                EventKind::LogInDefaultCredentials if event.peer.as_ref().and_then(device_at) == Some(at) => {
                    exposure.default_credentials += 1;
                    exposure.default_accounts.insert(event.detail.clone());
                }
                EventKind::ArpConflict => exposure.address_conflicts += 1,
                _ => {}
            }
        }
    }
}

/// Offices and servers need the internet; what treats patients or runs the house rarely does.
pub(crate) fn may_be_cut_off(category: Category) -> bool {
    !matches!(
        category,
        Category::Workstation
            | Category::Server
            | Category::Tablet
            | Category::Phone
            | Category::NetworkEquipment
            | Category::ClinicalServer
            | Category::Unknown
            | Category::Other
    )
}
