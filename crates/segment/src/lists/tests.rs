use super::*;
use crate::packets::tests::any_packet;
use cordon_model::Cidr;
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr};

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

fn line(action: Action, matches: Match) -> Line {
    Line { place: 0, text: String::new(), verdict: action.into(), matches, not_understood: None }
}

fn list(lines: Vec<Line>) -> List {
    List { name: "test".into(), lines, otherwise: Action::Deny }
}

fn host(last: u8) -> Vec<AddressTest> {
    vec![AddressTest::Network(Cidr::new(v4(last), 32).unwrap())]
}

fn tcp(ports: &[(u16, u16)]) -> Vec<Service> {
    vec![Service { protocol: 6, source_ports: Vec::new(), destination_ports: ports.to_vec() }]
}

fn test() -> impl Strategy<Value = AddressTest> {
    prop_oneof![
        Just(AddressTest::Any),
        Just(AddressTest::AnyV4),
        (any::<u8>(), 22u8..33)
            .prop_map(|(last, length)| AddressTest::Network(Cidr::new(v4(last), length).unwrap())),
        (any::<u8>(), any::<u8>()).prop_map(|(last, mask)| AddressTest::Wildcard(
            Ipv4Addr::new(10, 0, 0, last),
            Ipv4Addr::new(0, 0, 0, mask)
        )),
        (any::<u8>(), any::<u8>()).prop_map(|(a, b)| AddressTest::Range(v4(a), v4(b))),
    ]
}

fn service() -> impl Strategy<Value = Service> {
    let ports = || {
        prop::collection::vec(prop_oneof![Just((22u16, 22u16)), Just((100, 500)), any::<(u16, u16)>()], 0..3)
    };
    (prop_oneof![Just(6u8), Just(17), any::<u8>()], ports(), ports()).prop_map(
        |(protocol, source_ports, destination_ports)| Service { protocol, source_ports, destination_ports },
    )
}

fn any_line() -> impl Strategy<Value = Line> {
    let tests = || prop::collection::vec(test(), 0..3);
    let services = prop::collection::vec(service(), 0..3);
    let action = prop_oneof![Just(Action::Permit), Just(Action::Deny)];
    (tests(), tests(), services, prop::bool::weighted(0.2), action).prop_map(
        |(sources, destinations, services, established, action)| {
            let state = if established { State::Established } else { State::Any };
            line(action, Match { sources, destinations, services, state, ..Match::default() })
        },
    )
}

proptest! {
    #[test]
    fn sets_decide_as_the_first_line_does(
        lines in prop::collection::vec(any_line(), 0..12),
        these in prop::collection::vec(any_packet(), 1..40),
    ) {
        let (list, mut packets) = (list(lines), Packets::default());
        let decided = list.decide(&mut packets).unwrap();
        prop_assert!(packets.is_empty(decided.unsure));
        for packet in &these {
            let permitted = list.first(packet).1 == Action::Permit;
            prop_assert_eq!(packets.has(decided.permitted, packet), permitted, "{:?}", packet);
        }
    }

    #[test]
    fn what_was_not_understood_is_unsure_wherever_it_matters(
        lines in prop::collection::vec(any_line(), 1..8),
        unknown in prop::collection::vec(any::<bool>(), 8),
        these in prop::collection::vec(any_packet(), 1..20),
    ) {
        let mut lines = lines;
        for (line, unknown) in lines.iter_mut().zip(&unknown) {
            line.not_understood = unknown.then(|| "time-range".to_owned());
        }
        let doubtful: Vec<usize> = (0..lines.len()).filter(|at| unknown[*at]).collect();
        let mut packets = Packets::default();
        let decided = list(lines.clone()).decide(&mut packets).unwrap();
        for packet in &these {
            // Each doubtful line taken as matching fully, or as not there: every combination.
            let mut outcomes = std::collections::BTreeSet::new();
            for chosen in 0u32..1 << doubtful.len() {
                let kept = lines.iter().enumerate().filter(|(at, _)| {
                    doubtful.iter().position(|doubt| doubt == at).is_none_or(|bit| chosen >> bit & 1 == 1)
                });
                let kept = kept.map(|(_, line)| Line { not_understood: None, ..line.clone() }).collect();
                outcomes.insert(list(kept).first(packet).1);
            }
            let expected = match outcomes.len() {
                1 => Some(outcomes.contains(&Action::Permit)),
                _ => None,
            };
            let found = match packets.has(decided.unsure, packet) {
                true => None,
                false => Some(packets.has(decided.permitted, packet)),
            };
            prop_assert_eq!(found, expected, "{:?}", packet);
        }
    }

    #[test]
    fn without_its_idle_lines_a_list_decides_the_same(lines in prop::collection::vec(any_line(), 0..10)) {
        let (whole, mut packets) = (list(lines), Packets::default());
        let idle: Vec<usize> = audit(&whole, &mut packets, &packet(1, 2, 3))
            .unwrap()
            .into_iter()
            .map(|idle| match idle {
                Idle::Redundant { line, .. } | Idle::Contradicted { line, .. } | Idle::Empty { line } => line,
            })
            .collect();
        let kept = whole.lines.iter().enumerate().filter(|(at, _)| !idle.contains(at));
        let rest = list(kept.map(|(_, line)| line.clone()).collect());
        prop_assert_eq!(whole.decide(&mut packets).unwrap(), rest.decide(&mut packets).unwrap());
    }
}

#[test]
fn lines_that_do_nothing_are_told_with_those_before_them() {
    let all = Match::default();
    let to_archive = Match { destinations: host(9), services: tcp(&[(104, 104)]), ..all.clone() };
    let from_ct = Match { sources: host(5), ..to_archive.clone() };
    let backwards = Match { services: tcp(&[(200, 100)]), ..all.clone() };
    let lines = vec![
        line(Action::Permit, to_archive),
        line(Action::Permit, from_ct.clone()),
        line(Action::Deny, from_ct),
        line(Action::Permit, backwards),
        line(Action::Deny, all.clone()),
        line(Action::Permit, all),
    ];
    let mut packets = Packets::default();
    let found = audit(&list(lines), &mut packets, &packet(7, 9, 80)).unwrap();
    assert_eq!(
        found,
        [
            Idle::Redundant { line: 1, by: vec![0] },
            Idle::Contradicted { line: 2, by: vec![0], example: packet(5, 9, 104) },
            Idle::Empty { line: 3 },
            Idle::Contradicted { line: 5, by: vec![0, 4], example: packet(7, 9, 80) },
        ]
    );
}
