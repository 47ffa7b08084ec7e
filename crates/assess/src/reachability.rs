//! Attack paths: how somebody outside, or on one device, gets to devices that can harm patients, before and under a
//! plan.
//!
//! Today is what configurations of firewalls and switches permit; without any it is taken as a flat network, for
//! watching sees no barrier: from every device each other with an address is one step away. Under the plan a step is
//! what some rule permits. The likeliest path is the one whose product of the
//! devices' likelihoods is greatest; the device an attacker starts from counts as taken.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// The most paths that are told one by one.
const PATHS_MAX: usize = 20;

/// A device on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// True when others can send to it today.
    pub addressed: bool,
    /// How likely it is compromised by somebody who can send to it, 0 to 1: today.
    pub likelihood: f64,
    /// The same under the plan.
    pub likelihood_planned: f64,
    /// True when addresses outside open connections to it, or it asks addresses outside: where an attacker begins.
    pub touches_internet: bool,
    /// True when the plan lets it speak with outside.
    pub touches_internet_planned: bool,
    /// True when it can harm a patient.
    pub can_harm: bool,
}

/// One end of what the plan permits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// One device.
    Device(String),
    /// Every device of a zone.
    Zone(String),
}

/// Devices and what the plan permits between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// The devices.
    pub nodes: Vec<Node>,
    /// Devices of each zone.
    pub zones: BTreeMap<String, Vec<String>>,
    /// Who may open connections to whom; `None` when there is no verified plan.
    pub permitted: Option<Vec<(Place, Place)>>,
    /// What configurations permit today; `None` when none were given.
    pub today: Option<Today>,
}

/// What configurations permit between devices that they treat alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Today {
    /// Devices of each group.
    pub groups: BTreeMap<String, Vec<String>>,
    /// Which group can send to which.
    pub permitted: Vec<(String, String)>,
}

/// Where an attacker begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Outside: at every device that touches the internet.
    Internet,
    /// On one device, by id.
    Device(String),
}

/// A way to a device that can harm patients.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The devices passed, the first one taken first, the last the one that can harm.
    pub devices: Vec<String>,
    /// How likely the whole way is, 0 to 1.
    pub likelihood: f64,
}

/// What an attacker gets to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reached {
    /// How many devices that can harm patients can be got to.
    pub harmful: u64,
    /// How many devices in all.
    pub devices: u64,
    /// The likeliest ways, likeliest first; at most twenty.
    pub paths: Vec<Path>,
}

/// What an attacker gets to today and under the plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reachability {
    /// Today.
    pub before: Reached,
    /// Under the plan; `None` when there is none.
    pub after: Option<Reached>,
}

/// Follows an attacker from `start`.
pub fn follow(map: &Map, start: &Start) -> Reachability {
    let index: BTreeMap<&str, usize> =
        map.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    let begin = |touches: fn(&Node) -> bool| -> Vec<usize> {
        match start {
            Start::Internet => {
                let nodes = map.nodes.iter().enumerate();
                nodes.filter(|(_, node)| touches(node)).map(|(at, _)| at).collect()
            }
            Start::Device(id) => index.get(id.as_str()).copied().into_iter().collect(),
        }
    };
    let taken = *start != Start::Internet;
    let begin_today = begin(|node| node.touches_internet);
    let before = match &map.today {
        None => flat(map, &begin_today, taken),
        Some(today) => {
            let place = |group: &String| Place::Zone(group.clone());
            let permitted: Vec<(Place, Place)> =
                today.permitted.iter().map(|(from, to)| (place(from), place(to))).collect();
            let steps = Steps::new(map.nodes.len(), &today.groups, &index, &permitted);
            likeliest(map, &steps, &begin_today, taken, |node| node.likelihood)
        }
    };
    let after = map.permitted.as_ref().map(|permitted| {
        let steps = Steps::new(map.nodes.len(), &map.zones, &index, permitted);
        let begin = begin(|node| node.touches_internet_planned);
        likeliest(map, &steps, &begin, taken, |node| node.likelihood_planned)
    });
    Reachability { before, after }
}

/// A flat network needs no search: the likeliest way is from the likeliest beginning, straight.
fn flat(map: &Map, begin: &[usize], taken: bool) -> Reached {
    let likelihood = |at: usize| map.nodes.get(at).map_or(0.0, |node| node.likelihood);
    let chance = |at: usize| if taken { 1.0 } else { likelihood(at) };
    let mut best: Vec<usize> = begin.to_vec();
    best.sort_by(|one, other| chance(*other).total_cmp(&chance(*one)).then(one.cmp(other)));
    let starts: BTreeSet<usize> = begin.iter().copied().collect();
    let ways = map.nodes.iter().enumerate().filter_map(|(at, node)| {
        if starts.contains(&at) {
            return Some((at, chance(at), vec![at]));
        }
        let from = best.first().filter(|_| node.addressed)?;
        Some((at, chance(*from) * node.likelihood, vec![*from, at]))
    });
    reached(map, ways.collect(), taken)
}

/// The likeliest way to each device over permitted steps (Dijkstra over products).
fn likeliest(
    map: &Map,
    steps: &Steps,
    begin: &[usize],
    taken: bool,
    likelihood: impl Fn(&Node) -> f64,
) -> Reached {
    let likelihood = |at: usize| map.nodes.get(at).map_or(0.0, &likelihood);
    let mut best: Vec<Option<(f64, Option<usize>)>> = vec![None; map.nodes.len()];
    let mut queue: BinaryHeap<Candidate> = BinaryHeap::new();
    let mut zones_done = BTreeSet::new();
    for at in begin {
        queue.push(Candidate { chance: if taken { 1.0 } else { likelihood(*at) }, at: *at, from: None });
    }
    let mut queued: BTreeSet<usize> = begin.iter().copied().collect();
    while let Some(Candidate { chance, at, from }) = queue.pop() {
        let Some(slot) = best.get_mut(at).filter(|slot| slot.is_none()) else { continue };
        *slot = Some((chance, from));
        // Devices come out likeliest first, so that the first that can step to another is its likeliest way.
        for to in steps.from(at, &mut zones_done) {
            if queued.insert(to) {
                queue.push(Candidate { chance: chance * likelihood(to), at: to, from: Some(at) });
            }
        }
    }
    let way = |end: usize| -> Vec<usize> {
        let before = |at: &usize| best.get(*at).copied().flatten().and_then(|(_, from)| from);
        let mut way: Vec<usize> = std::iter::successors(Some(end), before).take(map.nodes.len()).collect();
        way.reverse();
        way
    };
    let ends = best.iter().enumerate().filter_map(|(at, found)| Some((at, (*found)?.0)));
    let ways: Vec<(usize, f64, Vec<usize>)> = ends.map(|(at, chance)| (at, chance, way(at))).collect();
    reached(map, ways, taken)
}

fn reached(map: &Map, ways: Vec<(usize, f64, Vec<usize>)>, taken: bool) -> Reached {
    // The device somebody already sits on is not one they get to.
    let ways = ways.into_iter().filter(|(_, _, way)| !taken || way.len() > 1);
    let mut devices = 0;
    let mut harmful: Vec<(f64, Vec<usize>)> = Vec::new();
    for (at, chance, way) in ways {
        devices += 1;
        if map.nodes.get(at).is_some_and(|node| node.can_harm) {
            harmful.push((chance, way));
        }
    }
    harmful.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.cmp(other)));
    let count = harmful.len() as u64;
    let name = |at: usize| map.nodes.get(at).map(|node| node.id.clone());
    let told = harmful.into_iter().take(PATHS_MAX);
    let paths = told
        .map(|(likelihood, way)| Path { devices: way.into_iter().filter_map(name).collect(), likelihood })
        .collect();
    Reached { harmful: count, devices, paths }
}

/// A way that may become the likeliest to a device.
struct Candidate {
    chance: f64,
    at: usize,
    from: Option<usize>,
}

impl Ord for Candidate {
    /// The likelier first; of equals the device that stands earlier, so that the order is always the same.
    fn cmp(&self, other: &Candidate) -> Ordering {
        let earlier = |one: &Candidate| (std::cmp::Reverse(one.at), std::cmp::Reverse(one.from));
        self.chance.total_cmp(&other.chance).then_with(|| earlier(self).cmp(&earlier(other)))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Candidate) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Candidate) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// Steps the plan permits; zones stay whole, for a rule between two of a thousand is a million pairs.
struct Steps {
    /// The zones of each device: its zone, and its microsegment where rules name that.
    zones_of: Vec<Vec<usize>>,
    members: Vec<Vec<usize>>,
    /// From a device: to devices and zones.
    of_device: BTreeMap<usize, (BTreeSet<usize>, BTreeSet<usize>)>,
    /// From every device of a zone: likewise.
    of_zone: BTreeMap<usize, (BTreeSet<usize>, BTreeSet<usize>)>,
}

impl Steps {
    fn new(
        nodes: usize,
        of_zone: &BTreeMap<String, Vec<String>>,
        index: &BTreeMap<&str, usize>,
        permitted: &[(Place, Place)],
    ) -> Steps {
        let names: BTreeMap<&str, usize> = of_zone.keys().map(String::as_str).zip(0..).collect();
        let mut zones_of = vec![Vec::new(); nodes];
        let mut members: Vec<Vec<usize>> = Vec::new();
        for (number, ids) in of_zone.values().enumerate() {
            let inside: Vec<usize> = ids.iter().filter_map(|id| index.get(id.as_str()).copied()).collect();
            for at in &inside {
                if let Some(slot) = zones_of.get_mut(*at) {
                    slot.push(number);
                }
            }
            members.push(inside);
        }
        let mut steps = Steps { zones_of, members, of_device: BTreeMap::new(), of_zone: BTreeMap::new() };
        for (from, to) in permitted {
            let slot = match from {
                Place::Device(id) => index.get(id.as_str()).map(|at| steps.of_device.entry(*at).or_default()),
                Place::Zone(id) => names.get(id.as_str()).map(|at| steps.of_zone.entry(*at).or_default()),
            };
            let Some((devices, zones)) = slot else { continue };
            match to {
                Place::Device(id) => devices.extend(index.get(id.as_str())),
                Place::Zone(id) => zones.extend(names.get(id.as_str())),
            }
        }
        steps
    }

    /// Where a device can step to; a zone that another could step to before is passed over.
    fn from(&self, at: usize, zones_done: &mut BTreeSet<usize>) -> Vec<usize> {
        let own = self.zones_of.get(at).into_iter().flatten();
        let of_zone = own.filter_map(|zone| self.of_zone.get(zone));
        let mut to = Vec::new();
        for (devices, zones) in self.of_device.get(&at).into_iter().chain(of_zone) {
            to.extend(devices.iter().copied());
            let new = zones.iter().filter(|zone| zones_done.insert(**zone));
            to.extend(new.filter_map(|zone| self.members.get(*zone)).flatten().copied());
        }
        to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, likelihood: f64, internet: bool, can_harm: bool) -> Node {
        Node {
            id: id.into(),
            addressed: true,
            likelihood,
            likelihood_planned: likelihood,
            touches_internet: internet,
            touches_internet_planned: internet,
            can_harm,
        }
    }

    /// A workstation on the internet, a gateway, two pumps.
    fn ward() -> Map {
        let device = |id: &str| Place::Device(id.into());
        Map {
            nodes: vec![
                node("desk", 0.5, true, false),
                node("gate", 0.4, false, false),
                node("pump1", 0.2, false, true),
                node("pump2", 0.3, false, true),
            ],
            zones: BTreeMap::from([("pumps".into(), vec!["pump1".into(), "pump2".into()])]),
            permitted: Some(vec![
                (device("desk"), device("gate")),
                (device("gate"), device("pump1")),
                (Place::Zone("pumps".into()), device("gate")),
            ]),
            today: None,
        }
    }

    #[test]
    fn a_plan_makes_ways_longer_and_fewer() {
        let found = follow(&ward(), &Start::Internet);
        assert_eq!((found.before.harmful, found.before.devices), (2, 4));
        assert_eq!(found.before.paths[0].devices, ["desk", "pump2"]);
        assert!((found.before.paths[0].likelihood - 0.15).abs() < 1e-9);
        let after = found.after.unwrap();
        assert_eq!((after.harmful, after.devices), (1, 3));
        assert_eq!(after.paths[0].devices, ["desk", "gate", "pump1"]);
        assert!((after.paths[0].likelihood - 0.04).abs() < 1e-9);
    }

    #[test]
    fn from_a_device_it_counts_as_taken_and_a_zone_acts_as_its_members() {
        let found = follow(&ward(), &Start::Device("pump2".into()));
        assert_eq!((found.before.harmful, found.before.devices), (1, 3));
        let after = found.after.unwrap();
        assert_eq!(after.paths[0].devices, ["pump2", "gate", "pump1"]);
        assert!((after.paths[0].likelihood - 0.08).abs() < 1e-9);
        assert_eq!(follow(&ward(), &Start::Device("nobody".into())).before, Reached::default());
    }

    #[test]
    fn what_configurations_close_today_is_no_way() {
        let group = |name: &str, devices: &[&str]| {
            (name.to_owned(), devices.iter().map(|id| (*id).to_owned()).collect::<Vec<String>>())
        };
        let groups =
            BTreeMap::from([group("a", &["desk"]), group("b", &["gate", "pump1"]), group("c", &["pump2"])]);
        let permitted = vec![("a".to_owned(), "b".to_owned()), ("b".to_owned(), "b".to_owned())];
        let map = Map { today: Some(Today { groups, permitted }), ..ward() };
        let found = follow(&map, &Start::Internet);
        assert_eq!((found.before.harmful, found.before.devices), (1, 3));
        assert_eq!(found.before.paths[0].devices, ["desk", "pump1"]);
        assert_eq!(follow(&map, &Start::Device("pump2".into())).before, Reached::default());
        assert_eq!(found.after, follow(&ward(), &Start::Internet).after);
    }

    #[test]
    fn without_a_plan_nothing_is_said_of_one() {
        let map = Map { permitted: None, ..ward() };
        assert_eq!(follow(&map, &Start::Internet).after, None);
    }
}
