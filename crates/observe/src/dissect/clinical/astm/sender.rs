//! Who an analyser says it is: H-5 and R-14, whose components every maker orders in a way of their own.

use super::records::{Delimiters, FIELD_BYTES_MAX};
use crate::dissect::{Facts, Side};
use cordon_model::observe::Fact;

/// Components of one field that are looked at.
const COMPONENTS_MAX: usize = 8;

/// The components of a field's first repetition.
pub(super) fn components(delimiters: Delimiters, value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let first = value.split(move |&byte| byte == delimiters.repeat).next().unwrap_or_default();
    first.split(move |&byte| byte == delimiters.component).map(|part| part.trim_ascii())
}

/// H-5: a name first, then in no common order a model, a software version and a serial number. The forms
/// tell them apart: `XN-10^00-01^11001`, `ACCESS^500001`, `OCD^VISION^5.13.1`. Of several versions the one of
/// most parts is the software's; others are the interface's, as in `cobas c 311^1.0^SN20134455^04.02.01`.
pub(super) fn tell(delimiters: Delimiters, side: Side, value: &[u8], facts: &mut dyn Facts) {
    let mut parts = components(delimiters, value).take(COMPONENTS_MAX);
    facts.fact(side, Fact::AstmSender, parts.next().unwrap_or_default());
    let (mut model, mut serial): (bool, bool) = (false, false);
    let (mut software, mut software_parts): (&[u8], usize) = (b"", 0);
    for (part, place) in parts.zip(1..) {
        if part.is_empty() {
            continue;
        }
        if is_version(part) {
            let parts = 1 + part.iter().filter(|byte| is_divider(**byte)).count();
            if parts > software_parts {
                (software, software_parts) = (part, parts);
            }
        } else if is_serial(part) {
            if !std::mem::replace(&mut serial, true) {
                facts.fact(side, Fact::AstmSerial, part);
            }
        } else if place == 1 && is_name(part) && !std::mem::replace(&mut model, true) {
            facts.fact(side, Fact::AstmModel, part);
        }
    }
    if !software.is_empty() {
        facts.fact(side, Fact::AstmSoftware, software);
    }
}

/// What stands between the parts of a version.
fn is_divider(byte: u8) -> bool {
    matches!(byte, b'.' | b'-' | b'_')
}

/// which instrument, or which part of one, has measured. Told as it stands, with `^` between its
/// components whatever the message's own delimiter is.
pub(super) fn tell_instrument(delimiters: Delimiters, side: Side, value: &[u8], facts: &mut dyn Facts) {
    let (mut text, mut length) = ([0; FIELD_BYTES_MAX], 0);
    for (index, part) in components(delimiters, value).enumerate() {
        let separator: &[u8] = if index == 0 { b"" } else { b"^" };
        for &byte in separator.iter().chain(part) {
            if let Some(room) = text.get_mut(length) {
                *room = byte;
                length += 1;
            }
        }
    }
    let text = text.get(..length).unwrap_or_default();
    let end = text.iter().rposition(|&byte| byte != b'^').map_or(0, |last| last + 1);
    facts.fact(side, Fact::AstmInstrument, text.get(..end).unwrap_or_default());
}

/// Digits with dots or hyphens between them, perhaps after a V: `5.13.1`, `00-01`, `V1.0`, `2.00b`.
fn is_version(text: &[u8]) -> bool {
    let text = match text {
        [b'V' | b'v', b'.' | b' ', rest @ ..] | [b'V' | b'v', rest @ ..] => rest,
        _ => text,
    };
    let Some(first) = text.iter().position(|byte| is_divider(*byte)) else { return false };
    let number = |part: Option<&[u8]>| {
        part.is_some_and(|part| !part.is_empty() && part.len() <= 3 && part.iter().all(u8::is_ascii_digit))
    };
    let rest = text.get(first + 1..).unwrap_or_default();
    let second = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let suits = |byte: &u8| byte.is_ascii_alphanumeric() || is_divider(*byte);
    number(text.get(..first)) && second > 0 && text.len() <= 20 && rest.iter().all(suits)
}

/// One word, mostly digits: at least four alone, or five among letters, for models have fewer (`XN-1000`).
fn is_serial(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let suits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'_');
    let enough = digits >= 5 || (digits == 4 && text.len() == 4);
    enough && text.len() <= 32 && digits * 2 >= text.len() && text.iter().all(suits)
}

/// What begins with a letter and has another.
fn is_name(text: &[u8]) -> bool {
    text.len() > 1 && text.first().is_some_and(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_tell_versions_from_serials_and_names() {
        for version in ["5.13.1", "00-01", "V1.0", "2.00", "8.10", "v.3.2b", "01.02-BETA"] {
            assert!(is_version(version.as_bytes()), "{version}");
        }
        for serial in ["11001", "500001", "F3453610050", "SN-004711", "2201024-323"] {
            assert!(is_serial(serial.as_bytes()) && !is_version(serial.as_bytes()), "{serial}");
        }
        for name in ["VISION", "GeneXpert", "BS-200", "XN-1000", "Rezus"] {
            let bytes = name.as_bytes();
            assert!(is_name(bytes) && !is_version(bytes) && !is_serial(bytes), "{name}");
        }
        assert!(!is_version(b"1") && !is_version(b"2024-01-05") && !is_serial(b"REAL") && !is_name(b"1"));
    }
}
