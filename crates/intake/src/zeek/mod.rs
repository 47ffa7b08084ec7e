//! Zeek's logs, tab-separated (Zeek documentation, "Zeek Log Formats and Inspection") and as JSON: a record a
//! line. What Zeek read of a protocol is told as the facts a dissector of ours would tell, with the input as
//! the place.

mod conn;
mod hosts;
mod kinds;
mod sessions;

use crate::fields::{FIELDS_MAX, Object, Row, names_of};
use crate::lines::Lines;
use crate::tell::Teller;
use cordon_model::observe::Damage;
use kinds::Kind;

pub(crate) use conn::protocol;

/// Why a record is not used.
type Rejection = &'static str;

/// How a record of a kind is told; its row number comes with it.
type Tell = fn(&Row<'_>, u64, &mut Teller<'_>) -> Result<(), Rejection>;

/// Columns of a heading that are read.
const COLUMNS_MAX: usize = 256;
/// A column nobody asks for.
const UNASKED: u8 = u8::MAX;

/// True when a text that starts so is a tab-separated log: its first line names the separator.
pub(crate) fn is_tsv(head: &[u8]) -> bool {
    head.starts_with(b"#separator ")
        || (head.starts_with(b"#fields\t") && memchr::memmem::find(head, b"\tid.orig_h").is_some())
}

/// True when a line is a record as JSON: the kind of log is named, or its fields tell it.
pub(crate) fn is_json(line: &[u8]) -> bool {
    names_of(line).is_some_and(|names| kinds::of_fields(&names).is_some())
}

/// Reads a tab-separated log.
pub(crate) fn tsv(lines: &mut Lines<'_>, teller: &mut Teller<'_>) {
    let mut heading = Heading::default();
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(damage) => {
                teller.journal.damage(damage);
                break;
            }
        };
        if line.bytes.first() == Some(&b'#') {
            heading.line(line.bytes, teller);
        } else if !line.bytes.is_empty() {
            if heading.has_fields && heading.kind.is_none() {
                continue;
            }
            teller.journal.report.packets += 1;
            if line.is_cut {
                teller.journal.reject(line.number, false, "the line is too long".to_owned(), Vec::new());
            } else if let Err(reason) = heading.row(line.bytes, line.number, teller) {
                let cells = heading
                    .kind
                    .filter(|kind| kind.repeats)
                    .map(|_| String::from_utf8_lossy(line.bytes).into_owned());
                teller.journal.reject(line.number, false, reason, cells.into_iter().collect());
            }
        }
    }
    teller.journal.report.bytes = lines.bytes();
}

/// What the heading says.
struct Heading {
    separator: u8,
    empty: Vec<u8>,
    unset: Vec<u8>,
    /// The kind of log; nothing where the heading names one that nothing is learnt from, or none yet.
    kind: Option<&'static Kind>,
    /// For each column the place of its field.
    columns: Vec<u8>,
    has_fields: bool,
}

impl Default for Heading {
    fn default() -> Heading {
        Heading {
            separator: b'\t',
            empty: b"(empty)".to_vec(),
            unset: b"-".to_vec(),
            kind: None,
            columns: Vec::new(),
            has_fields: false,
        }
    }
}

impl Heading {
    fn line(&mut self, line: &[u8], teller: &mut Teller<'_>) {
        // The separator's own line uses a blank.
        if let Some(separator) = line.strip_prefix(b"#separator ") {
            let code = separator.strip_prefix(b"\\x").and_then(|hex| std::str::from_utf8(hex).ok());
            let code = code.and_then(|hex| u8::from_str_radix(hex.trim(), 16).ok());
            self.separator = code.or_else(|| separator.first().copied()).unwrap_or(b'\t');
            return;
        }
        let mut parts = line.split(|byte| *byte == self.separator);
        let name = parts.next().unwrap_or_default();
        match name {
            b"#empty_field" => self.empty = parts.next().unwrap_or_default().to_vec(),
            b"#unset_field" => self.unset = parts.next().unwrap_or_default().to_vec(),
            b"#path" => {
                let path = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
                self.kind = kinds::named(&path);
                note_kind(&path, self.kind, teller);
            }
            b"#fields" => {
                let names: Vec<String> =
                    parts.take(COLUMNS_MAX).map(|name| String::from_utf8_lossy(name).into_owned()).collect();
                self.kind = self.kind.or_else(|| kinds::of_fields(&names));
                let fields = self.kind.map_or(&[][..], |kind| kind.fields);
                let place = |name: &String| fields.iter().position(|field| field == name);
                self.columns =
                    names.iter().map(|name| place(name).map_or(UNASKED, |place| place as u8)).collect();
                self.has_fields = true;
            }
            _ => {}
        }
    }

    #[inline]
    fn row(&self, line: &[u8], number: u64, teller: &mut Teller<'_>) -> Result<(), String> {
        if !self.has_fields {
            return Err("it stands before the line that names the fields".to_owned());
        }
        let Some(kind) = self.kind else { return Ok(()) };
        let mut row = Row::new(true);
        let mut start = 0;
        let mut count = 0;
        let mut ends = memchr::memchr_iter(self.separator, line);
        loop {
            let end = ends.next();
            let value = line.get(start..end.unwrap_or(line.len())).unwrap_or_default();
            if let Some(place) = self.columns.get(count)
                && *place != UNASKED
                && value != self.unset
                && value != self.empty
            {
                row.set(usize::from(*place), value);
            }
            count += 1;
            match end {
                Some(at) => start = at + 1,
                None => break,
            }
        }
        if count != self.columns.len() {
            return Err(format!("it has {count} fields, the heading {}", self.columns.len()));
        }
        (kind.tell)(&row, number, teller).map_err(str::to_owned)
    }
}

/// Says in the report which log it is, or that nothing is learnt from it.
fn note_kind(path: &str, kind: Option<&'static Kind>, teller: &mut Teller<'_>) {
    let shown: String = path.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
    match kind {
        Some(_) => teller.journal.report.kind = format!("Zeek {shown}.log"),
        None => {
            teller.journal.report.kind = format!("Zeek {shown}.log");
            teller.journal.damage(Damage {
                offset: 0,
                reason: format!("Zeek's {shown}.log says nothing of devices that Cordon could use"),
            });
        }
    }
}

/// Reads a log of JSON objects, of one kind or of several.
pub(crate) fn json(lines: &mut Lines<'_>, teller: &mut Teller<'_>) {
    let mut kind: Option<&'static Kind> = None;
    let mut object = Object::default();
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(damage) => {
                teller.journal.damage(damage);
                break;
            }
        };
        if line.bytes.trim_ascii().is_empty() {
            continue;
        }
        teller.journal.report.packets += 1;
        let result = match line.is_cut {
            true => Err("the line is too long".to_owned()),
            false => json_line(line.bytes, line.number, &mut kind, &mut object, teller),
        };
        if let Err(reason) = result {
            let cells =
                kind.filter(|kind| kind.repeats).map(|_| String::from_utf8_lossy(line.bytes).into_owned());
            teller.journal.reject(line.number, false, reason, cells.into_iter().collect());
        }
    }
    teller.journal.report.bytes = lines.bytes();
}

fn json_line(
    line: &[u8],
    number: u64,
    known: &mut Option<&'static Kind>,
    object: &mut Object,
    teller: &mut Teller<'_>,
) -> Result<(), String> {
    let broken = |error: serde_json::Error| format!("it is no whole JSON object (column {})", error.column());
    // Which log a record is of: its own word, else what the one before was, else what its fields tell.
    object.read(line, &["_path"]).map_err(broken)?;
    let path = object.row().text(0);
    let kind = match (&path, *known) {
        (Some(path), Some(kind)) if *path == kind.path => kind,
        (Some(path), _) => {
            let Some(kind) = kinds::named(path) else {
                let shown: String = path.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
                teller.journal.skip(&format!("records that say nothing of devices: {shown}.log"), 1);
                return Ok(());
            };
            kind
        }
        (None, Some(kind)) => kind,
        (None, None) => names_of(line)
            .and_then(|names| kinds::of_fields(&names))
            .ok_or("its fields tell no kind of log")?,
    };
    if known.is_none_or(|known| known.path != kind.path) {
        teller.journal.report.kind = match known {
            None => format!("Zeek {}.log (JSON)", kind.path),
            Some(_) => "Zeek logs (JSON)".to_owned(),
        };
        *known = Some(kind);
    }
    object.read(line, kind.fields).map_err(broken)?;
    (kind.tell)(&object.row(), number, teller).map_err(str::to_owned)
}

const _: () = assert!(FIELDS_MAX < UNASKED as usize);

#[cfg(test)]
mod tests;
