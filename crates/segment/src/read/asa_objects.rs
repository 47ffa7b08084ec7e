//! Names, objects and object groups of Cisco ASA (Cisco ASA Series Command Reference, "object network", "object
//! service", "object-group"), which may hold one another.

use super::asa_names::{message, port, protocol};
use super::ios::{Words, network_of_mask};
use super::ios_entries::ports_by;
use crate::lists::{AddressTest, Service};
use cordon_model::Cidr;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// How deep groups may hold one another.
const DEPTH_MAX: usize = 16;
/// Members of one group, with those of the groups it holds.
const MEMBERS_MAX: usize = 100_000;
/// Groups that are gone through for all lines together: groups that hold groups many times over are more.
const GATHERED_MAX: u64 = 20_000_000;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// What a section is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Network,
    Service,
    Protocol,
    Icmp,
}

/// A section that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// `tcp`, `udp` or `tcp-udp` of a group of ports.
    protocols: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Member {
    Address(AddressTest),
    Service(Service),
    /// Ports without a protocol: the line that asks says which.
    Ports(Vec<u8>, Vec<(u16, u16)>),
    /// Any protocol.
    Anything,
    /// Another group or object.
    Other(String),
    /// A line that was not understood.
    Unknown(String),
}

/// Names, objects and groups of a configuration.
#[derive(Debug, Default)]
pub(super) struct Objects {
    names: BTreeMap<String, IpAddr>,
    members: BTreeMap<(Kind, String), Vec<Member>>,
    gathered: Cell<u64>,
}

/// What a group of services holds.
#[derive(Debug, Default)]
pub(super) struct Services {
    pub(super) services: Vec<Service>,
    /// Ports for whichever protocol the line has, with those they are meant for.
    pub(super) ports: Vec<(Vec<u8>, (u16, u16))>,
    /// It holds any protocol.
    pub(super) is_any: bool,
    pub(super) doubt: Option<String>,
}

impl Objects {
    /// `name ADDRESS NAME`.
    pub(super) fn name(&mut self, mut words: Words<'_>) {
        if let (Some(address), Some(name)) = (words.next(), words.next())
            && let Ok(address) = address.parse()
        {
            self.names.insert(name.to_owned(), address);
        }
    }

    /// An address by number or name.
    pub(super) fn address(&self, word: &str) -> Option<IpAddr> {
        word.parse().ok().or_else(|| self.names.get(word).copied())
    }

    /// Begins an object or a group; again where it was begun before.
    pub(super) fn begin(&mut self, line: &str) -> Option<Section> {
        let mut words = Words::of(line);
        let first = words.next()?;
        let mut kind = words.next()?;
        // Old manuals write `object-group group KIND NAME`, as some examples do.
        if first == "object-group" && kind == "group" {
            kind = words.next()?;
        }
        let kind = match (first, kind) {
            ("object" | "object-group", "network") => Kind::Network,
            ("object" | "object-group", "service") => Kind::Service,
            ("object-group", "protocol") => Kind::Protocol,
            ("object-group", "icmp-type") => Kind::Icmp,
            _ => return None,
        };
        let name = words.next()?.to_owned();
        let protocols = match words.next() {
            Some("tcp") => vec![TCP],
            Some("udp") => vec![UDP],
            _ => vec![TCP, UDP],
        };
        self.members.entry((kind, name.clone())).or_default();
        Some(Section { kind, name, protocols })
    }

    /// A line within a section; false where it says nothing of members, such as `nat`.
    pub(super) fn member(&mut self, section: &Section, line: &str) -> bool {
        let mut words = Words::of(line);
        let Some(first) = words.next() else { return true };
        let found = match (section.kind, first) {
            (_, "description") => return true,
            (Kind::Network, "nat") => return false,
            (_, "group-object") => words.next().map(|name| vec![Member::Other(name.to_owned())]),
            (Kind::Network, "network-object") => self.network_object(words),
            (Kind::Network, "host" | "subnet" | "range" | "fqdn") => self.object(first, words),
            (Kind::Service, "service-object" | "service") => service_object(words),
            (Kind::Service, "port-object") => ports_by(&mut words, 0, port)
                .filter(|_| is_end(&mut words))
                .map(|ports| vec![Member::Ports(section.protocols.clone(), ports)]),
            (Kind::Protocol, "protocol-object") => match words.next() {
                Some("ip") => Some(vec![Member::Anything]),
                word => word.and_then(protocol).map(|number| vec![Member::Service(service(number))]),
            },
            (Kind::Icmp, "icmp-object") => words
                .next()
                .and_then(|word| message(word, false))
                .map(|range| vec![Member::Ports(vec![1], vec![range])]),
            _ => None,
        };
        if let Some(members) = self.members.get_mut(&(section.kind, section.name.clone()))
            && members.len() < MEMBERS_MAX
        {
            members.extend(found.unwrap_or_else(|| vec![Member::Unknown(line.trim().to_owned())]));
        }
        true
    }

    fn network_object(&self, mut words: Words<'_>) -> Option<Vec<Member>> {
        let first = words.next()?;
        Some(vec![match first {
            "host" => Member::Address(host(self.address(words.next()?)?)?),
            "object" => Member::Other(words.next()?.to_owned()),
            address => Member::Address(self.network(address, words.next())?),
        }])
    }

    fn object(&self, first: &str, mut words: Words<'_>) -> Option<Vec<Member>> {
        let address = words.next()?;
        Some(vec![Member::Address(match first {
            "host" => host(self.address(address)?)?,
            "subnet" => self.network(address, words.next())?,
            "range" => AddressTest::Range(self.address(address)?, self.address(words.next()?)?),
            // A name whose addresses change.
            _ => return None,
        })])
    }

    /// A network by address and mask, or by prefix.
    pub(super) fn network(&self, address: &str, mask: Option<&str>) -> Option<AddressTest> {
        if address.contains('/') {
            return network_of_mask(address, None).map(AddressTest::Network);
        }
        let address = self.address(address)?.to_string();
        network_of_mask(&address, mask).map(AddressTest::Network)
    }

    /// True where there is such an object or group.
    pub(super) fn has(&self, kind: Kind, name: &str) -> bool {
        self.members.contains_key(&(kind, name.to_owned()))
    }

    /// The addresses of an object or a group; or what of it was not understood.
    pub(super) fn addresses(&self, name: &str) -> Result<Vec<AddressTest>, String> {
        let mut tests = Vec::new();
        self.gather(Kind::Network, name, 0, &mut |member| {
            if let Member::Address(test) = member {
                tests.push(*test);
            }
            Ok(())
        })?;
        Ok(tests)
    }

    /// The services of an object or a group.
    pub(super) fn services(&self, kind: Kind, name: &str) -> Services {
        let mut found = Services::default();
        let doubt = self.gather(kind, name, 0, &mut |member| {
            match member {
                Member::Service(service) => found.services.push(service.clone()),
                Member::Ports(protocols, ports) => {
                    found.ports.extend(ports.iter().map(|range| (protocols.clone(), *range)));
                }
                Member::Anything => found.is_any = true,
                _ => {}
            }
            Ok(())
        });
        found.doubt = doubt.err();
        found
    }

    fn gather(
        &self,
        kind: Kind,
        name: &str,
        depth: usize,
        take: &mut dyn FnMut(&Member) -> Result<(), String>,
    ) -> Result<(), String> {
        if depth >= DEPTH_MAX {
            return Err(format!("{name}: groups hold one another in a circle, or too deeply"));
        }
        let Some(members) = self.members.get(&(kind, name.to_owned())) else {
            return Err(format!("{name}, which is not there"));
        };
        for member in members {
            self.gathered.set(self.gathered.get() + 1);
            if self.gathered.get() > GATHERED_MAX {
                return Err(format!("{name}: groups hold groups too many times over"));
            }
            match member {
                Member::Other(name) => match self.has(kind, name) {
                    true => self.gather(kind, name, depth + 1, take)?,
                    // `service-object object icmp` means the protocol where no object has that name.
                    false => match builtin(kind, name) {
                        Some(member) => take(&member)?,
                        None => return Err(format!("{name}, which is not there")),
                    },
                },
                Member::Unknown(line) => return Err(format!("{line} of {name}")),
                member => take(member)?,
            }
        }
        Ok(())
    }
}

fn builtin(kind: Kind, name: &str) -> Option<Member> {
    (kind == Kind::Service).then(|| inline_service(name)).flatten().map(Member::Service)
}

/// A service that is an object by itself: a protocol, or `icmp-echo`.
pub(super) fn inline_service(name: &str) -> Option<Service> {
    if let Some(number) = protocol(name) {
        return Some(service(number));
    }
    let range = message(name.strip_prefix("icmp-")?, false)?;
    Some(Service { destination_ports: vec![range], ..service(1) })
}

pub(super) fn service(protocol: u8) -> Service {
    Service { protocol, source_ports: Vec::new(), destination_ports: Vec::new() }
}

pub(super) fn host(address: IpAddr) -> Option<AddressTest> {
    Cidr::new(address, if address.is_ipv4() { 32 } else { 128 }).map(AddressTest::Network)
}

/// The end of a line, or a comment behind it.
fn is_end(words: &mut Words<'_>) -> bool {
    words.peek().is_none_or(|word| word.starts_with('!'))
}

/// `tcp|udp|tcp-udp|icmp|… [source PORTS] [destination] [PORTS]`, or `object NAME`.
fn service_object(mut words: Words<'_>) -> Option<Vec<Member>> {
    let first = words.next()?;
    if first == "object" {
        return Some(vec![Member::Other(words.next()?.to_owned())]);
    }
    if first == "ip" {
        return Some(vec![Member::Anything]);
    }
    let protocols = if first == "tcp-udp" { vec![TCP, UDP] } else { vec![protocol(first)?] };
    let mut found = service(*protocols.first()?);
    if matches!(found.protocol, 1 | 58) {
        if let Some(word) = words.peek().filter(|word| !word.starts_with('!')) {
            let (first, last) = message(word, found.protocol == 58)?;
            words.next();
            let code =
                words.peek().and_then(|word| word.parse::<u8>().ok()).map(|code| first | u16::from(code));
            if code.is_some() {
                words.next();
            }
            found.destination_ports = vec![code.map_or((first, last), |one| (one, one))];
        }
    } else {
        if words.peek() == Some("source") {
            words.next();
            found.source_ports = ports_by(&mut words, found.protocol, port)?;
        }
        if words.peek() == Some("destination") {
            words.next();
        }
        if !is_end(&mut words) {
            found.destination_ports = ports_by(&mut words, found.protocol, port)?;
        }
    }
    is_end(&mut words).then(|| {
        protocols.into_iter().map(|protocol| Member::Service(Service { protocol, ..found.clone() })).collect()
    })
}
