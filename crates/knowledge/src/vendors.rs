//! Makers under their present usual names, and the many ways files and devices spell them.

use crate::file::{File, KnowledgeError};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VendorsFile {
    #[serde(default)]
    vendor: Vec<Spanned<VendorEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VendorEntry {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    source: String,
}

/// Every known spelling of a maker and the usual name it stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vendors {
    names: BTreeMap<String, String>,
    /// Spellings that a site's own file gave; nothing else moves them.
    own: BTreeSet<String>,
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
    let lower = text.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
    let lower = lower.replace(['.', '\''], "");
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(in_full).collect();
    let telling: Vec<&str> = words.iter().copied().filter(|word| !LEGAL_FORMS.contains(word)).collect();
    if telling.is_empty() { words.join(" ") } else { telling.join(" ") }
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
                for spelling in entry.aliases.iter().chain([&entry.name]) {
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
        Ok(vendors)
    }

    /// The usual name of the maker a text names, when it is known.
    pub fn known(&self, text: &str) -> Option<&str> {
        self.names.get(&plain(text)).map(String::as_str)
    }

    /// The known spellings of a maker given under its usual name, in lower case, words apart.
    pub fn spellings<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.names
            .iter()
            .filter(move |(_, usual)| usual.as_str() == name)
            .map(|(spelling, _)| spelling.as_str())
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
    fn one_spelling_for_two_makers_is_a_mistake() {
        let text = format!("{TEXT}[[vendor]]\nname = \"Other\"\naliases = [\"GE\"]\nsource = \"test\"\n");
        let error = Vendors::load(&[File::builtin("vendors.toml", &text)]).unwrap_err();
        assert_eq!(error.line, 10);
        assert!(error.reason.contains("both GE and Other"), "{error}");
    }
}
