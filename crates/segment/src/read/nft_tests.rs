use super::*;
use crate::lists::{Decided, Decider, Way};
use crate::packets::{Packet, Packets};

/// Written after nft(8), as `nft list ruleset` prints it.
const FIREWALL: &str = r#"table inet cordon {
	set pumps {
		type ipv4_addr
		flags interval
		elements = { 10.2.0.10, 10.2.1.0/24,
			     10.2.2.1-10.2.2.9 comment "ward 3" }
	}

	set pairs {
		type ipv4_addr . ipv4_addr . inet_service
		flags interval
		elements = { 10.1.0.5 . 10.2.0.9 . 104,
			     10.1.0.6 . 10.2.0.0/16 . 11112-11115 }
	}

	map zones {
		type ifname . ifname : verdict
		elements = { "vlan10" . "vlan20" : jump imaging_servers,
			     "vlan30" . "vlan20" : goto pumps_servers }
	}

	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state vmap { established : accept, related : accept, invalid : drop }
		iifname . oifname vmap @zones
		ip saddr != 10.0.0.0/8 tcp dport != { 22, 23 } ip daddr 10.9.0.9 counter packets 3 bytes 120 accept
		meta l4proto { icmp, ipv6-icmp } limit rate 5/second accept
		log prefix "cordon: " flags all counter packets 0 bytes 0
	}

	chain imaging_servers {
		ip saddr . ip daddr . tcp dport @pairs accept comment "rule-1"
		ip daddr 10.2.0.53 udp dport 53 accept # handle 9
		tcp sport 1024-65535 tcp dport { 80, 443 } ip daddr 10.2.0.80 return
	}

	chain pumps_servers {
		ip saddr @pumps ip daddr 10.2.0.9 tcp dport 2575 accept
		ip6 saddr fd00:1::/64 ip6 daddr fd00:2::9 tcp dport 2575 accept
		icmp type echo-request accept
		fib daddr type local accept
	}
}
"#;

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

/// What a list does with a packet: `Some(true)` where it surely passes, `None` where it is unsure.
fn passes(found: &Configuration, list: &str, way: Way<'_>, packet: &Packet) -> Option<bool> {
    let mut packets = Packets::default();
    let Decided { permitted, unsure } = Decider::new(&found.lists).decide(list, way, &mut packets).unwrap();
    assert!(found.lists.contains_key(list), "{list}: {:?}", found.lists.keys());
    match packets.has(unsure, packet) {
        true => None,
        false => Some(packets.has(permitted, packet)),
    }
}

const FORWARD: &str = "inet cordon forward";
const IMAGING: Way<'static> = Way { from: Some("vlan10"), to: Some("vlan20") };
const PUMPS: Way<'static> = Way { from: Some("vlan30"), to: Some("vlan20") };
const OTHER: Way<'static> = Way { from: Some("wan0"), to: Some("vlan20") };

fn cases(found: &Configuration) {
    let is = |way, source, destination, protocol, ports| {
        passes(found, FORWARD, way, &packet(source, destination, protocol, ports))
    };
    // Sets of several fields, by interfaces.
    assert_eq!(is(IMAGING, "10.1.0.5", "10.2.0.9", 6, (50_000, 104)), Some(true));
    assert_eq!(is(IMAGING, "10.1.0.5", "10.2.0.9", 6, (50_000, 105)), Some(false));
    assert_eq!(is(IMAGING, "10.1.0.6", "10.2.7.7", 6, (50_000, 11_113)), Some(true));
    assert_eq!(is(OTHER, "10.1.0.5", "10.2.0.9", 6, (50_000, 104)), Some(false));
    assert_eq!(is(IMAGING, "10.7.7.7", "10.2.0.53", 17, (50_000, 53)), Some(true));
    // What a jump does not decide comes back, and ends at the policy.
    assert_eq!(is(IMAGING, "10.1.0.5", "10.2.0.80", 6, (50_000, 443)), Some(false));
    // Sets of addresses: one, a network, a range.
    for pump in ["10.2.0.10", "10.2.1.200", "10.2.2.9"] {
        assert_eq!(is(PUMPS, pump, "10.2.0.9", 6, (50_000, 2575)), Some(true), "{pump}");
    }
    assert_eq!(is(PUMPS, "10.2.2.10", "10.2.0.9", 6, (50_000, 2575)), None, "fib is not understood");
    assert_eq!(is(PUMPS, "fd00:1::5", "fd00:2::9", 6, (50_000, 2575)), Some(true));
    assert_eq!(is(PUMPS, "fd00:3::5", "fd00:2::9", 6, (50_000, 2575)), None);
    // Of ICMP only echo requests; the other types meet the line that is not understood, as do all others.
    assert_eq!(is(PUMPS, "10.2.0.10", "10.2.0.9", 1, (0, 0x0800)), Some(true));
    assert_eq!(is(PUMPS, "10.2.0.10", "10.2.0.9", 1, (0, 0x0d00)), None);
    // Negations, with what they take for granted: IPv4, and TCP.
    assert_eq!(is(OTHER, "192.0.2.1", "10.9.0.9", 6, (50_000, 443)), Some(true));
    assert_eq!(is(OTHER, "192.0.2.1", "10.9.0.9", 6, (50_000, 22)), Some(false));
    assert_eq!(is(OTHER, "192.0.2.1", "10.9.0.9", 17, (50_000, 443)), Some(false));
    assert_eq!(is(OTHER, "10.0.0.1", "10.9.0.9", 6, (50_000, 443)), Some(false));
    // A limit lets some through.
    assert_eq!(is(OTHER, "192.0.2.1", "10.9.0.9", 1, (0, 0x0800)), None);
    // Without the interface nothing that asks for it is sure.
    assert_eq!(is(Way::default(), "10.1.0.5", "10.2.0.9", 6, (50_000, 104)), None);
    let answer = Packet { established: true, ..packet("10.2.0.9", "10.1.0.5", 6, (104, 50_000)) };
    assert_eq!(passes(found, FORWARD, Way::default(), &answer), Some(true));
}

#[test]
fn a_ruleset_decides_as_it_says() {
    let found = nftables(FIREWALL).unwrap();
    cases(&found);
    assert_eq!(found.hooks.len(), 1);
    assert_eq!((found.hooks[0].at.as_str(), found.hooks[0].only_ipv6), ("forward", None));
    assert_eq!(found.lists[FORWARD].otherwise, crate::lists::Action::Deny);
    let doubts: Vec<_> = found.passed_over.iter().map(|(place, text)| (*place, text.as_str())).collect();
    assert_eq!(
        doubts,
        [
            (27, "meta l4proto { icmp, ipv6-icmp } limit rate 5/second accept"),
            (41, "fib daddr type local accept"),
        ]
    );
    let mapped = found.lists[FORWARD].lines.iter().find(|line| line.place == 19).unwrap();
    assert_eq!(mapped.text, "vlan30 . vlan20 : goto pumps_servers");
}

/// The same ruleset as `nft -j list ruleset` prints it (libnftables-json(5)).
const JSON: &str = r#"{"nftables": [{"metainfo": {"version": "1.0.9", "json_schema_version": 1}},
{"table": {"family": "inet", "name": "cordon", "handle": 1}},
{"set": {"family": "inet", "name": "pumps", "table": "cordon", "type": "ipv4_addr", "handle": 2, "flags": ["interval"],
 "elem": ["10.2.0.10", {"prefix": {"addr": "10.2.1.0", "len": 24}}, {"elem": {"val": {"range": ["10.2.2.1", "10.2.2.9"]}, "comment": "ward 3"}}]}},
{"set": {"family": "inet", "name": "pairs", "table": "cordon", "type": ["ipv4_addr", "ipv4_addr", "inet_service"], "handle": 3, "flags": "interval",
 "elem": [{"concat": ["10.1.0.5", "10.2.0.9", 104]}, {"concat": ["10.1.0.6", {"prefix": {"addr": "10.2.0.0", "len": 16}}, {"range": [11112, 11115]}]}]}},
{"map": {"family": "inet", "name": "zones", "table": "cordon", "type": ["ifname", "ifname"], "map": "verdict", "handle": 4,
 "elem": [[{"concat": ["vlan10", "vlan20"]}, {"jump": {"target": "imaging_servers"}}], [{"concat": ["vlan30", "vlan20"]}, {"goto": {"target": "pumps_servers"}}]]}},
{"chain": {"family": "inet", "table": "cordon", "name": "forward", "handle": 5, "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}},
{"chain": {"family": "inet", "table": "cordon", "name": "imaging_servers", "handle": 6}},
{"chain": {"family": "inet", "table": "cordon", "name": "pumps_servers", "handle": 7}},
{"rule": {"family": "inet", "table": "cordon", "chain": "forward", "handle": 8, "expr": [{"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["established", {"accept": null}], ["related", {"accept": null}], ["invalid", {"drop": null}]]}}}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "forward", "handle": 9, "expr": [{"vmap": {"key": {"concat": [{"meta": {"key": "iifname"}}, {"meta": {"key": "oifname"}}]}, "data": "@zones"}}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "forward", "handle": 10, "expr": [
 {"match": {"op": "!=", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "10.0.0.0", "len": 8}}}},
 {"match": {"op": "!=", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": {"set": [22, 23]}}},
 {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": "10.9.0.9"}}, {"counter": {"packets": 3, "bytes": 120}}, {"accept": null}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "forward", "handle": 11, "expr": [
 {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": {"set": ["icmp", "ipv6-icmp"]}}}, {"limit": {"rate": 5, "burst": 5, "per": "second"}}, {"accept": null}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "forward", "handle": 12, "expr": [{"log": {"prefix": "cordon: ", "flags": "all"}}, {"counter": {"packets": 0, "bytes": 0}}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "imaging_servers", "handle": 13, "comment": "rule-1", "expr": [
 {"match": {"op": "==", "left": {"concat": [{"payload": {"protocol": "ip", "field": "saddr"}}, {"payload": {"protocol": "ip", "field": "daddr"}}, {"payload": {"protocol": "tcp", "field": "dport"}}]}, "right": "@pairs"}}, {"accept": null}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "imaging_servers", "handle": 14, "expr": [
 {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": "10.2.0.53"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 53}}, {"accept": null}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "imaging_servers", "handle": 15, "expr": [
 {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "sport"}}, "right": {"range": [1024, 65535]}}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": {"set": [80, 443]}}},
 {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": "10.2.0.80"}}, {"return": null}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "pumps_servers", "handle": 16, "expr": [
 {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "@pumps"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": "10.2.0.9"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 2575}}, {"accept": null}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "pumps_servers", "handle": 17, "expr": [
 {"match": {"op": "==", "left": {"payload": {"protocol": "ip6", "field": "saddr"}}, "right": {"prefix": {"addr": "fd00:1::", "len": 64}}}}, {"match": {"op": "==", "left": {"payload": {"protocol": "ip6", "field": "daddr"}}, "right": "fd00:2::9"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 2575}}, {"accept": null}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "pumps_servers", "handle": 18, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "icmp", "field": "type"}}, "right": "echo-request"}}, {"accept": null}]}},
{"rule": {"family": "inet", "table": "cordon", "chain": "pumps_servers", "handle": 19, "expr": [{"match": {"op": "==", "left": {"fib": {"result": "type", "flags": ["daddr"]}}, "right": "local"}}, {"accept": null}]}}
]}"#;

#[test]
fn its_json_decides_the_same_for_all_packets() {
    let (text, json) = (nftables(FIREWALL).unwrap(), nftables_json(JSON).unwrap());
    cases(&json);
    let mut packets = Packets::default();
    for way in [IMAGING, PUMPS, OTHER, Way::default()] {
        let one = Decider::new(&text.lists).decide(FORWARD, way, &mut packets).unwrap();
        let other = Decider::new(&json.lists).decide(FORWARD, way, &mut packets).unwrap();
        assert_eq!(one, other, "{way:?}");
    }
    assert_eq!((json.filter_lines, json.doubtful_lines), (text.filter_lines, text.doubtful_lines));
}

#[test]
fn scripts_with_names_and_commands_are_read() {
    let script = "#!/usr/sbin/nft -f
flush ruleset
define ARCHIVE = 10.2.0.9
define WARD = { 10.3.0.0/24, 10.4.0.0/24 }
add table ip f
add chain ip f forward { type filter hook forward priority -10 ; policy drop ; }
add set ip f ports { type inet_service ; }
add element ip f ports { 104, 11112 }
add rule ip f forward ip saddr $WARD ip daddr $ARCHIVE tcp dport @ports accept
add rule ip f forward iifname \"eth*\" udp dport >= 60000 accept
";
    let found = nftables(script).unwrap();
    let is =
        |from, packet: Packet| passes(&found, "ip f forward", Way { from: Some(from), to: None }, &packet);
    assert_eq!(is("eth7", packet("10.4.0.1", "10.2.0.9", 6, (5000, 11_112))), Some(true));
    assert_eq!(is("eth7", packet("10.5.0.1", "10.2.0.9", 6, (5000, 11_112))), Some(false));
    assert_eq!(is("eth7", packet("10.5.0.1", "10.2.0.9", 17, (5000, 60_000))), Some(true));
    assert_eq!(is("wan0", packet("10.5.0.1", "10.2.0.9", 17, (5000, 60_000))), Some(false));
    assert_eq!((found.hooks[0].priority, found.hooks[0].only_ipv6), (-10, Some(false)));
}

#[test]
fn translation_and_what_runs_elsewhere_are_not_taken_for_understood() {
    let nat = "table ip nat {\n chain pre {\n  type nat hook prerouting priority dstnat; policy accept;\n  iifname \"wan0\" tcp dport 443 dnat to 10.2.0.80\n }\n chain post {\n  type nat hook postrouting priority srcnat; policy accept;\n  oifname \"wan0\" masquerade\n }\n}\ntable inet f {\n chain forward {\n  type filter hook forward priority 0; policy accept;\n  tcp dport 25 queue num 3\n }\n}\n";
    let found = nftables(nat).unwrap();
    assert_eq!(found.translations.iter().map(|line| line.place).collect::<Vec<_>>(), [4, 8]);
    assert_eq!(
        passes(&found, "inet f forward", Way::default(), &packet("10.0.0.1", "10.0.0.2", 6, (5, 25))),
        None
    );
    let fine = packet("10.0.0.1", "10.0.0.2", 6, (5, 26));
    assert_eq!(passes(&found, "inet f forward", Way::default(), &fine), Some(true));
    let dynamic = "table inet f {\n set seen {\n  type ipv4_addr\n  flags dynamic\n }\n chain forward {\n  type filter hook forward priority 0; policy accept;\n  ip saddr @seen drop\n  ip saddr @nowhere drop\n  jump nowhere\n }\n}\n";
    let found = nftables(dynamic).unwrap();
    assert_eq!(passes(&found, "inet f forward", Way::default(), &fine), None);
    let why: Vec<_> =
        found.lists["inet f forward"].lines.iter().filter_map(|line| line.not_understood.clone()).collect();
    assert_eq!(
        why,
        [
            "set @seen, which packets add to",
            "set @nowhere, which is not there",
            "chain nowhere, which is not there"
        ]
    );
}

#[test]
fn what_is_cut_off_is_told_with_its_line() {
    let cut = &FIREWALL[..FIREWALL.find("chain pumps_servers").unwrap()];
    let told = nftables(cut).unwrap_err().to_string();
    assert_eq!(told, "line 1: this table does not end; is the file cut off?");
    let told = nftables(&FIREWALL[..FIREWALL.find("10.2.2.1-").unwrap()]).unwrap_err().to_string();
    assert_eq!(told, "line 5: a brace is opened and not closed; is the file cut off?");
    let told = nftables_json(&JSON[..400]).unwrap_err().to_string();
    assert!(told.starts_with("line 4: this is no complete JSON"), "{told}");
    // Every beginning of a ruleset ends in an answer.
    for end in (0..FIREWALL.len()).filter(|end| FIREWALL.is_char_boundary(*end)) {
        let _ = nftables(&FIREWALL[..end]);
    }
}

#[test]
fn languages_are_recognised_and_windows_text_is_read() {
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(FIREWALL.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let text = decode(&wide).unwrap();
    assert_eq!(text, FIREWALL);
    assert_eq!(recognise(&text), Some(Language::Nftables));
    let big: Vec<u8> = FIREWALL.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(decode(&big).unwrap(), FIREWALL);
    assert_eq!(recognise(JSON), Some(Language::NftablesJson));
    assert_eq!(decode(b"remark caf\xe9").unwrap(), "remark café");
    assert_eq!(decode(&[0, 1, 2, 3, 0, 0]), Err(Unreadable::NotText));
    assert_eq!(recognise("*filter\n:INPUT ACCEPT [0:0]\n"), Some(Language::Iptables));
    assert_eq!(recognise("hostname r1\ninterface Vlan1\n"), Some(Language::CiscoIos));
    assert_eq!(recognise("1: lo: <LOOPBACK>\n    inet 10.0.0.1/24 brd 10.0.0.255\n"), Some(Language::Beside));
    assert_eq!(recognise("hello world\n"), None);
}

/// As nft 1.0.6 takes it, prints it, and prints it as JSON.
#[test]
fn packets_of_tcp_that_begin_nothing_are_told_by_their_flags() {
    let rules = |flags: &str| {
        format!(
            "table inet t {{\n chain f {{\n  type filter hook forward priority 0; policy drop;\n  tcp sport 8443 {flags} counter accept\n }}\n}}\n"
        )
    };
    let json = r#"{"nftables": [{"table": {"family": "inet", "name": "t"}}, {"chain": {"family": "inet", "table": "t", "name": "f", "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}}, {"rule": {"family": "inet", "table": "t", "chain": "f", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "sport"}}, "right": 8443}}, {"match": {"op": "!=", "left": {"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, ["fin", "syn", "rst", "ack"]]}, "right": "syn"}}, {"accept": null}]}}]}"#;
    let texts = [
        nftables(&rules("tcp flags & (fin | syn | rst | ack) != syn")).unwrap(),
        nftables(&rules("tcp flags != syn / fin,syn,rst,ack")).unwrap(),
        nftables_json(json).unwrap(),
    ];
    for found in texts {
        assert_eq!(found.passed_over_count, 0, "{:?}", found.passed_over);
        let mut packets = Packets::default();
        let decided = Decider::new(&found.lists).decide("inet t f", Way::default(), &mut packets).unwrap();
        let (established, tcp) = (packets.established().unwrap(), packets.protocol(6).unwrap());
        let port = packets.ports(crate::packets::End::Source, 8443, 8443).unwrap();
        let own = packets.and(tcp, port).unwrap();
        assert!(decided.permitted == packets.and(own, established).unwrap());
    }
    // Other flags are not understood.
    assert_eq!(nftables(&rules("tcp flags & (fin | psh) != psh")).unwrap().passed_over_count, 1);
}
