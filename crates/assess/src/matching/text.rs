//! Texts of makers and products, cut into words that can be compared.
//!
//! Advisories and hospital lists differ in case, accents, marks, hyphens and blanks; what is left after those is
//! compared. Which words mean the same product is not decided here.

/// How a word hangs on the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Glue {
    /// First word, or after a blank or another mark.
    Blank,
    /// `CADD-Solis`.
    Hyphen,
    /// `MX800/700`, without blanks.
    Slash,
    /// After a comma, semicolon, `and`, `or`, `&`, or a slash between blanks.
    List,
}

/// A word of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case.
    pub text: String,
    /// How it hangs on the word before.
    pub glue: Glue,
    /// Written in capitals (and digits) only.
    pub capitals: bool,
}

/// More words than any product's name has; the rest of a longer text says nothing that could be compared.
const WORDS_MAX: usize = 48;
/// Longer words are no names.
const WORD_BYTES_MAX: usize = 48;

/// `text` with wrongly decoded letters mended, accents taken off, and marks of registration left out.
pub(super) fn fold(text: &str) -> String {
    let mended = mend(text);
    let mut folded = String::with_capacity(mended.len());
    for letter in mended.chars() {
        match letter {
            'ä' | 'æ' => folded.push_str("ae"),
            'Ä' | 'Æ' => folded.push_str("Ae"),
            'ö' | 'ø' | 'œ' => folded.push_str("oe"),
            'Ö' | 'Ø' | 'Œ' => folded.push_str("Oe"),
            'ü' => folded.push_str("ue"),
            'Ü' => folded.push_str("Ue"),
            'ß' => folded.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' | 'å' => folded.push('a'),
            'è' | 'é' | 'ê' | 'ë' => folded.push('e'),
            'ì' | 'í' | 'î' | 'ï' => folded.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' => folded.push('o'),
            'ù' | 'ú' | 'û' => folded.push('u'),
            'ç' => folded.push('c'),
            'ñ' => folded.push('n'),
            '®' | '™' | '©' | '\u{200b}' | '\u{feff}' | '\'' | '’' => {}
            '–' | '—' | '‑' | '−' => folded.push('-'),
            other => folded.push(other),
        }
    }
    for mark in ["(R)", "(TM)", "(tm)", "(r)"] {
        if folded.contains(mark) {
            folded = folded.replace(mark, "");
        }
    }
    folded
}

/// Undoes UTF-8 that was read as Latin-1 (`YhtymÃ¤`), where that gives valid text.
fn mend(text: &str) -> String {
    if text.contains('Ã') || text.contains('Â') {
        let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        if let Some(mended) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
            return mended;
        }
    }
    text.to_owned()
}

/// The words of a folded text, in order.
pub(super) fn words(folded: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut current = String::new();
    let mut between = String::new();
    let mut letters = folded.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        let inside = match letter {
            c if c.is_alphanumeric() => true,
            '+' => !current.is_empty(),
            // A version number stays one word.
            '.' => current.ends_with(|c: char| c.is_ascii_digit()) && next.is_some_and(continues_number),
            _ => false,
        };
        if inside {
            current.push(letter);
        } else {
            if !current.is_empty() {
                push(&mut words, &mut current, &mut between);
            }
            between.push(letter);
        }
    }
    if !current.is_empty() {
        push(&mut words, &mut current, &mut between);
    }
    words
}

/// `1.5`, `3.x`.
fn continues_number(next: char) -> bool {
    next.is_ascii_digit() || next == 'x' || next == 'X'
}

fn push(words: &mut Vec<Word>, current: &mut String, between: &mut String) {
    let text = std::mem::take(current);
    let marks = std::mem::take(between);
    let listed =
        marks.contains([',', ';', '&', '|']) || (marks.contains('/') && marks.trim().len() < marks.len());
    let joins = matches!(text.to_ascii_lowercase().as_str(), "and" | "or");
    if words.len() >= WORDS_MAX || text.len() > WORD_BYTES_MAX {
        return;
    }
    if joins {
        // The mark that the next word is an item of a list is kept with the word itself.
        between.push(',');
        return;
    }
    let glue = match marks.as_str() {
        _ if listed && !words.is_empty() => Glue::List,
        "-" => Glue::Hyphen,
        "/" => Glue::Slash,
        _ => Glue::Blank,
    };
    let capitals = text.chars().any(char::is_alphabetic) && !text.chars().any(char::is_lowercase);
    words.push(Word { text: text.to_lowercase(), glue, capitals });
}

/// True when `one` and `other` differ by at most one slip of the pen: a letter more, less, changed or swapped.
pub(super) fn nearly(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if !short.is_ascii() || !long.is_ascii() || long.len() - short.len() > 1 {
        return false;
    }
    let (short, long) = (short.as_bytes(), long.as_bytes());
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let rest_of =
        |bytes: &'_ [u8], skip: usize| bytes.get(same + skip..).map(<[u8]>::to_vec).unwrap_or_default();
    if short.len() < long.len() {
        return rest_of(short, 0) == rest_of(long, 1);
    }
    let swapped = short.get(same) == long.get(same + 1) && short.get(same + 1) == long.get(same);
    rest_of(short, 1) == rest_of(long, 1) || (swapped && rest_of(short, 2) == rest_of(long, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(&fold(text)).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn a_name_becomes_the_words_it_is_compared_by() {
        assert_eq!(texts("Sigma® Spectrum™ LVP"), ["sigma", "spectrum", "lvp"]);
        assert_eq!(texts("Plum A+3 / Plum A+"), ["plum", "a+3", "plum", "a+"]);
        assert_eq!(texts("IntelliSpace Portal 8.0.x."), ["intellispace", "portal", "8.0.x"]);
        assert_eq!(texts("Innokas YhtymÃ¤ Oy"), ["innokas", "yhtymae", "oy"]);
        assert_eq!(texts("Dräger"), ["draeger"]);
    }

    #[test]
    fn what_stands_between_words_is_kept() {
        let glue = |text: &str| words(text).into_iter().map(|word| word.glue).collect::<Vec<_>>();
        use Glue::{Blank, Hyphen, List, Slash};
        assert_eq!(glue("MX800/700 CADD-Solis"), [Blank, Slash, Blank, Hyphen]);
        assert_eq!(glue("Plum A+ and Symbiq, Sapphire / X2"), [Blank, Blank, List, List, List]);
    }

    #[test]
    fn one_slip_of_the_pen_is_seen_and_two_are_another_word() {
        for (one, other) in [
            ("millenium", "millennium"),
            ("speciman", "specimen"),
            ("medfusion", "mefdusion"),
            ("alaris", "alaris"),
        ] {
            assert!(nearly(one, other) && nearly(other, one), "{one} {other}");
        }
        for (one, other) in [("prismaflex", "prismax"), ("symbia", "symbiqs"), ("abc", "cba"), ("ä", "ab")] {
            assert!(!nearly(one, other), "{one} {other}");
        }
    }
}
