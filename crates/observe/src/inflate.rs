//! Decompression of what a dissector holds back of a compressed body: all at once, without allocation, and
//! never more than asked for, so that a bomb costs what its first kilobytes cost.
//!
//! The working memory (a window of 32 KiB and the decoder's tables, some 45 KiB) lies on the stack of the
//! call and is gone after it; no conversation keeps any.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, TINFL_LZ_DICT_SIZE, decompress, inflate_flags};

/// How something is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// RFC 1952.
    Gzip,
    /// HTTP's `deflate`: RFC 1950, or as some servers send it, RFC 1951 alone.
    Deflate,
}

/// Why decompression ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The compressed data ended.
    Whole,
    /// The input ended before it, or the allowed output was reached.
    Cut,
    /// The input is not so compressed; what was handed on before came of valid parts.
    Broken,
}

/// Decompresses `input` from its beginning and hands the output on in order, at most `output_max` bytes.
/// Checksums are not looked at: half of a body has none.
pub(crate) fn inflate(
    coding: Coding,
    input: &[u8],
    mut output_max: usize,
    mut out: impl FnMut(&[u8]),
) -> End {
    let (mut input, zlib) = match coding {
        Coding::Gzip => match after_gzip_header(input) {
            Some(rest) => (rest, false),
            None => return End::Broken,
        },
        Coding::Deflate => (input, has_zlib_header(input)),
    };
    let header = if zlib { inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER } else { 0 };
    let flags = header | inflate_flags::TINFL_FLAG_HAS_MORE_INPUT | inflate_flags::TINFL_FLAG_IGNORE_ADLER32;
    let (mut decoder, mut window) = (DecompressorOxide::new(), [0; TINFL_LZ_DICT_SIZE]);
    let mut at = 0;
    loop {
        let (status, taken, given) = decompress(&mut decoder, input, &mut window, at, flags);
        let fresh = window.get(at..at + given.min(output_max)).unwrap_or_default();
        out(fresh);
        output_max -= fresh.len();
        input = input.get(taken..).unwrap_or_default();
        at = (at + given) % TINFL_LZ_DICT_SIZE;
        match status {
            _ if output_max == 0 => return End::Cut,
            TINFLStatus::Done => return End::Whole,
            TINFLStatus::HasMoreOutput if given > 0 => {}
            TINFLStatus::NeedsMoreInput => return End::Cut,
            _ => return End::Broken,
        }
    }
}

/// RFC 1950 2.2: the method is 8 and the first two bytes are a multiple of 31.
fn has_zlib_header(input: &[u8]) -> bool {
    matches!(input, [method, flags, ..] if method & 15 == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31))
}

/// What follows the header of a gzip member (RFC 1952 2.3); `None` when it is none or is cut.
fn after_gzip_header(input: &[u8]) -> Option<&[u8]> {
    const HEADER_CHECKSUM: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    let [0x1f, 0x8b, 8, flags, _, _, _, _, _, _, rest @ ..] = input else { return None };
    let mut rest = rest;
    if flags & EXTRA != 0 {
        let [low, high, after @ ..] = rest else { return None };
        rest = after.get(usize::from(u16::from_le_bytes([*low, *high]))..)?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            rest = rest.get(memchr::memchr(0, rest)? + 1..)?;
        }
    }
    if flags & HEADER_CHECKSUM != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

/// Compresses for tests. Always the same compressor, so that golden files have the same bytes however the
/// workspace is built.
#[cfg(test)]
pub(crate) mod packing {
    use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};

    const LEVEL: u8 = 6;

    /// Raw deflate (RFC 1951).
    pub(crate) fn raw(plain: &[u8]) -> Vec<u8> {
        compress_to_vec(plain, LEVEL)
    }

    /// In the zlib format (RFC 1950).
    pub(crate) fn zlib(plain: &[u8]) -> Vec<u8> {
        compress_to_vec_zlib(plain, LEVEL)
    }

    /// In the gzip format (RFC 1952).
    pub(crate) fn gzip(plain: &[u8]) -> Vec<u8> {
        let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        let length = (plain.len() as u32).to_le_bytes();
        [&head[..], &raw(plain), &checksum(plain).to_le_bytes(), &length].concat()
    }

    /// The CRC-32 of RFC 1952 section 8.
    fn checksum(bytes: &[u8]) -> u32 {
        let mut sum = u32::MAX;
        for byte in bytes {
            sum ^= u32::from(*byte);
            for _ in 0..8 {
                sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
            }
        }
        !sum
    }

    #[test]
    fn the_checksum_is_that_of_the_usual_check_string() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }
}

#[cfg(test)]
mod tests {
    use super::packing::{gzip, raw, zlib};
    use super::*;
    use proptest::prelude::*;

    fn inflated(coding: Coding, input: &[u8], output_max: usize) -> (Vec<u8>, End) {
        let mut output = Vec::new();
        let end = inflate(coding, input, output_max, |bytes| output.extend_from_slice(bytes));
        (output, end)
    }

    #[test]
    fn a_bomb_costs_what_was_asked_for() {
        let bomb = gzip(&vec![b'x'; 40 << 20]);
        assert!(bomb.len() < 64 << 10);
        let (output, end) = inflated(Coding::Gzip, &bomb, 100_000);
        assert_eq!((output.len(), end), (100_000, End::Cut));
    }

    #[test]
    fn gzip_headers_may_hold_more() {
        let plain = gzip(b"hello");
        let head =
            [&[0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3][..], b"\x02\0ab", b"name\0", b"why\0", b"cc"].concat();
        let full = [&head, &plain[10..]].concat();
        assert_eq!(inflated(Coding::Gzip, &full, 100), (b"hello".to_vec(), End::Whole));
        for length in 0..full.len() {
            let (output, end) = inflated(Coding::Gzip, &full[..length], 100);
            assert!(b"hello".starts_with(&output), "{length}");
            // The checksum and length after the data are not needed.
            assert!(end != End::Whole || length >= full.len() - 8, "{length}");
        }
    }

    #[test]
    fn nonsense_is_said_to_be_so() {
        assert_eq!(inflated(Coding::Gzip, b"<html></html>", 100), (Vec::new(), End::Broken));
        assert_eq!(inflated(Coding::Deflate, b"\xff\xff\xff\xff", 100), (Vec::new(), End::Broken));
        assert_eq!(inflated(Coding::Deflate, b"", 100), (Vec::new(), End::Cut));
    }

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(
            part in prop::collection::vec(any::<u8>(), 0..300),
            other in prop::collection::vec(any::<u8>(), 0..300),
            (times, output_max) in (0usize..300, 1usize..120_000),
        ) {
            let plain = [&part.repeat(times)[..], &other, &part].concat();
            let wanted = &plain[..plain.len().min(output_max)];
            for (coding, input) in
                [(Coding::Gzip, gzip(&plain)), (Coding::Deflate, zlib(&plain)), (Coding::Deflate, raw(&plain))]
            {
                let (output, end) = inflated(coding, &input, output_max);
                prop_assert_eq!(&output[..], wanted);
                prop_assert_eq!(end == End::Whole, plain.len() < output_max);
            }
        }

        #[test]
        fn any_bytes_are_safe(input in prop::collection::vec(any::<u8>(), 0..2_000)) {
            for coding in [Coding::Gzip, Coding::Deflate] {
                let (output, _) = inflated(coding, &input, 50_000);
                prop_assert!(output.len() <= 50_000);
            }
        }
    }
}
