//! What the world knows of a vulnerability: whether it is exploited, how likely that is, how hard it hits.
//!
//! Plain values by CVE id, and readers of single published records: CISA's catalogue of known exploited
//! vulnerabilities ([`kev`]), FIRST's EPSS scores ([`epss`]), CVE records with CISA's SSVC points
//! ([`cve_record`]), NVD ([`nvd`]), OSV ([`osv`]), endoflife.date ([`lifecycle`]), FDA's recalls ([`recall`]). Nothing here fetches, and nothing decides: a source that does not speak of a
//! CVE leaves its field `None`, which means "not known", never "no".

pub mod advisory;
pub mod cpe;
pub mod cve_record;
pub mod epss;
pub mod kev;
pub mod lifecycle;
pub mod nvd;
pub mod osv;
pub mod recall;

use cordon_model::Timestamp;
use std::collections::BTreeMap;

/// What is known of vulnerabilities, by CVE id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intelligence {
    by_cve: BTreeMap<String, CveIntelligence>,
}

/// What is known of one vulnerability.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CveIntelligence {
    /// Its entry in CISA's catalogue of known exploited vulnerabilities; `None` when it is not listed.
    pub kev: Option<KnownExploited>,
    /// The probability of exploitation; `None` when no score was published.
    pub epss: Option<Epss>,
    /// Decision points of SSVC as CISA's Vulnrichment states them.
    pub ssvc: Option<SsvcPoints>,
    /// Severity vectors, each with who gives it, in the order of source, then vector.
    pub cvss: Vec<CvssVector>,
    /// Weakness classes, such as `CWE-787`, in order.
    pub cwes: Vec<String>,
    /// True when the record was withdrawn (CVE state REJECTED): it says nothing of any product.
    pub is_rejected: bool,
}

/// An entry of the catalogue of known exploited vulnerabilities (CISA, Binding Operational Directive 22-01).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownExploited {
    /// The day it was added.
    pub added: Timestamp,
    /// The day by which US federal agencies had to act.
    pub due: Option<Timestamp>,
    /// Whether ransomware uses it: `Some(true)` when known to, `None` when the catalogue says "Unknown".
    pub ransomware: Option<bool>,
    /// What it is called.
    pub name: String,
    /// What the catalogue demands.
    pub action: String,
}

/// A score of the Exploit Prediction Scoring System (FIRST).
#[derive(Clone, Debug, PartialEq)]
pub struct Epss {
    /// Probability of exploitation within 30 days, 0 to 1.
    pub score: f64,
    /// Share of all scored vulnerabilities with this score or less, 0 to 1.
    pub percentile: f64,
    /// The model, such as `v2025.03.14`; scores of different models cannot be compared.
    pub model: Option<String>,
    /// The day of the score.
    pub date: Option<Timestamp>,
}

/// SSVC's "Exploitation" (version 1.1.0 of the decision point).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exploitation {
    /// No evidence of exploitation and no public proof of concept.
    None,
    /// A public proof of concept, or well-known ways to attack such things.
    PublicPoc,
    /// Shared, observable, reliable evidence of use in the wild.
    Active,
}

impl Exploitation {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            Exploitation::None => "none",
            Exploitation::PublicPoc => "poc",
            Exploitation::Active => "active",
        }
    }
}

/// SSVC's "Technical Impact".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TechnicalImpact {
    /// Limited control or information.
    Partial,
    /// Total control of the component, or disclosure of all it holds.
    Total,
}

impl TechnicalImpact {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            TechnicalImpact::Partial => "partial",
            TechnicalImpact::Total => "total",
        }
    }
}

/// The decision points of SSVC that do not depend on who decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsvcPoints {
    /// State of exploitation.
    pub exploitation: Option<Exploitation>,
    /// Whether an attacker can automate reconnaissance, weaponization, delivery and exploitation.
    pub automatable: Option<bool>,
    /// How much control exploitation gives.
    pub technical_impact: Option<TechnicalImpact>,
    /// Who says so, such as `CISA-ADP`.
    pub source: String,
    /// When it was said.
    pub at: Option<Timestamp>,
}

/// A severity vector as published; it is parsed and recomputed elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CvssVector {
    /// Who gives it, such as `nvd@nist.gov` or `CISA-ADP`.
    pub source: String,
    /// The vector's text, such as `CVSS:3.1/AV:N/…`; of version 2 without a prefix.
    pub vector: String,
}

/// Most vectors and weaknesses that are kept of one vulnerability.
const LIST_MAX: usize = 32;

impl Intelligence {
    /// What is known of `cve`, whatever its case; `None` when nothing is.
    pub fn of(&self, cve: &str) -> Option<&CveIntelligence> {
        match self.by_cve.get(cve) {
            None => cve_id(cve).and_then(|id| self.by_cve.get(&id)),
            found => found,
        }
    }

    /// Adds what one source knows of `cve` to what others said; `false` when that is no CVE id.
    ///
    /// Of two entries or scores the one added later stands; vectors and weaknesses are united.
    pub fn add(&mut self, cve: &str, more: CveIntelligence) -> bool {
        let Some(id) = cve_id(cve) else { return false };
        let known = self.by_cve.entry(id).or_default();
        known.kev = more.kev.or(known.kev.take());
        known.epss = more.epss.or(known.epss.take());
        known.ssvc = more.ssvc.or(known.ssvc.take());
        known.is_rejected |= more.is_rejected;
        unite(&mut known.cvss, more.cvss);
        unite(&mut known.cwes, more.cwes);
        true
    }

    /// Every CVE something is known of, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CveIntelligence)> {
        self.by_cve.iter().map(|(id, known)| (id.as_str(), known))
    }

    /// How many CVEs something is known of.
    pub fn len(&self) -> usize {
        self.by_cve.len()
    }

    /// True when nothing is known of any.
    pub fn is_empty(&self) -> bool {
        self.by_cve.is_empty()
    }
}

fn unite<T: Ord>(known: &mut Vec<T>, more: Vec<T>) {
    known.extend(more);
    known.sort();
    known.dedup();
    known.truncate(LIST_MAX);
}

/// A CVE id as it is written: `CVE-`, four digits, and four to nineteen digits; `None` for anything else.
pub fn cve_id(text: &str) -> Option<String> {
    let text = text.trim();
    let (head, rest) = text.split_at_checked(4)?;
    let (year, number) = rest.split_once('-')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_id = head.eq_ignore_ascii_case("CVE-")
        && year.len() == 4
        && (4..=19).contains(&number.len())
        && is_number(year)
        && is_number(number);
    is_id.then(|| text.to_ascii_uppercase())
}

/// Why one record cannot be used: where in it, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The path within the record, such as `cveMetadata.cveId`.
    pub path: String,
    /// The reason, in words.
    pub reason: String,
}

impl Unusable {
    /// A record that cannot be used.
    pub fn new(path: &str, reason: impl Into<String>) -> Unusable {
        Unusable { path: path.to_owned(), reason: reason.into() }
    }
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

impl std::error::Error for Unusable {}

/// The time a text gives; sources leave out the offset and mean UTC.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_other_texts_and_looked_up_in_any_case() {
        assert_eq!(cve_id(" cve-2024-12345 ").as_deref(), Some("CVE-2024-12345"));
        for text in
            ["CVE-2024-123", "CVE-24-1234", "CVE-2024-12a4", "XVE-2024-1234", "CVE-", "", "ÄCVE-2024-1234"]
        {
            assert_eq!(cve_id(text), None, "{text}");
        }
        let mut known = Intelligence::default();
        assert!(
            known.add("cve-2024-0001", CveIntelligence { is_rejected: true, ..CveIntelligence::default() })
        );
        assert!(!known.add("GHSA-1", CveIntelligence::default()));
        assert!(known.of("CVE-2024-0001").is_some_and(|cve| cve.is_rejected));
        assert!(known.of("cve-2024-0001").is_some());
        assert_eq!((known.of("CVE-2024-0002"), known.len()), (None, 1));
    }

    #[test]
    fn what_several_sources_say_is_united_whatever_the_order() {
        let vector =
            |source: &str| CvssVector { source: source.into(), vector: "AV:N/AC:L/Au:N/C:P/I:P/A:P".into() };
        let of = |source: &str| CveIntelligence {
            cvss: vec![vector(source)],
            cwes: vec!["CWE-79".into()],
            ..CveIntelligence::default()
        };
        let (mut one, mut other) = (Intelligence::default(), Intelligence::default());
        one.add("CVE-2024-0001", of("a"));
        one.add("CVE-2024-0001", of("b"));
        other.add("CVE-2024-0001", of("b"));
        other.add("CVE-2024-0001", of("a"));
        assert_eq!(one, other);
        assert_eq!(one.of("CVE-2024-0001").map(|cve| (cve.cvss.len(), cve.cwes.len())), Some((2, 1)));
    }
}
