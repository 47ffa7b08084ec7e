//! Versions of RPM packages: epoch, version and release, compared as `rpmvercmp` does.

use super::{digits, run};
use std::cmp::Ordering;

/// How two versions stand; `None` where only the release would tell and one of them lacks it.
pub(super) fn order(one: &str, other: &str) -> Option<Ordering> {
    let ((epoch, version, release), (other_epoch, other_version, other_release)) = (parts(one), parts(other));
    let order = digits(epoch, other_epoch).then_with(|| part(version, other_version));
    match (release, other_release) {
        _ if order.is_ne() => Some(order),
        (Some(one), Some(other)) => Some(part(one, other)),
        (None, None) => Some(Ordering::Equal),
        _ => None,
    }
}

fn parts(text: &str) -> (&str, &str, Option<&str>) {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (epoch, rest) = text.split_once(':').filter(|(epoch, _)| is_number(epoch)).unwrap_or(("0", text));
    match rest.split_once('-') {
        Some((version, release)) => (epoch, version, Some(release)),
        None => (epoch, rest, None),
    }
}

fn part(one: &str, other: &str) -> Ordering {
    let separator = |c: char| !(c.is_ascii_alphanumeric() || c == '~' || c == '^');
    let (mut one, mut other) = (one, other);
    loop {
        (one, other) = (one.trim_start_matches(separator), other.trim_start_matches(separator));
        // A tilde comes before everything, also before the end; a caret before all but the end.
        match (one.strip_prefix('~'), other.strip_prefix('~')) {
            (Some(rest), Some(other_rest)) => {
                (one, other) = (rest, other_rest);
                continue;
            }
            (Some(_), None) => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (None, None) => {}
        }
        match (one.strip_prefix('^'), other.strip_prefix('^')) {
            (Some(rest), Some(other_rest)) => {
                (one, other) = (rest, other_rest);
                continue;
            }
            (Some(_), None) => return if other.is_empty() { Ordering::Greater } else { Ordering::Less },
            (None, Some(_)) => return if one.is_empty() { Ordering::Less } else { Ordering::Greater },
            (None, None) => {}
        }
        if one.is_empty() || other.is_empty() {
            return one.len().min(1).cmp(&other.len().min(1));
        }
        let is_number = one.starts_with(|c: char| c.is_ascii_digit());
        let same = |c: char| if is_number { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
        let (own, rest) = run(one, same);
        let (others, other_rest) = run(other, same);
        // A number is newer than letters.
        if others.is_empty() {
            return if is_number { Ordering::Greater } else { Ordering::Less };
        }
        let order = if is_number { digits(own, others) } else { own.cmp(others) };
        if order.is_ne() {
            return order;
        }
        (one, other) = (rest, other_rest);
    }
}
