//! Reads what stations tell one another below and beside the transports: neighbours on the link, neighbours in
//! IPv6, groups, routers that share an address.

use super::telling::{Moment, Teller, Told};
use super::{Arrival, Carried, ETHER_TYPES_MAX, Engine};
use crate::conversations::Place;
use crate::counters::Counter;
use crate::dissect::neighbours::{cdp, eapol, lldp, stp};
use crate::dissect::{StationFacts as _, arp, igmp, nd, routers};
use crate::layers::link::{Frame, LOGICAL_LINK};
use crate::layers::transport::PROTOCOL_ICMPV6;
use cordon_model::observe::{Fact, Protocol, Seen, Sink};
use cordon_model::{Endpoint, Mac, Vlan};
use std::fmt::Write as _;
use std::net::IpAddr;

const PROTOCOL_IGMP: u8 = 2;
const PROTOCOL_VRRP: u8 = 112;
const ETHER_TYPE_LLDP: u16 = 0x88cc;
const ETHER_TYPE_EAPOL: u16 = 0x888e;

/// True for IP protocols without ports whose messages are read.
pub(super) fn reads(protocol: u8) -> bool {
    matches!(protocol, PROTOCOL_IGMP | PROTOCOL_VRRP | PROTOCOL_ICMPV6)
}

/// Which protocol a frame below IP is of, and where its content begins.
fn recognise<'a>(frame: &Frame<'a>) -> Option<(Protocol, &'a [u8])> {
    match (frame.ether_type, frame.payload) {
        (ETHER_TYPE_LLDP, content) => Some((Protocol::Lldp, content)),
        (ETHER_TYPE_EAPOL, content) => Some((Protocol::Eapol, content)),
        (LOGICAL_LINK, [0x42, 0x42, 0x03, content @ ..]) => Some((Protocol::Stp, content)),
        // By SNAP: Cisco's discovery and spanning tree, Foundry's discovery.
        (LOGICAL_LINK, [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00, content @ ..]) => {
            Some((Protocol::Cdp, content))
        }
        (LOGICAL_LINK, [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x01, 0x0b, content @ ..]) => {
            Some((Protocol::Stp, content))
        }
        (LOGICAL_LINK, [0xaa, 0xaa, 0x03, 0x00, 0xe0, 0x52, 0x20, 0x00, content @ ..]) => {
            Some((Protocol::Fdp, content))
        }
        _ => None,
    }
}

impl Engine {
    pub(super) fn arp<S: Sink>(&mut self, payload: &[u8], arrival: Arrival, sink: &mut S) {
        let moment = Moment { at: arrival.at, packet: arrival.packet, vlan: arrival.vlan };
        let mut teller = Teller {
            sink,
            moment,
            sides: None,
            queries: &mut self.queries,
            user_names: &self.settings.user_names,
            told: Told::default(),
        };
        if let Some(claim) = arp::message(payload, &mut teller) {
            let (vlan, at) = (arrival.vlan, arrival.at);
            let address = IpAddr::V4(claim.address);
            let before = self.bindings.claim(vlan, address, claim.station, at, &mut self.counters);
            if let Some(before) = before {
                teller.conflict(IpAddr::V4(claim.address), claim.station, before);
            }
        }
        teller.told.note(Protocol::Arp, Protocol::Arp, &mut self.counters);
    }

    /// A frame of a protocol that no layer reads: that it was sent is a fact about its sender.
    fn unread<S: Sink>(&mut self, frame: &Frame<'_>, arrival: Arrival, sink: &mut S) {
        self.counters.count(Counter::LinkUnread);
        let Some(mac) = arrival.source else { return };
        if !self.ether_types.contains(&frame.ether_type) {
            if self.ether_types.len() >= ETHER_TYPES_MAX {
                return self.counters.count(Counter::EtherTypesLimit);
            }
            self.ether_types.push(frame.ether_type);
        }
        let mut text = arp::Text::default();
        let _ = write!(text, "0x{:04x}", frame.ether_type);
        let value = std::str::from_utf8(text.bytes()).unwrap_or_default();
        let endpoint = Endpoint { vlan: Vlan::new(arrival.vlan), mac: Some(mac), ip: None };
        let (at, packet) = (arrival.at, arrival.packet);
        sink.fact(Seen { endpoint, record: None, fact: Fact::LinkEtherType, value, at, packet });
    }

    /// A frame that carries no IP and no ARP.
    pub(super) fn neighbour<S: Sink>(&mut self, frame: &Frame<'_>, arrival: Arrival, sink: &mut S) {
        let (Some((protocol, content)), Some(station)) = (recognise(frame), arrival.source) else {
            if frame.ether_type == LOGICAL_LINK {
                return self.counters.count(Counter::LinkLogicalLinkControl);
            }
            return self.unread(frame, arrival, sink);
        };
        let mut teller = self.station_teller(arrival, sink);
        read(protocol, station, content, &mut teller);
        let told = teller.told;
        told.note(protocol, protocol, &mut self.counters);
    }

    fn station_teller<'a, S: Sink>(&'a mut self, arrival: Arrival, sink: &'a mut S) -> Teller<'a, S> {
        Teller {
            sink,
            moment: Moment { at: arrival.at, packet: arrival.packet, vlan: arrival.vlan },
            sides: None,
            queries: &mut self.queries,
            user_names: &self.settings.user_names,
            told: Told::default(),
        }
    }

    /// A packet of a protocol without ports that is read; `from` sent it.
    pub(super) fn of_network<S: Sink>(
        &mut self,
        id: u32,
        from: Place,
        carried: &Carried<'_>,
        arrival: Arrival,
        sink: &mut S,
    ) {
        let Carried { source, protocol, payload, .. } = *carried;
        let read = match protocol {
            PROTOCOL_IGMP => Protocol::Igmp,
            PROTOCOL_VRRP => Protocol::Vrrp,
            _ => match nd::kind(payload) {
                Some(kind) if nd::is_own(kind) => Protocol::Nd,
                Some(kind) if igmp::is_own(kind) => Protocol::Igmp,
                _ => return,
            },
        };
        let Some(conversation) = self.table.get(id) else { return };
        let mut teller = Teller {
            sink,
            moment: Moment { at: arrival.at, packet: arrival.packet, vlan: arrival.vlan },
            // A fact of the client is one of the sender.
            sides: Some((conversation, from)),
            queries: &mut self.queries,
            user_names: &self.settings.user_names,
            told: Told::default(),
        };
        match (read, protocol) {
            (Protocol::Vrrp, _) => routers::vrrp(source, payload, &mut teller),
            (Protocol::Igmp, PROTOCOL_IGMP) => igmp::message(payload, &mut teller),
            (Protocol::Igmp, _) => igmp::message_v6(payload, &mut teller),
            _ => {
                if let Some(claim) = nd::message(source, payload, &mut teller) {
                    let (address, vlan, at) = (IpAddr::V6(claim.address), arrival.vlan, arrival.at);
                    let before = self.bindings.claim(vlan, address, claim.station, at, &mut self.counters);
                    if let Some(before) = before {
                        teller.conflict(address, claim.station, before);
                    }
                }
            }
        }
        let told = teller.told;
        told.note(read, read, &mut self.counters);
    }
}

fn read<S: Sink>(protocol: Protocol, station: Mac, content: &[u8], teller: &mut Teller<'_, S>) {
    match protocol {
        Protocol::Lldp => lldp::message(station, content, teller),
        Protocol::Cdp => cdp::message(station, content, teller),
        Protocol::Fdp => cdp::foundry(station, content, teller),
        Protocol::Stp => stp::message(station, content, teller),
        _ => eapol::message(station, content, teller),
    }
}
