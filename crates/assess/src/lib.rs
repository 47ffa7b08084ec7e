//! What is known against each device: support status, exposure, and a risk with every factor.
//!
//! [`judge`] judges devices as the network is; [`Judgements::with_controls`] says what remains under a verified plan;
//! [`Judgements::actions`] orders what to do. Everything is computed from the estate, the knowledge, the weights and the
//! time that are handed in, so that equal inputs give equal results; nothing is claimed that no claim,
//! conversation or event supports.
#![forbid(unsafe_code)]

pub mod advisory;
pub mod cpe;
pub mod cvss;
pub mod ecosystem;
pub mod intelligence;
pub mod matching;
pub mod mds2;
pub mod nist;
pub mod purl;
pub mod reachability;
pub mod recalls;
pub mod records;
pub mod risk;
pub mod rubric;
pub mod sbom;
pub mod ssvc;
pub mod version;
pub mod weights;
pub mod whatif;

mod actions;
mod barriers;
mod controls;
mod exposure;
mod findings;
mod impact;
pub mod lifecycles;
mod notices;
mod support;
mod weakness;

pub use barriers::Barriers;
pub use controls::Control;
pub use notices::{Notice, Notices};
pub use weights::{Weights, WeightsError};

use cordon_knowledge::Knowledge;
use cordon_model::assess::{Action, DeviceAssessment, Finding, Recall};
use cordon_model::identify::{Device, DeviceId, Estate};
use cordon_model::{Inside, Timestamp};
use intelligence::Intelligence;
use lifecycles::Lifecycles;
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
    /// Recalls of each device's product.
    pub recalls: BTreeMap<DeviceId, Vec<Recall>>,
    /// Ends of support as endoflife.date publishes them, newer than the knowledge that comes with the program.
    pub lifecycles: Lifecycles,
    /// What configurations permit between devices; `None` when none were given, and the network is taken as flat.
    pub barriers: Option<Barriers>,
}

/// A device with all that its risk is drawn from, but for what its assessment holds.
#[derive(Debug)]
struct Judged<'a> {
    device: &'a Device,
    support: support::Judgement,
    profile: Profile,
}

/// Every device of an estate, judged once: what remains of it and what to do is drawn from here.
#[derive(Debug)]
pub struct Judgements<'a> {
    context: Context<'a>,
    judged: Vec<Judged<'a>>,
}

/// What a plan changes for each device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planned {
    /// How many other devices can open a connection to it: today, and under the verified plan; empty when there is
    /// none.
    pub reach: BTreeMap<DeviceId, (u64, u64)>,
    /// Flows to or from outside that are confirmed or usual for its kind, in words.
    pub internet: BTreeMap<DeviceId, Vec<String>>,
}

/// Judges every device once, and assesses it as the network is; both in the order of the estate.
pub fn judge<'a>(context: &Context<'a>) -> (Judgements<'a>, Vec<DeviceAssessment>) {
    let kinds = impact::kinds(context.estate);
    let exposures = exposure::of_estate(context);
    let devices = context.estate.devices.iter().zip(exposures);
    let (judged, assessments) =
        devices.map(|(device, exposure)| judge_one(device, exposure, &kinds, context)).unzip();
    (Judgements { context: *context, judged }, assessments)
}

fn judge_one<'a>(
    device: &'a Device,
    exposure: exposure::Exposure,
    kinds: &impact::Kinds,
    context: &Context<'a>,
) -> (Judged<'a>, DeviceAssessment) {
    let mut support = support::of(device, context);
    let recalls = context.beside.recalls.get(&device.id).cloned().unwrap_or_default();
    support.support.hints.extend(support::recalled(&recalls));
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
    let known = weakness::Known {
        device,
        support: &support,
        exposure: &exposure,
        harms: &harms,
        findings: &found,
        recalls: &recalls,
    };
    let profile = weakness::profile(&known, context);
    let assessment = DeviceAssessment {
        device: device.id.clone(),
        patch: support::patch(device, &support.support, context),
        exposure: exposure.shown(device, context),
        support: support.support.clone(),
        risk: profile.risk(),
        findings: found.into_iter().map(|(finding, _)| finding).collect(),
        recalls,
    };
    (Judged { device, support, profile }, assessment)
}

/// Assesses every device, in the order of the estate.
pub fn assess(context: &Context<'_>) -> Vec<DeviceAssessment> {
    judge(context).1
}

impl Judgements<'_> {
    /// Sets what risk remains once a verified plan is in force, and with the controls that are; and which contact
    /// with outside is needed. Neither a plan nor a control raises a risk.
    ///
    /// `assessments` are those that came with the judgements, in their order.
    pub fn with_controls(&self, assessments: &mut [DeviceAssessment], planned: &Planned) {
        let beside = self.context.beside;
        for (judged, assessment) in self.judged.iter().zip(assessments) {
            let id = &judged.device.id;
            // Where configurations close ways, fewer reach it today than on the flat network a plan starts from.
            let today = assessment.exposure.reachable_from;
            let reach = planned.reach.get(id).map(|(before, after)| {
                if beside.barriers.is_some() { (today, (*after).min(today)) } else { (*before, *after) }
            });
            let controls = beside.controls.get(id).map(Vec::as_slice).unwrap_or_default();
            assessment.exposure.reachable_under_plan = reach.map(|(_, after)| after);
            let flows = planned.internet.get(id).map(Vec::as_slice).unwrap_or_default();
            exposure::say_need(&mut assessment.exposure.internet, judged.device.category(), flows);
            judged.profile.controlled(reach, controls, self.context.weights).leave(&mut assessment.risk);
        }
    }

    /// Actions for the whole estate, most risk removed per effort first; what only decides or finds out comes last,
    /// for that removes nothing by itself.
    ///
    /// Call it after [`Judgements::with_controls`]: segmentation removes what lies between inherent and residual.
    pub fn actions(&self, assessments: &[DeviceAssessment]) -> Vec<Action> {
        actions::of(&self.context, self.judged.iter().zip(assessments))
    }
}
