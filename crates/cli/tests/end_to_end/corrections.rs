//! What a person corrects in the site folder holds in every later run, and goes when it is taken away.

use crate::harness::Place;

const NOW: &str = "2026-03-01T12:00:00Z";
const LIST: &str = "asset_tag,mac,manufacturer,model\nT1,00:1b:0d:20:77:05,Siemens,Somatom\nT2,00:1b:0d:20:77:06,Siemens,Somatom\n";
const OTHER: &str = "mac,owner\n00:1b:0d:20:77:05,Radiology\n";

fn ids(place: &Place, inputs: &str) -> Vec<String> {
    place.cordon(&format!("assess {inputs} --site site --out out --force --now {NOW}")).expect(0);
    let assessment = place.assessment("out");
    let devices = assessment["devices"].as_array().unwrap();
    devices.iter().map(|device| device["id"].as_str().unwrap().to_owned()).collect()
}

fn correct(place: &Place, action: &str, devices: &str) {
    let text = format!(
        "version = 1\n[[{action}]]\ndevices = [{devices}]\nwho = \"anna\"\nwhen = \"2026-02-28\"\nwhy = \"seen on the floor\"\n"
    );
    place.write("site/corrections.toml", text);
}

#[test]
fn a_merge_holds_is_explained_and_can_be_taken_back() {
    let place = Place::new();
    place.cordon("site init site").expect(0);
    place.write("list.csv", LIST);
    let apart = ids(&place, "list.csv");
    assert_eq!(apart.len(), 2);
    correct(
        &place,
        "merge",
        "{ mac = \"00:1b:0d:20:77:05\" }, { asset_tag = \"T2\" }, { asset_tag = \"T1\" }",
    );
    place.cordon("site check site").expect(0);
    let merged = ids(&place, "list.csv");
    assert_eq!(merged.len(), 1);
    let explained = place.cordon("explain 00:1b:0d:20:77:06 --in out/assessment.json").expect(0).out();
    assert!(explained.contains("a person said that they are one device"), "{explained}");
    assert!(explained.contains("anna, 2026-02-28: seen on the floor"), "{explained}");
    assert_eq!(ids(&place, "list.csv"), merged, "it stays so");
    std::fs::remove_file(place.path("site/corrections.toml")).unwrap();
    assert_eq!(ids(&place, "list.csv"), apart);
}

#[test]
fn a_split_holds_and_a_mistake_is_named() {
    let place = Place::new();
    place.cordon("site init site").expect(0);
    place.write("list.csv", LIST);
    place.write("other.csv", OTHER);
    assert_eq!(ids(&place, "list.csv other.csv").len(), 2);
    correct(&place, "split", "{ mac = \"00:1b:0d:20:77:05\" }, { asset_tag = \"T1\" }");
    assert_eq!(ids(&place, "list.csv other.csv").len(), 3);
    assert_eq!(ids(&place, "other.csv list.csv").len(), 3);
    correct(&place, "split", "{ mac = \"00:1b:0d\" }, { asset_tag = \"T1\" }");
    let refused = place.cordon("site check site").expect(3);
    assert!(
        refused.err().contains("corrections.toml") && refused.err().contains("split 1"),
        "{}",
        refused.err()
    );
}
