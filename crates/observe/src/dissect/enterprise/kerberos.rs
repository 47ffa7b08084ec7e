//! Kerberos 5 (RFC 4120) between clients and the centre that distributes keys, and the tickets clients present
//! to services within other protocols: realms, computers, services, failures, weak encryption.

use super::super::{Datagram, DatagramDissector, Facts, Probe, Recognised, Side, Starts, StationFacts};
use super::ber::{self, Element, Elements, INTEGER, OCTETS, SEQUENCE, Start};
use super::framed::{Extent, Framed, Messages, Next};
use super::words::account;
use crate::layers::u32_at;
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// Application tags of the messages (RFC 4120 5.10).
const AS_REQUEST: u8 = 0x6a;
const AS_REPLY: u8 = 0x6b;
const TGS_REQUEST: u8 = 0x6c;
const TGS_REPLY: u8 = 0x6d;
const AP_REQUEST: u8 = 0x6e;
const ERROR: u8 = 0x7e;
const TICKET: u8 = 0x61;
/// GeneralString, which realms and names are made of.
const STRING: u8 = 0x1b;
/// A NetBIOS name among addresses (RFC 4120 7.5.3).
const NETBIOS_ADDRESS: i64 = 20;
/// The longest message that is believed.
const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Encryption types of a request that are told; there are about a dozen.
const TYPES_MAX: usize = 24;
/// Kerberos within GSS-API (RFC 4121 4.1): its object identifier, and that a request follows.
const GSS_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 1, 0];

/// Kerberos in datagrams.
#[derive(Debug)]
pub struct KerberosMessages;

/// Kerberos over TCP (RFC 4120 7.2.2).
pub type Kerberos = Framed<Exchange>;

/// The state of a stream: there is none, each message stands for itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exchange;

/// Which side sends messages that begin with this tag.
fn sender(tag: u8) -> Option<Side> {
    match tag {
        AS_REQUEST | TGS_REQUEST => Some(Side::Client),
        AS_REPLY | TGS_REPLY | ERROR => Some(Side::Server),
        _ => None,
    }
}

/// Whether a message of Kerberos begins here; `None` when more bytes would tell.
fn begins(bytes: &[u8]) -> Option<bool> {
    let &tag = bytes.first()?;
    if sender(tag).is_none() {
        return Some(false);
    }
    let inside = |bytes, tag| match ber::start(bytes) {
        Start::Known(head) if head.tag == tag && head.length < MESSAGE_BYTES_MAX => Ok(head.head),
        Start::More => Err(None),
        _ => Err(Some(false)),
    };
    let check = || {
        let outer = bytes.get(inside(bytes, tag)?..).unwrap_or_default();
        let fields = outer.get(inside(outer, SEQUENCE)?..).unwrap_or_default();
        // The protocol's version, then the kind of message, which repeats the tag.
        let first = if matches!(tag, AS_REQUEST | TGS_REQUEST) { 0xa1 } else { 0xa0 };
        let expected = [first, 3, INTEGER, 1, 5, first + 1, 3, INTEGER, 1, tag & 0x1f];
        match fields.get(..expected.len()) {
            Some(found) => Err(Some(found == expected)),
            None if expected.starts_with(fields) => Err(None),
            None => Err(Some(false)),
        }
    };
    let checked: Result<(), Option<bool>> = check();
    checked.err().flatten()
}

impl DatagramDissector for KerberosMessages {
    const STARTS: Starts = Starts::of(&[AS_REQUEST, AS_REPLY, TGS_REQUEST, TGS_REPLY, ERROR]);

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match datagram.bytes.first().and_then(|tag| sender(*tag)) {
            Some(side) if begins(datagram.bytes) == Some(true) => Recognised::From(side),
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, _side: Side, facts: &mut dyn StationFacts) -> bool {
        if begins(datagram.bytes) != Some(true) {
            return false;
        }
        message(datagram.bytes, facts);
        true
    }
}

impl Messages for Exchange {
    // Each message stands behind its length in four bytes.
    const STARTS: Starts = Starts::of(&[0]);
    const LOOK_MAX: usize = 16 * 1024;
    const SEEKS: bool = true;

    fn probe(head: &[u8], _port: u16) -> Probe {
        match (Exchange.begins(Side::Client, head), head.get(4).and_then(|tag| sender(*tag))) {
            (Extent::Message { .. }, Some(side)) => Probe::Certain(side),
            (Extent::More, _) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn extent(&self, side: Side, bytes: &[u8]) -> Extent {
        self.begins(side, bytes)
    }

    fn begins(&self, _side: Side, bytes: &[u8]) -> Extent {
        if !matches!(bytes, [] | [0] | [0, 0..=0x0f, ..]) {
            return Extent::Wrong;
        }
        let Some(length) = u32_at(bytes, 0) else { return Extent::More };
        let total = u64::from(length) + 4;
        match begins(bytes.get(4..).unwrap_or_default()) {
            None => Extent::More,
            Some(true) => Extent::Message { total, look: Self::LOOK_MAX },
            Some(false) => Extent::Wrong,
        }
    }

    fn message(&mut self, _side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        message(bytes.get(4..).unwrap_or_default(), facts);
        Next::On
    }
}

/// The element in a numbered field.
fn field(fields: Elements<'_>, number: u8) -> Option<Element<'_>> {
    fields.find(0xa0 | number)?.inside().next()
}

fn text(fields: Elements<'_>, number: u8) -> Option<&[u8]> {
    field(fields, number).filter(|text| text.tag == STRING && text.whole).map(|text| text.value)
}

/// The parts of a principal's name (RFC 4120 5.2.2).
fn parts(name: Element<'_>) -> impl Iterator<Item = &[u8]> {
    let parts = field(name.inside(), 1).map(Element::inside).unwrap_or_default();
    parts.filter(|part| part.tag == STRING && part.whole).map(|part| part.value)
}

fn message(bytes: &[u8], facts: &mut dyn Facts) {
    let Some(outer) = Elements::new(bytes).next() else { return };
    let Some(fields) = outer.inside().tagged(SEQUENCE).map(Element::inside) else { return };
    match outer.tag {
        AS_REQUEST | TGS_REQUEST => {
            facts.fact(Side::Client, Fact::KerberosRole, b"client");
            match field(fields, 4) {
                Some(body) => request(body.inside(), facts),
                None if outer.whole => facts.malformed(),
                None => {}
            }
        }
        AS_REPLY | TGS_REPLY => {
            facts.fact(Side::Server, Fact::KerberosRole, b"kdc");
            reply(fields, facts);
        }
        _ => error(fields, facts),
    }
}

/// KDC-REQ-BODY (RFC 4120 5.4.1).
fn request(body: Elements<'_>, facts: &mut dyn Facts) {
    if let Some(name) = field(body, 1) {
        client_name(name, facts);
    }
    if let Some(realm) = text(body, 2) {
        facts.fact(Side::Client, Fact::KerberosRealm, realm);
    }
    if let Some(name) = field(body, 3)
        && let Some(service) = service(name)
    {
        facts.fact(Side::Client, Fact::KerberosAsks, service.text().as_bytes());
    }
    if let Some(types) = field(body, 8) {
        let mut line = Line::default();
        for number in types.inside().filter_map(Element::number).take(TYPES_MAX) {
            let comma = if line.text().is_empty() { "" } else { "," };
            let _ = write!(line, "{comma}{number}");
        }
        facts.fact(Side::Client, Fact::KerberosEncryptionTypes, line.text().as_bytes());
    }
    for address in field(body, 9).map(Element::inside).unwrap_or_default().take(16) {
        let address = address.inside();
        if field(address, 0).and_then(Element::number) == Some(NETBIOS_ADDRESS)
            && let Some(name) = field(address, 1).filter(|name| name.tag == OCTETS && name.whole)
        {
            facts.fact(Side::Client, Fact::KerberosNetbiosName, name.value);
        }
    }
}

/// Who logs in: a person's account, or a computer's own (`NAME$`, `host/NAME`).
fn client_name(name: Element<'_>, facts: &mut dyn Facts) {
    let mut parts = parts(name);
    let (Some(first), second) = (parts.next(), parts.next()) else { return };
    match (second, first.split_last()) {
        (Some(host), _) if first.eq_ignore_ascii_case(b"host") => {
            facts.fact(Side::Client, Fact::KerberosComputer, host);
        }
        (None, Some((b'$', host))) => facts.fact(Side::Client, Fact::KerberosComputer, host),
        _ => facts.user(Side::Client, Fact::KerberosUser, account(first)),
    }
}

/// A service on a host, `class/host`; names of one part may be accounts, and those of key distribution itself
/// say nothing that the realm does not.
fn service(name: Element<'_>) -> Option<Line> {
    let mut parts = parts(name);
    let (class, host) = (parts.next()?, parts.next()?);
    let is_class =
        !class.is_empty() && class.len() <= 24 && class.iter().all(|byte| byte.is_ascii_alphanumeric());
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:$".contains(byte);
    if !is_class || !host.iter().all(is_host) || class == b"krbtgt" || class == b"kadmin" {
        return None;
    }
    let mut line = Line::default();
    let (class, host) = (std::str::from_utf8(class).ok()?, std::str::from_utf8(host).ok()?);
    write!(line, "{class}/{host}").ok()?;
    Some(line)
}

/// KDC-REP (RFC 4120 5.4.2).
fn reply(fields: Elements<'_>, facts: &mut dyn Facts) {
    if let Some(realm) = text(fields, 3) {
        facts.fact(Side::Server, Fact::KerberosRealm, realm);
    }
    if let Some(name) = field(fields, 4) {
        client_name(name, facts);
    }
    let ticket = field(fields, 5).and_then(|ticket| ticket.inside().tagged(SEQUENCE)).map(Element::inside);
    let encrypted = |part: Option<Element<'_>>| field(part?.inside(), 0).and_then(Element::number);
    let of_ticket = ticket.and_then(|ticket| encrypted(field(ticket, 3)));
    let of_session = encrypted(field(fields, 6));
    for (kind, what) in [(of_ticket, "a ticket"), (of_session, "a reply")] {
        if let Some(name) = kind.and_then(weak) {
            let mut detail = Line::default();
            let _ = write!(detail, "kerberos: {what} encrypted with {name}");
            facts.event(Side::Server, EventKind::EncryptionWeak, detail.text());
        }
    }
}

/// Encryption types that can be broken (RFC 6649, RFC 8429).
fn weak(kind: i64) -> Option<&'static str> {
    match kind {
        1..=3 => Some("DES"),
        5 | 7 | 16 => Some("triple DES"),
        23 | -128 => Some("RC4"),
        24 | -133 | -135 => Some("RC4 of 56 bits"),
        _ => None,
    }
}

/// KRB-ERROR (RFC 4120 5.9.1).
fn error(fields: Elements<'_>, facts: &mut dyn Facts) {
    if let Some(realm) = text(fields, 9) {
        facts.fact(Side::Server, Fact::KerberosRealm, realm);
    }
    let Some(code) = field(fields, 6).and_then(Element::number) else { return facts.malformed() };
    let reason = match code {
        6 => "no such client",
        12 => "against policy",
        14 => "encryption type not supported",
        18 => "account locked or expired",
        23 => "password expired",
        24 => "wrong password",
        31 => "cannot be decrypted",
        37 => "clocks differ",
        _ => return,
    };
    let mut detail = Line::default();
    let _ = write!(detail, "kerberos: {reason} ({code})");
    facts.event(Side::Client, EventKind::LogInFailed, detail.text());
}

/// Tells for which service the ticket in some bytes is, which a client presents within GSS-API: the name and
/// the realm of the server. Answers `true` when there is one.
pub(super) fn find_ticket(bytes: &[u8], facts: &mut dyn Facts) -> bool {
    let ticket = || {
        let at = memchr::memmem::find(bytes, GSS_REQUEST)? + GSS_REQUEST.len();
        let request = Elements::new(bytes.get(at..)?).tagged(AP_REQUEST)?.inside().tagged(SEQUENCE)?.inside();
        let ticket = field(request, 3).filter(|ticket| ticket.tag == TICKET)?;
        Some(ticket.inside().tagged(SEQUENCE)?.inside())
    };
    let Some(ticket) = ticket() else { return false };
    if let Some(realm) = text(ticket, 1) {
        facts.fact(Side::Server, Fact::KerberosRealm, realm);
    }
    if let Some(service) = field(ticket, 2).and_then(service) {
        facts.fact(Side::Server, Fact::KerberosService, service.text().as_bytes());
    }
    true
}
