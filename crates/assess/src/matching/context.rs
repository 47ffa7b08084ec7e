//! What else a document says about which model is meant: its title, and variants named where a version would stand.

use super::compare::{Called, DeviceName};
use super::name::has_digit;
use super::text::{fold, words};
use super::vocabulary::{Kind, kind};
use std::collections::BTreeSet;

/// Fewer digits are a version's and no model's.
const CODE_DIGITS_MIN: usize = 3;

/// The words of a title that may name a product or a number of one.
pub(super) fn title(text: &str) -> BTreeSet<String> {
    let words = words(&fold(text));
    let names = words.iter().filter(|word| {
        matches!(kind(&word.text, word.capitals), Kind::Brand)
            || (has_digit(&word.text) && word.text.chars().any(|c| c.is_alphabetic()))
    });
    names.map(|word| word.text.clone()).collect()
}

/// The model numbers in a version text, when it holds nothing else that could be a version: (as compared, as written).
pub(super) fn codes(version: &str) -> Vec<(String, String)> {
    let items = version.split(['|', ',', '/', ';']).flat_map(|item| item.split_whitespace());
    let mut codes = Vec::new();
    for item in items {
        let digits = item.chars().filter(char::is_ascii_digit).count();
        if item.contains('.') {
            return Vec::new();
        }
        if digits >= CODE_DIGITS_MIN && item.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            codes.push((
                item.chars().filter(|c| *c != '-').collect::<String>().to_lowercase(),
                item.to_owned(),
            ));
        }
    }
    codes
}

/// Whether a device bears one of the numbers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// It does: the number as written, and the device's words that are it.
    This {
        /// As the document writes it.
        code: String,
        /// The device's words.
        words: BTreeSet<String>,
    },
    /// It bears other numbers.
    Another,
    /// It bears none.
    NotSaid,
}

pub(super) fn variant(codes: &[(String, String)], device: &DeviceName) -> Variant {
    let mut numbered = false;
    for called in &device.called {
        for word in &called.words {
            if let Some((code, written)) = codes.iter().find(|(code, _)| *code == word.text) {
                return Variant::This { code: written.clone(), words: BTreeSet::from([code.clone()]) };
            }
            numbered |= word.text.chars().filter(char::is_ascii_digit).count() >= CODE_DIGITS_MIN;
        }
        for (text, start, len) in &called.joined {
            if let Some((_, written)) = codes.iter().find(|(code, _)| code == text) {
                let words =
                    called.words.iter().skip(*start).take(*len).map(|word| word.text.clone()).collect();
                return Variant::This { code: written.clone(), words };
            }
        }
    }
    if numbered { Variant::Another } else { Variant::NotSaid }
}

/// The device without the words that the document explains.
pub(super) fn explained(device: &DeviceName, is_explained: impl Fn(&str) -> bool) -> DeviceName {
    let mut device = device.clone();
    for called in &mut device.called {
        let mut words = std::mem::take(&mut called.words);
        for word in &mut words {
            word.maker |= is_explained(&word.text);
        }
        *called = Called::new(words);
    }
    device
}
