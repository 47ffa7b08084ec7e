use super::*;
use crate::intelligence::recall::recall;
use cordon_model::identify::{Claim, Confidence};
use cordon_model::observe::PatientDataKinds;
use serde_json::json;

fn device(at: usize, claims: &[(Attribute, &str)]) -> Device {
    let claim = |(attribute, value): &(Attribute, &str)| Claim {
        attribute: *attribute,
        value: (*value).into(),
        confidence: Confidence::new(0.9),
        conflict: false,
        evidence: Vec::new(),
    };
    Device {
        id: DeviceId::new(format!("dev-{at}")),
        macs: Vec::new(),
        ips: Vec::new(),
        vlans: Vec::new(),
        hostnames: Vec::new(),
        claims: claims.iter().map(claim).collect(),
        services: Vec::new(),
        roles: Vec::new(),
        patient_data: PatientDataKinds::NONE,
        parent: None,
        links: Vec::new(),
        presence: None,
        listings: Vec::new(),
        protections: Vec::new(),
        banners: Vec::new(),
    }
}

fn published(number: &str, firm: &str, product: &str, codes: &str) -> (Published, String) {
    let record = json!({ "product_res_number": number, "recalling_firm": firm, "product_description": product,
        "code_info": codes, "reason_for_recall": "Software may stop.", "recall_status": "Open, Classified",
        "event_date_initiated": "2026-01-31", "action": "Update." });
    (recall(&record).unwrap(), "openFDA device/recall".to_owned())
}

fn found(recalls: Vec<(Published, String)>, claims: &[(Attribute, &str)]) -> Vec<Recall> {
    let knowledge = Knowledge::builtin().unwrap();
    let estate = Estate { devices: vec![device(0, claims)], ..Estate::default() };
    let mut found = Register::new(recalls, &knowledge).of_estate(&estate, &knowledge);
    found.remove(&DeviceId::new("dev-0")).unwrap_or_default()
}

fn verdict(codes: &str, claims: &[(Attribute, &str)]) -> (FindingStatus, String) {
    let own = [(Attribute::Manufacturer, "Baxter"), (Attribute::Model, "Sigma Spectrum")];
    let claims: Vec<(Attribute, &str)> = own.iter().chain(claims).copied().collect();
    let product = "SIGMA Spectrum Infusion Pump with Master Drug Library, Product Code 35700BAX";
    let recalls = found(vec![published("Z-1", "Baxter Healthcare Corporation", product, codes)], &claims);
    assert_eq!(recalls.len(), 1, "{codes}");
    (recalls[0].verdict, recalls[0].question.clone().unwrap_or_else(|| recalls[0].why.clone()))
}

#[test]
fn only_what_decides_decides() {
    use FindingStatus::{Affected, NotAffected, Undetermined};
    let serial = |value| [(Attribute::Serial, value)];
    let firmware = |value| [(Attribute::Firmware, value)];
    for (codes, claims, wanted) in [
        ("All units", vec![], Affected),
        ("All serial numbers", vec![], Affected),
        ("UDI-DI 00085412091570; Serial Numbers: All", vec![], Affected),
        ("All lots manufactured before 2019", vec![], Undetermined),
        ("All units with software version 8.00", vec![], Undetermined),
        ("Lot # 20118000.", vec![], Undetermined),
        ("Lot 20118000", serial("20118000").to_vec(), Undetermined),
        ("", vec![], Undetermined),
        ("Serial numbers: 1002345, 1002346 and 1002399", serial("1002346").to_vec(), Affected),
        ("Serial numbers: 1002345, 1002346 and 1002399", serial("1002347").to_vec(), NotAffected),
        ("Serial numbers: 1002345, 1002346 and 1002399", serial("AB-17").to_vec(), Undetermined),
        ("Serial numbers: 1002345, 1002346 and 1002399", vec![], Undetermined),
        ("Serial numbers 1002345 through 1002399", serial("1002350").to_vec(), Affected),
        ("Serial numbers 1002345 through 1002399", serial("1002400").to_vec(), NotAffected),
        ("Serial numbers 1002345 - 1002399", serial("1002350").to_vec(), Undetermined),
        ("Serial numbers beginning with 1002", serial("1002350").to_vec(), Undetermined),
        ("Software version 8.00 and below", firmware("7.01").to_vec(), Affected),
        ("Software version 8.00 and below", firmware("9.00").to_vec(), NotAffected),
        ("Software version 8.00 and below", vec![], Undetermined),
    ] {
        assert_eq!(verdict(codes, &claims).0, wanted, "{codes} {claims:?}");
    }
}

#[test]
fn what_is_missing_is_asked() {
    let asked = |codes: &str| verdict(codes, &[]).1;
    assert!(asked("Lot # 20118000.").starts_with("Which lot is it of"), "{}", asked("Lot # 20118000."));
    assert!(asked("Serial numbers: 1002345").starts_with("Which serial number"));
    assert!(asked("Software version 8.00").starts_with("Which software version"));
    assert!(asked("").contains("does not say"));
    let udi = "(01)00085412091570(10)20118000";
    assert_eq!(verdict("Lot # 20118000.", &[(Attribute::Udi, udi)]).0, FindingStatus::Affected);
}

#[test]
fn another_maker_or_model_is_no_match() {
    let names = |maker: &str, model: &str, firm: &str, product: &str| {
        let claims = [(Attribute::Manufacturer, maker), (Attribute::Model, model)];
        let one = published("Z-1", firm, product, "All units");
        found(vec![one], &claims).first().map(|recall| recall.verdict)
    };
    let affected = Some(FindingStatus::Affected);
    let philips = "Philips Medical Systems Nederland B.V.";
    assert_eq!(names("Philips", "IntelliVue MX450", philips, "IntelliVue Patient Monitor MX450"), affected);
    assert_eq!(names("Philips", "IntelliVue MX450", philips, "IntelliVue MX 450 (866062)"), affected);
    assert_eq!(names("Philips", "IntelliVue MX450", philips, "IntelliVue MX4500"), None);
    assert_eq!(names("Philips", "IntelliVue MX450", philips, "IntelliVue MX400, MX500"), None);
    assert_eq!(names("Siemens", "IntelliVue MX450", philips, "IntelliVue MX450"), None);
    assert_eq!(
        names("BD", "Alaris 8015", "CareFusion 303, Inc.", "Alaris System PC Unit, Model 8015"),
        affected
    );
    assert_eq!(names("BD", "Alaris 8015", "CareFusion 303, Inc.", "Alaris Pump Module, Model 8100"), None);
    assert_eq!(
        names("B. Braun", "Infusomat Space", "B. Braun Medical, Inc.", "Infusomat Space Pump"),
        affected
    );
    let near = names("B. Braun", "Infusomat Space", "B. Braun Medical, Inc.", "Infusomat Space Plus");
    assert_eq!(near, Some(FindingStatus::Undetermined));
    // A common word names no product.
    assert_eq!(names("Philips", "Monitor", philips, "IntelliVue Patient Monitor"), None);
}

#[test]
fn report_and_recall_of_one_number_are_one() {
    let report = json!({ "recall_number": "Z-1", "recalling_firm": "Baxter Healthcare Corp.",
        "product_description": "SIGMA Spectrum", "code_info": "All units", "classification": "Class II",
        "status": "Ongoing", "recall_initiation_date": "20260131" });
    let report = (recall(&report).unwrap(), "openFDA device/enforcement".to_owned());
    let firm = published("Z-1", "Baxter Healthcare Corporation", "SIGMA Spectrum", "All units");
    let claims = [(Attribute::Manufacturer, "Baxter"), (Attribute::Model, "Sigma Spectrum")];
    let recalls = found(vec![report, firm], &claims);
    assert_eq!(recalls.len(), 1);
    assert_eq!((recalls[0].class.as_deref(), recalls[0].is_open), (Some("II"), true));
    assert_eq!(recalls[0].source, "openFDA device/recall; class by openFDA device/enforcement");
    assert!(recalls[0].is_software);
}

#[test]
fn a_firm_is_looked_up_by_the_names_of_its_house() {
    let knowledge = Knowledge::builtin().unwrap();
    let claims = [(Attribute::Manufacturer, "BD"), (Attribute::Model, "Alaris 8015")];
    let estate = Estate { devices: vec![device(0, &claims)], ..Estate::default() };
    let keys = wanted(&estate, &knowledge);
    for firm in ["CareFusion 303, Inc.", "Becton Dickinson & Co.", "BD"] {
        let key = firm_key(firm).unwrap();
        assert!(keys.contains(&key), "{key} in {keys:?}");
    }
    assert!(!keys.contains(&firm_key("Philips Medical Systems").unwrap()));
    assert_eq!(firm_key("B. Braun Medical, Inc."), firm_key("B. Braun"));
    assert_ne!(firm_key("B. Braun Medical, Inc."), None);
}
