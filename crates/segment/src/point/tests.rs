use super::*;
use crate::read::cisco_ios;

const ROUTER: &str = "interface Vlan10
 ip address 10.1.0.1 255.255.255.0
 ip access-group FROM-IMAGING in
interface Vlan20
 ip address 10.2.0.1 255.255.255.0
 ip access-group FROM-SERVERS in
interface Vlan30
 ip address 10.3.0.1 255.255.255.0
ip access-list extended FROM-IMAGING
 permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.9 eq 104
 permit udp any host 10.2.0.53 eq domain
 deny ip any 10.2.0.0 0.0.0.255
 permit ip any any
ip access-list extended FROM-SERVERS
 permit tcp any any established
 deny ip any any
";

fn flow(need: &str, from: [u8; 4], to: [u8; 4], transport: Transport, port: u16) -> Flow {
    Flow {
        need: need.into(),
        from_name: "from".into(),
        from: from.into(),
        to_name: "to".into(),
        to: to.into(),
        transport,
        port: (port > 0).then_some(port),
        purpose: "care".into(),
    }
}

fn checked(text: &str, flows: &[Flow]) -> Report {
    check(&cisco_ios(text).unwrap(), flows, &mut Packets::default()).unwrap()
}

#[test]
fn a_need_that_breaks_is_told_with_its_line_and_packet() {
    let flows = [
        flow("store", [10, 1, 0, 5], [10, 2, 0, 9], Transport::Tcp, 104),
        flow("names", [10, 1, 0, 5], [10, 2, 0, 53], Transport::Udp, 53),
        flow("web", [10, 1, 0, 5], [10, 2, 0, 9], Transport::Tcp, 443),
        flow("near", [10, 1, 0, 5], [10, 1, 0, 6], Transport::Tcp, 104),
        flow("far", [10, 1, 0, 5], [192, 168, 7, 7], Transport::Tcp, 443),
    ];
    let report = checked(ROUTER, &flows);
    assert_eq!((report.passing, report.elsewhere, &report.no_way), (3, 1, &vec![4]));
    let told: Vec<_> = report
        .blocked
        .iter()
        .map(|broken| {
            (
                flows[broken.flow].need.as_str(),
                broken.direction,
                broken.at.as_str(),
                broken.line.as_ref().map(|line| line.0),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            // The server's answers come from port 53 and belong to no connection of TCP.
            ("names", Direction::Answer, "Vlan20 in", Some(16)),
            ("web", Direction::Request, "Vlan10 in", Some(12)),
        ]
    );
    let example = report.blocked[0].example;
    assert_eq!((example.source.to_string(), example.source_port), ("10.2.0.53".to_owned(), 53));
    assert_eq!(report.unsure_count, 0);
}

#[test]
fn lines_that_let_through_more_are_told() {
    let flows = [flow("store", [10, 1, 0, 5], [10, 2, 0, 9], Transport::Tcp, 104)];
    let report = checked(ROUTER, &flows);
    let told: Vec<_> = report
        .loose
        .iter()
        .map(|loose| (loose.from.as_str(), loose.to.as_str(), loose.line.as_ref().map(|line| line.0)))
        .collect();
    assert_eq!(
        told,
        [
            // Others of imaging than the one that needs it; a need that nobody has; everything to Vlan30.
            ("Vlan10", "Vlan20", Some(10)),
            ("Vlan10", "Vlan20", Some(11)),
            ("Vlan10", "Vlan30", Some(13)),
            // The router's own addresses.
            ("Vlan10", "the equipment itself", Some(13)),
            ("Vlan30", "Vlan10", None),
            ("Vlan30", "Vlan20", None),
            ("Vlan30", "the equipment itself", None),
        ]
    );
    let itself: Vec<bool> = report.loose.iter().map(|loose| loose.is_itself).collect();
    assert_eq!(itself, [false, false, false, true, false, false, true]);
    assert!(
        ["10.1.0.1", "10.2.0.1", "10.3.0.1"]
            .contains(&report.loose[3].example.destination.to_string().as_str())
    );
    assert_ne!(report.loose[0].example.source.to_string(), "10.1.0.5");
    let exact = "interface A\n ip address 10.1.0.1 255.255.255.0\n ip access-group I in\ninterface B\n ip address 10.2.0.1 255.255.255.0\n ip access-group O in\nip access-list extended I\n permit tcp host 10.1.0.5 gt 32767 host 10.2.0.9 eq 104\nip access-list extended O\n permit tcp host 10.2.0.9 eq 104 host 10.1.0.5 gt 32767 established\n";
    let report = checked(exact, &flows);
    assert_eq!((report.blocked_count, report.unsure_count, report.loose.len(), report.passing), (0, 0, 0, 1));
    // From which port a client asks is the client's matter; which service it asks is not.
    let report = checked(&exact.replace(" gt 32767", ""), &flows);
    assert_eq!((report.blocked_count, report.unsure_count, report.loose.len(), report.passing), (0, 0, 0, 1));
    let report = checked(&exact.replace("eq 104", "range 104 105"), &flows);
    assert_eq!((report.blocked_count, report.unsure_count, report.loose.len(), report.passing), (0, 0, 1, 1));
}

#[test]
fn what_was_not_understood_is_never_fine() {
    let doubtful = ROUTER.replace("host 10.2.0.9 eq 104", "host 10.2.0.9 eq 104 time-range NIGHT");
    let flows = [flow("store", [10, 1, 0, 5], [10, 2, 0, 9], Transport::Tcp, 104)];
    let report = checked(&doubtful, &flows);
    assert_eq!((report.blocked_count, report.unsure_count), (0, 1));
    let unsure = &report.unsure[0];
    assert_eq!(
        (unsure.line.as_ref().map(|line| line.0), unsure.doubt.as_deref()),
        (Some(10), Some("time-range NIGHT"))
    );
    let zoned = ROUTER.replace("interface Vlan20\n", "interface Vlan20\n zone-member security SERVERS\n");
    let report = checked(&zoned, &flows);
    assert_eq!((report.blocked_count, report.unsure_count), (0, 2), "requests and answers");
    assert_eq!(report.unsure[0].doubt.as_deref(), Some("zone-member security SERVERS"));
}

#[test]
fn idle_lines_are_told() {
    let report = checked(ROUTER, &[]);
    assert_eq!(report.idle, []);
    let twice =
        ROUTER.replace(" deny ip any any\n", " deny ip any any\n permit tcp any host 10.1.0.5 eq 22\n");
    let report = checked(&twice, &[]);
    assert!(
        matches!(&report.idle[..], [(0, list, Idle::Contradicted { line: 2, .. })] if list == "FROM-SERVERS"),
        "{:?}",
        report.idle
    );
}
