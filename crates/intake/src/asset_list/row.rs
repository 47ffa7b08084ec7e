//! One row of a list: what its cells say, and whose they are.

use super::heading::{Heading, KEYS};
use super::{AssetList, Batch, Damage, Health, Journal};
use crate::columns::{Column, own_name};
use crate::values;
use cordon_model::observe::{Fact, Sighting, Source};
use cordon_model::{Endpoint, Mac, Timestamp};
use cordon_wire::inventory::{PERSONS_OWN, decode_as_found};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// So much of a cell or heading is named in a reason.
const SHOWN_CHARACTERS_MAX: usize = 40;

/// The kind of our own sheet: what people wrote into it is their word, but no register is kept in it.
const OWN_SHEET: &str = "inventory sheet";

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

/// The reading of one list.
pub(crate) struct Reading {
    path: String,
    /// The end of the path, as records name it.
    name: String,
    /// What a record is called: `row`, `device`.
    unit: &'static str,
    pub(crate) journal: Journal,
    sightings: Vec<Sighting>,
}

impl Reading {
    pub(crate) fn new(path: &str, kind: &str) -> Reading {
        // A record's name is held to the length of a fact; the end of a path tells files apart best.
        let from = path.ceil_char_boundary(path.len().saturating_sub(200));
        Reading {
            path: path.to_owned(),
            name: path.get(from..).unwrap_or_default().to_owned(),
            unit: "row",
            journal: Journal::new(path, kind),
            sightings: Vec::new(),
        }
    }

    /// The same for files whose records are no rows of a table.
    pub(crate) fn of_records(path: &str, kind: &str) -> Reading {
        Reading { unit: "record", ..Reading::new(path, kind) }
    }

    /// What follows are rows of this sheet.
    pub(crate) fn sheet(&mut self, sheet: &str) {
        let (path, sheet) = (&self.path, values::clean(sheet));
        let from = path.ceil_char_boundary(path.len().saturating_sub(150));
        self.name = format!("{sheet} in {}", path.get(from..).unwrap_or_default());
    }

    pub(crate) fn damage(&mut self, reason: &str) {
        self.journal.damage(Damage { offset: 0, reason: reason.to_owned() });
    }

    /// Reads the rows of a table, heading and what stands above it included; answers how many there were.
    pub(crate) fn table(&mut self, heading: &Heading, rows: impl Iterator<Item = Vec<String>>) -> usize {
        for (_, name) in
            heading.columns.iter().filter(|(column, name)| column.is_none() && !name.trim().is_empty())
        {
            let shown: String = values::clean(name).chars().take(SHOWN_CHARACTERS_MAX).collect();
            self.journal.skip(&format!("column \"{shown}\""), 1);
        }
        if heading.is_ours {
            self.journal.report.kind = OWN_SHEET.to_owned();
        }
        let mut number = 0;
        for cells in rows {
            number += 1;
            if number > heading.row + 1 && cells.iter().any(|cell| !cell.trim().is_empty()) {
                self.journal.report.packets += 1;
                self.row(heading, number as u64, cells);
            }
        }
        number
    }

    pub(crate) fn row(&mut self, heading: &Heading, number: u64, cells: Vec<String>) {
        let row = self.understand(heading, &cells);
        let is_key = |(fact, _): &&(Fact, String)| KEYS.contains(&Column::Says(*fact));
        let has_address = !row.macs.is_empty() || !row.ips.is_empty();
        let has_key = has_address || row.facts.iter().any(|fact| is_key(&fact));
        let reason = if row.facts.is_empty() {
            if row.unchanged > 0 || heading.is_ours {
                self.journal.skip("rows in which nothing was changed", 1);
                return;
            }
            "it says nothing about its device"
        } else if !has_key {
            "neither label, serial number, name nor address: nothing to know the device by"
        } else {
            self.sightings(&row, number);
            if !row.unread.is_empty() {
                let reason = format!("used without what could not be read: {}", row.unread.join("; "));
                self.journal.reject(number, true, reason, cells);
            }
            return;
        };
        let reason = [vec![reason.to_owned()], row.unread].concat().join("; ");
        self.journal.reject(number, false, reason, cells);
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
                        self.journal.skip("cells with a MAC address that is none", 1);
                        row.unread(name, cell, "is no MAC address of a device");
                    }
                }
                Some(Column::Ips) => {
                    let (mut ips, all_read) = values::ips(&values::clean(cell));
                    row.ips.append(&mut ips);
                    if !all_read {
                        self.journal.skip("cells with an IP address that is none", 1);
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
            self.journal.skip(&format!("values not in the vocabulary of {}", own_name(fact)), 1);
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
                self.journal.skip("rows whose memory of what Cordon wrote was removed", 1);
                AsFound::Removed
            }
        }
    }

    fn sightings(&mut self, row: &Row, number: u64) {
        let record = format!("{} {number} of {}", self.unit, self.name);
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

    pub(crate) fn finish(mut self) -> AssetList {
        self.sightings.sort_unstable();
        let kind = self.journal.report.kind.clone();
        let (report, rejected) = self.journal.finish();
        let batch = Batch {
            sensor: format!("{kind} {}", self.path),
            sequence: 0,
            start: None,
            end: None,
            inputs: vec![self.path],
            sightings: self.sightings,
            conversations: Vec::new(),
            events: Vec::new(),
            health: Health { inputs: vec![report.clone()], ..Health::default() },
        };
        AssetList { batch, report, rejected }
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
