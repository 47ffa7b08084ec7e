//! What values of nftables' fields match, and their names.

use super::nft::{Field, WITH_PORTS};
use crate::lists::{AddressTest, Match, Name, Service};
use cordon_model::Cidr;
use std::net::IpAddr;

/// Names of protocols (`/etc/protocols`, as nft prints them).
const PROTOCOLS: &[(&str, u8)] = &[
    ("ah", 51),
    ("comp", 108),
    ("dccp", 33),
    ("egp", 8),
    ("eigrp", 88),
    ("esp", 50),
    ("gre", 47),
    ("icmp", 1),
    ("icmpv6", 58),
    ("igmp", 2),
    ("ipencap", 4),
    ("ipip", 94),
    ("ipv6-icmp", 58),
    ("ipv6", 41),
    ("l2tp", 115),
    ("ospf", 89),
    ("pim", 103),
    ("sctp", 132),
    ("tcp", 6),
    ("udp", 17),
    ("udplite", 136),
    ("vrrp", 112),
];

/// Names of ports (`/etc/services`) that are met in rules written by hand; nft itself prints numbers.
const PORTS: &[(&str, u16)] = &[
    ("acr-nema", 104),
    ("bgp", 179),
    ("bootpc", 68),
    ("bootps", 67),
    ("domain", 53),
    ("ftp", 21),
    ("ftp-data", 20),
    ("http", 80),
    ("https", 443),
    ("imap2", 143),
    ("imaps", 993),
    ("ipp", 631),
    ("isakmp", 500),
    ("kerberos", 88),
    ("ldap", 389),
    ("ldaps", 636),
    ("microsoft-ds", 445),
    ("mdns", 5353),
    ("ms-sql-s", 1433),
    ("mysql", 3306),
    ("netbios-dgm", 138),
    ("netbios-ns", 137),
    ("netbios-ssn", 139),
    ("ntp", 123),
    ("pop3", 110),
    ("pop3s", 995),
    ("postgresql", 5432),
    ("radius", 1812),
    ("radius-acct", 1813),
    ("rsync", 873),
    ("smtp", 25),
    ("snmp", 161),
    ("snmp-trap", 162),
    ("snmptrap", 162),
    ("ssh", 22),
    ("submission", 587),
    ("sunrpc", 111),
    ("syslog", 514),
    ("telnet", 23),
    ("tftp", 69),
    ("www", 80),
];

/// Types of ICMP (RFC 792) as nft and iptables name them.
const ICMP: &[(&str, u8)] = &[
    ("address-mask-reply", 18),
    ("address-mask-request", 17),
    ("destination-unreachable", 3),
    ("echo-reply", 0),
    ("echo-request", 8),
    ("info-reply", 16),
    ("info-request", 15),
    ("parameter-problem", 12),
    ("ping", 8),
    ("pong", 0),
    ("redirect", 5),
    ("router-advertisement", 9),
    ("router-solicitation", 10),
    ("source-quench", 4),
    ("time-exceeded", 11),
    ("timestamp-reply", 14),
    ("timestamp-request", 13),
];

/// Types of ICMPv6 (RFC 4443, 4861, 2710, 3810) likewise.
const ICMP_V6: &[(&str, u8)] = &[
    ("destination-unreachable", 1),
    ("echo-reply", 129),
    ("echo-request", 128),
    ("ind-neighbor-advert", 142),
    ("ind-neighbor-solicit", 141),
    ("mld-listener-done", 132),
    ("mld-listener-query", 130),
    ("mld-listener-reduction", 132),
    ("mld-listener-report", 131),
    ("mld2-listener-report", 143),
    ("nd-neighbor-advert", 136),
    ("nd-neighbor-solicit", 135),
    ("nd-redirect", 137),
    ("nd-router-advert", 134),
    ("nd-router-solicit", 133),
    ("neighbor-advertisement", 136),
    ("neighbor-solicitation", 135),
    ("packet-too-big", 2),
    ("parameter-problem", 4),
    ("redirect", 137),
    ("router-advertisement", 134),
    ("router-renumbering", 138),
    ("router-solicitation", 133),
    ("time-exceeded", 3),
];

fn named<T: Copy>(names: &[(&str, T)], name: &str) -> Option<T> {
    names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// An IP protocol by name or number.
pub(super) fn protocol(word: &str) -> Option<u8> {
    named(PROTOCOLS, &word.to_ascii_lowercase()).or_else(|| word.parse().ok())
}

/// A port by name or number.
pub(super) fn port(word: &str) -> Option<u16> {
    word.parse().ok().or_else(|| named(PORTS, word))
}

/// Ports from `a` to `b`, written `a`, `a-b` or (iptables) `a:b` with either left out.
pub(super) fn ports(word: &str) -> Option<(u16, u16)> {
    if let Some(one) = port(word) {
        return Some((one, one));
    }
    if let Some((first, last)) = word.split_once(':') {
        let first = if first.is_empty() { 0 } else { port(first)? };
        return Some((first, if last.is_empty() { u16::MAX } else { port(last)? }));
    }
    let (first, last) = word.split_once('-')?;
    Some((port(first)?, port(last)?))
}

/// A type of ICMP by name or number, with its code where one is told (`type/code`).
pub(super) fn icmp(word: &str, is_v6: bool) -> Option<(u16, u16)> {
    if word == "any" {
        return Some((0, u16::MAX));
    }
    if let Some((kind, code)) = word.split_once('/') {
        let value = u16::from(kind.parse::<u8>().ok()?) << 8 | u16::from(code.parse::<u8>().ok()?);
        return Some((value, value));
    }
    if let Some((first, last)) =
        word.split_once('-').and_then(|(a, b)| Some((a.parse::<u8>().ok()?, b.parse::<u8>().ok()?)))
    {
        return Some((u16::from(first) << 8, u16::from(last) << 8 | 0xff));
    }
    let code = |kind: u16, code: u16| Some((kind << 8 | code, kind << 8 | code));
    match (word, is_v6) {
        ("network-unreachable", false) => return code(3, 0),
        ("host-unreachable", false) => return code(3, 1),
        ("protocol-unreachable", false) => return code(3, 2),
        ("port-unreachable", false) => return code(3, 3),
        ("fragmentation-needed", false) => return code(3, 4),
        ("ttl-exceeded" | "ttl-zero-during-transit", false) => return code(11, 0),
        _ => {}
    }
    let known = if is_v6 { ICMP_V6 } else { ICMP };
    let kind = u16::from(named(known, word).or_else(|| word.parse().ok())?) << 8;
    Some((kind, kind | 0xff))
}

/// Addresses: one, a network, or a range.
pub(super) fn addresses(word: &str) -> Option<AddressTest> {
    if let Some((first, last)) = word.split_once('-') {
        return Some(AddressTest::Range(first.parse().ok()?, last.parse().ok()?));
    }
    let (address, length) = match word.split_once('/') {
        Some((address, length)) => (address.parse::<IpAddr>().ok()?, length_of(length)?),
        None => {
            let address: IpAddr = word.parse().ok()?;
            (address, if address.is_ipv4() { 32 } else { 128 })
        }
    };
    Cidr::new(address, length).map(AddressTest::Network)
}

/// The length of a prefix, or of a mask whose ones stand together.
fn length_of(word: &str) -> Option<u8> {
    if let Ok(length) = word.parse() {
        return Some(length);
    }
    let bits = match word.parse().ok()? {
        IpAddr::V4(mask) => u128::from(mask.to_bits()) << 96,
        IpAddr::V6(mask) => mask.to_bits(),
    };
    let length = bits.leading_ones();
    (bits.checked_shl(length).unwrap_or(0) == 0).then(|| u8::try_from(length).ok()).flatten()
}

/// Packets of a protocol, to ports or from them.
fn service(protocol: u8, source_ports: Vec<(u16, u16)>, destination_ports: Vec<(u16, u16)>) -> Service {
    Service { protocol, source_ports, destination_ports }
}

/// What the packets are whose field has a value; `None` where value or field is not understood.
pub(super) fn one(field: &Field, value: &str) -> Option<Match> {
    let services = |services: Vec<Service>| Match { services, ..Match::default() };
    let port_services = |protocols: &[u8], is_source: bool| {
        let range = ports(value)?;
        let of = |protocol: &u8| match is_source {
            true => service(*protocol, vec![range], Vec::new()),
            false => service(*protocol, Vec::new(), vec![range]),
        };
        Some(services(protocols.iter().map(of).collect()))
    };
    let of_family = |is_v6: &bool| {
        let test = addresses(value)?;
        let is_right = match test {
            AddressTest::Network(network) => network.base().is_ipv6() == *is_v6,
            AddressTest::Range(first, last) => first.is_ipv6() == *is_v6 && last.is_ipv6() == *is_v6,
            _ => false,
        };
        is_right.then_some(test)
    };
    let name = || {
        let is_prefix = value.ends_with('*');
        vec![Name { text: value.trim_end_matches('*').to_owned(), is_prefix }]
    };
    Some(match field {
        Field::Source(is_v6) => Match { sources: vec![of_family(is_v6)?], ..Match::default() },
        Field::Destination(is_v6) => Match { destinations: vec![of_family(is_v6)?], ..Match::default() },
        Field::SourcePort(protocols) => return port_services(protocols, true),
        Field::DestinationPort(protocols) => return port_services(protocols, false),
        Field::Transport => services(protocols_from(value)?),
        Field::ProtocolV4 | Field::NextHeader => Match { services: protocols_from(value)?, ..present(field) },
        Field::Family => Match {
            sources: vec![match value {
                "ip" | "ipv4" | "0x0800" | "2" => AddressTest::AnyV4,
                "ip6" | "ipv6" | "0x86dd" | "10" => AddressTest::AnyV6,
                _ => return None,
            }],
            ..Match::default()
        },
        Field::InwardName => Match { inward: name(), ..Match::default() },
        Field::OutwardName => Match { outward: name(), ..Match::default() },
        Field::IcmpType(is_v6) => {
            let range = icmp(value, *is_v6)?;
            services(vec![service(if *is_v6 { 58 } else { 1 }, Vec::new(), vec![range])])
        }
        Field::ConnectionState | Field::ConnectionDirection | Field::Other(_) => return None,
    })
}

fn protocols_from(value: &str) -> Option<Vec<Service>> {
    let any = |number| service(number, Vec::new(), Vec::new());
    if let Some(number) = protocol(value) {
        return Some(vec![any(number)]);
    }
    let (first, last) = value.split_once('-')?;
    Some((protocol(first)?..=protocol(last)?).map(any).collect())
}

/// The packets that have a field at all: what a rule that compares it takes for granted.
pub(super) fn present(field: &Field) -> Match {
    let any = |number: &u8| service(*number, Vec::new(), Vec::new());
    let family = |is_v6: bool| vec![if is_v6 { AddressTest::AnyV6 } else { AddressTest::AnyV4 }];
    match field {
        Field::Source(is_v6) | Field::Destination(is_v6) => {
            Match { sources: family(*is_v6), ..Match::default() }
        }
        Field::ProtocolV4 => Match { sources: family(false), ..Match::default() },
        Field::NextHeader => Match { sources: family(true), ..Match::default() },
        Field::SourcePort(protocols) | Field::DestinationPort(protocols) => {
            Match { services: protocols.iter().map(any).collect(), ..Match::default() }
        }
        Field::IcmpType(is_v6) => {
            Match { services: vec![any(if *is_v6 { &58 } else { &1 })], ..Match::default() }
        }
        _ => Match::default(),
    }
}

/// Ports before, behind or beside a number: `<`, `<=`, `>`, `>=`.
pub(super) fn compared(operator: &str, value: &str) -> Option<String> {
    let port = port(value)?;
    Some(match operator {
        "<" => format!("0-{}", port.checked_sub(1)?),
        "<=" => format!("0-{port}"),
        ">" => format!("{}-65535", port.checked_add(1)?),
        _ => format!("{port}-65535"),
    })
}

/// True where ports are compared.
pub(super) fn has_ports(field: &Field) -> bool {
    matches!(field, Field::SourcePort(protocols) | Field::DestinationPort(protocols) if !protocols.is_empty() && protocols.len() <= WITH_PORTS.len())
}
