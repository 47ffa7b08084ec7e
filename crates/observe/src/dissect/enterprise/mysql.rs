//! MySQL and MariaDB (their client and server protocol, version 10 of the handshake) until the client is logged
//! in: the server's version, what connects, and who failed to.

use super::super::{Facts, Probe, Side, Starts};
use super::framed::{Extent, Framed, GoesSecure, Messages, Next};
use super::words::{slice, take_text, u16_le, u32_le};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

const HEADER: usize = 4;
/// Version of the handshake.
const HANDSHAKE: u8 = 10;
/// Bytes of a greeting: the shortest has a version of a few characters.
const GREETING: std::ops::RangeInclusive<u8> = 40..=0xf0;
/// Packets after which a log-in is given up.
const PACKETS_MAX: u8 = 16;

/// Capabilities of a client.
const WITH_DATABASE: u32 = 0x8;
const PROTOCOL_41: u32 = 0x200;
const ENCRYPTS: u32 = 0x800;
const COUNTED_RESPONSE: u32 = 0x8000;
const NAMES_METHOD: u32 = 0x8_0000;
const ATTRIBUTES: u32 = 0x10_0000;
const LONG_RESPONSE: u32 = 0x20_0000;

/// Methods of log-ins that do not send the password itself.
const METHODS: [&[u8]; 6] = [
    b"mysql_native_password",
    b"caching_sha2_password",
    b"sha256_password",
    b"client_ed25519",
    b"authentication_webauthn_client",
    b"auth_gssapi_client",
];

/// MySQL and MariaDB.
pub type Mysql = Framed<Session, GoesSecure>;

/// What is remembered of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    greeted: bool,
    logs_in: bool,
    packets: u8,
    /// The server asks for the password itself.
    in_clear: bool,
}

impl Messages for Session {
    const STARTS: Starts = Starts::range(*GREETING.start(), *GREETING.end()).or(Starts::range(0x10, 0x27));
    const LOOK_MAX: usize = 2 * 1024;
    const SEEKS: bool = false;

    fn probe(head: &[u8], _port: u16) -> Probe {
        match head {
            [length, 0, 0, 0, HANDSHAKE, rest @ ..] if GREETING.contains(length) => greeting(rest),
            // The server sends a client away before any greeting: blocked, not allowed, too many.
            [0x10..=0xf0, 0, 0, 0, 0xff, code, 4, rest @ ..]
                if matches!(code, 0x69 | 0x6a | 0x10) && rest.len() >= 4 =>
            {
                let printable = rest.iter().take(8).all(|byte| matches!(byte, b' '..=b'~'));
                if printable { Probe::Certain(Side::Server) } else { Probe::No }
            }
            [first, rest @ ..] if Self::STARTS.has(*first) && rest.len() < 6 => {
                let so_far = rest.iter().zip([0, 0, 0]).all(|(found, expected)| *found == expected);
                if so_far && rest.get(3).is_none_or(|kind| matches!(*kind, HANDSHAKE | 0xff)) {
                    Probe::Unsure
                } else {
                    Probe::No
                }
            }
            _ => Probe::No,
        }
    }

    fn extent(&self, _side: Side, bytes: &[u8]) -> Extent {
        match bytes.first_chunk::<HEADER>() {
            Some(&[low, middle, high, _]) => {
                let length = u32::from_le_bytes([low, middle, high, 0]);
                Extent::Message { total: u64::from(length) + HEADER as u64, look: Self::LOOK_MAX }
            }
            None => Extent::More,
        }
    }

    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        let body = bytes.get(HEADER..).unwrap_or_default();
        self.packets += 1;
        if self.packets > PACKETS_MAX {
            return Next::Over;
        }
        match side {
            Side::Server => self.server(body, facts),
            Side::Client if !self.logs_in => self.log_in(body, facts),
            Side::Client => {
                if self.in_clear && !body.is_empty() {
                    self.in_clear = false;
                    facts.event(Side::Client, EventKind::LogInClearCredentials, "mysql: password in clear");
                }
                Next::On
            }
        }
    }
}

/// The version in a greeting: digits and dots, then perhaps words.
fn greeting(version: &[u8]) -> Probe {
    let text = version.split(|byte| *byte == 0).next().unwrap_or_default();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let printable = text.iter().all(|byte| matches!(byte, b'!'..=b'~' | b' '));
    match (text.first(), printable) {
        (None, _) if version.is_empty() => Probe::Unsure,
        (Some(first), true) if first.is_ascii_digit() && (digits >= 3 || text.len() == version.len()) => {
            if digits >= 3 {
                Probe::Certain(Side::Server)
            } else {
                Probe::Unsure
            }
        }
        _ => Probe::No,
    }
}

impl Session {
    fn server(&mut self, body: &[u8], facts: &mut dyn Facts) -> Next {
        let Some((&kind, rest)) = body.split_first() else { return Next::On };
        match kind {
            HANDSHAKE if !self.greeted => {
                self.greeted = true;
                let mut rest = rest;
                if let Some(version) = take_text(&mut rest) {
                    facts.fact(Side::Server, Fact::MysqlVersion, version);
                }
                return Next::On;
            }
            0xff => {
                refused(rest, facts);
                return Next::Over;
            }
            // Logged in.
            0 if self.logs_in => return Next::Over,
            // Another method is asked for.
            0xfe if self.logs_in => {
                self.in_clear = rest.starts_with(b"mysql_clear_password\0");
                if rest.is_empty() || rest.starts_with(b"mysql_old_password") {
                    facts.event(
                        Side::Server,
                        EventKind::EncryptionWeak,
                        "mysql: log-in by the oldest method",
                    );
                }
            }
            _ => {}
        }
        Next::On
    }

    /// The client's answer to the greeting.
    fn log_in(&mut self, body: &[u8], facts: &mut dyn Facts) -> Next {
        const HEAD: usize = 32;
        self.logs_in = true;
        let Some(abilities) = u32_le(body, 0).filter(|abilities| abilities & PROTOCOL_41 != 0) else {
            return Next::Over;
        };
        if abilities & ENCRYPTS != 0 && body.len() == HEAD {
            facts.fact(Side::Server, Fact::MysqlEncryption, b"TLS");
            return Next::Over;
        }
        let mut rest = body.get(HEAD..).unwrap_or_default();
        let Some(user) = take_text(&mut rest) else { return Next::Over };
        facts.user(Side::Client, Fact::MysqlUser, user);
        facts.fact(Side::Server, Fact::MysqlEncryption, b"none");
        _ = particulars(abilities, user, rest, facts);
        Next::On
    }
}

/// What follows the account's name: the response, the database, the method, attributes of the client.
fn particulars(abilities: u32, user: &[u8], mut rest: &[u8], facts: &mut dyn Facts) -> Option<()> {
    if abilities & (LONG_RESPONSE | COUNTED_RESPONSE) != 0 {
        let length = usize::from(*rest.first()?);
        rest = rest.get(1 + length..)?;
    } else {
        take_text(&mut rest)?;
    }
    let database = if abilities & WITH_DATABASE != 0 { take_text(&mut rest)? } else { &[] };
    if abilities & NAMES_METHOD != 0 {
        let method = take_text(&mut rest)?;
        if method == b"mysql_clear_password" {
            facts.event(Side::Client, EventKind::LogInClearCredentials, "mysql: password in clear");
        }
        // Where the response's length is a lie, other content stands in the method's place, and a part of the
        // response in the database's.
        METHODS.iter().find(|known| **known == method)?;
    }
    // Some databases are named after whose they are.
    if database != user && is_name(database) {
        facts.fact(Side::Client, Fact::MysqlDatabase, database);
    }
    if abilities & ATTRIBUTES != 0 {
        let length = counted(&mut rest)?;
        attributes(rest.get(..length).unwrap_or(rest), facts);
    }
    Some(())
}

/// True for names as databases have them, and not for what a lie about a length makes of other content.
fn is_name(text: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-$".contains(byte))
}

/// A number of one or three bytes from the front; longer ones have no place here.
fn counted(bytes: &mut &[u8]) -> Option<usize> {
    let (length, used) = match *bytes.first()? {
        short @ 0..=250 => (usize::from(short), 1),
        252 => (usize::from(u16_le(bytes, 1)?), 3),
        _ => return None,
    };
    *bytes = bytes.get(used..)?;
    Some(length)
}

/// What the client's library says of itself.
fn attributes(mut rest: &[u8], facts: &mut dyn Facts) {
    let mut next = || {
        let length = counted(&mut rest)?;
        let text = slice(rest, 0, length)?;
        rest = rest.get(length..)?;
        Some(text)
    };
    while let (Some(name), Some(value)) = (next(), next()) {
        let fact = match name {
            b"_client_name" => Fact::MysqlClient,
            b"_client_version" => Fact::MysqlClientVersion,
            b"_os" => Fact::MysqlClientOs,
            b"program_name" => Fact::MysqlApplication,
            _ => continue,
        };
        facts.fact(Side::Client, fact, value);
    }
}

/// An error: its number; its words name the account.
fn refused(rest: &[u8], facts: &mut dyn Facts) {
    let reason = match u16_le(rest, 0) {
        Some(1044 | 1045 | 1698) => "wrong name or password",
        Some(1129 | 1130) => "this host may not connect",
        Some(1049) => "no such database",
        Some(1820 | 1862) => "password expired",
        Some(3118) => "account locked",
        _ => return,
    };
    let mut detail = Line::default();
    let _ = write!(detail, "mysql: {reason} ({})", u16_le(rest, 0).unwrap_or_default());
    facts.event(Side::Client, EventKind::LogInFailed, detail.text());
}
