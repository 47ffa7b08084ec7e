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
pub mod risk;
pub mod ssvc;
pub mod version;
pub mod weights;

mod exposure;
mod support;
mod weakness;

pub use actions::actions;
pub use weights::{Weights, WeightsError};

use cordon_knowledge::Knowledge;
use cordon_model::assess::DeviceAssessment;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::{Inside, Timestamp};
use std::collections::BTreeMap;

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
}

/// Assesses every device, in the order of the estate.
pub fn assess(context: &Context<'_>) -> Vec<DeviceAssessment> {
    let exposures = exposure::of_estate(context);
    let devices = context.estate.devices.iter().zip(exposures);
    devices
        .map(|(device, exposure)| {
            let support = support::of(device, context);
            let profile = weakness::profile(device, &support, &exposure, context);
            DeviceAssessment {
                device: device.id.clone(),
                support: support.support,
                patch: support::patch(device),
                findings: Vec::new(),
                internet: exposure.destinations.into_iter().collect(),
                risk: profile.risk(),
            }
        })
        .collect()
}

/// Sets what risk remains once a verified plan is in force.
///
/// `reach` gives for each device how many other devices can open a connection to it: today, and under the
/// plan. A device without an entry keeps its inherent risk. A plan never raises a risk.
pub fn with_controls(
    context: &Context<'_>,
    assessments: &mut [DeviceAssessment],
    reach: &BTreeMap<DeviceId, (u64, u64)>,
) {
    let exposures = exposure::of_estate(context);
    let profiles: BTreeMap<&DeviceId, weakness::Profile> = context
        .estate
        .devices
        .iter()
        .zip(&exposures)
        .map(|(device, exposure)| {
            let support = support::of(device, context);
            (&device.id, weakness::profile(device, &support, exposure, context))
        })
        .collect();
    for assessment in assessments {
        let Some(profile) = profiles.get(&assessment.device) else { continue };
        let Some((before, after)) = reach.get(&assessment.device) else { continue };
        let remaining = profile.under_plan(*before, *after).score();
        assessment.risk.residual = remaining.min(assessment.risk.inherent);
    }
}
