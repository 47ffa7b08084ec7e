//! Cisco IOS and IOS-XE: numbered and named access lists, object groups, interfaces, static routes (Cisco IOS
//! Security Command Reference, "access-list (IP extended)", "ip access-list", "permit", "object-group").

use super::ios_entries::{Kind, Named, entry, list};
use super::ios_objects::Groups;
use super::times::Ranges;
use super::{Configuration, Interface, LINES_MAX, Route, Unbound, Unreadable, ios_six, unbound};
use cordon_model::Cidr;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

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
    List { name: String, kind: Kind, place: u32 },
    Addresses(String),
    Services(String),
}

/// Reads a running configuration.
pub fn read(text: &str) -> Result<Configuration, Unreadable> {
    if text.contains('\0') {
        return Err(Unreadable::NotText);
    }
    let mut configuration = Configuration::default();
    let named = Named { groups: gather_groups(text)?, ranges: Ranges::of(text) };
    let mut section = Section::None;
    let mut lists_v6: BTreeMap<String, u32> = BTreeMap::new();
    for (place, line) in (1u32..).zip(text.lines()) {
        let words = Words::of(line);
        let Some(first) = words.clone().next().filter(|word| !word.starts_with('!')) else { continue };
        let is_inner = line.starts_with([' ', '\t']);
        if !is_inner {
            section = begin(&mut configuration, place, line, first, words, &named);
            if let Section::List { name, kind: Kind::Ipv6, place } = &section {
                lists_v6.entry(name.clone()).or_insert(*place);
            }
            continue;
        }
        match &section {
            Section::Interface => of_interface(&mut configuration, place, line),
            Section::List { name, kind, .. } => {
                entry(&mut configuration, name, *kind, place, line.trim(), &named);
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
    // Multicast is not routed unless it is switched on; a part of a configuration does not say.
    if configuration.release.is_some() || configuration.hostname.is_some() {
        configuration.multicast.get_or_insert(false);
    }
    configuration.unbound = unbound::find(&configuration, text)
        .into_iter()
        .map(|list| Unbound { only_ipv6: Some(lists_v6.contains_key(&list)), list })
        .collect();
    // A router without lists still says the way, and that nothing is stopped there; lists without interfaces say what
    // they would stop.
    match configuration.interfaces.is_empty() && configuration.lists.is_empty() {
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
    named: &Named,
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
            let kind = if is_standard { Kind::Standard } else { Kind::Extended };
            entry(configuration, name, kind, place, &words.joined(), named);
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
            let kind = if kind == "standard" { Kind::Standard } else { Kind::Extended };
            return Section::List { name: name.to_owned(), kind, place };
        }
        (Some("access-list"), ..) => configuration.pass_over(place, line),
        (Some("multicast-routing"), ..) => configuration.multicast = Some(true),
        (Some("route"), ..) => {
            let mut words = Words::of(line);
            words.next();
            words.next();
            match route(&mut words, place) {
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
            list(configuration, name);
            return Section::List { name: name.to_owned(), kind: Kind::Ipv6, place };
        }
        Some("route") => match route(words, place) {
            Some(route) => configuration.routes.push(route),
            None => configuration.pass_over(place, line),
        },
        Some("multicast-routing") => configuration.multicast = Some(true),
        Some("nat" | "inspect") => configuration.pass_over(place, line),
        _ => {}
    }
    Section::None
}

/// `[vrf NAME] NETWORK [MASK] [INTERFACE] [NEIGHBOUR] …`, behind `ip route` or `ipv6 route`.
fn route(words: &mut Words<'_>, place: u32) -> Option<Route> {
    let mut word = words.next()?;
    let mut vrf = None;
    if word == "vrf" {
        vrf = Some(words.next()?.to_owned());
        word = words.next()?;
    }
    let network = match word.contains('/') {
        true => network_of_mask(word, None)?,
        false => network_of_mask(word, words.next())?,
    };
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
        (Some("ip"), Some("helper-address")) => interface.relay = Some(place),
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
