//! Cisco IOS and IOS-XE, what concerns IPv6: access lists, interfaces, static routes (Cisco IOS IPv6 Command Reference,
//! "ipv6 access-list", "permit (IPv6)", "ipv6 traffic-filter", "ipv6 address", "ipv6 route").

use super::ios::{Words, ports};
use super::ios_names;
use super::ios_objects::Groups;
use super::{Configuration, Interface, Route};
use crate::lists::{Action, AddressTest, Line, List, Match, Service, State};
use cordon_model::Cidr;
use std::net::{IpAddr, Ipv6Addr};

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP: u8 = 58;

/// A range that ends before it begins: a group without members.
const NO_ADDRESS: AddressTest = AddressTest::Range(
    IpAddr::V6(Ipv6Addr::new(0xffff, 0, 0, 0, 0, 0, 0, 0)),
    IpAddr::V6(Ipv6Addr::UNSPECIFIED),
);

/// What a list permits at its end without saying so, before it denies the rest (Cisco IOS IPv6 Command Reference,
/// "ipv6 access-list": neighbour discovery).
const AT_THE_END: [(&str, u16); 2] = [("nd-na", 136), ("nd-ns", 135)];

/// ICMPv6 messages by IOS's names (RFC 4443, RFC 4861, RFC 2710, RFC 2894): the type, and the code where the name means
/// one.
const MESSAGES: &[(&str, u8, Option<u8>)] = &[
    ("beyond-scope", 1, Some(2)),
    ("destination-unreachable", 1, Some(3)),
    ("echo-reply", 129, None),
    ("echo-request", 128, None),
    ("header", 4, Some(0)),
    ("hop-limit", 3, Some(0)),
    ("mld-query", 130, None),
    ("mld-reduction", 132, None),
    ("mld-report", 131, None),
    ("nd-na", 136, None),
    ("nd-ns", 135, None),
    ("next-header", 4, Some(1)),
    ("no-admin", 1, Some(1)),
    ("no-route", 1, Some(0)),
    ("packet-too-big", 2, None),
    ("parameter-option", 4, Some(2)),
    ("parameter-problem", 4, None),
    ("port-unreachable", 1, Some(4)),
    ("reassembly-timeout", 3, Some(1)),
    ("redirect", 137, None),
    ("renum-command", 138, Some(0)),
    ("renum-result", 138, Some(1)),
    ("renum-seq-number", 138, Some(255)),
    ("router-advertisement", 134, None),
    ("router-renumbering", 138, None),
    ("router-solicitation", 133, None),
    ("time-exceeded", 3, None),
    ("unreachable", 1, None),
];

/// The values of type × 256 + code that a message by name stands for.
pub(super) fn message(word: &str) -> Option<(u16, u16)> {
    let (_, kind, code) = MESSAGES.iter().find(|(name, ..)| *name == word)?;
    let start = u16::from(*kind) << 8;
    Some(match code {
        Some(code) => (start | u16::from(*code), start | u16::from(*code)),
        None => (start, start | 0xff),
    })
}

/// A network as IOS writes it, `2001:db8::1/64`: the address and the network.
fn network(word: &str) -> Option<(Ipv6Addr, Cidr)> {
    let (address, length) = word.split_once('/')?;
    let address: Ipv6Addr = address.parse().ok()?;
    Some((address, Cidr::new(IpAddr::V6(address), length.parse().ok()?)?))
}

/// `ipv6 …` in an interface's section, behind the first word; false where it was not understood.
pub(super) fn of_interface(interface: &mut Interface, place: u32, line: &str, words: &mut Words<'_>) -> bool {
    match (words.next(), words.next(), words.next()) {
        (Some("traffic-filter"), Some(name), Some("in")) => {
            interface.inward_v6 = Some((name.to_owned(), place));
        }
        (Some("traffic-filter"), Some(name), Some("out")) => {
            interface.outward_v6 = Some((name.to_owned(), place));
        }
        // Neighbours only, who are asked through no router.
        (Some("address"), Some(_), Some("link-local")) => {}
        (Some("address"), Some(own), end) => match (network(own), end) {
            (Some((own, network)), None | Some("anycast")) => {
                interface.addresses.push((IpAddr::V6(own), network.prefix()));
            }
            // The rest of the address is made of the interface's MAC address, which is not told.
            (Some((_, network)), Some("eui-64")) => {
                interface.addresses.push((network.base(), network.prefix()));
            }
            // From elsewhere: `autoconfig`, `dhcp`, the name of a prefix.
            _ => return false,
        },
        (Some("policy" | "verify" | "inspect" | "nat" | "traffic-filter"), ..) => {
            interface.doubts.push(line.trim().to_owned());
            return false;
        }
        _ => {}
    }
    true
}

/// `ipv6 route [vrf NAME] NETWORK [INTERFACE] [NEIGHBOUR] …`, behind the second word.
pub(super) fn route(words: &mut Words<'_>, place: u32) -> Option<Route> {
    let mut word = words.next()?;
    let mut vrf = None;
    if word == "vrf" {
        vrf = Some(words.next()?.to_owned());
        word = words.next()?;
    }
    let (_, network) = network(word)?;
    let way = words.next()?;
    let (interface, next) = match way.parse::<IpAddr>() {
        Ok(next) => (None, Some(next)),
        Err(_) => (Some(way.to_owned()), words.next().and_then(|word| word.parse().ok())),
    };
    Some(Route { network, interface, next, vrf, place })
}

/// Begins a list; one that stands twice goes on.
pub(super) fn begin(configuration: &mut Configuration, name: &str) {
    configuration.lists.entry(name.to_owned()).or_insert_with(|| List {
        name: name.to_owned(),
        lines: Vec::new(),
        otherwise: Action::Deny,
    });
}

/// An entry of a list: `[sequence NUMBER] permit|deny …`, or a remark.
pub(super) fn entry(configuration: &mut Configuration, name: &str, place: u32, text: &str, groups: &Groups) {
    let mut words = Words::of(text);
    if words.peek() == Some("sequence") {
        words.next();
    }
    if words.peek().is_some_and(|word| word.parse::<u32>().is_ok()) {
        words.next();
    }
    let unknown = || Match { sources: vec![AddressTest::AnyV6], ..Match::default() };
    let (action, read, doubt) = match words.next() {
        Some("remark") | None => return,
        Some(word @ ("permit" | "deny")) => {
            let action = if word == "permit" { Action::Permit } else { Action::Deny };
            let mut reading = Reading { groups, doubt: None };
            let read = reading.line(&mut words);
            let doubt = reading.doubt.or_else(|| read.is_none().then(|| "the whole line".to_owned()));
            (action, read.unwrap_or_else(unknown), doubt)
        }
        // `evaluate` of a reflexive list lets answers through; what else there is may do anything.
        Some(_) => (Action::Permit, unknown(), Some(text.to_owned())),
    };
    let line =
        Line { place, text: text.to_owned(), verdict: action.into(), matches: read, not_understood: doubt };
    configuration.count(&line);
    begin(configuration, name);
    if let Some(list) = configuration.lists.get_mut(name) {
        list.lines.push(line);
    }
}

/// Puts behind a list what it permits without saying so, unless it says that itself or ends before.
pub(super) fn end(list: &mut List, place: u32) {
    for (name, kind) in AT_THE_END {
        let is_said = |line: &Line| {
            let text = line.text.as_str();
            text.contains(&format!("icmp any any {name}"))
                || text.contains("ipv6 any any")
                || text.ends_with("icmp any any")
        };
        if list.lines.iter().any(is_said) {
            continue;
        }
        let values = (kind << 8, kind << 8 | 0xff);
        let service = Service { protocol: ICMP, source_ports: Vec::new(), destination_ports: vec![values] };
        let any = || vec![AddressTest::AnyV6];
        list.lines.push(Line {
            place,
            text: format!("permit icmp any any {name} (at the end of every IPv6 list)"),
            verdict: Action::Permit.into(),
            matches: Match {
                sources: any(),
                destinations: any(),
                services: vec![service],
                ..Match::default()
            },
            not_understood: None,
        });
    }
}

struct Reading<'a> {
    groups: &'a Groups,
    /// What was not understood first.
    doubt: Option<String>,
}

impl Reading<'_> {
    fn line(&mut self, words: &mut Words<'_>) -> Option<Match> {
        let (number, mut services) = self.protocol(words)?;
        let sources = self.address(words)?;
        let source_ports = ports_of(words, number)?;
        let destinations = self.address(words)?;
        let destination_ports = ports_of(words, number)?;
        if let Some(service) = services.first_mut().filter(|_| number.is_some()) {
            (service.source_ports, service.destination_ports) = (source_ports, destination_ports);
        }
        let mut matches = Match { sources, destinations, services, ..Match::default() };
        self.rest(words, &mut matches, number);
        Some(matches)
    }

    /// The protocol, and services as far as they are known; none stands for any.
    fn protocol(&mut self, words: &mut Words<'_>) -> Option<(Option<u8>, Vec<Service>)> {
        let number = match words.next()? {
            "ipv6" => return Some((None, Vec::new())),
            "object-group" => {
                let (services, doubt) = self.groups.services_of(words.next()?);
                let is_known = doubt.is_none();
                self.doubt = self.doubt.take().or(doubt);
                return Some((None, if is_known { services } else { Vec::new() }));
            }
            "icmp" => ICMP,
            word => ios_names::protocol(word)?,
        };
        let service = Service { protocol: number, source_ports: Vec::new(), destination_ports: Vec::new() };
        Some((Some(number), vec![service]))
    }

    fn address(&mut self, words: &mut Words<'_>) -> Option<Vec<AddressTest>> {
        Some(match words.next()? {
            "any" => vec![AddressTest::AnyV6],
            "host" => {
                let address: Ipv6Addr = words.next()?.parse().ok()?;
                vec![AddressTest::Network(Cidr::new(IpAddr::V6(address), 128)?)]
            }
            "object-group" => {
                let (tests, doubt) = self.groups.addresses_of(words.next()?);
                match (doubt, tests.is_empty()) {
                    (Some(doubt), _) => {
                        self.doubt.get_or_insert(doubt);
                        vec![AddressTest::AnyV6]
                    }
                    (None, true) => vec![NO_ADDRESS],
                    (None, false) => tests,
                }
            }
            word => vec![AddressTest::Network(network(word)?.1)],
        })
    }

    /// What stands behind addresses and ports.
    fn rest(&mut self, words: &mut Words<'_>, matches: &mut Match, number: Option<u8>) {
        if number == Some(ICMP)
            && let Some(found) = icmp(words)
            && let Some(service) = matches.services.first_mut()
        {
            service.destination_ports = vec![found];
        }
        while let Some(word) = words.next() {
            match word {
                "log" | "log-input" => {}
                // Its place in the list, which the order of lines says already.
                "sequence" => _ = words.next(),
                "established" if number == Some(TCP) => matches.state = State::Established,
                other => {
                    let rest: Vec<&str> =
                        std::iter::once(other).chain(std::iter::from_fn(|| words.next())).collect();
                    self.doubt.get_or_insert_with(|| rest.join(" "));
                }
            }
        }
    }
}

fn ports_of(words: &mut Words<'_>, number: Option<u8>) -> Option<Vec<(u16, u16)>> {
    match words.peek() {
        Some("eq" | "neq" | "gt" | "lt" | "range") => {
            ports(words, number.filter(|n| matches!(*n, TCP | UDP))?)
        }
        _ => Some(Vec::new()),
    }
}

/// A message by name, or a type and perhaps a code by number.
fn icmp(words: &mut Words<'_>) -> Option<(u16, u16)> {
    let word = words.peek()?;
    if let Some(found) = message(word) {
        words.next();
        return Some(found);
    }
    let kind = u16::from(word.parse::<u8>().ok()?) << 8;
    words.next();
    match words.peek().and_then(|word| word.parse::<u8>().ok()) {
        Some(code) => {
            words.next();
            Some((kind | u16::from(code), kind | u16::from(code)))
        }
        None => Some((kind, kind | 0xff)),
    }
}
