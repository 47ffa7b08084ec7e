//! Writes BER.

/// An element of any length.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = match content.len() {
        short @ 0..=127 => vec![short as u8],
        long => [&[0x82][..], &(long as u16).to_be_bytes()].concat(),
    };
    [&[tag][..], &length, &content].concat()
}

/// INTEGER of one or two bytes.
pub(super) fn number(value: i16) -> Vec<u8> {
    match i8::try_from(value) {
        Ok(short) => tlv(2, &[&short.to_be_bytes()]),
        Err(_) => tlv(2, &[&value.to_be_bytes()]),
    }
}

/// An object identifier of arcs.
pub(super) fn object(text: &str) -> Vec<u8> {
    let arcs: Vec<u32> = text.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut bytes = vec![(arcs[0] * 40 + arcs[1]) as u8];
    for arc in &arcs[2..] {
        let digits = (32 - arc.leading_zeros()).div_ceil(7).max(1);
        for digit in (0..digits).rev() {
            let more = if digit > 0 { 0x80 } else { 0 };
            bytes.push((arc >> (7 * digit) & 0x7f) as u8 | more);
        }
    }
    tlv(6, &[&bytes])
}
