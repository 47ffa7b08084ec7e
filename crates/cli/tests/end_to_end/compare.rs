//! `cordon compare`: two assessments of one place.

use crate::harness::{NOW, Place};

#[test]
fn a_quarter_later_new_devices_and_better_knowledge_are_told() {
    let place = Place::new();
    place.cordon("simulate --devices 20 --hours 0.5 --seed 5 --out hospital").expect(0);
    place.cordon(&format!("assess hospital/capture.pcap --out spring --now {NOW}")).expect(0);
    let later = "2027-02-22T12:00:00Z";
    let assets = String::from_utf8(place.read("hospital/assets.csv")).unwrap();
    place.write("more.csv", assets);
    place.write("one.csv", "asset_tag,manufacturer,model\nNEW-1,Siemens,SOMATOM go.Up\n");
    place
        .cordon(&format!("assess hospital/capture.pcap more.csv one.csv --out summer --now {later}"))
        .expect(0);

    let same = place.cordon("compare spring/assessment.json spring/assessment.json --json").expect(0);
    let same: serde_json::Value = serde_json::from_slice(&same.stdout).unwrap();
    assert_eq!(same["changed"].as_array().unwrap().len(), 0);
    assert_eq!(same["unchanged"], place.assessment("spring")["devices"].as_array().unwrap().len());

    let line = "compare spring/assessment.json summer/assessment.json";
    let ran = place.cordon(&format!("{line} --out quarter")).expect(0);
    assert!(ran.out().contains("new: "), "{}", ran.out());
    let found: serde_json::Value = serde_json::from_slice(&place.read("quarter/comparison.json")).unwrap();
    assert_eq!(found["schema"], "cordon.comparison/1");
    let appeared = found["appeared"].as_array().unwrap();
    assert!(appeared.iter().any(|device| device["asset_tag"] == "NEW-1"), "{appeared:?}");
    // The list gave devices their tags: they go by other ids now, and are the same devices.
    let changed = found["changed"].as_array().unwrap();
    let tagged = changed.iter().filter(|device| device["was"].is_string() && device["asset_tag"].is_string());
    assert!(tagged.count() > 5, "{changed:?}");
    assert_eq!(found["gone"].as_array().unwrap().len(), 0, "{:?}", found["gone"]);
    let sheet = String::from_utf8(place.read("quarter/comparison.csv")).unwrap();
    assert!(sheet.starts_with("kind,device,asset_tag,name,what,before,now,why\r\n"), "{sheet}");
    place.cordon(&format!("{line} --fail-on appeared")).expect(1);
    place
        .cordon("compare spring/assessment.json spring/assessment.json --fail-on worse,affected,appeared")
        .expect(0);
}

#[test]
fn a_wrong_order_and_other_files_are_told() {
    let place = Place::new();
    place.write("a.csv", "asset_tag,manufacturer,model\nA-1,Siemens,SOMATOM go.Up\n");
    place.cordon(&format!("assess a.csv --out a --now {NOW}")).expect(0);
    place.cordon("assess a.csv --out b --now 2027-01-01T00:00:00Z").expect(0);
    let wrong = place.cordon("compare b/assessment.json a/assessment.json").expect(2);
    assert!(wrong.err().contains("name the earlier assessment first"), "{}", wrong.err());
    let other = place.cordon("compare a.csv a/assessment.json").expect(3);
    assert!(other.err().contains("a.csv: this is no assessment.json"), "{}", other.err());
    let full = place.cordon("compare a/assessment.json b/assessment.json --out a").expect(4);
    assert!(full.err().contains("--force"), "{}", full.err());
}
