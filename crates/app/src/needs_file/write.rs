//! Adds decisions to `needs.toml` and leaves everything else in it as it stands, comments too.

use super::{FILE, VERSION, parse, text};
use crate::deliver::replace;
use crate::error::AppError;
use cordon_model::segment::NeedDecision;
use std::path::{Path, PathBuf};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

const HEADING: &str = "# Which flows are needed and which are not, as people decided: `cordon segment needs` writes here, and so may you.
# Each decision has who, when and why. An end is an address, or device:, asset_tag:, mac:, host:, zone:, category:,
# outside: or group: before a name; a table such as { device = \"dev-…\", mac = \"…\" } gives several names of one device.
";

/// A decision as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) rejects: bool,
    pub(crate) decision: NeedDecision,
    pub(crate) purpose: Option<String>,
    pub(crate) until: Option<String>,
    pub(crate) care_critical: bool,
    pub(crate) flows: Vec<Flow>,
}

/// One of its flows.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) id: String,
    pub(crate) from: Vec<(&'static str, String)>,
    pub(crate) to: Vec<(&'static str, String)>,
    pub(crate) service: String,
    pub(crate) application: Option<String>,
    pub(crate) expected: Option<String>,
    pub(crate) expected_of_to: bool,
    pub(crate) purpose: String,
}

/// Writes a decision; earlier ones of the same flows give way to it. Nothing is half-written, and what would not read
/// back is not written at all.
pub(crate) fn write(folder: &Path, entry: &Entry) -> Result<PathBuf, AppError> {
    let path = folder.join(FILE);
    let before = text(&path)?.unwrap_or_else(|| format!("{HEADING}version = {VERSION}\n"));
    parse(&path, &before)?;
    let mut document: DocumentMut = before.parse().map_err(|error| AppError::unreadable(&path, error))?;
    let ids: Vec<&str> = entry.flows.iter().map(|flow| flow.id.as_str()).collect();
    for name in ["confirmed", "rejected"] {
        forget(&mut document, name, &ids);
    }
    let name = if entry.rejects { "rejected" } else { "confirmed" };
    let entries = document.entry(name).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(entries) = entries.as_array_of_tables_mut() else {
        let reason = format!("{name} is written in one line; write each of them as [[{name}]]");
        return Err(AppError::unreadable(&path, reason));
    };
    entries.push(table(entry));
    let after = document.to_string();
    parse(&path, &after)
        .map_err(|error| AppError::Defect { what: "writing needs.toml", reason: error.to_string() })?;
    replace(&path, after.as_bytes())?;
    Ok(path)
}

/// Takes flows out of earlier decisions, and decisions that have none left.
fn forget(document: &mut DocumentMut, name: &str, ids: &[&str]) {
    let Some(entries) = document.get_mut(name).and_then(Item::as_array_of_tables_mut) else { return };
    for entry in entries.iter_mut() {
        if let Some(flows) = entry.get_mut("flows").and_then(Item::as_array_mut) {
            flows.retain(|flow| {
                let id = flow.as_inline_table().and_then(|flow| flow.get("id")).and_then(Value::as_str);
                !id.is_some_and(|id| ids.contains(&id))
            });
        }
    }
    entries.retain(|entry| {
        let flows = entry.get("flows").and_then(Item::as_array);
        !flows.is_some_and(Array::is_empty)
    });
    if entries.is_empty() {
        document.remove(name);
    }
}

fn table(entry: &Entry) -> Table {
    let mut table = Table::new();
    let mut put = |name: &str, value: Value| table.insert(name, Item::Value(value));
    put("who", entry.decision.by.as_str().into());
    put("when", crate::encode::day(entry.decision.when).into());
    put("why", entry.decision.because.as_str().into());
    if let Some(purpose) = &entry.purpose {
        put("purpose", purpose.as_str().into());
    }
    if let Some(until) = &entry.until {
        put("until", until.as_str().into());
    }
    if entry.care_critical {
        put("care_critical", true.into());
    }
    let mut flows = Array::new();
    for flow in &entry.flows {
        let mut value = Value::InlineTable(inline(flow, entry.purpose.is_none()));
        value.decor_mut().set_prefix("\n    ");
        flows.push_formatted(value);
    }
    flows.set_trailing("\n");
    flows.set_trailing_comma(true);
    put("flows", Value::Array(flows));
    table
}

fn inline(flow: &Flow, with_purpose: bool) -> InlineTable {
    let mut table = InlineTable::new();
    table.insert("id", flow.id.as_str().into());
    for (side, names) in [("from", &flow.from), ("to", &flow.to)] {
        let mut end = InlineTable::new();
        for (name, value) in names {
            end.insert(*name, value.as_str().into());
        }
        table.insert(side, Value::InlineTable(end));
    }
    table.insert("service", flow.service.as_str().into());
    let texts = [
        ("application", flow.application.as_deref()),
        ("expected", flow.expected.as_deref()),
        ("of", flow.expected.as_ref().and(flow.expected_of_to.then_some("to"))),
        ("purpose", Some(flow.purpose.as_str()).filter(|_| with_purpose && flow.expected.is_none())),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            table.insert(name, text.into());
        }
    }
    table
}
