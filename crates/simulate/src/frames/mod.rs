//! Packets from the wire up: Ethernet II with 802.1Q, ARP, IPv4 and IPv6 with their checksums, UDP and TCP.
//!
//! Payloads are given, headers are made around them; whole TCP connections are in [`Connection`]. Frames
//! carry no frame check sequence and are padded to 60 bytes, as a mirror port delivers them.

mod tcp;

pub use tcp::{Connection, Side, Stack};

use cordon_model::{Mac, Timestamp, Vlan};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// EtherType of IPv4.
pub const ETHERTYPE_IPV4: u16 = 0x0800;
/// EtherType of ARP.
pub const ETHERTYPE_ARP: u16 = 0x0806;
/// EtherType of an 802.1Q tag.
pub const ETHERTYPE_VLAN: u16 = 0x8100;
/// EtherType of IPv6.
pub const ETHERTYPE_IPV6: u16 = 0x86dd;
/// EtherType of LLDP (IEEE 802.1AB).
pub const ETHERTYPE_LLDP: u16 = 0x88cc;

/// IP protocol number of ICMP.
pub const PROTOCOL_ICMP: u8 = 1;
/// IP protocol number of TCP.
pub const PROTOCOL_TCP: u8 = 6;
/// IP protocol number of UDP.
pub const PROTOCOL_UDP: u8 = 17;
/// IP protocol number of ICMPv6.
pub const PROTOCOL_ICMPV6: u8 = 58;

/// Smallest Ethernet frame without its check sequence (IEEE 802.3 clause 4A.2.3.2.4).
const FRAME_BYTES_MIN: usize = 60;

/// A frame and the time it passed the capture point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frame {
    /// When.
    pub time: Timestamp,
    /// The frame from its destination address on, without check sequence.
    pub bytes: Vec<u8>,
}

/// The link-layer header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Who sends.
    pub source: Mac,
    /// Who is meant.
    pub destination: Mac,
    /// The 802.1Q tag, when there is one.
    pub vlan: Option<Vlan>,
}

/// The network-layer header of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Who sends.
    pub source: IpAddr,
    /// Who is meant; of the same family as `source`.
    pub destination: IpAddr,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// IPv4 identification; unused in IPv6.
    pub id: u16,
}

/// An Ethernet II frame around `payload`, padded to the smallest frame.
pub fn ethernet(link: &Link, ethertype: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(18 + payload.len().max(FRAME_BYTES_MIN));
    frame.extend_from_slice(&link.destination.0);
    frame.extend_from_slice(&link.source.0);
    if let Some(vlan) = link.vlan {
        frame.extend_from_slice(&ETHERTYPE_VLAN.to_be_bytes());
        frame.extend_from_slice(&vlan.id().to_be_bytes());
    }
    frame.extend_from_slice(&ethertype.to_be_bytes());
    frame.extend_from_slice(payload);
    if frame.len() < FRAME_BYTES_MIN {
        frame.resize(FRAME_BYTES_MIN, 0);
    }
    frame
}

/// The operation of an ARP packet (RFC 826).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArpOperation {
    /// Who has the target address?
    Request,
    /// The sender has it.
    Reply,
}

/// An ARP packet for IPv4 over Ethernet (RFC 826).
pub fn arp(operation: ArpOperation, sender: (Mac, Ipv4Addr), target: (Mac, Ipv4Addr)) -> Vec<u8> {
    let code: u8 = match operation {
        ArpOperation::Request => 1,
        ArpOperation::Reply => 2,
    };
    let mut packet = vec![0, 1, 0x08, 0x00, 6, 4, 0, code];
    packet.extend_from_slice(&sender.0.0);
    packet.extend_from_slice(&sender.1.octets());
    packet.extend_from_slice(&target.0.0);
    packet.extend_from_slice(&target.1.octets());
    packet
}

/// An IP packet around `payload`: IPv4 without options and with its checksum (RFC 791), or IPv6 without
/// extension headers (RFC 8200), by the family of the addresses. Mixed families make an IPv4 packet between
/// unspecified addresses, for there is no right answer.
pub fn ip(network: &Network, protocol: u8, payload: &[u8]) -> Vec<u8> {
    match (network.source, network.destination) {
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            ipv6(source, destination, network.ttl, protocol, payload)
        }
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            ipv4(source, destination, network.ttl, network.id, protocol, payload)
        }
        _ => ipv4(Ipv4Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED, network.ttl, network.id, protocol, payload),
    }
}

fn ipv4(source: Ipv4Addr, destination: Ipv4Addr, ttl: u8, id: u16, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap_or(u16::MAX);
    let mut header = [0u8; 20];
    put(&mut header, 0, &[0x45, 0]);
    put(&mut header, 2, &length.to_be_bytes());
    put(&mut header, 4, &id.to_be_bytes());
    // Don't fragment, as every stack with path MTU discovery sends (RFC 1191).
    put(&mut header, 6, &[0x40, 0]);
    put(&mut header, 8, &[ttl, protocol]);
    put(&mut header, 12, &source.octets());
    put(&mut header, 16, &destination.octets());
    let sum = checksum(&[&header]);
    put(&mut header, 10, &sum.to_be_bytes());
    let mut packet = Vec::with_capacity(20 + payload.len());
    packet.extend_from_slice(&header);
    packet.extend_from_slice(payload);
    packet
}

fn ipv6(source: Ipv6Addr, destination: Ipv6Addr, hops: u8, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
    let mut packet = Vec::with_capacity(40 + payload.len());
    packet.extend_from_slice(&[0x60, 0, 0, 0]);
    packet.extend_from_slice(&length.to_be_bytes());
    packet.extend_from_slice(&[protocol, hops]);
    packet.extend_from_slice(&source.octets());
    packet.extend_from_slice(&destination.octets());
    packet.extend_from_slice(payload);
    packet
}

/// A UDP datagram with its checksum (RFC 768) for the addresses of `network`.
pub fn udp(network: &Network, source_port: u16, destination_port: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap_or(u16::MAX);
    let mut datagram = Vec::with_capacity(8 + payload.len());
    datagram.extend_from_slice(&source_port.to_be_bytes());
    datagram.extend_from_slice(&destination_port.to_be_bytes());
    datagram.extend_from_slice(&length.to_be_bytes());
    datagram.extend_from_slice(&[0, 0]);
    datagram.extend_from_slice(payload);
    // A computed zero is sent as all ones: zero means "no checksum".
    let sum = match transport_checksum(network, PROTOCOL_UDP, &datagram) {
        0 => 0xffff,
        sum => sum,
    };
    put(&mut datagram, 6, &sum.to_be_bytes());
    datagram
}

/// The header of a TCP segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Sender's port.
    pub source_port: u16,
    /// Receiver's port.
    pub destination_port: u16,
    /// Sequence number of the first byte.
    pub sequence: u32,
    /// Next byte expected; 0 when the ACK flag is not set.
    pub acknowledgment: u32,
    /// Flags as in RFC 9293: FIN 1, SYN 2, RST 4, PSH 8, ACK 16.
    pub flags: u8,
    /// Receive window, unscaled.
    pub window: u16,
    /// Options, a multiple of four bytes and at most 40.
    pub options: &'a [u8],
}

/// A TCP segment with its checksum (RFC 9293) for the addresses of `network`.
pub fn tcp(network: &Network, segment: &Segment<'_>, payload: &[u8]) -> Vec<u8> {
    let options = segment.options.get(..segment.options.len().min(40) / 4 * 4).unwrap_or_default();
    let words = 5 + options.len() / 4;
    let mut bytes = Vec::with_capacity(words * 4 + payload.len());
    bytes.extend_from_slice(&segment.source_port.to_be_bytes());
    bytes.extend_from_slice(&segment.destination_port.to_be_bytes());
    bytes.extend_from_slice(&segment.sequence.to_be_bytes());
    bytes.extend_from_slice(&segment.acknowledgment.to_be_bytes());
    bytes.push(((words as u8) & 0x0f) << 4);
    bytes.push(segment.flags);
    bytes.extend_from_slice(&segment.window.to_be_bytes());
    bytes.extend_from_slice(&[0, 0, 0, 0]);
    bytes.extend_from_slice(options);
    bytes.extend_from_slice(payload);
    let sum = transport_checksum(network, PROTOCOL_TCP, &bytes);
    put(&mut bytes, 16, &sum.to_be_bytes());
    bytes
}

/// An ICMP echo request or reply (RFC 792).
pub fn icmp_echo(reply: bool, id: u16, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut message = vec![if reply { 0 } else { 8 }, 0, 0, 0];
    message.extend_from_slice(&id.to_be_bytes());
    message.extend_from_slice(&sequence.to_be_bytes());
    message.extend_from_slice(payload);
    let sum = checksum(&[&message]);
    put(&mut message, 2, &sum.to_be_bytes());
    message
}

/// A whole frame with a UDP datagram.
pub fn udp_frame(link: &Link, network: &Network, ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let datagram = udp(network, ports.0, ports.1, payload);
    ethernet(link, ethertype(network), &ip(network, PROTOCOL_UDP, &datagram))
}

/// A whole frame with a TCP segment.
pub fn tcp_frame(link: &Link, network: &Network, segment: &Segment<'_>, payload: &[u8]) -> Vec<u8> {
    let segment = tcp(network, segment, payload);
    ethernet(link, ethertype(network), &ip(network, PROTOCOL_TCP, &segment))
}

/// The EtherType of a packet between the addresses of `network`.
pub fn ethertype(network: &Network) -> u16 {
    if network.source.is_ipv6() && network.destination.is_ipv6() { ETHERTYPE_IPV6 } else { ETHERTYPE_IPV4 }
}

/// The frame as a router sends it on: other link addresses and tag, time to live one less, IPv4 header
/// checksum renewed. A frame that is not IP only changes its link header.
pub fn routed(frame: &[u8], link: &Link) -> Vec<u8> {
    let (ethertype, start) = match frame.get(12..14) {
        Some([0x81, 0x00]) => (be16(frame, 16), 18),
        _ => (be16(frame, 12), 14),
    };
    let mut payload = frame.get(start..).unwrap_or_default().to_vec();
    match ethertype {
        ETHERTYPE_IPV4 => {
            payload.truncate(usize::from(be16(&payload, 2)));
            if let Some(ttl) = payload.get_mut(8) {
                *ttl = ttl.saturating_sub(1);
            }
            put(&mut payload, 10, &[0, 0]);
            let sum = checksum(&[payload.get(..20).unwrap_or_default()]);
            put(&mut payload, 10, &sum.to_be_bytes());
        }
        ETHERTYPE_IPV6 => {
            if let Some(hops) = payload.get_mut(7) {
                *hops = hops.saturating_sub(1);
            }
        }
        _ => {}
    }
    ethernet(link, ethertype, &payload)
}

/// The internet checksum (RFC 1071) over `parts`, each but the last of even length.
pub fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0u64;
    for part in parts {
        for pair in part.chunks(2) {
            sum += match pair {
                [high, low] => u64::from(u16::from_be_bytes([*high, *low])),
                [high] => u64::from(*high) << 8,
                _ => 0,
            };
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// The checksum of a transport message with the pseudo-header of its packet (RFC 768, RFC 9293, RFC 8200).
/// The checksum field in `message` must be zero.
pub fn transport_checksum(network: &Network, protocol: u8, message: &[u8]) -> u16 {
    let length = (message.len() as u32).to_be_bytes();
    match (network.source, network.destination) {
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let next = [0, 0, 0, protocol];
            checksum(&[&source.octets(), &destination.octets(), &length, &next, message])
        }
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let next = [0, protocol];
            let length = (message.len() as u16).to_be_bytes();
            checksum(&[&source.octets(), &destination.octets(), &next, &length, message])
        }
        _ => checksum(&[message]),
    }
}

fn be16(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..at + 2) {
        Some([high, low]) => u16::from_be_bytes([*high, *low]),
        _ => 0,
    }
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    for (place, byte) in bytes.iter_mut().skip(at).zip(value) {
        *place = *byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> Network {
        Network {
            source: "192.168.0.1".parse().unwrap(),
            destination: "192.168.0.199".parse().unwrap(),
            ttl: 64,
            id: 0,
        }
    }

    #[test]
    fn ipv4_header_checksum_is_that_of_a_known_header() {
        // A header worked out by hand in many textbooks: 4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7.
        let packet = ip(&network(), PROTOCOL_UDP, &[0; 0x73 - 20]);
        assert_eq!(&packet[10..12], &[0xb8, 0x61]);
        assert_eq!(&packet[2..4], &[0x00, 0x73]);
    }

    #[test]
    fn sums_over_what_was_sent_are_zero() {
        let v6 = Network {
            source: "fe80::1".parse().unwrap(),
            destination: "ff02::1".parse().unwrap(),
            ..network()
        };
        for network in [network(), v6] {
            for payload in [&b""[..], b"x", b"odd", b"even"] {
                let datagram = udp(&network, 5, 6, payload);
                assert_eq!(transport_checksum(&network, PROTOCOL_UDP, &datagram), 0);
                let segment = Segment { options: &[2, 4, 5, 0xb4], ..Segment::default() };
                let segment = tcp(&network, &segment, payload);
                assert_eq!(transport_checksum(&network, PROTOCOL_TCP, &segment), 0);
            }
        }
        assert_eq!(checksum(&[&icmp_echo(false, 1, 2, b"abc")]), 0);
    }

    #[test]
    fn small_frames_are_padded_and_tags_are_placed() {
        let link = Link { source: Mac([2; 6]), destination: Mac::BROADCAST, vlan: Vlan::new(20) };
        let frame = ethernet(&link, ETHERTYPE_ARP, &[1, 2, 3]);
        assert_eq!(frame.len(), 60);
        assert_eq!(&frame[12..21], &[0x81, 0, 0, 20, 0x08, 0x06, 1, 2, 3]);
    }

    #[test]
    fn a_router_changes_link_and_time_to_live_only() {
        let link = Link { source: Mac([2; 6]), destination: Mac([4; 6]), vlan: Vlan::new(20) };
        let before = udp_frame(&link, &network(), (1, 2), b"hello");
        let next = Link { source: Mac([4; 6]), destination: Mac([6; 6]), vlan: None };
        let after = routed(&before, &next);
        assert_eq!(after[14 + 8], 63);
        assert_eq!(checksum(&[&after[14..34]]), 0);
        assert_eq!(&after[34..47], &before[38..51]);
        assert_eq!(after.len(), 60);
    }
}
