//! Versions of Python packages (PEP 440): epoch, release, pre-release, post-release, development release, local part.

use super::{digits, run};
use std::cmp::Ordering;

/// A version.
#[derive(Debug)]
pub(super) struct Version {
    epoch: String,
    release: Vec<String>,
    /// `a`, `b` or `rc` with its number.
    before: Option<(u8, String)>,
    after: Option<String>,
    development: Option<String>,
    local: Vec<String>,
}

/// Reads a version in any spelling that PEP 440 allows.
pub(super) fn parse(text: &str) -> Option<Version> {
    let lower = text.to_ascii_lowercase();
    let (public, local) = match lower.split_once('+') {
        Some((public, local)) => (public, Some(local)),
        None => (lower.as_str(), None),
    };
    let public = public.strip_prefix('v').unwrap_or(public);
    let (epoch, rest) = public.split_once('!').unwrap_or(("0", public));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (mut rest, mut release) = (rest, Vec::new());
    loop {
        let (number, behind) = run(rest, |c| c.is_ascii_digit());
        if number.is_empty() {
            return None;
        }
        release.push(number.to_owned());
        rest = behind;
        match behind.strip_prefix('.').filter(|next| next.starts_with(|c: char| c.is_ascii_digit())) {
            Some(next) => rest = next,
            None => break,
        }
    }
    while release.len() > 1 && release.last().is_some_and(|last| last.bytes().all(|byte| byte == b'0')) {
        release.pop();
    }
    let mut version = Version {
        epoch: epoch.to_owned(),
        release,
        before: None,
        after: None,
        development: None,
        local: Vec::new(),
    };
    if let Some((place, behind)) = marked(
        rest,
        &[("alpha", 0), ("a", 0), ("beta", 1), ("b", 1), ("preview", 2), ("pre", 2), ("rc", 2), ("c", 2)],
    ) {
        version.before = Some((place.0, place.1));
        rest = behind;
    }
    let implicit = rest.strip_prefix('-').map(|behind| run(behind, |c| c.is_ascii_digit()));
    if let Some((number, behind)) = implicit.filter(|(number, _)| !number.is_empty()) {
        version.after = Some(number.to_owned());
        rest = behind;
    } else if let Some((place, behind)) = marked(rest, &[("post", 0), ("rev", 0), ("r", 0)]) {
        version.after = Some(place.1);
        rest = behind;
    }
    if let Some((place, behind)) = marked(rest, &[("dev", 0)]) {
        version.development = Some(place.1);
        rest = behind;
    }
    if let Some(local) = local {
        version.local = local.split(['.', '-', '_']).map(str::to_owned).collect();
    }
    let is_local = |part: &String| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (rest.is_empty() && is_number(epoch) && version.local.iter().all(is_local)).then_some(version)
}

/// A separator that may be missing, one of the words, and its number, which is 0 where missing: which word, number.
fn marked<'a>(text: &'a str, words: &[(&str, u8)]) -> Option<((u8, String), &'a str)> {
    let bare = text.strip_prefix(['.', '-', '_']).unwrap_or(text);
    let (rest, place) = words.iter().find_map(|(word, place)| Some((bare.strip_prefix(word)?, *place)))?;
    let numbered =
        rest.strip_prefix(['.', '-', '_']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let (number, behind) = run(numbered.unwrap_or(rest), |c| c.is_ascii_digit());
    Some(((place, if number.is_empty() { "0".to_owned() } else { number.to_owned() }), behind))
}

impl Version {
    pub(super) fn cmp(&self, other: &Version) -> Ordering {
        digits(&self.epoch, &other.epoch)
            .then_with(|| releases(&self.release, &other.release))
            .then_with(|| self.stage().cmp(&other.stage()))
            .then_with(|| match (&self.before, &other.before) {
                (Some((_, one)), Some((_, other))) => digits(one, other),
                _ => Ordering::Equal,
            })
            .then_with(|| numbered(self.after.as_deref(), other.after.as_deref()))
            // A development release comes before what it leads to.
            .then_with(|| match (&self.development, &other.development) {
                (Some(one), Some(other)) => digits(one, other),
                (one, other) => other.is_some().cmp(&one.is_some()),
            })
            .then_with(|| locals(&self.local, &other.local))
    }

    /// Development of the release, alpha, beta, candidate, the release itself.
    fn stage(&self) -> u8 {
        match &self.before {
            Some((place, _)) => place + 1,
            None if self.after.is_none() && self.development.is_some() => 0,
            None => 4,
        }
    }
}

fn releases(one: &[String], other: &[String]) -> Ordering {
    let mut pairs = one.iter().zip(other).map(|(one, other)| digits(one, other));
    pairs.find(|order| order.is_ne()).unwrap_or(one.len().cmp(&other.len()))
}

fn numbered(one: Option<&str>, other: Option<&str>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => digits(one, other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}

/// Words come before numbers, and nothing before all.
fn locals(one: &[String], other: &[String]) -> Ordering {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut pairs = one.iter().zip(other).map(|(one, other)| match (is_number(one), is_number(other)) {
        (true, true) => digits(one, other),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => one.cmp(other),
    });
    pairs.find(|order| order.is_ne()).unwrap_or(one.len().cmp(&other.len()))
}
