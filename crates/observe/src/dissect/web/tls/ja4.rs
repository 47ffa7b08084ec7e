//! JA4, the fingerprint of a TLS client's software (FoxIO, "JA4: TLS Client Fingerprinting", BSD 3-clause; the
//! other fingerprints of that family carry another licence and are not here).

use sha2::{Digest as _, Sha256};

/// Cipher suites of one hello that can be sorted; the registry has not so many.
const SUITES_MAX: usize = 512;
/// Extensions of one hello that can be sorted.
const EXTENSIONS_MAX: usize = 128;
/// Hexadecimal digits of a hash that are told.
const DIGITS: usize = 12;
const LENGTH: usize = 10 + 2 * (1 + DIGITS);

const SERVER_NAME: u16 = 0;
const APPLICATION_PROTOCOL: u16 = 16;

/// What carries the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dissect) enum Carrier {
    /// TCP.
    Tcp,
    /// QUIC.
    Quic,
}

/// The parts of a client's hello that make the fingerprint.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts<'a> {
    /// The version the hello itself names.
    pub(super) version: u16,
    /// Pairs of bytes.
    pub(super) suites: &'a [u8],
    /// The extensions, each type, length, content.
    pub(super) extensions: &'a [u8],
    /// The versions that extension 43 offers, pairs of bytes.
    pub(super) versions: Option<&'a [u8]>,
    /// The first application protocol offered.
    pub(super) protocol: &'a [u8],
    /// Pairs of bytes.
    pub(super) signatures: &'a [u8],
}

/// Values that clients make up so that servers stay tolerant (RFC 8701).
pub(super) fn is_made_up(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 15 == 10
}

fn numbers(pairs: &[u8]) -> impl Iterator<Item = u16> {
    let pairs =
        pairs.chunks_exact(2).map(|pair| pair.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte)));
    pairs.filter(|value| !is_made_up(*value))
}

/// The types of all extensions in their order.
fn types(mut extensions: &[u8]) -> impl Iterator<Item = u16> {
    std::iter::from_fn(move || {
        let (head, rest) = extensions.split_first_chunk::<4>()?;
        let [a, b, c, d] = *head;
        extensions = rest.get(usize::from(u16::from_be_bytes([c, d]))..).unwrap_or_default();
        Some(u16::from_be_bytes([a, b]))
    })
    .filter(|kind| !is_made_up(*kind))
}

/// Values in order of size, on the stack; `None` when there are too many.
fn sorted<const N: usize>(values: impl Iterator<Item = u16>, room: &mut [u16; N]) -> Option<&[u16]> {
    let mut count = 0;
    for value in values {
        *room.get_mut(count)? = value;
        count += 1;
    }
    let values = room.get_mut(..count)?;
    values.sort_unstable();
    Some(values)
}

/// The fingerprint; `None` when the hello offers more than any software does.
pub(super) fn fingerprint(carrier: Carrier, parts: &Parts<'_>) -> Option<[u8; LENGTH]> {
    let mut suites = [0; SUITES_MAX];
    let suites = sorted(numbers(parts.suites), &mut suites)?;
    let mut extensions = [0; EXTENSIONS_MAX];
    let extensions = sorted(types(parts.extensions), &mut extensions)?;

    let mut out = [b'_'; LENGTH];
    let [a, b, c, d, e, f, g, h, i, j, _, rest @ ..] = &mut out;
    let (first, second) = rest.split_first_chunk_mut::<DIGITS>()?;
    *a = match carrier {
        Carrier::Tcp => b't',
        Carrier::Quic => b'q',
    };
    [*b, *c] = version(parts);
    *d = if extensions.contains(&SERVER_NAME) { b'd' } else { b'i' };
    [*e, *f] = two_digits(suites.len());
    [*g, *h] = two_digits(extensions.len());
    [*i, *j] = ends(parts.protocol);
    *first = suites_hash(suites);
    second.last_chunk_mut::<DIGITS>()?.copy_from_slice(&extensions_hash(extensions, parts.signatures));
    Some(out)
}

/// The highest version offered.
fn version(parts: &Parts<'_>) -> [u8; 2] {
    let offered = parts.versions.and_then(|versions| numbers(versions).max());
    match offered.unwrap_or(parts.version) {
        0x0304 => *b"13",
        0x0303 => *b"12",
        0x0302 => *b"11",
        0x0301 => *b"10",
        0x0300 => *b"s3",
        0x0002 => *b"s2",
        _ => *b"00",
    }
}

fn two_digits(count: usize) -> [u8; 2] {
    let count = count.min(99) as u8;
    [b'0' + count / 10, b'0' + count % 10]
}

fn digit(half: u8) -> u8 {
    if half < 10 { b'0' + half } else { b'a' + half - 10 }
}

/// First and last character, of the hexadecimal digits where one of them is no letter or digit.
fn ends(protocol: &[u8]) -> [u8; 2] {
    match (protocol.first(), protocol.last()) {
        (Some(first), Some(last)) if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() => {
            [*first, *last]
        }
        (Some(first), Some(last)) => [digit(first >> 4), digit(last & 15)],
        _ => *b"00",
    }
}

/// Adds numbers as four hexadecimal digits with commas between them.
fn add_list(hash: &mut Sha256, values: impl Iterator<Item = u16>) -> usize {
    let mut count = 0;
    for value in values {
        let [high, low] = value.to_be_bytes();
        let text = [b',', digit(high >> 4), digit(high & 15), digit(low >> 4), digit(low & 15)];
        hash.update(if count == 0 { text.get(1..).unwrap_or_default() } else { &text });
        count += 1;
    }
    count
}

fn shown(hash: Sha256) -> [u8; DIGITS] {
    let mut out = [0; DIGITS];
    for (pair, byte) in out.chunks_exact_mut(2).zip(hash.finalize()) {
        for (place, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *place = digit(half);
        }
    }
    out
}

fn suites_hash(suites: &[u16]) -> [u8; DIGITS] {
    let mut hash = Sha256::new();
    match add_list(&mut hash, suites.iter().copied()) {
        0 => [b'0'; DIGITS],
        _ => shown(hash),
    }
}

fn extensions_hash(extensions: &[u16], signatures: &[u8]) -> [u8; DIGITS] {
    let mut hash = Sha256::new();
    let told = extensions.iter().copied().filter(|kind| !matches!(*kind, SERVER_NAME | APPLICATION_PROTOCOL));
    let count = add_list(&mut hash, told);
    if numbers(signatures).next().is_some() {
        hash.update(b"_");
        add_list(&mut hash, numbers(signatures));
    } else if count == 0 {
        return [b'0'; DIGITS];
    }
    shown(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<u8> {
        text.split(',').flat_map(|word| u16::from_str_radix(word, 16).unwrap().to_be_bytes()).collect()
    }

    fn empty_extensions(text: &str) -> Vec<u8> {
        pairs(text).chunks(2).flat_map(|kind| [kind[0], kind[1], 0, 0]).collect()
    }

    fn made(carrier: Carrier, parts: &Parts<'_>) -> String {
        String::from_utf8(fingerprint(carrier, parts).unwrap().to_vec()).unwrap()
    }

    /// The example that the published description works through.
    #[test]
    fn the_published_example_comes_out() {
        let suites = pairs("2a2a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035");
        let extensions = empty_extensions(
            "fafa,001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015,0a0a",
        );
        let signatures = pairs("0403,0804,0401,0503,0805,0501,0806,0601");
        let versions = pairs("8a8a,0304,0303");
        let mut parts = Parts {
            version: 0x0303,
            suites: &suites,
            extensions: &extensions,
            versions: Some(&versions),
            protocol: b"h2",
            signatures: &signatures,
        };
        assert_eq!(made(Carrier::Tcp, &parts), "t13d1516h2_8daaf6152771_e5627efa2ab1");
        assert_eq!(made(Carrier::Quic, &parts), "q13d1516h2_8daaf6152771_e5627efa2ab1");
        parts.signatures = &[];
        assert_eq!(made(Carrier::Tcp, &parts), "t13d1516h2_8daaf6152771_6d807ffa2a79");
    }

    #[test]
    fn what_is_missing_is_zero() {
        let parts = Parts { version: 0x0300, ..Parts::default() };
        assert_eq!(made(Carrier::Tcp, &parts), "ts3i000000_000000000000_000000000000");
        let parts = Parts { version: 0x0999, ..Parts::default() };
        assert_eq!(made(Carrier::Tcp, &parts), "t00i000000_000000000000_000000000000");
    }

    #[test]
    fn protocols_that_are_no_words_show_their_digits() {
        for (protocol, expected) in [
            (&b"http/1.1"[..], b"h1"),
            (b"h", b"hh"),
            (b"\xab", b"ab"),
            (b"\xab\xcd", b"ad"),
            (b"\x30\xab", b"3b"),
            (b"\x30\x31\xab\xcd", b"3d"),
            (b"\x30\xab\xcd\x31", b"01"),
            (b"", b"00"),
        ] {
            assert_eq!(&ends(protocol), expected);
        }
    }

    #[test]
    fn more_than_can_be_sorted_has_no_fingerprint() {
        let suites: Vec<u8> = (1..=600u16).flat_map(u16::to_be_bytes).collect();
        let parts = Parts { suites: &suites, ..Parts::default() };
        assert_eq!(fingerprint(Carrier::Tcp, &parts), None);
        let parts = Parts { suites: &suites[..300], ..Parts::default() };
        assert!(made(Carrier::Tcp, &parts).starts_with("t00i990000_"));
    }
}
