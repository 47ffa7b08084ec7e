//! Dates as medical formats write them: digits from the year on.

/// True for the beginning of a date of our time: a year, perhaps month and day, and whatever follows.
pub(crate) fn is_date(text: &[u8]) -> bool {
    let number = |from: usize| {
        let digits = text.get(from..from + 2)?;
        digits.iter().try_fold(0, |sum, digit| Some(sum * 10 + char::from(*digit).to_digit(10)?))
    };
    let century = matches!(number(0), Some(19..=21)) && number(2).is_some();
    let month = text.len() < 6 || matches!(number(4), Some(1..=12));
    century && month && (text.len() < 8 || matches!(number(6), Some(1..=31)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_from_numbers() {
        for text in ["2024", "202405", "20240131", "20240131120000+0100", "19991231"] {
            assert!(is_date(text.as_bytes()), "{text}");
        }
        for text in ["", "1", "48130957", "KX77", "20241301", "20240132", "2X24"] {
            assert!(!is_date(text.as_bytes()), "{text}");
        }
    }
}
