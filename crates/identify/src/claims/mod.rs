//! What each fact about a device says of it.
//!
//! Stated values speak for themselves (`stated`); fingerprints read the rest; clinical protocols, address
//! blocks and positions on the network (`dicom`, `bedside`, `roles`) add what no single fact says.

mod bedside;
pub(crate) mod dicom;
mod pages;
mod products;
pub(crate) mod roles;
pub(crate) mod stated;
mod udi;
pub(crate) mod witness;

use crate::combine::Support;
use crate::gather::Seen;
use crate::ground::{Ground, Wording};
use crate::place::Standing;
use crate::secured::Secured;
use cordon_knowledge::{Knowledge, Support as Reading};
use cordon_model::identify::Attribute;
use cordon_model::observe::{Fact, PatientDataKinds, Protocol, Source};
use cordon_model::{Category, Mac, Timestamp};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use witness::Witness;

/// Everything known about one device before claims are drawn.
#[derive(Debug, Default)]
pub(crate) struct Subject<'a> {
    /// Facts about it, in order.
    pub(crate) facts: Vec<Seen<'a>>,
    /// Its stations on the network.
    pub(crate) stations: Vec<(Mac, Option<&'a Standing>)>,
    /// What it did in conversations.
    pub(crate) deeds: Deeds,
}

/// What a device did in conversations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deeds {
    /// Protocols it answered in, with where that was first seen.
    pub(crate) serves: BTreeMap<Protocol, Source>,
    /// Devices that sent HL7 messages to it.
    pub(crate) hl7_clients: BTreeSet<usize>,
    /// Devices it sent HL7 messages to.
    pub(crate) hl7_servers: BTreeSet<usize>,
    /// Devices that opened DICOM associations to it.
    pub(crate) dicom_clients: BTreeSet<usize>,
    /// Its services that carry DICOM over TLS.
    pub(crate) secured: Vec<Secured>,
    /// Where it was first seen to use such a service.
    pub(crate) secured_user: Option<Source>,
    /// Kinds of patient data readable in its conversations.
    pub(crate) patient_data: PatientDataKinds,
}

/// What the facts said: supports for claims, and roles in words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said<'a> {
    pub(crate) supports: Vec<Support<'a>>,
    pub(crate) roles: BTreeSet<Cow<'a, str>>,
}

impl<'a> Said<'a> {
    /// A claim drawn from one fact.
    pub(crate) fn fact(
        &mut self,
        seen: &Seen<'a>,
        rule: impl Into<Cow<'a, str>>,
        attribute: Attribute,
        value: impl Into<Cow<'a, str>>,
        probability: f64,
    ) {
        let ground = Ground::of(seen, rule);
        self.concluded(ground, (Witness::of(seen.fact), seen.last), attribute, value, probability);
    }

    /// A claim drawn by a rule of the site from something that need not be one fact.
    pub(crate) fn concluded(
        &mut self,
        ground: Ground<'a>,
        (witness, last): (Witness, Timestamp),
        attribute: Attribute,
        value: impl Into<Cow<'a, str>>,
        probability: f64,
    ) {
        let value = value.into();
        self.supports.push(Support { attribute, value, probability, witness, last, ground });
    }

    /// A claim drawn from what a device does.
    pub(crate) fn deed(
        &mut self,
        protocol: Protocol,
        words: impl Into<Cow<'a, str>>,
        rule: &'static str,
        category: Category,
        probability: f64,
        source: Source,
    ) {
        let words = Wording::Text(words.into());
        let ground = Ground { protocol, words, rule: rule.into(), source, at: None };
        let by = (Witness::of_protocol(protocol), Timestamp::default());
        self.concluded(ground, by, Attribute::Category, category.name(), probability);
    }

    /// Gives what was drawn from deeds the time of the packet it points to, where that is known.
    fn date(&mut self, subject: &Subject<'_>) {
        if self.supports.iter().all(|support| support.ground.at.is_some()) {
            return;
        }
        let facts = subject.facts.iter().filter_map(|seen| Some((seen.source, time_of(seen)?)));
        let times: BTreeMap<Source, Timestamp> = facts.collect();
        for support in self.supports.iter_mut().filter(|support| support.ground.at.is_none()) {
            support.ground.at = times.get(&support.ground.source).copied();
        }
    }

    /// The strongest support so far for any category but some.
    pub(crate) fn strongest_category_but(&self, but: &[Category]) -> f64 {
        let is_other = |support: &&Support| {
            support.attribute == Attribute::Category && !but.iter().any(|but| but.name() == support.value)
        };
        let categories = self.supports.iter().filter(is_other);
        categories.map(|support| support.probability).fold(0.0, f64::max)
    }
}

/// When a fact was first read; a list's row has no time of its own.
pub(crate) fn time_of(seen: &Seen<'_>) -> Option<Timestamp> {
    (seen.fact.protocol() != Protocol::AssetList).then_some(seen.first)
}

/// Names that fit every machine and so name none.
const NO_NAMES: &[&str] = &["localhost", "localhost.localdomain", "unknown", "(none)", "none", "local"];

/// True for host names that fit every machine.
pub(crate) fn names_nothing(lower: &str) -> bool {
    NO_NAMES.contains(&lower)
}

/// Room for what most devices' facts say, made at once: growing costs more than the rest of the room.
const SUPPORTS: usize = 48;

/// Draws everything the facts about a device say.
pub(crate) fn of<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge) -> Said<'a> {
    let mut said = Said { supports: Vec::with_capacity(SUPPORTS), ..Said::default() };
    let profile = dicom::Profile::of(subject, knowledge);
    for seen in &subject.facts {
        state(seen, knowledge, &mut said);
        if dicom::is_of_object(seen.fact) && !profile.objects_are_own {
            continue;
        }
        read_fingerprints(seen, knowledge, &mut said);
    }
    dicom::claim(&profile, subject, knowledge, &mut said);
    bedside::claim(subject, knowledge, &mut said);
    pages::claim(subject, &mut said);
    products::claim(subject, knowledge, &mut said);
    roles::claim(subject, knowledge, &mut said);
    said.date(subject);
    said
}

fn state<'a>(seen: &Seen<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let value = seen.value.trim();
    if value.is_empty() {
        return;
    }
    if seen.fact == Fact::Hl7DeviceType {
        // Makers put models, nomenclature codes and versions here; only what can be a model counts.
        if !value.starts_with("MDC_") && !value.contains('^') && !is_version(value) {
            said.fact(seen, "stated", Attribute::Model, value, 0.7);
        }
        return;
    }
    let Some((attribute, probability)) = stated::stated(seen.fact) else { return };
    match attribute {
        Attribute::Category => {
            let name = value.to_lowercase().replace([' ', '-'], "_");
            if name.parse::<Category>().is_ok_and(|category| category != Category::Unknown) {
                said.fact(seen, "stated", attribute, name, probability);
            }
        }
        Attribute::Hostname if seen.fact.protocol() != Protocol::AssetList => {
            let name = value.trim_end_matches('.').trim_end_matches(".local");
            let first = name.split('.').next().unwrap_or(name);
            let plain = !first.is_empty() && name.parse::<std::net::IpAddr>().is_err();
            if plain && !NO_NAMES.contains(&name.to_lowercase().as_str()) {
                said.fact(seen, "stated", attribute, first, probability);
            }
        }
        Attribute::Udi => udi::claim(seen, "stated", probability, said),
        Attribute::Os => {
            let (family, version) = split_system(value, knowledge);
            said.fact(seen, "stated", attribute, family, probability);
            if !version.is_empty() {
                said.fact(seen, "stated", Attribute::OsVersion, version, probability);
            }
        }
        _ => said.fact(seen, "stated", attribute, value, probability),
    }
}

/// True for `VG7.1.1`, `4.2`, `R6.1`: digits and dots after at most two letters.
fn is_version(value: &str) -> bool {
    let numbers = value.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = value.len() - numbers.len();
    letters <= 2 && numbers.contains('.') && numbers.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// `Windows 10` as family and version, where the family is known.
fn split_system<'a>(value: &'a str, knowledge: &Knowledge) -> (&'a str, &'a str) {
    if let Some((family, version)) = value.split_once(' ')
        && knowledge.systems.is_known(family)
        && !knowledge.systems.is_known(value)
    {
        return (family, version.trim());
    }
    (value, "")
}

fn read_fingerprints<'a>(seen: &Seen<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    for matched in knowledge.fingerprints.matching(seen.fact, seen.value) {
        for Reading { attribute, value, probability } in matched.supports {
            said.fact(seen, &matched.fingerprint.rule, attribute, value, probability);
        }
        said.roles.extend(matched.fingerprint.roles.iter().map(|role| Cow::from(role.as_str())));
    }
}
