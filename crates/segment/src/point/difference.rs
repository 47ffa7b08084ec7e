//! Two configurations of one point: what the second lets through that the first did not, and the other way round.

use super::USUAL;
use super::enforcer::{Enforcer, ITSELF};
use super::network::Network;
use crate::packets::{End, Packet, Packets, Set, TooComplex};
use crate::read::{Configuration, Interface};
use cordon_model::Cidr;
use std::collections::BTreeMap;

/// Lines that are named for one pair of interfaces.
const LINES_MAX: usize = 50;

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// What surely passed surely does not any more.
    Closed,
    /// What surely did not pass surely does.
    Opened,
    /// Of what was sure it cannot be told any more.
    Unsure,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it does.
    pub turn: Turn,
    /// From which interface; `None` for any.
    pub from: Option<String>,
    /// To which.
    pub to: Option<String>,
    /// Between how many pairs of interfaces.
    pub pairs: u64,
    /// A packet that shows it.
    pub example: Packet,
    /// What decides about it in the first: list, and the line unless its end decides.
    pub old: Option<(String, Option<(u32, String)>)>,
    /// In the second.
    pub new: Option<(String, Option<(u32, String)>)>,
}

/// What the equipment is called where packets are for it or from it.
pub(super) const ITSELF_NAME: &str = "the equipment itself";

/// Where a packet comes in and goes out, by name.
type Pair = (Option<String>, Option<String>);

/// Compares for all packets, between every two interfaces that either has.
pub fn difference(
    old: &Configuration,
    new: &Configuration,
    packets: &mut Packets,
) -> Result<Vec<Change>, TooComplex> {
    let both = [old.clone(), new.clone()];
    let network = Network::of(&both);
    let between = between(&network, packets)?;
    let (mut one, mut other) = (Enforcer::of(old), Enforcer::of(new));
    let mut found: BTreeMap<(Turn, Option<u32>, Option<u32>, Packet), Change> = BTreeMap::new();
    for ((from, to), reach) in between {
        let at = |configuration: &Configuration, name: &Option<String>| {
            let name = name.as_ref()?;
            match name == ITSELF_NAME {
                true => Some(ITSELF),
                false => configuration.interfaces.iter().position(|it| it.name == *name),
            }
        };
        let ways = [(at(old, &from), at(old, &to)), (at(new, &from), at(new, &to))];
        // An interface that only one of them has lets nothing through in the other.
        let lacks = |way: (Option<usize>, Option<usize>)| {
            (from.is_some() && way.0.is_none()) || (to.is_some() && way.1.is_none())
        };
        let nothing = packets.nothing();
        let of =
            |enforcer: &mut Enforcer<'_>, way, packets: &mut Packets| -> Result<(Set, Set), TooComplex> {
                if lacks(way) {
                    return Ok((nothing, nothing));
                }
                let passes = enforcer.passes(way, packets)?;
                Ok((packets.and(passes.surely, reach)?, packets.and(passes.perhaps, reach)?))
            };
        let before = of(&mut one, ways[0], packets)?;
        let after = of(&mut other, ways[1], packets)?;
        let doubt = |(surely, perhaps): (Set, Set), packets: &mut Packets| packets.minus(perhaps, surely);
        let (doubted, doubtful) = (doubt(before, packets)?, doubt(after, packets)?);
        let turns = [
            (Turn::Closed, packets.minus(before.0, after.1)?),
            (Turn::Opened, packets.minus(after.0, before.1)?),
            (Turn::Unsure, packets.minus(doubtful, doubted)?),
        ];
        for (turn, mut left) in turns {
            for _ in 0..LINES_MAX {
                let Some(example) = packets.example(left, &USUAL) else { break };
                let decides = |enforcer: &mut Enforcer<'_>, way, packets: &mut Packets| match lacks(way) {
                    true => Ok(None),
                    false => enforcer.decides(way, example, packets),
                };
                let (was, is) =
                    (decides(&mut one, ways[0], packets)?, decides(&mut other, ways[1], packets)?);
                // What the same two lines decide is told once.
                let told = match turn {
                    Turn::Closed => was.as_ref().and_then(|decision| decision.own),
                    _ => is.as_ref().and_then(|decision| decision.own),
                };
                left = match told {
                    Some(own) => packets.minus(left, own)?,
                    None => packets.nothing(),
                };
                let place = |one: &Option<Decision>| {
                    one.as_ref().and_then(|one| one.line.as_ref()).map(|line| line.0)
                };
                let key = (turn, place(&was), place(&is), example);
                let change = found.entry(key).or_insert_with(|| Change {
                    turn,
                    from: from.clone(),
                    to: to.clone(),
                    pairs: 0,
                    example,
                    old: was.map(|one| (one.list, one.line)),
                    new: is.map(|one| (one.list, one.line)),
                });
                change.pairs += 1;
            }
        }
    }
    Ok(found.into_values().collect())
}

/// What decides about a packet.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) list: String,
    pub(super) line: Option<(u32, String)>,
    /// What its line matches.
    pub(super) own: Option<Set>,
}

/// Packets between each interface and the equipment itself.
fn itself(
    interfaces: &[Interface],
    is_blind: bool,
    (sources, destinations): (&[Set], &[Set]),
    all: &mut BTreeMap<Pair, Set>,
    packets: &mut Packets,
) -> Result<(), TooComplex> {
    let own: Vec<Cidr> = interfaces
        .iter()
        .flat_map(|one| &one.addresses)
        .filter_map(|(address, _)| Cidr::new(*address, if address.is_ipv4() { 32 } else { 128 }))
        .collect();
    let own_end = |end: End, packets: &mut Packets| -> Result<Set, TooComplex> {
        if is_blind {
            return Ok(packets.everything());
        }
        let sets: Vec<Set> = own.iter().map(|one| packets.network(end, one)).collect::<Result<_, _>>()?;
        packets.any(sets)
    };
    let (from_itself, to_itself) = (own_end(End::Source, packets)?, own_end(End::Destination, packets)?);
    let name = || Some(ITSELF_NAME.to_owned());
    let mut pairs: Vec<(Pair, Set)> = Vec::new();
    if interfaces.is_empty() {
        pairs.extend([((None, name()), to_itself), ((name(), None), from_itself)]);
    }
    for ((one, source), destination) in interfaces.iter().zip(sources).zip(destinations) {
        let (inward, outward) = match is_blind {
            true => (to_itself, from_itself),
            false => (packets.and(*source, to_itself)?, packets.and(*destination, from_itself)?),
        };
        pairs.extend([
            ((Some(one.name.clone()), name()), inward),
            ((name(), Some(one.name.clone())), outward),
        ]);
    }
    for (pair, set) in pairs {
        let room = all.entry(pair).or_insert(packets.nothing());
        *room = packets.or(*room, set)?;
    }
    Ok(())
}

/// Packets between every two interfaces that either has, by name.
fn between(network: &Network<'_>, packets: &mut Packets) -> Result<BTreeMap<Pair, Set>, TooComplex> {
    let mut all: BTreeMap<Pair, Set> = BTreeMap::new();
    for router in &network.routers {
        let Some(enforcer) = network.enforcers.get(router.point) else { continue };
        let interfaces = &enforcer.configuration.interfaces;
        let sources = router.ways.behind(interfaces.len(), End::Source, packets)?;
        let destinations = router.ways.behind(interfaces.len(), End::Destination, packets)?;
        let is_blind = router.ways.is_empty();
        for (from, source) in interfaces.iter().zip(&sources) {
            for (to, destination) in interfaces.iter().zip(&destinations) {
                let is_table = |one: &crate::read::Interface| one.vrf.as_deref() == router.vrf;
                if from.name == to.name || !is_table(from) || !is_table(to) {
                    continue;
                }
                let set = if is_blind { packets.everything() } else { packets.and(*source, *destination)? };
                let room =
                    all.entry((Some(from.name.clone()), Some(to.name.clone()))).or_insert(packets.nothing());
                *room = packets.or(*room, set)?;
            }
        }
        if is_blind && interfaces.is_empty() {
            all.insert((None, None), packets.everything());
        }
        // What Linux says of packets for the machine itself and from it; lists of others are not about them alone.
        if enforcer.configuration.hooks.iter().any(|hook| !hook.is_transit()) {
            itself(interfaces, is_blind, (&sources, &destinations), &mut all, packets)?;
        }
    }
    Ok(all)
}
