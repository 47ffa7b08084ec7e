//! What both sides offer (RFC 4253 7.1) and what they agree on by it.

use crate::dissect::{Facts, Side};
use cordon_model::observe::{EventKind, Fact};

/// Algorithms of one list that are remembered; software offers fewer.
const ALGORITHMS_MAX: usize = 24;
/// The lists that are read: key exchange, server's key, then for both directions encryption, then integrity.
const LISTS: usize = 6;
const COOKIE_BYTES: usize = 16;
/// The lists whose outcome is told; client to server stands for both directions.
const TOLD: [(usize, Fact); 4] = [
    (0, Fact::SshKeyExchange),
    (1, Fact::SshHostKeyAlgorithm),
    (2, Fact::SshCipher),
    (4, Fact::SshIntegrity),
];

/// Names lists of algorithms; each is names with commas between them.
pub(super) type Lists<'a> = [&'a [u8]; LISTS];

/// Reads fields after their length (RFC 4251 5).
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (front, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        self.0 = rest;
        Some(front)
    }
}

/// The lists of a message.
pub(super) fn lists(content: &[u8]) -> Option<Lists<'_>> {
    let mut reader = Reader(content.get(COOKIE_BYTES..)?);
    let mut lists = [&[][..]; LISTS];
    for list in &mut lists {
        *list = reader.string()?;
    }
    Some(lists)
}

fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == b',').filter(|name| !name.is_empty())
}

/// One side's lists, each name as a number made from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer([[u32; ALGORITHMS_MAX]; TOLD.len()]);

impl Offer {
    pub(super) fn of(lists: &Lists<'_>) -> Offer {
        let mut offer = [[0; ALGORITHMS_MAX]; TOLD.len()];
        for (places, (list, _)) in offer.iter_mut().zip(TOLD) {
            for (place, name) in places.iter_mut().zip(names(lists.get(list).copied().unwrap_or_default())) {
                *place = number(name);
            }
        }
        Offer(offer)
    }
}

/// FNV-1a; 0 stands for no name.
fn number(name: &[u8]) -> u32 {
    name.iter()
        .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
        .max(1)
}

/// Tells what is agreed on: of the client's algorithms the first that the server has too.
pub(super) fn agree(first: &Offer, first_side: Side, second: &Lists<'_>, facts: &mut dyn Facts) {
    for (known, (list, fact)) in first.0.iter().zip(TOLD) {
        let list = second.get(list).copied().unwrap_or_default();
        let chosen = if first_side == Side::Client {
            let in_order = known.iter().filter(|number| **number != 0);
            in_order.filter_map(|wanted| names(list).find(|name| number(name) == *wanted)).next()
        } else {
            names(list).find(|name| known.contains(&number(name)))
        };
        let Some(chosen) = chosen else { continue };
        facts.fact(Side::Server, fact, chosen);
        if is_weak(chosen) {
            let text = std::str::from_utf8(chosen).unwrap_or_default();
            facts.event(Side::Server, EventKind::EncryptionWeak, text);
        }
    }
}

/// Tells the weak algorithms a server would take.
pub(super) fn weak_offers(lists: &Lists<'_>, facts: &mut dyn Facts) {
    for (list, _) in TOLD {
        let all = lists.get(list).copied().unwrap_or_default();
        let encryption = list == 2;
        let only_chained = encryption && !all.is_empty() && names(all).all(is_chained);
        for name in names(all).take(ALGORITHMS_MAX).filter(|name| is_weak(name) || only_chained) {
            facts.fact(Side::Server, Fact::SshWeakOffer, name);
        }
    }
}

fn is_chained(name: &[u8]) -> bool {
    name.ends_with(b"-cbc") || name.starts_with(b"rijndael-cbc")
}

/// What RFC 8758, RFC 9142 and OpenSSH's own list of legacy algorithms rule out: groups of 1,024 bits, RC4, DES
/// and other ciphers of 64-bit blocks, none at all, DSA, MD5.
fn is_weak(name: &[u8]) -> bool {
    const WEAK: [&[u8]; 12] = [
        b"diffie-hellman-group1-sha1",
        b"diffie-hellman-group-exchange-sha1",
        b"rsa1024-sha1",
        b"ssh-dss",
        b"none",
        b"des-cbc",
        b"3des-cbc",
        b"3des-ctr",
        b"blowfish-cbc",
        b"cast128-cbc",
        b"idea-cbc",
        b"hmac-md5",
    ];
    WEAK.contains(&name) || name.starts_with(b"arcfour") || name.starts_with(b"hmac-md5-")
}
