//! How IPsec tunnels agree on keys (IKE version 1: RFC 2408, RFC 2409; version 2: RFC 7296): whose software it is, by
//! the vendors' identifiers it sends, and weak algorithms a responder agreed to.

mod vendors;

use crate::dissect::{Datagram, DatagramDissector, Facts, Recognised, Side, Starts, StationFacts};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

const PORT: u16 = 500;
/// With other ports in between, after four zero bytes (RFC 3948 2.2).
const PORT_TRANSLATED: u16 = 4_500;
const HEADER_BYTES: usize = 28;
/// Payloads of one message that are read.
const PAYLOADS_MAX: usize = 32;
/// What a responder agreed to is one proposal; only its transforms are read.
const TRANSFORMS_MAX: usize = 16;

/// The dissector.
#[derive(Debug)]
pub struct IkeMessage;

/// A message's header (RFC 7296 3.1, RFC 2408 3.1).
struct Header<'a> {
    version: u8,
    first: u8,
    from: Side,
    encrypted: bool,
    payloads: &'a [u8],
}

impl DatagramDissector for IkeMessage {
    const STARTS: Starts = Starts::ANY;
    const PORTS: &'static [u16] = &[PORT, PORT_TRANSLATED];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        header(datagram).map_or(Recognised::No, |header| Recognised::From(header.from))
    }

    fn read(datagram: &Datagram<'_>, _side: Side, facts: &mut dyn StationFacts) -> bool {
        let Some(header) = header(datagram) else { return false };
        let version: &[u8] = if header.version == 1 { b"1" } else { b"2" };
        facts.fact(header.from, Fact::IkeVersion, version);
        if !header.encrypted && payloads(&header, facts).is_none() {
            facts.malformed();
        }
        true
    }
}

fn header<'a>(datagram: &Datagram<'a>) -> Option<Header<'a>> {
    if !datagram.touches(PORT) && !datagram.touches(PORT_TRANSLATED) {
        return None;
    }
    let bytes = match datagram.bytes.strip_prefix(&[0; 4]) {
        Some(rest) if datagram.touches(PORT_TRANSLATED) => rest,
        _ => datagram.bytes,
    };
    let (head, payloads) = bytes.split_first_chunk::<HEADER_BYTES>()?;
    let (cookies, rest) = head.split_first_chunk::<16>()?;
    let &[first, version, exchange, flags, _, _, _, _, a, b, c, d] = rest else { return None };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    let begun = cookies.first_chunk::<8>() != Some(&[0; 8]);
    if !begun || length < HEADER_BYTES || (length != bytes.len() && !(datagram.cut && length > bytes.len())) {
        return None;
    }
    const ENCRYPTED_1: u8 = 1;
    const INITIATOR_2: u8 = 8;
    const ENCRYPTED_2: u8 = 46;
    match (version, exchange) {
        (0x10, 1..=6 | 32..=34) => {
            // Only the initiator's first message is without the responder's cookie.
            let asks = cookies.last_chunk::<8>() == Some(&[0; 8]);
            let from = if asks { Side::Client } else { Side::Server };
            Some(Header { version: 1, first, from, encrypted: flags & ENCRYPTED_1 != 0, payloads })
        }
        (0x20, 34..=37 | 43) => {
            let from = if flags & INITIATOR_2 != 0 { Side::Client } else { Side::Server };
            Some(Header { version: 2, first, from, encrypted: first == ENCRYPTED_2, payloads })
        }
        _ => None,
    }
}

/// Reads the chain of payloads: each names the kind of the next, and its own length.
fn payloads(header: &Header<'_>, facts: &mut dyn Facts) -> Option<()> {
    const NO_MORE: u8 = 0;
    let (association, vendor) = if header.version == 1 { (1, 13) } else { (33, 43) };
    let (mut kind, mut rest) = (header.first, header.payloads);
    for _ in 0..PAYLOADS_MAX {
        if kind == NO_MORE {
            return Some(());
        }
        let &[next, _, high, low] = rest.first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let content = rest.get(4..length)?;
        rest = rest.get(length..)?;
        if kind == vendor {
            tell_vendor(header.from, content, facts);
        } else if kind == association && header.from == Side::Server {
            let read = if header.version == 1 { agreed_1(content, facts) } else { agreed_2(content, facts) };
            read?;
        }
        kind = next;
    }
    None
}

fn tell_vendor(from: Side, identifier: &[u8], facts: &mut dyn Facts) {
    if let Some(name) = vendors::name(identifier) {
        return facts.fact(from, Fact::IkeVendor, name.as_bytes());
    }
    // Some are plain words.
    if identifier.len() >= 6 && identifier.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return facts.fact(from, Fact::IkeVendor, identifier);
    }
    let mut line = Line::default();
    for byte in identifier.iter().take(24) {
        let _ = write!(line, "{byte:02x}");
    }
    facts.fact(from, Fact::IkeVendor, line.text().as_bytes());
}

fn weak(name: &str, facts: &mut dyn Facts) {
    let mut line = Line::default();
    let _ = write!(line, "IKE {name}");
    facts.event(Side::Server, EventKind::EncryptionWeak, line.text());
}

/// The proposal of version 1 (RFC 2408 3.4 to 3.6, values of RFC 2409 appendix A).
fn agreed_1(content: &[u8], facts: &mut dyn Facts) -> Option<()> {
    // Domain of interpretation and situation, then the proposal: its head, a number for the tunnel, one transform.
    let proposal = content.get(8..)?;
    let tunnel_bytes = usize::from(*proposal.get(6)?);
    let mut attributes = proposal.get(8 + tunnel_bytes + 8..)?;
    for _ in 0..TRANSFORMS_MAX {
        let Some((&[a, b, c, d], rest)) = attributes.split_first_chunk::<4>() else { return Some(()) };
        let (kind, value) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        const SHORT: u16 = 0x8000;
        attributes = if kind & SHORT != 0 { rest } else { rest.get(usize::from(value)..)? };
        match (kind, value) {
            (0x8001, 1) => weak("with DES", facts),
            (0x8001, 5) => weak("with 3DES", facts),
            (0x8002, 1) => weak("with MD5", facts),
            (0x8004, 1) => weak("with Diffie-Hellman group 1", facts),
            (0x8004, 2) => weak("with Diffie-Hellman group 2", facts),
            _ => {}
        }
    }
    Some(())
}

/// The proposal of version 2 (RFC 7296 3.3).
fn agreed_2(content: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let tunnel_bytes = usize::from(*content.get(6)?);
    let mut transforms = content.get(8 + tunnel_bytes..)?;
    for _ in 0..TRANSFORMS_MAX {
        let Some(&[_, _, high, low, kind, _, a, b]) = transforms.first_chunk::<8>() else { return Some(()) };
        match (kind, u16::from_be_bytes([a, b])) {
            (1, 2) => weak("with DES", facts),
            (1, 3) => weak("with 3DES", facts),
            (1, 11) => weak("without encryption", facts),
            (3, 1) => weak("with MD5", facts),
            (4, 1) => weak("with Diffie-Hellman group 1", facts),
            (4, 2) => weak("with Diffie-Hellman group 2", facts),
            _ => {}
        }
        transforms = transforms.get(usize::from(u16::from_be_bytes([high, low])).max(8)..)?;
    }
    Some(())
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use crate::dissect::testing::{batter_datagram, datagram};
    use insta::assert_snapshot;

    fn payload(next: u8, content: &[u8]) -> Vec<u8> {
        [&[next, 0][..], &(4 + content.len() as u16).to_be_bytes(), content].concat()
    }

    fn message(version: u8, asks: bool, first: u8, payloads: &[u8]) -> Vec<u8> {
        let cookie = if asks { [0; 8] } else { [6; 8] };
        let (exchange, flags) = if version == 1 { (2, 0) } else { (34, if asks { 8 } else { 0x20 }) };
        let length = (HEADER_BYTES + payloads.len()) as u32;
        let fields = [first, version << 4, exchange, flags, 0, 0, 0, 0];
        [&[5; 8][..], &cookie, &fields, &length.to_be_bytes(), payloads].concat()
    }

    pub(crate) fn datagrams() -> Vec<Vec<u8>> {
        const STRONGSWAN: &[u8] = b"\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb";
        let attributes = [0x80, 1, 0, 5, 0x80, 2, 0, 1, 0x80, 4, 0, 2, 0, 12, 0, 4, 0, 1, 0x51, 0x80];
        let transform = [&[0, 0, 0, 28, 1, 1, 0, 0][..], &attributes].concat();
        let proposal = [&[0, 0, 0, 36, 1, 1, 0, 1][..], &transform].concat();
        let agreed = [&[0, 0, 0, 1, 0, 0, 0, 1][..], &proposal].concat();
        let newer: Vec<u8> = [[0u8, 0, 0, 8, 1, 0, 0, 3], [0, 0, 0, 8, 4, 0, 0, 2]].concat();
        let newer = [&[0, 0, 0, 24, 1, 1, 0, 2][..], &newer].concat();
        let asked = [payload(13, STRONGSWAN), payload(13, b"FLEXVPN-SUPPORTED"), payload(0, &[1, 2, 3, 4])];
        vec![
            message(1, true, 13, &asked.concat()),
            message(1, false, 1, &payload(0, &agreed)),
            message(2, false, 33, &payload(0, &newer)),
            [&[0; 4][..], &message(2, true, 46, &[0xee; 40])].concat(),
        ]
    }

    #[test]
    fn vendors_and_weak_agreements_are_told() {
        let told = |index: usize| datagram::<IkeMessage>([500, 4_500], &datagrams()[index], false).unwrap();
        assert_snapshot!([0, 1, 2, 3].map(told).concat(), @r#"
        Client ike.version 1
        Client ike.vendor strongSwan
        Client ike.vendor FLEXVPN-SUPPORTED
        Client ike.vendor 01020304
        Server ike.version 1
        Server encryption.weak: IKE with 3DES
        Server encryption.weak: IKE with MD5
        Server encryption.weak: IKE with Diffie-Hellman group 2
        Server ike.version 2
        Server encryption.weak: IKE with 3DES
        Server encryption.weak: IKE with Diffie-Hellman group 2
        Client ike.version 2
        "#);
        for bytes in datagrams() {
            batter_datagram::<IkeMessage>([500, 4_500], &bytes);
        }
    }

    #[test]
    fn other_traffic_is_left() {
        let message = &datagrams()[0];
        assert_eq!(datagram::<IkeMessage>([500, 53], &message[..message.len() - 1], false), None);
        assert_eq!(datagram::<IkeMessage>([5_000, 53], message, false), None);
        assert!(datagram::<IkeMessage>([500, 500], &message[..60], true).is_some());
        assert_eq!(datagram::<IkeMessage>([500, 500], &[0; 60], false), None);
    }
}
