//! `inventory.xlsx`: everything the PDF had to cut, one sheet a subject.
//!
//! Every text is written as text, never as a formula; the creation date is the assessment's own time.

use crate::{ReportError, findings, reconciliation, sheets, words};
use cordon_wire::assessment::{Assessment, Device};
use cordon_wire::inventory::{AS_FOUND, COLUMNS};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};
use std::collections::BTreeMap;

/// A sheet ends at 1,048,576 rows, and memory long before; the rest stays in `assessment.json`.
const ROWS_MAX: usize = 100_000;
/// A cell ends at 32,767 characters.
const CELL_MAX: usize = 8_000;
const WIDTH_MIN: usize = 8;
const WIDTH_MAX: usize = 60;
/// Rows that are looked at to choose a column's width.
const WIDTH_ROWS: usize = 500;

/// A value in a cell.
enum Cell {
    Text(String),
    Number(f64),
    Empty,
}

impl Cell {
    fn text(text: &str) -> Cell {
        let text = words::clean(text, CELL_MAX);
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }

    fn maybe(text: Option<&String>) -> Cell {
        text.map_or(Cell::Empty, |text| Cell::text(text))
    }

    fn count(value: u64) -> Cell {
        Cell::Number(value as f64)
    }

    fn points(value: f64) -> Cell {
        if value.is_finite() { Cell::Number((value * 10.0).round() / 10.0) } else { Cell::Empty }
    }

    fn yes(value: bool) -> Cell {
        Cell::text(if value { "yes" } else { "no" })
    }

    fn width(&self) -> usize {
        match self {
            Cell::Text(text) => text.chars().count(),
            Cell::Number(_) => WIDTH_MIN,
            Cell::Empty => 0,
        }
    }
}

/// One sheet before it is written. Its rows are made when they are written: those of a large estate would fill
/// a hundred megabytes.
struct Table<'a> {
    name: &'static str,
    header: Vec<&'static str>,
    rows: Box<dyn Iterator<Item = Vec<Cell>> + 'a>,
    /// How many rows there are in all.
    total: usize,
}

impl<'a> Table<'a> {
    fn new<T: 'a>(
        name: &'static str,
        header: &[&'static str],
        items: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator + 'a>,
        row: impl FnMut(T) -> Vec<Cell> + 'a,
    ) -> Table<'a> {
        let items = items.into_iter();
        let total = items.len();
        Table { name, header: header.to_vec(), rows: Box::new(items.map(row)), total }
    }
}

/// From so many devices and conversations on, an estate is too large to hold every cell in memory.
const LARGE_FROM: usize = 5_000;

/// The workbook's bytes.
pub(crate) fn workbook(assessment: &Assessment) -> Result<Vec<u8>, ReportError> {
    build(assessment).map_err(ReportError::Workbook)
}

fn build(assessment: &Assessment) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(assessment)?);
    let names: BTreeMap<&str, String> =
        assessment.devices.iter().map(|device| (device.id.as_str(), words::device_name(device))).collect();
    let look = Look::new();
    // One table at a time; the finished rows of a large estate go to a temporary file without a name, for its
    // cells would fill half a gigabyte.
    let is_large = assessment.devices.len() + assessment.conversations.len() > LARGE_FROM;
    let tables = [
        inventory(assessment),
        ranking(assessment),
        found(assessment),
        reconciled(assessment),
        unowned(assessment),
        services(assessment),
        conversations(assessment, &names),
        events(assessment),
        needs(assessment),
        zones(assessment, &names),
        rules(assessment),
        actions(assessment, &names),
        inputs(assessment),
    ];
    for table in tables {
        let sheet = match is_large {
            true => workbook.add_worksheet_with_low_memory()?,
            false => workbook.add_worksheet(),
        };
        write(sheet, table, &look)?;
    }
    workbook.save_to_buffer()
}

fn properties(assessment: &Assessment) -> Result<DocProperties, XlsxError> {
    let mut properties = DocProperties::new().set_title("Medical device inventory and risk ranking");
    if let Some(author) = &assessment.site.author {
        properties = properties.set_author(words::clean(author, 120));
    }
    if let Some(organization) = &assessment.site.organization {
        properties = properties.set_company(words::clean(organization, 120));
    }
    // Without a date of ours the library would take the clock's.
    let (year, month, day) = words::parts(&assessment.now).unwrap_or((2000, 1, 1));
    let (hour, minute, second) = words::time_of_day(&assessment.now);
    let created = ExcelDateTime::from_ymd(year.max(1900), month, day)
        .or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1))?
        .and_hms(u16::from(hour), minute, f64::from(second))?;
    Ok(properties.set_creation_datetime(&created))
}

/// The formats, made once.
struct Look {
    header: Format,
    text: Format,
    tiers: Vec<(&'static str, Format)>,
}

impl Look {
    fn new() -> Look {
        let tier = |colour: u32| {
            Format::new()
                .set_background_color(Color::RGB(colour))
                .set_font_color(Color::White)
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::Top)
        };
        Look {
            header: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0x1f2937))
                .set_font_color(Color::White)
                .set_align(FormatAlign::Top)
                .set_text_wrap(),
            text: Format::new().set_align(FormatAlign::Top),
            tiers: vec![
                ("critical", tier(0x9f1239)),
                ("high", tier(0xc2410c)),
                ("medium", tier(0x8a6100)),
                ("low", tier(0x2f6b3a)),
            ],
        }
    }

    /// The look of a cell that is not its column's.
    fn of(&self, column: &str, text: &str) -> Option<&Format> {
        let mut tiers = self.tiers.iter().filter(|_| column.ends_with("tier"));
        tiers.find(|(name, _)| *name == text).map(|(_, format)| format)
    }
}

fn write(sheet: &mut Worksheet, table: Table<'_>, look: &Look) -> Result<(), XlsxError> {
    let Table { name, header, rows, total } = table;
    let mut rows = rows.take(ROWS_MAX);
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_landscape().set_paper_size(9).set_repeat_rows(0, 0)?;
    let first: Vec<Vec<Cell>> = rows.by_ref().take(WIDTH_ROWS).collect();
    for (column, name) in (0u16..).zip(&header) {
        sheet.write_string_with_format(0, column, *name, &look.header)?;
        let at = usize::from(column);
        let widest = first.iter().filter_map(|row| row.get(at)).map(Cell::width).max();
        let width = widest.unwrap_or(0).max(name.len() + 3).clamp(WIDTH_MIN, WIDTH_MAX);
        sheet.set_column_width(column, width as f64)?;
        if *name == AS_FOUND {
            sheet.set_column_hidden(column)?;
        }
    }
    // A cell without a look of its own has its column's, which is not looked up cell by cell.
    for column in (0u16..).zip(&header).map(|(column, _)| column) {
        sheet.set_column_format(column, &look.text)?;
    }
    let mut lines = 0u32;
    for row in first.into_iter().chain(rows) {
        lines += 1;
        for ((column, cell), name) in (0u16..).zip(row).zip(&header) {
            match cell {
                Cell::Text(text) => match look.of(name, &text) {
                    Some(format) => sheet.write_string_with_format(lines, column, text, format)?,
                    None => sheet.write_string(lines, column, text)?,
                },
                Cell::Number(value) => sheet.write_number(lines, column, value)?,
                Cell::Empty => continue,
            };
        }
    }
    sheet.autofilter(0, 0, lines, (header.len() as u16).saturating_sub(1))?;
    if let Some(more) = total.checked_sub(lines as usize).filter(|more| *more > 0) {
        let more = words::count(more);
        sheet.write_string(lines + 1, 0, format!("{more} more rows are in assessment.json"))?;
    }
    Ok(())
}

fn inventory(assessment: &Assessment) -> Table<'_> {
    Table::new("Inventory", COLUMNS, &assessment.devices, |device| {
        let row = sheets::inventory_row(device).into_iter().zip(COLUMNS);
        let cell = |(value, column): (String, &&str)| match *column {
            "risk_score" => Cell::points(device.risk.score),
            _ => Cell::text(&value),
        };
        row.map(cell).collect()
    })
}

/// One row a factor, so that the sheet can be filtered and summed by factor.
fn ranking(assessment: &Assessment) -> Table<'_> {
    let header =
        ["rank", "device", "category", "tier", "score", "inherent", "residual", "factor", "share", "why"];
    let total = assessment.devices.iter().map(|device| device.risk.factors.len().max(1)).sum();
    let rows = (1u64..).zip(&assessment.devices).flat_map(|(rank, device)| ranking_rows(rank, device));
    Table { name: "Ranking", header: header.to_vec(), rows: Box::new(rows), total }
}

fn ranking_rows(rank: u64, device: &Device) -> Vec<Vec<Cell>> {
    let name = words::device_name(device);
    let row = |factor: Option<&cordon_wire::assessment::Factor>| {
        vec![
            Cell::count(rank),
            Cell::text(&name),
            Cell::text(&words::label(&device.category)),
            Cell::text(&device.risk.tier),
            Cell::points(device.risk.score),
            Cell::points(device.risk.inherent),
            Cell::points(device.risk.residual),
            factor.map_or(Cell::Empty, |factor| Cell::text(&words::label(&factor.name))),
            factor.map_or(Cell::Empty, |factor| Cell::points(factor.share)),
            factor.map_or(Cell::Empty, |factor| Cell::text(&factor.why)),
        ]
    };
    match device.risk.factors.as_slice() {
        [] => vec![row(None)],
        factors => factors.iter().map(|factor| row(Some(factor))).collect(),
    }
}

/// The asset lists against what was seen.
fn reconciled(assessment: &Assessment) -> Table<'_> {
    texts("Reconciliation", reconciliation::COLUMNS, reconciliation::rows(assessment))
}

/// What advisories mean for the devices.
fn found(assessment: &Assessment) -> Table<'_> {
    texts("Findings", findings::COLUMNS, findings::rows(assessment))
}

/// Devices that nobody owns.
fn unowned(assessment: &Assessment) -> Table<'_> {
    texts("Without owner", reconciliation::UNOWNED_COLUMNS, reconciliation::unowned(assessment))
}

fn texts<'a>(name: &'static str, header: &[&'static str], rows: Vec<Vec<String>>) -> Table<'a> {
    Table::new(name, header, rows, |row| row.iter().map(|cell| Cell::text(cell)).collect())
}

fn services(assessment: &Assessment) -> Table<'_> {
    let header = ["device", "category", "transport", "port", "application", "seen", "in words"];
    let all: Vec<_> = assessment
        .devices
        .iter()
        .flat_map(|device| device.services.iter().map(move |service| (device, service)))
        .collect();
    Table::new("Services", &header, all, |(device, service)| {
        vec![
            Cell::text(&words::device_name(device)),
            Cell::text(&words::label(&device.category)),
            Cell::text(&service.transport),
            Cell::count(u64::from(service.port)),
            Cell::maybe(service.application.as_ref()),
            Cell::text(&service.seen),
            Cell::text(&words::service(service)),
        ]
    })
}

fn conversations<'a>(assessment: &'a Assessment, names: &'a BTreeMap<&str, String>) -> Table<'a> {
    let header = [
        "client",
        "client device",
        "server",
        "server device",
        "vlan",
        "transport",
        "port",
        "application",
        "patient data",
        "outside",
        "answered",
        "packets",
        "bytes",
        "first",
        "last",
    ];
    let name = |id: &Option<String>| {
        let name = id.as_ref().map(|id| names.get(id.as_str()).unwrap_or(id));
        Cell::maybe(name)
    };
    Table::new("Conversations", &header, &assessment.conversations, move |flow| {
        vec![
            Cell::text(&flow.client),
            name(&flow.client_device),
            Cell::text(&flow.server),
            name(&flow.server_device),
            flow.vlan.map_or(Cell::Empty, |vlan| Cell::count(u64::from(vlan))),
            Cell::text(&flow.transport),
            Cell::count(u64::from(flow.port)),
            Cell::maybe(flow.application.as_ref()),
            Cell::text(&flow.patient_data.join(" ")),
            Cell::yes(flow.outside),
            Cell::yes(flow.answered),
            Cell::count(flow.packets),
            Cell::count(flow.bytes),
            Cell::text(&flow.first),
            Cell::text(&flow.last),
        ]
    })
}

fn events(assessment: &Assessment) -> Table<'_> {
    let header = ["at", "kind", "in words", "who", "to whom", "particulars", "input", "packet"];
    Table::new("Events", &header, &assessment.events, |event| {
        vec![
            Cell::text(&event.at),
            Cell::text(&event.kind),
            Cell::text(&words::event(&event.kind)),
            Cell::text(&event.endpoint),
            Cell::maybe(event.peer.as_ref()),
            Cell::text(&event.detail),
            Cell::text(&event.input),
            Cell::count(event.packet),
        ]
    })
}

fn ports(ports: &[u16]) -> Cell {
    Cell::text(&ports.iter().map(u16::to_string).collect::<Vec<_>>().join(" "))
}

fn needs(assessment: &Assessment) -> Table<'_> {
    let header = ["id", "from", "to", "transport", "ports", "application", "purpose", "state", "source"];
    Table::new("Needs", &header, &assessment.needs, |need| {
        vec![
            Cell::text(&need.id),
            Cell::text(&need.from),
            Cell::text(&need.to),
            Cell::text(&need.transport),
            ports(&need.ports),
            Cell::maybe(need.application.as_ref()),
            Cell::text(&need.purpose),
            Cell::text(&need.state),
            Cell::text(&need.source),
        ]
    })
}

/// One row a member, so that the sheet answers "in which zone is this device".
fn zones<'a>(assessment: &'a Assessment, names: &'a BTreeMap<&str, String>) -> Table<'a> {
    let header = ["zone", "name", "purpose", "device", "device id", "microsegment"];
    let mut members = Vec::new();
    for zone in &assessment.zones {
        let parts = zone.microsegments.iter();
        let part_of: BTreeMap<&str, &str> =
            parts.flat_map(|part| part.devices.iter().map(|id| (id.as_str(), part.id.as_str()))).collect();
        let row = |device| (zone, device, part_of.get(String::as_str(device)).copied().unwrap_or_default());
        members.extend(zone.devices.iter().map(row));
    }
    Table::new("Zones", &header, members, |(zone, device, part)| {
        vec![
            Cell::text(&zone.id),
            Cell::text(&zone.name),
            Cell::text(&zone.purpose),
            Cell::text(names.get(device.as_str()).unwrap_or(device)),
            Cell::text(device),
            Cell::text(part),
        ]
    })
}

fn rules(assessment: &Assessment) -> Table<'_> {
    let header = ["id", "from", "to", "transport", "ports", "application", "needs", "why"];
    Table::new("Rules", &header, &assessment.rules, |rule| {
        vec![
            Cell::text(&rule.id),
            Cell::text(&rule.from),
            Cell::text(&rule.to),
            Cell::text(&rule.transport),
            ports(&rule.ports),
            Cell::maybe(rule.application.as_ref()),
            Cell::text(&rule.needs.join(" ")),
            Cell::text(&rule.why),
        ]
    })
}

fn actions<'a>(assessment: &'a Assessment, names: &'a BTreeMap<&str, String>) -> Table<'a> {
    let header = ["number", "id", "kind", "devices", "why", "removes", "effort"];
    Table::new("Actions", &header, assessment.actions.iter().enumerate(), |(at, action)| {
        let devices = action.devices.iter().map(|id| names.get(id.as_str()).unwrap_or(id).clone());
        vec![
            Cell::count(at as u64 + 1),
            Cell::text(&action.id),
            Cell::text(&words::label(&action.kind)),
            Cell::text(&devices.collect::<Vec<_>>().join(", ")),
            Cell::text(&action.why),
            Cell::points(action.removes),
            Cell::text(&action.effort),
        ]
    })
}

fn inputs(assessment: &Assessment) -> Table<'_> {
    let header = ["path", "kind", "sha256", "packets", "bytes", "first", "last", "damaged", "skipped"];
    Table::new("Inputs", &header, &assessment.inputs, |input| {
        let damaged = input.damaged.iter().map(|damage| format!("byte {}: {}", damage.offset, damage.reason));
        let skipped = input.skipped.iter().map(|(name, count)| format!("{name}: {count}"));
        vec![
            Cell::text(&input.path),
            Cell::text(&input.kind),
            Cell::maybe(input.sha256.as_ref()),
            Cell::count(input.packets),
            Cell::count(input.bytes),
            Cell::maybe(input.first.as_ref()),
            Cell::maybe(input.last.as_ref()),
            Cell::text(&damaged.collect::<Vec<_>>().join("; ")),
            Cell::text(&skipped.collect::<Vec<_>>().join("; ")),
        ]
    })
}
