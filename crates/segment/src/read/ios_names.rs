//! Names that Cisco IOS has for protocols, ports and ICMP messages (Cisco IOS Security Command Reference, commands
//! `permit (IP)` and `object-group (Catalyst 6500)`; IPv6 Command Reference, `permit (IPv6)`), with the numbers IANA
//! assigned.

/// IP protocols. `ip` stands for any and is not among them.
const PROTOCOLS: &[(&str, u8)] = &[
    ("ahp", 51),
    ("eigrp", 88),
    ("esp", 50),
    ("gre", 47),
    ("icmp", 1),
    ("igmp", 2),
    ("ipinip", 4),
    ("nos", 94),
    ("ospf", 89),
    ("pcp", 108),
    ("pim", 103),
    ("sctp", 132),
    ("tcp", 6),
    ("udp", 17),
];

const PORTS: &[(&str, u16)] = &[
    ("bgp", 179),
    ("biff", 512),
    ("bootpc", 68),
    ("bootps", 67),
    ("chargen", 19),
    ("daytime", 13),
    ("discard", 9),
    ("dnsix", 195),
    ("domain", 53),
    ("drip", 3949),
    ("echo", 7),
    ("exec", 512),
    ("finger", 79),
    ("ftp", 21),
    ("ftp-data", 20),
    ("gopher", 70),
    ("hostname", 101),
    ("ident", 113),
    ("irc", 194),
    ("isakmp", 500),
    ("klogin", 543),
    ("kshell", 544),
    ("login", 513),
    ("lpd", 515),
    ("mobile-ip", 434),
    ("msrpc", 135),
    ("nameserver", 42),
    ("netbios-dgm", 138),
    ("netbios-ns", 137),
    ("netbios-ss", 139),
    ("nntp", 119),
    ("non500-isakmp", 4500),
    ("ntp", 123),
    ("pim-auto-rp", 496),
    ("pop2", 109),
    ("pop3", 110),
    ("rip", 520),
    ("smtp", 25),
    ("snmp", 161),
    ("snmptrap", 162),
    ("sunrpc", 111),
    ("tacacs", 49),
    ("talk", 517),
    ("telnet", 23),
    ("tftp", 69),
    ("time", 37),
    ("uucp", 540),
    ("whois", 43),
    ("www", 80),
    ("xdmcp", 177),
];

/// ICMP messages (RFC 792): the type, and the code where the name means one.
const MESSAGES: &[(&str, u8, Option<u8>)] = &[
    ("administratively-prohibited", 3, Some(13)),
    ("echo", 8, None),
    ("echo-reply", 0, None),
    ("host-redirect", 5, Some(1)),
    ("host-unknown", 3, Some(7)),
    ("host-unreachable", 3, Some(1)),
    ("mask-reply", 18, None),
    ("mask-request", 17, None),
    ("net-redirect", 5, Some(0)),
    ("net-unreachable", 3, Some(0)),
    ("network-unknown", 3, Some(6)),
    ("packet-too-big", 3, Some(4)),
    ("parameter-problem", 12, None),
    ("port-unreachable", 3, Some(3)),
    ("protocol-unreachable", 3, Some(2)),
    ("reassembly-timeout", 11, Some(1)),
    ("redirect", 5, None),
    ("router-advertisement", 9, None),
    ("router-solicitation", 10, None),
    ("source-quench", 4, None),
    ("time-exceeded", 11, None),
    ("timestamp-reply", 14, None),
    ("timestamp-request", 13, None),
    ("traceroute", 30, None),
    ("ttl-exceeded", 11, Some(0)),
    ("unreachable", 3, None),
];

/// ICMPv6 messages by IOS's names (RFC 4443, RFC 4861, RFC 2710, RFC 2894): the type, and the code where the name means
/// one.
const MESSAGES_V6: &[(&str, u8, Option<u8>)] = &[
    ("beyond-scope", 1, Some(2)),
    ("destination-unreachable", 1, Some(3)),
    ("echo-reply", 129, None),
    ("echo-request", 128, None),
    ("header", 4, Some(0)),
    ("hop-limit", 3, Some(0)),
    ("mld-query", 130, None),
    ("mld-reduction", 132, None),
    ("mld-report", 131, None),
    ("nd-na", 136, None),
    ("nd-ns", 135, None),
    ("next-header", 4, Some(1)),
    ("no-admin", 1, Some(1)),
    ("no-route", 1, Some(0)),
    ("packet-too-big", 2, None),
    ("parameter-option", 4, Some(2)),
    ("parameter-problem", 4, None),
    ("port-unreachable", 1, Some(4)),
    ("reassembly-timeout", 3, Some(1)),
    ("redirect", 137, None),
    ("renum-command", 138, Some(0)),
    ("renum-result", 138, Some(1)),
    ("renum-seq-number", 138, Some(255)),
    ("router-advertisement", 134, None),
    ("router-renumbering", 138, None),
    ("router-solicitation", 133, None),
    ("time-exceeded", 3, None),
    ("unreachable", 1, None),
];

/// An IP protocol by name or number.
pub(super) fn protocol(word: &str) -> Option<u8> {
    PROTOCOLS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number).or_else(|| word.parse().ok())
}

/// A port by name or number. Two services share a name: of UDP `syslog` and `who` are meant, of TCP `cmd` and
/// `login`.
pub(super) fn port(word: &str, protocol: u8) -> Option<u16> {
    match (word, protocol) {
        ("syslog" | "cmd", _) => return Some(514),
        ("who", _) => return Some(513),
        _ => {}
    }
    PORTS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number).or_else(|| word.parse().ok())
}

/// The values of type × 256 + code that an ICMP or ICMPv6 message by name stands for.
pub(super) fn message(word: &str, is_ipv6: bool) -> Option<(u16, u16)> {
    let messages = if is_ipv6 { MESSAGES_V6 } else { MESSAGES };
    let (_, kind, code) = messages.iter().find(|(name, ..)| *name == word)?;
    let start = u16::from(*kind) << 8;
    Some(match code {
        Some(code) => (start | u16::from(*code), start | u16::from(*code)),
        None => (start, start | 0xff),
    })
}
