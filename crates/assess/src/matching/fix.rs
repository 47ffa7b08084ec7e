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

/// True when a vendor fix of `product` names `own` as the version with the fix.
pub(super) fn holds_fix(advisory: &Advisory, product: u32, own: &Version) -> bool {
    let fixes = advisory.remediations.iter().filter(|remedy| {
        remedy.category == RemediationCategory::VendorFix
            && (remedy.products.is_empty() || remedy.products.contains(&product))
    });
    fixes.into_iter().any(|remedy| names(&remedy.text, own))
}

fn names(text: &str, own: &Version) -> bool {
    let lower = text.to_ascii_lowercase();
    LEADS.iter().any(|lead| {
        lower.match_indices(lead).any(|(at, _)| {
            let rest = lower.get(at + lead.len()..).unwrap_or_default();
            let mut words = rest.split_whitespace().scan(0, |read, word| {
                *read += word.len() + 1;
                (*read <= REACH).then_some(word.trim_matches(|c: char| !c.is_alphanumeric()))
            });
            let Some(version) = words.find(|word| is_version(word)) else { return false };
            let later = LATER.iter().any(|mark| rest.contains(mark));
            match Version::parse(version).map(|fixed| own.relation(&fixed)) {
                Some(Relation::Equal) => true,
                Some(Relation::Greater) => later,
                _ => false,
            }
        })
    })
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
        let check = |text: &str, own: &str| names(text, &Version::parse(own).unwrap());
        let released = "Smiths Medical has released update Version 1.6.1 to mitigate the vulnerabilities.";
        assert!(check(released, "1.6.1") && !check(released, "1.6.2") && !check(released, "1.6"));
        let upgrade = "Users of version 1.4 should upgrade to version 2.0.1 or later.";
        assert!(check(upgrade, "2.0.1") && check(upgrade, "2.1") && !check(upgrade, "1.4"));
        assert!(!check("Tel: +1 (800) 258 5361", "5361"));
    }
}
