//! What became of an input's rows: read, used in part, rejected with the reason, passed over with a count.

use cordon_model::Timestamp;
use cordon_model::observe::{Damage, InputReport};
use std::fmt::Write;

/// A row that could not be used, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RejectedRow {
    /// Name of the input as given.
    pub input: String,
    /// Row number as a spreadsheet or an editor shows it.
    pub row: u64,
    /// True when the row was used without the parts that the reason names.
    pub used: bool,
    /// Why, in words.
    pub reason: String,
    /// The row as it stands; empty for records of traffic, which may name patients.
    pub cells: Vec<String>,
}

/// Rejected rows that are kept; more are counted.
const REJECTED_MAX: usize = 50_000;
/// Text of rejected rows that is kept, in bytes.
const REJECTED_BYTES_MAX: usize = 64 << 20;
/// So much of one rejected row is kept.
const ROW_BYTES_MAX: usize = 16 << 10;
/// Kinds of things passed over that are counted apart.
const SKIPPED_KINDS_MAX: usize = 64;
/// Damages told one by one.
const DAMAGES_MAX: usize = 16;

/// Counted under this name when a list of rejected rows is full.
const NOT_KEPT: &str = "rows rejected that the file of rejected rows has no room for";

/// The report of an input that grows while it is read.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) report: InputReport,
    rejected: Vec<RejectedRow>,
    rejected_bytes: usize,
    used_in_part: u64,
    rejected_whole: u64,
}

impl Journal {
    pub(crate) fn new(path: &str, kind: &str) -> Journal {
        let report = InputReport { path: path.to_owned(), kind: kind.to_owned(), ..InputReport::default() };
        Journal { report, rejected: Vec::new(), rejected_bytes: 0, used_in_part: 0, rejected_whole: 0 }
    }

    /// Counts things passed over; `what` in the plural.
    pub(crate) fn skip(&mut self, what: &str, more: u64) {
        if more == 0 {
            return;
        }
        if let Some(count) = self.report.skipped.get_mut(what) {
            *count += more;
            return;
        }
        let what = if self.report.skipped.len() >= SKIPPED_KINDS_MAX { "other" } else { what };
        *self.report.skipped.entry(what.to_owned()).or_insert(0) += more;
    }

    pub(crate) fn damage(&mut self, damage: Damage) {
        match self.report.damaged.len() < DAMAGES_MAX {
            true => self.report.damaged.push(damage),
            false => self.skip("further damages", 1),
        }
    }

    /// Notes a row that was not used, or (`used`) not all of it.
    pub(crate) fn reject(&mut self, row: u64, used: bool, reason: String, cells: Vec<String>) {
        match used {
            true => self.used_in_part += 1,
            false => self.rejected_whole += 1,
        }
        let cells = if cells.iter().map(String::len).sum::<usize>() > ROW_BYTES_MAX {
            shortened(&cells)
        } else {
            cells
        };
        let bytes = reason.len() + cells.iter().map(String::len).sum::<usize>();
        if self.rejected.len() >= REJECTED_MAX || self.rejected_bytes + bytes > REJECTED_BYTES_MAX {
            self.skip(NOT_KEPT, 1);
            return;
        }
        self.rejected_bytes += bytes;
        self.rejected.push(RejectedRow { input: self.report.path.clone(), row, used, reason, cells });
    }

    /// Notes the time of something read.
    pub(crate) fn at(&mut self, time: Timestamp) {
        let InputReport { first, last, .. } = &mut self.report;
        *first = Some(first.map_or(time, |first| first.min(time)));
        *last = Some(last.map_or(time, |last| last.max(time)));
    }

    /// The report and the rejected rows.
    pub(crate) fn finish(mut self) -> (InputReport, Vec<RejectedRow>) {
        let (used, whole) = (self.used_in_part, self.rejected_whole);
        self.skip("rows used in part", used);
        self.skip("rows rejected", whole);
        (self.report, self.rejected)
    }
}

fn shortened(cells: &[String]) -> Vec<String> {
    let mut room = ROW_BYTES_MAX;
    let mut kept = Vec::new();
    for cell in cells {
        let end = cell.floor_char_boundary(room.min(cell.len()));
        kept.push(cell.get(..end).unwrap_or_default().to_owned());
        room -= end;
        if room == 0 {
            break;
        }
    }
    kept.push("…".to_owned());
    kept
}

/// Rejected rows as comma separated text, to be mended and handed in again.
pub fn rejected_csv(rejected: &[RejectedRow]) -> String {
    let mut text = String::from("input,row,reason,cells\r\n");
    for row in rejected {
        let cells = row.cells.join(" | ");
        let (input, number, reason) = (quoted(&row.input), row.row, quoted(&row.reason));
        // Writing to a String cannot fail.
        let _ = write!(text, "{input},{number},{reason},{}\r\n", quoted(&cells));
    }
    text
}

/// A quoted cell that no spreadsheet runs as a formula.
fn quoted(cell: &str) -> String {
    let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_grows_has_a_limit_and_is_counted() {
        let mut journal = Journal::new("x", "list");
        for row in 0..REJECTED_MAX as u64 + 7 {
            journal.reject(row, row % 2 == 0, "no".to_owned(), vec!["a".to_owned()]);
            journal.skip(&format!("kind {row}"), 1);
            journal.damage(Damage { offset: row, reason: "bad".to_owned() });
        }
        let (report, rejected) = journal.finish();
        assert_eq!(rejected.len(), REJECTED_MAX);
        assert!(report.skipped.len() <= SKIPPED_KINDS_MAX + 1, "{}", report.skipped.len());
        assert_eq!(report.damaged.len(), DAMAGES_MAX);
        let counted: u64 = report.skipped.values().sum();
        // Kinds, damages, rows not kept, and the two totals.
        let rows = REJECTED_MAX as u64 + 7;
        assert_eq!(counted, rows + rows - DAMAGES_MAX as u64 + 7 + rows);
    }

    #[test]
    fn a_huge_row_is_given_back_in_part() {
        let mut journal = Journal::new("x", "list");
        journal.reject(1, false, "no".to_owned(), vec!["ü".repeat(ROW_BYTES_MAX), "b".to_owned()]);
        let (_, rejected) = journal.finish();
        assert!(rejected[0].cells.iter().map(String::len).sum::<usize>() <= ROW_BYTES_MAX + 3);
    }
}
