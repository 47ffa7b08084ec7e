//! Records of one direction each, put together: who asked, who answered, and what is the same exchange.

use super::Record;
use crate::aggregate::hash_state;
use cordon_model::address::is_shared_address;
use cordon_model::observe::{Direction, Flow, PatientDataKinds, Transport};
use cordon_model::{Endpoint, Timestamp, Vlan};
use cordon_observe::engine::{is_open, serves};
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use std::net::IpAddr;

/// Exchanges remembered in each of two generations.
const EXCHANGES_MAX: usize = 65_536;
/// A generation is put aside after this time. Exporters report a long flow at least so often.
const GENERATION_MICROS: i64 = 1_800 * 1_000_000;

const TCP_SYN: u8 = 0x02;
const TCP_RESET: u8 = 0x04;
const TCP_ACKNOWLEDGED: u8 = 0x10;
/// Flags that a refusal of a connection consists of.
const TCP_REFUSED: u8 = TCP_RESET | TCP_ACKNOWLEDGED;

/// An exchange: client first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Exchange {
    vlan: u16,
    /// Number of the protocol that IP carries.
    protocol: u8,
    client: (IpAddr, u16),
    server: (IpAddr, u16),
}

impl Exchange {
    fn turned(self) -> Exchange {
        Exchange { client: self.server, server: self.client, ..self }
    }
}

/// Exchanges seen lately.
pub(crate) struct Pairs {
    recent: HashSet<Exchange, FixedState>,
    older: HashSet<Exchange, FixedState>,
    since: Option<Timestamp>,
}

impl Pairs {
    pub(crate) fn new() -> Pairs {
        Pairs {
            recent: HashSet::with_hasher(hash_state()),
            older: HashSet::with_hasher(hash_state()),
            since: None,
        }
    }

    /// What a record says, as part of a conversation. Each packet that was looked at stands for `rate` of
    /// them; `packet` is the record's place.
    /// `None` when it does not even say between whom.
    pub(crate) fn flow(&mut self, record: &Record, rate: u32, packet: u64, now: Timestamp) -> Option<Flow> {
        let has_ports = matches!(record.transport, Transport::Tcp | Transport::Udp);
        // Where there are no ports, exporters put other things in their place.
        let port = |port: u16| if has_ports { port } else { 0 };
        let there = Exchange {
            vlan: record.vlan,
            protocol: number(record.transport),
            client: (record.source.0, port(record.source.1)),
            server: (record.destination.0, port(record.destination.1)),
        };
        let exchange = if self.is_sent_by_client(record, there) { there } else { there.turned() };
        let by_client = exchange == there;
        let endpoint = |(ip, _): (IpAddr, u16), mac| Endpoint {
            vlan: Vlan::new(record.vlan),
            mac,
            ip: Some(ip).filter(|ip| !ip.is_unspecified()),
        };
        let (client_mac, server_mac) = match by_client {
            true => (record.source_mac, record.destination_mac),
            false => (record.destination_mac, record.source_mac),
        };
        let refused = record.transport == Transport::Tcp
            && record.tcp_flags & TCP_RESET != 0
            && record.tcp_flags & !TCP_REFUSED == 0;
        let times = u64::from(rate.max(1));
        let (client, server) = (endpoint(exchange.client, client_mac), endpoint(exchange.server, server_mac));
        if client.is_nowhere() || server.is_nowhere() {
            return None;
        }
        Some(Flow {
            client,
            server,
            transport: record.transport,
            port: exchange.server.1,
            application: None,
            direction: Direction::Port,
            answered: (record.back_packets > 0 && record.packets > 0) || (!by_client && !refused),
            flows: u64::from(self.is_new(exchange, now)),
            packets: record.packets.saturating_add(record.back_packets).saturating_mul(times),
            bytes: record.bytes.saturating_add(record.back_bytes).saturating_mul(times),
            first: record.first,
            last: record.last,
            patient_data: PatientDataKinds::NONE,
            packet,
        })
    }

    fn is_sent_by_client(&self, record: &Record, there: Exchange) -> bool {
        if let Some(known) = record.is_asked_by_source {
            return known;
        }
        if is_shared_address(record.destination.0) {
            return true;
        }
        if record.transport == Transport::Tcp && record.tcp_flags == TCP_SYN {
            return true;
        }
        let (own, other) = (there.client.1, there.server.1);
        // Of datagrams between ports that say nothing, who sends asks, as where packets are seen; the way back, told by
        // a record of its own, belongs to that.
        let one_way = record.transport == Transport::Udp && record.back_packets == 0 && is_open(own, other);
        if own == other || one_way {
            return !self.is_known(&there.turned());
        }
        !serves(own, other)
    }

    fn is_known(&self, exchange: &Exchange) -> bool {
        self.recent.contains(exchange) || self.older.contains(exchange)
    }

    /// Remembers an exchange; answers false when it was known.
    fn is_new(&mut self, exchange: Exchange, now: Timestamp) -> bool {
        let since = *self.since.get_or_insert(now);
        if self.recent.len() >= EXCHANGES_MAX || now.micros_since(since) >= GENERATION_MICROS {
            std::mem::swap(&mut self.recent, &mut self.older);
            self.recent.clear();
            self.since = Some(now);
        }
        let known = self.is_known(&exchange);
        self.recent.insert(exchange);
        !known
    }
}

fn number(transport: Transport) -> u8 {
    match transport {
        Transport::Tcp => 6,
        Transport::Udp => 17,
        Transport::Icmp => 1,
        Transport::Other(number) => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(source: (u8, u16), destination: (u8, u16), transport: Transport, tcp_flags: u8) -> Record {
        let host = |(last, port): (u8, u16)| (IpAddr::from([10, 0, 0, last]), port);
        Record {
            source: host(source),
            destination: host(destination),
            is_asked_by_source: None,
            transport,
            packets: 3,
            bytes: 300,
            back_packets: 0,
            back_bytes: 0,
            first: Timestamp::from_seconds(10),
            last: Timestamp::from_seconds(20),
            tcp_flags,
            vlan: 7,
            source_mac: None,
            destination_mac: None,
        }
    }

    /// Client, server port, answered, flows.
    fn told(pairs: &mut Pairs, record: &Record, second: i64) -> (String, u16, bool, u64) {
        let flow = pairs.flow(record, 1, 0, Timestamp::from_seconds(second)).unwrap();
        (flow.client.ip.unwrap().to_string(), flow.port, flow.answered, flow.flows)
    }

    #[test]
    fn both_directions_are_one_exchange_whichever_comes_first() {
        let (there, back) = ((1, 50_000), (2, 11_112));
        let mut pairs = Pairs::new();
        let one = "10.0.0.1".to_owned();
        let asked = record(there, back, Transport::Tcp, 0x1b);
        let answered = record(back, there, Transport::Tcp, 0x1b);
        assert_eq!(told(&mut pairs, &asked, 0), (one.clone(), 11_112, false, 1));
        assert_eq!(told(&mut pairs, &answered, 1), (one.clone(), 11_112, true, 0));
        assert_eq!(told(&mut pairs, &asked, 60), (one.clone(), 11_112, false, 0), "reported again");
        let mut pairs = Pairs::new();
        assert_eq!(told(&mut pairs, &answered, 0), (one.clone(), 11_112, true, 1));
        assert_eq!(told(&mut pairs, &asked, 1), (one.clone(), 11_112, false, 0));
        assert_eq!(told(&mut pairs, &asked, 4_000).3, 0, "still in the older generation");
        assert_eq!(told(&mut pairs, &asked, 8_000).3, 0);
        assert_eq!(told(&mut pairs, &record(there, back, Transport::Udp, 0), 8_000).3, 1);
    }

    #[test]
    fn without_ports_who_speaks_first_asks() {
        let mut pairs = Pairs::new();
        let ask = record((9, 0), (1, 0x0800), Transport::Icmp, 0);
        let answer = record((1, 0), (9, 0), Transport::Icmp, 0);
        assert_eq!(told(&mut pairs, &ask, 0), ("10.0.0.9".to_owned(), 0, false, 1));
        assert_eq!(told(&mut pairs, &answer, 0), ("10.0.0.9".to_owned(), 0, true, 0));
        let sync = record((3, 123), (4, 123), Transport::Udp, 0);
        let back = record((4, 123), (3, 123), Transport::Udp, 0);
        assert_eq!(told(&mut pairs, &sync, 0).0, "10.0.0.3");
        assert_eq!(told(&mut pairs, &back, 0), ("10.0.0.3".to_owned(), 123, true, 0));
    }

    #[test]
    fn a_refusal_is_no_answer_and_a_lone_beginning_names_the_client() {
        let mut pairs = Pairs::new();
        let refused = record((2, 104), (1, 50_000), Transport::Tcp, TCP_REFUSED);
        assert_eq!(told(&mut pairs, &refused, 0), ("10.0.0.1".to_owned(), 104, false, 1));
        let lone = record((2, 104), (1, 50_000), Transport::Tcp, TCP_SYN);
        assert_eq!(told(&mut pairs, &lone, 0), ("10.0.0.2".to_owned(), 50_000, false, 1));
    }

    #[test]
    fn sampled_counts_are_multiplied_and_both_ways_added() {
        let both =
            Record { back_packets: 2, back_bytes: 50, ..record((2, 104), (1, 104), Transport::Tcp, 0) };
        let flow = Pairs::new().flow(&both, 100, 5, Timestamp::from_seconds(0)).unwrap();
        assert_eq!((flow.packets, flow.bytes, flow.answered, flow.packet), (500, 35_000, true, 5));
        assert_eq!(flow.client.vlan, Vlan::new(7));
    }

    #[test]
    fn an_exporter_that_knows_who_began_is_believed_and_nobody_is_not_told() {
        let known =
            Record { is_asked_by_source: Some(true), ..record((2, 104), (1, 50_000), Transport::Tcp, 0) };
        assert_eq!(told(&mut Pairs::new(), &known, 0).0, "10.0.0.2");
        let nobody = (IpAddr::from([0; 4]), 68);
        let asking = Record { source: nobody, ..record((2, 68), (1, 67), Transport::Udp, 0) };
        assert!(Pairs::new().flow(&asking, 1, 0, Timestamp::default()).is_none());
        let mac = Some(cordon_model::Mac([2, 0, 0, 0, 0, 1]));
        let flow =
            Pairs::new().flow(&Record { source_mac: mac, ..asking }, 1, 0, Timestamp::default()).unwrap();
        assert_eq!((flow.client.ip, flow.client.mac), (None, mac));
    }

    #[test]
    fn memory_has_a_limit() {
        let mut pairs = Pairs::new();
        for number in 0..200_000u32 {
            let [_, a, b, c] = number.to_be_bytes();
            let source = (IpAddr::from([10, a, b, c]), 40_000);
            pairs.flow(
                &Record { source, ..record((1, 1), (2, 80), Transport::Tcp, 0) },
                1,
                0,
                Timestamp::default(),
            );
        }
        assert!(pairs.recent.len() + pairs.older.len() <= 2 * EXCHANGES_MAX);
    }
}
