//! Whether a value somebody typed is one the wire states, misspelt.
//!
//! Only words of letters may differ, and by one slip of the keyboard (two in long words): digits and the
//! short codes around them tell models apart, so that "MX450" is never taken for "MX550".

/// Words from this length may hold two slips.
const LONG_WORD: usize = 9;
/// Words of letters shorter than this are codes.
const SHORT_WORD: usize = 4;

/// True when `typed` is `stated` with slips of the keyboard in it.
pub(crate) fn is_misspelt(typed: &str, stated: &str) -> bool {
    let (typed, stated) = (words(typed), words(stated));
    if typed.len() != stated.len() || typed == stated {
        return false;
    }
    let mut differing = typed.iter().zip(&stated).filter(|(one, other)| one != other);
    let (Some((one, other)), None) = (differing.next(), differing.next()) else { return false };
    let letters = |word: &[char]| word.iter().all(|c| c.is_alphabetic());
    let length = one.len().max(other.len());
    let slips = if length >= LONG_WORD { 2 } else { 1 };
    letters(one) && letters(other) && length >= SHORT_WORD && distance(one, other) <= slips
}

/// True when one letter, digit or swap tells two texts apart, whatever the case.
pub(crate) fn is_one_slip(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let (one, other) = (letters(one), letters(other));
    one.len().abs_diff(other.len()) <= 1 && distance(&one, &other) == 1
}

fn words(text: &str) -> Vec<Vec<char>> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.chars().collect()).collect()
}

/// Letters left out, put in, replaced or swapped with their neighbour (optimal string alignment).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, facing) in other.iter().enumerate() {
            let at = |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, column) + usize::from(letter != facing);
            let mut best = replaced.min(at(&last, column + 1) + 1).min(at(&next, column) + 1);
            let swapped = row > 0
                && column > 0
                && one.get(row - 1) == Some(facing)
                && other.get(column - 1) == Some(letter);
            if swapped {
                best = best.min(at(&before, column - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_forgiven_and_other_models_are_not() {
        for (typed, stated) in [
            ("ABL90 FLEX LUS", "ABL90 FLEX PLUS"),
            ("EIQ 7G", "EPIQ 7G"),
            ("Dll", "Dell"),
            ("Zebra Tcehnologies", "Zebra Technologies"),
            ("infintiy m540", "Infinity M540"),
        ] {
            assert!(is_misspelt(typed, stated), "{typed} / {stated}");
        }
        for (typed, stated) in [
            ("ABL80 FLEX PLUS", "ABL90 FLEX PLUS"),
            ("ABL90 FLEX", "ABL90 FLEX PLUS"),
            ("EPIQ 5G", "EPIQ 7G"),
            ("IntelliVue MX450", "IntelliVue MX550"),
            ("IntelliVue MP70", "IntelliVue MX70"),
            ("Alinity c", "Alinity i"),
            ("0815", "8015"),
            ("Infusomat Space", "Perfusor Space"),
            ("cobas pro", "cobas pure"),
            ("GE", "HP"),
        ] {
            assert!(!is_misspelt(typed, stated), "{typed} / {stated}");
        }
    }

    #[test]
    fn a_swap_is_one_slip() {
        let apart = |one: &str, other: &str| {
            distance(&one.chars().collect::<Vec<_>>(), &other.chars().collect::<Vec<_>>())
        };
        assert_eq!(apart("", "abc"), 3);
        assert_eq!(apart("abc", "acb"), 1);
        assert_eq!(apart("kitten", "sitting"), 3);
    }
}
