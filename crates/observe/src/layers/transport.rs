//! TCP (RFC 9293), UDP (RFC 768) and ICMP heads.

use crate::counters::Counter;
use crate::layers::{u16_at, u32_at};

pub(crate) const PROTOCOL_ICMP: u8 = 1;
pub(crate) const PROTOCOL_TCP: u8 = 6;
pub(crate) const PROTOCOL_UDP: u8 = 17;
pub(crate) const PROTOCOL_ICMPV6: u8 = 58;

pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const ACK: u8 = 0x10;

/// A TCP segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: u8,
    pub(crate) payload: &'a [u8],
}

impl Segment<'_> {
    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Reads a TCP segment.
#[inline]
pub(crate) fn tcp(bytes: &[u8]) -> Result<Segment<'_>, Counter> {
    let head = bytes.first_chunk::<20>().ok_or(Counter::TcpBadHeader)?;
    let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, ..] = *head;
    let header = usize::from(offset >> 4) * 4;
    if header < 20 {
        return Err(Counter::TcpBadHeader);
    }
    Ok(Segment {
        source_port: u16::from_be_bytes([s0, s1]),
        destination_port: u16::from_be_bytes([d0, d1]),
        sequence: u32::from_be_bytes([q0, q1, q2, q3]),
        acknowledgement: u32::from_be_bytes([a0, a1, a2, a3]),
        flags,
        // Options cut by the snap length leave no payload.
        payload: bytes.get(header..).unwrap_or_default(),
    })
}

/// A UDP datagram.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Datagram<'a> {
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) payload: &'a [u8],
}

/// Reads a UDP datagram; `missing` bytes of it were not captured.
#[inline]
pub(crate) fn udp(bytes: &[u8], missing: u32) -> Result<Datagram<'_>, Counter> {
    let (source_port, destination_port) =
        u16_at(bytes, 0).zip(u16_at(bytes, 2)).ok_or(Counter::UdpBadHeader)?;
    let length = usize::from(u16_at(bytes, 4).ok_or(Counter::UdpBadHeader)?);
    let rest = bytes.get(8..).ok_or(Counter::UdpBadHeader)?;
    // Length 0 belongs to jumbograms (RFC 2675).
    let payload = match length {
        0 => rest,
        1..8 => return Err(Counter::UdpBadHeader),
        _ => match rest.get(..length - 8) {
            Some(payload) => payload,
            None if missing > 0 => rest,
            None => return Err(Counter::UdpBadHeader),
        },
    };
    Ok(Datagram { source_port, destination_port, payload })
}

/// What an ICMP message's type says of who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IcmpRole {
    /// The sender asks: echo, timestamp, router and neighbour solicitation …
    Asks,
    /// The sender answers.
    Answers,
    /// A report or an announcement.
    Tells,
}

/// Reads an ICMP (RFC 792) or ICMPv6 (RFC 4443, RFC 4861) message's role.
pub(crate) fn icmp(protocol: u8, bytes: &[u8]) -> Result<IcmpRole, Counter> {
    let _ = u32_at(bytes, 0).ok_or(Counter::IcmpBadHeader)?;
    let kind = bytes.first().copied().ok_or(Counter::IcmpBadHeader)?;
    Ok(match (protocol, kind) {
        (PROTOCOL_ICMP, 8 | 10 | 13 | 15 | 17) | (PROTOCOL_ICMPV6, 128 | 133 | 135) => IcmpRole::Asks,
        (PROTOCOL_ICMP, 0 | 9 | 14 | 16 | 18) | (PROTOCOL_ICMPV6, 129 | 134 | 136) => IcmpRole::Answers,
        _ => IcmpRole::Tells,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn udp_lengths_that_lie_are_refused() {
        let head = |length: u8| [0, 53, 1, 0, 0, length, 0, 0, b'a', b'b'];
        assert_eq!(udp(&head(9), 0).unwrap().payload, b"a");
        assert_eq!(udp(&head(0), 0).unwrap().payload, b"ab");
        assert!(udp(&head(7), 0).is_err());
        assert!(udp(&head(11), 0).is_err());
        assert_eq!(udp(&head(11), 1).unwrap().payload, b"ab");
        assert!(udp(&head(9)[..7], 0).is_err());
    }

    #[test]
    fn tcp_headers_shorter_than_twenty_bytes_are_refused() {
        let mut bytes = [0u8; 24];
        bytes[12] = 0x40;
        assert!(tcp(&bytes).is_err());
        bytes[12] = 0x50;
        assert_eq!(tcp(&bytes).unwrap().payload.len(), 4);
        bytes[12] = 0xf0;
        assert_eq!(tcp(&bytes).unwrap().payload.len(), 0);
    }
}
