//! Which ports a device answers on, and what it did in conversations.

use crate::claims::Deeds;
use crate::secured::{self, Secured};
use cordon_knowledge::Knowledge;
use cordon_model::identify::{Service, ServiceSeen};
use cordon_model::observe::{Conversation, Direction, Protocol, Transport};
use std::collections::{BTreeMap, BTreeSet};

/// Services kept for one device.
const SERVICES_MAX: usize = 512;
/// Above this, and without handshake or content to say who asked, a port may as well be the client's.
const EPHEMERAL_FROM: u16 = 32_768;

/// The services of all devices, by group.
#[derive(Debug, Default)]
pub(crate) struct Services {
    by_group: BTreeMap<usize, BTreeMap<(Transport, u16), Option<Protocol>>>,
}

impl Services {
    /// Notes an answered conversation of a server.
    pub(crate) fn note(&mut self, group: usize, talk: &Conversation) {
        let has_ports = matches!(talk.transport, Transport::Tcp | Transport::Udp);
        let unsure =
            talk.direction == Direction::Port && talk.application.is_none() && talk.port >= EPHEMERAL_FROM;
        if !talk.answered || !has_ports || unsure {
            return;
        }
        let services = self.by_group.entry(group).or_default();
        let key = (talk.transport, talk.port);
        if services.len() >= SERVICES_MAX && !services.contains_key(&key) {
            return;
        }
        let known = services.entry(key).or_default();
        *known = match (*known, talk.application) {
            (Some(one), Some(other)) => Some(one.more_precise(other)),
            (one, other) => one.or(other),
        };
    }

    /// The services of a group, in order; `secured` are those that carry DICOM over TLS.
    pub(crate) fn take(&mut self, group: usize, knowledge: &Knowledge, secured: &[Secured]) -> Vec<Service> {
        let inside = |transport: Transport, port: u16| {
            let of = |secured: &&Secured| transport == Transport::Tcp && secured.port == port;
            secured.iter().find(of)
        };
        let services = self.by_group.remove(&group).unwrap_or_default();
        let build = |((transport, port), application): ((Transport, u16), Option<Protocol>)| match application
        {
            Some(Protocol::Tls) if let Some(secured) = inside(transport, port) => Service {
                transport,
                port,
                application: Some(secured::NAME.to_owned()),
                // What is inside cannot be read; a certificate is a banner.
                seen: if secured.named { ServiceSeen::Banner } else { ServiceSeen::PortOnly },
            },
            Some(protocol) => Service {
                transport,
                port,
                application: Some(protocol.name().to_owned()),
                seen: ServiceSeen::Conversation,
            },
            None => Service {
                transport,
                port,
                application: knowledge.ports.get(transport, port).map(|port| port.name.clone()),
                seen: ServiceSeen::PortOnly,
            },
        };
        services.into_iter().map(build).collect()
    }
}

/// Notes what a conversation says of its two ends.
pub(crate) fn note_deeds(
    deeds: &mut BTreeMap<usize, Deeds>,
    client: Option<usize>,
    server: Option<usize>,
    talk: &Conversation,
) {
    for group in [client, server].into_iter().flatten() {
        let known = deeds.entry(group).or_default();
        known.patient_data = known.patient_data.union(talk.patient_data);
    }
    let Some(protocol) = talk.application.filter(|_| talk.answered) else { return };
    if let Some(server) = server {
        let known = deeds.entry(server).or_default();
        // Who serves FHIR serves the web too.
        for protocol in std::iter::once(protocol).chain(protocol.carrier()) {
            let first = known.serves.entry(protocol).or_insert(talk.source);
            *first = (*first).min(talk.source);
        }
        if protocol == Protocol::Tls && talk.transport == Transport::Tcp {
            let (clients, first) = known.tls.entry(talk.port).or_insert((BTreeSet::new(), talk.source));
            clients.extend(client);
            *first = (*first).min(talk.source);
        }
        if let Some(client) = client.filter(|client| *client != server) {
            match protocol {
                Protocol::Hl7 => known.hl7_clients.insert(client),
                Protocol::Dicom => known.dicom_clients.insert(client),
                _ => false,
            };
        }
    }
    if let (Some(client), Some(server), Protocol::Hl7) = (client, server, protocol)
        && client != server
    {
        deeds.entry(client).or_default().hl7_servers.insert(server);
    }
}
