//! Which of several engines a frame is for, when they share a stream of frames.

use super::link::{self, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, LinkType};

/// The number, below `shards`, of the engine that must see this frame. Everything between two addresses on
/// one VLAN goes to one engine, both directions and fragments included; what is not IP goes to the first,
/// so that address protocols are seen as a whole.
pub fn shard(link: LinkType, bytes: &[u8], shards: u32) -> u32 {
    let Ok(frame) = link::decode(link, bytes) else { return 0 };
    let pair = match frame.ether_type {
        ETHER_TYPE_IPV4 => pair(frame.payload, 12, |one| u64::from(u32::from_be_bytes(one))),
        ETHER_TYPE_IPV6 => pair(frame.payload, 8, |one| {
            let whole = u128::from_be_bytes(one);
            mix((whole >> 64) as u64, whole as u64)
        }),
        _ => None,
    };
    let Some((one, other)) = pair else { return 0 };
    let hash = mix(mix(one.min(other), one.max(other)), u64::from(frame.vlan));
    // The upper half times the number of shards: spreads evenly without a division.
    (((hash >> 32) * u64::from(shards)) >> 32) as u32
}

/// Two addresses of `N` bytes that follow each other, each as a number.
#[inline]
fn pair<const N: usize>(packet: &[u8], at: usize, number: impl Fn([u8; N]) -> u64) -> Option<(u64, u64)> {
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
