//! Reading fingerprints from their files, and every reason to refuse one.

use super::{Example, Fingerprint, Support};
use crate::file::{File, KnowledgeError, Place};
use crate::pattern::Pattern;
use cordon_model::Category;
use cordon_model::identify::Attribute;
use cordon_model::observe::Fact;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// How the source of an entry starts when it is common knowledge that no document was found for. Nothing
/// that comes with Cordon may be such; a site may state its own experience.
const UNCONFIRMED: &str = "unconfirmed";

/// The most an entry without a confirmed source may state.
const UNCONFIRMED_PROBABILITY_MAX: f64 = 0.8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FingerprintsFile {
    /// What every entry of the file reads that names no facts of its own.
    #[serde(default)]
    facts: Vec<String>,
    #[serde(default)]
    fingerprint: Vec<Spanned<FingerprintEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FingerprintEntry {
    id: String,
    #[serde(default)]
    facts: Vec<String>,
    exact: Option<String>,
    prefix: Option<String>,
    suffix: Option<String>,
    contains: Option<String>,
    pattern: Option<String>,
    #[serde(default)]
    any: bool,
    #[serde(default)]
    match_case: bool,
    #[serde(default)]
    over: Vec<String>,
    #[serde(default)]
    claims: Vec<ClaimEntry>,
    #[serde(default)]
    roles: Vec<String>,
    examples: Vec<ExampleEntry>,
    not: Vec<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimEntry {
    attribute: String,
    value: String,
    probability: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleEntry {
    input: String,
    #[serde(default)]
    gives: BTreeMap<String, String>,
}

/// Every sound fingerprint of a file, in its order; every other is a problem.
pub(super) fn file(file: &File<'_>, problems: &mut Vec<KnowledgeError>) -> Vec<Fingerprint> {
    let read: FingerprintsFile = match file.read() {
        Ok(read) => read,
        Err(error) => {
            problems.push(error);
            return Vec::new();
        }
    };
    let mut sound = Vec::new();
    for entry in read.fingerprint {
        let place = file.place(entry.span().start);
        match build(entry.into_inner(), &read.facts, place.clone()) {
            Ok(fingerprint) => sound.push(fingerprint),
            Err(reason) => problems.push(place.error(reason)),
        }
    }
    sound
}

fn build(entry: FingerprintEntry, of_file: &[String], place: Place) -> Result<Fingerprint, String> {
    let pattern = build_pattern(&entry)?;
    let FingerprintEntry { id, facts, over, claims, roles, examples, not, source, .. } = entry;
    if source.trim().is_empty() {
        return Err(format!("\"{id}\" has no source"));
    }
    reject_unconfirmed(&id, &source, &claims, &place)?;
    if examples.is_empty() || not.is_empty() {
        return Err(format!("\"{id}\" needs an example it matches and one (`not`) it does not"));
    }
    if claims.is_empty() && roles.is_empty() {
        return Err(format!("\"{id}\" says nothing: it has neither claims nor roles"));
    }
    let facts = if facts.is_empty() { of_file } else { &facts };
    if facts.is_empty() {
        return Err(format!("\"{id}\" reads no facts: neither it nor its file names any"));
    }
    let rule = if place.own { format!("{id} ({place})") } else { id.clone() };
    Ok(Fingerprint {
        id,
        rule,
        place,
        facts: facts
            .iter()
            .map(|name| name.parse::<Fact>().map_err(|error| error.to_string()))
            .collect::<Result<_, _>>()?,
        supports: claims.into_iter().map(|claim| support(claim, &pattern)).collect::<Result<_, _>>()?,
        pattern,
        over,
        roles,
        examples: examples.into_iter().map(example).collect::<Result<_, _>>()?,
        not,
        source,
    })
}

/// What nobody documents must never stand alone at 0.9, and does not come with Cordon at all.
fn reject_unconfirmed(id: &str, source: &str, claims: &[ClaimEntry], place: &Place) -> Result<(), String> {
    if !source.trim_start().starts_with(UNCONFIRMED) {
        return Ok(());
    }
    if !place.own {
        return Err(format!("\"{id}\" has no confirmed source"));
    }
    match claims.iter().find(|claim| claim.probability > UNCONFIRMED_PROBABILITY_MAX) {
        Some(claim) => Err(format!(
            "\"{id}\" says {} with {}; an unconfirmed source supports {UNCONFIRMED_PROBABILITY_MAX} at most",
            claim.attribute, claim.probability
        )),
        None => Ok(()),
    }
}

fn build_pattern(entry: &FingerprintEntry) -> Result<Pattern, String> {
    let signs = |text: &str| text.contains(['*', '{', '}']);
    let ways = [
        entry.exact.as_ref().map(|text| (text, text.clone(), false)),
        entry.prefix.as_ref().map(|text| (text, format!("{text}*"), false)),
        entry.suffix.as_ref().map(|text| (text, format!("*{text}"), false)),
        entry.contains.as_ref().map(|text| (text, format!("*{text}*"), false)),
        entry.pattern.as_ref().map(|text| (text, text.clone(), true)),
    ];
    let mut given = ways.into_iter().flatten();
    match (given.next(), given.next()) {
        (None, _) if entry.any => Ok(Pattern::anything()),
        (Some((text, compiled, is_pattern)), None) if !entry.any => {
            if !is_pattern && signs(text) {
                return Err(format!("\"{text}\" holds pattern signs; write it as `pattern`"));
            }
            Pattern::new(&compiled, !entry.match_case)
        }
        _ => Err(format!("\"{}\" needs one of exact, prefix, suffix, contains, pattern, any", entry.id)),
    }
}

fn support(claim: ClaimEntry, pattern: &Pattern) -> Result<Support, String> {
    let ClaimEntry { attribute: name, value, probability } = claim;
    let attribute = attribute(&name)?;
    if !(probability > 0.0 && probability < 1.0) {
        return Err(format!("{probability} is no probability between 0 and 1"));
    }
    if attribute == Attribute::Category {
        value.parse::<Category>().map_err(|error| error.to_string())?;
    }
    let mut rest = value.as_str();
    while let Some((_, after)) = rest.split_once('{') {
        let (capture, tail) = after.split_once('}').unwrap_or((after, ""));
        if !pattern.names().any(|known| known == capture) {
            return Err(format!("\"{value}\" uses {{{capture}}}, which the pattern does not capture"));
        }
        rest = tail;
    }
    Ok(Support { attribute, value, probability })
}

fn example(entry: ExampleEntry) -> Result<Example, String> {
    let ExampleEntry { input, gives } = entry;
    let gives = gives.into_iter().map(|(name, value)| attribute(&name).map(|name| (name, value)));
    Ok(Example { input, gives: gives.collect::<Result<_, _>>()? })
}

fn attribute(name: &str) -> Result<Attribute, String> {
    Attribute::from_name(name).ok_or_else(|| format!("\"{name}\" is no attribute of a device"))
}
