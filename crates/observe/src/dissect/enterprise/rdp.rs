//! Remote desktops (MS-RDPBCGR) until encryption begins: who is asked for, how the session is to be protected,
//! and, where that is not by TLS, what the client's computer is.

use super::super::{Facts, Probe, Side, Starts};
use super::framed::{Extent, Framed, GoesSecure, Messages, Next};
use super::words::{account, u16_le, u32_le, utf16};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// Version of the packets (RFC 1006 6).
const TPKT: u8 = 3;
const TPKT_HEAD: usize = 4;
/// Kinds of transport units (ITU-T X.224 13).
const CONNECT: u8 = 0xe0;
const CONFIRM: u8 = 0xd0;
const DATA: u8 = 0xf0;
/// Bytes of a connection request or confirmation before what is RDP's own.
const CONNECT_HEAD: usize = TPKT_HEAD + 7;
const PORT: u16 = 3389;

const COOKIE: &[u8] = b"Cookie: ";
/// The account, or the beginning of its name (2.2.1.1).
const COOKIE_USER: &[u8] = b"Cookie: mstshash=";

/// What a negotiation may ask for (2.2.1.1.1).
const PROTOCOLS: [(u32, &str); 5] =
    [(1, "TLS"), (2, "CredSSP"), (4, "RDSTLS"), (8, "CredSSP-EX"), (16, "AAD")];

/// Remote desktops.
pub type Rdp = Framed<Session, GoesSecure>;

/// What is remembered of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    confirmed: bool,
    /// The confirmation chose TLS or what is built upon it.
    encryption: Option<&'static str>,
    told: bool,
}

/// The transport unit in a packet: its kind, and what follows its head.
fn unit(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let kind = bytes.get(TPKT_HEAD + 1)? & 0xf0;
    let head = if kind == DATA { TPKT_HEAD + 3 } else { CONNECT_HEAD };
    Some((kind, bytes.get(head..)?))
}

impl Messages for Session {
    const STARTS: Starts = Starts::of(&[TPKT]);
    const LOOK_MAX: usize = 2 * 1024;
    const SEEKS: bool = false;

    fn probe(head: &[u8], port: u16) -> Probe {
        let fixed = [TPKT, 0];
        if !head.iter().zip(fixed).all(|(found, expected)| *found == expected) {
            return Probe::No;
        }
        let Some((kind, own)) = unit(head) else {
            return if head.len() < CONNECT_HEAD { Probe::Unsure } else { Probe::No };
        };
        match (kind, own) {
            (CONNECT, [1, _, 8, 0, _, 0, 0, 0, ..]) => Probe::Certain(Side::Client),
            (CONNECT, own) if own.starts_with(COOKIE) => Probe::Certain(Side::Client),
            (CONNECT, own) if !own.is_empty() && COOKIE.starts_with(own) => Probe::Unsure,
            (CONNECT, [1, rest @ ..]) if rest.len() < 7 => Probe::Unsure,
            // The oldest clients ask for nothing; then the port breaks the tie with others that begin so.
            (CONNECT, [] | [b'\r', b'\n', ..])
                if head.get(3) == Some(&((CONNECT_HEAD + own.len()) as u8)) && port == PORT =>
            {
                Probe::Certain(Side::Client)
            }
            (CONFIRM, [2 | 3, _, 8, 0, _, 0, 0, 0, ..]) => Probe::Certain(Side::Server),
            (CONFIRM, [] | [2 | 3, ..]) if own.len() < 8 && head.get(3) == Some(&19) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn extent(&self, _side: Side, bytes: &[u8]) -> Extent {
        match *bytes {
            [TPKT, 0, high, low, ..] if [high, low] >= [0, 7] => {
                Extent::Message { total: u64::from(u16::from_be_bytes([high, low])), look: Self::LOOK_MAX }
            }
            [] | [TPKT] | [TPKT, 0] | [TPKT, 0, _] => Extent::More,
            _ => Extent::Wrong,
        }
    }

    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        match (unit(bytes), side) {
            (Some((CONNECT, own)), Side::Client) => request(own, facts),
            (Some((CONFIRM, own)), Side::Server) => return self.confirm(own, facts),
            (Some((DATA, own)), Side::Client) => {
                self.begins_work("without TLS", facts);
                client_settings(own, facts);
            }
            (Some((DATA, own)), Side::Server) => {
                server_settings(own, facts);
                return Next::Over;
            }
            _ => facts.malformed(),
        }
        Next::On
    }

    fn ends(&mut self, side: Side, facts: &mut dyn Facts) -> bool {
        // TLS follows, once the client begins it.
        if let Some(how) = self.encryption
            && side == Side::Client
        {
            self.begins_work(how, facts);
        }
        self.encryption.is_some()
    }
}

impl Session {
    /// Once in a connection.
    fn begins_work(&mut self, how: &str, facts: &mut dyn Facts) {
        if self.confirmed && !std::mem::replace(&mut self.told, true) {
            let mut detail = Line::default();
            let _ = write!(detail, "rdp: {how}");
            facts.event(Side::Client, EventKind::AdministrativeSession, detail.text());
        }
    }

    /// The server's choice (2.2.1.2).
    fn confirm(&mut self, own: &[u8], facts: &mut dyn Facts) -> Next {
        self.confirmed = true;
        match (own.first(), u32_le(own, 4)) {
            (Some(3), Some(code)) => {
                refused(code, facts);
                Next::Over
            }
            (Some(2), Some(chosen)) if chosen != 0 => {
                let Some((_, name)) = PROTOCOLS.iter().find(|(bit, _)| *bit == chosen) else {
                    return Next::Over;
                };
                self.encryption = Some(name);
                facts.fact(Side::Server, Fact::RdpSecurity, name.as_bytes());
                Next::On
            }
            _ => {
                facts.fact(Side::Server, Fact::RdpSecurity, b"RDP");
                facts.event(Side::Server, EventKind::EncryptionWeak, "rdp: its own encryption (RC4)");
                Next::On
            }
        }
    }
}

/// The server will not speak as the client wants (2.2.1.2.2).
fn refused(code: u32, facts: &mut dyn Facts) {
    let reason = match code {
        1 => "TLS required",
        2 => "TLS not allowed",
        3 => "no certificate",
        5 => "CredSSP required",
        6 => "TLS with a client's certificate required",
        _ => "refused",
    };
    // Mostly the client asks again as it is told to: no failed log-in yet.
    facts.fact(Side::Server, Fact::RdpRefuses, reason.as_bytes());
}

/// The client's wish (2.2.1.1): a cookie, then what it can do.
fn request(own: &[u8], facts: &mut dyn Facts) {
    let mut rest = own;
    if own.starts_with(COOKIE) {
        let end = memchr::memchr(b'\n', own).unwrap_or(own.len());
        let line = own.get(..end).unwrap_or_default().trim_ascii_end();
        if let Some(user) = line.strip_prefix(COOKIE_USER) {
            facts.user(Side::Client, Fact::RdpUser, account(user));
        }
        rest = own.get(end + 1..).unwrap_or_default();
    }
    let [1, _, 8, 0, ..] = rest else { return };
    let Some(asked) = u32_le(rest, 4) else { return };
    let mut line = Line::default();
    let _ = line.write_str("RDP");
    for (_, name) in PROTOCOLS.iter().filter(|(bit, _)| asked & bit != 0) {
        let _ = write!(line, ",{name}");
    }
    facts.fact(Side::Client, Fact::RdpOffers, line.text().as_bytes());
}

/// Blocks of settings behind a key, each with its kind and length (2.2.1.3.1).
fn blocks<'a>(bytes: &'a [u8], key: &[u8]) -> impl Iterator<Item = (u16, &'a [u8])> {
    // Behind the key stands the length of all blocks in one or two bytes (ITU-T X.691 10.9).
    let after =
        memchr::memmem::find(bytes, key).and_then(|at| bytes.get(at + key.len()..)).unwrap_or_default();
    let head = if after.first().is_some_and(|first| first & 0x80 != 0) { 2 } else { 1 };
    let mut rest = after.get(head..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (kind, length) = (u16_le(rest, 0)?, usize::from(u16_le(rest, 2)?));
        let block = rest.get(4..length.max(4))?;
        rest = rest.get(length.max(4)..)?;
        Some((kind, block))
    })
    .take(16)
}

/// What the client says of itself (2.2.1.3.2, CS_CORE): its computer's name, its build, its keyboard.
fn client_settings(own: &[u8], facts: &mut dyn Facts) {
    const CORE: u16 = 0xc001;
    let Some((_, core)) = blocks(own, b"Duca").find(|(kind, _)| *kind == CORE) else { return };
    if let Some(name) = core.get(20..52) {
        facts.fact(Side::Client, Fact::RdpClientName, utf16(name).text().as_bytes());
    }
    let mut tell = |fact, number: Option<u32>| {
        let mut line = Line::default();
        if let Some(number) = number.filter(|number| *number != 0)
            && write!(line, "{number}").is_ok()
        {
            facts.fact(Side::Client, fact, line.text().as_bytes());
        }
    };
    tell(Fact::RdpClientBuild, u32_le(core, 16));
    tell(Fact::RdpKeyboard, u32_le(core, 12));
}

/// What the server says of itself (2.2.1.4.2, SC_CORE): the version of RDP it speaks.
fn server_settings(own: &[u8], facts: &mut dyn Facts) {
    const CORE: u16 = 0x0c01;
    let Some((_, core)) = blocks(own, b"McDn").find(|(kind, _)| *kind == CORE) else { return };
    let version = match u32_le(core, 0) {
        Some(0x0008_0001) => "4.0",
        Some(0x0008_0004) => "5.0",
        Some(0x0008_0005) => "10.0",
        Some(number @ 0x0008_0006..=0x0008_0011) => {
            let mut line = Line::default();
            let _ = write!(line, "10.{}", number - 0x0008_0005);
            return facts.fact(Side::Server, Fact::RdpVersion, line.text().as_bytes());
        }
        _ => return,
    };
    facts.fact(Side::Server, Fact::RdpVersion, version.as_bytes());
}
