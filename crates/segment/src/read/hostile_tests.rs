//! Texts that nobody would write: words of each language thrown together, and real ones cut and changed.

use super::*;
use crate::packets::Packets;
use crate::point::{check, difference};
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "table",
    "inet",
    "ip",
    "ip6",
    "f",
    "chain",
    "set",
    "map",
    "{",
    "}",
    ";",
    ",",
    ".",
    ":",
    "@s",
    "$v",
    "type",
    "filter",
    "hook",
    "forward",
    "priority",
    "policy",
    "drop",
    "accept",
    "jump",
    "goto",
    "c",
    "vmap",
    "ct",
    "state",
    "established",
    "saddr",
    "daddr",
    "10.0.0.0/8",
    "10.0.0.1-10.0.0.9",
    "fd00::/8",
    "tcp",
    "udp",
    "dport",
    "sport",
    "th",
    "22",
    "1-65535",
    "!=",
    "==",
    "<",
    "counter",
    "log",
    "prefix",
    "\"x\"",
    "comment",
    "elements",
    "=",
    "iifname",
    "meta",
    "l4proto",
    "icmp",
    "echo-request",
    "limit",
    "rate",
    "*filter",
    "*nat",
    "COMMIT",
    ":FORWARD",
    "ACCEPT",
    "DROP",
    "[0:0]",
    "-A",
    "-I",
    "FORWARD",
    "-s",
    "-d",
    "-p",
    "-j",
    "-g",
    "-m",
    "!",
    "--dport",
    "--dports",
    "--match-set",
    "src,dst",
    "create",
    "add",
    "hash:ip,port",
    "interface",
    "nameif",
    "inside",
    "security-level",
    "50",
    "address",
    "255.255.255.0",
    "0.0.0.255",
    "access-list",
    "access-group",
    "L",
    "extended",
    "permit",
    "deny",
    "object-group",
    "object",
    "network",
    "service",
    "group-object",
    "network-object",
    "port-object",
    "range",
    "eq",
    "host",
    "any",
    "in",
    "out",
    "global",
    "nat",
    "(a,b)",
    "source",
    "static",
    "route",
    "name",
    "same-security-traffic",
    "inter-interface",
    "time-range",
    "default",
    "via",
    "dev",
    "1:",
    "\u{fffd}",
    "é",
    "-",
    "/",
    "0",
];

fn thrown() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS);
    let gap = prop::sample::select(vec![" ", " ", " ", "\n", "\n ", ""]);
    prop::collection::vec((word, gap), 0..120)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, gap)| [word, gap]).collect())
}

fn is_sound(found: &Configuration) {
    let mut packets = Packets::new(200_000);
    let _ = check(found, &[], &mut packets);
    if let Ok(changes) = difference(found, found, &mut Packets::new(200_000)) {
        assert_eq!(changes, [], "a configuration differs from itself");
    }
    assert!(found.doubtful_lines <= found.filter_lines);
}

fn all(text: &str) {
    let found = [
        cisco_ios(text),
        cisco_asa(text),
        nftables(text),
        nftables_json(text),
        iptables(text, &[text]),
        configuration(text, &[text]),
    ];
    found.iter().flatten().for_each(is_sound);
}

proptest! {
    #[test]
    fn words_thrown_together_are_read_or_refused(text in thrown()) {
        all(&text);
    }

    #[test]
    fn real_ones_cut_and_changed_are_read_or_refused(
        which in 0usize..5,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(WORDS), 0usize..12), 1..8),
    ) {
        let mut text: Vec<char> = SAMPLES[which].chars().collect();
        for (at, word, gone) in cuts {
            let at = at.index(text.len());
            let end = (at + gone).min(text.len());
            text.splice(at..end, word.chars());
        }
        all(&text.into_iter().collect::<String>());
    }
}

const SAMPLES: [&str; 5] = [
    include_str!("../../../../fuzz/corpus/nftables/ruleset"),
    include_str!("../../../../fuzz/corpus/nftables_json/ruleset"),
    include_str!("../../../../fuzz/corpus/iptables/sets"),
    include_str!("../../../../fuzz/corpus/cisco_asa/firewall"),
    include_str!("../../../../fuzz/corpus/cisco_ios/router"),
];
