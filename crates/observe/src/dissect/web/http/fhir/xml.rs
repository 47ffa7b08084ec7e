//! FHIR in XML: elements as in JSON, values in an attribute, and a resource's type as an element's name.

use super::names::{Element, Resource};
use super::{Found, Setting, Walk};
use crate::dissect::xml::{self, Reading, Visitor, Want, Xml};
use crate::dissect::{Facts, Side};

/// A reader of one document in XML.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct FhirXml {
    xml: Xml,
    walk: Walk,
}

impl FhirXml {
    pub(in super::super) fn new(setting: Setting) -> FhirXml {
        FhirXml { xml: Xml::default(), walk: Walk::new(setting) }
    }

    /// Reads content bytes in order.
    pub(in super::super) fn read(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) {
        let bytes = self.walk.within_limit(bytes);
        let mut telling = Telling { walk: &mut self.walk, side, facts };
        if !bytes.is_empty() && matches!(self.xml.feed(bytes, &mut telling), Reading::Malformed(_)) {
            facts.malformed();
            self.walk.left = 0;
        }
    }

    /// What was found out so far.
    pub(in super::super) fn found(&self) -> Found {
        self.walk.found
    }
}

struct Telling<'a> {
    walk: &'a mut Walk,
    side: Side,
    facts: &'a mut dyn Facts,
}

impl Visitor for Telling<'_> {
    fn attribute(&mut self, of: &[u8], name: &[u8], value: &[u8]) {
        if name == b"value" {
            // The element itself starts only after its attributes.
            self.walk.next = Element::of(of);
            self.walk.text(value, self.side, self.facts);
        }
    }

    fn start(&mut self, element: xml::Element<'_>) -> Want {
        if element.name.first().is_some_and(u8::is_ascii_uppercase) {
            self.walk.enter_resource();
            self.walk.is_of_type(Resource::of(element.name), self.facts);
        } else {
            self.walk.enter_element(Element::of(element.name));
        }
        Want::Nothing
    }

    fn end(&mut self, _depth: u8) {
        self.walk.leave(self.side, self.facts);
    }
}
