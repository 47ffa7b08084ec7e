//! From bytes to text, and which language a text is written in.

use super::{LINES_MAX, Unreadable};

/// What a configuration is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Cisco IOS and IOS-XE, `show running-config`.
    #[default]
    CiscoIos,
    /// Cisco ASA, `show running-config`.
    CiscoAsa,
    /// `nft list ruleset`, or a script of the same language.
    Nftables,
    /// `nft -j list ruleset`.
    NftablesJson,
    /// `iptables-save` and `ip6tables-save`.
    Iptables,
    /// No rules, but what else is known of a Linux machine: `ipset save`, `ip addr`, `ip route`.
    Beside,
}

impl Language {
    /// Its name for a person.
    pub fn name(self) -> &'static str {
        match self {
            Language::CiscoIos => "Cisco IOS",
            Language::CiscoAsa => "Cisco ASA",
            Language::Nftables | Language::NftablesJson => "nftables",
            Language::Iptables => "iptables",
            Language::Beside => "addresses, routes or sets",
        }
    }
}

/// How many lines are looked at to recognise a language.
const LOOKED_AT_MAX: usize = 20_000;

/// The text of a file: UTF-8, UTF-16 as Windows consoles write it, or else one byte a character (ISO 8859-1).
pub fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    let (bytes, wide) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => (rest, None),
        [0xff, 0xfe, rest @ ..] => (rest, Some(true)),
        [0xfe, 0xff, rest @ ..] => (rest, Some(false)),
        // Without a mark: every other byte of plain English is zero.
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => (bytes, Some(true)),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => (bytes, Some(false)),
        _ => (bytes, None),
    };
    let text = match wide {
        Some(is_little) => {
            let unit = |pair: &[u8]| match *pair {
                [low, high] if is_little => u16::from_le_bytes([low, high]),
                [high, low] => u16::from_be_bytes([high, low]),
                _ => 0xfffd,
            };
            char::decode_utf16(bytes.chunks(2).map(unit)).map(|one| one.unwrap_or('\u{fffd}')).collect()
        }
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    };
    if text.contains('\0') {
        return Err(Unreadable::NotText);
    }
    // Old terminals end a line by a carriage return alone.
    let text = if text.contains('\r') && !text.contains('\n') { text.replace('\r', "\n") } else { text };
    if text.lines().nth(LINES_MAX).is_some() {
        return Err(Unreadable::TooLong);
    }
    Ok(text)
}

/// Which language a text is written in, by its content.
pub fn recognise(text: &str) -> Option<Language> {
    if text.trim_start().starts_with('{') {
        return text.contains("\"nftables\"").then_some(Language::NftablesJson);
    }
    let (mut cisco, mut asa, mut beside) = (false, false, false);
    for line in text.lines().take(LOOKED_AT_MAX) {
        let mut words = line.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match first {
            "*filter" | "*nat" | "*mangle" | "*raw" | "*security" | "iptables" | "ip6tables" => {
                return Some(Language::Iptables);
            }
            "table" | "flush" | "destroy"
                if matches!(
                    second,
                    "ip" | "ip6" | "inet" | "bridge" | "netdev" | "arp" | "ruleset" | "table"
                ) =>
            {
                return Some(Language::Nftables);
            }
            "add" | "create" if second == "table" => return Some(Language::Nftables),
            "create" | "add" if words.next().is_some() || first == "add" => beside = true,
            "ASA" | "PIX" if second == "Version" => asa = true,
            "nameif" | "same-security-traffic" => asa = true,
            "access-group" => asa = true,
            "access-list" if line.contains(" extended ") || line.contains(" remark ") && asa => asa = true,
            "object" if matches!(second, "network" | "service") => asa = true,
            "interface" | "hostname" | "access-list" | "object-group" => cisco = true,
            "ip" if matches!(second, "access-list" | "route" | "access-group") => cisco = true,
            "ipv6" if matches!(second, "access-list" | "route" | "traffic-filter") => cisco = true,
            "inet" | "inet6" if second.contains('.') || second.contains(':') => beside = true,
            "default" if second == "via" || second == "dev" => beside = true,
            _ if second == "via" || second == "dev" => beside = true,
            _ => {}
        }
    }
    match (asa, cisco, beside) {
        (true, ..) => Some(Language::CiscoAsa),
        (_, true, _) => Some(Language::CiscoIos),
        (_, false, true) => Some(Language::Beside),
        (_, false, false) => None,
    }
}
