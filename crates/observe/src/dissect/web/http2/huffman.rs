//! The code in which HPACK shortens text (RFC 7541 appendix B). It is canonical: symbols in order of the length of
//! their codes, and how many codes there are of each length, are all of it.

/// Symbols from the shortest code to the longest; the last code, which ends a string, has none.
#[rustfmt::skip]
const SYMBOLS: [u8; 256] = [
    48, 49, 50, 97, 99, 101, 105, 111, 115, 116, 32, 37, 45, 46, 47, 51, 52, 53, 54, 55, 56, 57, 61, 65,
    95, 98, 100, 102, 103, 104, 108, 109, 110, 112, 114, 117, 58, 66, 67, 68, 69, 70, 71, 72, 73, 74,
    75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 89, 106, 107, 113, 118, 119, 120, 121, 122, 38,
    42, 44, 59, 88, 90, 33, 34, 40, 41, 63, 39, 43, 124, 35, 62, 0, 36, 64, 91, 93, 126, 94, 125, 60,
    96, 123, 92, 195, 208, 128, 130, 131, 162, 184, 194, 224, 226, 153, 161, 167, 172, 176, 177, 179,
    209, 216, 217, 227, 229, 230, 129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173,
    178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232, 233, 1, 135, 137, 138, 139, 140, 141, 143,
    147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182, 183, 188, 191, 197, 231,
    239, 9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237, 199, 207, 234, 235, 192, 193, 200,
    201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255, 203, 204, 211, 212, 214, 221, 222, 223,
    241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17,
    18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249, 10, 13, 22
];

/// Lengths of codes in bits, and how many codes have them.
const LENGTHS: [(u8, u16); 21] = [
    (5, 10),
    (6, 26),
    (7, 32),
    (8, 6),
    (10, 5),
    (11, 3),
    (12, 2),
    (13, 6),
    (14, 2),
    (15, 3),
    (19, 3),
    (20, 8),
    (21, 13),
    (22, 26),
    (23, 29),
    (24, 12),
    (25, 4),
    (26, 15),
    (27, 19),
    (28, 29),
    (30, 4),
];

/// Calls `take` with each byte of the text; `None` when it is not of this code.
pub(super) fn decode(text: &[u8], mut take: impl FnMut(u8)) -> Option<()> {
    let (mut bits, mut count) = (0u64, 0u8);
    let mut rest = text.iter();
    loop {
        while count <= 32 {
            let Some(byte) = rest.next() else { break };
            bits = bits << 8 | u64::from(*byte);
            count += 8;
        }
        if count == 0 {
            return Some(());
        }
        let Some((symbol, length)) = symbol(bits, count) else {
            // What is left are the first bits of the code that ends a string: ones, fewer than eight.
            let ones = (1 << count) - 1;
            return (count < 8 && bits & ones == ones).then_some(());
        };
        take(*SYMBOLS.get(symbol)?);
        count -= length;
    }
}

/// The place of the symbol whose code the last `count` bits begin with, and the length of its code.
fn symbol(bits: u64, count: u8) -> Option<(usize, u8)> {
    let (mut first_code, mut first_place, mut before) = (0u64, 0u64, 0u8);
    for (length, codes) in LENGTHS {
        first_code <<= length - before;
        before = length;
        if length > count {
            return None;
        }
        let code = bits >> (count - length) & ((1 << length) - 1);
        if code < first_code + u64::from(codes) {
            return Some(((first_place + code - first_code) as usize, length));
        }
        first_code += u64::from(codes);
        first_place += u64::from(codes);
    }
    None
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The reverse.
    pub(crate) fn encode(text: &[u8]) -> Vec<u8> {
        let (mut bits, mut count, mut out) = (0u64, 0u8, Vec::new());
        for byte in text {
            let wanted = SYMBOLS.iter().position(|symbol| symbol == byte).unwrap() as u64;
            let (mut code, mut place, mut before) = (0u64, 0u64, 0u8);
            for (length, codes) in LENGTHS {
                code <<= length - before;
                before = length;
                if wanted < place + u64::from(codes) {
                    bits = bits << length | (code + wanted - place);
                    count += length;
                    break;
                }
                code += u64::from(codes);
                place += u64::from(codes);
            }
            while count >= 8 {
                count -= 8;
                out.push((bits >> count) as u8);
            }
        }
        if count > 0 {
            out.push((bits << (8 - count)) as u8 | ((1u16 << (8 - count)) - 1) as u8);
        }
        out
    }

    fn decoded(text: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        decode(text, |byte| out.push(byte)).map(|()| out)
    }

    /// RFC 7541 C.4.1 and C.6.1.
    #[test]
    fn the_standards_examples_are_read() {
        let text = b"\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff";
        assert_eq!(decoded(text).unwrap(), b"www.example.com");
        assert_eq!(encode(b"www.example.com"), text);
        assert_eq!(decoded(b"\xae\xc3\x77\x1a\x4b").unwrap(), b"private");
        assert_eq!(decoded(b"\xff\xff\xff\xff"), None);
        assert_eq!(decoded(b"\xae\xc3\x77\x1a\x4b\xff"), None);
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decoded(&encode(&text)), Some(text));
        }

        #[test]
        fn any_bytes_are_safe(text in prop::collection::vec(any::<u8>(), 0..200)) {
            decoded(&text);
        }
    }
}
