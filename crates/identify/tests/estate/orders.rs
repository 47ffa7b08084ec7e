//! However Batches are cut, ordered and settled between: the devices are the same, and what a refresh calls changed is
//! all that changed.

#![expect(clippy::indexing_slicing, reason = "tests stop loudly")]

use crate::build::{knowledge, worded};
use cordon_identify::{Action, Corrections, Entry, Handle, Resolver};
use cordon_model::identify::{Device, DeviceId, Estate};
use cordon_model::observe::{
    Batch, Conversation, Direction, Fact, Health, HoursOfWeek, PatientDataKinds, Protocol, Sighting, Source,
    Transport,
};
use cordon_model::{Endpoint, Inside, Timestamp, Vlan};
use proptest::prelude::*;
use std::collections::BTreeMap;

const MACS: &[&str] = &[
    "44:4b:5d:10:00:21",
    "44:4b:5d:10:00:22",
    "00:1b:0d:20:30:01",
    "00:00:5e:00:01:05",
    "da:a1:19:00:00:01",
    "00:30:e6:00:00:02",
];
const IPS: &[&str] = &[
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.3",
    "10.0.9.4",
    "8.8.8.8",
    "fe80::464b:5dff:fe10:21",
    "fd00::464b:5dff:fe10:21",
];
const FACTS: &[(Fact, &[&str])] = &[
    (Fact::ArpAddress, &["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
    (Fact::NdAddress, &["fd00::464b:5dff:fe10:21", "2001:db8::7"]),
    (Fact::DhcpAddress, &["10.0.0.3"]),
    (Fact::DhcpRouter, &["10.0.0.1"]),
    (Fact::NdRouter, &["1800"]),
    (Fact::VrrpAddress, &["10.0.0.1"]),
    (Fact::DhcpHostname, &["M540-55120034", "ws-1", "ws-2"]),
    (Fact::SnmpName, &["ws-1", "sw-1"]),
    (Fact::LldpSystemName, &["sw-1"]),
    (Fact::LldpManagementAddress, &["10.0.0.2", "10.0.9.4"]),
    (Fact::SnmpInterface, &["44:4b:5d:10:00:22", "00:1b:0d:20:30:01"]),
    (Fact::NbnsStation, &["44:4b:5d:10:00:21"]),
    (Fact::Dhcpv6Duid, &["000100011c39cf88080027fe8f95", "00010001aaaabbbb080027fe8f95"]),
    (Fact::SsdpUuid, &["uuid:e3248000-80ce-11db-8000-30055c9bd8f8"]),
    (Fact::SnmpSerial, &["SN-1001", "SN-1002"]),
    (Fact::SnmpFirmware, &["1.0", "2.0"]),
    (Fact::DicomCallingAe, &["CT1", "CT2"]),
    (Fact::DicomSerial, &["SN-1001", "CT-90210"]),
    (Fact::DicomManufacturer, &["GE", "TOSHIBA_MEC"]),
    (Fact::DicomScp, &["1.2.840.10008.5.1.4.1.1.2"]),
    (Fact::TlsSubject, &["CN=pacs.example", "CN=www.example"]),
    (Fact::HttpServer, &["Apache/2.4"]),
];
const BEHIND: &[(Fact, &[&str])] = &[
    (Fact::Hl7DeviceSerial, &["SN-1001", "55120034"]),
    (Fact::Hl7DeviceMac, &["44-4B-5D-10-00-21"]),
    (Fact::Hl7DeviceAddress, &["10.0.0.2"]),
    (Fact::Hl7DeviceType, &["MDC_DEV_PUMP_INFUS_MDS"]),
    (Fact::DicomScheduledModality, &["CT"]),
];
const CELLS: &[(Fact, &[&str])] = &[
    (Fact::AssetTag, &["T1", "T2", "T3"]),
    (Fact::AssetSerial, &["SN-1001", "CT-90210"]),
    (Fact::AssetFirmware, &["1.0", "2.0"]),
    (Fact::AssetOwner, &["Radiology", "Surgery"]),
];
const INPUTS: &[&str] = &["b.pcap", "a.pcap", "one.csv", "two.csv"];

/// One thing a Batch says: a sighting or a conversation, and which Batch of the second cutting says it.
#[derive(Clone, Debug)]
struct Said {
    sighting: Option<Sighting>,
    talk: Option<Conversation>,
    batch: usize,
}

fn place(mac: Option<usize>, ip: Option<usize>, vlan: u16) -> Endpoint {
    Endpoint {
        vlan: Vlan::new(vlan),
        mac: mac.map(|mac| MACS[mac].parse().unwrap()),
        ip: ip.map(|ip| IPS[ip].parse().unwrap()),
    }
}

fn value(table: &'static [(Fact, &'static [&'static str])]) -> impl Strategy<Value = (Fact, String)> {
    (0..table.len(), 0..3usize).prop_map(|(fact, value)| {
        let (fact, values) = table[fact];
        (fact, values[value % values.len()].to_owned())
    })
}

fn at() -> impl Strategy<Value = Timestamp> {
    // A clock that jumps: days apart, and once to the beginning of time.
    prop_oneof![8 => 0..20i64, 1 => Just(-1_700_000_000i64)]
        .prop_map(|step| Timestamp::from_seconds(1_700_000_000 + step * 40_000))
}

fn sighting(
    record: Option<&'static [&'static str]>,
    table: &'static [(Fact, &'static [&'static str])],
    inputs: std::ops::Range<u32>,
) -> impl Strategy<Value = Sighting> {
    let of_row = inputs.start > 1;
    let mac = prop::option::weighted(if of_row { 0.4 } else { 0.9 }, 0..MACS.len());
    let ip = prop::option::weighted(0.8, 0..IPS.len());
    (mac, ip, 0..3u16, value(table), 0..2usize, (at(), at()), inputs, 1..40u64).prop_map(
        move |(mac, ip, vlan, (fact, value), name, (one, other), input, packet)| Sighting {
            endpoint: place(mac, ip, if of_row { 0 } else { vlan * 10 }),
            record: record.map(|names| names[name % names.len()].to_owned()),
            fact,
            value,
            count: 1,
            first: if of_row { Timestamp::default() } else { one.min(other) },
            last: if of_row { Timestamp::default() } else { one.max(other) },
            source: Source { input, packet },
        },
    )
}

fn talk() -> impl Strategy<Value = Conversation> {
    let end = || (0..MACS.len(), 0..IPS.len()).prop_map(|(mac, ip)| place(Some(mac), Some(ip), 0));
    let protocols = prop::sample::select(vec![
        None,
        Some(Protocol::Hl7),
        Some(Protocol::Dicom),
        Some(Protocol::Tls),
        Some(Protocol::Http),
        Some(Protocol::Fhir),
    ]);
    (end(), end(), protocols, prop::sample::select(vec![104u16, 2762, 443]), any::<bool>(), at(), 1..40u64)
        .prop_map(|(client, server, application, port, answered, at, packet)| Conversation {
            client,
            server,
            transport: Transport::Tcp,
            port,
            application,
            direction: Direction::Handshake,
            answered,
            flows: 1,
            packets: 2,
            bytes: 200,
            first: at,
            last: at,
            hours: HoursOfWeek::default(),
            patient_data: PatientDataKinds::NONE,
            source: Source { input: 0, packet },
        })
}

fn said() -> impl Strategy<Value = Said> {
    let what = prop_oneof![
        6 => sighting(None, FACTS, 0..2).prop_map(|seen| (Some(seen), None)),
        2 => sighting(Some(&["P1", "CT1"]), BEHIND, 0..2).prop_map(|seen| (Some(seen), None)),
        2 => sighting(Some(&["row 1", "row 2"]), CELLS, 2..4).prop_map(|seen| (Some(seen), None)),
        2 => talk().prop_map(|talk| (None, Some(talk))),
    ];
    (what, 0..5usize).prop_map(|((sighting, talk), batch)| Said { sighting, talk, batch })
}

fn handle() -> impl Strategy<Value = Handle> {
    prop_oneof![
        4 => (0..MACS.len()).prop_map(|mac| Handle::Mac(MACS[mac].parse().unwrap())),
        1 => (0..4usize).prop_map(|ip| Handle::Address(IPS[ip].parse().unwrap(), None)),
        1 => Just(Handle::AssetTag("T1".to_owned())),
        1 => Just(Handle::Serial("sn1001".to_owned())),
        1 => Just(Handle::Record("P1".to_owned())),
    ]
}

fn corrections() -> impl Strategy<Value = Corrections> {
    let entry = (any::<bool>(), prop::collection::vec(handle(), 2..4)).prop_map(|(merge, devices)| Entry {
        action: if merge { Action::Merge } else { Action::Split },
        devices,
        who: "R. Miller".to_owned(),
        when: "2026-03-01".to_owned(),
        why: "seen on the floor".to_owned(),
    });
    prop::collection::vec(entry, 0..3).prop_map(Corrections::new)
}

fn batch<'s>(sequence: u64, said: impl Iterator<Item = &'s Said>) -> Batch {
    let mut batch = Batch {
        sensor: "test".to_owned(),
        sequence,
        start: None,
        end: None,
        inputs: INPUTS.iter().map(|name| (*name).to_owned()).collect(),
        sightings: Vec::new(),
        conversations: Vec::new(),
        events: Vec::new(),
        health: Health::default(),
    };
    for said in said {
        batch.sightings.extend(said.sighting.clone());
        batch.conversations.extend(said.talk.clone());
    }
    batch
}

fn resolver(corrections: &Corrections) -> Resolver<'static> {
    Resolver::new(knowledge(), Inside::default()).with_corrections(corrections.clone())
}

/// Takes Batches in one after the other, settling after each, and follows what is said to have changed.
fn followed(batches: &[Batch], corrections: &Corrections) -> (Estate, Vec<DeviceId>) {
    let mut resolver = resolver(corrections);
    let mut known: BTreeMap<DeviceId, Device> = BTreeMap::new();
    for batch in batches {
        resolver.add(batch);
        let changes = resolver.refresh();
        for id in &changes.gone {
            known.remove(id);
        }
        for id in changes.changed {
            match resolver.device(&id) {
                Some(device) => drop(known.insert(id, device)),
                None => drop(known.remove(&id)),
            }
        }
    }
    // That a device was seen once more, or named once more, changes nothing of what it is.
    let timeless = |device: &Device| Device { presence: None, listings: Vec::new(), ..device.clone() };
    for (id, device) in &known {
        let now = resolver.device(id).as_ref().map(timeless);
        assert_eq!(now, Some(timeless(device)), "what changed was not all told");
    }
    (resolver.finish(), known.into_keys().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_batches_are_cut_and_ordered_the_devices_are_the_same(
        said in prop::collection::vec(said(), 0..40),
        corrections in corrections(),
        order in Just((0..5u64).collect::<Vec<u64>>()).prop_shuffle(),
    ) {
        let whole = batch(0, said.iter());
        let mut at_once = resolver(&corrections);
        at_once.add(&whole);
        let at_once = at_once.resolve();
        let cut: Vec<Batch> = order
            .iter()
            .map(|part| batch(part + 1, said.iter().filter(|said| said.batch as u64 == *part)))
            .collect();
        let (followed, known) = followed(&cut, &corrections);
        prop_assert_eq!(worded(&at_once), worded(&followed));
        prop_assert!(at_once == followed);
        let there: Vec<DeviceId> = followed.devices.iter().map(|device| device.id.clone()).collect();
        prop_assert_eq!(there, known, "which devices there are was not all told");
    }
}
