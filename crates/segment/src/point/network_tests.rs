use super::*;
use crate::read::{cisco_asa, cisco_ios, nftables};

/// Pumps behind a switch, servers behind a firewall; 10.0.0.0/30 lies between them.
const SWITCH: &str = "hostname ward
interface Vlan10
 ip address 10.1.0.1 255.255.255.0
 ip access-group PUMPS in
interface Vlan99
 ip address 10.0.0.1 255.255.255.252
ip route 0.0.0.0 0.0.0.0 10.0.0.2
ip access-list extended PUMPS
 permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.9 eq 2575
 permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.9 eq 443
 permit udp 10.1.0.0 0.0.0.255 host 10.2.0.9 eq ntp
";

const FIREWALL: &str = "ASA Version 9.14
hostname core
interface G0
 nameif wards
 security-level 50
 ip address 10.0.0.2 255.255.255.252
interface G1
 nameif servers
 security-level 80
 ip address 10.2.0.1 255.255.255.0
route wards 10.1.0.0 255.255.255.0 10.0.0.1
route servers 0.0.0.0 0.0.0.0 10.2.0.254
access-list IN extended permit tcp 10.1.0.0 255.255.255.0 host 10.2.0.9 eq 2575
access-list IN extended permit udp 10.1.0.0 255.255.255.0 host 10.2.0.9 eq ntp
access-group IN in interface wards
";

fn flow(need: &str, from: [u8; 4], to: [u8; 4], transport: Transport, port: u16) -> Flow {
    Flow {
        need: need.into(),
        from_name: "from".into(),
        from: from.into(),
        to_name: "to".into(),
        to: to.into(),
        transport,
        port: Some(port),
        purpose: "care".into(),
    }
}

#[test]
fn a_need_is_followed_from_point_to_point() {
    let points = [cisco_ios(SWITCH).unwrap(), cisco_asa(FIREWALL).unwrap()];
    let (pump, server) = ([10, 1, 0, 5], [10, 2, 0, 9]);
    let flows = [
        flow("orders", pump, server, Transport::Tcp, 2575),
        flow("web", pump, server, Transport::Tcp, 443),
        flow("telnet", pump, server, Transport::Tcp, 23),
        flow("time", pump, server, Transport::Udp, 123),
        flow("near", pump, [10, 1, 0, 6], Transport::Tcp, 80),
        flow("far", server, [192, 0, 2, 1], Transport::Tcp, 443),
        flow("back", server, pump, Transport::Tcp, 22),
    ];
    let mut packets = Packets::default();
    let report = check_all(&points, &flows, &Worth::new(), &mut packets).unwrap();
    let told: Vec<_> = report
        .blocked
        .iter()
        .map(|one| {
            let line = one.line.as_ref().map(|line| line.0);
            (flows[one.flow].need.as_str(), one.point, one.direction, one.at.as_str(), line)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("web", 1, Direction::Request, "wards in", None),
            ("telnet", 0, Direction::Request, "Vlan10 in", None),
            ("telnet", 1, Direction::Request, "wards in", None),
            // The firewall lets servers ask the wards; the switch stops the answers of the pumps.
            ("back", 0, Direction::Answer, "Vlan10 in", None),
        ]
    );
    assert_eq!((report.passing, report.elsewhere, report.unsure_count), (5, 2, 0));
    assert!(report.no_way.is_empty());
    let network = Network::of(&points);
    let path = network.paths(pump.into(), server.into()).unwrap();
    assert_eq!(path.len(), 1);
    assert_eq!(path[0].hops.iter().map(|hop| hop.point).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(path[0].end, WayEnd::Reached);
    // From servers the internet is behind their own interface; from pumps it is beyond what was given.
    let out = network.paths(pump.into(), [192, 0, 2, 1].into()).unwrap();
    assert_eq!((out[0].hops.len(), out[0].end), (2, WayEnd::Beyond));
}

#[test]
fn single_conversations_are_replayed_with_the_line_that_stops_them() {
    let points = [cisco_ios(SWITCH).unwrap(), cisco_asa(FIREWALL).unwrap()];
    let mut packets = Packets::default();
    let mut network = Network::of(&points);
    let (pump, server) = ([10, 1, 0, 5], [10, 2, 0, 9]);
    let mut of = |flow: Flow| network.one(&flow, &mut packets).unwrap();
    assert_eq!(of(flow("a", pump, server, Transport::Tcp, 2575)), Some(network::Outcome::Passes));
    assert_eq!(of(flow("b", pump, [10, 1, 0, 7], Transport::Tcp, 80)), Some(network::Outcome::Elsewhere));
    let Some(network::Outcome::Blocked(broken)) = of(flow("c", pump, server, Transport::Tcp, 443)) else {
        panic!("it passes")
    };
    assert_eq!((broken.point, broken.list.as_str()), (1, "IN"));
    let nowhere = [Network::of(&points[..1]).paths([172, 16, 0, 1].into(), [172, 17, 0, 1].into())];
    // Both are behind the default route.
    assert_eq!(nowhere, [Some(Vec::new())]);
}

#[test]
fn tables_and_circles_are_kept_apart() {
    let text = SWITCH.to_owned()
        + "interface Vlan20\n vrf forwarding GUESTS\n ip address 10.1.0.1 255.255.255.0\n ip access-group NONE in\n";
    let points = [cisco_ios(&text).unwrap()];
    let network = Network::of(&points);
    // The same addresses in two tables: either may be meant, and in one of them there is no way.
    assert_eq!(network.paths([10, 1, 0, 5].into(), [10, 2, 0, 9].into()), None);
    let circle = [
        cisco_ios(SWITCH).unwrap(),
        cisco_ios("interface V1\n ip address 10.0.0.2 255.255.255.252\nip route 0.0.0.0 0.0.0.0 10.0.0.1\n")
            .unwrap(),
    ];
    assert_eq!(Network::of(&circle).paths([10, 1, 0, 5].into(), [10, 2, 0, 9].into()), None);
}

#[test]
fn what_is_loose_is_ranked_by_what_it_reaches() {
    let rules = "table inet f {\n chain forward {\n  type filter hook forward priority 0; policy drop;\n  ip daddr 10.5.0.0/24 accept\n  ip daddr 10.6.0.0/24 tcp dport 80 accept\n  ip daddr 10.7.0.7 udp dport 53 accept\n  ct state established accept\n }\n}\n";
    let points = [nftables(rules).unwrap()];
    let worth = vec![vec!["10.6.0.8".parse().unwrap()], vec!["10.5.0.3".parse().unwrap()]];
    let flows = [flow("names", [10, 1, 0, 5], [10, 7, 0, 7], Transport::Udp, 53)];
    let mut packets = Packets::default();
    let report = check_all(&points, &flows, &worth, &mut packets).unwrap();
    let told: Vec<_> = report
        .loose
        .iter()
        .map(|one| {
            (one.line.as_ref().map_or(0, |line| line.0), one.worth, one.example.destination.to_string())
        })
        .collect();
    assert_eq!(
        told,
        [
            (5, Some(0), "10.6.0.8".to_owned()),
            (4, Some(1), "10.5.0.3".to_owned()),
            (6, None, "10.7.0.7".to_owned()),
        ]
    );
    // Requests pass; answers pass because the firewall remembers.
    assert_eq!((report.blocked_count, report.unsure_count, report.passing), (0, 0, 1));
}

#[test]
fn flows_checked_together_break_as_they_do_alone() {
    let points = [cisco_ios(SWITCH).unwrap(), cisco_asa(FIREWALL).unwrap()];
    let flows: Vec<Flow> = (0..40u16)
        .map(|at| {
            let (host, port) = ((at % 7) as u8, [2575, 443, 123, 80][usize::from(at % 4)]);
            let transport = if at % 3 == 0 { Transport::Udp } else { Transport::Tcp };
            flow("n", [10, 1, 0, host], [10, 2, 0, 9], transport, port)
        })
        .collect();
    let mut packets = Packets::default();
    let all = check_all(&points, &flows, &Worth::new(), &mut packets).unwrap();
    let alone: u64 = flows
        .iter()
        .map(|flow| {
            let flow = std::slice::from_ref(flow);
            check_all(&points, flow, &Worth::new(), &mut packets).unwrap().blocked_count
        })
        .sum();
    assert!(alone > 0);
    assert_eq!(all.blocked_count, alone);
}

#[test]
fn a_point_that_changes_is_found_as_if_all_were_checked_again() {
    let points = [cisco_ios(SWITCH).unwrap(), cisco_asa(FIREWALL).unwrap()];
    let (pump, server) = ([10, 1, 0, 5], [10, 2, 0, 9]);
    let flows = vec![
        flow("orders", pump, server, Transport::Tcp, 2575),
        flow("web", pump, server, Transport::Tcp, 443),
        flow("time", pump, server, Transport::Udp, 123),
    ];
    let worth: Worth = vec![vec![server.into()]];
    let mut verifier =
        Verifier::new(points.to_vec(), flows.clone(), worth.clone(), Packets::default()).unwrap();
    let without = FIREWALL.replace("host 10.2.0.9 eq 2575", "host 10.2.0.9 eq 443");
    let moved = FIREWALL.replace(
        "route wards 10.1.0.0 255.255.255.0 10.0.0.1",
        "route servers 10.1.0.0 255.255.255.0 10.2.0.7",
    );
    for (changed, at) in [(without.as_str(), 1), (moved.as_str(), 1), (FIREWALL, 1)] {
        let changed = cisco_asa(changed).unwrap();
        verifier.replace(at, changed.clone()).unwrap();
        let mut points = points.to_vec();
        points[at] = changed;
        let again = check_all(&points, &flows, &worth, &mut Packets::default()).unwrap();
        assert_eq!(verifier.report(), again);
    }
    assert_eq!(verifier.report().blocked_count, 1);
}

#[test]
fn what_is_for_the_equipment_itself_is_judged_by_its_own_lists() {
    let rules = "table inet f {
 chain input {
  type filter hook input priority 0; policy drop;
  ct state established,related accept
  iifname \"eth1\" udp dport 53 accept
 }
 chain forward {
  type filter hook forward priority 0; policy drop;
  ct state established,related accept
  tcp dport 104 accept
 }
}
1: eth1: <UP>
    inet 10.1.0.1/24
2: eth2: <UP>
    inet 10.2.0.1/24
";
    let (text, beside) = rules.split_once("1: eth1").unwrap();
    let found = crate::read::configuration(text, &[&format!("1: eth1{beside}")]).unwrap();
    let flows = [
        flow("names", [10, 1, 0, 5], [10, 1, 0, 1], Transport::Udp, 53),
        flow("names by its other address", [10, 1, 0, 5], [10, 2, 0, 1], Transport::Udp, 53),
        flow("shell", [10, 1, 0, 5], [10, 1, 0, 1], Transport::Tcp, 104),
        flow("store", [10, 1, 0, 5], [10, 2, 0, 9], Transport::Tcp, 104),
        flow("updates", [10, 2, 0, 1], [10, 2, 0, 9], Transport::Tcp, 443),
    ];
    let report = check(&found, &flows, &mut Packets::default()).unwrap();
    assert_eq!((report.passing, report.itself, report.unsure_count), (5, 4, 0));
    let told: Vec<_> = report.blocked.iter().map(|one| (one.flow, one.at.as_str())).collect();
    assert_eq!(told, [(2, "input")], "{:?}", report.blocked);
    // A changed list of its own is a difference.
    let open = text.replace("udp dport 53", "tcp dport 22");
    let other = crate::read::configuration(&open, &[&format!("1: eth1{beside}")]).unwrap();
    let changes = difference(&found, &other, &mut Packets::default()).unwrap();
    let told: Vec<_> = changes.iter().map(|one| (one.turn, one.to.as_deref())).collect();
    assert_eq!(
        told,
        [(Turn::Closed, Some("the equipment itself")), (Turn::Opened, Some("the equipment itself"))]
    );
}

#[test]
fn what_a_firewall_answers_itself_its_lists_do_not_tell() {
    let found = [cisco_asa(FIREWALL).unwrap()];
    let flows = [flow("shell", [10, 1, 0, 5], [10, 0, 0, 2], Transport::Tcp, 22)];
    let report = check_all(&found, &flows, &Worth::new(), &mut Packets::default()).unwrap();
    assert_eq!((report.itself, report.blocked_count, report.unsure_count), (1, 0, 1));
    assert!(report.unsure[0].doubt.as_deref().unwrap().contains("its own settings"), "{:?}", report.unsure);
}
