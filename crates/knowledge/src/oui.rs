//! Which organization the first bits of a MAC address were assigned to, and what that says of the device.

use crate::file::{File, KnowledgeError, Place};
use cordon_model::{Category, Mac};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// What an assignment says of the device that bears the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OuiKind {
    /// The organization makes whole devices.
    Maker,
    /// It makes general-purpose computers, which others build their own devices on.
    Computer,
    /// It makes network chips, adapters or boards that go into others' devices.
    Component,
    /// It makes network modules that are built into others' devices, medical ones often.
    Module,
    /// A virtual machine's address.
    Virtual,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OuiFile {
    #[serde(default)]
    block: Vec<Spanned<BlockEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockEntry {
    manufacturer: String,
    kind: OuiKind,
    category: Option<String>,
    prefixes: Vec<String>,
    source: String,
}

/// Who an address block belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oui {
    /// The organization under its usual name.
    pub manufacturer: String,
    /// What the assignment says of the device.
    pub kind: OuiKind,
    /// The kind of device when the organization makes one kind of networked device only.
    pub category: Option<Category>,
    /// Who says so.
    pub source: String,
    /// Where it stands.
    pub place: Place,
}

impl Oui {
    /// How evidence names what the block says: `what`, and for a site's own block where it stands.
    pub fn rule(&self, what: &str) -> String {
        if self.place.own { format!("{what} ({})", self.place) } else { what.to_owned() }
    }

    /// The most an address block alone can say about the maker of the device (a spoofed or reused address,
    /// another maker's adapter): less than one more witness would.
    pub fn manufacturer_probability(&self) -> f64 {
        match self.kind {
            OuiKind::Maker => 0.89,
            // Medical workstations and cabinets are sold by others on such computers.
            OuiKind::Computer => 0.65,
            OuiKind::Component => 0.25,
            OuiKind::Module | OuiKind::Virtual => 0.0,
        }
    }
}

/// Assigned address blocks of 24, 28 and 36 bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OuiTable {
    organizations: Vec<Oui>,
    /// (length in bits, prefix) to the index in `organizations`.
    blocks: BTreeMap<(u8, u64), usize>,
}

fn parse_prefix(text: &str) -> Option<(u8, u64)> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-')).collect();
    let bits = match digits.len() {
        6 => 24,
        7 => 28,
        9 => 36,
        _ => return None,
    };
    u64::from_str_radix(&digits, 16).ok().map(|prefix| (bits, prefix))
}

impl OuiTable {
    pub(crate) fn load(files: &[File<'_>]) -> Result<OuiTable, KnowledgeError> {
        let mut table = OuiTable::default();
        for file in files {
            for entry in file.read::<OuiFile>()?.block {
                let at = entry.span().start;
                let entry = entry.into_inner();
                if entry.source.trim().is_empty() {
                    return Err(file.error(at, format!("block of {} has no source", entry.manufacturer)));
                }
                let category = match entry.category.as_deref().map(str::parse).transpose() {
                    Ok(category) => category,
                    Err(error) => return Err(file.error(at, format!("{error}"))),
                };
                for text in &entry.prefixes {
                    let Some(prefix) = parse_prefix(text) else {
                        let reason =
                            format!("\"{text}\" is no address block of 6, 7 or 9 hexadecimal digits");
                        return Err(file.error(at, reason));
                    };
                    // A later file (the hospital's own) corrects an earlier one.
                    table.blocks.insert(prefix, table.organizations.len());
                }
                let BlockEntry { manufacturer, kind, source, .. } = entry;
                let place = file.place(at);
                table.organizations.push(Oui { manufacturer, kind, category, source, place });
            }
        }
        Ok(table)
    }

    /// Who the longest assigned block containing `mac` belongs to; nobody for locally made up addresses.
    pub fn lookup(&self, mac: Mac) -> Option<&Oui> {
        if mac.is_local() || mac.is_group() {
            return None;
        }
        let value = mac.0.iter().fold(0u64, |value, octet| (value << 8) | u64::from(*octet));
        [36u8, 28, 24].iter().find_map(|bits| {
            let index = self.blocks.get(&(*bits, value >> (48 - bits)))?;
            self.organizations.get(*index)
        })
    }

    /// How many blocks are known.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// True when no block is known.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_block_wins_and_made_up_addresses_belong_to_nobody() {
        let text = r#"
[[block]]
manufacturer = "Registry"
kind = "component"
prefixes = ["70:B3:D5"]
source = "test"
[[block]]
manufacturer = "Siemens"
kind = "maker"
category = "laboratory_analyser"
prefixes = ["70:B3:D5:20:C"]
source = "test"
"#;
        let table = OuiTable::load(&[File::builtin("oui.toml", text)]).unwrap();
        let name = |mac: &str| table.lookup(mac.parse().unwrap()).map(|oui| oui.manufacturer.as_str());
        assert_eq!(name("70:b3:d5:20:c1:23"), Some("Siemens"));
        assert_eq!(name("70:b3:d5:21:c1:23"), Some("Registry"));
        assert_eq!(name("72:b3:d5:20:c1:23"), None);
        assert_eq!(name("00:00:00:00:00:01"), None);
    }

    #[test]
    fn unset_and_test_addresses_name_no_maker_and_computers_say_less_than_devices() {
        let knowledge = crate::Knowledge::builtin().unwrap();
        for mac in ["00:00:00:00:00:01", "00:00:00:a0:d4:c3", "00:00:01:01:00:00"] {
            assert_eq!(knowledge.oui.lookup(mac.parse().unwrap()), None, "{mac}");
        }
        let says = |mac: &str| knowledge.oui.lookup(mac.parse().unwrap()).unwrap().manufacturer_probability();
        assert!(says("00:30:e6:00:00:01") > says("18:66:da:00:00:01"));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let text =
            "\n[[block]]\nmanufacturer = \"X\"\nkind = \"maker\"\nprefixes = [\"70:B3\"]\nsource = \"t\"\n";
        let error = OuiTable::load(&[File::builtin("oui.toml", text)]).unwrap_err();
        assert_eq!(error.line, 2);
    }
}
