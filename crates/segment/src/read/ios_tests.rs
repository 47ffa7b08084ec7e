use super::*;
use crate::lists::{Action, AddressTest, Service};
use crate::packets::Packet;

/// Written after the command reference; the places are those of its lines, from 1.
const ROUTER: &str = "!
hostname core-1
!
object-group network PUMPS
 host 10.2.0.10
 10.2.1.0 255.255.255.0
 range 10.2.2.1 10.2.2.9
 group-object MORE-PUMPS
object-group network MORE-PUMPS
 host 10.2.9.9
object-group service CLINICAL
 tcp eq 2575
 tcp range 3500 3510
 udp source eq 123 eq 123
 icmp echo
!
interface GigabitEthernet0/0
 description imaging
 ip address 10.1.0.1 255.255.255.0
 ip access-group IMAGING in
!
interface Vlan20
 ip address 10.2.0.1 255.255.0.0
 ip access-group 120 out
!
interface GigabitEthernet0/2
 no ip address
 shutdown
!
ip route 0.0.0.0 0.0.0.0 10.1.0.254
ip route 10.9.0.0 255.255.0.0 Vlan20
!
ip access-list extended IMAGING
 remark the archive
 10 permit tcp host 10.1.0.5 host 10.2.0.9 eq 104 11112
 20 permit object-group CLINICAL 10.1.0.0 0.0.0.255 object-group PUMPS log
 deny   udp any any range 1 1023
 permit tcp any any established
 permit icmp any any echo-reply
 permit tcp any gt 1023 any lt 1024 time-range NIGHT
 permit ip any host 10.2.0.50
!
access-list 120 permit tcp 10.1.0.0 0.0.0.255 10.2.0.0 0.0.255.255 eq www
access-list 120 deny ip any any log
access-list 7 permit 10.3.0.0 0.0.255.255
";

fn read() -> Configuration {
    cisco_ios(ROUTER).unwrap()
}

fn packet(source: [u8; 4], destination: [u8; 4], protocol: u8, ports: (u16, u16)) -> Packet {
    Packet {
        source: source.into(),
        destination: destination.into(),
        protocol,
        source_port: ports.0,
        destination_port: ports.1,
        established: false,
    }
}

#[test]
fn interfaces_routes_and_lists_are_read() {
    let found = read();
    assert_eq!(found.hostname.as_deref(), Some("core-1"));
    let guards =
        |interface: &Interface| (interface.name.clone(), interface.inward.clone(), interface.outward.clone());
    assert_eq!(
        found.interfaces.iter().map(guards).collect::<Vec<_>>(),
        [
            ("GigabitEthernet0/0".to_owned(), Some(("IMAGING".to_owned(), 20)), None),
            ("Vlan20".to_owned(), None, Some(("120".to_owned(), 24))),
        ]
    );
    assert_eq!(found.interfaces[1].addresses, [("10.2.0.1".parse().unwrap(), 16)]);
    assert_eq!(found.routes.len(), 2);
    assert_eq!(
        (found.routes[0].next, found.routes[0].network.prefix()),
        (Some("10.1.0.254".parse().unwrap()), 0)
    );
    assert_eq!(found.routes[1].interface.as_deref(), Some("Vlan20"));
    assert_eq!(found.lists.keys().collect::<Vec<_>>(), ["120", "7", "IMAGING"]);
}

#[test]
fn entries_match_what_they_say() {
    let found = read();
    let list = &found.lists["IMAGING"];
    let decides = |packet: Packet| {
        let (line, action) = list.first(&packet);
        (line.map_or(0, |line| line.place), action)
    };
    let ct = [10, 1, 0, 5];
    assert_eq!(decides(packet(ct, [10, 2, 0, 9], 6, (49_152, 104))), (35, Action::Permit));
    assert_eq!(decides(packet(ct, [10, 2, 0, 9], 6, (49_152, 11_112))), (35, Action::Permit));
    for (pump, is_one) in [
        ([10, 2, 0, 10], true),
        ([10, 2, 1, 77], true),
        ([10, 2, 2, 9], true),
        ([10, 2, 9, 9], true),
        ([10, 2, 2, 10], false),
    ] {
        let (place, action) = if is_one { (36, Action::Permit) } else { (0, Action::Deny) };
        assert_eq!(decides(packet(ct, pump, 6, (49_152, 3_505))), (place, action), "{pump:?}");
    }
    assert_eq!(decides(packet(ct, [10, 2, 1, 1], 17, (123, 123))), (36, Action::Permit));
    assert_eq!(decides(packet(ct, [10, 2, 1, 1], 17, (124, 123))), (37, Action::Deny));
    assert_eq!(decides(packet(ct, [10, 2, 1, 1], 1, (0, 0x0800))), (36, Action::Permit));
    assert_eq!(decides(packet(ct, [10, 2, 1, 1], 1, (0, 0x0000))), (39, Action::Permit));
    assert_eq!(decides(packet(ct, [8, 8, 8, 8], 1, (0, 0x0301))), (0, Action::Deny));
    let answer = Packet { established: true, ..packet(ct, [10, 7, 7, 7], 6, (9_999, 9_999)) };
    assert_eq!(decides(answer), (38, Action::Permit));
    assert_eq!(decides(packet(ct, [10, 2, 0, 50], 47, (0, 0))), (41, Action::Permit));
    assert_eq!(found.lists["7"].lines[0].matches.sources.len(), 1);
}

#[test]
fn what_is_not_understood_is_listed_and_doubted() {
    let found = read();
    let doubted: Vec<_> = found.lists["IMAGING"]
        .lines
        .iter()
        .filter_map(|line| Some((line.place, line.not_understood.clone()?)))
        .collect();
    assert_eq!(doubted, [(40, "time-range NIGHT".to_owned())]);
    assert_eq!(found.passed_over_count, 1);
    let with = |entry: &str| {
        let text = format!(
            "interface E0\n ip address 10.1.0.1 255.255.255.0\n ip access-group A in\nip access-list extended A\n {entry}\n"
        );
        let found = cisco_ios(&text).unwrap();
        found.lists["A"].lines[0].clone()
    };
    let unknown = with("permit tcp any object-group NOBODY eq 80");
    assert_eq!(unknown.not_understood.as_deref(), Some("object-group NOBODY, which is not there"));
    assert_eq!(unknown.matches.destinations, [AddressTest::AnyV4], "it may hold any address");
    for entry in [
        "permit tcp any any eq nonsense",
        "permit 300 any any",
        "permit tcp any",
        "evaluate MIRRORED",
        "permit tcp host x any",
    ] {
        let line = with(entry);
        assert!(line.not_understood.is_some(), "{entry}");
        assert_eq!(line.matches.sources, [AddressTest::AnyV4], "{entry}");
    }
    let neq = with("permit tcp any neq 65535 any neq 0");
    let ports = &neq.matches.services[0];
    assert_eq!((&ports.source_ports, &ports.destination_ports), (&vec![(0, 65_534)], &vec![(1, 65_535)]));
    assert_eq!(neq.not_understood, None);
    let gre = with("deny gre any any");
    let service = Service { protocol: 47, source_ports: vec![], destination_ports: vec![] };
    assert_eq!((gre.verdict, &gre.matches.services), (Action::Deny.into(), &vec![service]));
}

#[test]
fn groups_in_a_circle_are_told() {
    let text = "object-group network A\n group-object B\nobject-group network B\n group-object A\ninterface E0\n ip address 10.1.0.1 255.255.255.0\n ip access-group L in\nip access-list extended L\n permit ip object-group A any\n";
    let found = cisco_ios(text).unwrap();
    let doubt = found.lists["L"].lines[0].not_understood.clone().unwrap();
    assert!(doubt.contains("circle"), "{doubt}");
}

#[test]
fn what_filters_nothing_is_refused() {
    assert_eq!(cisco_ios("hello\nworld\n"), Err(Unreadable::NoLists));
    assert_eq!(cisco_ios(""), Err(Unreadable::NoLists));
    assert_eq!(cisco_ios("a\0b"), Err(Unreadable::NotText));
}

#[test]
fn lists_on_ports_of_a_switch_are_doubts_of_their_vlan() {
    let text = "interface Gi1/0/7\n switchport access vlan 20\n ip access-group PORT in\ninterface Vlan10\n ip address 10.1.0.1 255.255.255.0\ninterface Vlan20\n ip address 10.2.0.1 255.255.255.0\nvlan access-map WARD 10\nip access-list extended PORT\n permit ip any any\n";
    let found = cisco_ios(text).unwrap();
    let doubts: Vec<_> = found.interfaces.iter().map(|one| (one.name.as_str(), one.doubts.len())).collect();
    assert_eq!(doubts, [("Gi1/0/7", 0), ("Vlan10", 0), ("Vlan20", 1)]);
    assert_eq!(found.passed_over, [(8, "vlan access-map WARD 10".to_owned())]);
}
