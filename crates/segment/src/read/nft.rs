//! What a ruleset of nftables says, read from its text or its JSON into one form: tables, chains, sets, rules as
//! statements (nft(8); libnftables-json(5)).

/// A table.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) family: String,
    pub(super) name: String,
    pub(super) chains: Vec<Chain>,
    pub(super) sets: Vec<Set>,
}

/// A chain.
#[derive(Debug, Default)]
pub(super) struct Chain {
    pub(super) name: String,
    pub(super) base: Option<Base>,
    pub(super) rules: Vec<Rule>,
}

/// What makes a chain one that packets meet.
#[derive(Debug, Default)]
pub(super) struct Base {
    /// `filter`, `nat` or `route`.
    pub(super) kind: String,
    pub(super) hook: String,
    pub(super) priority: i32,
    pub(super) devices: Vec<String>,
    pub(super) is_drop: bool,
}

/// A set or a map.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) name: String,
    pub(super) elements: Vec<Element>,
    /// Packets may add elements while it runs.
    pub(super) is_dynamic: bool,
    /// What of it was not understood.
    pub(super) doubt: Option<String>,
}

/// A member of a set, or a key and what it maps to.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    pub(super) place: u32,
    /// One value a field: an address, `a/length`, `a-b`, a number, a name.
    pub(super) key: Vec<String>,
    pub(super) verdict: Option<Does>,
    pub(super) text: String,
}

/// A rule.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) place: u32,
    pub(super) text: String,
    pub(super) statements: Vec<Statement>,
}

/// A part of a rule.
#[derive(Clone, Debug)]
pub(super) enum Statement {
    /// It goes on where the fields have one of the values.
    Match { fields: Vec<Field>, is_not: bool, values: Values },
    /// What is done.
    Does(Does),
    /// What is done depends on the fields.
    Map { fields: Vec<Field>, values: Values },
    /// Addresses or ports are changed: the words.
    Translates(String),
    /// It goes on where the packet is of TCP and begins no connection.
    GoesOn,
    /// It counts, logs or marks, and lets the packet go on.
    Nothing,
    /// Connections are not followed.
    NoTrack,
    /// It lets some packets go on and others not, such as a limit.
    Sometimes(String),
    /// Not understood; it may match some packets and others not, or decide.
    Unknown(String),
}

/// What is done with a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Accept,
    Drop,
    Jump(String),
    Goto(String),
    Return,
    /// The next rule.
    Continue,
    /// Handed to something that is not read, such as a program.
    Unknown(String),
}

/// What values a field is compared with.
#[derive(Clone, Debug)]
pub(super) enum Values {
    /// Those of a set by name.
    Named(String),
    /// These.
    These(Vec<Element>),
}

/// What of a packet is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Source or destination address; true for IPv6.
    Source(bool),
    Destination(bool),
    /// Ports of these protocols.
    SourcePort(&'static [u8]),
    DestinationPort(&'static [u8]),
    /// The transport of either family.
    Transport,
    /// The protocol in the header of IPv4, the next header of IPv6.
    ProtocolV4,
    NextHeader,
    /// IPv4 or IPv6: by `nfproto` or by the type of the frame.
    Family,
    InwardName,
    OutwardName,
    ConnectionState,
    ConnectionDirection,
    /// Type of ICMP; true for ICMPv6.
    IcmpType(bool),
    /// Not understood.
    Other(String),
}

/// Protocols with ports where the rule does not say which: those of nft's `th`.
pub(super) const WITH_PORTS: &[u8] = &[6, 17, 132, 33, 136];

/// A field by the words of nft: what stands before a value.
pub(super) fn field(words: &[&str]) -> Field {
    match words {
        ["ip", "saddr"] => Field::Source(false),
        ["ip", "daddr"] => Field::Destination(false),
        ["ip6", "saddr"] => Field::Source(true),
        ["ip6", "daddr"] => Field::Destination(true),
        ["ip", "protocol"] => Field::ProtocolV4,
        ["ip6", "nexthdr"] => Field::NextHeader,
        ["tcp", "sport"] => Field::SourcePort(&[6]),
        ["tcp", "dport"] => Field::DestinationPort(&[6]),
        ["udp", "sport"] => Field::SourcePort(&[17]),
        ["udp", "dport"] => Field::DestinationPort(&[17]),
        ["sctp", "sport"] => Field::SourcePort(&[132]),
        ["sctp", "dport"] => Field::DestinationPort(&[132]),
        ["dccp", "sport"] => Field::SourcePort(&[33]),
        ["dccp", "dport"] => Field::DestinationPort(&[33]),
        ["udplite", "sport"] => Field::SourcePort(&[136]),
        ["udplite", "dport"] => Field::DestinationPort(&[136]),
        ["th", "sport"] => Field::SourcePort(WITH_PORTS),
        ["th", "dport"] => Field::DestinationPort(WITH_PORTS),
        ["icmp", "type"] => Field::IcmpType(false),
        ["icmpv6", "type"] => Field::IcmpType(true),
        ["meta", "l4proto"] | ["l4proto"] => Field::Transport,
        ["meta", "nfproto" | "protocol"] | ["nfproto"] | ["ether", "type"] => Field::Family,
        ["meta", "iif" | "iifname"] | ["iif" | "iifname"] => Field::InwardName,
        ["meta", "oif" | "oifname"] | ["oif" | "oifname"] => Field::OutwardName,
        ["ct", "state"] => Field::ConnectionState,
        ["ct", "direction"] => Field::ConnectionDirection,
        other => Field::Other(other.join(" ")),
    }
}
