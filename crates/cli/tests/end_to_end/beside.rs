//! What configurations, recalls and ends of support change in an assessment.

use crate::harness::{NOW, Place};
use serde_json::{Value, json};

fn devices(assessment: &Value) -> &Vec<Value> {
    assessment["devices"].as_array().unwrap()
}

/// A router that parts the hospital's network in two and lets the upper half ask nobody in the lower.
const ROUTER: &str = "hostname ward-router\n\
    interface Vlan1\n ip address 10.20.0.1 255.255.255.224\n!\n\
    interface Vlan2\n ip address 10.20.0.33 255.255.255.224\n ip access-group UPPER in\n!\n\
    ip access-list extended UPPER\n permit icmp any any\n deny ip any 10.20.0.0 0.0.0.31\n permit ip any any\n";

#[test]
fn configurations_close_ways_and_without_them_the_network_is_flat() {
    let place = Place::new();
    place.cordon("simulate --devices 40 --hours 1 --seed 3 --out hospital").expect(0);
    place.write("router.cfg", ROUTER);
    let assess = |out: &str, more: &str| {
        let line = format!("assess hospital/capture.pcap --out {out} --now {NOW} {more}");
        let told = place.cordon(&line).expect(0).err();
        (place.assessment(out), told)
    };
    let (flat, _) = assess("flat", "");
    let (parted, _) = assess("parted", "--config router.cfg");
    assert!(flat["barriers"].is_null());
    let barriers = &parted["barriers"];
    assert_eq!(barriers["configurations"][0]["hostname"], "ward-router");
    assert_eq!(barriers["configurations"][0]["not_understood"], 0);
    let closed = barriers["pairs_closed"].as_u64().unwrap();
    let open = barriers["pairs_open"].as_u64().unwrap();
    assert!(closed > 0);
    assert_eq!(flat["containment"]["pairs_before"].as_u64().unwrap(), open + closed);
    assert_eq!(parted["containment"]["pairs_before"].as_u64().unwrap(), open);
    // Each closed pair is one device less that reaches the other, and one less that is reached.
    let sum = |assessment: &Value, field: &str| -> u64 {
        devices(assessment).iter().map(|device| device["exposure"][field].as_u64().unwrap()).sum()
    };
    for field in ["reachable_from", "reaches"] {
        assert_eq!((sum(&flat, field), sum(&parted, field)), (open + closed, open), "{field}");
    }
    let score = |assessment: &Value, id: &Value| {
        let found = devices(assessment).iter().find(|device| device["id"] == *id).unwrap();
        found["risk"]["score"].as_f64().unwrap()
    };
    let mut lower = 0;
    for device in devices(&parted) {
        let (now, before) = (score(&parted, &device["id"]), score(&flat, &device["id"]));
        assert!(now <= before, "a closed way never raises a risk");
        lower += usize::from(now < before);
    }
    assert!(lower > 0);
    let why = parted["devices"].to_string();
    assert!(why.contains("by the configuration of ward-router"), "the reason names the configuration");

    // What is not understood is open, and it is said.
    place.write("unsure.cfg", ROUTER.replace(" deny ip any 10", " permit sorcery any any\n deny ip any 10"));
    let (unsure, _) = assess("unsure", "--config unsure.cfg");
    assert_eq!(unsure["barriers"]["pairs_closed"], 0);
    assert!(unsure["devices"].to_string().contains("was not understood and counts as open"));

    place.write("notes.txt", "nothing that filters\n");
    let (none, told) = assess("none", "--config notes.txt");
    assert!(none["barriers"].is_null() && told.contains("closes no way"), "{told}");
    place.cordon(&format!("assess hospital/capture.pcap --out x --now {NOW} --config missing.cfg")).expect(3);
}

#[test]
fn recalls_and_ends_of_support_stand_with_the_device() {
    let place = Place::new();
    place.write(
        "assets.csv",
        "asset_tag,manufacturer,model,serial,os,os_version\n\
         P-1,Baxter,Sigma Spectrum,1002345,,\nP-2,Baxter,Sigma Spectrum,1002347,,\n\
         P-3,Baxter,Sigma Spectrum,,,\nS-1,Example,Gate 1,,Example OS,3.2.1\n",
    );
    let recall = |number: &str, product: &str, codes: &str| {
        json!({ "cfres_id": number, "product_res_number": number, "recalling_firm": "Baxter Healthcare Corporation",
            "product_code": "FRN", "product_description": product, "code_info": codes, "recall_status": "Open, Classified",
            "reason_for_recall": "Software may stop the infusion.", "action": "Customers were asked to update.",
            "event_date_initiated": "2026-10-01" })
    };
    let recalls = [
        recall("Z-0001-2027", "SIGMA Spectrum Infusion Pump", "Serial numbers: 1002345, 1002346"),
        recall("Z-0002-2027", "SIGMA Spectrum Infusion Pump", "Lot 20118000"),
        recall("Z-0003-2027", "Another Pump", "All units"),
    ];
    place.write(
        "recalls.json",
        json!({ "meta": { "last_updated": "2026-11-18" }, "results": recalls }).to_string(),
    );
    place.write(
        "example.md",
        "---\ntitle: Example OS\ncategory: os\npermalink: /example\nreleases:\n  - releaseCycle: \"3.2\"\n    \
         releaseDate: 2014-01-02\n    eol: 2020-01-01\n---\n",
    );
    place.cordon("feed import recalls.json example.md --feeds feeds").expect(0);
    place.cordon(&format!("assess assets.csv --out out --now {NOW} --feeds feeds")).expect(0);
    let assessment = place.assessment("out");
    let of = |tag: &str| devices(&assessment).iter().find(|device| device["asset_tag"] == tag).unwrap();
    let statuses = |tag: &str| -> Vec<(String, String)> {
        let recalls = of(tag)["recalls"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut found: Vec<_> = recalls.map(|one| (text(&one["number"]), text(&one["status"]))).collect();
        found.sort();
        found
    };
    let pair = |first: &str| {
        vec![
            ("Z-0001-2027".to_owned(), first.to_owned()),
            ("Z-0002-2027".to_owned(), "undetermined".to_owned()),
        ]
    };
    assert_eq!(statuses("P-1"), pair("affected"));
    assert_eq!(statuses("P-2"), pair("not_affected"));
    assert_eq!(statuses("P-3"), pair("undetermined"));
    let score = |tag: &str| of(tag)["risk"]["score"].as_f64().unwrap();
    assert!(score("P-1") > score("P-3") && score("P-3") > score("P-2"));
    let factors = of("P-1")["risk"]["factors"].to_string();
    assert!(factors.contains("its maker recalls it: Z-0001-2027"), "{factors}");
    let support = &of("S-1")["support"];
    assert_eq!((&support["os"], &support["until"]), (&json!("ended"), &json!("2020-01-01T00:00:00Z")));
    assert!(support["source"].as_str().unwrap().starts_with("endoflife.date/example"), "{support}");
    let feeds = assessment["feeds"].to_string();
    assert!(feeds.contains("fda-recall") && feeds.contains("endoflife"), "{feeds}");
    let explained = place.cordon("explain P-1 --in out/assessment.json").expect(0).out();
    for part in
        ["support and updates", "recalls", "Z-0001-2027  affected", "its serial number 1002345 is among"]
    {
        assert!(explained.contains(part), "{part} in {explained}");
    }
    let asked = assessment["actions"].to_string();
    assert!(asked.contains("Which serial number has it?") && asked.contains("Which lot is it of"), "{asked}");
}
