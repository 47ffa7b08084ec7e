//! The delimited release of AccessGUDID: tables with columns apart by `|` and a heading, joined by `PrimaryDI`.
//!
//! `device.txt` says what a product is, `identifiers.txt` its further identifiers, `productCodes.txt` its product
//! codes. A table is read a line at a time; the two small ones are kept, by the hash of what they are joined by.

use super::{FdaRecord, product, text};
use cordon_knowledge::fda::Product;
use cordon_model::observe::Damage;
use std::io::{BufRead, Read};

/// A line is one row; descriptions of 2,000 characters are the longest.
const LINE_BYTES_MAX: u64 = 256 << 10;
/// Rows kept of a small table: GUDID has about five million.
const ROWS_MAX: usize = 40_000_000;

/// One of the tables that are of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `device.txt`.
    Devices,
    /// `identifiers.txt`.
    Identifiers,
    /// `productCodes.txt`.
    Codes,
}

/// The table whose heading begins a file.
pub fn table(head: &[u8]) -> Option<Table> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line).to_lowercase();
    let names: Vec<&str> = line.trim().split('|').map(str::trim).collect();
    if !names.contains(&"primarydi") {
        return None;
    }
    let has = |name: &str| names.contains(&name);
    match () {
        () if has("brandname") && has("companyname") => Some(Table::Devices),
        () if has("deviceid") && has("deviceidtype") => Some(Table::Identifiers),
        () if has("productcode") => Some(Table::Codes),
        () => None,
    }
}

/// What the small tables say, by product.
#[derive(Clone, Debug, Default)]
pub struct Joined {
    rows: Vec<(u64, Box<str>)>,
    is_sorted: bool,
    /// Rows that were not kept because there are too many.
    pub dropped: u64,
}

impl Joined {
    fn add(&mut self, device: &str, value: &str) {
        if device.is_empty() || value.is_empty() || value == device {
            return;
        }
        if self.rows.len() >= ROWS_MAX {
            self.dropped += 1;
            return;
        }
        self.is_sorted = false;
        self.rows.push((hash(device), value.into()));
    }

    fn of(&mut self, device: &str) -> Vec<String> {
        if !std::mem::replace(&mut self.is_sorted, true) {
            self.rows.sort();
        }
        let key = hash(device);
        let from = self.rows.partition_point(|(known, _)| *known < key);
        let rows = self.rows.get(from..).unwrap_or_default().iter();
        rows.take_while(|(known, _)| *known == key)
            .take(super::LIST_MAX * 2)
            .map(|(_, text)| text.to_string())
            .collect()
    }
}

/// 64-bit FNV-1a (draft-eastlake-fnv).
fn hash(key: &str) -> u64 {
    key.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Reads one of the small tables; answers how many rows it has.
pub fn join(table: Table, reader: &mut dyn BufRead, joined: &mut Joined) -> Result<u64, Damage> {
    let mut rows = 0;
    lines(reader, &mut |row| {
        rows += 1;
        let value = match table {
            Table::Identifiers => row.cell("deviceid"),
            _ => row.cell("productcode"),
        };
        joined.add(&row.cell("primarydi"), &value);
    })?;
    Ok(rows)
}

/// What became of `device.txt`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// Products handed on.
    pub records: u64,
    /// Rows without a primary identifier, or not published.
    pub rejected: u64,
    /// The newest date of a row, `YYYY-MM-DD`.
    pub newest: String,
}

/// Reads `device.txt` and hands on every product with what the other tables say of it.
pub fn devices(
    reader: &mut dyn BufRead,
    identifiers: &mut Joined,
    codes: &mut Joined,
    each: &mut dyn FnMut(Product),
) -> Result<Devices, Damage> {
    let mut read = Devices::default();
    lines(reader, &mut |row| {
        let device = row.cell("primarydi");
        let date = row.cell("publicversiondate");
        let made = product(Product {
            record: 0,
            further: identifiers.of(&device),
            brand: row.cell("brandname"),
            model: row.cell("versionmodelnumber"),
            catalogue: row.cell("catalognumber"),
            company: row.cell("companyname"),
            codes: codes.of(&device),
            distribution: row.cell("devicecommdistributionstatus"),
            distribution_end: row.cell("devicecommdistributionenddate"),
            device,
        });
        match made {
            Some(FdaRecord::Product(product)) => {
                read.records += 1;
                if date.len() == 10 && date > read.newest {
                    read.newest = date;
                }
                each(product);
            }
            _ => read.rejected += 1,
        }
    })?;
    Ok(read)
}

struct Row<'r> {
    heading: &'r [String],
    cells: Vec<&'r str>,
}

impl Row<'_> {
    fn cell(&self, name: &str) -> String {
        let at = self.heading.iter().position(|known| known == name);
        text(at.and_then(|at| self.cells.get(at)).copied().unwrap_or_default().trim_matches('"'))
    }
}

fn lines(reader: &mut dyn BufRead, each: &mut dyn FnMut(&Row<'_>)) -> Result<(), Damage> {
    let mut heading: Vec<String> = Vec::new();
    let mut offset = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = Read::take(&mut *reader, LINE_BYTES_MAX).read_until(b'\n', &mut line);
        let count = read.map_err(|error| Damage { offset, reason: error.to_string() })? as u64;
        if count == 0 {
            return Ok(());
        }
        if count == LINE_BYTES_MAX {
            return Err(Damage { offset, reason: format!("a line has more than {LINE_BYTES_MAX} bytes") });
        }
        let row = String::from_utf8_lossy(&line);
        let row = row.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
        let cells: Vec<&str> = row.split('|').collect();
        if heading.is_empty() {
            heading = cells.iter().map(|name| name.trim().to_lowercase()).collect();
        } else if !row.trim().is_empty() {
            // A release that was cut off ends within a row.
            if cells.len() < heading.len() && !line.ends_with(b"\n") {
                return Err(Damage { offset, reason: "it ends within a row".to_owned() });
            }
            each(&Row { heading: &heading, cells });
        }
        offset += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICES: &str = "PrimaryDI|publicVersionDate|brandName|versionModelNumber|catalogNumber|companyName|\
        deviceCommDistributionStatus|deviceCommDistributionEndDate\n\
        001|2026-10-01|Pump|P 1||Maker, Inc.|In Commercial Distribution|\n\
        |2026-10-02|x|x||x||\n\
        002|2026-09-01|Scanner|S||Maker, Inc.|Not in Commercial Distribution|2020-01-01";

    #[test]
    fn tables_are_told_apart_and_joined() {
        assert_eq!(table(DEVICES.as_bytes()), Some(Table::Devices));
        assert_eq!(table(b"PrimaryDI|productCode|productCodeName\n"), Some(Table::Codes));
        assert_eq!(table(b"\xef\xbb\xbfPrimaryDI|deviceId|deviceIdType|x\r\n"), Some(Table::Identifiers));
        assert_eq!((table(b"PrimaryDI|gmdnPTName\n"), table(b"a|b\n"), table(b"")), (None, None, None));
        let (mut identifiers, mut codes) = (Joined::default(), Joined::default());
        let text = b"PrimaryDI|deviceId|deviceIdType\n001|001|Primary\n001|9001|Package\n003|9003|Package\n";
        assert_eq!(join(Table::Identifiers, &mut &text[..], &mut identifiers).unwrap(), 3);
        join(Table::Codes, &mut &b"PrimaryDI|productCode\n002|FRN\n001|MEA\n"[..], &mut codes).unwrap();
        let mut found = Vec::new();
        let read = devices(&mut DEVICES.as_bytes(), &mut identifiers, &mut codes, &mut |one| found.push(one))
            .unwrap();
        assert_eq!((read.records, read.rejected, read.newest.as_str()), (2, 1, "2026-10-01"));
        assert_eq!((&found[0].further, &found[0].codes), (&vec!["9001".to_owned()], &vec!["MEA".to_owned()]));
        assert_eq!(
            (found[1].codes.join(" "), found[1].distribution_end.as_str()),
            ("FRN".into(), "2020-01-01")
        );
    }

    #[test]
    fn a_release_that_ends_within_a_row_is_damage() {
        let cut = &DEVICES[..DEVICES.len() - 30];
        let (mut one, mut other) = (Joined::default(), Joined::default());
        assert!(devices(&mut cut.as_bytes(), &mut one, &mut other, &mut |_| ()).is_err());
    }
}
