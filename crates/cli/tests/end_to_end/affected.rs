//! Advisories against an asset list, and from an advisory back to devices.

use crate::harness::{NOW, Place};

fn advisory(id: &str, product: &str, version: &str) -> String {
    format!(
        r#"{{"document":{{"category":"csaf_security_advisory","csaf_version":"2.0","title":"{product} flaw",
        "publisher":{{"category":"vendor","name":"Acme","namespace":"https://acme.example"}},
        "tracking":{{"id":"{id}","status":"final","version":"1","initial_release_date":"2024-01-01T00:00:00Z",
        "current_release_date":"2024-01-01T00:00:00Z",
        "revision_history":[{{"number":"1","date":"2024-01-01T00:00:00Z","summary":"first"}}]}}}},
        "product_tree":{{"branches":[{{"category":"vendor","name":"Acme Medical Inc.","branches":[
        {{"category":"product_name","name":"{product}","branches":[{{"category":"product_version_range",
        "name":"{version}","product":{{"product_id":"P1","name":"{product} {version}"}}}}]}}]}}]}},
        "vulnerabilities":[{{"cve":"CVE-2024-0001","product_status":{{"known_affected":["P1"]}},
        "remediations":[{{"category":"vendor_fix","details":"Install 2.1.","product_ids":["P1"]}}]}}]}}"#
    )
}

const ASSETS: &str = "asset_tag,manufacturer,model,firmware\n\
    T-1,ACME Medical,Zephyrus-9000 infusion pump,2.0\n\
    T-2,Acme Medical,ZEPHYRUS 9000,2.1\n\
    T-3,Acme Medical,Zephyrus 9000,\n\
    T-4,Acme Medical,Zephyrus 9001,2.0\n";

fn tags(answer: &serde_json::Value, list: &str) -> Vec<String> {
    let hits = answer[list].as_array().unwrap().iter();
    hits.map(|hit| hit["asset_tag"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_asset_list_and_a_folder_of_advisories_give_verdicts_and_questions() {
    let place = Place::new();
    place.write("assets.csv", ASSETS);
    place.write("csaf/acme-1.json", advisory("ACME-1", "Zephyrus 9000 Infusion Pump", "< 2.1"));
    place.write("csaf/broken.json", "{");
    let ran = place.cordon(&format!("assess assets.csv --advisories csaf --out out --now {NOW}")).expect(0);
    assert!(ran.err().contains("broken.json"), "{}", ran.err());
    let assessment = place.assessment("out");
    assert_eq!(assessment["advisories"]["read"], 1);
    assert_eq!(assessment["advisories"]["rejected"][0]["file"], "broken.json");

    let answer = place.cordon("affected acme-1 --in out/assessment.json --json").expect(0);
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(tags(&answer, "affected"), ["T-1"]);
    assert_eq!(tags(&answer, "fixed"), ["T-2"]);
    assert_eq!(tags(&answer, "undetermined"), ["T-3"]);
    assert!(answer["undetermined"][0]["question"].as_str().unwrap().contains("version"), "{answer}");
    assert_eq!(answer["remedies"][0]["text"], "Install 2.1.");

    let table = place.cordon("affected CVE-2024-0001 --in out/assessment.json").expect(0);
    assert!(table.out().contains("1 affected, 1 undetermined, 1 fixed, 0 not affected"), "{}", table.out());
    let sheet = String::from_utf8(place.read("out/findings.csv")).unwrap();
    assert_eq!(sheet.lines().count(), 4, "{sheet}");
}

#[test]
fn an_advisory_that_came_later_is_matched_with_the_devices_of_an_assessment() {
    let place = Place::new();
    place.write("assets.csv", ASSETS);
    place.cordon(&format!("assess assets.csv --out out --now {NOW}")).expect(0);
    let none = place.cordon("affected ACME-2 --in out/assessment.json").expect(2);
    assert!(none.err().contains("made without advisories"), "{}", none.err());
    place.write("new.json", advisory("ACME-2", "Zephyrus 9001", "vers:all/*"));
    let found = place.cordon("affected new.json --in out/assessment.json --json").expect(0);
    let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(tags(&found, "affected"), ["T-4"]);
    place.cordon("assess assets.csv --advisories nowhere --out again").expect(3);
}
