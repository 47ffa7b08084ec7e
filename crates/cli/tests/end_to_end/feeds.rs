//! Feeds, from the publisher's server or from disk into an assessment, as a person types it.

use crate::harness::{NOW, Place, recorded};
use cordon_testkit::server::{Fault, Server};
use serde_json::{Value, json};
use std::fs;

fn kev(version: &str) -> String {
    json!({ "catalogVersion": version, "count": 1, "vulnerabilities": [{ "cveID": "CVE-2024-0001", "dateAdded": "2024-12-30" }] })
        .to_string()
}

const EPSS: &str = "#model_version:v2025.03.14,score_date:2026-11-21T00:00:00+0000\ncve,epss,percentile\nCVE-2024-0001,0.5,0.9\n";

fn status(place: &Place, folder: &str) -> Value {
    let told = place.cordon(&format!("feed status --json --feeds {folder} --now {NOW}")).expect(0).out();
    serde_json::from_str(&told).unwrap()
}

#[test]
fn an_update_from_a_server_and_an_import_from_disk_give_the_same_feeds() {
    let (place, server) = (Place::new(), Server::start().unwrap());
    server.put("/kev.json", kev("2026.11.20"));
    server.put("/epss.csv", EPSS);
    server.spoil("/kev.json", &[Fault::Half]);
    let update = format!(
        "feed update kev epss --feeds fetched --now {NOW} --url kev={} --url epss={}",
        server.url("/kev.json"),
        server.url("/epss.csv")
    );
    let told = place.cordon(&update).expect(0).out();
    assert!(told.contains("kev: 1 records, 2026.11.20") && told.contains("epss: 1 records"), "{told}");
    assert!(place.cordon(&update).expect(0).out().contains("kev: nothing new"));
    fs::create_dir(place.path("carried")).unwrap();
    place.write("carried/kev.json", kev("2026.11.20"));
    place.write("carried/epss.csv.zst", zstd::encode_all(EPSS.as_bytes(), 1).unwrap());
    place.cordon(&format!("feed import carried --feeds imported --now {NOW}")).expect(0);
    let (fetched, imported) = (status(&place, "fetched"), status(&place, "imported"));
    for name in ["kev", "epss"] {
        for field in ["folder", "version", "records", "sha256", "bytes"] {
            assert_eq!(fetched["feeds"][name][field], imported["feeds"][name][field], "{name} {field}");
        }
        assert_eq!(fetched["feeds"][name]["age_days"], 0);
        assert_eq!(fetched["tried"][name]["error"], Value::Null);
    }
    // An older one, or a server that is gone, is told with what to do, and nothing changes.
    server.put("/kev.json", kev("2026.11.01"));
    let refused = place.cordon(&update).expect(0);
    assert!(
        refused.out().contains("kev: failed") && refused.out().contains("--allow-rollback"),
        "{}",
        refused.out()
    );
    assert_eq!(status(&place, "fetched")["feeds"]["kev"]["version"], "2026.11.20");
    assert!(status(&place, "fetched")["tried"]["kev"]["error"].as_str().unwrap().contains("older than"));
    let only = update.replace("kev epss", "kev");
    place.cordon(&only).expect(3);
    place.cordon(&format!("{only} --allow-rollback")).expect(0);
    assert_eq!(status(&place, "fetched")["feeds"]["kev"]["version"], "2026.11.01");
}

#[test]
fn an_update_that_failed_keeps_nobody_from_assessing() {
    let (place, server) = (Place::new(), Server::start().unwrap());
    place.cordon("simulate --devices 5 --hours 0.1 --seed 1 --out hospital").expect(0);
    place.cordon(&format!("feed update kev --now {NOW} --url kev={}", server.url("/gone.json"))).expect(3);
    place.cordon(&format!("assess hospital/capture.pcap --now {NOW} --out assessment")).expect(0);
    // Who names the folder is told that it is empty.
    let named = place
        .cordon(&format!("assess hospital/capture.pcap --now {NOW} --out again --feeds cache/cordon/feeds"))
        .expect(3);
    assert!(named.err().contains("nothing was imported into it yet"), "{}", named.err());
    fs::write(place.path("cache/cordon/feeds/manifest.json"), "{").unwrap();
    let damaged = place.cordon(&format!("assess hospital/capture.pcap --now {NOW} --out again")).expect(3);
    assert!(damaged.err().contains("manifest.json"), "{}", damaged.err());
}

#[test]
fn wrong_use_says_what_is_right() {
    let place = Place::new();
    for (line, wanted) in [
        ("feed update kevv --feeds f", "there is no source"),
        ("feed update kev --feeds f --url kev=file:///etc/passwd", "no address of the web"),
        ("feed update kev --feeds f --url kev", "NAME=URL"),
        ("feed update csaf --feeds f --csaf here", "no address"),
        ("feed update kev --feeds f --ca missing.pem", "missing.pem"),
        ("feed import x --add --replace --feeds f", "cannot be used with"),
    ] {
        let error = place.cordon(line).expect(2).err();
        assert!(error.contains(wanted), "{line}: {error}");
    }
}

#[test]
fn real_feeds_are_used_by_an_assessment() {
    let Some(data) = recorded() else { return };
    let place = Place::new();
    let from = |name: &str| data.join(name).display().to_string();
    let names = ["advisories/kev", "advisories/vulnrichment", "advisories/icsma"].map(from);
    let told =
        place.cordon(&format!("feed import {} --feeds feeds --now {NOW}", names.join(" "))).expect(0).out();
    assert!(told.contains("kev: 1239 records, 2024.12.31") && told.contains("cve: 134 records"), "{told}");
    let epss = "#model_version:v2025.03.14,score_date:2026-11-21T00:00:00+0000\ncve,epss,percentile\nCVE-2024-28877,0.25,0.9\n";
    place.write("epss.csv", epss);
    place.cordon(&format!("feed import epss.csv --feeds feeds --now {NOW}")).expect(0);
    let list = "asset_tag,manufacturer,model,firmware\nA-1,Philips,IntelliSpace Portal 8.0,8.0.2\nA-2,MicroDicom,DICOM Viewer,2023.1\n";
    place.write("assets.csv", list);
    place.cordon(&format!("assess assets.csv --feeds feeds --out out --now {NOW}")).expect(0);
    let found = place.assessment("out");
    let names: Vec<&str> =
        found["feeds"].as_array().unwrap().iter().map(|feed| feed["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"csaf"), "{names:?}");
    assert!(found["advisories"]["read"].as_u64().unwrap() >= 70, "{}", found["advisories"]);
    let finding = |tag: &str, advisory: &str| {
        let devices = found["devices"].as_array().unwrap();
        let device = devices.iter().find(|device| device["asset_tag"] == tag).unwrap();
        let findings = device["findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["advisory"] == advisory).unwrap().clone()
    };
    let portal = finding("A-1", "ICSMA-18-058-02");
    assert_eq!(portal["known_exploited"], true, "{portal}");
    let viewer = finding("A-2", "ICSMA-24-163-01");
    assert_eq!((&viewer["epss_model"], &viewer["epss"]), (&json!("v2025.03.14"), &json!(0.25)), "{viewer}");
    for name in ["csaf", "cve", "epss", "kev"] {
        assert!(names.contains(&name), "{names:?}");
    }
}
