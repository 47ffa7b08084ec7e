//! When stations and addresses are one machine: several interfaces, docking stations, what is seen on both sides of
//! a router.
//!
//! Anyone can write another's address into a packet, and copied systems share what was made to be unique. So one
//! reason is never enough, and one that speaks against it ends the matter; both are told.

use super::{Joiner, Node, What, evidence};
use crate::gather::Seen;
use crate::place::Spot;
use crate::traits::Kind;
use cordon_model::Mac;
use cordon_model::identify::{Evidence, Link};
use std::collections::{BTreeMap, BTreeSet};

/// Interfaces of one machine are mostly numbered in a row; so far apart at most.
const NEAR: u32 = 64;
/// More things than this with one identifier are copies of one system.
const SHARERS_MAX: usize = 8;

/// Two MAC addresses of one block that are numbered close to each other.
fn is_near(one: Mac, other: Mac) -> bool {
    let number = |mac: Mac| u32::from_be_bytes([0, mac.0[3], mac.0[4], mac.0[5]]);
    one.oui() == other.oui() && !one.is_local() && number(one).abs_diff(number(other)) <= NEAR
}

/// A reason for two spots to be one machine.
struct Reason<'a> {
    words: String,
    /// What it rests on, at both ends.
    seen: Vec<Option<Seen<'a>>>,
    /// It may begin a join; others only confirm one.
    begins: bool,
    /// An address that is the other's MAC in another form needs no second reason.
    suffices: bool,
}

/// A key that both of two maps have, with what each says.
fn shared<'a, 'm, K: Ord>(
    one: &'m BTreeMap<K, Seen<'a>>,
    other: &'m BTreeMap<K, Seen<'a>>,
) -> Option<(&'m K, [Option<Seen<'a>>; 2])> {
    one.iter().find_map(|(key, seen)| Some((key, [Some(*seen), Some(*other.get(key)?)])))
}

fn spot(node: &Node<'_>) -> Option<Spot> {
    match node.what {
        What::Spot(spot) => Some(spot),
        _ => None,
    }
}

fn mac_of(node: &Node<'_>) -> Option<Mac> {
    match node.what {
        What::Spot(Spot::Station(mac)) => Some(mac),
        _ => None,
    }
}

/// True for an adapter several machines used one after the other, such as a docking station's.
fn serves_several(node: &Node<'_>) -> bool {
    let duids = node.traits.unique.keys().filter(|(kind, _)| *kind == Kind::Duid).count();
    node.traits.dhcp_names > 1 || duids > 1
}

/// What speaks against two spots being one machine.
fn against(one: &Node<'_>, other: &Node<'_>) -> Option<String> {
    let differ = |mine: &BTreeSet<&str>, theirs: &BTreeSet<&str>| {
        !mine.is_empty() && !theirs.is_empty() && mine.is_disjoint(theirs)
    };
    fn keys<'n>(of: &'n BTreeMap<String, Seen<'_>>) -> BTreeSet<&'n str> {
        of.keys().map(String::as_str).collect()
    }
    let (mine, theirs) = (&one.traits, &other.traits);
    if differ(&keys(&mine.serials), &keys(&theirs.serials)) {
        return Some("they state different serial numbers".to_owned());
    }
    if differ(&keys(&mine.names), &keys(&theirs.names)) {
        return Some("they call themselves differently".to_owned());
    }
    for kind in [Kind::Duid, Kind::Engine, Kind::Guid, Kind::Chassis] {
        let of = |node: &'_ Node<'_>| -> BTreeSet<String> {
            let unique = node.traits.unique.keys().filter(|(known, _)| *known == kind);
            unique.map(|(_, value)| value.clone()).collect()
        };
        let (mine, theirs) = (of(one), of(other));
        if !mine.is_empty() && !theirs.is_empty() && mine.is_disjoint(&theirs) {
            return Some(format!("each states a {} of its own", kind.words()));
        }
    }
    if serves_several(one) || serves_several(other) {
        return Some("several machines used one of the adapters".to_owned());
    }
    let is_virtual = |node: &Node<'_>| mac_of(node).is_some_and(Mac::is_virtual_router);
    if is_virtual(one) || is_virtual(other) {
        return Some("a virtual router's address moves between machines".to_owned());
    }
    None
}

/// What speaks for two spots being one machine.
fn reasons<'a>(one: &Node<'a>, other: &Node<'a>) -> Vec<Reason<'a>> {
    let mut found: Vec<Reason<'a>> = Vec::new();
    for (from, to) in [(one, other), (other, one)] {
        if let Some(seen) = from.means.get(&to.id) {
            let words = format!("{} states the address of {}", from.words, to.words);
            found.push(Reason { words, seen: vec![*seen], begins: true, suffices: seen.is_none() });
        }
    }
    if let Some(((kind, _), seen)) = shared(&one.traits.unique, &other.traits.unique) {
        let words = format!("both state the same {}", kind.words());
        found.push(Reason { words, seen: seen.to_vec(), begins: true, suffices: false });
    }
    if let Some((name, seen)) = shared(&one.traits.names, &other.traits.names) {
        let words = format!("both call themselves {name}");
        found.push(Reason { words, seen: seen.to_vec(), begins: false, suffices: false });
    }
    if let Some((_, seen)) = shared(&one.traits.serials, &other.traits.serials) {
        let words = "both state the same serial number".to_owned();
        found.push(Reason { words, seen: seen.to_vec(), begins: false, suffices: false });
    }
    if mac_of(one).zip(mac_of(other)).is_some_and(|(one, other)| is_near(one, other)) {
        let words = "their MAC addresses are numbered in a row".to_owned();
        found.push(Reason { words, seen: Vec::new(), begins: false, suffices: false });
    }
    found
}

impl<'a> Joiner<'_, 'a> {
    /// Joins stations and addresses that are one machine.
    pub(super) fn join_spots(&mut self) {
        for (one, other) in self.pairs() {
            let (Some(first), Some(second)) = (self.node(one), self.node(other)) else { continue };
            let reasons = reasons(first, second);
            let evidence: Vec<Evidence> = reasons
                .iter()
                .flat_map(|reason| &reason.seen)
                .map(|seen| evidence(seen.as_ref(), "identity/one-machine"))
                .collect();
            let words: Vec<&str> = reasons.iter().map(|reason| reason.words.as_str()).collect();
            let words = words.join("; ");
            let enough = reasons.len() > 1 || reasons.iter().any(|reason| reason.suffices);
            if !reasons.iter().any(|reason| reason.begins) {
                continue;
            }
            if let Some(against) = against(first, second) {
                self.say(false, one, other, &format!("{words}, but {against}"), evidence);
            } else if enough {
                self.link(one, other, &words, evidence);
            } else {
                self.say(false, one, other, &format!("{words}, which alone is not enough"), evidence);
            }
        }
    }

    /// Says of what too many share that it joins none of them.
    pub(super) fn tell_crowds(&mut self) {
        let mut sharers: BTreeMap<&(Kind, String), Vec<usize>> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| spot(node).is_some()) {
            for key in node.traits.unique.keys() {
                sharers.entry(key).or_default().push(index);
            }
        }
        for ((kind, value), nodes) in sharers {
            for index in &nodes {
                let Some(node) = self.node(*index) else { continue };
                if nodes.len() <= SHARERS_MAX && !node.crowded.contains(kind) {
                    continue;
                }
                let seen = node.traits.unique.get(&(*kind, value.clone()));
                self.links.push((
                    *index,
                    Link {
                        joined: false,
                        with: "many others".to_owned(),
                        why: format!(
                            "more than {SHARERS_MAX} state the same {}: copies of one system",
                            kind.words()
                        ),
                        evidence: vec![evidence(seen, "identity/one-machine")],
                    },
                ));
            }
        }
    }

    /// Pairs of spots of which one states the other's address, or that share an identifier with few others.
    fn pairs(&self) -> BTreeSet<(usize, usize)> {
        let mut pairs = BTreeSet::new();
        let mut sharers: BTreeMap<&(Kind, String), Vec<usize>> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| spot(node).is_some()) {
            for thing in node.means.keys() {
                if let Some(other) = self.by_id.get(thing).copied()
                    && other != index
                    && self.node(other).is_some_and(|node| spot(node).is_some())
                {
                    pairs.insert((index.min(other), index.max(other)));
                }
            }
            for key in node.traits.unique.keys() {
                sharers.entry(key).or_default().push(index);
            }
        }
        for nodes in sharers.values().filter(|nodes| nodes.len() <= SHARERS_MAX) {
            for (position, one) in nodes.iter().enumerate() {
                pairs.extend(nodes.iter().skip(position + 1).map(|other| (*one, *other)));
            }
        }
        pairs
    }
}
