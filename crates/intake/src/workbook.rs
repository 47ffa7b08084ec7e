//! Asset lists as Excel workbooks (XLSX): each sheet that has a heading is a list.

use crate::asset_list::{AssetList, Heading, NO_HEADING, Reading};
use crate::mapping::Mapping;
use crate::text::ROWS_MAX;
use calamine::{DataRef, Reader as _, Xlsx};
use std::io::Cursor;

/// A workbook may unfold to this many bytes.
const UNFOLDED_BYTES_MAX: u64 = 1 << 30;
/// Columns of a sheet that are read.
const COLUMNS_MAX: usize = 256;
/// Sheets of a workbook that are read.
const SHEETS_MAX: usize = 64;
/// Text of one sheet that is kept, in bytes.
const SHEET_BYTES_MAX: usize = 512 << 20;

/// True for a file that begins like a workbook: a ZIP archive whose first parts are a spreadsheet's.
pub(crate) fn is_workbook(head: &[u8]) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(head, text).is_some();
    head.starts_with(b"PK\x03\x04") && (has(b"xl/") || has(b"[Content_Types].xml") || has(b"docProps/"))
}

/// True for spreadsheets of other kinds, which are not read.
pub(crate) fn is_other_spreadsheet(head: &[u8]) -> bool {
    head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
        || (head.starts_with(b"PK\x03\x04")
            && memchr::memmem::find(head, b"opendocument.spreadsheet").is_some())
}

/// The rows of one sheet as text, and its name.
type Sheet = (String, Vec<Vec<String>>);

/// Reads a workbook.
pub(crate) fn read(path: &str, bytes: &[u8], mappings: &[Mapping]) -> AssetList {
    let mut reading = Reading::new(path, "asset list (XLSX)");
    reading.journal.report.bytes = bytes.len() as u64;
    match sheets(bytes, usize::MAX) {
        Err(reason) => reading.damage(&reason),
        Ok(sheets) => {
            let mut used = 0;
            for (name, rows) in sheets {
                match Heading::of_rows(rows.iter().cloned(), mappings) {
                    Some(heading) => {
                        used += 1;
                        reading.sheet(&name);
                        let read = reading.table(&heading, rows.into_iter());
                        if read >= ROWS_MAX {
                            reading.damage(&format!(
                                "more than {ROWS_MAX} rows in a sheet; the rest was not read"
                            ));
                        }
                    }
                    None => reading.journal.skip("sheets without a heading that is known", 1),
                }
            }
            if used == 0 {
                reading.damage(NO_HEADING);
            }
        }
    }
    reading.finish()
}

/// The sheets of a workbook, each of at most `rows_max` rows; the error says why there are none.
pub(crate) fn sheets(bytes: &[u8], rows_max: usize) -> Result<Vec<Sheet>, String> {
    let unfolded =
        unfolded_bytes(bytes).ok_or("it is no whole workbook: the archive's table of contents is missing")?;
    if unfolded > UNFOLDED_BYTES_MAX {
        return Err(format!(
            "it would unfold to {unfolded} bytes, more than the {UNFOLDED_BYTES_MAX} that are read"
        ));
    }
    let unusable = |error: calamine::XlsxError| format!("it is no workbook that can be read: {error}");
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(unusable)?;
    let names: Vec<String> =
        workbook.sheet_names().into_iter().take(SHEETS_MAX).map(|name| name.to_string()).collect();
    let mut sheets = Vec::new();
    for name in names {
        let rows = rows(&mut workbook, &name, rows_max.min(ROWS_MAX)).map_err(unusable)?;
        sheets.push((name, rows));
    }
    Ok(sheets)
}

fn rows(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    rows_max: usize,
) -> Result<Vec<Vec<String>>, calamine::XlsxError> {
    let mut cells = workbook.worksheet_cells_reader(name)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut room = SHEET_BYTES_MAX;
    while let Some(cell) = cells.next_cell()? {
        let (row, column) = cell.get_position();
        let (row, column) = (row as usize, column as usize);
        if row >= rows_max || room == 0 {
            break;
        }
        let text = text(cell.get_value());
        if column >= COLUMNS_MAX || text.is_empty() {
            continue;
        }
        room = room.saturating_sub(text.len() + 64);
        // Rows above that hold nothing are blank ones, so that rows are numbered as the program shows them.
        if rows.len() <= row {
            rows.resize_with(row + 1, Vec::new);
        }
        if let Some(cells) = rows.get_mut(row) {
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            if let Some(place) = cells.get_mut(column) {
                *place = text;
            }
        }
    }
    Ok(rows)
}

/// A cell as a person sees it, dates in the order of ISO 8601.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        DataRef::DateTime(time) if time.is_datetime() => {
            let (year, month, day, ..) = time.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(time) => time.as_f64().to_string(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
    }
}

/// What the parts of a ZIP archive unfold to, by its table of contents (APPNOTE.TXT 4.3.12): found from the
/// end, where the record stands that says where the table is (4.3.16).
fn unfolded_bytes(bytes: &[u8]) -> Option<u64> {
    let number = |at: usize, length: usize| {
        let field = bytes.get(at..at.checked_add(length)?)?;
        Some(field.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte)))
    };
    let end = memchr::memmem::rfind(bytes, b"PK\x05\x06")?;
    let count = number(end + 10, 2)?;
    let mut at = usize::try_from(number(end + 16, 4)?).ok()?;
    let mut total = 0u64;
    for _ in 0..count {
        if bytes.get(at..at + 4)? != b"PK\x01\x02" {
            return None;
        }
        total = total.saturating_add(number(at + 24, 4)?);
        let variable = number(at + 28, 2)? + number(at + 30, 2)? + number(at + 32, 2)?;
        at = at.checked_add(46)?.checked_add(usize::try_from(variable).ok()?)?;
    }
    Some(total)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::format::{Format, recognise};
    use cordon_model::observe::Fact;
    use proptest::prelude::*;
    use rust_xlsxwriter::{ExcelDateTime, Format as Style, Workbook};

    pub(crate) fn book() -> Vec<u8> {
        let mut workbook = Workbook::new();
        workbook.add_worksheet().set_name("Read me").unwrap().write(0, 0, "Export of the workshop").unwrap();
        let sheet = workbook.add_worksheet().set_name("Devices").unwrap();
        sheet.write(0, 0, "Devices of the clinic").unwrap();
        for (column, heading) in
            ["Asset Tag", "Manufacturer", "Model", "MAC Address", "Year built", "Price"].iter().enumerate()
        {
            sheet.write(2, column as u16, *heading).unwrap();
        }
        sheet.write(3, 0, 4711).unwrap();
        sheet.write(3, 1, "Acme").unwrap();
        sheet.write(3, 2, 300.5).unwrap();
        sheet.write(3, 3, "00:1b:0d:20:30:01").unwrap();
        let date = ExcelDateTime::parse_from_str("2019-03-07").unwrap();
        sheet.write_with_format(3, 4, &date, &Style::new().set_num_format("yyyy-mm-dd")).unwrap();
        sheet.write(4, 5, 12).unwrap();
        workbook.save_to_buffer().unwrap()
    }

    #[test]
    fn a_sheet_is_a_list() {
        let bytes = book();
        assert_eq!(recognise(&bytes, &[]), Some(Format::Workbook));
        let list = read("list.xlsx", &bytes, &[]);
        let said: Vec<String> = list
            .batch
            .sightings
            .iter()
            .map(|seen| format!("{} {}={}", seen.record.as_deref().unwrap(), seen.fact, seen.value))
            .collect();
        let at = "row 4 of Devices in list.xlsx";
        assert_eq!(
            said,
            [
                format!("{at} asset_list.asset_tag=4711"),
                format!("{at} asset_list.manufacturer=Acme"),
                format!("{at} asset_list.model=300.5"),
                format!("{at} asset_list.manufactured=2019-03-07"),
            ]
        );
        assert!(list.batch.sightings.iter().all(|seen| seen.fact != Fact::AssetNotes));
        assert_eq!(list.rejected.len(), 1);
        assert_eq!(list.report.skipped["sheets without a heading that is known"], 1);
    }

    #[test]
    fn an_archive_that_would_unfold_too_far_is_refused() {
        let mut bytes = book();
        let at = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
        bytes[at + 24..at + 28].copy_from_slice(&u32::MAX.to_le_bytes());
        let list = read("x", &bytes, &[]);
        assert!(list.report.damaged[0].reason.contains("unfold"), "{:?}", list.report.damaged);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_damage_ends(at in 0usize..8_000, length in 0usize..6, value in any::<u8>(), cut in any::<bool>()) {
            let mut bytes = book();
            let at = at.min(bytes.len());
            let end = (at + length).min(bytes.len());
            bytes[at..end].fill(value);
            if cut {
                bytes.truncate(at);
            }
            read("x", &bytes, &[]);
        }
    }
}
