//! What a site says of its plan, brought to an estate.

use crate::error::AppError;
use crate::site::SiteFolder;
use cordon_assess::mds2::Form;
use cordon_model::Timestamp;
use cordon_model::identify::{Device, Estate};
use cordon_segment::Settings;
use cordon_segment::decide::EndName;
use cordon_segment::makers::{Assignment, Publication, disagreements, mds2};

/// The most disagreements of people with makers that are told at once.
const DISAGREEMENTS_MAX: usize = 10;

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
        if publication.subject.is_empty() && publication.url.is_none() && !assigned {
            warnings.push(format!(
                "needs/{} does not say which devices it is about; name them in needs/makers.toml",
                publication.file
            ));
        }
    }
    let (mut publications, mut assignments) =
        (site.makers.publications.clone(), site.makers.assignments.clone());
    for form in &site.forms {
        let (publication, assignment) = of_form(form, estate);
        if !publication.flows.is_empty() || !publication.questions.is_empty() {
            publications.push(publication);
            assignments.push(assignment);
        }
    }
    let settings = Settings {
        decided,
        publications,
        assignments,
        controllers: site.makers.controllers.clone(),
        ..Settings::default()
    };
    warnings.extend(disagreements(estate, &settings).into_iter().take(DISAGREEMENTS_MAX));
    Ok((settings, warnings))
}

/// What a disclosure statement (MDS2) says of connections, and the devices of an estate that it is about.
fn of_form(form: &Form, estate: &Estate) -> (Publication, Assignment) {
    let file = format!("mds2/{}", form.source);
    let answers: Vec<mds2::Answer> = form
        .connections()
        .iter()
        .map(|said| mds2::Answer {
            id: said.id.clone(),
            topic: said.topic.clone(),
            answer: said.answer.clone(),
            note: said.note.clone(),
        })
        .collect();
    let devices = estate.devices.iter().filter(|device| form.is_about(device));
    let end = |device: &Device| EndName { device: Some(device.id.to_string()), ..EndName::default() };
    let assignment = Assignment { file: file.clone(), devices: devices.map(end).collect() };
    (mds2::publication(&file, &answers), assignment)
}
