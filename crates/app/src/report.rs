//! The documents of an assessment: made with it, or again later from `assessment.json` alone.

use crate::actor::{Actor, Permission};
use crate::deliver::OutputFolder;
use crate::error::AppError;
use crate::site::SiteFolder;
use cordon_report::RuleFile;
use cordon_segment::render::File;
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
    let rules = write_rules(&folder, segmentation_of(&request.assessment))?;
    write(&folder, &assessment, site.as_ref(), rules)
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

/// Writes rules in their languages, one after the other: all of them are there, or none. Answers what was written, by
/// name.
pub(crate) fn write_rules(
    folder: &OutputFolder,
    rules: impl Iterator<Item = Result<File, AppError>>,
) -> Result<Vec<RuleFile>, AppError> {
    let (mut together, mut written) = (folder.together(), Vec::new());
    for file in rules {
        let File { name, text } = file?;
        let name = format!("segmentation/{name}");
        together.write(&name, text.as_bytes())?;
        written.push(RuleFile { name, lines: text.lines().count() });
    }
    together.finish()?;
    written.sort();
    Ok(written)
}

/// Writes assessment.json and every document made from it; answers all files there are, these rules' too.
pub(crate) fn write(
    folder: &OutputFolder,
    assessment: &Assessment,
    site: Option<&SiteFolder>,
    rules: Vec<RuleFile>,
) -> Result<Vec<PathBuf>, AppError> {
    let mut files = vec![folder.write_with("assessment.json", |file| {
        serde_json::to_writer(&mut *file, assessment)?;
        file.write_all(b"\n")
    })?];
    let branding = site.map(SiteFolder::branding).transpose()?.unwrap_or_default();
    // Each goes to the disk when it is made; all are there at the end, or none.
    let mut together = folder.together();
    cordon_report::each_document(assessment, &branding, &rules, &mut |document| {
        together.write(document.name, &document.bytes)?;
        files.push(folder.path().join(document.name));
        Ok::<(), AppError>(())
    })?;
    together.finish()?;
    files.extend(rules.into_iter().map(|rule| folder.path().join(rule.name)));
    Ok(files)
}

// The rendered rules are part of the result and not made from assessment.json; they go along unchanged.
fn segmentation_of(assessment: &Path) -> impl Iterator<Item = Result<File, AppError>> {
    let mut found = Vec::new();
    gather(&assessment.with_file_name("segmentation"), "", &mut found);
    found.into_iter().map(|(name, path)| {
        let text = fs::read_to_string(&path).map_err(|error| AppError::unreadable(&path, error))?;
        Ok(File { name, text })
    })
}

/// The files of a folder and of the folders in it, by name and place; some targets have one a device.
fn gather(folder: &Path, before: &str, found: &mut Vec<(String, PathBuf)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{before}{name}");
        if path.is_file() {
            found.push((name, path));
        } else if before.is_empty() && path.is_dir() {
            gather(&path, &format!("{name}/"), found);
        }
    }
}
