//! SSL 2.0: the hello of old clients that also offer newer versions (RFC 5246 E.2), and servers that still speak
//! it (The SSL Protocol, Netscape 1995), which they must not (RFC 6176).

use super::{Reader, certificate};
use crate::dissect::{Facts, Probe, Side};
use cordon_model::observe::{EventKind, Fact};

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 4;
/// Record header, kind of message, and what stands before the lengths of a server's hello; the lengths.
const SERVER_FIXED: usize = 2 + 5 + 6;

/// Which of both hellos a stream begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// A client's that offers a newer version too: what follows may be TLS.
    Upgradable(usize),
    /// A client's that offers nothing newer.
    Client,
    /// A server's, of so many bytes after the record header.
    Server(usize),
    /// More bytes would tell.
    Unsure,
    /// None.
    No,
}

/// What the first bytes of one side are.
pub(super) fn hello(bytes: &[u8]) -> Hello {
    let [first, rest @ ..] = bytes else { return Hello::Unsure };
    if first & 0x80 == 0 {
        return Hello::No;
    }
    let Some((low, rest)) = rest.split_first() else { return Hello::Unsure };
    let length = usize::from(u16::from_be_bytes([first & 0x7f, *low]));
    match *rest {
        [CLIENT_HELLO, 3, 0..=4, a, b, c, d, e, f, ..] if adds_up(9, [a, b, c, d, e, f], length) => {
            Hello::Upgradable(length)
        }
        [CLIENT_HELLO, 0, 2, a, b, c, d, e, f, ..] if adds_up(9, [a, b, c, d, e, f], length) => Hello::Client,
        [SERVER_HELLO, 0 | 1, 0 | 1, 0, 2, a, b, c, d, e, f, ..]
            if adds_up(11, [a, b, c, d, e, f], length) =>
        {
            Hello::Server(length)
        }
        [] | [CLIENT_HELLO] | [CLIENT_HELLO, 0 | 3] => Hello::Unsure,
        [CLIENT_HELLO, 3, 0..=4, ..] | [CLIENT_HELLO, 0, 2, ..] if rest.len() < 9 => Hello::Unsure,
        [SERVER_HELLO, ref fields @ ..] if rest.len() < 11 => {
            let may_be = fields
                .iter()
                .zip([1, 1, 0, 2])
                .enumerate()
                .all(|(place, (have, most))| if place < 2 { *have <= most } else { *have == most });
            if may_be { Hello::Unsure } else { Hello::No }
        }
        _ => Hello::No,
    }
}

/// Whether three lengths and what stands before their contents make up the message.
fn adds_up(fixed: usize, [a, b, c, d, e, f]: [u8; 6], length: usize) -> bool {
    let sum: usize =
        [(a, b), (c, d), (e, f)].iter().map(|(a, b)| usize::from(u16::from_be_bytes([*a, *b]))).sum();
    fixed + sum == length
}

/// What a probe makes of it.
pub(super) fn probe(bytes: &[u8]) -> Probe {
    match hello(bytes) {
        Hello::Upgradable(_) | Hello::Client => Probe::Certain(Side::Client),
        Hello::Server(_) => Probe::Certain(Side::Server),
        Hello::Unsure => Probe::Unsure,
        Hello::No => Probe::No,
    }
}

/// Tells of a server's hello, of which the end may be missing.
pub(super) fn tell(message: &[u8], facts: &mut dyn Facts) {
    facts.fact(Side::Server, Fact::TlsVersion, b"ssl2");
    facts.event(Side::Server, EventKind::EncryptionWeak, "SSL 2.0");
    let lengths = message.get(SERVER_FIXED - 6..).unwrap_or_default();
    let length = Reader(lengths).number(2).unwrap_or(0);
    let content = message.get(SERVER_FIXED..).unwrap_or_default();
    let certificate = content.get(..length).unwrap_or(content);
    if !certificate.is_empty() && certificate::tell(Side::Server, certificate, facts).is_none() {
        facts.malformed();
    }
}
