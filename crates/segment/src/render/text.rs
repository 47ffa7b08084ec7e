//! Foreign text in rules: names come from the network, and none may become a rule.

/// Text on one line for comments to the line's end, in any script: nothing in it ends a line or turns its direction.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if is_control(c) { ' ' } else { c }).collect()
}

/// Characters that end lines, cannot be seen, or make text read otherwise than it stands (Unicode Bidirectional
/// Algorithm, UAX 9; line breaking, UAX 14).
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Text for where a shell, a router's command line or a quoted string reads along: plain letters, digits and a few
/// signs that mean nothing anywhere; at most `longest` of them.
pub(crate) fn plain(text: &str, longest: usize) -> String {
    let is_safe = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | ',' | ':' | '-' | '_' | '/' | '(' | ')')
    };
    let safe: String = text.chars().take(longest).map(|c| if is_safe(c) { c } else { '.' }).collect();
    safe.trim().to_owned()
}

/// A rule's id: letters, digits, `-`, `_` and `.`, so that it is one word everywhere.
pub(super) fn id(text: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.chars().take(48).map(|c| if is_safe(c) { c } else { '-' }).collect()
}

/// Several ids as one comment, those that do not fit counted.
pub(super) fn ids(ids: &[&str], longest: usize) -> String {
    let mut text = String::new();
    for (at, one) in ids.iter().enumerate() {
        let one = id(one);
        // Room for what says how many are left out.
        if at > 0 && text.len() + 1 + one.len() + 8 > longest {
            text.push_str(&format!(" +{}", ids.len() - at));
            break;
        }
        if at > 0 {
            text.push(' ');
        }
        text.push_str(&one);
    }
    text
}
