//! What enforcement points have room for, and what drawing rules together would cost in looseness.
//!
//! An entry is counted as switches do under the address plan: a device is one address, a zone one subnet, a microsegment
//! one address for each of its devices, every port an entry. Where a point has room for fewer, rules of several devices of a zone can be drawn together to the whole
//! zone; that lets the zone's other devices through too. The cheapest such aggregations (pairs opened for each entry
//! saved, one after the other) are proposed and named; only what a person accepted in the policy is done.

use crate::id;
use crate::policy::{Accepted, Budget, Policy};
use cordon_model::Timestamp;
use cordon_model::identify::DeviceId;
use cordon_model::observe::Transport;
use cordon_model::segment::{Microsegment, Party, Rule, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// How many of the pairs an aggregation opens are named.
const PAIRS_NAMED: usize = 20;

/// Rules drawn together, and what that opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Lasting name: of the zone, the other side and the service.
    pub id: String,
    /// The rule it would be.
    pub rule: Rule,
    /// The rules it would replace, by id.
    pub replaces: Vec<String>,
    /// How many entries it saves.
    pub saves: u64,
    /// How many pairs it opens that nothing needs.
    pub pairs: u64,
    /// Devices it lets through that need it not; at most twenty are named.
    pub opened: Vec<DeviceId>,
}

/// What a point must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct PointUse {
    /// Name of the point.
    pub point: String,
    /// Rules that it must hold.
    pub rules: u64,
    /// Entries that it must hold.
    pub entries: u64,
    /// Entries that it has room for.
    pub budget: u64,
    /// What would make it fit, cheapest first; empty where it fits.
    pub proposed: Vec<Aggregate>,
    /// True when even all of these are not enough.
    pub is_short: bool,
}

/// The rules after what was accepted, and what points must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fit {
    /// The rules, in order of id.
    pub rules: Vec<Rule>,
    /// What was drawn together because somebody accepted it.
    pub accepted: Vec<Aggregate>,
    /// One for each budget of the policy, in its order.
    pub points: Vec<PointUse>,
    /// Acceptances that could not be followed, in sentences with their line.
    pub notes: Vec<String>,
}

/// Draws together what the policy accepts, and proposes what would make every budget fit.
pub fn fit(rules: Vec<Rule>, zones: &[Zone], policy: &Policy) -> Fit {
    if policy.budgets.is_empty() && policy.accepted.is_empty() {
        return Fit { rules, ..Fit::default() };
    }
    let site = Site::new(zones);
    let mut found = Fit { rules, ..Fit::default() };
    for accepted in &policy.accepted {
        found.accept(accepted, &site);
    }
    found.points = policy.budgets.iter().map(|budget| point(&found.rules, budget, &site)).collect();
    found
}

impl Fit {
    fn accept(&mut self, accepted: &Accepted, site: &Site<'_>) {
        let all: Vec<&Rule> = self.rules.iter().collect();
        let found = site.candidates(&all).into_iter().find(|one| one.id == accepted.aggregate);
        let Some(mut aggregate) = found.and_then(|one| one.aggregate(&all, site)) else {
            self.notes.push(format!(
                "line {}: nothing is left for {} to draw together; take the acceptance away",
                accepted.line, accepted.aggregate
            ));
            return;
        };
        if aggregate.pairs > accepted.pairs {
            self.notes.push(format!(
                "line {}: {} would open {} pairs now and {} were accepted; it is not done before that is accepted again",
                accepted.line, accepted.aggregate, aggregate.pairs, accepted.pairs
            ));
            return;
        }
        aggregate.rule.accepted = Some(format!("{}: {}", accepted.decided.by, accepted.decided.why));
        let replaced: BTreeSet<&String> = aggregate.replaces.iter().collect();
        self.rules.retain(|rule| !replaced.contains(&rule.id));
        self.rules.push(aggregate.rule.clone());
        self.rules.sort_by(|a, b| a.id.cmp(&b.id));
        self.accepted.push(aggregate);
    }
}

/// What a rule takes where each end takes as many addresses.
fn entries(rule: &Rule, site: &Site<'_>) -> u64 {
    let addresses = |party: &Party| match party {
        Party::Microsegment(id) => site.parts.get(id.as_str()).map_or(1, |(_, devices)| *devices).max(1),
        _ => 1,
    };
    rule.ports.len().max(1) as u64 * addresses(&rule.from) * addresses(&rule.to)
}

fn point(rules: &[Rule], budget: &Budget, site: &Site<'_>) -> PointUse {
    let here: Vec<&Rule> = rules.iter().filter(|rule| site.is_at(rule, budget)).collect();
    let held: u64 = here.iter().map(|rule| entries(rule, site)).sum();
    let mut found = PointUse {
        point: budget.point.clone(),
        rules: here.len() as u64,
        entries: held,
        budget: budget.entries,
        proposed: Vec::new(),
        is_short: false,
    };
    let mut missing = held.saturating_sub(budget.entries);
    if missing == 0 {
        return found;
    }
    let mut candidates = site.candidates(&here);
    // Pairs for each entry saved, without dividing.
    candidates.sort_by(|a, b| {
        let (left, right) =
            (u128::from(a.pairs) * u128::from(b.saves), u128::from(b.pairs) * u128::from(a.saves));
        left.cmp(&right).then(b.saves.cmp(&a.saves)).then_with(|| a.id.cmp(&b.id))
    });
    let mut used = vec![false; here.len()];
    for candidate in candidates {
        if missing == 0 {
            break;
        }
        // A rule can be drawn together on one of its sides only.
        if candidate.replaces.iter().any(|at| used.get(*at).copied().unwrap_or(true)) {
            continue;
        }
        for at in &candidate.replaces {
            if let Some(used) = used.get_mut(*at) {
                *used = true;
            }
        }
        missing = missing.saturating_sub(candidate.saves);
        found.proposed.extend(candidate.aggregate(&here, site));
    }
    found.is_short = missing > 0;
    found
}

/// The other side of rules that are drawn together; a device by its number, so that whole estates compare numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Other<'r> {
    Device(usize),
    Party(&'r Party),
}

/// What rules must share to be drawn together: zone, whether it asks, the other side, the service.
type Key<'r> = (usize, bool, Other<'r>, Transport, &'r [u16], Option<&'r str>, Option<Timestamp>);

/// Rules that could be drawn together, before anything is put into words.
struct Candidate<'r> {
    id: String,
    zone: &'r Zone,
    asks: bool,
    /// The other side.
    other: &'r Party,
    first: &'r Rule,
    /// Places of the rules it would replace.
    replaces: Vec<usize>,
    /// Devices of the zone that have such a rule.
    needed: BTreeSet<&'r DeviceId>,
    saves: u64,
    pairs: u64,
}

struct Site<'a> {
    zones: &'a [Zone],
    /// The zone of each device, and the device's number.
    zone_of: BTreeMap<&'a DeviceId, (usize, usize)>,
    by_id: BTreeMap<&'a str, &'a Zone>,
    /// The zone of each microsegment, and how many devices it has.
    parts: BTreeMap<&'a str, (&'a str, u64)>,
}

impl<'a> Site<'a> {
    fn new(zones: &'a [Zone]) -> Site<'a> {
        let places = zones.iter().enumerate();
        let devices = places.flat_map(|(at, zone)| zone.devices.iter().map(move |id| (id, at)));
        Site {
            zones,
            zone_of: devices.enumerate().map(|(number, (id, at))| (id, (at, number))).collect(),
            by_id: zones.iter().rev().map(|zone| (zone.id.as_str(), zone)).collect(),
            parts: zones
                .iter()
                .flat_map(|zone| {
                    let part = |one: &'a Microsegment| {
                        (one.id.as_str(), (zone.id.as_str(), one.devices.len() as u64))
                    };
                    zone.microsegments.iter().map(part)
                })
                .collect(),
        }
    }

    fn zone<'p>(&'p self, party: &'p Party) -> Option<&'p str> {
        match party {
            Party::Zone(id) => Some(id),
            Party::Microsegment(id) => self.parts.get(id.as_str()).map(|(zone, _)| *zone),
            Party::Device(id) => {
                self.zone_of.get(id).and_then(|(at, _)| self.zones.get(*at)).map(|zone| zone.id.as_str())
            }
            Party::Outside(_) | Party::Group(_) => None,
        }
    }

    /// True when the rule's packets pass between zones of the point.
    fn is_at(&self, rule: &Rule, budget: &Budget) -> bool {
        let is_named =
            |party| self.zone(party).is_some_and(|zone| budget.zones.iter().any(|one| one == zone));
        budget.zones.is_empty() || is_named(&rule.from) || is_named(&rule.to)
    }

    /// Everything that could be drawn together to a whole zone.
    fn candidates<'r>(&'r self, rules: &[&'r Rule]) -> Vec<Candidate<'r>> {
        let place = |party: &Party| match party {
            Party::Device(id) => self.zone_of.get(id).copied(),
            _ => None,
        };
        let mut sides: Vec<(Key<'_>, usize)> = Vec::with_capacity(2 * rules.len());
        for (at, rule) in rules.iter().enumerate() {
            let both = [place(&rule.from), place(&rule.to)];
            let [from, to] = both;
            for (own, there, other, asks) in [(from, to, &rule.to, true), (to, from, &rule.from, false)] {
                let Some((zone, _)) = own else { continue };
                let other = there.map_or(Other::Party(other), |(_, number)| Other::Device(number));
                let service = (rule.transport, rule.ports.as_slice(), rule.application.as_deref());
                let (transport, ports, application) = service;
                sides.push(((zone, asks, other, transport, ports, application, rule.until), at));
            }
        }
        sides.sort_unstable();
        let several = sides.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
        several.filter_map(|group| self.candidate(rules, group)).collect()
    }

    fn candidate<'r>(&'r self, rules: &[&'r Rule], group: &[(Key<'r>, usize)]) -> Option<Candidate<'r>> {
        let ((number, asks, ..), at) = group.first()?;
        let (zone, asks, first) = (self.zones.get(*number)?, *asks, *rules.get(*at)?);
        let other = if asks { &first.to } else { &first.from };
        let own = |(_, at): &(Key<'r>, usize)| {
            let rule = rules.get(*at)?;
            match if asks { &rule.from } else { &rule.to } {
                Party::Device(id) => Some(id),
                _ => None,
            }
        };
        let needed: BTreeSet<&DeviceId> = group.iter().filter_map(own).collect();
        let is_itself =
            |id: &DeviceId| self.zone_of.get(id).is_some_and(|(at, _)| at == number) && !needed.contains(id);
        let itself = matches!(other, Party::Device(id) if is_itself(id));
        let opened = zone.devices.len().saturating_sub(needed.len() + usize::from(itself));
        // Where the other side is a zone, each of the opened devices comes to each of its devices.
        let others = match other {
            Party::Zone(id) => self.by_id.get(id.as_str()).map_or(1, |zone| zone.devices.len()),
            Party::Microsegment(id) => {
                self.parts.get(id.as_str()).map_or(1, |(_, devices)| *devices as usize)
            }
            _ => 1,
        };
        let whole = Party::Zone(zone.id.clone());
        let (from, to) = if asks { (&whole, other) } else { (other, &whole) };
        let name = first.application.as_deref();
        Some(Candidate {
            id: id::of_flow("agg", from, to, first.transport, name, &first.ports),
            zone,
            asks,
            other,
            first,
            saves: entries(first, self) * (group.len() as u64 - 1),
            pairs: (opened * others) as u64,
            replaces: group.iter().map(|(_, at)| *at).collect(),
            needed,
        })
    }
}

impl Candidate<'_> {
    fn aggregate(self, rules: &[&Rule], site: &Site<'_>) -> Option<Aggregate> {
        let Candidate { zone, other, first, .. } = self;
        let replaced: Vec<&Rule> = self.replaces.iter().filter_map(|at| rules.get(*at).copied()).collect();
        let whole = Party::Zone(zone.id.clone());
        let (from, to) = if self.asks { (whole, other.clone()) } else { (other.clone(), whole) };
        let itself = match other {
            Party::Device(id) => site.zone_of.get_key_value(id).map(|(id, _)| *id),
            _ => None,
        };
        let opened = zone.devices.iter().filter(|id| !self.needed.contains(id) && Some(*id) != itself);
        let needs: BTreeSet<&String> = replaced.iter().flat_map(|rule| &rule.needs).collect();
        let name = first.application.as_deref();
        Some(Aggregate {
            id: self.id,
            replaces: replaced.iter().map(|rule| rule.id.clone()).collect(),
            saves: self.saves,
            pairs: self.pairs,
            opened: opened.take(PAIRS_NAMED).cloned().collect(),
            rule: Rule {
                id: id::of_flow("rule", &from, &to, first.transport, name, &first.ports),
                why: format!(
                    "{} rules drawn together to the whole of {}: {}",
                    replaced.len(),
                    zone.name,
                    first.why
                ),
                from,
                to,
                transport: first.transport,
                ports: first.ports.clone(),
                application: first.application.clone(),
                needs: needs.into_iter().cloned().collect(),
                until: first.until,
                care_critical: replaced.iter().any(|rule| rule.care_critical),
                accepted: None,
            },
        })
    }
}
