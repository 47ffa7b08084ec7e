//! Link layers: Ethernet with VLAN tags, Linux cooked captures, BSD loopback, raw IP.

use crate::counters::Counter;
use crate::layers::u16_at;
use cordon_model::Mac;

/// A link layer that is understood; numbers are those of the pcap registry (LINKTYPE values).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkType {
    /// IEEE 802.3 Ethernet (1).
    Ethernet,
    /// Linux "cooked" capture encapsulation, version 1 (113).
    LinuxCooked,
    /// A bare IPv4 or IPv6 packet (101, and 12 and 14 of older systems).
    RawIp,
    /// A bare IPv4 packet (228).
    RawIpv4,
    /// A bare IPv6 packet (229).
    RawIpv6,
    /// BSD loopback: a protocol family in the byte order of either kind of machine (0, 108).
    Loopback,
}

impl LinkType {
    /// The link layer with this number in the pcap registry, if it is understood.
    pub fn from_linktype(number: u32) -> Option<LinkType> {
        Some(match number {
            1 => LinkType::Ethernet,
            113 => LinkType::LinuxCooked,
            12 | 14 | 101 => LinkType::RawIp,
            228 => LinkType::RawIpv4,
            229 => LinkType::RawIpv6,
            0 | 108 => LinkType::Loopback,
            _ => return None,
        })
    }
}

pub(crate) const ETHER_TYPE_IPV4: u16 = 0x0800;
pub(crate) const ETHER_TYPE_ARP: u16 = 0x0806;
pub(crate) const ETHER_TYPE_IPV6: u16 = 0x86dd;
/// Below this an EtherType field is an IEEE 802.3 length.
const ETHER_TYPE_MIN: u16 = 0x0600;
/// Tags followed; two are usual (QinQ), more appear only in attacks and mistakes.
const TAGS_MAX: usize = 4;

/// What the link layer says of a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// Who sent it, where the link layer says.
    pub(crate) source: Option<Mac>,
    /// To whom, where the link layer says.
    pub(crate) destination: Option<Mac>,
    /// The innermost VLAN identifier; 0 when untagged or only priority-tagged.
    pub(crate) vlan: u16,
    /// What it carries.
    pub(crate) ether_type: u16,
    /// The content, padding included.
    pub(crate) payload: &'a [u8],
}

/// Reads the link layer; an error is what to count.
#[inline]
pub(crate) fn decode(link: LinkType, bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    match link {
        LinkType::Ethernet => ethernet(bytes),
        LinkType::LinuxCooked => linux_cooked(bytes),
        LinkType::RawIp => raw(bytes),
        LinkType::RawIpv4 => Ok(bare(ETHER_TYPE_IPV4, bytes)),
        LinkType::RawIpv6 => Ok(bare(ETHER_TYPE_IPV6, bytes)),
        LinkType::Loopback => loopback(bytes),
    }
}

#[inline]
fn bare(ether_type: u16, payload: &[u8]) -> Frame<'_> {
    Frame { source: None, destination: None, vlan: 0, ether_type, payload }
}

#[inline]
fn ethernet(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    let (head, payload) = bytes.split_first_chunk::<14>().ok_or(Counter::LinkShort)?;
    let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = *head;
    let frame = Frame {
        source: Some(Mac([s0, s1, s2, s3, s4, s5])),
        destination: Some(Mac([d0, d1, d2, d3, d4, d5])),
        vlan: 0,
        ether_type: u16::from_be_bytes([t0, t1]),
        payload,
    };
    untag(frame)
}

/// LINKTYPE_LINUX_SLL: packet type, ARPHRD type, address length, address in 8 bytes, protocol.
fn linux_cooked(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    let (head, payload) = bytes.split_first_chunk::<16>().ok_or(Counter::LinkShort)?;
    let [_, _, _, _, l0, l1, a0, a1, a2, a3, a4, a5, _, _, t0, t1] = *head;
    let source = (u16::from_be_bytes([l0, l1]) == 6).then_some(Mac([a0, a1, a2, a3, a4, a5]));
    // A loopback device's address is all zeros: it names no station.
    let source = source.filter(|mac| !mac.is_zero());
    let frame =
        Frame { source, destination: None, vlan: 0, ether_type: u16::from_be_bytes([t0, t1]), payload };
    untag(frame)
}

fn raw(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    match bytes.first().map(|first| first >> 4) {
        Some(4) => Ok(bare(ETHER_TYPE_IPV4, bytes)),
        Some(6) => Ok(bare(ETHER_TYPE_IPV6, bytes)),
        Some(_) => Err(Counter::IpBadVersion),
        None => Err(Counter::LinkShort),
    }
}

/// LINKTYPE_NULL and LINKTYPE_LOOP: 4 bytes of protocol family; the families of IPv6 differ by system.
fn loopback(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    let (head, payload) = bytes.split_first_chunk::<4>().ok_or(Counter::LinkShort)?;
    let family = u32::from_be_bytes(*head);
    let family = if family > 0xffff { family.swap_bytes() } else { family };
    match family {
        2 => Ok(bare(ETHER_TYPE_IPV4, payload)),
        10 | 23 | 24 | 28 | 30 => Ok(bare(ETHER_TYPE_IPV6, payload)),
        _ => Err(Counter::LinkUnread),
    }
}

/// Follows VLAN tags (802.1Q, 802.1ad and the pre-standard 0x9100) and a SNAP header to what is carried.
#[inline]
fn untag(mut frame: Frame<'_>) -> Result<Frame<'_>, Counter> {
    let mut tags = 0;
    while matches!(frame.ether_type, 0x8100 | 0x88a8 | 0x9100) {
        if tags == TAGS_MAX {
            return Err(Counter::LinkTagsTooDeep);
        }
        let (tag, rest) = frame.payload.split_first_chunk::<4>().ok_or(Counter::LinkShort)?;
        let [c0, c1, t0, t1] = *tag;
        match u16::from_be_bytes([c0, c1]) & 0x0fff {
            // A priority tag names no VLAN, a reserved identifier none that exists: an outer tag stays.
            0 | 0x0fff => {}
            id => frame.vlan = id,
        }
        frame.ether_type = u16::from_be_bytes([t0, t1]);
        frame.payload = rest;
        tags += 1;
    }
    if frame.ether_type < ETHER_TYPE_MIN {
        return logical_link(frame);
    }
    Ok(frame)
}

/// IEEE 802.2 with a SNAP header of OUI 0 carries an EtherType (RFC 1042).
fn logical_link(mut frame: Frame<'_>) -> Result<Frame<'_>, Counter> {
    let Some((&[0xaa, 0xaa, 0x03, 0, 0, 0], rest)) = frame.payload.split_first_chunk::<6>() else {
        return Err(Counter::LinkLogicalLinkControl);
    };
    frame.ether_type = u16_at(rest, 0).ok_or(Counter::LinkShort)?;
    frame.payload = rest.get(2..).unwrap_or_default();
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame_with(tags: &[(u16, u16)], ether_type: u16, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
        for (kind, id) in tags {
            bytes.extend(kind.to_be_bytes());
            bytes.extend(id.to_be_bytes());
        }
        bytes.extend(ether_type.to_be_bytes());
        bytes.extend(content);
        bytes
    }

    #[test]
    fn the_innermost_vlan_counts() {
        let bytes = frame_with(&[(0x88a8, 100), (0x8100, 0x2007)], ETHER_TYPE_IPV4, b"x");
        let frame = decode(LinkType::Ethernet, &bytes).unwrap();
        assert_eq!((frame.vlan, frame.ether_type, frame.payload), (7, ETHER_TYPE_IPV4, &b"x"[..]));
        let bytes = frame_with(&[(0x8100, 30), (0x8100, 0)], ETHER_TYPE_IPV4, b"");
        assert_eq!(decode(LinkType::Ethernet, &bytes).unwrap().vlan, 30);
    }

    #[test]
    fn endless_tags_end() {
        let bytes = frame_with(&[(0x8100, 1); 40], ETHER_TYPE_IPV4, b"");
        assert_eq!(decode(LinkType::Ethernet, &bytes).unwrap_err(), Counter::LinkTagsTooDeep);
    }

    #[test]
    fn snap_carries_an_ether_type() {
        let bytes = frame_with(&[], 10, &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0, 0x45]);
        let frame = decode(LinkType::Ethernet, &bytes).unwrap();
        assert_eq!((frame.ether_type, frame.payload), (ETHER_TYPE_IPV4, &[0x45][..]));
        let bytes = frame_with(&[], 3, &[0x42, 0x42, 3]);
        assert_eq!(decode(LinkType::Ethernet, &bytes).unwrap_err(), Counter::LinkLogicalLinkControl);
    }

    #[test]
    fn loopback_reads_both_byte_orders() {
        for head in [[2, 0, 0, 0], [0, 0, 0, 2]] {
            assert_eq!(decode(LinkType::Loopback, &head).unwrap().ether_type, ETHER_TYPE_IPV4);
        }
        for head in [[30, 0, 0, 0], [0, 0, 0, 24]] {
            assert_eq!(decode(LinkType::Loopback, &head).unwrap().ether_type, ETHER_TYPE_IPV6);
        }
    }

    #[test]
    fn cooked_frames_name_their_sender() {
        let mut bytes = vec![0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 9, 0, 0, 8, 0];
        let frame = decode(LinkType::LinuxCooked, &bytes).unwrap();
        assert_eq!(frame.source, Some(Mac([2, 0, 0, 0, 0, 9])));
        assert_eq!(frame.ether_type, ETHER_TYPE_IPV4);
        bytes.truncate(15);
        assert_eq!(decode(LinkType::LinuxCooked, &bytes).unwrap_err(), Counter::LinkShort);
    }
}
