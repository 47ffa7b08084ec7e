//! Semantic Versioning 2.0.0, and NuGet's reading of it.

use super::digits;
use std::cmp::Ordering;

/// A version; what stands behind a plus sign does not count.
#[derive(Debug)]
pub(super) struct Version {
    numbers: Vec<String>,
    /// Identifiers before the release; none for the release itself.
    before: Vec<String>,
}

/// Three numbers without leading zeros, then identifiers.
pub(super) fn strict(text: &str) -> Option<Version> {
    let version = parse(text.strip_prefix('v').unwrap_or(text))?;
    let is_plain = |number: &String| number == "0" || !number.starts_with('0');
    (version.numbers.len() == 3 && version.numbers.iter().all(is_plain)).then_some(version)
}

/// One to four numbers; those missing are zeros; letters in either case.
pub(super) fn nuget(text: &str) -> Option<Version> {
    let mut version = parse(&text.to_ascii_lowercase())?;
    if version.numbers.len() > 4 {
        return None;
    }
    version.numbers.resize(4, "0".to_owned());
    Some(version)
}

fn parse(text: &str) -> Option<Version> {
    let core = text.split('+').next()?;
    let (numbers, before) = match core.split_once('-') {
        Some((numbers, before)) => (numbers, Some(before)),
        None => (core, None),
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers: Vec<String> = numbers.split('.').map(str::to_owned).collect();
    let before: Vec<String> =
        before.map(|text| text.split('.').map(str::to_owned).collect()).unwrap_or_default();
    let is_identifier = |part: &String| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (numbers.iter().all(|part| is_number(part)) && before.iter().all(is_identifier))
        .then_some(Version { numbers, before })
}

impl Version {
    pub(super) fn cmp(&self, other: &Version) -> Ordering {
        let mut pairs = self.numbers.iter().zip(&other.numbers).map(|(one, other)| digits(one, other));
        if let Some(order) = pairs.find(|order| order.is_ne()) {
            return order;
        }
        match (self.before.is_empty(), other.before.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let mut pairs =
                    self.before.iter().zip(&other.before).map(|(one, other)| identifier(one, other));
                pairs.find(|order| order.is_ne()).unwrap_or(self.before.len().cmp(&other.before.len()))
            }
        }
    }
}

/// Numbers come before words.
fn identifier(one: &str, other: &str) -> Ordering {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number(one), is_number(other)) {
        (true, true) => digits(one, other),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => one.cmp(other),
    }
}
