//! The words and signs of a condition.

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `=`
    Equal,
    /// `!=`
    Not,
}

/// A sign or a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lexeme<'a> {
    /// A comparison.
    Op(Op),
    /// `|`
    Bar,
    /// `||` or `//`: another reading or alternative.
    Reading,
    /// `,` or `;`
    Comma,
    /// `(`
    Open,
    /// `)`
    Close,
    /// A dash that stands by itself.
    Dash,
    /// `+` after a version.
    Plus,
    /// `variant “7900 MRI”`, as conditions print it.
    Variant(&'a str),
    /// Anything else without a blank.
    Word(&'a str),
}

/// The text with `vers:…/` prefixes dropped and the underscores that stand for blanks made blanks.
pub(super) fn clean(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(at) = rest.find("vers:") {
        let (before, after) = rest.split_at(at);
        let slash = after.find('/').filter(|slash| {
            after
                .get("vers:".len()..*slash)
                .is_some_and(|scheme| scheme.bytes().all(|b| b.is_ascii_alphanumeric()))
        });
        let Some(slash) = slash else { break };
        out.push_str(before);
        rest = after.get(slash + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    if !out.contains('_') {
        return out;
    }
    let characters: Vec<char> = out.chars().collect();
    let digit = |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(char::is_ascii_digit);
    let blank = |at: usize| !(digit(at.checked_sub(1)) && digit(Some(at + 1)));
    characters.iter().enumerate().map(|(at, c)| if *c == '_' && blank(at) { ' ' } else { *c }).collect()
}

/// Cuts a cleaned text.
pub(super) fn lexemes(text: &str) -> Vec<Lexeme<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        if out.last() == Some(&Lexeme::Word("variant"))
            && let Some((name, _)) = rest.strip_prefix('“').and_then(|rest| rest.split_once('”'))
        {
            out.pop();
            out.push(Lexeme::Variant(name));
            at += '“'.len_utf8() + name.len() + '”'.len_utf8();
            continue;
        }
        let (lexeme, used) = match character {
            c if c.is_whitespace() || matches!(c, '®' | '™' | '"' | '“' | '”' | '\'' | '`') => {
                at += c.len_utf8();
                continue;
            }
            '<' | '>' | '=' | '!' | '≤' | '≥' => operator(rest),
            '|' if rest.starts_with("||") => (Lexeme::Reading, 2),
            '/' if rest.starts_with("// ") => (Lexeme::Reading, 2),
            '|' => (Lexeme::Bar, 1),
            ',' | ';' => (Lexeme::Comma, 1),
            '(' | '[' => (Lexeme::Open, 1),
            ')' | ']' => (Lexeme::Close, 1),
            '–' | '—' | '‐' | '‑' => (Lexeme::Dash, character.len_utf8()),
            '-' if matches!(out.last(), Some(Lexeme::Word(_))) => (Lexeme::Dash, 1),
            '-' if !rest.get(1..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphanumeric) => {
                (Lexeme::Dash, 1)
            }
            '+' => (Lexeme::Plus, 1),
            _ => {
                let used = word(rest);
                (Lexeme::Word(trimmed(rest.get(..used).unwrap_or_default())), used)
            }
        };
        at += used;
        if lexeme != Lexeme::Word("") {
            out.push(lexeme);
        }
    }
    out
}

fn operator(rest: &str) -> (Lexeme<'_>, usize) {
    for (sign, op) in [
        ("<=", Op::LessEqual),
        ("=<", Op::LessEqual),
        (">=", Op::GreaterEqual),
        ("=>", Op::GreaterEqual),
        ("==", Op::Equal),
        ("!=", Op::Not),
        ("≤", Op::LessEqual),
        ("≥", Op::GreaterEqual),
        ("<", Op::Less),
        (">", Op::Greater),
        ("=", Op::Equal),
    ] {
        if rest.starts_with(sign) {
            return (Lexeme::Op(op), sign.len());
        }
    }
    (Lexeme::Word("!"), 1)
}

/// How many bytes a word has: until a blank or a sign. Brackets that open within a word belong to it: `15.2(6)E0a`.
fn word(rest: &str) -> usize {
    let mut depth = 0usize;
    for (at, character) in rest.char_indices() {
        let within = at > 0 && matches!(character, '(' | '{');
        if within {
            let inside = rest.get(at + 1..).and_then(|rest| rest.find([')', '}', ' ']));
            let closed =
                inside.and_then(|end| rest.get(at + 1 + end..)).is_some_and(|rest| !rest.starts_with(' '));
            if closed {
                depth += 1;
                continue;
            }
        }
        if depth > 0 && matches!(character, ')' | '}') {
            depth -= 1;
            continue;
        }
        let ends = character.is_whitespace()
            || matches!(
                character,
                '<' | '>' | '=' | '!' | '≤' | '≥' | '|' | ',' | ';' | '(' | ')' | '[' | ']'
            )
            || matches!(character, '–' | '—' | '‐' | '‑' | '"' | '“' | '”' | '®' | '™' | '+');
        if ends && depth == 0 {
            return if at == 0 { character.len_utf8() } else { at };
        }
    }
    rest.len()
}

fn trimmed(word: &str) -> &str {
    word.trim_end_matches(['.', ':', '-', '/', '\'', '`']).trim_start_matches([':', '/', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_words() {
        assert_eq!(
            lexemes(">= 4.4 | <V15.2(6)E0a (with X)"),
            [
                Lexeme::Op(Op::GreaterEqual),
                Lexeme::Word("4.4"),
                Lexeme::Bar,
                Lexeme::Op(Op::Less),
                Lexeme::Word("V15.2(6)E0a"),
                Lexeme::Open,
                Lexeme::Word("with"),
                Lexeme::Word("X"),
                Lexeme::Close,
            ]
        );
        assert_eq!(clean("vers:all/>=V1.0_SP1_2<vers:/_V2"), ">=V1.0 SP1_2< V2");
        assert_eq!(lexemes("1.0 – 2.0"), [Lexeme::Word("1.0"), Lexeme::Dash, Lexeme::Word("2.0")]);
        assert_eq!(lexemes("1.0 - 2.0"), [Lexeme::Word("1.0"), Lexeme::Dash, Lexeme::Word("2.0")]);
    }
}
