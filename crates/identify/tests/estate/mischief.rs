//! Spoofed and contradictory evidence: visible conflicts and lower confidence, never a crash, a merge of strangers, or
//! a silent choice.

use crate::build::{Build, device, estate, worded};
use crate::{CT, OTHER, ROUTER};
use cordon_model::Category;
use cordon_model::identify::{Attribute, Device, Estate};
use cordon_model::observe::{Fact, Protocol};

/// An address block of a maker of infusion pumps.
const PUMP: &str = "00:09:fb:00:00:07";

fn confidence(device: &Device, attribute: Attribute) -> f64 {
    device.claim(attribute).map_or(0.0, |claim| claim.confidence.value())
}

#[test]
fn a_pumps_address_on_a_laptop_is_no_pump() {
    let posing = estate(&[Build::new("a")
        .fact(PUMP, "10.0.0.5", Fact::DhcpHostname, "kali")
        .fact(
            PUMP,
            "10.0.0.5",
            Fact::DhcpVendorClass,
            "dhcpcd-9.4.1:Linux-6.1.0-kali5-amd64:x86_64:GenuineIntel",
        )
        .fact(PUMP, "10.0.0.5", Fact::SshIdentification, "SSH-2.0-OpenSSH_9.2p1 Debian-2")
        .fact(
            PUMP,
            "10.0.0.5",
            Fact::HttpUserAgent,
            "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
        )]);
    let found = device(&posing, PUMP);
    assert!(confidence(found, Attribute::Manufacturer) < 0.9, "an address block is weak: {:?}", found.claims);
    assert_ne!(found.category(), Category::InfusionPump);
    let known: Vec<f64> = found
        .claims
        .iter()
        .filter(|claim| claim.value == "infusion_pump")
        .map(|claim| claim.confidence.value())
        .collect();
    assert!(known.iter().all(|confidence| *confidence < 0.6), "{known:?}");
}

#[test]
fn devices_with_one_serial_number_stay_apart_in_doubt_and_say_so() {
    let mut build = Build::new("a");
    for (mac, ip) in [(CT, "10.0.0.5"), (OTHER, "10.0.0.6")] {
        build = build.fact(mac, ip, Fact::SnmpSerial, "XK-100-2000").fact(
            mac,
            ip,
            Fact::SnmpManufacturer,
            "Radiometer",
        );
    }
    let list = Build::new("list.csv").row("1", None, None, Fact::AssetTag, "T1").row(
        "1",
        None,
        None,
        Fact::AssetSerial,
        "XK-100-2000",
    );
    let found = estate(&[build, list]);
    assert_eq!(found.devices.len(), 3, "nobody knows whose the row is");
    for mac in [CT, OTHER] {
        let found = device(&found, mac);
        let serial = found.claim(Attribute::Serial).unwrap();
        assert!(serial.conflict && serial.confidence.value() < 0.6);
        assert!(found.links.iter().any(|link| !link.joined && link.why.contains("same serial number")));
    }
}

#[test]
fn one_name_on_twenty_devices_joins_none_and_is_doubted() {
    let named = |count: u8| {
        let mut build = Build::new("a");
        for number in 0..count {
            let (mac, ip) = (format!("00:30:e6:00:02:{number:02x}"), format!("10.0.2.{number}"));
            build = build.fact(&mac, &ip, Fact::DhcpHostname, "MONITOR");
        }
        estate(&[build])
    };
    let (twenty, one) = (named(20), named(1));
    assert_eq!(twenty.devices.len(), 20);
    let sure = confidence(&one.devices[0], Attribute::Hostname);
    for device in &twenty.devices {
        let name = device.claim(Attribute::Hostname).unwrap();
        assert!(name.conflict && name.confidence.value() < sure * 0.7);
    }
}

#[test]
fn an_address_two_stations_claim_at_once_is_nobodys_in_silence() {
    let found = estate(&[Build::new("a")
        .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
        .fact(OTHER, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
        .address_fact("10.0.0.5", Fact::DicomModel, "BrightSpeed")]);
    assert_eq!(found.devices.len(), 2);
    for device in &found.devices {
        assert!(device.roles.iter().any(|role| role.contains("another station uses too")));
        assert_eq!(device.claim(Attribute::Model), None, "nobody can say whose fact it is");
    }
}

#[test]
fn a_clock_that_jumps_neither_joins_nor_crashes() {
    let jumps = |times: &[i64]| {
        let mut build = Build::new("a");
        for at in times {
            build = build
                .at(*at)
                .fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
                .fact(OTHER, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
                .fact(CT, "10.0.0.5", Fact::SnmpFirmware, if *at > 1_000 { "2.0" } else { "1.0" });
        }
        estate(&[build])
    };
    for times in [&[0, 4_000_000_000][..], &[i64::MAX, i64::MIN], &[-60_000_000_000, 1_700_000_000, 5]] {
        let found = jumps(times);
        assert_eq!(found.devices.len(), 2, "{times:?}");
        assert!(found.devices.iter().all(|device| device.roles.iter().any(|role| role.contains("10.0.0.5"))));
    }
}

/// So many stations that each sent one packet from an address of its own.
fn flood(count: u32, answered: bool) -> Build {
    let mut build = Build::new("flood").fact(CT, "10.0.0.5", Fact::ArpAddress, "10.0.0.5").fact(
        ROUTER,
        "10.0.0.1",
        Fact::ArpAddress,
        "10.0.0.1",
    );
    for number in 0..count {
        let [_, a, b, c] = number.wrapping_mul(2_654_435).to_be_bytes();
        let (mac, ip) =
            (format!("5e:{a:02x}:{b:02x}:{c:02x}:77:{:02x}", number % 251), format!("10.7.{b}.{c}"));
        build = build.talk((&mac, &ip), (CT, "10.0.0.5"), 80, None, answered);
    }
    build
}

#[test]
fn a_flood_of_stations_makes_no_devices_merges_none_and_is_told() {
    let calm: Estate = estate(&[flood(0, false)]);
    let flooded: Estate = estate(&[flood(5_000, false)]);
    assert_eq!(
        flooded.devices.len(),
        calm.devices.len(),
        "who never said or got anything is told in one number"
    );
    assert_eq!((calm.flood_stations, flooded.flood_stations), (0, 5_000));
    for mac in [CT, ROUTER] {
        assert_eq!(device(&flooded, mac).ips, device(&calm, mac).ips);
    }
    assert_eq!(estate(&[flood(20, false)]).devices.len(), calm.devices.len() + 20, "a few are listed");
    assert_eq!(
        estate(&[flood(2_000, true)]).devices.len(),
        calm.devices.len() + 2_000,
        "who gets answers is there"
    );
}

#[test]
fn a_router_that_poses_as_everybody_merges_nobody() {
    let mut build = Build::new("a");
    for number in 2..60u8 {
        let ip = format!("10.0.0.{number}");
        let mac = format!("00:30:e6:00:03:{number:02x}");
        build = build.fact(&mac, &ip, Fact::ArpAddress, &ip).fact(OTHER, &ip, Fact::ArpAddress, &ip);
    }
    let found = estate(&[build]);
    assert_eq!(found.devices.len(), 59);
    assert!(device(&found, OTHER).roles.contains(&"router".to_owned()));
    assert!(device(&found, OTHER).ips.is_empty(), "proxy ARP gives it none of them");
}

#[test]
fn damaged_values_are_taken_for_what_they_are() {
    let strange = [
        "",
        " ",
        "\u{fffd}",
        "ff",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "999.1.1.1",
        "é",
        "ffffffffffffffff",
    ];
    let mut build = Build::new("a");
    for fact in Fact::ALL.iter().filter(|fact| fact.protocol() != Protocol::AssetList) {
        for value in strange {
            build = build.fact(CT, "10.0.0.5", *fact, value).behind(OTHER, "10.0.0.6", value, *fact, value);
        }
    }
    let found = estate(&[build]);
    assert!(worded(&found).len() > 100);
    // Two stations that advertise themselves as routers, and the addresses beside them.
    assert_eq!(found.devices.iter().filter(|device| device.parent.is_none()).count(), 4);
}
