//! Version 1 (MS-CIFS, MS-SMB), long obsolete and still spoken by old devices.

use super::super::super::{Facts, Side};
use super::super::gss;
use super::super::words::{before_nul, slice, take_text, tell_account, u16_le, u32_le, utf16};
use super::{HEADER_V1, MORE_PROCESSING, Session, log_in_failed, pipe_opened};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

const NEGOTIATE: u8 = 0x72;
const SESSION_SETUP: u8 = 0x73;
const TREE_CONNECT: u8 = 0x75;
const CREATE: u8 = 0xa2;
/// No further command follows in the message.
const NO_COMMAND: u8 = 0xff;
/// Commands in one message that are looked at.
const COMMANDS_MAX: usize = 4;
/// Dialects that are looked at.
const DIALECTS_MAX: usize = 32;

/// Second flags (MS-CIFS 2.2.3.1).
const UNICODE: u16 = 0x8000;
const NT_STATUS: u16 = 0x4000;

/// Security mode of a server (MS-CIFS 2.2.4.52.2).
const CHALLENGES: u8 = 2;
const SIGNS: u8 = 4;
const SIGNS_ALWAYS: u8 = 8;
/// The server speaks of security in tokens (MS-SMB 2.2.4.5.2).
const EXTENDED_SECURITY: u32 = 0x8000_0000;

/// How much of a message with this command is looked at.
pub(super) fn look(command: u8) -> usize {
    match command {
        NEGOTIATE | SESSION_SETUP | TREE_CONNECT => 3 * 1024,
        CREATE => HEADER_V1 + 51 + 64,
        _ => HEADER_V1,
    }
}

/// One command of a message.
#[derive(Clone, Copy)]
struct Command<'a> {
    code: u8,
    words: &'a [u8],
    /// What follows the words, and where in the message it begins: 16-bit characters lie at even places.
    bytes: &'a [u8],
    place: usize,
    unicode: bool,
}

impl<'a> Command<'a> {
    fn at(message: &'a [u8], code: u8, at: usize, unicode: bool) -> Option<Command<'a>> {
        let count = usize::from(*message.get(at)?);
        let words = slice(message, at + 1, 2 * count)?;
        let place = at + 1 + 2 * count + 2;
        let length = usize::from(u16_le(message, place - 2)?);
        let rest = message.get(place..)?;
        // Some senders' count is wrong, and of a long message only the beginning is here.
        Some(Command { code, words, bytes: rest.get(..length).unwrap_or(rest), place, unicode })
    }

    /// The texts behind `skip` bytes, one after another.
    fn texts(&self, skip: usize) -> Texts<'a> {
        let rest = self.bytes.get(skip..).unwrap_or_default();
        Texts { rest, odd: (self.place + skip) % 2 == 1, unicode: self.unicode }
    }

    /// Tells what the token at the front says; answers the texts behind it.
    fn token(&self, length: usize, facts: &mut dyn Facts) -> Option<Texts<'a>> {
        let token = self.bytes.get(..length).unwrap_or(self.bytes);
        gss::find(token, facts);
        (length == 0 || gss::is_whole(token)).then(|| self.texts(length))
    }
}

/// Texts that each end with NUL.
struct Texts<'a> {
    rest: &'a [u8],
    odd: bool,
    unicode: bool,
}

impl<'a> Texts<'a> {
    /// The next text in its own characters.
    fn next(&mut self) -> Option<&'a [u8]> {
        if !self.unicode {
            return take_text(&mut self.rest);
        }
        if std::mem::take(&mut self.odd) {
            self.rest = self.rest.get(1..)?;
        }
        let units = self.rest.chunks_exact(2).position(|pair| pair == [0, 0]);
        // The last one's end is missing in messages of some systems.
        let length = 2 * units.unwrap_or(self.rest.len() / 2);
        let text = self.rest.get(..length).filter(|text| !text.is_empty() || units.is_some())?;
        self.rest = self.rest.get(length + 2..).unwrap_or_default();
        Some(text)
    }

    fn tell(&mut self, facts: &mut dyn Facts, about: Side, fact: Fact) -> Option<()> {
        tell_text(facts, about, fact, self.next()?, self.unicode);
        Some(())
    }
}

fn tell_text(facts: &mut dyn Facts, about: Side, fact: Fact, text: &[u8], unicode: bool) {
    if unicode {
        facts.fact(about, fact, utf16(text).text().as_bytes());
    } else {
        facts.fact(about, fact, text);
    }
}

pub(super) fn message(session: &mut Session, side: Side, message: &[u8], facts: &mut dyn Facts) {
    let head = || {
        let (code, status) = (*message.get(4)?, u32_le(message, 5)?);
        Some((code, status, *message.get(9)? & 0x80 != 0, u16_le(message, 10)?, u16_le(message, 30)?))
    };
    let Some((mut code, status, answer, flags, number)) = head() else { return facts.malformed() };
    if answer != (side == Side::Server) {
        return;
    }
    // Before Windows NT, errors were a class and a code.
    let status = if flags & NT_STATUS != 0 || status == 0 { status } else { 0xe000_0000 | status };
    let mut at = HEADER_V1;
    for _ in 0..COMMANDS_MAX {
        let Some(command) = Command::at(message, code, at, flags & UNICODE != 0) else { return };
        if answer {
            answered(session, command, status, number, facts);
        } else {
            asked(session, command, number, facts);
        }
        // Another command may follow in the same message (MS-CIFS 2.2.3.4).
        let and = matches!(code, SESSION_SETUP | TREE_CONNECT | CREATE);
        match (and, command.words.first(), u16_le(command.words, 2)) {
            (true, Some(&next), Some(offset)) if next != NO_COMMAND && usize::from(offset) > at => {
                (code, at) = (next, usize::from(offset));
            }
            _ => return,
        }
    }
}

fn asked(session: &mut Session, command: Command<'_>, number: u16, facts: &mut dyn Facts) {
    match command.code {
        NEGOTIATE => offer(command.bytes, facts),
        SESSION_SETUP => _ = log_in(session, command, facts),
        TREE_CONNECT => {
            let password = u16_le(command.words, 6).map_or(0, usize::from);
            let mut texts = command.texts(password);
            let Some(path) = texts.next() else { return };
            if command.unicode {
                session.ask(u64::from(number), utf16(path).text().as_bytes(), facts);
            } else {
                session.ask(u64::from(number), path, facts);
            }
        }
        CREATE => {
            let Some(name) = command.texts(0).next() else { return };
            if command.unicode {
                pipe_opened(utf16(name).text().as_bytes(), facts);
            } else {
                pipe_opened(before_nul(name), facts);
            }
        }
        _ => {}
    }
}

/// Dialects the client knows (MS-CIFS 2.2.4.52.1), newer versions among them.
fn offer(bytes: &[u8], facts: &mut dyn Facts) {
    let mut line = Line::default();
    let mut rest = bytes;
    for _ in 0..DIALECTS_MAX {
        let Some((2, after)) = rest.split_first().map(|(kind, after)| (*kind, after)) else { break };
        rest = after;
        let Some(name) = take_text(&mut rest) else { break };
        let version = match name {
            b"NT LM 0.12" => "1.0",
            b"SMB 2.002" => "2.0.2",
            b"SMB 2.???" => "2.x",
            _ => continue,
        };
        let comma = if line.text().is_empty() { "" } else { "," };
        let _ = write!(line, "{comma}{version}");
    }
    facts.fact(Side::Client, Fact::SmbOffers, line.text().as_bytes());
}

fn answered(session: &mut Session, command: Command<'_>, status: u32, number: u16, facts: &mut dyn Facts) {
    match command.code {
        NEGOTIATE => _ = agree(session, command, facts),
        SESSION_SETUP if status == 0 || status == MORE_PROCESSING => {
            _ = set_up(command, facts);
        }
        SESSION_SETUP => log_in_failed(status, facts),
        TREE_CONNECT => session.answer(u64::from(number), status == 0, facts),
        _ => {}
    }
}

/// The dialect the server takes (MS-CIFS 2.2.4.52.2, MS-SMB 2.2.4.5.2).
fn agree(session: &mut Session, command: Command<'_>, facts: &mut dyn Facts) -> Option<()> {
    let words = command.words;
    if u16_le(words, 0)? == u16::MAX {
        return None;
    }
    if words.len() < 34 {
        facts.fact(Side::Server, Fact::SmbDialect, b"core");
        return None;
    }
    facts.fact(Side::Server, Fact::SmbDialect, b"1.0");
    let mode = *words.get(2)?;
    let signing = match mode {
        mode if mode & SIGNS_ALWAYS != 0 => "required",
        mode if mode & SIGNS != 0 => "possible",
        _ => "none",
    };
    facts.fact(Side::Server, Fact::SmbSigning, signing.as_bytes());
    session.plain_passwords = mode & CHALLENGES == 0;
    if u32_le(words, 19)? & EXTENDED_SECURITY != 0 {
        return gss::find(command.bytes, facts).then_some(());
    }
    // Challenge, then the names of domain and server, which here follow without regard to even places.
    let mut texts = command.texts(usize::from(*words.get(33)?));
    texts.odd = false;
    texts.tell(facts, Side::Server, Fact::SmbDomain)?;
    texts.tell(facts, Side::Server, Fact::SmbNetbiosName)
}

/// A log-in (MS-CIFS 2.2.4.53.1, MS-SMB 2.2.4.6.1). Texts are told only where their number and the end of what
/// stands before them agree: where lengths lie, a user's name could pass for something else.
fn log_in(session: &Session, command: Command<'_>, facts: &mut dyn Facts) -> Option<()> {
    let words = command.words;
    match words.len() {
        24 => {
            let token = usize::from(u16_le(words, 14)?);
            let mut texts = command.token(token, facts)?;
            texts.tell(facts, Side::Client, Fact::SmbNativeOs)?;
            texts.tell(facts, Side::Client, Fact::SmbNativeLanMan)
        }
        26 => {
            let (first, second) = (usize::from(u16_le(words, 14)?), usize::from(u16_le(words, 16)?));
            if session.plain_passwords && first.max(second) > 1 {
                facts.event(Side::Client, EventKind::LogInClearCredentials, "smb: password in clear");
            }
            let mut texts = command.texts(first + second);
            let (user, unicode) = (texts.next()?, texts.unicode);
            let others = [texts.next()?, texts.next()?, texts.next()?];
            if texts.rest.len() > 3 {
                facts.malformed();
                return None;
            }
            let wide = utf16(user);
            let user = if unicode { wide.text().as_bytes() } else { user };
            tell_account(facts, Side::Client, Fact::SmbUser, Fact::SmbNetbiosName, user);
            for (fact, text) in
                [Fact::SmbDomain, Fact::SmbNativeOs, Fact::SmbNativeLanMan].into_iter().zip(others)
            {
                tell_text(facts, Side::Client, fact, text, unicode);
            }
            Some(())
        }
        _ => None,
    }
}

/// The answer to a log-in (MS-CIFS 2.2.4.53.2, MS-SMB 2.2.4.6.2).
fn set_up(command: Command<'_>, facts: &mut dyn Facts) -> Option<()> {
    let action = u16_le(command.words, 4)?;
    if action & 1 != 0 {
        facts.fact(Side::Server, Fact::SmbAccess, b"guest");
    }
    let token = match command.words.len() {
        8 => usize::from(u16_le(command.words, 6)?),
        6 => 0,
        _ => return None,
    };
    let mut texts = command.token(token, facts)?;
    texts.tell(facts, Side::Server, Fact::SmbNativeOs)?;
    texts.tell(facts, Side::Server, Fact::SmbNativeLanMan)?;
    if token == 0 { texts.tell(facts, Side::Server, Fact::SmbDomain) } else { Some(()) }
}
