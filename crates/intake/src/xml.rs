//! XML that is read as it comes: starts with their attributes, texts, ends. No entities but the five of XML
//! itself are put in their place, and nothing outside the file is ever looked at.

use cordon_model::observe::Damage;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// One element's start, text or end may hold this many bytes.
const EVENT_BYTES_MAX: usize = 32 << 20;
/// Elements within elements.
const DEPTH_MAX: usize = 256;
/// Attributes of one element that are read.
const ATTRIBUTES_MAX: usize = 64;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// An element begins.
    Start(Element),
    /// Text within the present element.
    Text(String),
    /// The element with this name ends.
    End(String),
}

/// An element's name and attributes, without prefixes of namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: BTreeMap<String, String>,
}

impl Element {
    /// An attribute; nothing when it is missing or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

/// A reader that fails when one event takes too many bytes.
struct Leash<'r> {
    inner: &'r mut dyn BufRead,
    left: Rc<Cell<usize>>,
    total: Rc<Cell<u64>>,
}

impl Read for Leash<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.spend(count);
        Ok(count)
    }
}

impl Leash<'_> {
    fn spend(&mut self, count: usize) {
        self.left.set(self.left.get().saturating_sub(count));
        self.total.set(self.total.get() + count as u64);
    }
}

impl BufRead for Leash<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left.get() == 0 {
            return Err(io::Error::other(format!(
                "a part of the file has more than {EVENT_BYTES_MAX} bytes"
            )));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.inner.consume(count);
        self.spend(count);
    }
}

/// Reads XML node by node.
pub(crate) struct Xml<'r> {
    reader: Reader<Leash<'r>>,
    buffer: Vec<u8>,
    left: Rc<Cell<usize>>,
    total: Rc<Cell<u64>>,
    depth: usize,
    /// An element that ended where it began.
    pending_end: Option<String>,
}

impl<'r> Xml<'r> {
    pub(crate) fn new(inner: &'r mut dyn BufRead) -> Xml<'r> {
        let left = Rc::new(Cell::new(EVENT_BYTES_MAX));
        let total = Rc::new(Cell::new(0));
        let mut reader =
            Reader::from_reader(Leash { inner, left: Rc::clone(&left), total: Rc::clone(&total) });
        reader.config_mut().check_end_names = false;
        Xml { reader, buffer: Vec::new(), left, total, depth: 0, pending_end: None }
    }

    /// Bytes read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.total.get()
    }

    /// The next node; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Node>, Damage> {
        if let Some(name) = self.pending_end.take() {
            self.depth = self.depth.saturating_sub(1);
            return Ok(Some(Node::End(name)));
        }
        loop {
            self.buffer.clear();
            self.left.set(EVENT_BYTES_MAX);
            let offset = self.total.get();
            let event = self.reader.read_event_into(&mut self.buffer);
            let event =
                event.map_err(|error| Damage { offset, reason: format!("no well-formed XML: {error}") })?;
            match event {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > DEPTH_MAX {
                        return Err(Damage {
                            offset,
                            reason: format!("elements are more than {DEPTH_MAX} deep"),
                        });
                    }
                    return Ok(Some(Node::Start(element(&start))));
                }
                Event::Empty(start) => {
                    let element = element(&start);
                    self.depth += 1;
                    self.pending_end = Some(element.name.clone());
                    return Ok(Some(Node::Start(element)));
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(Node::End(local(end.name().as_ref()))));
                }
                Event::Text(text) => {
                    let text = unescape(&text).map_or_else(|_| text.to_string(), |text| text.into_owned());
                    if !text.trim().is_empty() {
                        return Ok(Some(Node::Text(text)));
                    }
                }
                Event::CData(text) => {
                    return Ok(Some(Node::Text(text.to_string())));
                }
                Event::GeneralRef(reference) => {
                    if let Some(text) = referred(&reference) {
                        return Ok(Some(Node::Text(text)));
                    }
                }
                Event::Eof if self.depth > 0 => {
                    return Err(Damage {
                        offset,
                        reason: "the file ends in the middle of an element".to_owned(),
                    });
                }
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
    }

    /// The text of the element that just began, up to its end; elements within it are passed over.
    pub(crate) fn text(&mut self) -> Result<String, Damage> {
        let mut text = String::new();
        let mut depth = 0usize;
        loop {
            match self.next()? {
                Some(Node::Text(more)) if depth == 0 => text.push_str(&more),
                Some(Node::Start(_)) => depth += 1,
                Some(Node::End(_)) if depth == 0 => break,
                Some(Node::End(_)) => depth -= 1,
                Some(Node::Text(_)) => {}
                None => break,
            }
        }
        Ok(text.trim().to_owned())
    }

    /// Passes over the element that just began.
    pub(crate) fn skip(&mut self) -> Result<(), Damage> {
        self.text().map(drop)
    }
}

/// What `&name;` stands for, of XML's own names and numbers.
fn referred(reference: &str) -> Option<String> {
    let whole = format!("&{reference};");
    unescape(&whole).ok().map(|text| text.into_owned())
}

fn element(start: &BytesStart<'_>) -> Element {
    let mut element = Element { name: local(start.name().as_ref()), attributes: BTreeMap::new() };
    for attribute in start.attributes().with_checks(false).flatten().take(ATTRIBUTES_MAX) {
        let value = attribute.value;
        let value = unescape(&value).map_or_else(|_| value.to_string(), |value| value.into_owned());
        element.attributes.entry(local(attribute.key.as_ref())).or_insert(value);
    }
    element
}

/// A name without its prefix.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

/// The name of the outermost element of a text that begins so.
pub(crate) fn root(head: &[u8]) -> Option<Element> {
    let mut head = head;
    let mut xml = Xml::new(&mut head);
    match xml.next() {
        Ok(Some(Node::Start(element))) => Some(element),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nodes(text: &str) -> Vec<String> {
        let mut reader = text.as_bytes();
        let mut xml = Xml::new(&mut reader);
        let mut nodes = Vec::new();
        loop {
            match xml.next() {
                Ok(Some(node)) => nodes.push(format!("{node:?}")),
                Ok(None) => return nodes,
                Err(damage) => {
                    nodes.push(damage.reason);
                    return nodes;
                }
            }
        }
    }

    #[test]
    fn entities_of_the_file_are_never_followed() {
        let text = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><n:a b=\"1 &amp; &x;\">T&amp;&x;<c/></n:a>";
        let nodes = nodes(text).concat();
        assert!(nodes.contains("\"a\"") && nodes.contains('T') && !nodes.contains("root:"), "{nodes}");
        assert_eq!(root(text.as_bytes()).unwrap().get("b"), Some("1 &amp; &x;"));
    }

    #[test]
    fn damage_is_told() {
        assert!(nodes("<a><b></b>").last().unwrap().contains("middle of an element"));
        assert!(nodes("<a b='1' <c>").len() < 4);
        let deep = "<a>".repeat(DEPTH_MAX + 2);
        assert!(nodes(&deep).last().unwrap().contains("deep"));
    }

    proptest! {
        #[test]
        fn any_text_ends(text in "[<>/a-c=\"'&;!\\[\\]? -]{0,80}") {
            nodes(&text);
        }
    }
}
