//! Ordered lists of rules as enforcement points hold them: the first line that matches a packet decides.
//!
//! What a language says is brought into this form by its reader; what a list lets through is answered exactly, by
//! sets of packets. A line that was not understood wholly is never taken for one that does nothing: packets it
//! may concern are unsure.

mod audit;
#[cfg(test)]
mod tests;

pub use audit::{Idle, audit};

use crate::packets::{End, Packet, Packets, Set, TooComplex};
use cordon_model::Cidr;
use std::net::{IpAddr, Ipv4Addr};

/// What is done with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is let through.
    Permit,
    /// It is stopped.
    Deny,
}

/// A test of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressTest {
    /// Any of either family.
    Any,
    /// Any of IPv4.
    AnyV4,
    /// One of a network.
    Network(Cidr),
    /// One that has the address's bits wherever the mask is zero (Cisco's wildcard mask).
    Wildcard(Ipv4Addr, Ipv4Addr),
    /// One of a range, ends included.
    Range(IpAddr, IpAddr),
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
    /// Only packets of connections that were let through before.
    pub established: bool,
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

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in its file, from 1.
    pub place: u32,
    /// The line as it stands there.
    pub text: String,
    /// What it does.
    pub action: Action,
    /// With which packets.
    pub matches: Match,
    /// What of it was not understood. The packets it matches are then at most those of `matches`.
    pub not_understood: Option<String>,
}

/// An ordered list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its name in its configuration.
    pub name: String,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What is done with packets no line matches.
    pub otherwise: Action,
}

/// What a list does with all packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Surely let through.
    pub permitted: Set,
    /// Let through or not, depending on what was not understood.
    pub unsure: Set,
}

impl Match {
    /// The packets that are matched.
    pub fn packets(&self, packets: &mut Packets) -> Result<Set, TooComplex> {
        let sources = addresses(packets, End::Source, &self.sources)?;
        let destinations = addresses(packets, End::Destination, &self.destinations)?;
        let mut all = packets.and(sources, destinations)?;
        if !self.services.is_empty() {
            let services: Vec<Set> =
                self.services.iter().map(|service| service.packets(packets)).collect::<Result<_, _>>()?;
            let services = packets.any(services)?;
            all = packets.and(all, services)?;
        }
        if self.established {
            let established = packets.established()?;
            all = packets.and(all, established)?;
        }
        Ok(all)
    }

    /// The same question for one packet, answered without sets.
    pub fn takes(&self, packet: &Packet) -> bool {
        let any =
            |tests: &[AddressTest], address| tests.is_empty() || tests.iter().any(|test| test.takes(address));
        any(&self.sources, packet.source)
            && any(&self.destinations, packet.destination)
            && (self.services.is_empty() || self.services.iter().any(|service| service.takes(packet)))
            && (!self.established || packet.established)
    }
}

impl AddressTest {
    fn takes(&self, address: IpAddr) -> bool {
        match (self, address) {
            (AddressTest::Any, _) => true,
            (AddressTest::AnyV4, address) => address.is_ipv4(),
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

impl List {
    /// What the list does with all packets there are.
    pub fn decide(&self, packets: &mut Packets) -> Result<Decided, TooComplex> {
        let start = match self.otherwise {
            Action::Permit => packets.everything(),
            Action::Deny => packets.nothing(),
        };
        let mut decided = Decided { permitted: start, unsure: packets.nothing() };
        // From the last line to the first: what a line matches is its own, whatever comes behind it.
        for line in self.lines.iter().rev() {
            let own = line.matches.packets(packets)?;
            if line.not_understood.is_some() {
                // It may match any of them or none: where nothing would be different, nothing is unsure.
                let changed = match line.action {
                    Action::Permit => packets.minus(own, decided.permitted)?,
                    Action::Deny => packets.and(own, decided.permitted)?,
                };
                decided.permitted = packets.minus(decided.permitted, changed)?;
                decided.unsure = packets.or(decided.unsure, changed)?;
                continue;
            }
            decided.permitted = match line.action {
                Action::Permit => packets.or(decided.permitted, own)?,
                Action::Deny => packets.minus(decided.permitted, own)?,
            };
            decided.unsure = packets.minus(decided.unsure, own)?;
        }
        Ok(decided)
    }

    /// The line that decides about one packet, and what it does; no line where none matches. Lines that were not
    /// understood wholly are passed over.
    pub fn first(&self, packet: &Packet) -> (Option<&Line>, Action) {
        let understood = self.lines.iter().filter(|line| line.not_understood.is_none());
        let found = understood.into_iter().find(|line| line.matches.takes(packet));
        (found, found.map_or(self.otherwise, |line| line.action))
    }
}
