//! What points let through that nothing needs, by line and by what it reaches.

use super::enforcer::{Guard, ITSELF, place};
use super::groups::never_passed_on;
use super::network::Network;
use super::{Loose, Report, USUAL, Worth};
use crate::lists::{Action, Line, List, Verdict};
use crate::packets::{End, Packet, Packets, Set, TooComplex};
use cordon_model::Cidr;
use std::collections::{BTreeMap, BTreeSet};

/// How deep lists are followed that hand on to one another.
const DEPTH_MAX: usize = 32;
/// The most lines that are followed at once; lists that hand on to lists many times over are longer.
const LINES_MAX: u64 = 5_000_000;

/// The interfaces a packet takes, by place.
type Pair = (Option<usize>, Option<usize>);

/// What is open at one point behind one first list: by pair of interfaces.
#[derive(Default)]
struct Open {
    pairs: Vec<(Pair, Set)>,
}

impl Network<'_> {
    /// Finds what is let through and not needed, groups it by line, and ranks it by what it reaches.
    pub(super) fn loose(
        &mut self,
        point: usize,
        needed: Set,
        worth: &Worth,
        report: &mut Report,
        packets: &mut Packets,
    ) -> Result<(), TooComplex> {
        let reached = reached(worth, packets)?;
        let established = packets.established()?;
        // Answers to nothing reach nobody: only what may begin something counts.
        let beginning = packets.or(needed, established)?;
        let is_bridge = self.enforcers.get(point).is_some_and(|one| one.configuration.bridges);
        let stays = if is_bridge { packets.nothing() } else { never_passed_on(packets)? };
        let counted = packets.or(beginning, stays)?;
        for router in 0..self.routers.len() {
            if self.routers.get(router).is_none_or(|one| one.point != point) {
                continue;
            }
            for (list, open) in self.open(router, counted, packets)? {
                self.lines((point, list), &open, &reached, report, packets)?;
            }
            for (list, open) in self.open_itself(router, beginning, packets)? {
                let first = report.loose.len();
                self.lines((point, list), &open, &reached, report, packets)?;
                let most = worth.iter().position(|addresses| !addresses.is_empty());
                for loose in report.loose.iter_mut().skip(first) {
                    (loose.is_itself, loose.worth) = (true, most);
                    loose.to = super::difference::ITSELF_NAME.to_owned();
                }
            }
        }
        Ok(())
    }

    /// What reaches the equipment's own addresses from each interface and is not counted, by the first list it meets.
    fn open_itself(
        &mut self,
        router: usize,
        counted: Set,
        packets: &mut Packets,
    ) -> Result<BTreeMap<Option<String>, Open>, TooComplex> {
        let mut all: BTreeMap<Option<String>, Open> = BTreeMap::new();
        let Some(router) = self.routers.get(router) else { return Ok(all) };
        let Some(enforcer) = self.enforcers.get_mut(router.point) else { return Ok(all) };
        let interfaces = &enforcer.configuration.interfaces;
        let is_own = |at: &usize| interfaces.get(*at).is_some_and(|one| one.vrf.as_deref() == router.vrf);
        let own: Vec<usize> = (0..interfaces.len()).filter(is_own).collect();
        let mut addresses = Vec::new();
        for (address, _) in own.iter().filter_map(|at| interfaces.get(*at)).flat_map(|one| &one.addresses) {
            if let Some(host) = Cidr::new(*address, if address.is_ipv4() { 32 } else { 128 }) {
                addresses.push(packets.network(End::Destination, &host)?);
            }
        }
        let addresses = packets.any(addresses)?;
        let sources = router.ways.behind(interfaces.len(), End::Source, packets)?;
        for from in own {
            let Some(source) = sources.get(from) else { continue };
            let way = (Some(from), Some(ITSELF));
            let passes = enforcer.passes(way, packets)?;
            let open = packets.and(passes.surely, *source)?;
            let open = packets.and(open, addresses)?;
            let open = packets.minus(open, counted)?;
            let guards = enforcer.guards(way);
            for (met, open) in by_family(&guards, open, packets)? {
                let first = deciding(&met, &enforcer.configuration.lists);
                if !packets.is_empty(open) {
                    all.entry(first).or_default().pairs.push((way, open));
                }
            }
        }
        Ok(all)
    }

    /// What passes between each two interfaces of a router and is not counted, by the first list it meets.
    fn open(
        &mut self,
        router: usize,
        counted: Set,
        packets: &mut Packets,
    ) -> Result<BTreeMap<Option<String>, Open>, TooComplex> {
        let mut all: BTreeMap<Option<String>, Open> = BTreeMap::new();
        let Some(router) = self.routers.get(router) else { return Ok(all) };
        let Some(enforcer) = self.enforcers.get_mut(router.point) else { return Ok(all) };
        let interfaces = &enforcer.configuration.interfaces;
        let own: Vec<usize> = (0..interfaces.len())
            .filter(|at| interfaces.get(*at).is_some_and(|one| one.vrf.as_deref() == router.vrf))
            .collect();
        let sources = router.ways.behind(interfaces.len(), End::Source, packets)?;
        let destinations = router.ways.behind(interfaces.len(), End::Destination, packets)?;
        let mut pairs: Vec<(Pair, Set)> = Vec::new();
        for from in &own {
            for to in own.iter().filter(|to| *to != from) {
                let (Some(source), Some(destination)) = (sources.get(*from), destinations.get(*to)) else {
                    continue;
                };
                pairs.push(((Some(*from), Some(*to)), packets.and(*source, *destination)?));
            }
        }
        if router.ways.is_empty() {
            pairs.push(((None, None), packets.everything()));
        }
        for (way, between) in pairs {
            let passes = enforcer.passes(way, packets)?;
            let open = packets.and(passes.surely, between)?;
            let open = packets.minus(open, counted)?;
            let guards = enforcer.guards(way);
            if enforcer.is_any_of(way) {
                let mut left = open;
                for guard in &guards {
                    let permitted = enforcer.permitted(guard, way, packets)?;
                    let own = packets.and(left, permitted)?;
                    left = packets.minus(left, own)?;
                    if !packets.is_empty(own) {
                        all.entry(Some(guard.list.to_owned())).or_default().pairs.push((way, own));
                    }
                }
                continue;
            }
            let lists = &enforcer.configuration.lists;
            for (met, open) in by_family(&guards, open, packets)? {
                let first = deciding(&met, lists);
                // Rules of one family alone do not say that there are none of the other.
                let is_untold = first.is_none() && way == (None, None) && !guards.is_empty();
                if !packets.is_empty(open) && !is_untold {
                    all.entry(first).or_default().pairs.push((way, open));
                }
            }
        }
        Ok(all)
    }

    /// Which lines of a list let through what is open.
    fn lines(
        &mut self,
        (point, list): (usize, Option<String>),
        open: &Open,
        reached: &[Set],
        report: &mut Report,
        packets: &mut Packets,
    ) -> Result<(), TooComplex> {
        let Some(enforcer) = self.enforcers.get_mut(point) else { return Ok(()) };
        let lists = &enforcer.configuration.lists;
        let Some(list) = list.and_then(|name| lists.get(&name)) else {
            for (way, set) in &open.pairs {
                let pairs = [(*way, *set)];
                report.loose.extend(self.of_line(point, None, None, &pairs, reached, packets)?);
            }
            return Ok(());
        };
        // A list that asks for interfaces is followed on each way, any other once for all.
        let groups: Vec<Vec<(Pair, Set)>> = match asks(lists, list) {
            true => open.pairs.iter().map(|pair| vec![*pair]).collect(),
            false => vec![open.pairs.clone()],
        };
        let mut found: BTreeMap<(String, usize), Vec<(Pair, Set)>> = BTreeMap::new();
        for group in groups {
            let all = packets.any(group.iter().map(|(_, set)| *set))?;
            let way = enforcer.way(group.first().map_or((None, None), |(way, _)| *way));
            let mut walk = Walk { lists, way, taken: Vec::new(), lines: 0 };
            let rest = walk.follow(list, all, 0, packets)?;
            // The end of a list is no line of it.
            if list.otherwise == Action::Permit {
                walk.taken.push((&list.name, usize::MAX, rest));
            }
            for (name, at, taken) in walk.taken {
                for (way, set) in &group {
                    let own = packets.and(taken, *set)?;
                    if !packets.is_empty(own) {
                        found.entry((name.to_owned(), at)).or_default().push((*way, own));
                    }
                }
            }
        }
        for ((name, at), pairs) in found {
            let line = lists.get(&name).and_then(|list| list.lines.get(at));
            report.loose.extend(self.of_line(point, Some(&name), line, &pairs, reached, packets)?);
        }
        Ok(())
    }

    /// One line with what it lets through, shown by the packet that reaches what is worth most.
    fn of_line(
        &self,
        point: usize,
        list: Option<&str>,
        line: Option<&Line>,
        pairs: &[(Pair, Set)],
        reached: &[Set],
        packets: &mut Packets,
    ) -> Result<Option<Loose>, TooComplex> {
        let Some(enforcer) = self.enforcers.get(point) else { return Ok(None) };
        let mut best: Option<(Option<usize>, Pair, Packet)> = None;
        for (way, set) in pairs {
            let like = self.like(point, *way);
            let mut reaches = None;
            for (at, those) in reached.iter().enumerate() {
                let own = packets.and(*set, *those)?;
                if let Some(example) = packets.example(own, &like) {
                    reaches = Some((Some(at), example));
                    break;
                }
            }
            let found = reaches.or_else(|| packets.example(*set, &like).map(|example| (None, example)));
            let Some((worth, example)) = found else { continue };
            let rank = |worth: Option<usize>| worth.unwrap_or(usize::MAX);
            if best.is_none_or(|(other, ..)| rank(worth) < rank(other)) {
                best = Some((worth, *way, example));
            }
        }
        let Some((worth, way, example)) = best else { return Ok(None) };
        let names = enforcer.way(way);
        let name = |name: Option<&str>| name.unwrap_or("any interface").to_owned();
        Ok(Some(Loose {
            point,
            from: name(names.from),
            to: name(names.to),
            pairs: pairs.len() as u64,
            list: list.map(str::to_owned),
            line: line.map(place),
            example,
            worth,
            is_itself: false,
        }))
    }

    /// A packet between the first addresses of two interfaces' networks.
    fn like(&self, point: usize, way: Pair) -> Packet {
        let address = |at: Option<usize>| {
            let interface = self.enforcers.get(point)?.configuration.interfaces.get(at?)?;
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

/// The list that lets through: one that denies what it does not name, or else the first.
fn deciding(met: &[&Guard<'_>], lists: &BTreeMap<String, List>) -> Option<String> {
    let denies =
        |guard: &&&Guard<'_>| lists.get(guard.list).is_some_and(|list| list.otherwise == Action::Deny);
    met.iter().find(denies).or(met.first()).map(|guard| guard.list.to_owned())
}

/// Lists with the packets that meet them: each family for itself where some are of one family only.
fn by_family<'b, 'a>(
    guards: &'b [Guard<'a>],
    all: Set,
    packets: &mut Packets,
) -> Result<Vec<(Vec<&'b Guard<'a>>, Set)>, TooComplex> {
    if guards.iter().all(|guard| guard.only_ipv6.is_none()) {
        return Ok(vec![(guards.iter().collect(), all)]);
    }
    [false, true]
        .into_iter()
        .map(|is_ipv6| {
            let family = packets.family(is_ipv6)?;
            let met = guards.iter().filter(|guard| guard.is_met_by(is_ipv6)).collect();
            Ok((met, packets.and(all, family)?))
        })
        .collect()
}

/// Packets to the addresses of each worth.
fn reached(worth: &Worth, packets: &mut Packets) -> Result<Vec<Set>, TooComplex> {
    let mut sets = Vec::with_capacity(worth.len());
    for addresses in worth {
        let mut hosts = Vec::with_capacity(addresses.len());
        for address in addresses {
            if let Some(host) = Cidr::new(*address, if address.is_ipv4() { 32 } else { 128 }) {
                hosts.push(packets.network(End::Destination, &host)?);
            }
        }
        sets.push(packets.any(hosts)?);
    }
    Ok(sets)
}

/// True where a list, or one it hands on to, asks for an interface.
fn asks(lists: &BTreeMap<String, List>, list: &List) -> bool {
    let (mut met, mut left) = (BTreeSet::from([list.name.as_str()]), vec![list]);
    while let Some(list) = left.pop() {
        for line in &list.lines {
            if line.matches.asks_interface() {
                return true;
            }
            if let Verdict::Jump(next) | Verdict::Goto(next) = &line.verdict
                && let Some(next) = lists.get(next)
                && met.insert(&next.name)
            {
                left.push(next);
            }
        }
    }
    false
}

/// Follows packets that pass through lists, to the lines that let them.
struct Walk<'a, 'b> {
    lists: &'a BTreeMap<String, List>,
    way: crate::lists::Way<'b>,
    /// List, line and what it lets through.
    taken: Vec<(&'a str, usize, Set)>,
    lines: u64,
}

impl<'a> Walk<'a, '_> {
    /// Answers what no line decides about.
    fn follow(
        &mut self,
        list: &'a List,
        all: Set,
        depth: usize,
        packets: &mut Packets,
    ) -> Result<Set, TooComplex> {
        let (mut left, mut back) = (all, packets.nothing());
        for (at, line) in list.lines.iter().enumerate() {
            self.lines += 1;
            if packets.is_empty(left) || self.lines > LINES_MAX {
                break;
            }
            if line.not_understood.is_some() {
                continue;
            }
            let own = line.matches.packets(self.way, packets)?.surely;
            let taken = packets.and(left, own)?;
            if packets.is_empty(taken) {
                continue;
            }
            left = packets.minus(left, own)?;
            match &line.verdict {
                Verdict::Permit => self.taken.push((&list.name, at, taken)),
                Verdict::Return => back = packets.or(back, taken)?,
                Verdict::Deny | Verdict::Unknown => {}
                Verdict::Jump(next) | Verdict::Goto(next) => {
                    let Some(next) = self.lists.get(next).filter(|_| depth < DEPTH_MAX) else { continue };
                    let returned = self.follow(next, taken, depth + 1, packets)?;
                    match line.verdict {
                        Verdict::Goto(_) => back = packets.or(back, returned)?,
                        _ => left = packets.or(left, returned)?,
                    }
                }
            }
        }
        packets.or(left, back)
    }
}
