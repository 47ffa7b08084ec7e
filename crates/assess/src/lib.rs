//! What is known against each device: support status, exposure, and a risk with every factor.
//!
//! [`assess`] judges devices as the network is; [`with_controls`] says what remains under a verified plan;
//! [`actions()`] orders what to do. Everything is computed from the estate, the knowledge, the weights and the
//! time that are handed in, so that equal inputs give equal results; nothing is claimed that no claim,
//! conversation or event supports.
#![forbid(unsafe_code)]

pub mod actions;
pub mod advisory;
pub mod cvss;
pub mod intelligence;
pub mod matching;
pub mod mds2;
pub mod nist;
pub mod reachability;
pub mod risk;
pub mod rubric;
pub mod ssvc;
pub mod version;
pub mod weights;
pub mod whatif;

mod controls;
mod exposure;
mod findings;
mod impact;
mod notices;
mod support;
mod weakness;

pub use actions::actions;
pub use controls::Control;
pub use notices::{Notice, Notices};
pub use weights::{Weights, WeightsError};

use cordon_knowledge::Knowledge;
use cordon_model::assess::{DeviceAssessment, Finding};
use cordon_model::identify::{Device, DeviceId, Estate};
use cordon_model::{Inside, Timestamp};
use intelligence::Intelligence;
use std::collections::BTreeMap;
use weakness::Profile;

/// Everything an assessment depends on.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The devices and what they did.
    pub estate: &'a Estate,
    /// Lifecycles, ports and harms.
    pub knowledge: &'a Knowledge,
    /// How much each factor counts.
    pub weights: &'a Weights,
    /// Which addresses belong to the site.
    pub inside: &'a Inside,
    /// The time statuses are judged at.
    pub now: Timestamp,
    /// What is told besides the estate.
    pub beside: &'a Beside,
}

/// What is told besides the estate: by advisories, feeds and people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// What advisories mean for each device, as matching found it.
    pub findings: BTreeMap<DeviceId, Vec<Finding>>,
    /// What the world knows of vulnerabilities.
    pub intelligence: Intelligence,
    /// Makers' notices of the end of support.
    pub notices: Notices,
    /// Makers' disclosure statements.
    pub forms: Vec<mds2::Form>,
    /// Controls that a person verified, by device.
    pub controls: BTreeMap<DeviceId, Vec<Control>>,
}

/// A device with all that its risk is drawn from.
struct Judged<'a> {
    device: &'a Device,
    support: support::Judgement,
    exposure: exposure::Exposure,
    findings: Vec<Finding>,
    profile: Profile,
}

/// Judges every device, in the order of the estate.
fn judge<'a>(context: &Context<'a>) -> Vec<Judged<'a>> {
    let kinds = impact::kinds(context.estate);
    let exposures = exposure::of_estate(context);
    let devices = context.estate.devices.iter().zip(exposures);
    devices.map(|(device, exposure)| judge_one(device, exposure, &kinds, context)).collect()
}

fn judge_one<'a>(
    device: &'a Device,
    exposure: exposure::Exposure,
    kinds: &impact::Kinds,
    context: &Context<'a>,
) -> Judged<'a> {
    let support = support::of(device, context);
    let harms = impact::harms(device, &exposure, kinds, context);
    let (access, access_why) = exposure.access();
    let place = findings::Place {
        category: device.category(),
        patient_safety: (harms.patient_safety.0, &harms.patient_safety.1),
        criticality: &harms.criticality,
        exposure: access,
        exposure_why: access_why,
    };
    let found = context.beside.findings.get(&device.id).cloned().unwrap_or_default();
    let found: Vec<(Finding, findings::Threat)> = found
        .into_iter()
        .map(|mut finding| {
            let threat = findings::enrich(&mut finding, &context.beside.intelligence);
            finding.ssvc = findings::decide(&finding, &threat, &place);
            (finding, threat)
        })
        .collect();
    let known =
        weakness::Known { device, support: &support, exposure: &exposure, harms: &harms, findings: &found };
    let profile = weakness::profile(&known, context);
    let findings = found.into_iter().map(|(finding, _)| finding).collect();
    Judged { device, support, exposure, findings, profile }
}

/// Assesses every device, in the order of the estate.
pub fn assess(context: &Context<'_>) -> Vec<DeviceAssessment> {
    let assessed = judge(context).into_iter().map(|judged| DeviceAssessment {
        device: judged.device.id.clone(),
        patch: support::patch(judged.device, &judged.support.support, context),
        exposure: judged.exposure.shown(judged.device, context),
        support: judged.support.support,
        risk: judged.profile.risk(),
        findings: judged.findings,
    });
    assessed.collect()
}

/// Sets what risk remains once a verified plan is in force, and with the controls that are.
///
/// `reach` gives for each device how many other devices can open a connection to it: today, and under the
/// plan; it is empty when there is no verified plan. Neither a plan nor a control raises a risk.
pub fn with_controls(
    context: &Context<'_>,
    assessments: &mut [DeviceAssessment],
    reach: &BTreeMap<DeviceId, (u64, u64)>,
) {
    let judged = judge(context);
    let profiles: BTreeMap<&DeviceId, &Profile> =
        judged.iter().map(|judged| (&judged.device.id, &judged.profile)).collect();
    let none = Vec::new();
    for assessment in assessments {
        let Some(profile) = profiles.get(&assessment.device) else { continue };
        let reach = reach.get(&assessment.device).copied();
        let controls = context.beside.controls.get(&assessment.device).unwrap_or(&none);
        assessment.exposure.reachable_under_plan = reach.map(|(_, after)| after);
        profile.controlled(reach, controls, context.weights).leave(&mut assessment.risk);
    }
}
