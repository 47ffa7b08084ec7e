//! The DICOM JSON model (PS3.18 annex F) as it passes: equipment that a sender describes, and kinds of
//! patient data.

use super::fhir::Found;
use super::json::{Json, Tree};
use super::part::PartHead;
use crate::dissect::dicom::object::{equipment, patient_data};
use crate::dissect::{Facts, Side};
use cordon_model::observe::Protocol;

/// Content bytes that are read of one document.
const DOCUMENT_BYTES_MAX: u32 = 512 * 1024;
/// Content bytes of other JSON within which it must show that it is DICOM.
const UNPROVEN_BYTES_MAX: u32 = 4 * 1024;

/// A reader of one document: a list of data sets, or one.
#[derive(Clone, Copy, Debug)]
pub(super) struct DicomJson {
    part: PartHead,
    json: Json,
    walk: Walk,
    left: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Walk {
    depth: u8,
    /// How deep a data set's own elements lie: 1, or 2 within a list.
    level: u8,
    /// The element whose value is to come.
    tag: Option<u32>,
    /// What kind of attribute of an element comes next.
    member: Member,
    /// An element was seen, with its value representation.
    proven: bool,
    patient_data: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Member {
    #[default]
    Other,
    Representation,
    Value,
    Bulk,
}

impl DicomJson {
    /// `declared` when the content type says that it is DICOM, and not only the request.
    pub(super) fn new(declared: bool, multipart: bool) -> DicomJson {
        DicomJson {
            part: PartHead::before(multipart),
            json: Json::default(),
            walk: Walk { proven: declared, ..Walk::default() },
            left: if declared { DOCUMENT_BYTES_MAX } else { UNPROVEN_BYTES_MAX },
        }
    }

    /// True while the document may still show that it is DICOM.
    pub(super) fn is_unproven(&self) -> bool {
        !self.walk.proven && self.left > 0
    }

    /// Reads content bytes in order.
    pub(super) fn read(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) {
        let count = bytes.len().min(self.left as usize);
        self.left -= count as u32;
        let bytes = self.part.after(bytes.get(..count).unwrap_or_default());
        let proven = self.walk.proven;
        if !bytes.is_empty() && !self.json.read(bytes, &mut Telling { walk: &mut self.walk, side, facts }) {
            if proven {
                facts.malformed();
            }
            self.left = 0;
        } else if proven != self.walk.proven {
            self.left = DOCUMENT_BYTES_MAX;
        }
    }

    /// What was found out so far.
    pub(super) fn found(&self) -> Found {
        Found {
            proven: self.walk.proven.then_some(Protocol::DicomWeb),
            patient_data: self.walk.patient_data,
            issue: None,
        }
    }
}

struct Telling<'a> {
    walk: &'a mut Walk,
    side: Side,
    facts: &'a mut dyn Facts,
}

impl Tree for Telling<'_> {
    fn name(&mut self, name: &[u8]) {
        let walk = &mut *self.walk;
        if walk.depth == walk.level {
            walk.tag = tag(name);
        } else if walk.depth == walk.level + 1 {
            walk.member = match name {
                b"vr" => Member::Representation,
                b"Value" => Member::Value,
                b"BulkDataURI" | b"InlineBinary" => Member::Bulk,
                _ => Member::Other,
            };
        }
    }

    fn open(&mut self, array: bool) {
        self.walk.depth += 1;
        if self.walk.depth == 1 {
            self.walk.level = 1 + u8::from(array);
        } else if !array && self.walk.depth == self.walk.level + 3 && self.walk.member == Member::Value {
            // A name's groups, or an item of a sequence.
            self.value(None);
        }
    }

    fn close(&mut self) {
        self.walk.depth = self.walk.depth.saturating_sub(1);
        if self.walk.depth <= self.walk.level {
            self.walk.tag = None;
        }
    }

    fn text(&mut self, text: &[u8]) {
        match (self.walk.member, self.walk.depth.checked_sub(self.walk.level)) {
            (Member::Representation, Some(1)) => self.walk.proven |= text.len() == 2,
            (Member::Bulk, Some(1)) => self.value(None),
            (Member::Value, Some(2)) if !text.is_empty() => self.value(Some(text)),
            _ => {}
        }
    }

    fn literal(&mut self, _word: &[u8]) {
        if self.walk.member == Member::Value && self.walk.depth == self.walk.level + 2 {
            self.value(None);
        }
    }
}

impl Telling<'_> {
    /// The element at hand has a value; a text is given where it is one.
    fn value(&mut self, text: Option<&[u8]>) {
        let Some(tag) = self.walk.tag.filter(|_| self.walk.proven) else { return };
        if let Some(kinds) = patient_data(tag) {
            self.walk.patient_data = true;
            self.facts.patient_data(kinds);
        }
        // What an archive answers describes the equipment of others.
        if let (Side::Client, Some(fact), Some(text)) = (self.side, equipment(tag), text) {
            self.facts.fact(self.side, fact, text);
        }
    }
}

/// Eight hexadecimal digits.
fn tag(name: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(name).ok().filter(|text| text.len() == 8)?;
    u32::from_str_radix(text, 16).ok()
}
