//! `risk-records.csv`: a record for each device and harm, as IEC 80001-1 asks a risk management file to hold, in the
//! words of NIST SP 800-30.

use crate::sheets::{CELL_MAX, heading, write};
use crate::{ReportError, words};
use cordon_wire::assessment::{Action, Assessment, Device, Factor};
use std::collections::BTreeMap;

pub(crate) const COLUMNS: &[&str] = &[
    "record",
    "device",
    "name",
    "category",
    "key_property",
    "harm",
    "harm_points",
    "hazardous_situation",
    "causes",
    "likelihood_nist",
    "impact_nist",
    "risk_nist",
    "score",
    "tier",
    "controls_proposed",
    "residual_score",
    "residual_nist",
    "findings_open",
    "patch_responsible",
    "owner",
    "decided_by",
    "decided_on",
    "decision",
];

/// Harms by the name of their factor: the key property of IEC 80001-1 (2.15) and the harm in words.
const HARMS: [(&str, &str, &str); 4] = [
    ("harm_patient_safety", "safety", "injury or death of a patient"),
    ("harm_care_delivery", "effectiveness", "diagnosis or treatment delayed or stopped"),
    ("harm_patient_data", "data and system security", "patient data disclosed or altered"),
    ("harm_foothold", "data and system security", "a place from which an attacker goes on"),
];

/// How many causes and controls a record names.
const NAMED_MAX: usize = 5;

/// The sheet, devices as they rank, their harms as they count.
pub(crate) fn sheet(assessment: &Assessment) -> Result<Vec<u8>, ReportError> {
    let mut controls: BTreeMap<&str, Vec<&Action>> = BTreeMap::new();
    for action in assessment.actions.iter().filter(|action| action.removes > 0.0) {
        for device in &action.devices {
            controls.entry(device).or_default().push(action);
        }
    }
    let none = Vec::new();
    let rows = assessment.devices.iter().flat_map(|device| {
        let proposed = controls.get(device.id.as_str()).unwrap_or(&none);
        let harms = device.risk.factors.iter().filter_map(|factor| {
            let harm = HARMS.iter().find(|(name, ..)| *name == factor.name)?;
            Some((factor, harm))
        });
        harms.map(|(factor, harm)| row(device, factor, harm, proposed)).collect::<Vec<_>>()
    });
    write("risk-records.csv", std::iter::once(heading(COLUMNS)).chain(rows))
}

fn row(device: &Device, factor: &Factor, harm: &(&str, &str, &str), proposed: &[&Action]) -> Vec<String> {
    let (name, property, words_of_harm) = harm;
    let risk = &device.risk;
    let likelihood = risk.factors.iter().filter(|factor| factor.side == "likelihood").take(NAMED_MAX);
    let causes: Vec<String> = likelihood.map(|factor| words::clean(&factor.why, 300)).collect();
    let controls: Vec<String> =
        proposed.iter().take(NAMED_MAX).map(|action| words::clean(&action.id, 80)).collect();
    let open =
        device.findings.iter().filter(|one| matches!(one.status.as_str(), "affected" | "undetermined"));
    let level = |level: &str| level.replace('_', " ");
    let text = |value: &Option<String>| words::clean(value.as_deref().unwrap_or_default(), CELL_MAX);
    vec![
        format!("{}/{}", words::clean(&device.id, CELL_MAX), name.trim_start_matches("harm_")),
        words::clean(&device.id, CELL_MAX),
        words::device_name(device),
        words::clean(&device.category, 60),
        (*property).to_owned(),
        (*words_of_harm).to_owned(),
        words::points(factor.share),
        words::clean(&factor.why, 400),
        causes.join("; "),
        level(&risk.nist.likelihood),
        level(&risk.nist.impact),
        level(&risk.nist.risk),
        words::points(risk.score),
        words::clean(&risk.tier, 20),
        controls.join("; "),
        words::points(risk.residual),
        level(&risk.nist.residual),
        open.count().to_string(),
        text(&device.patch.responsible),
        text(&device.owner),
        // Who accepts a risk is a person, and no program fills that in.
        String::new(),
        String::new(),
        String::new(),
    ]
}
