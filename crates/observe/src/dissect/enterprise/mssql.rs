//! Microsoft's SQL Server (MS-TDS) until its client is logged in: versions, how much is encrypted, who connects
//! with what from where, and who failed to; and which instances a computer offers (MC-SQLR).

use super::super::{Datagram, DatagramDissector, Facts, Probe, Recognised, Side, Starts, StationFacts};
use super::framed::{Extent, Framed, Messages, Next};
use super::gss;
use super::words::{before_nul, slice, tell_account, u16_le, u32_le, utf16};
use crate::layers::u16_at;
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// Kinds of packets (2.2.3.1.1).
const ANSWER: u8 = 0x04;
const LOGIN: u8 = 0x10;
const TOKEN: u8 = 0x11;
const PRELOGIN: u8 = 0x12;
const HEADER: usize = 8;
/// Of a login record, without its texts (2.2.6.4).
const LOGIN_HEAD: usize = 94;
/// Options of a prelogin that are looked at; there are nine.
const OPTIONS_MAX: usize = 16;
/// Answers that are looked at before the end of a log-in is given up.
const ANSWERS_MAX: u8 = 8;
const PORT_BROWSER: u16 = 1434;

/// SQL Server.
pub type Mssql = Framed<Session>;

/// Which instances a computer offers.
#[derive(Debug)]
pub struct MssqlBrowser;

/// What is remembered of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    answers: u8,
}

impl Messages for Session {
    const STARTS: Starts = Starts::of(&[ANSWER, LOGIN, PRELOGIN]);
    const LOOK_MAX: usize = 4 * 1024;
    const SEEKS: bool = false;

    fn probe(head: &[u8], _port: u16) -> Probe {
        if head.first().is_none_or(|kind| !matches!(*kind, ANSWER | LOGIN | PRELOGIN)) {
            return Probe::No;
        }
        let Some(&[kind, status, _, low, _, _, _, window]) = head.first_chunk::<HEADER>() else {
            return Probe::Unsure;
        };
        let body = head.get(HEADER..).unwrap_or_default();
        if status > 1 || window != 0 || (kind != LOGIN && low < HEADER as u8) {
            return Probe::No;
        }
        match kind {
            LOGIN => match (u32_le(body, 0), u32_le(body, 4)) {
                (Some(length), Some(version))
                    if (LOGIN_HEAD as u32 - 8..1 << 17).contains(&length) && is_version(version) =>
                {
                    Probe::Certain(Side::Client)
                }
                (_, None) => Probe::Unsure,
                _ => Probe::No,
            },
            // The first option is the version, of six bytes, behind the list of options.
            _ => match body {
                [0, 0, offset, 0, 6, ..] if *offset % 5 == 1 => {
                    Probe::Certain(if kind == PRELOGIN { Side::Client } else { Side::Server })
                }
                [] | [0] | [0, 0] | [0, 0, _] | [0, 0, _, 0] => Probe::Unsure,
                _ => Probe::No,
            },
        }
    }

    fn extent(&self, _side: Side, bytes: &[u8]) -> Extent {
        match *bytes {
            [
                ANSWER | LOGIN | TOKEN | PRELOGIN | 0x01 | 0x03 | 0x06 | 0x07 | 0x08 | 0x0e,
                _,
                high,
                low,
                ..,
            ] if u16::from_be_bytes([high, low]) >= HEADER as u16 => {
                Extent::Message { total: u64::from(u16::from_be_bytes([high, low])), look: Self::LOOK_MAX }
            }
            [_, _, _, _, ..] => Extent::Wrong,
            _ => Extent::More,
        }
    }

    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        let body = bytes.get(HEADER..).unwrap_or_default();
        match (bytes.first(), side) {
            (Some(&PRELOGIN), Side::Client) => {
                // TLS is negotiated within packets of this kind; its first byte is no option's.
                if body.first() == Some(&0x16) {
                    return Next::Over;
                }
                prelogin(body, side, facts);
            }
            (Some(&LOGIN), Side::Client) => _ = log_in(body, facts),
            (Some(&TOKEN), Side::Client) => _ = gss::find(body, facts),
            (Some(&ANSWER), Side::Server) => {
                self.answers += 1;
                if body.first() == Some(&0) {
                    prelogin(body, side, facts);
                } else if answer(body, facts) == Next::Over || self.answers >= ANSWERS_MAX {
                    return Next::Over;
                }
            }
            // Statements: the log-in is over.
            (Some(_), Side::Client) => return Next::Over,
            _ => {}
        }
        Next::On
    }
}

/// Versions 7.0 to 7.4 and 8.0 of the protocol, as log-ins write them.
fn is_version(version: u32) -> bool {
    matches!(version >> 24, 0x07 | 0x70..=0x74 | 0x08) && version & 0x00ff_0000 <= 0x000b_0000
}

/// Versions and encryption, agreed on before the log-in (2.2.6.5).
fn prelogin(body: &[u8], side: Side, facts: &mut dyn Facts) {
    for option in body.chunks_exact(5).take(OPTIONS_MAX) {
        let [kind @ 0..=0xfe, ..] = *option else { break };
        let (Some(at), Some(length)) = (u16_at(option, 1), u16_at(option, 3)) else { break };
        let Some(value) = slice(body, usize::from(at), usize::from(length)) else { break };
        match (kind, value) {
            (0, &[major, minor, high, low, ..]) => {
                let mut line = Line::default();
                let _ = write!(line, "{major}.{minor}.{}", u16::from_be_bytes([high, low]));
                let fact = if side == Side::Server { Fact::MssqlVersion } else { Fact::MssqlClientVersion };
                if major > 0 {
                    facts.fact(side, fact, line.text().as_bytes());
                }
            }
            (1, &[encryption, ..]) if side == Side::Server => {
                let words = match encryption & 0x1f {
                    0 => "log-in only",
                    1 => "everything",
                    2 => "not supported",
                    3 => "required",
                    _ => continue,
                };
                facts.fact(side, Fact::MssqlEncryption, words.as_bytes());
            }
            (2, instance) if side == Side::Client => {
                let name = before_nul(instance);
                if !name.is_empty() && name != b"MSSQLServer" {
                    facts.fact(Side::Server, Fact::MssqlInstance, name);
                }
            }
            _ => {}
        }
    }
}

/// A log-in in clear (2.2.6.4): whoever listens undoes how the password is disguised.
fn log_in(body: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let text = |place: usize| {
        let (at, count) = (usize::from(u16_le(body, place)?), usize::from(u16_le(body, place + 2)?));
        Some((at, slice(body, at, 2 * count)?))
    };
    let (user_at, user) = text(40)?;
    let password = text(44)?.1;
    for (place, about, fact) in [
        (36, Side::Client, Fact::MssqlClientHost),
        (48, Side::Client, Fact::MssqlApplication),
        (52, Side::Server, Fact::MssqlAskedName),
        (68, Side::Client, Fact::MssqlDatabase),
    ] {
        let Some((at, text)) = text(place).filter(|(_, text)| !text.is_empty()) else { continue };
        // A text within the account's is a lie that would tell it.
        if at < user_at + user.len() && user_at < at + text.len() {
            facts.malformed();
            return None;
        }
        facts.fact(about, fact, utf16(text).text().as_bytes());
    }
    if !user.is_empty() {
        tell_account(
            facts,
            Side::Client,
            Fact::MssqlUser,
            Fact::MssqlClientHost,
            utf16(user).text().as_bytes(),
        );
    }
    if !password.is_empty() {
        facts.event(Side::Client, EventKind::LogInClearCredentials, "mssql: log-in without encryption");
    }
    gss::find(body, facts);
    Some(())
}

/// The answer to a log-in, token by token (2.2.7).
fn answer(body: &[u8], facts: &mut dyn Facts) -> Next {
    const ERROR: u8 = 0xaa;
    const INFORMATION: u8 = 0xab;
    const LOGGED_IN: u8 = 0xad;
    const CHALLENGE: u8 = 0xed;
    const CHANGE: u8 = 0xe3;
    let mut rest = body;
    for _ in 0..32 {
        let Some((&kind, after)) = rest.split_first() else { break };
        let Some(length) = u16_le(after, 0).map(usize::from) else { break };
        let Some(token) = slice(after, 2, length) else { break };
        match kind {
            ERROR => {
                error(token, facts);
                return Next::Over;
            }
            LOGGED_IN => {
                logged_in(token, facts);
                return Next::Over;
            }
            CHALLENGE => _ = gss::find(token, facts),
            INFORMATION | CHANGE => {}
            _ => break,
        }
        rest = after.get(2 + length..).unwrap_or_default();
    }
    Next::On
}

/// An error (2.2.7.10); its words name the account and are not read, the server's name is.
fn error(token: &[u8], facts: &mut dyn Facts) {
    let Some(number) = u32_le(token, 0) else { return };
    let server = || {
        let at = 8 + 2 * usize::from(u16_le(token, 6)?);
        slice(token, at + 1, 2 * usize::from(*token.get(at)?))
    };
    // A lie about the message's length would let its words pass for the server's name.
    if let Some(server) = server().filter(|name| name.len() <= 64 && token.len() <= 8 + 2 * 512) {
        let name = utf16(server);
        if name.text().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_\\.$".contains(&byte)) {
            facts.fact(Side::Server, Fact::MssqlServerName, name.text().as_bytes());
        }
    }
    let reason = match number {
        18452 => "from a domain that is not trusted",
        18456 => "wrong name or password",
        18470 => "account disabled",
        18486 => "account locked",
        18487 | 18488 => "password expired",
        4060 => "no such database",
        _ => return,
    };
    let mut detail = Line::default();
    let _ = write!(detail, "mssql: {reason} ({number})");
    facts.event(Side::Client, EventKind::LogInFailed, detail.text());
}

/// The log-in is accepted (2.2.7.14): the program and its version.
fn logged_in(token: &[u8], facts: &mut dyn Facts) {
    let Some(&count) = token.get(5) else { return };
    let Some(&[major, minor, high, low]) = slice(token, 6 + 2 * usize::from(count), 4) else { return };
    if major > 0 {
        let mut line = Line::default();
        let _ = write!(line, "{major}.{minor}.{}", u16::from_be_bytes([high, low]));
        facts.fact(Side::Server, Fact::MssqlVersion, line.text().as_bytes());
    }
}

impl DatagramDissector for MssqlBrowser {
    const STARTS: Starts = Starts::of(&[5]);
    const PORTS: &'static [u16] = &[PORT_BROWSER];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match datagram.bytes {
            [5, low, high, text @ ..]
                if datagram.source.1 == PORT_BROWSER
                    && text.starts_with(b"ServerName;")
                    && (datagram.cut || usize::from(u16::from_le_bytes([*low, *high])) == text.len()) =>
            {
                Recognised::From(Side::Server)
            }
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, _side: Side, facts: &mut dyn StationFacts) -> bool {
        if Self::recognise(datagram) == Recognised::No {
            return false;
        }
        // Names and values in turn, instances parted by one that is empty.
        let mut words = datagram.bytes.get(3..).unwrap_or_default().split(|byte| *byte == b';');
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            let fact = match name {
                b"ServerName" => Fact::MssqlServerName,
                b"InstanceName" => Fact::MssqlInstance,
                b"Version" => Fact::MssqlVersion,
                b"" => {
                    // `;;` ends an instance: the value taken is the next one's first name.
                    if value == b"ServerName"
                        && let Some(server) = words.next()
                    {
                        facts.fact(Side::Server, Fact::MssqlServerName, server);
                    }
                    continue;
                }
                _ => continue,
            };
            if !value.is_empty() {
                facts.fact(Side::Server, fact, value);
            }
        }
        true
    }
}
