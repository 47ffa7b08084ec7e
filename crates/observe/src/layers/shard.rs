//! Which of several engines a frame is for, when they share a stream of frames.

use super::link::{self, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, LinkType};
use std::hash::BuildHasher;

/// The number, below `shards`, of the engine that must see this frame. Everything between two addresses on
/// one VLAN goes to one engine, both directions and fragments included; what is not IP goes to the first,
/// so that address protocols are seen as a whole.
pub fn shard(link: LinkType, bytes: &[u8], shards: u32) -> u32 {
    let Ok(frame) = link::decode(link, bytes) else { return 0 };
    let pair = match frame.ether_type {
        ETHER_TYPE_IPV4 => ends::<4>(frame.payload, 12),
        ETHER_TYPE_IPV6 => ends::<16>(frame.payload, 8),
        _ => None,
    };
    let Some((one, other)) = pair else { return 0 };
    let pair = if one <= other { (one, other) } else { (other, one) };
    let hash = foldhash::fast::FixedState::with_seed(0x7368_6172).hash_one((pair, frame.vlan));
    // The upper half times the number of shards: spreads evenly without a division.
    (((hash >> 32) * u64::from(shards)) >> 32) as u32
}

/// Two addresses of `N` bytes that follow each other.
fn ends<const N: usize>(packet: &[u8], at: usize) -> Option<(u128, u128)> {
    let (one, rest) = packet.get(at..)?.split_first_chunk::<N>()?;
    let other = rest.first_chunk::<N>()?;
    let number = |bytes: &[u8; N]| bytes.iter().fold(0, |whole, byte| whole << 8 | u128::from(*byte));
    Some((number(one), number(other)))
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
