//! IPv6 of Cisco IOS, on a configuration written after the command reference.

use super::*;
use crate::lists::Action;
use crate::packets::{Packet, Packets};
use crate::point::{Flow, check};
use cordon_model::observe::Transport;

const ROUTER: &str = include_str!("../../../../fuzz/corpus/cisco_ios/router_v6");

fn packet(source: &str, destination: &str, protocol: u8, ports: (u16, u16)) -> Packet {
    Packet {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        protocol,
        source_port: ports.0,
        destination_port: ports.1,
        established: false,
    }
}

#[test]
fn entries_match_what_they_say() {
    let found = cisco_ios(ROUTER).unwrap();
    let list = &found.lists["PUMPS"];
    let decides = |packet: Packet| {
        let (line, action) = list.first(&packet);
        (line.map_or(0, |line| line.place), action)
    };
    let pump = "2001:db8:1::5";
    assert_eq!(decides(packet(pump, "2001:db8:2::9", 6, (49_152, 2575))), (28, Action::Permit));
    assert_eq!(decides(packet(pump, "2001:db8:2:1::77", 6, (49_152, 2575))), (28, Action::Permit));
    assert_eq!(decides(packet(pump, "2001:db8:2:2::77", 6, (49_152, 2575))), (0, Action::Deny));
    assert_eq!(decides(packet("2001:db8:7::5", "2001:db8:2::9", 6, (49_152, 2575))), (0, Action::Deny));
    assert_eq!(decides(packet(pump, "2001:db8:2::53", 17, (49_152, 53))), (29, Action::Permit));
    assert_eq!(decides(packet(pump, "2001:db8:2::53", 58, (0, 128 << 8))), (30, Action::Permit));
    assert_eq!(decides(packet(pump, "2001:db8:2::53", 58, (0, 1 << 8 | 4))), (31, Action::Permit));
    assert_eq!(decides(packet(pump, "2001:db8:2::53", 58, (0, 1 << 8 | 3))), (0, Action::Deny));
    assert_eq!(decides(packet(pump, "2001:db8:2::9", 6, (49_152, 22))), (32, Action::Deny));
    // What every list permits at its end, unless it denies the rest by itself.
    assert_eq!(decides(packet(pump, "ff02::1:ff00:1", 58, (0, 135 << 8))), (26, Action::Permit));
    assert_eq!(found.lists["BACK"].lines.len(), 2);
    let four = packet("10.1.0.5", "10.2.0.9", 6, (49_152, 2575));
    assert_eq!(found.lists["PUMPS"].first(&four).1, Action::Deny, "it is about IPv6 only");
}

#[test]
fn interfaces_and_routes_are_read_and_the_rest_is_listed() {
    let found = cisco_ios(ROUTER).unwrap();
    let one = &found.interfaces[0];
    assert_eq!(one.addresses.len(), 2, "{:?}", one.addresses);
    assert_eq!(
        (one.inward.as_ref().unwrap().0.as_str(), one.inward_v6.as_ref().unwrap().0.as_str()),
        ("FOUR", "PUMPS")
    );
    assert_eq!(found.interfaces[1].addresses, [("2001:db8:2::".parse().unwrap(), 64)]);
    assert_eq!(found.routes.len(), 2);
    assert_eq!(found.routes[1].vrf.as_deref(), Some("GUEST"));
    let passed: Vec<u32> = found.passed_over.iter().map(|one| one.0).collect();
    assert_eq!(passed, [20, 34], "{:?}", found.passed_over);
    let only =
        cisco_ios("interface Vlan1\n ipv6 traffic-filter A in\nipv6 access-list A\n permit ipv6 any any\n");
    assert_eq!(only.unwrap().filter_lines, 1);
    for entry in
        ["permit tcp any any eq nonsense", "permit tcp any", "permit ipv6 10.0.0.0/8 any", "evaluate X"]
    {
        let text = format!("interface V\n ipv6 traffic-filter A in\nipv6 access-list A\n {entry}\n");
        let found = cisco_ios(&text).unwrap();
        assert_eq!(found.doubtful_lines, 1, "{entry}");
    }
}

#[test]
fn needs_over_both_families_meet_their_own_lists() {
    let flow = |need: &str, from: &str, to: &str, port: u16| Flow {
        need: need.into(),
        from_name: "pump".into(),
        from: from.parse().unwrap(),
        to_name: "server".into(),
        to: to.parse().unwrap(),
        transport: Transport::Tcp,
        port: Some(port),
        purpose: "care".into(),
    };
    let flows = [
        flow("orders", "2001:db8:1::5", "2001:db8:2::9", 2575),
        flow("shell", "2001:db8:1::5", "2001:db8:2::9", 22),
    ];
    let found = cisco_ios(ROUTER).unwrap();
    let report = check(&found, &flows, &mut Packets::default()).unwrap();
    assert_eq!((report.passing, report.blocked_count, report.unsure_count), (2, 1, 0));
    let broken = &report.blocked[0];
    assert_eq!((broken.flow, broken.list.as_str(), broken.at.as_str()), (1, "PUMPS", "Vlan10 in"));
    assert_eq!(broken.line.as_ref().unwrap().0, 32);
    // The list of IPv4 decides nothing about IPv6: without the other, all of it passes and is told as loose.
    let bare = ROUTER.replace(" ipv6 traffic-filter PUMPS in\n", "");
    let report = check(&cisco_ios(&bare).unwrap(), &flows, &mut Packets::default()).unwrap();
    assert_eq!(report.blocked_count, 0);
    assert!(
        report.loose.iter().any(|one| one.list.is_none() && one.example.source.is_ipv6()),
        "{:?}",
        report.loose
    );
}
