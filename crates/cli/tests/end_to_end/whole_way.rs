//! A capture in, documents out, and every way back in.

use crate::harness::{NOW, Place, recorded};
use serde_json::Value;

fn simulated() -> Place {
    let place = Place::new();
    place.cordon("simulate --devices 40 --hours 1 --seed 3 --out hospital").expect(0);
    place
}

fn assess(place: &Place, inputs: &str, out: &str) {
    place.cordon(&format!("assess {inputs} --out {out} --now {NOW}")).expect(0);
}

#[test]
fn one_command_writes_every_document() {
    let place = simulated();
    let ran = place
        .cordon(&format!("assess hospital/capture.pcap hospital/assets.csv --out out --now {NOW}"))
        .expect(0);
    for name in ["assessment.json", "assessment.pdf", "inventory.csv", "inventory.xlsx", "risk-ranking.csv"] {
        assert!(!place.read(&format!("out/{name}")).is_empty(), "{name}");
    }
    assert!(place.path("out/segmentation/cordon.nft").is_file());
    assert!(place.read("out/assessment.pdf").starts_with(b"%PDF-"));
    assert!(ran.out().contains("rank") && ran.out().contains("assessment.pdf"), "{}", ran.out());
    assert_eq!(ran.err(), "", "a pipe is quiet");

    let assessment = place.assessment("out");
    assert_eq!(assessment["schema"], "cordon.assessment/1");
    assert_eq!(assessment["now"], NOW);
    assert!(assessment["devices"].as_array().unwrap().len() >= 40);
    assert!(!assessment["rules"].as_array().unwrap().is_empty());
    let scores: Vec<f64> = assessment["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["risk"]["score"].as_f64().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "highest risk first: {scores:?}");
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let place = simulated();
    assess(&place, "hospital/capture.pcap hospital/assets.csv", "one");
    assess(&place, "hospital/capture.pcap hospital/assets.csv", "two");
    for path in place.files("one") {
        let name = path.strip_prefix(place.path("one")).unwrap().to_str().unwrap().to_owned();
        assert!(place.read(&format!("one/{name}")) == place.read(&format!("two/{name}")), "{name} differs");
    }
}

#[test]
fn batches_give_the_same_result_as_the_capture() {
    let place = simulated();
    let lines = place.cordon("observe hospital/capture.pcap").expect(0);
    place.write("b.jsonl", &lines.stdout);
    assess(&place, "hospital/capture.pcap", "direct");
    assess(&place, "b.jsonl", "through");
    let (direct, through) = (place.assessment("direct"), place.assessment("through"));
    for part in [
        "devices",
        "conversations",
        "events",
        "needs",
        "zones",
        "rules",
        "coverage",
        "actions",
        "containment",
    ] {
        assert!(direct[part] == through[part], "{part} differs");
    }
    assert!(direct["devices"].as_array().unwrap().len() > 10);

    // A Batch is accepted once, however often it is handed in.
    place.write("copy.jsonl", &lines.stdout);
    assess(&place, "b.jsonl copy.jsonl", "twice");
    assert!(place.assessment("twice")["conversations"] == direct["conversations"]);
}

#[test]
fn standard_input_and_compression_give_the_same_devices() {
    let place = simulated();
    assess(&place, "hospital/capture.pcap", "plain");
    let zipped = zstd::encode_all(place.read("hospital/capture.pcap").as_slice(), 1).unwrap();
    place.write("capture.bin", zipped);
    place.cordon_fed(&format!("assess - --out fed --now {NOW}"), "capture.bin").expect(0);
    let ids = |out| -> Vec<Value> {
        place.assessment(out)["devices"]
            .as_array()
            .unwrap()
            .iter()
            .map(|device| device["id"].clone())
            .collect()
    };
    assert_eq!(ids("plain"), ids("fed"));
}

#[test]
fn the_documents_can_be_made_again() {
    let place = simulated();
    assess(&place, "hospital/capture.pcap", "out");
    place.cordon("report out/assessment.json --out again").expect(0);
    for name in
        ["assessment.json", "assessment.pdf", "inventory.csv", "risk-ranking.csv", "segmentation/cordon.nft"]
    {
        assert!(place.read(&format!("out/{name}")) == place.read(&format!("again/{name}")), "{name} differs");
    }
    place.cordon("site init site").expect(0);
    let site =
        String::from_utf8(place.read("site/site.toml")).unwrap().replace("# organization", "organization");
    place.write("site/site.toml", site);
    place.cordon("report out/assessment.json --out branded --site site").expect(0);
    assert_eq!(place.assessment("branded")["site"]["organization"], "Northside Practice Group");
}

#[test]
fn what_a_person_writes_into_the_inventory_comes_back_and_outranks() {
    let place = simulated();
    assess(&place, "hospital/capture.pcap", "out");
    let text = String::from_utf8(place.read("out/inventory.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heading = reader.headers().unwrap().clone();
    let column = |name: &str| heading.iter().position(|cell| cell == name).unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&heading).unwrap();
    let mut edited = None;
    for row in reader.records() {
        let mut cells: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        if edited.is_none() && !cells[column("model")].is_empty() && !cells[column("macs")].is_empty() {
            cells[column("owner")] = "Dr. Ada Example".into();
            cells[column("model")] = "Model by hand".into();
            edited = Some(cells[column("macs")].split(' ').next().unwrap().to_owned());
        }
        writer.write_record(&cells).unwrap();
    }
    place.write("walked.csv", writer.into_inner().unwrap());
    assess(&place, "hospital/capture.pcap walked.csv", "second");
    let (first, second) = (place.assessment("out"), place.assessment("second"));
    assert_eq!(first["devices"].as_array().unwrap().len(), second["devices"].as_array().unwrap().len());
    let mac = edited.unwrap();
    let find = |value: &Value| -> Value {
        let devices = value["devices"].as_array().unwrap();
        devices
            .iter()
            .find(|device| device["macs"].as_array().unwrap().iter().any(|one| *one == mac))
            .unwrap()
            .clone()
    };
    let device = find(&second);
    assert_eq!(device["owner"], "Dr. Ada Example");
    assert_eq!(device["model"], "Model by hand");
    // The rest of the row was Cordon's own words; they do not return as a person's.
    let firmware = |value: &Value| {
        value["claims"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|c| c["attribute"] == "category")
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(firmware(&find(&first)), firmware(&device));
}

#[test]
fn a_simulated_hospital_is_found_again() {
    let place = simulated();
    assess(&place, "hospital/capture.pcap hospital/assets.csv", "out");
    let score: Value = serde_json::from_slice(
        &place.cordon("score hospital/truth.json out/assessment.json --json").expect(0).stdout,
    )
    .unwrap();
    assert_found_without_a_sure_mistake(&score);
    place.cordon("score hospital/truth.json out/assessment.json").expect(0);
}

#[test]
fn the_recorded_laboratory_is_found_again() {
    let Some(data) = recorded() else { return };
    let place = Place::new();
    let capture = data.join("captures/medical/lab__labA.pcap");
    assess(&place, &capture.display().to_string(), "out");
    let truth = data.join("truth/labA.truth.json");
    let line = format!("score {} out/assessment.json --json", truth.display());
    let score: Value = serde_json::from_slice(&place.cordon(&line).expect(0).stdout).unwrap();
    assert_found_without_a_sure_mistake(&score);
}

#[test]
fn a_device_is_explained_from_packet_to_claim() {
    let place = simulated();
    assess(&place, "hospital/capture.pcap", "out");
    let assessment = place.assessment("out");
    let device = &assessment["devices"][0];
    let ran = place
        .cordon(&format!("explain {} --in out/assessment.json", device["id"].as_str().unwrap()))
        .expect(0);
    assert!(ran.out().contains("frame ") && ran.out().contains("risk "), "{}", ran.out());
    let ran = place.cordon("explain nobody --in out/assessment.json").expect(2);
    assert!(ran.err().contains("inventory.csv"), "{}", ran.err());
}

#[test]
fn schemas_and_knowledge_are_printed_and_checked() {
    let place = Place::new();
    for name in ["assessment", "batch", "truth"] {
        let schema: Value =
            serde_json::from_slice(&place.cordon(&format!("schema {name}")).expect(0).stdout).unwrap();
        assert!(schema["properties"].is_object(), "{name}");
    }
    assert!(place.cordon("schema nothing").expect(2).err().contains("assessment"));
    place.cordon("knowledge test").expect(0);
}

/// Every device of the truth is found as one of its own, and nothing wrong is stated as sure.
fn assert_found_without_a_sure_mistake(score: &Value) {
    let attributes = score["attributes"].as_object().unwrap();
    assert!(attributes.values().any(|tally| tally["right"].as_u64().unwrap() > 0), "{score:#}");
    assert!(attributes.values().all(|tally| tally["wrong_confident"] == 0), "{score:#}");
    for list in ["devices_missed", "devices_merged"] {
        assert_eq!(score[list].as_array().unwrap().len(), 0, "{list}: {score:#}");
    }
    assert_eq!(score["devices_split"], 0, "{score:#}");
}
