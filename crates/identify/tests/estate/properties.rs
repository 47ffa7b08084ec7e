//! What holds whatever is seen: order does not matter, different asset tags never meet, every claim has
//! evidence, and outside or shared addresses are nobody's.

use crate::build::{Build, estate, worded};
use cordon_model::Inside;
use cordon_model::identify::{Attribute, Estate};
use cordon_model::observe::{Fact, Protocol};
use proptest::prelude::*;

const MACS: &[&str] = &[
    "44:4b:5d:10:00:21",
    "00:30:e6:00:00:02",
    "00:1b:0d:20:30:01",
    "00:00:5e:00:01:05",
    "da:a1:19:00:00:01",
    "ff:ff:ff:ff:ff:ff",
];
const IPS: &[&str] = &[
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.3",
    "10.0.9.4",
    "8.8.8.8",
    "0.0.0.0",
    "224.0.0.251",
    "fe80::1",
    "fd00::7",
];
const FACTS: &[(Fact, &[&str])] = &[
    (Fact::ArpAddress, &["10.0.0.1", "10.0.0.2"]),
    (Fact::DhcpAddress, &["10.0.0.3"]),
    (Fact::DhcpRouter, &["10.0.0.1"]),
    (Fact::DhcpVendorClass, &["MSFT 5.0", "udhcp 1.21.1"]),
    (Fact::DhcpHostname, &["GECT01", "LAPTOP-8F3K2J1Q"]),
    (Fact::DnsName, &["ct.example", "pacs.example"]),
    (Fact::DicomScp, &["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.2.2.1"]),
    (Fact::DicomScu, &["1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.31"]),
    (Fact::DicomModel, &["BrightSpeed", "Signa"]),
    (Fact::DicomManufacturer, &["GE", "TOSHIBA_MEC"]),
    (Fact::DicomSerial, &["1", "2"]),
    (Fact::DicomModality, &["CT", "SR"]),
    (Fact::Hl7MessageType, &["ADT^A01", "ACK"]),
];
const CELLS: &[(Fact, &[&str])] = &[
    (Fact::AssetTag, &["T1", "T2", "T3"]),
    (Fact::AssetSerial, &["1", "2"]),
    (Fact::AssetModel, &["BrightSpeed", "Infinity M540"]),
    (Fact::AssetOwner, &["Radiology", "Surgery"]),
];

/// One thing a Batch says, as indexes into the tables above.
#[derive(Clone, Debug)]
enum Said {
    Fact(usize, usize, usize, usize),
    Behind(usize, usize, usize),
    Row(usize, Option<usize>, Option<usize>, usize, usize),
    Talk(usize, usize, usize, usize, bool),
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        4 => (0..MACS.len(), 0..IPS.len(), 0..FACTS.len(), 0..2usize).prop_map(|(a, b, c, d)| Said::Fact(a, b, c, d)),
        1 => (0..MACS.len(), 0..IPS.len(), 0..3usize).prop_map(|(a, b, c)| Said::Behind(a, b, c)),
        2 => (0..4usize, prop::option::of(0..MACS.len()), prop::option::of(0..IPS.len()), 0..CELLS.len(), 0..3usize)
            .prop_map(|(a, b, c, d, e)| Said::Row(a, b, c, d, e)),
        2 => (0..MACS.len(), 0..IPS.len(), 0..MACS.len(), 0..IPS.len(), any::<bool>())
            .prop_map(|(a, b, c, d, e)| Said::Talk(a, b, c, d, e)),
    ]
}

fn built(name: &str, list: bool, things: &[Said]) -> Build {
    let mut build = Build::new(name);
    for (second, thing) in things.iter().enumerate() {
        build = build.at(i64::try_from(second).unwrap_or(0) * 100);
        build = match thing {
            Said::Fact(mac, ip, fact, value) if !list => {
                let (fact, values) = pick(FACTS, *fact);
                build.fact(text(MACS, *mac), text(IPS, *ip), fact, text(values, *value))
            }
            Said::Behind(mac, ip, serial) if !list => {
                let record = text(&["P1", "P2"], serial + mac);
                let serial = text(&["1", "2", "3"], *serial);
                build.behind(text(MACS, *mac), text(IPS, *ip), record, Fact::Hl7DeviceSerial, serial)
            }
            Said::Talk(m1, i1, m2, i2, answered) if !list => {
                let (client, server) = ((text(MACS, *m1), text(IPS, *i1)), (text(MACS, *m2), text(IPS, *i2)));
                build.talk(client, server, 104, Some(Protocol::Dicom), *answered)
            }
            Said::Row(row, mac, ip, fact, value) if list => {
                let (fact, values) = pick(CELLS, *fact);
                // A row has one cell for its asset tag.
                let value = if fact == Fact::AssetTag { row } else { value };
                let (mac, ip) = (mac.map(|mac| text(MACS, mac)), ip.map(|ip| text(IPS, ip)));
                build.row(&format!("row {row}"), mac, ip, fact, text(values, *value))
            }
            _ => build,
        };
    }
    build
}

fn text<'t>(table: &[&'t str], index: usize) -> &'t str {
    table.iter().cycle().nth(index).copied().unwrap_or("")
}

fn pick(table: &[(Fact, &'static [&'static str])], index: usize) -> (Fact, &'static [&'static str]) {
    table.iter().cycle().nth(index).copied().unwrap_or((Fact::ArpAddress, &[]))
}

fn builds() -> impl Strategy<Value = Vec<Build>> {
    let part = || prop::collection::vec(said(), 0..25);
    (part(), part(), part(), part()).prop_map(|(a, b, c, d)| {
        let wire = a.iter().chain(&b).cloned().collect::<Vec<_>>();
        vec![
            built("a.pcap", false, &wire),
            built("b.pcap", false, &c),
            built("one.csv", true, &d),
            built("two.csv", true, &a),
        ]
    })
}

fn check(estate: &Estate) -> Result<(), TestCaseError> {
    let inside = Inside::default();
    let mut ids = std::collections::BTreeSet::new();
    for device in &estate.devices {
        prop_assert!(ids.insert(device.id.clone()), "two devices with one id");
        let tags = device.claims.iter().filter(|claim| claim.attribute == Attribute::AssetTag).count();
        prop_assert!(tags <= 1, "two asset tags in one device");
        for claim in &device.claims {
            prop_assert!(!claim.evidence.is_empty() && !claim.value.is_empty());
            prop_assert!((0.0..=1.0).contains(&claim.confidence.value()));
        }
        let exclusive = device.claims.iter().filter(|claim| claim.attribute == Attribute::Category);
        let sum: f64 = exclusive.map(|claim| claim.confidence.value()).sum();
        prop_assert!(sum <= 1.0 + 1e-9, "categories add up to {}", sum);
        prop_assert!(device.macs.iter().all(|mac| !mac.is_group() && !mac.is_zero()));
        prop_assert!(device.parent.as_ref() != Some(&device.id));
    }
    for device in &estate.devices {
        prop_assert!(device.parent.iter().all(|parent| ids.contains(parent)));
    }
    for talk in &estate.conversations {
        let ends = [
            (&talk.conversation.client, &talk.client_device),
            (&talk.conversation.server, &talk.server_device),
        ];
        for (endpoint, device) in ends {
            let away = endpoint.ip.is_some_and(|ip| ip.is_ipv4() && !inside.contains(ip));
            prop_assert!(!away || device.is_none());
            prop_assert!(!away || talk.outside);
            prop_assert!(device.iter().all(|id| ids.contains(id)));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_does_not_matter_and_nothing_is_claimed_without_evidence(
        batches in builds().prop_shuffle_with_original()
    ) {
        let (original, shuffled) = batches;
        let one = estate(&original);
        check(&one)?;
        let mut twice = shuffled.clone();
        twice.extend(original.iter().take(2).cloned());
        let other = estate(&twice);
        prop_assert_eq!(worded(&one), worded(&other));
        prop_assert!(one == other);
    }
}

/// A strategy's value together with the same in another order.
trait WithShuffled: Strategy<Value = Vec<Build>> + Sized {
    fn prop_shuffle_with_original(self) -> impl Strategy<Value = (Vec<Build>, Vec<Build>)> {
        self.prop_flat_map(|original| (Just(original.clone()), Just(original).prop_shuffle()))
    }
}

impl<S: Strategy<Value = Vec<Build>>> WithShuffled for S {}
