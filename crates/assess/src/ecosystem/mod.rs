//! In which order the versions of a package ecosystem were released.
//!
//! Each ecosystem orders versions by a rule of its own; a rule that is not known here gives no order, and whoever asked
//! must ask further. Names of ecosystems are those of the OSV schema.

mod debian;
mod maven;
mod pep440;
mod rpm;
mod ruby;
mod semver;

use std::cmp::Ordering;

/// Longer texts are no versions.
const VERSION_BYTES_MAX: usize = 200;

/// A rule by which versions are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Semantic Versioning 2.0.0.
    SemVer,
    /// NuGet: Semantic Versioning with a fourth number, and numbers that may be missing.
    NuGet,
    /// PEP 440 (PyPI).
    Pep440,
    /// Maven's `ComparableVersion`.
    Maven,
    /// Debian Policy 5.6.12 (`dpkg`).
    Debian,
    /// RPM's `rpmvercmp` with epoch, version and release.
    Rpm,
    /// RubyGems' `Gem::Version`.
    Ruby,
}

impl Rule {
    /// The rule of an ecosystem as OSV names it, such as `npm` or `Debian:12`; `None` where it is not known here.
    pub fn of(ecosystem: &str) -> Option<Rule> {
        let family = ecosystem.split(':').next().unwrap_or_default().trim();
        Some(match family {
            "npm" | "crates.io" | "Go" | "Hex" | "Pub" | "SwiftURL" | "Packagist" | "GitHub Actions" => {
                Rule::SemVer
            }
            "NuGet" => Rule::NuGet,
            "PyPI" => Rule::Pep440,
            "Maven" => Rule::Maven,
            "Debian" | "Ubuntu" => Rule::Debian,
            "Red Hat" | "Rocky Linux" | "AlmaLinux" | "SUSE" | "openSUSE" | "Mageia" | "openEuler" => {
                Rule::Rpm
            }
            "RubyGems" => Rule::Ruby,
            _ => return None,
        })
    }

    /// How `one` stands to `other`; `None` where one of them is no version of this ecosystem.
    pub fn order(self, one: &str, other: &str) -> Option<Ordering> {
        let (one, other) = (one.trim(), other.trim());
        let is_text = |text: &str| !text.is_empty() && text.len() <= VERSION_BYTES_MAX && text.is_ascii();
        if !is_text(one) || !is_text(other) {
            return None;
        }
        match self {
            Rule::SemVer => Some(semver::strict(one)?.cmp(&semver::strict(other)?)),
            Rule::NuGet => Some(semver::nuget(one)?.cmp(&semver::nuget(other)?)),
            Rule::Pep440 => Some(pep440::parse(one)?.cmp(&pep440::parse(other)?)),
            Rule::Maven => Some(maven::order(one, other)),
            Rule::Debian => debian::order(one, other),
            Rule::Rpm => rpm::order(one, other),
            Rule::Ruby => ruby::order(one, other),
        }
    }
}

/// Compares two runs of digits as numbers of any length.
fn digits(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

/// The text up to where `inside` ends, and the rest.
fn run(text: &str, inside: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c: char| !inside(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each version of the list comes before the next.
    fn ascending(rule: Rule, versions: &[&str]) {
        for (at, one) in versions.iter().enumerate() {
            for (other_at, other) in versions.iter().enumerate() {
                assert_eq!(rule.order(one, other), Some(at.cmp(&other_at)), "{rule:?}: {one} and {other}");
            }
        }
    }

    fn equal(rule: Rule, pairs: &[(&str, &str)]) {
        for (one, other) in pairs {
            assert_eq!(rule.order(one, other), Some(Ordering::Equal), "{rule:?}: {one} and {other}");
        }
    }

    #[test]
    fn semantic_versions_are_ordered_as_the_specification_says() {
        // Semantic Versioning 2.0.0, 11.4.
        ascending(
            Rule::SemVer,
            &[
                "1.0.0-alpha",
                "1.0.0-alpha.1",
                "1.0.0-alpha.beta",
                "1.0.0-beta",
                "1.0.0-beta.2",
                "1.0.0-beta.11",
                "1.0.0-rc.1",
                "1.0.0",
                "1.9.0",
                "1.10.0",
                "18446744073709551616.0.0",
            ],
        );
        equal(Rule::SemVer, &[("1.0.0+a", "1.0.0+b"), ("v1.2.3", "1.2.3")]);
        ascending(Rule::NuGet, &["1.0-Beta", "1.0", "1.0.0.1", "1.0.1"]);
        equal(Rule::NuGet, &[("1", "1.0.0.0"), ("1.0-BETA", "1.0.0-beta")]);
        for none in ["1", "1.0", "1.0.0.0", "a.b.c", "01.0.0", "1.0.0-", ""] {
            assert_eq!(Rule::SemVer.order(none, "1.0.0"), None, "{none}");
        }
    }

    #[test]
    fn python_versions_are_ordered_as_pep_440_says() {
        ascending(
            Rule::Pep440,
            &[
                "1.dev0",
                "1.0.dev456",
                "1.0a1",
                "1.0a2.dev456",
                "1.0a12.dev456",
                "1.0a12",
                "1.0b1.dev456",
                "1.0b2",
                "1.0b2.post345.dev456",
                "1.0b2.post345",
                "1.0rc1.dev456",
                "1.0rc1",
                "1.0",
                "1.0+abc.5",
                "1.0+abc.7",
                "1.0+5",
                "1.0.post456.dev34",
                "1.0.post456",
                "1.0.15",
                "1.1.dev1",
                "1!0.1",
            ],
        );
        equal(
            Rule::Pep440,
            &[("1.0", "1.0.0"), ("1.0-alpha.1", "1.0a1"), ("v1.0.c1", "1.0rc1"), ("1.0-1", "1.0.post1")],
        );
        assert_eq!(Rule::Pep440.order("1.0.x", "1.0"), None);
    }

    #[test]
    fn maven_versions_are_ordered_as_its_reference_says() {
        ascending(
            Rule::Maven,
            &[
                "1-alpha2snapshot",
                "1-alpha2",
                "1-alpha-123",
                "1-beta-2",
                "1-beta123",
                "1-m2",
                "1-m11",
                "1-rc",
                "1-SNAPSHOT",
                "1",
                "1-sp",
                "1-sp2",
                "1-abc",
                "1-1-snapshot",
                "1-1",
                "1-2",
                "1.1",
            ],
        );
        ascending(Rule::Maven, &["2.14.1", "2.15.0", "2.15.1", "2.17.0"]);
        equal(
            Rule::Maven,
            &[
                ("1", "1.0.0"),
                ("1.ga", "1"),
                ("1-ga", "1"),
                ("1.final", "1"),
                ("1a1", "1-alpha-1"),
                ("1cr", "1rc"),
                ("1.0.FINAL", "1"),
            ],
        );
    }

    #[test]
    fn distributions_order_versions_as_their_packers_do() {
        ascending(
            Rule::Debian,
            &[
                "1.0~beta1~svn1245",
                "1.0~beta1",
                "1.0",
                "1.0-1",
                "1.0-1+deb10u1",
                "1.0-1+deb10u2",
                "1.0-10",
                "1.0.1",
                "1:0.1",
            ],
        );
        ascending(Rule::Debian, &["1.1.1d-0+deb10u3", "1.1.1n-0+deb10u3"]);
        equal(Rule::Debian, &[("0:1.0-0", "1.0"), ("1.00", "1.0")]);
        ascending(Rule::Rpm, &["1.0~rc1", "1.0", "1.0^git1", "1.0.1", "1.1", "1:0.5"]);
        assert_eq!(Rule::Rpm.order("1.0", "1.0-2.el8"), None);
        equal(Rule::Rpm, &[("1.0", "1_0"), ("1.05", "1.5")]);
        assert_eq!(Rule::Rpm.order("1.0-2.el8", "1.0-10.el8"), Some(Ordering::Less));
        assert_eq!(Rule::Rpm.order("1.a", "1.1"), Some(Ordering::Less));
        assert_eq!(Rule::Debian.order("a:1", "1"), None);
    }

    #[test]
    fn gems_are_ordered_as_their_library_does() {
        ascending(Rule::Ruby, &["1.0.a", "1.0.b1", "1.0.rc1", "1.0", "1.0.1", "1.1.a", "1.1", "1.10"]);
        equal(Rule::Ruby, &[("1", "1.0.0"), ("1.0-a", "1.0.pre.a")]);
        assert_eq!(Rule::Ruby.order("1..0", "1"), None);
    }

    #[test]
    fn an_ecosystem_without_a_rule_has_no_order() {
        assert_eq!(Rule::of("Debian:12"), Some(Rule::Debian));
        for unknown in ["Alpine:v3.18", "OSS-Fuzz", "", "Hackage"] {
            assert_eq!(Rule::of(unknown), None, "{unknown}");
        }
    }

    const RULES: [Rule; 7] =
        [Rule::SemVer, Rule::NuGet, Rule::Pep440, Rule::Maven, Rule::Debian, Rule::Rpm, Rule::Ruby];

    proptest::proptest! {
        #[test]
        fn every_rule_is_an_order(
            a in "[0-9]{1,2}(\\.[0-9]{1,2}){0,3}([.~+-]?(a|b|rc|alpha|sp|post|dev|x)\\.?[0-9]?){0,2}",
            b in "[0-9]{1,2}(\\.[0-9]{1,2}){0,3}([.~+-]?(a|b|rc|alpha|sp|post|dev|x)\\.?[0-9]?){0,2}",
            c in "[0-9]{1,2}(\\.[0-9]{1,2}){0,3}([.~+-]?(a|b|rc|alpha|sp|post|dev|x)\\.?[0-9]?){0,2}",
        ) {
            for rule in RULES {
                let (ab, ba) = (rule.order(&a, &b), rule.order(&b, &a));
                proptest::prop_assert_eq!(ab, ba.map(Ordering::reverse), "{:?} {} {}", rule, a, b);
                if let (Some(ab), Some(bc), Some(ac)) = (ab, rule.order(&b, &c), rule.order(&a, &c))
                    && ab != Ordering::Greater && bc != Ordering::Greater
                {
                    proptest::prop_assert_ne!(ac, Ordering::Greater, "{:?} {} {} {}", rule, a, b, c);
                }
            }
        }

        #[test]
        fn any_text_is_compared_or_not(one in ".{0,40}", other in ".{0,40}") {
            for rule in RULES {
                let _ = rule.order(&one, &other);
            }
        }
    }
}
