use super::*;
use proptest::prelude::*;

fn v4(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))
}

fn packet(source: u8, destination: u8, port: u16) -> Packet {
    Packet {
        source: v4(source),
        destination: v4(destination),
        protocol: 6,
        source_port: 49_152,
        destination_port: port,
        established: false,
    }
}

/// A set by how it is made, to compare with what it must say of each packet.
#[derive(Clone, Debug)]
enum Made {
    Network(bool, u8, u8),
    Wildcard(bool, u8, u8),
    Addresses(bool, u8, u8),
    Six(u8),
    Ports(bool, u16, u16),
    Protocol(u8),
    Established,
    And(Box<Made>, Box<Made>),
    Or(Box<Made>, Box<Made>),
    Minus(Box<Made>, Box<Made>),
}

fn end(is_source: bool) -> End {
    if is_source { End::Source } else { End::Destination }
}

impl Made {
    fn set(&self, packets: &mut Packets) -> Set {
        match self {
            Made::Network(is_source, last, length) => {
                packets.network(end(*is_source), &Cidr::new(v4(*last), 24 + length % 9).unwrap()).unwrap()
            }
            Made::Wildcard(is_source, last, mask) => {
                let (IpAddr::V4(address), IpAddr::V4(mask)) =
                    (v4(*last), IpAddr::V4(Ipv4Addr::new(0, 0, 0, *mask)))
                else {
                    unreachable!()
                };
                packets.wildcard(end(*is_source), address, mask).unwrap()
            }
            Made::Addresses(is_source, first, last) => {
                packets.addresses(end(*is_source), v4(*first), v4(*last)).unwrap()
            }
            Made::Six(length) => {
                let all = Cidr::new("fd00::".parse().unwrap(), length % 129).unwrap();
                packets.network(End::Source, &all).unwrap()
            }
            Made::Ports(is_source, first, last) => packets.ports(end(*is_source), *first, *last).unwrap(),
            Made::Protocol(number) => packets.protocol(*number).unwrap(),
            Made::Established => packets.established().unwrap(),
            Made::And(a, b) => {
                let (a, b) = (a.set(packets), b.set(packets));
                packets.and(a, b).unwrap()
            }
            Made::Or(a, b) => {
                let (a, b) = (a.set(packets), b.set(packets));
                packets.or(a, b).unwrap()
            }
            Made::Minus(a, b) => {
                let (a, b) = (a.set(packets), b.set(packets));
                packets.minus(a, b).unwrap()
            }
        }
    }

    fn has(&self, packet: &Packet) -> bool {
        let address = |is_source: bool| if is_source { packet.source } else { packet.destination };
        let last = |is_source| match address(is_source) {
            IpAddr::V4(address) if address.octets()[..3] == [10, 0, 0] => Some(address.octets()[3]),
            _ => None,
        };
        match self {
            Made::Network(is_source, wanted, length) => {
                Cidr::new(v4(*wanted), 24 + length % 9).unwrap().contains(address(*is_source))
            }
            Made::Wildcard(is_source, wanted, mask) => {
                last(*is_source).is_some_and(|last| (last ^ wanted) & !mask == 0)
            }
            Made::Addresses(is_source, first, until) => {
                last(*is_source).is_some_and(|last| (*first..=*until).contains(&last))
            }
            Made::Six(length) => {
                Cidr::new("fd00::".parse().unwrap(), length % 129).unwrap().contains(packet.source)
            }
            Made::Ports(true, first, last) => (*first..=*last).contains(&packet.source_port),
            Made::Ports(false, first, last) => (*first..=*last).contains(&packet.destination_port),
            Made::Protocol(number) => packet.protocol == *number,
            Made::Established => packet.established,
            Made::And(a, b) => a.has(packet) && b.has(packet),
            Made::Or(a, b) => a.has(packet) || b.has(packet),
            Made::Minus(a, b) => a.has(packet) && !b.has(packet),
        }
    }
}

fn made() -> impl Strategy<Value = Made> {
    let port = prop_oneof![Just(0u16), Just(22), Just(104), Just(443), Just(65_535), any::<u16>()];
    let leaf = prop_oneof![
        (any::<bool>(), any::<u8>(), any::<u8>())
            .prop_map(|(end, last, length)| Made::Network(end, last, length)),
        (any::<bool>(), any::<u8>(), any::<u8>())
            .prop_map(|(end, last, mask)| Made::Wildcard(end, last, mask)),
        (any::<bool>(), any::<u8>(), any::<u8>()).prop_map(|(end, a, b)| Made::Addresses(end, a, b)),
        any::<u8>().prop_map(Made::Six),
        (any::<bool>(), port.clone(), port).prop_map(|(end, a, b)| Made::Ports(end, a, b)),
        prop_oneof![Just(6u8), Just(17), any::<u8>()].prop_map(Made::Protocol),
        Just(Made::Established),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Made::And(a.into(), b.into())),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Made::Or(a.into(), b.into())),
            (inner.clone(), inner).prop_map(|(a, b)| Made::Minus(a.into(), b.into())),
        ]
    })
}

pub(crate) fn any_packet() -> impl Strategy<Value = Packet> {
    let port = || prop_oneof![Just(0u16), Just(22), Just(104), Just(443), Just(65_535), any::<u16>()];
    let near = (any::<u8>(), any::<u8>()).prop_map(|(source, destination)| (v4(source), v4(destination)));
    let far = (any::<u32>(), any::<u32>())
        .prop_map(|(a, b)| (IpAddr::V4(Ipv4Addr::from_bits(a)), IpAddr::V4(Ipv4Addr::from_bits(b))));
    let six = (any::<u128>(), any::<u128>()).prop_map(|(a, b)| {
        (IpAddr::V6(Ipv6Addr::from_bits(a >> 8 | 0xfd << 120)), IpAddr::V6(Ipv6Addr::from_bits(b)))
    });
    let protocol = prop_oneof![Just(6u8), Just(17), any::<u8>()];
    (prop_oneof![4 => near, 1 => far, 1 => six], protocol, port(), port(), any::<bool>()).prop_map(
        |((source, destination), protocol, source_port, destination_port, established)| Packet {
            source,
            destination,
            protocol,
            source_port,
            destination_port,
            established,
        },
    )
}

proptest! {
    #[test]
    fn a_set_has_what_it_was_made_of(made in made(), these in prop::collection::vec(any_packet(), 1..40)) {
        let mut packets = Packets::default();
        let set = made.set(&mut packets);
        for packet in &these {
            prop_assert_eq!(packets.has(set, packet), made.has(packet), "{:?}", packet);
        }
        match packets.example(set, &these[0]) {
            Some(example) => prop_assert!(made.has(&example), "{:?}", example),
            None => prop_assert!(packets.is_empty(set)),
        }
    }

    #[test]
    fn equal_sets_are_equal_numbers(a in made(), b in made()) {
        let mut packets = Packets::default();
        let (a, b) = (a.set(&mut packets), b.set(&mut packets));
        let both = packets.and(a, b).unwrap();
        let (only_a, only_b) = (packets.minus(a, b).unwrap(), packets.minus(b, a).unwrap());
        let all = packets.any([only_b, both, only_a]).unwrap();
        prop_assert_eq!(all, packets.or(a, b).unwrap());
        let everything = packets.everything();
        let not_a = packets.minus(everything, a).unwrap();
        prop_assert_eq!(packets.minus(everything, not_a).unwrap(), a);
        prop_assert_eq!(packets.and(not_a, b).unwrap(), only_b);
    }

    #[test]
    fn an_example_that_is_there_is_kept(made in made(), like in any_packet()) {
        let mut packets = Packets::default();
        let set = made.set(&mut packets);
        if packets.has(set, &like) {
            prop_assert_eq!(packets.example(set, &like), Some(like));
        }
    }
}

#[test]
fn too_much_is_told_and_not_cut() {
    let mut packets = Packets::new(40);
    let network = Cidr::new(v4(0), 24).unwrap();
    assert!(packets.network(End::Source, &network).is_ok());
    assert_eq!(packets.network(End::Destination, &network), Err(TooComplex { nodes: 40 }));
}

#[test]
fn an_example_is_like_what_was_asked_for() {
    let mut packets = Packets::default();
    let from = packets.network(End::Source, &Cidr::new(v4(0), 24).unwrap()).unwrap();
    let web = packets.ports(End::Destination, 443, 443).unwrap();
    let set = packets.and(from, web).unwrap();
    assert_eq!(packets.example(set, &packet(5, 9, 104)), Some(packet(5, 9, 443)));
    assert_eq!(packets.example(packets.nothing(), &packet(5, 9, 104)), None);
}
