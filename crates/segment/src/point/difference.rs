//! Two configurations of one point: what the second lets through that the first did not, and the other way round.

use super::USUAL;
use super::enforcer::Enforcer;
use super::network::Network;
use crate::packets::{End, Packet, Packets, Set, TooComplex};
use crate::read::Configuration;
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
            name.as_ref().and_then(|name| configuration.interfaces.iter().position(|it| it.name == *name))
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
    }
    Ok(all)
}
