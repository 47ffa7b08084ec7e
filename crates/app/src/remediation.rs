//! `remediation.toml` in the site folder: how far a person is with a vulnerability of a document, at one device or at all.
//!
//! CSAF 2.1 asks of an asset matching system that each vulnerability of a document can be marked for each asset as not
//! remediated, in progress or done (conformance clause 13). The verdict does not change by it.

use crate::error::AppError;
use cordon_model::Timestamp;
use cordon_wire::affected::Affected;
use cordon_wire::assessment::{self as wire, Assessment};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const FILE: &str = "remediation.toml";
/// The version of `remediation.toml` this program reads.
const VERSION: u32 = 1;
/// The states, as the draft names them.
const STATES: [&str; 3] = ["not_remediated", "in_progress", "done"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemediationToml {
    version: u32,
    #[serde(default)]
    remediation: Vec<Marked>,
}

/// What a person marked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marked {
    /// The advisory; all that name the vulnerability when not given.
    advisory: Option<String>,
    /// The vulnerability; all of the advisory when not given.
    cve: Option<String>,
    /// The device; all that are concerned when not given.
    asset_tag: Option<String>,
    state: String,
    who: String,
    when: String,
    why: String,
}

/// The marks of a site folder in the order of the file, none where there is no file of them.
pub(crate) fn read(folder: &Path) -> Result<Vec<Marked>, AppError> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(AppError::unreadable(&path, error)),
    };
    let toml: RemediationToml = toml::from_str(&text).map_err(|error| AppError::unreadable(&path, error))?;
    if toml.version != VERSION {
        let reason = format!("version {} is not known; this program reads version {VERSION}", toml.version);
        return Err(AppError::unreadable(&path, reason));
    }
    for (number, mark) in (1..).zip(&toml.remediation) {
        mark.check()
            .map_err(|reason| AppError::unreadable(&path, format!("remediation {number}: {reason}")))?;
    }
    Ok(toml.remediation)
}

impl Marked {
    fn check(&self) -> Result<(), String> {
        if !STATES.contains(&self.state.as_str()) {
            return Err(format!("state is one of {}, not \"{}\"", STATES.join(", "), self.state));
        }
        if self.advisory.is_none() && self.cve.is_none() {
            return Err("say of what: advisory, or cve, or both".to_owned());
        }
        for (name, text) in [("who", &self.who), ("why", &self.why)] {
            if text.trim().is_empty() {
                return Err(format!("{name} is empty"));
            }
        }
        let when: Result<Timestamp, _> = self.when.parse();
        when.map(drop).map_err(|_| format!("when: \"{}\" is no date such as 2026-12-31", self.when))
    }

    fn is_about(&self, device: Option<&str>, advisory: &str, vulnerability: &str) -> bool {
        let is = |wanted: &Option<String>, own: Option<&str>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| own.is_some_and(|own| own.eq_ignore_ascii_case(wanted.trim())))
        };
        is(&self.asset_tag, device)
            && is(&self.advisory, Some(advisory))
            && is(&self.cve, Some(vulnerability))
    }
}

/// Marks the findings; of several marks for one the last counts.
pub(crate) fn mark(assessment: &mut Assessment, marks: &[Marked]) {
    for device in &mut assessment.devices {
        let tag = device.asset_tag.as_deref();
        for finding in &mut device.findings {
            let advisory = finding.advisory.clone();
            // An advisory without CVE ids is marked as a whole.
            let vulnerabilities =
                if finding.cves.is_empty() { vec![advisory.clone()] } else { finding.cves.clone() };
            finding.remediation = vulnerabilities
                .into_iter()
                .filter_map(|vulnerability| {
                    let mark =
                        marks.iter().rev().find(|mark| mark.is_about(tag, &advisory, &vulnerability))?;
                    Some(wire::Remediation {
                        vulnerability,
                        state: mark.state.clone(),
                        who: mark.who.clone(),
                        when: mark.when.clone(),
                        why: mark.why.clone(),
                    })
                })
                .collect();
        }
    }
}

/// Counts pairs of device and vulnerability that are open, by state.
pub(crate) fn count(answer: &mut Affected) {
    let mut counts: BTreeMap<String, u64> = STATES.iter().map(|state| ((*state).to_owned(), 0)).collect();
    for hit in answer.affected.iter().chain(&answer.undetermined) {
        let marked = hit.remediation.len() as u64;
        for mark in &hit.remediation {
            *counts.entry(mark.state.clone()).or_insert(0) += 1;
        }
        let all = (hit.cves.len() as u64).max(1);
        *counts.entry("not_remediated".to_owned()).or_insert(0) += all.saturating_sub(marked);
    }
    answer.remediation = counts;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(advisory: &str, cves: &[&str]) -> wire::Finding {
        let text = serde_json::json!({ "advisory": advisory, "cves": cves, "status": "affected", "why": "", "question": null,
            "known_exploited": null, "epss": null, "cvss": null, "ssvc": null });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn a_mark_is_for_one_device_or_all_and_the_last_counts() {
        let folder = tempfile::tempdir().unwrap();
        let by = "who = \"A\"\nwhen = \"2026-11-01\"\nwhy = \"patched at the last service\"\n";
        let write = |text: &str| {
            fs::write(folder.path().join(FILE), format!("version = 1\n{text}")).unwrap();
            read(folder.path()).map_err(|error| error.to_string())
        };
        let all = format!("[[remediation]]\ncve = \"CVE-1-1\"\nstate = \"in_progress\"\n{by}");
        let one = format!("[[remediation]]\nadvisory = \"a-1\"\nasset_tag = \"T-1\"\nstate = \"done\"\n{by}");
        let marks = write(&format!("{all}{one}")).unwrap();
        let state = |tag: Option<&str>, vulnerability: &str| {
            let mark = marks.iter().rev().find(|mark| mark.is_about(tag, "A-1", vulnerability));
            mark.map(|mark| mark.state.as_str())
        };
        assert_eq!(state(Some("T-1"), "CVE-1-1"), Some("done"));
        assert_eq!(state(Some("T-2"), "CVE-1-1"), Some("in_progress"));
        assert_eq!(state(None, "CVE-1-2"), None);
        for (text, wanted) in [
            (all.replace("in_progress", "soon"), "state is one of"),
            (all.replace("cve = \"CVE-1-1\"\n", ""), "say of what"),
            (all.replace("2026-11-01", "soon"), "is no date"),
        ] {
            assert!(write(&text).unwrap_err().contains(wanted));
        }
    }

    #[test]
    fn what_nobody_marked_is_not_remediated() {
        let hit = |cves: &[&str], states: &[&str]| {
            let marked = |state: &&str| wire::Remediation {
                vulnerability: "x".to_owned(),
                state: (*state).to_owned(),
                who: String::new(),
                when: String::new(),
                why: String::new(),
            };
            cordon_wire::affected::Hit {
                cves: finding("x", cves).cves,
                remediation: states.iter().map(marked).collect(),
                ..Default::default()
            }
        };
        let mut answer = Affected {
            affected: vec![hit(&["CVE-1-1", "CVE-1-2"], &["done"]), hit(&[], &[])],
            ..Affected::default()
        };
        count(&mut answer);
        let counts: Vec<u64> = answer.remediation.into_values().collect();
        assert_eq!(counts, [1, 0, 2], "done, in progress, not remediated");
    }
}
