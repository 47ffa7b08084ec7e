//! Reads the content of UDP exchanges: DHCP, DNS and multicast DNS, each recognised by its content.

use super::telling::{Moment, Teller, Told};
use super::{Arrival, Engine};
use crate::conversations::{Content, Conversation, Place};
use crate::dissect::dns::{self, Scope};
use crate::dissect::{Side, dhcp};
use crate::sink::Sink;
use cordon_model::address::is_shared_address;
use cordon_model::observe::{Direction, Protocol};

/// Datagrams looked at before an exchange is ignored.
const TRIES_MAX: u8 = 3;
const PORT_DNS: u16 = 53;
const PORT_DHCP_SERVER: u16 = 67;
const PORT_DHCP_CLIENT: u16 = 68;
const PORT_MDNS: u16 = 5353;
/// Link-local multicast name resolution (RFC 4795) and NetBIOS name service (RFC 1002) look like DNS and
/// are not: their port tells them apart.
const PORT_LLMNR: u16 = 5355;
const PORT_NETBIOS_NAMES: u16 = 137;

/// What a datagram seems to be, before its dissector agrees.
fn guess(conversation: &Conversation, payload: &[u8]) -> Option<Protocol> {
    if let Some(known) = conversation.application {
        return Some(known);
    }
    let (one, other) = (conversation.key.port(Place::First), conversation.key.port(Place::Second));
    let either = |port: u16| one == port || other == port;
    if either(PORT_DHCP_SERVER) && (either(PORT_DHCP_CLIENT) || one == other) {
        return Some(Protocol::Dhcp);
    }
    if either(PORT_MDNS) {
        return Some(Protocol::Mdns);
    }
    if either(PORT_NETBIOS_NAMES) {
        return None;
    }
    if either(PORT_DNS) || dns::looks_like(payload) {
        return Some(Protocol::Dns);
    }
    None
}

/// Which side the sender of a datagram is on, as its content says.
fn sender_side(protocol: Protocol, payload: &[u8]) -> Option<Side> {
    match (protocol, payload) {
        (Protocol::Dhcp, [1, ..]) => Some(Side::Client),
        (Protocol::Dhcp, [2, ..]) => Some(Side::Server),
        (Protocol::Dns, [_, _, flags, ..]) if flags & 0x80 == 0 => Some(Side::Client),
        (Protocol::Dns, [_, _, _, ..]) => Some(Side::Server),
        _ => None,
    }
}

impl Engine {
    /// Gives a datagram's content to the dissector that knows it.
    pub(super) fn read_datagram<S: Sink>(
        &mut self,
        id: u32,
        from: Place,
        payload: &[u8],
        cut: bool,
        arrival: Arrival,
        sink: &mut S,
    ) {
        let Some(conversation) = self.table.get_mut(id) else { return };
        conversation.parties.get_mut(from).spoke = true;
        if conversation.content == Content::Ignored || payload.is_empty() {
            return;
        }
        let Some(protocol) = guess(conversation, payload) else {
            return try_again(conversation);
        };
        let sender = sender_side(protocol, payload);
        let client = match sender {
            Some(Side::Client) => from,
            Some(Side::Server) => from.other(),
            None => conversation.client,
        };
        let side = if client == from { Side::Client } else { Side::Server };
        let link_local =
            [Place::First, Place::Second].map(|place| conversation.key.port(place)).contains(&PORT_LLMNR);
        let source = conversation.key.address(from);
        let moment = Moment { at: arrival.at, packet: arrival.packet, vlan: arrival.vlan };
        let mut teller = Teller {
            sink,
            moment,
            sides: Some((conversation, client)),
            queries: &mut self.queries,
            told: Told::default(),
        };
        let known = match protocol {
            Protocol::Dhcp => dhcp::datagram(source, payload, &mut teller),
            Protocol::Mdns => dns::message(side, payload, Scope::Multicast(source), cut, &mut teller),
            _ if link_local => dns::message(side, payload, Scope::LinkLocal, cut, &mut teller),
            _ => dns::message(side, payload, Scope::Unicast, cut, &mut teller),
        };
        let told = teller.told;
        if !known {
            return try_again(conversation);
        }
        told.note(protocol, &mut self.counters);
        conversation.patient_data = conversation.patient_data.union(told.patient_data);
        conversation.content = Content::Read;
        if link_local {
            return;
        }
        if conversation.application.is_none() {
            conversation.application = Some(protocol);
            if let Some(statistics) = self.counters.protocol(protocol) {
                statistics.conversations += 1;
            }
        }
        // A reply to all is asked by somebody, but not by all.
        let asked = is_shared_address(conversation.key.address(client)) && client != from;
        if conversation.direction == Direction::Port && sender.is_some() && !asked {
            conversation.client = client;
            conversation.direction = Direction::Content;
        }
    }
}

fn try_again(conversation: &mut Conversation) {
    conversation.tries = conversation.tries.saturating_add(1);
    if conversation.tries >= TRIES_MAX && conversation.application.is_none() {
        conversation.content = Content::Ignored;
    }
}
