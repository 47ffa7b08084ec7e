//! The components of a bill of material against records of OSV and NVD.
//!
//! A component is looked up by its package URLs (OSV), its CPE names (NVD), and where it has neither by its name, if
//! the knowledge says that no other product bears it. Where OSV and NVD speak of one vulnerability, OSV's order of
//! versions is the ecosystem's own and counts.

use super::Hit;
use super::osv::{self, Standing};
use super::outcome::{Outcome, Target, of_product, together};
use super::stated::{Named, of_advisory};
use crate::advisory::{Advisory, ProductStatus};
use crate::cpe::{Attribute, Name, Value as Part};
use crate::intelligence::osv as record;
use crate::purl::Purl;
use crate::sbom::{Bill, Component, Stated};
use crate::version::Version;
use cordon_knowledge::Knowledge;
use cordon_model::assess::FindingStatus;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a component is looked up by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// In OSV: package URLs without version, and `ecosystem/name`.
    pub packages: BTreeSet<String>,
    /// In NVD and CVE: `a:openssl:openssl`.
    pub products: BTreeSet<String>,
}

/// What the components of a bill are looked up by.
pub fn keys(bill: &Bill, knowledge: &Knowledge) -> Keys {
    let mut keys = Keys::default();
    for component in &bill.components {
        for purl in purls(component) {
            keys.packages
                .extend(purl.package().map(|(ecosystem, name)| record::package_key(&ecosystem, &name)));
        }
        keys.packages.extend(component.purls.iter().filter_map(|purl| record::purl_key(purl)));
        keys.products.extend(names(component, knowledge).iter().filter_map(Name::key));
    }
    keys
}

/// Records, found by what they are about.
#[derive(Default)]
pub struct Records {
    osv: Vec<(record::OsvRecord, Value)>,
    nvd: Vec<(Advisory, Vec<(usize, Name)>)>,
    by_package: BTreeMap<String, Vec<usize>>,
    by_product: BTreeMap<String, Vec<usize>>,
}

impl Records {
    /// Of records of OSV, and of NVD and CVE as advisories; withdrawn ones say nothing.
    pub fn new(osv: Vec<Value>, nvd: Vec<Advisory>) -> Records {
        let mut records = Records::default();
        for value in osv {
            let Ok(read) = record::record(&value) else { continue };
            if !read.known.is_rejected {
                for key in &read.packages {
                    records.by_package.entry(key.clone()).or_default().push(records.osv.len());
                }
                records.osv.push((read, value));
            }
        }
        for advisory in nvd {
            let names = super::platform::names(&advisory);
            let keys: BTreeSet<String> = names.iter().filter_map(|(_, name)| name.key()).collect();
            for key in keys {
                records.by_product.entry(key).or_default().push(records.nvd.len());
            }
            records.nvd.push((advisory, names));
        }
        records
    }

    /// What the records mean for `component`: each vulnerability once, in order.
    pub fn of(&self, component: &Component, knowledge: &Knowledge) -> Vec<Hit> {
        let mut by_vulnerability: BTreeMap<String, Option<Hit>> = BTreeMap::new();
        for (hit, names) in self.of_packages(component) {
            // Aliases are one vulnerability: the gravest of them stands.
            let known = names.iter().find(|name| by_vulnerability.contains_key(*name)).cloned();
            let entry =
                by_vulnerability.entry(known.unwrap_or_else(|| names.first().cloned().unwrap_or_default()));
            let place = entry.or_insert_with(|| hit.clone());
            let is_graver = |one: &Option<Hit>| one.as_ref().map_or(0, |hit| gravity(hit.status));
            if is_graver(&hit) > is_graver(place) {
                *place = hit;
            }
        }
        for hit in self.of_products(component, knowledge) {
            by_vulnerability.entry(hit.vulnerability().to_owned()).or_insert(Some(hit));
        }
        by_vulnerability.into_values().flatten().collect()
    }

    /// What advisories and VEX documents state of `component` by package URL or CPE name.
    pub fn stated_by(
        &self,
        component: &Component,
        knowledge: &Knowledge,
        advisories: &[Advisory],
    ) -> Vec<Hit> {
        let names = names(component, knowledge);
        // Its names are ways to say the same.
        let releases = vec![names.iter().map(|name| target(name, component)).collect()];
        let packages = purls(component).into_iter().filter_map(|purl| {
            let name = Name::parse("cpe:2.3:a:-:-")?;
            Some((purl, target(&name, component)))
        });
        let named = Named { releases, packages: packages.collect() };
        advisories.iter().flat_map(|advisory| of_advisory(advisory, &named)).collect()
    }

    /// By package URL: the hit, `None` where the version is not concerned, and every name of the vulnerability.
    fn of_packages(&self, component: &Component) -> Vec<(Option<Hit>, Vec<String>)> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for purl in purls(component) {
            let package = purl.package().map(|(ecosystem, name)| record::package_key(&ecosystem, &name));
            let version = purl.version.clone().unwrap_or_else(|| component.version.clone());
            for at in package.iter().filter_map(|key| self.by_package.get(key)).flatten() {
                let Some((read, value)) = self.osv.get(*at) else { continue };
                if seen.insert(*at)
                    && let Some(standing) = of_record(value, &purl, &version)
                {
                    let names = read.cves.iter().cloned().chain([read.id.clone()]);
                    found.push((hit_of_osv(read, standing), names.collect()));
                }
            }
        }
        found
    }

    fn of_products(&self, component: &Component, knowledge: &Knowledge) -> Vec<Hit> {
        let mut found: BTreeMap<usize, Vec<Outcome>> = BTreeMap::new();
        for name in names(component, knowledge) {
            let target = target(&name, component);
            for at in name.key().iter().filter_map(|key| self.by_product.get(key)).flatten() {
                let Some((advisory, names)) = self.nvd.get(*at) else { continue };
                let products =
                    names.iter().filter_map(|(at, name)| Some((advisory.products.get(*at)?, name)));
                let outcomes = products.map(|(product, source)| of_product(product, source, &target));
                found.entry(*at).or_default().extend(outcomes);
            }
        }
        found
            .into_iter()
            .filter_map(|(at, outcomes)| hit_of_nvd(&self.nvd.get(at)?.0, together(&outcomes)))
            .collect()
    }
}

fn gravity(status: FindingStatus) -> u8 {
    match status {
        FindingStatus::Affected => 4,
        FindingStatus::Undetermined => 3,
        FindingStatus::Fixed => 2,
        FindingStatus::NotAffected => 1,
    }
}

fn purls(component: &Component) -> Vec<Purl> {
    component.purls.iter().filter_map(|purl| Purl::parse(purl)).collect()
}

/// Its own CPE names, else those the knowledge has for what it is called.
pub(super) fn names(component: &Component, knowledge: &Knowledge) -> Vec<Name> {
    let own: Vec<Name> = component.cpes.iter().filter_map(|cpe| Name::parse(cpe)).collect();
    if !own.is_empty() {
        return own;
    }
    let known = knowledge.cpe.component(&component.name);
    known.iter().filter_map(|name| Name::parse(name)).collect()
}

fn target(name: &Name, component: &Component) -> Target {
    let written = name.get(Attribute::Version).plain().map(str::to_owned);
    let version = Some(component.version.clone()).filter(|version| !version.is_empty()).or(written);
    let named = version.as_deref().map_or(Part::Any, Part::text);
    Target {
        name: name.clone().with(Attribute::Version, named),
        version: version.as_deref().and_then(Version::parse),
        patched_in_place: false,
        ask: format!("Which version of {} is it, with all its numbers?", component.name),
    }
}

/// The gravest of what the entries of a record about the package say.
fn of_record(record: &Value, purl: &Purl, version: &str) -> Option<Standing> {
    let affected = record.get("affected").and_then(Value::as_array).into_iter().flatten();
    let mut standings: Vec<(bool, Standing)> = affected
        .filter_map(|affected| Some((osv::is_about(affected, purl)?, osv::standing(affected, version))))
        .collect();
    // Entries of several releases of a distribution, and which one it is of is not known.
    let is_sure = standings.iter().all(|(is_sure, _)| *is_sure);
    let agree = standings.windows(2).all(|pair| matches!(pair, [(_, one), (_, other)] if same(one, other)));
    standings.sort();
    let gravest = standings.into_iter().map(|(_, standing)| standing).max()?;
    if is_sure || agree {
        return Some(gravest);
    }
    Some(Standing::Unknown(
        "Of which release of the distribution is the package? They differ in what is fixed.".to_owned(),
    ))
}

fn same(one: &Standing, other: &Standing) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn hit_of_osv(read: &record::OsvRecord, standing: Standing) -> Option<Hit> {
    let (status, question, fixed) = match standing {
        Standing::Outside => return None,
        Standing::Mended(fixed) => (FindingStatus::Fixed, None, fixed),
        Standing::Unknown(question) => (FindingStatus::Undetermined, Some(question), None),
        Standing::Affected(fixed) => (FindingStatus::Affected, None, fixed),
    };
    Some(Hit {
        record: read.id.clone(),
        source: "OSV".to_owned(),
        cves: read.cves.clone(),
        status,
        question,
        fixed,
        vectors: read.known.cvss.iter().map(|one| one.vector.clone()).collect(),
        justification: None,
    })
}

fn hit_of_nvd(advisory: &Advisory, outcome: Outcome) -> Option<Hit> {
    let (status, question) = match outcome {
        Outcome::Other | Outcome::Outside => return None,
        Outcome::Later => (FindingStatus::Fixed, None),
        Outcome::Unknown(question) => (FindingStatus::Undetermined, Some(question)),
        Outcome::Inside | Outcome::OnProcessor(_) => (FindingStatus::Affected, None),
    };
    Some(Hit {
        record: advisory.id.clone(),
        source: advisory.publisher.clone(),
        cves: advisory.vulnerabilities.iter().filter_map(|one| one.cve.clone()).collect(),
        status,
        question,
        fixed: None,
        vectors: advisory
            .vulnerabilities
            .iter()
            .flat_map(|one| &one.scores)
            .map(|one| one.vector.clone())
            .collect(),
        justification: None,
    })
}

/// What statements about `component` (VEX) make of what records say: they know the product, a record does not.
/// `documents` are the bill itself and others that refer to it.
pub fn overruled(mut hits: Vec<Hit>, bill: &Bill, component: &Component, documents: &[&Bill]) -> Vec<Hit> {
    let speaks_of = |document: &Bill, one: &Stated| {
        let own_bill = if one.serial.is_empty() {
            document.serial == bill.serial && (std::ptr::eq(document, bill) || !bill.serial.is_empty())
        } else {
            one.serial == bill.serial
        };
        let is_component = !component.reference.is_empty() && one.reference == component.reference;
        // What is said of the product goes for the vulnerability wherever in it.
        let is_product =
            one.reference.is_empty() || (!bill.subject.is_empty() && one.reference == bill.subject);
        own_bill && (is_component || is_product)
    };
    for hit in &mut hits {
        let names: BTreeSet<&str> =
            hit.cves.iter().map(String::as_str).chain([hit.record.as_str()]).collect();
        let said: Vec<&Stated> = documents
            .iter()
            .flat_map(|document| document.stated.iter().filter(|one| speaks_of(document, one)))
            .filter(|one| names.contains(one.vulnerability.as_str()))
            .collect();
        let statuses: BTreeSet<ProductStatus> = said.iter().map(|one| one.status).collect();
        // Statements that contradict one another settle nothing.
        let ([stated, ..], 1) = (said.as_slice(), statuses.len()) else { continue };
        let reason = stated.justification.map(|reason| reason.name().replace('_', " "));
        let reason: Vec<String> =
            reason.into_iter().chain([stated.detail.clone()]).filter(|text| !text.is_empty()).collect();
        match stated.status {
            ProductStatus::NotAffected => {
                hit.status = FindingStatus::NotAffected;
                hit.question = None;
                hit.justification = Some(reason.join(": "));
            }
            ProductStatus::Fixed => (hit.status, hit.question) = (FindingStatus::Fixed, None),
            ProductStatus::Affected => (hit.status, hit.question) = (FindingStatus::Affected, None),
            _ => {}
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intelligence::advisory::of_nvd;
    use serde_json::json;

    fn component(name: &str, version: &str, purl: &str, cpe: &str) -> Component {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty()).into_iter().collect();
        Component {
            reference: "ref".to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            purls: some(purl),
            cpes: some(cpe),
            ..Component::default()
        }
    }

    fn records() -> Records {
        let log4j = json!({ "id": "GHSA-jfh8-c2jp-5v3q", "modified": "2024-01-01T00:00:00Z", "aliases": ["CVE-2021-44228"],
            "affected": [{ "package": { "ecosystem": "Maven", "name": "org.apache.logging.log4j:log4j-core" },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "2.0-beta9" }, { "fixed": "2.15.0" }] }] }] });
        let nvd = |id: &str, cpe: &str, before: &str| {
            of_nvd(&json!({ "id": id, "lastModified": "x", "configurations": [{ "nodes": [{ "cpeMatch": [
                { "vulnerable": true, "criteria": cpe, "versionEndExcluding": before }] }] }] }))
            .unwrap()
        };
        Records::new(
            vec![log4j],
            vec![
                nvd("CVE-2021-44228", "cpe:2.3:a:apache:log4j:*:*:*:*:*:*:*:*", "2.99"),
                nvd("CVE-2022-25640", "cpe:2.3:a:wolfssl:wolfssl:*:*:*:*:*:*:*:*", "5.2.0"),
                nvd("CVE-2021-3711", "cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*", "1.1.1l"),
            ],
        )
    }

    fn statuses(component: &Component) -> Vec<(String, FindingStatus)> {
        let hits = records().of(component, &Knowledge::builtin().unwrap());
        hits.into_iter().map(|hit| (hit.vulnerability().to_owned(), hit.status)).collect()
    }

    #[test]
    fn a_component_is_found_by_package_by_cpe_and_by_a_name_of_its_own() {
        let purl = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1";
        let one = |id: &str, status| vec![(id.to_owned(), status)];
        assert_eq!(
            statuses(&component("log4j-core", "2.14.1", purl, "")),
            one("CVE-2021-44228", FindingStatus::Affected)
        );
        // OSV knows the order of Maven's versions, and its word stands before NVD's.
        let fixed = component("log4j-core", "2.17.0", &purl.replace("2.14.1", "2.17.0"), "");
        assert_eq!(statuses(&fixed), one("CVE-2021-44228", FindingStatus::Fixed));
        let wolf = component(
            "WolfSSL",
            "4.8.1",
            "pkg:github/wolfssl/wolfssl",
            "cpe:2.3:a:wolfssl:wolfssl:4.8.1:*:*:*:*:*:*:*",
        );
        assert_eq!(statuses(&wolf), one("CVE-2022-25640", FindingStatus::Affected));
        assert_eq!(
            statuses(&component("OpenSSL", "1.1.1k", "", "")),
            one("CVE-2021-3711", FindingStatus::Affected)
        );
        assert_eq!(
            statuses(&component("OpenSSL", "1.1.1l", "", "")),
            one("CVE-2021-3711", FindingStatus::Fixed)
        );
        assert_eq!(
            statuses(&component("OpenSSL", "", "", "")),
            one("CVE-2021-3711", FindingStatus::Undetermined)
        );
        assert_eq!(statuses(&component("openssl-wrapper", "1.1.1k", "", "")), []);
    }

    #[test]
    fn a_statement_of_the_maker_overrules_a_record() {
        let log4j =
            component("log4j-core", "2.14.1", "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", "");
        let hits = || records().of(&log4j, &Knowledge::builtin().unwrap());
        let stated = |serial: &str, reference: &str, status| Stated {
            serial: serial.to_owned(),
            reference: reference.to_owned(),
            vulnerability: "CVE-2021-44228".to_owned(),
            status,
            justification: None,
            detail: "the class was taken out".to_owned(),
        };
        let bill = |statements: Vec<Stated>| Bill {
            serial: "s".to_owned(),
            subject: "product".to_owned(),
            stated: statements,
            ..Bill::default()
        };
        let own = bill(vec![]);
        let judged = |vex: &Bill| overruled(hits(), &own, &log4j, &[&own, vex]).remove(0);
        let said = judged(&bill(vec![stated("s", "ref", ProductStatus::NotAffected)]));
        assert_eq!(said.status, FindingStatus::NotAffected);
        assert_eq!(said.justification.as_deref(), Some("the class was taken out"));
        assert_eq!(
            judged(&bill(vec![stated("s", "product", ProductStatus::Fixed)])).status,
            FindingStatus::Fixed
        );
        for other in [
            vec![stated("another", "ref", ProductStatus::NotAffected)],
            vec![stated("s", "other", ProductStatus::NotAffected)],
            vec![stated("s", "ref", ProductStatus::UnderInvestigation)],
            vec![stated("s", "ref", ProductStatus::NotAffected), stated("s", "ref", ProductStatus::Affected)],
        ] {
            assert_eq!(judged(&bill(other)).status, FindingStatus::Affected);
        }
    }
}
