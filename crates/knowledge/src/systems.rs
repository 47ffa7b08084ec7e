//! Operating system families and which of them are kinds of another (Debian is a Linux).

use crate::file::{File, KnowledgeError};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemsFile {
    #[serde(default)]
    system: Vec<Spanned<SystemEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemEntry {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    kind_of: Option<String>,
    source: String,
}

/// Operating system families.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Systems {
    names: BTreeMap<String, String>,
    kind_of: BTreeMap<String, String>,
}

impl Systems {
    pub(crate) fn load(files: &[File<'_>]) -> Result<Systems, KnowledgeError> {
        let mut systems = Systems::default();
        for file in files {
            for entry in file.read::<SystemsFile>()?.system {
                let at = entry.span().start;
                let SystemEntry { name, aliases, kind_of, source } = entry.into_inner();
                if source.trim().is_empty() {
                    return Err(file.error(at, format!("system \"{name}\" has no source")));
                }
                for spelling in aliases.iter().chain([&name]) {
                    systems.names.insert(spelling.to_lowercase(), name.clone());
                }
                if let Some(general) = kind_of {
                    systems.kind_of.insert(name, general);
                }
            }
        }
        Ok(systems)
    }

    /// The family's usual spelling; the text itself when it is not known.
    pub fn canonical<'a>(&'a self, text: &'a str) -> &'a str {
        self.names.get(&text.trim().to_lowercase()).map_or(text.trim(), String::as_str)
    }

    /// True when a text names a family.
    pub fn is_known(&self, text: &str) -> bool {
        self.names.contains_key(&text.trim().to_lowercase())
    }

    /// True when `special` is a kind of `general`, or the same.
    pub fn is_kind_of(&self, special: &str, general: &str) -> bool {
        let mut name = special;
        // No chain in the data is longer; a circle must end too.
        for _ in 0..8 {
            if name == general {
                return true;
            }
            match self.kind_of.get(name) {
                Some(next) => name = next,
                None => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_a_kind_of_its_kernel() {
        let text = r#"
[[system]]
name = "Linux"
source = "test"
[[system]]
name = "Debian"
aliases = ["Debian GNU/Linux"]
kind_of = "Linux"
source = "test"
"#;
        let systems = Systems::load(&[File::builtin("systems.toml", text)]).unwrap();
        assert!(systems.is_kind_of("Debian", "Linux"));
        assert!(!systems.is_kind_of("Linux", "Debian"));
        assert!(!systems.is_kind_of("Windows", "Linux"));
        assert_eq!(systems.canonical("debian gnu/linux"), "Debian");
    }
}
