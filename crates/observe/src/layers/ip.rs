//! Internet Protocol, versions 4 (RFC 791) and 6 (RFC 8200), down to the transport's first byte.

use crate::counters::Counter;
use crate::layers::{u16_at, u32_at};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Extension headers followed in one packet; RFC 8200 lets each appear about once.
const EXTENSIONS_MAX: usize = 8;

/// Which part of a larger datagram a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment {
    /// Names the datagram together with addresses and protocol.
    pub(crate) identification: u32,
    /// First byte's place in the datagram's payload.
    pub(crate) offset: u32,
    /// Whether more of the datagram follows.
    pub(crate) more: bool,
}

/// What the IP layer says of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    /// Who sent it.
    pub(crate) source: IpAddr,
    /// To whom.
    pub(crate) destination: IpAddr,
    /// IANA protocol number of the payload.
    pub(crate) protocol: u8,
    /// Set when the payload is a part only.
    pub(crate) fragment: Option<Fragment>,
    /// The payload as far as it was captured, padding removed.
    pub(crate) payload: &'a [u8],
    /// Bytes of payload that were on the wire but not captured.
    pub(crate) missing: u32,
    /// Something odd that does not keep the packet from being read.
    pub(crate) oddity: Option<Counter>,
}

/// Cuts `rest` to the claimed length; tells how much the snap length cost and whether the claim is false.
#[inline]
fn trim(rest: &[u8], claimed: usize, cut: u32) -> (&[u8], u32, bool) {
    match rest.get(..claimed) {
        Some(payload) => (payload, 0, false),
        None => {
            let missing = u32::try_from(claimed - rest.len()).unwrap_or(u32::MAX);
            (rest, missing.min(cut), missing > cut)
        }
    }
}

/// Reads an IPv4 packet; `cut` is how many bytes of the frame were not captured.
#[inline]
pub(crate) fn v4(bytes: &[u8], cut: u32) -> Result<Packet<'_>, Counter> {
    let head = bytes.first_chunk::<20>().ok_or(Counter::Ipv4BadHeader)?;
    let [first, _, l0, l1, i0, i1, f0, f1, _, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *head;
    if first >> 4 != 4 {
        return Err(Counter::IpBadVersion);
    }
    let header = usize::from(first & 0x0f) * 4;
    if header < 20 {
        return Err(Counter::Ipv4BadHeader);
    }
    let rest = bytes.get(header..).ok_or(Counter::Ipv4BadHeader)?;
    let total = usize::from(u16::from_be_bytes([l0, l1]));
    // Captures on a sending machine with segmentation offload show total length 0.
    let claimed = match total {
        0 => rest.len() + cut as usize,
        total => total.checked_sub(header).ok_or(Counter::Ipv4BadHeader)?,
    };
    let (payload, missing, lies) = trim(rest, claimed, cut);
    let flags = u16::from_be_bytes([f0, f1]);
    let fragment = (flags & 0x3fff != 0).then(|| Fragment {
        identification: u32::from(u16::from_be_bytes([i0, i1])),
        offset: u32::from(flags & 0x1fff) * 8,
        more: flags & 0x2000 != 0,
    });
    Ok(Packet {
        source: IpAddr::V4(Ipv4Addr::new(s0, s1, s2, s3)),
        destination: IpAddr::V4(Ipv4Addr::new(d0, d1, d2, d3)),
        protocol,
        fragment,
        payload,
        missing,
        oddity: lies.then_some(Counter::Ipv4BadLength),
    })
}

/// Reads an IPv6 packet; `cut` is how many bytes of the frame were not captured.
#[inline]
pub(crate) fn v6(bytes: &[u8], cut: u32) -> Result<Packet<'_>, Counter> {
    let (head, rest) = bytes.split_first_chunk::<40>().ok_or(Counter::Ipv6BadHeader)?;
    if head.first().is_some_and(|first| first >> 4 != 6) {
        return Err(Counter::IpBadVersion);
    }
    let claimed = usize::from(u16_at(head, 4).unwrap_or(0));
    // Length 0 belongs to jumbograms (RFC 2675) and to offloaded segments.
    let claimed = if claimed == 0 { rest.len() + cut as usize } else { claimed };
    let (payload, missing, lies) = trim(rest, claimed, cut);
    let walked = extensions(head.get(6).copied().unwrap_or(59), payload)?;
    Ok(Packet {
        source: v6_address(head, 8),
        destination: v6_address(head, 24),
        protocol: walked.protocol,
        fragment: walked.fragment,
        payload: walked.payload,
        missing,
        oddity: lies.then_some(Counter::Ipv6BadLength),
    })
}

fn v6_address(head: &[u8], at: usize) -> IpAddr {
    let octets = head.get(at..).and_then(|rest| rest.first_chunk::<16>()).copied().unwrap_or_default();
    IpAddr::V6(Ipv6Addr::from(octets))
}

/// Where a chain of extension headers ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walked<'a> {
    pub(crate) protocol: u8,
    pub(crate) fragment: Option<Fragment>,
    pub(crate) payload: &'a [u8],
}

/// Follows IPv6 extension headers to the transport, or to a fragment header that leaves more to come.
pub(crate) fn extensions(mut next: u8, mut payload: &[u8]) -> Result<Walked<'_>, Counter> {
    for _ in 0..EXTENSIONS_MAX {
        let length = match next {
            // Hop-by-hop, routing, destination options, mobility, host identity, shim6.
            0 | 43 | 60 | 135 | 139 | 140 => (extension_length(payload)? + 1) * 8,
            // The authentication header counts in units of four bytes (RFC 4302).
            51 => (extension_length(payload)? + 2) * 4,
            44 => {
                let flags = u16_at(payload, 2).ok_or(Counter::Ipv6BadExtension)?;
                let identification = u32_at(payload, 4).ok_or(Counter::Ipv6BadExtension)?;
                let fragment =
                    Fragment { identification, offset: u32::from(flags & 0xfff8), more: flags & 1 != 0 };
                // An atomic fragment (RFC 6946) is whole.
                if fragment.offset != 0 || fragment.more {
                    let protocol = payload.first().copied().unwrap_or(59);
                    let payload = payload.get(8..).unwrap_or_default();
                    return Ok(Walked { protocol, fragment: Some(fragment), payload });
                }
                8
            }
            _ => return Ok(Walked { protocol: next, fragment: None, payload }),
        };
        next = payload.first().copied().ok_or(Counter::Ipv6BadExtension)?;
        payload = payload.get(length..).ok_or(Counter::Ipv6BadExtension)?;
    }
    Err(Counter::Ipv6BadExtension)
}

fn extension_length(payload: &[u8]) -> Result<usize, Counter> {
    payload.get(1).map(|length| usize::from(*length)).ok_or(Counter::Ipv6BadExtension)
}

/// True for protocol numbers that name an IPv6 extension header.
pub(crate) fn is_extension(protocol: u8) -> bool {
    matches!(protocol, 0 | 43 | 44 | 51 | 60 | 135 | 139 | 140)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4_bytes(total: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x46, 0];
        bytes.extend(total.to_be_bytes());
        bytes.extend([0, 7]);
        bytes.extend(flags.to_be_bytes());
        bytes.extend([64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 0]);
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn options_are_passed_and_padding_is_trimmed() {
        let bytes = v4_bytes(27, 0, b"abc-padding");
        let packet = v4(&bytes, 0).unwrap();
        assert_eq!((packet.payload, packet.missing, packet.oddity), (&b"abc"[..], 0, None));
    }

    #[test]
    fn a_lying_length_is_told_from_a_cut_frame() {
        let bytes = v4_bytes(124, 0, b"abc");
        assert_eq!(v4(&bytes, 97).unwrap().missing, 97);
        assert_eq!(v4(&bytes, 97).unwrap().oddity, None);
        assert_eq!(v4(&bytes, 0).unwrap().oddity, Some(Counter::Ipv4BadLength));
        assert_eq!(v4(&bytes, 0).unwrap().payload, b"abc");
        assert_eq!(v4(&v4_bytes(10, 0, b""), 0).unwrap_err(), Counter::Ipv4BadHeader);
    }

    #[test]
    fn fragments_are_told() {
        let packet_bytes = v4_bytes(27, 0x2003, b"abc");
        let fragment = v4(&packet_bytes, 0).unwrap().fragment.unwrap();
        assert_eq!(fragment, Fragment { identification: 7, offset: 24, more: true });
        assert_eq!(v4(&v4_bytes(27, 0x4000, b"abc"), 0).unwrap().fragment, None);
    }

    #[test]
    fn extension_chains_end() {
        let mut chain = Vec::new();
        for next in [43, 60, 51] {
            chain.extend([next, 0, 0, 0, 0, 0, 0, 0]);
        }
        chain.extend([17, 0, 0, 0, 0, 0, 0, 0, b'x']);
        let walked = extensions(0, &chain).unwrap();
        assert_eq!((walked.protocol, walked.payload), (17, &b"x"[..]));
        let endless = [0u8; 200];
        assert_eq!(extensions(0, &endless).unwrap_err(), Counter::Ipv6BadExtension);
        assert_eq!(extensions(0, &[17, 200, 0, 0]).unwrap_err(), Counter::Ipv6BadExtension);
    }

    #[test]
    fn an_atomic_fragment_is_whole() {
        let walked = extensions(44, &[17, 0, 0, 0, 0, 0, 0, 9, b'x']).unwrap();
        assert_eq!((walked.protocol, walked.fragment, walked.payload), (17, None, &b"x"[..]));
        let walked = extensions(44, &[17, 0, 0, 9, 0, 0, 0, 9, b'x']).unwrap();
        assert_eq!(walked.fragment, Some(Fragment { identification: 9, offset: 8, more: true }));
    }
}
