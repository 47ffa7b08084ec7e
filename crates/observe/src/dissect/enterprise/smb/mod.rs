//! Windows' file sharing, versions 1 to 3 (MS-CIFS, MS-SMB, MS-SMB2), over TCP (445) and within NetBIOS
//! sessions (139, RFC 1002): which versions are spoken and how well protected, what hosts call themselves, who
//! failed to log in, and administration by shares and pipes.
//!
//! Files, their names and most shares' are never told: they may be about anybody.

mod shares;
mod v1;
mod v2;

use super::super::{Facts, Probe, Side, Starts};
use super::framed::{Extent, Framed, Messages, Next};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use shares::Share;
use std::fmt::Write as _;

/// Bytes before each message: its kind and length (RFC 1002 4.3.1).
const FRAME: usize = 4;
const SESSION_MESSAGE: u8 = 0x00;
const SESSION_REQUEST: u8 = 0x81;
const SESSION_ACCEPTED: u8 = 0x82;
const KEEP_ALIVE: u8 = 0x85;
/// Header of version 1; both others are longer.
const HEADER_V1: usize = 32;
/// Encrypted messages in a row after which nothing more is expected in clear.
const ENCRYPTED_MAX: u8 = 32;
/// A request has been accepted in part; its conversation goes on (MS-ERREF 2.3.1).
const MORE_PROCESSING: u32 = 0xc000_0016;

/// Windows' file sharing.
pub type Smb = Framed<Session>;

/// What is remembered of a session.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    /// A share that was asked for, by the number of the request.
    asked: Option<(u64, Share)>,
    /// The server of version 1 takes passwords in clear only.
    plain_passwords: bool,
    encrypted: u8,
    encryption_told: [bool; 2],
}

/// What a message is, by its first four bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    V1,
    V2,
    Encrypted,
    Compressed,
}

impl Kind {
    fn of(message: &[u8]) -> Option<Kind> {
        match message.first_chunk()? {
            b"\xffSMB" => Some(Kind::V1),
            b"\xfeSMB" => Some(Kind::V2),
            b"\xfdSMB" => Some(Kind::Encrypted),
            b"\xfcSMB" => Some(Kind::Compressed),
            _ => None,
        }
    }
}

impl Messages for Session {
    const STARTS: Starts = Starts::of(&[SESSION_MESSAGE, SESSION_REQUEST, SESSION_ACCEPTED]);
    const LOOK_MAX: usize = 3 * 1024;
    const SEEKS: bool = true;

    fn probe(head: &[u8], _port: u16) -> Probe {
        match head {
            [SESSION_MESSAGE, _, _, _, message @ ..] => match (Kind::of(message), message.get(..17)) {
                (Some(Kind::V1), Some(header)) => Probe::Certain(side(header.get(9), 0x80)),
                (Some(Kind::V2), Some(header)) => Probe::Certain(side(header.get(16), 1)),
                (Some(Kind::Encrypted | Kind::Compressed), _) => Probe::Unsided,
                (Some(_), None) => Probe::Unsure,
                (None, _) if message.len() < 4 && could_be(message) => Probe::Unsure,
                _ => Probe::No,
            },
            // Two names of 32 characters, each behind its length.
            [SESSION_REQUEST, 0, 0, 68, 32, ..] => Probe::Certain(Side::Client),
            [SESSION_ACCEPTED, 0, 0, 0] => Probe::Unsure,
            [SESSION_ACCEPTED, 0, 0, 0, message @ ..] => Session::probe(message, 0),
            [SESSION_MESSAGE | SESSION_REQUEST | SESSION_ACCEPTED, rest @ ..] if rest.len() < FRAME => {
                Probe::Unsure
            }
            _ => Probe::No,
        }
    }

    fn extent(&self, side: Side, bytes: &[u8]) -> Extent {
        let Some(&[kind, flags, high, low]) = bytes.first_chunk() else { return Extent::More };
        match kind {
            SESSION_MESSAGE => self.begins(side, bytes),
            // Requests, answers, and bytes that keep the connection alive (RFC 1002 4.3).
            SESSION_REQUEST..=KEEP_ALIVE if flags <= 1 && high == 0 => {
                Extent::Message { total: u64::from(low) + FRAME as u64, look: FRAME + usize::from(low) }
            }
            _ => Extent::Wrong,
        }
    }

    fn begins(&self, _side: Side, bytes: &[u8]) -> Extent {
        if bytes.first().is_some_and(|kind| *kind != SESSION_MESSAGE) {
            return Extent::Wrong;
        }
        let Some((&[_, high, middle, low], message)) = bytes.split_first_chunk::<FRAME>() else {
            return Extent::More;
        };
        let length = u32::from_be_bytes([0, high, middle, low]);
        if message.len() < 4 && could_be(message) {
            return Extent::More;
        }
        let look = match (Kind::of(message), message.get(..14)) {
            (Some(Kind::V1), Some(header)) => header.get(4).map_or(0, |command| v1::look(*command)),
            (Some(Kind::V2), Some(header)) => header.get(12).map_or(0, |command| v2::look(*command)),
            (Some(Kind::Encrypted | Kind::Compressed), _) => 4,
            (Some(_), None) => return Extent::More,
            (None, _) => return Extent::Wrong,
        };
        if (length as usize) < HEADER_V1 {
            return Extent::Wrong;
        }
        Extent::Message { total: u64::from(length) + FRAME as u64, look: FRAME + look }
    }

    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        let (Some(frame), message) = (bytes.first(), bytes.get(FRAME..).unwrap_or_default()) else {
            return Next::On;
        };
        if *frame != SESSION_MESSAGE {
            if *frame == SESSION_REQUEST {
                session_request(message, facts);
            }
            return Next::On;
        }
        let kind = Kind::of(message);
        let encrypted = self.encrypted.saturating_add(1);
        self.encrypted = 0;
        match kind {
            Some(Kind::V1) => v1::message(self, side, message, facts),
            Some(Kind::V2) => v2::message(self, side, message, facts),
            Some(Kind::Encrypted) => {
                self.encrypted = encrypted;
                let told = self.encryption_told.get_mut(usize::from(side == Side::Server));
                if told.is_some_and(|told| !std::mem::replace(told, true)) {
                    facts.fact(side, Fact::SmbEncrypted, b"yes");
                }
                if encrypted >= ENCRYPTED_MAX {
                    return Next::Over;
                }
            }
            Some(Kind::Compressed) | None => {}
        }
        Next::On
    }
}

/// Whether a few bytes may become the beginning of a message.
fn could_be(message: &[u8]) -> bool {
    message.iter().zip(0..).all(|(byte, at)| match at {
        0 => *byte >= 0xfc,
        1 => *byte == b'S',
        2 => *byte == b'M',
        _ => *byte == b'B',
    })
}

/// Who sends a message, by the flag of an answer.
fn side(flags: Option<&u8>, answer: u8) -> Side {
    if flags.is_some_and(|flags| flags & answer != 0) { Side::Server } else { Side::Client }
}

/// Names of both hosts, as the client of a NetBIOS session gives them (RFC 1002 4.3.2).
fn session_request(body: &[u8], facts: &mut dyn Facts) {
    let mut rest = body;
    for about in [Side::Server, Side::Client] {
        let Some((32, letters)) = rest.split_first().map(|(length, rest)| (*length, rest)) else { return };
        let Some((letters, after)) = letters.split_first_chunk::<32>() else { return };
        // The last of 16 characters is the kind of service.
        let mut name = [0; 15];
        for (byte, pair) in name.iter_mut().zip(letters.chunks_exact(2)) {
            let half = |at: usize| pair.get(at).map_or(0, |letter| letter.wrapping_sub(b'A') & 15);
            *byte = half(0) << 4 | half(1);
        }
        if !name.starts_with(b"*SMB") {
            facts.fact(about, Fact::SmbNetbiosName, &name);
        }
        // No scope follows, or none that matters.
        rest = after.get(1..).unwrap_or_default();
    }
}

/// A log-in was refused.
fn log_in_failed(status: u32, facts: &mut dyn Facts) {
    let reason = match status {
        0xc000_0022 => "access denied",
        0xc000_0064 => "no such user",
        0xc000_006a => "wrong password",
        0xc000_006d => "wrong name or password",
        0xc000_006e => "account restricted",
        0xc000_006f => "not at this hour",
        0xc000_0070 => "not from this workstation",
        0xc000_0071 | 0xc000_0224 => "password expired",
        0xc000_0072 => "account disabled",
        0xc000_0133 => "clocks differ",
        0xc000_015b => "kind of log-in not granted",
        0xc000_018d | 0xc000_018c => "no trust between domains",
        0xc000_0193 => "account expired",
        0xc000_0234 => "account locked",
        _ => "refused",
    };
    let mut detail = Line::default();
    let _ = write!(detail, "smb: {reason} (0x{status:08x})");
    facts.event(Side::Client, EventKind::LogInFailed, detail.text());
}

impl Session {
    /// A share is asked for; `path` is `\\server\share`.
    fn ask(&mut self, request: u64, path: &[u8], facts: &mut dyn Facts) {
        let (server, share) = shares::split(path);
        if !server.is_empty() && !shares::is_address(server) {
            facts.fact(Side::Server, Fact::SmbAskedName, server);
        }
        self.asked = Some((request, Share::of(share)));
    }

    /// A share was opened or not.
    fn answer(&mut self, request: u64, opened: bool, facts: &mut dyn Facts) {
        let Some((_, share)) = self.asked.take_if(|(asked, _)| *asked == request) else { return };
        if opened {
            share.tell(facts);
        }
    }
}

/// A named pipe was opened: the service behind it, and whether it serves administration.
fn pipe_opened(name: &[u8], facts: &mut dyn Facts) {
    const PIPES: [(&str, Option<&str>); 16] = [
        ("svcctl", Some("service control")),
        ("atsvc", Some("scheduled tasks")),
        ("winreg", Some("remote registry")),
        ("PSEXESVC", Some("PsExec")),
        ("eventlog", Some("event log")),
        ("InitShutdown", Some("remote shutdown")),
        ("epmapper", None),
        ("lsarpc", None),
        ("netlogon", None),
        ("samr", None),
        ("spoolss", None),
        ("srvsvc", None),
        ("wkssvc", None),
        ("browser", None),
        ("lsass", None),
        ("ntsvcs", Some("plug and play")),
    ];
    let name = name.strip_prefix(b"\\").unwrap_or(name);
    let name = name.strip_prefix(b"PIPE\\").or_else(|| name.strip_prefix(b"pipe\\")).unwrap_or(name);
    let known = PIPES.iter().find(|(pipe, _)| name.eq_ignore_ascii_case(pipe.as_bytes()));
    let Some((pipe, service)) = known else { return };
    facts.fact(Side::Server, Fact::SmbPipe, pipe.as_bytes());
    if let Some(service) = service {
        let mut detail = Line::default();
        let _ = write!(detail, "smb: {service} ({pipe})");
        facts.event(Side::Client, EventKind::AdministrativeSession, detail.text());
    }
}
