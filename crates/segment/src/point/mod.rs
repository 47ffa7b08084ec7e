//! Enforcement points against what clinical work needs: which needs they break, where and by which line, and what
//! they let through that nothing needs. Exact over all packets they may see.
//!
//! A need passes when its requests and its answers pass at every point on their way. A point that remembers
//! connections lets answers through with their requests; one that does not looks at each packet by itself.

mod difference;
mod enforcer;
mod groups;
mod loose;
mod network;
pub mod reach;
mod verifier;
mod ways;

pub use difference::{Change, Turn, difference};
pub use enforcer::{Enforcer, Passes};
pub use groups::{Stays, is_group};
pub use network::{End as WayEnd, Hop, Network, Outcome, Path};
pub use verifier::Verifier;

use crate::lists::Idle;
use crate::packets::{Packet, Packets, Set, TooComplex};
use crate::read::Configuration;
use cordon_model::observe::Transport;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// Needs that are named as broken or unsure; more are counted.
const NAMED_MAX: usize = 1_000;

/// A flow that clinical work needs, from address to address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// The need's id.
    pub need: String,
    /// Who asks, in words.
    pub from_name: String,
    /// Who asks.
    pub from: IpAddr,
    /// Who answers, in words.
    pub to_name: String,
    /// Who answers.
    pub to: IpAddr,
    /// Transport.
    pub transport: Transport,
    /// Server port; `None` where the transport has none, or any port is meant.
    pub port: Option<u16>,
    /// What for.
    pub purpose: String,
}

/// Which way a packet of a need goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From who asks.
    Request,
    /// Back to them.
    Answer,
}

/// A need that does not pass, or may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which flow, by its place in what was asked.
    pub flow: usize,
    /// At which point, by its place in what was given.
    pub point: usize,
    /// Which of its packets.
    pub direction: Direction,
    /// A packet that does not pass.
    pub example: Packet,
    /// Interface and list that stop it.
    pub at: String,
    /// Name of the list.
    pub list: String,
    /// The line that decides; `None` where no line matches and the list's end does.
    pub line: Option<(u32, String)>,
    /// What was not understood and decides, where that is why.
    pub doubt: Option<String>,
}

/// A line that lets through more than is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loose {
    /// At which point, by its place in what was given.
    pub point: usize,
    /// From which interface, and how many more.
    pub from: String,
    /// To which interface.
    pub to: String,
    /// Between how many pairs of interfaces.
    pub pairs: u64,
    /// Name of the list; `None` where the interface has none.
    pub list: Option<String>,
    /// The line; `None` where there is no list, or its end lets through.
    pub line: Option<(u32, String)>,
    /// A packet that passes, and that nothing needs: to what is worth most, where that was said.
    pub example: Packet,
    /// The worth of whom it reaches, by the places of [`Worth`]; `None` where it reaches none of them.
    pub worth: Option<usize>,
    /// True where it reaches the equipment itself. Who takes that takes what it guards, so it is ranked with what is
    /// worth most.
    pub is_itself: bool,
}

/// Addresses that are worth the same: what is reached by more than is needed is ranked by it, first before last.
pub type Worth = Vec<Vec<IpAddr>>;

/// What points do to care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Flows that pass through at least one point.
    pub passing: u64,
    /// Flows that pass through each point, by its place; those without any are left out.
    pub passing_at: BTreeMap<usize, u64>,
    /// Flows that do not: both ends are behind one interface.
    pub elsewhere: u64,
    /// Of those that pass, flows from or to the equipment itself: lists for what it sends and gets decide about them.
    pub itself: u64,
    /// Flows to groups that stay on the link of who sends them, by their places: there is nothing to check.
    pub on_link: Vec<(usize, Stays)>,
    /// Flows of which the way is not in the configurations, by their places.
    pub no_way: Vec<usize>,
    /// Flows that leave towards equipment that was not given: they were checked as far as it.
    pub beyond: u64,
    /// Needs that are stopped.
    pub blocked: Vec<Broken>,
    /// How many.
    pub blocked_count: u64,
    /// Needs of which it cannot be told.
    pub unsure: Vec<Broken>,
    /// How many.
    pub unsure_count: u64,
    /// Lines that let through more than is needed, those that reach what is worth most first.
    pub loose: Vec<Loose>,
    /// Lines that do nothing, by point and list.
    pub idle: Vec<(usize, String, Idle)>,
}

/// Checks one point against all flows that are needed.
pub fn check(
    configuration: &Configuration,
    flows: &[Flow],
    packets: &mut Packets,
) -> Result<Report, TooComplex> {
    check_all(std::slice::from_ref(configuration), flows, &Worth::new(), packets)
}

/// Checks points together: each flow at every one it passes.
pub fn check_all(
    configurations: &[Configuration],
    flows: &[Flow],
    worth: &Worth,
    packets: &mut Packets,
) -> Result<Report, TooComplex> {
    let mut network = Network::of(configurations);
    let ways = network.ways(flows);
    let needed = network.needed(flows, packets)?;
    let mut report = ways.report();
    for point in 0..configurations.len() {
        report.add(&network.part(point, &ways, flows, needed, worth, packets)?);
    }
    report.finish();
    Ok(report)
}

/// What an example looks like where nothing else is asked.
pub(crate) const USUAL: Packet = Packet {
    source: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
    destination: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)),
    protocol: 6,
    source_port: 49_152,
    destination_port: 445,
    established: false,
};

impl Flow {
    /// The packets of a flow at a point: requests or answers, where the point remembers connections or does not.
    pub fn packets(
        &self,
        direction: Direction,
        remembers: bool,
        packets: &mut Packets,
    ) -> Result<Set, TooComplex> {
        self.packets_of((direction, remembers), self.client_ports(), packets)
    }

    /// The ports a client asks from: of its choice, but where a protocol says which (RFC 2131, 4.1; RFC 6762, 5.2).
    fn client_ports(&self) -> (u16, u16) {
        match (self.transport, self.port) {
            (Transport::Udp, Some(67)) => (68, 68),
            (Transport::Udp, Some(5353)) => (5353, 5353),
            _ => CLIENT_PORTS,
        }
    }

    /// The same from whatever port the client asks: what may pass without being more than is needed, for which port
    /// that is no rule need say.
    pub(crate) fn packets_of_any_client_port(
        &self,
        direction: Direction,
        remembers: bool,
        packets: &mut Packets,
    ) -> Result<Set, TooComplex> {
        self.packets_of((direction, remembers), (0, u16::MAX), packets)
    }

    fn packets_of(
        &self,
        (direction, remembers): (Direction, bool),
        client: (u16, u16),
        packets: &mut Packets,
    ) -> Result<Set, TooComplex> {
        let is_answer = direction == Direction::Answer;
        let established = match (self.transport, is_answer, remembers) {
            (_, true, true) | (Transport::Tcp, true, false) => Some(true),
            // The first packet alone goes on with nothing.
            (_, false, true) | (Transport::Tcp, false, false) => None,
            // Packets of other protocols never show by themselves that they go on with anything.
            (_, _, false) => Some(false),
        };
        let (source, destination) = if is_answer { (self.to, self.from) } else { (self.from, self.to) };
        let server = self.port.map_or((0, u16::MAX), |port| (port, port));
        let has_ports = matches!(self.transport, Transport::Tcp | Transport::Udp);
        let ports = match (has_ports, is_answer) {
            (false, _) => None,
            (true, false) => Some((client, server)),
            (true, true) => Some((server, client)),
        };
        packets.conversation(source, destination, self.protocol(), ports, established)
    }

    fn protocol(&self) -> u8 {
        match self.transport {
            Transport::Tcp => 6,
            Transport::Udp => 17,
            Transport::Icmp if self.from.is_ipv6() => 58,
            Transport::Icmp => 1,
            Transport::Other(number) => number,
        }
    }

    /// A packet of the flow, as it usually looks.
    pub fn usual(&self, direction: Direction, remembers: bool) -> Packet {
        let port = self.port.unwrap_or(443);
        let request = Packet {
            source: self.from,
            destination: self.to,
            protocol: self.protocol(),
            source_port: self.client_ports().0.max(self.client_ports().1.min(49_152)),
            destination_port: port,
            established: false,
        };
        match direction {
            Direction::Request => request,
            Direction::Answer => Packet {
                source: self.to,
                destination: self.from,
                source_port: port,
                destination_port: request.source_port,
                established: remembers || self.transport == Transport::Tcp,
                ..request
            },
        }
    }
}

/// Ports that clients ask from: those of Linux (net/ipv4, `ip_local_port_range`) hold those of RFC 6335.
const CLIENT_PORTS: (u16, u16) = (32_768, 65_535);

#[cfg(test)]
mod difference_tests;
#[cfg(test)]
mod groups_tests;
#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod tests;
