//! Records of NIST's National Vulnerability Database as its API 2.0 gives them (`vulnerabilities[].cve`).

use super::cpe::product_key;
use super::{CveIntelligence, CvssVector, Unusable, cve_id, unite};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a record says of the vulnerability itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NvdRecord {
    /// The CVE id.
    pub cve: String,
    /// When it was last changed, as written; orders revisions of one record.
    pub modified: String,
    /// Severity and weaknesses.
    pub known: CveIntelligence,
    /// What it is looked up by: each vulnerable product as [`product_key`].
    pub products: BTreeSet<String>,
}

/// Names of products that are looked at in one record; those of a library that is everywhere are thousands.
const MATCHES_MAX: usize = 50_000;

/// Reads one record: an element of `vulnerabilities`, or its `cve`.
pub fn record(record: &Value) -> Result<NvdRecord, Unusable> {
    let of = record.get("cve").unwrap_or(record);
    let word = |name: &str| of.get(name).and_then(Value::as_str).unwrap_or_default();
    let cve = cve_id(word("id")).ok_or_else(|| Unusable::new("cve.id", "it is no CVE id"))?;
    let mut known = CveIntelligence {
        is_rejected: word("vulnStatus").eq_ignore_ascii_case("rejected"),
        ..CveIntelligence::default()
    };
    let metrics = of.get("metrics").and_then(Value::as_object).into_iter().flatten();
    let metrics = metrics.filter(|(name, _)| name.starts_with("cvssMetric"));
    let vectors = metrics.flat_map(|(_, list)| list.as_array().into_iter().flatten()).filter_map(|metric| {
        let source = metric.get("source").and_then(Value::as_str).unwrap_or("NVD");
        let vector = metric.pointer("/cvssData/vectorString").and_then(Value::as_str)?;
        Some(CvssVector { source: source.to_owned(), vector: vector.trim().to_owned() })
    });
    unite(&mut known.cvss, vectors.collect());
    let weaknesses = of.get("weaknesses").and_then(Value::as_array).into_iter().flatten();
    let cwes = weaknesses.flat_map(|weakness| {
        let texts = weakness.get("description").and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(|text| text.get("value").and_then(Value::as_str))
    });
    let cwes =
        cwes.filter(|cwe| cwe.strip_prefix("CWE-").is_some_and(|id| id.bytes().all(|b| b.is_ascii_digit())));
    unite(&mut known.cwes, cwes.map(str::to_owned).collect());
    let matches = of.get("configurations").and_then(Value::as_array).into_iter().flatten();
    let nodes = matches
        .flat_map(|configuration| configuration.get("nodes").and_then(Value::as_array).into_iter().flatten());
    let matches = nodes.flat_map(|node| node.get("cpeMatch").and_then(Value::as_array).into_iter().flatten());
    let vulnerable = matches.filter(|one| one.get("vulnerable").and_then(Value::as_bool) == Some(true));
    let cpes = vulnerable.filter_map(|one| one.get("criteria").and_then(Value::as_str)).take(MATCHES_MAX);
    let products = cpes.filter_map(product_key).collect();
    Ok(NvdRecord { cve, modified: word("lastModified").to_owned(), known, products })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_vector_is_kept_with_its_source() {
        let read = record(&json!({ "cve": {
            "id": "CVE-2024-0001", "lastModified": "2024-08-01T10:00:00.000", "vulnStatus": "Analyzed",
            "metrics": {
                "cvssMetricV31": [
                    { "source": "nvd@nist.gov", "type": "Primary", "cvssData": { "vectorString": "CVSS:3.1/AV:N" } },
                    { "source": "maker@example.org", "cvssData": { "vectorString": "CVSS:3.1/AV:L" } }
                ],
                "cvssMetricV2": [{ "source": "nvd@nist.gov", "cvssData": { "vectorString": "AV:N" } }, {}]
            },
            "configurations": [{ "nodes": [{ "cpeMatch": [
                { "vulnerable": true, "criteria": "cpe:2.3:o:maker:pump:*:*:*:*:*:*:*:*" },
                { "vulnerable": false, "criteria": "cpe:2.3:h:maker:pump:-:*:*:*:*:*:*:*" } ] }] }],
            "weaknesses": [{ "description": [{ "value": "CWE-79" }, { "value": "NVD-CWE-Other" }, { "value": "CWE-79" }] }]
        }}))
        .unwrap();
        assert_eq!(read.known.cvss.len(), 3);
        assert_eq!(read.known.cwes, ["CWE-79"]);
        assert!(!read.known.is_rejected);
        assert_eq!(read.products.iter().collect::<Vec<_>>(), ["o:maker:pump"]);
        assert_eq!(record(&json!({ "cve": { "id": "x" } })).unwrap_err().path, "cve.id");
        assert_eq!(record(&json!([])).unwrap_err().path, "cve.id");
    }
}
