//! PostgreSQL (its frontend and backend protocol, version 3) until the client is logged in: versions, what
//! connects to which database, how it proves itself, and who failed to.

use super::super::{Facts, Probe, Side, Starts};
use super::framed::{Extent, Framed, GoesSecure, Messages, Next};
use super::words::take_text;
use crate::layers::u32_at;
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// Version 3.0 in a first message; later minor versions differ in the low half.
const VERSION_3: u32 = 3 << 16;
/// What stands in a version's place to ask for something else.
const CANCEL: u32 = 80_877_102;
const ENCRYPT: u32 = 80_877_103;
const ENCRYPT_GSS: u32 = 80_877_104;
/// The longest first message the server takes.
const START_BYTES_MAX: u32 = 10_000;
/// Parameters of one message that are looked at.
const PARAMETERS_MAX: usize = 32;

/// PostgreSQL.
pub type Postgres = Framed<Session, GoesSecure>;

/// What is remembered of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    started: bool,
    /// The client asked to encrypt, which is answered by a single byte.
    asked: Option<Asked>,
    /// The server wants the password itself.
    in_clear: bool,
    /// The server asked for any proof.
    proves: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Tls,
    Gss,
}

impl Messages for Session {
    const STARTS: Starts = Starts::of(&[0, b'R']);
    const LOOK_MAX: usize = 1024;
    const SEEKS: bool = false;

    fn probe(head: &[u8], _port: u16) -> Probe {
        match head.first() {
            Some(0) => match (u32_at(head, 0), u32_at(head, 4)) {
                (Some(8), Some(ENCRYPT | ENCRYPT_GSS)) | (Some(16), Some(CANCEL)) => {
                    Probe::Certain(Side::Client)
                }
                (Some(9..=START_BYTES_MAX), Some(version)) if version >> 16 == 3 && version & 0xffff < 16 => {
                    match head.get(8) {
                        Some(b'a'..=b'z' | b'_') => Probe::Certain(Side::Client),
                        Some(_) => Probe::No,
                        None => Probe::Unsure,
                    }
                }
                (Some(8..=START_BYTES_MAX), None) => Probe::Unsure,
                (None, _) if head.iter().take(2).all(|byte| *byte == 0) => Probe::Unsure,
                _ => Probe::No,
            },
            // The server says how to prove who one is, or that it is enough.
            Some(b'R') => match (u32_at(head, 1), u32_at(head, 5)) {
                (Some(8), Some(0 | 3 | 7 | 9)) | (Some(12), Some(5)) => Probe::Certain(Side::Server),
                (Some(12..=256), Some(10)) => Probe::Certain(Side::Server),
                (_, None) if head.iter().skip(1).take(3).all(|byte| *byte == 0) => Probe::Unsure,
                _ => Probe::No,
            },
            _ => Probe::No,
        }
    }

    fn extent(&self, side: Side, bytes: &[u8]) -> Extent {
        let untyped = side == Side::Client && !self.started;
        if side == Side::Server && self.asked.is_some() && matches!(bytes, [b'S' | b'N' | b'G', ..]) {
            // An error instead of an answer begins with another letter.
            return Extent::Message { total: 1, look: 1 };
        }
        let (kind, at) = if untyped { (None, 0) } else { (bytes.first(), 1) };
        let Some(length) = u32_at(bytes, at) else { return Extent::More };
        let suits = kind.is_none_or(u8::is_ascii_alphanumeric) && (4..1 << 30).contains(&length);
        let starts = !untyped || (8..=START_BYTES_MAX).contains(&length);
        if suits && starts {
            Extent::Message { total: u64::from(length) + at as u64, look: Self::LOOK_MAX }
        } else {
            Extent::Wrong
        }
    }

    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        match side {
            Side::Client if !self.started => self.start(bytes, facts),
            Side::Client => {
                let Some(kind) = bytes.first() else { return Next::On };
                if *kind == b'p' && std::mem::take(&mut self.in_clear) {
                    facts.event(
                        Side::Client,
                        EventKind::LogInClearCredentials,
                        "postgres: password in clear",
                    );
                }
                Next::On
            }
            Side::Server => self.server(bytes, facts),
        }
    }
}

impl Session {
    /// The first message, which has no kind: a wish to encrypt or to cancel, or who connects to what.
    fn start(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        match u32_at(bytes, 4) {
            Some(ENCRYPT) => self.asked = Some(Asked::Tls),
            Some(ENCRYPT_GSS) => self.asked = Some(Asked::Gss),
            Some(version) if version >> 16 == VERSION_3 >> 16 => {
                (self.started, self.asked) = (true, None);
                parameters(bytes.get(8..).unwrap_or_default(), facts);
            }
            Some(CANCEL) => return Next::Over,
            _ => {
                facts.malformed();
                return Next::Over;
            }
        }
        Next::On
    }

    fn server(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        if let (Some(asked), [answer @ (b'S' | b'N' | b'G')]) = (self.asked, bytes) {
            self.asked = None;
            let encryption = match (answer, asked) {
                (b'S', Asked::Tls) => "TLS",
                (b'G', Asked::Gss) => "GSS",
                (b'N', Asked::Tls) => "not offered",
                _ => return Next::On,
            };
            facts.fact(Side::Server, Fact::PostgresEncryption, encryption.as_bytes());
            return if *answer == b'N' { Next::On } else { Next::Over };
        }
        let body = bytes.get(5..).unwrap_or_default();
        match bytes.first() {
            Some(b'R') => self.authentication(body, facts),
            Some(b'S') => {
                let mut rest = body;
                if let (Some(b"server_version"), Some(version)) = (take_text(&mut rest), take_text(&mut rest))
                {
                    facts.fact(Side::Server, Fact::PostgresVersion, version);
                }
            }
            Some(b'E') => {
                failed(body, facts);
                return Next::Over;
            }
            // Ready for queries, which are not read.
            Some(b'Z') => return Next::Over,
            _ => {}
        }
        Next::On
    }

    /// How the server wants the client to prove itself.
    fn authentication(&mut self, body: &[u8], facts: &mut dyn Facts) {
        let method = match u32_at(body, 0) {
            Some(0) if !self.proves => "none",
            Some(3) => "password",
            Some(5) => "md5",
            Some(7) => "GSS",
            Some(9) => "SSPI",
            Some(10) if body.get(4..).is_some_and(|rest| rest.starts_with(b"SCRAM-SHA-256")) => {
                "SCRAM-SHA-256"
            }
            _ => return,
        };
        self.proves = true;
        self.in_clear = method == "password";
        facts.fact(Side::Server, Fact::PostgresAuthentication, method.as_bytes());
    }
}

/// Who connects to what: names and values in turn.
fn parameters(mut rest: &[u8], facts: &mut dyn Facts) {
    let (mut user, mut database) = (&[][..], &[][..]);
    for _ in 0..PARAMETERS_MAX {
        let (Some(name), Some(value)) = (take_text(&mut rest), take_text(&mut rest)) else { break };
        match name {
            b"user" => user = value,
            b"database" => database = value,
            b"application_name" => facts.fact(Side::Client, Fact::PostgresApplication, value),
            b"" => break,
            _ => {}
        }
    }
    if user.is_empty() {
        return;
    }
    facts.user(Side::Client, Fact::PostgresUser, user);
    // Without any, or by habit, a database is named after its user.
    if !database.is_empty() && database != user {
        facts.fact(Side::Client, Fact::PostgresDatabase, database);
    }
}

/// An error before the log-in is done: its code (PostgreSQL, appendix A); its words name the account.
fn failed(mut rest: &[u8], facts: &mut dyn Facts) {
    let code = std::iter::from_fn(|| {
        let (kind, text) = rest.split_first().filter(|(kind, _)| **kind != 0)?;
        rest = text;
        Some((*kind, take_text(&mut rest)?))
    })
    .take(PARAMETERS_MAX)
    .find(|(kind, _)| *kind == b'C');
    let Some((_, code)) = code else { return };
    let reason = match code {
        b"28P01" => "wrong password",
        b"28000" => "not allowed",
        b"3D000" => "no such database",
        _ => return,
    };
    let mut detail = Line::default();
    let _ = write!(detail, "postgres: {reason} ({})", std::str::from_utf8(code).unwrap_or_default());
    facts.event(Side::Client, EventKind::LogInFailed, detail.text());
}
