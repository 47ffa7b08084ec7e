//! The heading of a list: which column says what.

use crate::columns::{Column, column};
use crate::mapping::Mapping;
use crate::text::{DELIMITERS, Rows};
use cordon_model::observe::Fact;

/// The heading may stand below a title; so many rows are looked at.
const HEADING_ROWS_MAX: usize = 20;
/// Columns that say which device a row is.
pub(super) const KEYS: &[Column] = &[
    Column::Says(Fact::AssetTag),
    Column::Says(Fact::AssetSerial),
    Column::Says(Fact::AssetHostname),
    Column::Says(Fact::AssetUdi),
    Column::Macs,
    Column::Ips,
];

/// What the heading says.
pub(crate) struct Heading {
    /// Index of its row.
    pub(crate) row: usize,
    /// What each column says, and its own words.
    pub(crate) columns: Vec<(Option<Column>, String)>,
    /// True for our own `inventory.csv`, also when its memory column was removed.
    pub(crate) is_ours: bool,
    /// How many columns are known; one that a person confirmed counts for more than any number of others.
    known: usize,
}

impl Heading {
    /// The heading of delimited text and what delimits it: the best of all delimiters.
    pub(crate) fn of_text(text: &str, mappings: &[Mapping]) -> Option<(char, Heading)> {
        let mut best: Option<(char, Heading)> = None;
        for delimiter in DELIMITERS {
            if let Some(found) = Heading::of_rows(Rows::new(text, delimiter), mappings)
                && best.as_ref().is_none_or(|(_, best)| best.known < found.known)
            {
                best = Some((delimiter, found));
            }
        }
        best
    }

    /// The heading of a table: the row near its top with the most known columns, at least two, one of them a
    /// key.
    pub(crate) fn of_rows(rows: impl Iterator<Item = Vec<String>>, mappings: &[Mapping]) -> Option<Heading> {
        let mut best: Option<Heading> = None;
        for (row, cells) in rows.take(HEADING_ROWS_MAX).enumerate() {
            let Some(heading) = Heading::of_cells(row, cells, mappings) else { continue };
            if best.as_ref().is_none_or(|best| best.known < heading.known) {
                best = Some(heading);
            }
        }
        best
    }

    fn of_cells(row: usize, cells: Vec<String>, mappings: &[Mapping]) -> Option<Heading> {
        let confirmed = mappings.iter().find(|mapping| mapping.fits(&cells));
        let meaning = |cell: &str| match confirmed.and_then(|mapping| mapping.meaning(cell)) {
            Some(meaning) => meaning,
            None => column(cell),
        };
        let columns: Vec<_> = cells.into_iter().map(|cell| (meaning(&cell), cell)).collect();
        let known = columns.iter().filter(|(column, _)| column.is_some()).count();
        let has_key = columns.iter().any(|(column, _)| column.is_some_and(|c| KEYS.contains(&c)));
        if known < 2 || !has_key {
            return None;
        }
        let has = |wanted: Column| columns.iter().any(|(column, _)| *column == Some(wanted));
        let is_ours = has(Column::AsFound) || (has(Column::Id) && has(Column::Computed));
        let known = if confirmed.is_some() { usize::MAX } else { known };
        Some(Heading { row, columns, is_ours, known })
    }
}
