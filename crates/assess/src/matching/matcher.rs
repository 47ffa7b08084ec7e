//! Devices against advisories: each name and version is judged once, however many devices share it.

use super::catalogue::{Catalogue, FoundByWord, Identity};
use super::device::{Known, Texts};
use super::finding::finding;
use super::judge::{Facts, judge};
use super::text::{fold, words};
use super::vocabulary::is_version;
use crate::version::Version;
use cordon_model::Timestamp;
use cordon_model::assess::Finding;
use cordon_model::identify::{Attribute, Device};
use std::collections::HashMap;
use std::sync::Arc;

/// What decides conditions, as texts: devices with equal ones are judged alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Deciding {
    versions: Vec<String>,
    serial: Option<String>,
    manufactured: Option<Timestamp>,
    acquired: Option<Timestamp>,
}

/// What was found of one device: the advisories that concern it, in the catalogue's order.
pub type Findings = Arc<Vec<Finding>>;

/// Judges devices against a catalogue.
pub struct Matcher<'c, 'k> {
    catalogue: &'c Catalogue<'k>,
    identities: HashMap<Texts, (u32, Arc<Identity>)>,
    judged: HashMap<(u32, Deciding), Findings>,
    found: FoundByWord,
    none: Findings,
}

impl<'c, 'k> Matcher<'c, 'k> {
    /// A matcher that has seen no device yet.
    pub fn new(catalogue: &'c Catalogue<'k>) -> Matcher<'c, 'k> {
        Matcher {
            catalogue,
            identities: HashMap::new(),
            judged: HashMap::new(),
            found: FoundByWord::default(),
            none: Arc::default(),
        }
    }

    /// The advisories that concern `device`, and what each means for it.
    pub fn device(&mut self, device: &Device) -> Findings {
        let texts = Texts::of(device);
        if texts.models.is_empty() {
            return self.none.clone();
        }
        let next = u32::try_from(self.identities.len()).unwrap_or(u32::MAX);
        let (number, identity) = match self.identities.get(&texts) {
            Some((number, identity)) => (*number, identity.clone()),
            None => {
                let known = Known::of(&texts, self.catalogue.knowledge, &self.catalogue.houses);
                let identity = Arc::new(self.catalogue.identify(&known, &mut self.found));
                self.identities.insert(texts.clone(), (next, identity.clone()));
                (next, identity)
            }
        };
        if identity.entries.is_empty() {
            return self.none.clone();
        }
        let deciding = deciding(device, identity.one_by_one);
        let key = (number, deciding);
        if let Some(found) = self.judged.get(&key) {
            return found.clone();
        }
        let found = Arc::new(findings(self.catalogue, &identity, &texts, &facts(&key.1, &texts)));
        self.judged.insert(key, found.clone());
        found
    }
}

pub(super) fn findings(
    catalogue: &Catalogue<'_>,
    identity: &Identity,
    texts: &Texts,
    facts: &Facts,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, entries) in &identity.entries {
        let document = catalogue.advisories.get(*at as usize);
        let statements = catalogue.statements.get(*at as usize);
        let fixes = catalogue.fixes.get(*at as usize);
        let (Some(document), Some(statements), Some(fixes)) = (document, statements, fixes) else { continue };
        if let Some(judgement) = judge(document, entries, statements, fixes, facts) {
            findings.push(finding(document, &judgement, texts, facts));
        }
    }
    findings
}

/// More versions of one device are not looked at.
const VERSIONS_MAX: usize = 4;

pub(super) fn deciding(device: &Device, one_by_one: bool) -> Deciding {
    let shown = device.claims.iter().filter(|claim| claim.confidence.value() >= Device::SHOWN_FROM);
    let versions =
        shown.filter(|claim| claim.attribute == Attribute::Firmware).map(|claim| claim.value.clone());
    let mut deciding = Deciding { versions: versions.take(VERSIONS_MAX).collect(), ..Deciding::default() };
    if deciding.versions.is_empty() {
        deciding.versions.extend(version_in_name(device));
    }
    if one_by_one {
        deciding.serial = device.value(Attribute::Serial).map(str::to_owned);
        let day = |attribute: Attribute| device.value(attribute).and_then(|text| text.parse().ok());
        deciding.manufactured = day(Attribute::Manufactured);
        deciding.acquired = day(Attribute::Purchased);
    }
    deciding
}

/// A list without a column for it writes the version behind the model.
fn version_in_name(device: &Device) -> Option<String> {
    let model = fold(device.value(Attribute::Model)?);
    let mut versions = words(&model).into_iter().filter(|word| is_version(&word.text));
    let first = versions.next()?;
    versions.next().is_none().then_some(first.text)
}

pub(super) fn facts(deciding: &Deciding, texts: &Texts) -> Facts {
    Facts {
        versions: deciding.versions.iter().filter_map(|text| Version::parse(text)).collect(),
        names: texts.models.clone(),
        serial: deciding.serial.clone(),
        manufactured: deciding.manufactured,
        acquired: deciding.acquired,
        parts: Vec::new(),
        stated: stated(texts),
    }
}

/// Versions of Windows that advisories require.
const WINDOWS: &[&str] = &["2000", "NT", "XP", "Vista", "7", "8", "8.1", "10", "11"];

/// What the claims answer of the circumstances that advisories name.
fn stated(texts: &Texts) -> Vec<(String, bool)> {
    let Some(runs) = &texts.windows else { return Vec::new() };
    WINDOWS
        .iter()
        .map(|version| (format!("runs Windows {version}"), version.eq_ignore_ascii_case(runs)))
        .collect()
}
