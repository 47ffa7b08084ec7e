//! What a clinic has besides captures: other tools' logs, leases and lists, alone and together with a capture.

use crate::harness::{NOW, Place};
use serde_json::Value;

fn assess(place: &Place, inputs: &str, out: &str) -> Value {
    place.cordon(&format!("assess {inputs} --out {out} --now {NOW}")).expect(0);
    place.assessment(out)
}

fn devices(assessment: &Value) -> &Vec<Value> {
    assessment["devices"].as_array().unwrap()
}

fn with<'a>(assessment: &'a Value, field: &str, value: &str) -> Option<&'a Value> {
    devices(assessment).iter().find(|device| {
        device[field] == value
            || device[field].as_array().is_some_and(|all| all.iter().any(|one| one == value))
    })
}

const EVE: &str = concat!(
    r#"{"timestamp":"2026-11-16T08:00:01.000000+0100","event_type":"flow","src_ip":"10.77.0.5","dest_ip":"10.77.0.9","dest_port":104,"proto":"TCP","flow":{"pkts_toserver":10,"pkts_toclient":8,"bytes_toserver":1000,"bytes_toclient":500,"start":"2026-11-16T08:00:00.000000+0100","end":"2026-11-16T08:00:30.000000+0100"},"tcp":{"syn":true}}"#,
    "\n",
    r#"{"timestamp":"2026-11-16T08:00:01.000000+0100","event_type":"http","src_ip":"10.77.0.5","dest_ip":"10.77.0.9","dest_port":80,"proto":"TCP","http":{"hostname":"pacs.example","url":"/Patient?name=DOE^JANE","http_user_agent":"Viewer/1"}}"#,
    "\n",
    r#"{"timestamp":"2026-11-16T08:00:02.000000+0100","event_type":"http","http":{"url":"/Patient?name=DOE^JANE","#,
    "\n",
);

const LEASES: &str = "lease 10.77.0.5 {\n  starts 1 2026/11/16 07:00:00;\n  binding state active;\n  hardware ethernet 00:1b:0d:20:77:05;\n  client-hostname \"viewer-5\";\n}\n";

#[test]
fn a_capture_logs_leases_and_lists_are_one_estate() {
    let place = Place::new();
    place.cordon("simulate --devices 12 --hours 0.5 --seed 3 --out hospital").expect(0);
    assess(&place, "hospital/capture.pcap", "before");
    place.write("eve.json", EVE);
    place.write("dhcpd.leases", LEASES);
    place.write(
        "assets.csv",
        "asset tag,mac address,manufacturer,model,serial\nT-5,00:1b:0d:20:77:05,Acme,Viewer 5,S5\nUSB-1,,Acme,Spirometer,S6\n",
    );
    let assessment =
        assess(&place, "hospital/capture.pcap eve.json dhcpd.leases assets.csv before/inventory.xlsx", "out");
    // The workstation of the log has its MAC address from the lease and its label from the list.
    let viewer = with(&assessment, "ips", "10.77.0.5").unwrap();
    assert_eq!(viewer["asset_tag"], "T-5", "{viewer}");
    assert_eq!(viewer["macs"][0], "00:1b:0d:20:77:05");
    assert!(viewer["hostnames"].as_array().unwrap().iter().any(|name| name == "viewer-5"));
    // A device that is never on the network is one all the same.
    assert!(with(&assessment, "asset_tag", "USB-1").is_some());
    // Our own workbook, unchanged, says nothing new; the capture's devices are what they were.
    let before = place.assessment("before");
    assert_eq!(devices(&assessment).len(), devices(&before).len() + 3);
    let talk = assessment["conversations"].as_array().unwrap();
    let to_archive =
        talk.iter().find(|talk| talk["port"] == 104 && talk["client_device"] == viewer["id"]).unwrap();
    assert_eq!((&to_archive["packets"], &to_archive["bytes"]), (&Value::from(18), &Value::from(1500)));
    // The broken record comes back without what it may have said of a patient.
    let rejected = String::from_utf8(place.read("out/rejected-eve.json.csv")).unwrap();
    assert!(rejected.contains("\"eve.json\",3,"), "{rejected}");
    for path in place.files("out") {
        let bytes = std::fs::read(&path).unwrap();
        assert!(memchr::memmem::find(&bytes, b"JANE").is_none(), "{}", path.display());
    }
}

#[test]
fn compressed_logs_and_batches_of_them_give_the_same() {
    let place = Place::new();
    place.write("eve.json", EVE);
    place.write("eve.json.zst", zstd::encode_all(EVE.as_bytes(), 1).unwrap());
    let lines = place.cordon("observe eve.json").expect(0);
    place.write("b.jsonl", &lines.stdout);
    let plain = assess(&place, "eve.json", "plain");
    for (input, out) in [("eve.json.zst", "zipped"), ("b.jsonl", "through")] {
        let other = assess(&place, input, out);
        let same = |part: &str| match out {
            "zipped" => {
                plain[part].to_string().replace("eve.json", "x")
                    == other[part].to_string().replace("eve.json.zst", "x")
            }
            _ => plain[part] == other[part],
        };
        assert!(same("devices") && same("conversations") && same("rules"), "{input}");
    }
    assert_eq!(devices(&plain).len(), 2);
}

#[test]
fn columns_are_proposed_confirmed_and_used() {
    let place = Place::new();
    place.cordon("site init site").expect(0);
    place.write("list.csv", "Lfd;Firma;Adapter;Bezeichnung\n1;Siemens;00:1b:0d:20:77:05;Somatom\n2;Philips;00:1b:0d:20:77:06;IntelliVue\n");
    let refused = place.cordon(&format!("assess list.csv --out out --now {NOW}")).expect(3);
    assert!(refused.err().contains("cordon intake propose"), "{}", refused.err());
    let shown = place.cordon("intake propose list.csv").expect(0);
    assert!(
        shown.out().contains("MAC addresses") && shown.out().contains("manufacturers"),
        "{}",
        shown.out()
    );
    assert!(place.cordon("intake propose list.csv --set Firma=price").expect(2).err().contains("no column"));
    place
        .cordon(&format!("intake propose list.csv --set Bezeichnung=model --set Lfd=asset_tag --site site --confirm --why checked --now {NOW}"))
        .expect(0);
    let kept = String::from_utf8(place.read("site/mappings.toml")).unwrap();
    assert!(
        kept.contains("Bezeichnung = \"model\"") && kept.contains(NOW) && kept.contains("checked"),
        "{kept}"
    );
    place.cordon("site check site").expect(0);
    place.cordon(&format!("assess list.csv --site site --out out --now {NOW}")).expect(0);
    let assessment = place.assessment("out");
    let scanner = with(&assessment, "asset_tag", "1").unwrap();
    assert_eq!(scanner["model"], "Somatom", "{scanner}");
}

#[test]
fn the_template_can_be_handed_in() {
    let place = Place::new();
    let template = place.cordon("intake template").expect(0);
    place.write("assets.csv", &template.stdout);
    let assessment = assess(&place, "assets.csv", "out");
    assert_eq!(devices(&assessment).len(), 2);
    assert!(!place.path("out/rejected-assets.csv").exists());
}

#[test]
fn files_that_cannot_be_used_say_what_would() {
    let place = Place::new();
    place.write("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more");
    let ran = place.cordon("observe old.xls").expect(3);
    assert!(ran.err().contains("XLSX"), "{}", ran.err());
    place.write("files.log", "#separator \\x09\n#path\tfiles\n#fields\tts\tfuid\n1.5\tF\n");
    let ran = place.cordon("observe files.log").expect(3);
    assert!(ran.err().contains("files.log"), "{}", ran.err());
}
