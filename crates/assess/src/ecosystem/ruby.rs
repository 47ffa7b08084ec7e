//! Versions of Ruby gems (`Gem::Version`): numbers and words; a word makes it a pre-release.

use super::{digits, run};
use std::cmp::Ordering;

/// How two versions stand; `None` where one is none.
pub(super) fn order(one: &str, other: &str) -> Option<Ordering> {
    let (one, other) = (segments(one)?, segments(other)?);
    let length = one.len().max(other.len());
    let at = |segments: &[String], at: usize| segments.get(at).cloned().unwrap_or_else(|| "0".to_owned());
    let mut places = (0..length).map(|place| segment(&at(&one, place), &at(&other, place)));
    Some(places.find(|order| order.is_ne()).unwrap_or(Ordering::Equal))
}

fn segment(one: &str, other: &str) -> Ordering {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number(one), is_number(other)) {
        (true, true) => digits(one, other),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => one.cmp(other),
    }
}

/// Runs of digits and of letters; a hyphen stands for `.pre.`; zeros at the end of numbers do not count.
fn segments(text: &str) -> Option<Vec<String>> {
    let text = text.replace('-', ".pre.");
    let mut segments: Vec<String> = Vec::new();
    for part in text.split('.') {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let (own, behind) = run(rest, |c| c.is_ascii_digit() == first.is_ascii_digit());
            segments.push(own.to_owned());
            rest = behind;
        }
    }
    let is_zero = |text: &String| text.bytes().all(|byte| byte == b'0');
    // Zeros before the first word, and at the end.
    let word = segments.iter().position(|text| !text.bytes().all(|byte| byte.is_ascii_digit()));
    let mut words = segments.split_off(word.unwrap_or(segments.len()));
    for list in [&mut segments, &mut words] {
        while list.last().is_some_and(is_zero) {
            list.pop();
        }
    }
    segments.extend(words);
    Some(segments)
}
