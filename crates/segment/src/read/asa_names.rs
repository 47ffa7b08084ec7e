//! Names that Cisco ASA has for protocols, ports and ICMP messages (Cisco ASA Series General Operations CLI
//! Configuration Guide, "Addresses, Protocols, and Ports").

use super::ios_names;

const PROTOCOLS: &[(&str, u8)] =
    &[("ah", 51), ("icmp6", 58), ("igrp", 9), ("ipsec", 50), ("pptp", 47), ("snp", 109)];

const PORTS: &[(&str, u16)] = &[
    ("aol", 5190),
    ("cifs", 3020),
    ("citrix-ica", 1494),
    ("ctiqbe", 2748),
    ("h323", 1720),
    ("http", 80),
    ("https", 443),
    ("imap4", 143),
    ("kerberos", 750),
    ("ldap", 389),
    ("ldaps", 636),
    ("lotusnotes", 1352),
    ("netbios-ssn", 139),
    ("nfs", 2049),
    ("pcanywhere-data", 5631),
    ("pcanywhere-status", 5632),
    ("pptp", 1723),
    ("radius", 1645),
    ("radius-acct", 1646),
    ("rsh", 514),
    ("rtsp", 554),
    ("secureid-udp", 5510),
    ("sip", 5060),
    ("sqlnet", 1521),
    ("ssh", 22),
    ("vxlan", 4789),
];

const MESSAGES: &[(&str, u8)] = &[
    ("alternate-address", 6),
    ("conversion-error", 31),
    ("information-reply", 16),
    ("information-request", 15),
    ("mask-reply", 18),
    ("mask-request", 17),
    ("mobile-redirect", 32),
];

/// Messages of ICMPv6.
const MESSAGES_V6: &[(&str, u8)] = &[
    ("echo", 128),
    ("echo-reply", 129),
    ("membership-query", 130),
    ("membership-reduction", 132),
    ("membership-report", 131),
    ("neighbor-advertisement", 136),
    ("neighbor-redirect", 137),
    ("neighbor-solicitation", 135),
    ("packet-too-big", 2),
    ("parameter-problem", 4),
    ("router-advertisement", 134),
    ("router-renumbering", 138),
    ("router-solicitation", 133),
    ("time-exceeded", 3),
    ("unreachable", 1),
];

fn named<T: Copy>(names: &[(&str, T)], word: &str) -> Option<T> {
    names.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

/// An IP protocol by name or number.
pub(super) fn protocol(word: &str) -> Option<u8> {
    named(PROTOCOLS, word).or_else(|| ios_names::protocol(word))
}

/// A port by name or number.
pub(super) fn port(word: &str, protocol: u8) -> Option<u16> {
    named(PORTS, word).or_else(|| ios_names::port(word, protocol))
}

/// Type × 256 + code of an ICMP message by name or by the number of its type.
pub(super) fn message(word: &str, is_v6: bool) -> Option<(u16, u16)> {
    let whole = |kind: u8| (u16::from(kind) << 8, u16::from(kind) << 8 | 0xff);
    if let Ok(kind) = word.parse::<u8>() {
        return Some(whole(kind));
    }
    match is_v6 {
        true => named(MESSAGES_V6, word).map(whole),
        false => named(MESSAGES, word).map(whole).or_else(|| ios_names::message(word, false)),
    }
}
