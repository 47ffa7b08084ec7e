//! Link layers other than Ethernet, said in its terms: cooked captures, loopback, bare packets, serial lines.

use super::link::{ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, Frame, LOGICAL_LINK, LinkType, bare};
use super::{labels, link, wireless};
use crate::counters::Counter;
use crate::layers::u16_at;
use cordon_model::Mac;

/// Reads a frame of any link layer but Ethernet down to its first EtherType.
pub(super) fn decode(link: LinkType, bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    match named(link, bytes)? {
        Named::Frame(frame) => Ok(frame),
        // What carries the name of another link layer does not carry itself.
        Named::Other(number, bytes) => match LinkType::from_linktype(number) {
            Some(LinkType::Ethernet) => link::ethernet(bytes),
            Some(inner) => match named(inner, bytes)? {
                Named::Frame(frame) => Ok(frame),
                Named::Other(..) => Err(Counter::LinkUnread),
            },
            None => Err(Counter::LinkUnread),
        },
    }
}

/// A frame, or what follows a head that names the link layer.
enum Named<'a> {
    Frame(Frame<'a>),
    Other(u32, &'a [u8]),
}

fn named(link: LinkType, bytes: &[u8]) -> Result<Named<'_>, Counter> {
    Ok(Named::Frame(match link {
        LinkType::Ethernet => link::ethernet(bytes)?,
        LinkType::LinuxCooked => linux_cooked(bytes)?,
        LinkType::LinuxCookedV2 => linux_cooked_v2(bytes)?,
        LinkType::RawIp => raw(bytes)?,
        LinkType::RawIpv4 => bare(ETHER_TYPE_IPV4, bytes),
        LinkType::RawIpv6 => bare(ETHER_TYPE_IPV6, bytes),
        LinkType::Loopback => loopback(bytes)?,
        LinkType::Ppp => point_to_point(bytes)?,
        LinkType::CiscoHdlc => cisco_hdlc(bytes)?,
        LinkType::PppoeSession => bare(0x8864, bytes),
        LinkType::Wireless => wireless::frame(bytes)?,
        LinkType::Radiotap => wireless::radiotap(bytes)?,
        LinkType::Prism => wireless::frame(bytes.get(144..).ok_or(Counter::LinkShort)?)?,
        LinkType::PacketFilterLog => packet_filter_log(bytes)?,
        LinkType::Ppi => return per_packet_information(bytes),
        LinkType::PacketTap => return packet_tap(bytes),
    }))
}

/// A cooked frame's protocol: an EtherType, or a number below them that Linux gives to what has none.
fn cooked(source: Option<Mac>, protocol: u16, payload: &[u8]) -> Result<Frame<'_>, Counter> {
    // A loopback device's address is all zeros: it names no station.
    let source = source.filter(|mac| !mac.is_zero());
    let frame = Frame { source, destination: None, vlan: 0, ether_type: protocol, payload };
    Ok(match protocol {
        // ETH_P_802_2: a logical link control head without a length before it.
        4 => match labels::logical_link(payload)? {
            labels::Labelled::Packet(ether_type, payload) => Frame { ether_type, payload, ..frame },
            labels::Labelled::Ethernet(_) | labels::Labelled::Other => {
                Frame { ether_type: LOGICAL_LINK, ..frame }
            }
        },
        0..0x0600 => return Err(Counter::LinkUnread),
        _ => frame,
    })
}

/// LINKTYPE_LINUX_SLL: packet type, ARPHRD type, address length, address in 8 bytes, protocol.
fn linux_cooked(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    let (head, payload) = bytes.split_first_chunk::<16>().ok_or(Counter::LinkShort)?;
    let [_, _, _, _, l0, l1, a0, a1, a2, a3, a4, a5, _, _, t0, t1] = *head;
    let source = (u16::from_be_bytes([l0, l1]) == 6).then_some(Mac([a0, a1, a2, a3, a4, a5]));
    cooked(source, u16::from_be_bytes([t0, t1]), payload)
}

/// LINKTYPE_LINUX_SLL2: protocol, two bytes unused, interface, ARPHRD type, packet type, address length,
/// address in 8 bytes.
fn linux_cooked_v2(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    let (head, payload) = bytes.split_first_chunk::<20>().ok_or(Counter::LinkShort)?;
    let [t0, t1, _, _, _, _, _, _, _, _, _, length, a0, a1, a2, a3, a4, a5, _, _] = *head;
    let source = (length == 6).then_some(Mac([a0, a1, a2, a3, a4, a5]));
    cooked(source, u16::from_be_bytes([t0, t1]), payload)
}

/// A bare packet, which tells its version itself.
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
        // Some systems write an EtherType behind two bytes of their own.
        _ => match u16_at(head, 2) {
            Some(ether_type @ (ETHER_TYPE_IPV4 | ETHER_TYPE_IPV6)) => Ok(bare(ether_type, payload)),
            _ => Err(Counter::LinkUnread),
        },
    }
}

/// LINKTYPE_PPP and LINKTYPE_PPP_HDLC; the latter may hold Cisco's framing instead.
fn point_to_point(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    if let [0x0f | 0x8f, 0, ..] = bytes {
        return cisco_hdlc(bytes);
    }
    let (ether_type, payload) = labels::ppp(bytes).ok_or(Counter::LinkUnread)?;
    Ok(bare(ether_type, payload))
}

/// LINKTYPE_C_HDLC: address, control, EtherType; or PPP's own address.
fn cisco_hdlc(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    match bytes {
        [0xff, 0x03, ..] => {
            let (ether_type, payload) = labels::ppp(bytes).ok_or(Counter::LinkUnread)?;
            Ok(bare(ether_type, payload))
        }
        [_, _, t0, t1, payload @ ..] => match u16::from_be_bytes([*t0, *t1]) {
            0..0x0600 => Err(Counter::LinkUnread),
            ether_type => Ok(bare(ether_type, payload)),
        },
        _ => Err(Counter::LinkShort),
    }
}

/// LINKTYPE_PFLOG: a head whose first byte is its length before padding, then a bare packet.
fn packet_filter_log(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    let length = usize::from(*bytes.first().ok_or(Counter::LinkShort)?).next_multiple_of(4);
    raw(bytes.get(length..).ok_or(Counter::LinkShort)?)
}

/// LINKTYPE_PPI: version, flags, length, link layer, all little-endian.
fn per_packet_information(bytes: &[u8]) -> Result<Named<'_>, Counter> {
    let [_, _, l0, l1, d0, d1, d2, d3] = *bytes.first_chunk::<8>().ok_or(Counter::LinkShort)?;
    let rest = bytes.get(usize::from(u16::from_le_bytes([l0, l1]))..).ok_or(Counter::LinkShort)?;
    Ok(Named::Other(u32::from_le_bytes([d0, d1, d2, d3]), rest))
}

/// LINKTYPE_PKTAP: length, kind of record, link layer, all little-endian.
fn packet_tap(bytes: &[u8]) -> Result<Named<'_>, Counter> {
    let [l0, l1, l2, l3, _, _, _, _, d0, d1, d2, d3] =
        *bytes.first_chunk::<12>().ok_or(Counter::LinkShort)?;
    let length = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
    let rest = bytes.get(length..).ok_or(Counter::LinkShort)?;
    Ok(Named::Other(u32::from_le_bytes([d0, d1, d2, d3]), rest))
}
