//! What each device's conversations and events expose: one pass over the estate.

use crate::Context;
use cordon_model::identify::{Device, DeviceConversation, DeviceId, Estate};
use cordon_model::observe::{EventKind, PatientDataKinds, Transport};
use cordon_model::{Endpoint, Mac};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The most destinations kept for a device; an internet browser has thousands.
const DESTINATIONS_MAX: usize = 50;

/// What one device's traffic exposes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exposure {
    /// How many other devices can send to it today.
    pub reachable_by: u64,
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
    /// Protocols they were read in.
    pub patient_data_in: BTreeSet<&'static str>,
    /// Other ends of the conversations that carried them.
    pub patient_data_with: BTreeSet<IpAddr>,
    /// Events of readable credentials that it sent or received.
    pub clear_credentials: u64,
    /// How often it let somebody in by a name or password known from the factory.
    pub default_credentials: u64,
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
        for (id, other, asked) in ends(conversation) {
            let Some(exposure) = index.get(id).and_then(|at| exposures.get_mut(*at)) else { continue };
            exposure.add(conversation, other, asked, context, &names);
        }
    }
    count_events(estate, &mut exposures);
    let addressed = estate.devices.iter().filter(|device| !device.ips.is_empty()).count() as u64;
    for (device, exposure) in estate.devices.iter().zip(&mut exposures) {
        exposure.reachable_by = reachable_by(device, addressed);
    }
    exposures
}

/// Today's network is taken as flat: whoever has an address can send to every other. That is what a passive
/// observer must assume, for it sees no firewall, and no port that nobody asked.
fn reachable_by(device: &Device, addressed: u64) -> u64 {
    if device.ips.is_empty() { 0 } else { addressed.saturating_sub(1) }
}

/// The devices of a conversation: id, the other end, and whether it asked.
fn ends(conversation: &DeviceConversation) -> impl Iterator<Item = (&DeviceId, &Endpoint, bool)> {
    let (client, server) = (&conversation.conversation.client, &conversation.conversation.server);
    let asking = conversation.client_device.as_ref().map(|id| (id, server, true));
    let answering = conversation.server_device.as_ref().map(|id| (id, client, false));
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

impl Exposure {
    fn add(
        &mut self,
        conversation: &DeviceConversation,
        other: &Endpoint,
        asked: bool,
        context: &Context<'_>,
        names: &BTreeMap<IpAddr, &str>,
    ) {
        let flow = &conversation.conversation;
        if !flow.patient_data.is_empty() {
            self.patient_data = self.patient_data.union(flow.patient_data);
            self.patient_data_in.extend(flow.application.map(|protocol| protocol.name()));
            self.patient_data_with.extend(other.ip);
        }
        let Some(ip) = other.ip.filter(|ip| conversation.outside && !context.inside.contains(*ip)) else {
            return;
        };
        // A port scan from outside that is only refused is no contact; nor is one answered with a reset.
        let exchanged =
            flow.answered && !(flow.transport == Transport::Tcp && flow.packets <= 2 * flow.flows);
        match (exchanged, asked) {
            (true, true) => self.asked_outside.insert(ip),
            (true, false) => self.inbound.insert(ip),
            (false, true) => self.attempts.insert(ip),
            (false, false) => return,
        };
        if exchanged && self.destinations.len() < DESTINATIONS_MAX {
            self.destinations.insert(names.get(&ip).map_or_else(|| ip.to_string(), ToString::to_string));
        }
    }
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
                }
                EventKind::ArpConflict => exposure.address_conflicts += 1,
                _ => {}
            }
        }
    }
}
