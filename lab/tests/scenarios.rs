//! Every scenario, played and judged: a test each, so that they run side by side and fail by name.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop loudly, and say what they skip"
)]

use cordon_lab::{Patients, Scenario, binary, by_binary, by_library, is_root, judge, play};

fn check(name: &str) {
    if !is_root() {
        eprintln!("skipped: the lab needs network namespaces; run it as an administrator: sudo make lab");
        return;
    }
    let scenario = Scenario::read(name).unwrap_or_else(|failure| panic!("{failure}"));
    let played = play(&scenario).unwrap_or_else(|failure| panic!("{failure}"));
    let patients = Patients::read().unwrap();
    let frames = std::fs::read(played.capture()).unwrap();
    let observed = by_library(played.capture()).unwrap_or_else(|failure| panic!("{failure}"));
    let mut wrong = judge(&scenario, &observed, &patients, &frames);
    if let Some(binary) = binary() {
        let observed = by_binary(&binary, played.capture()).unwrap_or_else(|failure| panic!("{failure}"));
        let said = judge(&scenario, &observed, &patients, &frames);
        wrong.extend(said.into_iter().map(|wrong| format!("the binary: {wrong}")));
    }
    if !wrong.is_empty() {
        let kept = played.keep();
        panic!("{}\nThe capture and what the peers said: {}", wrong.join("\n"), kept.display());
    }
}

macro_rules! scenarios {
    ($($test:ident = $name:literal;)*) => {
        $(#[test] fn $test() { check($name); })*

        #[test]
        fn every_scenario_has_a_test() {
            assert_eq!(cordon_lab::names().unwrap(), [$($name),*]);
        }
    };
}

// In order of name.
scenarios! {
    astm = "astm";
    dicom_aborted = "dicom-aborted";
    dicom_archive = "dicom-archive";
    dicom_commitment = "dicom-commitment";
    dicom_performed_step = "dicom-performed-step";
    dicom_rejected = "dicom-rejected";
    dicom_store = "dicom-store";
    dicom_store_big_endian = "dicom-store-big-endian";
    dicom_store_deflated = "dicom-store-deflated";
    dicom_store_implicit = "dicom-store-implicit";
    dicom_tls = "dicom-tls";
    dicom_tls12 = "dicom-tls12";
    dicom_worklist = "dicom-worklist";
    dicomweb = "dicomweb";
    fhir = "fhir";
    hl7_gateway = "hl7-gateway";
    hl7_mllp = "hl7-mllp";
    hl7_rejected = "hl7-rejected";
    intellivue = "intellivue";
    poct = "poct";
    sdc = "sdc";
    sdc_compressed = "sdc-compressed";
    sdc_tls = "sdc-tls";
}
