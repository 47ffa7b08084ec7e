//! Reads the content of UDP exchanges: the list of datagram dissectors, each recognising its own.

use super::telling::{Moment, Teller, Told, called};
use super::{Arrival, Engine};
use crate::Sink;
use crate::conversations::{Content, Conversation, Place};
use crate::dissect::bedside::carescape::Carescape;
use crate::dissect::dhcp::Dhcp;
use crate::dissect::dhcpv6::Dhcpv6;
use crate::dissect::dns::{Llmnr, Mdns, Names};
use crate::dissect::enterprise::kerberos::KerberosMessages;
use crate::dissect::enterprise::ldap::LdapMessages;
use crate::dissect::enterprise::mssql::MssqlBrowser;
use crate::dissect::enterprise::radius::RadiusMessages;
use crate::dissect::enterprise::snmp::SnmpMessages;
use crate::dissect::ike::IkeMessage;
use crate::dissect::industrial::{bacnet::Bacnet, enip::EtherNetIpDatagram};
use crate::dissect::intellivue::DataExport;
use crate::dissect::neighbours::mndp::Mndp;
use crate::dissect::neighbours::ubnt::Ubnt;
use crate::dissect::netbios::browser::Browser;
use crate::dissect::netbios::names::NetbiosNames;
use crate::dissect::ntp::Ntp;
use crate::dissect::quic::Quic;
use crate::dissect::routers::Hsrp;
use crate::dissect::sip::SipMessage;
use crate::dissect::ssdp::Ssdp;
use crate::dissect::starts::{Asked, bits, by_first, by_port};
use crate::dissect::syslog::SyslogMessages;
use crate::dissect::tftp::Tftp;
use crate::dissect::tunnels::{OpenVpnMessage, WireGuardMessage};
use crate::dissect::ws_discovery::WsDiscovery;
use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, StationFacts};
use cordon_model::address::is_shared_address;
use cordon_model::observe::{Direction, Protocol};

/// Datagrams looked at before an exchange is ignored.
const TRIES_MAX: u8 = 3;

macro_rules! datagrams {
    ($($protocol:ident: $dissector:ident,)*) => {
        /// Every protocol that has a datagram dissector.
        pub(crate) const PROTOCOLS: &[Protocol] = &[$(Protocol::$protocol),*];

        const RECOGNISE: &[fn(&Datagram<'_>) -> Recognised] = &[$($dissector::recognise),*];
        static ASKED_BY_FIRST: Asked = by_first(&[$($dissector::STARTS),*]);
        static ASKED_BY_PORT: Asked = by_port(&[$($dissector::PORTS),*]);

        /// Who sent a datagram of this protocol; `None` when it is not one for datagrams.
        fn recognise_known(known: Protocol, datagram: &Datagram<'_>) -> Option<Recognised> {
            match known {
                $(Protocol::$protocol => Some($dissector::recognise(datagram)),)*
                _ => None,
            }
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
    Dhcpv6: Dhcpv6,
    Nbns: NetbiosNames,
    Browser: Browser,
    Ntp: Ntp,
    Tftp: Tftp,
    Hsrp: Hsrp,
    Mndp: Mndp,
    Ubnt: Ubnt,
    Mdns: Mdns,
    Llmnr: Llmnr,
    Carescape: Carescape,
    Intellivue: DataExport,
    Ssdp: Ssdp,
    Syslog: SyslogMessages,
    WsDiscovery: WsDiscovery,
    Ike: IkeMessage,
    Quic: Quic,
    Sip: SipMessage,
    WireGuard: WireGuardMessage,
    OpenVpn: OpenVpnMessage,
    EtherNetIp: EtherNetIpDatagram,
    Bacnet: Bacnet,
    Snmp: SnmpMessages,
    Kerberos: KerberosMessages,
    Ldap: LdapMessages,
    Mssql: MssqlBrowser,
    Radius: RadiusMessages,
    Dns: Names,
}

/// Which protocol a datagram is of, and who sent it; asks only the one that is known, if it is, and else those
/// whose datagrams may begin so and go to such ports.
fn recognise(known: Option<Protocol>, datagram: &Datagram<'_>) -> Option<(Protocol, Recognised)> {
    if let Some(known) = known
        && let Some(recognised) = recognise_known(known, datagram)
    {
        return Some((known, recognised));
    }
    let first = usize::from(*datagram.bytes.first()?);
    let asked = |port: u16| ASKED_BY_PORT.get(usize::from(port & 0xff)).copied().unwrap_or(0);
    let by_port = asked(datagram.source.1) | asked(datagram.destination.1);
    bits(ASKED_BY_FIRST.get(first)? & by_port).find_map(|number| {
        let recognised = RECOGNISE.get(number)?(datagram);
        Some((*PROTOCOLS.get(number)?, recognised)).filter(|_| recognised != Recognised::No)
    })
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
        let first = !conversation.spoke(from);
        conversation.note_spoke(from);
        if conversation.content == Content::Ignored || payload.is_empty() {
            return;
        }
        // Past their first messages these are closed to us.
        match conversation.application {
            Some(Protocol::WireGuard | Protocol::OpenVpn) => return,
            Some(Protocol::Quic) if payload.first().is_some_and(|byte| byte & 0x80 == 0) => return,
            _ => {}
        }
        let end = |place: Place| (conversation.key.address(place), conversation.key.port(place));
        let datagram =
            Datagram { source: end(from), destination: end(from.other()), bytes: payload, cut, first };
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
        let known = match protocol {
            Protocol::Quic => self.initials.read(&datagram, side, &mut teller),
            _ => read(protocol, &datagram, side, &mut teller),
        };
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
