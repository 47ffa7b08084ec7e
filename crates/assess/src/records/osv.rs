//! Whether a version of a package is among those that a record of OSV names (OSV schema 1.7, "Evaluation").
//!
//! Versions are compared by the rule of their ecosystem. Ranges of commits, ecosystems whose order is not known, and
//! versions that are none in their ecosystem leave the question open.

use crate::ecosystem::Rule;
use crate::purl::Purl;
use serde_json::Value;
use std::cmp::Ordering;

/// Events that are read of one range, and versions of one list.
const EVENTS_MAX: usize = 100_000;

/// How a version stands to what a record names; the graver last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The record names no version that it is, or comes after.
    Outside,
    /// It holds the fix: the version that brought it, where one is named.
    Mended(Option<String>),
    /// It cannot be told: the question.
    Unknown(String),
    /// It is affected: the version with the fix, where one is named.
    Affected(Option<String>),
}

/// Whether an affected entry is about this package; `None` for another, `Some(false)` where the distribution's release
/// that it is about is not known of the package.
pub fn is_about(affected: &Value, purl: &Purl) -> Option<bool> {
    let package = affected.get("package")?;
    let word = |name: &str| package.get(name).and_then(Value::as_str).unwrap_or_default();
    let (ecosystem, name) = purl.package()?;
    let (family, release) = split(&ecosystem);
    let (other_family, other_release) = split(word("ecosystem"));
    let same_name = match family {
        "PyPI" | "NuGet" | "Packagist" => name.eq_ignore_ascii_case(word("name")),
        _ => name == word("name"),
    };
    if family != other_family || !same_name {
        return None;
    }
    match (release, other_release) {
        (_, "") => Some(true),
        ("", _) => Some(false),
        (own, other) => (own == other || other.starts_with(&format!("{own}:"))).then_some(true),
    }
}

fn split(ecosystem: &str) -> (&str, &str) {
    ecosystem.split_once(':').unwrap_or((ecosystem, ""))
}

/// How `version` stands to one affected entry.
pub fn standing(affected: &Value, version: &str) -> Standing {
    let version = version.trim();
    if version.is_empty() {
        return Standing::Unknown("Which version of the component is it?".to_owned());
    }
    let ecosystem = affected.pointer("/package/ecosystem").and_then(Value::as_str).unwrap_or_default();
    let own_rule = Rule::of(ecosystem);
    let ranges: Vec<&Value> = list(affected, "ranges").collect();
    let is_listed = list(affected, "versions").take(EVENTS_MAX).filter_map(Value::as_str).any(|listed| {
        listed == version || own_rule.and_then(|rule| rule.order(listed, version)) == Some(Ordering::Equal)
    });
    let mut outcomes = Vec::new();
    for range in &ranges {
        let rule = match range.get("type").and_then(Value::as_str) {
            Some("SEMVER") => Some(Rule::SemVer),
            Some("ECOSYSTEM") => own_rule,
            // Commits say nothing of versions.
            _ => continue,
        };
        outcomes.push(match rule {
            Some(rule) => of_range(rule, range, version),
            None => Standing::Unknown(format!(
                "Is version {version} among those affected? How versions of {ecosystem} follow one another is not known."
            )),
        });
    }
    let lists_all = ranges.is_empty() && list(affected, "versions").next().is_some();
    let of_ranges = outcomes.into_iter().max();
    match of_ranges {
        _ if is_listed => {
            let fixed = ranges.iter().flat_map(|range| fixes(range)).next();
            Standing::Affected(match &of_ranges {
                Some(Standing::Affected(fixed)) => fixed.clone(),
                _ => fixed,
            })
        }
        Some(standing) => standing,
        None if lists_all => Standing::Outside,
        None => Standing::Unknown(format!(
            "Is version {version} affected? The record names commits and no versions."
        )),
    }
}

fn list<'v>(of: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn fixes(range: &Value) -> impl Iterator<Item = String> {
    list(range, "events").filter_map(|event| event.get("fixed").and_then(Value::as_str)).map(str::to_owned)
}

/// What an event of a range does to the versions from it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Fixed,
    Introduced,
    /// Behind this version.
    LastAffected,
}

fn of_range(rule: Rule, range: &Value, version: &str) -> Standing {
    let unreadable = |text: &str| {
        Standing::Unknown(format!("Is version {version} affected? It cannot be compared with {text}."))
    };
    // The latest event that comes before the version, and the first fix after it.
    let mut latest: Option<(&str, Turn)> = None;
    let mut next_fix: Option<&str> = None;
    for event in list(range, "events").take(EVENTS_MAX) {
        let of = |name: &str| event.get(name).and_then(Value::as_str);
        let (at, turn) = match (of("introduced"), of("fixed"), of("last_affected"), of("limit")) {
            (Some(at), ..) => (at, Turn::Introduced),
            (None, Some(at), ..) => (at, Turn::Fixed),
            (None, None, Some(at), _) => (at, Turn::LastAffected),
            (None, None, None, Some("*")) => continue,
            (.., Some(limit)) => return unreadable(limit),
            _ => continue,
        };
        // Zero comes before every version of every ecosystem.
        let order = if at == "0" { Some(Ordering::Greater) } else { rule.order(version, at) };
        let Some(order) = order else { return unreadable(at) };
        let counts = match turn {
            Turn::LastAffected => order == Ordering::Greater,
            Turn::Introduced | Turn::Fixed => order != Ordering::Less,
        };
        if counts {
            let is_later = latest.is_none_or(|(other, other_turn)| {
                let order = if other == "0" {
                    Some(Ordering::Greater)
                } else if at == "0" {
                    Some(Ordering::Less)
                } else {
                    rule.order(at, other)
                };
                order.is_some_and(|order| order.then(turn.cmp(&other_turn)) == Ordering::Greater)
            });
            if is_later {
                latest = Some((at, turn));
            }
        } else if turn == Turn::Fixed
            && next_fix.is_none_or(|other| rule.order(at, other) == Some(Ordering::Less))
        {
            next_fix = Some(at);
        }
    }
    match latest {
        Some((_, Turn::Introduced)) => Standing::Affected(next_fix.map(str::to_owned)),
        Some((at, Turn::Fixed)) => Standing::Mended(Some(at.to_owned())),
        Some((_, Turn::LastAffected)) => Standing::Mended(None),
        None => Standing::Outside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn affected(ecosystem: &str, kind: &str, events: Value) -> Value {
        json!({ "package": { "ecosystem": ecosystem, "name": "x" }, "ranges": [{ "type": kind, "events": events }] })
    }

    #[test]
    fn ranges_are_decided_by_the_ecosystems_order() {
        let two = affected(
            "npm",
            "SEMVER",
            json!([
            { "introduced": "2.0.0" }, { "fixed": "2.3.1" }, { "introduced": "0" }, { "fixed": "1.4.2" } ]),
        );
        let fixed = |text: &str| Some(text.to_owned());
        assert_eq!(standing(&two, "1.4.1"), Standing::Affected(fixed("1.4.2")));
        assert_eq!(standing(&two, "1.9.0"), Standing::Mended(fixed("1.4.2")));
        assert_eq!(standing(&two, "2.3.0"), Standing::Affected(fixed("2.3.1")));
        assert_eq!(standing(&two, "2.3.1"), Standing::Mended(fixed("2.3.1")));
        assert_eq!(standing(&two, "0.0.1-alpha"), Standing::Affected(fixed("1.4.2")));
        let last =
            affected("Maven", "ECOSYSTEM", json!([{ "introduced": "1.0" }, { "last_affected": "1.2" }]));
        assert_eq!(standing(&last, "1.2"), Standing::Affected(None));
        assert_eq!(standing(&last, "1.2-SNAPSHOT"), Standing::Affected(None));
        assert_eq!(standing(&last, "1.2.1"), Standing::Mended(None));
        assert_eq!(standing(&last, "0.9"), Standing::Outside);
        let debian = affected(
            "Debian:10",
            "ECOSYSTEM",
            json!([{ "introduced": "0" }, { "fixed": "1.1.1n-0+deb10u3" }]),
        );
        assert_eq!(standing(&debian, "1.1.1d-0+deb10u3"), Standing::Affected(fixed("1.1.1n-0+deb10u3")));
    }

    #[test]
    fn what_cannot_be_compared_is_asked() {
        let open = [
            (affected("Alpine:v3.18", "ECOSYSTEM", json!([{ "introduced": "0" }])), "1.2"),
            (affected("npm", "GIT", json!([{ "introduced": "0" }])), "1.2.0"),
            (affected("npm", "SEMVER", json!([{ "introduced": "1.0.0" }])), "rolling"),
            (affected("npm", "SEMVER", json!([{ "introduced": "0" }, { "limit": "2.0.0" }])), "1.0.0"),
            (affected("npm", "SEMVER", json!([{ "introduced": "0" }])), ""),
        ];
        for (affected, version) in open {
            assert!(matches!(standing(&affected, version), Standing::Unknown(_)), "{affected} {version}");
        }
        let listed = json!({ "package": { "ecosystem": "PyPI", "name": "x" }, "versions": ["1.0", "1.1"] });
        assert_eq!(standing(&listed, "1.1.0"), Standing::Affected(None));
        assert_eq!(standing(&listed, "1.2"), Standing::Outside);
    }

    #[test]
    fn a_package_of_another_release_is_another() {
        let affected = json!({ "package": { "ecosystem": "Debian:10", "name": "openssl" } });
        let about = |purl: &str| is_about(&affected, &Purl::parse(purl).unwrap());
        assert_eq!(about("pkg:deb/debian/openssl@1?distro=debian-10"), Some(true));
        assert_eq!(about("pkg:deb/debian/openssl@1?distro=debian-11"), None);
        assert_eq!(about("pkg:deb/debian/openssl@1"), Some(false));
        assert_eq!(about("pkg:deb/ubuntu/openssl@1"), None);
        assert_eq!(about("pkg:npm/openssl@1"), None);
    }

    proptest::proptest! {
        #[test]
        fn the_order_of_events_does_not_matter(
            numbers in proptest::collection::btree_set(1u32..60, 1..7),
            turn in proptest::num::usize::ANY,
            own in 0u32..60,
        ) {
            let name = |at: usize| if at.is_multiple_of(2) { "introduced" } else { "fixed" };
            let mut events: Vec<Value> =
                numbers.iter().enumerate().map(|(at, number)| json!({ name(at): format!("1.{number}.0") })).collect();
            let version = format!("1.{own}.0");
            let expected = numbers.iter().filter(|number| **number <= own).count() % 2 == 1;
            let length = events.len();
            events.rotate_left(turn % length);
            let found = standing(&affected("npm", "SEMVER", Value::Array(events)), &version);
            proptest::prop_assert_eq!(matches!(found, Standing::Affected(_)), expected);
        }
    }
}
