//! Which names of NIST's CPE dictionary stand for operating systems and components as claims and bills call them.
//!
//! A name whose version is `*` takes the version of the claim, in the form that the dictionary uses. Names are texts
//! here; comparing them is not for this crate.

use crate::file::{File, KnowledgeError};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CpeFile {
    #[serde(default)]
    system: Vec<Spanned<SystemEntry>>,
    #[serde(default)]
    component: Vec<Spanned<ComponentEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemEntry {
    label: String,
    system: Vec<String>,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    release: Vec<String>,
    build: Option<String>,
    names: Vec<String>,
    #[serde(default)]
    version: VersionForm,
    #[serde(default)]
    patched_in_place: bool,
    ask: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ComponentEntry {
    called: Vec<String>,
    names: Vec<String>,
    source: String,
}

/// How the dictionary writes a system's version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionForm {
    /// As the system states it.
    #[default]
    Whole,
    /// The first number and a zero: 10.0 for Debian 10.4.
    MajorZero,
    /// The first two numbers: 18.04 for Ubuntu 18.04.3.
    TwoNumbers,
}

impl VersionForm {
    /// The version in this form; `None` where it has too few numbers.
    pub fn of(self, version: &str) -> Option<String> {
        let mut numbers = version.split('.');
        match self {
            VersionForm::Whole => Some(version.to_owned()),
            VersionForm::MajorZero => Some(
                numbers
                    .next()
                    .filter(|first| first.parse::<u32>().is_ok())
                    .map(|first| format!("{first}.0"))?,
            ),
            VersionForm::TwoNumbers => Some(format!("{}.{}", numbers.next()?, numbers.next()?)),
        }
    }
}

/// A release of an operating system and its names in the dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpeSystem {
    /// What a person calls it: `Windows 10 version 1809`.
    pub label: String,
    /// Names of the dictionary, version 2.3.
    pub names: Vec<String>,
    /// How a version that is `*` in them is written.
    pub version: VersionForm,
    /// Updates leave the version as it is: being of this release says nothing of what is mended.
    pub patched_in_place: bool,
    /// The question that tells what is not known.
    pub ask: String,
    /// Who says so.
    pub source: String,
    systems: Vec<String>,
    words: Vec<String>,
    without: Vec<String>,
    release: Vec<String>,
    build: Option<String>,
}

/// The releases that a claim may mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fitting<'k> {
    /// Each of them.
    pub systems: Vec<&'k CpeSystem>,
    /// The whole version or build that the claim states.
    pub version: Option<String>,
    /// The service pack, as the dictionary writes it: `sp1`.
    pub update: Option<String>,
}

/// The names of systems and components.
#[derive(Clone, Debug, Default)]
pub struct CpeNames {
    systems: Vec<CpeSystem>,
    components: BTreeMap<String, Vec<String>>,
}

/// Parts of a name of version 2.3, with `cpe` and `2.3`.
const PARTS: usize = 13;

impl CpeNames {
    pub(crate) fn load(files: &[File<'_>]) -> Result<CpeNames, KnowledgeError> {
        let mut names = CpeNames::default();
        for file in files {
            let CpeFile { system, component } = file.read()?;
            for entry in system {
                let at = entry.span().start;
                let entry = entry.into_inner();
                check(file, at, &entry.label, &entry.names, &entry.source)?;
                if entry.system.is_empty() || entry.ask.trim().is_empty() {
                    return Err(file.error(at, format!("\"{}\" has no system or no question", entry.label)));
                }
                names.systems.push(CpeSystem {
                    label: entry.label,
                    names: entry.names,
                    version: entry.version,
                    patched_in_place: entry.patched_in_place,
                    ask: entry.ask,
                    source: entry.source,
                    systems: entry.system.iter().map(|name| name.to_lowercase()).collect(),
                    words: entry.words,
                    without: entry.without,
                    release: entry.release,
                    build: entry.build,
                });
            }
            for entry in component {
                let at = entry.span().start;
                let entry = entry.into_inner();
                let label = entry.called.first().cloned().unwrap_or_default();
                check(file, at, &label, &entry.names, &entry.source)?;
                for called in &entry.called {
                    names.components.insert(called.to_lowercase(), entry.names.clone());
                }
            }
        }
        Ok(names)
    }

    /// The releases that an operating system claim may mean; none for a system that is not in the table.
    pub fn system(&self, os: &str, version: Option<&str>) -> Fitting<'_> {
        let text = format!("{os} {}", version.unwrap_or_default()).to_lowercase();
        let mut words = words(&text);
        let update = service_pack(&mut words);
        let stated = words.iter().find(|word| is_version(word)).cloned();
        let of_system = self.systems.iter().filter(|entry| {
            let name = os.trim().to_lowercase();
            entry.systems.contains(&name)
        });
        let is_unstated = version.is_none_or(|version| version.trim().is_empty());
        let fits = |entry: &&CpeSystem| is_unstated || entry.fits(&words, stated.as_deref());
        let mut systems: Vec<&CpeSystem> = of_system.filter(fits).collect();
        // Where the claim names a release, the others of its version are not meant.
        if systems.iter().any(|entry| entry.is_told(&words, stated.as_deref())) {
            systems.retain(|entry| entry.is_told(&words, stated.as_deref()));
        }
        Fitting { systems, version: stated, update }
    }

    /// The names of a component that is called so; none for one that is not in the table.
    pub fn component(&self, called: &str) -> &[String] {
        self.components.get(&called.trim().to_lowercase()).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many releases and components are known.
    pub fn len(&self) -> usize {
        self.systems.len() + self.components.len()
    }

    /// True when none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl CpeSystem {
    /// Its builds are numbered, so that ranges of builds say what is mended.
    pub fn has_build(&self) -> bool {
        self.build.is_some()
    }

    /// Releases are told apart by names (`7`, `Server 2012`), which are no versions that ranges could be about.
    pub fn is_named(&self) -> bool {
        !self.words.is_empty()
    }

    fn fits(&self, words: &[String], version: Option<&str>) -> bool {
        let has = |word: &String| words.contains(word);
        if self.without.iter().any(has) {
            return false;
        }
        let is_named = self.words.iter().all(has);
        match (&self.build, version.filter(|version| version.split('.').count() >= 3)) {
            (Some(build), Some(version)) => is_of(version, build),
            _ => is_named || self.is_told(words, version),
        }
    }

    /// The claim names this very release.
    fn is_told(&self, words: &[String], version: Option<&str>) -> bool {
        let of_build =
            || self.build.as_ref().zip(version).is_some_and(|(build, version)| is_of(version, build));
        let named = self.words.iter().all(|word| words.contains(word));
        of_build() || (named && self.release.iter().any(|release| words.contains(release)))
    }
}

/// `10.0.17763.5122` is of build `10.0.17763`.
fn is_of(version: &str, build: &str) -> bool {
    version.strip_prefix(build).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Words and numbers; points stay within numbers.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '.'));
    parts.map(|part| part.trim_matches('.').to_owned()).filter(|part| !part.is_empty()).collect()
}

/// A number with a point in it, or a number alone: `10.0.17763`, `4.19`.
fn is_version(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.')
}

/// `sp1`, `service pack 1`; the words are taken out.
fn service_pack(words: &mut Vec<String>) -> Option<String> {
    let is_pack = |word: &str| {
        word.strip_prefix("sp")
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    if let Some(at) = words.iter().position(|word| is_pack(word)) {
        return Some(words.remove(at));
    }
    let at = words
        .windows(3)
        .position(|three| matches!(three, [one, two, _] if one == "service" && two == "pack"))?;
    let number = words.get(at + 2).filter(|word| word.bytes().all(|b| b.is_ascii_digit())).cloned()?;
    words.drain(at..at + 3);
    Some(format!("sp{number}"))
}

fn check(
    file: &File<'_>,
    at: usize,
    label: &str,
    names: &[String],
    source: &str,
) -> Result<(), KnowledgeError> {
    if source.trim().is_empty() {
        return Err(file.error(at, format!("\"{label}\" has no source")));
    }
    check_names(label, names).map_err(|reason| file.error(at, reason))
}

/// Fails where what is called `label` has no name of the dictionary, or something else in place of one.
pub(crate) fn check_names(label: &str, names: &[String]) -> Result<(), String> {
    if names.is_empty() || label.trim().is_empty() {
        return Err(format!("\"{label}\" has no name in the dictionary"));
    }
    let is_name = |name: &&String| name.starts_with("cpe:2.3:") && name.split(':').count() == PARTS;
    match names.iter().find(|name| !is_name(name)) {
        Some(name) => Err(format!("\"{name}\" is no CPE name of version 2.3 with 11 attributes")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::Knowledge;

    fn labels(os: &str, version: Option<&str>) -> Vec<String> {
        let knowledge = Knowledge::builtin().unwrap();
        knowledge.cpe.system(os, version).systems.iter().map(|system| system.label.clone()).collect()
    }

    #[test]
    fn a_claim_means_every_release_that_it_does_not_rule_out() {
        assert!(labels("Windows", Some("10")).len() > 8);
        assert_eq!(labels("Windows", Some("10 1809")), ["Windows 10 version 1809"]);
        assert_eq!(
            labels("Windows", Some("10.0.17763.5122")),
            ["Windows 10 version 1809", "Windows Server 2019"]
        );
        assert_eq!(labels("Windows", Some("10 10.0.17763.5122")), ["Windows 10 version 1809"]);
        assert_eq!(labels("Windows", Some("Server 2012 R2")), ["Windows Server 2012 R2"]);
        assert_eq!(labels("Windows", Some("Server 2012")), ["Windows Server 2012"]);
        assert_eq!(labels("Windows", Some("7 SP1")), ["Windows 7"]);
        assert_eq!(labels("Windows", Some("XP")), ["Windows XP"]);
        assert_eq!(labels("Debian", Some("10.4")), ["Debian"]);
        assert!(labels("Plan 9", None).is_empty());
    }

    #[test]
    fn the_version_is_written_as_the_dictionary_writes_it() {
        let knowledge = Knowledge::builtin().unwrap();
        let form = |os: &str, version: &str| {
            let fitting = knowledge.cpe.system(os, Some(version));
            fitting.systems.first().and_then(|system| system.version.of(version))
        };
        assert_eq!(form("Debian", "10.4").as_deref(), Some("10.0"));
        assert_eq!(form("Ubuntu", "18.04.3").as_deref(), Some("18.04"));
        assert_eq!(form("Linux", "4.19.152").as_deref(), Some("4.19.152"));
        let seven = knowledge.cpe.system("Windows", Some("7 Service Pack 1"));
        assert_eq!(seven.update.as_deref(), Some("sp1"));
        assert_eq!(knowledge.cpe.component("OpenSSL").len(), 1);
    }
}
