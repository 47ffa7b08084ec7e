use super::*;
use crate::packets::{Packet, Packets};
use proptest::prelude::*;

/// A small network near 10.0.0.0 or fd00::, so that groups meet.
fn network() -> impl Strategy<Value = Cidr> {
    prop_oneof![
        4 => (any::<u8>(), prop_oneof![3 => Just(32u8), 1 => 24u8..32])
            .prop_map(|(last, length)| Cidr::new([10, 0, last / 200, last].into(), length).unwrap()),
        1 => (any::<u8>(), prop_oneof![3 => Just(128u8), 1 => 118u8..128]).prop_map(|(last, length)| {
            Cidr::new(std::net::Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, u16::from(last)).into(), length).unwrap()
        }),
    ]
}

fn group() -> impl Strategy<Value = Group> {
    let label = prop_oneof![
        Just("CT 1".to_owned()),
        Just("\"\n} evil ? ! -j ACCEPT\r\u{2028}".to_owned()),
        "\\PC{0,40}",
    ];
    let members = prop_oneof![
        1 => Just(Vec::new()),
        6 => prop::collection::vec(network(), 1..2),
        3 => prop::collection::vec(network(), 2..12),
    ];
    let kind = prop_oneof![
        Just(GroupKind::Outside),
        Just(GroupKind::Multicast),
        Just(GroupKind::Zone("zone-a".into())),
        Just(GroupKind::Microsegment { id: "seg-a".into(), zone: "zone-a".into() }),
        Just(GroupKind::Device(DeviceId::new("dev-1"))),
    ];
    (kind, label, members).prop_map(|(kind, label, members)| Group { kind, label, members: cover(members) })
}

fn permit(keys: Vec<String>) -> impl Strategy<Value = Permit> {
    let who = move || {
        prop_oneof![
            12 => prop::sample::select(keys.clone()).prop_map(Who::Group),
            1 => Just(Who::Any),
        ]
    };
    let transport = prop_oneof![
        6 => Just(Transport::Tcp),
        3 => Just(Transport::Udp),
        1 => Just(Transport::Icmp),
        1 => Just(Transport::Other(47)),
    ];
    let port = prop_oneof![Just(22u16), Just(53), Just(104), Just(443), Just(65_535), any::<u16>()];
    (0u32..4_000, who(), who(), transport, prop::collection::btree_set(port, 0..20)).prop_map(
        |(id, from, to, transport, ports)| Permit {
            id: format!("rule-{id:016x}"),
            from,
            to,
            transport,
            ports: match transport {
                Transport::Tcp | Transport::Udp => ports.into_iter().collect(),
                _ => Vec::new(),
            },
            application: None,
            needs: vec!["need-1".into()],
            why: "for a test\n\"; drop".into(),
            expires: None,
            care_critical: false,
        },
    )
}

/// Three zones in the addresses of [`network`], two of which share an interface.
fn zones() -> Vec<Zone> {
    let zone = |id: &str, interface: Option<&str>, networks: &[&str]| Zone {
        id: id.into(),
        name: format!("{id} ? ! \"'`$(reboot)\n-A FORWARD -j ACCEPT"),
        interface: interface.map(str::to_owned),
        vlan: None,
        networks: networks.iter().map(|network| network.parse().unwrap()).collect(),
    };
    vec![
        zone("zone-a", Some("Vlan10"), &["10.0.0.0/25", "fd00::/121"]),
        zone("zone-b", Some("GigabitEthernet0/0.7"), &["10.0.0.128/25"]),
        zone("zone-c", Some("GigabitEthernet0/0.7"), &["10.0.1.0/24"]),
        zone("zone-d", None, &["10.0.2.0/24"]),
    ]
}

/// A device in each zone, one with a name that tries to break out of everything.
fn devices() -> Vec<Device> {
    let device = |id: &str, zone: &str, addresses: &[&str]| Device {
        id: DeviceId::new(id),
        name: "CT\u{2028}\"}], \n! ? `reboot`\r\n deny ip any any\u{202e}".into(),
        zone: zone.into(),
        category: Category::ImagingModality,
        manufacturer: Some("Maker \"A\"\\".into()),
        model: None,
        macs: vec!["00:0d:f0:10:00:11".parse().unwrap()],
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        vlans: Vec::new(),
    };
    vec![
        device("dev-1", "zone-a", &["10.0.0.5", "fd00::5"]),
        device("../../etc/dev-2", "zone-b", &["10.0.0.200"]),
        device("dev-3", "zone-c", &["10.0.1.1", "10.0.1.2"]),
        device("dev-4", "zone-d", &[]),
    ]
}

/// A random intent over groups that overlap, with names that try to break out.
pub(crate) fn any_intent() -> impl Strategy<Value = Intent> {
    prop::collection::vec(group(), 1..8)
        .prop_flat_map(|groups| {
            let keys = ["device:a", "zone:Ä b", "zone:b", "outside:x;y", "group:1", "zone:if", "e", "f"];
            let groups: BTreeMap<String, Group> =
                keys.iter().map(|key| (*key).to_owned()).zip(groups).collect();
            let permits = prop::collection::vec(permit(groups.keys().cloned().collect()), 0..14);
            (Just(groups), permits)
        })
        .prop_map(|(groups, mut permits)| {
            permits.sort_by(|a, b| a.id.cmp(&b.id));
            let place = Place::new("core", Stage::Enforce, Timestamp::from_seconds(1_790_000_000));
            Intent {
                point: place.name,
                stage: place.stage,
                zones: zones(),
                devices: devices(),
                groups,
                permits,
                not_enforceable: vec![NotEnforceable {
                    what: "a\n-A INPUT -j ACCEPT \u{2028}".into(),
                    why: "\r} has no address".into(),
                }],
                published_at: place.published_at,
                made: place.made,
            }
        })
}

fn holds(networks: &[Cidr], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(address))
}

proptest! {
    #[test]
    fn a_cover_holds_exactly_what_it_covers(
        networks in prop::collection::vec(network(), 0..30),
        others in prop::collection::vec(network(), 0..30),
    ) {
        let found = cover(networks.clone());
        prop_assert!(found.len() <= networks.len());
        for address in networks.iter().chain(&others).chain(&found).map(Cidr::base) {
            prop_assert_eq!(holds(&networks, address), holds(&found, address), "{}", address);
        }
        prop_assert_eq!(cover(found.iter().rev().copied()), found.clone());
        for pair in found.windows(2) {
            prop_assert!(!pair[0].contains(pair[1].base()) && !pair[1].contains(pair[0].base()));
        }
    }

    #[test]
    fn an_intent_means_what_its_permits_say(
        intent in any_intent(),
        these in prop::collection::vec(crate::packets::tests::any_packet(), 1..40),
    ) {
        let mut packets = Packets::default();
        let stateless = intent.passes(Memory::Stateless, &mut packets).unwrap();
        let stateful = intent.passes(Memory::Stateful, &mut packets).unwrap();
        for packet in &these {
            let within = |who: &Who, address| intent.members(who).is_none_or(|all| holds(all, address));
            let fits = |permit: &Permit, from, to, port| {
                within(&permit.from, from)
                    && within(&permit.to, to)
                    && packet.protocol == protocol_number(permit.transport, packet.source.is_ipv6())
                    && (permit.ports.is_empty() || permit.ports.contains(&port))
            };
            let Packet { source, destination, .. } = *packet;
            let asks = intent.permits.iter().any(|one| fits(one, source, destination, packet.destination_port));
            let answers = intent.permits.iter().any(|one| {
                fits(one, destination, source, packet.source_port)
                    && intent.is_answered(one)
                    && (one.transport != Transport::Tcp || packet.established)
            });
            prop_assert_eq!(packets.has(stateless, packet), asks || answers, "{:?}", packet);
            prop_assert_eq!(packets.has(stateful, packet), asks || packet.established, "{:?}", packet);
        }
    }
}
