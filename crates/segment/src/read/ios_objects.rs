//! Object groups of Cisco IOS: addresses and services by name, which may hold one another.

use super::ios::{Words, network_of_mask};
use super::ios_entries::ports;
use super::ios_names::{message, protocol};
use crate::lists::{AddressTest, Service};
use cordon_model::Cidr;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// How deep groups may hold one another.
const DEPTH_MAX: usize = 16;
/// Members of one group, with those of the groups it holds.
const MEMBERS_MAX: usize = 100_000;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// The groups of a configuration.
#[derive(Debug, Default)]
pub(super) struct Groups {
    addresses: BTreeMap<String, Vec<AddressMember>>,
    services: BTreeMap<String, Vec<ServiceMember>>,
}

#[derive(Debug)]
enum AddressMember {
    Test(AddressTest),
    Group(String),
    /// A line that was not understood.
    Unknown(String),
}

#[derive(Debug)]
enum ServiceMember {
    /// No protocol stands for any.
    Service(Option<Service>),
    Group(String),
    Unknown(String),
}

impl Groups {
    /// Begins a group; again where it was begun before.
    pub(super) fn begin(&mut self, is_network: bool, name: &str) {
        match is_network {
            true => drop(self.addresses.entry(name.to_owned()).or_default()),
            false => drop(self.services.entry(name.to_owned()).or_default()),
        }
    }

    /// Adds a member of a group of addresses.
    pub(super) fn address(&mut self, name: &str, line: &str) {
        let mut words = Words::of(line);
        let member = match words.next() {
            Some("description") | None => return,
            Some("any") => AddressMember::Test(AddressTest::Any),
            Some("group-object") => match words.next() {
                Some(group) => AddressMember::Group(group.to_owned()),
                None => AddressMember::Unknown(line.to_owned()),
            },
            Some("host") => match words.next().and_then(|word| host(word.parse().ok()?)) {
                Some(test) => AddressMember::Test(test),
                None => AddressMember::Unknown(line.to_owned()),
            },
            Some("range") => {
                match (
                    words.next().and_then(|word| word.parse().ok()),
                    words.next().and_then(|word| word.parse().ok()),
                ) {
                    (Some(first), Some(last)) => AddressMember::Test(AddressTest::Range(first, last)),
                    _ => AddressMember::Unknown(line.to_owned()),
                }
            }
            Some(address) => match network_of_mask(address, words.next()) {
                Some(network) => AddressMember::Test(AddressTest::Network(network)),
                None => AddressMember::Unknown(line.to_owned()),
            },
        };
        if let Some(members) = self.addresses.get_mut(name).filter(|members| members.len() < MEMBERS_MAX) {
            members.push(member);
        }
    }

    /// Adds a member of a group of services.
    pub(super) fn service(&mut self, name: &str, line: &str) {
        let Some(members) = self.services.get_mut(name).filter(|members| members.len() < MEMBERS_MAX) else {
            return;
        };
        let mut words = Words::of(line);
        let added = match words.next() {
            Some("description") | None => return,
            Some("group-object") => words.next().map(|group| vec![ServiceMember::Group(group.to_owned())]),
            Some("ip") => Some(vec![ServiceMember::Service(None)]),
            Some("tcp-udp") => both(&mut words),
            Some(word) => protocol(word)
                .and_then(|number| one(number, &mut words))
                .map(|service| vec![ServiceMember::Service(Some(service))]),
        };
        match added.filter(|_| words.next().is_none()) {
            Some(added) => members.extend(added),
            None => members.push(ServiceMember::Unknown(line.to_owned())),
        }
    }

    /// The tests of a group of addresses, and what of it was not understood.
    pub(super) fn addresses_of(&self, name: &str) -> (Vec<AddressTest>, Option<String>) {
        let (mut tests, mut doubt) = (Vec::new(), None);
        self.gather_addresses(name, 0, &mut tests, &mut doubt);
        (tests, doubt)
    }

    fn gather_addresses(
        &self,
        name: &str,
        depth: usize,
        tests: &mut Vec<AddressTest>,
        doubt: &mut Option<String>,
    ) {
        let Some(members) =
            self.addresses.get(name).filter(|_| depth < DEPTH_MAX && tests.len() < MEMBERS_MAX)
        else {
            doubt.get_or_insert_with(|| missing(name, depth));
            return;
        };
        for member in members {
            match member {
                AddressMember::Test(test) => tests.push(*test),
                AddressMember::Group(group) => self.gather_addresses(group, depth + 1, tests, doubt),
                AddressMember::Unknown(line) => _ = doubt.get_or_insert_with(|| format!("{line} of {name}")),
            }
        }
    }

    /// The services of a group, and what of it was not understood; an empty list stands for any.
    pub(super) fn services_of(&self, name: &str) -> (Vec<Service>, Option<String>) {
        let (mut services, mut doubt, mut any) = (Vec::new(), None, false);
        self.gather_services(name, 0, &mut services, &mut any, &mut doubt);
        (if any { Vec::new() } else { services }, doubt)
    }

    fn gather_services(
        &self,
        name: &str,
        depth: usize,
        services: &mut Vec<Service>,
        any: &mut bool,
        doubt: &mut Option<String>,
    ) {
        let known = self.services.get(name).filter(|_| depth < DEPTH_MAX && services.len() < MEMBERS_MAX);
        let Some(members) = known else {
            doubt.get_or_insert_with(|| missing(name, depth));
            return;
        };
        for member in members {
            match member {
                ServiceMember::Service(Some(service)) => services.push(service.clone()),
                ServiceMember::Service(None) => *any = true,
                ServiceMember::Group(group) => self.gather_services(group, depth + 1, services, any, doubt),
                ServiceMember::Unknown(line) => _ = doubt.get_or_insert_with(|| format!("{line} of {name}")),
            }
        }
    }
}

fn host(address: IpAddr) -> Option<AddressTest> {
    Some(match address {
        IpAddr::V4(address) => AddressTest::Wildcard(address, [0; 4].into()),
        IpAddr::V6(_) => AddressTest::Network(Cidr::new(address, 128)?),
    })
}

fn missing(name: &str, depth: usize) -> String {
    match depth {
        DEPTH_MAX.. => format!("object-group {name}: groups hold one another in a circle, or too deeply"),
        _ => format!("object-group {name}, which is not there"),
    }
}

/// Protocol, ports and ICMP message of a member.
fn one(number: u8, words: &mut Words<'_>) -> Option<Service> {
    let mut service = Service { protocol: number, source_ports: Vec::new(), destination_ports: Vec::new() };
    if matches!(number, 1 | 58) {
        if let Some(word) = words.peek() {
            service.destination_ports = vec![message(word, number == 58).or_else(|| {
                let kind: u8 = word.parse().ok()?;
                Some((u16::from(kind) << 8, u16::from(kind) << 8 | 0xff))
            })?];
            words.next();
        }
        return Some(service);
    }
    if words.peek() == Some("source") {
        words.next();
        service.source_ports = ports(words, number)?;
    }
    if words.peek().is_some() {
        // A number or name alone means `eq`.
        service.destination_ports = ports(words, number).or_else(|| {
            let port = super::ios_names::port(words.next()?, number)?;
            Some(vec![(port, port)])
        })?;
    }
    Some(service)
}

fn both(words: &mut Words<'_>) -> Option<Vec<ServiceMember>> {
    let service = one(TCP, words)?;
    let of = |protocol| ServiceMember::Service(Some(Service { protocol, ..service.clone() }));
    Some(vec![of(TCP), of(UDP)])
}
