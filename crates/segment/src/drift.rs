//! What happens on the network against what a plan permits: flows without a rule, rules without a flow, devices the
//! plan does not know.

use crate::talk;
use cordon_model::Timestamp;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Party, Rule, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// What departs from a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Flows that were looked at.
    pub flows: u64,
    /// Flows that a rule permits.
    pub permitted: u64,
    /// Flows that no rule permits.
    pub unpermitted: Vec<Unpermitted>,
    /// Rules that permitted nothing that was seen, by id.
    pub unused: Vec<String>,
    /// Rules whose end is past, by id.
    pub expired: Vec<String>,
    /// Devices that the plan puts into no zone.
    pub unknown: Vec<DeviceId>,
    /// Devices of the plan that were not seen.
    pub absent: Vec<DeviceId>,
}

/// A flow that no rule permits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unpermitted {
    /// Who asked.
    pub from: Party,
    /// Whom.
    pub to: Party,
    /// Transport protocol.
    pub transport: Transport,
    /// Server port; 0 where the transport has none.
    pub port: u16,
    /// What was spoken, where understood.
    pub application: Option<String>,
    /// True when it was answered.
    pub answered: bool,
    /// When it was first seen.
    pub first: Timestamp,
    /// When it was last seen.
    pub last: Timestamp,
}

/// What was seen against zones and rules, as of `now`.
pub fn drift(estate: &Estate, zones: &[Zone], rules: &[Rule], now: Timestamp) -> Drift {
    let zone_of: BTreeMap<&DeviceId, &str> =
        zones.iter().flat_map(|zone| zone.devices.iter().map(|id| (id, zone.id.as_str()))).collect();
    // A rule holds through its last day.
    let ends = |rule: &Rule| rule.until.is_some_and(|until| until.plus_micros(86_400_000_000) <= now);
    let mut table: BTreeMap<(String, String, Transport), Vec<usize>> = BTreeMap::new();
    let places = rules.iter().enumerate().filter(|(_, rule)| !ends(rule));
    for (at, rule) in places {
        table.entry((rule.from.to_string(), rule.to.to_string(), rule.transport)).or_default().push(at);
    }
    let mut wholes: BTreeMap<&DeviceId, Vec<String>> = BTreeMap::new();
    for (whole, devices) in zones.iter().flat_map(Zone::wholes) {
        devices.iter().for_each(|id| wholes.entry(id).or_default().push(whole.to_string()));
    }
    let names = |party: &Party| -> Vec<String> {
        let own = match party {
            Party::Device(id) => wholes.get(id).map(Vec::as_slice),
            _ => None,
        };
        std::iter::once(party.to_string()).chain(own.into_iter().flatten().cloned()).collect()
    };
    let mut found = Drift::default();
    let (mut used, mut flows) = (BTreeSet::new(), BTreeMap::<_, Unpermitted>::new());
    for talk in talk::of_estate(estate) {
        let (Some(from), Some(to)) = (talk.from.party(estate), talk.to.party(estate)) else { continue };
        found.flows += 1;
        let mut permitted = false;
        for (from, to) in
            names(&from).iter().flat_map(|from| names(&to).into_iter().map(move |to| (from, to)))
        {
            for at in table.get(&(from.clone(), to, talk.transport)).into_iter().flatten() {
                let takes = |rule: &&Rule| rule.ports.is_empty() || rule.ports.contains(&talk.port);
                if rules.get(*at).as_ref().is_some_and(takes) {
                    permitted = true;
                    used.insert(*at);
                }
            }
        }
        if permitted {
            found.permitted += 1;
            continue;
        }
        let key = (from.clone(), to.clone(), talk.transport, talk.port);
        let one = flows.entry(key).or_insert_with(|| Unpermitted {
            from,
            to,
            transport: talk.transport,
            port: talk.port,
            application: None,
            answered: false,
            first: talk.first,
            last: talk.last,
        });
        one.application = one.application.take().or(talk.application.map(|spoken| spoken.name().to_owned()));
        one.answered |= talk.answered;
        (one.first, one.last) = (one.first.min(talk.first), one.last.max(talk.last));
    }
    found.unpermitted = flows.into_values().collect();
    // What was answered is what works today and would stop.
    found.unpermitted.sort_by(|a, b| b.answered.cmp(&a.answered).then_with(|| a.cmp(b)));
    let rules = || rules.iter().enumerate();
    found.expired = rules().filter(|(_, rule)| ends(rule)).map(|(_, rule)| rule.id.clone()).collect();
    let unused = rules().filter(|(at, rule)| !used.contains(at) && !ends(rule));
    found.unused = unused.map(|(_, rule)| rule.id.clone()).collect();
    let seen: BTreeSet<&DeviceId> = estate.devices.iter().map(|device| &device.id).collect();
    found.unknown = seen.iter().filter(|id| !zone_of.contains_key(*id)).map(|id| (*id).clone()).collect();
    found.absent = zone_of.keys().filter(|id| !seen.contains(*id)).map(|id| (*id).clone()).collect();
    found
}
