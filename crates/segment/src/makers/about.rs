//! Which devices a published file is about: those a person names, those that announce its URL (RFC 8520 section 10 to
//! 12), those of the maker, model or category that it names.

use super::disclosure::alike;
use super::{Publication, Subject};
use crate::decide::{EndName, Handles};
use cordon_model::identify::{Attribute, Device, DeviceId};
use std::collections::BTreeSet;

/// The devices that a file is about, as a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The file, as [`Publication::file`] has it.
    pub file: String,
    /// Its devices.
    pub devices: Vec<EndName>,
}

/// Words of companies' names that say nothing of which company it is.
const WORDS_OF_ANY: [&str; 14] = [
    "ag",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "healthcare",
    "inc",
    "international",
    "limited",
    "ltd",
    "medical",
    "systems",
];

/// How a device comes to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// A person says so, or the file names it by what it is.
    Said,
    /// It announces the file's URL.
    Announced,
    /// It announces the file's URL, and the file is another maker's than the device seems to be.
    Doubted,
}

/// A file and who is known to be meant by it.
pub(super) struct About<'a> {
    publication: &'a Publication,
    assigned: Option<BTreeSet<DeviceId>>,
}

impl<'a> About<'a> {
    pub(super) fn new(
        publication: &'a Publication,
        assignments: &[Assignment],
        handles: &Handles<'_>,
    ) -> About<'a> {
        let assigned = assignments
            .iter()
            .find(|one| one.file == publication.file)
            .map(|one| one.devices.iter().flat_map(|end| handles.devices(end)).collect());
        About { publication, assigned }
    }

    /// Whether the file is about a device.
    pub(super) fn means(&self, device: &Device) -> Option<Meant> {
        if let Some(devices) = &self.assigned {
            return devices.contains(&device.id).then_some(Meant::Said);
        }
        if is_about(&self.publication.subject, device) {
            return Some(Meant::Said);
        }
        let own = self.publication.url.as_deref()?;
        urls(device)
            .any(|url| same_url(url, own))
            .then(|| if self.is_of_another_maker(device) { Meant::Doubted } else { Meant::Announced })
    }

    /// Anybody on the network can announce a URL: a description of another maker's product is a mistake or worse.
    fn is_of_another_maker(&self, device: &Device) -> bool {
        let said = self.publication.subject.manufacturer.as_deref().map(words);
        let known = device.value(Attribute::Manufacturer).map(words);
        match (said, known) {
            (Some(said), Some(known)) if !said.is_empty() && !known.is_empty() => said.is_disjoint(&known),
            _ => false,
        }
    }
}

/// The URLs of descriptions that a device announced.
pub(super) fn urls(device: &Device) -> impl Iterator<Item = &str> {
    device.claims.iter().filter(|claim| claim.attribute == Attribute::MudUrl).map(|claim| claim.value.trim())
}

/// True for the same URL; scheme and host are the same in any case (RFC 3986 section 6.2.2.1).
pub(super) fn same_url(one: &str, other: &str) -> bool {
    let parts = |url: &str| {
        let (scheme, rest) = url.trim().split_once("://")?;
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(at);
        Some((scheme.to_lowercase(), host.to_lowercase(), path.to_owned()))
    };
    parts(one).is_some_and(|one| parts(other) == Some(one))
}

fn words(name: &str) -> BTreeSet<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| word.len() >= 2 && !WORDS_OF_ANY.contains(&word.as_str())).collect()
}

fn is_about(subject: &Subject, device: &Device) -> bool {
    let says = |said: &Option<String>, about| match said {
        Some(said) => device.value(about).is_some_and(|value| alike(said, value)),
        None => true,
    };
    !subject.is_empty()
        && subject.category.is_none_or(|category| device.category() == category)
        && says(&subject.manufacturer, Attribute::Manufacturer)
        && says(&subject.model, Attribute::Model)
}
