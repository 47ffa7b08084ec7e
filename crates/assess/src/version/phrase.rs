//! The grammar of conditions: signs and words become items, items become clauses.
//!
//! Every word must be understood. A text with one word that is not leaves the whole condition open.

use super::clauses::{self, half};
use super::date::{self, Span};
use super::lex::{Lexeme, Op, clean, lexemes};
use super::order::{Relation, Version};
use super::requirement::{self, Aside};
use super::words::PHRASES;
use super::{Bounds, Clause, Event, Reading, Requirement};

/// The most items of one condition.
const ITEMS_MAX: usize = 400;

/// A part of a condition with its meaning.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Op(Op),
    Version(Version),
    Date(Span),
    All,
    /// `and prior`, `or later`: what stands before it is the end of a range.
    Suffix(Op),
    /// `up to`, which may or may not include what follows.
    UpTo,
    /// `to`, `through`; false when what follows is excluded.
    To(bool),
    Between,
    Variant(String),
    And,
    /// `or`, `as well as`: what follows is an alternative, never the other end of a range.
    Or,
    Separator,
    NextReading,
    Event(Event),
    Except,
    Requires(Requirement),
}

/// The readings of a text; `None` when some of it is not understood.
pub(super) fn readings(text: &str) -> Option<Vec<Reading>> {
    let text = text.trim();
    match text {
        "" => return None,
        "*" | "vers:all/*" | "all versions" => return Some(vec![vec![Clause::new(Bounds::All)]]),
        "no version" | "vers:none/*" => return Some(vec![Vec::new()]),
        _ => {}
    }
    let text = clean(text);
    if let Some(reading) = requirement::serial(&text).or_else(|| requirement::labelled(&text)) {
        return Some(vec![reading]);
    }
    let items = Itemiser { text: &text, lexemes: lexemes(&text), at: 0, items: Vec::new() }.items();
    match items {
        Some(items) => {
            clauses::readings(&items).or_else(|| requirement::variants(&text).map(|reading| vec![reading]))
        }
        None => requirement::variants(&text).map(|reading| vec![reading]),
    }
}

/// Words that say nothing where a version is expected.
const NOISE: [&str; 31] = [
    "inclusive",
    "version",
    "versions",
    "ver",
    "vers",
    "v",
    "firmware",
    "firmwares",
    "software",
    "sw",
    "fw",
    "release",
    "releases",
    "revision",
    "revisions",
    "rev",
    "the",
    "of",
    "models",
    "devices",
    "device",
    "units",
    "products",
    "product",
    "application",
    "system",
    "numbered",
    "number",
    "only",
    "is",
    "are",
];

/// Whether a word says nothing where a version is expected.
pub(super) fn is_noise(word: &str) -> bool {
    NOISE.contains(&word)
}

/// Words that continue a version, with a number or letter after them or without.
const PARTS: [&str; 29] = [
    "sp",
    "service",
    "pack",
    "update",
    "upd",
    "hotfix",
    "hf",
    "patch",
    "build",
    "bld",
    "rev",
    "revision",
    "release",
    "beta",
    "alpha",
    "rc",
    "fp",
    "cu",
    "ru",
    "mr",
    "edition",
    "plus",
    "feature",
    "maintenance",
    "cumulative",
    "mp",
    "sr",
    "nr",
    "no",
];

/// Whether a word is a version or part of one: it has a digit, or is one or two capital letters (a revision).
pub(super) fn is_version_word(word: &str) -> bool {
    let digits = word.bytes().any(|byte| byte.is_ascii_digit());
    let plain = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '.' | '-' | '_' | '/' | '(' | ')' | '{' | '}' | '*' | '?' | '#' | ':' | '~' | '^')
    };
    let capitals = word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let span = matches!(word.as_bytes(), [a, b'-', b] if a.is_ascii_uppercase() && b.is_ascii_uppercase());
    (digits && word.chars().all(plain)) || capitals || span
}

struct Itemiser<'a> {
    text: &'a str,
    lexemes: Vec<Lexeme<'a>>,
    at: usize,
    items: Vec<Item>,
}

impl<'a> Itemiser<'a> {
    fn items(mut self) -> Option<Vec<Item>> {
        while let Some(lexeme) = self.lexemes.get(self.at).copied() {
            if self.items.len() > ITEMS_MAX {
                return None;
            }
            self.at += 1;
            match lexeme {
                Lexeme::Op(op) => self.items.push(Item::Op(op)),
                Lexeme::Bar | Lexeme::Comma => self.items.push(Item::Separator),
                Lexeme::Reading => self.items.push(Item::NextReading),
                Lexeme::Dash => self.items.push(Item::To(true)),
                Lexeme::Plus => self.items.push(Item::Suffix(Op::GreaterEqual)),
                Lexeme::Variant(name) => self.items.push(Item::Variant(name.to_owned())),
                Lexeme::Open if matches!(self.items.last(), Some(Item::Op(_))) => {}
                Lexeme::Open => self.bracket()?,
                Lexeme::Close => {}
                Lexeme::Word(word) => {
                    self.at -= 1;
                    self.word(word)?;
                }
            }
        }
        Some(self.items)
    }

    fn word(&mut self, word: &'a str) -> Option<()> {
        if let Some((span, used)) = self.date() {
            self.items.push(Item::Date(span));
            self.at += used;
            return Some(());
        }
        if is_version_word(word)
            && (word.bytes().any(|byte| byte.is_ascii_digit()) || self.letters_stand_alone())
        {
            return self.version();
        }
        let before = self.items.last();
        let after_version = match before {
            Some(Item::Version(_) | Item::Suffix(_) | Item::All | Item::Requires(_)) => true,
            Some(Item::Separator) => matches!(word, "running" | "when" | "if" | "only"),
            _ => false,
        };
        let lower = word.to_lowercase();
        if lower != "only"
            && let Some((item, used)) = self.phrase()
        {
            let next = self.lexemes.get(self.at + used);
            if matches!(item, Item::Except)
                && !matches!(next, Some(Lexeme::Word(word)) if is_version_word(word))
            {
                return self.rest();
            }
            self.items.push(item);
            self.at += used;
            return Some(());
        }
        if lower == "model" || after_version && requirement::BEGINNINGS.contains(&lower.as_str()) {
            return self.rest();
        }
        let introduces = self.items.is_empty() && lower == "with";
        if introduces || NOISE.contains(&lower.as_str()) {
            self.at += 1;
            return Some(());
        }
        self.named_part()
    }

    /// Whether letters without digits are a revision: nothing that belongs to them follows.
    fn letters_stand_alone(&self) -> bool {
        match self.lexemes.get(self.at + 1) {
            Some(Lexeme::Word(next)) => {
                matches!(next.to_lowercase().as_str(), "and" | "or" | "to" | "through" | "thru")
            }
            _ => true,
        }
    }

    fn date(&self) -> Option<(Span, usize)> {
        let mut words = Vec::new();
        let mut places = Vec::new();
        for (place, lexeme) in self.lexemes.get(self.at..)?.iter().enumerate().take(5) {
            match lexeme {
                Lexeme::Word(word) => {
                    words.push(*word);
                    places.push(place + 1);
                }
                Lexeme::Comma if !words.is_empty() => {}
                _ => break,
            }
        }
        let iso = words
            .first()
            .is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('-'));
        if iso && !self.items.iter().any(|item| matches!(item, Item::Event(_))) {
            return None;
        }
        let (span, used) = date::of_words(&words)?;
        Some((span, *places.get(used.checked_sub(1)?)?))
    }

    /// A phrase from the table, and how many lexemes it takes.
    fn phrase(&self) -> Option<(Item, usize)> {
        let rest = self.lexemes.get(self.at..)?;
        PHRASES.iter().find_map(|(phrase, item)| {
            let mut used = 0;
            for wanted in phrase.split(' ') {
                let wanted = wanted.trim_end_matches(',');
                // `and versions prior` says what `and prior` says.
                let filler = |lexeme: &Lexeme<'_>| {
                    matches!(lexeme, Lexeme::Word("version" | "versions" | "release" | "releases"))
                };
                if used > 0 && rest.get(used).is_some_and(filler) {
                    used += 1;
                }
                let found = rest.get(used).is_some_and(|lexeme| match lexeme {
                    Lexeme::Word(word) => word.eq_ignore_ascii_case(wanted),
                    _ => false,
                });
                if !found {
                    return None;
                }
                used += 1;
            }
            Some((item.clone(), used))
        })
    }

    /// A version: its first word and what continues it.
    fn version(&mut self) -> Option<()> {
        let start = self.at;
        let Lexeme::Word(first) = *self.lexemes.get(start)? else { return None };
        self.at += 1;
        if let Some((low, high)) = span_in(first) {
            self.items.extend([Item::Version(low), Item::To(true), Item::Version(high)]);
            return Some(());
        }
        let mut last = first;
        while let Some(Lexeme::Word(word)) = self.lexemes.get(self.at).copied() {
            let lower = word.to_lowercase();
            let numbered = lower.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
            let letters = numbered.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            let part = PARTS.contains(&lower.as_str())
                || (letters.len() < lower.len() && is_part_with_number(&lower))
                || (PARTS.contains(&last.to_lowercase().as_str()) && is_version_word(word));
            let joined = dotless(first)
                && !PARTS.contains(&last.to_lowercase().as_str())
                && dotted(word)
                && last == first;
            if !(part || joined) {
                break;
            }
            last = word;
            self.at += 1;
        }
        let whole = self.between(first, last)?;
        let version = match whole.split_once(' ') {
            Some((designator, rest)) if dotless(designator) && dotted(rest) && !is_part_with_number(rest) => {
                Version::parse(rest)?
            }
            _ => Version::parse(whole)?,
        };
        self.items.push(Item::Version(version));
        Some(())
    }

    /// The text from one word to another.
    fn between(&self, first: &str, last: &str) -> Option<&'a str> {
        let base = self.text.as_ptr() as usize;
        let start = (first.as_ptr() as usize).checked_sub(base)?;
        let end = (last.as_ptr() as usize).checked_sub(base)?.checked_add(last.len())?;
        self.text.get(start..end)
    }

    /// The place of the bracket that closes, and the text until it.
    fn closed(&self) -> (usize, &'a str) {
        let mut depth = 1usize;
        let mut words: Option<(&str, &str)> = None;
        let mut end = self.lexemes.len();
        for (place, lexeme) in self.lexemes.iter().enumerate().skip(self.at) {
            match lexeme {
                Lexeme::Open => depth += 1,
                Lexeme::Close => depth -= 1,
                Lexeme::Word(word) => words = Some(words.map_or((*word, *word), |(first, _)| (first, *word))),
                _ => {}
            }
            if depth == 0 {
                end = place;
                break;
            }
        }
        (end, words.and_then(|(first, last)| self.between(first, last)).unwrap_or_default())
    }

    /// What stands in brackets: another name of the version before it, versions, a remark or a requirement.
    fn bracket(&mut self) -> Option<()> {
        let (end, inside) = self.closed();
        let words: Vec<&str> = inside.split_whitespace().collect();
        let lead = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
        let version = words.iter().all(|word| {
            is_version_word(word) || PARTS.contains(&word.trim_matches('.').to_lowercase().as_str())
        });
        if let Some(Item::Version(before)) = self.items.last_mut()
            && version
            && !inside.is_empty()
        {
            let build = PARTS.contains(&lead.as_str()) || (!inside.contains('.') && dotted(before.text()));
            let text = if build && !PARTS.contains(&lead.as_str()) {
                format!("build {inside}")
            } else {
                inside.to_owned()
            };
            *before = if build {
                Version::parse(&format!("{} {text}", before.text()))?
            } else {
                before.clone().with_alias(Version::parse(inside)?)
            };
            self.at = end + 1;
            return Some(());
        }
        let continues =
            matches!(lead.as_str(), "and" | "or") && matches!(self.items.last(), Some(Item::Version(_)));
        if continues
            && matches!(
                words.get(1),
                Some(&("prior" | "earlier" | "below" | "lower" | "older" | "later" | "newer" | "above"))
            )
        {
            return Some(());
        }
        if let Some((names, version)) = only_for(inside) {
            self.items.extend([
                Item::Separator,
                Item::Version(version),
                Item::Requires(Requirement::Model(names)),
            ]);
            self.at = end + 1;
            return Some(());
        }
        if self.items.is_empty() && (version || lead == "release" || lead == "version" || lead == "all") {
            return Some(());
        }
        match requirement::aside(inside) {
            Aside::Remark => {}
            Aside::Requires(requirement) => self.items.push(Item::Requires(requirement)),
            Aside::Unclear => return None,
        }
        self.at = end + 1;
        Some(())
    }

    /// Everything from here to the end, as a requirement.
    fn rest(&mut self) -> Option<()> {
        let Some(Lexeme::Word(first)) = self.lexemes.get(self.at) else { return None };
        let start = (first.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        match requirement::aside(self.text.get(start..)?) {
            Aside::Remark => {}
            Aside::Requires(requirement) => self.items.push(Item::Requires(requirement)),
            Aside::Unclear => return None,
        }
        self.at = self.lexemes.len();
        Some(())
    }

    /// One or two names after a comparison and before a version: the version is that of a part, `< BIOS V22.01`.
    fn named_part(&mut self) -> Option<()> {
        let Some(Item::Op(op)) = self.items.last().cloned() else { return None };
        let mut names = Vec::new();
        while let Some(Lexeme::Word(word)) = self.lexemes.get(self.at).copied() {
            if is_version_word(word) && word.bytes().any(|byte| byte.is_ascii_digit()) {
                break;
            }
            let leading = names.is_empty() && matches!(word, "with" | "only" | "when" | "running" | "on");
            if names.len() == 5 || !word.chars().all(|c| c.is_alphanumeric() || c == '/') {
                return None;
            }
            if !leading {
                names.push(word);
            }
            self.at += 1;
        }
        let count = self.items.len();
        self.version()?;
        let (Some(Item::Version(version)), true) = (self.items.pop(), self.items.len() == count) else {
            return None;
        };
        if let Some(Lexeme::Word("and" | "or" | "AND" | "OR") | Lexeme::Comma) = self.lexemes.get(self.at) {
            return None;
        }
        self.items.pop();
        let name = self.between(names.first()?, names.last()?)?.to_owned();
        let versions = vec![half(op, version)?];
        self.items.push(Item::Requires(Requirement::Part { name, versions }));
        Some(())
    }
}

/// `X3/MX100 for Rev M only`: other models, and the version that goes for them.
fn only_for(text: &str) -> Option<(String, Version)> {
    let (names, version) = text.strip_suffix(" only")?.split_once(" for ")?;
    Some((names.trim().to_owned(), Version::parse(version)?))
}

fn dotted(word: &str) -> bool {
    word.contains('.') && word.bytes().any(|b| b.is_ascii_digit())
}

/// A word such as `S4` or `CPC80` that stands before the version proper.
fn dotless(word: &str) -> bool {
    let lead = word.trim_start_matches(['v', 'V']);
    !word.contains('.')
        && lead.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().any(|b| b.is_ascii_digit())
}

/// `SP1`, `Upd3`, `HF11`, `R2`: a part of a version with its number.
fn is_part_with_number(word: &str) -> bool {
    let lower = word.to_lowercase();
    let letters = lower.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let rest = lower.get(letters.len()..).unwrap_or_default();
    let one_letter = letters.len() == 1 && letters != "v" && rest.bytes().all(|byte| byte.is_ascii_digit());
    let known = PARTS.contains(&letters)
        || matches!(letters, "r" | "p" | "u" | "uc" | "t" | "servicepack" | "hotfixrev" | "cfr");
    rest.starts_with(|c: char| c.is_ascii_digit()) && (one_letter || known)
}

/// `J-M`, `12.4.1-12.4.11`: a range written as one word.
fn span_in(word: &str) -> Option<(Version, Version)> {
    let (low, high) = word.split_once('-')?;
    let letters = |text: &str| text.len() == 1 && text.bytes().all(|b| b.is_ascii_uppercase());
    let dots = |text: &str| text.bytes().filter(|b| *b == b'.').count();
    let short = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let dotted = dots(low) > 0 && dots(low) == dots(high) && !high.contains('-');
    let numbers = dotted || (short(low) && short(high));
    if !(numbers || (letters(low) && letters(high))) {
        return None;
    }
    let (low, high) = (Version::parse(low)?, Version::parse(high)?);
    (low.relation(&high) == Relation::Less).then_some((low, high))
}
