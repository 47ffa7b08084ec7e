//! Records of the Open Source Vulnerability format (OSV schema 1), as far as finding them needs.

use super::{CveIntelligence, CvssVector, Unusable, cve_id, unite};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a record says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OsvRecord {
    /// Its id, such as `GHSA-…` or `CVE-…`.
    pub id: String,
    /// When it was last changed, as written; orders revisions of one record.
    pub modified: String,
    /// CVE ids it is about, in order.
    pub cves: Vec<String>,
    /// Severity and weaknesses.
    pub known: CveIntelligence,
    /// What it is looked up by: each affected package as [`package_key`] and its package URL without version.
    pub packages: BTreeSet<String>,
}

/// Packages that are looked at in one record.
const PACKAGES_MAX: usize = 10_000;

/// What packages are looked up by: `pypi/requests`, in lower case and without the release of a distribution.
pub fn package_key(ecosystem: &str, name: &str) -> String {
    let ecosystem = ecosystem.split(':').next().unwrap_or_default();
    format!("{}/{}", ecosystem.trim().to_lowercase(), name.trim().to_lowercase())
}

/// A package URL without version, qualifiers and path (ECMA-427), in lower case: what packages are looked up by.
pub fn purl_key(purl: &str) -> Option<String> {
    let purl = purl.trim();
    let rest = purl.get(..4).filter(|head| head.eq_ignore_ascii_case("pkg:")).and_then(|_| purl.get(4..))?;
    let rest = rest.split(['?', '#']).next()?;
    // An `@` may begin a namespace (npm); the version's stands behind the last slash.
    let slash = rest.rfind('/')?;
    let end = rest.get(slash..)?.find('@').map_or(rest.len(), |at| slash + at);
    let name = rest.get(..end)?.trim_matches('/');
    name.contains('/').then(|| format!("pkg:{}", name.to_lowercase().replace("%40", "@")))
}

/// Reads one record.
pub fn record(record: &Value) -> Result<OsvRecord, Unusable> {
    let word = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let list = |name: &str| record.get(name).and_then(Value::as_array).into_iter().flatten();
    let id = word("id").trim();
    if id.is_empty() || id.chars().count() > 200 {
        return Err(Unusable::new("id", "it is missing"));
    }
    if word("modified").is_empty() {
        return Err(Unusable::new("modified", "it is missing"));
    }
    let named = std::iter::once(id).chain(list("aliases").chain(list("upstream")).filter_map(Value::as_str));
    let mut cves: Vec<String> = named.filter_map(cve_id).take(PACKAGES_MAX).collect();
    cves.sort();
    cves.dedup();
    let mut known =
        CveIntelligence { is_rejected: !word("withdrawn").is_empty(), ..CveIntelligence::default() };
    let vectors = list("severity").filter_map(|severity| severity.get("score").and_then(Value::as_str));
    let vectors = vectors.filter(|vector| vector.contains("AV:"));
    let vectors =
        vectors.map(|vector| CvssVector { source: "OSV".to_owned(), vector: vector.trim().to_owned() });
    unite(&mut known.cvss, vectors.collect());
    let cwes = record.pointer("/database_specific/cwe_ids").and_then(Value::as_array).into_iter().flatten();
    unite(&mut known.cwes, cwes.filter_map(Value::as_str).map(str::to_owned).collect());
    let mut packages = BTreeSet::new();
    for package in list("affected").take(PACKAGES_MAX).filter_map(|affected| affected.get("package")) {
        let word = |name: &str| package.get(name).and_then(Value::as_str).unwrap_or_default();
        if !word("ecosystem").is_empty() && !word("name").is_empty() {
            packages.insert(package_key(word("ecosystem"), word("name")));
        }
        packages.extend(purl_key(word("purl")));
    }
    Ok(OsvRecord { id: id.to_owned(), modified: word("modified").to_owned(), cves, known, packages })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_is_found_by_package_and_purl() {
        let read = record(&json!({
            "id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2026-1234"],
            "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
            "affected": [{ "package": { "ecosystem": "Debian:12", "name": "OpenSSL", "purl": "pkg:deb/debian/openssl?arch=source" } }, {}],
            "database_specific": { "cwe_ids": ["CWE-79"] }
        }))
        .unwrap();
        assert_eq!(read.cves, ["CVE-2026-1234"]);
        assert_eq!(read.packages.iter().collect::<Vec<_>>(), ["debian/openssl", "pkg:deb/debian/openssl"]);
        assert_eq!((read.known.cvss.len(), read.known.cwes.len()), (1, 1));
        assert_eq!(record(&json!({ "id": "x" })).unwrap_err().path, "modified");
        assert_eq!(record(&json!([])).unwrap_err().path, "id");
    }

    #[test]
    fn purls_lose_version_and_qualifiers_but_not_their_namespace() {
        for (purl, key) in [
            ("pkg:npm/%40angular/core@12.0.0", "pkg:npm/@angular/core"),
            ("pkg:npm/@angular/core", "pkg:npm/@angular/core"),
            ("PKG:deb/debian/openssl@1.1?arch=amd64#x", "pkg:deb/debian/openssl"),
            ("pkg:pypi/Django@4", "pkg:pypi/django"),
        ] {
            assert_eq!(purl_key(purl).as_deref(), Some(key));
        }
        for purl in ["", "pkg:", "pkg:npm", "cpe:/a:b:c", "pkg:npm/"] {
            assert_eq!(purl_key(purl), None, "{purl}");
        }
    }
}
