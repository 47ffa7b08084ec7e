//! Enforcement points together: the way of each flow from point to point, and what stops it there.

use super::enforcer::{Enforcer, ITSELF};
use super::groups::{Groups, Seen, broadcasts};
use super::ways::Ways as Table;
use super::{Broken, Direction, Flow, NAMED_MAX, Report, is_group};
use crate::packets::{Packet, Packets, Set, TooComplex};
use crate::read::Configuration;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// How many points a packet passes at most: more would be a circle.
const HOPS_MAX: usize = 32;

/// Points with their routing tables.
pub struct Network<'a> {
    pub(super) enforcers: Vec<Enforcer<'a>>,
    pub(super) routers: Vec<Router<'a>>,
    /// Who owns an address: router and interface.
    owners: BTreeMap<IpAddr, (usize, usize)>,
    /// Broadcast addresses of the points' networks.
    pub(super) broadcasts: BTreeSet<IpAddr>,
}

/// One routing table of one point.
pub(super) struct Router<'a> {
    pub(super) point: usize,
    pub(super) vrf: Option<&'a str>,
    pub(super) ways: Table,
}

/// One point on a way, with the interfaces a packet takes there; `None` where the configuration does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hop {
    /// Which point, by its place in what was given.
    pub point: usize,
    /// Where a packet comes in; no place of an interface where it is from the point itself.
    pub from: Option<usize>,
    /// Where it goes out; no place of an interface where it is for the point itself.
    pub to: Option<usize>,
}

/// Flows by the way they take through a point, to be checked together.
type ByWay = BTreeMap<(usize, Option<usize>, Option<usize>, Direction), Vec<usize>>;

/// The ways of flows, by their places.
#[derive(Debug, Default)]
pub(super) struct Ways {
    by_way: ByWay,
    passing: u64,
    passing_at: BTreeMap<usize, u64>,
    elsewhere: u64,
    itself: u64,
    beyond: u64,
    no_way: Vec<usize>,
    groups: Groups,
}

impl Ways {
    /// A report that knows only the ways.
    pub(super) fn report(&self) -> Report {
        Report {
            passing: self.passing,
            passing_at: self.passing_at.clone(),
            elsewhere: self.elsewhere,
            itself: self.itself,
            beyond: self.beyond,
            no_way: self.no_way.clone(),
            on_link: self.groups.on_link.clone(),
            ..Report::default()
        }
    }
}

/// Where a way ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At the address.
    Reached,
    /// At a neighbour that was not given.
    Beyond,
}

/// The way of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The points, in order.
    pub hops: Vec<Hop>,
    /// Where it ends.
    pub end: End,
}

/// What is known of the way from one address to another.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    /// The ways it may take; it takes one of them.
    Paths(Vec<Path>),
    /// Both are behind one interface.
    Elsewhere,
    /// The configurations do not tell.
    NoWay,
}

impl<'a> Network<'a> {
    /// These points, with nothing decided yet.
    pub fn of(configurations: &'a [Configuration]) -> Network<'a> {
        let enforcers = configurations.iter().map(Enforcer::of).collect();
        let (mut routers, mut owners) = (Vec::new(), BTreeMap::new());
        for (point, configuration) in configurations.iter().enumerate() {
            let mut tables: Vec<Option<&str>> =
                configuration.interfaces.iter().map(|interface| interface.vrf.as_deref()).collect();
            tables.sort_unstable();
            tables.dedup();
            if tables.is_empty() {
                tables.push(None);
            }
            for vrf in tables {
                for (at, interface) in configuration.interfaces.iter().enumerate() {
                    if interface.vrf.as_deref() == vrf && !interface.is_down {
                        for (address, _) in &interface.addresses {
                            owners.entry(*address).or_insert((routers.len(), at));
                        }
                    }
                }
                routers.push(Router { point, vrf, ways: Table::of(configuration, vrf) });
            }
        }
        let interfaces = configurations.iter().flat_map(|one| &one.interfaces);
        let broadcasts = interfaces.flat_map(broadcasts).collect();
        Network { enforcers, routers, owners, broadcasts }
    }

    /// Where packets from an address may come in: router, and interface.
    pub(super) fn entries(&self, address: IpAddr) -> Vec<(usize, usize)> {
        if let Some((router, _)) = self.owners.get(&address) {
            return vec![(*router, ITSELF)];
        }
        let (mut connected, mut edges) = (Vec::new(), Vec::new());
        for (at, router) in self.routers.iter().enumerate() {
            match router.ways.to(address) {
                Some(way) if way.next.is_none() => connected.push((at, way.interface)),
                // Behind a neighbour that is given, that one is nearer.
                Some(way) if way.next.is_none_or(|next| !self.owners.contains_key(&next)) => {
                    edges.push((at, way.interface));
                }
                _ => {}
            }
        }
        if connected.is_empty() { edges } else { connected }
    }

    fn find(&self, from: IpAddr, to: IpAddr) -> Found {
        // A configuration without addresses says no way: every flow is checked as if it passed there.
        let blind: Vec<Hop> = self
            .routers
            .iter()
            .filter(|router| router.ways.is_empty())
            .map(|router| Hop { point: router.point, from: None, to: None })
            .collect();
        if blind.len() == self.routers.len() && !blind.is_empty() {
            return Found::Paths(vec![Path { hops: blind, end: End::Reached }]);
        }
        let entries = self.entries(from);
        if entries.is_empty() {
            return Found::NoWay;
        }
        let (mut paths, mut elsewhere) = (Vec::new(), false);
        for (router, interface) in entries {
            match self.follow(router, interface, to) {
                Some(path) if path.hops.is_empty() => elsewhere = true,
                Some(path) => paths.push(path),
                None => return Found::NoWay,
            }
        }
        match (paths.is_empty(), elsewhere) {
            (true, _) => Found::Elsewhere,
            // Some router sends it back where it came from: another one of that network takes it.
            (false, _) => Found::Paths(paths),
        }
    }

    /// True for an address of a point itself.
    fn is_of(&self, address: IpAddr, point: usize) -> bool {
        let owner = self.owners.get(&address).and_then(|(router, _)| self.routers.get(*router));
        owner.is_some_and(|router| router.point == point)
    }

    /// The way from an interface on; no hops where it leads back there at once.
    fn follow(&self, mut router: usize, mut interface: usize, to: IpAddr) -> Option<Path> {
        let mut hops = Vec::new();
        while hops.len() < HOPS_MAX {
            let here = self.routers.get(router)?;
            if self.is_of(to, here.point) {
                hops.push(Hop { point: here.point, from: Some(interface), to: Some(ITSELF) });
                return Some(Path { hops, end: End::Reached });
            }
            let way = here.ways.to(to)?;
            if way.interface == interface && hops.is_empty() {
                return Some(Path { hops, end: End::Reached });
            }
            hops.push(Hop { point: here.point, from: Some(interface), to: Some(way.interface) });
            let Some(next) = way.next else { return Some(Path { hops, end: End::Reached }) };
            match self.owners.get(&next) {
                Some((owner, _)) if *owner == router => return None,
                Some(found) => (router, interface) = *found,
                None => return Some(Path { hops, end: End::Beyond }),
            }
        }
        None
    }

    /// The ways a packet from one address to another may take; none where the configurations do not say, and no
    /// path where both are behind one interface.
    pub fn paths(&self, from: IpAddr, to: IpAddr) -> Option<Vec<Path>> {
        match self.find(from, to) {
            Found::Paths(paths) => Some(paths),
            Found::Elsewhere => Some(Vec::new()),
            Found::NoWay => None,
        }
    }

    /// All packets that the flows may be of, requests and answers, as points that remember connections or do not see
    /// them.
    pub(super) fn needed(&self, flows: &[Flow], packets: &mut Packets) -> Result<Set, TooComplex> {
        let stateless = self.enforcers.iter().any(|one| !one.remembers());
        let stateful = self.enforcers.iter().any(Enforcer::remembers);
        let mut sets = Vec::with_capacity(flows.len() * 2);
        for remembers in
            [(stateless, false), (stateful, true)].into_iter().filter(|one| one.0).map(|one| one.1)
        {
            for flow in flows {
                let directions = [Direction::Request, Direction::Answer];
                // No group answers.
                for direction in directions.into_iter().take(if is_group(flow.to) { 1 } else { 2 }) {
                    sets.push(flow.packets_of_any_client_port(direction, remembers, packets)?);
                }
            }
        }
        packets.any(sets)
    }

    /// The ways of all flows.
    pub(super) fn ways(&self, flows: &[Flow]) -> Ways {
        let mut ways = Ways::default();
        let mut known: BTreeMap<(IpAddr, IpAddr), Found> = BTreeMap::new();
        for (at, flow) in flows.iter().enumerate() {
            if let Some(seen) = self.to_group(flow) {
                self.group(at, seen, &mut ways);
                continue;
            }
            let mut way = |from: IpAddr, to: IpAddr| {
                known.entry((from, to)).or_insert_with(|| self.find(from, to)).clone()
            };
            let there = way(flow.from, flow.to);
            // Nobody answers from a broadcast address.
            let is_broadcast = self.broadcasts.contains(&flow.to);
            let back = if is_broadcast { there.clone() } else { way(flow.to, flow.from) };
            let (requests, answers) = match (there, back) {
                (Found::Paths(there), Found::Paths(back)) => (there, back),
                (Found::Elsewhere, Found::Elsewhere) => {
                    ways.elsewhere += 1;
                    continue;
                }
                _ => {
                    ways.no_way.push(at);
                    continue;
                }
            };
            ways.passing += 1;
            let is_own = |address: IpAddr| self.owners.contains_key(&address);
            ways.itself += u64::from(is_own(flow.from) || is_own(flow.to));
            let answers = if is_broadcast { Vec::new() } else { answers };
            let hops = requests.iter().chain(&answers).flat_map(|path| &path.hops);
            for point in hops.map(|hop| hop.point).collect::<BTreeSet<_>>() {
                *ways.passing_at.entry(point).or_default() += 1;
            }
            ways.beyond += u64::from(requests.iter().chain(&answers).any(|path| path.end == End::Beyond));
            for (direction, paths) in [(Direction::Request, requests), (Direction::Answer, answers)] {
                for hop in paths.iter().flat_map(|path| &path.hops) {
                    let flows = ways.by_way.entry((hop.point, hop.from, hop.to, direction)).or_default();
                    if flows.last() != Some(&at) {
                        flows.push(at);
                    }
                }
            }
        }
        ways
    }

    /// Notes where a flow to a group is checked.
    fn group(&self, at: usize, seen: Seen, ways: &mut Ways) {
        let point_of = |router: usize| self.routers.get(router).map_or(0, |router| router.point);
        let points: BTreeSet<usize> = match seen {
            Seen::Stays(why) => return ways.groups.on_link.push((at, why)),
            Seen::NoWay => return ways.no_way.push(at),
            Seen::Handed(doors) => {
                for (point, from) in &doors {
                    // What crosses a bridge goes on to nobody in particular.
                    let to = from.map(|_| ITSELF);
                    let way = ways.by_way.entry((*point, *from, to, Direction::Request)).or_default();
                    way.push(at);
                }
                doors.into_iter().map(|(point, _)| point).collect()
            }
            Seen::Spreads(doors) => {
                ways.groups.add(at, &doors, point_of);
                doors.into_iter().map(|(router, _)| point_of(router)).collect()
            }
        };
        ways.passing += 1;
        for point in points {
            *ways.passing_at.entry(point).or_default() += 1;
        }
    }

    /// Checks every flow that takes its way through a point.
    pub(super) fn needs(
        &mut self,
        point: usize,
        ways: &Ways,
        flows: &[Flow],
        report: &mut Report,
        packets: &mut Packets,
    ) -> Result<(), TooComplex> {
        let from = (point, None, None, Direction::Request);
        for ((at, from, to, direction), these) in ways.by_way.range(from..) {
            if *at != point {
                break;
            }
            self.pass((point, (*from, *to), *direction), these, flows, report, packets)?;
        }
        self.groups(point, &ways.groups, flows, report, packets)
    }

    /// Checks the flows that take one way through one point: first together, and one by one where not all pass.
    fn pass(
        &mut self,
        (point, way, direction): (usize, (Option<usize>, Option<usize>), Direction),
        these: &[usize],
        flows: &[Flow],
        report: &mut Report,
        packets: &mut Packets,
    ) -> Result<(), TooComplex> {
        let Some(enforcer) = self.enforcers.get_mut(point) else { return Ok(()) };
        let remembers = enforcer.remembers();
        let passes = enforcer.passes(way, packets)?;
        let mut sets = Vec::with_capacity(these.len());
        for flow in these.iter().filter_map(|at| flows.get(*at)) {
            sets.push(flow.packets(direction, remembers, packets)?);
        }
        let all = packets.any(sets.iter().copied())?;
        if packets.is_within(all, passes.surely)? {
            return Ok(());
        }
        for (at, set) in these.iter().zip(sets) {
            let Some(flow) = flows.get(*at) else { continue };
            let like = flow.usual(direction, remembers);
            let stopped = packets.minus(set, passes.perhaps)?;
            let open = packets.minus(set, passes.surely)?;
            let (is_stopped, example) = match packets.example(stopped, &like) {
                Some(example) => (true, example),
                None => match packets.example(open, &like) {
                    Some(example) => (false, example),
                    None => continue,
                },
            };
            let (count, named) = match is_stopped {
                true => (&mut report.blocked_count, &mut report.blocked),
                false => (&mut report.unsure_count, &mut report.unsure),
            };
            *count += 1;
            if named.len() < NAMED_MAX {
                let broken = enforcer.broken(way, example, packets)?;
                named.push(Broken { flow: *at, point, direction, ..broken });
            }
        }
        Ok(())
    }

    /// What becomes of one packet on its way: nothing where it surely passes everywhere, or else where and why
    /// not. `None` where its way is not in the configurations.
    pub fn one(&mut self, flow: &Flow, packets: &mut Packets) -> Result<Option<Outcome>, TooComplex> {
        let (Some(there), Some(back)) = (self.paths(flow.from, flow.to), self.paths(flow.to, flow.from))
        else {
            return Ok(None);
        };
        if there.is_empty() || back.is_empty() {
            return Ok(Some(Outcome::Elsewhere));
        }
        let mut unsure = None;
        for (direction, paths) in [(Direction::Request, there), (Direction::Answer, back)] {
            for hop in paths.iter().flat_map(|path| &path.hops) {
                let Some(enforcer) = self.enforcers.get_mut(hop.point) else { continue };
                let way = (hop.from, hop.to);
                let passes = enforcer.passes(way, packets)?;
                let packet: Packet = flow.usual(direction, enforcer.remembers());
                if packets.has(passes.surely, &packet) {
                    continue;
                }
                let is_stopped = !packets.has(passes.perhaps, &packet);
                if is_stopped || unsure.is_none() {
                    let broken = enforcer.broken(way, packet, packets)?;
                    let broken = Broken { point: hop.point, direction, ..broken };
                    match is_stopped {
                        true => return Ok(Some(Outcome::Blocked(broken))),
                        false => unsure = Some(broken),
                    }
                }
            }
        }
        Ok(Some(unsure.map_or(Outcome::Passes, Outcome::Unsure)))
    }
}

/// What becomes of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passes.
    Passes,
    /// It does not pass through any of the points.
    Elsewhere,
    /// It is stopped.
    Blocked(Broken),
    /// It cannot be told.
    Unsure(Broken),
}
