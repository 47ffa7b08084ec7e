//! What follows from an assessment: what-ifs, attack paths, moved ranks, notices, forms, records, the rubric.

use crate::harness::{NOW, Place};
use serde_json::Value;

fn hospital() -> Place {
    let place = Place::new();
    place.cordon("simulate --devices 40 --hours 1 --seed 3 --out hospital").expect(0);
    place
}

fn assessed(place: &Place, more: &str, out: &str) -> Value {
    place.cordon(&format!("assess hospital/capture.pcap --out {out} --now {NOW} {more}")).expect(0);
    place.assessment(out)
}

fn json(place: &Place, line: &str) -> Value {
    serde_json::from_slice(&place.cordon(line).expect(0).stdout).unwrap()
}

#[test]
fn scores_follow_from_their_factors_and_what_ifs_from_actions() {
    let place = hospital();
    let assessment = assessed(&place, "", "out");
    for device in assessment["devices"].as_array().unwrap() {
        let factors = device["risk"]["factors"].as_array().unwrap();
        let side = |side: &str| {
            let of_side = factors.iter().filter(|factor| factor["side"] == side);
            1.0 - of_side.map(|factor| 1.0 - factor["value"].as_f64().unwrap()).product::<f64>()
        };
        let score = (1000.0 * side("likelihood") * side("impact")).round() / 10.0;
        assert!((score - device["risk"]["score"].as_f64().unwrap()).abs() < 0.06, "{}", device["id"]);
        assert!(device["risk"]["nist"]["risk"].as_str().unwrap().len() > 2);
    }
    let actions = assessment["actions"].as_array().unwrap();
    let first = actions[0]["id"].as_str().unwrap();
    let found = json(&place, &format!("what-if out/assessment.json --do {first} --json"));
    let lost = found["before"].as_f64().unwrap() - found["after"].as_f64().unwrap();
    let promised = actions[0]["removes"].as_f64().unwrap();
    let count = actions[0]["devices"].as_array().unwrap().len() as f64;
    assert!((lost - promised).abs() <= 0.1 * count + 0.1, "{lost} lost, {promised} promised");
    let all = json(&place, "what-if out/assessment.json --first 100 --json");
    assert!(all["after"].as_f64().unwrap() < found["after"].as_f64().unwrap());
    let unknown = place.cordon("what-if out/assessment.json --do act-nothing").expect(2);
    assert!(unknown.err().contains("act-nothing") && unknown.err().contains(first), "{}", unknown.err());
    place.cordon("what-if out/assessment.json").expect(2);
}

#[test]
fn the_plan_leaves_fewer_ways_to_devices_that_can_harm() {
    let place = hospital();
    let assessment = assessed(&place, "", "out");
    let from_internet = &assessment["reachability"];
    assert_eq!(from_internet["from"], "internet");
    let harmful = |reached: &Value| reached["harmful"].as_u64().unwrap();
    assert!(harmful(&from_internet["after"]) <= harmful(&from_internet["before"]));
    assert_eq!(json(&place, "paths out/assessment.json --json"), *from_internet);
    let start = assessment["devices"][0]["id"].as_str().unwrap();
    let from_device = json(&place, &format!("paths out/assessment.json --from {start} --json"));
    assert!(harmful(&from_device["before"]) > 0);
    for path in from_device["before"]["paths"].as_array().unwrap() {
        assert_eq!(path["devices"][0], start);
    }
    assert!(place.cordon("paths out/assessment.json").expect(0).out().starts_with("From the internet\n"));
    let records = String::from_utf8(place.read("out/risk-records.csv")).unwrap();
    assert!(records.lines().count() > 100 && records.contains(",effectiveness,"), "{records}");
}

#[test]
fn what_a_site_says_moves_ranks_and_support() {
    let place = hospital();
    place.cordon("site init site").expect(0);
    let plain = assessed(&place, "--site site", "plain");
    assert_eq!(plain["own_weights"], Value::Null);
    let devices = plain["devices"].as_array().unwrap();
    let known = |device: &&Value| device["manufacturer"].is_string() && device["model"].is_string();
    let device = devices.iter().find(known).unwrap();
    let (maker, model) = (device["manufacturer"].as_str().unwrap(), device["model"].as_str().unwrap());
    place.write("site/weights.toml", "[likelihood]\nunknown_identity = 0.99\n");
    let notice = format!(
        "version = 1\n[[notice]]\nmanufacturer = {maker:?}\nmodel = {model:?}\nsupport_until = \"2020-01-01\"\n\
         source = \"letter\"\nwho = \"anna\"\nwhen = \"2026-01-01\"\nwhy = \"seen\"\n"
    );
    place.write("site/lifecycle.toml", notice);
    let own = assessed(&place, "--site site", "own");
    assert_eq!(own["own_weights"]["changed"][0]["name"], "likelihood.unknown_identity");
    assert!(own["own_weights"]["moved"].as_u64().unwrap() > 0);
    let now = own["devices"].as_array().unwrap().iter().find(|one| one["id"] == device["id"]).unwrap();
    assert_eq!(now["support"]["device"], "ended");
    assert!(now["support"]["device_source"].as_str().unwrap().contains("anna"));
    place.write("site/lifecycle.toml", "version = 1\n[[notice]]\nmanufacturer = \"x\"\n");
    let refused = place.cordon("site check site").expect(3);
    assert!(refused.err().contains("lifecycle.toml"), "{}", refused.err());
}

#[test]
fn the_rubric_leads_to_a_vector() {
    let place = Place::new();
    let form = place.cordon("rubric form").expect(0).out();
    place.write("open.toml", &form);
    assert!(place.cordon("rubric score open.toml").expect(3).err().contains("av_network has no answer"));
    let filled: String = form
        .lines()
        .scan("no", |usual, line| {
            *usual = match line {
                line if line.contains("(yes or no)") => "no",
                line if line.contains("(none, low or high)") => "high",
                _ => usual,
            };
            Some(line.replace("\"\"", &format!("\"{usual}\"")) + "\n")
        })
        .collect();
    place.write("filled.toml", &filled);
    let scored = place.cordon("rubric score filled.toml").expect(0).out();
    assert!(scored.starts_with("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\n6.8 medium\n"), "{scored}");
}
