//! Lab A against its truth: what is identified, and that nothing is claimed wrongly with confidence.

#![expect(clippy::unwrap_used, reason = "tests stop loudly")]

use cordon_identify::Resolver;
use cordon_knowledge::Knowledge;
use cordon_model::Inside;
use cordon_model::identify::{Attribute, Device, Estate};
use cordon_sensor::{Observation, Settings};
use cordon_wire::truth::{Truth, TruthDevice};
use std::fs::File;
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    folder.exists().then_some(folder)
}

fn estate(capture: &Path, knowledge: &Knowledge) -> Estate {
    let mut resolver = Resolver::new(knowledge, Inside::default());
    let mut observation = Observation::new(Settings::named("test"));
    observation.path(capture.to_str().unwrap(), false, &mut (), &mut |batch| resolver.add(&batch));
    observation.finish(&mut |batch| resolver.add(&batch));
    resolver.resolve()
}

/// What the truth says of a device, by attribute.
fn wanted(device: &TruthDevice) -> Vec<(Attribute, String)> {
    let all = [
        (Attribute::Category, &device.category),
        (Attribute::Manufacturer, &device.manufacturer),
        (Attribute::Model, &device.model),
        (Attribute::Os, &device.os),
        (Attribute::Firmware, &device.firmware),
        (Attribute::Serial, &device.serial),
        (Attribute::Hostname, &device.hostname),
    ];
    all.into_iter().filter_map(|(attribute, value)| value.clone().map(|value| (attribute, value))).collect()
}

fn same(attribute: Attribute, found: &str, wanted: &str, knowledge: &Knowledge) -> bool {
    match attribute {
        Attribute::Manufacturer => knowledge.vendors.same(found, wanted),
        _ => found.eq_ignore_ascii_case(wanted),
    }
}

#[test]
fn nothing_is_claimed_wrongly_with_confidence() {
    let Some(data) = data() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let knowledge = Knowledge::builtin().unwrap();
    let truth: Truth =
        serde_json::from_reader(File::open(data.join("truth/labA.truth.json")).unwrap()).unwrap();
    let estate = estate(&data.join("captures/medical/lab__labA.pcap"), &knowledge);
    let mut wrong = Vec::new();
    let (mut right, mut judged) = (0, 0);
    for known in &truth.devices {
        let is = |device: &&Device| device.macs.iter().any(|mac| known.macs.contains(&mac.to_string()));
        let found: Vec<&Device> = estate.devices.iter().filter(is).collect();
        assert_eq!(found.len(), 1, "{} is one device", known.name);
        for device in found {
            println!("{}: {:?} {:?}", known.name, device.ips, device.roles);
            for (attribute, value) in wanted(known) {
                judged += 1;
                let claim = device.claim(attribute);
                let shown = claim.map_or_else(String::new, |claim| {
                    format!("{} at {:.2}", claim.value, claim.confidence.value())
                });
                let good = claim.is_some_and(|claim| same(attribute, &claim.value, &value, &knowledge));
                right += i32::from(good);
                println!("  {} {attribute}: {value} / {shown}", if good { "+" } else { "-" });
                if !good && claim.is_some_and(|claim| claim.confidence.value() >= 0.9) {
                    wrong.push(format!("{} {attribute}: {value} / {shown}", known.name));
                }
            }
        }
    }
    println!("{right} of {judged}; {} devices", estate.devices.len());
    assert_eq!(wrong, Vec::<String>::new());
    // What this capture's understood protocols carry; ASTM, SNMP, SSH and SDC are not among them yet.
    assert!(right >= 30, "only {right} of {judged}");
}

#[test]
fn labelled_home_devices_bear_their_makers_names() {
    let Some(data) = data() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let knowledge = Knowledge::builtin().unwrap();
    let text = std::fs::read_to_string(data.join("truth/iot_sentinel.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_str(&text).unwrap();
    let (mut right, mut wrong, mut judged) = (0, Vec::new(), 0);
    for known in truth["devices"].as_array().unwrap() {
        let (Some(maker), Some(mac)) = (known["manufacturer"].as_str(), known["macs"][0].as_str()) else {
            continue;
        };
        let Some(capture) = known["captures"][0].as_str() else { continue };
        let estate = estate(&data.join("truth").join(capture), &knowledge);
        let Some(device) = estate.devices.iter().find(|d| d.macs.iter().any(|m| m.to_string() == mac)) else {
            continue;
        };
        judged += 1;
        match device.claim(Attribute::Manufacturer) {
            Some(claim) if same(Attribute::Manufacturer, &claim.value, maker, &knowledge) => right += 1,
            Some(claim) => wrong.push((claim.confidence.value(), format!("{mac} {maker}: {}", claim.value))),
            None => {}
        }
    }
    println!("{right} of {judged} makers, wrong {wrong:?}");
    assert!(wrong.iter().all(|(confidence, _)| *confidence < 0.9), "{wrong:?}");
    assert!(right * 2 > judged, "only {right} of {judged}");
}
