//! `cordon segment plan`, `quarantine` and `drift`: from an assessment and a site folder to rules, and back.

use crate::harness::{NOW, Place};
use serde_json::Value;

fn hospital(place: &Place) {
    place.cordon("simulate --devices 40 --hours 1 --seed 5 --out hospital").expect(0);
    place
        .cordon(&format!("assess hospital/capture.pcap hospital/assets.csv --out out --now {NOW}"))
        .expect(0);
    place.cordon("site init site").expect(0);
}

fn text(place: &Place, name: &str) -> String {
    String::from_utf8(place.read(name)).unwrap()
}

fn parsed(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

const PLAN: &str = "segment plan --in out/assessment.json --site site";

#[test]
fn a_plan_is_made_kept_compared_and_drifts() {
    let place = Place::new();
    hospital(&place);
    let dry = place.cordon(&format!("{PLAN} --dry-run")).expect(0);
    assert!(dry.out().contains("zone-pumps") && !place.path("site/policy.yaml").exists());

    let first = parsed(&place.cordon(&format!("{PLAN} --out plan --json")).expect(0).stdout);
    for file in [
        "segmentation.pdf",
        "address-plan.csv",
        "reservations.csv",
        "migration.csv",
        "rollout.csv",
        "plan.json",
    ] {
        assert!(place.path(&format!("plan/{file}")).exists(), "{file}");
    }
    assert!(first["segmentation"]["changes"].is_null());
    let policy = text(&place, "site/policy.yaml");
    assert!(policy.contains("subnet: 10.64."), "{policy}");

    // The same again: nothing changed, not a byte of the policy.
    let again = parsed(&place.cordon(&format!("{PLAN} --json")).expect(0).stdout);
    assert_eq!(again["zones"], first["zones"]);
    assert_eq!(again["segmentation"]["reservations"], first["segmentation"]["reservations"]);
    assert_eq!(again["segmentation"]["changes"]["added"], Value::Array(vec![]));
    assert_eq!(text(&place, "site/policy.yaml"), policy);

    // A person puts a device elsewhere; their words stay.
    let device =
        first["zones"].as_array().unwrap().iter().find(|zone| zone["id"] == "zone-pumps").unwrap()["devices"]
            [0]
        .as_str()
        .unwrap()
        .to_owned();
    let moved = policy.replace(
        "\nmoves: []",
        &format!(
            "\nmoves:  # ours\n  - {{device: {device}, to: zone-office, by: Anna, when: 2026-11-22, why: training}}"
        ),
    );
    place.write("site/policy.yaml", &moved);
    let third = place.cordon(PLAN).expect(0).out();
    assert!(third.contains(&format!("{device} moves from zone-pumps to zone-office")), "{third}");
    assert!(text(&place, "site/policy.yaml").contains("moves:  # ours"));

    let drift =
        parsed(&place.cordon("segment drift --in out/assessment.json --plan site --json").expect(0).stdout);
    assert!(drift["permitted"].as_u64().unwrap() > 50, "{drift}");
    assert_eq!(drift["unknown"], Value::Array(vec![]));
    assert_eq!(drift["unused"], Value::Array(vec![]));
}

#[test]
fn a_policy_with_a_mistake_is_told_by_line_and_nothing_is_written() {
    let place = Place::new();
    hospital(&place);
    for (written, wanted) in [
        (
            "version: 1\nzones:\n  - id: a\n    members:\n      - device: nobody\n",
            "policy.yaml: line 5: there is no device \"nobody\"",
        ),
        (
            "version: 1\nzones:\n  - id: a\n    members:\n      - network: 10.0.0.0/40\n",
            "policy.yaml: line 5: network: \"10.0.0.0/40\"",
        ),
        (
            "version: 1\nzones:\n  - id: a\n    members: [{category: ecg}]\n  - id: b\n    members: [{category: ecg}]\n",
            "line 6: member stands on line 4 already",
        ),
        ("version: 1\nzones: [\n", "this is no YAML"),
    ] {
        place.write("site/policy.yaml", written);
        let ran = place.cordon(&format!("{PLAN} --out plan")).expect(3);
        assert!(ran.err().contains(wanted), "{}", ran.err());
        assert_eq!(text(&place, "site/policy.yaml"), written);
        assert!(!place.path("site/plan.json").exists() && !place.path("plan/segmentation.pdf").exists());
    }
}

#[test]
fn a_device_that_may_keep_somebody_alive_is_held_until_a_clinician_is_named() {
    let place = Place::new();
    hospital(&place);
    let assessment = place.assessment("out");
    let devices = assessment["devices"].as_array().unwrap();
    let of = |category: &str| {
        let found =
            devices.iter().find(|device| device["category"] == category && device["ips"][0].is_string());
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let line = format!("--in out/assessment.json --site site --now {NOW} --hours 4");
    let pump = of("infusion_pump");
    let held = place.cordon(&format!("segment quarantine {pump} {line} --out held")).expect(2);
    assert!(held.err().contains("may keep a patient alive") && held.out().contains("HELD"), "{}", held.err());
    assert!(!place.path("held/quarantine.nft").exists());
    place.cordon(&format!("segment quarantine {pump} {line} --approved-by Anna --out held")).expect(0);
    for file in [
        "quarantine.nft",
        "quarantine-rollback.nft",
        "quarantine.iptables",
        "quarantine.ios",
        "quarantine.md",
    ] {
        let rules = text(&place, &format!("held/{file}"));
        assert!(file.contains("rollback") || rules.contains("Agreed by Anna"), "{rules}");
    }
    assert!(text(&place, "held/quarantine.nft").contains("timeout 14400s"));
    let printer = of("printer");
    place.cordon(&format!("segment quarantine {printer} {line} --target nftables --out printer")).expect(0);
    assert!(place.path("printer/quarantine.nft").exists() && !place.path("printer/quarantine.ios").exists());
    place.cordon(&format!("segment quarantine {printer} {line} --target junos --out x")).expect(2);
}
