//! What client and server say before they encrypt: whom is asked for, by what software, and what is agreed.

use super::ja4::{self, Carrier, Parts};
use super::{Reader, suites};
use crate::dissect::{Facts, Side};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// Application protocols of one offer that are told.
const PROTOCOLS_MAX: usize = 8;

const SERVER_NAME: usize = 0;
const SIGNATURE_ALGORITHMS: usize = 13;
const APPLICATION_PROTOCOL: usize = 16;
const SUPPORTED_VERSIONS: usize = 43;

/// The facts that a hello is told by: TLS names them other than QUIC.
#[derive(Clone, Copy, Debug)]
pub(in crate::dissect) struct Names {
    pub(in crate::dissect) server_name: Fact,
    pub(in crate::dissect) offered: Fact,
    pub(in crate::dissect) fingerprint: Fact,
    pub(in crate::dissect) carrier: Carrier,
}

/// Over TCP.
pub(super) const TLS: Names = Names {
    server_name: Fact::TlsServerName,
    offered: Fact::TlsAlpnOffered,
    fingerprint: Fact::TlsJa4,
    carrier: Carrier::Tcp,
};

/// In QUIC.
pub(in crate::dissect) const QUIC: Names = Names {
    server_name: Fact::QuicServerName,
    offered: Fact::QuicAlpnOffered,
    fingerprint: Fact::QuicJa4,
    carrier: Carrier::Quic,
};

/// A ClientHello that `side` sent (RFC 8446 4.1.2); the server's name stands in extension 0 (RFC 6066 3). `known`
/// when its sender's software is known already: a second hello answers what the server asked for and differs.
pub(in crate::dissect) fn client(
    side: Side,
    body: &[u8],
    names: &Names,
    known: bool,
    facts: &mut dyn Facts,
) -> Option<()> {
    let mut hello = Reader(body);
    let version = hello.number(2)?;
    hello.take(32)?;
    hello.field(1)?;
    let suites = hello.field(2)?;
    hello.field(1)?;
    let mut parts = Parts { version: u16::try_from(version).ok()?, suites, ..Parts::default() };
    let mut after = Reader(hello.0);
    if !after.0.is_empty() {
        parts.extensions = after.field(2)?;
    }
    hello.extensions(|kind, content| {
        let mut content = Reader(content);
        match kind {
            SERVER_NAME if !content.0.is_empty() => server_name(side, content, names, facts)?,
            SIGNATURE_ALGORITHMS => parts.signatures = content.field(2)?,
            SUPPORTED_VERSIONS => parts.versions = Some(content.field(1)?),
            APPLICATION_PROTOCOL => {
                let mut offered = Reader(content.field(2)?);
                let mut count = 0;
                while !offered.0.is_empty() {
                    let protocol = offered.field(1)?;
                    if is_made_up(protocol) {
                        continue;
                    }
                    if count == 0 {
                        parts.protocol = protocol;
                    }
                    count += 1;
                    if count <= PROTOCOLS_MAX && !known {
                        facts.fact(side, names.offered, protocol);
                    }
                }
            }
            _ => {}
        }
        Some(())
    })?;
    if !known {
        match ja4::fingerprint(names.carrier, &parts) {
            Some(text) => facts.fact(side, names.fingerprint, &text),
            None => facts.limit(),
        }
    }
    Some(())
}

/// Protocols that clients make up are two bytes (RFC 8701 3.1).
fn is_made_up(protocol: &[u8]) -> bool {
    matches!(*protocol, [high, low] if ja4::is_made_up(u16::from_be_bytes([high, low])))
}

fn server_name(side: Side, content: Reader<'_>, names: &Names, facts: &mut dyn Facts) -> Option<()> {
    const HOST_NAME: usize = 0;
    let mut content = content;
    let mut list = Reader(content.field(2)?);
    while !list.0.is_empty() {
        let kind = list.number(1)?;
        let name = list.field(2)?;
        if kind == HOST_NAME {
            facts.fact(side.other(), names.server_name, name);
        }
    }
    Some(())
}

/// A ServerHello (RFC 8446 4.1.3); from 1.3 on the version agreed stands in extension 43.
pub(super) fn server(body: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let mut hello = Reader(body);
    let mut version = hello.number(2)?;
    hello.take(32)?;
    hello.field(1)?;
    let suite = u16::try_from(hello.number(2)?).ok()?;
    hello.take(1)?;
    let mut protocol: &[u8] = &[];
    let read = hello.extensions(|kind, content| {
        match kind {
            SUPPORTED_VERSIONS => version = Reader(content).number(2)?,
            APPLICATION_PROTOCOL => protocol = Reader(Reader(content).field(2)?).field(1)?,
            _ => {}
        }
        Some(())
    });
    let (name, weak) = match version {
        0x0300 => ("ssl3", Some("SSL 3.0")),
        0x0301 => ("1.0", Some("TLS 1.0")),
        0x0302 => ("1.1", Some("TLS 1.1")),
        0x0303 => ("1.2", None),
        // The drafts of 1.3 announced themselves as 0x7fNN.
        0x0304 | 0x7f00..=0x7fff => ("1.3", None),
        _ => return None,
    };
    facts.fact(Side::Server, Fact::TlsVersion, name.as_bytes());
    if let Some(weak) = weak {
        facts.event(Side::Server, EventKind::EncryptionWeak, weak);
    }
    tell_suite(suite, facts);
    if !protocol.is_empty() {
        facts.fact(Side::Server, Fact::TlsAlpn, protocol);
    }
    read
}

fn tell_suite(suite: u16, facts: &mut dyn Facts) {
    match suites::name(suite) {
        Some(name) => {
            facts.fact(Side::Server, Fact::TlsCipherSuite, name.as_bytes());
            if suites::is_weak(name) {
                facts.event(Side::Server, EventKind::EncryptionWeak, name);
            }
        }
        None => {
            let mut line = Line::default();
            let _ = write!(line, "0x{suite:04x}");
            facts.fact(Side::Server, Fact::TlsCipherSuite, line.text().as_bytes());
        }
    }
}
