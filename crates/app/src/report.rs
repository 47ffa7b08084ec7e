//! The documents of an assessment: made with it, or again later from `assessment.json` alone.

use crate::actor::{Actor, Permission};
use crate::deliver::OutputFolder;
use crate::error::AppError;
use crate::site::SiteFolder;
use cordon_wire::assessment::{Assessment, SCHEMA};
use std::fs;
use std::path::{Path, PathBuf};

/// What to make again.
#[derive(Debug)]
pub struct Request {
    /// An assessment.json.
    pub assessment: PathBuf,
    /// Folder for the documents.
    pub out: PathBuf,
    /// Replace files of the same names.
    pub force: bool,
    /// Site folder with the branding.
    pub site: Option<PathBuf>,
}

/// Makes the documents again; answers the files written.
pub fn again(actor: &Actor, request: &Request) -> Result<Vec<PathBuf>, AppError> {
    actor.require(Permission::Assess)?;
    let site = request.site.as_deref().map(SiteFolder::read).transpose()?;
    let mut assessment = read_assessment(&request.assessment)?;
    if let Some(site) = &site {
        name_site(&mut assessment, site);
    }
    let folder = OutputFolder::prepare(&request.out, request.force)?;
    let rendered = read_segmentation(&request.assessment)?;
    write(&folder, &assessment, site.as_ref(), &rendered)
}

/// Puts the site folder's names into an assessment.
pub(crate) fn name_site(assessment: &mut Assessment, site: &SiteFolder) {
    assessment.site.organization.clone_from(&site.organization);
    assessment.site.name.clone_from(&site.name);
    assessment.site.author.clone_from(&site.author);
}

/// Reads an assessment file and checks that it is one.
pub(crate) fn read_assessment(path: &Path) -> Result<Assessment, AppError> {
    parse_assessment(path, &fs::read(path).map_err(|error| AppError::unreadable(path, error))?)
}

/// The assessment in a file's bytes.
pub(crate) fn parse_assessment(path: &Path, bytes: &[u8]) -> Result<Assessment, AppError> {
    let assessment: Assessment = serde_json::from_slice(bytes).map_err(|error| {
        AppError::unreadable(path, format!("this is no assessment.json of this version: {error}"))
    })?;
    if assessment.schema == SCHEMA {
        Ok(assessment)
    } else {
        let reason = format!("its schema is \"{}\"; this program reads {SCHEMA}", assessment.schema);
        Err(AppError::unreadable(path, reason))
    }
}

/// Writes assessment.json and every document made from it.
pub(crate) fn write(
    folder: &OutputFolder,
    assessment: &Assessment,
    site: Option<&SiteFolder>,
    segmentation: &[(String, String)],
) -> Result<Vec<PathBuf>, AppError> {
    let defect = |what| move |error: String| AppError::Defect { what, reason: error };
    let mut files = vec![folder.write_with("assessment.json", |file| {
        serde_json::to_writer(&mut *file, assessment)?;
        file.write_all(b"\n")
    })?];
    for (name, text) in segmentation {
        files.push(folder.write(&format!("segmentation/{name}"), text.as_bytes())?);
    }
    let branding = site.map(SiteFolder::branding).transpose()?.unwrap_or_default();
    let documents = cordon_report::documents(assessment, &branding, segmentation)
        .map_err(|error| defect("making the documents")(error.to_string()))?;
    for document in documents {
        files.push(folder.write(document.name, &document.bytes)?);
    }
    Ok(files)
}

// The rendered rules are part of the result and not made from assessment.json; they go along unchanged.
fn read_segmentation(assessment: &Path) -> Result<Vec<(String, String)>, AppError> {
    let folder = assessment.with_file_name("segmentation");
    let mut rendered = Vec::new();
    gather(&folder, "", &mut rendered)?;
    rendered.sort();
    Ok(rendered)
}

/// The files of a folder and of the folders in it; some targets have one a device.
fn gather(folder: &Path, before: &str, rendered: &mut Vec<(String, String)>) -> Result<(), AppError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{before}{name}");
        if path.is_file() {
            let text = fs::read_to_string(&path).map_err(|error| AppError::unreadable(&path, error))?;
            rendered.push((name, text));
        } else if before.is_empty() && path.is_dir() {
            gather(&path, &format!("{name}/"), rendered)?;
        }
    }
    Ok(())
}
