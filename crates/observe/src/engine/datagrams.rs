//! Reads the content of UDP exchanges: the list of datagram dissectors, each recognising its own.

use super::telling::{Moment, Teller, Told, called};
use super::{Arrival, Engine};
use crate::Sink;
use crate::conversations::{Content, Conversation, Place};
use crate::dissect::bedside::carescape::Carescape;
use crate::dissect::dhcp::Dhcp;
use crate::dissect::dns::{Llmnr, Mdns, Names};
use crate::dissect::intellivue::DataExport;
use crate::dissect::syslog::SyslogMessages;
use crate::dissect::ws_discovery::WsDiscovery;
use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, StationFacts};
use cordon_model::address::is_shared_address;
use cordon_model::observe::{Direction, Protocol};

/// Datagrams looked at before an exchange is ignored.
const TRIES_MAX: u8 = 3;

macro_rules! datagrams {
    ($($protocol:ident: $dissector:ident,)*) => {
        /// Every protocol that has a datagram dissector.
        #[cfg(test)]
        pub(crate) const PROTOCOLS: &[Protocol] = &[$(Protocol::$protocol),*];

        /// Which protocol a datagram is of, and who sent it; asks only the one that is known, if it is.
        fn recognise(known: Option<Protocol>, datagram: &Datagram<'_>) -> Option<(Protocol, Recognised)> {
            match known {
                $(Some(Protocol::$protocol) => {
                    return Some((Protocol::$protocol, $dissector::recognise(datagram)));
                })*
                _ => {}
            }
            $(match $dissector::recognise(datagram) {
                Recognised::No => {}
                recognised => return Some((Protocol::$protocol, recognised)),
            })*
            None
        }

        /// Gives the datagram to the dissector of this protocol.
        fn read(
            protocol: Protocol,
            datagram: &Datagram<'_>,
            side: Side,
            facts: &mut dyn StationFacts,
        ) -> bool {
            match protocol {
                $(Protocol::$protocol => $dissector::read(datagram, side, facts),)*
                _ => false,
            }
        }
    };
}

// Asked in this order: those that a port points to first, those that look at content alone after them.
datagrams! {
    Dhcp: Dhcp,
    Mdns: Mdns,
    Llmnr: Llmnr,
    Carescape: Carescape,
    Intellivue: DataExport,
    Syslog: SyslogMessages,
    WsDiscovery: WsDiscovery,
    Dns: Names,
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
        conversation.note_spoke(from);
        if conversation.content == Content::Ignored || payload.is_empty() {
            return;
        }
        let end = |place: Place| (conversation.key.address(place), conversation.key.port(place));
        let datagram = Datagram { source: end(from), destination: end(from.other()), bytes: payload, cut };
        let Some((protocol, recognised)) = recognise(conversation.application, &datagram) else {
            return try_again(conversation);
        };
        let sender = match recognised {
            Recognised::From(side) => Some(side),
            Recognised::Unsided | Recognised::No => None,
        };
        let client = match sender {
            Some(Side::Client) => from,
            Some(Side::Server) => from.other(),
            None => conversation.client,
        };
        let side = if client == from { Side::Client } else { Side::Server };
        let moment = Moment { at: arrival.at, packet: arrival.packet, vlan: arrival.vlan };
        let mut teller = Teller {
            sink,
            moment,
            sides: Some((conversation, client)),
            queries: &mut self.queries,
            user_names: &self.settings.user_names,
            told: Told::default(),
        };
        let known = read(protocol, &datagram, side, &mut teller);
        let told = teller.told;
        if !known {
            return try_again(conversation);
        }
        conversation.content = Content::Read;
        if conversation.application.is_none() {
            conversation.application = Some(protocol);
            if let Some(statistics) = self.counters.protocol(protocol) {
                statistics.conversations += 1;
            }
        }
        told.learn(conversation, &mut self.counters);
        told.note(protocol, called(conversation, protocol), &mut self.counters);
        // A reply to all is asked by somebody, but not by all. The broadcast address of a network cannot be
        // told by itself, but no one station has frames to it.
        let no_station = |place: Place| conversation.station(place).is_none();
        let to_all = is_shared_address(conversation.key.address(from.other()))
            || (no_station(from.other()) && !no_station(from));
        let asked = client != from && to_all;
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
