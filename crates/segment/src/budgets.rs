//! What enforcement points have room for, and what drawing rules together would cost in looseness.
//!
//! An entry is counted as switches do under the address plan: a device is one address, a zone one subnet, every port
//! an entry. Where a point has room for fewer, rules of several devices of a zone can be drawn together to the whole
//! zone; that lets the zone's other devices through too. The cheapest such aggregations (pairs opened for each entry
//! saved, one after the other) are proposed and named; only what a person accepted in the policy is done.

use crate::id;
use crate::policy::{Accepted, Budget, Policy};
use cordon_model::Timestamp;
use cordon_model::identify::DeviceId;
use cordon_model::observe::Transport;
use cordon_model::segment::{Party, Rule, Zone};
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
        let Some(mut aggregate) = site.candidates(&all).into_iter().find(|one| one.id == accepted.aggregate)
        else {
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
        self.rules.retain(|rule| !aggregate.replaces.contains(&rule.id));
        self.rules.push(aggregate.rule.clone());
        self.rules.sort_by(|a, b| a.id.cmp(&b.id));
        self.accepted.push(aggregate);
    }
}

fn entries(rule: &Rule) -> u64 {
    rule.ports.len().max(1) as u64
}

fn point(rules: &[Rule], budget: &Budget, site: &Site<'_>) -> PointUse {
    let here: Vec<&Rule> = rules.iter().filter(|rule| site.is_at(rule, budget)).collect();
    let held: u64 = here.iter().map(|rule| entries(rule)).sum();
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
    let mut used: BTreeSet<String> = BTreeSet::new();
    for candidate in candidates {
        if missing == 0 {
            break;
        }
        // A rule can be drawn together on one of its sides only.
        if candidate.replaces.iter().any(|rule| used.contains(rule)) {
            continue;
        }
        used.extend(candidate.replaces.iter().cloned());
        missing = missing.saturating_sub(candidate.saves);
        found.proposed.push(candidate);
    }
    found.is_short = missing > 0;
    found
}

/// What rules must share to be drawn together: zone, whether it asks, the other side, the service.
type Key<'r> = (usize, bool, &'r Party, Transport, &'r [u16], Option<&'r str>, Option<Timestamp>);

struct Site<'a> {
    zones: &'a [Zone],
    zone_of: BTreeMap<&'a DeviceId, usize>,
}

impl<'a> Site<'a> {
    fn new(zones: &'a [Zone]) -> Site<'a> {
        let places = zones.iter().enumerate();
        Site {
            zones,
            zone_of: places.flat_map(|(at, zone)| zone.devices.iter().map(move |id| (id, at))).collect(),
        }
    }

    fn zone<'p>(&'p self, party: &'p Party) -> Option<&'p str> {
        match party {
            Party::Zone(id) => Some(id),
            Party::Device(id) => {
                self.zone_of.get(id).and_then(|at| self.zones.get(*at)).map(|zone| zone.id.as_str())
            }
            Party::Outside(_) | Party::Group(_) => None,
        }
    }

    /// True when the rule's packets pass between zones of the point.
    fn is_at(&self, rule: &Rule, budget: &Budget) -> bool {
        let zones = [self.zone(&rule.from), self.zone(&rule.to)];
        budget.zones.is_empty()
            || zones.into_iter().flatten().any(|zone| budget.zones.iter().any(|one| one == zone))
    }

    /// Everything that could be drawn together to a whole zone.
    fn candidates(&self, rules: &[&Rule]) -> Vec<Aggregate> {
        let mut groups: BTreeMap<Key<'_>, Vec<&Rule>> = BTreeMap::new();
        for rule in rules {
            for (own, other, asks) in [(&rule.from, &rule.to, true), (&rule.to, &rule.from, false)] {
                let Party::Device(id) = own else { continue };
                let Some(zone) = self.zone_of.get(id) else { continue };
                let key = (
                    *zone,
                    asks,
                    other,
                    rule.transport,
                    rule.ports.as_slice(),
                    rule.application.as_deref(),
                    rule.until,
                );
                groups.entry(key).or_default().push(rule);
            }
        }
        let several = groups.into_iter().filter(|(_, rules)| rules.len() > 1);
        several.filter_map(|(key, rules)| self.aggregate(key, &rules)).collect()
    }

    fn aggregate(&self, key: Key<'_>, rules: &[&Rule]) -> Option<Aggregate> {
        let (zone, asks, other, transport, ports, application, until) = key;
        let zone = self.zones.get(zone)?;
        let whole = Party::Zone(zone.id.clone());
        let (from, to) = if asks { (whole, other.clone()) } else { (other.clone(), whole) };
        let needed: BTreeSet<&DeviceId> = rules
            .iter()
            .filter_map(|rule| match if asks { &rule.from } else { &rule.to } {
                Party::Device(id) => Some(id),
                _ => None,
            })
            .collect();
        let opened = || {
            zone.devices.iter().filter(|id| !needed.contains(id) && *other != Party::Device((*id).clone()))
        };
        // Where the other side is a zone, each of the opened devices comes to each of its devices.
        let others = match other {
            Party::Zone(id) => {
                self.zones.iter().find(|zone| zone.id == *id).map_or(1, |zone| zone.devices.len())
            }
            _ => 1,
        };
        let needs: BTreeSet<&String> = rules.iter().flat_map(|rule| &rule.needs).collect();
        let first = rules.first()?;
        Some(Aggregate {
            id: id::of_flow("agg", &from, &to, transport, application, ports),
            replaces: rules.iter().map(|rule| rule.id.clone()).collect(),
            saves: entries(first) * (rules.len() as u64 - 1),
            pairs: (opened().count() * others) as u64,
            opened: opened().take(PAIRS_NAMED).cloned().collect(),
            rule: Rule {
                id: id::of_flow("rule", &from, &to, transport, application, ports),
                why: format!(
                    "{} rules drawn together to the whole of {}: {}",
                    rules.len(),
                    zone.name,
                    first.why
                ),
                from,
                to,
                transport,
                ports: ports.to_vec(),
                application: application.map(str::to_owned),
                needs: needs.into_iter().cloned().collect(),
                until,
                care_critical: rules.iter().any(|rule| rule.care_critical),
                accepted: None,
            },
        })
    }
}
