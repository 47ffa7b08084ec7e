//! FHIR resources (R4 and R5, JSON and XML) as they pass: what servers say of themselves, which devices they
//! know, and which kinds of patient data are in them.
//!
//! Only names of elements and the few values that speak of equipment and software are looked at; values of
//! persons are never kept. A document is walked element by element in a fixed number of bytes.

mod device;
mod elements;
mod names;
mod xml;

use super::json::{Json, Tree};
use crate::dissect::{Facts, Side};
use cordon_model::observe::{PatientDataKinds, Protocol};
use device::{Device, Particular};
use names::Element;
pub(super) use names::Resource;
pub(super) use xml::FhirXml;

/// Content bytes that are read of a document known to be FHIR.
const DOCUMENT_BYTES_MAX: u32 = 512 * 1024;
/// Content bytes of other JSON within which it must show that it is FHIR.
const UNPROVEN_BYTES_MAX: u32 = 4 * 1024;
/// Names of a path within a resource that are looked at.
const PATH_MAX: usize = 6;
/// Elements within one another whose names are remembered.
const DEPTH_MAX: usize = 16;

/// What a document can be told from, beside itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setting {
    /// The content type says that it is FHIR.
    pub(super) declared: bool,
    /// It may be a server's statement about itself: the request asked for one, or was not seen.
    pub(super) about_server: bool,
    /// The request's path is one of FHIR.
    pub(super) by_path: bool,
    /// It was asked for as a SMART configuration.
    pub(super) smart: bool,
}

/// A reader of one document in JSON.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fhir {
    json: Json,
    walk: Walk,
}

impl Fhir {
    pub(super) fn new(setting: Setting) -> Fhir {
        Fhir { json: Json::default(), walk: Walk::new(setting) }
    }

    /// Reads content bytes in order.
    pub(super) fn read(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) {
        let bytes = self.walk.within_limit(bytes);
        if !bytes.is_empty() && !self.json.read(bytes, &mut Telling { walk: &mut self.walk, side, facts }) {
            if self.walk.found.proven.is_some() {
                facts.malformed();
            }
            self.walk.left = 0;
        }
    }

    /// True while the document may still show that it is FHIR.
    pub(super) fn is_unproven(&self) -> bool {
        self.walk.found.proven.is_none() && self.walk.left > 0
    }

    /// What was found out so far.
    pub(super) fn found(&self) -> Found {
        self.walk.found
    }
}

/// What a document turned out to be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// It is of this protocol.
    pub(super) proven: Option<Protocol>,
    /// It holds patient data.
    pub(super) patient_data: bool,
    /// The code of the first issue of an outcome.
    pub(super) issue: Option<&'static str>,
}

/// Where in a document the reading stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    setting: Setting,
    found: Found,
    left: u32,
    /// The member that comes next.
    next: Element,
    frames: [Frame; DEPTH_MAX],
    /// How many are open, beyond those remembered too.
    depth: u8,
    /// Kinds that count if it turns out that the resource is a person's, or the document FHIR.
    pending: PatientDataKinds,
    pending_person: PatientDataKinds,
    /// The reference at hand leads to a patient.
    to_patient: bool,
    /// The device's name at hand is not one its patient gave it.
    name_is_public: bool,
    device: Device,
}

/// An open element.
#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    element: Element,
    array: bool,
    /// A resource begins here.
    resource: Option<Resource>,
}

impl Default for Walk {
    fn default() -> Self {
        Walk::new(Setting::default())
    }
}

/// A walk together with whom it tells.
struct Telling<'a> {
    walk: &'a mut Walk,
    side: Side,
    facts: &'a mut dyn Facts,
}

impl Tree for Telling<'_> {
    fn name(&mut self, name: &[u8]) {
        self.walk.next = Element::of(name);
    }

    fn open(&mut self, array: bool) {
        self.walk.enter(array);
    }

    fn close(&mut self) {
        self.walk.leave(self.side, self.facts);
    }

    fn text(&mut self, text: &[u8]) {
        self.walk.text(text, self.side, self.facts);
    }

    fn literal(&mut self, _word: &[u8]) {}
}

impl Walk {
    fn new(setting: Setting) -> Walk {
        Walk {
            setting,
            found: Found { proven: setting.declared.then_some(Protocol::Fhir), ..Found::default() },
            left: if setting.declared { DOCUMENT_BYTES_MAX } else { UNPROVEN_BYTES_MAX },
            next: Element::Other,
            frames: [Frame::default(); DEPTH_MAX],
            depth: 0,
            pending: PatientDataKinds::NONE,
            pending_person: PatientDataKinds::NONE,
            to_patient: false,
            name_is_public: false,
            device: Device::default(),
        }
    }

    fn within_limit<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let count = bytes.len().min(self.left as usize);
        self.left -= count as u32;
        bytes.get(..count).unwrap_or_default()
    }

    /// The innermost open element; the document itself has none.
    fn top(&self) -> Option<Frame> {
        self.frames.get(usize::from(self.depth).checked_sub(1)?).copied()
    }

    /// An object or array begins.
    fn enter(&mut self, array: bool) {
        let parent = self.top();
        let element = match parent {
            Some(Frame { array: true, element, .. }) => element,
            _ => self.next,
        };
        let in_list = parent.is_some_and(|parent| parent.array);
        let is_resource = match element {
            _ if array => false,
            _ if self.depth == 0 => true,
            Element::Contained => true,
            // A list of that name is a capability statement's.
            Element::Resource | Element::Outcome => !in_list,
            _ => false,
        };
        self.to_patient = false;
        self.push(Frame { element, array, resource: is_resource.then_some(Resource::Unknown) });
        self.next = Element::Other;
    }

    /// An element begins that is no resource itself (XML).
    fn enter_element(&mut self, element: Element) {
        self.to_patient = false;
        self.push(Frame { element, array: false, resource: None });
    }

    /// A resource begins, as the content of the innermost element (XML).
    fn enter_resource(&mut self) {
        let element = self.top().map_or(Element::Other, |top| top.element);
        self.push(Frame { element, array: false, resource: Some(Resource::Unknown) });
    }

    fn push(&mut self, frame: Frame) {
        if frame.resource.is_some() {
            self.pending_person = PatientDataKinds::NONE;
            // What a device contains does not end it.
            if frame.element != Element::Contained {
                self.device.clear();
            }
        }
        if let Some(slot) = self.frames.get_mut(usize::from(self.depth)) {
            *slot = frame;
        }
        self.depth = self.depth.saturating_add(1);
    }

    /// The innermost object or array ends.
    fn leave(&mut self, side: Side, facts: &mut dyn Facts) {
        let ended = self.top();
        let Some(depth) = self.depth.checked_sub(1) else { return };
        self.depth = depth;
        self.next = Element::Other;
        match ended {
            Some(Frame { resource: Some(_), element: Element::Contained, .. }) => {}
            Some(Frame { resource: Some(Resource::Device), .. }) if !self.is_contained() => {
                self.end_of_device(side, facts);
            }
            Some(Frame { element: Element::DeviceName | Element::Name, array: false, .. })
                if !std::mem::take(&mut self.name_is_public) =>
            {
                self.device.forget_name();
            }
            _ => {}
        }
    }

    fn end_of_device(&mut self, side: Side, facts: &mut dyn Facts) {
        if self.device.is_of_patient() {
            self.note(PatientDataKinds::IDENTIFIER, facts);
        } else if self.found.proven.is_some() {
            self.device.tell(side, facts);
        }
        self.device.clear();
    }

    /// The innermost resource's frame.
    fn resource_at(&self) -> Option<usize> {
        let open = usize::from(self.depth).min(DEPTH_MAX);
        self.frames.get(..open)?.iter().rposition(|frame| frame.resource.is_some())
    }

    fn resource(&self) -> Resource {
        let frame = self.resource_at().and_then(|at| self.frames.get(at));
        frame.and_then(|frame| frame.resource).unwrap_or_default()
    }

    /// True within a resource that another one contains.
    fn is_contained(&self) -> bool {
        let open = usize::from(self.depth).min(DEPTH_MAX);
        let frames = self.frames.get(..open).unwrap_or_default();
        frames.iter().any(|frame| frame.resource.is_some() && frame.element == Element::Contained)
    }

    /// The names from the innermost resource down to the value at hand, at most six.
    fn path(&self) -> ([Element; PATH_MAX], usize) {
        let (mut path, mut length) = ([Element::Other; PATH_MAX], 0);
        let open = usize::from(self.depth).min(DEPTH_MAX);
        let from = self.resource_at().map_or(0, |at| at + 1);
        let within = self.frames.get(from..open).unwrap_or_default();
        let elements = within.iter().filter(|frame| !frame.array).map(|frame| frame.element);
        let in_list = self.top().filter(|top| top.array).map(|top| top.element);
        for element in elements.chain([in_list.unwrap_or(self.next)]) {
            if let Some(slot) = path.get_mut(length) {
                *slot = element;
            }
            length += 1;
        }
        if usize::from(self.depth) > DEPTH_MAX { ([Element::Other; PATH_MAX], 0) } else { (path, length) }
    }

    /// A text stands in the innermost object or array.
    fn text(&mut self, text: &[u8], side: Side, facts: &mut dyn Facts) {
        let (path, length) = self.path();
        let Some(path) = path.get(..length) else { return };
        if path == [Element::ResourceType] {
            self.is_of_type(Resource::of(text), facts);
        } else {
            self.of_patient(path, text, facts);
            match self.resource() {
                // What is contained may be a patient whose type is told only at its end.
                Resource::Device | Resource::Unknown if !self.is_contained() => self.of_device(path, text),
                Resource::OperationOutcome => self.of_outcome(path, text),
                _ => {}
            }
            if side == Side::Server && self.resource_at() == Some(0) {
                self.of_server(path, text, facts);
            }
        }
        self.next = Element::Other;
    }

    /// The innermost resource says what it is.
    fn is_of_type(&mut self, resource: Resource, facts: &mut dyn Facts) {
        let Some(at) = self.resource_at() else { return };
        if let Some(frame) = self.frames.get_mut(at) {
            frame.resource = Some(resource);
        }
        let evident = resource.is_distinct() || (self.setting.by_path && resource != Resource::Unknown);
        if at == 0 && evident && self.found.proven.is_none() {
            self.found.proven = Some(Protocol::Fhir);
            self.left = DOCUMENT_BYTES_MAX;
        }
        let pending = std::mem::take(&mut self.pending);
        self.note(pending, facts);
        let person = std::mem::take(&mut self.pending_person);
        if resource.is_person() {
            self.note(person, facts);
        }
        self.note(resource.kinds(), facts);
    }

    /// Notes kinds of patient data, once it is known that this is FHIR.
    fn note(&mut self, kinds: PatientDataKinds, facts: &mut dyn Facts) {
        if kinds.is_empty() {
        } else if self.found.proven.is_some() {
            self.found.patient_data = true;
            facts.patient_data(kinds);
        } else {
            self.pending = self.pending.union(kinds);
        }
    }
}
