//! Cisco IOS and IOS-XE, what only IPv6 has: interfaces, and the end of lists (Cisco IOS IPv6 Command Reference, "ipv6
//! access-list", "ipv6 traffic-filter", "ipv6 address").

use super::Interface;
use super::ios::Words;
use crate::lists::{Action, AddressTest, Line, List, Match, Service};
use cordon_model::Cidr;
use std::net::{IpAddr, Ipv6Addr};

const ICMP: u8 = 58;

/// What a list permits at its end without saying so, before it denies the rest (Cisco IOS IPv6 Command Reference,
/// "ipv6 access-list": neighbour discovery).
const AT_THE_END: [(&str, u16); 2] = [("nd-na", 136), ("nd-ns", 135)];

/// A network as IOS writes it, `2001:db8::1/64`: the address and the network.
fn network(word: &str) -> Option<(Ipv6Addr, Cidr)> {
    let (address, length) = word.split_once('/')?;
    let address: Ipv6Addr = address.parse().ok()?;
    Some((address, Cidr::new(IpAddr::V6(address), length.parse().ok()?)?))
}

/// `ipv6 …` in an interface's section, behind the first word; false where it was not understood.
pub(super) fn of_interface(interface: &mut Interface, place: u32, line: &str, words: &mut Words<'_>) -> bool {
    match (words.next(), words.next(), words.next()) {
        (Some("traffic-filter"), Some(name), Some("in")) => {
            interface.inward_v6 = Some((name.to_owned(), place));
        }
        (Some("traffic-filter"), Some(name), Some("out")) => {
            interface.outward_v6 = Some((name.to_owned(), place));
        }
        // Neighbours only, who are asked through no router.
        (Some("address"), Some(_), Some("link-local")) => {}
        (Some("address"), Some(own), end) => match (network(own), end) {
            (Some((own, network)), None | Some("anycast")) => {
                interface.addresses.push((IpAddr::V6(own), network.prefix()));
            }
            // The rest of the address is made of the interface's MAC address, which is not told.
            (Some((_, network)), Some("eui-64")) => {
                interface.addresses.push((network.base(), network.prefix()));
            }
            // From elsewhere: `autoconfig`, `dhcp`, the name of a prefix.
            _ => return false,
        },
        (Some("policy" | "verify" | "inspect" | "nat" | "traffic-filter"), ..) => {
            interface.doubts.push(line.trim().to_owned());
            return false;
        }
        _ => {}
    }
    true
}

/// Puts behind a list what it permits without saying so, unless it says that itself or ends before.
pub(super) fn end(list: &mut List, place: u32) {
    for (name, kind) in AT_THE_END {
        let is_said = |line: &Line| {
            let text = line.text.as_str();
            text.contains(&format!("icmp any any {name}"))
                || text.contains("ipv6 any any")
                || text.ends_with("icmp any any")
        };
        if list.lines.iter().any(is_said) {
            continue;
        }
        let values = (kind << 8, kind << 8 | 0xff);
        let service = Service { protocol: ICMP, source_ports: Vec::new(), destination_ports: vec![values] };
        let any = || vec![AddressTest::AnyV6];
        list.lines.push(Line {
            place,
            text: format!("permit icmp any any {name} (at the end of every IPv6 list)"),
            verdict: Action::Permit.into(),
            matches: Match {
                sources: any(),
                destinations: any(),
                services: vec![service],
                ..Match::default()
            },
            not_understood: None,
        });
    }
}
