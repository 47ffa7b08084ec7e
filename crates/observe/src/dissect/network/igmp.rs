//! Group membership in IPv4 (IGMP: RFC 1112, RFC 2236, RFC 3376) and IPv6 (MLD: RFC 2710, RFC 3810): which groups
//! a station joins tells what it listens to.

use crate::dissect::{Side, StationFacts};
use crate::layers::u16_at;
use crate::text::Line;
use cordon_model::observe::Fact;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Groups told of one report.
const GROUPS_MAX: u16 = 64;

/// Reads an IGMP message; its sender is [`Side::Client`].
pub fn message(bytes: &[u8], facts: &mut dyn StationFacts) {
    let Some([kind, _, _, _, a, b, c, d]) = bytes.first_chunk::<8>() else { return facts.malformed() };
    match kind {
        0x11 => facts.fact(Side::Client, Fact::IgmpQuerier, b"igmp"),
        0x12 | 0x16 => group(IpAddr::V4(Ipv4Addr::new(*a, *b, *c, *d)), facts),
        0x22 => report::<4>(bytes, facts),
        _ => {}
    }
}

/// True for ICMPv6 types that are read here.
pub fn is_own(kind: u8) -> bool {
    matches!(kind, 130 | 131 | 143)
}

/// Reads an MLD message; its sender is [`Side::Client`].
pub fn message_v6(bytes: &[u8], facts: &mut dyn StationFacts) {
    match bytes.first() {
        Some(130) => facts.fact(Side::Client, Fact::IgmpQuerier, b"mld"),
        Some(131) => match bytes.get(8..).and_then(|rest| rest.first_chunk::<16>()) {
            Some(octets) => group(IpAddr::V6(Ipv6Addr::from(*octets)), facts),
            None => facts.malformed(),
        },
        Some(143) => report::<16>(bytes, facts),
        _ => {}
    }
}

/// A report of several groups: how many, then for each its kind, lengths, the group, sources, further data.
fn report<const N: usize>(bytes: &[u8], facts: &mut dyn StationFacts) {
    let count = u16_at(bytes, 6).unwrap_or(0);
    let mut rest = bytes.get(8..).unwrap_or_default();
    if count > GROUPS_MAX {
        facts.limit();
    }
    for _ in 0..count.min(GROUPS_MAX) {
        let Some(([kind, further, s0, s1], after)) = rest.split_first_chunk::<4>() else {
            return facts.malformed();
        };
        let Some((octets, after)) = after.split_first_chunk::<N>() else { return facts.malformed() };
        let sources = usize::from(u16::from_be_bytes([*s0, *s1]));
        // It listens to all but some sources (2, 4), or to some (1, 5); the rest leave.
        if matches!(kind, 2 | 4) || (matches!(kind, 1 | 5) && sources > 0) {
            match N {
                4 => group(
                    IpAddr::V4(Ipv4Addr::from(octets.first_chunk::<4>().copied().unwrap_or_default())),
                    facts,
                ),
                _ => {
                    group(
                        IpAddr::V6(Ipv6Addr::from(octets.first_chunk::<16>().copied().unwrap_or_default())),
                        facts,
                    );
                }
            }
        }
        let length = sources * N + usize::from(*further) * 4;
        let Some(after) = after.get(length..) else { return facts.malformed() };
        rest = after;
    }
}

/// Groups that only tell addresses (RFC 4291 2.7.1) are not told: neighbour discovery does.
fn group(address: IpAddr, facts: &mut dyn StationFacts) {
    if !address.is_multicast() {
        return facts.malformed();
    }
    if let IpAddr::V6(v6) = address
        && let [0xff02, 0, 0, 0, 0, 1, 0xff00..=0xffff, _] = v6.segments()
    {
        return;
    }
    let mut line = Line::default();
    let _ = write!(line, "{address}");
    facts.fact(Side::Client, Fact::IgmpGroup, line.text().as_bytes());
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::stations::told;
    use proptest::prelude::*;

    pub(crate) fn report_v3() -> Vec<u8> {
        let mut bytes = vec![0x22, 0, 0, 0, 0, 0, 0, 3];
        bytes.extend([4, 0, 0, 0, 239, 255, 255, 250]);
        bytes.extend([3, 1, 0, 1, 239, 1, 1, 1, 10, 0, 0, 1, 9, 9, 9, 9]);
        bytes.extend([1, 0, 0, 1, 239, 1, 1, 2, 10, 0, 0, 1]);
        bytes
    }

    pub(crate) fn report_v6() -> Vec<u8> {
        let mut bytes = vec![143, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0];
        bytes.extend(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff12, 0x3456).octets());
        bytes.extend([4, 0, 0, 0]);
        bytes.extend(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xc).octets());
        bytes
    }

    #[test]
    fn groups_joined_are_told_and_groups_left_are_not() {
        let told_of = |bytes: &[u8]| told(|facts| message(bytes, facts));
        assert_eq!(told_of(&report_v3()), "Client igmp.group 239.255.255.250\nClient igmp.group 239.1.1.2\n");
        assert_eq!(told_of(&[0x16, 0, 0, 0, 224, 0, 0, 251]), "Client igmp.group 224.0.0.251\n");
        assert_eq!(told_of(&[0x17, 0, 0, 0, 224, 0, 0, 251]), "");
        assert_eq!(told_of(&[0x11, 0, 0, 0, 0, 0, 0, 0]), "Client igmp.querier igmp\n");
        assert_eq!(told_of(&[0x16, 0, 0, 0, 10, 0, 0, 1]), "malformed\n");
        assert_eq!(told(|facts| message_v6(&report_v6(), facts)), "Client igmp.group ff02::c\n");
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            told(|facts| message(&bytes, facts));
            for kind in [0x22, 130, 131, 143] {
                let bytes = [&[kind][..], &bytes].concat();
                told(|facts| message(&bytes, facts));
                told(|facts| message_v6(&bytes, facts));
            }
        }
    }
}
