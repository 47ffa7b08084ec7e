//! A plan in the languages of those who enforce it.

use super::recall;
use crate::actor::{Actor, Permission};
use crate::deliver::OutputFolder;
use crate::error::AppError;
use crate::explain::device_name;
use crate::report::read_assessment;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::{Timestamp, Vlan};
use cordon_segment::intent::{Intent, NotEnforceable, Place, Stage};
use cordon_segment::render::{self, Called, File, Target, target, targets};
use cordon_segment::{Plan, VerifiedPlan, approve};
use cordon_wire::assessment::Assessment;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// How many mismatches a refusal names.
const NAMED_MAX: usize = 5;

/// What to write.
#[derive(Debug)]
pub struct Request {
    /// The assessment with the plan.
    pub assessment: PathBuf,
    /// Names of the targets; none means all.
    pub targets: Vec<String>,
    /// `log-only` or `enforce`.
    pub stage: String,
    /// Ids of the zones; none means all.
    pub zones: Vec<String>,
    /// Name of the enforcement point.
    pub point: String,
    /// `ZONE=INTERFACE`: the point's interface to a zone.
    pub interfaces: Vec<String>,
    /// Where descriptions that controllers fetch are published.
    pub published_at: Option<String>,
    /// The folder; `None` answers the text of one target's only file.
    pub out: Option<PathBuf>,
    /// Replace files of the same names.
    pub force: bool,
}

/// What was written.
#[derive(Debug)]
pub struct Rendered {
    /// The files; they are not in a folder when none was asked for.
    pub files: Vec<File>,
    /// Where they are.
    pub paths: Vec<PathBuf>,
    /// What no rule by address can hold, as sentences.
    pub not_enforceable: Vec<String>,
}

/// The target that is no language of rules.
const ADDRESSES: (&str, &str) = (
    "addresses",
    "VLAN of each switch port (table, Cisco IOS) and DHCP reservations (Kea, ISC dhcpd), of a plan made by `cordon segment plan`",
);

/// The names of all targets, with what they are.
pub fn names() -> Vec<(&'static str, &'static str)> {
    targets().iter().map(|target| (target.name(), target.describe())).chain([ADDRESSES]).collect()
}

/// Writes the plan of an assessment.
pub fn render(actor: &Actor, request: &Request) -> Result<Rendered, AppError> {
    actor.require(Permission::Assess)?;
    let is_addresses = |name: &String| name == ADDRESSES.0;
    let rules: Vec<String> = request.targets.iter().filter(|name| !is_addresses(name)).cloned().collect();
    let wanted = match rules.is_empty() && !request.targets.is_empty() {
        true => Vec::new(),
        false => wanted(&rules)?,
    };
    let assessment = read_assessment(&request.assessment)?;
    let (plan, estate) = verified(request, &assessment)?;
    let place = place(request, &assessment, plan.get())?;
    let intent = Intent::of(&plan, &estate, &place);
    let mut written: Vec<File> = wanted.iter().flat_map(|target| target.render(&intent)).collect();
    match addresses(&assessment) {
        Some(files) if request.targets.is_empty() || request.targets.iter().any(is_addresses) => {
            written.extend(files);
        }
        None if request.targets.iter().any(is_addresses) => {
            return Err(AppError::WrongUse(format!(
                "{} holds no address plan; make one with `cordon segment plan --out` and name the assessment.json there",
                request.assessment.display()
            )));
        }
        _ => {}
    }
    let files: BTreeMap<String, String> = written.into_iter().map(|file| (file.name, file.text)).collect();
    let files: Vec<File> = files.into_iter().map(|(name, text)| File { name, text }).collect();
    let mut paths = Vec::new();
    if let Some(out) = &request.out {
        let folder = OutputFolder::prepare(out, request.force)?;
        for file in &files {
            paths.push(folder.write(&file.name, file.text.as_bytes())?);
        }
    }
    // Names come from the network; a terminal obeys what it cannot show.
    let word = |c: char| if c.is_control() { ' ' } else { c };
    let sentence = |one: &NotEnforceable| format!("{} {}", one.what, one.why).chars().map(word).collect();
    let not_enforceable = intent.not_enforceable.iter().map(sentence).collect();
    Ok(Rendered { files, paths, not_enforceable })
}

/// The files of the address plan, where the assessment holds one.
fn addresses(assessment: &Assessment) -> Option<Vec<File>> {
    let plan = recall::addresses(assessment.segmentation.as_ref()?);
    let called = Called {
        devices: assessment
            .devices
            .iter()
            .map(|device| (DeviceId::new(device.id.as_str()), device_name(device)))
            .collect(),
        zones: assessment.zones.iter().map(|zone| (zone.id.clone(), zone.name.clone())).collect(),
    };
    (!plan.networks.is_empty()).then(|| render::addresses(&plan, &called))
}

fn wanted(names: &[String]) -> Result<Vec<&'static dyn Target>, AppError> {
    if names.is_empty() {
        return Ok(targets().to_vec());
    }
    let find = |name: &String| {
        target(name).ok_or_else(|| {
            let all: Vec<&str> = self::names().into_iter().map(|(name, _)| name).collect();
            AppError::WrongUse(format!("there is no target \"{name}\"; there are {}", all.join(", ")))
        })
    };
    names.iter().map(find).collect()
}

/// The plan as the assessment holds it, checked again: a file may have been changed by hand.
fn verified(request: &Request, assessment: &Assessment) -> Result<(VerifiedPlan, Estate), AppError> {
    let unreadable = |reason: String| AppError::unreadable(&request.assessment, reason);
    let (mut needs, mut rules) = (Vec::new(), Vec::new());
    for need in &assessment.needs {
        let read = recall::need(need);
        needs.push(read.ok_or_else(|| unreadable(format!("the need {} is not understood", need.id)))?);
    }
    for rule in &assessment.rules {
        let read = recall::rule(rule);
        rules.push(read.ok_or_else(|| unreadable(format!("the rule {} is not understood", rule.id)))?);
    }
    let zones = assessment.zones.iter().map(recall::zone).collect();
    let mut estate = recall::estate(assessment);
    // The conversations were replayed when the plan was made, against all that was withheld; the file holds only the
    // first of those.
    estate.conversations.clear();
    let plan = Plan { needs, zones, rules, ..Plan::default() };
    let plan = approve(plan, &estate).map_err(|refused| {
        let found = &refused.verification;
        let wrong = found.too_tight.iter().chain(&found.too_loose).take(NAMED_MAX).map(ToString::to_string);
        unreadable(format!(
            "its rules do not fit its needs, so nothing was written; assess again:\n{}",
            wrong.collect::<Vec<_>>().join("\n")
        ))
    })?;
    Ok((plan, estate))
}

fn place(request: &Request, assessment: &Assessment, plan: &Plan) -> Result<Place, AppError> {
    let stage = Stage::from_name(&request.stage).ok_or_else(|| {
        AppError::WrongUse(format!("there is no stage \"{}\"; there are log-only and enforce", request.stage))
    })?;
    let made: Timestamp = assessment.now.parse().map_err(|_| {
        AppError::unreadable(&request.assessment, format!("\"{}\" is no time", assessment.now))
    })?;
    let known: BTreeSet<&str> = plan.zones.iter().map(|zone| zone.id.as_str()).collect();
    let check = |zone: &str| match known.contains(zone) {
        true => Ok(zone.to_owned()),
        false => Err(AppError::WrongUse(format!(
            "there is no zone \"{zone}\" in the plan; there are {}",
            known.iter().copied().collect::<Vec<_>>().join(", ")
        ))),
    };
    let mut place = Place::new(&request.point, stage, made);
    for zone in &request.zones {
        place.zones.insert(check(zone)?);
    }
    for pair in &request.interfaces {
        let Some((zone, interface)) = pair.split_once('=').filter(|(_, interface)| is_interface(interface))
        else {
            return Err(AppError::WrongUse(format!(
                "\"{pair}\" does not say a zone and its interface; write --interface zone-imaging=Vlan20"
            )));
        };
        place.interfaces.insert(check(zone)?, interface.to_owned());
        let vlan = interface.to_ascii_lowercase().strip_prefix("vlan").and_then(|number| number.parse().ok());
        place.vlans.extend(vlan.and_then(Vlan::new).map(|vlan| (zone.to_owned(), vlan)));
    }
    if let Some(at) = &request.published_at {
        place.published_at = at.trim_end_matches('/').to_owned();
    }
    Ok(place)
}

/// One word of the characters interfaces are named with, so that it can be nothing else in a configuration.
fn is_interface(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | ':' | '-' | '_');
    !text.is_empty() && text.len() <= 64 && text.chars().all(is_safe)
}
