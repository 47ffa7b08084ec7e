//! Fingerprints: how one fact reads, and which claims it supports with which probability.
//!
//! Each names its source, at least one example it must match and one it must not; the loader refuses a
//! file that breaks its own examples, and [`Fingerprints::self_test`] says so for each.

use crate::file::{File, KnowledgeError};
use crate::pattern::{self, Captures, Pattern};
use cordon_model::Category;
use cordon_model::identify::Attribute;
use cordon_model::observe::Fact;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;

/// How the source of an entry starts when it is common knowledge that no document was found for.
const UNCONFIRMED: &str = "unconfirmed";

/// The most an entry without a confirmed source may state.
const UNCONFIRMED_PROBABILITY_MAX: f64 = 0.8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FingerprintsFile {
    #[serde(default)]
    fingerprint: Vec<Spanned<FingerprintEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FingerprintEntry {
    id: String,
    facts: Vec<String>,
    exact: Option<String>,
    prefix: Option<String>,
    suffix: Option<String>,
    contains: Option<String>,
    pattern: Option<String>,
    #[serde(default)]
    match_case: bool,
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
    /// The facts it reads.
    pub facts: Vec<Fact>,
    pattern: Pattern,
    /// What it says.
    pub supports: Vec<Support>,
    /// What the device does, in words.
    pub roles: Vec<String>,
    /// Inputs it must match.
    pub examples: Vec<Example>,
    /// Inputs it must not match.
    pub not: Vec<String>,
    /// Who documents it; starts with "unconfirmed" when no document was found.
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
        let fill =
            |support: &Support| Support { value: filled(&support.value, &captures), ..support.clone() };
        Some(self.supports.iter().map(fill).filter(|support| !support.value.is_empty()).collect())
    }
}

/// Replaces each `{name}` by its capture.
fn filled(template: &str, captures: &Captures) -> String {
    let mut text = template.to_owned();
    for (name, value) in captures {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text.trim().to_owned()
}

/// A fingerprint that does not do what its own examples say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which fingerprint.
    pub id: String,
    /// What is wrong, in words.
    pub reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.reason)
    }
}

/// All fingerprints, found by the fact they read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fingerprints {
    all: Vec<Fingerprint>,
    by_fact: BTreeMap<Fact, Vec<usize>>,
}

impl Fingerprints {
    pub(crate) fn load(files: &[File<'_>]) -> Result<Fingerprints, KnowledgeError> {
        let mut fingerprints = Fingerprints::default();
        for file in files {
            for entry in file.read::<FingerprintsFile>()?.fingerprint {
                let at = entry.span().start;
                let fingerprint = build(entry.into_inner()).map_err(|reason| file.error(at, reason))?;
                if fingerprints.all.iter().any(|known| known.id == fingerprint.id) {
                    return Err(file.error(at, format!("\"{}\" stands twice", fingerprint.id)));
                }
                if let Some(failure) = failures(&fingerprint).into_iter().next() {
                    return Err(file.error(at, failure.to_string()));
                }
                for fact in &fingerprint.facts {
                    fingerprints.by_fact.entry(*fact).or_default().push(fingerprints.all.len());
                }
                fingerprints.all.push(fingerprint);
            }
        }
        Ok(fingerprints)
    }

    /// Every fingerprint that reads `fact` and matches `value`, in the order of the files.
    pub fn matching(&self, fact: Fact, value: &str) -> Vec<Matched<'_>> {
        let candidates = self.by_fact.get(&fact).map_or(&[][..], Vec::as_slice);
        if candidates.is_empty() {
            return Vec::new();
        }
        let lower = pattern::lower(value);
        let found = candidates.iter().filter_map(|index| {
            let fingerprint = self.all.get(*index)?;
            if !fingerprint.pattern.may_match(value, &lower) {
                return None;
            }
            fingerprint.read(value).map(|supports| Matched { fingerprint, supports })
        });
        found.collect()
    }

    /// True when some fingerprint reads facts of this kind.
    pub fn reads(&self, fact: Fact) -> bool {
        self.by_fact.contains_key(&fact)
    }

    /// All of them, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Fingerprint> {
        self.all.iter()
    }

    /// Runs every fingerprint on its own examples.
    pub fn self_test(&self) -> Vec<Failure> {
        self.all.iter().flat_map(failures).collect()
    }
}

fn failures(fingerprint: &Fingerprint) -> Vec<Failure> {
    let mut found = Vec::new();
    let mut fail = |reason: String| found.push(Failure { id: fingerprint.id.clone(), reason });
    for example in &fingerprint.examples {
        let Some(supports) = fingerprint.read(&example.input) else {
            fail(format!("does not match its example \"{}\"", example.input));
            continue;
        };
        for (attribute, wanted) in &example.gives {
            let given = supports.iter().find(|support| support.attribute == *attribute);
            match given {
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

fn build(entry: FingerprintEntry) -> Result<Fingerprint, String> {
    let pattern = build_pattern(&entry)?;
    let FingerprintEntry { id, facts, claims, roles, examples, not, source, .. } = entry;
    if source.trim().is_empty() {
        return Err(format!("\"{id}\" has no source"));
    }
    reject_bold_claims(&id, &source, &claims)?;
    if examples.is_empty() || not.is_empty() {
        return Err(format!("\"{id}\" needs an example it matches and one (`not`) it does not"));
    }
    if claims.is_empty() && roles.is_empty() {
        return Err(format!("\"{id}\" says nothing: it has neither claims nor roles"));
    }
    let facts: Result<Vec<Fact>, String> =
        facts.iter().map(|name| name.parse().map_err(|error| format!("{error}"))).collect();
    let supports: Result<Vec<Support>, String> =
        claims.into_iter().map(|claim| build_support(claim, &pattern)).collect();
    let examples: Result<Vec<Example>, String> = examples
        .into_iter()
        .map(|ExampleEntry { input, gives }| {
            let gives = gives.into_iter().map(|(name, value)| attribute(&name).map(|name| (name, value)));
            gives.collect::<Result<_, _>>().map(|gives| Example { input, gives })
        })
        .collect();
    Ok(Fingerprint {
        id,
        facts: facts?,
        pattern,
        supports: supports?,
        roles,
        examples: examples?,
        not,
        source,
    })
}

/// What nobody documents must never stand alone at 0.9: such entries stay well below it.
fn reject_bold_claims(id: &str, source: &str, claims: &[ClaimEntry]) -> Result<(), String> {
    if !source.trim_start().starts_with(UNCONFIRMED) {
        return Ok(());
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
    let plain = |text: &str| text.contains(['*', '{', '}']);
    let ways = [
        entry.exact.as_ref().map(|text| (text, text.clone(), false)),
        entry.prefix.as_ref().map(|text| (text, format!("{text}*"), false)),
        entry.suffix.as_ref().map(|text| (text, format!("*{text}"), false)),
        entry.contains.as_ref().map(|text| (text, format!("*{text}*"), false)),
        entry.pattern.as_ref().map(|text| (text, text.clone(), true)),
    ];
    let mut given = ways.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some((text, compiled, is_pattern)), None) => {
            if !is_pattern && plain(text) {
                return Err(format!("\"{text}\" holds pattern signs; write it as `pattern`"));
            }
            Pattern::new(&compiled, !entry.match_case)
        }
        _ => Err(format!("\"{}\" needs one of exact, prefix, suffix, contains, pattern", entry.id)),
    }
}

fn build_support(claim: ClaimEntry, pattern: &Pattern) -> Result<Support, String> {
    let ClaimEntry { attribute: name, value, probability } = claim;
    let attribute = attribute(&name)?;
    if !(probability > 0.0 && probability < 1.0) {
        return Err(format!("{probability} is no probability between 0 and 1"));
    }
    if attribute == Attribute::Category {
        value.parse::<Category>().map_err(|error| format!("{error}"))?;
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

fn attribute(name: &str) -> Result<Attribute, String> {
    Attribute::from_name(name).ok_or_else(|| format!("\"{name}\" is no attribute of a device"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[fingerprint]]
id = "dhcp/printer"
facts = ["dhcp.vendor_class"]
pattern = "Mfg={maker};Typ=*;Mod={model};*"
claims = [
  { attribute = "manufacturer", value = "{maker}", probability = 0.9 },
  { attribute = "category", value = "printer", probability = 0.9 },
]
examples = [{ input = "Mfg=HP;Typ=Printer;Mod=M401;Ser=1;", gives = { manufacturer = "HP" } }]
not = ["MSFT 5.0"]
source = "test"
"#;

    fn load(text: &str) -> Result<Fingerprints, KnowledgeError> {
        Fingerprints::load(&[File { name: "fingerprints.toml", text }])
    }

    #[test]
    fn a_match_fills_its_claims() {
        let fingerprints = load(GOOD).unwrap();
        let matched = fingerprints.matching(Fact::DhcpVendorClass, "Mfg=Acme;Typ=X;Mod=Y;");
        assert_eq!(matched.len(), 1);
        assert_eq!(matched[0].supports[0].value, "Acme");
        assert!(fingerprints.matching(Fact::DhcpHostname, "Mfg=Acme;Typ=X;Mod=Y;").is_empty());
        assert_eq!(fingerprints.self_test(), []);
    }

    #[test]
    fn every_mistake_is_refused_with_its_line() {
        let cases = [
            ("dhcp.vendor_class", "dhcp.vendor", "no known kind of fact"),
            ("\"printer\"", "\"toaster\"", "no device category"),
            ("probability = 0.9 },\n]", "probability = 1.5 },\n]", "no probability"),
            ("value = \"{maker}\"", "value = \"{brand}\"", "does not capture"),
            ("manufacturer = \"HP\"", "manufacturer = \"IBM\"", "and not \"IBM\""),
            ("not = [\"MSFT 5.0\"]", "not = [\"Mfg=a;Typ=b;Mod=c;\"]", "must not"),
            ("source = \"test\"", "source = \" \"", "no source"),
            ("not = [\"MSFT 5.0\"]", "not = []", "needs an example"),
        ];
        for (from, to, word) in cases {
            let error = load(&GOOD.replace(from, to)).unwrap_err();
            assert!(error.reason.contains(word), "{to}: {error}");
            assert_eq!(error.line, 2, "{to}: {error}");
        }
        assert!(load(&format!("{GOOD}{GOOD}")).unwrap_err().reason.contains("twice"));
        assert!(load(&GOOD.replace("pattern =", "exact =")).unwrap_err().reason.contains("pattern signs"));
    }

    #[test]
    fn an_unconfirmed_source_supports_little() {
        let unconfirmed = GOOD.replace("source = \"test\"", "source = \"unconfirmed: common knowledge\"");
        let error = load(&unconfirmed).unwrap_err();
        assert!(error.reason.contains("unconfirmed source supports 0.8 at most"), "{error}");
        assert_eq!((error.file.as_str(), error.line), ("fingerprints.toml", 2));
        let modest = unconfirmed.replace("probability = 0.9", "probability = 0.8");
        assert_eq!(load(&modest).unwrap().iter().count(), 1);
    }
}
