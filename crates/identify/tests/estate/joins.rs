//! Which things meet by serial number, which addresses are one machine's, and what is no router.

use super::{CT, OTHER, ROUTER, device, value};
use crate::build::{Build, estate};
use cordon_model::Category;
use cordon_model::identify::Attribute;
use cordon_model::observe::{Fact, Protocol};

const GATEWAY: &str = "00:30:e6:90:01:09";

/// A gateway that speaks of a device with this serial number.
fn gateway(build: Build, serial: &str) -> Build {
    build.fact(GATEWAY, "10.0.0.41", Fact::ArpAddress, "10.0.0.41").behind(
        GATEWAY,
        "10.0.0.41",
        "BED1",
        Fact::Hl7DeviceSerial,
        serial,
    )
}

#[test]
fn a_gateways_record_is_the_station_that_bears_its_serial_number_in_its_name() {
    let monitor = |build: Build| build.fact(CT, "10.0.0.5", Fact::DhcpHostname, "M540-55120034");
    let found = estate(&[gateway(monitor(Build::new("a")), "SN55120034")]);
    assert_eq!(found.devices.len(), 2);
    assert_eq!(value(&found, CT, Attribute::Serial).unwrap().0, "SN55120034");
    assert_eq!(device(&found, CT).parent, None, "it was on the wire itself");

    let other = estate(&[gateway(monitor(Build::new("a")), "SN55120035")]);
    assert_eq!(other.devices.len(), 3);
    let twice = monitor(Build::new("a")).fact(OTHER, "10.0.0.6", Fact::DhcpHostname, "M540-55120034");
    assert_eq!(estate(&[gateway(twice, "SN55120034")]).devices.len(), 4, "nobody knows which of the two");
}

#[test]
fn a_serial_number_in_dicom_joins_records_and_rows_unless_it_may_be_anothers() {
    let ct = |build: Build| build.fact(CT, "10.0.0.5", Fact::DicomSerial, "CT-90210");
    let row = |build: Build| {
        build.row("1", None, None, Fact::AssetTag, "T1").row("1", None, None, Fact::AssetSerial, "ct90210")
    };
    let found = estate(&[gateway(ct(Build::new("a")), "CT-90210"), row(Build::new("list.csv"))]);
    assert_eq!(found.devices.len(), 2);
    assert_eq!(value(&found, CT, Attribute::AssetTag).unwrap().0, "T1");

    let archive = ct(Build::new("a")).fact(CT, "10.0.0.5", Fact::DicomScp, "1.2.840.10008.5.1.4.1.1.2");
    assert_eq!(estate(&[archive, row(Build::new("list.csv"))]).devices.len(), 2);
    let forwards = ct(Build::new("a")).fact(CT, "10.0.0.5", Fact::DicomSerial, "MR-4711");
    assert_eq!(estate(&[forwards, row(Build::new("list.csv"))]).devices.len(), 2);
}

#[test]
fn a_row_with_an_address_takes_a_gateways_record_but_no_other_station() {
    let wire = |build: Build| build.fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5");
    let row = |build: Build| build.row("1", Some(CT), None, Fact::AssetSerial, "55120034");
    let found = estate(&[gateway(wire(Build::new("a")), "SN55120034"), row(Build::new("list.csv"))]);
    assert_eq!(found.devices.len(), 2);
    let other = wire(Build::new("a")).fact(OTHER, "10.0.0.6", Fact::DicomSerial, "55120034");
    assert_eq!(estate(&[other, row(Build::new("list.csv"))]).devices.len(), 2);
}

#[test]
fn a_machine_with_one_leg_in_each_vlan_is_one_device_and_no_router() {
    let legs = |server: &str| {
        let mut build = Build::new("a").vlan(10).fact(OTHER, "10.10.0.5", Fact::ArpAddress, "10.10.0.5");
        for (vlan, client) in
            [(20u16, "00:30:e6:00:00:20"), (30, "00:30:e6:00:00:30"), (40, "00:30:e6:00:00:40")]
        {
            let (ip, leg) = (format!("10.{vlan}.0.9"), format!("10.{vlan}.{server}"));
            build = build.vlan(vlan).fact(client, &ip, Fact::ArpAddress, &ip).talk(
                (client, &ip),
                (OTHER, &leg),
                67,
                Some(Protocol::Dhcp),
                true,
            );
        }
        estate(&[build])
    };
    let found = legs("0.5");
    assert_eq!(found.devices.len(), 4);
    assert_eq!(device(&found, OTHER).ips.len(), 4);
    assert_eq!(device(&found, OTHER).category(), Category::Unknown);
    let routed = legs("99.5");
    assert_eq!(routed.devices.len(), 7, "addresses of networks the VLANs are not are behind it");
    assert_eq!(device(&routed, OTHER).category(), Category::NetworkEquipment);
}

#[test]
fn one_outside_address_makes_a_router_only_when_it_met_an_inside_one() {
    let talk = |client: &str| {
        let build = Build::new("a");
        estate(&[build.talk((OTHER, client), (ROUTER, "8.8.8.8"), 443, Some(Protocol::Tls), true)])
    };
    assert_eq!(device(&talk("10.0.0.5"), ROUTER).category(), Category::NetworkEquipment);
    let both_outside = talk("131.107.0.5");
    assert!(both_outside.devices.iter().all(|device| device.category() == Category::Unknown));
}

#[test]
fn windows_makes_no_office_computer_of_a_device_makers_machine_or_of_one_with_dicom() {
    const DELL: &str = "18:66:da:00:00:01";
    const DRAEGER: &str = "00:30:e6:00:00:01";
    let windows = |mac: &str| {
        Build::new("a").fact(mac, "10.0.0.5", Fact::DhcpVendorClass, "MSFT 5.0").fact(
            mac,
            "10.0.0.5",
            Fact::DhcpParameterList,
            "1,3,6,15,31,33,43,44,46,47,119,121,249,252",
        )
    };
    assert_eq!(device(&estate(&[windows(DELL)]), DELL).category(), Category::Workstation);
    assert_eq!(device(&estate(&[windows(DRAEGER)]), DRAEGER).category(), Category::Unknown);
    let asks = windows(DELL).fact(DELL, "10.0.0.5", Fact::DicomScu, "1.2.840.10008.1.1");
    assert_eq!(device(&estate(&[asks]), DELL).category(), Category::ImagingWorkstation);
}

#[test]
fn a_gateways_record_with_a_link_layer_address_is_the_station_that_bears_it() {
    let pump = |build: Build, record: &str| {
        build.behind(GATEWAY, "10.0.0.41", record, Fact::Hl7DeviceMac, "00-1B-0D-77-00-01").behind(
            GATEWAY,
            "10.0.0.41",
            record,
            Fact::Hl7DeviceType,
            "MDC_DEV_PUMP_INFUS_MDS",
        )
    };
    let wire = Build::new("a").fact("00:1b:0d:77:00:01", "10.0.0.7", Fact::ArpAddress, "10.0.0.7");
    let one = estate(&[pump(wire.clone(), "P1")]);
    assert_eq!(one.devices.len(), 2, "the pump and its gateway");
    assert_eq!(value(&one, "00:1b:0d:77:00:01", Attribute::Category).unwrap().0, "infusion_pump");
    assert_eq!(estate(&[pump(pump(wire, "P1"), "P2")]).devices.len(), 4, "two pumps cannot both bear it");
}

#[test]
fn devices_at_the_bed_and_the_bench_say_what_they_are() {
    let found = estate(&[Build::new("a")
        .fact(CT, "10.0.0.5", Fact::Poct1aManufacturer, "RADIOMETER")
        .fact(CT, "10.0.0.5", Fact::Poct1aModel, "ABL90 FLEX PLUS")
        .fact(CT, "10.0.0.5", Fact::Poct1aSerial, "393-20000017")
        .behind(GATEWAY, "10.0.0.41", "3512345678", Fact::Pb840Serial, "3512345678")]);
    assert_eq!(value(&found, CT, Attribute::Category).unwrap().0, "point_of_care_analyser");
    assert_eq!(value(&found, CT, Attribute::Model).unwrap(), ("ABL90 FLEX PLUS".to_owned(), 0.97));
    let child = found.devices.iter().find(|device| device.parent.is_some()).unwrap();
    assert_eq!(child.category(), Category::Ventilator);
    assert_eq!(child.claim(Attribute::Manufacturer).unwrap().value, "Medtronic");
}

#[test]
fn a_device_only_reported_is_found_again_by_its_instance_identifier() {
    let gateway = Build::new("a").fact(GATEWAY, "10.0.0.41", Fact::ArpAddress, "10.0.0.41");
    let reported = |build: Build, fact, value| build.behind(GATEWAY, "10.0.0.41", "M1", fact, value);
    let plain = reported(gateway, Fact::Hl7DeviceIdentifier, "MON88123");
    let plain = reported(plain, Fact::Hl7DeviceIdentifier, "0012210000001234");
    let child = |found: &cordon_model::identify::Estate| {
        let child = found.devices.iter().find(|device| device.parent.is_some()).unwrap();
        (child.claim(Attribute::Serial).unwrap().value.clone(), child.roles.clone())
    };
    let (serial, roles) = child(&estate(std::slice::from_ref(&plain)));
    assert_eq!(serial, "MON88123");
    assert_eq!(roles, ["reported as 0012210000001234", "reported as MON88123"]);
    assert_eq!(child(&estate(&[reported(plain, Fact::Hl7DeviceSerial, "S-9001")])).0, "S-9001");
}
