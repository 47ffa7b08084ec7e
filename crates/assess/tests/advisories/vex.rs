//! Statements in CycloneDX and OpenVEX.

use cordon_assess::advisory::{self, Justification, ProductStatus, Reading, RemediationCategory};
use cordon_assess::version::Decision;
use cordon_model::Timestamp;

fn read(document: &str) -> Reading {
    advisory::read(document.as_bytes(), "vex.json", Timestamp::from_seconds(1_800_000_000)).unwrap()
}

const CYCLONEDX: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": "urn:uuid:1", "version": 3,
    "metadata": {"timestamp": "2024-05-01T00:00:00Z", "supplier": {"name": "Maker"},
        "component": {"bom-ref": "pump", "type": "device", "name": "Pump", "version": "2.0", "manufacturer": {"name": "Maker"}}},
    "components": [{"bom-ref": "lib", "name": "libexample", "purl": "pkg:generic/libexample@1.1", "components": [
        {"bom-ref": "inner", "name": "inner", "version": "7"}]}],
    "vulnerabilities": [
        {"id": "CVE-2024-0001", "ratings": [{"method": "CVSSv31", "score": 7.5, "vector": "CVSS:3.1/AV:N"}, {"method": "other"}],
         "cwes": [79], "recommendation": "Update.",
         "analysis": {"state": "not_affected", "justification": "code_not_reachable", "detail": "Not called."},
         "affects": [{"ref": "pump"}, {"ref": "urn:cdx:1/3#inner"}, {"ref": "nowhere"}]},
        {"id": "GHSA-1", "analysis": {"state": "exploitable", "response": ["update"]}, "recommendation": "Take 2.2.",
         "affects": [{"ref": "pump", "versions": [{"range": "vers:intdot/<2.2", "status": "affected"},
            {"version": "2.2", "status": "unaffected"}]}]},
        {"id": "CVE-2024-0002", "analysis": {"state": "perhaps"}, "affects": [{"ref": "lib"}]}]}"#;

#[test]
fn statements_of_cyclonedx() {
    let reading = read(CYCLONEDX);
    let paths: Vec<&str> = reading.notes.iter().map(|note| note.path.as_str()).collect();
    assert_eq!(paths, ["/vulnerabilities/0/affects/2/ref", "/vulnerabilities/2/analysis"]);
    let advisory = reading.advisory;
    assert_eq!((advisory.id.as_str(), advisory.publisher.as_str()), ("urn:uuid:1", "Maker"));
    assert_eq!(advisory.revision.major, 3);
    assert_eq!(advisory.vulnerabilities[0].cwes, ["CWE-79"]);
    assert_eq!(advisory.vulnerabilities[0].scores[0].version, "3.1");
    assert_eq!(advisory.vulnerabilities[1].ids, ["GHSA-1"]);
    let said: Vec<_> = advisory
        .statements
        .iter()
        .map(|one| {
            (
                one.vulnerability,
                advisory.products[one.product as usize].name.as_str(),
                one.status,
                one.justification,
            )
        })
        .collect();
    let unreachable = Some(Justification::CodeNotInExecutePath);
    assert_eq!(
        said,
        [
            (0, "Pump", ProductStatus::NotAffected, unreachable),
            (0, "inner", ProductStatus::NotAffected, unreachable),
            (1, "Pump", ProductStatus::Affected, None),
            (1, "Pump", ProductStatus::NotAffected, None),
            (2, "libexample", ProductStatus::Unknown, None),
        ]
    );
    let affected = &advisory.products[advisory.statements[2].product as usize];
    assert_eq!(affected.condition.decide_text("2.1"), Decision::Inside);
    assert_eq!(affected.condition.decide_text("2.2"), Decision::Outside);
    assert!(advisory.remediations.iter().any(|one| one.category == RemediationCategory::VendorFix));
}

#[test]
fn a_bill_of_materials_alone_is_no_advisory() {
    let bom = r#"{"bomFormat": "CycloneDX", "components": []}"#;
    let rejected = advisory::read(bom.as_bytes(), "bom.json", Timestamp::from_seconds(0)).unwrap_err();
    assert_eq!(rejected.path, "/vulnerabilities");
}

#[test]
fn statements_of_openvex() {
    let reading = read(
        r#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://maker.example/vex/1", "author": "Maker",
            "timestamp": "2024-01-01T00:00:00Z", "version": 2, "statements": [
            {"vulnerability": {"name": "CVE-2024-0003", "aliases": ["GHSA-9"]},
             "products": [{"@id": "pkg:generic/maker/pump@2.0"}, {}], "status": "not_affected",
             "justification": "component_not_present", "impact_statement": "It is not in it."},
            {"vulnerability": {"name": "CVE-2024-0004"}, "products": [{"@id": "pkg:generic/maker/pump@2.0"}],
             "status": "affected", "action_statement": "Update."},
            {"status": "maybe"}]}"#,
    );
    assert_eq!(reading.notes.len(), 2);
    let advisory = reading.advisory;
    assert_eq!(advisory.products.len(), 1);
    assert_eq!(advisory.products[0].name, "pump");
    assert_eq!(advisory.products[0].condition.decide_text("2.0"), Decision::Inside);
    assert_eq!(advisory.products[0].condition.decide_text("2.1"), Decision::Outside);
    assert_eq!(advisory.vulnerabilities[0].cve.as_deref(), Some("CVE-2024-0003"));
    assert_eq!(advisory.vulnerabilities[0].ids, ["GHSA-9"]);
    let said: Vec<_> = advisory.statements.iter().map(|one| (one.status, one.justification)).collect();
    assert_eq!(
        said,
        [
            (ProductStatus::NotAffected, Some(Justification::ComponentNotPresent)),
            (ProductStatus::Affected, None)
        ]
    );
}

#[test]
fn any_cut_document_is_read_or_rejected() {
    for end in 0..CYCLONEDX.len() {
        let cut = &CYCLONEDX.as_bytes()[..end];
        assert!(advisory::read(cut, "cut", Timestamp::from_seconds(0)).is_err());
    }
}
