//! Ends of support as endoflife.date publishes them, for systems whose dates do not come with the program or are newer
//! in the feed.

use crate::intelligence::lifecycle::{Product, Release, Until};
use cordon_model::Timestamp;
use cordon_model::assess::SupportStatus;
use std::collections::BTreeMap;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Products by the names they are found under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycles {
    by_name: BTreeMap<String, Product>,
    /// Which edition of the feed, for sources.
    edition: Option<String>,
}

/// What the feed says of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) status: SupportStatus,
    /// The last day with free security updates.
    pub(crate) until: Option<Timestamp>,
    pub(crate) source: String,
}

impl Lifecycles {
    /// Takes products; `edition` says which of the feed's editions they are of.
    pub fn new(products: impl IntoIterator<Item = Product>, edition: Option<String>) -> Lifecycles {
        let mut by_name = BTreeMap::new();
        for product in products {
            by_name.insert(key(&product.label), product.clone());
            by_name.insert(key(&product.name), product);
        }
        Lifecycles { by_name, edition }
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// What is said at `now` of the release that `version` is of: the one whose name the version begins with. Where
    /// several releases fit (editions of one version) nothing is said, for they end at different times.
    pub(crate) fn lookup(&self, os: &str, version: Option<&str>, now: Timestamp) -> Option<Found> {
        let product = self.by_name.get(&key(os)).or_else(|| {
            // "Red Hat Enterprise Linux Server" and the like: the product whose name begins the claim's.
            let first = os.split_whitespace().next()?;
            self.by_name.get(&key(first))
        })?;
        let version = version?.trim();
        let version = version.strip_prefix(os).unwrap_or(version).trim();
        let number = version.split_whitespace().next()?;
        let fits = |release: &&Release| {
            number == release.cycle
                || number.strip_prefix(release.cycle.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        let mut fitting: Vec<&Release> = product.releases.iter().filter(fits).collect();
        let longest = fitting.iter().map(|release| release.cycle.len()).max()?;
        fitting.retain(|release| release.cycle.len() == longest);
        let [release] = fitting.as_slice() else { return None };
        let edition = self.edition.as_ref().map(|edition| format!(", feed of {edition}")).unwrap_or_default();
        Some(Found {
            status: status(release, now)?,
            until: match release.security {
                Until::Day(last) => Some(last),
                _ => None,
            },
            source: format!("endoflife.date/{} ({}{edition})", product.name, release.label),
        })
    }
}

/// The status at `now`; `None` where the feed does not say. A day named is the last one with support.
fn status(release: &Release, now: Timestamp) -> Option<SupportStatus> {
    let goes_on = |until: Until| match until {
        Until::Day(last) => Some(now < last.plus_micros(MICROS_PER_DAY)),
        Until::Open => Some(true),
        Until::Over => Some(false),
        Until::NotSaid => None,
    };
    let (active, security) = (goes_on(release.active), goes_on(release.security)?);
    Some(match (security, active) {
        (true, Some(false)) => SupportStatus::Limited,
        (true, _) => SupportStatus::Supported,
        (false, _) if goes_on(release.extended) == Some(true) => SupportStatus::Extended,
        (false, _) => SupportStatus::Ended,
    })
}

fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(cycle: &str, active: Until, security: Until, extended: Until) -> Release {
        let label = format!("Example {cycle}");
        Release { cycle: cycle.into(), label, active, security, extended, ..Release::default() }
    }

    fn day(text: &str) -> Until {
        Until::Day(text.parse().unwrap())
    }

    fn feed() -> Lifecycles {
        let product = Product {
            name: "example".into(),
            label: "Example OS".into(),
            releases: vec![
                release("7", Until::NotSaid, Until::Over, day("2028-01-01")),
                release("7.2", day("2024-01-01"), day("2026-11-22"), Until::NotSaid),
                release("8", Until::NotSaid, Until::Open, Until::NotSaid),
                release("9", Until::NotSaid, Until::NotSaid, Until::NotSaid),
            ],
            ..Product::default()
        };
        Lifecycles::new([product], Some("2026-11-01".into()))
    }

    #[test]
    fn a_version_is_of_the_release_it_begins_with() {
        use SupportStatus::{Ended, Extended, Limited, Supported};
        let at = |version: &str, now: &str| {
            feed().lookup("example os", Some(version), now.parse().unwrap()).map(|found| found.status)
        };
        assert_eq!(at("7.1", "2027-12-31"), Some(Extended));
        assert_eq!(at("7.1", "2028-01-02"), Some(Ended));
        assert_eq!((at("7.2.9", "2026-11-22"), at("7.2.9", "2026-11-23")), (Some(Limited), Some(Ended)));
        assert_eq!((at("8", "2030-01-01"), at("80", "2026-01-01")), (Some(Supported), None));
        assert_eq!((at("9", "2026-01-01"), at("", "2026-01-01")), (None, None));
        let found = feed().lookup("Example", Some("7.2"), "2026-01-01".parse().unwrap()).unwrap();
        assert_eq!(found.source, "endoflife.date/example (Example 7.2, feed of 2026-11-01)");
        assert_eq!(found.until, Some("2026-11-22".parse().unwrap()));
    }
}
