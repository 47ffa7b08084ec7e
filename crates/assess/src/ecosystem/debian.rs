//! Versions of Debian packages: epoch, upstream version and revision (Debian Policy 5.6.12).

use super::{digits, run};
use std::cmp::Ordering;

/// How two versions stand; `None` where an epoch is no number.
pub(super) fn order(one: &str, other: &str) -> Option<Ordering> {
    let ((epoch, upstream, revision), (other_epoch, other_upstream, other_revision)) =
        (parts(one)?, parts(other)?);
    Some(
        digits(epoch, other_epoch)
            .then_with(|| part(upstream, other_upstream))
            .then_with(|| part(revision, other_revision)),
    )
}

fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
    (!epoch.is_empty() && epoch.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some((epoch, upstream, revision))
}

/// Runs without digits and runs of digits in turn.
fn part(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    while !one.is_empty() || !other.is_empty() {
        let (letters, rest) = run(one, |c| !c.is_ascii_digit());
        let (other_letters, other_rest) = run(other, |c| !c.is_ascii_digit());
        let order = words(letters, other_letters);
        if order.is_ne() {
            return order;
        }
        let (number, rest) = run(rest, |c| c.is_ascii_digit());
        let (other_number, other_rest) = run(other_rest, |c| c.is_ascii_digit());
        let order = digits(number, other_number);
        if order.is_ne() {
            return order;
        }
        (one, other) = (rest, other_rest);
    }
    Ordering::Equal
}

/// A tilde comes before the end, the end before letters, letters before all else.
fn words(one: &str, other: &str) -> Ordering {
    let weight = |letter: Option<u8>| match letter {
        Some(b'~') => -1,
        None => 0,
        Some(letter) if letter.is_ascii_alphabetic() => i32::from(letter),
        Some(letter) => i32::from(letter) + 256,
    };
    let length = one.len().max(other.len());
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut places = (0..length).map(|at| weight(one.get(at).copied()).cmp(&weight(other.get(at).copied())));
    places.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
