//! A plan against what is really needed: whether it allows that, and whether it admits what it cannot know.

use cordon_model::Category;
use cordon_wire::assessment::{Assessment, Rule};
use cordon_wire::truth::{Truth, TruthNeed};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The figures of one plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlanFigures {
    /// Flows that are really needed.
    pub needs: u64,
    /// Of them those that the rules allow.
    pub allowed: u64,
    /// Of them those that the capture did not hold.
    pub withheld: u64,
    /// Needed, in the capture, and not allowed.
    pub stopped: Vec<String>,
    /// Needed and not allowed, with both ends marked ready: enforcing would break care and nobody was warned.
    pub unwarned: Vec<String>,
    /// Devices.
    pub devices: u64,
    /// Of them those marked ready to enforce.
    pub ready: u64,
    /// Share of reachable pairs of devices that the plan cuts.
    pub cut: f64,
    /// Devices of the truth with a category that stand in some zone of the plan.
    pub zoned: u64,
    /// Of them those in a zone of their category's kind, or in a part of it.
    pub zoned_right: u64,
    /// Devices in a zone of another kind: name, category and zone.
    pub misplaced: Vec<String>,
}

/// The figures, where the truth says what is needed.
pub(super) fn figures(truth: &Truth, assessment: &Assessment) -> Option<PlanFigures> {
    if truth.needs.is_empty() {
        return None;
    }
    let policy = Policy::of(assessment);
    let ready: BTreeSet<&str> =
        assessment.coverage.iter().filter(|one| one.ready).map(|one| one.device.as_str()).collect();
    let mut figures = PlanFigures {
        needs: truth.needs.len() as u64,
        withheld: truth.needs.iter().filter(|need| need.withheld).count() as u64,
        devices: assessment.coverage.len() as u64,
        ready: ready.len() as u64,
        ..PlanFigures::default()
    };
    let (before, after) = (assessment.containment.pairs_before, assessment.containment.pairs_after);
    figures.cut = if before > 0 { 1.0 - after as f64 / before as f64 } else { 0.0 };
    figures.zones(truth, &policy);
    for need in &truth.needs {
        if policy.allows(need) {
            figures.allowed += 1;
            continue;
        }
        let words = format!("{} to {} {}/{}", need.from, need.to, need.transport, need.port);
        let is_ready = |address: &str| policy.device(address).is_none_or(|id| ready.contains(id));
        if is_ready(&need.from) && is_ready(&need.to) {
            figures.unwarned.push(words.clone());
        }
        if !need.withheld {
            figures.stopped.push(words);
        }
    }
    Some(figures)
}

struct Policy<'a> {
    device_of: BTreeMap<&'a str, &'a str>,
    zone_of: BTreeMap<&'a str, &'a str>,
    /// The zone and the microsegment of each device, as rules name them.
    wholes_of: BTreeMap<&'a str, Vec<String>>,
    rules: BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a Rule>>,
}

impl<'a> Policy<'a> {
    fn of(assessment: &'a Assessment) -> Policy<'a> {
        let owners = assessment.devices.iter();
        let zones = assessment.zones.iter();
        let mut rules: BTreeMap<(&str, &str, &str), Vec<&Rule>> = BTreeMap::new();
        for rule in &assessment.rules {
            rules.entry((&rule.from, &rule.to, &rule.transport)).or_default().push(rule);
        }
        let mut wholes_of: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (whole, devices) in assessment.zones.iter().flat_map(|zone| zone.wholes()) {
            devices.iter().for_each(|id| wholes_of.entry(id).or_default().push(whole.clone()));
        }
        Policy {
            device_of: owners
                .flat_map(|device| device.ips.iter().map(|ip| (ip.as_str(), device.id.as_str())))
                .collect(),
            zone_of: zones
                .flat_map(|zone| zone.devices.iter().map(|id| (id.as_str(), zone.id.as_str())))
                .collect(),
            wholes_of,
            rules,
        }
    }

    fn device(&self, address: &str) -> Option<&'a str> {
        self.device_of.get(address).copied()
    }

    /// Every name a rule may call an address by.
    fn names(&self, address: &str) -> Vec<String> {
        match self.device(address) {
            Some(id) => {
                let wholes = self.wholes_of.get(id).into_iter().flatten().cloned();
                std::iter::once(format!("device:{id}")).chain(wholes).collect()
            }
            None => vec![format!("outside:{address}")],
        }
    }

    fn allows(&self, need: &TruthNeed) -> bool {
        // Two addresses of one machine: nothing passes a rule.
        if self.device(&need.from).is_some_and(|from| self.device(&need.to) == Some(from)) {
            return true;
        }
        let to = self.names(&need.to);
        self.names(&need.from).iter().any(|from| {
            to.iter().any(|to| {
                let rules = self.rules.get(&(from.as_str(), to.as_str(), need.transport.as_str()));
                rules.is_some_and(|rules| {
                    rules.iter().any(|rule| rule.ports.is_empty() || rule.ports.contains(&need.port))
                })
            })
        })
    }
}

impl PlanFigures {
    /// Whether each device stands in a zone of its kind.
    fn zones(&mut self, truth: &Truth, policy: &Policy<'_>) {
        for device in &truth.devices {
            let category = device.category.as_deref().and_then(|name| name.parse::<Category>().ok());
            let zone = device.ips.iter().find_map(|ip| policy.device(ip));
            let zone = zone.and_then(|id| policy.zone_of.get(id).copied());
            let (Some(category), Some(zone)) = (category, zone) else { continue };
            self.zoned += 1;
            let kind = cordon_segment::zones::id_of(category);
            let rest = zone.strip_prefix(kind);
            if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
                self.zoned_right += 1;
            } else {
                self.misplaced.push(format!("{} ({category}) in {zone}", device.name));
            }
        }
    }
}

impl fmt::Display for PlanFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "plan: {} of {} true needs allowed ({} were not in the capture), {} stopped; {} of {} devices ready, {} \
             needs missing without a warning; {:.1} % of reachable pairs cut",
            self.allowed,
            self.needs,
            self.withheld,
            self.stopped.len(),
            self.ready,
            self.devices,
            self.unwarned.len(),
            self.cut * 100.0
        )?;
        writeln!(
            f,
            "zones: {} of {} devices of a known category stand in a zone of its kind",
            self.zoned_right, self.zoned
        )?;
        let lists = [
            ("stopped", &self.stopped),
            ("missing without a warning", &self.unwarned),
            ("in a zone of another kind", &self.misplaced),
        ];
        for (heading, list) in lists {
            for words in list.iter().take(10) {
                writeln!(f, "  {heading}: {words}")?;
            }
        }
        Ok(())
    }
}
