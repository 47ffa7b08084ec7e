//! `cordon segment verify`, `diff` and `replay`: a router's configuration against what care needs.

use crate::harness::{NOW, Place};
use serde_json::Value;

fn points(ran: &[u8]) -> Value {
    serde_json::from_slice::<Value>(ran).unwrap()["points"].take()
}

/// A router that leads everywhere; to the outside by a network of its own.
fn router(lists: &str) -> String {
    format!(
        "hostname ward-router\n{lists}interface Vlan1\n ip address 192.0.2.1 255.255.255.0\nip route 0.0.0.0 0.0.0.0 192.0.2.254\n"
    )
}

#[test]
fn a_router_that_breaks_care_is_told_and_one_that_does_not_is_not() {
    let place = Place::new();
    place.cordon("simulate --devices 40 --hours 1 --seed 3 --vlans --out hospital").expect(0);
    place.cordon(&format!("assess hospital/capture.pcap --out out --now {NOW}")).expect(0);
    let assessment = place.assessment("out");
    // Every network of the hospital that has a need's end gets an interface.
    let mut networks = std::collections::BTreeSet::new();
    for device in assessment["devices"].as_array().unwrap() {
        for ip in device["ips"].as_array().unwrap() {
            let ip: std::net::IpAddr = ip.as_str().unwrap().parse().unwrap();
            if let std::net::IpAddr::V4(ip) = ip
                && ip.is_private()
            {
                let [a, b, c, _] = ip.octets();
                networks.insert((a, b, c));
            }
        }
    }
    assert!(networks.len() > 1, "{networks:?}");
    let config = |list: &str| {
        let interface = |(at, (a, b, c)): (usize, &(u8, u8, u8))| {
            format!(
                "interface Vlan{}\n ip address {a}.{b}.{c}.254 255.255.255.0\n ip access-group WARD in\n",
                at + 10
            )
        };
        let interfaces: String = networks.iter().enumerate().map(interface).collect();
        router(&format!("{interfaces}ip access-list extended WARD\n{list}"))
    };
    place.write("open.cfg", config(" permit ip any any\n"));
    place.write("closed.cfg", config(" permit udp any any\n deny ip any any\n permit tcp any any\n"));
    place.write("doubtful.cfg", config(" permit ip any any time-range NIGHT\n"));
    let line = "--in out/assessment.json";

    let open =
        place.cordon(&format!("segment verify open.cfg {line} --json --fail-on blocked,unsure")).expect(0);
    let open = points(&open.stdout)[0].take();
    told_apart_and_replayed(&place, line);
    assert_eq!((&open["hostname"], &open["blocked_count"]), (&Value::from("ward-router"), &Value::from(0)));
    assert!(open["passing"].as_u64().unwrap() > 20, "{open}");
    assert!(!open["loose"].as_array().unwrap().is_empty());
    place.cordon(&format!("segment verify open.cfg {line} --fail-on loose")).expect(1);

    let closed =
        place.cordon(&format!("segment verify closed.cfg {line} --json --fail-on blocked")).expect(1);
    let closed = points(&closed.stdout)[0].take();
    let blocked = closed["blocked"].as_array().unwrap();
    assert!(blocked.iter().all(|one| one["packet"].as_str().unwrap().starts_with("tcp ")), "{blocked:?}");
    assert!(
        blocked.iter().any(|one| one["text"] == "deny ip any any" && one["need"].is_string()),
        "{blocked:?}"
    );
    assert_eq!(closed["idle"][0]["kind"], "contradicted");
    let shown = place.cordon(&format!("segment verify closed.cfg open.cfg {line}")).expect(0).out();
    assert!(shown.contains("breaks care") && shown.contains("lines that do nothing: 1"), "{shown}");

    let doubtful =
        place.cordon(&format!("segment verify doubtful.cfg {line} --json --fail-on unsure")).expect(1);
    let doubtful = points(&doubtful.stdout)[0].take();
    // What comes in from outside meets no list, and so no doubt.
    let (unsure, passing) = (doubtful["unsure_count"].as_u64().unwrap(), open["passing"].as_u64().unwrap());
    assert!((passing..2 * passing).contains(&unsure), "{unsure} of {passing}");
    assert_eq!(doubtful["not_understood_count"], 1);
}

/// The open configuration against the closed one, and what was seen through both.
fn told_apart_and_replayed(place: &Place, line: &str) {
    let twice =
        place.cordon(&format!("segment diff open.cfg closed.cfg {line} --json --fail-on closed")).expect(1);
    let twice: Value = serde_json::from_slice(&twice.stdout).unwrap();
    assert_eq!(twice["opened"].as_array().map(Vec::len), Some(0), "{twice}");
    assert_eq!(twice["closed"][0]["new"]["text"], "deny ip any any", "{twice}");
    let same = place.cordon("segment diff open.cfg open.cfg --fail-on closed,opened,unsure").expect(0).out();
    assert_eq!(same, "both let the same packets through\n");
    place.cordon(&format!("segment replay open.cfg {line} --fail-on blocked,unsure")).expect(0);
    let replayed =
        place.cordon(&format!("segment replay closed.cfg {line} --json --fail-on blocked")).expect(1);
    let replayed: Value = serde_json::from_slice(&replayed.stdout).unwrap();
    let first = &replayed["blocked"][0];
    assert_eq!(first["stopped"]["text"], "deny ip any any", "{first}");
    assert!(
        first["need_state"].is_string() && !first["stopped"]["purpose"].as_str().unwrap().is_empty(),
        "{first}"
    );
}

#[test]
fn what_is_no_configuration_is_told() {
    let place = Place::new();
    place.write("a.csv", "asset_tag,manufacturer,model\nA-1,Siemens,SOMATOM go.Up\n");
    place.cordon(&format!("assess a.csv --out a --now {NOW}")).expect(0);
    let ran = place.cordon("segment verify a.csv --in a/assessment.json").expect(3);
    assert!(ran.err().contains("a.csv: it is no configuration of a kind that is read"), "{}", ran.err());
    let ran = place.cordon("segment verify missing.cfg --in a/assessment.json").expect(3);
    assert!(ran.err().contains("missing.cfg"), "{}", ran.err());
}

#[test]
fn what_is_cut_off_or_wrong_is_told_with_file_and_line_and_nothing_is_written() {
    let place = Place::new();
    place.write("a.csv", "asset_tag,manufacturer,model\nA-1,Siemens,SOMATOM go.Up\n");
    place.cordon(&format!("assess a.csv --out a --now {NOW}")).expect(0);
    let rules = "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -j ACCEPT\nCOMMIT\n";
    let ruleset = "table inet f {\n chain a {\n  type filter hook forward priority 0;\n  ip saddr 10.0.0.0/8 accept\n }\n}\n";
    for (name, text, told) in [
        ("cut.rules", &rules[..50], "cut.rules: line 1: this table does not end with COMMIT"),
        ("cut.nft", &ruleset[..88], "cut.nft: line 2: this chain does not end"),
        ("cut.json", "{ \"nftables\": [ {\"table\"", "cut.json: line 1: this is no complete JSON"),
        ("binary.cfg", "hostname\0\u{1}\0\0", "binary.cfg: it is no text"),
        ("empty.cfg", "", "empty.cfg: it is no configuration of a kind that is read"),
    ] {
        place.write(name, text);
        let ran = place.cordon(&format!("segment verify {name} --in a/assessment.json")).expect(3);
        assert!(ran.err().contains(told), "{}", ran.err());
        assert_eq!(ran.out(), "", "{name}");
    }
    // As a Windows console saves it.
    let wide: Vec<u8> = router("").encode_utf16().flat_map(u16::to_le_bytes).collect();
    place.write("wide.cfg", [&[0xff, 0xfe], wide.as_slice()].concat());
    let read = place.cordon("segment verify wide.cfg --in a/assessment.json --json").expect(0);
    assert_eq!(points(&read.stdout)[0]["hostname"], "ward-router");

    let whole = place.read("a/assessment.json");
    place.write("half.json", &whole[..whole.len() / 2]);
    for (line, told) in [
        ("--in half.json", "half.json: this is no assessment.json of this version"),
        ("--in a/assessment.json --interface nowhere=Vlan2", "there is no zone \"nowhere\""),
        ("--in a/assessment.json --target cobol", "there is no target \"cobol\""),
    ] {
        let ran = place.cordon(&format!("segment render {line} --out rules"));
        assert!(ran.err().contains(told), "{}", ran.err());
        assert!(!place.path("rules").exists(), "{line}");
    }
}
