//! Which version a remedy's text names as the one that holds the fix.

use crate::advisory::{Advisory, RemediationCategory};
use crate::version::{Relation, Version};

/// Words after which a remedy names the version with the fix, and not one that needs it.
const LEADS: &[&str] = &[
    "update to",
    "updating to",
    "updated to",
    "upgrade to",
    "upgrading to",
    "upgraded to",
    "released",
    "fixed in",
    "addressed in",
    "resolved in",
    "remediated in",
    "corrected in",
    "mitigated in",
    "patched in",
    "available in",
];
/// How far behind these words the version stands.
const REACH: usize = 80;
/// That also later ones hold it.
const LATER: &[&str] =
    &["or later", "or newer", "or higher", "or above", "and later", "and newer", "and above"];

/// The versions with the fix that an advisory's remedies name.
pub(super) struct Fixes(Vec<Fix>);

/// One remedy's.
struct Fix {
    /// The products it is for; empty when it is for all.
    products: Vec<u32>,
    /// Each version with whether later ones hold the fix too.
    versions: Vec<(Version, bool)>,
}

impl Fixes {
    /// Of `advisory`, read once however many devices are judged.
    pub(super) fn of(advisory: &Advisory) -> Fixes {
        let remedies = advisory.remediations.iter();
        let fixes = remedies.filter(|remedy| remedy.category == RemediationCategory::VendorFix);
        let named = fixes
            .map(|remedy| Fix { products: remedy.products.clone(), versions: named(&remedy.text) })
            .filter(|fix| !fix.versions.is_empty());
        Fixes(named.collect())
    }

    /// True when a vendor fix of `product` names `own` as the version with the fix.
    pub(super) fn hold(&self, product: u32, own: &Version) -> bool {
        let mut fixes = self.0.iter();
        fixes.any(|fix| {
            (fix.products.is_empty() || fix.products.contains(&product)) && is_among(&fix.versions, own)
        })
    }
}

fn is_among(versions: &[(Version, bool)], own: &Version) -> bool {
    versions.iter().any(|(fixed, later)| match own.relation(fixed) {
        Relation::Equal => true,
        Relation::Greater => *later,
        _ => false,
    })
}

fn named(text: &str) -> Vec<(Version, bool)> {
    let lower = text.to_ascii_lowercase();
    let mut named = Vec::new();
    for lead in LEADS {
        for (at, _) in lower.match_indices(lead) {
            let rest = lower.get(at + lead.len()..).unwrap_or_default();
            let mut words = rest.split_whitespace().scan(0, |read, word| {
                *read += word.len() + 1;
                (*read <= REACH).then_some(word.trim_matches(|c: char| !c.is_alphanumeric()))
            });
            let version = words.find(|word| is_version(word)).and_then(Version::parse);
            named.extend(version.map(|version| (version, LATER.iter().any(|mark| rest.contains(mark)))));
        }
    }
    named
}

/// A number with a point, so that no year and no telephone number is taken for one.
fn is_version(word: &str) -> bool {
    let word = word.strip_prefix('v').unwrap_or(word);
    word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_names_the_fix_and_not_what_needs_it() {
        let check = |text: &str, own: &str| is_among(&named(text), &Version::parse(own).unwrap());
        let released = "Smiths Medical has released update Version 1.6.1 to mitigate the vulnerabilities.";
        assert!(check(released, "1.6.1") && !check(released, "1.6.2") && !check(released, "1.6"));
        let upgrade = "Users of version 1.4 should upgrade to version 2.0.1 or later.";
        assert!(check(upgrade, "2.0.1") && check(upgrade, "2.1") && !check(upgrade, "1.4"));
        assert!(!check("Tel: +1 (800) 258 5361", "5361"));
    }
}
