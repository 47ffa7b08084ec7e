//! Routers that share an address: VRRP (RFC 9568, RFC 3768) and Cisco's HSRP (RFC 2281, version 2). Their virtual
//! address and station move between machines, which must not be taken for one device.

use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use crate::layers::u16_at;
use crate::text::Line;
use cordon_model::Mac;
use cordon_model::observe::Fact;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const PORT_HSRP: u16 = 1985;
/// Addresses told of one advertisement.
const ADDRESSES_MAX: usize = 32;

/// Reads a VRRP advertisement; its sender is [`Side::Client`].
pub fn vrrp(source: IpAddr, bytes: &[u8], facts: &mut dyn StationFacts) {
    let Some(([first, router, priority, count, _, _, _, _], rest)) = bytes.split_first_chunk::<8>() else {
        return facts.malformed();
    };
    if !matches!(first, 0x21 | 0x31) || *router == 0 {
        return facts.malformed();
    }
    let mut line = Line::default();
    let _ = write!(line, "{router} priority {priority}");
    facts.fact(Side::Client, Fact::VrrpRouter, line.text().as_bytes());
    let family = if source.is_ipv6() { 2 } else { 1 };
    let station = Mac([0, 0, 0x5e, 0, family, *router]);
    let size = if source.is_ipv6() { 16 } else { 4 };
    for octets in rest.chunks_exact(size).take(usize::from(*count).min(ADDRESSES_MAX)) {
        virtual_address(station, octets, Fact::VrrpAddress, facts);
    }
}

/// States which station has the shared address, of the sender and of the virtual station itself.
fn virtual_address(station: Mac, octets: &[u8], fact: Fact, facts: &mut dyn StationFacts) {
    let address = match (octets.first_chunk::<16>(), octets.first_chunk::<4>()) {
        (Some(octets), _) => IpAddr::V6(Ipv6Addr::from(*octets)),
        (None, Some(octets)) => IpAddr::V4(Ipv4Addr::from(*octets)),
        (None, None) => return,
    };
    if address.is_unspecified() || address.is_multicast() {
        return;
    }
    let mut line = Line::default();
    let _ = write!(line, "{address}");
    facts.fact(Side::Client, fact, line.text().as_bytes());
    facts.fact_on(station, Some(address), true, fact, line.text().as_bytes());
}

/// The dissector of HSRP.
#[derive(Clone, Copy, Debug)]
pub struct Hsrp;

impl DatagramDissector for Hsrp {
    const STARTS: Starts = Starts::of(&[0, 1]);
    const PORTS: &'static [u16] = &[PORT_HSRP];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        if datagram.destination.1 != PORT_HSRP {
            return Recognised::No;
        }
        match datagram.bytes {
            // Version 0, a known operation and state; or an element of the second version.
            [0, 0..=3, 0 | 1 | 2 | 4 | 8 | 16, ..] | [1, 40, 2, 0..=3, ..] => Recognised::From(Side::Client),
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let bytes = datagram.bytes;
        let mut line = Line::default();
        let (station, octets) = match bytes {
            // Advertisements of interfaces (operation 3) carry neither group nor address.
            [0, 3, ..] => return true,
            [0, _, _, _, _, priority, group, _, rest @ ..] => {
                let _ = write!(line, "{group} priority {priority}");
                (Mac([0, 0, 0x0c, 0x07, 0xac, *group]), rest.get(8..12))
            }
            _ => {
                let group = u16_at(bytes, 6).unwrap_or(0);
                let priority = bytes.get(14..18).and_then(|four| four.first_chunk::<4>());
                let _ = write!(line, "{group} priority {}", u32::from_be_bytes(*priority.unwrap_or(&[0; 4])));
                let [high, low] = group.to_be_bytes();
                let is_v6 = bytes.get(5) == Some(&6);
                let octets = if is_v6 { bytes.get(26..42) } else { bytes.get(26..30) };
                (Mac([0, 0, 0x0c, 0x9f, 0xf0 | high & 0x0f, low]), octets)
            }
        };
        let Some(octets) = octets else {
            if !datagram.cut {
                facts.malformed();
            }
            return true;
        };
        facts.fact(side, Fact::HsrpRouter, line.text().as_bytes());
        virtual_address(station, octets, Fact::HsrpAddress, facts);
        true
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::stations::told;
    use crate::dissect::testing::{batter_datagram, datagram};

    pub(crate) fn advertisement() -> Vec<u8> {
        vec![0x31, 7, 200, 2, 0, 100, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    }

    pub(crate) fn hello() -> Vec<u8> {
        [&[0, 0, 16, 3, 10, 120, 5, 0][..], b"cisco\0\0\0", &[10, 0, 0, 254]].concat()
    }

    #[test]
    fn the_shared_address_and_its_station_are_told() {
        let from = IpAddr::from([10, 0, 0, 3]);
        let expected = "Client vrrp.router 7 priority 200
Client vrrp.address 10.0.0.1
00:00:5e:00:01:07 10.0.0.1 vrrp.address 10.0.0.1
Client vrrp.address 10.0.0.2
00:00:5e:00:01:07 10.0.0.2 vrrp.address 10.0.0.2
";
        assert_eq!(told(|facts| vrrp(from, &advertisement(), facts)), expected);
        for length in 0..8 {
            assert_eq!(told(|facts| vrrp(from, &advertisement()[..length], facts)), "malformed\n");
        }
        let expected = "Client hsrp.router 5 priority 120
Client hsrp.address 10.0.0.254
00:00:0c:07:ac:05 10.0.0.254 hsrp.address 10.0.0.254
";
        assert_eq!(datagram::<Hsrp>([PORT_HSRP, PORT_HSRP], &hello(), false).unwrap(), expected);
        let mut second = vec![1, 40, 2, 0, 6, 4, 0x01, 0x23];
        second.extend([0; 6]);
        second.extend([0, 0, 0, 90, 0, 0, 0, 3, 0, 0, 0, 10, 10, 0, 0, 9]);
        second.extend([0; 12]);
        let told = datagram::<Hsrp>([PORT_HSRP, PORT_HSRP], &second, false).unwrap();
        assert!(told.contains("hsrp.router 291 priority 90") && told.contains("00:00:0c:9f:f1:23"), "{told}");
        batter_datagram::<Hsrp>([PORT_HSRP, PORT_HSRP], &hello());
        batter_datagram::<Hsrp>([PORT_HSRP, PORT_HSRP], &second);
    }
}
