//! One product under several names: order numbers, catalogue numbers and short names of a model.

use crate::file::{File, KnowledgeError};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelsFile {
    #[serde(default)]
    model: Vec<Spanned<ModelEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelEntry {
    name: String,
    aliases: Vec<String>,
    source: String,
}

/// Which names stand for one model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Models {
    /// Every name as it is compared, and the usual names it stands for: "X2" is more than one maker's.
    names: BTreeMap<String, Vec<String>>,
    /// Every name of a model, by its usual one.
    spellings: BTreeMap<String, Vec<String>>,
}

/// Letters and digits in lower case.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Models {
    pub(crate) fn load(files: &[File<'_>]) -> Result<Models, KnowledgeError> {
        let mut models = Models::default();
        for file in files {
            for entry in file.read::<ModelsFile>()?.model {
                let at = entry.span().start;
                let ModelEntry { name, aliases, source } = entry.into_inner();
                if source.trim().is_empty() {
                    return Err(file.error(at, format!("model \"{name}\" has no source")));
                }
                if aliases.is_empty() {
                    return Err(file.error(at, format!("model \"{name}\" has no other name")));
                }
                for spelling in aliases.iter().chain([&name]) {
                    let key = plain(spelling);
                    if key.is_empty() {
                        return Err(file.error(at, format!("\"{spelling}\" holds no letter or digit")));
                    }
                    let usual = models.names.entry(key).or_default();
                    if !usual.contains(&name) {
                        usual.push(name.clone());
                    }
                    let spellings = models.spellings.entry(name.clone()).or_default();
                    if !spellings.contains(spelling) {
                        spellings.push(spelling.clone());
                    }
                }
            }
        }
        Ok(models)
    }

    /// True when both name one model. Meant for two names of one device: short ones are used by several makers.
    pub fn same(&self, one: &str, other: &str) -> bool {
        let (one, other) = (plain(one), plain(other));
        if one == other {
            return true;
        }
        match (self.names.get(&one), self.names.get(&other)) {
            (Some(ones), Some(others)) => ones.iter().any(|usual| others.contains(usual)),
            _ => false,
        }
    }

    /// Every name of each model that the text names, itself among them; nothing for a name that is not known.
    pub fn names(&self, text: &str) -> impl Iterator<Item = &str> {
        let usual = self.names.get(&plain(text)).into_iter().flatten();
        usual.filter_map(|usual| self.spellings.get(usual)).flatten().map(String::as_str)
    }

    /// The usual name of a model, when the text names exactly one.
    pub fn usual(&self, text: &str) -> Option<&str> {
        match self.names.get(&plain(text)).map(Vec::as_slice) {
            Some([usual]) => Some(usual),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_number_is_its_model_and_a_shared_short_name_is_nobodys() {
        let text = r#"
[[model]]
name = "IntelliVue MP50"
aliases = ["M8004A"]
source = "test"
[[model]]
name = "IntelliVue X2"
aliases = ["M3002A", "X2"]
source = "test"
[[model]]
name = "Other X2"
aliases = ["X2"]
source = "test"
"#;
        let models = Models::load(&[File::builtin("models.toml", text)]).unwrap();
        assert!(models.same("m8004a", "IntelliVue MP50") && models.same("X2", "M3002A"));
        assert!(!models.same("M8004A", "M3002A") && !models.same("Acme", "M3002A"));
        assert!(models.same("Acme 5", "ACME-5"));
        assert_eq!(models.usual("M8004A"), Some("IntelliVue MP50"));
        assert_eq!(models.usual("X2"), None);
        assert_eq!(models.names("M8004A").collect::<Vec<_>>(), ["M8004A", "IntelliVue MP50"]);
        assert_eq!((models.names("x2").count(), models.names("Acme").count()), (5, 0));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let good = "\n[[model]]\nname = \"A\"\naliases = [\"B\"]\nsource = \"s\"\n";
        for (from, to, word) in [
            ("\"s\"", "\"\"", "no source"),
            ("[\"B\"]", "[]", "no other name"),
            ("\"B\"", "\"-\"", "no letter"),
        ] {
            let error = Models::load(&[File::builtin("models.toml", &good.replace(from, to))]).unwrap_err();
            assert!(error.reason.contains(word) && error.line == 2, "{error}");
        }
    }
}
