//! `cordon segment drift`: what happens on the network now, and what the equipment is told to do now, against the plan
//! as it was made.

use super::plan::time;
use super::planning::parse_plan;
use super::points::{LeftOut, OnLink, Stopped, TimedLine, at, flows_of_rules};
use super::recall;
use super::verify::{Open, Verification, against};
use crate::actor::{Actor, Permission};
use crate::encode;
use crate::error::AppError;
use crate::explain::device_name;
use crate::report::read_assessment;
use cordon_model::Timestamp;
use cordon_model::identify::DeviceId;
use cordon_model::segment::{Rule, Zone};
use cordon_segment::drift::{self, Unpermitted};
use cordon_wire::assessment::Assessment;
use cordon_wire::segmentation as wire;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What to compare.
#[derive(Clone, Debug)]
pub struct Request {
    /// An assessment.json of what happens now.
    pub assessment: PathBuf,
    /// A plan.json, or the site folder that holds it.
    pub plan: PathBuf,
    /// Running configurations that are to do what the plan says; none are looked at when not given.
    pub configurations: Vec<PathBuf>,
    /// The time at which lines of them are asked that count only for a time.
    pub now: Timestamp,
}

/// What departs from a plan: what happens, and what equipment does.
#[derive(Debug, Serialize)]
pub struct Found {
    /// Conversations and devices.
    #[serde(flatten)]
    pub seen: wire::Drift,
    /// Configurations, for all packets; `null` where none were given.
    pub configurations: Option<Configured>,
}

/// What configurations let through, against a plan's rules.
#[derive(Debug, Serialize)]
pub struct Configured {
    /// Flows from address to address that the rules permit.
    pub flows: u64,
    /// Those that pass through at least one point.
    pub passing: u64,
    /// Those between two ends behind one interface.
    pub elsewhere: u64,
    /// Those of which the configurations do not say the way.
    pub no_way: u64,
    /// Each configuration, in the order given.
    pub points: Vec<PointDrift>,
    /// Rules to groups and broadcast addresses that stay on their link: no point sees them.
    pub on_link: Vec<OnLink>,
    /// Rules that could not be compared, by id.
    pub left_out: Vec<LeftOut>,
}

/// One configuration against the plan's rules.
#[derive(Debug, Serialize)]
pub struct PointDrift {
    /// The file.
    pub path: String,
    /// What it calls its equipment.
    pub hostname: Option<String>,
    /// What a rule permits and the configuration stops. At most 1,000.
    pub stopped: Vec<Departed>,
    /// How many.
    pub stopped_count: u64,
    /// What a rule permits and of which it cannot be told.
    pub unsure: Vec<Departed>,
    /// How many.
    pub unsure_count: u64,
    /// What the configuration lets through and no rule permits. What reaches the equipment itself is not among it:
    /// a plan says nothing of that.
    pub opened: Vec<Open>,
    /// Lists that exist and are bound to nothing.
    pub unbound: Vec<String>,
    /// What was taken for granted, where the configuration does not say which packets meet its lists.
    pub assumed: Option<&'static str>,
    /// Lines that count only for a time, as they are now.
    pub timed: Vec<TimedLine>,
    /// Its lines that bear on what passes and were not understood.
    pub not_understood_count: u64,
}

/// Traffic of a rule that does not pass.
#[derive(Debug, Serialize)]
pub struct Departed {
    /// The rule's id.
    pub rule: String,
    /// Where and by what; `need` is every need behind the rule.
    #[serde(flatten)]
    pub stopped: Stopped,
}

/// Holds configurations against a plan's rules, for all packets.
fn configured(
    assessment: &Assessment,
    plan: &wire::Plan,
    paths: &[PathBuf],
    (now, asked): (Timestamp, Timestamp),
) -> Result<Configured, AppError> {
    let (flows, left_out) = flows_of_rules(assessment, &plan.zones, &plan.rules, now);
    let needs: BTreeMap<&str, String> =
        plan.rules.iter().map(|rule| (rule.id.as_str(), rule.needs.join(", "))).collect();
    let departed = |mut stopped: Stopped| {
        let rule = std::mem::take(&mut stopped.need);
        stopped.need = needs.get(rule.as_str()).cloned().unwrap_or_default();
        Departed { rule, stopped }
    };
    let points = at(super::points::read(paths)?, asked);
    let found: Verification = against(assessment, &points, &flows, left_out, plan.rules.len() as u64)
        .map_err(|error| {
            let first = paths.first().map(PathBuf::as_path);
            AppError::unreadable(first.unwrap_or(Path::new("the configurations")), error)
        })?;
    let point = |point: super::verify::Point| PointDrift {
        path: point.path,
        hostname: point.hostname,
        stopped: point.blocked.into_iter().map(departed).collect(),
        stopped_count: point.blocked_count,
        unsure: point.unsure.into_iter().map(departed).collect(),
        unsure_count: point.unsure_count,
        opened: point.loose.into_iter().filter(|open| !open.itself).collect(),
        unbound: point.unbound,
        assumed: point.assumed,
        timed: point.timed,
        not_understood_count: point.not_understood_count,
    };
    Ok(Configured {
        flows: found.flows,
        passing: found.passing,
        elsewhere: found.elsewhere,
        no_way: found.no_way,
        on_link: found.on_link,
        left_out: found.left_out,
        points: found.points.into_iter().map(point).collect(),
    })
}

/// What departs from the plan.
pub fn drift(actor: &Actor, request: &Request) -> Result<Found, AppError> {
    actor.require(Permission::Assess)?;
    let path = if request.plan.is_dir() { request.plan.join("plan.json") } else { request.plan.clone() };
    let text = fs::read_to_string(&path).map_err(|error| AppError::unreadable(&path, error))?;
    let plan = parse_plan(&path, &text)?;
    let assessment = read_assessment(&request.assessment)?;
    let now = time(&request.assessment, &assessment)?;
    let configurations = match request.configurations.as_slice() {
        [] => None,
        paths => Some(configured(&assessment, &plan, paths, (now, request.now))?),
    };
    Ok(Found { seen: seen(&assessment, &plan, now), configurations })
}

/// Conversations and devices against a plan.
fn seen(assessment: &Assessment, plan: &wire::Plan, now: Timestamp) -> wire::Drift {
    let zones: Vec<Zone> = plan.zones.iter().map(recall::zone).collect();
    let rules: Vec<Rule> = plan.rules.iter().filter_map(recall::rule).collect();
    let found = drift::drift(&recall::estate(assessment), &zones, &rules, now);
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
    wire::Drift {
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
    }
}
