//! What software calls itself on the wire, and its names in NIST's CPE dictionary.
//!
//! A banner states a version, seldom more. Distributions mend what they ship without a new version, and say so at
//! most in a word beside it; so an entry also says whether the version alone tells what is mended.

use crate::file::{File, KnowledgeError};
use cordon_model::observe::Fact;
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BannersFile {
    #[serde(default)]
    banner: Vec<Spanned<BannerEntry>>,
    #[serde(default)]
    distribution: Vec<Spanned<DistributionEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BannerEntry {
    software: String,
    facts: Vec<String>,
    before: Vec<String>,
    #[serde(default)]
    version: Form,
    names: Vec<String>,
    mended: Mended,
    #[serde(default)]
    own_builds: Vec<String>,
    ask: Option<String>,
    examples: Vec<ExampleEntry>,
    not: Vec<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleEntry {
    input: String,
    version: String,
    #[serde(default)]
    update: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DistributionEntry {
    name: String,
    words: Vec<String>,
    source: String,
}

/// How a version is written behind the software's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    /// Numbers with points: `2.4.7`.
    #[default]
    Number,
    /// The same with one small letter behind, or none: `1.0.1f`.
    Letter,
    /// The same with a patch level, or none, which the dictionary keeps as the update: `6.6.1p1`.
    Portable,
    /// The same with the day of the build, which the dictionary keeps as the update: `9.2.10.v20150310`.
    Dated,
    /// Three digits without points: `361` for 3.6.1.
    ThreeDigits,
}

/// How software is mended, and so what its version tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mended {
    /// With a new version, by its maker alone.
    WithNewVersion,
    /// Distributions mend it too, and leave its version as it is.
    ByDistributions,
    /// Its maker's updates leave its version as it is.
    InPlace,
}

/// Software that names itself on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Banner {
    software: String,
    facts: Vec<Fact>,
    before: Vec<String>,
    form: Form,
    names: Vec<String>,
    mended: Mended,
    own_builds: Vec<String>,
    ask: Option<String>,
}

/// Software with the version that a banner states.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Software {
    /// What a person calls it.
    pub software: String,
    /// Its version, without what the dictionary keeps apart.
    pub version: String,
    /// The patch level or build, as the dictionary writes it: `p1`.
    pub update: Option<String>,
    /// Its names in the dictionary, without version.
    pub names: Vec<String>,
    /// The question that would tell what is mended in it; `None` where its version tells.
    pub ask: Option<String>,
}

/// What software calls itself.
#[derive(Clone, Debug, Default)]
pub struct Banners {
    banners: Vec<Banner>,
    /// Names with the words that tell them, in small letters.
    distributions: Vec<(String, Vec<String>)>,
}

impl Banners {
    pub(crate) fn load(files: &[File<'_>]) -> Result<Banners, KnowledgeError> {
        let mut banners = Banners::default();
        let mut checks = Vec::new();
        for file in files {
            let BannersFile { banner, distribution } = file.read()?;
            for entry in distribution {
                let at = entry.span().start;
                let DistributionEntry { name, words, source } = entry.into_inner();
                if name.trim().is_empty() || source.trim().is_empty() || words.is_empty() {
                    return Err(file.error(at, format!("\"{name}\" has no name, no words or no source")));
                }
                banners
                    .distributions
                    .push((name, words.into_iter().map(|word| word.to_lowercase()).collect()));
            }
            for entry in banner {
                let at = entry.span().start;
                let entry = entry.into_inner();
                let wrong = |reason: String| file.error(at, reason);
                let (banner, examples, not) = build(entry).map_err(wrong)?;
                banners.banners.push(banner);
                checks.push((*file, at, banners.banners.len() - 1, examples, not));
            }
        }
        for (file, at, place, examples, not) in checks {
            let Some(banner) = banners.banners.get(place) else { continue };
            if let Some(reason) = disagreement(banner, &examples, &not) {
                return Err(file.error(at, reason));
            }
        }
        Ok(banners)
    }

    /// The software that a fact's value names with its version.
    pub fn software(&self, fact: Fact, value: &str) -> Vec<Software> {
        let of_fact = self.banners.iter().filter(|banner| banner.facts.contains(&fact));
        of_fact.filter_map(|banner| self.read(banner, value)).collect()
    }

    fn read(&self, banner: &Banner, value: &str) -> Option<Software> {
        let (version, update) = banner.version(value)?;
        Some(Software {
            software: banner.software.clone(),
            names: banner.names.clone(),
            ask: self.question(banner, &version, update.as_deref(), value),
            version,
            update,
        })
    }

    /// What would tell which mistakes are mended in software that calls itself so.
    fn question(&self, banner: &Banner, version: &str, update: Option<&str>, value: &str) -> Option<String> {
        let (software, update) = (&banner.software, update.unwrap_or_default());
        let lower = value.to_lowercase();
        let named = self
            .distributions
            .iter()
            .find(|(_, words)| words.iter().any(|word| lower.contains(word)))
            .map(|(name, _)| name);
        match (banner.mended, named) {
            (Mended::WithNewVersion, None) => None,
            (Mended::ByDistributions, None) if banner.own_builds.iter().any(|mark| value.contains(mark)) => {
                None
            }
            (Mended::InPlace, _) => banner.ask.clone(),
            (_, Some(distribution)) => Some(format!(
                "Which release of {distribution}'s package of {software} is installed? {distribution} mends it \
                 without a new version number, and the device states {version}{update} only."
            )),
            (Mended::ByDistributions, None) => Some(format!(
                "Is its {software} {version}{update} the package of a distribution, and which release of the package, \
                 or did the device's maker mend it? Both leave the version number as it is."
            )),
        }
    }

    /// How many kinds of software are known.
    pub fn len(&self) -> usize {
        self.banners.len()
    }

    /// True when none is.
    pub fn is_empty(&self) -> bool {
        self.banners.is_empty()
    }
}

type Built = (Banner, Vec<ExampleEntry>, Vec<String>);

fn build(entry: BannerEntry) -> Result<Built, String> {
    let BannerEntry {
        software,
        facts,
        before,
        version,
        names,
        mended,
        own_builds,
        ask,
        examples,
        not,
        source,
    } = entry;
    if source.trim().is_empty() {
        return Err(format!("\"{software}\" has no source"));
    }
    if examples.is_empty() || not.is_empty() {
        return Err(format!(
            "\"{software}\" needs an example that it reads and one (`not`) that it does not"
        ));
    }
    if facts.is_empty() || before.is_empty() || before.iter().any(|text| text.trim().is_empty()) {
        return Err(format!("\"{software}\" reads no facts, or nothing stands before its version"));
    }
    if (mended == Mended::InPlace) != ask.is_some() {
        return Err(format!(
            "\"{software}\" needs a question (`ask`) if it is mended in place, and only then"
        ));
    }
    crate::cpe::check_names(&software, &names)?;
    let facts = facts.iter().map(|name| name.parse::<Fact>().map_err(|error| error.to_string()));
    let facts = facts.collect::<Result<_, _>>()?;
    Ok((Banner { software, facts, before, form: version, names, mended, own_builds, ask }, examples, not))
}

/// Why an entry does not say of its own examples what it should.
fn disagreement(banner: &Banner, examples: &[ExampleEntry], not: &[String]) -> Option<String> {
    for example in examples {
        let found = banner.version(&example.input);
        if found != Some((example.version.clone(), example.update.clone())) {
            return Some(format!(
                "\"{}\" reads {found:?} in its example \"{}\"",
                banner.software, example.input
            ));
        }
    }
    let wrong = not.iter().find(|text| banner.version(text).is_some())?;
    Some(format!("\"{}\" reads a version in \"{wrong}\", where it should read none", banner.software))
}

impl Banner {
    /// The version and update in a value; `None` where it is not this software or the version is of another form.
    fn version(&self, value: &str) -> Option<(String, Option<String>)> {
        self.before.iter().find_map(|before| {
            value.match_indices(before.as_str()).find_map(|(at, _)| {
                let is_inside = value
                    .get(..at)
                    .and_then(|text| text.chars().next_back())
                    .is_some_and(char::is_alphanumeric);
                let rest = value.get(at + before.len()..).filter(|_| !is_inside)?;
                self.form.read(rest)
            })
        })
    }
}

impl Form {
    fn read(self, text: &str) -> Option<(String, Option<String>)> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, rest) = text.split_at(end);
        if !number.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        // The point that ends a sentence, or stands before a build.
        let plain = number.trim_end_matches('.');
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let whole = || ends(rest).then(|| (plain.to_owned(), None));
        match self {
            Form::Number => whole(),
            Form::Letter => {
                let letter = rest.chars().next().filter(char::is_ascii_lowercase);
                match letter {
                    Some(letter) => {
                        let behind = rest.get(1..).unwrap_or_default();
                        ends(behind).then(|| (format!("{plain}{letter}"), None))
                    }
                    None => whole(),
                }
            }
            Form::Portable => match rest.strip_prefix('p') {
                Some(level) if digits(level) > 0 => {
                    let (level, behind) = level.split_at(digits(level));
                    ends(behind).then(|| (plain.to_owned(), Some(format!("p{level}"))))
                }
                _ => whole(),
            },
            Form::Dated => match rest.strip_prefix('v').filter(|_| number.ends_with('.')) {
                Some(day) => {
                    let (day, behind) = day.split_at(digits(day));
                    (day.len() == 8 && ends(behind)).then(|| (plain.to_owned(), Some(day.to_owned())))
                }
                None => whole(),
            },
            Form::ThreeDigits => {
                let is_it = plain == number && number.len() == 3 && !number.contains('.') && ends(rest);
                let parts: Vec<String> = number.chars().map(|digit| digit.to_string()).collect();
                is_it.then(|| (parts.join("."), None))
            }
        }
    }
}

/// True where a version may end: a mark of something before the release (`rc1`, `-dev`, `~beta`) is none.
fn ends(rest: &str) -> bool {
    let Some(first) = rest.chars().next() else { return true };
    if first.is_alphanumeric() || matches!(first, '_' | '~') {
        return false;
    }
    let behind = rest.trim_start_matches(['-', '.']).to_lowercase();
    !(first == '-' && ["dev", "rc", "beta", "alpha", "pre"].iter().any(|mark| behind.starts_with(mark)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Knowledge;

    fn read(fact: Fact, value: &str) -> Vec<(String, String, bool)> {
        let knowledge = Knowledge::builtin().unwrap();
        let found = knowledge.banners.software(fact, value);
        found
            .into_iter()
            .map(|one| {
                let version = format!("{}{}", one.version, one.update.unwrap_or_default());
                (one.software, version, one.ask.is_none())
            })
            .collect()
    }

    fn one(software: &str, version: &str, tells: bool) -> (String, String, bool) {
        (software.to_owned(), version.to_owned(), tells)
    }

    #[test]
    fn a_header_names_several_and_its_distribution_goes_for_all() {
        let ubuntu = "Apache/2.4.7 (Ubuntu) PHP/5.5.9-1ubuntu4.29 OpenSSL/1.0.1f";
        assert_eq!(
            read(Fact::HttpServer, ubuntu),
            [
                one("Apache HTTP Server", "2.4.7", false),
                one("PHP", "5.5.9", false),
                one("OpenSSL", "1.0.1f", false)
            ]
        );
        let windows = "Apache/2.2.11 (Win32) OpenSSL/0.9.8i";
        assert_eq!(
            read(Fact::HttpServer, windows),
            [one("Apache HTTP Server", "2.2.11", true), one("OpenSSL", "0.9.8i", true)]
        );
        assert_eq!(read(Fact::HttpServer, "Apache/2.4.7"), [one("Apache HTTP Server", "2.4.7", false)]);
        for other in ["Apache", "Apache/2.4.7rc1", "MyApache/2.4.7", "Apache/2.5.0-dev", "Apache-Coyote/1.1"]
        {
            assert_eq!(read(Fact::HttpServer, other), [], "{other}");
        }
    }

    #[test]
    fn questions_name_who_mends_without_a_new_version() {
        let ask = |fact: Fact, value: &str| {
            let knowledge = Knowledge::builtin().unwrap();
            knowledge.banners.software(fact, value).into_iter().find_map(|one| one.ask).unwrap()
        };
        let ssh = ask(Fact::SshIdentification, "SSH-2.0-OpenSSH_6.6.1p1 Ubuntu-2ubuntu2.13");
        assert!(ssh.contains("Ubuntu's package of OpenSSH") && ssh.contains("6.6.1p1"), "{ssh}");
        let plain = ask(Fact::SshIdentification, "SSH-2.0-OpenSSH_7.4");
        assert!(plain.contains("the package of a distribution"), "{plain}");
        assert!(ask(Fact::HttpServer, "Microsoft-IIS/7.5").contains("updates"));
    }

    #[test]
    fn mistakes_of_an_entry_are_told_with_its_line() {
        let entry = "[[banner]]\nsoftware = \"X\"\nfacts = [\"http.server\"]\nbefore = [\"X/\"]\n\
            names = [\"cpe:2.3:a:x:x:*:*:*:*:*:*:*:*\"]\nmended = \"with_new_version\"\n\
            examples = [{ input = \"X/1.2\", version = \"1.2\" }]\nnot = [\"X\"]\nsource = \"its maker\"\n";
        let load =
            |text: &str| Banners::load(&[File::own("banners.toml", text)]).map_err(|error| error.to_string());
        assert_eq!(load(entry).unwrap().len(), 1);
        for (old, new, wanted) in [
            ("its maker", " ", "no source"),
            ("version = \"1.2\" }", "version = \"1.3\" }", "in its example"),
            ("not = [\"X\"]", "not = [\"X/2\"]", "should read none"),
            ("http.server", "http.servant", "http.servant"),
            ("cpe:2.3:a:x:x:*:*:*:*:*:*:*:*", "cpe:/a:x:x", "no CPE name"),
            ("with_new_version", "in_place", "needs a question"),
            ("before = [\"X/\"]", "before = [\"\"]", "nothing stands before"),
        ] {
            let error = load(&entry.replace(old, new)).unwrap_err();
            assert!(error.contains(wanted) && error.contains("banners.toml"), "{error}");
        }
    }
}
