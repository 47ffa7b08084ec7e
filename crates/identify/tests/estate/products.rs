//! Devices joined to FDA's products, their criticality, and lists against what was seen.

use crate::build::{Build, device, estate};
use cordon_identify::criticality;
use cordon_identify::products::{self, Found};
use cordon_identify::reconcile::{Kind, reconcile, unowned};
use cordon_knowledge::Knowledge;
use cordon_knowledge::fda::{Classification, Product};
use cordon_model::identify::{Attribute, Device, Estate};
use cordon_model::observe::{Fact, Protocol};
use proptest::prelude::*;
use std::collections::BTreeSet;

const PUMP: &str = "00:1b:0d:20:77:05";
const OTHER: &str = "00:1b:0d:20:77:06";
const GTIN: &str = "51022222233336";

fn product(record: u64, device: &str, brand: &str, model: &str, company: &str, codes: &[&str]) -> Product {
    Product {
        record,
        device: device.into(),
        brand: brand.into(),
        model: model.into(),
        company: company.into(),
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        distribution: "In Commercial Distribution".into(),
        ..Product::default()
    }
}

fn class(code: &str, class: &str, life_sustaining: Option<bool>) -> (String, Classification) {
    let of = Classification {
        code: code.into(),
        class: class.into(),
        life_sustaining,
        ..Classification::default()
    };
    (code.to_owned(), of)
}

fn found(products: Vec<Product>) -> Found {
    let mut found = Found::default();
    for product in products {
        found.by_identifier.insert(product.device.clone(), product.clone());
        for (key, _) in product.model_keys() {
            found.by_model.entry(key).or_default().push(product.clone());
        }
    }
    found.classes =
        [class("CBK", "2", Some(true)), class("FRN", "2", Some(false)), class("DQA", "3", None)].into();
    found
}

fn joined(build: Build, found: &Found) -> Estate {
    let knowledge = Knowledge::builtin().unwrap();
    let mut estate = estate(&[build]);
    products::join(&mut estate, &knowledge, found);
    criticality::default(&mut estate, &knowledge);
    estate
}

fn said(device: &Device, attribute: Attribute) -> Vec<(String, f64)> {
    let claims = device.claims.iter().filter(|claim| claim.attribute == attribute);
    claims.map(|claim| (claim.value.clone(), (claim.confidence.value() * 100.0).round() / 100.0)).collect()
}

#[test]
fn an_identifier_names_the_product_and_its_flag_the_criticality() {
    let found = found(vec![product(7, GTIN, "Evita", "V800", "Drägerwerk AG & Co. KGaA", &["CBK", "FRN"])]);
    let udi = format!("(01){GTIN}(21)S1");
    let build = Build::new("a").fact(PUMP, "10.0.0.5", Fact::SdcUdi, &udi);
    assert_eq!(
        products::wanted(&estate(std::slice::from_ref(&build))).identifiers,
        BTreeSet::from([GTIN.to_owned()])
    );
    let estate = joined(build.clone(), &found);
    let pump = device(&estate, PUMP);
    // As sure as the identifier is.
    let sure = said(pump, Attribute::Udi)[0].1;
    for (attribute, wanted) in [
        (Attribute::ProductCode, "CBK FRN"),
        (Attribute::Brand, "Evita"),
        (Attribute::Model, "V800"),
        (Attribute::LifeSustaining, "yes"),
        (Attribute::Criticality, "high"),
    ] {
        assert_eq!(said(pump, attribute), [(wanted.to_owned(), sure)]);
    }
    let evidence = &pump.claim(Attribute::ProductCode).unwrap().evidence[0];
    assert_eq!(
        (evidence.protocol, evidence.rule.as_str(), evidence.source.packet),
        (Protocol::Fda, "fda/udi", 7)
    );
    assert_eq!(estate.inputs[evidence.source.input as usize], "feed fda-udi");
    assert!(evidence.fact.contains(GTIN), "{}", evidence.fact);
    // On a device that is sure to be another maker's the identifier is half as good, and shows as such.
    let strange = build.fact(PUMP, "10.0.0.5", Fact::SdcManufacturer, "Philips");
    let estate = joined(strange, &found);
    let (value, sure) = said(device(&estate, PUMP), Attribute::ProductCode)[0].clone();
    assert!(value == "CBK FRN" && sure < 0.5, "{sure}");
}

#[test]
fn maker_and_brand_name_what_all_products_of_it_share() {
    let found = found(vec![
        product(1, "1", "Infusomat Space", "8713050U", "B. Braun Melsungen AG", &["FRN"]),
        product(2, "2", "Infusomat Space", "8713051U", "B. Braun Melsungen AG", &["DQA"]),
        product(3, "3", "Infusomat Space", "Z", "Somebody, Inc.", &["CBK"]),
    ]);
    let pump = |model: &str| {
        Build::new("a").fact(PUMP, "10.0.0.5", Fact::SdcManufacturer, "B. Braun").fact(
            PUMP,
            "10.0.0.5",
            Fact::SdcModel,
            model,
        )
    };
    let estate = joined(pump("Infusomat Space"), &found);
    let device_of = device(&estate, PUMP);
    assert_eq!(said(device_of, Attribute::Distribution)[0].0, "In Commercial Distribution");
    assert!(said(device_of, Attribute::Distribution)[0].1 >= 0.7);
    let codes = said(device_of, Attribute::ProductCode);
    assert_eq!(codes.len(), 2);
    assert!(codes.iter().all(|(code, sure)| code != "CBK" && *sure < 0.5), "{codes:?}");
    assert_eq!(device_of.value(Attribute::ProductCode), None);
    // The model's number is one product.
    let estate = joined(pump("8713051U"), &found);
    assert_eq!(said(device(&estate, PUMP), Attribute::ProductCode)[0].0, "DQA");
    assert_eq!(said(device(&estate, PUMP), Attribute::DeviceClass)[0].0, "3");
    assert_eq!(said(device(&estate, PUMP), Attribute::LifeSustaining), []);
    // Of a model nobody registered nothing is said, nor of one without a maker.
    let estate = joined(pump("Infusomat Spaces"), &found);
    assert_eq!(said(device(&estate, PUMP), Attribute::Brand), []);
    let estate = joined(Build::new("a").fact(PUMP, "10.0.0.5", Fact::SdcModel, "8713051U"), &found);
    assert_eq!(said(device(&estate, PUMP), Attribute::Brand), []);
}

#[test]
fn what_is_usual_for_a_kind_gives_way_to_a_list() {
    let build = Build::new("a")
        .row("2", Some(PUMP), None, Fact::AssetCategory, "patient_monitor")
        .row("3", Some(OTHER), None, Fact::AssetCategory, "patient_monitor")
        .row("3", Some(OTHER), None, Fact::AssetCriticality, "low");
    let estate = joined(build, &Found::default());
    assert_eq!(said(device(&estate, PUMP), Attribute::Criticality), [("high".to_owned(), 0.97)]);
    let evidence = &device(&estate, PUMP).claim(Attribute::Criticality).unwrap().evidence[0];
    assert_eq!((evidence.protocol, evidence.rule.as_str()), (Protocol::Knowledge, "harm/patient_monitor"));
    assert_eq!(said(device(&estate, OTHER), Attribute::Criticality), [("low".to_owned(), 0.97)]);
}

#[test]
fn lists_are_compared_by_field_and_the_observation_counts_for_itself() {
    let build = Build::new("list")
        .fact(PUMP, "10.0.0.5", Fact::SdcModel, "Infusomat Space")
        .fact(PUMP, "10.0.0.5", Fact::SdcManufacturer, "B. Braun")
        .fact(PUMP, "10.0.0.5", Fact::SdcFirmware, "2.0")
        .fact(OTHER, "10.0.0.6", Fact::DhcpHostname, "x")
        .row("2", Some(PUMP), None, Fact::AssetModel, "infusomat-space")
        .row("2", Some(PUMP), None, Fact::AssetFirmware, "1.0")
        .row("2", Some(PUMP), None, Fact::AssetOwner, "Biomed")
        .row("3", Some("00:1b:0d:20:77:99"), None, Fact::AssetTag, "T-9");
    let estate = estate(&[build]);
    let found = reconcile(&estate, &BTreeSet::from([0]));
    assert_eq!((found.matched, found.not_listed.len(), found.never_seen.len()), (1, 1, 1));
    assert_eq!(found.never_seen[0].1.packet, 8);
    let told: Vec<_> = found.differences.iter().map(|one| (one.field, one.kind)).collect();
    assert_eq!(told, [("firmware", Kind::Differs)], "{:?}", found.differences);
    let firmware = &found.differences[0];
    assert_eq!((firmware.listed.as_deref(), firmware.seen.as_deref()), (Some("1.0"), Some("2.0")));
    assert!(firmware.confidence.unwrap() > 0.9, "{:?}", firmware.confidence);
    assert_eq!(firmware.evidence.as_ref().unwrap().protocol, Protocol::Sdc);
    assert_eq!(unowned(&estate).len(), 2);
    // Who made the network adapter is not who made the device.
    let adapter = Build::new("list").fact("18:66:da:6a:7e:86", "10.0.0.7", Fact::ArpAddress, "10.0.0.7").row(
        "2",
        Some("18:66:da:6a:7e:86"),
        None,
        Fact::AssetManufacturer,
        "Philips",
    );
    assert_eq!(reconcile(&crate::build::estate(&[adapter]), &BTreeSet::from([0])).differences, []);
    // Inputs that are no lists are compared with nothing.
    assert_eq!(reconcile(&estate, &BTreeSet::new()).never_seen, []);
}

proptest! {
    /// Every device of an estate is in one of three places, and only in one.
    #[test]
    fn every_device_is_matched_missing_or_new(rows in proptest::collection::vec(0u8..12, 0..10), seen in proptest::collection::vec(0u8..12, 0..10)) {
        let mac = |at: u8| format!("00:1b:0d:20:77:{at:02x}");
        let mut build = Build::new("a");
        for at in &seen {
            build = build.fact(&mac(*at), &format!("10.0.0.{}", at + 1), Fact::DhcpHostname, &format!("host-{at}"));
        }
        for at in &rows {
            build = build.row(&at.to_string(), Some(&mac(*at)), None, Fact::AssetTag, &format!("T-{at}"));
        }
        let estate = estate(&[build]);
        let found = reconcile(&estate, &BTreeSet::from([0]));
        let (rows, seen): (BTreeSet<u8>, BTreeSet<u8>) = (rows.into_iter().collect(), seen.into_iter().collect());
        prop_assert_eq!(found.matched as usize, rows.intersection(&seen).count());
        prop_assert_eq!(found.never_seen.len(), rows.difference(&seen).count());
        prop_assert_eq!(found.not_listed.len(), seen.difference(&rows).count());
    }
}
