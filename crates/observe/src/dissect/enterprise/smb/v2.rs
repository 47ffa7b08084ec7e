//! Versions 2 and 3 (MS-SMB2).

use super::super::super::{Facts, Side};
use super::super::gss;
use super::super::words::{guid, slice, u16_le, u32_le, utf16};
use super::{MORE_PROCESSING, Session, log_in_failed, pipe_opened};
use crate::text::Line;
use cordon_model::observe::Fact;
use std::fmt::Write as _;

const HEADER: usize = 64;
const NEGOTIATE: u8 = 0;
const SESSION_SETUP: u8 = 1;
const TREE_CONNECT: u8 = 3;
const CREATE: u8 = 5;
/// Dialects and contexts of a negotiation that are looked at.
const LIST_MAX: u16 = 32;
const SIGNING_ENABLED: u8 = 1;
const SIGNING_REQUIRED: u8 = 2;
/// The server can encrypt (2.2.4).
const CAN_ENCRYPT: u32 = 0x40;
/// A context that names ciphers (2.2.3.1.2).
const CIPHERS: u16 = 2;

/// How much of a message with this command is looked at.
pub(super) fn look(command: u8) -> usize {
    match command {
        NEGOTIATE | SESSION_SETUP | TREE_CONNECT => 3 * 1024,
        // Names of pipes are short.
        CREATE => HEADER + 56 + 64,
        _ => HEADER,
    }
}

pub(super) fn message(session: &mut Session, side: Side, message: &[u8], facts: &mut dyn Facts) {
    let head = || {
        let (status, command) = (u32_le(message, 8)?, *message.get(12)?);
        let flags = *message.get(16)?;
        let number = message.get(24..)?.first_chunk::<8>().map(|eight| u64::from_le_bytes(*eight))?;
        Some((status, command, flags & 1 != 0, number))
    };
    let Some((status, command, answer, number)) = head() else { return facts.malformed() };
    if answer != (side == Side::Server) {
        return;
    }
    let body = message.get(HEADER..).unwrap_or_default();
    match (command, answer) {
        (NEGOTIATE, false) => _ = offer(body, facts),
        (NEGOTIATE, true) if status == 0 => _ = agree(message, body, facts),
        (SESSION_SETUP, false) => _ = security(message, body, 12, facts),
        (SESSION_SETUP, true) => set_up(status, message, body, facts),
        (TREE_CONNECT, false) => {
            let path = || slice(message, usize::from(u16_le(body, 4)?), usize::from(u16_le(body, 6)?));
            if let Some(path) = path() {
                session.ask(number, utf16(path).text().as_bytes(), facts);
            }
        }
        (TREE_CONNECT, true) => session.answer(number, status == 0, facts),
        (CREATE, false) => {
            let name = || slice(message, usize::from(u16_le(body, 44)?), usize::from(u16_le(body, 46)?));
            if let Some(name) = name().filter(|name| !name.is_empty()) {
                pipe_opened(utf16(name).text().as_bytes(), facts);
            }
        }
        _ => {}
    }
}

/// A dialect's name by its number (2.2.3); 0x02ff stands for any of version 2.
pub(super) fn dialect(number: u16) -> Option<&'static str> {
    match number {
        0x0202 => Some("2.0.2"),
        0x0210 => Some("2.1"),
        0x02ff => Some("2.x"),
        0x0300 => Some("3.0"),
        0x0302 => Some("3.0.2"),
        0x0311 => Some("3.1.1"),
        _ => None,
    }
}

fn signing(mode: u8) -> &'static str {
    match mode {
        mode if mode & SIGNING_REQUIRED != 0 => "required",
        mode if mode & SIGNING_ENABLED != 0 => "possible",
        _ => "none",
    }
}

/// What the client offers (2.2.3).
fn offer(body: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let count = u16_le(body, 2)?;
    facts.fact(Side::Client, Fact::SmbSigning, signing(*body.get(4)?).as_bytes());
    let mut line = Line::default();
    for at in 0..count.min(LIST_MAX) {
        if let Some(name) = dialect(u16_le(body, 36 + 2 * usize::from(at))?) {
            let comma = if line.text().is_empty() { "" } else { "," };
            let _ = write!(line, "{comma}{name}");
        }
    }
    facts.fact(Side::Client, Fact::SmbOffers, line.text().as_bytes());
    Some(())
}

/// What the server takes (2.2.4).
fn agree(message: &[u8], body: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let number = u16_le(body, 4)?;
    facts.fact(Side::Server, Fact::SmbSigning, signing(*body.get(2)?).as_bytes());
    // With 2.x the server asks to negotiate again.
    if let Some(name) = dialect(number).filter(|_| number != 0x02ff) {
        facts.fact(Side::Server, Fact::SmbDialect, name.as_bytes());
    }
    if let Some(id) = slice(body, 8, 16).filter(|id| id.iter().any(|byte| *byte != 0)) {
        facts.fact(Side::Server, Fact::SmbServerGuid, guid(id).text().as_bytes());
    }
    let cipher = match number {
        0x0300 | 0x0302 if u32_le(body, 24)? & CAN_ENCRYPT != 0 => Some("AES-128-CCM"),
        0x0311 => cipher(message, u32_le(body, 60)? as usize, u16_le(body, 6)?),
        _ => None,
    };
    if let Some(cipher) = cipher {
        facts.fact(Side::Server, Fact::SmbEncryption, cipher.as_bytes());
    }
    security(message, body, 56, facts)
}

/// The cipher among the contexts of a negotiation (2.2.4.1).
fn cipher(message: &[u8], mut at: usize, count: u16) -> Option<&'static str> {
    for _ in 0..count.min(LIST_MAX) {
        let (kind, length) = (u16_le(message, at)?, usize::from(u16_le(message, at + 2)?));
        if kind == CIPHERS {
            return match u16_le(message, at + 10)? {
                1 => Some("AES-128-CCM"),
                2 => Some("AES-128-GCM"),
                3 => Some("AES-256-CCM"),
                4 => Some("AES-256-GCM"),
                _ => None,
            };
        }
        at = (at + 8 + length).next_multiple_of(8);
    }
    None
}

/// The token whose place stands at `at`.
fn security(message: &[u8], body: &[u8], at: usize, facts: &mut dyn Facts) -> Option<()> {
    let start = usize::from(u16_le(body, at)?);
    let length = usize::from(u16_le(body, at + 2)?);
    let rest = message.get(start..)?;
    gss::find(rest.get(..length).unwrap_or(rest), facts);
    Some(())
}

/// The server's answer to a log-in (2.2.6).
fn set_up(status: u32, message: &[u8], body: &[u8], facts: &mut dyn Facts) {
    match status {
        0 => match u16_le(body, 2) {
            Some(flags) if flags & 1 != 0 => facts.fact(Side::Server, Fact::SmbAccess, b"guest"),
            Some(flags) if flags & 2 != 0 => facts.fact(Side::Server, Fact::SmbAccess, b"anonymous"),
            _ => {}
        },
        MORE_PROCESSING => _ = security(message, body, 4, facts),
        _ => log_in_failed(status, facts),
    }
}
