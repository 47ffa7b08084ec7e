//! Neighbour discovery for IPv6 (RFC 4861): which station has which address, who routes, and what routers tell
//! (RFC 8106 for names).

use crate::dissect::{Side, StationFacts};
use crate::layers::{u16_at, u32_at};
use crate::text::Line;
use cordon_model::Mac;
use cordon_model::observe::Fact;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr};

const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;

const OPTION_SOURCE: u8 = 1;
const OPTION_TARGET: u8 = 2;
const OPTION_PREFIX: u8 = 3;
const OPTION_NAME_SERVERS: u8 = 25;
const OPTION_SEARCH_LIST: u8 = 31;
/// Options read of one message, and entries of one option.
const OPTIONS_MAX: usize = 32;
const ENTRIES_MAX: usize = 16;

/// What a message claims: this station has this address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The link-layer address.
    pub station: Mac,
    /// The address.
    pub address: Ipv6Addr,
}

/// True for ICMPv6 types that are read here.
pub fn is_own(kind: u8) -> bool {
    matches!(kind, ROUTER_SOLICITATION..=NEIGHBOUR_ADVERTISEMENT)
}

/// Reads an ICMPv6 message of one of these types; its sender is [`Side::Client`]. The claim is answered so that
/// the engine can compare it with earlier ones.
pub fn message(source: IpAddr, bytes: &[u8], facts: &mut dyn StationFacts) -> Option<Claim> {
    let (kind, fixed) = match bytes.first_chunk::<2>()? {
        [ROUTER_SOLICITATION, 0] => (ROUTER_SOLICITATION, 8),
        [ROUTER_ADVERTISEMENT, 0] => (ROUTER_ADVERTISEMENT, 16),
        [kind @ (NEIGHBOUR_SOLICITATION | NEIGHBOUR_ADVERTISEMENT), 0] => (*kind, 24),
        _ => {
            facts.malformed();
            return None;
        }
    };
    let Some(options) = bytes.get(fixed..) else {
        facts.malformed();
        return None;
    };
    if kind == ROUTER_ADVERTISEMENT {
        router(bytes, facts);
    }
    let mut station = None;
    for (option, value) in (Options { rest: options }).take(OPTIONS_MAX) {
        match (option, value) {
            (OPTION_SOURCE, [a, b, c, d, e, f, ..]) if kind != NEIGHBOUR_ADVERTISEMENT => {
                station = Some((Mac([*a, *b, *c, *d, *e, *f]), source));
            }
            (OPTION_TARGET, [a, b, c, d, e, f, ..]) if kind == NEIGHBOUR_ADVERTISEMENT => {
                let target = bytes.get(8..24)?.first_chunk::<16>().copied().map(Ipv6Addr::from)?;
                // Without the override flag somebody may answer for another (RFC 4861 7.2.7, 7.2.8).
                let own = bytes.get(4).is_some_and(|flags| flags & 0x20 != 0);
                station = own.then_some((Mac([*a, *b, *c, *d, *e, *f]), IpAddr::V6(target)));
            }
            (OPTION_PREFIX, value) if kind == ROUTER_ADVERTISEMENT => prefix(value, facts),
            (OPTION_NAME_SERVERS, value) if kind == ROUTER_ADVERTISEMENT => name_servers(value, facts),
            (OPTION_SEARCH_LIST, value) if kind == ROUTER_ADVERTISEMENT => search_list(value, facts),
            _ => {}
        }
    }
    let (station, IpAddr::V6(address)) = station? else { return None };
    // Who looks whether an address is free has none yet (RFC 4862 5.4).
    if station.is_group() || station.is_zero() || address.is_unspecified() || address.is_multicast() {
        return None;
    }
    let mut line = Line::default();
    let _ = write!(line, "{address}");
    facts.fact_on(station, Some(IpAddr::V6(address)), true, Fact::NdAddress, line.text().as_bytes());
    Some(Claim { station, address })
}

fn router(bytes: &[u8], facts: &mut dyn StationFacts) {
    // A lifetime of 0 says that it routes no more, or never did (RFC 4861 6.2.3).
    if let Some(lifetime) = u16_at(bytes, 6).filter(|lifetime| *lifetime > 0) {
        let mut line = Line::default();
        let _ = write!(line, "{lifetime}");
        facts.fact(Side::Client, Fact::NdRouter, line.text().as_bytes());
    }
}

/// Prefix length, flags, two lifetimes, four bytes unused, prefix.
fn prefix(value: &[u8], facts: &mut dyn StationFacts) {
    let octets = value.get(14..).and_then(|rest| rest.first_chunk::<16>());
    let (Some(length @ 0..=128), Some(octets)) = (value.first(), octets) else { return facts.malformed() };
    let mut line = Line::default();
    let _ = write!(line, "{}/{length}", Ipv6Addr::from(*octets));
    facts.fact(Side::Client, Fact::NdPrefix, line.text().as_bytes());
}

fn name_servers(value: &[u8], facts: &mut dyn StationFacts) {
    let (servers, _) = value.get(6..).unwrap_or_default().as_chunks::<16>();
    for server in servers.iter().take(ENTRIES_MAX) {
        let mut line = Line::default();
        let _ = write!(line, "{}", Ipv6Addr::from(*server));
        facts.fact(Side::Client, Fact::NdNameServer, line.text().as_bytes());
    }
}

/// Names in labels, filled up with zeros.
fn search_list(value: &[u8], facts: &mut dyn StationFacts) {
    let mut rest = value.get(6..).unwrap_or_default();
    for _ in 0..ENTRIES_MAX {
        let Some((name, after)) = labels(rest, false) else { return };
        facts.fact(Side::Client, Fact::NdSearchDomain, name.text().as_bytes());
        rest = after;
    }
}

/// A name in labels (RFC 1035 3.1, without pointers) and what follows it; `None` when it is empty or cut. A
/// name that may be `partial` can do without its end.
pub(super) fn labels(bytes: &[u8], partial: bool) -> Option<(Line, &[u8])> {
    let (mut line, mut rest) = (Line::default(), bytes);
    loop {
        let Some((length, after)) = rest.split_first() else {
            return (partial && !line.text().is_empty()).then_some((line, rest));
        };
        let label = after.get(..usize::from(*length))?;
        rest = after.get(label.len()..)?;
        if label.is_empty() {
            return (!line.text().is_empty()).then_some((line, rest));
        }
        let dot = if line.text().is_empty() { "" } else { "." };
        let _ = write!(line, "{dot}{}", label.escape_ascii());
    }
}

/// Goes through kind, length in units of eight bytes, value.
struct Options<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Options<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let [kind, length] = self.rest.first_chunk::<2>()?;
        // Length 0 would never end (RFC 4861 4.6).
        let length = usize::from(*length).checked_mul(8).filter(|length| *length > 0)?;
        let value = self.rest.get(2..length)?;
        self.rest = self.rest.get(length..).unwrap_or_default();
        Some((*kind, value))
    }
}

/// The ICMPv6 type, for whoever decides what to do with a message.
pub fn kind(bytes: &[u8]) -> Option<u8> {
    u32_at(bytes, 0)?;
    bytes.first().copied()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::stations::told;
    use proptest::prelude::*;

    const MAC: [u8; 6] = [2, 0, 0, 0, 0, 9];

    fn address(last: u16) -> Ipv6Addr {
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last)
    }

    pub(crate) fn advertisement() -> Vec<u8> {
        let mut bytes = vec![136, 0, 0, 0, 0x60, 0, 0, 0];
        bytes.extend(address(9).octets());
        bytes.extend([2, 1]);
        bytes.extend(MAC);
        bytes
    }

    pub(crate) fn router_advertisement() -> Vec<u8> {
        let mut bytes = vec![134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
        bytes.extend(MAC);
        bytes.extend([3, 4, 64, 0xc0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
        bytes.extend(address(0).octets());
        bytes.extend([25, 3, 0, 0, 0, 0, 1, 0]);
        bytes.extend(address(0x53).octets());
        bytes.extend([31, 3, 0, 0, 0, 0, 1, 0]);
        bytes.extend(b"\x04hosp\x07example\0\0\0");
        bytes
    }

    fn tell(bytes: &[u8]) -> String {
        told(|facts| _ = message(IpAddr::V6(address(1)), bytes, facts))
    }

    #[test]
    fn an_advertisement_claims_its_target() {
        assert_eq!(tell(&advertisement()), "02:00:00:00:00:09 2001:db8::9 nd.address 2001:db8::9\n");
        let mut for_another = advertisement();
        for_another[4] = 0x40;
        assert_eq!(tell(&for_another), "");
    }

    #[test]
    fn a_router_tells_its_network() {
        let expected = "Client nd.router 1800
Client nd.prefix 2001:db8::/64
Client nd.name_server 2001:db8::53
Client nd.search_domain hosp.example
02:00:00:00:00:09 2001:db8::1 nd.address 2001:db8::1
";
        assert_eq!(tell(&router_advertisement()), expected);
    }

    #[test]
    fn every_prefix_is_safe_and_tells_no_more() {
        for golden in [advertisement(), router_advertisement()] {
            let all = tell(&golden);
            for length in 0..golden.len() {
                let text = tell(&golden[..length]);
                assert!(text.lines().all(|line| all.contains(line) || line == "malformed"), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 133u8..137) {
            bytes.splice(0..0, [kind, 0]);
            tell(&bytes);
        }
    }
}
