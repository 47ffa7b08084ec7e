//! `cordon segment render`, `replay`, `drift` and `quarantine`: rules written, and what is in force held against them.

use crate::harness::{NOW, Place};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

fn clinic(place: &Place) {
    place.cordon("simulate --devices 40 --hours 1 --seed 5 --out hospital").expect(0);
    place.cordon(&format!("assess hospital/capture.pcap --out out --now {NOW}")).expect(0);
}

fn parsed(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

/// Every file of a folder, the folders in it too.
fn files(place: &Place, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(place.path(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(place, &name));
        } else {
            found.insert(name.clone(), place.read(&name));
        }
    }
    found
}

const RENDER: &str = "segment render --in out/assessment.json";

#[test]
fn every_target_is_written_the_same_each_time_and_nothing_by_halves() {
    let place = Place::new();
    clinic(&place);
    for (target, wanted) in [
        ("tables", "rules.csv"),
        ("nftables", "cordon.nft"),
        ("iptables", "cordon.iptables"),
        ("cisco-ios", "cisco-ios.cfg"),
        ("cisco-asa", "cisco-asa.cfg"),
        ("cisco-ise", "cisco-ise-dacl.txt"),
        ("mud", "mud"),
    ] {
        let line = format!("{RENDER} --target {target} --stage enforce");
        place.cordon(&format!("{line} --out {target}")).expect(0);
        let first = files(&place, target);
        assert!(first.keys().any(|name| name.contains(wanted)), "{target}: {:?}", first.keys());
        // A folder with files in it is left alone without --force; with it, the same bytes are there again.
        let refused = place.cordon(&format!("{line} --out {target}"));
        assert_eq!(refused.code, 4, "{target}: {}", refused.err());
        place.cordon(&format!("{line} --out {target} --force")).expect(0);
        assert!(files(&place, target) == first, "{target} is not the same twice");
    }
    let assessment = String::from_utf8(place.read("out/assessment.json")).unwrap();
    let half: String = assessment.chars().take(assessment.len() / 2).collect();
    place.write("half.json", half);
    let ran = place.cordon("segment render --in half.json --out none").expect(3);
    assert!(ran.err().contains("half.json") && ran.err().contains("line "), "{}", ran.err());
    for wrong in ["--target junos", "--stage off", "--zone zone-x", "--interface zone-pumps", "--in out"] {
        let ran = place.cordon(&format!("{RENDER} {wrong} --out none"));
        assert!(ran.code == 2 || ran.code == 3, "{wrong}: {} {}", ran.code, ran.err());
        assert!(!ran.err().is_empty());
    }
    assert!(!place.path("none").exists());
}

#[test]
fn a_capture_is_replayed_through_a_configuration_without_an_assessment() {
    let place = Place::new();
    clinic(&place);
    place.write("open.nft", "table inet f {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy accept;\n\t}\n}\n");
    place.write(
        "shut.nft",
        "table inet f {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy accept;\n\t\ttcp dport 104 drop\n\t\ttcp dport 2575 drop\n\t\ttcp dport 443 drop\n\t}\n}\n",
    );
    let capture = "--capture hospital/capture.pcap";
    let open = parsed(
        &place
            .cordon(&format!("segment replay open.nft {capture} --fail-on blocked,unsure --json"))
            .expect(0)
            .stdout,
    );
    assert!(open["passing"].as_u64().unwrap() > 50, "{open}");
    let alone =
        place.cordon(&format!("segment replay shut.nft {capture} --fail-on blocked --json")).expect(1);
    let alone = parsed(&alone.stdout);
    let known = format!("segment replay shut.nft {capture} --in out/assessment.json --json");
    let known = parsed(&place.cordon(&known).expect(0).stdout);
    let assessed =
        parsed(&place.cordon("segment replay shut.nft --in out/assessment.json --json").expect(0).stdout);
    let blocked = alone["blocked"].as_array().unwrap();
    assert!(!blocked.is_empty());
    for one in blocked {
        assert!(one["stopped"]["text"].as_str().unwrap().contains("drop"), "{one}");
    }
    // Who, what for, and by which line.
    assert!(
        blocked.iter().any(|one| one["need_state"] == "proposed" && one["stopped"]["purpose"] != ""),
        "{blocked:?}"
    );
    // The assessment was made of this capture, so all three say the same.
    assert_eq!(known, assessed);
    assert_eq!(alone["blocked_count"], assessed["blocked_count"]);
    let shown = place.cordon(&format!("segment replay shut.nft {capture}")).expect(0).out();
    assert!(shown.contains("would have been stopped: ") && shown.contains("tcp dport 443 drop"), "{shown}");

    place.cordon("segment replay open.nft").expect(2);
    let missing = place.cordon("segment replay open.nft --capture none.pcap").expect(3);
    assert!(missing.err().contains("none.pcap"), "{}", missing.err());
    place.write("noise.pcap", "this is no capture of anything");
    let noise = place.cordon("segment replay open.nft --capture noise.pcap").expect(3);
    assert!(noise.err().contains("noise.pcap"), "{}", noise.err());
    place.write("cut.nft", "table inet f {\n\tchain forward {\n");
    let cut = place.cordon(&format!("segment replay cut.nft {capture}")).expect(3);
    assert!(cut.err().contains("cut.nft") && cut.err().contains("line "), "{}", cut.err());
}

#[test]
fn a_configuration_that_no_longer_does_what_the_plan_says_has_drifted() {
    let place = Place::new();
    clinic(&place);
    place.cordon("site init site").expect(0);
    place.cordon("segment plan --in out/assessment.json --site site --out plan").expect(0);
    place
        .cordon("segment render --in plan/assessment.json --target nftables --stage enforce --out rules")
        .expect(0);
    let line = "segment drift --in plan/assessment.json --plan site";
    let all = "--fail-on stopped,unsure,opened";
    let same =
        parsed(&place.cordon(&format!("{line} --config rules/cordon.nft {all} --json")).expect(0).stdout);
    let found = &same["configurations"];
    assert!(found["passing"].as_u64().unwrap() > 50, "{found}");
    assert_eq!(
        (&found["no_way"], &found["points"][0]["assumed"]),
        (&Value::from(0), &Value::Null),
        "{found}"
    );
    // Broadcasts and groups are rules too: those of the link no router sees.
    let on_link = found["on_link"].as_array().unwrap();
    assert!(
        on_link.iter().any(|one| one["to"] == "255.255.255.255" && one["why"] == "no router passes it on")
    );
    assert!(
        found["left_out"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| !one["why"].as_str().unwrap().contains("group"))
    );
    assert!(place.cordon(&format!("{line} --json")).expect(0).out().contains("\"configurations\": null"));

    // Somebody adds a line in front of all others: the archive's service is shut, telnet to everybody is open.
    place.write(
        "changed.nft",
        [
            place.read("rules/cordon.nft").as_slice(),
            b"\ntable inet other {\n\tchain forward {\n\t\ttype filter hook forward priority -10; policy accept;\n\t\ttcp dport 104 drop\n\t}\n}\n",
        ]
        .concat(),
    );
    let ran = place.cordon(&format!("{line} --config changed.nft --json --fail-on stopped")).expect(1);
    let ran = parsed(&ran.stdout);
    let point = &ran["configurations"]["points"][0];
    let one = &point["stopped"][0];
    assert!(one["rule"].as_str().unwrap().starts_with("rule-"), "{one}");
    assert!(one["need"].as_str().unwrap().starts_with("need-") && one["purpose"] != "", "{one}");
    assert!(one["packet"].as_str().unwrap().contains(":104") && one["text"] == "tcp dport 104 drop", "{one}");
    assert_eq!(point["opened"], Value::from(Vec::<Value>::new()), "{point}");

    place.write("open.nft", "table inet f {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy accept;\n\t}\n}\n");
    let ran = place.cordon(&format!("{line} --config open.nft --json --fail-on opened")).expect(1);
    let point = parsed(&ran.stdout)["configurations"]["points"][0].take();
    assert_eq!(point["stopped_count"], 0);
    assert!(point["opened"][0]["reaches"].is_string() && point["opened"][0]["packet"].is_string(), "{point}");
    let shown = place.cordon(&format!("{line} --config changed.nft")).expect(0).out();
    assert!(shown.contains("stops what a rule permits") && shown.contains("rule-"), "{shown}");
    let wrong = place.cordon(&format!("{line} --config site/plan.json")).expect(3);
    assert!(wrong.err().contains("plan.json"), "{}", wrong.err());
}

/// What Cordon writes does what the plan says before anybody has put it into force, in every language that is read, and
/// where it is not bound that is said.
#[test]
fn rules_that_are_bound_to_nothing_are_held_against_the_plan_all_the_same() {
    let place = Place::new();
    clinic(&place);
    place.cordon("site init site").expect(0);
    place.cordon("segment plan --in out/assessment.json --site site --out plan").expect(0);
    let line = "segment drift --in plan/assessment.json --plan site --fail-on stopped,unsure,opened --config";
    let zones = parsed(&place.read("plan/assessment.json"))["zones"].as_array().unwrap().clone();
    let interfaces: Vec<String> = (10..)
        .zip(&zones)
        .map(|(vlan, zone)| format!("--interface {}=Vlan{vlan}", zone["id"].as_str().unwrap()))
        .collect();
    for (target, file, interfaces) in [
        ("iptables", "cordon.iptables", String::new()),
        ("iptables-ipset", "cordon-sets.iptables", String::new()),
        ("cisco-ios", "cisco-ios.cfg", String::new()),
        ("cisco-ios", "cisco-ios.cfg", interfaces.join(" ")),
        ("cisco-asa", "cisco-asa.cfg", String::new()),
        ("cisco-asa", "cisco-asa.cfg", interfaces.join(" ")),
    ] {
        let render = format!("segment render --in plan/assessment.json --target {target} --stage enforce");
        place.cordon(&format!("{render} {interfaces} --out rules --force")).expect(0);
        let sets = if target == "iptables-ipset" { " rules/cordon-sets.ipset" } else { "" };
        let ran = place.cordon(&format!("{line} rules/{file}{sets} --json"));
        let point = parsed(&ran.stdout)["configurations"]["points"][0].take();
        assert_eq!(ran.code, 0, "{target} {interfaces}: {point:#}");
        let unbound = point["unbound"].as_array().unwrap();
        assert_eq!(unbound.is_empty(), !interfaces.is_empty(), "{target}: {unbound:?}");
        assert!(point["assumed"].as_str().unwrap().contains("checked as if"), "{point}");
        let shown = place.cordon(&format!("{line} rules/{file}{sets}")).expect(0).out();
        let said = "list exists, bound to no interface: ";
        assert_eq!(shown.contains(said), interfaces.is_empty(), "{shown}");
        // One permit more, and one less.
        let text = String::from_utf8(place.read(&format!("rules/{file}"))).unwrap();
        let more = match target {
            "cisco-ios" => text.replacen(" remark no rule", " permit tcp any any eq 23\n remark no rule", 1),
            "cisco-asa" => {
                let last = text.lines().find(|line| line.contains(" remark no rule")).unwrap();
                let name = last.split(' ').nth(1).unwrap();
                text.replacen(
                    last,
                    &format!("access-list {name} extended permit tcp any4 any4 eq 23\n{last}"),
                    1,
                )
            }
            _ => text.replacen(
                "-A CORDON -m limit",
                "-A CORDON -p tcp --dport 23 -j ACCEPT\n-A CORDON -m limit",
                1,
            ),
        };
        place.write("more.cfg", &more);
        let ran = place.cordon(&format!("{line} more.cfg{sets} --json")).expect(1);
        let point = parsed(&ran.stdout)["configurations"]["points"][0].take();
        assert!(
            !point["opened"].as_array().unwrap().is_empty() && point["stopped_count"] == 0,
            "{target}: {point}"
        );
    }
}

#[test]
fn a_quarantine_that_is_held_ends_with_2_whether_rules_were_wanted_or_not() {
    let place = Place::new();
    clinic(&place);
    place.cordon("site init site").expect(0);
    let assessment = place.assessment("out");
    let devices = assessment["devices"].as_array().unwrap();
    let pump = devices.iter().find(|device| device["category"] == "infusion_pump").unwrap();
    let pump = pump["ips"][0].as_str().unwrap();
    let line = format!("segment quarantine {pump} --in out/assessment.json --site site --now {NOW}");
    for wanted in ["", "--json", "--out held"] {
        let ran = place.cordon(&format!("{line} {wanted}")).expect(2);
        assert!(ran.err().contains("--approved-by"), "{}", ran.err());
        assert!(!place.path("held").exists());
    }
    // What it would do is said all the same.
    let told = parsed(&place.cordon(&format!("{line} --json")).expect(2).stdout);
    assert!(told["hold"].is_string() && told["lost"].is_array(), "{told}");
    let agreed = format!("{line} --approved-by Anna");
    let told = parsed(&place.cordon(&format!("{agreed} --for 90m --json")).expect(0).stdout);
    assert_eq!((&told["from"], &told["until"]), (&Value::from(NOW), &Value::from("2026-11-22T13:30:00Z")));
    for wrong in ["0s", "90", "m", "15d", "-5m", "99999999d", "5ü"] {
        let ran = place.cordon(&format!("{agreed} --for={wrong} --out held")).expect(2);
        assert!(!ran.err().is_empty() && !place.path("held").exists(), "{wrong}");
    }
    place.cordon(&format!("{agreed} --for 90m --out held")).expect(0);
    let first = files(&place, "held");
    place.cordon(&format!("{agreed} --for 90m --out held --force")).expect(0);
    assert!(files(&place, "held") == first);
    let nft = String::from_utf8(place.read("held/quarantine.nft")).unwrap();
    assert!(nft.contains(&format!("{pump} timeout 5400s")), "{nft}");
    let iptables = String::from_utf8(place.read("held/quarantine.iptables")).unwrap();
    assert!(iptables.contains("--datestop 2026-11-22T13:30:00 -j DROP"), "{iptables}");
}
