//! Entries of the access lists of Cisco IOS and IOS-XE, of both IP families (Cisco IOS Security Command Reference,
//! "access-list (IP extended)", "permit"; Cisco IOS IPv6 Command Reference, "permit (IPv6)"): they differ in how
//! addresses are written and in the names of ICMP messages.

use super::Configuration;
use super::ios::{Words, network_of_mask};
use super::ios_names::{message, port, protocol};
use super::ios_objects::Groups;
use super::times::{Ranges, Window};
use crate::lists::{Action, AddressTest, Line, List, Match, Service, State, Verdict};
use cordon_model::Cidr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Ranges that end before they begin: groups without members.
const NO_ADDRESS: [AddressTest; 2] = [
    AddressTest::Range(IpAddr::V4(Ipv4Addr::BROADCAST), IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
    AddressTest::Range(
        IpAddr::V6(Ipv6Addr::new(0xffff, 0, 0, 0, 0, 0, 0, 0)),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    ),
];

/// What entries of a list look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Sources of IPv4 only.
    Standard,
    /// IPv4.
    Extended,
    /// IPv6.
    Ipv6,
}

/// What entries may name.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) groups: Groups,
    pub(super) ranges: Ranges,
}

/// The list of a name, which is made where there is none: one that stands twice goes on.
pub(super) fn list<'a>(configuration: &'a mut Configuration, name: &str) -> &'a mut List {
    configuration.lists.entry(name.to_owned()).or_insert_with(|| List {
        name: name.to_owned(),
        lines: Vec::new(),
        otherwise: Action::Deny,
    })
}

/// An entry of a list: `[[sequence] NUMBER] permit|deny …`, or a remark.
pub(super) fn entry(
    configuration: &mut Configuration,
    name: &str,
    kind: Kind,
    place: u32,
    text: &str,
    named: &Named,
) {
    let mut words = Words::of(text);
    if words.peek() == Some("sequence") {
        words.next();
    }
    if words.peek().is_some_and(|word| word.parse::<u32>().is_ok()) {
        words.next();
    }
    let mut reading = Reading { named, kind, doubt: None, window: None };
    let (action, read) = match words.next() {
        Some("remark") | None => return,
        Some("permit") => (Action::Permit, reading.line(&mut words)),
        Some("deny") => (Action::Deny, reading.line(&mut words)),
        // `evaluate` of a reflexive list lets answers through; what else there is may do anything.
        Some(_) => {
            reading.doubt = Some(text.to_owned());
            (Action::Permit, None)
        }
    };
    // Whatever could not be read, the line is about packets of its list's family.
    let matches = read.unwrap_or_else(|| {
        reading.doubt.get_or_insert_with(|| "the whole line".to_owned());
        Match { sources: vec![reading.any()], ..Match::default() }
    });
    let (verdict, not_understood) = (Verdict::from(action), reading.doubt);
    let mut line = Line { place, text: text.to_owned(), verdict, matches, not_understood };
    configuration.timed(name, &mut line, reading.window);
    configuration.count(&line);
    list(configuration, name).lines.push(line);
}

struct Reading<'a> {
    named: &'a Named,
    kind: Kind,
    /// What was not understood first.
    doubt: Option<String>,
    /// When the entry counts.
    window: Option<Window>,
}

impl Reading<'_> {
    fn is_ipv6(&self) -> bool {
        self.kind == Kind::Ipv6
    }

    fn any(&self) -> AddressTest {
        if self.is_ipv6() { AddressTest::AnyV6 } else { AddressTest::AnyV4 }
    }

    fn line(&mut self, words: &mut Words<'_>) -> Option<Match> {
        if self.kind == Kind::Standard {
            let mut matches = Match { sources: self.standard(words)?, ..Match::default() };
            self.rest(words, &mut matches, None);
            return Some(matches);
        }
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

    /// The source of a standard list: a wildcard mask may be left out.
    fn standard(&mut self, words: &mut Words<'_>) -> Option<Vec<AddressTest>> {
        if matches!(words.peek()?, "any" | "host" | "object-group") {
            return self.address(words);
        }
        let address = words.next()?.parse().ok()?;
        let wildcard = words.peek().and_then(|word| word.parse::<Ipv4Addr>().ok());
        if wildcard.is_some() {
            words.next();
        }
        Some(vec![AddressTest::Wildcard(address, wildcard.unwrap_or(Ipv4Addr::UNSPECIFIED))])
    }

    /// The protocol, and services as far as they are known; none stands for any.
    fn protocol(&mut self, words: &mut Words<'_>) -> Option<(Option<u8>, Vec<Service>)> {
        let number = match (words.next()?, self.is_ipv6()) {
            ("ip" | "ipv4", false) | ("ipv6", true) => return Some((None, Vec::new())),
            ("object-group", _) => {
                let (services, doubt) = self.named.groups.services_of(words.next()?);
                let is_known = doubt.is_none();
                self.doubt = self.doubt.take().or(doubt);
                // An empty list stands for any: what a group that is not wholly known may hold.
                return Some((None, if is_known { services } else { Vec::new() }));
            }
            ("icmp", true) => 58,
            (word, _) => protocol(word)?,
        };
        let service = Service { protocol: number, source_ports: Vec::new(), destination_ports: Vec::new() };
        Some((Some(number), vec![service]))
    }

    fn group(&mut self, name: &str) -> Vec<AddressTest> {
        let (tests, doubt) = self.named.groups.addresses_of(name);
        if doubt.is_some() {
            // What was not understood of it may hold any address.
            self.doubt = self.doubt.take().or(doubt);
            return vec![self.any()];
        }
        let any = self.any();
        // A list has packets of its family only, whatever its groups hold.
        let of_family = |test| if test == AddressTest::Any { any } else { test };
        match tests.is_empty() {
            true => NO_ADDRESS.into_iter().skip(usize::from(self.is_ipv6())).take(1).collect(),
            false => tests.into_iter().map(of_family).collect(),
        }
    }

    fn address(&mut self, words: &mut Words<'_>) -> Option<Vec<AddressTest>> {
        Some(match (words.next()?, self.is_ipv6()) {
            ("any", _) | ("any4", false) => vec![self.any()],
            ("object-group", _) => self.group(words.next()?),
            ("host", false) => vec![AddressTest::Wildcard(words.next()?.parse().ok()?, [0; 4].into())],
            ("host", true) => {
                let address: Ipv6Addr = words.next()?.parse().ok()?;
                vec![AddressTest::Network(Cidr::new(IpAddr::V6(address), 128)?)]
            }
            (word, false) if !word.contains('/') => {
                vec![AddressTest::Wildcard(word.parse().ok()?, words.next()?.parse().ok()?)]
            }
            (word, is_ipv6) => {
                let network = network_of_mask(word, None)?;
                (network.base().is_ipv6() == is_ipv6).then(|| vec![AddressTest::Network(network)])?
            }
        })
    }

    /// What stands behind addresses and ports.
    fn rest(&mut self, words: &mut Words<'_>, matches: &mut Match, number: Option<u8>) {
        if number == Some(if self.is_ipv6() { 58 } else { 1 })
            && let Some(found) = icmp(words, self.is_ipv6())
            && let Some(service) = matches.services.first_mut()
        {
            service.destination_ports = vec![found];
        }
        while let Some(word) = words.next() {
            match word {
                // A cookie behind the word may mark the record in the log.
                "log" | "log-input" => {}
                // Its place in the list, which the order of lines says already.
                "sequence" if self.is_ipv6() => _ = words.next(),
                "established" if number == Some(TCP) => matches.state = State::Established,
                "time-range" if words.peek().is_some_and(|name| self.named.ranges.window(name).is_some()) => {
                    self.window = words.next().and_then(|name| self.named.ranges.window(name)).cloned();
                }
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
fn icmp(words: &mut Words<'_>, is_ipv6: bool) -> Option<(u16, u16)> {
    let word = words.peek()?;
    if let Some(found) = message(word, is_ipv6) {
        words.next();
        return Some(found);
    }
    let kind = u16::from(word.parse::<u8>().ok()?) << 8;
    words.next();
    let code = words.peek().and_then(|word| word.parse::<u8>().ok());
    Some(match code {
        Some(code) => {
            words.next();
            (kind | u16::from(code), kind | u16::from(code))
        }
        None => (kind, kind | 0xff),
    })
}

/// `eq` with one port or several, `neq`, `gt`, `lt`, `range`.
pub(super) fn ports(words: &mut Words<'_>, number: u8) -> Option<Vec<(u16, u16)>> {
    ports_by(words, number, port)
}

/// The same with the names of another language.
pub(super) fn ports_by(
    words: &mut Words<'_>,
    number: u8,
    port: fn(&str, u8) -> Option<u16>,
) -> Option<Vec<(u16, u16)>> {
    let operator = words.peek().filter(|word| matches!(*word, "eq" | "neq" | "gt" | "lt" | "range"))?;
    words.next();
    let first = port(words.next()?, number)?;
    Some(match operator {
        "eq" => {
            let mut ports = vec![(first, first)];
            while let Some(next) = words.peek().and_then(|word| port(word, number)) {
                ports.push((next, next));
                words.next();
            }
            ports
        }
        // Both sides of the one that is left out; a side without ports is written so that it matches none.
        "neq" => {
            [first.checked_sub(1).map(|last| (0, last)), first.checked_add(1).map(|next| (next, u16::MAX))]
                .into_iter()
                .flatten()
                .collect()
        }
        "gt" => vec![first.checked_add(1).map_or((1, 0), |next| (next, u16::MAX))],
        "lt" => vec![first.checked_sub(1).map_or((1, 0), |last| (0, last))],
        _ => vec![(first, port(words.next()?, number)?)],
    })
}
