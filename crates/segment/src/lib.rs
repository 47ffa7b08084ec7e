//! Zones, least-privilege rules, their verification and their rendering.
//!
//! The way is prepare, plan, check, render: [`plan`] proposes and gives a reason for each decision;
//! [`verify::verify`] checks the result with an evaluation of its own; only a [`VerifiedPlan`] can be
//! rendered. Same-zone traffic is denied too unless a rule allows it: zones name and group, rules permit.
//! This crate holds no randomness, no clock and no maker's interface.
#![forbid(unsafe_code)]

pub mod addresses;
pub mod blast;
pub mod budgets;
pub mod changes;
pub mod containment;
pub mod drift;
pub mod graph;
pub mod intent;
pub mod lists;
pub mod makers;
pub mod packets;
pub mod point;
pub mod policy;
pub mod quarantine;
pub mod read;
pub mod render;
pub mod rollout;
pub mod verify;
pub mod zones;

mod counterpart;
mod coverage;
pub mod decide;
mod expect;
mod hours;
mod id;
mod need_coverage;
mod needs;
mod reach;
mod rules;
mod scan;
mod settle;
mod talk;

pub use containment::{containment, exposure};
pub use intent::{Intent, Place};
pub use need_coverage::{NeedCoverage, need_coverage};
pub use render::{Target, targets};
pub use verify::{Mismatch, Refused, Verification, Verified, VerifiedPlan, approve, verify};

use cordon_knowledge::Knowledge;
use cordon_model::assess::DeviceAssessment;
use cordon_model::identify::Estate;
use cordon_model::observe::Transport;
use cordon_model::segment::{Coverage, Need, Party, Rule, Zone};

/// What a site decides about its plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Flows that people or makers confirmed; they need not have been seen.
    pub confirmed: Vec<Need>,
    /// What people decided, brought to the estate by [`decide::resolve`].
    pub decided: decide::Decided,
    /// What makers published of their devices' connections.
    pub publications: Vec<makers::Publication>,
    /// Which devices a published file is about, where it does not say so itself.
    pub assignments: Vec<makers::Assignment>,
    /// Who plays the roles that published files name.
    pub controllers: makers::Controllers,
    /// Days a device must have been observed, with a weekend in them, before its rules may be enforced.
    pub days_min: f64,
    /// The zones as a policy file has them ([`zones::place`]); proposed where there is none.
    pub zones: Option<Vec<Zone>>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            confirmed: Vec::new(),
            decided: decide::Decided::default(),
            publications: Vec::new(),
            assignments: Vec::new(),
            controllers: makers::Controllers::new(),
            days_min: 14.0,
            zones: None,
        }
    }
}

/// Conversations that did not become needs, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Withheld {
    /// Who asked.
    pub from: Party,
    /// Why, in a sentence.
    pub reason: String,
    /// What was withheld: whom, transport and port, in order.
    pub flows: Vec<(Party, Transport, u16)>,
}

/// A segmentation plan as proposed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Required flows, in order of id.
    pub needs: Vec<Need>,
    /// What was seen and is not proposed, with the reason.
    pub withheld: Vec<Withheld>,
    /// Zones, in order of id; every device is in exactly one.
    pub zones: Vec<Zone>,
    /// Allowed flows, in order of id; everything else is denied.
    pub rules: Vec<Rule>,
    /// How well each device was observed, in the order of the estate.
    pub coverage: Vec<Coverage>,
}

/// Proposes zones and least-privilege rules for an estate.
pub fn plan(
    estate: &Estate,
    assessments: &[DeviceAssessment],
    knowledge: &Knowledge,
    settings: &Settings,
) -> Plan {
    let mut zones = settings.zones.clone().unwrap_or_else(|| zones::propose(estate, assessments));
    let talks = talk::of_estate(estate);
    let (seen, withheld) = needs::from_talks(estate, &talks, knowledge);
    let published =
        makers::Published::of(estate, &settings.publications, &settings.assignments, &settings.controllers);
    let settle::Settled { mut needs, withheld } =
        settle::settle(seen, withheld, &zones, &published, settings);
    let expected = expect::expected(estate, &mut needs, knowledge, settings);
    let coverage = coverage::of_estate(estate, &needs, &expected, settings);
    needs.extend(expected.needs);
    needs.sort();
    zones::outside(&mut zones, &needs, &withheld);
    let rules = rules::synthesise(estate, &needs, &zones);
    Plan { needs, withheld, zones, rules, coverage }
}
