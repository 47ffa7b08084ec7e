//! What a site says of its plan, brought to an estate.

use crate::error::AppError;
use crate::site::SiteFolder;
use cordon_model::Timestamp;
use cordon_model::identify::Estate;
use cordon_segment::Settings;

/// The planner's settings for an estate, and what a person should hear of on the way.
pub(crate) fn of_site(
    site: Option<&SiteFolder>,
    estate: &Estate,
    now: Timestamp,
) -> Result<(Settings, Vec<String>), AppError> {
    let Some(site) = site else { return Ok((Settings::default(), Vec::new())) };
    let decided = site.needs.resolve(estate, now)?;
    let mut warnings = Vec::new();
    if let Some(first) = decided.unresolved.first() {
        let more = match decided.unresolved.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more entries)"),
        };
        let (line, why) = (first.line, &first.why);
        warnings.push(format!("needs.toml line {line} concerns nothing that was seen: {why}{more}"));
    }
    for publication in &site.makers.publications {
        if let Some(note) = publication.notes.first() {
            let more = match publication.notes.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more notes)"),
            };
            warnings.push(format!("needs/{}: {note}{more}", publication.file));
        }
        let assigned = site.makers.assignments.iter().any(|one| one.file == publication.file);
        if publication.subject.is_empty() && !assigned {
            warnings.push(format!(
                "needs/{} does not say which devices it is about; name them in needs/makers.toml",
                publication.file
            ));
        }
    }
    let settings = Settings {
        decided,
        publications: site.makers.publications.clone(),
        assignments: site.makers.assignments.clone(),
        controllers: site.makers.controllers.clone(),
        ..Settings::default()
    };
    Ok((settings, warnings))
}
