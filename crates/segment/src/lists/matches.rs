//! What packets a line matches.

use super::Way;
use crate::packets::{End, Packet, Packets, Set, TooComplex};
use cordon_model::Cidr;
use std::net::{IpAddr, Ipv4Addr};

/// A test of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressTest {
    /// Any of either family.
    Any,
    /// Any of IPv4.
    AnyV4,
    /// Any of IPv6.
    AnyV6,
    /// One of a network.
    Network(Cidr),
    /// One that has the address's bits wherever the mask is zero (Cisco's wildcard mask).
    Wildcard(Ipv4Addr, Ipv4Addr),
    /// One of a range, ends included.
    Range(IpAddr, IpAddr),
}

/// Whether a packet must begin a connection or go on with one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Either.
    #[default]
    Any,
    /// Only packets of connections that were let through before.
    Established,
    /// Only packets that begin one.
    New,
    /// Packets that do neither, such as those a firewall calls invalid: no packet of [`Packets`] is one.
    Neither,
}

/// The name of an interface, or how such names begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// True when names that begin so are meant.
    pub is_prefix: bool,
}

/// An IP protocol with ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// IP protocol number.
    pub protocol: u8,
    /// Source ports, ends included; an empty list asks for none.
    pub source_ports: Vec<(u16, u16)>,
    /// Destination ports, likewise; for ICMP type × 256 + code.
    pub destination_ports: Vec<(u16, u16)>,
}

/// What a packet must be to be matched: one of each list; an empty list asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// Who sends it.
    pub sources: Vec<AddressTest>,
    /// Who is to get it.
    pub destinations: Vec<AddressTest>,
    /// IP protocol and ports.
    pub services: Vec<Service>,
    /// Whether it begins a connection.
    pub state: State,
    /// Where it comes in.
    pub inward: Vec<Name>,
    /// Where it goes out.
    pub outward: Vec<Name>,
    /// Further lists, of each of which one must match too.
    pub also: Vec<Vec<Match>>,
    /// None of these may match.
    pub except: Vec<Match>,
}

/// Packets that are matched, where interfaces may not be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched {
    /// Surely.
    pub surely: Set,
    /// Surely or perhaps.
    pub perhaps: Set,
}

impl Match {
    /// The packets that are matched on their way.
    pub fn packets(&self, way: Way<'_>, packets: &mut Packets) -> Result<Matched, TooComplex> {
        let nothing = packets.nothing();
        let named = both(any_name(&self.inward, way.from), any_name(&self.outward, way.to));
        if named == Some(false) || self.state == State::Neither {
            return Ok(Matched { surely: nothing, perhaps: nothing });
        }
        let own = self.own(packets)?;
        let mut all = Matched { surely: if named == Some(true) { own } else { nothing }, perhaps: own };
        for alternatives in &self.also {
            let one = one_of(alternatives, way, packets)?;
            all.surely = packets.and(all.surely, one.surely)?;
            all.perhaps = packets.and(all.perhaps, one.perhaps)?;
        }
        if !self.except.is_empty() {
            let none = one_of(&self.except, way, packets)?;
            all.surely = packets.minus(all.surely, none.perhaps)?;
            all.perhaps = packets.minus(all.perhaps, none.surely)?;
        }
        Ok(all)
    }

    /// What addresses, services and state match.
    fn own(&self, packets: &mut Packets) -> Result<Set, TooComplex> {
        let sources = addresses(packets, End::Source, &self.sources)?;
        let destinations = addresses(packets, End::Destination, &self.destinations)?;
        let mut all = packets.and(sources, destinations)?;
        if !self.services.is_empty() {
            let services: Vec<Set> =
                self.services.iter().map(|service| service.packets(packets)).collect::<Result<_, _>>()?;
            let services = packets.any(services)?;
            all = packets.and(all, services)?;
        }
        match self.state {
            State::Any | State::Neither => Ok(all),
            State::Established => {
                let established = packets.established()?;
                packets.and(all, established)
            }
            State::New => {
                let established = packets.established()?;
                packets.minus(all, established)
            }
        }
    }

    /// The same question for one packet, answered without sets; `None` where it depends on an interface that is
    /// not known.
    pub fn takes(&self, packet: &Packet, way: Way<'_>) -> Option<bool> {
        let any =
            |tests: &[AddressTest], address| tests.is_empty() || tests.iter().any(|test| test.takes(address));
        let own = any(&self.sources, packet.source)
            && any(&self.destinations, packet.destination)
            && (self.services.is_empty() || self.services.iter().any(|service| service.takes(packet)))
            && match self.state {
                State::Any => true,
                State::Established => packet.established,
                State::New => !packet.established,
                State::Neither => false,
            };
        let mut all = match own {
            true => both(any_name(&self.inward, way.from), any_name(&self.outward, way.to)),
            false => return Some(false),
        };
        for alternatives in &self.also {
            all = both(all, any_takes(alternatives, packet, way));
        }
        if !self.except.is_empty() {
            all = both(all, any_takes(&self.except, packet, way).map(|taken| !taken));
        }
        all
    }

    /// True where it asks for certain senders, and this is one of them.
    pub(crate) fn names_sender(&self, address: IpAddr) -> bool {
        let is_any =
            |test: &AddressTest| matches!(test, AddressTest::Any | AddressTest::AnyV4 | AddressTest::AnyV6);
        self.sources.iter().any(|test| !is_any(test) && test.takes(address))
    }

    /// True when it asks for an interface somewhere.
    pub fn asks_interface(&self) -> bool {
        let nested = || self.also.iter().flatten().chain(&self.except).any(Match::asks_interface);
        !self.inward.is_empty() || !self.outward.is_empty() || nested()
    }
}

impl Name {
    /// The interface of this name alone.
    pub fn exactly(text: &str) -> Name {
        Name { text: text.to_owned(), is_prefix: false }
    }

    fn takes(&self, name: &str) -> bool {
        if self.is_prefix { name.starts_with(&self.text) } else { name == self.text }
    }
}

/// Whether an interface is one of those asked for.
fn any_name(names: &[Name], name: Option<&str>) -> Option<bool> {
    match (names, name) {
        ([], _) => Some(true),
        (_, None) => None,
        (names, Some(name)) => Some(names.iter().any(|one| one.takes(name))),
    }
}

/// Both, where `None` is not known.
fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn any_takes(matches: &[Match], packet: &Packet, way: Way<'_>) -> Option<bool> {
    let mut answer = Some(false);
    for one in matches {
        match one.takes(packet, way) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => answer = None,
        }
    }
    answer
}

fn one_of(matches: &[Match], way: Way<'_>, packets: &mut Packets) -> Result<Matched, TooComplex> {
    let found: Vec<Matched> =
        matches.iter().map(|one| one.packets(way, packets)).collect::<Result<_, _>>()?;
    let surely = packets.any(found.iter().map(|one| one.surely))?;
    Ok(Matched { surely, perhaps: packets.any(found.iter().map(|one| one.perhaps))? })
}

impl AddressTest {
    fn takes(&self, address: IpAddr) -> bool {
        match (self, address) {
            (AddressTest::Any, _) => true,
            (AddressTest::AnyV4, address) => address.is_ipv4(),
            (AddressTest::AnyV6, address) => address.is_ipv6(),
            (AddressTest::Network(network), address) => network.contains(address),
            (AddressTest::Wildcard(wanted, wildcard), IpAddr::V4(address)) => {
                (address.to_bits() ^ wanted.to_bits()) & !wildcard.to_bits() == 0
            }
            (AddressTest::Wildcard(..), _) => false,
            (AddressTest::Range(first, last), address) => {
                first.is_ipv4() == address.is_ipv4()
                    && last.is_ipv4() == address.is_ipv4()
                    && (*first..=*last).contains(&address)
            }
        }
    }

    fn packets(&self, packets: &mut Packets, end: End) -> Result<Set, TooComplex> {
        match self {
            AddressTest::Any => Ok(packets.everything()),
            AddressTest::AnyV4 => packets.family(false),
            AddressTest::AnyV6 => packets.family(true),
            AddressTest::Network(network) => packets.network(end, network),
            AddressTest::Wildcard(address, wildcard) => packets.wildcard(end, *address, *wildcard),
            AddressTest::Range(first, last) => packets.addresses(end, *first, *last),
        }
    }
}

fn addresses(packets: &mut Packets, end: End, tests: &[AddressTest]) -> Result<Set, TooComplex> {
    if tests.is_empty() {
        return Ok(packets.everything());
    }
    let sets: Vec<Set> = tests.iter().map(|test| test.packets(packets, end)).collect::<Result<_, _>>()?;
    packets.any(sets)
}

impl Service {
    fn takes(&self, packet: &Packet) -> bool {
        let any = |ranges: &[(u16, u16)], port: u16| {
            ranges.is_empty() || ranges.iter().any(|(first, last)| (*first..=*last).contains(&port))
        };
        packet.protocol == self.protocol
            && any(&self.source_ports, packet.source_port)
            && any(&self.destination_ports, packet.destination_port)
    }

    fn packets(&self, packets: &mut Packets) -> Result<Set, TooComplex> {
        let mut all = packets.protocol(self.protocol)?;
        for (end, ranges) in [(End::Source, &self.source_ports), (End::Destination, &self.destination_ports)]
        {
            if !ranges.is_empty() {
                let ports: Vec<Set> = ranges
                    .iter()
                    .map(|(first, last)| packets.ports(end, *first, *last))
                    .collect::<Result<_, _>>()?;
                let ports = packets.any(ports)?;
                all = packets.and(all, ports)?;
            }
        }
        Ok(all)
    }
}
