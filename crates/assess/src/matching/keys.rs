//! The words by which products and devices find one another.
//!
//! Every product has at least one key that any device likely enough to be it also has, so that comparing with
//! what shares a key loses nothing that comparing with everything would find.

use super::compare::{DeviceName, DeviceWord};
use super::name::{ProductName, Slot, Variant, has_digit};
use super::vocabulary::Kind;
use std::collections::BTreeSet;

/// Shorter brands are found only as they are written.
const SLIP_LETTERS_MIN: usize = 6;

/// The keys of a product: what every device that is it bears, and its brand for devices without a number.
pub(super) struct ProductKeys {
    /// Of all devices.
    pub strict: BTreeSet<String>,
    /// Of devices that bear no number.
    pub loose: BTreeSet<String>,
}

pub(super) fn of_product(name: &ProductName) -> ProductKeys {
    let mut keys = ProductKeys { strict: BTreeSet::new(), loose: BTreeSet::new() };
    for variant in &name.variants {
        of_variant(variant, &mut keys);
    }
    keys
}

fn of_variant(variant: &Variant, keys: &mut ProductKeys) {
    // Two words that devices write as one: `PlumA+`.
    for (one, mark) in variant.slots.iter().zip(variant.slots.iter().skip(1)) {
        if mark.kind == Kind::Designation && !has_digits(mark) {
            let joined =
                one.any.iter().flat_map(|one| mark.any.iter().map(move |word| format!("{one}{word}")));
            keys.strict.extend(joined);
        }
    }
    let own = || variant.slots.iter().enumerate().filter(|(_, slot)| !slot.optional);
    let numbered =
        |slot: &Slot| slot.kind == Kind::Designation && slot.any.iter().any(|word| has_digit(word));
    let brand =
        own().filter(|(_, slot)| slot.kind == Kind::Brand).max_by_key(|(at, slot)| (longest(slot), *at));
    if let Some((at, slot)) = own().find(|(_, slot)| numbered(slot) || slot.series) {
        keys.strict.extend(slot.any.iter().cloned());
        let before = at.checked_sub(1).and_then(|before| variant.slots.get(before));
        let joined = before.into_iter().flat_map(|before| &before.any);
        keys.strict.extend(joined.flat_map(|one| slot.any.iter().map(move |word| format!("{one}{word}"))));
        if let Some(range) = &slot.range {
            keys.strict.insert(format!("{}#", range.prefix));
        }
        if slot.series {
            keys.strict.extend(slot.any.iter().map(|letters| format!("{letters}#")));
        }
        keys.loose.extend(brand.into_iter().flat_map(|(_, slot)| of_brand(slot)));
        return;
    }
    if brand.is_some() {
        // Half of a name's brands may be missing: each one is a key.
        let brands = own().filter(|(_, slot)| slot.kind == Kind::Brand);
        keys.strict.extend(brands.flat_map(|(_, slot)| of_brand(slot)));
        return;
    }
    let words = own().filter(|(_, slot)| slot.kind != Kind::Family);
    keys.strict.extend(words.flat_map(|(_, slot)| slot.any.iter().cloned()));
}

fn has_digits(slot: &Slot) -> bool {
    slot.any.iter().any(|word| has_digit(word))
}

fn longest(slot: &Slot) -> usize {
    slot.any.iter().map(String::len).max().unwrap_or_default()
}

/// A brand as written, in singular, and with each one letter left out.
fn of_brand(slot: &Slot) -> Vec<String> {
    slot.any.iter().flat_map(|word| with_slips(word)).collect()
}

fn with_slips(word: &str) -> Vec<String> {
    let mut keys = vec![word.to_owned()];
    keys.extend(word.strip_suffix('s').map(str::to_owned));
    if word.len() >= SLIP_LETTERS_MIN && word.is_ascii() && !has_digit(word) {
        for at in 0..word.len() {
            let (before, after) = (word.get(..at), word.get(at + 1..));
            keys.push(format!("~{}{}", before.unwrap_or_default(), after.unwrap_or_default()));
        }
        keys.push(format!("~{word}"));
    }
    keys
}

/// The keys of a device.
pub(super) fn of_device(name: &DeviceName) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut take = |key: &str| {
        keys.insert(key.to_owned());
    };
    for called in &name.called {
        called.words.iter().for_each(|word| of_word(word, &mut take));
        called.joined.iter().for_each(|(text, ..)| of_joined(text, &mut take));
    }
    keys
}

/// True for a word that is found also where a letter slipped.
pub(super) fn is_brand(word: &DeviceWord) -> bool {
    word.kind == Kind::Brand && !word.maker
}

/// The keys of one word.
pub(super) fn of_word(word: &DeviceWord, take: &mut impl FnMut(&str)) {
    of_number(&word.text, take);
    if is_brand(word) {
        with_slips(&word.text).iter().for_each(|key| take(key));
    } else {
        take(&word.text);
        word.text.strip_suffix('s').into_iter().for_each(take);
    }
}

/// The keys of neighbouring words written as one.
pub(super) fn of_joined(text: &str, take: &mut impl FnMut(&str)) {
    of_number(text, take);
    take(text);
}

/// `mp#` for `mp20`: any of the series.
fn of_number(word: &str, take: &mut impl FnMut(&str)) {
    let letters = word.find(|c: char| c.is_ascii_digit());
    if let Some(letters) = letters.filter(|letters| *letters > 0).and_then(|len| word.get(..len)) {
        take(&format!("{letters}#"));
    }
}
