//! Makers under their present usual names, the many ways files and devices spell them, and who became part of
//! whom.

use crate::file::{File, KnowledgeError};
use crate::reference::day;
use cordon_model::Timestamp;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VendorsFile {
    #[serde(default)]
    vendor: Vec<Spanned<VendorEntry>>,
    #[serde(default)]
    merger: Vec<Spanned<MergerEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VendorEntry {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    /// Spellings under which it sells products: in front of a model they are part of its name.
    #[serde(default)]
    brands: Vec<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MergerEntry {
    name: String,
    into: String,
    since: String,
    kind: MergerKind,
    source: String,
}

/// How one maker came to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergerKind {
    /// The other bought it.
    Acquired,
    /// It goes on under another name.
    Renamed,
    /// The other came out of it as a company of its own.
    SpunOff,
}

/// A maker that became part of another, or another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merger {
    /// The name on devices made before.
    pub name: String,
    /// The usual name of the maker who answers for them since.
    pub into: String,
    /// The first instant of the day it took effect, UTC.
    pub since: Timestamp,
    /// How.
    pub kind: MergerKind,
    /// Who says so.
    pub source: String,
}

/// No chain of owners in the data is longer; a circle must end too.
const OWNERS_MAX: usize = 8;

/// Every known spelling of a maker and the usual name it stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vendors {
    names: BTreeMap<String, String>,
    /// The first words of those.
    firsts: BTreeSet<String>,
    /// Usual names as they are written, which stand for themselves.
    usual: BTreeSet<String>,
    brands: BTreeSet<String>,
    /// Spellings that a site's own file gave; nothing else moves them.
    own: BTreeSet<String>,
    mergers: Vec<Merger>,
}

/// Words that tell the legal form or the line of business and not the maker.
const LEGAL_FORMS: &[&str] = &[
    "inc",
    "incorporated",
    "ltd",
    "limited",
    "llc",
    "corp",
    "corporation",
    "co",
    "company",
    "gmbh",
    "ag",
    "kg",
    "kgaa",
    "sa",
    "spa",
    "srl",
    "bv",
    "nv",
    "plc",
    "as",
    "aps",
    "ab",
    "oy",
    "kk",
    "pty",
    "pvt",
    "the",
];

/// The spelling that is compared: lower case, letters and digits in words, legal forms left out.
fn plain(text: &str) -> String {
    let telling = words(text, |word| !LEGAL_FORMS.contains(&word));
    if telling.is_empty() { words(text, |_| true) } else { telling }
}

/// The words of a text that are kept, with one blank between. It is asked for many times for each device, and so
/// makes no text but its own.
fn words(text: &str, keeps: impl Fn(&str) -> bool) -> String {
    let mut kept = String::with_capacity(text.len() + 8);
    let mut start = 0;
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '.' | '\'' => {}
            'ä' => kept.push_str("ae"),
            'ö' => kept.push_str("oe"),
            'ü' => kept.push_str("ue"),
            _ if letter.is_alphanumeric() => kept.push(letter),
            _ => start = end_word(&mut kept, start, &keeps),
        }
    }
    end_word(&mut kept, start, &keeps);
    kept.truncate(kept.trim_end().len());
    kept
}

/// Ends the word that began at `start`, and says where the next begins.
fn end_word(kept: &mut String, start: usize, keeps: &impl Fn(&str) -> bool) -> usize {
    let word = kept.get(start..).unwrap_or_default();
    if word.is_empty() {
        return start;
    }
    let full = in_full(word);
    if !keeps(full) {
        kept.truncate(start);
        return start;
    }
    if full != word {
        let full = full.to_owned();
        kept.truncate(start);
        kept.push_str(&full);
    }
    kept.push(' ');
    kept.len()
}

/// Words that lists shorten.
fn in_full(word: &str) -> &str {
    match word {
        "med" => "medical",
        "sys" => "systems",
        _ => word,
    }
}

impl Vendors {
    pub(crate) fn load(files: &[File<'_>]) -> Result<Vendors, KnowledgeError> {
        let mut vendors = Vendors::default();
        for file in files {
            for entry in file.read::<VendorsFile>()?.vendor {
                let at = entry.span().start;
                let entry = entry.into_inner();
                if entry.source.trim().is_empty() {
                    return Err(file.error(at, format!("vendor \"{}\" has no source", entry.name)));
                }
                vendors.brands.extend(entry.brands.iter().map(|brand| plain(brand)));
                for spelling in entry.aliases.iter().chain(&entry.brands).chain([&entry.name]) {
                    let key = plain(spelling);
                    if key.is_empty() {
                        return Err(file.error(at, format!("\"{spelling}\" holds no letter or digit")));
                    }
                    let corrects = file.own && !vendors.own.contains(&key);
                    if file.own {
                        vendors.own.insert(key.clone());
                    }
                    if let Some(other) = vendors.names.insert(key, entry.name.clone())
                        && other != entry.name
                        && !corrects
                    {
                        let reason = format!("\"{spelling}\" stands for both {other} and {}", entry.name);
                        return Err(file.error(at, reason));
                    }
                }
            }
        }
        let first = |name: &String| name.split(' ').next().map(str::to_owned);
        vendors.firsts = vendors.names.keys().filter_map(first).collect();
        let themselves = vendors.names.values().filter(|name| vendors.names.get(&plain(name)) == Some(name));
        vendors.usual = themselves.cloned().collect();
        for file in files {
            for entry in file.read::<VendorsFile>()?.merger {
                let at = entry.span().start;
                let merger = vendors.merger(file, entry.into_inner());
                vendors.mergers.push(merger.map_err(|reason| file.error(at, reason))?);
            }
        }
        Ok(vendors)
    }

    fn merger(&self, file: &File<'_>, entry: MergerEntry) -> Result<Merger, String> {
        let MergerEntry { name, into, since, kind, source } = entry;
        if source.trim().is_empty() {
            return Err(format!("the merger of \"{name}\" has no source"));
        }
        for maker in [&name, &into] {
            if self.known(maker).is_none() {
                return Err(format!("\"{maker}\" is no vendor: give it an entry with its spellings"));
            }
        }
        if self.known(&into) != Some(into.as_str()) {
            return Err(format!("\"{into}\" is not the usual name of a vendor"));
        }
        if self.came_into(&into, &name) && !self.same(&into, &name) {
            return Err(format!("\"{into}\" came into \"{name}\", so that this would be a circle"));
        }
        let since = day(file, &since).map_err(|error| error.reason)?;
        Ok(Merger { name, into, since, kind, source })
    }

    /// Who became part of whom, in the order of the files.
    pub fn mergers(&self) -> &[Merger] {
        &self.mergers
    }

    /// True when devices of the maker that `brand` names are `owner`'s today: both name one maker, or the one
    /// became part of the other, also by way of a third.
    pub fn came_into(&self, brand: &str, owner: &str) -> bool {
        let (mut current, owner) = (self.canonical(brand), self.canonical(owner));
        for _ in 0..OWNERS_MAX {
            if current == owner {
                return true;
            }
            let next = self.mergers.iter().find(|merger| {
                merger.kind != MergerKind::SpunOff
                    && self.canonical(&merger.name) == current
                    && merger.into != current
            });
            match next {
                Some(merger) => current = &merger.into,
                None => return false,
            }
        }
        false
    }

    /// The usual name of the maker a text names, when it is known.
    pub fn known(&self, text: &str) -> Option<&str> {
        if let Some(usual) = self.usual.get(text) {
            return Some(usual);
        }
        self.names.get(&plain(text)).map(String::as_str)
    }

    /// False where no known name begins with this word: texts that do need not be looked up.
    pub fn may_begin_with(&self, word: &str) -> bool {
        let plain = plain(word);
        let first = plain.split(' ').next().unwrap_or_default();
        // Legal forms are left out of names, in front too.
        first.is_empty() || LEGAL_FORMS.contains(&first) || self.firsts.contains(first)
    }

    /// True for a maker's name that is part of the names of its products: "Alaris", "Pyxis".
    pub fn is_brand(&self, text: &str) -> bool {
        self.brands.contains(&plain(text))
    }

    /// The known spellings of a maker given under its usual name, in lower case, words apart.
    pub fn spellings<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.names
            .iter()
            .filter(move |(_, usual)| usual.as_str() == name)
            .map(|(spelling, _)| spelling.as_str())
    }

    /// Every known spelling in lower case, words apart and legal forms left out, and the usual name it stands for.
    pub fn all_spellings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names.iter().map(|(spelling, usual)| (spelling.as_str(), usual.as_str()))
    }

    /// The spelling that is compared: lower case, words apart, legal forms left out.
    pub fn plain(text: &str) -> String {
        plain(text)
    }

    /// The usual name of the maker a text names; the text itself, trimmed, when it is not known.
    pub fn canonical<'a>(&'a self, text: &'a str) -> &'a str {
        self.known(text).unwrap_or(text.trim())
    }

    /// True when both texts name one maker.
    pub fn same(&self, one: &str, other: &str) -> bool {
        let (one, other) = (self.canonical(one), self.canonical(other));
        one == other || plain(one) == plain(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
[[vendor]]
name = "GE"
aliases = ["GE MEDICAL SYSTEMS", "GE Healthcare"]
source = "test"
[[vendor]]
name = "Draeger"
aliases = ["Drägerwerk AG & Co. KGaA", "Draeger Medical Systems, Inc."]
source = "test"
"#;

    #[test]
    fn spellings_meet() {
        let vendors = Vendors::load(&[File::builtin("vendors.toml", TEXT)]).unwrap();
        assert_eq!(vendors.canonical("GE Medical Systems "), "GE");
        assert_eq!(vendors.canonical("GE Med. Systems"), "GE");
        assert_eq!(vendors.canonical("DRÄGERWERK AG"), "Draeger");
        assert_eq!(vendors.known("Draeger Medical Systems Inc"), Some("Draeger"));
        assert_eq!(vendors.canonical(" Acme "), "Acme");
        assert!(vendors.same("ge healthcare, inc.", "GE"));
        assert!(!vendors.same("GE", "Draeger"));
        assert_eq!(
            vendors.spellings("GE").collect::<Vec<_>>(),
            ["ge", "ge healthcare", "ge medical systems"]
        );
        assert!(vendors.same("Acme Ltd.", "ACME"));
        assert_eq!(Vendors::plain("Acme Medical Ltd."), "acme medical");
        assert!(vendors.all_spellings().any(|pair| pair == ("draeger medical systems", "Draeger")));
    }

    /// What [`plain`] says, put plainly.
    fn plain_in_steps(text: &str) -> String {
        let lower = text.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
        let lower = lower.replace(['.', '\''], "");
        let words: Vec<&str> = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(in_full)
            .collect();
        let telling: Vec<&str> = words.iter().copied().filter(|word| !LEGAL_FORMS.contains(word)).collect();
        if telling.is_empty() { words.join(" ") } else { telling.join(" ") }
    }

    #[test]
    fn every_name_begins_with_what_may_begin_one() {
        let vendors = crate::Knowledge::builtin().unwrap().vendors;
        for (spelling, _) in vendors.all_spellings() {
            for text in [spelling.to_owned(), format!("Inc. {spelling}"), spelling.to_uppercase()] {
                assert!(vendors.known(&text).is_some(), "{text}");
                let first = text.split(' ').next().unwrap();
                assert!(vendors.may_begin_with(first), "{text}");
            }
        }
        assert!(!vendors.may_begin_with("Mozilla"));
    }

    proptest::proptest! {
        #[test]
        fn names_are_compared_by_their_telling_words(
            text in "(Inc|GmbH|Dr[ÄÖä]ger|Med|Sys|A|[.' ,&-]|[a-zA-Z0-9]{1,4}|ß|é){0,12}"
        ) {
            proptest::prop_assert_eq!(plain(&text), plain_in_steps(&text));
        }
    }

    #[test]
    fn a_site_corrects_a_spelling_and_does_not_contradict_itself() {
        let own = |name| format!("[[vendor]]\nname = \"{name}\"\naliases = [\"Datex\"]\nsource = \"us\"\n");
        let (one, other) = (own("Acme"), own("Other"));
        let builtin = own("GE");
        let files = [File::builtin("vendors.toml", &builtin), File::own("vendors-a.toml", &one)];
        assert_eq!(Vendors::load(&files).unwrap().canonical("DATEX"), "Acme");
        let files = [files[0], files[1], File::own("vendors-b.toml", &other)];
        let error = Vendors::load(&files).unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("vendors-b.toml", 1));
    }

    #[test]
    fn who_became_part_of_whom_is_followed_and_a_circle_is_a_mistake() {
        let makers: String = ["Welch Allyn", "Hillrom", "Baxter", "GE"]
            .map(|name| format!("[[vendor]]\nname = \"{name}\"\nsource = \"test\"\n"))
            .concat();
        let merger = |name: &str, into: &str| {
            format!(
                "[[merger]]\nname = \"{name}\"\ninto = \"{into}\"\nsince = \"2021-12-13\"\n\
                 kind = \"acquired\"\nsource = \"test\"\n"
            )
        };
        let text = makers + &merger("Welch Allyn", "Hillrom") + &merger("Hillrom", "Baxter");
        let load = |text: &str| Vendors::load(&[File::builtin("vendors.toml", text)]);
        let vendors = load(&text).unwrap();
        assert!(vendors.came_into("WELCH ALLYN INC", "Baxter") && vendors.came_into("Hillrom", "hillrom"));
        assert!(!vendors.came_into("Baxter", "Hillrom") && !vendors.came_into("GE", "Baxter"));
        assert_eq!(vendors.mergers().len(), 2);
        for (more, word) in [
            (merger("Baxter", "Welch Allyn"), "circle"),
            (merger("Acme", "GE"), "no vendor"),
            (merger("GE", "HILLROM"), "usual name"),
            (merger("GE", "Baxter").replace("2021", "soon"), "date"),
        ] {
            let error = load(&format!("{text}{more}")).unwrap_err();
            assert!(error.reason.contains(word) && error.line == 25, "{error}");
        }
    }

    #[test]
    fn one_spelling_for_two_makers_is_a_mistake() {
        let text = format!("{TEXT}[[vendor]]\nname = \"Other\"\naliases = [\"GE\"]\nsource = \"test\"\n");
        let error = Vendors::load(&[File::builtin("vendors.toml", &text)]).unwrap_err();
        assert_eq!(error.line, 10);
        assert!(error.reason.contains("both GE and Other"), "{error}");
    }
}
