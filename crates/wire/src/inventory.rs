//! The columns of `inventory.csv`, and how the sheet remembers what Cordon itself filled in.
//!
//! A person edits the sheet and gives it back. Only what the person changed is that person's word, so each
//! row carries in [`AS_FOUND`] what stood in its editable cells when it was written. `report` writes it,
//! `intake` compares against it; neither knows the other.

use std::collections::BTreeMap;

/// The column that holds what [`encode_as_found`] made.
pub const AS_FOUND: &str = "as_found";

/// What separates several values in one cell (MACs, IPs, VLANs, host names).
pub const LIST_SEPARATOR: &str = " ";

/// The columns in order. Those after `notes` are computed and ignored on the way in, but for [`AS_FOUND`].
pub const COLUMNS: &[&str] = &[
    "id",
    "asset_tag",
    "owner",
    "department",
    "location",
    "support_contact",
    "cost_centre",
    "purchased",
    "category",
    "criticality",
    "modality",
    "manufacturer",
    "model",
    "os",
    "os_version",
    "firmware",
    "serial",
    "udi",
    "manufactured",
    "macs",
    "ips",
    "vlans",
    "hostnames",
    "patch_possible",
    "patch_why_not",
    "patch_responsible",
    "notes",
    "criticality_source",
    "fda_product_code",
    "fda_class",
    "life_sustaining",
    "distribution",
    "support_os",
    "support_device",
    "support_until",
    "patient_data",
    "patient_data_in_clear",
    "internet",
    "affected_by",
    "risk_score",
    "risk_tier",
    "risk_reason",
    AS_FOUND,
];

/// The columns a person may fill in or correct, in order. `macs` and `ips` only say which device a row is.
pub const EDITABLE: &[&str] = &[
    "asset_tag",
    "owner",
    "department",
    "location",
    "support_contact",
    "cost_centre",
    "purchased",
    "category",
    "criticality",
    "modality",
    "manufacturer",
    "model",
    "os",
    "os_version",
    "firmware",
    "serial",
    "udi",
    "manufactured",
    "hostnames",
    "patch_possible",
    "patch_why_not",
    "patch_responsible",
    "notes",
];

/// Columns that only people fill in, whatever the sheet came through: their cells are a person's word also
/// when they did not change.
/// A column may stand here as long as no rule of Cordon fills it from what was observed.
pub const PERSONS_OWN: &[&str] = &["asset_tag", "purchased", "patch_responsible", "notes"];

/// Stands for a row in which no editable cell was filled; an empty cell would mean that it was removed.
const NOTHING: &str = "nothing";

/// The [`AS_FOUND`] cell of a row, from the cells that Cordon filled in: `column=value` joined with `|`, empty values left out, `%`, `|` and `=`
/// escaped, in the order given. Values are as they stand in their cells, before any guard against formulas.
pub fn encode_as_found<'a>(cells: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut encoded = String::new();
    for (column, value) in cells.into_iter().filter(|(_, value)| !value.is_empty()) {
        if !encoded.is_empty() {
            encoded.push('|');
        }
        escape(column, &mut encoded);
        encoded.push('=');
        escape(value, &mut encoded);
    }
    if encoded.is_empty() { NOTHING.to_owned() } else { encoded }
}

/// What an [`AS_FOUND`] cell says, by column; `None` when it was removed or is not one of ours, so that it
/// cannot be told who wrote the row's cells.
pub fn decode_as_found(cell: &str) -> Option<BTreeMap<String, String>> {
    let cell = cell.trim();
    if cell == NOTHING {
        return Some(BTreeMap::new());
    }
    let pairs = cell.split('|').map(|pair| {
        let (column, value) = pair.split_once('=')?;
        Some((unescape(column), unescape(value)))
    });
    pairs.collect()
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '%' => out.push_str("%25"),
            '|' => out.push_str("%7C"),
            '=' => out.push_str("%3D"),
            other => out.push(other),
        }
    }
}

fn unescape(text: &str) -> String {
    // `%25` last: an escaped percent sign followed by `7C` must not turn into a bar.
    text.replace("%7C", "|").replace("%3D", "=").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn empty_and_removed_are_told_apart() {
        assert_eq!(encode_as_found([("owner", "")]), "nothing");
        assert_eq!(decode_as_found("nothing"), Some(BTreeMap::new()));
        assert_eq!(decode_as_found(""), None);
        assert_eq!(decode_as_found("owner"), None);
    }

    #[test]
    fn the_cell_is_readable() {
        let cell = encode_as_found([("owner", "IT|OT"), ("model", "100% = x"), ("serial", "")]);
        assert_eq!(cell, "owner=IT%7COT|model=100%25 %3D x");
    }

    #[test]
    fn editable_columns_are_columns() {
        assert!(EDITABLE.iter().all(|column| COLUMNS.contains(column)));
        assert!(PERSONS_OWN.iter().all(|column| EDITABLE.contains(column)));
        assert_eq!(COLUMNS.last(), Some(&AS_FOUND));
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(values in proptest::collection::btree_map("[a-z_]{1,12}", "[%|=7CD325a-f ]{1,12}", 0..6)) {
            let cell = encode_as_found(values.iter().map(|(column, value)| (column.as_str(), value.as_str())));
            // Surrounding blanks of the whole cell are the spreadsheet's; the last value is compared trimmed.
            let trimmed = |map: BTreeMap<String, String>| -> Vec<_> {
                map.into_iter().map(|(column, value)| (column, value.trim_end().to_owned())).collect()
            };
            prop_assert_eq!(decode_as_found(&cell).map(trimmed), Some(trimmed(values)));
        }
    }
}
