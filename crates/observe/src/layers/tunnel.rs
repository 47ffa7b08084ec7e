//! Tunnels: what carries packets or whole frames inside of packets. Known by the IP protocol, or by a port that
//! is registered for the tunnel together with a head that makes sense.

use super::link::{self, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, Frame, LinkType, bare};
use super::{labels, u16_at, u32_at};
use crate::counters::Counter;
use cordon_model::observe::Protocol;

const IP_IN_IP: u8 = 4;
const IPV6_IN_IP: u8 = 41;
const GRE: u8 = 47;
const ETHER_IP: u8 = 97;
const MPLS_IN_IP: u8 = 137;

const PORT_L2TP: u16 = 1701;
const PORT_GTP_USER: u16 = 2152;
const PORT_TEREDO: u16 = 3544;
const PORT_VXLAN: u16 = 4789;
/// What Linux used before a port was registered, and many still do.
const PORT_VXLAN_LINUX: u16 = 8472;
const PORT_VXLAN_GENERIC: u16 = 4790;
const PORT_CAPWAP_DATA: u16 = 5247;
const PORT_GENEVE: u16 = 6081;
const PORT_TZSP: u16 = 37_008;

/// Tunnels within tunnels that are followed; what is deeper is counted.
pub(crate) const TUNNELS_MAX: u8 = 4;
/// Options or extension heads followed in one tunnel's head.
const OPTIONS_MAX: usize = 32;

/// What a packet turned out to carry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tunnel<'a> {
    /// By which protocol.
    pub(crate) protocol: Protocol,
    /// The number by which the tunnel keeps networks, sessions or users apart, if it has one.
    pub(crate) number: Option<u32>,
    /// The frame inside; an error is what to count, [`None`] when it carries none, as when it keeps itself alive.
    pub(crate) inside: Option<Result<Frame<'a>, Counter>>,
}

impl<'a> Tunnel<'a> {
    fn new(
        protocol: Protocol,
        number: Option<u32>,
        inside: Option<Result<Frame<'a>, Counter>>,
    ) -> Tunnel<'a> {
        Tunnel { protocol, number, inside }
    }
}

/// True for IP protocols of tunnels.
#[inline]
pub(crate) fn is_protocol(protocol: u8) -> bool {
    matches!(protocol, IP_IN_IP | IPV6_IN_IP | GRE | ETHER_IP | MPLS_IN_IP)
}

/// True for ports of tunnels.
#[inline]
pub(crate) fn is_port(source: u16, destination: u16) -> bool {
    matches!(
        destination,
        PORT_VXLAN
            | PORT_VXLAN_LINUX
            | PORT_VXLAN_GENERIC
            | PORT_GENEVE
            | PORT_TZSP
            | PORT_GTP_USER
            | PORT_L2TP
            | PORT_TEREDO
            | PORT_CAPWAP_DATA
    ) || matches!(source, PORT_TEREDO | PORT_CAPWAP_DATA | PORT_L2TP)
}

/// Opens an IP packet's payload, if its protocol is a tunnel's.
pub(crate) fn of_ip(protocol: u8, payload: &[u8]) -> Option<Tunnel<'_>> {
    let tunnel = |frame| Some(Tunnel::new(Protocol::IpInIp, None, Some(frame)));
    match protocol {
        IP_IN_IP => tunnel(Ok(bare(ETHER_TYPE_IPV4, payload))),
        IPV6_IN_IP => tunnel(Ok(bare(ETHER_TYPE_IPV6, payload))),
        MPLS_IN_IP => tunnel(link::peel(bare(0x8847, payload))),
        // RFC 3378: version 3 in four bits, then zeros.
        ETHER_IP => match payload {
            [0x30, 0, rest @ ..] => Some(Tunnel::new(Protocol::EtherIp, None, Some(link::ethernet(rest)))),
            _ => None,
        },
        GRE => gre(payload),
        _ => None,
    }
}

/// Opens a UDP datagram, if its ports are a tunnel's and its head is too.
pub(crate) fn of_udp(source: u16, destination: u16, payload: &[u8]) -> Option<Tunnel<'_>> {
    match destination {
        PORT_VXLAN | PORT_VXLAN_LINUX | PORT_VXLAN_GENERIC => vxlan(payload),
        PORT_GENEVE => geneve(payload),
        PORT_TZSP => tzsp(payload),
        PORT_GTP_USER => gtp(payload),
        PORT_TEREDO => teredo(payload),
        PORT_CAPWAP_DATA => capwap(payload),
        PORT_L2TP => l2tp(payload),
        _ => match source {
            PORT_TEREDO => teredo(payload),
            PORT_CAPWAP_DATA => capwap(payload),
            PORT_L2TP => l2tp(payload),
            _ => None,
        },
    }
}

/// RFC 2784, RFC 2890; version 1 is that of PPTP (RFC 2637).
fn gre(bytes: &[u8]) -> Option<Tunnel<'_>> {
    let (flags, kind) = u16_at(bytes, 0).zip(u16_at(bytes, 2))?;
    let version = flags & 7;
    // Source routes (RFC 1701) were given up; nobody sends them.
    if version > 1 || flags & 0x4000 != 0 {
        return None;
    }
    let mut at = if flags & 0x8000 != 0 { 8 } else { 4 };
    let key = (flags & 0x2000 != 0).then(|| u32_at(bytes, at)).flatten();
    at += if flags & 0x2000 != 0 { 4 } else { 0 };
    let numbered = flags & 0x1000 != 0;
    at += if numbered { 4 } else { 0 };
    at += if version == 1 && flags & 0x0080 != 0 { 4 } else { 0 };
    let payload = bytes.get(at..)?;
    let tunnel = |inside| Some(Tunnel::new(Protocol::Gre, key, inside));
    match kind {
        0x88be => erspan(payload, numbered),
        0x22eb => erspan_v3(payload),
        // An empty packet keeps a tunnel alive.
        _ if payload.is_empty() => tunnel(None),
        0x6558 => tunnel(Some(link::ethernet(payload))),
        0x880b => tunnel(labels::ppp(payload).map(|(kind, payload)| link::peel(bare(kind, payload)))),
        // A cache's redirected packet, after four bytes in the second version of the protocol.
        0x883e => {
            let skip = if payload.first().is_some_and(|first| first >> 4 == 4) { 0 } else { 4 };
            tunnel(Some(Ok(bare(ETHER_TYPE_IPV4, payload.get(skip..)?))))
        }
        0x0600.. => tunnel(Some(link::peel(bare(kind, payload)))),
        _ => tunnel(None),
    }
}

/// A switch's copies of frames for an analyser elsewhere (draft-foschiano-erspan): type I has no head, type II
/// eight bytes. The frame's VLAN stands in the head when its tag was taken off.
fn erspan(bytes: &[u8], numbered: bool) -> Option<Tunnel<'_>> {
    if !numbered {
        return Some(Tunnel::new(Protocol::Erspan, None, Some(link::ethernet(bytes))));
    }
    let (head, frame) = bytes.split_first_chunk::<8>()?;
    let [v0, v1, s0, s1, ..] = *head;
    if v0 >> 4 != 1 {
        return None;
    }
    let session = u32::from(u16::from_be_bytes([s0, s1]) & 0x03ff);
    let inside = copied(u16::from_be_bytes([v0, v1]), link::ethernet(frame));
    Some(Tunnel::new(Protocol::Erspan, Some(session), Some(inside)))
}

/// Type III: twelve bytes, and eight more when the last bit says so.
fn erspan_v3(bytes: &[u8]) -> Option<Tunnel<'_>> {
    let (head, mut frame) = bytes.split_first_chunk::<12>()?;
    let [v0, v1, s0, s1, _, _, _, _, _, _, f0, f1] = *head;
    if v0 >> 4 != 2 {
        return None;
    }
    if f1 & 1 != 0 {
        frame = frame.get(8..)?;
    }
    let session = u32::from(u16::from_be_bytes([s0, s1]) & 0x03ff);
    let inside = match f0 >> 2 & 0x1f {
        0 => copied(u16::from_be_bytes([v0, v1]), link::ethernet(frame)),
        2 => link::decode(LinkType::RawIp, frame),
        _ => Err(Counter::LinkUnread),
    };
    Some(Tunnel::new(Protocol::Erspan, Some(session), Some(inside)))
}

/// A mirrored frame that lost its tag on the way gets its VLAN back.
fn copied(version_and_vlan: u16, frame: Result<Frame<'_>, Counter>) -> Result<Frame<'_>, Counter> {
    let vlan = version_and_vlan & 0x0fff;
    frame.map(|frame| if frame.vlan == 0 && vlan != 0x0fff { Frame { vlan, ..frame } } else { frame })
}

/// RFC 7348, with the bits of group policy and of the generic protocol extension.
fn vxlan(bytes: &[u8]) -> Option<Tunnel<'_>> {
    let ([flags, _, _, next, v0, v1, v2, _], payload) = bytes.split_first_chunk::<8>()?;
    if flags & 0x08 == 0 || flags & 0x72 != 0 {
        return None;
    }
    let inside = match (flags & 0x04 != 0, next) {
        (false, _) | (true, 3) => Some(link::ethernet(payload)),
        (true, 1) => Some(Ok(bare(ETHER_TYPE_IPV4, payload))),
        (true, 2) => Some(Ok(bare(ETHER_TYPE_IPV6, payload))),
        (true, 5) => Some(link::peel(bare(0x8847, payload))),
        (true, _) => None,
    };
    Some(Tunnel::new(Protocol::Vxlan, Some(u32::from_be_bytes([0, *v0, *v1, *v2])), inside))
}

/// RFC 8926.
fn geneve(bytes: &[u8]) -> Option<Tunnel<'_>> {
    let ([first, second, p0, p1, v0, v1, v2, reserved], rest) = bytes.split_first_chunk::<8>()?;
    if first >> 6 != 0 || second & 0x3f != 0 || *reserved != 0 {
        return None;
    }
    let payload = rest.get(usize::from(first & 0x3f) * 4..)?;
    let kind = u16::from_be_bytes([*p0, *p1]);
    let inside = match kind {
        _ if second & 0x80 != 0 => None,
        0x6558 => Some(link::ethernet(payload)),
        0x0600.. => Some(link::peel(bare(kind, payload))),
        _ => None,
    };
    Some(Tunnel::new(Protocol::Geneve, Some(u32::from_be_bytes([0, *v0, *v1, *v2])), inside))
}

/// Sniffers' copies of frames for an analyser elsewhere: version 1, kind, link layer, tags up to an end.
fn tzsp(bytes: &[u8]) -> Option<Tunnel<'_>> {
    let ([version, kind, e0, e1], mut rest) = bytes.split_first_chunk::<4>()?;
    if *version != 1 || *kind > 5 {
        return None;
    }
    let tunnel = |inside| Some(Tunnel::new(Protocol::Tzsp, None, inside));
    // Received, and to be sent; the others carry no frame.
    if *kind > 1 {
        return tunnel(None);
    }
    for _ in 0..OPTIONS_MAX {
        match rest {
            [0, after @ ..] => rest = after,
            [1, frame @ ..] => {
                return match u16::from_be_bytes([*e0, *e1]) {
                    1 => tunnel(Some(link::ethernet(frame))),
                    18 => tunnel(Some(link::decode(LinkType::Wireless, frame))),
                    _ => tunnel(Some(Err(Counter::LinkUnread))),
                };
            }
            [_, length, after @ ..] => rest = after.get(usize::from(*length)..)?,
            _ => return None,
        }
    }
    None
}

/// Mobile networks' user packets (3GPP TS 29.281), version 1.
fn gtp(bytes: &[u8]) -> Option<Tunnel<'_>> {
    let ([flags, kind, l0, l1, i0, i1, i2, i3], mut rest) = bytes.split_first_chunk::<8>()?;
    if flags & 0xf0 != 0x30 || usize::from(u16::from_be_bytes([*l0, *l1])) > rest.len() {
        return None;
    }
    let number = Some(u32::from_be_bytes([*i0, *i1, *i2, *i3]));
    if *kind != 0xff {
        return Some(Tunnel::new(Protocol::Gtp, None, None));
    }
    if flags & 7 != 0 {
        let mut next = if flags & 4 != 0 { *rest.get(3)? } else { 0 };
        rest = rest.get(4..)?;
        for _ in 0..OPTIONS_MAX {
            if next == 0 {
                break;
            }
            let length = usize::from(*rest.first()?) * 4;
            next = *rest.get(length.checked_sub(1)?)?;
            rest = rest.get(length..)?;
        }
    }
    Some(Tunnel::new(Protocol::Gtp, number, Some(link::decode(LinkType::RawIp, rest))))
}

/// RFC 4380: IPv6 packets, after what authenticates and what tells the mapped address.
fn teredo(bytes: &[u8]) -> Option<Tunnel<'_>> {
    let mut rest = bytes;
    if let [0, 1, identifier, value, after @ ..] = rest {
        rest = after.get(usize::from(*identifier) + usize::from(*value) + 9..)?;
    }
    if let [0, 0, _, _, _, _, _, _, after @ ..] = rest {
        rest = after;
    }
    // A bubble is a head alone: it holds a way through a translator open.
    rest.get(..40).filter(|_| rest.first().is_some_and(|first| first >> 4 == 6))?;
    Some(Tunnel::new(Protocol::Teredo, None, Some(Ok(bare(ETHER_TYPE_IPV6, rest)))))
}

/// Frames between wireless access points and their controller in clear text (RFC 5415 4.3): their own format or
/// Ethernet's.
fn capwap(bytes: &[u8]) -> Option<Tunnel<'_>> {
    let ([preamble, b0, b1, b2], _) = bytes.split_first_chunk::<4>()?;
    // Type 1 is encrypted.
    if *preamble != 0 {
        return None;
    }
    let head = u32::from_be_bytes([0, *b0, *b1, *b2]);
    let length = (head >> 19) as usize * 4;
    let (binding, flags) = (head >> 9 & 0x1f, head & 0x1ff);
    let payload = bytes.get(length..).filter(|_| length >= 8)?;
    let inside = match (flags & 0x100 != 0, binding) {
        // Parts of frames are not put together; the beginning says whose they are.
        _ if flags & 0x08 != 0 => None,
        (false, _) => Some(link::ethernet(payload)),
        (true, 1) => Some(link::decode(LinkType::Wireless, payload)),
        (true, _) => Some(Err(Counter::LinkUnread)),
    };
    Some(Tunnel::new(Protocol::Capwap, None, inside))
}

/// RFC 2661: PPP packets behind a head whose fields are there as its flags say.
fn l2tp(bytes: &[u8]) -> Option<Tunnel<'_>> {
    let flags = u16_at(bytes, 0)?;
    if flags & 0x000f != 2 {
        return None;
    }
    let tunnel = |inside| Some(Tunnel::new(Protocol::L2tp, None, inside));
    if flags & 0x8000 != 0 {
        return tunnel(None);
    }
    let mut at = 2 + if flags & 0x4000 != 0 { 2 } else { 0 };
    at += 4;
    at += if flags & 0x0800 != 0 { 4 } else { 0 };
    if flags & 0x0200 != 0 {
        at += 2 + usize::from(u16_at(bytes, at)?);
    }
    tunnel(labels::ppp(bytes.get(at..)?).map(|(kind, payload)| link::peel(bare(kind, payload))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: [u8; 16] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];

    fn inside<'a>(tunnel: Option<Tunnel<'a>>) -> (Protocol, Option<u32>, u16, u16, &'a [u8]) {
        let tunnel = tunnel.unwrap();
        let frame = tunnel.inside.unwrap().unwrap();
        (tunnel.protocol, tunnel.number, frame.vlan, frame.ether_type, frame.payload)
    }

    fn behind(head: &[u8], frame: &[u8]) -> Vec<u8> {
        [head, frame].concat()
    }

    #[test]
    fn gre_heads_have_the_fields_their_flags_say() {
        for (head, key) in [
            (&[0, 0, 0x65, 0x58][..], None),
            (&[0x80, 0, 0x65, 0x58, 1, 2, 0, 0], None),
            (&[0x20, 0, 0x65, 0x58, 0, 0, 0, 9], Some(9)),
            (&[0xb0, 0, 0x65, 0x58, 1, 2, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1], Some(9)),
        ] {
            let bytes = behind(head, &FRAME);
            assert_eq!(inside(of_ip(GRE, &bytes)), (Protocol::Gre, key, 0, 0x0800, &FRAME[14..]));
        }
        assert!(of_ip(GRE, &[0, 0, 8, 0]).unwrap().inside.is_none());
        assert!(of_ip(GRE, &[0x40, 0, 8, 0, 0, 0, 0, 0]).is_none());
        let pptp = [0x30, 0x81, 0x88, 0x0b, 0, 6, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 3, 0, 0x21, 0x45];
        assert_eq!(inside(of_ip(GRE, &pptp)), (Protocol::Gre, Some(0x0006_0001), 0, 0x0800, &[0x45][..]));
    }

    #[test]
    fn a_mirrored_frame_keeps_its_vlan() {
        let v2 = behind(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 30, 0x08, 7, 0, 0, 0, 0], &FRAME);
        assert_eq!(inside(of_ip(GRE, &v2)), (Protocol::Erspan, Some(7), 30, 0x0800, &FRAME[14..]));
        let v1 = behind(&[0, 0, 0x88, 0xbe], &FRAME);
        assert_eq!(inside(of_ip(GRE, &v1)), (Protocol::Erspan, None, 0, 0x0800, &FRAME[14..]));
        let v3 =
            [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 30, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9];
        let v3 = behind(&v3, &FRAME);
        assert_eq!(inside(of_ip(GRE, &v3)), (Protocol::Erspan, Some(7), 30, 0x0800, &FRAME[14..]));
    }

    #[test]
    fn tunnels_over_udp_are_known_by_port_and_head() {
        let vxlan = behind(&[8, 0, 0, 0, 0, 0, 42, 0], &FRAME);
        for port in [PORT_VXLAN, PORT_VXLAN_LINUX] {
            assert_eq!(inside(of_udp(9, port, &vxlan)), (Protocol::Vxlan, Some(42), 0, 0x0800, &FRAME[14..]));
        }
        assert!(of_udp(PORT_VXLAN, 9, &vxlan).is_none());
        let geneve = behind(&[1, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 4], &FRAME);
        assert_eq!(
            inside(of_udp(9, PORT_GENEVE, &geneve)),
            (Protocol::Geneve, Some(7), 0, 0x0800, &FRAME[14..])
        );
        let tzsp = behind(&[1, 0, 0, 1, 0, 10, 2, 5, 5, 1], &FRAME);
        assert_eq!(inside(of_udp(9, PORT_TZSP, &tzsp)), (Protocol::Tzsp, None, 0, 0x0800, &FRAME[14..]));
        let gtp = [0x34, 0xff, 0, 10, 0, 0, 0, 5, 0, 0, 0, 0x85, 1, 9, 9, 0, 0x45, 0];
        assert_eq!(inside(of_udp(9, PORT_GTP_USER, &gtp)), (Protocol::Gtp, Some(5), 0, 0x0800, &gtp[16..]));
        let l2tp = [0x42, 2, 0, 12, 0, 1, 0, 2, 0, 2, 9, 9, 0xff, 3, 0, 0x57, 0x60];
        assert_eq!(inside(of_udp(9, PORT_L2TP, &l2tp)), (Protocol::L2tp, None, 0, 0x86dd, &[0x60][..]));
        let capwap = behind(&[0, 0x10, 0x02, 0, 0, 0, 0, 0], &FRAME);
        assert_eq!(inside(of_udp(PORT_CAPWAP_DATA, 9, &capwap)).2, 0);
        let mut teredo = [0; 61];
        teredo[1] = 1;
        teredo[13..15].copy_from_slice(&[0, 0]);
        teredo[21] = 0x60;
        assert_eq!(inside(of_udp(9, PORT_TEREDO, &teredo)).4, &teredo[21..]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            for protocol in [IP_IN_IP, IPV6_IN_IP, GRE, ETHER_IP, MPLS_IN_IP] {
                let _ = of_ip(protocol, &bytes);
            }
            for port in [1701, 2152, 3544, 4789, 4790, 5247, 6081, 37_008] {
                let _ = (of_udp(9, port, &bytes), of_udp(port, 9, &bytes));
            }
        }
    }
}
