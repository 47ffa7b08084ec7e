//! Floods: memory stays within its setting, and what was shed is counted.

use cordon_model::Timestamp;
use cordon_model::observe::Batch;
use cordon_sensor::{Input, Observation, Settings};
use cordon_testkit::capture::{ByteOrder, Pcap, Resolution};
use std::collections::BTreeMap;
use std::io::Cursor;

const CONVERSATIONS_MAX: u32 = 512;
const ENTRIES_MAX: usize = 2_000;

fn settings() -> Settings {
    let mut settings = Settings::named("flood");
    settings.engine.conversations_max = CONVERSATIONS_MAX;
    settings.engine.bindings_max = 256;
    settings.limits.entries_max = ENTRIES_MAX;
    settings
}

/// A frame of Ethernet: VLAN, stations and addresses made of a number.
fn frame(number: u32, vlan: Option<u16>, kind: u16, content: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = number.to_be_bytes();
    let mut bytes = vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 1, 0, a, b, c];
    if let Some(vlan) = vlan {
        bytes.extend([0x81, 0]);
        bytes.extend(vlan.to_be_bytes());
    }
    bytes.extend(kind.to_be_bytes());
    bytes.extend(content);
    bytes
}

/// The first packet of a TCP connection from a new address to a new port.
fn syn(number: u32) -> Vec<u8> {
    let [_, a, b, c] = number.to_be_bytes();
    let mut packet = vec![0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 11, a, b, c, 10, 0, 0, 1];
    packet.extend(((number % 60_000) as u16).to_be_bytes());
    packet.extend(443u16.to_be_bytes());
    packet.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 4, 0, 0, 0, 0, 0]);
    packet
}

fn arp(number: u32) -> Vec<u8> {
    let [_, a, b, c] = number.to_be_bytes();
    [&[0, 1, 8, 0, 6, 4, 0, 1, 2, 1, 0, a, b, c, 10, a, b, c][..], &[0; 6], &[10, 0, 0, 1]].concat()
}

/// Batches of a flood of so many frames, and all counters.
fn observed(count: u32, make: impl Fn(u32) -> Vec<u8>) -> (Vec<Batch>, BTreeMap<String, u64>) {
    let empty = Pcap::new(ByteOrder::Little, Resolution::Micro, 1);
    let at = |number: u32| Timestamp::from_micros(1_800_000_000_000_000 + i64::from(number) * 20);
    let capture = (0..count).fold(empty, |pcap, number| pcap.frame(at(number), &make(number))).bytes();
    let mut observation = Observation::new(settings());
    let mut batches = Vec::new();
    let mut out = |batch| batches.push(batch);
    observation.input(
        Input::from_reader("flood", Box::new(Cursor::new(capture)), None, false),
        &mut (),
        &mut out,
    );
    let statistics = observation.finish(&mut out);
    assert_eq!(statistics.packets, u64::from(count));
    for batch in &batches {
        let entries = batch.sightings.len() + batch.conversations.len() + batch.events.len();
        assert!(entries <= ENTRIES_MAX + 16, "{entries} in one Batch");
    }
    (batches, statistics.counters)
}

#[test]
fn a_flood_of_connections_is_shed_and_counted() {
    let (batches, counters) = observed(40_000, |number| frame(7, None, 0x0800, &syn(number)));
    let evicted = *counters.get("limit.conversations_evicted").unwrap();
    assert_eq!(evicted, 40_000 - u64::from(CONVERSATIONS_MAX));
    assert!(batches.len() >= 40_000 / (ENTRIES_MAX + 16));
}

#[test]
fn a_flood_of_stations_fills_batches_that_are_handed_on() {
    let (batches, counters) = observed(40_000, |number| frame(number, None, 0x0806, &arp(number)));
    assert!(batches.len() > 10, "{}", batches.len());
    assert!(*counters.get("limit.address_bindings").unwrap() >= 40_000 - 512);
}

#[test]
fn a_flood_of_vlans_and_pairs_is_shed_and_counted() {
    let nested = |number: u32| {
        let inner =
            [&((number % 4_094 + 1) as u16).to_be_bytes()[..], &[8, 0], &syn(number / 4_094)].concat();
        frame(number % 97, Some((number % 4_093 + 1) as u16), 0x8100, &inner)
    };
    let (_, counters) = observed(40_000, nested);
    assert!(*counters.get("limit.conversations_evicted").unwrap() >= 39_000, "{counters:?}");
}
