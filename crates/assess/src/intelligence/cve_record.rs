//! CVE records of version 5 (CVE JSON 5.0 to 5.2), as the CVE programme and CISA's Vulnrichment publish them.

use super::cpe::product_key;
use super::{
    CveIntelligence, CvssVector, Exploitation, SsvcPoints, TechnicalImpact, Unusable, cve_id, time, unite,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a record says of the vulnerability itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CveRecord {
    /// The CVE id.
    pub cve: String,
    /// When it was last changed, as written; orders revisions of one record.
    pub updated: String,
    /// Severity, SSVC points and weaknesses.
    pub known: CveIntelligence,
    /// What it is looked up by: each product it names as [`product_key`] of its CPE names.
    pub products: BTreeSet<String>,
}

/// Containers of further publishers that are looked at.
const CONTAINERS_MAX: usize = 16;
/// Products that are looked at in one container.
const PRODUCTS_MAX: usize = 20_000;

/// Reads one record.
pub fn record(record: &Value) -> Result<CveRecord, Unusable> {
    let metadata = record.get("cveMetadata").ok_or_else(|| Unusable::new("cveMetadata", "it is missing"))?;
    let word = |name: &str| metadata.get(name).and_then(Value::as_str).unwrap_or_default();
    let cve = cve_id(word("cveId")).ok_or_else(|| Unusable::new("cveMetadata.cveId", "it is no CVE id"))?;
    let version = record.get("dataVersion").and_then(Value::as_str).unwrap_or_default();
    if !version.starts_with("5.") && version != "5" {
        let version: String = version.chars().take(20).collect();
        return Err(Unusable::new("dataVersion", format!("\"{version}\" is not 5.x")));
    }
    let mut known =
        CveIntelligence { is_rejected: word("state") == "REJECTED", ..CveIntelligence::default() };
    let cna = record.pointer("/containers/cna");
    if cna.is_none() && !known.is_rejected {
        return Err(Unusable::new("containers.cna", "it is missing"));
    }
    let mut products = BTreeSet::new();
    for container in cna.into_iter().chain(list(record.pointer("/containers/adp")).take(CONTAINERS_MAX)) {
        read_container(container, &mut known);
        let affected = list(container.get("affected")).take(PRODUCTS_MAX);
        let cpes = affected.flat_map(|affected| list(affected.get("cpes"))).filter_map(Value::as_str);
        products.extend(cpes.take(PRODUCTS_MAX).filter_map(product_key));
    }
    Ok(CveRecord { cve, updated: word("dateUpdated").to_owned(), known, products })
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn read_container(container: &Value, known: &mut CveIntelligence) {
    let source =
        container.pointer("/providerMetadata/shortName").and_then(Value::as_str).unwrap_or("unnamed");
    let mut vectors = Vec::new();
    for metric in list(container.get("metrics")) {
        for name in ["cvssV4_0", "cvssV3_1", "cvssV3_0", "cvssV2_0"] {
            if let Some(vector) =
                metric.get(name).and_then(|cvss| cvss.get("vectorString")).and_then(Value::as_str)
            {
                vectors.push(CvssVector { source: source.to_owned(), vector: vector.trim().to_owned() });
            }
        }
        let other = metric.get("other");
        let kind = other.and_then(|other| other.get("type")).and_then(Value::as_str).unwrap_or_default();
        if kind.eq_ignore_ascii_case("ssvc")
            && let Some(points) =
                other.and_then(|other| other.get("content")).map(|content| ssvc(content, source))
        {
            // CISA's points stand over a maker's own.
            if known.ssvc.is_none() || source == "CISA-ADP" {
                known.ssvc = Some(points);
            }
        }
    }
    unite(&mut known.cvss, vectors);
    let problems = list(container.get("problemTypes")).flat_map(|problem| list(problem.get("descriptions")));
    let cwes = problems.filter_map(|problem| problem.get("cweId").and_then(Value::as_str)).map(str::to_owned);
    unite(&mut known.cwes, cwes.filter(|cwe| cwe.starts_with("CWE-")).collect());
}

fn ssvc(content: &Value, source: &str) -> SsvcPoints {
    let option = |name: &str| {
        let found = list(content.get("options")).find_map(|option| option.get(name).and_then(Value::as_str));
        found.unwrap_or_default().trim().to_ascii_lowercase()
    };
    SsvcPoints {
        exploitation: match option("Exploitation").as_str() {
            "none" => Some(Exploitation::None),
            "poc" | "public poc" => Some(Exploitation::PublicPoc),
            "active" => Some(Exploitation::Active),
            _ => None,
        },
        automatable: match option("Automatable").as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        technical_impact: match option("Technical Impact").as_str() {
            "partial" => Some(TechnicalImpact::Partial),
            "total" => Some(TechnicalImpact::Total),
            _ => None,
        },
        source: source.to_owned(),
        at: content.get("timestamp").and_then(Value::as_str).and_then(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Value {
        json!({
            "dataType": "CVE_RECORD", "dataVersion": "5.1",
            "cveMetadata": { "cveId": "CVE-2024-0001", "state": "PUBLISHED", "dateUpdated": "2024-08-01T10:00:00.000Z" },
            "containers": {
                "cna": {
                    "providerMetadata": { "shortName": "maker" },
                    "metrics": [{ "format": "CVSS", "cvssV3_1": { "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" } }],
                    "problemTypes": [{ "descriptions": [{ "cweId": "CWE-78", "lang": "en" }, { "lang": "en" }] }]
                },
                "adp": [{
                    "providerMetadata": { "shortName": "CISA-ADP" },
                    "metrics": [{ "other": { "type": "ssvc", "content": { "timestamp": "2024-07-01T00:00:00.5Z",
                        "options": [{ "Exploitation": "poc" }, { "Automatable": "yes" }, { "Technical Impact": "total" }] } } }]
                }]
            }
        })
    }

    #[test]
    fn severity_points_and_weaknesses_come_with_their_source() {
        let read = record(&sample()).unwrap();
        let ssvc = read.known.ssvc.unwrap();
        assert_eq!(
            (ssvc.exploitation, ssvc.automatable, ssvc.technical_impact, ssvc.source.as_str()),
            (Some(Exploitation::PublicPoc), Some(true), Some(TechnicalImpact::Total), "CISA-ADP")
        );
        assert_eq!(ssvc.at.map(|at| at.date()), Some((2024, 7, 1)));
        assert_eq!(read.known.cvss.iter().map(|cvss| cvss.source.as_str()).collect::<Vec<_>>(), ["maker"]);
        assert_eq!(read.known.cwes, ["CWE-78"]);
    }

    #[test]
    fn a_withdrawn_record_is_known_as_such_and_a_broken_one_says_where() {
        let mut rejected = sample();
        rejected["cveMetadata"]["state"] = json!("REJECTED");
        rejected["containers"] = json!({});
        assert!(record(&rejected).unwrap().known.is_rejected);
        for (pointer, value, wanted) in [
            ("/cveMetadata", json!(null), "cveMetadata.cveId"),
            ("/cveMetadata/cveId", json!("CVE-1"), "cveMetadata.cveId"),
            ("/dataVersion", json!("4.0"), "dataVersion"),
            ("/containers", json!([]), "containers.cna"),
        ] {
            let mut broken = sample();
            *broken.pointer_mut(pointer).unwrap() = value;
            assert_eq!(record(&broken).unwrap_err().path, wanted);
        }
    }
}
