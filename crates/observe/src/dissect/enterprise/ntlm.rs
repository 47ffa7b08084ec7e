//! Windows' challenge and response (MS-NLMP), wherever another protocol carries it: the three messages name
//! hosts, domains and versions of the operating system.

use super::super::{Facts, Side};
use super::words::{slice, tell_account, u16_le, u32_le, utf16};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;
use std::ops::Range;

/// What every message begins with.
pub(super) const SIGNATURE: &[u8] = b"NTLMSSP\0";

const UNICODE: u32 = 1;
const HAS_DOMAIN: u32 = 0x1000;
const HAS_WORKSTATION: u32 = 0x2000;
const HAS_VERSION: u32 = 0x0200_0000;
/// Length of a response of version 1; those of version 2 are longer.
const RESPONSE_V1: usize = 24;
/// Pairs of a challenge that are looked at; there are ten kinds.
const PAIRS_MAX: usize = 16;

/// Tells what the message in some bytes says, wherever in them it begins. Answers `true` when there is one that
/// holds together; what does not is no fault of the protocol that carries it.
pub(crate) fn find(bytes: &[u8], facts: &mut dyn Facts) -> bool {
    let Some(at) = memchr::memmem::find(bytes, SIGNATURE) else { return false };
    let message = bytes.get(at..).unwrap_or_default();
    let told = match u32_le(message, SIGNATURE.len()) {
        Some(1) => negotiate(message, facts),
        Some(2) => challenge(message, facts),
        Some(3) => authenticate(message, facts),
        _ => None,
    };
    told.is_some()
}

/// True when the last field ends where the message does.
pub(super) fn is_whole(message: &[u8]) -> bool {
    let (fields, head): (&[usize], usize) = match u32_le(message, SIGNATURE.len()) {
        Some(1) => (&[16, 24], 40),
        Some(2) => (&[12, 40], 56),
        Some(3) => (&[12, 20, 28, 36, 44, 52], 64),
        _ => return false,
    };
    let ends = fields.iter().filter_map(|at| place(message, *at)).filter(|place| !place.is_empty());
    match ends.map(|place| place.end).max() {
        Some(end) => end == message.len(),
        // Without any field there is but the head, which older versions send without its last eight bytes.
        None => message.len() <= head,
    }
}

/// A field's place: length, room, offset (MS-NLMP 2.2.1).
fn place(message: &[u8], at: usize) -> Option<Range<usize>> {
    let start = u32_le(message, at + 4)? as usize;
    Some(start..start.checked_add(usize::from(u16_le(message, at)?))?)
}

/// A field's content, where it lies behind the head of the message and is all there.
fn field<'a>(message: &'a [u8], place: &Range<usize>) -> Option<&'a [u8]> {
    const HEAD: usize = 32;
    message.get(place.clone()).filter(|content| content.is_empty() || place.start >= HEAD)
}

fn tell_text(facts: &mut dyn Facts, about: Side, fact: Fact, flags: u32, text: &[u8]) {
    if text.is_empty() {
        return;
    }
    if flags & UNICODE != 0 {
        facts.fact(about, fact, utf16(text).text().as_bytes());
    } else {
        facts.fact(about, fact, text);
    }
}

/// The version of the operating system (2.2.2.10).
fn tell_version(facts: &mut dyn Facts, about: Side, flags: u32, message: &[u8], at: usize) {
    let Some(&[major, minor, low, high]) = slice(message, at, 4).filter(|_| flags & HAS_VERSION != 0) else {
        return;
    };
    if major > 0 {
        let mut line = Line::default();
        let _ = write!(line, "{major}.{minor}.{}", u16::from_le_bytes([low, high]));
        facts.fact(about, Fact::NtlmOs, line.text().as_bytes());
    }
}

/// The client's first message (2.2.1.1); its texts are never of 16-bit characters.
fn negotiate(message: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let flags = u32_le(message, 12)?;
    if flags & HAS_DOMAIN != 0
        && let Some(domain) = place(message, 16).and_then(|place| field(message, &place))
    {
        tell_text(facts, Side::Client, Fact::NtlmUserDomain, 0, domain);
    }
    if flags & HAS_WORKSTATION != 0
        && let Some(name) = place(message, 24).and_then(|place| field(message, &place))
    {
        tell_text(facts, Side::Client, Fact::NtlmWorkstation, 0, name);
    }
    tell_version(facts, Side::Client, flags, message, 32);
    Some(())
}

/// The server's message (2.2.1.2).
fn challenge(message: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let flags = u32_le(message, 20)?;
    tell_version(facts, Side::Server, flags, message, 48);
    let Some(mut pairs) = place(message, 40).and_then(|place| field(message, &place)) else {
        return Some(());
    };
    for _ in 0..PAIRS_MAX {
        let (Some(kind), Some(length)) = (u16_le(pairs, 0), u16_le(pairs, 2)) else { break };
        let Some(value) = slice(pairs, 4, usize::from(length)) else { break };
        let fact = match kind {
            0 => break,
            1 => Some(Fact::NtlmComputer),
            2 => Some(Fact::NtlmDomain),
            3 => Some(Fact::NtlmDnsComputer),
            4 => Some(Fact::NtlmDnsDomain),
            5 => Some(Fact::NtlmForest),
            _ => None,
        };
        if let Some(fact) = fact {
            facts.fact(Side::Server, fact, utf16(value).text().as_bytes());
        }
        pairs = pairs.get(4 + usize::from(length)..).unwrap_or_default();
    }
    Some(())
}

/// The client's second message (2.2.1.3).
fn authenticate(message: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let flags = u32_le(message, 60).unwrap_or(UNICODE);
    let response = place(message, 20)?;
    let places = [place(message, 28)?, place(message, 36)?, place(message, 44)?];
    // One field within another is a lie: then a user's name could pass for a computer's.
    let overlap = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
    let [domain, user, workstation] = &places;
    if overlap(domain, user) || overlap(domain, workstation) || overlap(user, workstation) {
        return None;
    }
    let [domain, user, workstation] =
        [field(message, domain)?, field(message, user)?, field(message, workstation)?];
    tell_version(facts, Side::Client, flags, message, 64);
    // Anonymous and local log-ins say "NULL" of where there is nothing.
    if !is_null(workstation) {
        tell_text(facts, Side::Client, Fact::NtlmWorkstation, flags, workstation);
    }
    if user.is_empty() {
        return Some(());
    }
    if !is_null(domain) {
        tell_text(facts, Side::Client, Fact::NtlmUserDomain, flags, domain);
    }
    if flags & UNICODE != 0 {
        tell_account(
            facts,
            Side::Client,
            Fact::NtlmUser,
            Fact::NtlmWorkstation,
            utf16(user).text().as_bytes(),
        );
    } else {
        tell_account(facts, Side::Client, Fact::NtlmUser, Fact::NtlmWorkstation, user);
    }
    let version = match response.len() {
        0 => return Some(()),
        RESPONSE_V1 => "1",
        _ => "2",
    };
    facts.fact(Side::Client, Fact::NtlmVersion, version.as_bytes());
    if version == "1" {
        facts.event(Side::Client, EventKind::EncryptionWeak, "ntlm: version 1");
    }
    Some(())
}

fn is_null(name: &[u8]) -> bool {
    matches!(name, b"NULL" | b"N\0U\0L\0L\0")
}
