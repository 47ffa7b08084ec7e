//! From a recognised file to what it says.

use crate::asset_list::{AssetList, asset_list};
use crate::format::Format;
use crate::journal::{Journal, RejectedRow};
use crate::lines::Lines;
use crate::mapping::Mapping;
use crate::tell::Teller;
use crate::text::{DELIMITERS, Rows, decode};
use crate::xml::Xml;
use crate::{
    clearpass, devices, eve, leases, neighbours, nmap, p0f, scanner, stations, tables, workbook, zeek,
};
use cordon_model::observe::{Batch, Damage, InputReport, Sink};
use std::io::{BufRead, Read as _};

/// A list may hold this many bytes: about a million devices.
const LIST_BYTES_MAX: u64 = 256 << 20;

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Taken {
    /// How well it could be read; `packets` counts its records.
    pub report: InputReport,
    /// The rows that could not be used, or not all of them, in order.
    pub rejected: Vec<RejectedRow>,
    /// What a list says; nothing of a file of records, which went to the sink.
    pub batch: Option<Batch>,
}

/// Reads a file of a kind that was recognised; `path` is its name as given.
pub fn read(
    format: Format,
    path: &str,
    reader: &mut dyn BufRead,
    mappings: &[Mapping],
    sink: &mut dyn Sink,
) -> Taken {
    match format {
        Format::AssetList => whole(format, path, reader, |bytes| asset_list(path, bytes, mappings)),
        Format::ZeekTsv => records(format, path, reader, sink, zeek::tsv),
        Format::ZeekJson => records(format, path, reader, sink, zeek::json),
        Format::Eve => records(format, path, reader, sink, eve::read),
        Format::Nmap => elements(format, path, reader, sink, nmap::read),
        Format::Nessus => elements(format, path, reader, sink, scanner::nessus),
        Format::OpenVas => elements(format, path, reader, sink, scanner::openvas),
        Format::ClearPassXml => elements(format, path, reader, sink, clearpass::read),
        Format::P0f => records(format, path, reader, sink, p0f::read),
        Format::UniFi => json(format, path, reader, sink),
        Format::NetBox => list(devices::netbox(path, &mut reader.take(LIST_BYTES_MAX))),
        Format::Fhir => list(devices::fhir(path, &mut reader.take(LIST_BYTES_MAX))),
        Format::Workbook => whole(format, path, reader, |bytes| workbook::read(path, bytes, mappings)),
        Format::IscLeases => records(format, path, reader, sink, leases::isc),
        Format::DnsmasqLeases => records(format, path, reader, sink, leases::dnsmasq),
        Format::NetshLeases => records(format, path, reader, sink, leases::netsh),
        Format::Stations => records(format, path, reader, sink, stations::read),
        Format::AddressTable => records(format, path, reader, sink, tables::read),
        Format::Neighbours => records(format, path, reader, sink, neighbours::read),
    }
}

/// Reads records line by line.
fn records(
    format: Format,
    path: &str,
    reader: &mut dyn BufRead,
    sink: &mut dyn Sink,
    read: impl FnOnce(&mut Lines<'_>, &mut Teller<'_>),
) -> Taken {
    let mut teller = Teller::new(sink, Journal::new(path, format.name()));
    read(&mut Lines::new(reader), &mut teller);
    let (report, rejected) = teller.journal.finish();
    Taken { report, rejected, batch: None }
}

/// Reads the stations of a controller.
fn json(format: Format, path: &str, reader: &mut dyn BufRead, sink: &mut dyn Sink) -> Taken {
    let mut teller = Teller::new(sink, Journal::new(path, format.name()));
    if let Err(damage) = devices::unifi(&mut reader.take(LIST_BYTES_MAX), &mut teller) {
        teller.journal.damage(damage);
    }
    let (report, rejected) = teller.journal.finish();
    Taken { report, rejected, batch: None }
}

fn list(list: AssetList) -> Taken {
    let AssetList { batch, report, rejected } = list;
    Taken { report, rejected, batch: Some(batch) }
}

/// Reads XML element by element.
fn elements(
    format: Format,
    path: &str,
    reader: &mut dyn BufRead,
    sink: &mut dyn Sink,
    read: impl FnOnce(&mut Xml<'_>, &mut Teller<'_>) -> Result<(), Damage>,
) -> Taken {
    let mut teller = Teller::new(sink, Journal::new(path, format.name()));
    let mut xml = Xml::new(reader);
    if let Err(damage) = read(&mut xml, &mut teller) {
        teller.journal.damage(damage);
    }
    teller.journal.report.bytes = xml.bytes();
    let (report, rejected) = teller.journal.finish();
    Taken { report, rejected, batch: None }
}

/// Reads a list that is needed as a whole.
fn whole(
    format: Format,
    path: &str,
    reader: &mut dyn BufRead,
    read: impl FnOnce(&[u8]) -> AssetList,
) -> Taken {
    let mut bytes = Vec::new();
    let failed = reader.take(LIST_BYTES_MAX + 1).read_to_end(&mut bytes).err();
    let damage = match failed {
        Some(error) => Some(error.to_string()),
        None if bytes.len() as u64 > LIST_BYTES_MAX => {
            Some(format!("longer than {LIST_BYTES_MAX} bytes, the most that is read of such a file"))
        }
        None => None,
    };
    if let Some(reason) = damage {
        let mut journal = Journal::new(path, format.name());
        journal.damage(Damage { offset: bytes.len() as u64, reason });
        let (report, rejected) = journal.finish();
        return Taken { report, rejected, batch: None };
    }
    list(read(&bytes))
}

/// The rows of a file that may be a list: of delimited text by the delimiter that divides most of its lines.
/// At most `rows_max` rows are given.
pub fn table(bytes: &[u8], rows_max: usize) -> Option<Vec<Vec<String>>> {
    if workbook::is_workbook(bytes) {
        // The sheet with the most columns that hold something.
        let width = |rows: &Vec<Vec<String>>| rows.iter().map(Vec::len).max().unwrap_or(0);
        let sheets = workbook::sheets(bytes, rows_max).ok()?.into_iter().map(|(_, rows)| rows);
        return sheets.max_by_key(width);
    }
    let text = decode(bytes);
    let tables = DELIMITERS.map(|delimiter| Rows::new(&text, delimiter).take(rows_max).collect::<Vec<_>>());
    let divided =
        |table: &Vec<Vec<String>>| table.iter().filter(|row| row.len() > 1).map(Vec::len).sum::<usize>();
    let best = tables.into_iter().max_by_key(divided)?;
    (divided(&best) > 0).then_some(best)
}
