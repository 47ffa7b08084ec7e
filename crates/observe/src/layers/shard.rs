//! Which of several engines a frame is for, when they share a stream of frames.

use super::link::{self, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, Frame, LinkType};
use super::tunnel::{self, TUNNELS_MAX};
use super::{ip, transport, u16_at};

/// The number, below `shards`, of the engine that must see this frame. Everything between two addresses goes to
/// one engine: both directions, fragments, copies from another VLAN, and what is inside a tunnel by whichever
/// way it comes; what is not IP, and ICMPv6, goes to the first, so that address protocols are seen as a whole.
/// Only packets whose tunnel fragmented them go by the tunnel's ends.
pub fn shard(link: LinkType, bytes: &[u8], shards: u32) -> u32 {
    let Ok(frame) = link::decode(link, bytes) else { return 0 };
    let Some((one, other)) = pair(&frame, 0) else { return 0 };
    let hash = mix(one.min(other), one.max(other));
    // The upper half times the number of shards: spreads evenly without a division.
    (((hash >> 32) * u64::from(shards)) >> 32) as u32
}

/// The addresses between which a frame goes; inside a tunnel those that the engine would find there.
fn pair(frame: &Frame<'_>, depth: u8) -> Option<(u64, u64)> {
    let packet = frame.payload;
    let (ends, is_tunnel) = match frame.ether_type {
        ETHER_TYPE_IPV4 => {
            let head = usize::from(packet.first()? & 0x0f) * 4;
            (
                ends(packet, 12, |one| u64::from(u32::from_be_bytes(one))),
                may_be_tunnel(*packet.get(9)?, packet, head),
            )
        }
        ETHER_TYPE_IPV6 if is_icmp(packet) => return None,
        ETHER_TYPE_IPV6 => {
            let number = |one| {
                let whole = u128::from_be_bytes(one);
                mix((whole >> 64) as u64, whole as u64)
            };
            (ends(packet, 8, number), may_be_tunnel(*packet.get(6)?, packet, 40))
        }
        _ => return None,
    };
    if !is_tunnel || depth == TUNNELS_MAX {
        return ends;
    }
    match inside(frame) {
        Some(Ok(inner)) => pair(&inner, depth + 1),
        // What cannot be read goes with what is not IP.
        Some(Err(_)) => None,
        None => ends,
    }
}

/// True for ICMPv6, behind extension headers and in fragments too.
#[inline]
fn is_icmp(packet: &[u8]) -> bool {
    match packet.get(6) {
        Some(&transport::PROTOCOL_ICMPV6) => true,
        Some(next) if ip::is_extension(*next) => {
            ip::v6(packet, u32::MAX).is_ok_and(|packet| packet.protocol == transport::PROTOCOL_ICMPV6)
        }
        _ => false,
    }
}

/// True when a closer look must tell whether a packet is a tunnel's.
#[inline]
fn may_be_tunnel(protocol: u8, packet: &[u8], head: usize) -> bool {
    match protocol {
        transport::PROTOCOL_TCP => false,
        transport::PROTOCOL_UDP => {
            let ports = u16_at(packet, head).zip(u16_at(packet, head + 2));
            ports.is_some_and(|(source, destination)| tunnel::is_port(source, destination))
        }
        protocol => tunnel::is_protocol(protocol) || ip::is_extension(protocol),
    }
}

/// The frame inside a packet, if it is a tunnel's, as the engine would find it.
fn inside<'a>(frame: &Frame<'a>) -> Option<Result<Frame<'a>, ()>> {
    // How much the capture cut off is not known here; as much as may be.
    let packet = match frame.ether_type {
        ETHER_TYPE_IPV4 => ip::v4(frame.payload, u32::MAX),
        _ => ip::v6(frame.payload, u32::MAX),
    };
    let packet = packet.ok().filter(|packet| packet.fragment.is_none())?;
    let tunnel = if packet.protocol == transport::PROTOCOL_UDP {
        let datagram = transport::udp(packet.payload, packet.missing).ok()?;
        tunnel::of_udp(datagram.source_port, datagram.destination_port, datagram.payload)?
    } else {
        tunnel::of_ip(packet.protocol, packet.payload)?
    };
    tunnel.inside.map(|inside| inside.map_err(|_| ()))
}

/// Two addresses of `N` bytes that follow each other, each as a number.
#[inline]
fn ends<const N: usize>(packet: &[u8], at: usize, number: impl Fn([u8; N]) -> u64) -> Option<(u64, u64)> {
    let (one, rest) = packet.get(at..)?.split_first_chunk::<N>()?;
    Some((number(*one), number(*rest.first_chunk::<N>()?)))
}

/// Two numbers as one in which each bit of both has its part: the halves of their product, folded.
#[inline]
fn mix(one: u64, other: u64) -> u64 {
    let product = u128::from(one ^ 0x9e37_79b9_7f4a_7c15) * u128::from(other ^ 0xd1b5_4a32_d192_ed03);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(source: [u8; 4], destination: [u8; 4], rest: &[u8]) -> Vec<u8> {
        let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        bytes.extend([0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0]);
        bytes.extend(source);
        bytes.extend(destination);
        bytes.extend(rest);
        bytes
    }

    #[test]
    fn both_directions_and_all_ports_of_a_pair_go_together() {
        let mut seen = [0; 3];
        for last in 0..=255u8 {
            let (one, other) = ([10, 0, 0, last], [10, 0, 1, 7]);
            let there = shard(LinkType::Ethernet, &frame(one, other, &[0, 80, 200, 1]), 3);
            let back = shard(LinkType::Ethernet, &frame(other, one, &[200, 1, 0, 80]), 3);
            assert_eq!(there, back);
            assert_eq!(there, shard(LinkType::Ethernet, &frame(one, other, &[]), 3));
            seen[there as usize] += 1;
        }
        assert!(seen.iter().all(|count| *count > 50), "{seen:?}");
    }

    #[test]
    fn what_is_not_ip_or_cut_goes_to_the_first() {
        let arp = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1];
        let whole = frame([10, 0, 0, 1], [10, 0, 0, 2], &[]);
        for bytes in [&arp[..], &whole[..30], &whole[..10], &[]] {
            assert_eq!(shard(LinkType::Ethernet, bytes, 16), 0);
        }
    }
}
