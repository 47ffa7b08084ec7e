//! Which ports a device answers on, and what it did in conversations.

use crate::gather::{Doings, Part, Talk, most_precise};
use crate::secured::{self, Secured};
use crate::texts::Inputs;
use cordon_knowledge::Knowledge;
use cordon_model::address::is_shared_address;
use cordon_model::identify::{Service, ServiceSeen};
use cordon_model::observe::{Direction, Protocol, Source, Transport};
use std::collections::{BTreeMap, BTreeSet};

/// Services kept for one device.
const SERVICES_MAX: usize = 512;
/// Above this, and without handshake or content to say who asked, a port may as well be the client's.
const EPHEMERAL_FROM: u16 = 32_768;

/// Notes the port that a server answered on; true when that is news.
fn note_port(doings: &mut Doings, talk: &Talk) -> bool {
    let known = &talk.conversation;
    let has_ports = matches!(known.transport, Transport::Tcp | Transport::Udp);
    let unsure =
        known.direction == Direction::Port && known.application.is_none() && known.port >= EPHEMERAL_FROM;
    if !known.answered || !has_ports || unsure || known.server.ip.is_some_and(is_shared_address) {
        return false;
    }
    let mut news = !doings.ports.contains_key(&(known.transport, known.port));
    let spoken = doings.ports.entry((known.transport, known.port)).or_default();
    for protocol in talk.applications() {
        news |= spoken.insert(protocol);
    }
    // Which are kept must not depend on which came first.
    if doings.ports.len() > SERVICES_MAX {
        doings.ports.pop_last();
    }
    news
}

/// The services of a device, in order; `secured` are those that carry DICOM over TLS.
pub(crate) fn list(
    ports: BTreeMap<(Transport, u16), BTreeSet<Protocol>>,
    knowledge: &Knowledge,
    secured: &[Secured],
) -> Vec<Service> {
    let inside = |transport: Transport, port: u16| {
        let of = |secured: &&Secured| transport == Transport::Tcp && secured.port == port;
        secured.iter().find(of)
    };
    let build =
        |((transport, port), spoken): ((Transport, u16), BTreeSet<Protocol>)| match most_precise(&spoken) {
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
    ports.into_iter().take(SERVICES_MAX).map(build).collect()
}

/// Notes what a conversation says of its server; true when that is news.
pub(crate) fn note_server(doings: &mut Doings, talk: &Talk, inputs: &Inputs, knowledge: &Knowledge) -> bool {
    let known = &talk.conversation;
    let mut news = note_patients(doings, talk) | note_port(doings, talk);
    if !known.answered {
        return news;
    }
    let mut note = |first: &mut Source| {
        let before = *first;
        *first = inputs.first(before, known.source);
        news |= before != *first;
    };
    for protocol in talk.applications() {
        // Who serves FHIR serves the web too.
        for protocol in std::iter::once(protocol).chain(protocol.carrier()) {
            note(doings.serves.entry(protocol).or_insert(NOWHERE));
        }
        if protocol == Protocol::Tls && known.transport == Transport::Tcp {
            note(doings.tls.entry(known.port).or_insert(NOWHERE));
        }
    }
    for protocol in talk.applications() {
        if let Some(part) = part_of_client(protocol, talk, knowledge) {
            news |= doings.peers.insert((part, talk.client));
        }
    }
    news
}

/// Later than every place in every input.
const NOWHERE: Source = Source { input: u32::MAX, packet: u64::MAX };

fn note_patients(doings: &mut Doings, talk: &Talk) -> bool {
    let before = doings.patient_data;
    doings.patient_data = before.union(talk.conversation.patient_data);
    before != doings.patient_data
}

/// Notes what a conversation says of its client; true when that is news.
pub(crate) fn note_client(doings: &mut Doings, talk: &Talk, knowledge: &Knowledge) -> bool {
    let mut news = note_patients(doings, talk);
    if !talk.conversation.answered {
        return news;
    }
    for protocol in talk.applications() {
        let part = match part_of_client(protocol, talk, knowledge) {
            Some(Part::Hl7Client) => Part::Hl7Server,
            Some(Part::DicomClient) => Part::DicomServer,
            Some(Part::TlsClient(port)) => Part::TlsServer(port),
            _ => continue,
        };
        news |= doings.peers.insert((part, talk.server));
    }
    news
}

/// The part the client plays where that tells what both ends are.
fn part_of_client(protocol: Protocol, talk: &Talk, knowledge: &Knowledge) -> Option<Part> {
    match protocol {
        Protocol::Hl7 => Some(Part::Hl7Client),
        Protocol::Dicom => Some(Part::DicomClient),
        Protocol::Tls if talk.conversation.transport == Transport::Tcp => {
            let port = talk.conversation.port;
            secured::may_carry(port, knowledge).then_some(Part::TlsClient(port))
        }
        _ => None,
    }
}
