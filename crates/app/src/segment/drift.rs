//! `cordon segment drift`: what happens on the network now, against the plan as it was made.

use super::plan::time;
use super::planning::parse_plan;
use super::recall;
use crate::actor::{Actor, Permission};
use crate::encode;
use crate::error::AppError;
use crate::explain::device_name;
use crate::report::read_assessment;
use cordon_model::identify::DeviceId;
use cordon_model::segment::{Rule, Zone};
use cordon_segment::drift::{self, Unpermitted};
use cordon_wire::segmentation as wire;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// What to compare.
#[derive(Clone, Debug)]
pub struct Request {
    /// An assessment.json of what happens now.
    pub assessment: PathBuf,
    /// A plan.json, or the site folder that holds it.
    pub plan: PathBuf,
}

/// What departs from the plan.
pub fn drift(actor: &Actor, request: &Request) -> Result<wire::Drift, AppError> {
    actor.require(Permission::Assess)?;
    let path = if request.plan.is_dir() { request.plan.join("plan.json") } else { request.plan.clone() };
    let text = fs::read_to_string(&path).map_err(|error| AppError::unreadable(&path, error))?;
    let plan = parse_plan(&path, &text)?;
    let assessment = read_assessment(&request.assessment)?;
    let now = time(&request.assessment, &assessment)?;
    let zones: Vec<Zone> = plan.zones.iter().map(recall::zone).collect();
    let rules: Vec<Rule> = plan.rules.iter().filter_map(recall::rule).collect();
    let found = drift::drift(&recall::estate(&assessment), &zones, &rules, now);
    let names: BTreeMap<String, String> = assessment
        .devices
        .iter()
        .map(|device| (format!("device:{}", device.id), device_name(device)))
        .collect();
    let words = |one: &Unpermitted| {
        let name = |party: String| names.get(&party).cloned().unwrap_or(party);
        let spoken = one.application.as_ref().map(|spoken| format!(" ({spoken})")).unwrap_or_default();
        let place =
            if one.port == 0 { one.transport.to_string() } else { format!("{}/{}", one.transport, one.port) };
        format!("{} to {}, {place}{spoken}", name(one.from.to_string()), name(one.to.to_string()))
    };
    let why: BTreeMap<&str, &Rule> = rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let told = |ids: &[String], reason: &str| -> Vec<wire::RuleChange> {
        ids.iter()
            .map(|id| wire::RuleChange {
                rule: id.clone(),
                what: why.get(id.as_str()).map(|rule| rule.why.clone()).unwrap_or_default(),
                why: reason.to_owned(),
            })
            .collect()
    };
    let ids = |list: &[DeviceId]| list.iter().map(ToString::to_string).collect();
    Ok(wire::Drift {
        schema: wire::DRIFT_SCHEMA.to_owned(),
        plan: plan.now.clone(),
        now: assessment.now.clone(),
        flows: found.flows,
        permitted: found.permitted,
        unpermitted: found.unpermitted.iter().map(|one| encode::unpermitted(one, words(one))).collect(),
        unused: told(&found.unused, "nothing that was seen used it"),
        expired: told(&found.expired, "its last day is past"),
        unknown: ids(&found.unknown),
        absent: ids(&found.absent),
    })
}
