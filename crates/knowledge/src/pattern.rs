//! How a fingerprint reads a value: exact, prefix, suffix, contained, or a small pattern with captures.
//!
//! A pattern is literal text with `*` (any run, also empty) and `{name}` (a run of at least one character,
//! kept under the name); `{name:digits}`, `{name:number}` (digits and dots), `{name:word}` (no blanks),
//! `{name:alnum}` (letters and digits) and `{name:hex12}` (just so many hexadecimal digits) narrow what a
//! capture takes. Runs are as short as the rest allows.

use std::collections::BTreeMap;

/// What a capture may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Digits,
    Number,
    Word,
    /// Letters and digits.
    Alnum,
    /// Exactly so many hexadecimal digits.
    Hex(usize),
}

impl Kind {
    fn admits(self, character: char) -> bool {
        match self {
            Kind::Any => true,
            Kind::Digits => character.is_ascii_digit(),
            Kind::Number => character.is_ascii_digit() || character == '.',
            Kind::Word => !character.is_whitespace(),
            Kind::Alnum => character.is_alphanumeric(),
            Kind::Hex(_) => character.is_ascii_hexdigit(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(Vec<char>),
    Anything,
    Capture(String, Kind),
}

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    tokens: Vec<Token>,
    ignore_case: bool,
    /// The longest literal: a value without it cannot match, which is cheap to see. Empty where only the
    /// kind of a capture tells.
    literal: String,
}

/// Captured texts by name.
pub type Captures = BTreeMap<String, String>;

/// The longest value a pattern looks at, in characters: what a fact can hold.
const VALUE_CHARS_MAX: usize = 512;

impl Pattern {
    /// Compiles a pattern; the error says what is wrong with it.
    pub fn new(text: &str, ignore_case: bool) -> Result<Pattern, String> {
        let mut tokens = Vec::new();
        let mut literal = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
            let token = match character {
                '*' => Token::Anything,
                '{' => {
                    let (inner, after) =
                        rest.split_once('}').ok_or_else(|| format!("\"{text}\" leaves a capture open"))?;
                    rest = after;
                    capture(inner)?
                }
                '}' => return Err(format!("\"{text}\" closes a capture it never opened")),
                other => {
                    literal.push(fold(other, ignore_case));
                    continue;
                }
            };
            if !literal.is_empty() {
                tokens.push(Token::Literal(std::mem::take(&mut literal)));
            }
            if token == Token::Anything && tokens.last() == Some(&Token::Anything) {
                continue;
            }
            tokens.push(token);
        }
        if !literal.is_empty() {
            tokens.push(Token::Literal(literal));
        }
        let literals = tokens.iter().filter_map(|token| match token {
            Token::Literal(text) => Some(text.iter().collect::<String>()),
            _ => None,
        });
        let literal = literals.max_by_key(String::len).unwrap_or_default();
        if literal.is_empty() && !tokens.iter().any(narrows) {
            return Err(format!("\"{text}\" would match everything: it holds no literal text"));
        }
        Ok(Pattern { tokens, ignore_case, literal })
    }

    /// What any value fits that is not empty: for facts that only one kind of device has at all.
    pub fn anything() -> Pattern {
        let tokens = vec![Token::Capture("value".to_owned(), Kind::Any)];
        Pattern { tokens, ignore_case: true, literal: String::new() }
    }

    /// False when `value` certainly does not match; `lower` is its lower-case spelling by character.
    pub(crate) fn may_match(&self, value: &str, lower: &str) -> bool {
        if self.ignore_case { lower.contains(&self.literal) } else { value.contains(&self.literal) }
    }

    /// The longest literal text in it.
    pub(crate) fn literal(&self) -> &str {
        &self.literal
    }

    /// The names of its captures.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Capture(name, _) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The captures when the whole of `value` matches.
    pub fn captures(&self, value: &str) -> Option<Captures> {
        if value.is_ascii()
            && value.len() <= VALUE_CHARS_MAX
            && let Some(matches) = self.matches_ascii(value.as_bytes())
        {
            return matches.then(Captures::new);
        }
        let original: Vec<char> = value.chars().take(VALUE_CHARS_MAX + 1).collect();
        if original.len() > VALUE_CHARS_MAX {
            return None;
        }
        let folded: Vec<char> = original.iter().map(|c| fold(*c, self.ignore_case)).collect();
        let mut search =
            Search { tokens: &self.tokens, folded: &folded, failed: Vec::new(), taken: Vec::new() };
        search.failed.resize((self.tokens.len() + 1) * (folded.len() + 1), false);
        if !search.run(0, 0) {
            return None;
        }
        let mut captures = Captures::new();
        for (name, start, end) in search.taken {
            let text: String = original.get(start..end).unwrap_or_default().iter().collect();
            captures.entry(name).or_insert_with(|| text.trim().to_owned());
        }
        Some(captures)
    }
}

impl Pattern {
    /// The answer for a pattern without captures, in one pass and without a copy; `None` where it has some.
    fn matches_ascii(&self, value: &[u8]) -> Option<bool> {
        let mut rest = value;
        let mut anywhere = false;
        for (at, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Capture(..) => return None,
                Token::Anything => anywhere = true,
                Token::Literal(text) => {
                    let is_here = |window: &[u8]| {
                        let folded = window.iter().map(|byte| fold(char::from(*byte), self.ignore_case));
                        folded.eq(text.iter().copied())
                    };
                    let last_start = rest.len().checked_sub(text.len());
                    let is_last = at + 1 == self.tokens.len();
                    // What must stand at the end cannot stand anywhere else; otherwise the first place is the best.
                    let found = match (anywhere, is_last, last_start) {
                        (_, _, None) => None,
                        (true, true, Some(start)) => {
                            Some(start).filter(|at| rest.get(*at..).is_some_and(is_here))
                        }
                        (true, false, Some(_)) => rest.windows(text.len()).position(is_here),
                        (false, _, Some(_)) => {
                            Some(0).filter(|_| rest.get(..text.len()).is_some_and(is_here))
                        }
                    };
                    let Some(start) = found else { return Some(false) };
                    rest = rest.get(start + text.len()..).unwrap_or_default();
                    anywhere = false;
                }
            }
        }
        Some(rest.is_empty() || anywhere)
    }
}

/// The spelling that patterns without regard to case compare.
pub(crate) fn lower(value: &str) -> String {
    if value.is_ascii() {
        return value.to_ascii_lowercase();
    }
    value.chars().map(|character| fold(character, true)).collect()
}

/// True for a capture that takes certain characters only.
fn narrows(token: &Token) -> bool {
    matches!(token, Token::Capture(_, Kind::Digits | Kind::Number | Kind::Alnum | Kind::Hex(_)))
}

fn fold(character: char, ignore_case: bool) -> char {
    if ignore_case { character.to_lowercase().next().unwrap_or(character) } else { character }
}

fn capture(inner: &str) -> Result<Token, String> {
    let (name, kind) = inner.split_once(':').unwrap_or((inner, "any"));
    let kind = match kind {
        "any" => Kind::Any,
        "digits" => Kind::Digits,
        "number" => Kind::Number,
        "word" => Kind::Word,
        "alnum" => Kind::Alnum,
        other => match other.strip_prefix("hex").and_then(|digits| digits.parse().ok()) {
            Some(digits) => Kind::Hex(digits),
            None => {
                return Err(format!(
                    "\"{other}\" is no kind of capture; digits, number, word, alnum and hex6 are"
                ));
            }
        },
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
        return Err(format!("\"{{{inner}}}\" is no capture such as {{model}} or {{version:number}}"));
    }
    Ok(Token::Capture(name.to_owned(), kind))
}

/// Backtracking with a memory of what failed, so that the work is bounded by tokens × characters².
struct Search<'a> {
    tokens: &'a [Token],
    folded: &'a [char],
    failed: Vec<bool>,
    taken: Vec<(String, usize, usize)>,
}

impl Search<'_> {
    fn run(&mut self, token: usize, at: usize) -> bool {
        let memory = token * (self.folded.len() + 1) + at;
        if self.failed.get(memory).copied().unwrap_or(true) {
            return false;
        }
        let matched = self.step(token, at);
        if !matched && let Some(failed) = self.failed.get_mut(memory) {
            *failed = true;
        }
        matched
    }

    fn step(&mut self, token: usize, at: usize) -> bool {
        let tokens = self.tokens;
        match tokens.get(token) {
            None => at == self.folded.len(),
            Some(Token::Literal(text)) => {
                self.folded.get(at..).is_some_and(|rest| rest.starts_with(text))
                    && self.run(token + 1, at + text.len())
            }
            Some(Token::Anything) => (at..=self.folded.len()).any(|end| self.run(token + 1, end)),
            Some(Token::Capture(name, kind)) => {
                let longest = self.folded.get(at..).unwrap_or_default();
                let longest = longest.iter().take_while(|c| kind.admits(**c)).count();
                let shortest = if let Kind::Hex(digits) = kind { *digits } else { 1 };
                let longest = if let Kind::Hex(digits) = kind { longest.min(*digits) } else { longest };
                for end in at + shortest..=at + longest {
                    if self.run(token + 1, end) {
                        self.taken.push((name.clone(), at, end));
                        return true;
                    }
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pattern: &str, value: &str, wanted: Option<&[(&str, &str)]>) {
        let captures = Pattern::new(pattern, true).unwrap().captures(value);
        let wanted =
            wanted.map(|list| list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
        assert_eq!(captures, wanted, "{pattern} on {value}");
    }

    #[test]
    fn captures_are_as_short_as_the_rest_allows() {
        check(
            "Mfg={maker};Typ=*;Mod={model};Ser={serial};*",
            "Mfg=HP;Typ=Printer;Mod=LaserJet 400;Ser=AB1;",
            Some(&[("maker", "HP"), ("model", "LaserJet 400"), ("serial", "AB1")]),
        );
        check("apache/{v:number} (debian)*", "Apache/2.4.57 (Debian) PHP", Some(&[("v", "2.4.57")]));
        check("apache/{v:number}", "Apache/", None);
        check("a*c", "abbbc", Some(&[]));
        check("a*c", "abbb", None);
        check("{x:word} end", "two words end", None);
        check("sep{mac:hex6}", "SEP00A1b2", Some(&[("mac", "00A1b2")]));
        check("sep{mac:hex6}", "separator", None);
        check("{number:digits}", "77", Some(&[("number", "77")]));
        check("{number:digits}", "77a", None);
        check("sep{mac:hex6}", "SEP00A1b2c3", None);
    }

    #[test]
    fn mistakes_are_named() {
        for (pattern, word) in [
            ("*", "everything"),
            ("{all}", "everything"),
            ("a{b", "open"),
            ("a}", "never"),
            ("{B}x", "capture"),
            ("{a:z}x", "kind"),
        ] {
            let reason = Pattern::new(pattern, false).unwrap_err();
            assert!(reason.contains(word), "{pattern}: {reason}");
        }
    }

    proptest! {
        #[test]
        fn every_value_ends_and_literals_match_themselves(value in "[a-c*{}]{0,40}", literal in "[a-z ]{1,20}") {
            let busy = Pattern::new("*a*b*{x}c*a{y}*b", true).unwrap();
            let _ = busy.captures(&value);
            prop_assert!(Pattern::new(&literal, true).unwrap().captures(&literal).is_some());
            let around = Pattern::new(&format!("*{literal}*"), true).unwrap();
            let found = around.captures(&format!("x{literal}y"));
            prop_assert!(found.is_some());
        }

        #[test]
        fn one_pass_answers_as_the_search_does(text in "[aAb*]{1,8}", value in "[aAbB]{0,9}", ignore in any::<bool>()) {
            let Ok(pattern) = Pattern::new(&text, ignore) else { return Ok(()) };
            let slow = {
                let folded: Vec<char> = value.chars().map(|c| fold(c, ignore)).collect();
                let mut search =
                    Search { tokens: &pattern.tokens, folded: &folded, failed: Vec::new(), taken: Vec::new() };
                search.failed.resize((pattern.tokens.len() + 1) * (folded.len() + 1), false);
                search.run(0, 0)
            };
            prop_assert_eq!(pattern.captures(&value).is_some(), slow, "{} on {}", text, value);
        }
    }
}
