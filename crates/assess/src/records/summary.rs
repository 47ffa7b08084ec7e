//! What records mean for one system or component, told together: a finding for each status.
//!
//! An operating system has thousands of vulnerabilities, and a document that lists each would hide what matters. The
//! ones known to be exploited come first, then the likeliest and the gravest; beyond [`CVES_MAX`] they are counted.

use super::Hit;
use crate::cvss::Vector;
use crate::intelligence::Intelligence;
use cordon_model::assess::{Finding, FindingStatus, Matched};
use std::collections::BTreeSet;

/// The most vulnerabilities that one finding names.
pub const CVES_MAX: usize = 100;

/// What findings are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What tells it from others on the device: `os:windows-10`, `sbom:pump.json:log4j-core@2.14.1`.
    pub id: String,
    /// What it is called: `Windows 10`, `log4j-core 2.14.1`.
    pub name: String,
    /// In a sentence, what it is to the device: `the operating system`, `a component in the bill of material x.json`.
    pub place: String,
    /// Its version.
    pub version: String,
    /// The document it is named in, if one.
    pub document: String,
    /// The vulnerabilities are named only where a version is known: without one every known one would be.
    pub is_named: bool,
}

/// A finding for each status there is: affected, undetermined, fixed, not affected.
pub fn findings(about: &About, hits: &[&Hit], known: &Intelligence) -> Vec<Finding> {
    let statuses = [
        FindingStatus::Affected,
        FindingStatus::Undetermined,
        FindingStatus::Fixed,
        FindingStatus::NotAffected,
    ];
    let of = |status: FindingStatus| {
        let mut own: Vec<&Hit> = hits.iter().copied().filter(|hit| hit.status == status).collect();
        own.sort_by_cached_key(|hit| (order(hit, known), hit.vulnerability().to_owned()));
        own
    };
    statuses.into_iter().filter_map(|status| one(about, status, &of(status), known)).collect()
}

/// Known to be exploited first, then the likeliest, then the gravest, then the newest id.
fn order(hit: &Hit, known: &Intelligence) -> (bool, i64, i64, std::cmp::Reverse<Vec<u64>>) {
    let records = || hit.cves.iter().filter_map(|cve| known.of(cve));
    let is_exploited = records().any(|record| record.kev.is_some());
    let probable =
        records().filter_map(|record| record.epss.as_ref()).map(|epss| epss.score).fold(0.0, f64::max);
    let vectors = records().flat_map(|record| &record.cvss).map(|one| one.vector.as_str());
    let gravest = vectors.chain(hit.vectors.iter().map(String::as_str)).filter_map(tenths).max().unwrap_or(0);
    let numbers =
        hit.vulnerability().split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok());
    (!is_exploited, -((probable * 1e6) as i64), -gravest, std::cmp::Reverse(numbers.collect()))
}

fn tenths(vector: &str) -> Option<i64> {
    let vector: Vector = vector.parse().ok()?;
    Some(i64::from(vector.scores().overall().tenths()))
}

fn one(about: &About, status: FindingStatus, hits: &[&Hit], known: &Intelligence) -> Option<Finding> {
    let first = hits.first()?;
    let mut seen = BTreeSet::new();
    let cves = hits.iter().flat_map(|hit| &hit.cves).filter(|cve| seen.insert((*cve).clone()));
    let cves: Vec<String> = cves.take(if about.is_named { CVES_MAX } else { 0 }).cloned().collect();
    // One vector tells how grave it is; the sources of severity tell the others by CVE.
    let vectors =
        hits.iter().flat_map(|hit| &hit.vectors).filter_map(|vector| Some((tenths(vector)?, vector)));
    let gravest = vectors.max_by(|one, other| one.0.cmp(&other.0).then_with(|| other.1.cmp(one.1)));
    let question = first.question.clone().filter(|_| status == FindingStatus::Undetermined);
    let exploited = hits
        .iter()
        .filter(|hit| hit.cves.iter().any(|cve| known.of(cve).is_some_and(|one| one.kev.is_some())));
    Some(Finding {
        advisory: format!("{}:{}", about.id, status.name()),
        title: Some(title(about, status, hits, exploited.count())),
        cves,
        status,
        why: why(about, status, hits),
        question,
        matched: Some(Matched {
            product: about.name.clone(),
            versions: about.version.clone(),
            probability: 1.0,
            document: about.document.clone(),
            revision: String::new(),
        }),
        vectors: gravest.filter(|_| about.is_named).map(|(_, vector)| vector.clone()).into_iter().collect(),
        ..Finding::default()
    })
}

fn count(hits: &[&Hit]) -> String {
    match hits.len() {
        1 => "1 known vulnerability".to_owned(),
        many => format!("{many} known vulnerabilities"),
    }
}

fn title(about: &About, status: FindingStatus, hits: &[&Hit], exploited: usize) -> String {
    let what = match status {
        FindingStatus::Affected => "that hit it",
        FindingStatus::Undetermined => "that may hit it",
        FindingStatus::Fixed => "fixed in its version",
        FindingStatus::NotAffected => "that do not hit it, by its maker's word",
    };
    let used = if exploited > 0 { format!(", {exploited} of them used by attackers") } else { String::new() };
    format!("{}: {} {what}{used}", about.name, count(hits))
}

fn why(about: &About, status: FindingStatus, hits: &[&Hit]) -> String {
    let sources: BTreeSet<&str> = hits.iter().map(|hit| hit.source.as_str()).collect();
    let sources: Vec<&str> = sources.into_iter().collect();
    let sources = sources.join(" and ");
    let named = format!("{}, {},", about.name, about.place);
    let told = match status {
        FindingStatus::Affected => {
            format!("{sources}: the versions of {} take in {named} as it is stated.", count(hits))
        }
        FindingStatus::Undetermined => {
            format!(
                "{sources}: {} may concern {named} and what is stated of it does not decide.",
                count(hits)
            )
        }
        FindingStatus::Fixed => format!("{sources}: {named} is later than the versions of {}.", count(hits)),
        FindingStatus::NotAffected => {
            let reasons: BTreeSet<&str> =
                hits.iter().filter_map(|hit| hit.justification.as_deref()).collect();
            let reasons: Vec<&str> = reasons.into_iter().filter(|text| !text.is_empty()).take(3).collect();
            let reasons =
                if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
            format!(
                "A statement of the maker (VEX) says that {named} is not hit by {}{reasons}.",
                count(hits)
            )
        }
    };
    let told = format!("{told}{}", fixes(status, hits));
    if hits.len() > CVES_MAX && about.is_named {
        return format!("{told} The {CVES_MAX} most pressing are named.");
    }
    told
}

/// The versions with a fix that records name: of the component, and no promise that the device's maker has an update.
fn fixes(status: FindingStatus, hits: &[&Hit]) -> String {
    let fixed: BTreeSet<&str> = hits.iter().filter_map(|hit| hit.fixed.as_deref()).collect();
    if fixed.is_empty() || !matches!(status, FindingStatus::Affected | FindingStatus::Undetermined) {
        return String::new();
    }
    let versions: Vec<&str> = fixed.into_iter().take(FIXES_MAX).collect();
    format!(" Versions with a fix are {}.", versions.join(", "))
}

/// The most versions with a fix that are named.
const FIXES_MAX: usize = 5;

/// A name as part of an id: letters, digits, points and hyphens.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.trim().to_lowercase().chars() {
        match letter {
            letter if letter.is_alphanumeric() || letter == '.' || letter == '@' => slug.push(letter),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intelligence::{CveIntelligence, KnownExploited};

    fn hit(cve: &str, status: FindingStatus) -> Hit {
        Hit {
            record: cve.to_owned(),
            source: "NVD".to_owned(),
            cves: vec![cve.to_owned()],
            status,
            question: Some("Which build?".to_owned()),
            fixed: None,
            vectors: Vec::new(),
            justification: None,
        }
    }

    #[test]
    fn thousands_of_vulnerabilities_are_one_finding_with_the_exploited_first() {
        let hits: Vec<Hit> = (0..500)
            .map(|number| hit(&format!("CVE-2020-{number:04}"), FindingStatus::Undetermined))
            .collect();
        let mut known = Intelligence::default();
        let kev = KnownExploited {
            added: cordon_model::Timestamp::from_seconds(0),
            due: None,
            ransomware: None,
            name: String::new(),
            action: String::new(),
        };
        known.add("CVE-2020-0007", CveIntelligence { kev: Some(kev), ..CveIntelligence::default() });
        let about = About {
            id: "os:windows-10".to_owned(),
            name: "Windows 10".to_owned(),
            is_named: true,
            ..About::default()
        };
        let all: Vec<&Hit> = hits.iter().collect();
        let found = findings(&about, &all, &known);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].cves.len(), found[0].cves[0].as_str()), (CVES_MAX, "CVE-2020-0007"));
        assert_eq!(found[0].cves[1], "CVE-2020-0499");
        assert!(found[0].title.as_ref().unwrap().contains("500 known vulnerabilities"));
        assert_eq!(found[0].question.as_deref(), Some("Which build?"));
        let unnamed = About { is_named: false, ..about };
        assert!(findings(&unnamed, &all, &known)[0].cves.is_empty());
    }

    #[test]
    fn each_status_is_a_finding_of_its_own() {
        let hits = [hit("CVE-1-1", FindingStatus::Affected), hit("CVE-1-2", FindingStatus::Fixed)];
        let all: Vec<&Hit> = hits.iter().collect();
        let about = About { id: "x".to_owned(), name: "x".to_owned(), is_named: true, ..About::default() };
        let found = findings(&about, &all, &Intelligence::default());
        let told: Vec<&str> = found.iter().map(|one| one.advisory.as_str()).collect();
        assert_eq!(told, ["x:affected", "x:fixed"]);
        assert!(found.iter().all(|one| one.question.is_none()));
        assert_eq!(slug("  Windows 10 / SP1 "), "windows-10-sp1");
    }
}
