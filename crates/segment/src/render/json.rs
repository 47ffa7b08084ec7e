//! JSON as targets write it (RFC 8259).

use std::fmt::Write as _;

/// A string in quotes.
pub(super) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text;
    // Most text has nothing to escape: it goes over in pieces.
    while let Some(at) =
        rest.find(|c: char| matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}') || c.is_control())
    {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = special.chars();
        match chars.next() {
            Some('\n') => out.push_str("\\n"),
            Some(c @ ('"' | '\\')) => out.extend(['\\', c]),
            Some(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
    out
}
