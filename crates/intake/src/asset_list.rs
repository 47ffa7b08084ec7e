//! Asset lists: rows of cells under a heading to sightings, one record a row.
//!
//! A row's facts stand at its first address; each further address of the row gets its leading fact once
//! more, so that the record ties them together. A row without any address is a device that is not on the
//! network, or was not seen on it. Times are not known and are the epoch.

mod heading;
mod row;

use crate::journal::{Journal, RejectedRow};
use crate::mapping::Mapping;
use crate::text::{ROWS_MAX, Rows, decode};
use cordon_model::observe::{Batch, Damage, Health, InputReport};
pub(crate) use heading::Heading;
pub(crate) use row::Reading;

/// What became of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetList {
    /// What the rows say.
    pub batch: Batch,
    /// How well the list could be read; `packets` counts its rows without the heading.
    pub report: InputReport,
    /// The rows that could not be used, or not all of them, in order.
    pub rejected: Vec<RejectedRow>,
}

/// True when a text that starts so is a list whose heading is known, by itself or by a mapping.
pub fn is_asset_list(head: &[u8], mappings: &[Mapping]) -> bool {
    Heading::of_text(&decode(head), mappings).is_some()
}

/// Why a table without a usable heading is not taken in.
pub(crate) const NO_HEADING: &str = "no heading with at least two known columns, one of them a label, serial \
                                     number, name or address; `cordon intake propose` says which columns could \
                                     be meant";

/// Reads a list; `path` is its name as given.
pub fn asset_list(path: &str, bytes: &[u8], mappings: &[Mapping]) -> AssetList {
    let text = decode(bytes);
    let mut reading = Reading::new(path, "asset list");
    reading.journal.report.bytes = bytes.len() as u64;
    match Heading::of_text(&text, mappings) {
        Some((delimiter, heading)) => {
            let mut rows = Rows::new(&text, delimiter);
            let read = reading.table(&heading, rows.by_ref());
            if rows.unclosed {
                reading.damage("a quoted cell never ends; it was taken to the end of its line");
            }
            if read >= ROWS_MAX {
                reading.damage(&format!("more than {ROWS_MAX} rows; the rest was not read"));
            }
        }
        None => reading.damage(NO_HEADING),
    }
    reading.finish()
}

#[cfg(test)]
mod tests;
