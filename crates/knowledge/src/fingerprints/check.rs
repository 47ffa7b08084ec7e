//! Whether fingerprints keep their word: each on its own examples, and none against another's.

use super::{Fingerprint, Fingerprints, Support};
use crate::file::KnowledgeError;
use crate::systems::Systems;
use crate::vendors::Vendors;
use cordon_model::Category;
use cordon_model::identify::Attribute;
use std::collections::{BTreeMap, BTreeSet};

/// Two fingerprints that read the same fact and say different things of one example.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict<'a> {
    /// The one whose example it is.
    pub one: &'a Fingerprint,
    /// The other one that matches it.
    pub other: &'a Fingerprint,
    /// The example.
    pub input: &'a str,
    /// What they disagree about.
    pub attribute: Attribute,
    /// What each says.
    pub values: [String; 2],
}

impl Conflict<'_> {
    /// True when one of the two was declared to stand over the other, or is a site's own.
    pub fn settled(&self) -> bool {
        self.one.outranks(self.other) || self.other.outranks(self.one)
    }

    /// The conflict as a mistake in the entry that matches too much.
    pub fn error(&self) -> KnowledgeError {
        let Conflict { one, other, input, attribute, values: [mine, theirs] } = self;
        other.place.error(format!(
            "\"{}\" says {attribute} \"{theirs}\" of \"{input}\", an example of \"{}\" ({}), which says \"{mine}\"; \
             narrow one, or name the other in its `over`",
            other.id, one.id, one.place
        ))
    }
}

/// What one file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileCount {
    /// Fingerprints.
    pub fingerprints: usize,
    /// Examples they are tested on, those they must not match included.
    pub examples: usize,
    /// Documents and captures that are named as sources, each counted once.
    pub sources: usize,
}

/// What a fingerprint does not do that its own examples say.
pub(super) fn failures(fingerprint: &Fingerprint) -> Vec<KnowledgeError> {
    let mut found = Vec::new();
    let id = &fingerprint.id;
    let mut fail = |reason: String| found.push(fingerprint.place.error(format!("{id}: {reason}")));
    for example in &fingerprint.examples {
        let Some(supports) = fingerprint.read(&example.input) else {
            fail(format!("does not match its example \"{}\"", example.input));
            continue;
        };
        for (attribute, wanted) in &example.gives {
            match supports.iter().find(|support| support.attribute == *attribute) {
                Some(support) if support.value == *wanted => {}
                Some(support) => fail(format!(
                    "on \"{}\" gives {attribute} \"{}\" and not \"{wanted}\"",
                    example.input, support.value
                )),
                None => fail(format!("on \"{}\" gives no {attribute}", example.input)),
            }
        }
    }
    for input in &fingerprint.not {
        if fingerprint.read(input).is_some() {
            fail(format!("matches \"{input}\", which it must not"));
        }
    }
    found
}

impl Fingerprints {
    /// Every pair that says different things of one example, those that are settled included.
    pub fn conflicts(&self, vendors: &Vendors, systems: &Systems) -> Vec<Conflict<'_>> {
        let mut found = Vec::new();
        let mut told = BTreeSet::new();
        for one in self.iter() {
            for example in &one.examples {
                let mine = one.read(&example.input).unwrap_or_default();
                for matched in one.facts.iter().flat_map(|fact| self.reading(*fact, &example.input)) {
                    let (other, theirs) = (matched.fingerprint, &matched.supports);
                    if other.id == one.id || !told.insert((&one.id, &example.input, &other.id)) {
                        continue;
                    }
                    if let Some((attribute, values)) = disagreement(&mine, theirs, vendors, systems) {
                        found.push(Conflict { one, other, input: &example.input, attribute, values });
                    }
                }
            }
        }
        found
    }

    /// How many fingerprints and examples each file holds.
    pub fn by_file(&self) -> BTreeMap<&str, FileCount> {
        let mut counts: BTreeMap<&str, FileCount> = BTreeMap::new();
        let mut sources = BTreeSet::new();
        for fingerprint in self.iter() {
            let file = fingerprint.place.file.as_str();
            let count = counts.entry(file).or_default();
            count.fingerprints += 1;
            count.examples += fingerprint.examples.len() + fingerprint.not.len();
            count.sources += usize::from(sources.insert((file, fingerprint.source.as_str())));
        }
        counts
    }

    /// How many fingerprints tell a device's category, by category.
    pub fn by_category(&self) -> BTreeMap<Category, usize> {
        let mut counts = BTreeMap::new();
        for fingerprint in self.iter() {
            let told = fingerprint.supports.iter().filter(|said| said.attribute == Attribute::Category);
            let told: BTreeSet<Category> = told.filter_map(|said| said.value.parse().ok()).collect();
            for category in told {
                *counts.entry(category).or_default() += 1;
            }
        }
        counts
    }
}

/// The first attribute that both speak of and no value of one fits one of the other.
fn disagreement(
    mine: &[Support],
    theirs: &[Support],
    vendors: &Vendors,
    systems: &Systems,
) -> Option<(Attribute, [String; 2])> {
    mine.iter().find_map(|one| {
        let of_same = || theirs.iter().filter(|other| other.attribute == one.attribute);
        let other = of_same().next()?;
        let agree = of_same().any(|other| agree(one.attribute, &one.value, &other.value, vendors, systems));
        (!agree).then(|| (one.attribute, [one.value.clone(), other.value.clone()]))
    })
}

/// True when one value is the other, more or less exactly said.
fn agree(attribute: Attribute, one: &str, other: &str, vendors: &Vendors, systems: &Systems) -> bool {
    match attribute {
        Attribute::Manufacturer => vendors.same(one, other),
        Attribute::Os => {
            let (one, other) = (systems.canonical(one), systems.canonical(other));
            systems.is_kind_of(one, other) || systems.is_kind_of(other, one)
        }
        Attribute::Category => one == other,
        // A machine may bear several names at once, and each is right.
        Attribute::Hostname => true,
        _ => {
            let (one, other) = (plain(one), plain(other));
            one.contains(&other) || other.contains(&one)
        }
    }
}

/// Letters and digits in lower case.
fn plain(value: &str) -> String {
    value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
