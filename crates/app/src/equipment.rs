//! `equipment.toml` in the site folder: what firewalls and switches can do, as a person found it out. No configuration
//! says how large the tables of its equipment are.

use crate::error::AppError;
use cordon_model::Timestamp;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const FILE: &str = "equipment.toml";
/// The version of `equipment.toml` this program reads.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EquipmentToml {
    version: u32,
    #[serde(default)]
    equipment: Vec<Equipment>,
}

/// What one firewall or switch can do; what is absent is not known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equipment {
    /// Its host name, or the name of its budget in the policy.
    pub name: String,
    /// Whether it has access lists.
    pub access_lists: Option<bool>,
    /// How many entries of them it can hold.
    pub entries: Option<u64>,
    /// How many VLANs it can hold; 0 for one that has none.
    pub vlans: Option<u64>,
    /// Whether it filters between devices of one VLAN: access lists on ports, VLAN access maps, private VLANs, lists by
    /// ISE for each port.
    pub within_vlan: Option<bool>,
    /// Where that is from: a data sheet, a command's output.
    pub source: String,
    /// Who found it out.
    pub who: String,
    /// The day.
    pub when: String,
}

impl Equipment {
    fn checked(self) -> Result<Equipment, String> {
        for (name, text) in [("name", &self.name), ("source", &self.source), ("who", &self.who)] {
            if text.trim().is_empty() {
                return Err(format!("{name} is empty"));
            }
        }
        if self.when.parse::<Timestamp>().is_err() {
            return Err(format!("when: \"{}\" is no date such as 2026-12-31", self.when));
        }
        if self.access_lists == Some(false) && self.entries.is_some_and(|entries| entries > 0) {
            return Err("it has no access lists and yet room for their entries; which of the two?".to_owned());
        }
        Ok(self)
    }

    /// Where it is known from, in words.
    pub(crate) fn because(&self) -> String {
        format!("{} ({}, {})", self.source, self.who, self.when)
    }
}

/// The equipment of a site folder, none where there is no file of it.
pub(crate) fn read(folder: &Path) -> Result<Vec<Equipment>, AppError> {
    let path = folder.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => parse(&text).map_err(|reason| AppError::unreadable(&path, reason)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(AppError::unreadable(&path, error)),
    }
}

fn parse(text: &str) -> Result<Vec<Equipment>, String> {
    let toml: EquipmentToml = toml::from_str(text).map_err(|error| error.to_string())?;
    if toml.version != VERSION {
        return Err(format!("version {} is not known; this program reads version {VERSION}", toml.version));
    }
    let (mut names, mut found) = (BTreeSet::new(), Vec::new());
    for (number, one) in (1..).zip(toml.equipment) {
        let one = one.checked().map_err(|reason| format!("equipment {number}: {reason}"))?;
        if !names.insert(one.name.to_ascii_lowercase()) {
            return Err(format!("equipment {number}: {} stands here twice", one.name));
        }
        found.push(one);
    }
    Ok(found)
}

/// What is said of equipment of a name.
pub(crate) fn named<'a>(all: &'a [Equipment], name: &str) -> Option<&'a Equipment> {
    all.iter().find(|one| one.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "version = 1\n[[equipment]]\nname = \"core-1\"\nentries = 1500\nvlans = 255\nwithin_vlan = true\nsource = \"show platform tcam utilization\"\nwho = \"Anna\"\nwhen = \"2026-11-22\"\n";

    #[test]
    fn what_is_said_is_read_and_what_is_not_stays_unknown() {
        let found = parse(ONE).unwrap();
        let one = named(&found, "CORE-1").unwrap();
        assert_eq!((one.entries, one.vlans, one.access_lists), (Some(1500), Some(255), None));
        assert_eq!(one.because(), "show platform tcam utilization (Anna, 2026-11-22)");
        assert_eq!(named(&found, "core-2"), None);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (change, word) in [
            (("entries = 1500", "entrys = 1500"), "line 4"),
            (("entries = 1500", "entries = \"many\""), "line 4"),
            (("within_vlan = true", "within_vlan = 1"), "line 6"),
            (("2026-11-22", "soon"), "equipment 1: when"),
            (("\"Anna\"", "\" \""), "equipment 1: who is empty"),
            (("version = 1", "version = 2"), "version 2 is not known"),
            (("vlans = 255", "access_lists = false"), "which of the two"),
        ] {
            let wrong = parse(&ONE.replace(change.0, change.1)).unwrap_err();
            assert!(wrong.contains(word), "{word}: {wrong}");
        }
        let twice = format!("{ONE}{}", ONE.replace("version = 1\n", "").replace("core-1", "Core-1"));
        assert!(parse(&twice).unwrap_err().contains("stands here twice"));
    }
}
