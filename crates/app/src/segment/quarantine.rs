//! `cordon segment quarantine`: a device cut off without cutting off care.

use super::plan::time;
use super::planning::{Wishes, planned};
use super::{recall, settings};
use crate::actor::{Actor, Permission};
use crate::deliver::OutputFolder;
use crate::error::AppError;
use crate::report::read_assessment;
use crate::site::SiteFolder;
use crate::{explain, knowledge};
use cordon_model::Timestamp;
use cordon_model::identify::DeviceId;
use cordon_segment::quarantine::{self, Language, Terms};
use cordon_wire::segmentation as wire;
use std::path::PathBuf;

/// A device is held for no longer than this without being asked again.
const SECONDS_MAX: u32 = 14 * 86_400;

/// What to quarantine.
#[derive(Clone, Debug)]
pub struct Request {
    /// The device: id, asset tag, host name, MAC or IP address.
    pub device: String,
    /// An assessment.json.
    pub assessment: PathBuf,
    /// The site folder with policy and confirmed needs.
    pub site: PathBuf,
    /// The clinician who agreed.
    pub approved_by: Option<String>,
    /// For how many seconds.
    pub seconds: u32,
    /// When it begins.
    pub now: Timestamp,
    /// Languages by name; none means all.
    pub targets: Vec<String>,
    /// Folder for the rules; none are written when not given.
    pub out: Option<PathBuf>,
    /// Replace files of the same names there.
    pub force: bool,
    /// A hospital's own knowledge.
    pub knowledge: Option<PathBuf>,
}

/// Says what a quarantine does, and writes its rules when it may.
pub fn quarantine(actor: &Actor, request: &Request) -> Result<wire::Quarantine, AppError> {
    actor.require(Permission::Assess)?;
    if request.seconds == 0 || request.seconds > SECONDS_MAX {
        return Err(AppError::WrongUse("a quarantine lasts from one second to 14 days (--for)".to_owned()));
    }
    let languages = languages(&request.targets)?;
    let device = explain::device(actor, &request.assessment, &request.device)?;
    let (site, wishes) = (SiteFolder::read(&request.site)?, Wishes::read(&request.site)?);
    let knowledge = knowledge::read(request.knowledge.as_deref())?;
    let assessment = read_assessment(&request.assessment)?;
    let (estate, assessments) = (recall::estate(&assessment), recall::assessments(&assessment));
    let now = time(&request.assessment, &assessment)?;
    // `cordon segment plan` says what of the site's files could not be used.
    let (decided, _) = settings::of_site(Some(&site), &estate, now)?;
    let found = planned(&estate, &assessments, &knowledge, &wishes, decided, now)?;
    let terms =
        Terms { now: request.now, seconds: request.seconds, approved_by: request.approved_by.as_deref() };
    let held = quarantine::quarantine(&estate, &found.plan, &DeviceId::new(device.id.as_str()), terms);
    let held =
        held.ok_or_else(|| AppError::Defect { what: "finding the device", reason: device.id.clone() })?;
    let mut told = encoded(&held);
    let Some(out) = &request.out else { return Ok(told) };
    let Some(release) = held.release() else { return Ok(told) };
    if held.addresses.is_empty() {
        let reason = "no address of it is known, so no rule by address can hold it; shut its switch port";
        return Err(AppError::WrongUse(format!("{}: {reason}", held.label)));
    }
    let folder = OutputFolder::prepare(out, request.force)?;
    for file in languages.into_iter().flat_map(|language| release.write(language)) {
        told.files.push(folder.write(&file.name, file.text.as_bytes())?.display().to_string());
    }
    Ok(told)
}

fn languages(names: &[String]) -> Result<Vec<Language>, AppError> {
    if names.is_empty() {
        return Ok(Language::ALL.to_vec());
    }
    let all = || Language::ALL.map(Language::name).join(", ");
    let language = |name: &String| {
        Language::from_name(name)
            .ok_or_else(|| AppError::WrongUse(format!("there is no target \"{name}\"; there are {}", all())))
    };
    names.iter().map(language).collect()
}

fn encoded(held: &quarantine::Quarantine) -> wire::Quarantine {
    wire::Quarantine {
        schema: wire::QUARANTINE_SCHEMA.to_owned(),
        device: held.device.to_string(),
        name: held.label.clone(),
        addresses: held.addresses.iter().map(ToString::to_string).collect(),
        from: held.from.to_string(),
        until: held.until.to_string(),
        kept: held.kept.iter().map(|need| need.id.clone()).collect(),
        cut: held.cut.iter().map(|need| need.id.clone()).collect(),
        stays: held.stays.clone(),
        lost: held.lost.clone(),
        not_enforceable: held.not_enforceable.clone(),
        hold: held.hold.clone(),
        approved_by: held.approved_by.clone(),
        files: Vec::new(),
    }
}
