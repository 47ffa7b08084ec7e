//! What FDA publishes about devices, in its published formats, record by record in bounded memory: openFDA's
//! `device/udi` and `device/classification` (JSON, also the whole downloads), the GUDID release of AccessGUDID
//! (XML), and the table of product codes (`foiclass.txt`).

pub mod delimited;
mod json;
mod table;
#[cfg(test)]
mod tests;
mod xml;

use cordon_knowledge::fda::{Classification, Product};
use cordon_model::observe::Damage;
use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// One record may take this many bytes; those of GUDID are below 100 kB.
const RECORD_BYTES_MAX: usize = 8 << 20;
/// Longer texts are cut; GUDID's own limit is 120 for names and 2000 for descriptions, which are not kept.
const TEXT_CHARS_MAX: usize = 200;
/// Device identifiers and product codes kept of one product.
const LIST_MAX: usize = 64;

/// A published format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FdaFormat {
    /// openFDA `device/udi`.
    UdiJson,
    /// AccessGUDID's release.
    GudidXml,
    /// openFDA `device/classification`.
    ClassificationJson,
    /// `foiclass.txt`.
    ClassificationTable,
}

impl FdaFormat {
    /// What it is, in words.
    pub fn name(self) -> &'static str {
        match self {
            FdaFormat::UdiJson => "openFDA device identifiers (JSON)",
            FdaFormat::GudidXml => "GUDID release (XML)",
            FdaFormat::ClassificationJson => "openFDA device classification (JSON)",
            FdaFormat::ClassificationTable => "FDA product codes (foiclass.txt)",
        }
    }

    /// True for formats that hold products, false for those that hold classifications.
    pub fn holds_products(self) -> bool {
        matches!(self, FdaFormat::UdiJson | FdaFormat::GudidXml)
    }
}

/// The format of a file that begins so.
pub fn recognise(head: &[u8]) -> Option<FdaFormat> {
    let holds = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
    let begin = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match begin.first()? {
        b'{' | b'['
            if holds("\"version_or_model_number\"") || holds("\"commercial_distribution_status\"") =>
        {
            Some(FdaFormat::UdiJson)
        }
        b'{' | b'['
            if holds("\"product_code\"") && holds("\"device_class\"") && holds("\"medical_specialty") =>
        {
            Some(FdaFormat::ClassificationJson)
        }
        b'<' if holds("http://www.fda.gov/cdrh/gudid") => Some(FdaFormat::GudidXml),
        _ if table::is_heading(begin) => Some(FdaFormat::ClassificationTable),
        _ => None,
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FdaRecord {
    /// Of a file of products; `record` is not set yet.
    Product(Product),
    /// Of a file of classifications.
    Classification(Classification),
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FdaRead {
    /// Records handed on.
    pub records: u64,
    /// Records without what they are known by.
    pub rejected: u64,
    /// The newest date the file gives of itself or of a record, `YYYY-MM-DD`; empty when there is none.
    pub newest: String,
    /// Why the file could not be read to its end.
    pub damage: Option<Damage>,
}

impl FdaRead {
    fn date(&mut self, text: &str) {
        let day = text.get(..10).unwrap_or_default();
        let is_date = day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if day.len() == 10 && is_date && day > self.newest.as_str() {
            self.newest = day.to_owned();
        }
    }

    fn take(&mut self, record: Option<FdaRecord>, each: &mut dyn FnMut(FdaRecord)) {
        match record {
            Some(record) => {
                self.records += 1;
                each(record);
            }
            None => self.rejected += 1,
        }
    }
}

/// Reads a file and hands on every record.
pub fn read(format: FdaFormat, reader: &mut dyn BufRead, each: &mut dyn FnMut(FdaRecord)) -> FdaRead {
    match format {
        FdaFormat::UdiJson | FdaFormat::ClassificationJson => json::read(format, reader, each),
        FdaFormat::GudidXml => xml::read(reader, each),
        FdaFormat::ClassificationTable => table::read(reader, each),
    }
}

/// A text on one line, cut to length.
fn text(value: &str) -> String {
    let mut text = String::new();
    for word in value.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text.chars().take(TEXT_CHARS_MAX).collect()
}

/// A product that can be known again: with a device identifier and, where it was, without repeats.
fn product(mut product: Product) -> Option<FdaRecord> {
    product.further.retain(|other| !other.is_empty() && *other != product.device);
    product.further.sort();
    product.further.dedup();
    product.codes.retain(|code| !code.is_empty());
    product.codes.sort();
    product.codes.dedup();
    product.further.truncate(LIST_MAX);
    product.codes.truncate(LIST_MAX);
    (!product.device.is_empty()).then_some(FdaRecord::Product(product))
}

/// A classification with its code, which has three characters.
fn classification(of: Classification) -> Option<FdaRecord> {
    (of.code.len() == 3).then_some(FdaRecord::Classification(of))
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim() {
        "Y" | "y" => Some(true),
        "N" | "n" => Some(false),
        _ => None,
    }
}

/// A reader that fails when one record takes too many bytes; whoever reads says when the next begins.
struct Leash<'r> {
    inner: &'r mut dyn BufRead,
    left: Rc<Cell<usize>>,
}

impl Leash<'_> {
    fn spend(&self, count: usize) {
        self.left.set(self.left.get().saturating_sub(count));
    }
}

impl Read for Leash<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let held = self.fill_buf()?;
        let count = held.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), held.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Leash<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left.get() == 0 {
            return Err(io::Error::other(format!("a record has more than {RECORD_BYTES_MAX} bytes")));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.spend(count);
        self.inner.consume(count);
    }
}
