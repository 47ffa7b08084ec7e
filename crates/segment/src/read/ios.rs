//! Cisco IOS and IOS-XE: numbered and named access lists, object groups, interfaces, static routes (Cisco IOS
//! Security Command Reference, "access-list (IP extended)", "ip access-list", "permit", "object-group").

use super::ios_names::{message, port, protocol};
use super::ios_objects::Groups;
use super::ios_six;
use super::{Configuration, Interface, LINES_MAX, Route, Unreadable};
use crate::lists::{Action, AddressTest, Line, List, Match, Service, State, Verdict};
use cordon_model::Cidr;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP: u8 = 1;

/// A range that ends before it begins: a group without members.
const NO_ADDRESS: AddressTest =
    AddressTest::Range(IpAddr::V4(Ipv4Addr::BROADCAST), IpAddr::V4(Ipv4Addr::UNSPECIFIED));

/// Words of one line.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    rest: std::iter::Peekable<std::str::SplitWhitespace<'a>>,
}

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str) -> Words<'a> {
        Words { rest: line.split_whitespace().peekable() }
    }

    pub(super) fn peek(&mut self) -> Option<&'a str> {
        self.rest.peek().copied()
    }

    pub(super) fn joined(self) -> String {
        self.rest.collect::<Vec<_>>().join(" ")
    }
}

/// What the lines that follow belong to.
enum Section {
    None,
    Interface,
    List { name: String, is_standard: bool },
    ListV6 { name: String, place: u32 },
    Addresses(String),
    Services(String),
}

/// Reads a running configuration.
pub fn read(text: &str) -> Result<Configuration, Unreadable> {
    if text.contains('\0') {
        return Err(Unreadable::NotText);
    }
    let mut configuration = Configuration::default();
    let groups = gather_groups(text)?;
    let mut section = Section::None;
    let mut lists_v6: BTreeMap<String, u32> = BTreeMap::new();
    for (place, line) in (1u32..).zip(text.lines()) {
        let words = Words::of(line);
        let Some(first) = words.clone().next().filter(|word| !word.starts_with('!')) else { continue };
        let is_inner = line.starts_with([' ', '\t']);
        if !is_inner {
            section = begin(&mut configuration, place, line, first, words, &groups);
            if let Section::ListV6 { name, place } = &section {
                lists_v6.entry(name.clone()).or_insert(*place);
            }
            continue;
        }
        match &section {
            Section::Interface => of_interface(&mut configuration, place, line),
            Section::List { name, is_standard } => {
                entry(&mut configuration, name, *is_standard, place, line.trim(), &groups);
            }
            Section::ListV6 { name, .. } => {
                ios_six::entry(&mut configuration, name, place, line.trim(), &groups);
            }
            Section::Addresses(_) | Section::Services(_) | Section::None => {}
        }
    }
    for (name, place) in &lists_v6 {
        if let Some(list) = configuration.lists.get_mut(name) {
            ios_six::end(list, *place);
        }
    }
    configuration.cut_off(text, &["Building configuration", "Current configuration"], "end");
    let is_guarded = |interface: &Interface| interface.guards().next().is_some();
    // A port without an address may be one that a list guards, or be named in a part of a configuration.
    configuration.interfaces.retain(|interface| !interface.addresses.is_empty() || is_guarded(interface));
    guarded_ports(&mut configuration);
    // A router without lists still says the way, and that nothing is stopped there.
    match configuration.interfaces.is_empty() {
        true => Err(Unreadable::NoLists),
        false => Ok(configuration),
    }
}

/// A list on a port of a switch filters what enters its VLAN there; which devices are on that port is not known.
fn guarded_ports(configuration: &mut Configuration) {
    let ports = configuration.interfaces.iter().filter(|one| one.addresses.is_empty());
    let lists: Vec<(Option<u16>, String)> = ports
        .filter_map(|port| {
            let (list, _) = port.guards().next()?;
            Some((port.vlan, format!("access-group {list} on the port {}", port.name)))
        })
        .collect();
    for (vlan, doubt) in lists {
        let name = vlan.map(|vlan| format!("Vlan{vlan}"));
        let is_it = |one: &Interface| match &name {
            Some(name) => one.name == *name,
            None => one.name.starts_with("Vlan"),
        };
        for interface in
            configuration.interfaces.iter_mut().filter(|one| is_it(one) && !one.addresses.is_empty())
        {
            interface.doubts.push(doubt.clone());
        }
    }
}

/// Groups may stand behind the lists that name them.
fn gather_groups(text: &str) -> Result<Groups, Unreadable> {
    let (mut groups, mut section) = (Groups::default(), Section::None);
    for (count, line) in text.lines().enumerate() {
        if count >= LINES_MAX {
            return Err(Unreadable::TooLong);
        }
        if line.starts_with([' ', '\t']) {
            match &section {
                Section::Addresses(name) => groups.address(name, line.trim()),
                Section::Services(name) => groups.service(name, line.trim()),
                _ => {}
            }
            continue;
        }
        section = group_begun(line);
        match &section {
            Section::Addresses(name) => groups.begin(true, name),
            Section::Services(name) => groups.begin(false, name),
            _ => {}
        }
    }
    Ok(groups)
}

fn group_begun(line: &str) -> Section {
    let mut words = Words::of(line);
    if words.next() != Some("object-group") {
        return Section::None;
    }
    match (words.next(), words.next()) {
        (Some("network" | "v6-network"), Some(name)) => Section::Addresses(name.to_owned()),
        (Some("service" | "v6-service"), Some(name)) => Section::Services(name.to_owned()),
        _ => Section::None,
    }
}

/// A line at the left margin.
fn begin(
    configuration: &mut Configuration,
    place: u32,
    line: &str,
    first: &str,
    mut words: Words<'_>,
    groups: &Groups,
) -> Section {
    words.next();
    match first {
        "hostname" => configuration.hostname = words.next().map(str::to_owned),
        "version" => configuration.release = words.next().map(str::to_owned),
        "interface" => {
            let name = words.joined();
            configuration.interfaces.push(Interface { name, place, ..Interface::default() });
            return Section::Interface;
        }
        "access-list" => {
            let Some(name) = words.next() else {
                configuration.pass_over(place, line);
                return Section::None;
            };
            let is_standard = name.parse::<u16>().is_ok_and(|n| matches!(n, 1..=99 | 1300..=1999));
            entry(configuration, name, is_standard, place, &words.joined(), groups);
        }
        "object-group" => match group_begun(line) {
            Section::None => configuration.pass_over(place, line),
            section => return section,
        },
        "ip" => return begin_ip(configuration, place, line, words),
        "ipv6" => return begin_ipv6(configuration, place, line, &mut words),
        "zone-pair" | "policy-map" | "class-map" | "crypto" => configuration.pass_over(place, line),
        // A list on a whole VLAN: `vlan access-map`, `vlan filter`.
        "vlan" if matches!(words.peek(), Some("access-map" | "filter")) => {
            configuration.pass_over(place, line)
        }
        _ => {}
    }
    Section::None
}

fn begin_ip(configuration: &mut Configuration, place: u32, line: &str, mut words: Words<'_>) -> Section {
    match (words.next(), words.next(), words.next()) {
        (Some("access-list"), Some(kind @ ("extended" | "standard")), Some(name)) => {
            list(configuration, name);
            return Section::List { name: name.to_owned(), is_standard: kind == "standard" };
        }
        (Some("access-list"), ..) => configuration.pass_over(place, line),
        (Some("route"), ..) => {
            let mut words = Words::of(line);
            words.next();
            words.next();
            match route(words, place) {
                Some(route) => configuration.routes.push(route),
                None => configuration.pass_over(place, line),
            }
        }
        (Some("nat" | "inspect"), ..) => configuration.pass_over(place, line),
        _ => {}
    }
    Section::None
}

fn begin_ipv6(configuration: &mut Configuration, place: u32, line: &str, words: &mut Words<'_>) -> Section {
    match words.next() {
        Some("access-list") => {
            // Settings of logging have a list's place: `ipv6 access-list log-update threshold 9`.
            let Some(name) = words.next().filter(|name| *name != "log-update") else { return Section::None };
            ios_six::begin(configuration, name);
            return Section::ListV6 { name: name.to_owned(), place };
        }
        Some("route") => match ios_six::route(words, place) {
            Some(route) => configuration.routes.push(route),
            None => configuration.pass_over(place, line),
        },
        Some("nat" | "inspect") => configuration.pass_over(place, line),
        _ => {}
    }
    Section::None
}

fn list<'a>(configuration: &'a mut Configuration, name: &str) -> &'a mut List {
    configuration.lists.entry(name.to_owned()).or_insert_with(|| List {
        name: name.to_owned(),
        lines: Vec::new(),
        otherwise: Action::Deny,
    })
}

/// `ip route [vrf NAME] NETWORK MASK [INTERFACE] [NEIGHBOUR] …`.
fn route(mut words: Words<'_>, place: u32) -> Option<Route> {
    let vrf = match words.peek() {
        Some("vrf") => {
            words.next();
            Some(words.next()?.to_owned())
        }
        _ => None,
    };
    let network = network_of_mask(words.next()?, words.next())?;
    let way = words.next()?;
    let (interface, next) = match way.parse::<IpAddr>() {
        Ok(next) => (None, Some(next)),
        Err(_) => (Some(way.to_owned()), words.next().and_then(|word| word.parse().ok())),
    };
    Some(Route { network, interface, next, vrf, place })
}

/// A network by address and subnet mask; the mask's ones stand together.
pub(super) fn network_of_mask(address: &str, mask: Option<&str>) -> Option<Cidr> {
    if let Some((address, length)) = address.split_once('/') {
        return Cidr::new(address.parse().ok()?, length.parse().ok()?);
    }
    let (address, mask) = (address.parse::<Ipv4Addr>().ok()?, mask?.parse::<Ipv4Addr>().ok()?);
    let length = mask.to_bits().leading_ones();
    (mask.to_bits().checked_shl(length).unwrap_or(0) == 0)
        .then(|| Cidr::new(IpAddr::V4(address), u8::try_from(length).ok()?))
        .flatten()
}

fn of_interface(configuration: &mut Configuration, place: u32, line: &str) {
    let mut words = Words::of(line);
    let mut passed_over = false;
    let Some(interface) = configuration.interfaces.last_mut() else { return };
    match (words.next(), words.next()) {
        (Some("shutdown"), None) => interface.is_down = true,
        (Some("switchport"), Some("access")) => {
            interface.vlan = words.last_word().and_then(|number| number.parse().ok());
        }
        (Some("ip"), Some("address")) => match (words.next(), words.next()) {
            (Some(address), mask) => {
                let own = address.split_once('/').map_or(address, |(address, _)| address).parse::<IpAddr>();
                match (own, network_of_mask(address, mask)) {
                    (Ok(own), Some(network)) => interface.addresses.push((own, network.prefix())),
                    // `dhcp` and `negotiated` say no address.
                    _ => passed_over = true,
                }
            }
            _ => passed_over = true,
        },
        (Some("ip"), Some("access-group")) => match (words.next(), words.next()) {
            (Some(name), Some("in")) => interface.inward = Some((name.to_owned(), place)),
            (Some(name), Some("out")) => interface.outward = Some((name.to_owned(), place)),
            _ => passed_over = true,
        },
        (Some("vrf"), Some("forwarding")) => interface.vrf = words.next().map(str::to_owned),
        (Some("ip"), Some("vrf")) => interface.vrf = words.last_word(),
        (Some("ip"), Some("nat" | "inspect" | "policy" | "verify"))
        | (Some("zone-member" | "crypto" | "service-policy"), _) => {
            interface.doubts.push(line.trim().to_owned());
            passed_over = true;
        }
        (Some("ipv6"), Some(_)) => {
            let mut words = Words::of(line);
            words.next();
            passed_over = !ios_six::of_interface(interface, place, line, &mut words);
        }
        _ => {}
    }
    if passed_over {
        configuration.pass_over(place, line);
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.rest.next()
    }
}

impl Words<'_> {
    fn last_word(self) -> Option<String> {
        self.rest.last().map(str::to_owned)
    }
}

/// An entry of a list: `[NUMBER] permit|deny …`, or a remark.
fn entry(
    configuration: &mut Configuration,
    name: &str,
    is_standard: bool,
    place: u32,
    text: &str,
    groups: &Groups,
) {
    let mut words = Words::of(text);
    if words.peek().is_some_and(|word| word.parse::<u32>().is_ok()) {
        words.next();
    }
    let action = match words.next() {
        Some("permit") => Action::Permit,
        Some("deny") => Action::Deny,
        Some("remark") | None => return,
        // `evaluate` of a reflexive list lets answers through; what else there is may do anything.
        Some(_) => {
            let not_understood = Some(text.to_owned());
            let matches = Match { sources: vec![AddressTest::AnyV4], ..Match::default() };
            let line =
                Line { place, text: text.to_owned(), verdict: Verdict::Permit, matches, not_understood };
            configuration.count(&line);
            list(configuration, name).lines.push(line);
            return;
        }
    };
    let mut reading = Reading { groups, doubt: None };
    let read = match is_standard {
        true => reading.standard(&mut words),
        false => reading.extended(&mut words),
    };
    // Whatever could not be read, the line is about IPv4 packets.
    let matches = read.unwrap_or_else(|| {
        reading.doubt.get_or_insert_with(|| "the whole line".to_owned());
        Match { sources: vec![AddressTest::AnyV4], ..Match::default() }
    });
    let verdict = action.into();
    let line = Line { place, text: text.to_owned(), verdict, matches, not_understood: reading.doubt };
    configuration.count(&line);
    list(configuration, name).lines.push(line);
}

struct Reading<'a> {
    groups: &'a Groups,
    /// What was not understood first.
    doubt: Option<String>,
}

impl Reading<'_> {
    fn standard(&mut self, words: &mut Words<'_>) -> Option<Match> {
        let first = words.next()?;
        let source = match first {
            "any" => vec![AddressTest::AnyV4],
            "host" => vec![AddressTest::Wildcard(words.next()?.parse().ok()?, [0; 4].into())],
            "object-group" => self.group(words.next()?),
            address => {
                let address = address.parse().ok()?;
                let wildcard = words.peek().and_then(|word| word.parse::<Ipv4Addr>().ok());
                if wildcard.is_some() {
                    words.next();
                }
                vec![AddressTest::Wildcard(address, wildcard.unwrap_or(Ipv4Addr::UNSPECIFIED))]
            }
        };
        let mut matches = Match { sources: source, ..Match::default() };
        self.rest(words, &mut matches, None);
        Some(matches)
    }

    fn extended(&mut self, words: &mut Words<'_>) -> Option<Match> {
        let word = words.next()?;
        let (number, mut services) = match word {
            "ip" | "ipv4" => (None, Vec::new()),
            "object-group" => {
                let (services, doubt) = self.groups.services_of(words.next()?);
                let is_known = doubt.is_none();
                self.doubt = self.doubt.take().or(doubt);
                // An empty list stands for any: what a group that is not wholly known may hold.
                (None, if is_known { services } else { Vec::new() })
            }
            word => {
                let number = protocol(word)?;
                let service =
                    Service { protocol: number, source_ports: Vec::new(), destination_ports: Vec::new() };
                (Some(number), vec![service])
            }
        };
        let sources = self.address(words)?;
        let source_ports = self.ports(words, number)?;
        let destinations = self.address(words)?;
        let destination_ports = self.ports(words, number)?;
        if let Some(service) = services.first_mut().filter(|_| number.is_some()) {
            (service.source_ports, service.destination_ports) = (source_ports, destination_ports);
        }
        let mut matches = Match { sources, destinations, services, ..Match::default() };
        self.rest(words, &mut matches, number);
        Some(matches)
    }

    fn group(&mut self, name: &str) -> Vec<AddressTest> {
        let (tests, doubt) = self.groups.addresses_of(name);
        if doubt.is_some() {
            // What was not understood of it may hold any address.
            self.doubt = self.doubt.take().or(doubt);
            return vec![AddressTest::AnyV4];
        }
        match tests.is_empty() {
            true => vec![NO_ADDRESS],
            false => tests.into_iter().map(of_ipv4).collect(),
        }
    }

    fn address(&mut self, words: &mut Words<'_>) -> Option<Vec<AddressTest>> {
        Some(match words.next()? {
            "any" | "any4" => vec![AddressTest::AnyV4],
            "host" => vec![AddressTest::Wildcard(words.next()?.parse().ok()?, [0; 4].into())],
            "object-group" => self.group(words.next()?),
            address if address.contains('/') => vec![AddressTest::Network(network_of_mask(address, None)?)],
            address => vec![AddressTest::Wildcard(address.parse().ok()?, words.next()?.parse().ok()?)],
        })
    }

    fn ports(&mut self, words: &mut Words<'_>, number: Option<u8>) -> Option<Vec<(u16, u16)>> {
        match words.peek() {
            Some("eq" | "neq" | "gt" | "lt" | "range") => {
                ports(words, number.filter(|n| matches!(*n, TCP | UDP))?)
            }
            _ => Some(Vec::new()),
        }
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
                // A cookie behind the word may mark the record in the log.
                "log" | "log-input" => {}
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

/// A list of IPv4 has only such packets, whatever its groups hold.
fn of_ipv4(test: AddressTest) -> AddressTest {
    if test == AddressTest::Any { AddressTest::AnyV4 } else { test }
}

/// `echo`, or a type and perhaps a code by number.
fn icmp(words: &mut Words<'_>) -> Option<(u16, u16)> {
    let word = words.peek()?;
    if let Some(found) = message(word) {
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
