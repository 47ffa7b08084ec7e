//! Software that calls itself by name and version on the wire, against records that name software by CPE.
//!
//! A banner is what the software says of itself, and a version that distributions or the device's maker mend in place
//! shows no vulnerability: for such software a record asks, and never says "affected".

use super::Hit;
use super::component::{Records, names};
use crate::cpe::{Attribute as Part, Name, Value};
use crate::sbom::Component;
use cordon_knowledge::{Knowledge, Software};
use cordon_model::assess::FindingStatus;
use cordon_model::identify::{Banner, Device};
use std::collections::BTreeSet;

/// The software that `device` names with its version, each with the banner that says so, in order.
pub fn of<'d>(device: &'d Device, knowledge: &Knowledge) -> Vec<(Software, &'d Banner)> {
    let mut found: Vec<(Software, &Banner)> = Vec::new();
    for banner in &device.banners {
        for software in knowledge.banners.software(banner.fact, &banner.value) {
            // What says more of one version stands: a distribution that is named in one banner and not in another.
            if !found.iter().any(|(known, _)| *known == software) {
                found.push((software, banner));
            }
        }
    }
    found.sort();
    found
}

/// What a person calls it: `OpenSSH 6.6.1p1`.
pub fn words(software: &Software) -> String {
    // The dictionary keeps a patch level apart; the day of a build is no part of the version.
    let level = software.update.as_deref().filter(|update| update.starts_with('p')).unwrap_or_default();
    format!("{} {}{level}", software.software, software.version)
}

/// What its records are looked up by: `a:openbsd:openssh`.
pub fn keys(software: &Software, knowledge: &Knowledge) -> BTreeSet<String> {
    names(&component(software), knowledge).iter().filter_map(Name::key).collect()
}

/// What `records` mean for it: each vulnerability once, in order.
pub fn judge(software: &Software, records: &Records, knowledge: &Knowledge) -> Vec<Hit> {
    let mut hits = records.of(&component(software), knowledge);
    if let Some(ask) = &software.ask {
        for hit in hits.iter_mut().filter(|hit| hit.status == FindingStatus::Affected) {
            (hit.status, hit.question) = (FindingStatus::Undetermined, Some(ask.clone()));
        }
    }
    hits
}

/// The same as a component of a bill.
fn component(software: &Software) -> Component {
    let update = software.update.as_deref().map_or(Value::Any, Value::text);
    let name = |name: &String| Some(Name::parse(name)?.with(Part::Update, update.clone()).to_string());
    Component {
        name: software.software.clone(),
        version: software.version.clone(),
        cpes: software.names.iter().filter_map(name).collect(),
        ..Component::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intelligence::advisory::of_nvd;
    use cordon_model::observe::{Fact, Source};
    use serde_json::{Value as Json, json};

    fn records() -> Records {
        let nvd = |id: &str, matches: &[(&str, Json)]| {
            let matches: Vec<Json> = matches
                .iter()
                .map(|(cpe, more)| {
                    let mut one = json!({ "vulnerable": true, "criteria": cpe });
                    more.as_object()
                        .into_iter()
                        .flatten()
                        .for_each(|(name, value)| one[name] = value.clone());
                    one
                })
                .collect();
            of_nvd(&json!({ "id": id, "lastModified": "x", "configurations": [{ "nodes": [{ "cpeMatch": matches }] }] }))
                .unwrap()
        };
        let before = |version: &str| json!({ "versionEndExcluding": version });
        Records::new(
            Vec::new(),
            vec![
                nvd(
                    "CVE-2023-38408",
                    &[
                        ("cpe:2.3:a:openbsd:openssh:*:*:*:*:*:*:*:*", before("9.3")),
                        ("cpe:2.3:a:openbsd:openssh:9.3:-:*:*:*:*:*:*", json!({})),
                        ("cpe:2.3:a:openbsd:openssh:9.3:p1:*:*:*:*:*:*", json!({})),
                    ],
                ),
                nvd("CVE-2014-9222", &[("cpe:2.3:a:allegrosoft:rompager:*:*:*:*:*:*:*:*", before("4.34"))]),
                nvd("CVE-2021-41773", &[("cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*", json!({}))]),
                nvd(
                    "CVE-2010-3972",
                    &[("cpe:2.3:a:microsoft:internet_information_services:7.5:*:*:*:*:*:*:*", json!({}))],
                ),
            ],
        )
    }

    fn judged(fact: Fact, value: &str) -> Vec<(String, FindingStatus, Option<String>)> {
        let knowledge = Knowledge::builtin().unwrap();
        let device = Device {
            banners: vec![Banner { fact, value: value.to_owned(), source: Source::default() }],
            ..crate::records::tests::device("", "", "")
        };
        let found = of(&device, &knowledge);
        let hits = found.iter().flat_map(|(software, _)| judge(software, &records(), &knowledge));
        hits.map(|hit| (hit.record, hit.status, hit.question)).collect()
    }

    fn statuses(fact: Fact, value: &str) -> Vec<FindingStatus> {
        judged(fact, value).into_iter().map(|(_, status, _)| status).collect()
    }

    #[test]
    fn what_distributions_mend_in_place_is_asked_and_never_said_to_be_affected() {
        use FindingStatus as S;
        let of = |banner: &str| statuses(Fact::SshIdentification, banner);
        let ubuntu = judged(Fact::SshIdentification, "SSH-2.0-OpenSSH_6.6.1p1 Ubuntu-2ubuntu2.13");
        assert_eq!((ubuntu.len(), ubuntu[0].1), (1, S::Undetermined));
        assert!(ubuntu[0].2.as_ref().unwrap().contains("Ubuntu's package of OpenSSH"), "{ubuntu:?}");
        assert_eq!(of("SSH-2.0-OpenSSH_7.4"), [S::Undetermined], "Red Hat's says no more than that");
        assert_eq!(of("SSH-2.0-OpenSSH_9.3p1"), [S::Undetermined]);
        assert_eq!(of("SSH-2.0-OpenSSH_9.3p2"), [S::Fixed]);
        assert_eq!(of("SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13"), [S::Fixed]);
        assert_eq!(of("SSH-2.0-dropbear_2014.63"), []);
    }

    #[test]
    fn what_only_its_maker_mends_is_decided_by_its_version() {
        use FindingStatus as S;
        let of = |server: &str| statuses(Fact::HttpServer, server);
        assert_eq!(of("RomPager/4.07 UPnP/1.0"), [S::Affected]);
        assert_eq!(of("RomPager/4.51 UPnP/1.0"), [S::Fixed]);
        assert_eq!(of("Apache/2.4.49 (Win64)"), [S::Affected]);
        assert_eq!(of("Apache/2.4.49 (Unix)"), [S::Undetermined]);
        assert_eq!(of("Apache/2.4.48 (Win64)"), []);
        assert_eq!(of("Microsoft-IIS/7.5"), [S::Undetermined]);
        assert_eq!(of("Microsoft-IIS/8.5"), []);
    }

    #[test]
    fn a_version_is_written_as_its_software_writes_it() {
        let knowledge = Knowledge::builtin().unwrap();
        let named = |fact: Fact, value: &str| words(&knowledge.banners.software(fact, value)[0]);
        assert_eq!(named(Fact::SshIdentification, "SSH-2.0-OpenSSH_6.6.1p1"), "OpenSSH 6.6.1p1");
        assert_eq!(named(Fact::HttpServer, "Jetty(9.2.10.v20150310)"), "Jetty 9.2.10");
        let software = &knowledge.banners.software(Fact::SshIdentification, "SSH-2.0-OpenSSH_7.4")[0];
        assert_eq!(keys(software, &knowledge).into_iter().collect::<Vec<_>>(), ["a:openbsd:openssh"]);
    }
}
