//! Which things are one device: stations, lone addresses, rows of lists, and devices behind gateways.
//!
//! Looks at things that one piece of evidence or more connects, and at nothing else, so that the outcome for them
//! depends on them alone. What a person corrected comes first. Records of gateways join the station or the serial
//! number they name. Stations and addresses join only on two reasons of different kinds with nothing against it: one
//! states the other's address or both state an identifier made to be unique, and a name, a neighbouring MAC or a
//! second identifier agrees. Rows of lists join what they name: by MAC, else by address, else by a serial number only
//! one thing has. Rows with different asset tags, and two rows of one list, never become one device. Where two such
//! rows claim one thing equally well neither gets it: a silent choice would be worse than two entries. Every join and
//! every refusal leaves its reason.

mod groups;
mod spots;

use crate::gather::Seen;
use crate::place::Spot;
use crate::traits::{Kind, Traits, protocol, serial_key, worded};
use cordon_model::Mac;
use cordon_model::identify::{Evidence, Link};
use cordon_model::observe::Source;
pub(crate) use groups::Groups;
use std::collections::{BTreeMap, BTreeSet};

/// A thing's number.
pub(crate) type ThingId = u32;

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Something on the network.
    Spot(Spot),
    /// A row of a list: the list's label.
    Row(u32),
    /// A device behind a gateway: the gateway's thing.
    Behind(ThingId),
}

/// How a person's correction concerns a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Correction {
    /// All things with this number are one device.
    Merge(u32),
    /// Things with this number and different parts are different devices.
    Split(u32, u32),
}

/// A thing with all that decides what it is one device with.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) id: ThingId,
    pub(crate) what: What,
    /// The row's or the record's name.
    pub(crate) name: &'a str,
    /// What to call it in reasons.
    pub(crate) words: String,
    pub(crate) traits: Traits<'a>,
    /// False for a station that only lists and others' words name.
    pub(crate) present: bool,
    /// The things whose addresses it states, with how it says so; for a row, the things at its addresses.
    pub(crate) means: BTreeMap<ThingId, Option<Seen<'a>>>,
    pub(crate) corrections: Vec<Correction>,
    /// Identifiers it shares with too many to be one device with any of them.
    pub(crate) crowded: Vec<Kind>,
}

impl Node<'_> {
    fn is_record(&self) -> bool {
        matches!(self.what, What::Behind(_))
    }

    fn gateway(&self) -> Option<ThingId> {
        match self.what {
            What::Behind(gateway) => Some(gateway),
            _ => None,
        }
    }
}

/// Which nodes are one device, and why.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    /// For each node the first node of its group.
    pub(crate) roots: Vec<usize>,
    /// Reasons, by the node they concern.
    pub(crate) links: Vec<(usize, Link)>,
}

/// Decides which of some nodes, given in their lasting order, are one device.
pub(crate) fn join(nodes: &[Node<'_>], reasons: &BTreeMap<Correction, Link>) -> Joined {
    let mut joiner = Joiner::new(nodes);
    joiner.correct(reasons);
    joiner.join_records_by_station();
    joiner.join_records_by_address();
    joiner.join_records_by_serial();
    joiner.join_spots();
    joiner.tell_crowds();
    joiner.join_rows();
    let roots = (0..nodes.len()).map(|index| joiner.groups.root(index)).collect();
    joiner.links.sort();
    joiner.links.dedup();
    Joined { roots, links: joiner.links }
}

/// What of the nodes a row names, and by what.
type Named<'f, J, N, S> = dyn Fn(&J, &N) -> BTreeMap<usize, Option<S>> + 'f;

/// The rows that name one group: which of its nodes each means, and by what.
type Claimants<'a> = BTreeMap<usize, (usize, Option<Seen<'a>>)>;

struct Joiner<'n, 'a> {
    nodes: &'n [Node<'a>],
    by_id: BTreeMap<ThingId, usize>,
    by_mac: BTreeMap<Mac, usize>,
    groups: Groups<'a>,
    links: Vec<(usize, Link)>,
}

/// A fact as evidence under a rule.
fn evidence(seen: Option<&Seen<'_>>, rule: &str) -> Evidence {
    Evidence {
        protocol: protocol(seen),
        fact: seen.map_or_else(|| "the address is made of the MAC address".to_owned(), worded),
        rule: rule.to_owned(),
        source: seen.map_or_else(Source::default, |seen| seen.source),
        at: seen
            .filter(|seen| seen.fact.protocol() != cordon_model::observe::Protocol::AssetList)
            .map(|seen| seen.first),
    }
}

impl<'n, 'a> Joiner<'n, 'a> {
    fn new(nodes: &'n [Node<'a>]) -> Joiner<'n, 'a> {
        let mut joiner = Joiner {
            nodes,
            by_id: BTreeMap::new(),
            by_mac: BTreeMap::new(),
            groups: Groups::new(nodes.len()),
            links: Vec::new(),
        };
        for (index, node) in nodes.iter().enumerate() {
            joiner.by_id.insert(node.id, index);
            match node.what {
                What::Spot(Spot::Station(mac)) => {
                    joiner.by_mac.insert(mac, index);
                }
                What::Row(list) => {
                    let tags = node.traits.row.iter().flat_map(|row| &row.tags);
                    joiner.groups.label_row(index, list, node.name, tags.copied());
                }
                _ => {}
            }
            for correction in &node.corrections {
                if let Correction::Split(number, part) = correction {
                    joiner.groups.label_part(index, *number, *part);
                }
            }
        }
        joiner
    }

    fn node(&self, index: usize) -> Option<&'n Node<'a>> {
        self.nodes.get(index)
    }

    /// Joins two nodes' groups unless something keeps them apart, and leaves the reason with both.
    fn link(&mut self, one: usize, other: usize, why: &str, evidence: Vec<Evidence>) {
        if self.groups.root(one) == self.groups.root(other) {
            return;
        }
        if self.groups.join(one, other) {
            self.say(true, one, other, why, evidence);
        } else {
            let why = format!("{why}, but {}", self.groups.why_apart(one, other));
            self.say(false, one, other, &why, evidence);
        }
    }

    fn say(&mut self, joined: bool, one: usize, other: usize, why: &str, evidence: Vec<Evidence>) {
        let (Some(first), Some(second)) = (self.node(one), self.node(other)) else { return };
        let link = |with: &str| Link {
            joined,
            with: with.to_owned(),
            why: why.to_owned(),
            evidence: evidence.clone(),
        };
        self.links.push((one, link(&second.words)));
        if !joined {
            self.links.push((other, link(&first.words)));
        }
    }

    /// What a person said comes first.
    fn correct(&mut self, reasons: &BTreeMap<Correction, Link>) {
        let mut merges: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate() {
            for correction in &node.corrections {
                match correction {
                    Correction::Merge(number) => merges.entry(*number).or_default().push(index),
                    Correction::Split(..) => {
                        self.links.extend(reasons.get(correction).map(|link| (index, link.clone())));
                    }
                }
            }
        }
        for (number, nodes) in merges {
            let Some((first, rest)) = nodes.split_first() else { continue };
            for next in rest {
                let joined = self.groups.merge(*first, *next);
                let (Some(reason), Some(node)) = (reasons.get(&Correction::Merge(number)), self.node(*next))
                else {
                    continue;
                };
                let why = if joined { "" } else { ", but another correction keeps them apart" };
                let why = format!("{}{why}", reason.why);
                self.links.push((*first, Link { joined, with: node.words.clone(), why, ..reason.clone() }));
            }
        }
    }

    /// A device whose gateway tells its link-layer address (IHE MEM DMC), or an EUI-64 made from it, is the
    /// station that bears it, unless several devices would be.
    fn join_records_by_station(&mut self) {
        let mut bearers: BTreeMap<Mac, BTreeSet<usize>> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.is_record()) {
            for mac in node.traits.stations.keys() {
                bearers.entry(*mac).or_default().insert(index);
            }
        }
        for (mac, records) in bearers {
            let station =
                self.by_mac.get(&mac).copied().filter(|at| self.node(*at).is_some_and(|node| node.present));
            let Some(station) = station else { continue };
            let why = "the gateway states the station's address as the device's";
            self.join_records(station, &records, why, |node| {
                node.traits.stations.get(&mac).copied().flatten()
            });
        }
    }

    /// A device whose gateway tells its network address (IHE MEM DMC) is what has the address.
    fn join_records_by_address(&mut self) {
        let mut named: BTreeMap<ThingId, BTreeSet<usize>> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.is_record()) {
            for thing in node.means.keys() {
                named.entry(*thing).or_default().insert(index);
            }
        }
        for (thing, records) in named {
            let Some(to) = self.by_id.get(&thing).copied() else { continue };
            let why = "the gateway states its address as the device's";
            self.join_records(to, &records, why, |node| node.means.get(&thing).copied().flatten());
        }
    }

    /// Joins records of different gateways to a thing; two records of one gateway are two devices and cannot both be
    /// this one.
    fn join_records(
        &mut self,
        to: usize,
        records: &BTreeSet<usize>,
        why: &str,
        by: impl Fn(&'n Node<'a>) -> Option<Seen<'a>>,
    ) {
        let gateways: BTreeSet<ThingId> =
            records.iter().filter_map(|record| self.node(*record)?.gateway()).collect();
        for record in records.iter().filter(|record| **record != to) {
            let Some(node) = self.node(*record) else { continue };
            let evidence = vec![evidence(by(node).as_ref(), "identity/record")];
            if gateways.len() == records.len() {
                self.link(to, *record, why, evidence);
            } else {
                self.say(false, to, *record, &format!("{why}, but of several devices"), evidence);
            }
        }
    }

    /// Serial numbers stated by what is on the wire or behind it, and by which groups' nodes.
    fn serials(&self) -> BTreeMap<String, BTreeSet<usize>> {
        let mut serials: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut objects: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        let mut keepers: BTreeSet<usize> = BTreeSet::new();
        let wired = || self.nodes.iter().enumerate().filter(|(_, node)| !matches!(node.what, What::Row(_)));
        for (index, node) in wired() {
            let group = self.groups.root(index);
            for serial in node.traits.serials.keys() {
                serials.entry(serial.clone()).or_default().insert(group);
            }
            objects.entry(group).or_default().extend(node.traits.objects.keys().map(String::as_str));
            if node.traits.keeps {
                keepers.insert(group);
            }
        }
        // An object's equipment is the sender only when it sends one machine's and keeps nobody's.
        for (group, stated) in objects.into_iter().filter(|(group, _)| !keepers.contains(group)) {
            let mut stated = stated.into_iter();
            if let (Some(serial), None) = (stated.next(), stated.next()) {
                serials.entry(serial.to_owned()).or_default().insert(group);
            }
        }
        // Devices often name themselves after their serial number (`M540-55120034`). That is enough to tell
        // which of them a record with this serial number means, when only one bears it.
        for (index, node) in wired() {
            for tail in node.traits.tails.keys() {
                if let Some(owners) = serials.get_mut(tail) {
                    owners.insert(self.groups.root(index));
                }
            }
        }
        serials
    }

    fn is_record(&self, group: usize) -> bool {
        self.node(group).is_some_and(Node::is_record)
    }

    /// One bedside device reported by several gateways, or by a gateway and by itself.
    fn join_records_by_serial(&mut self) {
        for (serial, owners) in self.serials() {
            let (records, others): (BTreeSet<usize>, BTreeSet<usize>) =
                owners.iter().partition(|owner| self.is_record(**owner));
            let by = |node: &'n Node<'a>| {
                let traits = &node.traits;
                let found = [&traits.serials, &traits.objects, &traits.tails];
                found.into_iter().find_map(|stated| stated.get(&serial)).copied()
            };
            // Two stations with one serial number stay two, and then nobody knows whose the records are.
            let mut strangers = others.iter();
            if let (Some(one), Some(_)) = (strangers.next(), strangers.next()) {
                for other in others.iter().skip(1) {
                    let evidence: Vec<Evidence> = [one, other]
                        .into_iter()
                        .filter_map(|index| by(self.node(*index)?))
                        .map(|seen| evidence(Some(&seen), "identity/serial"))
                        .collect();
                    let why = "both state the same serial number, which one of them at most has";
                    self.say(false, *one, *other, why, evidence);
                }
                continue;
            }
            if let Some(to) = others.first().or_else(|| records.first()) {
                self.join_records(*to, &records, "the same serial number", by);
            }
        }
    }

    fn join_rows(&mut self) {
        let rows: Vec<usize> = (0..self.nodes.len())
            .filter(|index| self.node(*index).is_some_and(|node| node.traits.row.is_some()))
            .collect();
        let by_mac = |joiner: &Self, node: &Node<'a>| -> BTreeMap<usize, Option<Seen<'a>>> {
            let macs = node.traits.row.iter().flat_map(|row| &row.macs);
            macs.filter_map(|(mac, seen)| Some((*joiner.by_mac.get(mac)?, Some(*seen)))).collect()
        };
        self.join_pass(&rows, "the row names its MAC address", &by_mac);
        let by_address = |joiner: &Self, node: &Node<'a>| -> BTreeMap<usize, Option<Seen<'a>>> {
            if node.traits.row.as_ref().is_none_or(|row| !row.macs.is_empty()) {
                return BTreeMap::new();
            }
            node.means.iter().filter_map(|(thing, seen)| Some((*joiner.by_id.get(thing)?, *seen))).collect()
        };
        self.join_pass(&rows, "the row names its address", &by_address);
        let serials = self.serials();
        let by_serial = |joiner: &Self, node: &Node<'a>| -> BTreeMap<usize, Option<Seen<'a>>> {
            let Some(row) = &node.traits.row else { return BTreeMap::new() };
            let key = row.serial.and_then(|seen| serial_key(seen.value));
            let owners = key.and_then(|key| serials.get(&key)).filter(|owners| owners.len() == 1);
            let owners = owners.into_iter().flatten().copied();
            // A row with an address of its own names a station already, and at most adds a gateway's record.
            let placed = !row.macs.is_empty() || !row.addresses.is_empty();
            owners
                .filter(|owner| !placed || joiner.is_record(*owner))
                .map(|owner| (owner, row.serial))
                .collect()
        };
        self.join_pass(&rows, "the row names its serial number", &by_serial);
    }

    /// Joins each row to what it names, unless rows that cannot be one device name the same thing.
    fn join_pass(&mut self, rows: &[usize], why: &str, named: &Named<'_, Self, Node<'a>, Seen<'a>>) {
        let mut claims: BTreeMap<usize, Claimants<'a>> = BTreeMap::new();
        for row in rows {
            let Some(node) = self.node(*row) else { continue };
            for (target, seen) in named(self, node) {
                claims.entry(self.groups.root(target)).or_default().entry(*row).or_insert((target, seen));
            }
        }
        for claimants in claims.values() {
            let agree = self.groups.all_agree(claimants.keys().copied());
            for (row, (target, seen)) in claimants {
                let evidence = vec![evidence(seen.as_ref(), "identity/row")];
                if agree {
                    self.link(*target, *row, why, evidence);
                } else {
                    self.say(false, *target, *row, &format!("{why}, and so does another row"), evidence);
                }
            }
        }
    }
}
