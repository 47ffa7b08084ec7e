//! The use case `intake`: what the columns of a list could mean, and a person's word on it.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::knowledge;
use crate::mappings::{self, MappingToml};
use crate::site::SiteFolder;
use cordon_intake::IGNORE;
pub use cordon_intake::{ProposedColumn, template};
use cordon_model::Timestamp;
use cordon_sensor::Input;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;

/// Rows that are looked at for a proposal.
const ROWS_MAX: usize = 1_000;
/// Bytes of a list that are looked at for a proposal.
const BYTES_MAX: u64 = 64 << 20;

/// Which list, and what a person says of it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The list.
    pub list: PathBuf,
    /// Site folder whose mappings count, and into which a confirmed one is written.
    pub site: Option<PathBuf>,
    /// A hospital's own knowledge.
    pub knowledge: Option<PathBuf>,
    /// What a person says of columns: heading and meaning, in place of what is proposed.
    pub set: Vec<(String, String)>,
    /// Why the columns mean what they mean, for the record.
    pub why: Option<String>,
    /// When it is confirmed.
    pub now: Timestamp,
}

/// What each column of the list could mean.
pub fn propose(actor: &Actor, request: &Request) -> Result<Vec<ProposedColumn>, AppError> {
    actor.require(Permission::Assess)?;
    let unreadable = |reason: String| AppError::unreadable(&request.list, reason);
    let path = request.list.to_string_lossy();
    let input = Input::open(&path, false).map_err(|error| unreadable(error.source.to_string()))?;
    let mut bytes = Vec::new();
    input.take(BYTES_MAX).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    let no_table = || unreadable("this is no table that columns could be read from".to_owned());
    let rows = cordon_intake::table(&bytes, ROWS_MAX).ok_or_else(no_table)?;
    let known = request.site.as_deref().map(mappings::read).transpose()?.unwrap_or_default();
    let knowledge = knowledge::read(request.knowledge.as_deref())?;
    let mut columns = cordon_intake::propose(&rows, &known, &knowledge).ok_or_else(no_table)?;
    for (heading, means) in &request.set {
        let Some(column) = columns.iter_mut().find(|column| column.heading == *heading) else {
            let all: Vec<&str> = columns.iter().map(|column| column.heading.as_str()).collect();
            let reason = format!("there is no column \"{heading}\"; there are \"{}\"", all.join("\", \""));
            return Err(AppError::WrongUse(reason));
        };
        column.means = cordon_intake::meaning(means).map_err(AppError::WrongUse)?;
        column.why = "your word";
    }
    Ok(columns)
}

/// Writes what the columns mean into the site folder, with who confirmed it, when and why.
pub fn confirm(actor: &Actor, request: &Request, columns: &[ProposedColumn]) -> Result<PathBuf, AppError> {
    actor.require(Permission::EditSite)?;
    let Some(folder) = &request.site else {
        return Err(AppError::WrongUse(
            "name the site folder with --site, so that it can be kept".to_owned(),
        ));
    };
    // A folder that is none is found out before anything is written into it.
    SiteFolder::read(folder)?;
    let columns: BTreeMap<String, String> = columns
        .iter()
        .map(|column| (column.heading.clone(), column.means.unwrap_or(IGNORE).to_owned()))
        .collect();
    mappings::add(
        folder,
        MappingToml {
            list: request.list.to_string_lossy().into_owned(),
            who: actor.name().to_owned(),
            when: request.now.to_string(),
            why: request.why.clone().unwrap_or_default(),
            columns,
        },
    )
}
