//! One enforcement point against what clinical work needs: which needs it breaks, by which line, and what it lets
//! through that nothing needs. Exact over all packets it may see.
//!
//! A point filters packet by packet, in both directions: a need passes when its requests and its answers do.

mod ways;

use crate::lists::{Action, Decided, Idle, List, audit};
use crate::packets::{End, Packet, Packets, Set, TooComplex};
use crate::read::Configuration;
use cordon_model::Cidr;
use cordon_model::observe::Transport;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use ways::Ways;

/// Ports that clients ask from: those of Linux (net/ipv4, `ip_local_port_range`) hold those of RFC 6335.
const CLIENT_PORTS: (u16, u16) = (32_768, 65_535);
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
    /// From which interface.
    pub from: String,
    /// To which interface.
    pub to: String,
    /// Name of the list; `None` where the interface has none.
    pub list: Option<String>,
    /// The line; `None` where there is no list.
    pub line: Option<(u32, String)>,
    /// A packet that passes, and that nothing needs.
    pub example: Packet,
}

/// What a point does to care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Flows that pass through this point.
    pub passing: u64,
    /// Flows that do not: both ends are behind one interface.
    pub elsewhere: u64,
    /// Flows of which the way is not in the configuration, by their places.
    pub no_way: Vec<usize>,
    /// Needs that are stopped.
    pub blocked: Vec<Broken>,
    /// How many.
    pub blocked_count: u64,
    /// Needs of which it cannot be told.
    pub unsure: Vec<Broken>,
    /// How many.
    pub unsure_count: u64,
    /// Lines that let through more than is needed, widest interfaces first.
    pub loose: Vec<Loose>,
    /// Lines that do nothing, by list.
    pub idle: Vec<(String, Idle)>,
}

/// Checks a point against all flows that are needed.
pub fn check(
    configuration: &Configuration,
    flows: &[Flow],
    packets: &mut Packets,
) -> Result<Report, TooComplex> {
    let mut point = Point::new(configuration, packets)?;
    let mut report = Report::default();
    let mut needed: Vec<Set> = Vec::new();
    for (at, flow) in flows.iter().enumerate() {
        let (request, answer) = point.packets_of(flow)?;
        needed.extend([request, answer]);
        let Some((from, to)) = point.way(flow) else {
            report.no_way.push(at);
            continue;
        };
        if from == to {
            report.elsewhere += 1;
            continue;
        }
        report.passing += 1;
        for (direction, set, way) in
            [(Direction::Request, request, (from, to)), (Direction::Answer, answer, (to, from))]
        {
            point.pass(at, flow, direction, set, way, &mut report)?;
        }
    }
    let needed = point.packets.any(needed)?;
    point.loose(needed, &mut report)?;
    for (name, list) in &configuration.lists {
        let idle = audit(list, point.packets, &USUAL)?;
        report.idle.extend(idle.into_iter().map(|idle| (name.clone(), idle)));
    }
    Ok(report)
}

/// What an example looks like where nothing else is asked.
const USUAL: Packet = Packet {
    source: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
    destination: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)),
    protocol: 6,
    source_port: 49_152,
    destination_port: 445,
    established: false,
};

/// A configuration with what its lists decide.
struct Point<'a> {
    configuration: &'a Configuration,
    packets: &'a mut Packets,
    ways: Ways,
    decided: BTreeMap<&'a str, Decided>,
}

/// One of the two lists a packet meets.
#[derive(Clone, Copy)]
struct Guard<'a> {
    /// The interface in words.
    at: &'a str,
    is_inward: bool,
    list: &'a List,
    decided: Decided,
}

impl<'a> Point<'a> {
    fn new(configuration: &'a Configuration, packets: &'a mut Packets) -> Result<Point<'a>, TooComplex> {
        let mut decided = BTreeMap::new();
        for (name, list) in &configuration.lists {
            decided.insert(name.as_str(), list.decide(packets)?);
        }
        Ok(Point { ways: Ways::of(configuration), configuration, packets, decided })
    }

    /// The interfaces a flow comes in and goes out by, of one routing table.
    fn way(&self, flow: &Flow) -> Option<(usize, usize)> {
        let (from, to) = (self.ways.to(flow.from)?, self.ways.to(flow.to)?);
        let table = |at: usize| self.configuration.interfaces.get(at).map(|interface| &interface.vrf);
        (table(from) == table(to)).then_some((from, to))
    }

    /// The packets of a flow: requests, and answers.
    fn packets_of(&mut self, flow: &Flow) -> Result<(Set, Set), TooComplex> {
        let host = |packets: &mut Packets, end, address: IpAddr| {
            let length = if address.is_ipv4() { 32 } else { 128 };
            match Cidr::new(address, length) {
                Some(host) => packets.network(end, &host),
                None => Ok(packets.nothing()),
            }
        };
        let packets = &mut *self.packets;
        let mut sets = Vec::new();
        for (source, destination, is_answer) in [(flow.from, flow.to, false), (flow.to, flow.from, true)] {
            let (source, destination) =
                (host(packets, End::Source, source)?, host(packets, End::Destination, destination)?);
            let protocol = packets.protocol(protocol_of(flow))?;
            let mut set = packets.and(source, destination)?;
            set = packets.and(set, protocol)?;
            if matches!(flow.transport, Transport::Tcp | Transport::Udp) {
                let (server, client) = match is_answer {
                    true => (End::Source, End::Destination),
                    false => (End::Destination, End::Source),
                };
                let (first, last) = flow.port.map_or((0, u16::MAX), |port| (port, port));
                let ports = packets.ports(server, first, last)?;
                set = packets.and(set, ports)?;
                let ports = packets.ports(client, CLIENT_PORTS.0, CLIENT_PORTS.1)?;
                set = packets.and(set, ports)?;
            }
            // The first packet of TCP alone goes on with nothing; packets of other protocols never show that they do.
            let established = packets.established()?;
            set = match (flow.transport, is_answer) {
                (Transport::Tcp, true) => packets.and(set, established)?,
                (Transport::Tcp, false) => set,
                _ => packets.minus(set, established)?,
            };
            sets.push(set);
        }
        let nothing = self.packets.nothing();
        Ok((sets.first().copied().unwrap_or(nothing), sets.get(1).copied().unwrap_or(nothing)))
    }

    /// The lists a packet meets from one interface to another.
    fn guards(&self, way: (usize, usize)) -> Vec<Guard<'a>> {
        let guard = |interface: usize, is_inward: bool| {
            let interface = self.configuration.interfaces.get(interface)?;
            let (name, _) = if is_inward { interface.inward.as_ref() } else { interface.outward.as_ref() }?;
            let list = self.configuration.lists.get(name)?;
            let decided = *self.decided.get(name.as_str())?;
            Some(Guard { at: &interface.name, is_inward, list, decided })
        };
        [guard(way.0, true), guard(way.1, false)].into_iter().flatten().collect()
    }

    /// What surely passes from one interface to another, and what may.
    fn passes(&mut self, way: (usize, usize)) -> Result<(Set, Set), TooComplex> {
        let (mut surely, mut perhaps) = (self.packets.everything(), self.packets.everything());
        for guard in self.guards(way) {
            surely = self.packets.and(surely, guard.decided.permitted)?;
            let either = self.packets.or(guard.decided.permitted, guard.decided.unsure)?;
            perhaps = self.packets.and(perhaps, either)?;
        }
        let doubted = [way.0, way.1].into_iter().any(|at| {
            self.configuration.interfaces.get(at).is_some_and(|interface| !interface.doubts.is_empty())
        });
        Ok(if doubted { (self.packets.nothing(), perhaps) } else { (surely, perhaps) })
    }

    fn pass(
        &mut self,
        at: usize,
        flow: &Flow,
        direction: Direction,
        set: Set,
        way: (usize, usize),
        report: &mut Report,
    ) -> Result<(), TooComplex> {
        let (surely, perhaps) = self.passes(way)?;
        let like = like(flow, direction);
        let stopped = self.packets.minus(set, perhaps)?;
        if let Some(example) = self.packets.example(stopped, &like) {
            report.blocked_count += 1;
            if report.blocked.len() < NAMED_MAX {
                report.blocked.push(self.broken(at, direction, example, way));
            }
            return Ok(());
        }
        let open = self.packets.minus(set, surely)?;
        if let Some(example) = self.packets.example(open, &like) {
            report.unsure_count += 1;
            if report.unsure.len() < NAMED_MAX {
                report.unsure.push(self.broken(at, direction, example, way));
            }
        }
        Ok(())
    }

    /// Who stops a packet, or may.
    fn broken(&self, flow: usize, direction: Direction, example: Packet, way: (usize, usize)) -> Broken {
        let guards = self.guards(way);
        let stops = |guard: &&Guard<'_>| !self.packets.has(guard.decided.permitted, &example);
        let doubts = [way.0, way.1].into_iter().filter_map(|at| {
            let interface = self.configuration.interfaces.get(at)?;
            interface.doubts.first().map(|doubt| (interface.name.clone(), doubt.clone()))
        });
        let Some(guard) = guards.iter().find(stops) else {
            let (at, doubt) = doubts.into_iter().next().unwrap_or_default();
            return Broken {
                flow,
                direction,
                example,
                at,
                list: String::new(),
                line: None,
                doubt: Some(doubt),
            };
        };
        let place = |line: &crate::lists::Line| (line.place, line.text.clone());
        let unsure = self.packets.has(guard.decided.unsure, &example);
        let doubtful = guard
            .list
            .lines
            .iter()
            .find(|line| line.not_understood.is_some() && line.matches.takes(&example));
        let (line, doubt) = match doubtful.filter(|_| unsure) {
            Some(line) => (Some(place(line)), line.not_understood.clone()),
            None => (guard.list.first(&example).0.map(place), None),
        };
        let way = if guard.is_inward { "in" } else { "out" };
        Broken {
            flow,
            direction,
            example,
            at: format!("{} {way}", guard.at),
            list: guard.list.name.clone(),
            line,
            doubt,
        }
    }

    /// Finds lines that let through what nothing needs.
    fn loose(&mut self, needed: Set, report: &mut Report) -> Result<(), TooComplex> {
        let count = self.configuration.interfaces.len();
        let behind: Vec<[Set; 2]> = (0..count)
            .map(|at| {
                Ok([
                    self.ways.behind(at, End::Source, self.packets)?,
                    self.ways.behind(at, End::Destination, self.packets)?,
                ])
            })
            .collect::<Result<_, TooComplex>>()?;
        for from in 0..count {
            let is_table = |to: &usize| {
                let table = |at: usize| self.configuration.interfaces.get(at).map(|interface| &interface.vrf);
                *to != from && table(*to) == table(from)
            };
            let others: Vec<usize> = (0..count).filter(is_table).collect();
            for to in others {
                let (Some([source, _]), Some([_, destination])) = (behind.get(from), behind.get(to)) else {
                    continue;
                };
                let (surely, _) = self.passes((from, to))?;
                let between = self.packets.and(*source, *destination)?;
                let open = self.packets.and(surely, between)?;
                let open = self.packets.minus(open, needed)?;
                // Answers to nothing reach nobody: only what may begin something counts.
                let established = self.packets.established()?;
                let open = self.packets.minus(open, established)?;
                self.loose_lines((from, to), open, report)?;
            }
        }
        Ok(())
    }

    fn loose_lines(&mut self, way: (usize, usize), open: Set, report: &mut Report) -> Result<(), TooComplex> {
        let like = self.usual(way);
        let Some(example) = self.packets.example(open, &like) else { return Ok(()) };
        let name =
            |at: usize| self.configuration.interfaces.get(at).map(|one| one.name.clone()).unwrap_or_default();
        let (from, to) = (name(way.0), name(way.1));
        let Some(guard) = self.guards(way).into_iter().next() else {
            report.loose.push(Loose { from, to, list: None, line: None, example });
            return Ok(());
        };
        let mut left = open;
        for line in guard.list.lines.iter().filter(|line| line.not_understood.is_none()) {
            let own = line.matches.packets(self.packets)?;
            let taken = self.packets.and(left, own)?;
            if line.action == Action::Permit
                && let Some(example) = self.packets.example(taken, &like)
            {
                let line = Some((line.place, line.text.clone()));
                let list = Some(guard.list.name.clone());
                report.loose.push(Loose { from: from.clone(), to: to.clone(), list, line, example });
            }
            left = self.packets.minus(left, own)?;
        }
        Ok(())
    }

    /// A packet between the first addresses of two interfaces' networks.
    fn usual(&self, way: (usize, usize)) -> Packet {
        let address = |at: usize| {
            let interface = self.configuration.interfaces.get(at)?;
            interface.addresses.first().map(|(address, _)| *address)
        };
        match (address(way.0), address(way.1)) {
            (Some(source), Some(destination)) if source.is_ipv4() == destination.is_ipv4() => {
                Packet { source, destination, ..USUAL }
            }
            _ => USUAL,
        }
    }
}

fn protocol_of(flow: &Flow) -> u8 {
    match flow.transport {
        Transport::Tcp => 6,
        Transport::Udp => 17,
        Transport::Icmp if flow.from.is_ipv6() => 58,
        Transport::Icmp => 1,
        Transport::Other(number) => number,
    }
}

fn like(flow: &Flow, direction: Direction) -> Packet {
    let port = flow.port.unwrap_or(443);
    let request = Packet {
        source: flow.from,
        destination: flow.to,
        protocol: protocol_of(flow),
        source_port: 49_152,
        destination_port: port,
        established: false,
    };
    match direction {
        Direction::Request => request,
        Direction::Answer => Packet {
            source: flow.to,
            destination: flow.from,
            source_port: port,
            destination_port: 49_152,
            established: flow.transport == Transport::Tcp,
            ..request
        },
    }
}

#[cfg(test)]
mod tests;
