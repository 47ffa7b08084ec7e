//! Which column of a list says what, where a person confirmed it.

use crate::columns::{Column, by_own_name, normalise, own_names};
use std::collections::BTreeMap;

/// The word for a column that is to be passed over.
pub const IGNORE: &str = "ignore";

/// The columns of one kind of list, as a person confirmed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// By normalised heading.
    columns: BTreeMap<String, Option<Column>>,
}

impl Mapping {
    /// A mapping from headings to the names of our own sheet's columns (`asset_tag`, `macs`), or `ignore`.
    /// The error says which is wrong.
    pub fn new<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Mapping, String> {
        let mut columns = BTreeMap::new();
        for (heading, means) in pairs {
            let column = match means {
                IGNORE => None,
                name => Some(by_own_name(name).ok_or_else(|| {
                    let all: Vec<&str> = own_names().map(|(name, _)| name).collect();
                    format!("\"{heading}\" cannot mean \"{name}\"; there are {}, {IGNORE}", all.join(", "))
                })?),
            };
            let key = normalise(heading);
            if key.is_empty() {
                return Err(format!("\"{heading}\" is no heading"));
            }
            if columns.insert(key, column).is_some_and(|before| before != column) {
                return Err(format!("\"{heading}\" stands there twice with different meanings"));
            }
        }
        if columns.is_empty() {
            return Err("it names no column".to_owned());
        }
        Ok(Mapping { columns })
    }

    /// True when this row is the heading it was confirmed for: it holds all its columns.
    pub(crate) fn fits(&self, cells: &[String]) -> bool {
        let there: Vec<String> = cells.iter().map(|cell| normalise(cell)).collect();
        self.columns.keys().all(|heading| there.contains(heading))
    }

    /// What a person said of a column: nothing, that it is to be passed over, or what it says.
    #[expect(clippy::option_option, reason = "not spoken of, and spoken of as nothing, are two things")]
    pub(crate) fn meaning(&self, heading: &str) -> Option<Option<Column>> {
        self.columns.get(&normalise(heading)).copied()
    }
}

/// The meaning with this name: that of a column of our own sheet, or nothing for [`IGNORE`].
pub fn meaning(name: &str) -> Result<Option<&'static str>, String> {
    if name == IGNORE {
        return Ok(None);
    }
    let all = || own_names().map(|(name, _)| name);
    let unknown =
        || format!("\"{name}\" is no column; there are {}, {IGNORE}", all().collect::<Vec<_>>().join(", "));
    all().find(|known| *known == name).map(Some).ok_or_else(unknown)
}
