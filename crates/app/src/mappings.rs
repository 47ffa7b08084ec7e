//! `mappings.toml` in the site folder: which column of a list says what, confirmed by a person.

use crate::deliver::replace;
use crate::error::AppError;
use cordon_intake::Mapping;
use cordon_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FILE: &str = "mappings.toml";
/// The version of `mappings.toml` this program writes and reads.
const VERSION: u32 = 1;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct MappingsToml {
    version: u32,
    #[serde(default, rename = "mapping")]
    mappings: Vec<MappingToml>,
}

/// One confirmed mapping.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MappingToml {
    /// The list it was confirmed for, as it was named then.
    pub(crate) list: String,
    /// Who confirmed it.
    pub(crate) who: String,
    /// When.
    pub(crate) when: String,
    /// Why, in words.
    pub(crate) why: String,
    /// From heading to the name of a column of `inventory.csv`, or `ignore`.
    pub(crate) columns: BTreeMap<String, String>,
}

impl MappingToml {
    fn mapping(&self) -> Result<Mapping, String> {
        Mapping::new(self.columns.iter().map(|(heading, means)| (heading.as_str(), means.as_str())))
    }
}

/// The mappings of a site folder, none where there is no file of them.
pub(crate) fn read(folder: &Path) -> Result<Vec<Mapping>, AppError> {
    let path = folder.join(FILE);
    let mut mappings = Vec::new();
    // The latest first: it stands where two fit.
    for entry in entries(&path)?.iter().rev() {
        let wrong =
            |reason: String| AppError::unreadable(&path, format!("list \"{}\": {reason}", entry.list));
        entry.when.parse::<Timestamp>().map_err(|error| wrong(format!("when: {error}")))?;
        mappings.push(entry.mapping().map_err(wrong)?);
    }
    Ok(mappings)
}

fn entries(path: &Path) -> Result<Vec<MappingToml>, AppError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(AppError::unreadable(path, error)),
    };
    let toml: MappingsToml = toml::from_str(&text).map_err(|error| AppError::unreadable(path, error))?;
    if toml.version != VERSION {
        let reason = format!("version {} is not known; this program reads version {VERSION}", toml.version);
        return Err(AppError::unreadable(path, reason));
    }
    Ok(toml.mappings)
}

const HEADING: &str = "# What columns of lists say, as confirmed by a person (`cordon intake propose`). The names on the
# right are columns of inventory.csv; \"ignore\" passes a column over. Of two that fit a list the later one counts.
";

/// Adds a confirmed mapping.
pub(crate) fn add(folder: &Path, mapping: MappingToml) -> Result<PathBuf, AppError> {
    mapping.mapping().map_err(AppError::WrongUse)?;
    let path = folder.join(FILE);
    let mut mappings = entries(&path)?;
    mappings.push(mapping);
    let toml = MappingsToml { version: VERSION, mappings };
    let text = toml::to_string(&toml)
        .map_err(|error| AppError::Defect { what: "encoding the mapping", reason: error.to_string() })?;
    replace(&path, format!("{HEADING}{text}").as_bytes())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(columns: &[(&str, &str)]) -> MappingToml {
        MappingToml {
            list: "list.csv".to_owned(),
            who: "tester".to_owned(),
            when: "2026-11-22T05:00:00Z".to_owned(),
            why: "checked with the workshop".to_owned(),
            columns: columns.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        }
    }

    #[test]
    fn what_is_added_reads_back_the_latest_first() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
        for means in ["serial", "asset_tag"] {
            add(folder.path(), entry(&[("Lfd. Nr.", means), ("Preis", "ignore")])).unwrap();
        }
        let wanted = |means| Mapping::new([("lfd nr", means), ("preis", "ignore")].into_iter()).unwrap();
        assert_eq!(read(folder.path()).unwrap(), [wanted("asset_tag"), wanted("serial")]);
    }

    #[test]
    fn mistakes_name_the_file_and_the_place() {
        let folder = tempfile::tempdir().unwrap();
        for (text, wanted) in [
            ("version = 2", "version 2 is not known"),
            ("version = 1\n[[mapping]]\nlist = \"a\"", "line 2"),
            (
                "version = 1\n[[mapping]]\nlist = \"a\"\nwho = \"b\"\nwhen = \"2026-11-22\"\nwhy = \"\"\ncolumns = { x = \"price\" }",
                "\"x\" cannot mean \"price\"",
            ),
        ] {
            fs::write(folder.path().join(FILE), text).unwrap();
            let error = read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(wanted) && error.contains(FILE), "{error}");
        }
        assert!(add(folder.path(), entry(&[("x", "price")])).is_err());
    }
}
