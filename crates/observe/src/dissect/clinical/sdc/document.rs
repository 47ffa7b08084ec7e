//! XML documents that are neither SOAP nor UPnP: what one says of the device that sends it, by elements that are
//! called as such things are everywhere.

use crate::dissect::particulars::{Item, Particulars, Place, is_of_people};
use crate::dissect::xml::{self, Element, Reading, Scope, Visitor, Want, Xml};
use crate::dissect::{Facts, Side};

/// Longer documents are lists, catalogues or records; they tell nothing.
const BYTES_MAX: u16 = 8 * 1024;
/// What stands deeper is of a part.
const DEPTH_MAX: u8 = 4;

/// A document under way, after its root began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document {
    particulars: Particulars,
    item: Option<Item>,
    left: u16,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Reading,
    /// Its root ended.
    Complete,
    /// It is about people.
    Dropped,
}

impl Default for Document {
    fn default() -> Self {
        Document {
            particulars: Particulars::default(),
            item: None,
            left: BYTES_MAX,
            progress: Progress::Reading,
        }
    }
}

impl Document {
    /// Reads on; true when nothing more of it is of interest.
    pub(super) fn read(&mut self, xml: &mut Xml, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> bool {
        let count = bytes.len().min(usize::from(self.left));
        self.left -= count as u16;
        let reading = xml.feed(bytes.get(..count).unwrap_or_default(), self);
        if self.progress == Progress::Complete && self.particulars.describe_a_device() {
            self.particulars.tell(Place::Document, side, facts);
        }
        self.progress != Progress::Reading || reading != Reading::On || self.left == 0
    }
}

impl Visitor for Document {
    fn attribute(&mut self, _of: &[u8], name: &[u8], _value: &[u8]) {
        if self.progress == Progress::Reading && is_of_people(name) {
            self.progress = Progress::Dropped;
        }
    }

    fn start(&mut self, element: Element<'_>) -> Want {
        if self.progress == Progress::Reading && is_of_people(element.name) {
            self.progress = Progress::Dropped;
        }
        if self.progress != Progress::Reading {
            return Want::Stop;
        }
        self.item = Item::of_element(element.name).filter(|_| element.depth <= DEPTH_MAX);
        if self.item.is_some() { Want::Text } else { Want::Nothing }
    }

    fn text(&mut self, text: &[u8], _scope: &Scope) {
        if let Some(item) = self.item.filter(|_| !xml::is_spoilt(text)) {
            self.particulars.put(item, text);
        }
    }

    fn end(&mut self, depth: u8) {
        self.item = None;
        if depth == 1 && self.progress == Progress::Reading {
            self.progress = Progress::Complete;
        }
    }
}
