//! Oracle's database, by its transparent network substrate (TNS): which service is asked for, by which program
//! on which host, and which versions both sides are of.

use super::super::{Facts, Probe, Side, Starts};
use super::framed::{Extent, Framed, Messages, Next};
use super::words::slice;
use crate::layers::{u16_at, u32_at};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

const HEADER: usize = 8;
/// Kinds of packets.
const CONNECT: u8 = 1;
const ACCEPT: u8 = 2;
const REFUSE: u8 = 4;
const REDIRECT: u8 = 5;
const DATA: u8 = 6;
const LAST_KIND: u8 = 19;
/// From this version on, packets after the first have lengths of four bytes.
const LONG_LENGTHS: u16 = 315;
/// What services of the network layer begin with in data, their versions behind it.
const SERVICES: u32 = 0xdead_beef;
/// Packets of data that are looked at.
const DATA_MAX: u8 = 4;
/// The longest value that is told.
const VALUE_BYTES_MAX: usize = 128;

/// Oracle's database.
pub type Oracle = Framed<Session>;

/// What is remembered of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    long_lengths: bool,
    data: u8,
}

impl Messages for Session {
    const STARTS: Starts = Starts::of(&[0, 1]);
    const LOOK_MAX: usize = 1024;
    const SEEKS: bool = false;

    fn probe(head: &[u8], _port: u16) -> Probe {
        let Some(&first) = head.first() else { return Probe::Unsure };
        if first > 1 {
            return Probe::No;
        }
        let Some(&[_, _, 0, 0, CONNECT, _, 0, 0]) = head.first_chunk::<HEADER>() else {
            let so_far = head.iter().zip(0..).all(|(byte, at)| match at {
                2 | 3 | 6 | 7 => *byte == 0,
                4 => *byte == CONNECT,
                _ => true,
            });
            return if so_far && head.len() < HEADER { Probe::Unsure } else { Probe::No };
        };
        // Version and the lowest that will do, then where the text with the particulars lies.
        match (u16_at(head, 8), u16_at(head, 10), u16_at(head, 24), u16_at(head, 26)) {
            (Some(300..=400), Some(200..=400), Some(_), Some(34..=128)) => Probe::Certain(Side::Client),
            (_, _, _, None) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn extent(&self, _side: Side, bytes: &[u8]) -> Extent {
        let Some(head) = bytes.first_chunk::<HEADER>() else { return Extent::More };
        let [_, _, _, _, kind, ..] = *head;
        let length = if self.long_lengths { u32_at(head, 0) } else { u16_at(head, 0).map(u32::from) };
        match length {
            Some(length @ 8..=0x20_0000) if (1..=LAST_KIND).contains(&kind) => {
                Extent::Message { total: u64::from(length), look: Self::LOOK_MAX }
            }
            _ => Extent::Wrong,
        }
    }

    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        match (bytes.get(4), side) {
            (Some(&CONNECT), Side::Client) => connect(bytes, facts),
            (Some(&ACCEPT), Side::Server) => {
                self.long_lengths = u16_at(bytes, HEADER).is_some_and(|version| version >= LONG_LENGTHS);
            }
            (Some(&REFUSE), Side::Server) => {
                refused(bytes, facts);
                return Next::Over;
            }
            (Some(&REDIRECT), Side::Server) => return Next::Over,
            (Some(&DATA), _) => {
                self.data += 1;
                if u32_at(bytes, HEADER + 2) == Some(SERVICES) {
                    let fact =
                        if side == Side::Server { Fact::OracleVersion } else { Fact::OracleClientVersion };
                    if let Some(version) = u32_at(bytes, HEADER + 8) {
                        tell_version(side, fact, version, facts);
                    }
                }
                if self.data >= DATA_MAX {
                    return Next::Over;
                }
            }
            _ => {}
        }
        Next::On
    }
}

/// A version of five parts in 8, 4, 8, 4 and 8 bits.
fn tell_version(about: Side, fact: Fact, version: u32, facts: &mut dyn Facts) {
    let part = |shift: u32, bits: u32| version >> shift & ((1 << bits) - 1);
    // Versions 7 to 99: anything else is none.
    if !(7..100).contains(&part(24, 8)) {
        return;
    }
    let mut line = Line::default();
    // From 18 on the parts lie elsewhere in the number (8, 8, 4, 4, 8 bits).
    let parts = if part(24, 8) >= 18 {
        [part(24, 8), part(16, 8), part(12, 4), part(8, 4), part(0, 8)]
    } else {
        [part(24, 8), part(20, 4), part(12, 8), part(8, 4), part(0, 8)]
    };
    for (at, number) in parts.iter().enumerate() {
        let dot = if at == 0 { "" } else { "." };
        let _ = write!(line, "{dot}{number}");
    }
    facts.fact(about, fact, line.text().as_bytes());
}

/// The value behind `(NAME=`, in either case, up to its bracket.
fn value<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'(', rest) {
        rest = rest.get(at + 1..)?;
        let (found, after) = rest.split_at_checked(name.len())?;
        if found.eq_ignore_ascii_case(name) && after.first() == Some(&b'=') {
            let value = after.get(1..)?;
            let end = value.iter().position(|byte| matches!(byte, b')' | b'('))?;
            return value.get(..end.min(VALUE_BYTES_MAX)).filter(|value| !value.is_empty());
        }
    }
    None
}

/// Whom the client wants and who it is: `(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=…)(CID=(PROGRAM=…)…)))`.
fn connect(bytes: &[u8], facts: &mut dyn Facts) {
    let text = || {
        let (length, at) = (usize::from(u16_at(bytes, 24)?), usize::from(u16_at(bytes, 26)?));
        let rest = bytes.get(at..)?;
        slice(rest, 0, length).or(Some(rest))
    };
    // A long text follows in a packet of its own.
    let Some(text) = text().filter(|text| text.first() == Some(&b'(')) else { return };
    for name in [&b"SERVICE_NAME"[..], b"SID"] {
        if let Some(service) = value(text, name) {
            facts.fact(Side::Server, Fact::OracleService, service);
        }
    }
    // The client's own host stands within its own particulars, the server's in the address.
    let Some(own) = text.windows(5).position(|part| part.eq_ignore_ascii_case(b"(CID=")) else { return };
    let own = text.get(own + 1..).unwrap_or_default();
    let end = memchr::memmem::find(own, b"))").map_or(own.len(), |end| end + 2);
    let own = own.get(..end).unwrap_or_default();
    if let Some(program) = value(own, b"PROGRAM") {
        facts.fact(Side::Client, Fact::OracleProgram, without_path(program));
    }
    if let Some(host) = value(own, b"HOST").filter(|host| *host != b"__jdbc__") {
        facts.fact(Side::Client, Fact::OracleClientHost, host);
    }
    if let Some(user) = value(own, b"USER") {
        facts.user(Side::Client, Fact::OracleUser, user);
    }
}

/// A program's name without the path to it, which may lead through a person's folder.
fn without_path(program: &[u8]) -> &[u8] {
    let suits = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-@".contains(byte);
    if program.iter().all(|byte| suits(byte) || *byte == b' ') {
        return program;
    }
    let start = program.iter().rposition(|byte| !suits(byte)).map_or(0, |at| at + 1);
    program.get(start..).unwrap_or_default()
}

/// The listener refuses: its version, and why.
fn refused(bytes: &[u8], facts: &mut dyn Facts) {
    let number = |name: &[u8]| {
        let digits = value(bytes, name)?;
        std::str::from_utf8(digits).ok()?.parse::<u32>().ok()
    };
    if let Some(version) = number(b"VSNNUM") {
        tell_version(Side::Server, Fact::OracleVersion, version, facts);
    }
    let reason = match number(b"ERR") {
        Some(12505 | 12514) => "no such service",
        Some(1017) => "wrong name or password",
        Some(12529 | 12546 | 12547) => "not allowed",
        _ => return,
    };
    let mut detail = Line::default();
    let _ = write!(detail, "oracle: {reason} ({})", number(b"ERR").unwrap_or_default());
    facts.event(Side::Client, EventKind::LogInFailed, detail.text());
}
