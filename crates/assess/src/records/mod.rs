//! Records of vulnerabilities (NVD, CVE, OSV) against what a device runs: its operating system and its components.
//!
//! Records name systems and packages, not devices. What the device runs is a claim or a bill of material; each record
//! is decided for it, and what is found is told together: one finding for an operating system or component and status,
//! with the vulnerabilities known to be exploited first ([`summary`]). A record never says "not affected": only a
//! maker's statement does.

pub mod announced;
pub mod component;
pub mod osv;
pub mod platform;
pub mod product;
pub mod stated;
pub mod summary;

mod outcome;

use cordon_model::assess::{Finding, FindingStatus};
use std::collections::BTreeSet;

/// What one record means for one system or component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The record: a CVE id, or the id of OSV.
    pub record: String,
    /// Who publishes it: `NVD`, `CVE`, `OSV`.
    pub source: String,
    /// The CVE ids it is about.
    pub cves: Vec<String>,
    /// What it means.
    pub status: FindingStatus,
    /// The question that would settle it.
    pub question: Option<String>,
    /// Versions with the fix, as the record names them.
    pub fixed: Option<String>,
    /// CVSS vectors the record gives.
    pub vectors: Vec<String>,
    /// Why a maker's statement says that it is not affected.
    pub justification: Option<String>,
}

impl Hit {
    /// What tells the vulnerability: its CVE id, else the record's.
    pub fn vulnerability(&self) -> &str {
        self.cves.first().unwrap_or(&self.record)
    }
}

/// The vulnerabilities that advisories of makers decide for a device; what records say of them does not count.
///
/// An advisory or VEX statement of the maker knows the product, a record only what it is made of.
pub fn decided(findings: &[Finding]) -> BTreeSet<String> {
    let decided = findings.iter().filter(|finding| finding.status != FindingStatus::Undetermined);
    decided.flat_map(|finding| finding.cves.iter().cloned()).collect()
}

/// What makers state and what records say: a record does not count where a maker decided.
pub fn united(stated: Vec<Hit>, records: Vec<Hit>) -> Vec<Hit> {
    let decided = stated.iter().filter(|hit| hit.status != FindingStatus::Undetermined);
    let decided: BTreeSet<String> = decided.flat_map(|hit| hit.cves.iter().cloned()).collect();
    let open: BTreeSet<String> = records.iter().flat_map(|hit| hit.cves.iter().cloned()).collect();
    // Of what a maker has not decided and a record names too, the record's word stands.
    let is_told = |hit: &Hit| {
        hit.status != FindingStatus::Undetermined
            || hit.cves.iter().any(|cve| !open.contains(cve))
            || hit.cves.is_empty()
    };
    let mut united: Vec<Hit> = stated.into_iter().filter(is_told).collect();
    united.extend(undecided(&records, &decided).cloned());
    united
}

/// The hits without vulnerabilities that are decided elsewhere.
pub fn undecided<'h>(hits: &'h [Hit], decided: &'h BTreeSet<String>) -> impl Iterator<Item = &'h Hit> {
    hits.iter().filter(|hit| hit.cves.is_empty() || !hit.cves.iter().all(|cve| decided.contains(cve)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cordon_model::identify::{Attribute, Claim, Confidence, Device, DeviceId};

    /// A device as an asset list names it.
    pub(super) fn device(maker: &str, model: &str, firmware: &str) -> Device {
        let said =
            [(Attribute::Manufacturer, maker), (Attribute::Model, model), (Attribute::Firmware, firmware)];
        let claims =
            said.into_iter().filter(|(_, value)| !value.is_empty()).map(|(attribute, value)| Claim {
                attribute,
                value: value.to_owned(),
                confidence: Confidence::CERTAIN,
                conflict: false,
                evidence: Vec::new(),
            });
        Device {
            id: DeviceId::new("dev".to_owned()),
            macs: Vec::new(),
            ips: Vec::new(),
            vlans: Vec::new(),
            hostnames: Vec::new(),
            claims: claims.collect(),
            services: Vec::new(),
            roles: Vec::new(),
            patient_data: Default::default(),
            parent: None,
            links: Vec::new(),
            presence: None,
            listings: Vec::new(),
            protections: Vec::new(),
            banners: Vec::new(),
        }
    }

    #[test]
    fn what_a_maker_decided_records_do_not_decide_again() {
        let finding =
            |cve: &str, status| Finding { cves: vec![cve.to_owned()], status, ..Finding::default() };
        let decided = decided(&[
            finding("CVE-1-1", FindingStatus::NotAffected),
            finding("CVE-1-2", FindingStatus::Undetermined),
        ]);
        let hit = |cve: &str| Hit {
            record: cve.to_owned(),
            source: "NVD".to_owned(),
            cves: vec![cve.to_owned()],
            status: FindingStatus::Affected,
            question: None,
            fixed: None,
            vectors: Vec::new(),
            justification: None,
        };
        let hits = [hit("CVE-1-1"), hit("CVE-1-2")];
        let left: Vec<&str> = undecided(&hits, &decided).map(Hit::vulnerability).collect();
        assert_eq!(left, ["CVE-1-2"]);
    }
}
