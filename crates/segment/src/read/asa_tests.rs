use super::*;
use crate::packets::{Packet, Packets};
use crate::point::Enforcer;

/// Written after the command reference.
const FIREWALL: &str = ": Saved
ASA Version 9.14(4)
hostname fw-1
names
name 10.2.0.9 archive
!
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 192.0.2.2 255.255.255.0
!
interface GigabitEthernet0/1
 nameif inside
 ip address 10.1.0.1 255.255.255.0
!
interface GigabitEthernet0/2.20
 vlan 20
 nameif servers
 security-level 50
 ip address 10.2.0.1 255.255.255.0
!
interface GigabitEthernet0/3
 nameif pumps
 security-level 50
 ip address 10.3.0.1 255.255.255.0
!
object network CT
 host 10.1.0.5
object network MODALITIES
 range 10.1.0.5 10.1.0.9
object service DICOM
 service tcp destination eq 11112
object-group network IMAGING
 network-object object CT
 network-object 10.1.0.64 255.255.255.192
 group-object MORE
object-group network MORE
 network-object host 10.1.0.200
object-group service STORE tcp
 port-object eq 104
 port-object range 2761 2762
object-group service MIXED
 service-object udp destination eq ntp
 service-object object DICOM
 service-object icmp echo
object-group protocol BOTH
 protocol-object tcp
 protocol-object udp
object-group icmp-type PING
 icmp-object echo
 icmp-object echo-reply
!
access-list FROM-SERVERS extended permit tcp host archive object-group IMAGING object-group STORE
access-list FROM-SERVERS extended permit object-group MIXED 10.2.0.0 255.255.255.0 object MODALITIES
access-list FROM-SERVERS extended permit object-group BOTH any4 host 10.1.0.53 eq domain
access-list FROM-SERVERS extended permit icmp any any object-group PING
access-list FROM-SERVERS extended permit tcp any any eq ssh inactive
access-list FROM-SERVERS extended permit tcp any any eq https log warnings interval 300 time-range NIGHT
access-list FROM-SERVERS extended permit tcp fd00:2::/64 any6 eq 443
access-list TO-PUMPS extended permit tcp any4 any4 eq 2575
access-list OUT extended permit tcp any4 host archive eq 443
access-group FROM-SERVERS in interface servers
access-group TO-PUMPS out interface pumps
object network CT
 nat (inside,outside) static 192.0.2.50
nat (inside,outside) source static IMAGING IMAGING destination static MORE MORE
route outside 0.0.0.0 0.0.0.0 192.0.2.1 1
route inside 10.9.0.0 255.255.0.0 10.1.0.254 1
";

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

/// Whether a packet passes from one interface to another; `None` where it is not sure.
fn is(found: &Configuration, from: &str, to: &str, packet: &Packet) -> Option<bool> {
    let at = |name: &str| found.interfaces.iter().position(|one| one.name == name);
    let mut packets = Packets::default();
    let passes = Enforcer::of(found).passes((at(from), at(to)), &mut packets).unwrap();
    match (packets.has(passes.surely, packet), packets.has(passes.perhaps, packet)) {
        (false, true) => None,
        (surely, _) => Some(surely),
    }
}

#[test]
fn lists_with_objects_decide_as_they_say() {
    let found = cisco_asa(FIREWALL).unwrap();
    assert_eq!(found.hostname.as_deref(), Some("fw-1"));
    let servers = |packet: Packet| is(&found, "servers", "inside", &packet);
    for (host, is_one) in [("10.1.0.5", true), ("10.1.0.70", true), ("10.1.0.200", true), ("10.1.0.6", false)]
    {
        assert_eq!(servers(packet("10.2.0.9", host, 6, (5_000, 2_762))), Some(is_one), "{host}");
    }
    assert_eq!(servers(packet("10.2.0.8", "10.1.0.5", 6, (5_000, 104))), Some(false));
    assert_eq!(servers(packet("10.2.0.9", "10.1.0.5", 6, (5_000, 105))), Some(false));
    assert_eq!(servers(packet("10.2.0.8", "10.1.0.9", 17, (5_000, 123))), Some(true));
    assert_eq!(servers(packet("10.2.0.8", "10.1.0.9", 6, (5_000, 11_112))), Some(true));
    assert_eq!(servers(packet("10.2.0.8", "10.1.0.10", 6, (5_000, 11_112))), Some(false));
    assert_eq!(servers(packet("10.2.0.8", "10.1.0.53", 17, (5_000, 53))), Some(true));
    assert_eq!(servers(packet("10.2.0.8", "10.1.0.53", 1, (0, 0x0800))), Some(true));
    assert_eq!(servers(packet("10.2.0.8", "10.1.0.53", 1, (0, 0x0300))), Some(false));
    assert_eq!(servers(packet("10.2.0.8", "10.1.0.53", 6, (5_000, 22))), Some(false), "inactive");
    assert_eq!(servers(packet("10.2.0.8", "10.1.0.53", 6, (5_000, 443))), None, "time-range");
    assert_eq!(servers(packet("fd00:2::8", "fd00:1::1", 6, (5_000, 443))), Some(true));
    assert_eq!((found.filter_lines, found.doubtful_lines), (8, 1));
}

#[test]
fn security_levels_permit_what_no_list_says() {
    let found = cisco_asa(FIREWALL).unwrap();
    let web = |from: &str, to: &str| packet(from, to, 6, (5_000, 443));
    assert_eq!(is(&found, "inside", "servers", &web("10.1.0.6", "10.2.0.9")), Some(true), "100 to 50");
    assert_eq!(is(&found, "outside", "inside", &web("192.0.2.9", "10.1.0.6")), Some(false), "0 to 100");
    assert_eq!(is(&found, "pumps", "outside", &web("10.3.0.6", "192.0.2.9")), Some(true), "50 to 0");
    assert_eq!(is(&found, "pumps", "servers", &web("10.3.0.6", "10.2.0.9")), Some(false), "50 to 50");
    // A list outward counts besides.
    assert_eq!(is(&found, "inside", "pumps", &web("10.1.0.6", "10.3.0.6")), Some(false));
    let order = packet("10.1.0.6", "10.3.0.6", 6, (5_000, 2_575));
    assert_eq!(is(&found, "inside", "pumps", &order), Some(true));
    // Answers are let through because of their requests.
    let answer = Packet { established: true, ..packet("10.3.0.6", "10.1.0.6", 6, (2_575, 5_000)) };
    assert_eq!(is(&found, "pumps", "inside", &answer), Some(true));
    let equal = FIREWALL.to_owned() + "same-security-traffic permit inter-interface\n";
    let found = cisco_asa(&equal).unwrap();
    assert_eq!(is(&found, "pumps", "servers", &web("10.3.0.6", "10.2.0.9")), Some(true));
    // A list for all interfaces takes the place of what levels permit, and stands behind an interface's own.
    let found = cisco_asa(&(FIREWALL.to_owned() + "access-group OUT global\n")).unwrap();
    assert_eq!(is(&found, "inside", "servers", &web("10.1.0.6", "10.2.0.9")), Some(true));
    assert_eq!(is(&found, "inside", "servers", &web("10.1.0.6", "10.2.0.8")), Some(false));
    let dicom = packet("10.2.0.8", "10.1.0.9", 6, (5_000, 11_112));
    assert_eq!(is(&found, "servers", "inside", &dicom), Some(true));
}

#[test]
fn what_is_translated_cannot_be_told() {
    let found = cisco_asa(FIREWALL).unwrap();
    assert_eq!(found.translations.len(), 1, "what is translated into itself is not");
    let web = |from: &str, to: &str| packet(from, to, 6, (5_000, 443));
    assert_eq!(is(&found, "inside", "outside", &web("10.1.0.5", "192.0.2.9")), None);
    assert_eq!(is(&found, "inside", "outside", &web("10.1.0.6", "192.0.2.9")), Some(true));
    assert_eq!(is(&found, "outside", "inside", &web("192.0.2.9", "192.0.2.50")), None);
    assert_eq!(is(&found, "inside", "servers", &web("10.1.0.5", "10.2.0.9")), Some(true));
}

#[test]
fn routes_lead_through_the_interfaces_they_name() {
    let found = cisco_asa(FIREWALL).unwrap();
    let names: Vec<_> = found.interfaces.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["outside", "inside", "servers", "pumps"]);
    assert_eq!(found.routes[0].interface.as_deref(), Some("outside"));
    assert_eq!((found.routes[1].network.prefix(), found.routes[1].next), (16, "10.1.0.254".parse().ok()));
}

#[test]
fn circles_and_what_is_missing_are_told() {
    let text = "ASA Version 9\nobject-group network A\n group-object B\nobject-group network B\n group-object A\naccess-list L extended permit ip object-group A any\naccess-list L extended permit ip object NOBODY any\naccess-list L extended permit tcp any any object-group NOTHING\naccess-list L extended permit tcp any any eq nonsense\naccess-list L extended permit ip host printer any\n";
    let found = cisco_asa(text).unwrap();
    let doubts: Vec<_> =
        found.lists["L"].lines.iter().map(|line| line.not_understood.clone().unwrap_or_default()).collect();
    assert_eq!(
        doubts,
        [
            "A: groups hold one another in a circle, or too deeply",
            "NOBODY, which is not there",
            "object-group NOTHING",
            "the whole line",
            "the whole line",
        ]
    );
    assert!(found.lists["L"].lines.iter().all(|line| line.matches.sources.len() <= 1));
    for end in (0..FIREWALL.len()).filter(|end| FIREWALL.is_char_boundary(*end)) {
        let _ = cisco_asa(&FIREWALL[..end]);
    }
}
