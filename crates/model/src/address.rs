//! Where a device is on the network: MAC, VLAN, IP, and the endpoint they form together.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A 48-bit IEEE 802 MAC address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// The address every station listens to.
    pub const BROADCAST: Mac = Mac([0xff; 6]);

    /// True when all 48 bits are zero, as in an ARP request's unknown target.
    #[inline]
    pub fn is_zero(self) -> bool {
        self.0 == [0; 6]
    }

    /// True for group addresses (I/G bit, IEEE 802-2014 clause 8.2.2), broadcast included.
    #[inline]
    pub fn is_group(self) -> bool {
        let [first, ..] = self.0;
        first & 0x01 != 0
    }

    /// True when the U/L bit is set: the address was made up by software (randomised, virtual), not
    /// assigned from a vendor's block.
    pub fn is_local(self) -> bool {
        let [first, ..] = self.0;
        first & 0x02 != 0
    }

    /// The first 24 bits, the organizationally unique identifier of most assignments.
    pub fn oui(self) -> [u8; 3] {
        let [a, b, c, ..] = self.0;
        [a, b, c]
    }

    /// True for the virtual router addresses of VRRP (RFC 9568: 00-00-5E-00-01/02-xx) and HSRP
    /// (00-00-0C-07-AC-xx, 00-00-0C-9F-Fx-xx): they move between machines.
    pub fn is_virtual_router(self) -> bool {
        matches!(
            self.0,
            [0x00, 0x00, 0x5e, 0x00, 0x01 | 0x02, _]
                | [0x00, 0x00, 0x0c, 0x07, 0xac, _]
                | [0x00, 0x00, 0x0c, 0x9f, 0xf0..=0xff, _]
        )
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a text that should be an address is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError {
    /// The kind of address that was expected, in words for a person.
    pub expected: &'static str,
    /// The text as it was given, shortened to 64 characters.
    pub text: String,
}

impl AddressError {
    fn new(expected: &'static str, text: &str) -> Self {
        AddressError { expected, text: text.chars().take(64).collect() }
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is not {}", self.text, self.expected)
    }
}

impl std::error::Error for AddressError {}

impl FromStr for Mac {
    type Err = AddressError;

    /// Reads `00:1b:0d:20:30:01`, `00-1B-0D-20-30-01`, `001b.0d20.3001` and `001B0D203001`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || AddressError::new("a MAC address such as 00:1b:0d:20:30:01", text);
        let mut octets = [0u8; 6];
        let mut nibbles = 0usize;
        for character in text.trim().chars() {
            if matches!(character, ':' | '-' | '.') {
                continue;
            }
            let digit = character.to_digit(16).ok_or_else(fail)? as u8;
            let octet = octets.get_mut(nibbles / 2).ok_or_else(fail)?;
            *octet = (*octet << 4) | digit;
            nibbles += 1;
        }
        if nibbles == 12 { Ok(Mac(octets)) } else { Err(fail()) }
    }
}

/// An IEEE 802.1Q VLAN identifier, 1 to 4094. Priority-tagged frames (VID 0) count as untagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vlan(u16);

impl Vlan {
    /// The VLAN of a tag's 12-bit identifier; `None` for 0 (priority tag) and 4095 (reserved).
    #[inline]
    pub fn new(id: u16) -> Option<Vlan> {
        (1..=4094).contains(&id).then_some(Vlan(id))
    }

    /// The identifier, 1 to 4094.
    pub fn id(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Vlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place on one site's network: VLAN, MAC and IP address, as far as each was seen.
///
/// The MAC of an endpoint beyond a router is the router's; `identify` decides which pairs belong to one
/// device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The innermost 802.1Q VLAN, or `None` for untagged frames.
    pub vlan: Option<Vlan>,
    /// The link-layer address at the place of capture.
    pub mac: Option<Mac>,
    /// The network address.
    pub ip: Option<IpAddr>,
}

impl Endpoint {
    /// True when it says where nothing is: neither MAC nor IP address.
    pub fn is_nowhere(&self) -> bool {
        self.mac.is_none() && self.ip.is_none()
    }
}

impl fmt::Display for Endpoint {
    /// `10.0.0.5 (00:1b:0d:20:30:01, VLAN 12)`, leaving out what was not seen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.ip, self.mac) {
            (Some(ip), Some(mac)) => write!(f, "{ip} ({mac}")?,
            (Some(ip), None) => write!(f, "{ip} (no MAC")?,
            (None, Some(mac)) => write!(f, "{mac} (no IP")?,
            (None, None) => write!(f, "nowhere (no address")?,
        }
        match self.vlan {
            Some(vlan) => write!(f, ", VLAN {vlan})"),
            None => write!(f, ")"),
        }
    }
}

/// An address block in CIDR notation (RFC 4632, RFC 4291); host bits are cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    base: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// The block of `address` with `prefix` leading bits; `None` when the prefix is longer than the address.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Cidr> {
        let base = match address {
            IpAddr::V4(v4) if prefix <= 32 => IpAddr::V4(Ipv4Addr::from(u32::from(v4) & mask32(prefix))),
            IpAddr::V6(v6) if prefix <= 128 => IpAddr::V6(Ipv6Addr::from(u128::from(v6) & mask128(prefix))),
            _ => return None,
        };
        Some(Cidr { base, prefix })
    }

    /// The lowest address.
    pub fn base(&self) -> IpAddr {
        self.base
    }

    /// The number of leading bits that are fixed.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// True when `address` lies in the block; an IPv4 address never lies in an IPv6 block.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(v4)) => u32::from(v4) & mask32(self.prefix) == u32::from(base),
            (IpAddr::V6(base), IpAddr::V6(v6)) => u128::from(v6) & mask128(self.prefix) == u128::from(base),
            _ => false,
        }
    }
}

fn mask32(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0)
}

fn mask128(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0)
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

impl FromStr for Cidr {
    type Err = AddressError;

    /// Reads `10.20.0.0/16`, `fd00::/8`, or a single address as a block of its own.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || AddressError::new("an address block such as 10.20.0.0/16", text);
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| fail())?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| fail())?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        Cidr::new(address, prefix.unwrap_or(whole)).ok_or_else(fail)
    }
}

/// Which addresses belong to the site: private, link-local and loopback ranges, and what a person adds.
///
/// Sources: RFC 1918, RFC 6598 (shared address space), RFC 3927, RFC 4193, RFC 4291.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    extra: Vec<Cidr>,
}

impl Inside {
    /// Private ranges plus `extra` blocks (public addresses a site uses inside).
    pub fn with(mut extra: Vec<Cidr>) -> Inside {
        extra.sort();
        extra.dedup();
        Inside { extra }
    }

    /// True when the address is inside the site; multicast and broadcast count as inside, for they do not
    /// leave it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let private = match address {
            IpAddr::V4(v4) => {
                let [a, b, ..] = v4.octets();
                v4.is_private()
                    || v4.is_link_local()
                    || v4.is_loopback()
                    || v4.is_multicast()
                    || v4.is_broadcast()
                    || v4.is_unspecified()
                    || (a == 100 && (64..128).contains(&b))
            }
            IpAddr::V6(v6) => {
                v6.is_loopback()
                    || v6.is_multicast()
                    || v6.is_unspecified()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
            }
        };
        private || self.extra.iter().any(|block| block.contains(address))
    }
}

/// True for addresses no single device owns: multicast, limited broadcast, unspecified.
pub fn is_shared_address(address: IpAddr) -> bool {
    address.is_multicast()
        || address.is_unspecified()
        || matches!(address, IpAddr::V4(v4) if v4.is_broadcast())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mac_reads_every_common_spelling() {
        let wanted = Mac([0, 0x1b, 0x0d, 0x20, 0x30, 1]);
        for text in ["00:1b:0d:20:30:01", "00-1B-0D-20-30-01", "001b.0d20.3001", "001B0D203001"] {
            assert_eq!(text.parse(), Ok(wanted));
        }
        for text in ["", "00:1b", "00:1b:0d:20:30:01:02", "zz:1b:0d:20:30:01", "001b0d2030é1"] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }

    #[test]
    fn blocks_contain_their_own_family_only() {
        let block: Cidr = "10.20.30.77/16".parse().unwrap();
        assert_eq!(block.to_string(), "10.20.0.0/16");
        assert!(block.contains("10.20.255.255".parse().unwrap()));
        assert!(!block.contains("10.21.0.0".parse().unwrap()));
        let all: Cidr = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("8.8.8.8".parse().unwrap()));
        assert!(!all.contains("::1".parse().unwrap()));
        assert!("10.0.0.0/33".parse::<Cidr>().is_err());
    }

    #[test]
    fn inside_is_private_plus_what_was_added() {
        let inside = Inside::with(vec!["193.5.0.0/16".parse().unwrap()]);
        for text in ["10.1.1.1", "192.168.1.1", "172.31.0.1", "100.64.0.1", "193.5.2.2", "fe80::1", "fd12::1"]
        {
            assert!(inside.contains(text.parse().unwrap()), "{text}");
        }
        for text in ["8.8.8.8", "172.32.0.1", "2001:4860::8888", "100.128.0.1"] {
            assert!(!inside.contains(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn vlan_refuses_reserved_identifiers() {
        assert_eq!(Vlan::new(0), None);
        assert_eq!(Vlan::new(4095), None);
        assert_eq!(Vlan::new(12).map(Vlan::id), Some(12));
    }
}
