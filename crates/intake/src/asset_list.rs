//! Asset lists: rows of delimited text to sightings, one record a row.
//!
//! A row's facts stand at its first address; each further address of the row gets its leading fact once
//! more, so that the record ties them together. Times are not known and are the epoch.

use crate::columns::{Column, column, own_name};
use crate::text::{ROWS_MAX, Rows, decode};
use crate::values;
use cordon_model::observe::{Batch, Damage, Fact, Health, InputReport, Sighting, Source};
use cordon_model::{Endpoint, Mac, Timestamp};
use cordon_wire::inventory::{PERSONS_OWN, decode_as_found};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::IpAddr;

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

/// A row that could not be used, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RejectedRow {
    /// Name of the list as given.
    pub input: String,
    /// Row number as a spreadsheet shows it.
    pub row: u64,
    /// True when the row was used without the cells that the reason names.
    pub used: bool,
    /// Why, in words.
    pub reason: String,
    /// The row as it stands.
    pub cells: Vec<String>,
}

/// The heading may stand below a title; so many rows are looked at.
const HEADING_ROWS_MAX: usize = 20;
/// Kinds of things passed over that are counted apart.
const SKIPPED_KINDS_MAX: usize = 64;
/// So much of a cell or heading is named in a reason.
const SHOWN_CHARACTERS_MAX: usize = 40;
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// Columns that say which device a row is.
const KEYS: &[Column] = &[
    Column::Says(Fact::AssetTag),
    Column::Says(Fact::AssetSerial),
    Column::Says(Fact::AssetHostname),
    Column::Says(Fact::AssetUdi),
    Column::Macs,
    Column::Ips,
];

/// What the heading says.
struct Heading {
    delimiter: char,
    /// Index of its row.
    row: usize,
    /// What each column says, and its own words.
    columns: Vec<(Option<Column>, String)>,
    /// True for our own `inventory.csv`, also when its memory column was removed.
    is_ours: bool,
}

impl Heading {
    /// Finds the heading: the row near the top with the most known columns, at least two, one of them a key.
    fn find(text: &str) -> Option<Heading> {
        let mut best: Option<(usize, Heading)> = None;
        for delimiter in DELIMITERS {
            for (row, cells) in Rows::new(text, delimiter).take(HEADING_ROWS_MAX).enumerate() {
                let columns: Vec<_> = cells.into_iter().map(|cell| (column(&cell), cell)).collect();
                let known = columns.iter().filter(|(column, _)| column.is_some()).count();
                let has_key = columns.iter().any(|(column, _)| column.is_some_and(|c| KEYS.contains(&c)));
                if known < 2 || !has_key || best.as_ref().is_some_and(|(most, _)| *most >= known) {
                    continue;
                }
                let has = |wanted: Column| columns.iter().any(|(column, _)| *column == Some(wanted));
                let is_ours = has(Column::AsFound) || (has(Column::Id) && has(Column::Computed));
                best = Some((known, Heading { delimiter, row, columns, is_ours }));
            }
        }
        best.map(|(_, heading)| heading)
    }
}

/// True when a text that starts so is a list whose heading is known.
pub fn is_asset_list(head: &[u8]) -> bool {
    Heading::find(&decode(head)).is_some()
}

/// Reads a list; `path` is its name as given.
pub fn asset_list(path: &str, bytes: &[u8]) -> AssetList {
    let text = decode(bytes);
    let mut reading = Reading::new(path);
    reading.report.bytes = bytes.len() as u64;
    match Heading::find(&text) {
        Some(heading) => reading.rows(&heading, &text),
        None => reading.damage(
            "no heading with at least two known columns, one of them a label, serial \
                                number, name or address",
        ),
    }
    reading.finish()
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

/// One row as it was understood.
#[derive(Default)]
struct Row {
    macs: Vec<Mac>,
    ips: Vec<IpAddr>,
    facts: Vec<(Fact, String)>,
    /// Cells in which only Cordon speaks.
    unchanged: u64,
    /// What is wrong with each cell that could not be read, or not all of it.
    unread: Vec<String>,
}

impl Row {
    fn unread(&mut self, heading: &str, cell: &str, what: &str) {
        let short = |text: &str| values::clean(text).chars().take(SHOWN_CHARACTERS_MAX).collect::<String>();
        self.unread.push(format!("\"{}\" in column \"{}\" {what}", short(cell), short(heading)));
    }
}

struct Reading {
    path: String,
    /// The end of the path, as records name it.
    name: String,
    report: InputReport,
    sightings: Vec<Sighting>,
    rejected: Vec<RejectedRow>,
}

impl Reading {
    fn new(path: &str) -> Reading {
        // A record's name is held to the length of a fact; the end of a path tells files apart best.
        let from = path.ceil_char_boundary(path.len().saturating_sub(200));
        Reading {
            path: path.to_owned(),
            name: path.get(from..).unwrap_or_default().to_owned(),
            report: InputReport {
                path: path.to_owned(),
                kind: "asset list".to_owned(),
                ..InputReport::default()
            },
            sightings: Vec::new(),
            rejected: Vec::new(),
        }
    }

    fn damage(&mut self, reason: &str) {
        self.report.damaged.push(Damage { offset: 0, reason: reason.to_owned() });
    }

    fn skip(&mut self, what: &str, more: u64) {
        if more == 0 {
            return;
        }
        let full = self.report.skipped.len() >= SKIPPED_KINDS_MAX && !self.report.skipped.contains_key(what);
        let what = if full { "other" } else { what };
        *self.report.skipped.entry(what.to_owned()).or_insert(0) += more;
    }

    fn rows(&mut self, heading: &Heading, text: &str) {
        for (_, name) in
            heading.columns.iter().filter(|(column, name)| column.is_none() && !name.trim().is_empty())
        {
            let shown: String = values::clean(name).chars().take(SHOWN_CHARACTERS_MAX).collect();
            self.skip(&format!("column \"{shown}\""), 1);
        }
        let mut rows = Rows::new(text, heading.delimiter);
        let mut number = 0u64;
        for cells in rows.by_ref() {
            number += 1;
            if number as usize > heading.row + 1 && !cells.is_empty() {
                self.report.packets += 1;
                self.row(heading, number, cells);
            }
        }
        if rows.unclosed {
            self.damage("a quoted cell never ends; it was taken to the end of its line");
        }
        if number as usize >= ROWS_MAX {
            self.damage(&format!("more than {ROWS_MAX} rows; the rest was not read"));
        }
    }

    fn row(&mut self, heading: &Heading, number: u64, cells: Vec<String>) {
        let row = self.understand(heading, &cells);
        let is_key = |(fact, _): &&(Fact, String)| KEYS.contains(&Column::Says(*fact));
        let has_address = !row.macs.is_empty() || !row.ips.is_empty();
        let has_key = has_address || row.facts.iter().any(|fact| is_key(&fact));
        let reason = if row.facts.is_empty() {
            if row.unchanged > 0 || heading.is_ours {
                self.skip("rows in which nothing was changed", 1);
                return;
            }
            "it says nothing about its device"
        } else if !has_key {
            "neither label, serial number, name nor address: nothing to know the device by"
        } else {
            self.sightings(&row, number);
            if !row.unread.is_empty() {
                let reason = format!("used without what could not be read: {}", row.unread.join("; "));
                self.reject(number, true, reason, cells);
            }
            return;
        };
        let reason = [vec![reason.to_owned()], row.unread].concat().join("; ");
        self.reject(number, false, reason, cells);
    }

    fn reject(&mut self, row: u64, used: bool, reason: String, cells: Vec<String>) {
        self.rejected.push(RejectedRow { input: self.path.clone(), row, used, reason, cells });
    }

    fn understand(&mut self, heading: &Heading, cells: &[String]) -> Row {
        let as_found = self.as_found(heading, cells);
        let mut row = Row::default();
        for ((column, name), cell) in heading.columns.iter().zip(cells) {
            match column {
                Some(Column::Macs) => {
                    let (mut macs, all_read) = values::macs(&values::clean(cell));
                    row.macs.append(&mut macs);
                    if !all_read {
                        self.skip("cells with a MAC address that is none", 1);
                        row.unread(name, cell, "is no MAC address of a device");
                    }
                }
                Some(Column::Ips) => {
                    let (mut ips, all_read) = values::ips(&values::clean(cell));
                    row.ips.append(&mut ips);
                    if !all_read {
                        self.skip("cells with an IP address that is none", 1);
                        row.unread(name, cell, "is no IP address of a device");
                    }
                }
                Some(Column::Says(fact)) => self.cell(*fact, name, cell, &as_found, &mut row),
                _ => {}
            }
        }
        row.macs.sort_unstable();
        row.macs.dedup();
        row.ips.sort_unstable();
        row.ips.dedup();
        row.facts.sort();
        row.facts.dedup();
        row
    }

    fn cell(&mut self, fact: Fact, heading: &str, cell: &str, as_found: &AsFound, row: &mut Row) {
        let text = values::clean(cell);
        if as_found.is_ours(fact, cell) {
            row.unchanged += u64::from(!text.is_empty());
            return;
        }
        let (said, understood) = values::of_fact(fact, &text);
        if !understood {
            self.skip(&format!("values not in the vocabulary of {}", own_name(fact)), 1);
            row.unread(heading, cell, &format!("is no {}", own_name(fact).replace('_', " ")));
        }
        // Of several names only those a person added are a person's word.
        let said = said.into_iter().filter(|value| fact != Fact::AssetHostname || !as_found.names(value));
        row.facts.extend(said.map(|value| (fact, value)));
    }

    /// What Cordon wrote into this row.
    fn as_found(&mut self, heading: &Heading, cells: &[String]) -> AsFound {
        if !heading.is_ours {
            return AsFound::NotOurs;
        }
        let cell = |wanted: Column| {
            let mut pairs = heading.columns.iter().zip(cells);
            let found = pairs.find(|((column, _), cell)| *column == Some(wanted) && !cell.trim().is_empty());
            found.map(|(_, cell)| cell.as_str())
        };
        match (cell(Column::AsFound).and_then(decode_as_found), cell(Column::Id)) {
            (Some(found), _) => AsFound::Known(found),
            // A person added this row.
            (None, None) => AsFound::NotOurs,
            (None, Some(_)) => {
                self.skip("rows whose memory of what Cordon wrote was removed", 1);
                AsFound::Removed
            }
        }
    }

    fn sightings(&mut self, row: &Row, number: u64) {
        let record = format!("row {number} of {}", self.name);
        let (endpoint, further) = endpoints(row);
        let lead = row.facts.iter().min_by_key(|(fact, _)| *fact);
        let whole = row.facts.iter().map(|fact| (endpoint, fact));
        let again = further.iter().flat_map(|endpoint| lead.map(|fact| (*endpoint, fact)));
        let new = whole.chain(again).map(|(endpoint, (fact, value))| Sighting {
            endpoint,
            record: Some(record.clone()),
            fact: *fact,
            value: value.clone(),
            count: 1,
            first: Timestamp::default(),
            last: Timestamp::default(),
            source: Source { input: 0, packet: number },
        });
        self.sightings.extend(new);
    }

    fn finish(mut self) -> AssetList {
        self.sightings.sort_unstable();
        let used = self.rejected.iter().filter(|row| row.used).count() as u64;
        self.skip("rows used in part", used);
        self.skip("rows rejected", self.rejected.len() as u64 - used);
        let health = Health { inputs: vec![self.report.clone()], ..Health::default() };
        let batch = Batch {
            sensor: format!("asset list {}", self.path),
            sequence: 0,
            start: None,
            end: None,
            inputs: vec![self.path],
            sightings: self.sightings,
            conversations: Vec::new(),
            events: Vec::new(),
            health,
        };
        AssetList { batch, report: self.report, rejected: self.rejected }
    }
}

/// The endpoint that stands for a row, and its further addresses. One MAC and one IP address belong together;
/// of several it is not known which IP address is whose.
fn endpoints(row: &Row) -> (Endpoint, Vec<Endpoint>) {
    let of_mac = |mac: &Mac| Endpoint { mac: Some(*mac), ..Endpoint::default() };
    let of_ip = |ip: &IpAddr| Endpoint { ip: Some(*ip), ..Endpoint::default() };
    if let ([mac], [ip]) = (row.macs.as_slice(), row.ips.as_slice()) {
        return (Endpoint { ip: Some(*ip), ..of_mac(mac) }, Vec::new());
    }
    let mut all = row.macs.iter().map(of_mac).chain(row.ips.iter().map(of_ip));
    (all.next().unwrap_or_default(), all.collect())
}

/// What is known of who wrote a row's cells.
enum AsFound {
    /// Everything is a person's word.
    NotOurs,
    /// What Cordon wrote, by column.
    Known(BTreeMap<String, String>),
    /// Cordon wrote the row, and it is not known any more what.
    Removed,
}

impl AsFound {
    /// True when a cell holds what Cordon wrote, or may hold it.
    fn is_ours(&self, fact: Fact, cell: &str) -> bool {
        let name = own_name(fact);
        if PERSONS_OWN.contains(&name) {
            return false;
        }
        match self {
            AsFound::NotOurs => false,
            AsFound::Known(found) => found.get(name).is_some_and(|before| values::is_unchanged(before, cell)),
            AsFound::Removed => true,
        }
    }

    /// True when this host name was there already.
    fn names(&self, name: &str) -> bool {
        match self {
            AsFound::Known(found) => {
                let names = found.get("hostnames").map(String::as_str).unwrap_or_default();
                names.split_whitespace().any(|known| known.eq_ignore_ascii_case(name))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
