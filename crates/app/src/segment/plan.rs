//! `cordon segment plan`: a plan from an assessment and the site's policy, and what is different from the last one.

use super::planning::{Planned, Wishes, first_policy, planned, refused};
use super::{recall, settings};
use crate::actor::{Actor, Permission};
use crate::deliver::{OutputFolder, replace};
use crate::error::AppError;
use crate::report::{name_site, read_assessment};
use crate::site::SiteFolder;
use crate::{encode, knowledge};
use cordon_model::Timestamp;
use cordon_model::identify::Estate;
use cordon_model::segment::{Need, Rule, Zone};
use cordon_segment::changes::{self, Side};
use cordon_segment::{approve, containment, policy};
use cordon_wire::assessment::Assessment;
use cordon_wire::segmentation as wire;
use std::path::{Path, PathBuf};

/// What to plan.
#[derive(Clone, Debug)]
pub struct Request {
    /// An assessment.json.
    pub assessment: PathBuf,
    /// The site folder with the policy; it is written there when missing.
    pub site: PathBuf,
    /// Folder for the plan's documents; none are made when not given.
    pub out: Option<PathBuf>,
    /// Replace files of the same names there.
    pub force: bool,
    /// A hospital's own knowledge.
    pub knowledge: Option<PathBuf>,
    /// Say what would change, and write nothing.
    pub dry_run: bool,
    /// Forget what the communication graph told for the last plan, and let it place devices anew.
    pub ask_again: bool,
}

/// What came out.
#[derive(Debug)]
pub struct Outcome {
    /// The assessment with the new plan in it.
    pub assessment: Assessment,
    /// The plan as it is kept.
    pub plan: wire::Plan,
    /// Every file that was written.
    pub files: Vec<PathBuf>,
    /// Lines that the policy lacks and that could not be put in, with the reason.
    pub not_edited: Vec<String>,
}

/// Plans, checks, compares with the last plan, and only then writes policy, plan and documents.
pub fn plan(actor: &Actor, request: &Request) -> Result<Outcome, AppError> {
    actor.require(Permission::Assess)?;
    if !request.dry_run {
        actor.require(Permission::EditSite)?;
    }
    let site = SiteFolder::read(&request.site)?;
    let mut wishes = Wishes::read(&request.site)?;
    wishes.asks_again = request.ask_again;
    let knowledge = knowledge::read(request.knowledge.as_deref())?;
    let mut assessment = read_assessment(&request.assessment)?;
    name_site(&mut assessment, &site);
    let out = request.out.as_deref().filter(|_| !request.dry_run);
    let out = out.map(|out| OutputFolder::prepare(out, request.force)).transpose()?;
    let (estate, assessments) = (recall::estate(&assessment), recall::assessments(&assessment));
    if wishes.text.is_none() {
        let (graph, _) = wishes.graph(&estate);
        let text =
            first_policy(&estate, &assessments, &graph).map_err(|faults| refused(&wishes.path, &faults))?;
        wishes.policy = policy::read(&text).map_err(|faults| refused(&wishes.path, &faults))?;
        wishes.text = Some(text);
    }
    let now = time(&request.assessment, &assessment)?;
    let (decided, warnings) = settings::of_site(Some(&site), &estate, now)?;
    let found = planned(&estate, &assessments, &knowledge, &wishes, decided, now)?;
    let mut segmentation = found.encode(&estate, &knowledge, &wishes.policy);
    segmentation.notes.extend(warnings);
    segmentation.changes = wishes.last.as_ref().map(|last| compared(last, &found));
    put_in(&mut assessment, &estate, &found, segmentation.clone())?;
    let plan = wire::Plan {
        schema: wire::SCHEMA.to_owned(),
        cordon: env!("CARGO_PKG_VERSION").to_owned(),
        now: assessment.now.clone(),
        zones: assessment.zones.clone(),
        rules: assessment.rules.clone(),
        needs: assessment.needs.clone(),
        segmentation,
    };
    let (text, notes) = policy::edited(wishes.text.as_deref().unwrap_or_default(), &found.given())
        .map_err(|fault| refused(&wishes.path, &[fault]))?;
    // What was put in must be read back; otherwise the defect is ours, and people's file stays as it is.
    policy::read(&text).map_err(|faults| AppError::Defect {
        what: "putting addresses into policy.yaml",
        reason: refused(&wishes.path, &faults).to_string(),
    })?;
    let mut files = Vec::new();
    if !request.dry_run {
        files = write(&wishes, &text, &plan, &assessment, &site, out.as_ref())?;
    }
    Ok(Outcome { assessment, plan, files, not_edited: notes.iter().map(ToString::to_string).collect() })
}

/// The time an assessment judges at.
pub(crate) fn time(path: &Path, assessment: &Assessment) -> Result<Timestamp, AppError> {
    assessment.now.parse().map_err(|error| AppError::unreadable(path, error))
}

fn compared(last: &wire::Plan, found: &Planned) -> wire::Changes {
    let zones: Vec<Zone> = last.zones.iter().map(recall::zone).collect();
    let rules: Vec<Rule> = last.rules.iter().filter_map(recall::rule).collect();
    let needs: Vec<Need> = last.needs.iter().filter_map(recall::need).collect();
    let plan = &found.plan;
    let old = Side { zones: &zones, rules: &rules, needs: &needs };
    let new = Side { zones: &plan.zones, rules: &plan.rules, needs: &plan.needs };
    encode::changes(&changes::changes(old, new), &last.now)
}

/// Puts the plan into the assessment; one that does not pass its own check is refused.
fn put_in(
    assessment: &mut Assessment,
    estate: &Estate,
    found: &Planned,
    segmentation: wire::Segmentation,
) -> Result<(), AppError> {
    let verified = approve(found.plan.clone(), estate).map_err(|refused| {
        let verification = refused.verification;
        let first = verification.too_tight.iter().chain(&verification.too_loose).next();
        AppError::Defect {
            what: "checking the plan",
            reason: first.map(ToString::to_string).unwrap_or_default(),
        }
    })?;
    let plan = verified.get();
    assessment.needs = plan.needs.iter().map(encode::need).collect();
    assessment.zones = plan.zones.iter().map(encode::zone).collect();
    assessment.rules = plan.rules.iter().map(encode::rule).collect();
    assessment.withheld = plan.withheld.iter().map(encode::withheld).collect();
    assessment.coverage = plan.coverage.iter().map(encode::coverage).collect();
    assessment.containment = encode::containment(&containment(estate, plan));
    assessment.verification = encode::verification(verified.verification());
    assessment.segmentation = Some(segmentation);
    Ok(())
}

fn write(
    wishes: &Wishes,
    text: &str,
    plan: &wire::Plan,
    assessment: &Assessment,
    site: &SiteFolder,
    out: Option<&OutputFolder>,
) -> Result<Vec<PathBuf>, AppError> {
    let encoding =
        |error: serde_json::Error| AppError::Defect { what: "encoding the plan", reason: error.to_string() };
    let mut json = serde_json::to_string_pretty(plan).map_err(encoding)?;
    json.push('\n');
    let mut files = Vec::new();
    if let Some(out) = out {
        let branding = site.branding()?;
        let documents = cordon_report::plan_documents(assessment, &branding).map_err(|error| {
            AppError::Defect { what: "making the plan's documents", reason: error.to_string() }
        })?;
        for document in documents {
            files.push(out.write(document.name, &document.bytes)?);
        }
        files.push(out.write("plan.json", json.as_bytes())?);
        // What `cordon segment render` and `verify` read.
        files.push(out.write_with("assessment.json", |file| {
            serde_json::to_writer(&mut *file, assessment)?;
            file.write_all(b"\n")
        })?);
    }
    replace(&wishes.path, text.as_bytes())?;
    replace(&wishes.last_path(), json.as_bytes())?;
    files.extend([wishes.path.clone(), wishes.last_path()]);
    Ok(files)
}
