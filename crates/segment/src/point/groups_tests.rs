//! Needs to groups, the equipment itself, and lists that are bound to nothing.

use super::*;
use crate::read::{cisco_asa, cisco_ios, configuration, iptables, nftables};

const ROUTER: &str = "hostname core
interface Vlan10
 ip address 10.1.0.1 255.255.255.0
 ip access-group WARD in
interface Vlan20
 ip address 10.2.0.1 255.255.255.0
interface Vlan30
 ip address 10.3.0.1 255.255.255.0
ip access-list extended WARD
 permit udp any host 239.255.255.250 eq 3702
 deny ip any any
";

fn flow(from: &str, to: &str, port: u16) -> Flow {
    Flow {
        need: format!("{to}-{port}"),
        from_name: "from".into(),
        from: from.parse().unwrap(),
        to_name: "to".into(),
        to: to.parse().unwrap(),
        transport: Transport::Udp,
        port: Some(port),
        purpose: "care".into(),
    }
}

fn checked(found: &Configuration, flows: &[Flow]) -> Report {
    check(found, flows, &mut Packets::default()).unwrap()
}

#[test]
fn what_stays_on_its_link_needs_no_point() {
    let found = cisco_ios(ROUTER).unwrap();
    let flows = [
        flow("10.1.0.5", "255.255.255.255", 67),
        flow("10.1.0.5", "224.0.0.251", 5353),
        flow("fd00::5", "ff02::fb", 5353),
        flow("10.1.0.5", "10.1.0.255", 137),
        flow("10.1.0.5", "239.255.255.250", 3702),
        flow("10.1.0.5", "10.2.0.255", 9),
        flow("0.0.0.0", "255.255.255.255", 67),
    ];
    let report = checked(&found, &flows);
    assert_eq!(
        report.on_link,
        [
            (0, Stays::OfLink),
            (1, Stays::OfLink),
            (2, Stays::OfLink),
            (3, Stays::OwnBroadcast),
            (4, Stays::NotRouted),
            (6, Stays::OfLink),
        ]
    );
    // A broadcast to another network is routed as any address, and nobody answers.
    assert_eq!((report.passing, report.no_way.len()), (1, 0));
    let told: Vec<_> = report.blocked.iter().map(|broken| (broken.flow, broken.direction)).collect();
    assert_eq!(told, [(5, Direction::Request)]);
}

#[test]
fn routed_groups_must_pass_to_every_other_interface() {
    let routed = format!("ip multicast-routing\n{ROUTER}");
    let flows = [flow("10.1.0.5", "239.255.255.250", 3702), flow("10.1.0.5", "239.1.1.1", 5004)];
    let report = checked(&cisco_ios(&routed).unwrap(), &flows);
    assert_eq!((report.passing, report.on_link.len(), report.unsure_count), (2, 0, 0));
    let told: Vec<_> =
        report.blocked.iter().map(|one| (one.flow, one.line.as_ref().map(|line| line.0))).collect();
    assert_eq!(told, [(1, Some(12))]);
    // One interface outward lets nothing through: whether members are there is not known.
    let outward = routed.replace("interface Vlan30\n", "interface Vlan30\n ip access-group NONE out\n")
        + "ip access-list extended NONE\n deny ip any any\n";
    let report = checked(&cisco_ios(&outward).unwrap(), &flows[..1]);
    assert_eq!((report.blocked_count, report.unsure_count), (0, 1));
    assert!(
        report.unsure[0].doubt.as_deref().unwrap().contains("members of the group"),
        "{:?}",
        report.unsure
    );
    // Linux does not say whether it routes groups.
    let rules = "table inet f {\n chain forward {\n  type filter hook forward priority 0; policy drop;\n  udp dport 3702 accept\n }\n}\n";
    let report = checked(&nftables(rules).unwrap(), &flows);
    assert_eq!((report.passing, report.blocked_count, report.unsure_count), (2, 0, 1));
    assert!(
        report.unsure[0].doubt.as_deref().unwrap().contains("multicast is routed"),
        "{:?}",
        report.unsure
    );
}

#[test]
fn a_relay_and_a_bridge_see_broadcasts() {
    let relay =
        ROUTER.replace("ip access-group WARD in", "ip helper-address 10.2.0.9\n ip access-group WARD in");
    let flows = [flow("0.0.0.0", "255.255.255.255", 67), flow("10.1.0.5", "255.255.255.255", 67)];
    let report = checked(&cisco_ios(&relay).unwrap(), &flows);
    assert_eq!((report.on_link.len(), report.blocked_count), (0, 2), "{:?}", report.blocked);
    let open = relay.replace(
        " permit udp any host 239",
        " permit udp any eq bootpc any eq bootps\n permit udp any host 239",
    );
    assert_eq!(checked(&cisco_ios(&open).unwrap(), &flows).blocked_count, 0);
    let bridge =
        "table bridge f {\n chain forward {\n  type filter hook forward priority 0; policy drop;\n }\n}\n";
    let report = checked(&nftables(bridge).unwrap(), &flows);
    assert_eq!((report.on_link.len(), report.blocked_count), (0, 2));
}

#[test]
fn what_no_router_passes_on_is_not_too_much() {
    let needed = [flow("10.1.0.5", "10.2.0.9", 123)];
    let exact = "interface A\n ip address 10.1.0.1 255.255.255.0\n ip access-group I in\ninterface B\n ip address 10.2.0.1 \
        255.255.255.0\n ip access-group O in\nip access-list extended I\n permit udp host 10.1.0.5 host 10.2.0.9 eq ntp\n \
        permit udp any host 255.255.255.255 eq bootps\n permit ip any 224.0.0.0 0.0.0.255\nip access-list extended O\n \
        permit udp host 10.2.0.9 eq ntp host 10.1.0.5\n";
    let report = checked(&cisco_ios(exact).unwrap(), &needed);
    assert_eq!((report.blocked_count, report.loose.len()), (0, 0), "{:?}", report.loose);
    let report = checked(
        &cisco_ios(&exact.replace("224.0.0.0 0.0.0.255", "239.0.0.0 0.255.255.255")).unwrap(),
        &needed,
    );
    assert_eq!(report.loose.len(), 0, "nothing is behind an interface there");
}

#[test]
fn the_equipment_itself_is_ranked_with_what_it_guards() {
    let open = "interface A\n ip address 10.1.0.1 255.255.255.0\n ip access-group I in\ninterface B\n ip address 10.2.0.1 \
        255.255.255.0\n ip access-group I in\nip access-list extended I\n permit tcp any any eq 22\n";
    let worth: Worth = vec![Vec::new(), vec!["10.2.0.9".parse().unwrap()]];
    let report = check_all(&[cisco_ios(open).unwrap()], &[], &worth, &mut Packets::default()).unwrap();
    let told: Vec<_> = report.loose.iter().map(|one| (one.is_itself, one.worth, one.pairs)).collect();
    assert_eq!(told, [(false, Some(1), 2), (true, Some(1), 2)]);
    assert_eq!(report.loose[1].to, "the equipment itself");
    let beside = "2: eth0: <UP> mtu 1500\n    inet 10.1.0.1/24 scope global eth0\n3: eth1: <UP> mtu 1500\n    inet 10.2.0.1/24 scope global eth1\n";
    let rules = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n-A INPUT -p tcp --dport 22 -s 10.1.0.0/24 -j ACCEPT\nCOMMIT\n";
    let found = configuration(rules, &[beside]).unwrap();
    let report = check_all(&[found], &[], &worth, &mut Packets::default()).unwrap();
    let told: Vec<_> = report.loose.iter().map(|one| (one.is_itself, one.from.as_str())).collect();
    assert_eq!(told, [(true, "eth0")]);
    // An ASA's lists are not about itself.
    let firewall = "interface G0\n nameif inside\n security-level 100\n ip address 10.1.0.1 255.255.255.0\n";
    let report = checked(&cisco_asa(firewall).unwrap(), &[]);
    assert_eq!(report.loose, []);
}

/// Two lists without interfaces: each permits what its own zone asks.
const PART: &str = "ip access-list extended FROM-WARD
 permit udp host 10.1.0.5 host 10.2.0.9 eq 123
 deny ip any any
ip access-list extended FROM-SERVERS
 permit udp host 10.2.0.9 eq 123 host 10.1.0.5
 deny ip any any
";

#[test]
fn lists_that_are_bound_to_nothing_say_what_they_would_do() {
    let found = cisco_ios(PART).unwrap();
    assert!(found.is_assumed() && found.is_placeless());
    let names: Vec<_> = found.unbound.iter().map(|one| one.list.as_str()).collect();
    assert_eq!(names, ["FROM-SERVERS", "FROM-WARD"]);
    let flows = [flow("10.1.0.5", "10.2.0.9", 123), flow("10.1.0.5", "10.2.0.9", 53)];
    let report = checked(&found, &flows);
    assert_eq!((report.passing, report.loose.len(), report.unsure_count), (2, 0, 0), "{:?}", report.loose);
    let told: Vec<_> = report
        .blocked
        .iter()
        .map(|one| {
            (
                one.flow,
                one.direction,
                one.at.as_str(),
                one.list.as_str(),
                one.line.as_ref().map(|line| line.0),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, Direction::Request, "bound to no interface:", "FROM-WARD", Some(3)),
            (1, Direction::Answer, "bound to no interface:", "FROM-SERVERS", Some(6)),
        ]
    );
    let looser = PART.replace("eq 123\n deny", "eq 123\n permit tcp any any eq 23\n deny");
    let report = checked(&cisco_ios(&looser).unwrap(), &flows);
    let told: Vec<_> =
        report.loose.iter().map(|one| (one.list.as_deref(), one.line.as_ref().map(|line| line.0))).collect();
    assert_eq!(told, [(Some("FROM-WARD"), Some(3))]);
    // On interfaces without addresses they are bound, and which of them a packet meets is still not said.
    let bound = format!(
        "{PART}interface Vlan1\n ip access-group FROM-WARD in\ninterface Vlan2\n ip access-group FROM-SERVERS in\n"
    );
    let found = cisco_ios(&bound).unwrap();
    assert!(!found.is_assumed() && found.is_placeless() && found.unbound.is_empty());
    let report = checked(&found, &flows[..1]);
    assert_eq!((report.blocked_count, report.unsure_count, report.loose.len()), (0, 0, 0));
}

#[test]
fn a_list_that_is_used_for_something_else_is_not_unbound() {
    let whole = format!(
        "{PART}interface Vlan1\n ip address 10.1.0.1 255.255.255.0\nroute-map M permit 10\n match ip address FROM-WARD\n"
    );
    let found = cisco_ios(&whole).unwrap();
    let names: Vec<_> = found.unbound.iter().map(|one| one.list.as_str()).collect();
    assert_eq!((names, found.is_assumed()), (vec!["FROM-SERVERS"], false));
    let firewall = "ASA Version 9.1\naccess-list A extended permit ip any any\naccess-list B extended permit ip any any\n\
        access-list C extended permit ip any any\naccess-group C global\ncrypto map M 1 match address B\ninterface G0\n nameif i\n \
        ip address 10.1.0.1 255.255.255.0\n";
    let found = cisco_asa(firewall).unwrap();
    let names: Vec<_> = found.unbound.iter().map(|one| one.list.as_str()).collect();
    assert_eq!((names, found.is_assumed()), (vec!["A"], false));
}

#[test]
fn chains_without_one_of_the_kernels_are_taken_as_if_packets_met_them() {
    let part = "*filter\n:WARD - [0:0]\n:MORE - [0:0]\n-A WARD -j MORE\n-A WARD -j DROP\n-A MORE -p udp --dport 123 -s 10.1.0.5 -d 10.2.0.9 -j ACCEPT\nCOMMIT\n";
    let found = iptables(part, &[]).unwrap();
    let names: Vec<_> = found.unbound.iter().map(|one| one.list.as_str()).collect();
    assert_eq!((names, found.is_assumed()), (vec!["ip filter WARD"], true));
    let flows = [flow("10.1.0.5", "10.2.0.9", 123), flow("10.1.0.5", "10.2.0.9", 53)];
    let report = checked(&found, &flows);
    let told: Vec<_> = report.blocked.iter().map(|one| (one.flow, one.list.as_str())).collect();
    assert_eq!(told, [(0, "ip filter WARD"), (1, "ip filter WARD"), (1, "ip filter WARD")]);
    assert_eq!(report.loose.len(), 0);
    let whole = part.replace(":WARD", ":FORWARD ACCEPT [0:0]\n:WARD");
    let found = iptables(&whole, &[]).unwrap();
    assert!(!found.is_assumed() && found.unbound.len() == 1, "{:?}", found.unbound);
}
