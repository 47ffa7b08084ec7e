//! What DICOM says of devices, in clear and behind TLS.

use super::build::{Build, device, estate};
use cordon_model::Category;
use cordon_model::identify::{Attribute, Estate, ServiceSeen};
use cordon_model::observe::{Fact, Protocol};

const CT: &str = "44:4b:5d:10:00:21";
const RIS: &str = "3c:ec:ef:11:22:04";
const PACS: &str = "3c:ec:ef:11:22:05";
const WORKLIST: &str = "1.2.840.10008.5.1.4.31";
const CT_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";

fn leading(estate: &Estate, mac: &str, attribute: Attribute) -> Option<String> {
    device(estate, mac).claim(attribute).map(|claim| claim.value.clone())
}

fn worklist() -> Build {
    let (ris, title) = ("10.0.0.11", "CT_ONE");
    Build::new("a")
        .fact(CT, "10.0.0.5", Fact::DicomCallingAe, title)
        .fact(CT, "10.0.0.5", Fact::DicomScu, WORKLIST)
        .fact(RIS, ris, Fact::DicomScp, WORKLIST)
        .behind(RIS, ris, title, Fact::DicomScheduledAe, title)
        .behind(RIS, ris, title, Fact::DicomScheduledModality, "CT")
        .behind(RIS, ris, "NOBODY", Fact::DicomScheduledAe, "NOBODY")
        .behind(RIS, ris, "NOBODY", Fact::DicomScheduledModality, "MR")
}

#[test]
fn a_worklist_tells_of_who_bears_the_title_and_makes_no_devices() {
    let estate = estate(&[worklist()]);
    assert_eq!(estate.devices.len(), 2);
    assert_eq!(leading(&estate, CT, Attribute::Modality).as_deref(), Some("CT"));
    assert_eq!(device(&estate, CT).category(), Category::ImagingModality);
    assert_eq!(leading(&estate, RIS, Attribute::Modality), None);
    assert_eq!(device(&estate, RIS).category(), Category::ClinicalServer);
}

#[test]
fn a_title_two_devices_bear_tells_of_neither() {
    let estate = estate(&[worklist().fact(PACS, "10.0.0.6", Fact::DicomCallingAe, "CT_ONE")]);
    assert_eq!(leading(&estate, CT, Attribute::Modality), None);
    assert_eq!(leading(&estate, PACS, Attribute::Modality), None);
}

#[test]
fn an_objects_equipment_gives_identifier_date_and_department() {
    let object = |build: Build| {
        build
            .fact(CT, "10.0.0.5", Fact::DicomScu, CT_IMAGE)
            .fact(CT, "10.0.0.5", Fact::DicomModality, "CT")
            .fact(CT, "10.0.0.5", Fact::DicomUdi, "(01)00643169007222(21)SN-77")
            .fact(CT, "10.0.0.5", Fact::DicomManufactured, "20190304")
            .fact(CT, "10.0.0.5", Fact::DicomDepartment, "Radiology")
    };
    let estate_of_one = estate(&[object(Build::new("a"))]);
    let value = |attribute| leading(&estate_of_one, CT, attribute);
    assert_eq!(value(Attribute::Udi).as_deref(), Some("(01)00643169007222(21)SN-77"));
    assert_eq!(value(Attribute::Manufactured).as_deref(), Some("2019-03-04"));
    assert_eq!(value(Attribute::Department).as_deref(), Some("Radiology"));
    // Who stores others' objects may hand those on.
    let keeper = estate(&[object(Build::new("a")).fact(CT, "10.0.0.5", Fact::DicomScp, CT_IMAGE)]);
    assert_eq!(leading(&keeper, CT, Attribute::Udi), None);
}

/// A TLS service of the archive on a port, used by the CT.
fn secured(port: u16) -> Build {
    Build::new("a").talk((CT, "10.0.0.5"), (PACS, "10.0.0.6"), port, Some(Protocol::Tls), true)
}

fn service(estate: &Estate) -> (Option<String>, ServiceSeen) {
    let services = &device(estate, PACS).services;
    services.first().map(|service| (service.application.clone(), service.seen)).unwrap()
}

#[test]
fn the_registered_port_shows_dicom_within_tls() {
    let estate = estate(&[secured(2762)]);
    assert_eq!(service(&estate), (Some("DICOM over TLS".to_owned()), ServiceSeen::PortOnly));
    assert!(device(&estate, PACS).roles.contains(&"DICOM over TLS server".to_owned()));
    assert!(device(&estate, CT).roles.contains(&"DICOM over TLS client".to_owned()));
    let claim = device(&estate, PACS).claim(Attribute::Category).unwrap();
    assert_eq!(claim.value, "image_archive");
    assert!(claim.confidence.value() < 0.5, "{}", claim.confidence.value());
    let evidence = &claim.evidence[0];
    assert_eq!((evidence.rule.as_str(), evidence.protocol), ("dicom/over-tls", Protocol::Tls));
    assert_eq!(evidence.fact, "TLS on port 2762, registered for it");
}

#[test]
fn a_certificate_alone_needs_a_peer_that_speaks_dicom() {
    let named = || secured(9443).fact(PACS, "10.0.0.6", Fact::TlsSubject, "CN=pacs-dicom.clinic.example");
    assert_eq!(service(&estate(&[named()])), (Some("tls".to_owned()), ServiceSeen::Conversation));
    let known = estate(&[named().fact(CT, "10.0.0.5", Fact::DicomCallingAe, "CT_ONE")]);
    assert_eq!(service(&known), (Some("DICOM over TLS".to_owned()), ServiceSeen::Banner));
    let reasons = &device(&known, PACS).claim(Attribute::Category).unwrap().evidence[0].fact;
    assert_eq!(
        reasons,
        "certificate of CN=pacs-dicom.clinic.example; a client of it speaks DICOM in clear as well"
    );
}

#[test]
fn an_archives_web_pages_stay_what_they_are() {
    let web = secured(443)
        .fact(PACS, "10.0.0.6", Fact::TlsSubject, "CN=pacs.clinic.example")
        .fact(PACS, "10.0.0.6", Fact::DicomScp, CT_IMAGE)
        .fact(CT, "10.0.0.5", Fact::DicomCallingAe, "CT_ONE");
    assert_eq!(service(&estate(&[web])), (Some("tls".to_owned()), ServiceSeen::Conversation));
    // Peers alone say nothing: much else runs over TLS between them.
    let other = secured(9443).fact(PACS, "10.0.0.6", Fact::DicomScp, CT_IMAGE).fact(
        CT,
        "10.0.0.5",
        Fact::DicomCallingAe,
        "CT_ONE",
    );
    assert_eq!(service(&estate(&[other])), (Some("tls".to_owned()), ServiceSeen::Conversation));
}
