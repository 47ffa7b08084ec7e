//! The words of nftables' language.

use super::Unreadable;

/// A word, a sign, or the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) line: u32,
    pub(super) word: &'a str,
    /// It stood in quotation marks.
    pub(super) is_quoted: bool,
}

/// The word for the end of a statement: a new line or a semicolon.
pub(super) const END: &str = ";";

/// The words of a text, with an end behind each line.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Unreadable> {
    let mut tokens = Vec::new();
    for (line, whole) in (1u32..).zip(text.lines()) {
        let mut rest = whole.trim_start();
        let mut goes_on = false;
        while let Some(first) = rest.chars().next() {
            let (word, is_quoted, length) = match first {
                '#' => {
                    // iptables' own matches and targets are shown behind this sign, and are no comments.
                    let behind = rest.get(1..).unwrap_or_default().trim_start();
                    if !["match ", "target ", "watcher "].iter().any(|word| behind.starts_with(word)) {
                        break;
                    }
                    ("#", false, 1)
                }
                '\\' if rest.len() == 1 => {
                    goes_on = true;
                    break;
                }
                '"' => {
                    let inner = rest.get(1..).unwrap_or_default();
                    let end = inner.find('"').ok_or_else(|| Unreadable::Broken {
                        line,
                        why: "a quotation mark is opened and not closed".to_owned(),
                    })?;
                    (inner.get(..end).unwrap_or_default(), true, end + 2)
                }
                '{' | '}' | ';' | ',' | '(' | ')' => (rest.get(..1).unwrap_or_default(), false, 1),
                '=' | '!' | '<' | '>' => {
                    let length = if rest.get(1..2) == Some("=") { 2 } else { 1 };
                    (rest.get(..length).unwrap_or_default(), false, length)
                }
                _ => {
                    let is_end = |c: char| c.is_whitespace() || "{};,()=!<>\"#".contains(c);
                    let length = rest.find(is_end).unwrap_or(rest.len());
                    (rest.get(..length).unwrap_or_default(), false, length)
                }
            };
            push(&mut tokens, Token { line, word, is_quoted });
            rest = rest.get(length..).unwrap_or_default().trim_start();
        }
        if !goes_on {
            tokens.push(Token { line, word: END, is_quoted: false });
        }
    }
    Ok(tokens)
}

/// A word may hold a colon between a key and what it maps to; those of IPv6 and of MAC addresses stay.
fn push<'a>(tokens: &mut Vec<Token<'a>>, token: Token<'a>) {
    let colons = token.word.bytes().filter(|byte| *byte == b':').count();
    match token.word.split_once(':') {
        Some((before, behind)) if colons == 1 && !token.is_quoted && token.word.len() > 1 => {
            for word in [before, ":", behind] {
                if !word.is_empty() {
                    tokens.push(Token { word, ..token });
                }
            }
        }
        _ => tokens.push(token),
    }
}
