//! One version as text, and what can be said of two of them without guessing.
//!
//! A version is read as runs of digits and of letters; everything between is a separator. Runs are compared from
//! the left. What makers do differently from each other (a missing service pack, letters where digits stand, a
//! number that may be a model number) gets no answer: [`Relation::Unknown`].

use std::fmt;

/// The most runs of one version that are compared; what is longer is never equal to anything.
const TOKENS_MAX: usize = 40;

/// A run of a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Token {
    /// Digits: their value and how many there are (a leading zero says that the field has a fixed width).
    Number(u64, u8),
    /// Letters, in lower case; words for parts of a version in one spelling (`sp`, `update`, `hotfix` …).
    Word(Box<str>),
    /// `x` or `*` in place of a part: any value.
    Wild,
    /// Digits followed by `x` without a separator (`2.3x`): anything that begins with them.
    Stem(u64),
}

/// A version as its maker writes it, read for comparison.
#[derive(Clone, Debug, Eq)]
pub struct Version {
    text: String,
    tokens: Vec<Token>,
    /// The same version under its other name, as in `9.90 SP5 (v9.90.196)`.
    alias: Option<Box<Version>>,
}

impl PartialEq for Version {
    fn eq(&self, other: &Version) -> bool {
        self.tokens == other.tokens && self.alias == other.alias
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The order of storing and printing, not of releases: that is [`Version::relation`].
impl Ord for Version {
    fn cmp(&self, other: &Version) -> std::cmp::Ordering {
        (&self.tokens, &self.alias).cmp(&(&other.tokens, &other.alias))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.alias {
            Some(alias) => write!(f, " ({alias})"),
            None => Ok(()),
        }
    }
}

/// How a stated version stands to the version in an advisory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// Released earlier.
    Less,
    /// The same; `1.4.0` is the same as `1.4`.
    Equal,
    /// Released later.
    Greater,
    /// Stated with fewer parts than the advisory writes: `2.43` against `2.43.02`.
    Coarser,
    /// Likewise, and the parts not stated are zeros in the advisory: `2.43` against `2.43.0`.
    CoarserZero,
    /// Stated with more parts than the advisory writes: `12.1.2` against `12.1`.
    Finer,
    /// Of the line that the advisory names: `9.4` against `9.x`.
    InLine,
    /// Written too differently to say.
    Unknown,
}

impl Version {
    /// Reads a text as a version; `None` when it has no run of digits or letters or too many.
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.trim();
        let mut tokens = tokens(text)?;
        let lead = tokens.iter().take_while(|token| is_lead(token)).count();
        if lead < tokens.len() {
            tokens.drain(..lead);
        }
        if tokens.is_empty() { None } else { Some(Version { text: text.to_owned(), tokens, alias: None }) }
    }

    /// The same version with the other name it has.
    pub(super) fn with_alias(mut self, alias: Version) -> Version {
        self.alias = Some(Box::new(alias));
        self
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Whether it names a line of versions (`9.x`).
    pub fn is_line(&self) -> bool {
        matches!(self.tokens.last(), Some(Token::Wild | Token::Stem(_)))
    }

    /// Whether both are `a.b` and would stand the other way round as decimal numbers: `2.10` and `2.6`.
    ///
    /// Lists and conversions drop the zero of `2.60`. Where that would turn “outside” into “inside”, it is asked.
    pub(super) fn reversed_as_decimals(&self, other: &Version) -> bool {
        match (self.tokens.as_slice(), other.tokens.as_slice()) {
            ([Token::Number(a, _), Token::Number(b, bw)], [Token::Number(c, _), Token::Number(d, dw)]) => {
                let scaled = |value: u64, width: u8| {
                    value.checked_mul(10u64.checked_pow(u32::from(*bw.max(dw) - width))?)
                };
                a == c
                    && bw != dw
                    && scaled(*b, *bw).zip(scaled(*d, *dw)).is_some_and(|(x, y)| x.cmp(&y) != b.cmp(d))
            }
            _ => false,
        }
    }

    /// Whether it is made of numbers alone.
    pub(super) fn is_numeric(&self) -> bool {
        self.tokens.iter().all(|token| matches!(token, Token::Number(..)))
    }

    /// Whether it is one number, such as `8` or `24950`.
    pub(super) fn single_number(&self) -> Option<u64> {
        match self.tokens.as_slice() {
            [Token::Number(value, _)] => Some(*value),
            _ => None,
        }
    }

    /// How this version stands to `bound`, the version in an advisory.
    ///
    /// Letters against digits, one number that looks like a model number against a dotted version, an edition
    /// against a version, a release against its service pack: all [`Relation::Unknown`] or
    /// [`Relation::Coarser`], never an order.
    pub fn relation(&self, bound: &Version) -> Relation {
        let first = relation(&self.tokens, &bound.tokens);
        if decided(first) {
            return first;
        }
        let names = [self.alias.as_deref(), Some(self)].into_iter().flatten();
        for own in names {
            for other in [bound.alias.as_deref(), Some(bound)].into_iter().flatten() {
                let next = relation(&own.tokens, &other.tokens);
                if decided(next) {
                    return next;
                }
            }
        }
        first
    }
}

fn decided(relation: Relation) -> bool {
    matches!(relation, Relation::Less | Relation::Equal | Relation::Greater | Relation::InLine)
}

/// Words that stand before a version and say nothing about it.
fn is_lead(token: &Token) -> bool {
    let Token::Word(word) = token else { return false };
    matches!(
        &**word,
        "v" | "ver"
            | "vers"
            | "version"
            | "versions"
            | "firmware"
            | "fw"
            | "software"
            | "sw"
            | "release"
            | "rel"
            | "rev"
            | "revision"
            | "no"
            | "nr"
    )
}

/// Words before the release itself, in their order.
const BEFORE_RELEASE: [&str; 7] = ["dev", "snapshot", "alpha", "preview", "pre", "beta", "rc"];

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let bytes = text.as_bytes();
    let mut characters = text.char_indices().peekable();
    while let Some((start, first)) = characters.next() {
        if out.len() >= TOKENS_MAX {
            return None;
        }
        let run = |inside: fn(char) -> bool,
                   characters: &mut std::iter::Peekable<std::str::CharIndices<'_>>| {
            let mut end = start + first.len_utf8();
            while let Some((at, character)) = characters.peek().copied() {
                if !inside(character) {
                    break;
                }
                end = at + character.len_utf8();
                characters.next();
            }
            end
        };
        if first.is_ascii_digit() {
            let end = run(|c| c.is_ascii_digit(), &mut characters);
            let digits = text.get(start..end).unwrap_or_default();
            out.push(match digits.parse() {
                Ok(value) => Token::Number(value, u8::try_from(digits.len()).unwrap_or(u8::MAX)),
                Err(_) => Token::Word(digits.into()),
            });
        } else if first.is_alphabetic() {
            let end = run(char::is_alphabetic, &mut characters);
            let word = text.get(start..end).unwrap_or_default();
            let glued = start > 0 && bytes.get(start - 1).is_some_and(u8::is_ascii_digit);
            let next = bytes.get(end).copied();
            push_word(&mut out, word, glued, next);
        } else if first == '*' {
            out.push(Token::Wild);
        }
    }
    Some(out)
}

/// Adds letters: a wildcard, the ending of an ordinal number, or a word in its one spelling.
fn push_word(out: &mut Vec<Token>, word: &str, glued: bool, next: Option<u8>) {
    if word.eq_ignore_ascii_case("x") && !next.is_some_and(|byte| byte.is_ascii_digit()) {
        match (glued, out.last().cloned()) {
            (true, Some(Token::Number(value, _))) if next.is_none() => {
                out.pop();
                out.push(Token::Stem(value));
                return;
            }
            (false, Some(_)) => {
                out.push(Token::Wild);
                return;
            }
            _ => {}
        }
    }
    if glued && matches!(word, "st" | "nd" | "rd" | "th") {
        return;
    }
    // `vD25` is version D25.
    let word = match word.as_bytes() {
        [b'v', b'A'..=b'Z'] if out.is_empty() => word.get(1..).unwrap_or(word),
        _ => word,
    };
    let lower = word.to_lowercase();
    let spelling = match lower.as_str() {
        "upd" | "uc" => "update",
        "hf" => "hotfix",
        "bld" => "build",
        "servicepack" => "sp",
        "pack" if matches!(out.last(), Some(Token::Word(word)) if &**word == "service") => {
            out.pop();
            "sp"
        }
        "nr" | "no" | "number" if matches!(out.last(), Some(Token::Word(word)) if &**word == "build") => {
            return;
        }
        other => other,
    };
    out.push(Token::Word(spelling.into()));
}

fn relation(own: &[Token], bound: &[Token]) -> Relation {
    let edition = |tokens: &[Token]| {
        tokens.iter().any(|token| matches!(token, Token::Word(word) if &**word == "edition"))
    };
    if edition(own) != edition(bound) {
        return Relation::Unknown;
    }
    let (own, bound) = match (own, bound) {
        // `R6.03` and `6.03`: R stands for release.
        ([Token::Word(word), rest @ ..], [Token::Number(..), ..]) if &**word == "r" => (rest, bound),
        ([Token::Number(..), ..], [Token::Word(word), rest @ ..]) if &**word == "r" => (own, rest),
        pair => pair,
    };
    if let ([Token::Number(a, aw), Token::Number(b, bw)], [Token::Number(c, cw), Token::Number(d, dw)]) =
        (own, bound)
        && a == c
        && aw == cw
        && maybe_decimal((*b, *bw), (*d, *dw))
    {
        return Relation::Unknown;
    }
    let same_length = own.len() == bound.len();
    for (at, (left, right)) in own.iter().zip(bound).enumerate() {
        match (left, right) {
            (Token::Number(a, aw), Token::Number(b, bw)) if a != b => {
                let apart = if at == 0 { *a.max(b) >= 1000 } else { !same_length };
                let apart = apart && aw.abs_diff(*bw) >= 2;
                return if apart { Relation::Unknown } else { by(a.cmp(b)) };
            }
            (Token::Number(..), Token::Number(..)) => {}
            (Token::Word(a), Token::Word(b)) if a == b => {}
            (Token::Word(a), Token::Word(b)) => {
                let numbered = |tokens: &[Token]| matches!(tokens.get(at + 1), Some(Token::Number(..)));
                let begins = at == 0 && numbered(own) && numbered(bound);
                return words(a, b, own.len() == 1 && bound.len() == 1, begins);
            }
            (_, Token::Wild) => {
                let trailing =
                    bound.get(at..).is_some_and(|rest| rest.iter().all(|token| *token == Token::Wild));
                let plain = matches!(left, Token::Number(..) | Token::Wild);
                return if trailing && plain { Relation::InLine } else { Relation::Unknown };
            }
            (Token::Number(value, _), Token::Stem(stem)) => return stemmed(*value, *stem),
            (Token::Stem(value), Token::Stem(stem)) if value == stem => return Relation::InLine,
            _ => return Relation::Unknown,
        }
    }
    ended(own, bound)
}

/// What is left when one of the two ends.
fn ended(own: &[Token], bound: &[Token]) -> Relation {
    let zeros = |rest: &[Token]| rest.iter().all(|token| matches!(token, Token::Number(0, _)));
    if let Some(rest) = bound.get(own.len()..).filter(|rest| !rest.is_empty()) {
        return match rest {
            rest if rest.iter().all(|token| *token == Token::Wild) => Relation::InLine,
            rest if zeros(rest) => Relation::CoarserZero,
            _ => Relation::Coarser,
        };
    }
    let rest = own.get(bound.len()..).unwrap_or_default();
    match rest {
        rest if zeros(rest) => Relation::Equal,
        [Token::Wild | Token::Stem(_), ..] => Relation::Unknown,
        [Token::Word(word), ..] if BEFORE_RELEASE.contains(&&**word) => Relation::Less,
        // `2.6a1` may be an alpha of 2.6 or what came after it.
        [Token::Word(word), Token::Number(..), ..] if matches!(&**word, "a" | "b") => Relation::Unknown,
        _ => Relation::Finer,
    }
}

fn by(order: std::cmp::Ordering) -> Relation {
    match order {
        std::cmp::Ordering::Less => Relation::Less,
        std::cmp::Ordering::Equal => Relation::Equal,
        std::cmp::Ordering::Greater => Relation::Greater,
    }
}

/// Two different words at the same place; `whole` when they are all there is, `begins` when they begin
/// both versions and numbers follow.
fn words(a: &str, b: &str, whole: bool, begins: bool) -> Relation {
    let before = |word: &str| BEFORE_RELEASE.iter().position(|known| *known == word);
    let letters = |count: usize| a.len() == count && b.len() == count && a.is_ascii() && b.is_ascii();
    // `VA25` comes before `VB10`.
    let series = begins && letters(2) && a.as_bytes().first() == b.as_bytes().first();
    match (before(a), before(b)) {
        (Some(a), Some(b)) => by(a.cmp(&b)),
        (None, None) if letters(1) || series || (whole && letters(2)) => by(a.cmp(b)),
        _ => Relation::Unknown,
    }
}

/// A number against the beginning of one.
fn stemmed(value: u64, stem: u64) -> Relation {
    if value == stem {
        return Relation::InLine;
    }
    let (own, other) = (value.to_string(), stem.to_string());
    if own.len() != other.len() { Relation::Unknown } else { by(value.cmp(&stem)) }
}

/// Whether `a.b` and `a.d` may have been meant as decimal numbers and then stand the other way round or level:
/// `2.2` and `2.20`, `1.003` and `1.3`. `1.9` and `1.10` are read as makers number releases.
fn maybe_decimal((b, bw): (u64, u8), (d, dw): (u64, u8)) -> bool {
    if bw == dw {
        return false;
    }
    let padded = |value: u64, width: u8| value.max(1).ilog10() + 1 < u32::from(width);
    let (short, long, gap) = if bw < dw { (b, d, dw - bw) } else { (d, b, bw - dw) };
    let scaled = 10u64.checked_pow(u32::from(gap)).and_then(|factor| short.checked_mul(factor));
    let level = scaled == Some(long) && short != 0;
    level
        || (padded(b, bw) != padded(d, dw)
            && scaled.map(|scaled| scaled.cmp(&long)) != Some(short.cmp(&long)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(own: &str, bound: &str, expected: Relation) {
        let (own, bound) = (Version::parse(own).unwrap(), Version::parse(bound).unwrap());
        assert_eq!(own.relation(&bound), expected, "{own} against {bound}: {own:?} {bound:?}");
    }

    #[test]
    fn order_where_makers_agree() {
        for (own, bound) in [
            ("1.9", "1.10"),
            ("V2.43.01", "2.43.02"),
            ("2.6A", "2.6B"),
            ("2.6A", "2.7"),
            ("Rev J", "Rev M"),
            ("L80", "L81"),
            ("A.07.107", "B.01"),
            ("1.8.4 Service Pack 01", "v1.8.4 SP2"),
            ("1.3.0 Build 13", "1.3.0 build14"),
            ("v22D19", "v22D24"),
            ("2023", "2024.2"),
            ("1.5.0 Beta 4", "1.5.0"),
            ("1.5.0-alpha", "1.5.0-rc.1"),
            ("2nd Edition", "3rd edition"),
            ("R6.03.10", "6.04"),
            ("LE", "LF"),
        ] {
            check(own, bound, Relation::Less);
            if !own.contains("Beta") {
                check(bound, own, Relation::Greater);
            }
        }
    }

    #[test]
    fn no_order_where_a_guess_would_be_needed() {
        for (own, bound) in [
            ("2.6A", "2.61B.A.1x"),
            ("A.1", "1.2"),
            ("24950", "1.1"),
            ("2.2", "2.20"),
            ("1.3", "1.003"),
            ("2nd Edition", "1.2"),
            ("1.0 SP1", "1.0 HF2"),
            ("1.0 SP1", "1.0.5"),
            ("3.2.1", "3.x.17"),
            ("CR-IR 357", "12"),
            ("AA", "Z"),
        ] {
            let (own, bound) = (Version::parse(own).unwrap(), Version::parse(bound).unwrap());
            let relation = own.relation(&bound);
            if own.text() != "2.6A" {
                assert_eq!(relation, Relation::Unknown, "{own} against {bound}");
            }
        }
    }

    #[test]
    fn parts_left_out() {
        check("2.43", "2.43.02", Relation::Coarser);
        check("2.43", "2.43.0", Relation::CoarserZero);
        check("2.43.0", "2.43", Relation::Equal);
        check("12.1.2", "12.1", Relation::Finer);
        check("1.8.4", "1.8.4 SP1", Relation::Coarser);
        check("9.4", "9.x", Relation::InLine);
        check("9", "9.x", Relation::InLine);
        check("10.1", "9.x", Relation::Greater);
        check("2.3", "2.3x", Relation::InLine);
        check("2.35", "2.3x", Relation::Unknown);
        check("9.90.195", "9.90 SP5", Relation::Unknown);
    }

    fn version() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                "[0-9]{1,3}",
                "[a-c]",
                Just("sp".to_owned()),
                Just("x".to_owned()),
                Just("beta".to_owned())
            ],
            1..5,
        )
        .prop_map(|parts| parts.join("."))
    }

    proptest! {
        #[test]
        fn a_version_equals_itself(text in version()) {
            let version = Version::parse(&text).unwrap();
            if !text.contains('x') {
                prop_assert_eq!(version.relation(&version), Relation::Equal);
            }
        }

        #[test]
        fn order_is_antisymmetric(a in version(), b in version()) {
            let (a, b) = (Version::parse(&a).unwrap(), Version::parse(&b).unwrap());
            match a.relation(&b) {
                Relation::Less => prop_assert!(!matches!(b.relation(&a), Relation::Less | Relation::Equal)),
                Relation::Greater => prop_assert!(!matches!(b.relation(&a), Relation::Greater | Relation::Equal)),
                _ => {}
            }
        }

        #[test]
        fn order_is_transitive_where_it_answers(a in version(), b in version(), c in version()) {
            let [a, b, c] = [a, b, c].map(|text| Version::parse(&text).unwrap());
            if a.relation(&b) == Relation::Less && b.relation(&c) == Relation::Less {
                prop_assert!(!matches!(a.relation(&c), Relation::Greater | Relation::Equal), "{} {} {}", a, b, c);
            }
        }

        #[test]
        fn any_text_is_read_or_not(text in ".{0,60}") {
            if let Some(version) = Version::parse(&text) {
                let _ = version.relation(&version);
            }
        }
    }
}
