//! Exact sets of packets, by what enforcement points decide on: family, addresses, protocol, ports, and whether
//! the packet belongs to a connection that was let through before.
//!
//! Sets are joined, cut and subtracted whole, so an answer holds for every packet there can be, and a set that is
//! not empty shows one of its packets. That is how Batfish and network-optimised Datalog verify networks (Fogel
//! et al., NSDI 2015; Lopes et al., NSDI 2015).

mod diagram;
#[cfg(test)]
pub(crate) mod tests;

pub use diagram::TooComplex;

use cordon_model::Cidr;
use diagram::{ALL, Diagrams, NONE};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A packet at an enforcement point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Packet {
    /// Who sends it. Source and destination are of one family.
    pub source: IpAddr,
    /// Who is to get it.
    pub destination: IpAddr,
    /// The IP protocol number (IANA, "Assigned Internet Protocol Numbers"): 6 is TCP, 17 UDP, 1 ICMP.
    pub protocol: u8,
    /// Source port; 0 where the protocol has none.
    pub source_port: u16,
    /// Destination port; for ICMP the type in the upper and the code in the lower eight bits.
    pub destination_port: u16,
    /// True when it answers, or goes on with, a connection that was let through before.
    pub established: bool,
}

/// A set of packets; it belongs to the [`Packets`] it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set(u32);

/// Which address of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Who sends it.
    Source,
    /// Who is to get it.
    Destination,
}

/// Sets of packets, and what is done with them.
pub struct Packets {
    diagrams: Diagrams,
}

/// The bits of a packet in the order they are asked for: what parts rules most comes first.
mod bit {
    pub(super) const FAMILY: u16 = 0;
    pub(super) const SOURCE: u16 = 1;
    pub(super) const DESTINATION: u16 = SOURCE + 128;
    pub(super) const PROTOCOL: u16 = DESTINATION + 128;
    pub(super) const DESTINATION_PORT: u16 = PROTOCOL + 8;
    pub(super) const SOURCE_PORT: u16 = DESTINATION_PORT + 16;
    pub(super) const ESTABLISHED: u16 = SOURCE_PORT + 16;
    pub(super) const COUNT: usize = ESTABLISHED as usize + 1;
}

/// A packet bit by bit, in the order of [`bit`].
type Bits = [bool; bit::COUNT];

impl Default for Packets {
    /// Room for eight million decisions, which is about 200 MB.
    fn default() -> Packets {
        Packets::new(8_000_000)
    }
}

impl Packets {
    /// Room for so many decisions; what needs more ends in [`TooComplex`].
    pub fn new(decisions_max: usize) -> Packets {
        Packets { diagrams: Diagrams::new(decisions_max) }
    }

    /// How many decisions the sets so far share.
    pub fn decisions(&self) -> usize {
        self.diagrams.len()
    }

    /// No packet.
    pub fn nothing(&self) -> Set {
        Set(NONE)
    }

    /// Every packet.
    pub fn everything(&self) -> Set {
        Set(ALL)
    }

    /// Every packet of one IP family.
    pub fn family(&mut self, is_ipv6: bool) -> Result<Set, TooComplex> {
        self.cube(&[(bit::FAMILY, is_ipv6)])
    }

    /// Packets from or to a network.
    pub fn network(&mut self, end: End, network: &Cidr) -> Result<Set, TooComplex> {
        let (value, length) = (value_of(network.base()), network.prefix());
        self.masked(end, network.base().is_ipv6(), value, ones(length))
    }

    /// Packets whose IPv4 address has the bits of `address` wherever `wildcard` is zero, as Cisco's wildcard masks
    /// say it; the zeros need not stand together.
    pub fn wildcard(&mut self, end: End, address: Ipv4Addr, wildcard: Ipv4Addr) -> Result<Set, TooComplex> {
        let care = u128::from(!wildcard.to_bits()) << 96;
        self.masked(end, false, value_of(IpAddr::V4(address)), care)
    }

    /// Packets from or to one of the addresses from `first` to `last`, both of one family.
    pub fn addresses(&mut self, end: End, first: IpAddr, last: IpAddr) -> Result<Set, TooComplex> {
        let is_ipv6 = first.is_ipv6();
        if is_ipv6 != last.is_ipv6() {
            return Ok(self.nothing());
        }
        let width = if is_ipv6 { 128 } else { 32 };
        let (first, last) = (value_of(first) >> (128 - width), value_of(last) >> (128 - width));
        let range = self.range(start(end), width as u16, first, last)?;
        let family = self.family(is_ipv6)?;
        self.and(range, family)
    }

    /// Packets of an IP protocol.
    pub fn protocol(&mut self, number: u8) -> Result<Set, TooComplex> {
        self.range(bit::PROTOCOL, 8, u128::from(number), u128::from(number))
    }

    /// Packets from or to one of the ports from `first` to `last`.
    pub fn ports(&mut self, end: End, first: u16, last: u16) -> Result<Set, TooComplex> {
        let start = match end {
            End::Source => bit::SOURCE_PORT,
            End::Destination => bit::DESTINATION_PORT,
        };
        self.range(start, 16, u128::from(first), u128::from(last))
    }

    /// Packets of connections that were let through before.
    pub fn established(&mut self) -> Result<Set, TooComplex> {
        self.cube(&[(bit::ESTABLISHED, true)])
    }

    /// Packets from one address to another: protocol, source and destination ports where it has them, and whether
    /// they go on with a connection, where that is asked. Both addresses are of one family, or it is none.
    ///
    /// What each of the parts says is asked for one behind the other, so they are stacked and not cut.
    pub fn conversation(
        &mut self,
        source: IpAddr,
        destination: IpAddr,
        protocol: u8,
        ports: Option<((u16, u16), (u16, u16))>,
        established: Option<bool>,
    ) -> Result<Set, TooComplex> {
        if source.is_ipv6() != destination.is_ipv6() {
            return Ok(self.nothing());
        }
        let mut at = match established {
            Some(value) => self.cube(&[(bit::ESTABLISHED, value)])?,
            None => self.everything(),
        };
        if let Some((from, to)) = ports {
            for (start, (first, last)) in [(bit::SOURCE_PORT, from), (bit::DESTINATION_PORT, to)] {
                at = match first == last {
                    true => self.exactly(start, 16, u128::from(first), at)?,
                    false => {
                        let range = self.range(start, 16, u128::from(first), u128::from(last))?;
                        self.and(range, at)?
                    }
                };
            }
        }
        at = self.exactly(bit::PROTOCOL, 8, u128::from(protocol), at)?;
        let (width, is_ipv6) = if source.is_ipv6() { (128, true) } else { (32, false) };
        at = self.exactly(bit::DESTINATION, width, value_of(destination) >> (128 - width), at)?;
        at = self.exactly(bit::SOURCE, width, value_of(source) >> (128 - width), at)?;
        self.exactly(bit::FAMILY, 1, u128::from(is_ipv6), at)
    }

    /// What is in a set that asks for bits behind these only, where these have a value.
    fn exactly(&mut self, start: u16, width: u16, value: u128, behind: Set) -> Result<Set, TooComplex> {
        let mut at = behind.0;
        for place in 0..width {
            let bit = start + width - 1 - place;
            at = match value >> place & 1 {
                1 => self.diagrams.node(bit, NONE, at)?,
                _ => self.diagrams.node(bit, at, NONE)?,
            };
        }
        Ok(Set(at))
    }

    /// What is in both.
    pub fn and(&mut self, a: Set, b: Set) -> Result<Set, TooComplex> {
        self.diagrams.and(a.0, b.0).map(Set)
    }

    /// What is in either.
    pub fn or(&mut self, a: Set, b: Set) -> Result<Set, TooComplex> {
        self.diagrams.or(a.0, b.0).map(Set)
    }

    /// What is in the first and not in the second.
    pub fn minus(&mut self, a: Set, b: Set) -> Result<Set, TooComplex> {
        self.diagrams.minus(a.0, b.0).map(Set)
    }

    /// What is in any of them: joined two by two, so that none grows before it must.
    pub fn any(&mut self, sets: impl IntoIterator<Item = Set>) -> Result<Set, TooComplex> {
        let mut sets: Vec<Set> = sets.into_iter().collect();
        while sets.len() > 1 {
            let mut joined = Vec::with_capacity(sets.len().div_ceil(2));
            for pair in sets.chunks(2) {
                joined.push(match *pair {
                    [a, b] => self.or(a, b)?,
                    [a] => a,
                    _ => continue,
                });
            }
            sets = joined;
        }
        Ok(sets.first().copied().unwrap_or(Set(NONE)))
    }

    /// True when there is no such packet.
    pub fn is_empty(&self, set: Set) -> bool {
        set.0 == NONE
    }

    /// True when every packet of the first is in the second.
    pub fn is_within(&mut self, a: Set, b: Set) -> Result<bool, TooComplex> {
        Ok(self.minus(a, b)? == Set(NONE))
    }

    /// True when the packet is in the set. At most one step a bit that parts it; allocates nothing.
    pub fn has(&self, set: Set, packet: &Packet) -> bool {
        let (source, destination) = (value_of(packet.source), value_of(packet.destination));
        // What stands behind the addresses, from the first bit of the protocol on.
        let rest = u64::from(packet.protocol) << 33
            | u64::from(packet.destination_port) << 17
            | u64::from(packet.source_port) << 1
            | u64::from(packet.established);
        let mut at = set.0;
        while at > ALL {
            let node = self.diagrams.get(at);
            let with = match node.bit {
                bit::FAMILY => packet.source.is_ipv6(),
                bit @ bit::SOURCE..bit::DESTINATION => source >> (127 - (bit - bit::SOURCE)) & 1 == 1,
                bit @ bit::DESTINATION..bit::PROTOCOL => {
                    destination >> (127 - (bit - bit::DESTINATION)) & 1 == 1
                }
                bit => rest >> (bit::ESTABLISHED.saturating_sub(bit)) & 1 == 1,
            };
            at = if with { node.with } else { node.without };
        }
        at == ALL
    }

    /// What of a set is left to decide once one end is this address. Of the destination it is asked only once the
    /// source is known, for that is the order in which packets are looked at.
    pub fn of_address(&self, set: Set, end: End, address: IpAddr) -> Set {
        let packet = Packet {
            source: address,
            destination: address,
            protocol: 0,
            source_port: 0,
            destination_port: 0,
            established: false,
        };
        let (bits, behind) = (bits_of(&packet), start(end) + 128);
        let mut at = set.0;
        while at > ALL {
            let node = self.diagrams.get(at);
            if node.bit >= behind {
                break;
            }
            let with = bits.get(usize::from(node.bit)).copied().unwrap_or(false);
            at = if with { node.with } else { node.without };
        }
        Set(at)
    }

    /// A packet of the set that is as much like `like` as can be had with the first bits first; `None` when there
    /// is none.
    pub fn example(&self, set: Set, like: &Packet) -> Option<Packet> {
        let mut bits = bits_of(like);
        let mut at = set.0;
        while at > ALL {
            let node = self.diagrams.get(at);
            let wanted = bits.get_mut(usize::from(node.bit))?;
            let (first, other) = if *wanted { (node.with, node.without) } else { (node.without, node.with) };
            // In a reduced diagram every way but to the empty end leads to a packet.
            at = if first == NONE {
                *wanted = !*wanted;
                other
            } else {
                first
            };
        }
        (at == ALL).then(|| packet_of(&bits))
    }

    fn masked(&mut self, end: End, is_ipv6: bool, value: u128, care: u128) -> Result<Set, TooComplex> {
        let mut bits = vec![(bit::FAMILY, is_ipv6)];
        for place in 0..128u16 {
            let mask = 1u128 << (127 - place);
            if care & mask != 0 {
                bits.push((start(end) + place, value & mask != 0));
            }
        }
        self.cube(&bits)
    }

    /// Packets with these bits, in order.
    fn cube(&mut self, bits: &[(u16, bool)]) -> Result<Set, TooComplex> {
        let mut at = ALL;
        for (bit, value) in bits.iter().rev() {
            at = match value {
                true => self.diagrams.node(*bit, NONE, at)?,
                false => self.diagrams.node(*bit, at, NONE)?,
            };
        }
        Ok(Set(at))
    }

    /// Packets whose number of `width` bits from `start` on lies from `first` to `last`.
    fn range(&mut self, start: u16, width: u16, first: u128, last: u128) -> Result<Set, TooComplex> {
        let (mut from, mut until) = (ALL, ALL);
        for place in 0..width {
            let bit = start + width - 1 - place;
            from = match first >> place & 1 {
                1 => self.diagrams.node(bit, NONE, from)?,
                _ => self.diagrams.node(bit, from, ALL)?,
            };
            until = match last >> place & 1 {
                1 => self.diagrams.node(bit, ALL, until)?,
                _ => self.diagrams.node(bit, until, NONE)?,
            };
        }
        self.diagrams.and(from, until).map(Set)
    }
}

fn start(end: End) -> u16 {
    match end {
        End::Source => bit::SOURCE,
        End::Destination => bit::DESTINATION,
    }
}

/// So many ones from the top.
fn ones(length: u8) -> u128 {
    match length {
        0 => 0,
        length => u128::MAX << (128 - u32::from(length.min(128))),
    }
}

/// An address from the top of 128 bits on.
fn value_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn bits_of(packet: &Packet) -> Bits {
    let mut bits = [false; bit::COUNT];
    let mut write = |start: u16, width: u16, value: u128| {
        for place in 0..width {
            if let Some(bit) = bits.get_mut(usize::from(start + place)) {
                *bit = value >> (width - 1 - place) & 1 == 1;
            }
        }
    };
    write(bit::FAMILY, 1, u128::from(packet.source.is_ipv6()));
    write(bit::SOURCE, 128, value_of(packet.source));
    write(bit::DESTINATION, 128, value_of(packet.destination));
    write(bit::PROTOCOL, 8, u128::from(packet.protocol));
    write(bit::DESTINATION_PORT, 16, u128::from(packet.destination_port));
    write(bit::SOURCE_PORT, 16, u128::from(packet.source_port));
    write(bit::ESTABLISHED, 1, u128::from(packet.established));
    bits
}

fn packet_of(bits: &Bits) -> Packet {
    let read = |start: u16, width: u16| {
        let bits = bits.iter().skip(usize::from(start)).take(usize::from(width));
        bits.fold(0u128, |value, bit| value << 1 | u128::from(*bit))
    };
    let is_ipv6 = read(bit::FAMILY, 1) == 1;
    let address = |start| match is_ipv6 {
        true => IpAddr::V6(Ipv6Addr::from_bits(read(start, 128))),
        false => IpAddr::V4(Ipv4Addr::from_bits((read(start, 128) >> 96) as u32)),
    };
    Packet {
        source: address(bit::SOURCE),
        destination: address(bit::DESTINATION),
        protocol: read(bit::PROTOCOL, 8) as u8,
        source_port: read(bit::SOURCE_PORT, 16) as u16,
        destination_port: read(bit::DESTINATION_PORT, 16) as u16,
        established: read(bit::ESTABLISHED, 1) == 1,
    }
}
