//! Whether a recall's description of a product names a device's model: as whole words, for a number that is merely
//! near is another product.

use std::collections::BTreeSet;

/// How well a description fits a device's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// It names the model.
    Same,
    /// It names the model with a word behind it that may make it another.
    Near,
}

/// Words behind a name that make it another product's.
const VARIANTS: &[&str] = &[
    "plus", "pro", "ii", "iii", "iv", "mini", "max", "lite", "light", "xl", "xr", "se", "ex", "hd", "evo",
    "advance", "mobile", "compact", "trio", "duo", "p", "s", "x", "e", "neo", "next", "2", "3", "4",
];

/// Words that are no product's name alone.
const GENERIC: &[&str] = &[
    "system",
    "systems",
    "monitor",
    "pump",
    "infusion",
    "ventilator",
    "analyzer",
    "analyser",
    "ultrasound",
    "console",
    "server",
    "workstation",
    "station",
    "gateway",
    "tablet",
    "printer",
    "medical",
    "device",
    "patient",
    "central",
    "scanner",
    "module",
    "software",
    "defibrillator",
    "imaging",
    "wireless",
];

/// The shortest name without a digit that is told from a common word, in letters.
const WORD_MIN: usize = 5;
/// The shortest number of digits alone that is told from a count.
const NUMBER_MIN: usize = 4;

/// A text as its words, joined, so that "MX 450" and "MX450" are one.
#[derive(Debug, Default)]
pub(super) struct Text {
    joined: String,
    /// Where words begin in it; the last is its end.
    begins: Vec<usize>,
}

impl Text {
    pub(super) fn of(text: &str) -> Text {
        let mut found = Text::default();
        for word in words(text) {
            found.begins.push(found.joined.len());
            found.joined.push_str(&word);
        }
        found.begins.push(found.joined.len());
        found
    }

    /// How well it names one of a device's names; `None` when it does not.
    pub(super) fn names(&self, names: &[&str]) -> Option<Likeness> {
        names.iter().filter_map(|name| self.names_one(name)).min()
    }

    fn names_one(&self, name: &str) -> Option<Likeness> {
        let words: Vec<String> = words(name).collect();
        let whole = words.concat();
        if is_telling(&words)
            && let Some(end) = self.find(&whole)
        {
            let next = self.word_from(end);
            let near = next.is_some_and(|next| VARIANTS.contains(&next));
            return Some(if near { Likeness::Near } else { Likeness::Same });
        }
        // The number of a model may stand apart from its brand: "Alaris System PC Unit, Model 8015".
        let (numbers, brand): (Vec<&String>, Vec<&String>) =
            words.iter().partition(|word| word.contains(|c: char| c.is_ascii_digit()));
        let long = |word: &&String| word.len() >= NUMBER_MIN;
        let mixed = |word: &&String| word.contains(|c: char| c.is_alphabetic());
        let stands = |word: &&String| self.find(word).is_some();
        let apart = !brand.is_empty() && !numbers.is_empty() && numbers.iter().all(long);
        let all_there = numbers.iter().all(&stands);
        let sure = numbers.iter().all(mixed) || brand.iter().all(stands);
        (apart && all_there && sure).then_some(Likeness::Same)
    }

    /// The end of the first place where `wanted` stands as whole words.
    fn find(&self, wanted: &str) -> Option<usize> {
        if wanted.is_empty() {
            return None;
        }
        let places = self.joined.match_indices(wanted).map(|(at, _)| (at, at + wanted.len()));
        let is_edge = |at: usize| self.begins.binary_search(&at).is_ok();
        places.into_iter().find(|(from, to)| is_edge(*from) && is_edge(*to)).map(|(_, to)| to)
    }

    fn word_from(&self, at: usize) -> Option<&str> {
        let place = self.begins.binary_search(&at).ok()?;
        self.joined.get(at..*self.begins.get(place + 1)?)
    }
}

/// Device identifiers of GS1 (14 digits) in a text.
pub(super) fn identifiers(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() == 14 && word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// True when a name tells a product: not a common word alone, nor a short number.
fn is_telling(words: &[String]) -> bool {
    let distinct: BTreeSet<&str> =
        words.iter().map(String::as_str).filter(|word| !GENERIC.contains(word)).collect();
    let has_digit = distinct.iter().any(|word| word.contains(|c: char| c.is_ascii_digit()));
    let letters = distinct.iter().any(|word| word.contains(char::is_alphabetic));
    let length: usize = distinct.iter().map(|word| word.len()).sum();
    match (has_digit, letters) {
        (true, true) => length >= 3,
        (true, false) => length >= NUMBER_MIN,
        _ => length >= WORD_MIN,
    }
}
