//! Link layers, down to what a frame carries: Ethernet and what other links say in its terms.
//!
//! Of stacked VLAN tags the innermost counts: with QinQ (IEEE 802.1ad) the outer one is a carrier's, the inner
//! one is the VLAN that the site itself configured and segments by.

use super::{labels, links};
use crate::counters::Counter;
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
    /// Linux "cooked" capture encapsulation, version 2 (276).
    LinuxCookedV2,
    /// Point-to-Point Protocol, with or without HDLC framing (9, 50).
    Ppp,
    /// Cisco HDLC, and PPP in HDLC framing (104).
    CiscoHdlc,
    /// PPPoE without Ethernet (51).
    PppoeSession,
    /// IEEE 802.11 (105).
    Wireless,
    /// IEEE 802.11 after a radiotap head (127).
    Radiotap,
    /// IEEE 802.11 after a Prism head (119).
    Prism,
    /// Per-Packet Information, which names the link layer of what follows (192).
    Ppi,
    /// Packets that a BSD packet filter logged (117).
    PacketFilterLog,
    /// Apple's metadata before each packet, which name the link layer of what follows (149, 258).
    PacketTap,
}

impl LinkType {
    /// The link layer with this number in the pcap registry, if it is understood.
    #[inline]
    pub fn from_linktype(number: u32) -> Option<LinkType> {
        Some(match number {
            1 => LinkType::Ethernet,
            113 => LinkType::LinuxCooked,
            12 | 14 | 101 => LinkType::RawIp,
            228 => LinkType::RawIpv4,
            229 => LinkType::RawIpv6,
            0 | 108 => LinkType::Loopback,
            276 => LinkType::LinuxCookedV2,
            9 | 50 => LinkType::Ppp,
            104 => LinkType::CiscoHdlc,
            51 => LinkType::PppoeSession,
            105 => LinkType::Wireless,
            127 => LinkType::Radiotap,
            119 => LinkType::Prism,
            192 => LinkType::Ppi,
            117 => LinkType::PacketFilterLog,
            149 | 258 => LinkType::PacketTap,
            _ => return None,
        })
    }
}

pub(crate) const ETHER_TYPE_IPV4: u16 = 0x0800;
pub(crate) const ETHER_TYPE_ARP: u16 = 0x0806;
pub(crate) const ETHER_TYPE_IPV6: u16 = 0x86dd;
/// In place of an EtherType: the payload starts with an IEEE 802.2 head.
pub(crate) const LOGICAL_LINK: u16 = 0;
/// Below this an EtherType field is an IEEE 802.3 length.
const ETHER_TYPE_MIN: u16 = 0x0600;
/// Tags and other heads between link layer and network layer that are followed; two tags are usual (QinQ),
/// carriers add some, more appear only in attacks and mistakes.
const HEADS_MAX: usize = 8;

/// What the link layer says of a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// Who sent it, where the link layer says.
    pub(crate) source: Option<Mac>,
    /// To whom, where the link layer says.
    pub(crate) destination: Option<Mac>,
    /// The innermost VLAN identifier; 0 when untagged or only priority-tagged.
    pub(crate) vlan: u16,
    /// What it carries; [`LOGICAL_LINK`] when no EtherType says so.
    pub(crate) ether_type: u16,
    /// The content, padding included.
    pub(crate) payload: &'a [u8],
}

/// Reads the link layer; an error is what to count.
#[inline]
pub(crate) fn decode(link: LinkType, bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    // Most frames are of these and need nothing more.
    if link == LinkType::Ethernet
        && let Ok(frame) = head(bytes)
        && matches!(frame.ether_type, ETHER_TYPE_IPV4 | ETHER_TYPE_IPV6)
    {
        return Ok(frame);
    }
    decode_any(link, bytes)
}

#[inline(never)]
fn decode_any(link: LinkType, bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    if link == LinkType::Ethernet {
        return ethernet(bytes);
    }
    peel(links::decode(link, bytes)?)
}

/// A frame without a link layer's head.
#[inline]
pub(super) fn bare(ether_type: u16, payload: &[u8]) -> Frame<'_> {
    Frame { source: None, destination: None, vlan: 0, ether_type, payload }
}

/// Reads an Ethernet frame (IEEE 802.3).
pub(crate) fn ethernet(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    peel(head(bytes)?)
}

/// Reads addresses and type alone.
#[inline]
fn head(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    let (head, payload) = bytes.split_first_chunk::<14>().ok_or(Counter::LinkShort)?;
    let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = *head;
    Ok(Frame {
        source: Some(Mac([s0, s1, s2, s3, s4, s5])),
        destination: Some(Mac([d0, d1, d2, d3, d4, d5])),
        vlan: 0,
        ether_type: u16::from_be_bytes([t0, t1]),
        payload,
    })
}

/// Follows what lies between the link layer and the network layer to what is carried: VLAN tags (802.1Q,
/// 802.1ad and the pre-standard 0x9100), tags of port extenders, provider backbones, labels, PPPoE, SNAP.
pub(super) fn peel(mut frame: Frame<'_>) -> Result<Frame<'_>, Counter> {
    for _ in 0..=HEADS_MAX {
        match frame.ether_type {
            0x8100 | 0x88a8 | 0x9100 => {
                let [c0, c1] = take::<2>(&mut frame)?;
                match u16::from_be_bytes([c0, c1]) & 0x0fff {
                    // A priority tag names no VLAN, a reserved identifier none that exists: an outer tag stays.
                    0 | 0x0fff => {}
                    id => frame.vlan = id,
                }
                frame.ether_type = u16::from_be_bytes(take(&mut frame)?);
            }
            // VN-Tag, and the E-tag of IEEE 802.1BR.
            0x8926 => {
                take::<4>(&mut frame)?;
                frame.ether_type = u16::from_be_bytes(take(&mut frame)?);
            }
            0x893f => {
                take::<6>(&mut frame)?;
                frame.ether_type = u16::from_be_bytes(take(&mut frame)?);
            }
            // A service instance of a provider backbone (IEEE 802.1ah): the customer's whole frame follows.
            0x88e7 => {
                take::<4>(&mut frame)?;
                frame = head(frame.payload)?;
            }
            0x8847 | 0x8848 => match labels::mpls(frame.payload)? {
                labels::Labelled::Packet(ether_type, payload) => {
                    (frame.ether_type, frame.payload) = (ether_type, payload);
                }
                labels::Labelled::Ethernet(bytes) => frame = head(bytes)?,
                labels::Labelled::Other => return Ok(frame),
            },
            0x8864 => match labels::pppoe(frame.payload)? {
                Some((ether_type, payload)) => (frame.ether_type, frame.payload) = (ether_type, payload),
                None => return Ok(frame),
            },
            LOGICAL_LINK => return Ok(frame),
            length if length < ETHER_TYPE_MIN => {
                frame.payload = frame.payload.get(..usize::from(length)).unwrap_or(frame.payload);
                match labels::logical_link(frame.payload)? {
                    labels::Labelled::Packet(ether_type, payload) => {
                        (frame.ether_type, frame.payload) = (ether_type, payload);
                    }
                    labels::Labelled::Ethernet(bytes) => frame = head(bytes)?,
                    labels::Labelled::Other => frame.ether_type = LOGICAL_LINK,
                }
            }
            _ => return Ok(frame),
        }
    }
    Err(Counter::LinkTagsTooDeep)
}

/// Takes so many bytes off the front of the payload.
fn take<const N: usize>(frame: &mut Frame<'_>) -> Result<[u8; N], Counter> {
    let (taken, rest) = frame.payload.split_first_chunk::<N>().ok_or(Counter::LinkShort)?;
    frame.payload = rest;
    Ok(*taken)
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
        let bytes = frame_with(&[], 3, &[0x42, 0x42, 3, 9]);
        let frame = decode(LinkType::Ethernet, &bytes).unwrap();
        assert_eq!((frame.ether_type, frame.payload), (LOGICAL_LINK, &[0x42, 0x42, 3][..]));
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
