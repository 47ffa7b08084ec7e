//! Directories: LDAP (RFC 4511) over TCP and, as Windows computers look for their domain's controllers, in
//! datagrams (MS-ADTS 6.3): hosts, domains and sites, how clients log in, and who failed to.
//!
//! Of entries only the server's own is read, and of searches only which domain they are in: the rest is about
//! people.

mod netlogon;
mod root;

use super::super::{Datagram, DatagramDissector, Facts, Probe, Recognised, Side, Starts, StationFacts};
use super::ber::{self, Element, Elements, INTEGER, OCTETS, SEQUENCE};
use super::framed::{Extent, Framed, GoesSecure, Messages, Next};
use super::gss;
use super::words::{account, tell_account};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

const ENUMERATED: u8 = 0x0a;

/// Operations by their application tags (RFC 4511 4.2 and on).
const BIND: u8 = 0x60;
const BOUND: u8 = 0x61;
const UNBIND: u8 = 0x42;
const SEARCH: u8 = 0x63;
const ENTRY: u8 = 0x64;
const SEARCHED: u8 = 0x65;
const EXTENDED: u8 = 0x77;
const EXTENDED_ANSWER: u8 = 0x78;

/// The longest message that is believed.
const MESSAGE_BYTES_MAX: usize = 16 << 20;
/// The request to go on encrypted (RFC 4511 4.14).
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";
/// A log-in of several steps goes on (RFC 4511 4.2.2).
const IN_PROGRESS: i64 = 14;

/// Directories in datagrams.
#[derive(Debug)]
pub struct LdapMessages;

/// Directories over TCP.
pub type Ldap = Framed<Session, GoesSecure>;

/// What is remembered of a session.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    asked_for_tls: bool,
    /// The latest log-in is one whose mechanism may encrypt what follows.
    may_encrypt: bool,
    logged_in: bool,
}

/// The outside of a message.
struct Outer {
    total: usize,
    operation: u8,
    /// Where the operation begins.
    at: usize,
}

/// Which side sends an operation.
fn sender(operation: u8) -> Option<Side> {
    match operation {
        // Bind, unbind, search, modify, add, delete, rename, compare, abandon, extended.
        BIND | UNBIND | SEARCH | 0x66 | 0x68 | 0x4a | 0x6c | 0x6e | 0x50 | EXTENDED => Some(Side::Client),
        // Their answers; entries, references and what comes between.
        BOUND | ENTRY | SEARCHED | 0x67 | 0x69 | 0x6b | 0x6d | 0x6f | 0x73 | EXTENDED_ANSWER | 0x79 => {
            Some(Side::Server)
        }
        _ => None,
    }
}

/// Reads the outside: a sequence, a number, an operation. `Err` says whether more bytes would tell.
fn outer(bytes: &[u8]) -> Result<Outer, bool> {
    let known = |at: usize| match ber::start(bytes.get(at..).unwrap_or_default()) {
        ber::Start::Known(head) => Ok(head),
        ber::Start::More => Err(true),
        ber::Start::Wrong => Err(false),
    };
    let first = |at: usize, tag: u8| match bytes.get(at) {
        Some(found) if *found == tag => Ok(()),
        Some(_) => Err(false),
        None => Err(true),
    };
    first(0, SEQUENCE)?;
    let message = known(0)?;
    if !(5..MESSAGE_BYTES_MAX).contains(&message.length) {
        return Err(false);
    }
    first(message.head, INTEGER)?;
    let number = known(message.head)?;
    if !(1..=4).contains(&number.length) {
        return Err(false);
    }
    let at = message.head + number.head + number.length;
    let operation = *bytes.get(at).ok_or(true)?;
    sender(operation).ok_or(false)?;
    Ok(Outer { total: message.head + message.length, operation, at })
}

impl DatagramDissector for LdapMessages {
    const STARTS: Starts = Starts::of(&[SEQUENCE]);

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match outer(datagram.bytes) {
            Ok(outer) if matches!(outer.operation, SEARCH | ENTRY | SEARCHED) => {
                sender(outer.operation).map_or(Recognised::No, Recognised::From)
            }
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let Ok(outer) = outer(datagram.bytes) else { return false };
        if !matches!(outer.operation, SEARCH | ENTRY | SEARCHED) {
            return false;
        }
        Session::default().operation(side, datagram.bytes.get(outer.at..).unwrap_or_default(), facts);
        true
    }
}

impl Messages for Session {
    const STARTS: Starts = Starts::of(&[SEQUENCE]);
    const LOOK_MAX: usize = 8 * 1024;
    const SEEKS: bool = true;

    fn probe(head: &[u8], _port: u16) -> Probe {
        match outer(head) {
            Ok(outer) => sender(outer.operation).map_or(Probe::No, Probe::Certain),
            Err(true) => Probe::Unsure,
            Err(false) => Probe::No,
        }
    }

    fn extent(&self, side: Side, bytes: &[u8]) -> Extent {
        self.begins(side, bytes)
    }

    fn begins(&self, _side: Side, bytes: &[u8]) -> Extent {
        let outer = match outer(bytes) {
            Ok(outer) => outer,
            Err(true) => return Extent::More,
            Err(false) => return Extent::Wrong,
        };
        let look = match outer.operation {
            BIND | BOUND | EXTENDED | EXTENDED_ANSWER => Self::LOOK_MAX,
            SEARCH => 1024,
            ENTRY => match ber::start(bytes.get(outer.at..).unwrap_or_default()) {
                // An entry without a name is the server's own.
                ber::Start::Known(head) => match bytes.get(outer.at + head.head..).unwrap_or_default() {
                    [OCTETS, 0, ..] => Self::LOOK_MAX,
                    [] | [OCTETS] if outer.total > bytes.len() => return Extent::More,
                    _ => outer.at,
                },
                ber::Start::More if outer.total > bytes.len() => return Extent::More,
                _ => outer.at,
            },
            _ => outer.at,
        };
        Extent::Message { total: outer.total as u64, look }
    }

    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        match outer(bytes) {
            Ok(outer) if sender(outer.operation) == Some(side) => {
                self.operation(side, bytes.get(outer.at..).unwrap_or_default(), facts)
            }
            _ => Next::On,
        }
    }

    fn ends(&mut self, _side: Side, _facts: &mut dyn Facts) -> bool {
        // After a log-in by mechanism what follows may be encrypted (RFC 4513 5.2.1).
        self.logged_in
    }
}

impl Session {
    fn operation(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        let Some(operation) = Elements::new(bytes).next() else { return Next::On };
        match operation.tag {
            BIND => self.bind(operation, facts),
            BOUND => self.bound(operation, facts),
            SEARCH => _ = search(operation, facts),
            ENTRY => _ = root::entry(operation, side, facts),
            EXTENDED => {
                self.asked_for_tls =
                    operation.inside().tagged(0x80).is_some_and(|name| name.value == START_TLS);
            }
            EXTENDED_ANSWER if self.asked_for_tls => {
                self.asked_for_tls = false;
                if operation.inside().tagged(ENUMERATED).and_then(Element::number) == Some(0) {
                    facts.fact(Side::Server, Fact::LdapEncryption, b"StartTLS");
                    return Next::Over;
                }
            }
            _ => {}
        }
        Next::On
    }

    /// A log-in (RFC 4511 4.2): version, name, and how.
    fn bind(&mut self, operation: Element<'_>, facts: &mut dyn Facts) {
        let mut fields = operation.inside();
        let (Some(_version), Some(name)) = (fields.tagged(INTEGER), fields.tagged(OCTETS)) else {
            return facts.malformed();
        };
        let Some(how) = fields.next() else { return facts.malformed() };
        (self.may_encrypt, self.logged_in) = (how.tag != 0x80, false);
        match how.tag {
            // A password in clear.
            0x80 if how.value.is_empty() => tell_mechanism("anonymous", facts),
            0x80 => {
                tell_mechanism("simple", facts);
                facts.event(Side::Client, EventKind::LogInClearCredentials, "ldap: simple bind");
                tell_account(facts, Side::Client, Fact::LdapUser, Fact::LdapClientName, name.value);
            }
            0xa3 => sasl(how, facts),
            // NTLM as Windows carries it (MS-ADTS 5.1.1.1.3).
            0x89..=0x8b => {
                tell_mechanism("NTLM", facts);
                gss::find(how.value, facts);
            }
            _ => {}
        }
    }

    /// The answer to a log-in (RFC 4511 4.2.2).
    fn bound(&mut self, operation: Element<'_>, facts: &mut dyn Facts) {
        let mut fields = operation.inside();
        let Some(code) = fields.tagged(ENUMERATED).and_then(Element::number) else {
            return facts.malformed();
        };
        let (_matched, words) = (fields.tagged(OCTETS), fields.tagged(OCTETS));
        gss::find(operation.value, facts);
        self.logged_in = code == 0 && self.may_encrypt;
        let reason = match code {
            0 | IN_PROGRESS => return,
            7 => "mechanism not supported",
            8 => "stronger log-in required",
            48 => "inappropriate log-in",
            49 => words.and_then(|words| windows_reason(words.value)).unwrap_or("wrong name or password"),
            50 => "not allowed",
            53 => "unwilling",
            _ => "refused",
        };
        let mut detail = Line::default();
        let _ = write!(detail, "ldap: {reason} ({code})");
        facts.event(Side::Client, EventKind::LogInFailed, detail.text());
    }
}

fn tell_mechanism(name: &str, facts: &mut dyn Facts) {
    facts.fact(Side::Client, Fact::LdapAuthentication, name.as_bytes());
}

/// A log-in by a mechanism (RFC 4513 5.2): its name, then what it says.
fn sasl(how: Element<'_>, facts: &mut dyn Facts) {
    let mut fields = how.inside();
    let Some(mechanism) = fields.tagged(OCTETS) else { return facts.malformed() };
    let suits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    if mechanism.value.len() <= 20 && mechanism.value.iter().all(suits) {
        facts.fact(Side::Client, Fact::LdapAuthentication, mechanism.value);
    }
    let Some(token) = fields.tagged(OCTETS) else { return };
    if mechanism.value == b"PLAIN" && !token.value.is_empty() {
        facts.event(Side::Client, EventKind::LogInClearCredentials, "ldap: PLAIN");
        // Whom to act as, who logs in, the password (RFC 4616).
        if let Some(user) = token.value.split(|byte| *byte == 0).nth(1) {
            facts.user(Side::Client, Fact::LdapUser, account(user));
        }
        return;
    }
    gss::find(token.value, facts);
}

/// Why Windows refused, which it adds to its words as `data 52e` (a code of MS-ERREF 2.2).
fn windows_reason(words: &[u8]) -> Option<&'static str> {
    let at = memchr::memmem::find(words, b", data ")? + 7;
    Some(match words.get(at..at + 3)? {
        b"525" => "no such user",
        b"52e" => "wrong password",
        b"530" => "not at this hour",
        b"531" => "not from this workstation",
        b"532" | b"773" => "password expired",
        b"533" => "account disabled",
        b"701" => "account expired",
        b"775" => "account locked",
        _ => return None,
    })
}

/// A search (RFC 4511 4.5.1): the domain it is in; of a computer that looks for a controller its name.
fn search(operation: Element<'_>, facts: &mut dyn Facts) -> Option<()> {
    let mut fields = operation.inside();
    let base = fields.tagged(OCTETS).filter(|base| base.whole)?;
    if let Some(domain) = root::domain(base.value) {
        facts.fact(Side::Server, Fact::LdapDomain, domain.text().as_bytes());
    }
    // Scope, aliases, limits of size and time, whether types only; then the filter.
    let filter = fields.nth(5).filter(|filter| base.value.is_empty() && filter.tag == 0xa0)?;
    let pairs = filter.inside().take(16).filter(|pair| pair.tag == 0xa3).filter_map(|pair| {
        let mut pair = pair.inside();
        Some((pair.tagged(OCTETS)?.value, pair.tagged(OCTETS)?))
    });
    let is = |name: &[u8], known: &[u8]| name.eq_ignore_ascii_case(known);
    if !pairs.clone().any(|(name, _)| is(name, b"NtVer")) {
        return None;
    }
    for (_, value) in pairs.filter(|(name, value)| value.whole && is(name, b"Host")) {
        facts.fact(Side::Client, Fact::LdapClientName, value.value);
    }
    Some(())
}
