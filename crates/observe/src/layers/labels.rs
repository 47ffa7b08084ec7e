//! What carriers and old networks put between the link layer and a packet: labels (MPLS, RFC 3032), PPPoE
//! (RFC 2516), PPP (RFC 1661), logical link control (IEEE 802.2, RFC 1042).

use super::link::{ETHER_TYPE_ARP, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6};
use crate::counters::Counter;
use crate::layers::u16_at;

/// Labels followed in one stack; carriers use two or three.
const LABELS_MAX: usize = 16;

/// What lies behind a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labelled<'a> {
    /// A payload of this EtherType.
    Packet(u16, &'a [u8]),
    /// A whole Ethernet frame.
    Ethernet(&'a [u8]),
    /// Something that is not read.
    Other,
}

/// Follows a stack of labels. What is below it no field says: the first four bits tell (RFC 4385, RFC 4928).
pub(super) fn mpls(mut bytes: &[u8]) -> Result<Labelled<'_>, Counter> {
    for _ in 0..LABELS_MAX {
        let ([_, _, last, _], rest) = bytes.split_first_chunk::<4>().ok_or(Counter::LinkShort)?;
        bytes = rest;
        if last & 1 != 0 {
            return Ok(below_labels(bytes));
        }
    }
    Err(Counter::LinkTagsTooDeep)
}

fn below_labels(bytes: &[u8]) -> Labelled<'_> {
    match bytes.first().map(|first| first >> 4) {
        Some(4) => Labelled::Packet(ETHER_TYPE_IPV4, bytes),
        Some(6) => Labelled::Packet(ETHER_TYPE_IPV6, bytes),
        // A pseudo-wire's control word, or an address that begins with zeros where there is none.
        Some(0) => match bytes.get(4..) {
            Some(behind) if is_ethernet(behind) => Labelled::Ethernet(behind),
            _ if is_ethernet(bytes) => Labelled::Ethernet(bytes),
            _ => Labelled::Other,
        },
        Some(_) if is_ethernet(bytes) => Labelled::Ethernet(bytes),
        _ => Labelled::Other,
    }
}

/// True for bytes that have a type of the usual kind where an Ethernet frame has its own.
fn is_ethernet(bytes: &[u8]) -> bool {
    match u16_at(bytes, 12) {
        Some(
            ETHER_TYPE_IPV4 | ETHER_TYPE_IPV6 | ETHER_TYPE_ARP | 0x8100 | 0x88a8 | 0x8847 | 0x88cc | 0x888e,
        ) => true,
        // A length, with an address before it that is not all zeros.
        Some(length @ 3..=1500) => {
            bytes.len() >= 14 + usize::from(length) && bytes.get(6..12).is_some_and(|mac| mac != [0; 6])
        }
        _ => false,
    }
}

/// A PPPoE session's packet: version and type, code 0, session, length. `None` for what is not read.
pub(super) fn pppoe(bytes: &[u8]) -> Result<Option<(u16, &[u8])>, Counter> {
    let ([version, code, _, _, l0, l1], rest) = bytes.split_first_chunk::<6>().ok_or(Counter::LinkShort)?;
    if *version != 0x11 || *code != 0 {
        return Ok(None);
    }
    let length = usize::from(u16::from_be_bytes([*l0, *l1]));
    Ok(ppp(rest.get(..length).unwrap_or(rest)))
}

/// A PPP packet, with the address and control bytes of HDLC framing or without. `None` for what is not read.
pub(super) fn ppp(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let bytes = match bytes {
        [0xff, 0x03, rest @ ..] => rest,
        _ => bytes,
    };
    // The protocol takes one byte when it is odd and its first byte was left out (RFC 1661 6.5).
    let (protocol, payload) = match bytes {
        [first, rest @ ..] if first & 1 != 0 => (u16::from(*first), rest),
        [first, second, rest @ ..] => (u16::from_be_bytes([*first, *second]), rest),
        _ => return None,
    };
    match protocol {
        0x0021 => Some((ETHER_TYPE_IPV4, payload)),
        0x0057 => Some((ETHER_TYPE_IPV6, payload)),
        0x0281 => Some((0x8847, payload)),
        _ => None,
    }
}

/// A logical link control head with SNAP (IEEE 802, RFC 1042), or of one of the few protocols that carry IP.
pub(super) fn logical_link(bytes: &[u8]) -> Result<Labelled<'_>, Counter> {
    Ok(match bytes {
        // OUI 0, and that of bridged tunnels (IEEE 802.1H): an EtherType.
        [0xaa, 0xaa, 0x03, 0, 0, 0 | 0xf8, t0, t1, rest @ ..] => {
            Labelled::Packet(u16::from_be_bytes([*t0, *t1]), rest)
        }
        // IEEE 802.1's own: a bridged Ethernet frame with its check sequence or without (RFC 2684 5.2).
        [0xaa, 0xaa, 0x03, 0x00, 0x80, 0xc2, 0x00, 0x01 | 0x07, rest @ ..] => Labelled::Ethernet(rest),
        [0x06, 0x06, 0x03, rest @ ..] => Labelled::Packet(ETHER_TYPE_IPV4, rest),
        [_, _, _, ..] => Labelled::Other,
        _ => return Err(Counter::LinkShort),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_end_at_the_bottom_of_their_stack() {
        let stack = [0, 1, 0, 64, 0, 2, 1, 64, 0x45, 0];
        assert_eq!(mpls(&stack), Ok(Labelled::Packet(ETHER_TYPE_IPV4, &[0x45, 0])));
        assert_eq!(mpls(&[0; 400]), Err(Counter::LinkTagsTooDeep));
        assert_eq!(mpls(&[0, 1, 0, 64]), Err(Counter::LinkShort));
    }

    #[test]
    fn a_pseudo_wire_is_known_with_its_control_word_and_without() {
        let mut wire = vec![0, 1, 1, 64, 0, 0, 0, 7];
        let frame = [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 6, 8, 0, 0x45];
        wire.extend(frame);
        assert_eq!(mpls(&wire), Ok(Labelled::Ethernet(&frame)));
        assert_eq!(mpls(&[&wire[..4], &frame].concat()), Ok(Labelled::Ethernet(&frame)));
        assert_eq!(mpls(&wire[..12]), Ok(Labelled::Other));
    }

    #[test]
    fn ppp_is_read_in_every_framing() {
        for bytes in [&[0xff, 3, 0, 0x21, 9][..], &[0, 0x21, 9], &[0x21, 9]] {
            assert_eq!(ppp(bytes), Some((ETHER_TYPE_IPV4, &[9][..])));
        }
        assert_eq!(ppp(&[0xc0, 0x21, 9]), None);
        assert_eq!(pppoe(&[0x11, 0, 0, 1, 0, 3, 0, 0x57, 6, 99]), Ok(Some((ETHER_TYPE_IPV6, &[6][..]))));
        assert_eq!(pppoe(&[0x11, 0xa7, 0, 1, 0, 0]), Ok(None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = (mpls(&bytes), pppoe(&bytes), ppp(&bytes), logical_link(&bytes));
        }
    }
}
