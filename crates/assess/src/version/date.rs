//! Dates as advisories write them: `april 1, 2018`, `April/17/2023`, `January 2020`, `2018-04-01`.

use cordon_model::Timestamp;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A day or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// When it begins.
    pub(super) start: Timestamp,
    /// When it is over.
    pub(super) end: Timestamp,
}

/// A date and how many of the words it takes.
pub(super) fn of_words(words: &[&str]) -> Option<(Span, usize)> {
    let first = words.first()?;
    if let Some(span) = slashed(first).or_else(|| iso(first)) {
        return Some((span, 1));
    }
    if let Some(month) = month(first) {
        let second = words.get(1)?;
        if let Some(year) = year(second) {
            return Some((whole_month(year, month)?, 2));
        }
        return Some((day(year(words.get(2)?)?, month, number(second)?)?, 3));
    }
    let month = month(words.get(1)?)?;
    Some((day(year(words.get(2)?)?, month, number(first)?)?, 3))
}

/// The beginning of the date that a whole text is.
pub(super) fn whole(text: &str) -> Option<Timestamp> {
    let words: Vec<&str> = text.split([' ', ',', '_']).filter(|word| !word.is_empty()).collect();
    let (span, used) = of_words(&words)?;
    (used == words.len()).then_some(span.start)
}

fn month(word: &str) -> Option<u32> {
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    let at =
        MONTHS.iter().position(|month| *month == word || (word.len() == 3 && month.starts_with(&word)))?;
    u32::try_from(at + 1).ok()
}

fn number(word: &str) -> Option<u32> {
    word.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ',').parse().ok()
}

fn year(word: &str) -> Option<i64> {
    word.parse().ok().filter(|year| (1970..2200).contains(year))
}

fn day(year: i64, month: u32, day: u32) -> Option<Span> {
    let start = Timestamp::from_date(year, month, day)?;
    Some(Span { start, end: start.plus_micros(86_400_000_000) })
}

fn whole_month(year: i64, month: u32) -> Option<Span> {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    Some(Span {
        start: Timestamp::from_date(year, month, 1)?,
        end: Timestamp::from_date(next_year, next, 1)?,
    })
}

/// `April/17/2023`, and `04/17/2023` is not read: day and month could be meant either way.
fn slashed(word: &str) -> Option<Span> {
    let mut parts = word.split('/');
    let (month_name, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    day(year(third)?, month(month_name)?, number(second)?)
}

fn iso(word: &str) -> Option<Span> {
    let mut parts = word.split('-');
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if first.len() != 4 || parts.next().is_some() {
        return None;
    }
    day(year(first)?, second.parse().ok()?, third.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_written() {
        for text in ["april 1, 2018", "April/1/2018", "1 April 2018", "2018-04-01", "Apr 1st, 2018"] {
            assert_eq!(whole(text), Timestamp::from_date(2018, 4, 1), "{text}");
        }
        assert_eq!(whole("January 2020"), Timestamp::from_date(2020, 1, 1));
        for text in ["04/01/2018", "2.1.0", "april", "april 31 2018", "2018", "1.2018-04-01"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
