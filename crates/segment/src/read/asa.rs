//! Cisco ASA: names, objects and object groups, extended access lists, interfaces with their security levels,
//! address translation, static routes (Cisco ASA Series Command Reference; General Operations CLI Configuration
//! Guide, "Access Control", "Network Address Translation").

use super::asa_names::{message, port, protocol};
use super::asa_objects::{Kind, Objects, Section, host, inline_service, service};
use super::ios::{Words, network_of_mask};
use super::ios_entries::ports_by;
use super::times::{Ranges, Window};
use super::{
    Configuration, Interface, Language, Route, Tracking, Unbound, Unreadable, asa_levels, asa_nat, shown,
    unbound,
};
use crate::lists::{Action, AddressTest, Line, List, Match, Service};
use std::net::IpAddr;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// A range that ends before it begins: a group without members.
const NO_ADDRESS: AddressTest = AddressTest::Range(
    IpAddr::V4(std::net::Ipv4Addr::BROADCAST),
    IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
);

/// What an interface's section says besides what every language has.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    /// From 0 (outside) to 100 (inside), with the line that says so.
    pub(super) level: u8,
    pub(super) place: u32,
    /// True where the interface's section is not in the file, and so its level neither.
    pub(super) is_elsewhere: bool,
}

/// What the lines that follow belong to.
enum Open {
    Nothing,
    Interface,
    Object(Section),
}

/// Reads a running configuration.
pub fn read(text: &str) -> Result<Configuration, Unreadable> {
    if text.contains('\0') {
        return Err(Unreadable::NotText);
    }
    let mut reader = Reader { objects: gather(text), ranges: Ranges::of(text), ..Reader::default() };
    reader.found.language = Language::CiscoAsa;
    reader.found.tracking = Tracking::Always;
    let mut open = Open::Nothing;
    for (place, line) in (1u32..).zip(text.lines()) {
        let Some(first) = Words::of(line).next().filter(|word| !word.starts_with(['!', ':'])) else {
            continue;
        };
        if line.starts_with([' ', '\t']) {
            match &open {
                Open::Interface => reader.of_interface(place, line),
                Open::Object(section) if first == "nat" => {
                    let name = section.name.clone();
                    asa_nat::of_object(&mut reader.found, &reader.objects, &name, place, line);
                }
                _ => {}
            }
            continue;
        }
        open = reader.begin(place, line, first);
    }
    reader.found.cut_off(text, &[": Saved"], ": end");
    // Multicast is not routed unless it is switched on; a part of a configuration does not say.
    if reader.found.release.is_some() || reader.found.hostname.is_some() {
        reader.found.multicast.get_or_insert(false);
    }
    reader.finish(text)
}

/// Objects may stand behind the lists that name them.
fn gather(text: &str) -> Objects {
    let mut objects = Objects::default();
    let mut open = None;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some(section) = &open {
                objects.member(section, line);
            }
            continue;
        }
        open = match Words::of(line).next() {
            Some("object" | "object-group") => objects.begin(line),
            Some("name") => {
                let mut words = Words::of(line);
                words.next();
                objects.name(words);
                None
            }
            // A remark between members does not end a section.
            Some(word) if word.starts_with('!') => open,
            _ => None,
        };
    }
    objects
}

#[derive(Default)]
struct Reader {
    found: Configuration,
    objects: Objects,
    ranges: Ranges,
    levels: Vec<Level>,
    /// Lists for all interfaces, with the line that says so.
    everywhere: Option<(String, u32)>,
    /// Lists put on interfaces: list, inward, interface, place.
    put: Vec<(String, bool, String, u32)>,
    between_equals: bool,
}

impl Reader {
    fn begin(&mut self, place: u32, line: &str, first: &str) -> Open {
        let mut words = Words::of(line);
        words.next();
        match first {
            "hostname" => self.found.hostname = words.next().map(str::to_owned),
            "ASA" | "PIX" if words.next() == Some("Version") => {
                self.found.release = words.next().map(str::to_owned);
            }
            "interface" => {
                let name = words.joined();
                self.found.interfaces.push(Interface { name, place, ..Interface::default() });
                self.levels.push(Level { place, ..Level::default() });
                return Open::Interface;
            }
            "object" | "object-group" => match Objects::default().begin(line) {
                Some(section) => return Open::Object(section),
                None => self.found.pass_over(place, line),
            },
            "access-list" => self.access_list(place, line, words),
            "access-group" => self.access_group(place, line, words),
            "same-security-traffic" => {
                self.between_equals |=
                    (words.next(), words.next()) == (Some("permit"), Some("inter-interface"));
            }
            "route" | "ipv6" => match self.route(place, first, words) {
                Some(Some(route)) => self.found.routes.push(route),
                Some(None) => {}
                None => self.found.pass_over(place, line),
            },
            "nat" | "static" | "global" => asa_nat::line(&mut self.found, &self.objects, place, line),
            "multicast-routing" => self.found.multicast = Some(true),
            // What is filtered then are frames of one link.
            "firewall" if words.next() == Some("transparent") => self.found.pass_over(place, line),
            "nat-control" | "crypto" | "policy-list" | "zone" => self.found.pass_over(place, line),
            _ => {}
        }
        Open::Nothing
    }

    fn of_interface(&mut self, place: u32, line: &str) {
        let mut words = Words::of(line);
        let (Some(interface), Some(level)) = (self.found.interfaces.last_mut(), self.levels.last_mut())
        else {
            return;
        };
        match words.next() {
            Some("nameif") => {
                if let Some(name) = words.next() {
                    interface.name = name.to_owned();
                    // What nothing else says: inside is trusted, the rest is not.
                    if level.place == interface.place && name == "inside" {
                        level.level = 100;
                    }
                }
            }
            Some("security-level") => match words.next().and_then(|word| word.parse().ok()) {
                Some(number) => *level = Level { level: number, place, is_elsewhere: false },
                None => self.found.pass_over(place, line),
            },
            Some("shutdown") => interface.is_down = true,
            Some("management-only") => interface.doubts.push("management-only".to_owned()),
            Some("ip") if words.peek() == Some("address") => {
                words.next();
                let own = words.next().and_then(|word| self.objects.address(word));
                let mask = words.next();
                match own.and_then(|own| Some((own, network_of_mask(&own.to_string(), mask)?))) {
                    Some((own, network)) => interface.addresses.push((own, network.prefix())),
                    None => self.found.pass_over(place, line),
                }
            }
            Some("ipv6") if words.peek() == Some("address") => {
                words.next();
                let parts = words.next().and_then(|word| word.split_once('/'));
                let own = parts.and_then(|(own, length)| Some((own.parse().ok()?, length.parse().ok()?)));
                interface.addresses.extend(own);
            }
            _ => {}
        }
    }

    /// A route; `Some(None)` for what is none.
    fn route(&self, place: u32, first: &str, mut words: Words<'_>) -> Option<Option<Route>> {
        if first == "ipv6" && words.next() != Some("route") {
            return Some(None);
        }
        let interface = words.next()?.to_owned();
        let address = words.next()?;
        let network = match first {
            "ipv6" => network_of_mask(address, None)?,
            _ => {
                let mask = words.next()?;
                // 0 0 is short for everything.
                let mask = if mask == "0" { "0.0.0.0" } else { mask };
                let address = if address == "0" {
                    "0.0.0.0".to_owned()
                } else {
                    self.objects.address(address)?.to_string()
                };
                network_of_mask(&address, Some(mask))?
            }
        };
        if interface.eq_ignore_ascii_case("null0") {
            return Some(Some(Route { network, interface: Some(interface), next: None, vrf: None, place }));
        }
        let next = self.objects.address(words.next()?)?;
        Some(Some(Route { network, interface: Some(interface), next: Some(next), vrf: None, place }))
    }

    fn access_group(&mut self, place: u32, line: &str, mut words: Words<'_>) {
        let name = words.next().unwrap_or_default().to_owned();
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("global"), ..) => self.everywhere = Some((name, place)),
            // What is for the firewall itself does not pass through it.
            (Some("in"), Some("interface"), Some(_), Some("control-plane")) => {}
            (Some(way @ ("in" | "out")), Some("interface"), Some(interface), _) => {
                self.put.push((name, way == "in", interface.to_owned(), place));
            }
            _ => self.found.pass_over(place, line),
        }
    }

    fn access_list(&mut self, place: u32, line: &str, mut words: Words<'_>) {
        let Some(name) = words.next() else { return self.found.pass_over(place, line) };
        if words.peek() == Some("line") {
            words.next();
            words.next();
        }
        match words.peek() {
            Some("remark") => return,
            // What selects routes, tunnels or frames, and filters no IP packet on its way.
            Some("standard" | "webtype" | "ethertype") => return,
            // Settings of logging have a list's place: `access-list deny-flow-max 4096`.
            _ if matches!(name, "deny-flow-max" | "alert-interval") => return,
            Some("extended") => _ = words.next(),
            _ => {}
        }
        let action = match words.next() {
            Some("permit") => Action::Permit,
            Some("deny") => Action::Deny,
            _ => return self.found.pass_over(place, line),
        };
        let mut entry = Entry {
            objects: &self.objects,
            ranges: &self.ranges,
            doubt: None,
            is_inactive: false,
            window: None,
        };
        let read = entry.read(&mut words);
        let (doubt, is_inactive, window) = (entry.doubt, entry.is_inactive, entry.window);
        let is_read = read.is_some();
        let doubt = doubt.or_else(|| (!is_read).then(|| "the whole line".to_owned()));
        let mut line = Line {
            place,
            text: shown(line),
            verdict: action.into(),
            matches: read.unwrap_or_default(),
            not_understood: doubt,
        };
        if !is_inactive {
            self.found.timed(name, &mut line, window);
        }
        let list = self.found.lists.entry(name.to_owned()).or_insert_with(|| List {
            name: name.to_owned(),
            lines: Vec::new(),
            otherwise: Action::Deny,
        });
        if !is_inactive {
            list.lines.push(line.clone());
            self.found.count(&line);
        }
    }

    fn finish(mut self, text: &str) -> Result<Configuration, Unreadable> {
        let found = &mut self.found;
        for (list, is_inward, interface, place) in &self.put {
            let at = match found.interfaces.iter().position(|one| one.name == *interface) {
                Some(at) => at,
                // A part of a configuration that leaves the interface to what is there.
                None => {
                    let (name, place) = (interface.clone(), *place);
                    found.interfaces.push(Interface { name, place, ..Interface::default() });
                    self.levels.push(Level { place, is_elsewhere: true, ..Level::default() });
                    found.interfaces.len() - 1
                }
            };
            let missing = format!("access-group {list}: that list is not there");
            let is_missing = !found.lists.contains_key(list);
            if is_missing {
                found.pass_over(*place, &missing);
            }
            let Some(interface) = found.interfaces.get_mut(at) else { continue };
            interface.doubts.extend(is_missing.then_some(missing));
            let put = Some((list.clone(), *place));
            if *is_inward { interface.inward = put } else { interface.outward = put }
        }
        let global = self.everywhere.iter().map(|(list, _)| list);
        let global: Vec<&String> = global.collect();
        found.unbound = unbound::find(found, text)
            .into_iter()
            .filter(|list| !global.contains(&list))
            .map(|list| Unbound { list, only_ipv6: None })
            .collect();
        asa_levels::apply(found, &self.levels, self.everywhere.as_ref(), self.between_equals);
        let is_used =
            |one: &Interface| !one.addresses.is_empty() || one.inward.is_some() || one.outward.is_some();
        found.interfaces.retain(is_used);
        match found.lists.is_empty() && found.interfaces.is_empty() {
            true => Err(Unreadable::NoLists),
            false => Ok(self.found),
        }
    }
}

/// An entry of an extended list.
struct Entry<'a> {
    objects: &'a Objects,
    ranges: &'a Ranges,
    doubt: Option<String>,
    is_inactive: bool,
    /// When it counts, where it does not always.
    window: Option<Window>,
}

impl Entry<'_> {
    fn doubt(&mut self, what: String) {
        self.doubt.get_or_insert(what);
    }

    fn read(&mut self, words: &mut Words<'_>) -> Option<Match> {
        let (protocols, mut services) = self.protocols(words)?;
        let sources = self.address(words)?;
        let source_ports = self.ports(words, &protocols)?;
        let destinations = self.address(words)?;
        let destination_ports = match protocols.as_slice() {
            [number @ (1 | 58)] => self.messages(words, *number)?,
            _ => self.ports(words, &protocols)?,
        };
        if !source_ports.is_empty() || !destination_ports.is_empty() {
            services = with_ports(&services, &source_ports, &destination_ports);
        }
        self.rest(words);
        Some(Match { sources, destinations, services, ..Match::default() })
    }

    /// The protocols whose ports may be asked for behind the addresses, and the services as far as they are known.
    fn protocols(&mut self, words: &mut Words<'_>) -> Option<(Vec<u8>, Vec<Service>)> {
        let word = words.next()?;
        match word {
            "ip" => Some((Vec::new(), Vec::new())),
            "object" | "object-group" => {
                let name = words.next()?;
                if self.objects.has(Kind::Protocol, name) {
                    let found = self.objects.services(Kind::Protocol, name);
                    let numbers = found.services.iter().map(|service| service.protocol).collect();
                    return Some((numbers, self.known(found.services, found.is_any, found.doubt, name)));
                }
                if !self.objects.has(Kind::Service, name)
                    && let Some(service) = inline_service(name)
                {
                    return Some((vec![service.protocol], vec![service]));
                }
                let found = self.objects.services(Kind::Service, name);
                let mut services = found.services;
                for (protocols, range) in found.ports {
                    let of = |number| Service { destination_ports: vec![range], ..service(number) };
                    services.extend(protocols.into_iter().map(of));
                }
                Some((Vec::new(), self.known(services, found.is_any, found.doubt, name)))
            }
            word => {
                let number = protocol(word)?;
                Some((vec![number], vec![service(number)]))
            }
        }
    }

    /// Services of a group; an empty list stands for any, which is what one that is not wholly known may hold.
    fn known(
        &mut self,
        services: Vec<Service>,
        is_any: bool,
        doubt: Option<String>,
        name: &str,
    ) -> Vec<Service> {
        if services.is_empty() && !is_any && doubt.is_none() {
            self.doubt(format!("{name}, which is empty"));
        }
        match doubt {
            Some(doubt) => {
                self.doubt(doubt);
                Vec::new()
            }
            None if is_any => Vec::new(),
            None => services,
        }
    }

    fn address(&mut self, words: &mut Words<'_>) -> Option<Vec<AddressTest>> {
        Some(match words.next()? {
            "any" => vec![AddressTest::Any],
            "any4" => vec![AddressTest::AnyV4],
            "any6" => vec![AddressTest::AnyV6],
            "host" => vec![host(self.objects.address(words.next()?)?)?],
            "interface" => {
                let name = words.next()?;
                self.doubt(format!("interface {name}"));
                vec![AddressTest::Any]
            }
            "object" | "object-group" => {
                let name = words.next()?;
                match self.objects.addresses(name) {
                    Ok(tests) if tests.is_empty() => vec![NO_ADDRESS],
                    Ok(tests) => tests,
                    Err(doubt) => {
                        self.doubt(doubt);
                        vec![AddressTest::Any]
                    }
                }
            }
            kind @ ("object-group-user"
            | "object-group-security"
            | "security-group"
            | "user"
            | "user-group"
            | "object-group-network-service") => {
                // Who is logged in, or which label a packet has, may be any of the addresses that follow.
                let mut told = vec![kind.to_owned(), words.next()?.to_owned()];
                if kind == "security-group" {
                    told.push(words.next()?.to_owned());
                }
                self.doubt(told.join(" "));
                return self.address(words);
            }
            address if address.contains('/') => vec![self.objects.network(address, None)?],
            address => {
                let mask = words.next()?;
                vec![self.objects.network(address, Some(mask))?]
            }
        })
    }

    /// Ports behind an address: an operator, or a group of ports.
    fn ports(&mut self, words: &mut Words<'_>, protocols: &[u8]) -> Option<Vec<(u16, u16)>> {
        let number = protocols.first().copied().unwrap_or(0);
        match words.peek() {
            Some("eq" | "neq" | "gt" | "lt" | "range")
                if protocols.iter().any(|one| matches!(*one, TCP | UDP | 132)) =>
            {
                ports_by(words, number, port)
            }
            Some("eq" | "neq" | "gt" | "lt" | "range") => None,
            Some("object-group") => {
                let mut ahead = words.clone();
                ahead.next();
                let name = ahead.next()?;
                // A group of addresses is whom the packet is for.
                if self.objects.has(Kind::Network, name) || !self.objects.has(Kind::Service, name) {
                    return Some(Vec::new());
                }
                words.next();
                words.next();
                let found = self.objects.services(Kind::Service, name);
                if protocols.is_empty() {
                    self.doubt(format!("object-group {name} without a protocol"));
                    return Some(Vec::new());
                }
                if let Some(doubt) = found.doubt {
                    self.doubt(doubt);
                    return Some(Vec::new());
                }
                let ports: Vec<(u16, u16)> = found
                    .ports
                    .into_iter()
                    .filter(|(meant, _)| meant.iter().any(|one| protocols.contains(one)))
                    .map(|(_, range)| range)
                    .collect();
                // None of them is for this protocol: no port matches.
                Some(if ports.is_empty() { vec![(1, 0)] } else { ports })
            }
            _ => Some(Vec::new()),
        }
    }

    /// An ICMP message, or a group of them.
    fn messages(&mut self, words: &mut Words<'_>, number: u8) -> Option<Vec<(u16, u16)>> {
        match words.peek() {
            Some("object-group") => {
                words.next();
                let name = words.next()?;
                let found = self.objects.services(Kind::Icmp, name);
                match found.doubt {
                    Some(doubt) => {
                        self.doubt(doubt);
                        Some(Vec::new())
                    }
                    None => Some(found.ports.into_iter().map(|(_, range)| range).collect()),
                }
            }
            Some(word) => Some(match message(word, number == 58) {
                Some(range) => {
                    words.next();
                    let code = words.peek().and_then(|word| word.parse::<u8>().ok());
                    if code.is_some() {
                        words.next();
                    }
                    vec![code.map_or(range, |code| (range.0 | u16::from(code), range.0 | u16::from(code)))]
                }
                None => Vec::new(),
            }),
            None => Some(Vec::new()),
        }
    }

    /// What stands behind addresses and ports.
    fn rest(&mut self, words: &mut Words<'_>) {
        while let Some(word) = words.next() {
            match word {
                // Level and interval may follow.
                "log" => {
                    while words.peek().is_some_and(|word| !matches!(word, "inactive" | "time-range")) {
                        words.next();
                    }
                }
                "inactive" => self.is_inactive = true,
                "time-range" if words.peek().is_some_and(|name| self.ranges.window(name).is_some()) => {
                    self.window = words.next().and_then(|name| self.ranges.window(name)).cloned();
                }
                other => {
                    let mut told = vec![other];
                    told.extend(std::iter::from_fn(|| words.next()));
                    self.doubt(told.join(" "));
                }
            }
        }
    }
}

/// Services with ports that stand behind the addresses.
fn with_ports(services: &[Service], sources: &[(u16, u16)], destinations: &[(u16, u16)]) -> Vec<Service> {
    let of = |service: &Service| Service {
        protocol: service.protocol,
        source_ports: if sources.is_empty() { service.source_ports.clone() } else { sources.to_vec() },
        destination_ports: match destinations.is_empty() {
            true => service.destination_ports.clone(),
            false => destinations.to_vec(),
        },
    };
    services.iter().map(of).collect()
}
