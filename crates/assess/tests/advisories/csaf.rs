//! Made-up documents: what is read of them, and what is tolerated.

use cordon_assess::advisory::{
    Justification, ProductRelation, ProductStatus, Reading, RemediationCategory, Revision, csaf,
};
use cordon_assess::version::{Condition, Decision, QuestionKind};
use cordon_model::Timestamp;

fn read(document: &str) -> Reading {
    read_bytes(document.as_bytes()).unwrap()
}

fn read_bytes(bytes: &[u8]) -> Result<Reading, cordon_assess::advisory::Rejected> {
    csaf::read(bytes, "made-up.json", Timestamp::from_seconds(1_800_000_000))
}

/// A document with this product tree and these vulnerabilities.
fn document(tree: &str, vulnerabilities: &str) -> String {
    format!(
        r#"{{"document": {{"csaf_version": "2.0", "category": "csaf_vex", "title": "Pumps",
            "publisher": {{"name": "Maker", "namespace": "https://maker.example"}},
            "tracking": {{"id": "M-1", "version": "1.2.0", "status": "final",
              "initial_release_date": "2024-01-02T03:04:05Z", "current_release_date": "2024-02-02T00:00:00.000Z"}}}},
            "product_tree": {tree}, "vulnerabilities": {vulnerabilities}}}"#
    )
}

const PUMP: &str = r#"{"branches": [{"category": "vendor", "name": "Maker", "branches": [
    {"category": "product_name", "name": "Pump", "branches": [
        {"category": "product_version_range", "name": "vers:intdot/>=1.0|<2.4", "product": {"name": "Maker Pump", "product_id": "P1"}},
        {"category": "product_version", "name": "2.4", "product": {"name": "Maker Pump 2.4", "product_id": "P2",
            "product_identification_helper": {"cpe": "cpe:2.3:h:maker:pump:2.4:*:*:*:*:*:*:*", "purls": ["pkg:generic/pump@2.4"],
              "model_numbers": ["P-*"], "serial_numbers": ["7?1"], "skus": ["1"],
              "hashes": [{"file_hashes": [{"algorithm": "sha256", "value": "00"}], "filename": "f"}]}}}]}]}]}"#;

#[test]
fn a_vex_document() {
    let reading = read(&document(
        PUMP,
        r#"[{"cve": "CVE-2024-0001", "cwe": {"id": "CWE-120", "name": "x"},
            "product_status": {"known_affected": ["P1"], "known_not_affected": ["P2"], "under_investigation": []},
            "flags": [{"label": "vulnerable_code_not_present", "product_ids": ["P2"]}],
            "threats": [{"category": "exploit_status", "details": "Active"}],
            "scores": [{"products": ["P1"], "cvss_v3": {"version": "3.1", "baseScore": 9.8, "vectorString": "CVSS:3.1/AV:N"}}],
            "remediations": [{"category": "vendor_fix", "details": " Update. ", "url": "https://u", "product_ids": ["P1"], "date": "2024-03-01T00:00:00Z"},
                             {"category": "mitigation", "details": "Wall."}]}]"#,
    ));
    assert_eq!(reading.notes, []);
    let advisory = reading.advisory;
    assert_eq!((advisory.id.as_str(), advisory.publisher.as_str()), ("M-1", "Maker"));
    assert_eq!(advisory.revision, Revision { major: 1, minor: 2, patch: 0 });
    let [range, fixed] = advisory.products.as_slice() else { panic!("{:?}", advisory.products) };
    assert_eq!((range.vendor.as_str(), range.name.as_str()), ("Maker", "Pump"));
    assert_eq!(range.condition.to_string(), ">= 1.0 < 2.4");
    assert_eq!(fixed.helpers.models, ["P-*"]);
    assert_eq!(fixed.helpers.purls, ["pkg:generic/pump@2.4"]);
    assert_eq!(fixed.helpers.hashes, [("sha256".to_owned(), "00".to_owned())]);
    let statuses: Vec<_> =
        advisory.statements.iter().map(|one| (one.product, one.status, one.justification)).collect();
    assert_eq!(
        statuses,
        [
            (0, ProductStatus::Affected, None),
            (1, ProductStatus::NotAffected, Some(Justification::CodeNotPresent)),
        ]
    );
    let vulnerability = &advisory.vulnerabilities[0];
    assert_eq!(vulnerability.cwes, ["CWE-120"]);
    assert_eq!(vulnerability.exploitation, ["Active"]);
    assert_eq!(vulnerability.scores[0].base, Some(9.8));
    assert_eq!(advisory.remediations[0].text, "Update.");
    assert_eq!(advisory.remediations[0].products, [0]);
    assert_eq!(advisory.remediations[1].category, RemediationCategory::Mitigation);
    assert!(advisory.remediations[1].products.is_empty());
}

#[test]
fn the_draft_of_2_1() {
    let reading = read(
        r#"{"document": {"csaf_version": "2.1", "tracking": {"id": "M-2", "version": "3"}},
            "product_tree": {"full_product_names": [{"name": "Pump 9", "product_id": "A",
                "product_identification_helper": {"purls": ["pkg:generic/pump@9.1?x=y"]}}],
              "product_groups": [{"group_id": "G", "product_ids": ["A"]}]},
            "vulnerabilities": [{"cve": "CVE-2025-1", "cwes": [{"id": "CWE-1"}, {"id": "CWE-2"}],
                "first_known_exploitation_dates": [{"date": "2025-01-01T00:00:00Z", "exploitation_date": "2024-12-24T00:00:00Z"}],
                "metrics": [{"products": ["A"], "content": {"cvss_v4": {"vectorString": "CVSS:4.0/AV:N", "baseScore": 7}}}],
                "remediations": [{"category": "fix_planned", "details": "soon", "group_ids": ["G"]}],
                "product_status": {"unknown": ["A"]}}]}"#,
    );
    let advisory = reading.advisory;
    assert_eq!(advisory.vulnerabilities[0].cwes, ["CWE-1", "CWE-2"]);
    assert_eq!(advisory.vulnerabilities[0].first_exploited, "2024-12-24T00:00:00Z".parse().ok());
    assert_eq!(advisory.vulnerabilities[0].scores[0].version, "4.0");
    assert_eq!(advisory.vulnerabilities[0].scores[0].base, Some(7.0));
    assert_eq!(advisory.remediations[0].category, RemediationCategory::FixPlanned);
    assert_eq!(advisory.remediations[0].products, [0]);
    assert_eq!(advisory.statements[0].status, ProductStatus::Unknown);
    // The package URL says the version that the name does not.
    assert_eq!(advisory.products[0].condition.decide_text("9.1"), Decision::Inside);
    assert_eq!(advisory.products[0].condition.decide_text("9.2"), Decision::Outside);
}

#[test]
fn a_component_is_a_condition_of_the_whole() {
    let tree = r#"{"full_product_names": [{"name": "Stack", "product_id": "S"}],
        "branches": [{"category": "vendor", "name": "Maker", "branches": [{"category": "product_name", "name": "Pump",
            "branches": [{"category": "product_version", "name": "2.0", "product": {"name": "Pump 2.0", "product_id": "P"}}]},
          {"category": "product_name", "name": "Radio", "branches": [{"category": "product_version_range", "name": "<3.0",
            "product": {"name": "Radio before 3.0", "product_id": "R"}}]}]}],
        "relationships": [
            {"category": "optional_component_of", "product_reference": "R", "relates_to_product_reference": "P",
             "full_product_name": {"name": "Radio in Pump", "product_id": "RP"}},
            {"category": "installed_on", "product_reference": "S", "relates_to_product_reference": "RP",
             "full_product_name": {"name": "Stack on Radio in Pump", "product_id": "SRP"}},
            {"category": "default_component_of", "product_reference": "X", "relates_to_product_reference": "Y",
             "full_product_name": {"name": "circle", "product_id": "Y"}},
            {"category": "default_component_of", "product_reference": "Y", "relates_to_product_reference": "X",
             "full_product_name": {"name": "circle", "product_id": "X"}}]}"#;
    let reading = read(&document(tree, "[]"));
    assert_eq!(reading.notes.len(), 2, "{:?}", reading.notes);
    assert_eq!(reading.notes[0].path, "/product_tree/relationships/2");
    let compound = reading.advisory.products.iter().find(|product| product.id == "RP").unwrap();
    assert_eq!(compound.composed.as_ref().unwrap().relation, ProductRelation::OptionalComponentOf);
    assert_eq!(compound.name, "Pump");
    let Decision::Undecidable(question) = compound.condition.decide_text("2.0") else { panic!() };
    assert_eq!(question.kind, QuestionKind::Part);
    assert_eq!(compound.condition.decide_text("2.1"), Decision::Outside);
    assert!(reading.advisory.products.iter().any(|product| product.id == "SRP"));
}

#[test]
fn oddities_are_noted_and_the_rest_is_read() {
    let tree = r#"{"branches": [{"category": "vendor", "name": "DrÃ¤ger", "branches": [
        {"category": "product_name", "name": "Pump", "branches": [
            {"category": "product_version", "name": 7, "product": {"name": "a", "product_id": "P"}},
            {"category": "product_version", "name": "8", "product": {"name": "b", "product_id": "P"}},
            "not a branch",
            {"category": "moon", "name": "x", "product": 5}]}]}], "product_groups": 3}"#;
    let vulnerabilities = r#"[7, {"cve": ["CVE-1"], "cwe": "CWE-9", "scores": {"a": 1},
        "product_status": {"known_affected": ["P", "Q", 4], "fixed": ["P"], "recommended": "P"},
        "remediations": [{"category": "magic", "details": null, "product_ids": ["Q"]}, {"category": "magic"}]}]"#;
    let reading = read(&document(tree, vulnerabilities));
    let paths: Vec<&str> = reading.notes.iter().map(|note| note.path.as_str()).collect();
    for path in [
        "/product_tree/branches/0/branches/0/branches/1/product",
        "/product_tree/branches/0/branches/0/branches/2",
        "/product_tree/branches/0/branches/0/branches/3/category",
        "/product_tree/product_groups",
        "/vulnerabilities/0",
        "/vulnerabilities/1/product_status/known_affected/1",
        "/vulnerabilities/1/product_status/fixed",
        "/vulnerabilities/1/remediations/0",
    ] {
        assert!(paths.contains(&path), "{path} is not among {paths:?}");
    }
    let advisory = reading.advisory;
    assert_eq!(advisory.products[0].vendor, "Dräger");
    // Two products share an id: both are affected, neither is called fixed.
    assert_eq!(advisory.statements.len(), 2);
    assert!(advisory.statements.iter().all(|statement| statement.status == ProductStatus::Affected));
    assert_eq!(advisory.remediations.len(), 1);
    assert_eq!(advisory.remediations[0].category, RemediationCategory::Other);
}

#[test]
fn documents_that_cannot_be_read_say_where_and_why() {
    for (bytes, path) in [
        (&b""[..], "line 1 column 0"),
        (b"{", "line 1 column 1"),
        (b"[1]", "/document"),
        (b"{}", "/document"),
        (br#"{"document": 4}"#, "/document"),
        (br#"{"document": {"tracking": {"id": " "}}}"#, "/document/tracking/id"),
    ] {
        let rejected = read_bytes(bytes).unwrap_err();
        assert_eq!(rejected.path, path, "{rejected}");
        assert!(!rejected.reason.is_empty());
    }
    let deep = format!(r#"{{"product_tree": {}1{}}}"#, r#"{"branches":["#.repeat(500), "]}".repeat(500));
    assert!(read_bytes(deep.as_bytes()).is_err());
    assert!(read_bytes(&vec![b' '; csaf::DOCUMENT_BYTES_MAX + 1]).is_err());
}

#[test]
fn byte_order_mark_and_broken_letters() {
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(document(PUMP, "[]").replace("Pumps", "Pumps \u{1}").replace('\u{1}', "?").as_bytes());
    assert_eq!(read_bytes(&bytes).unwrap().notes, []);
    let at = bytes.windows(5).position(|window| window == b"Pumps").unwrap();
    bytes[at] = 0xff;
    let reading = read_bytes(&bytes).unwrap();
    assert_eq!(reading.advisory.products.len(), 2);
    assert_eq!(reading.notes.len(), 1);
}

#[test]
fn a_date_in_the_future_is_noted() {
    let text = document(PUMP, "[]").replace("2024-02-02", "2199-02-02");
    let reading = read(&text);
    assert_eq!(reading.notes[0].path, "/document/tracking/current_release_date");
}

#[test]
fn every_cut_document_is_read_or_rejected() {
    let whole = document(PUMP, r#"[{"cve": "CVE-1", "product_status": {"known_affected": ["P1"]}}]"#);
    for end in 0..whole.len() {
        assert!(read_bytes(&whole.as_bytes()[..end]).is_err(), "{end}");
    }
    assert!(read_bytes(whole.as_bytes()).is_ok());
}

#[test]
fn revisions_compare_as_semantic_versions() {
    let parse = |text| Revision::parse(text).unwrap();
    assert!(parse("2") > parse("1.9.9"));
    assert!(parse("1.10.0") > parse("1.9.0"));
    assert_eq!(parse("1.0.0-1.1+build"), parse("1.0.0"));
    assert_eq!(Revision::parse("one"), None);
    assert_eq!(Condition::parse("*"), Condition::all());
}
