//! The grammar of conditions: signs and words become items, items become clauses.
//!
//! Every word must be understood. A text with one word that is not leaves the whole condition open.

use super::date::{self, Span};
use super::lex::{Lexeme, Op, clean, lexemes};
use super::order::{Relation, Version};
use super::requirement::{self, Aside};
use super::{Bounds, Clause, Event, Reading, Requirement};

/// The most items of one condition.
const ITEMS_MAX: usize = 400;

/// A part of a condition with its meaning.
#[derive(Clone, Debug)]
enum Item {
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
    And,
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
    if let Some(variant) = text.strip_prefix("variant ") {
        return Some(vec![vec![Clause::new(Bounds::Variant(variant.to_owned()))]]);
    }
    if let Some(reading) = requirement::serial(&text).or_else(|| requirement::labelled(&text)) {
        return Some(vec![reading]);
    }
    let items = Itemiser { text: &text, lexemes: lexemes(&text), at: 0, items: Vec::new() }.items();
    match items {
        Some(items) => {
            clauses_of(&items).or_else(|| requirement::variants(&text).map(|reading| vec![reading]))
        }
        None => requirement::variants(&text).map(|reading| vec![reading]),
    }
}

/// Phrases and what they mean, longer ones before their beginnings.
fn phrases() -> &'static [(&'static str, Item)] {
    const LESS: Item = Item::Op(Op::Less);
    const AT_MOST: Item = Item::Suffix(Op::LessEqual);
    const AT_LEAST: Item = Item::Suffix(Op::GreaterEqual);
    &[
        ("up to and including", Item::To(true)),
        ("up to, and including", Item::To(true)),
        ("up to but not including", Item::To(false)),
        ("up to and not including", Item::To(false)),
        ("up to but excluding", Item::To(false)),
        ("to versions prior to", Item::To(false)),
        ("to version prior to", Item::To(false)),
        ("to before", Item::To(false)),
        ("but not including", Item::To(false)),
        ("through to", Item::To(true)),
        ("through", Item::To(true)),
        ("thru", Item::To(true)),
        ("up to", Item::UpTo),
        ("upto", Item::UpTo),
        ("until", Item::UpTo),
        ("to", Item::To(true)),
        ("and all prior", AT_MOST),
        ("and all earlier", AT_MOST),
        ("and all previous", AT_MOST),
        ("and any prior", AT_MOST),
        ("and all lower", AT_MOST),
        ("and prior to", Item::Op(Op::Less)),
        ("and earlier than", Item::Op(Op::Less)),
        ("and lower than", Item::Op(Op::Less)),
        ("and later than", Item::Op(Op::Greater)),
        ("and newer than", Item::Op(Op::Greater)),
        ("and prior", AT_MOST),
        ("and earlier", AT_MOST),
        ("and below", AT_MOST),
        ("and lower", AT_MOST),
        ("and older", AT_MOST),
        ("and previous", AT_MOST),
        ("and less", AT_MOST),
        ("and under", AT_MOST),
        ("or prior", AT_MOST),
        ("or earlier", AT_MOST),
        ("or below", AT_MOST),
        ("or lower", AT_MOST),
        ("or older", AT_MOST),
        ("or previous", AT_MOST),
        ("or less", AT_MOST),
        ("and later", AT_LEAST),
        ("and above", AT_LEAST),
        ("and newer", AT_LEAST),
        ("and higher", AT_LEAST),
        ("and greater", AT_LEAST),
        ("and up", AT_LEAST),
        ("and upwards", AT_LEAST),
        ("and onwards", AT_LEAST),
        ("and onward", AT_LEAST),
        ("and subsequent", AT_LEAST),
        ("or later", AT_LEAST),
        ("or newer", AT_LEAST),
        ("or above", AT_LEAST),
        ("or higher", AT_LEAST),
        ("or greater", AT_LEAST),
        ("onwards", AT_LEAST),
        ("prior to", LESS),
        ("previous to", LESS),
        ("earlier than", LESS),
        ("less than", LESS),
        ("lower than", LESS),
        ("older than", LESS),
        ("preceding", LESS),
        ("before", LESS),
        ("below", LESS),
        ("no later than", Item::Op(Op::LessEqual)),
        ("newer than", Item::Op(Op::Greater)),
        ("later than", Item::Op(Op::Greater)),
        ("higher than", Item::Op(Op::Greater)),
        ("greater than", Item::Op(Op::Greater)),
        ("after", Item::Op(Op::Greater)),
        ("starting from", Item::Op(Op::GreaterEqual)),
        ("starting with", Item::Op(Op::GreaterEqual)),
        ("starting at", Item::Op(Op::GreaterEqual)),
        ("beginning with", Item::Op(Op::GreaterEqual)),
        ("since", Item::Op(Op::GreaterEqual)),
        ("from", Item::Op(Op::GreaterEqual)),
        ("between", Item::Between),
        ("except for", Item::Except),
        ("except", Item::Except),
        ("excluding", Item::Except),
        ("other than", Item::Except),
        ("as well as", Item::Separator),
        ("and", Item::And),
        ("or", Item::And),
        ("&", Item::And),
        ("all", Item::All),
        ("any", Item::All),
        ("*", Item::All),
        ("manufactured and distributed", Item::Event(Event::Distributed)),
        ("manufactured", Item::Event(Event::Manufactured)),
        ("production date", Item::Event(Event::Manufactured)),
        ("produced", Item::Event(Event::Manufactured)),
        ("built", Item::Event(Event::Manufactured)),
        ("distributed", Item::Event(Event::Distributed)),
        ("sold", Item::Event(Event::Distributed)),
        ("shipped", Item::Event(Event::Distributed)),
        ("purchased", Item::Event(Event::Distributed)),
        ("devices released", Item::Event(Event::Distributed)),
        ("released", Item::Event(Event::Released)),
    ]
}

/// Words that say nothing where a version is expected.
const NOISE: [&str; 30] = [
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
        if is_version_word(word) {
            return self.version();
        }
        let after_version = matches!(self.items.last(), Some(Item::Version(_) | Item::Suffix(_) | Item::All));
        let lower = word.to_lowercase();
        if lower != "only"
            && let Some((item, used)) = self.phrase()
        {
            self.items.push(item);
            self.at += used;
            return Some(());
        }
        if after_version && lower != "model" && requirement::BEGINNINGS.contains(&lower.as_str())
            || lower == "model"
        {
            return self.rest();
        }
        if NOISE.contains(&lower.as_str()) {
            self.at += 1;
            return Some(());
        }
        self.named_part()
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
        phrases().iter().find_map(|(phrase, item)| {
            let mut used = 0;
            for wanted in phrase.split(' ') {
                let wanted = wanted.trim_end_matches(',');
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
            if is_version_word(word) {
                break;
            }
            if names.len() == 2 || !word.chars().all(char::is_alphanumeric) {
                return None;
            }
            names.push(word);
            self.at += 1;
        }
        let count = self.items.len();
        self.version()?;
        let (Some(Item::Version(version)), true) = (self.items.pop(), self.items.len() == count) else {
            return None;
        };
        self.items.pop();
        let name = self.between(names.first()?, names.last()?)?.to_owned();
        let versions = vec![half(op, version)?];
        self.items.push(Item::Requires(Requirement::Part { name, versions }));
        Some(())
    }
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
fn is_part_with_number(lower: &str) -> bool {
    let lower = lower.to_lowercase();
    let letters = lower.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
    let letters = letters.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let number =
        lower.get(letters.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    number
        && (PARTS.contains(&letters)
            || matches!(letters, "r" | "p" | "u" | "uc" | "t" | "servicepack" | "hotfixrev" | "cfr"))
}

/// `J-M`, `12.4.1-12.4.11`: a range written as one word.
fn span_in(word: &str) -> Option<(Version, Version)> {
    let (low, high) = word.split_once('-')?;
    let letters = |text: &str| text.len() == 1 && text.bytes().all(|b| b.is_ascii_uppercase());
    let dots = |text: &str| text.bytes().filter(|b| *b == b'.').count();
    let numbers = dots(low) > 0 && dots(low) == dots(high) && !high.contains('-');
    if !(numbers || (letters(low) && letters(high))) {
        return None;
    }
    let (low, high) = (Version::parse(low)?, Version::parse(high)?);
    (low.relation(&high) == Relation::Less).then_some((low, high))
}

/// A range with one end.
fn half(op: Op, version: Version) -> Option<Clause> {
    Some(match op {
        Op::Less => requirement::range(None, Some((version, false))),
        Op::LessEqual => requirement::range(None, Some((version, true))),
        Op::Greater => requirement::range(Some((version, false)), None),
        Op::GreaterEqual => requirement::range(Some((version, true)), None),
        Op::Equal => Clause::new(Bounds::Exactly(version)),
        Op::Not => return None,
    })
}

fn dated(op: Op, span: Span, event: Event) -> Option<Clause> {
    let (from, until) = match op {
        Op::Less => (None, Some(span.start)),
        Op::LessEqual => (None, Some(span.end)),
        Op::Greater => (Some(span.end), None),
        Op::GreaterEqual => (Some(span.start), None),
        Op::Equal => (Some(span.start), Some(span.end)),
        Op::Not => return None,
    };
    Some(Clause::new(Bounds::Dated { event, from, until }))
}

/// Clauses under construction.
#[derive(Default)]
struct Builder {
    readings: Vec<Reading>,
    clauses: Vec<Clause>,
    /// Whether the last clause and the next may be the two ends of one range.
    joined: bool,
    excepted: Vec<Version>,
    /// Set by `up to`: the last upper end may be meant inclusive.
    ambiguous: bool,
}

fn clauses_of(items: &[Item]) -> Option<Vec<Reading>> {
    let mut builder = Builder::default();
    let mut event = Event::Released;
    let mut at = 0;
    while let Some(item) = items.get(at) {
        let rest = items.get(at + 1..).unwrap_or_default();
        at += 1 + match (item, rest) {
            (Item::Op(Op::Not), [Item::Version(version), ..]) => {
                builder.excepted.push(version.clone());
                1
            }
            (Item::Op(op), [Item::Version(low), Item::To(inclusive), Item::Version(high), ..])
                if matches!(op, Op::GreaterEqual | Op::Greater) =>
            {
                builder.range(low, *op == Op::GreaterEqual, high, *inclusive)?;
                3
            }
            (Item::Op(op), [Item::Version(low), Item::UpTo, Item::Version(high), ..])
                if matches!(op, Op::GreaterEqual | Op::Greater) =>
            {
                builder.ambiguous = true;
                builder.range(low, *op == Op::GreaterEqual, high, false)?;
                3
            }
            (Item::Op(op), [Item::Version(version), Item::Suffix(suffix), ..]) if op == suffix => {
                builder.push(half(*op, version.clone())?);
                2
            }
            (Item::Op(op), [Item::Version(version), ..]) => {
                builder.push(half(*op, version.clone())?);
                1
            }
            (Item::Op(op), [Item::Date(span), ..]) => {
                builder.push(dated(*op, *span, event)?);
                1
            }
            (Item::Date(span), [Item::Suffix(op), ..]) => {
                builder.push(dated(*op, *span, event)?);
                1
            }
            (Item::Between, [Item::Version(low), Item::And | Item::To(true), Item::Version(high), ..]) => {
                builder.range(low, true, high, true)?;
                3
            }
            (Item::Version(version), [Item::Suffix(op), ..]) => {
                builder.push(half(*op, version.clone())?);
                1
            }
            (Item::Version(low), [Item::To(inclusive), Item::Version(high), ..]) => {
                builder.range(low, true, high, *inclusive)?;
                2
            }
            (Item::Version(low), [Item::Op(op), Item::Version(high), ..])
                if matches!(op, Op::Less | Op::LessEqual) =>
            {
                builder.range(low, true, high, *op == Op::LessEqual)?;
                2
            }
            (Item::Version(version), _) => {
                builder.push(Clause::new(Bounds::Exactly(version.clone())));
                0
            }
            (Item::To(inclusive), [Item::Version(version), ..]) => {
                builder.push(half(if *inclusive { Op::LessEqual } else { Op::Less }, version.clone())?);
                1
            }
            (Item::UpTo, [Item::Version(version), Item::Suffix(Op::LessEqual), ..]) => {
                builder.push(half(Op::LessEqual, version.clone())?);
                2
            }
            (Item::UpTo, [Item::Version(version), ..]) => {
                builder.ambiguous = true;
                builder.push(half(Op::Less, version.clone())?);
                1
            }
            (
                Item::All,
                [
                    Item::Op(_)
                    | Item::UpTo
                    | Item::To(_)
                    | Item::Between
                    | Item::Event(_)
                    | Item::Version(_),
                    ..,
                ],
            ) => 0,
            (Item::All, _) => {
                builder.push(Clause::new(Bounds::All));
                0
            }
            (Item::Event(next), _) => {
                event = *next;
                0
            }
            (Item::Except, [Item::Version(version), ..]) => {
                builder.excepted.push(version.clone());
                1
            }
            (Item::Requires(requirement), _) => {
                builder.require(requirement);
                0
            }
            (Item::Separator | Item::And, _) => {
                builder.joined = true;
                0
            }
            (Item::NextReading, _) => {
                builder.finish()?;
                0
            }
            _ => return None,
        };
    }
    builder.finish()?;
    Some(builder.readings)
}

impl Builder {
    fn push(&mut self, clause: Clause) {
        if let Some(last) = self.clauses.last_mut()
            && let Some(range) = paired(last, &clause)
        {
            *last = range;
        } else {
            self.clauses.push(clause);
        }
        self.joined = false;
    }

    fn range(&mut self, low: &Version, low_in: bool, high: &Version, high_in: bool) -> Option<()> {
        if low.relation(high) == Relation::Greater {
            return None;
        }
        self.clauses.push(requirement::range(Some((low.clone(), low_in)), Some((high.clone(), high_in))));
        Some(())
    }

    fn require(&mut self, requirement: &Requirement) {
        if self.clauses.is_empty() {
            self.clauses.push(Clause::new(Bounds::All));
        }
        if let Some(last) = self.clauses.last_mut()
            && !last.requires.contains(requirement)
        {
            last.requires.push(requirement.clone());
        }
    }

    /// Ends a reading; `up to` makes two of it.
    fn finish(&mut self) -> Option<()> {
        let mut clauses = std::mem::take(&mut self.clauses);
        if clauses.is_empty() && self.excepted.is_empty() {
            return None;
        }
        if clauses.is_empty() {
            clauses.push(Clause::new(Bounds::All));
        }
        let excepted = std::mem::take(&mut self.excepted);
        for clause in &mut clauses {
            clause.except.clone_from(&excepted);
        }
        if std::mem::take(&mut self.ambiguous) {
            let mut inclusive = clauses.clone();
            if let Some(Bounds::Range { high: Some(high), .. }) =
                inclusive.last_mut().map(|clause| &mut clause.bounds)
            {
                high.inclusive = true;
            }
            self.readings.push(clauses);
            self.readings.push(inclusive);
        } else {
            self.readings.push(clauses);
        }
        Some(())
    }
}

/// The range two half-open clauses make together: a lower end and an upper end that is not below it.
fn paired(first: &Clause, second: &Clause) -> Option<Clause> {
    let (Bounds::Range { low: a, high: b }, Bounds::Range { low: c, high: d }) =
        (&first.bounds, &second.bounds)
    else {
        return None;
    };
    let (low, high) = match (a, b, c, d) {
        (Some(low), None, None, Some(high)) | (None, Some(high), Some(low), None) => (low, high),
        _ => return None,
    };
    let in_order = match low.version.relation(&high.version) {
        Relation::Less | Relation::Equal | Relation::InLine | Relation::Coarser | Relation::CoarserZero => {
            true
        }
        Relation::Unknown | Relation::Finer => a.is_some(),
        Relation::Greater => false,
    };
    let plain = first.requires.is_empty() && second.requires.is_empty();
    let bounds = Bounds::Range { low: Some(low.clone()), high: Some(high.clone()) };
    (in_order && plain).then(|| Clause::new(bounds))
}
