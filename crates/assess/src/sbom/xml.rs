//! CycloneDX in XML, as the JSON that says the same: both are the same model, with other brackets.
//!
//! Only what a [`super::Bill`] is made of is kept, everything else is passed over as it comes. No entities but the
//! five of XML itself are put in their place, and nothing outside the document is ever looked at.

use super::refused;
use crate::advisory::Rejected;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value};

/// How the address of the format's namespace begins; the version follows.
const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/";
/// Kept elements within kept elements: 30 components in one another, each in its list, and one more.
const DEPTH_MAX: usize = 72;
/// Attributes of one element that are looked at.
const ATTRIBUTES_MAX: usize = 64;

/// Elements that hold a list of others.
const LISTS: &[&str] = &["components", "vulnerabilities", "affects"];
/// Elements that hold others by name.
const OBJECTS: &[&str] =
    &["metadata", "component", "supplier", "manufacturer", "vulnerability", "analysis", "target"];
/// Elements that hold a text.
const TEXTS: &[&str] = &[
    "name",
    "group",
    "version",
    "publisher",
    "purl",
    "cpe",
    "id",
    "state",
    "justification",
    "detail",
    "ref",
];
/// Attributes that JSON writes as fields.
const ATTRIBUTES: &[&str] = &["bom-ref", "type", "serialNumber"];

/// The document as JSON; an error where it is no well-formed XML or no CycloneDX.
pub(super) fn json(text: &str) -> Result<Value, Rejected> {
    let mut reader = Reader::from_str(text);
    let mut open = Open::default();
    loop {
        let event = reader.read_event().map_err(|error| Rejected {
            path: format!("byte {}", reader.error_position()),
            reason: format!("it is no well-formed XML: {error}"),
        })?;
        match event {
            Event::Start(start) => open.begin(&start)?,
            Event::Empty(start) => {
                open.begin(&start)?;
                if let Some(bill) = open.end() {
                    return Ok(bill);
                }
            }
            Event::End(_) => {
                if let Some(bill) = open.end() {
                    return Ok(bill);
                }
            }
            Event::Text(text) => open.text(&unescape(&text).unwrap_or_default()),
            Event::CData(text) => open.text(&text),
            Event::GeneralRef(reference) => {
                open.text(&unescape(&format!("&{};", &*reference)).unwrap_or_default());
            }
            Event::Eof => return Err(refused("it ends in the middle of an element")),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => {}
        }
    }
}

/// The elements that have begun and not ended.
#[derive(Default)]
struct Open {
    kept: Vec<(String, Value)>,
    /// How many elements deep the reader is in one that is passed over.
    passed_over: usize,
}

impl Open {
    fn begin(&mut self, start: &BytesStart<'_>) -> Result<(), Rejected> {
        let name = local(start.name().as_ref()).to_owned();
        if self.passed_over > 0 {
            self.passed_over += 1;
            return Ok(());
        }
        let value = match name.as_str() {
            _ if self.kept.is_empty() => root(&name, start)?,
            name if self.kept.len() >= DEPTH_MAX || !self.is_wanted(name) => {
                self.passed_over = 1;
                return Ok(());
            }
            name if LISTS.contains(&name) => Value::Array(Vec::new()),
            name if OBJECTS.contains(&name) => Value::Object(attributes(start)),
            _ => Value::String(String::new()),
        };
        self.kept.push((name, value));
        Ok(())
    }

    /// True for an element that is kept where it stands: the names of texts have other meanings elsewhere.
    fn is_wanted(&self, name: &str) -> bool {
        match self.kept.last() {
            Some((_, Value::Array(_))) => matches!(name, "component" | "vulnerability" | "target"),
            Some((_, Value::Object(_))) => [LISTS, OBJECTS, TEXTS].iter().any(|names| names.contains(&name)),
            _ => false,
        }
    }

    fn text(&mut self, more: &str) {
        if let (0, Some((_, Value::String(text)))) = (self.passed_over, self.kept.last_mut()) {
            text.push_str(more);
        }
    }

    /// Ends an element; answers the whole when it was the outermost.
    fn end(&mut self) -> Option<Value> {
        if self.passed_over > 0 {
            self.passed_over -= 1;
            return None;
        }
        let (name, value) = self.kept.pop()?;
        match self.kept.last_mut() {
            None => return Some(value),
            Some((_, Value::Array(list))) => list.push(value),
            Some((_, Value::Object(object))) => {
                object.entry(name).or_insert(value);
            }
            Some(_) => {}
        }
        None
    }
}

fn root(name: &str, start: &BytesStart<'_>) -> Result<Value, Rejected> {
    let mut attributes_of_root = start.attributes();
    let mut attributes_of_root = attributes_of_root.with_checks(false).flatten().take(ATTRIBUTES_MAX);
    let namespace = attributes_of_root.find_map(|attribute| {
        let is_namespace = attribute.key.as_ref().starts_with("xmlns");
        attribute.value.strip_prefix(NAMESPACE).filter(|_| is_namespace).map(str::to_owned)
    });
    let ("bom", Some(version)) = (name, namespace) else {
        return Err(refused(
            "it is XML and no CycloneDX (SPDX in RDF is not read; save it as JSON or tag-value)",
        ));
    };
    let mut bill = attributes(start);
    bill.insert("specVersion".to_owned(), Value::String(version));
    Ok(Value::Object(bill))
}

fn attributes(start: &BytesStart<'_>) -> Map<String, Value> {
    let mut fields = Map::new();
    for attribute in start.attributes().with_checks(false).flatten().take(ATTRIBUTES_MAX) {
        let name: &str = attribute.key.as_ref();
        if ATTRIBUTES.contains(&name) {
            let value = unescape(&attribute.value).unwrap_or_default().into_owned();
            fields.entry(name).or_insert(Value::String(value));
        }
    }
    fields
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}
