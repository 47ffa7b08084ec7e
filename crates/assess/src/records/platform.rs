//! The operating system of a device against records that name systems by CPE.
//!
//! A claim seldom says all: `Windows 10` may be any of its releases, and a release without a build says nothing of
//! updates. Where every reading of the claim is affected the device is; else the question is asked that would tell.

use super::Hit;
use super::outcome::{Outcome, Target, of_product, together};
use super::stated::{Named, of_advisory};
use crate::advisory::Advisory;
use crate::cpe::{Attribute as Part, Name, Value};
use crate::version::Version;
use cordon_knowledge::{CpeSystem, Knowledge};
use cordon_model::assess::FindingStatus;
use cordon_model::identify::{Attribute, Device};
use std::collections::BTreeSet;

/// An operating system as a claim states it; devices with equal ones are judged alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stated {
    /// The family.
    pub system: String,
    /// The version, when it is stated.
    pub version: Option<String>,
}

impl Stated {
    /// What is claimed of `device`; `None` when nothing is.
    pub fn of(device: &Device) -> Option<Stated> {
        let system = device.value(Attribute::Os)?.trim().to_owned();
        let version = device.value(Attribute::OsVersion).map(str::trim).filter(|text| !text.is_empty());
        (!system.is_empty()).then(|| Stated { system, version: version.map(str::to_owned) })
    }

    /// As a person says it: `Windows 10`.
    pub fn words(&self) -> String {
        match &self.version {
            Some(version) if version.starts_with(&self.system) => version.clone(),
            Some(version) => format!("{} {version}", self.system),
            None => self.system.clone(),
        }
    }
}

/// A release that a claim may mean, with its names.
struct Release<'k> {
    system: &'k CpeSystem,
    targets: Vec<Target>,
}

/// An operating system, ready to be compared with records.
pub struct Platform<'k> {
    /// As claimed.
    pub stated: Stated,
    releases: Vec<Release<'k>>,
}

impl<'k> Platform<'k> {
    /// The releases that `stated` may mean; `None` for a system without a name in the knowledge.
    pub fn new(stated: &Stated, knowledge: &'k Knowledge) -> Option<Platform<'k>> {
        let system = knowledge.systems.canonical(&stated.system);
        let fitting = knowledge.cpe.system(system, stated.version.as_deref());
        let releases: Vec<Release<'k>> = fitting
            .systems
            .iter()
            .map(|system| {
                let whole = fitting.version.as_deref().or(stated.version.as_deref());
                let target = |name: &String| target(name, system, whole, fitting.update.as_deref());
                Release { system, targets: system.names.iter().filter_map(target).collect() }
            })
            .collect();
        (!releases.is_empty()).then(|| Platform { stated: stated.clone(), releases })
    }

    /// What its records are looked up by: `o:microsoft:windows_10_1809`.
    pub fn keys(&self) -> BTreeSet<String> {
        self.releases
            .iter()
            .flat_map(|release| &release.targets)
            .filter_map(|target| target.name.key())
            .collect()
    }

    /// What an advisory or VEX document states of it by its CPE name.
    pub fn stated_by(&self, advisory: &Advisory) -> Vec<Hit> {
        let releases = self.releases.iter().map(|release| release.targets.clone()).collect();
        of_advisory(advisory, &Named { releases, packages: Vec::new() })
    }

    /// What `record` means for it, whose products are `named` (see [`names`]); `None` when it does not concern it.
    pub fn judge(&self, record: &Advisory, named: &[(usize, Name)]) -> Option<Hit> {
        let mut outcomes: Vec<(Outcome, &CpeSystem)> = Vec::new();
        for release in &self.releases {
            let mut own: Vec<Outcome> = Vec::new();
            for target in &release.targets {
                let products = named.iter().filter_map(|(at, name)| Some((record.products.get(*at)?, name)));
                own.extend(products.map(|(product, name)| of_product(product, name, target)));
            }
            outcomes.push((together(&own), release.system));
        }
        let (status, question) = verdict(&outcomes)?;
        Some(Hit {
            record: record.id.clone(),
            source: record.publisher.clone(),
            cves: record.vulnerabilities.iter().filter_map(|one| one.cve.clone()).collect(),
            status,
            question,
            fixed: None,
            vectors: record
                .vulnerabilities
                .iter()
                .flat_map(|one| &one.scores)
                .map(|one| one.vector.clone())
                .collect(),
            justification: None,
        })
    }
}

/// The CPE names of a record's products, each with the product's place.
pub fn names(record: &Advisory) -> Vec<(usize, Name)> {
    let products = record.products.iter().enumerate();
    let names = products.flat_map(|(at, product)| {
        product.helpers.cpes.iter().filter_map(move |cpe| Some((at, Name::parse(cpe)?)))
    });
    names.collect()
}

/// A name of the dictionary with what the claim states besides.
fn target(name: &str, system: &CpeSystem, version: Option<&str>, update: Option<&str>) -> Option<Target> {
    let mut name = Name::parse(name)?;
    let written = version.and_then(|version| system.version.of(version));
    // A build is not the version in a name; it is what ranges are about.
    if *name.get(Part::Version) == Value::Any && !system.has_build() {
        name = written.map(|version| name.clone().with(Part::Version, Value::text(&version))).unwrap_or(name);
    }
    if let Some(update) = update.filter(|_| *name.get(Part::Update) == Value::Any) {
        name = name.with(Part::Update, Value::text(update));
    }
    // What a release is called says nothing that a range of builds could be compared with.
    let is_build = |text: &&str| !system.is_named() || text.split('.').count() >= BUILD_NUMBERS_MIN;
    Some(Target {
        patched_in_place: system.patched_in_place || system.has_build(),
        version: version.filter(is_build).and_then(Version::parse),
        name,
        ask: system.ask.clone(),
    })
}

/// A build of Windows has three numbers or four: `10.0.17763`, `6.1.7601.24214`.
const BUILD_NUMBERS_MIN: usize = 3;

/// What the releases that a claim may mean come to.
fn verdict(outcomes: &[(Outcome, &CpeSystem)]) -> Option<(FindingStatus, Option<String>)> {
    let all = |wanted: &[Outcome]| outcomes.iter().all(|(outcome, _)| wanted.contains(outcome));
    if all(&[Outcome::Inside]) {
        return Some((FindingStatus::Affected, None));
    }
    let open = outcomes.iter().find_map(|(outcome, _)| match outcome {
        Outcome::Unknown(question) => Some(question.clone()),
        _ => None,
    });
    let some = outcomes.iter().find(|(outcome, _)| *outcome == Outcome::Inside);
    if let Some(question) = open.or_else(|| some.map(|(_, system)| system.ask.clone())) {
        // One release that may be meant asks which it is; what one of them asks besides comes after.
        let question =
            if outcomes.len() > 1 { outcomes.first().map(|(_, system)| system.ask.clone()) } else { None }
                .unwrap_or(question);
        return Some((FindingStatus::Undetermined, Some(question)));
    }
    let is_later = outcomes.iter().any(|(outcome, _)| *outcome == Outcome::Later);
    is_later.then_some((FindingStatus::Fixed, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intelligence::advisory::of_nvd;
    use serde_json::{Value as Json, json};

    fn record(matches: &[(&str, Json)]) -> Advisory {
        let matches: Vec<Json> = matches
            .iter()
            .map(|(cpe, more)| {
                let mut one = json!({ "vulnerable": true, "criteria": cpe });
                more.as_object().into_iter().flatten().for_each(|(name, value)| one[name] = value.clone());
                one
            })
            .collect();
        of_nvd(&json!({ "cve": { "id": "CVE-2024-0001", "lastModified": "2024-01-01T00:00:00.000", "vulnStatus": "Analyzed",
            "configurations": [{ "nodes": [{ "operator": "OR", "cpeMatch": matches }] }] } }))
        .unwrap()
    }

    fn judged(os: &str, version: Option<&str>, record: &Advisory) -> Option<(FindingStatus, Option<String>)> {
        let knowledge = Knowledge::builtin().unwrap();
        let stated = Stated { system: os.to_owned(), version: version.map(str::to_owned) };
        let hit = Platform::new(&stated, &knowledge)?.judge(record, &names(record))?;
        Some((hit.status, hit.question))
    }

    fn status(os: &str, version: &str, record: &Advisory) -> Option<FindingStatus> {
        judged(os, Some(version), record).map(|(status, _)| status)
    }

    #[test]
    fn windows_10_is_decided_by_its_build_and_by_nothing_less() {
        let record = record(&[
            (
                "cpe:2.3:o:microsoft:windows_10_1809:*:*:*:*:*:*:x64:*",
                json!({ "versionEndExcluding": "10.0.17763.6189" }),
            ),
            (
                "cpe:2.3:o:microsoft:windows_10_1809:*:*:*:*:*:*:x86:*",
                json!({ "versionEndExcluding": "10.0.17763.6189" }),
            ),
            (
                "cpe:2.3:o:microsoft:windows_server_2019:*:*:*:*:*:*:*:*",
                json!({ "versionEndExcluding": "10.0.17763.6189" }),
            ),
        ]);
        assert_eq!(status("Windows", "10 10.0.17763.5122", &record), Some(FindingStatus::Affected));
        assert_eq!(status("Windows", "10 10.0.17763.6189", &record), Some(FindingStatus::Fixed));
        assert_eq!(status("Windows", "10 22H2", &record), None);
        for open in ["10", "10 1809", "10.0.17763", "Server 2019"] {
            let (status, question) = judged("Windows", Some(open), &record).unwrap();
            assert_eq!(status, FindingStatus::Undetermined, "{open}");
            assert!(question.unwrap().contains("build"), "{open}");
        }
        assert_eq!(status("Windows", "7", &record), None);
        assert_eq!(judged("Windows", None, &record).unwrap().0, FindingStatus::Undetermined);
    }

    #[test]
    fn a_processor_or_service_pack_that_is_not_known_is_asked_for() {
        let range = json!({ "versionEndExcluding": "10.0.17763.6189" });
        let arm = record(&[("cpe:2.3:o:microsoft:windows_10_1809:*:*:*:*:*:*:arm64:*", range)]);
        let (status_of_arm, question) = judged("Windows", Some("10 10.0.17763.5122"), &arm).unwrap();
        assert_eq!(status_of_arm, FindingStatus::Undetermined);
        assert!(question.unwrap().contains("arm64"));
        let seven = record(&[("cpe:2.3:o:microsoft:windows_7:-:sp1:*:*:*:*:*:*", json!({}))]);
        for open in ["7", "7 SP1"] {
            let (status, question) = judged("Windows", Some(open), &seven).unwrap();
            assert_eq!(status, FindingStatus::Undetermined);
            assert!(question.unwrap().contains("updates"));
        }
        assert_eq!(status("Windows", "7 SP2", &seven), None);
        assert_eq!(status("Windows", "XP", &seven), None);
    }

    #[test]
    fn a_kernel_is_decided_by_its_version_and_a_distribution_by_its_updates() {
        let kernel = record(&[
            (
                "cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*",
                json!({ "versionStartIncluding": "4.14", "versionEndExcluding": "4.14.300" }),
            ),
            (
                "cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*",
                json!({ "versionStartIncluding": "4.19", "versionEndExcluding": "4.19.200" }),
            ),
            ("cpe:2.3:o:linux:linux_kernel:6.5:rc1:*:*:*:*:*:*", json!({})),
            ("cpe:2.3:o:debian:debian_linux:10.0:*:*:*:*:*:*:*", json!({})),
        ]);
        assert_eq!(status("Linux", "4.19.100", &kernel), Some(FindingStatus::Affected));
        assert_eq!(status("Linux", "5.10.3", &kernel), Some(FindingStatus::Fixed));
        // Between two ranges: mended in its own line, and nothing else is said of it.
        assert_eq!(status("Linux", "4.14.310", &kernel), None);
        assert_eq!(status("Linux", "3.10.1", &kernel), None);
        assert_eq!(judged("Linux", None, &kernel).unwrap().0, FindingStatus::Undetermined);
        assert_eq!(status("Debian", "10.4", &kernel), Some(FindingStatus::Undetermined));
        assert_eq!(status("Debian", "11.2", &kernel), None);
    }

    #[test]
    fn what_is_used_together_is_asked_for() {
        let together = of_nvd(&json!({ "cve": { "id": "CVE-2024-0002", "lastModified": "x", "configurations": [{ "operator": "AND", "nodes": [
            { "operator": "OR", "cpeMatch": [{ "vulnerable": true, "criteria": "cpe:2.3:o:windriver:vxworks:6.5:*:*:*:*:*:*:*" }] },
            { "operator": "OR", "cpeMatch": [{ "vulnerable": false, "criteria": "cpe:2.3:h:maker:box:-:*:*:*:*:*:*:*" }] } ] }] } }))
        .unwrap();
        let (status, question) = judged("VxWorks", Some("6.5"), &together).unwrap();
        assert_eq!(status, FindingStatus::Undetermined, "{question:?}");
        assert!(question.unwrap().contains("maker box"));
    }
}
