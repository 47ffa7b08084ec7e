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
        "zone-matrix.csv",
        "blast-radius.csv",
        "needs-coverage.csv",
        "plan.json",
    ] {
        assert!(place.path(&format!("plan/{file}")).exists(), "{file}");
    }
    assert!(first["segmentation"]["changes"].is_null());
    let lost = first["segmentation"]["devices_lost"].as_array().unwrap();
    assert_eq!(
        lost.len(),
        first["zones"]
            .as_array()
            .unwrap()
            .iter()
            .map(|zone| zone["devices"].as_array().unwrap().len())
            .sum::<usize>()
    );
    for one in lost {
        let count = |key: &str| one[key].as_u64().unwrap();
        assert!(count("direct") <= count("in_steps") && count("zones") <= count("zones_in_steps"), "{one}");
    }
    assert_eq!(text(&place, "plan/blast-radius.csv").lines().count(), lost.len() + 1);
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
    let line = format!("--in out/assessment.json --site site --now {NOW} --for 4h");
    let pump = of("infusion_pump");
    let held = place.cordon(&format!("segment quarantine {pump} {line} --out held")).expect(2);
    assert!(held.err().contains("may keep a patient alive") && held.out().contains("HELD"), "{}", held.err());
    assert!(!place.path("held/quarantine.nft").exists());
    place.cordon(&format!("segment quarantine {pump} {line} --approved-by Anna --out held")).expect(0);
    for file in [
        "quarantine.nft",
        "quarantine-rollback.nft",
        "quarantine.iptables",
        "quarantine-iptables.sh",
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

#[test]
fn ports_and_reservations_are_written_and_equipment_that_is_too_small_is_told() {
    let place = Place::new();
    hospital(&place);
    let equipment = |entries: u64, lists: &str| {
        format!(
            "version = 1\n[[equipment]]\nname = \"core-1\"\nentries = {entries}\nvlans = 1000\nsource = \"data sheet\"\nwho = \"Anna\"\nwhen = \"2026-11-22\"\n[[equipment]]\nname = \"ward-2\"\naccess_lists = {lists}\nsource = \"data sheet\"\nwho = \"Anna\"\nwhen = \"2026-11-22\"\n"
        )
    };
    place.write("site/equipment.toml", equipment(1, "false"));
    let small = parsed(&place.cordon(&format!("{PLAN} --out plan --json")).expect(0).stdout);
    let notes = small["segmentation"]["notes"].to_string();
    assert!(
        notes.contains("upgrade core-1 first") && notes.contains("upgrade or replace ward-2 first"),
        "{notes}"
    );
    assert_eq!(small["segmentation"]["points"][0]["point"], "core-1");

    place.cordon("segment render --in plan/assessment.json --target addresses --out rules").expect(0);
    for file in ["switch-ports.csv", "dhcp-kea.json", "dhcpd.conf"] {
        assert!(place.path(&format!("rules/{file}")).exists(), "{file}");
    }
    let kea = parsed(&place.read("rules/dhcp-kea.json"));
    let reserved: usize = kea["Dhcp4"]["subnet4"]
        .as_array()
        .unwrap()
        .iter()
        .map(|subnet| subnet["reservations"].as_array().unwrap().len())
        .sum();
    assert!(reserved > 10, "{kea}");

    let lists = "interface Vlan1\n ip address 192.0.2.1 255.255.255.0\n";
    place.write("core.cfg", format!("hostname core-1\n{lists}"));
    place.write("ward.cfg", format!("hostname ward-2\n{lists}"));
    let verify = "segment verify core.cfg ward.cfg --in plan/assessment.json";
    let found = parsed(&place.cordon(&format!("{verify} --site site --json")).expect(0).stdout);
    let told = found["upgrade_first"].to_string();
    assert!(
        told.contains(
            "core-1 cannot hold the plan's rules: it holds 1 entries, data sheet (Anna, 2026-11-22)"
        ),
        "{told}"
    );
    assert!(told.contains("ward-2 cannot filter packets"), "{told}");
    // Nobody said: not known, and nothing to upgrade.
    let found = parsed(&place.cordon(&format!("{verify} --json")).expect(0).stdout);
    assert_eq!(found["upgrade_first"], Value::Array(vec![]));
    place.write("site/equipment.toml", equipment(1_000_000, "true"));
    let shown = place.cordon(&format!("{verify} --site site")).expect(0).out();
    assert!(!shown.contains("to be upgraded") && shown.contains("hold the plan's rules: yes"), "{shown}");
    place.write("site/equipment.toml", "version = 1\n[[equipment]]\nentrys = 3\n");
    let ran = place.cordon(&format!("{verify} --site site")).expect(3);
    assert!(ran.err().contains("equipment.toml") && ran.err().contains("line 3"), "{}", ran.err());
}
