//! What stays open between a site and the makers of its devices: answers to ask for, descriptions to obtain.

use super::Published;
use super::about::{About, Meant, same_url, urls};
use crate::Settings;
use crate::decide::{Handles, service};
use cordon_model::identify::{Attribute, DeviceId, Estate};
use cordon_model::segment::Need;
use std::collections::{BTreeMap, BTreeSet};

/// What has to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// Get the file of a URL that devices announce.
    ObtainFile,
    /// Find out whether a description that a device announces is really its own.
    CheckFile,
    /// Ask the maker.
    AskMaker,
}

impl Asked {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            Asked::ObtainFile => "obtain_file",
            Asked::CheckFile => "check_file",
            Asked::AskMaker => "ask_maker",
        }
    }
}

/// A question, and about which devices it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenQuestion {
    /// What has to be done.
    pub asked: Asked,
    /// The document or URL it rests on.
    pub document: String,
    /// Where in it, such as the id of a question of a form; empty where the whole is meant.
    pub place: String,
    /// In a sentence.
    pub ask: String,
    /// Its devices, in order.
    pub devices: Vec<DeviceId>,
    /// The sightings it rests on, in order and without repetition, where they are at hand.
    pub evidence: Vec<String>,
}

type Grouped = BTreeMap<(Asked, String, String, String), (BTreeSet<DeviceId>, BTreeSet<String>)>;

/// Every open question of an estate, in order. Nothing is fetched: what is to be obtained, a person obtains.
pub fn open_questions(estate: &Estate, settings: &Settings) -> Vec<OpenQuestion> {
    let handles = Handles::new(estate);
    let mut found = Grouped::new();
    for publication in &settings.publications {
        let about = About::new(publication, &settings.assignments, &handles);
        for device in &estate.devices {
            let asked =
                |asked, place: &str, ask: String| (asked, publication.file.clone(), place.to_owned(), ask);
            match about.means(device) {
                Some(Meant::Said | Meant::Announced) => {
                    for one in &publication.questions {
                        let key = asked(Asked::AskMaker, &one.place, one.ask.clone());
                        found.entry(key).or_default().0.insert(device.id.clone());
                    }
                }
                Some(Meant::Doubted) => {
                    let maker = publication.subject.manufacturer.as_deref().unwrap_or("another maker");
                    let own = device.value(Attribute::Manufacturer).unwrap_or("another");
                    let ask = format!(
                        "a device of {own} announces this description of {maker}; it is not applied before a person names \
                         the device in needs/makers.toml"
                    );
                    let key = asked(Asked::CheckFile, "mud-url", ask);
                    let entry = found.entry(key).or_default();
                    entry.0.insert(device.id.clone());
                    entry.1.extend(sightings(device, publication.url.as_deref().unwrap_or_default()));
                }
                None => {}
            }
        }
    }
    to_obtain(estate, settings, &mut found);
    let question = |((asked, document, place, ask), (devices, evidence)): (_, (BTreeSet<_>, BTreeSet<_>))| {
        let (devices, evidence) = (devices.into_iter().collect(), evidence.into_iter().collect());
        OpenQuestion { asked, document, place, ask, devices, evidence }
    };
    found.into_iter().map(question).collect()
}

/// What people rejected and makers publish as needed, in sentences with both places. The rejection stands.
pub fn disagreements(estate: &Estate, settings: &Settings) -> Vec<String> {
    let rejected = &settings.decided.rejected;
    if rejected.is_empty() {
        return Vec::new();
    }
    let (publications, assignments) = (&settings.publications, &settings.assignments);
    let published = Published::of(estate, publications, assignments, &settings.controllers);
    let against = |need: &Need| {
        let ports = need.ports.iter().copied().map(Some).chain(need.ports.is_empty().then_some(None));
        let (at, _) = ports.into_iter().find_map(|port| published.speaks_of(need, port))?;
        Some(format!(
            "{} rejects {} of {} to {}, which {} says is needed; the rejection stands",
            need.source,
            service(need.transport, &need.ports),
            need.from,
            need.to,
            published.source(at)
        ))
    };
    rejected.iter().filter_map(against).collect()
}

/// URLs that devices announce and of which the site has no file.
fn to_obtain(estate: &Estate, settings: &Settings, found: &mut Grouped) {
    let held: Vec<&str> = settings.publications.iter().filter_map(|one| one.url.as_deref()).collect();
    for device in &estate.devices {
        for url in urls(device).filter(|url| !held.iter().any(|own| same_url(own, url))) {
            // RFC 8520 section 3.1: the scheme is https.
            let ask = if url.to_lowercase().starts_with("https://") {
                "the maker's usage description lies there: obtain the file and lay it into needs/mud (Cordon fetches nothing)"
            } else {
                "this is announced as the place of a usage description and is no https URL, as RFC 8520 wants: ask the maker"
            };
            let key = (Asked::ObtainFile, url.to_owned(), String::new(), ask.to_owned());
            let entry = found.entry(key).or_default();
            entry.0.insert(device.id.clone());
            entry.1.extend(sightings(device, url));
        }
    }
}

/// The sightings of a URL that a device announced.
fn sightings(device: &cordon_model::identify::Device, url: &str) -> Vec<String> {
    let claims = device.claims.iter().filter(|claim| claim.attribute == Attribute::MudUrl);
    let same = claims.filter(|claim| same_url(&claim.value, url) || claim.value.trim() == url.trim());
    same.flat_map(|claim| claim.evidence.iter().map(|evidence| evidence.fact.clone())).collect()
}
