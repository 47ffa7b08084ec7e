//! Fingerprints: how one fact reads, and which claims it supports with which probability.
//!
//! Each names its source, at least one example it must match and one it must not; the loader refuses a
//! file that breaks its own examples.

mod check;
mod index;
mod read;

pub use check::{Conflict, FileCount};

use crate::file::{File, KnowledgeError, Place};
use crate::pattern::{self, Captures, Pattern};
use cordon_model::identify::Attribute;
use cordon_model::observe::Fact;
use index::Index;
use std::collections::BTreeMap;

/// What a matching fact says.
#[derive(Clone, Debug, PartialEq)]
pub struct Support {
    /// About which attribute.
    pub attribute: Attribute,
    /// The value; `{name}` stands for a capture.
    pub value: String,
    /// How likely the value is right when the fact matches and nothing else is known.
    pub probability: f64,
}

/// An input the fingerprint must match, and what it must then say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The fact's value.
    pub input: String,
    /// Some of the values it must give, by attribute.
    pub gives: BTreeMap<Attribute, String>,
}

/// How one fact reads and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    /// Lasting name, `dhcp/windows-10`.
    pub id: String,
    /// How evidence names it: its name, and for a site's own where it stands.
    pub rule: String,
    /// Where it stands.
    pub place: Place,
    /// The facts it reads.
    pub facts: Vec<Fact>,
    pattern: Pattern,
    /// More general fingerprints: where both match, theirs does not count against this one.
    pub over: Vec<String>,
    /// What it says.
    pub supports: Vec<Support>,
    /// What the device does, in words.
    pub roles: Vec<String>,
    /// Inputs it must match.
    pub examples: Vec<Example>,
    /// Inputs it must not match.
    pub not: Vec<String>,
    /// Who documents it; in a site's own file it may start with "unconfirmed".
    pub source: String,
}

/// A fingerprint that matched, and its claims with captures filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Matched<'a> {
    /// The fingerprint.
    pub fingerprint: &'a Fingerprint,
    /// Its claims.
    pub supports: Vec<Support>,
}

impl Fingerprint {
    /// What the fingerprint says of `value`; `None` when it does not match.
    pub fn read(&self, value: &str) -> Option<Vec<Support>> {
        let captures = self.pattern.captures(value.trim())?;
        let fill = |support: &Support| Support {
            attribute: support.attribute,
            value: filled(&support.value, &captures),
            probability: support.probability,
        };
        Some(self.supports.iter().map(fill).filter(|support| !support.value.is_empty()).collect())
    }

    /// The longest text that a value must hold, in lower case where case does not count.
    pub fn text(&self) -> &str {
        self.pattern.literal()
    }

    /// True when this one's word replaces the other's where both match: it was declared so, or it is a site's
    /// own and the other came with Cordon.
    pub fn outranks(&self, other: &Fingerprint) -> bool {
        (self.place.own && !other.place.own) || self.over.contains(&other.id)
    }
}

/// Replaces each `{name}` by its capture.
fn filled(template: &str, captures: &Captures) -> String {
    if !template.contains('{') {
        return template.trim().to_owned();
    }
    let mut text = template.to_owned();
    for (name, value) in captures {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text.trim().to_owned()
}

/// A fingerprint that came with Cordon and gave way to one of the same name in a site's own folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The name of both.
    pub id: String,
    /// Where the one stands that came with Cordon.
    pub builtin: Place,
    /// Where the site's own stands.
    pub own: Place,
}

/// All fingerprints, found by the fact they read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fingerprints {
    all: Vec<Fingerprint>,
    by_fact: BTreeMap<Fact, Index>,
    replaced: Vec<Replaced>,
}

impl Fingerprints {
    /// The fingerprints of all files, or the first mistake.
    pub(crate) fn load(files: &[File<'_>]) -> Result<Fingerprints, KnowledgeError> {
        let mut problems = Vec::new();
        let fingerprints = Fingerprints::load_all(files, &mut problems);
        problems.into_iter().next().map_or(Ok(fingerprints), Err)
    }

    /// The sound fingerprints of all files, and every mistake.
    pub(crate) fn load_all(files: &[File<'_>], problems: &mut Vec<KnowledgeError>) -> Fingerprints {
        let mut fingerprints = Fingerprints::default();
        for file in files {
            for fingerprint in read::file(file, problems) {
                let failed = check::failures(&fingerprint);
                if failed.is_empty() {
                    fingerprints.take(fingerprint, problems);
                } else {
                    problems.extend(failed);
                }
            }
        }
        fingerprints.check_over(problems);
        for (position, fingerprint) in fingerprints.all.iter().enumerate() {
            let literal = pattern::lower(fingerprint.pattern.literal());
            for fact in &fingerprint.facts {
                fingerprints.by_fact.entry(*fact).or_default().add(&literal, position);
            }
        }
        fingerprints
    }

    /// Takes one in; a site's own takes the place of the one of its name that came with Cordon.
    fn take(&mut self, fingerprint: Fingerprint, problems: &mut Vec<KnowledgeError>) {
        match self.all.iter_mut().find(|known| known.id == fingerprint.id) {
            None => self.all.push(fingerprint),
            Some(known) if fingerprint.place.own && !known.place.own => {
                self.replaced.push(Replaced {
                    id: known.id.clone(),
                    builtin: known.place.clone(),
                    own: fingerprint.place.clone(),
                });
                *known = fingerprint;
            }
            Some(known) => {
                let reason = format!("\"{}\" stands twice, also at {}", known.id, known.place);
                problems.push(fingerprint.place.error(reason));
            }
        }
    }

    /// Who stands over another must name one that exists and does not stand over it in turn.
    fn check_over(&self, problems: &mut Vec<KnowledgeError>) {
        for fingerprint in &self.all {
            for general in &fingerprint.over {
                let reason = match self.all.iter().find(|known| known.id == *general) {
                    None => "which does not exist",
                    Some(known) if known.over.contains(&fingerprint.id) => "which stands over it in turn",
                    Some(_) => continue,
                };
                let reason = format!("\"{}\" stands over \"{general}\", {reason}", fingerprint.id);
                problems.push(fingerprint.place.error(reason));
            }
        }
    }

    /// Every fingerprint that reads `fact` and matches `value`, in the order of the files, without what a
    /// more special one or a site's own says otherwise.
    pub fn matching(&self, fact: Fact, value: &str) -> Vec<Matched<'_>> {
        let mut found = self.reading(fact, value);
        give_way(&mut found);
        found
    }

    /// Every fingerprint that reads `fact` and matches `value`, with what it says.
    fn reading(&self, fact: Fact, value: &str) -> Vec<Matched<'_>> {
        let Some(index) = self.by_fact.get(&fact) else { return Vec::new() };
        let lower = pattern::lower(value);
        let candidates = index.candidates(&lower).into_iter().filter_map(|position| self.all.get(position));
        candidates
            .filter(|fingerprint| fingerprint.pattern.may_match(value, &lower))
            .filter_map(|fingerprint| {
                fingerprint.read(value).map(|supports| Matched { fingerprint, supports })
            })
            .collect()
    }

    /// True when some fingerprint reads facts of this kind.
    pub fn reads(&self, fact: Fact) -> bool {
        self.by_fact.contains_key(&fact)
    }

    /// All of them, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Fingerprint> {
        self.all.iter()
    }

    /// Those that came with Cordon and gave way to a site's own of the same name.
    pub fn replaced(&self) -> &[Replaced] {
        &self.replaced
    }
}

/// Drops what an outranked fingerprint says of an attribute that the one over it speaks of.
fn give_way(found: &mut Vec<Matched<'_>>) {
    let ranked =
        |matched: &Matched<'_>| matched.fingerprint.place.own || !matched.fingerprint.over.is_empty();
    if found.len() < 2 || !found.iter().any(ranked) {
        return;
    }
    let spoken: Vec<(&Fingerprint, Attribute)> = found
        .iter()
        .filter(|matched| ranked(matched))
        .flat_map(|matched| matched.supports.iter().map(|support| (matched.fingerprint, support.attribute)))
        .collect();
    for matched in found.iter_mut() {
        let fingerprint = matched.fingerprint;
        matched.supports.retain(|support| {
            !spoken
                .iter()
                .any(|(over, attribute)| *attribute == support.attribute && over.outranks(fingerprint))
        });
    }
    found.retain(|matched| !matched.supports.is_empty() || !matched.fingerprint.roles.is_empty());
}

#[cfg(test)]
mod tests;
