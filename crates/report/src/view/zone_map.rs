//! The pictures of zones and flows: one where all zones find room; else one of groups of zones, and then every zone in a
//! picture with those it talks with.

use super::plan::{Place, place, worst_tier};
use super::{Index, flow};
use crate::map::{self, Link, Picture};
use crate::words;
use cordon_wire::assessment::Rule;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// More boxes than this make no readable picture on A4; what is outside is one more.
const DRAWN_MAX: usize = 15;
/// How many zones of many a picture is about; the other boxes are whom they talk with.
const FOCUS: usize = 10;
/// More flows than this run into one another; a picture is about fewer zones then.
const FLOWS_MAX: usize = 36;
/// A name of two lines in a box.
const NAME_MAX: usize = 44;

/// A picture of zones and flows.
#[derive(Serialize)]
pub(super) struct Map {
    /// What it shows of many zones; empty for the only one.
    heading: String,
    picture: Picture,
    nodes: Vec<Node>,
    flows: Vec<FlowRow>,
    description: String,
}

/// A box of the picture.
#[derive(Clone, Serialize)]
struct Node {
    /// `Z1`, or empty for the outside and for a group.
    number: String,
    name: String,
    /// What the table calls it.
    #[serde(skip)]
    whole_name: String,
    note: String,
    /// The worst tier in it; empty for the outside.
    worst: String,
    outside: bool,
    /// True for several zones in one box.
    group: bool,
}

/// A numbered flow of the picture.
#[derive(Serialize)]
struct FlowRow {
    number: usize,
    between: String,
    what: String,
    rules: String,
    outside: bool,
}

/// The rules between two different places, by (lower, higher) place.
#[derive(Default)]
struct Between<'a> {
    forward: Vec<&'a Rule>,
    backward: Vec<&'a Rule>,
}

/// Zones of one kind: those whose names begin alike, up to the first comma.
struct Family {
    name: String,
    /// Places in the list of zones.
    zones: Vec<usize>,
}

pub(super) fn maps(index: &Index<'_>) -> Vec<Map> {
    let drawing = Drawing::new(index);
    let occupied: Vec<usize> = drawing.families.iter().flat_map(|family| family.zones.clone()).collect();
    if occupied.len() <= DRAWN_MAX {
        let mut all = occupied;
        all.sort_unstable();
        return vec![drawing.map(String::new(), &all, Vec::new())];
    }
    let heading = format!("All {} zones in groups", occupied.len());
    let mut maps = vec![drawing.map(heading, &[], drawing.grouped(|_| true, DRAWN_MAX))];
    let mut left = occupied.as_slice();
    while !left.is_empty() {
        let count = drawing.readable(left);
        let (part, rest) = left.split_at_checked(count).unwrap_or((left, &[]));
        left = rest;
        let whom = if count == 1 { "it talks" } else { "they talk" };
        let heading = format!("{}, and whom {whom} with", spans(part));
        maps.push(drawing.map(heading, part, drawing.asked(part)));
    }
    maps
}

/// `Z4 to Z9, Z11`.
fn spans(zones: &[usize]) -> String {
    let mut ordered = zones.to_vec();
    ordered.sort_unstable();
    let runs = ordered.chunk_by(|a, b| a + 1 == *b);
    let words = runs.filter_map(|run| {
        let (first, last) = (run.first()? + 1, run.last()? + 1);
        Some(if first == last { format!("Z{first}") } else { format!("Z{first} to Z{last}") })
    });
    words.collect::<Vec<_>>().join(", ")
}

struct Drawing<'a> {
    index: &'a Index<'a>,
    flows: BTreeMap<(Place, Place), Between<'a>>,
    /// Rules within each zone.
    inner: BTreeMap<usize, usize>,
    families: Vec<Family>,
}

impl<'a> Drawing<'a> {
    fn new(index: &'a Index<'a>) -> Drawing<'a> {
        let mut flows: BTreeMap<(Place, Place), Between<'a>> = BTreeMap::new();
        let mut inner: BTreeMap<usize, usize> = BTreeMap::new();
        for rule in &index.assessment.rules {
            match (place(index, &rule.from), place(index, &rule.to)) {
                (Place::Elsewhere, _) | (_, Place::Elsewhere) => {}
                (Place::Zone(from), Place::Zone(to)) if from == to => *inner.entry(from).or_default() += 1,
                (from, to) if from == to => {}
                (from, to) => {
                    let between = flows.entry((from.min(to), from.max(to))).or_default();
                    if from < to { between.forward.push(rule) } else { between.backward.push(rule) }
                }
            }
        }
        let mut families: Vec<Family> = Vec::new();
        // What is outside is one box; the matrix tells its zones apart.
        let zones = index.assessment.zones.iter().enumerate();
        for (at, zone) in zones.filter(|(_, zone)| !zone.devices.is_empty()) {
            let name = words::clean(zone.name.split(", ").next().unwrap_or_default(), NAME_MAX);
            match families.iter_mut().find(|family| family.name == name) {
                Some(family) => family.zones.push(at),
                None => families.push(Family { name, zones: vec![at] }),
            }
        }
        Drawing { index, flows, inner, families }
    }

    fn devices(&self, zones: &[usize]) -> usize {
        zones
            .iter()
            .filter_map(|at| self.index.assessment.zones.get(*at))
            .map(|zone| zone.devices.len())
            .sum()
    }

    /// The families of some zones, the smallest of too many in one.
    fn grouped(&self, is_meant: impl Fn(usize) -> bool, most: usize) -> Vec<Family> {
        let meant = |family: &Family| Family {
            name: family.name.clone(),
            zones: family.zones.iter().copied().filter(|at| is_meant(*at)).collect(),
        };
        let mut groups: Vec<Family> = self.families.iter().map(meant).collect();
        groups.retain(|group| !group.zones.is_empty());
        self.merge(groups, most)
    }

    fn merge(&self, mut groups: Vec<Family>, most: usize) -> Vec<Family> {
        if groups.len() <= most {
            return groups;
        }
        groups.sort_by_key(|group| (Reverse(self.devices(&group.zones)), group.zones.first().copied()));
        let rest: Vec<usize> =
            groups.split_off(most.saturating_sub(1)).into_iter().flat_map(|group| group.zones).collect();
        groups.sort_by_key(|group| group.zones.first().copied());
        groups.push(Family { name: "Other zones".to_owned(), zones: rest });
        groups
    }

    /// How many of these one picture is about: the flows between its boxes must stay apart.
    fn readable(&self, zones: &[usize]) -> usize {
        let most = zones.len().min(FOCUS);
        let fits = |count: &usize| {
            zones.get(..*count).is_some_and(|part| self.links(part, &self.asked(part)) <= FLOWS_MAX)
        };
        (1..=most).rev().find(fits).unwrap_or(1)
    }

    fn links(&self, zones: &[usize], groups: &[Family]) -> usize {
        self.merged(zones, groups).1.len()
    }

    /// The groups that some zones talk with.
    fn asked(&self, part: &[usize]) -> Vec<Family> {
        let groups = self.grouped(|at| !part.contains(&at), DRAWN_MAX);
        let mut talked: BTreeSet<usize> = BTreeSet::new();
        for (a, b) in self.flows.keys() {
            if let (Place::Zone(a), Place::Zone(b)) = (a, b) {
                if part.contains(a) {
                    talked.insert(*b);
                }
                if part.contains(b) {
                    talked.insert(*a);
                }
            }
        }
        let talks = groups.into_iter().filter(|group| group.zones.iter().any(|at| talked.contains(at)));
        self.merge(talks.collect(), DRAWN_MAX - FOCUS)
    }

    /// How many boxes there are without the outside, and what runs between them: a zone a box, then a group a box, then
    /// the outside. Flows between groups count only where there are no zones.
    fn merged(&self, zones: &[usize], groups: &[Family]) -> (usize, BTreeMap<(usize, usize), Between<'a>>) {
        let mut box_of: BTreeMap<Place, usize> = BTreeMap::new();
        box_of.extend(zones.iter().enumerate().map(|(own, at)| (Place::Zone(*at), own)));
        for (own, group) in (zones.len()..).zip(groups) {
            box_of.extend(group.zones.iter().map(|at| (Place::Zone(*at), own)));
        }
        let count = zones.len() + groups.len();
        let in_focus = |at: usize| zones.is_empty() || at < zones.len();
        let mut merged: BTreeMap<(usize, usize), Between<'a>> = BTreeMap::new();
        for ((a, b), between) in &self.flows {
            let outside = *b == Place::Outside;
            let (Some(from), to) = (box_of.get(a).copied(), box_of.get(b).copied()) else { continue };
            let Some(to) = to.or(outside.then_some(count)) else { continue };
            if from == to || !(in_focus(from) || (!outside && in_focus(to))) {
                continue;
            }
            let (forward, backward) = if from < to {
                (&between.forward, &between.backward)
            } else {
                (&between.backward, &between.forward)
            };
            let both = merged.entry((from.min(to), from.max(to))).or_default();
            both.forward.extend(forward);
            both.backward.extend(backward);
        }
        (count, merged)
    }

    /// A picture of some zones, of groups of others, and of the outside where one of them talks with it.
    fn map(&self, heading: String, zones: &[usize], groups: Vec<Family>) -> Map {
        let (count, merged) = self.merged(zones, &groups);
        let mut nodes: Vec<Node> = zones.iter().map(|at| self.zone(*at)).collect();
        nodes.extend(groups.iter().map(|group| self.group(group)));
        let outside = merged.keys().any(|(_, to)| *to == count).then_some(count);
        nodes.extend(outside.map(|_| self.outside()));
        let links: Vec<Link> = merged
            .iter()
            .map(|((a, b), between)| Link {
                a: *a,
                b: *b,
                forward: !between.forward.is_empty(),
                backward: !between.backward.is_empty(),
            })
            .collect();
        let row = |(number, ((a, b), between)): (usize, (&(usize, usize), &Between<'_>))| {
            flow_row(number, [nodes.get(*a), nodes.get(*b)], between)
        };
        let flows = (1..).zip(&merged).map(row).collect();
        let description = format!(
            "Picture of {} and {} between them; the table below it lists them.",
            words::counted(nodes.len(), "box", "boxes"),
            words::counted(links.len(), "flow", "flows")
        );
        Map { heading, picture: map::draw(nodes.len(), &links, outside), flows, nodes, description }
    }

    fn zone(&self, at: usize) -> Node {
        let Some(zone) = self.index.assessment.zones.get(at) else { return self.outside() };
        let mut note = words::counted(zone.devices.len(), "device", "devices");
        if let Some(inner) = self.inner.get(&at) {
            note.push_str(&format!(" · {} inside", words::counted(*inner, "rule", "rules")));
        }
        Node {
            number: format!("Z{}", at + 1),
            name: words::clean(&zone.name, NAME_MAX),
            whole_name: words::clean(&zone.name, 80),
            note,
            worst: worst_tier(self.index, &[zone]),
            outside: false,
            group: false,
        }
    }

    fn group(&self, group: &Family) -> Node {
        if let [only] = group.zones.as_slice() {
            return Node { group: true, ..self.zone(*only) };
        }
        let zones: Vec<_> =
            group.zones.iter().filter_map(|at| self.index.assessment.zones.get(*at)).collect();
        Node {
            number: String::new(),
            name: group.name.clone(),
            whole_name: group.name.clone(),
            note: format!(
                "{} · {}",
                words::counted(zones.len(), "zone", "zones"),
                words::counted(self.devices(&group.zones), "device", "devices")
            ),
            worst: worst_tier(self.index, &zones),
            outside: false,
            group: true,
        }
    }

    fn outside(&self) -> Node {
        let rules = self.index.assessment.rules.iter();
        let parties = rules.flat_map(|rule| [&rule.from, &rule.to]);
        let names: BTreeSet<&str> = parties.filter_map(|party| party.strip_prefix("outside:")).collect();
        Node {
            number: String::new(),
            name: "Outside the site".to_owned(),
            whole_name: "outside".to_owned(),
            note: words::counted(names.len(), "destination", "destinations"),
            worst: String::new(),
            outside: true,
            group: false,
        }
    }
}

fn flow_row(number: usize, ends: [Option<&Node>; 2], between: &Between<'_>) -> FlowRow {
    let arrow = match (between.forward.is_empty(), between.backward.is_empty()) {
        (false, false) => "↔",
        (true, _) => "←",
        (false, true) => "→",
    };
    let name = |node: Option<&Node>| match node {
        Some(node) if node.number.is_empty() => node.whole_name.clone(),
        Some(node) => format!("{} {}", node.number, node.whole_name),
        None => String::new(),
    };
    let rules = || between.forward.iter().chain(&between.backward);
    let what: BTreeSet<String> =
        rules().map(|rule| flow(rule.application.as_deref(), &rule.transport, &rule.ports)).collect();
    let [from, to] = ends;
    FlowRow {
        number,
        between: words::cell(&format!("{} {arrow} {}", name(from), name(to)), 180),
        what: words::cell(&words::some_of(&what.into_iter().collect::<Vec<_>>(), 6), 300),
        rules: words::count(rules().count()),
        outside: to.is_some_and(|node| node.outside),
    }
}
