//! What becomes one device and what does not, and what is claimed of it.

#![expect(clippy::unwrap_used, reason = "tests stop loudly")]

mod build;
mod imaging;
mod joins;
mod machines;
mod mischief;
mod orders;
mod ownership;
mod products;
mod properties;

use build::{Build, device, estate, mac};
use cordon_model::Category;
use cordon_model::identify::{Attribute, Estate, ServiceSeen};
use cordon_model::observe::{Fact, Protocol};

const CT: &str = "44:4b:5d:10:00:21";
const ROUTER: &str = "00:1b:0d:20:30:01";
const OTHER: &str = "3c:ec:ef:11:22:04";
const CT_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";
const MR_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.4";
const WORKLIST: &str = "1.2.840.10008.5.1.4.31";
const STUDY_FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";

fn value(estate: &Estate, mac: &str, attribute: Attribute) -> Option<(String, f64)> {
    let claim = device(estate, mac).claim(attribute)?;
    Some((claim.value.clone(), (claim.confidence.value() * 100.0).round() / 100.0))
}

#[test]
fn a_station_that_moves_stays_one_device() {
    let estate = estate(&[Build::new("a")
        .at(10)
        .fact(CT, "0.0.0.0", Fact::DhcpHostname, "GECT01")
        .fact(CT, "10.0.0.5", Fact::DhcpAddress, "10.0.0.5")
        .at(5000)
        .fact(CT, "10.0.0.9", Fact::DhcpAddress, "10.0.0.9")
        .fact(CT, "fe80::464b:5dff:fe10:21", Fact::MdnsName, "GECT01.local")]);
    assert_eq!(estate.devices.len(), 1);
    assert_eq!(estate.devices[0].ips.len(), 3);
    assert_eq!(value(&estate, CT, Attribute::Hostname).unwrap().0, "GECT01");
}

#[test]
fn hosts_behind_a_router_are_devices_of_their_own_and_outside_hosts_are_none() {
    let estate = estate(&[Build::new("a")
        .fact(ROUTER, "10.0.0.1", Fact::ArpAddress, "10.0.0.1")
        .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
        .talk((CT, "10.0.0.5"), (ROUTER, "10.9.0.1"), 104, Some(Protocol::Dicom), true)
        .talk((CT, "10.0.0.5"), (ROUTER, "10.9.0.2"), 80, Some(Protocol::Http), true)
        .talk((ROUTER, "10.9.0.3"), (CT, "10.0.0.5"), 80, Some(Protocol::Http), true)
        .talk((CT, "10.0.0.5"), (ROUTER, "10.9.0.4"), 80, None, false)
        .talk((CT, "10.0.0.5"), (ROUTER, "8.8.8.8"), 443, Some(Protocol::Tls), true)]);
    let addresses: Vec<String> =
        estate.devices.iter().flat_map(|device| &device.ips).map(ToString::to_string).collect();
    assert_eq!(estate.devices.len(), 5, "{addresses:?}");
    let router = device(&estate, ROUTER);
    assert_eq!(router.ips.len(), 1);
    assert_eq!(router.category(), Category::NetworkEquipment);
    let outside: Vec<_> = estate.conversations.iter().filter(|talk| talk.outside).collect();
    assert_eq!(outside.len(), 1);
    assert_eq!(outside[0].server_device, None);
    assert_eq!(outside[0].client_device.as_ref(), Some(&device(&estate, CT).id));
}

#[test]
fn a_routed_packet_in_another_vlan_belongs_to_the_station_that_has_the_address() {
    let estate = estate(&[Build::new("a")
        .vlan(10)
        .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
        .vlan(20)
        .fact(OTHER, "10.0.20.7", Fact::ArpAddress, "10.0.20.7")
        .fact(ROUTER, "10.0.20.1", Fact::ArpAddress, "10.0.20.1")
        .talk((ROUTER, "10.0.0.5"), (OTHER, "10.0.20.7"), 104, Some(Protocol::Dicom), true)]);
    assert_eq!(estate.devices.len(), 3);
    assert_eq!(estate.conversations[0].client_device.as_ref(), Some(&device(&estate, CT).id));
}

#[test]
fn hearsay_scans_groups_and_nothing_are_no_devices() {
    let estate = estate(&[Build::new("a")
        .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
        .address_fact("10.0.0.99", Fact::DnsName, "printer.example")
        .talk((CT, "10.0.0.5"), ("01:00:5e:00:00:fb", "224.0.0.251"), 5353, Some(Protocol::Mdns), false)
        .talk((CT, "0.0.0.0"), ("ff:ff:ff:ff:ff:ff", "255.255.255.255"), 67, Some(Protocol::Dhcp), false)
        .talk((CT, "10.0.0.5"), ("00:00:00:00:00:00", "10.0.0.77"), 80, None, false)]);
    assert_eq!(estate.devices.len(), 1, "{:#?}", estate.devices);
}

#[test]
fn two_stations_with_one_address_stay_two_and_say_so() {
    let estate = estate(&[Build::new("a").fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5").fact(
        OTHER,
        "10.0.0.5",
        Fact::ArpAddress,
        "10.0.0.5",
    )]);
    assert_eq!(estate.devices.len(), 2);
    for device in &estate.devices {
        assert!(device.roles.iter().any(|role| role.contains("another station")), "{:?}", device.roles);
    }
}

#[test]
fn list_rows_join_by_mac_then_address_then_serial_and_else_stand_alone() {
    let estate = estate(&[
        Build::new("a")
            .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
            .fact(OTHER, "10.0.0.6", Fact::ArpAddress, "10.0.0.6")
            .behind(OTHER, "10.0.0.6", "PUMP7", Fact::Hl7DeviceSerial, "S-7"),
        Build::new("list.csv")
            .row("1", Some(CT), None, Fact::AssetTag, "T1")
            .row("1", Some(CT), None, Fact::AssetOwner, "Radiology")
            .row("2", None, Some("10.0.0.6"), Fact::AssetTag, "T2")
            .row("3", None, None, Fact::AssetTag, "T3")
            .row("3", None, None, Fact::AssetSerial, "s-7")
            .row("4", None, None, Fact::AssetTag, "T4"),
    ]);
    assert_eq!(value(&estate, CT, Attribute::Owner), Some(("Radiology".to_owned(), 0.97)));
    assert_eq!(value(&estate, OTHER, Attribute::AssetTag).unwrap().0, "T2");
    assert_eq!(estate.devices.len(), 4);
    let pump = estate.devices.iter().find(|device| device.parent.is_some()).unwrap();
    assert_eq!(pump.value(Attribute::AssetTag), Some("T3"));
    assert_eq!(pump.parent.as_ref(), Some(&device(&estate, OTHER).id));
}

#[test]
fn rows_that_contest_one_thing_do_not_get_it() {
    let estate = estate(&[
        Build::new("a").fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5"),
        Build::new("list.csv").row("1", None, Some("10.0.0.5"), Fact::AssetTag, "T1").row(
            "2",
            None,
            Some("10.0.0.5"),
            Fact::AssetTag,
            "T2",
        ),
    ]);
    assert_eq!(estate.devices.len(), 3);
    assert_eq!(device(&estate, CT).claim(Attribute::AssetTag), None);
}

#[test]
fn a_row_with_two_macs_joins_them_and_outranks_the_wire() {
    let estate = estate(&[
        Build::new("a")
            .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
            .fact(CT, "10.0.0.5", Fact::DhcpVendorClass, "MSFT 5.0")
            .fact(OTHER, "10.0.0.6", Fact::ArpAddress, "10.0.0.6"),
        Build::new("list.csv").row("1", Some(CT), None, Fact::AssetOs, "Debian 12").row(
            "1",
            Some(OTHER),
            None,
            Fact::AssetOs,
            "Debian 12",
        ),
    ]);
    assert_eq!(estate.devices.len(), 1);
    assert_eq!(estate.devices[0].macs, [mac(OTHER), mac(CT)]);
    assert_eq!(value(&estate, CT, Attribute::Os), Some(("Debian".to_owned(), 0.97)));
    assert_eq!(value(&estate, CT, Attribute::OsVersion), Some(("12".to_owned(), 0.97)));
    let windows = estate.devices[0].claims.iter().find(|claim| claim.value == "Windows").unwrap();
    assert!(windows.conflict && windows.confidence.value() < 0.1);
}

#[test]
fn equipment_of_objects_is_the_senders_own_only_without_others() {
    let ct = |build: Build| {
        build
            .fact(CT, "10.0.0.5", Fact::DicomScu, CT_IMAGE)
            .fact(CT, "10.0.0.5", Fact::DicomModality, "CT")
            .fact(CT, "10.0.0.5", Fact::DicomManufacturer, "GE MEDICAL SYSTEMS")
            .fact(CT, "10.0.0.5", Fact::DicomModel, "BrightSpeed")
    };
    let found = estate(&[ct(Build::new("a")).fact(CT, "10.0.0.5", Fact::DicomScu, WORKLIST)]);
    assert_eq!(value(&found, CT, Attribute::Category), Some(("imaging_modality".to_owned(), 0.97)));
    assert_eq!(value(&found, CT, Attribute::Modality), Some(("CT".to_owned(), 0.97)));
    assert_eq!(value(&found, CT, Attribute::Manufacturer), Some(("GE".to_owned(), 0.99)));

    let archive = estate(&[ct(Build::new("a")).fact(CT, "10.0.0.5", Fact::DicomScp, MR_IMAGE).fact(
        CT,
        "10.0.0.5",
        Fact::DicomScp,
        STUDY_FIND,
    )]);
    assert_eq!(value(&archive, CT, Attribute::Category), Some(("image_archive".to_owned(), 0.94)));
    assert_eq!(value(&archive, CT, Attribute::Model), None);

    let router = estate(&[ct(Build::new("a")).fact(CT, "10.0.0.5", Fact::DicomModel, "Signa HDxt")]);
    assert_eq!(value(&router, CT, Attribute::Model), None);
    let maker = value(&router, CT, Attribute::Manufacturer).unwrap();
    assert_eq!(maker, ("GE".to_owned(), 0.89), "only the address block speaks");
}

#[test]
fn an_address_block_alone_is_weak_and_a_module_makers_says_nothing() {
    let estate = estate(&[Build::new("a")
        .fact("00:30:e6:00:00:01", "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
        .fact("00:80:a3:00:00:01", "10.0.0.6", Fact::ArpAddress, "10.0.0.6")
        .fact("da:a1:19:00:00:01", "10.0.0.7", Fact::ArpAddress, "10.0.0.7")]);
    let maker = value(&estate, "00:30:e6:00:00:01", Attribute::Manufacturer);
    assert_eq!(maker, Some(("Draeger".to_owned(), 0.89)));
    assert_eq!(device(&estate, "00:30:e6:00:00:01").category(), Category::Unknown);
    assert_eq!(value(&estate, "00:80:a3:00:00:01", Attribute::Manufacturer), None);
    assert!(device(&estate, "da:a1:19:00:00:01").roles[0].contains("made-up"));
}

#[test]
fn two_devices_with_one_serial_stay_two_and_both_are_doubted() {
    let sends = |build: Build, mac: &str, ip: &str| {
        build.fact(mac, ip, Fact::DicomScu, WORKLIST).fact(mac, ip, Fact::DicomManufacturer, "GE").fact(
            mac,
            ip,
            Fact::DicomSerial,
            "123",
        )
    };
    let one = sends(Build::new("a"), CT, "10.0.0.5");
    let estate = estate(&[sends(one, OTHER, "10.0.0.6")]);
    assert_eq!(estate.devices.len(), 2);
    for device in &estate.devices {
        let serial = device.claim(Attribute::Serial).unwrap();
        assert!(serial.conflict && serial.confidence.value() < 0.6);
    }
}

#[test]
fn hl7_makes_engines_and_hospital_systems() {
    let ris = ("00:50:56:aa:01:05", "10.0.0.11");
    let engine = ("00:50:56:aa:01:06", "10.0.0.12");
    let monitors = ("00:30:e6:90:01:09", "10.0.0.13");
    let estate = estate(&[Build::new("a")
        .talk(ris, engine, 2575, Some(Protocol::Hl7), true)
        .talk(monitors, engine, 2575, Some(Protocol::Hl7), true)
        .fact(ris.0, ris.1, Fact::Hl7MessageType, "ADT^A01")
        .fact(monitors.0, monitors.1, Fact::Hl7MessageType, "ORU^R01")
        .fact(engine.0, engine.1, Fact::Hl7MessageType, "ACK")]);
    assert_eq!(value(&estate, ris.0, Attribute::Category), Some(("clinical_server".to_owned(), 0.85)));
    assert_eq!(value(&estate, engine.0, Attribute::Category), Some(("integration_engine".to_owned(), 0.75)));
    assert_eq!(device(&estate, engine.0).roles[0], "HL7 receiver");
    assert_eq!(value(&estate, monitors.0, Attribute::Category), None);
}

#[test]
fn services_say_how_they_are_known() {
    let estate = estate(&[Build::new("a")
        .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
        .talk((OTHER, "10.0.0.6"), (CT, "10.0.0.5"), 104, Some(Protocol::Dicom), true)
        .talk((OTHER, "10.0.0.6"), (CT, "10.0.0.5"), 23, None, true)
        .talk((OTHER, "10.0.0.6"), (CT, "10.0.0.5"), 24, None, false)]);
    let services: Vec<_> =
        device(&estate, CT).services.iter().map(|service| (service.port, service.seen)).collect();
    assert_eq!(services, [(23, ServiceSeen::PortOnly), (104, ServiceSeen::Conversation)]);
}

#[test]
fn names_follow_the_strongest_key_and_do_not_change_with_the_input() {
    let seen = Build::new("a").fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5");
    let again = Build::new("b").fact(CT, "10.0.0.77", Fact::ArpAddress, "10.0.0.77");
    let id = |builds: &[Build]| device(&estate(builds), CT).id.clone();
    let by_mac = id(std::slice::from_ref(&seen));
    assert_eq!(by_mac, id(&[again]));
    assert_eq!(by_mac.as_str().len(), "dev-".len() + 16);
    let tagged = Build::new("l").row("1", Some(CT), None, Fact::AssetTag, "T1");
    let elsewhere = Build::new("m").row("9", Some(CT), None, Fact::AssetTag, "t1");
    let by_tag = id(&[seen.clone(), tagged]);
    assert_ne!(by_tag, by_mac);
    assert_eq!(by_tag, id(&[elsewhere]));
}

#[test]
fn a_small_estate_as_a_whole() {
    let estate = estate(&[
        Build::new("ward.pcap")
            .fact(CT, "0.0.0.0", Fact::DhcpVendorClass, "MSFT 5.0")
            .fact(CT, "0.0.0.0", Fact::DhcpParameterList, "1,3,6,15,31,33,43,44,46,47,119,121,249,252")
            .fact(CT, "0.0.0.0", Fact::DhcpHostname, "GECT01")
            .fact(CT, "0.0.0.0", Fact::DhcpAddress, "10.0.0.5")
            .fact(CT, "10.0.0.5", Fact::DicomScu, CT_IMAGE)
            .fact(CT, "10.0.0.5", Fact::DicomModality, "CT")
            .fact(CT, "10.0.0.5", Fact::DicomModel, "BrightSpeed")
            .talk((CT, "10.0.0.5"), (OTHER, "10.0.0.10"), 11112, Some(Protocol::Dicom), true)
            .fact(OTHER, "10.0.0.10", Fact::DicomScp, CT_IMAGE)
            .behind(OTHER, "10.0.0.10", "PUMP1", Fact::Hl7DeviceType, "MDC_DEV_PUMP_INFUS_MDS"),
        Build::new("assets.csv").row("2", Some(CT), None, Fact::AssetTag, "CT-1").row(
            "2",
            Some(CT),
            None,
            Fact::AssetManufacturer,
            "GE Healthcare",
        ),
    ]);
    insta::assert_snapshot!(build::worded(&estate));
}
