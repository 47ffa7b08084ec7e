//! One machine with several interfaces or addresses, and machines that only look like one.

use crate::build::{Build, corrected, device, estate};
use crate::{CT, OTHER, ROUTER, value};
use cordon_identify::{Action, Entry, Handle};
use cordon_model::Category;
use cordon_model::identify::{Attribute, Estate};
use cordon_model::observe::{Fact, Protocol};

const SWITCH: &str = "00:26:73:00:10:00";
const PORT: &str = "00:26:73:00:10:07";
const DUID: &str = "000100011c39cf88444b5d100021";

/// The reasons a device's links give, joined ones first.
fn reasons(estate: &Estate, mac: &str) -> Vec<(bool, String)> {
    device(estate, mac).links.iter().map(|link| (link.joined, link.why.clone())).collect()
}

#[test]
fn a_switch_that_speaks_from_its_ports_is_one_device() {
    let ports = |name: &str| {
        estate(&[Build::new("a")
            .fact(SWITCH, "10.0.0.2", Fact::ArpAddress, "10.0.0.2")
            .fact(SWITCH, "10.0.0.2", Fact::SnmpName, "sw-icu-1.hospital.example")
            .link(PORT, Fact::LldpChassisId, SWITCH)
            .link(PORT, Fact::LldpManagementAddress, "10.0.0.2")
            .link(PORT, Fact::LldpSystemName, name)])
    };
    let one = ports("sw-icu-1");
    assert_eq!(one.devices.len(), 1, "{:#?}", one.devices);
    let link = &one.devices[0].links[0];
    assert!(link.joined && link.why.contains("both call themselves sw-icu-1"), "{link:?}");
    let facts: Vec<&str> = link.evidence.iter().map(|evidence| evidence.fact.as_str()).collect();
    assert!(facts.contains(&"lldp.system_name = sw-icu-1"), "{facts:?}");

    let strangers = ports("sw-lab-9");
    assert_eq!(strangers.devices.len(), 2);
    for mac in [SWITCH, PORT] {
        let [(joined, why)] = &reasons(&strangers, mac)[..] else { panic!("one reason") };
        assert!(!joined && why.contains("they call themselves differently"), "{why}");
    }
}

#[test]
fn one_statement_of_an_address_is_not_enough() {
    let posing = estate(&[Build::new("a").fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5").link(
        OTHER,
        Fact::LldpManagementAddress,
        "10.0.0.5",
    )]);
    assert_eq!(posing.devices.len(), 2);
    assert!(reasons(&posing, CT)[0].1.contains("which alone is not enough"));
}

#[test]
fn a_machine_met_on_both_sides_of_a_router_is_one() {
    let far = |name: &str| {
        estate(&[Build::new("a")
            .fact(ROUTER, "10.0.0.1", Fact::ArpAddress, "10.0.0.1")
            .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
            .fact(CT, "10.0.0.5", Fact::DhcpHostname, "PACS1")
            .fact(ROUTER, "10.9.0.5", Fact::NbnsStation, CT)
            .fact(ROUTER, "10.9.0.5", Fact::NbnsName, name)])
    };
    let one = far("pacs1");
    assert_eq!(one.devices.len(), 2);
    assert_eq!(device(&one, CT).ips.len(), 2);
    assert_eq!(far("pacs2").devices.len(), 3);
}

#[test]
fn an_ipv6_address_made_of_a_stations_mac_is_that_stations() {
    let behind = Build::new("a")
        .fact(ROUTER, "10.0.0.1", Fact::ArpAddress, "10.0.0.1")
        .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
        .talk((OTHER, "10.0.0.6"), (ROUTER, "fd00:9::464b:5dff:fe10:21"), 104, Some(Protocol::Dicom), true);
    let found = estate(&[behind]);
    assert_eq!(device(&found, CT).ips.len(), 2, "{:#?}", found.devices);
    assert!(reasons(&found, CT)[0].0);
}

#[test]
fn interfaces_with_one_dhcp_identifier_and_name_are_one_machine_and_copies_are_not() {
    let laptop = |build: Build, mac: &str, ip: &str, name: &str| {
        build.fact(mac, ip, Fact::Dhcpv6Duid, DUID).fact(mac, ip, Fact::DhcpHostname, name)
    };
    let one = laptop(Build::new("a"), CT, "10.0.0.5", "LT-1");
    let docked = estate(&[laptop(one.clone(), OTHER, "10.0.0.6", "lt-1")]);
    assert_eq!(docked.devices.len(), 1);
    assert!(reasons(&docked, CT)[0].1.contains("DHCP unique identifier"));
    assert_eq!(estate(&[laptop(one.clone(), OTHER, "10.0.0.6", "LT-2")]).devices.len(), 2, "a copied disk");
    // A docking station's adapter that two machines used is neither of them.
    let shared =
        laptop(one, OTHER, "10.0.0.6", "LT-1").at(90_000).fact(OTHER, "10.0.0.7", Fact::DhcpHostname, "LT-2");
    let shared = estate(&[shared]);
    assert_eq!(shared.devices.len(), 2);
    assert!(reasons(&shared, OTHER)[0].1.contains("several machines used one of the adapters"));
}

#[test]
fn a_crowd_with_one_identifier_is_copies_of_one_system() {
    let mut build = Build::new("a");
    for number in 0..40u8 {
        let (mac, ip) = (format!("00:30:e6:00:01:{number:02x}"), format!("10.0.1.{number}"));
        build = build.fact(&mac, &ip, Fact::SsdpUuid, "uuid:e3248000-80ce-11db-8000-30055c9bd8f8").fact(
            &mac,
            &ip,
            Fact::DhcpHostname,
            "printer",
        );
    }
    let found = estate(&[build]);
    assert_eq!(found.devices.len(), 40);
    for device in &found.devices {
        assert!(device.links.iter().any(|link| !link.joined && link.why.contains("copies of one system")));
        let name = device.claim(Attribute::Hostname).unwrap();
        assert!(name.conflict && name.confidence.value() < 0.6, "one name on forty devices");
    }
}

#[test]
fn a_virtual_router_is_no_machine_and_its_routers_stay_apart() {
    const VIRTUAL: &str = "00:00:5e:00:01:07";
    let found = estate(&[Build::new("a")
        .fact(ROUTER, "10.0.0.3", Fact::ArpAddress, "10.0.0.3")
        .fact(OTHER, "10.0.0.4", Fact::ArpAddress, "10.0.0.4")
        .fact(VIRTUAL, "10.0.0.3", Fact::VrrpRouter, "7 priority 200")
        .fact(VIRTUAL, "10.0.0.4", Fact::VrrpRouter, "7 priority 100")
        .fact(VIRTUAL, "10.0.0.1", Fact::VrrpAddress, "10.0.0.1")
        .fact(VIRTUAL, "10.0.0.1", Fact::ArpAddress, "10.0.0.1")
        .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
        .talk((CT, "10.0.0.5"), (VIRTUAL, "8.8.8.8"), 443, Some(Protocol::Tls), true)]);
    assert_eq!(found.devices.len(), 4);
    let address = |mac: &str| device(&found, mac).ips.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(address(VIRTUAL), ["10.0.0.1"]);
    assert_eq!(address(ROUTER), ["10.0.0.3"]);
    assert_eq!(address(OTHER), ["10.0.0.4"]);
    assert_eq!(device(&found, VIRTUAL).category(), Category::NetworkEquipment);
}

#[test]
fn an_address_handed_on_belongs_to_whoever_had_it_then() {
    let found = estate(&[Build::new("a")
        .at(1_000)
        .fact(CT, "10.0.0.5", Fact::DhcpAddress, "10.0.0.5")
        .at(90_000)
        .fact(OTHER, "10.0.0.5", Fact::DhcpAddress, "10.0.0.5")
        .fact(ROUTER, "10.0.0.5", Fact::HttpServer, "seen elsewhere")]);
    assert_eq!(found.devices.len(), 3);
    for mac in [CT, OTHER] {
        let roles = &device(&found, mac).roles;
        assert!(roles.iter().any(|role| role.contains("at another time")), "{roles:?}");
    }
    let later = found.devices.iter().find(|device| device.macs == [OTHER.parse().unwrap()]).unwrap();
    assert_eq!(later.ips.len(), 1);
}

#[test]
fn a_station_that_changes_vlan_stays_one_device() {
    let found = estate(&[Build::new("a")
        .vlan(10)
        .fact(CT, "10.10.0.5", Fact::DhcpAddress, "10.10.0.5")
        .at(90_000)
        .vlan(20)
        .fact(CT, "10.20.0.5", Fact::DhcpAddress, "10.20.0.5")]);
    assert_eq!(found.devices.len(), 1);
    assert_eq!(found.devices[0].vlans.len(), 2);
}

#[test]
fn a_child_is_found_by_the_address_its_gateway_states() {
    let child = |address: &str| {
        estate(&[Build::new("a")
            .fact(OTHER, "10.0.0.41", Fact::ArpAddress, "10.0.0.41")
            .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
            .behind(OTHER, "10.0.0.41", "P1", Fact::Hl7DeviceAddress, address)
            .behind(OTHER, "10.0.0.41", "P1", Fact::Hl7DeviceSerial, "PUMP-1001")])
    };
    let met = child("10.0.0.5");
    assert_eq!(met.devices.len(), 2);
    assert_eq!(value(&met, CT, Attribute::Serial).unwrap().0, "PUMP-1001");
    let unmet = child("10.0.0.9");
    assert_eq!(unmet.devices.len(), 3);
    assert!(unmet.devices.iter().any(|child| child.parent.as_ref() == Some(&device(&unmet, OTHER).id)));
}

fn entry(action: Action, devices: Vec<Handle>) -> Entry {
    let (who, when) = ("R. Miller".to_owned(), "2026-03-01".to_owned());
    Entry { action, devices, who, when, why: "seen on the floor".to_owned() }
}

fn by_mac(mac: &str) -> Handle {
    Handle::Mac(mac.parse().unwrap())
}

#[test]
fn a_person_merges_and_the_device_says_who_did() {
    let wire = Build::new("a").fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5").fact(
        OTHER,
        "10.0.0.6",
        Fact::ArpAddress,
        "10.0.0.6",
    );
    let merged =
        corrected(std::slice::from_ref(&wire), vec![entry(Action::Merge, vec![by_mac(CT), by_mac(OTHER)])]);
    assert_eq!(merged.devices.len(), 1);
    let link = &merged.devices[0].links[0];
    assert!(link.joined && link.evidence[0].protocol == Protocol::Person, "{link:?}");
    assert_eq!(link.evidence[0].fact, "R. Miller, 2026-03-01: seen on the floor");
    // Two asset tags do not stop a person; both stay visible.
    let list = Build::new("list.csv").row("1", Some(CT), None, Fact::AssetTag, "T1").row(
        "2",
        Some(OTHER),
        None,
        Fact::AssetTag,
        "T2",
    );
    let tag = |tag: &str| Handle::AssetTag(tag.to_owned());
    let tagged = corrected(
        &[wire.clone(), list.clone()],
        vec![entry(Action::Merge, vec![tag("T1"), tag("T2"), by_mac(CT), by_mac(OTHER)])],
    );
    assert_eq!(tagged.devices.len(), 1);
    let half = corrected(&[wire, list], vec![entry(Action::Merge, vec![by_mac(CT), by_mac(OTHER)])]);
    assert_eq!(half.devices.len(), 3, "whose row the merged device is was not said");
    assert!(tagged.devices[0].claims.iter().any(|claim| claim.value == "T2" && claim.conflict));
}

#[test]
fn a_person_splits_and_it_stays_so_whatever_comes_later() {
    let both = Build::new("list.csv").row("1", Some(CT), None, Fact::AssetOwner, "Radiology").row(
        "1",
        Some(OTHER),
        None,
        Fact::AssetOwner,
        "Radiology",
    );
    let wire = |at: i64| {
        Build::new("a").at(at).fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5").fact(
            OTHER,
            "10.0.0.6",
            Fact::ArpAddress,
            "10.0.0.6",
        )
    };
    assert_eq!(estate(&[wire(10), both.clone()]).devices.len(), 1);
    let split = vec![entry(Action::Split, vec![by_mac(CT), by_mac(OTHER)])];
    let first = corrected(&[wire(10), both.clone()], split.clone());
    assert_eq!(first.devices.len(), 2);
    assert!(reasons(&first, OTHER).iter().any(|(joined, why)| !joined && why.contains("a person")));
    let later = corrected(&[both, wire(10), wire(99_000)], split);
    let ids = |estate: &Estate| estate.devices.iter().map(|device| device.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first), ids(&later));
}
