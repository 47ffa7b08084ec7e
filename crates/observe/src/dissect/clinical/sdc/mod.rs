//! SOAP of devices: what medical devices (IEEE 11073-10207, 20701, 20702: "SDC"), printers, computers and
//! cameras tell of themselves over HTTP, and who operates them.
//!
//! [`Soap`] reads one body, however it is cut. Requests and reports both travel in either direction, so the
//! parts are told from the message, not from the side: who reports is a provider though it connects as an
//! HTTP client.

mod document;
mod equipment;
mod messages;
pub(crate) mod names;
#[cfg(test)]
pub(in crate::dissect) mod tests;

use crate::dissect::particulars;
use crate::dissect::ws_discovery::{Announcement, Whom};
use crate::dissect::xml::{self, Element, Reading, Scope, Visitor, Want, Xml};
use crate::dissect::{Facts, Side, person};
use cordon_model::observe::{EventKind, Fact, PatientDataKinds, Protocol};
use document::Document;
use equipment::{Equipment, Item, Part};
use messages::Topic;
use names::{Short, qualified};

/// The longest name of an operation that an event repeats.
const OPERATION_BYTES_MAX: usize = 64;

/// Reads one SOAP message, or another document that a device sends of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Soap {
    xml: Xml,
    content: Content,
    /// A document that is no SOAP may be read.
    may_describe: bool,
    over: bool,
}

/// What is being read.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "nothing is allocated for a conversation")]
enum Content {
    Message(Message),
    Document(Document),
}

impl Default for Content {
    fn default() -> Self {
        Content::Message(Message::default())
    }
}

impl Soap {
    /// Before a body; `may_describe` when one that is no SOAP may be the sender's own description.
    pub fn new(may_describe: bool) -> Soap {
        Soap { may_describe, ..Soap::default() }
    }

    /// Reads content bytes in order; `side` sends them.
    pub fn read(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) {
        if self.over {
            return;
        }
        let mut rest = bytes;
        if let Content::Message(message) = &mut self.content {
            match self.xml.feed(bytes, &mut Reader { message, side, facts }) {
                Reading::On => return,
                Reading::Stopped(at) if self.may_describe && message.is_foreign => {
                    rest = bytes.get(at..).unwrap_or_default();
                    self.xml.resume();
                    self.content = Content::Document(Document::default());
                }
                Reading::Malformed(_) if message.enveloped => {
                    facts.malformed();
                    return self.end(facts);
                }
                Reading::Stopped(_) | Reading::Malformed(_) => return self.end(facts),
            }
        }
        if let Content::Document(document) = &mut self.content
            && document.read(&mut self.xml, side, rest, facts)
        {
            self.over = true;
        }
    }

    /// The body ended.
    pub fn finish(&mut self, _side: Side, facts: &mut dyn Facts) {
        if !self.over {
            self.end(facts);
        }
    }

    /// True when nothing of the rest is of interest.
    pub fn is_over(&self) -> bool {
        self.over
    }

    fn end(&mut self, facts: &mut dyn Facts) {
        self.over = true;
        if matches!(&self.content, Content::Message(message) if message.enveloped) && self.xml.limited() {
            facts.limit();
        }
    }
}

/// What the message read so far says.
#[derive(Clone, Copy, Debug, Default)]
struct Message {
    enveloped: bool,
    /// It is no SOAP but the description of a UPnP device.
    is_description: bool,
    /// It is neither, and its root names nobody.
    is_foreign: bool,
    in_body: bool,
    topic: Topic,
    field: Field,
    section: Section,
    announcement: Announcement,
    /// Depths of the description and of the device under way in it; 0 outside.
    description: u8,
    device: u8,
    /// Devices that began.
    devices: u16,
    /// Whose context the state under way is, and at which depth it began.
    context: Context,
    context_depth: u8,
    /// Places that the device is said to stand at now.
    places: u8,
    /// A measured value passed.
    valued: bool,
    /// A type or an action named the medical standard.
    medical: bool,
    /// What a production specification specifies.
    specified: Option<Fact>,
    tag: Tag,
    equipment: Equipment,
}

/// What the text under way is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Field {
    #[default]
    Other,
    /// A fact about the sender.
    Fact(Fact),
    /// A value of the device under way.
    Item(Item),
    /// A qualified name that is a fact about the sender.
    Type(Fact),
    Patient(PatientDataKinds),
    /// Actions a consumer subscribes to.
    Filter,
    /// Which operation is called.
    Operation,
    Announcement,
}

/// The part of a device's description or metadata under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Section {
    #[default]
    Other,
    Type,
    Specification,
    MetaData,
    Host,
    Hosted,
    FaultSubcode,
}

/// Whose context a state is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Context {
    #[default]
    Other,
    Patient,
    Location,
}

/// Attributes of the element about to start.
#[derive(Clone, Copy, Debug, Default)]
struct Tag {
    handle: Short<32>,
    code: Short<24>,
    coding_system: Short<40>,
    context: Context,
    associated: bool,
}

/// Reads a message on behalf of one body.
struct Reader<'a> {
    message: &'a mut Message,
    side: Side,
    facts: &'a mut dyn Facts,
}

impl Visitor for Reader<'_> {
    fn namespace(&mut self, name: &[u8]) -> u8 {
        names::namespace(name)
    }

    fn attribute(&mut self, of: &[u8], name: &[u8], value: &[u8]) {
        if self.message.in_body && !self.message.is_description && !value.is_empty() {
            self.body_attribute(of, name, value);
        }
    }

    fn start(&mut self, element: Element<'_>) -> Want {
        let tag = std::mem::take(&mut self.message.tag);
        self.message.field = Field::Other;
        match element.depth {
            1 if (element.namespace, element.name) == (names::SOAP, b"Envelope") => {
                self.message.enveloped = true;
                Want::Nothing
            }
            1 if (element.namespace, element.name) == (names::UPNP, b"root") => {
                self.message.is_description = true;
                self.facts.carries(Protocol::Upnp);
                Want::Nothing
            }
            _ if self.message.is_description => self.start_upnp(element),
            // Other XML is not read as a message.
            1 => {
                self.message.is_foreign = !particulars::is_of_people(element.name);
                Want::Stop
            }
            2 => {
                self.message.in_body = (element.namespace, element.name) == (names::SOAP, b"Body");
                Want::Nothing
            }
            _ if !self.message.in_body => Want::Nothing,
            3 => self.start_message(element),
            _ => self.start_part(element, &tag),
        }
    }

    fn text(&mut self, text: &[u8], scope: &Scope) {
        match self.message.field {
            Field::Other => {}
            Field::Patient(kind) => self.facts.patient_data(kind),
            _ if xml::is_spoilt(text) => {}
            // Users name their devices as they like.
            Field::Fact(Fact::DpwsFriendlyName) if person::may_name_someone(text) => {}
            Field::Fact(Fact::UpnpFriendlyName) => {
                self.facts.fact(self.side, Fact::UpnpFriendlyName, person::of_nobody(text));
            }
            Field::Fact(fact) => self.facts.fact(self.side, fact, text),
            Field::Item(Item::Part(part)) => self.code(part, text),
            Field::Item(item) => self.message.equipment.put(item, text),
            Field::Type(fact) => {
                let (namespace, local) = scope.resolve(text);
                self.message.medical |= matches!(namespace, names::MDPWS | names::SDC);
                self.facts.fact(self.side, fact, qualified(namespace, local).bytes());
            }
            Field::Filter => self.subscribed(text),
            Field::Operation => self.operated(text),
            Field::Announcement => {
                let Message { announcement, .. } = &self.message;
                // A device that is searched over HTTP answers for itself.
                let whom = if announcement.count > 1 { Whom::Nobody } else { Whom::Sender(self.side) };
                announcement.text(text, scope, false, whom, self.facts);
            }
        }
    }

    fn end(&mut self, depth: u8) {
        self.message.field = Field::Other;
        if self.message.is_description {
            return;
        }
        if depth == self.message.context_depth {
            (self.message.context, self.message.context_depth) = (Context::Other, 0);
        }
        if self.message.device > 0 && depth == self.message.device + 1 {
            (self.message.section, self.message.specified) = (Section::Other, None);
        }
        match depth {
            _ if depth == self.message.device => self.end_device(),
            _ if depth == self.message.description => self.end_description(),
            3 if self.message.in_body => self.end_message(),
            _ => {}
        }
    }
}

impl Reader<'_> {
    /// In the description of a UPnP device (UPnP Device Architecture 2.0, 2.3): its own particulars stand right
    /// within it, those of devices in it deeper.
    fn start_upnp(&mut self, element: Element<'_>) -> Want {
        if element.depth == 2 {
            self.message.in_body = element.name == b"device";
            return Want::Nothing;
        }
        let fact = match element.name {
            _ if element.depth > 3 || !self.message.in_body => return Want::Nothing,
            b"manufacturer" => Fact::UpnpManufacturer,
            b"modelName" => Fact::UpnpModelName,
            b"modelNumber" => Fact::UpnpModelNumber,
            b"serialNumber" => Fact::UpnpSerial,
            b"friendlyName" => Fact::UpnpFriendlyName,
            b"deviceType" => Fact::UpnpDeviceType,
            _ => return Want::Nothing,
        };
        self.message.field = Field::Fact(fact);
        Want::Text
    }

    /// The first element of the body says what the message is.
    fn start_message(&mut self, element: Element<'_>) -> Want {
        let found = messages::find(element.namespace, element.name);
        if let Some(part) = found.part {
            self.roles(part == messages::Part::Provider);
        }
        if let Some(reported) = found.reports {
            self.facts.fact(self.side, Fact::SdcReports, reported.as_bytes());
        }
        self.facts.patient_data(found.patient_data);
        self.message.topic = found.topic;
        match found.topic {
            Topic::Nothing => Want::Stop,
            Topic::Discovery => self.message.announcement.start(element),
            _ => Want::Nothing,
        }
    }

    /// Tells who is provider and who consumer.
    fn roles(&mut self, provider: bool) {
        let (own, other) = if provider { ("provider", "consumer") } else { ("consumer", "provider") };
        self.facts.carries(Protocol::Sdc);
        self.facts.fact(self.side, Fact::SdcRole, own.as_bytes());
        self.facts.fact(self.side.other(), Fact::SdcRole, other.as_bytes());
    }

    fn start_part(&mut self, element: Element<'_>, tag: &Tag) -> Want {
        let (field, want) = match self.message.topic {
            Topic::Nothing => (Field::Other, Want::Stop),
            Topic::Description => self.start_description(element, tag),
            Topic::States => self.start_state(element, tag),
            Topic::Operation(_) => match (element.namespace, element.name) {
                (names::MESSAGE, b"OperationHandleRef") => (Field::Operation, Want::Text),
                _ => self.start_state(element, tag),
            },
            Topic::Invocation => match (element.namespace, element.name) {
                (names::MESSAGE, b"InvocationState") => {
                    (Field::Item(Item::Part(Part::FaultCode)), Want::Text)
                }
                (names::MESSAGE, b"InvocationError") => {
                    (Field::Item(Item::Part(Part::FaultSubcode)), Want::Text)
                }
                _ => (Field::Other, Want::Nothing),
            },
            Topic::Metrics if self.message.valued => (Field::Other, Want::Stop),
            Topic::Metrics => (Field::Other, Want::Nothing),
            Topic::Subscription if element.name == b"Filter" => (Field::Filter, Want::Words),
            Topic::Subscription => (Field::Other, Want::Nothing),
            Topic::Metadata => self.start_metadata(element),
            Topic::Fault => self.start_fault(element),
            Topic::Discovery => (Field::Announcement, self.message.announcement.start(element)),
            Topic::Camera => match messages::camera_fact(element.name) {
                Some(fact) => (Field::Fact(fact), Want::Text),
                None => (Field::Other, Want::Nothing),
            },
        };
        self.message.field = field;
        want
    }

    fn body_attribute(&mut self, of: &[u8], name: &[u8], value: &[u8]) {
        let message = &mut *self.message;
        match (of, name) {
            (b"Mds", b"Handle") => message.tag.handle = Short::of(value),
            (b"Type" | b"SpecType", b"Code") => message.tag.code = Short::of(value),
            (b"Type" | b"SpecType", b"CodingSystem") => message.tag.coding_system = Short::of(value),
            (b"Issuer", b"Root") if message.section == Section::MetaData => {
                message.equipment.put(Item::Fact(Fact::SdcUdiIssuer), value);
            }
            (b"State" | b"ContextState" | b"ProposedContextState", b"type") => {
                message.tag.context = match value.rsplit(|&byte| byte == b':').next() {
                    Some(b"PatientContextState") => Context::Patient,
                    Some(b"LocationContextState") => Context::Location,
                    _ => Context::Other,
                };
            }
            (b"State" | b"ContextState" | b"ProposedContextState", b"ContextAssociation") => {
                message.tag.associated = value == b"Assoc";
            }
            (b"LocationDetail", _) if message.context == Context::Location => {
                if let Some(part) = messages::location_part(name) {
                    message.equipment.put(Item::Part(part), value);
                }
            }
            (b"Identification", b"Extension") if message.context == Context::Patient => {
                self.facts.patient_data(PatientDataKinds::IDENTIFIER);
            }
            (b"MetricValue", b"Value" | b"Samples") => {
                let waveform = name == b"Samples";
                let kind = if waveform { PatientDataKinds::WAVEFORM } else { PatientDataKinds::RESULT };
                self.message.valued |= !waveform;
                self.facts.patient_data(kind);
            }
            _ => {}
        }
    }

    /// In a description of devices (MdDescription), or in the states after it.
    fn start_description(&mut self, element: Element<'_>, tag: &Tag) -> (Field, Want) {
        let message = &mut *self.message;
        let none = (Field::Other, Want::Nothing);
        match (element.namespace, element.name) {
            (names::PARTICIPANT | names::MESSAGE, b"MdDescription") if message.description == 0 => {
                message.description = element.depth;
                none
            }
            (names::PARTICIPANT, b"Mds") if element.depth == message.description + 1 => {
                if message.devices == 1 {
                    message.equipment.tell(self.side, true, self.facts);
                }
                message.devices = message.devices.saturating_add(1);
                message.device = element.depth;
                message.equipment.put(Item::Fact(Fact::SdcHandle), tag.handle.bytes());
                none
            }
            (names::PARTICIPANT, name) if message.device > 0 => {
                let field = message.start_in_device(element.depth - message.device, name, tag);
                let want = if field == Field::Other { Want::Nothing } else { Want::Text };
                (field, want)
            }
            _ if message.device > 0 || message.description > 0 => none,
            _ => self.start_state(element, tag),
        }
    }

    /// In a state of a device: contexts and values.
    fn start_state(&mut self, element: Element<'_>, tag: &Tag) -> (Field, Want) {
        let message = &mut *self.message;
        if message.context_depth == 0 && tag.context != Context::Other {
            let current = tag.context == Context::Location && tag.associated;
            if current {
                message.places = message.places.saturating_add(1);
            }
            if current || tag.context == Context::Patient {
                (message.context, message.context_depth) = (tag.context, element.depth);
            }
        }
        if message.context != Context::Patient {
            return (Field::Other, Want::Nothing);
        }
        match messages::patient_kind(element.name) {
            Some(kind) => (Field::Patient(kind), Want::Text),
            None => (Field::Other, Want::Nothing),
        }
    }

    /// In a device's own metadata (DPWS 5.1, 5.2).
    fn start_metadata(&mut self, element: Element<'_>) -> (Field, Want) {
        let fact = match (element.namespace, element.name) {
            (names::DPWS, b"Host") => {
                self.message.section = Section::Host;
                None
            }
            (names::DPWS, b"Hosted") => {
                self.message.section = Section::Hosted;
                None
            }
            (names::DPWS, b"Types") => {
                let hosted = self.message.section == Section::Hosted;
                let fact = if hosted { Fact::DpwsService } else { Fact::DpwsType };
                return (Field::Type(fact), Want::Words);
            }
            (names::DPWS, name) => messages::metadata_fact(name),
            (names::ADDRESSING, b"Address") if self.message.section == Section::Host => {
                Some(Fact::DpwsEndpoint)
            }
            (names::PUBLICATION, b"Computer") => Some(Fact::DpwsComputer),
            _ => None,
        };
        fact.map_or((Field::Other, Want::Nothing), |fact| (Field::Fact(fact), Want::Text))
    }

    /// In a fault: its codes (SOAP 1.2 part 1, 5.4; SOAP 1.1, 4.4), never its reason in words.
    fn start_fault(&mut self, element: Element<'_>) -> (Field, Want) {
        let part = match element.name {
            b"Subcode" => {
                self.message.section = Section::FaultSubcode;
                return (Field::Other, Want::Nothing);
            }
            b"Value" if self.message.section == Section::FaultSubcode => Part::FaultSubcode,
            b"Value" | b"faultcode" => Part::FaultCode,
            _ => return (Field::Other, Want::Nothing),
        };
        (Field::Item(Item::Part(part)), Want::Text)
    }

    /// A fault's code, or what became of an operation.
    fn code(&mut self, part: Part, text: &[u8]) {
        let code = match (self.message.topic, part) {
            (Topic::Fault, _) => messages::fault_code(text),
            (_, Part::FaultCode) if messages::is_failure(text) => text,
            (_, Part::FaultSubcode) if messages::is_invocation_error(text) => text,
            _ => b"",
        };
        self.message.equipment.put(Item::Part(part), code);
    }

    /// A filter names an action whose notifications are wanted.
    fn subscribed(&mut self, action: &[u8]) {
        if memchr::memmem::find(action, b"11073").is_none() {
            return;
        }
        let name = action.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let Some(reported) = messages::find(names::MESSAGE, name).reports else { return };
        if !self.message.medical {
            self.message.medical = true;
            self.roles(false);
        }
        self.facts.fact(self.side, Fact::SdcSubscribes, reported.as_bytes());
    }

    /// An operation is called by its handle, which the description gives to what can be operated.
    fn operated(&mut self, handle: &[u8]) {
        let Topic::Operation(name) = self.message.topic else { return };
        let mut detail: Short<96> = Short::of(name.as_bytes());
        let suits = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-:/".contains(byte);
        if handle.len() <= OPERATION_BYTES_MAX && handle.iter().all(suits) {
            detail.push(b" ");
            detail.push(handle);
        }
        let detail = std::str::from_utf8(detail.bytes()).unwrap_or(name);
        self.facts.event(self.side, EventKind::SdcOperation, detail);
    }

    fn end_device(&mut self) {
        if self.message.devices > 1 {
            self.message.equipment.tell(self.side, true, self.facts);
        }
        self.message.device = 0;
    }

    fn end_description(&mut self) {
        let message = &mut *self.message;
        message.description = 0;
        match message.devices {
            0 => {}
            1 => message.equipment.tell(self.side, false, self.facts),
            count => {
                let mut digits = [0; 5];
                self.facts.fact(self.side, Fact::SdcDevices, decimal(count, &mut digits));
            }
        }
        message.equipment.clear();
    }

    fn end_message(&mut self) {
        self.message.in_body = false;
        let message = &*self.message;
        match message.topic {
            // Several places are those of several devices; which is whose is not told here.
            Topic::Description | Topic::States if message.places == 1 && message.devices <= 1 => {
                let parts = message.equipment.place();
                let [_, _, _, care, _, _] = parts;
                self.facts.fact(self.side, Fact::SdcLocation, names::place(parts).bytes());
                self.facts.fact(self.side, Fact::SdcPointOfCare, person::of_nobody(care));
            }
            Topic::Metadata if message.medical => self.roles(true),
            Topic::Metadata => self.facts.carries(Protocol::Dpws),
            Topic::Camera => self.facts.carries(Protocol::Onvif),
            Topic::Fault => self.event_of_fault(EventKind::SoapFault),
            Topic::Invocation if messages::failed(&message.equipment) => {
                self.event_of_fault(EventKind::SdcOperationFailed);
            }
            _ => {}
        }
    }

    fn event_of_fault(&mut self, kind: EventKind) {
        let detail = messages::fault_detail(&self.message.equipment);
        if let Ok(detail) = std::str::from_utf8(detail.bytes()) {
            self.facts.event(self.side, kind, detail);
        }
    }
}

impl Message {
    /// Below a device's element (MdsDescriptor, IEEE 11073-10207): what the text of an element is.
    fn start_in_device(&mut self, below: u8, name: &[u8], tag: &Tag) -> Field {
        let item = match (below, self.section, name) {
            (1, _, _) => {
                self.section = match name {
                    b"Type" => Section::Type,
                    b"ProductionSpecification" => Section::Specification,
                    b"MetaData" => Section::MetaData,
                    _ => Section::Other,
                };
                if self.section == Section::Type {
                    self.equipment.put(Item::Fact(Fact::SdcType), messages::coded(tag).bytes());
                }
                return Field::Other;
            }
            (2, Section::Type, b"ConceptDescription") => Some(Fact::SdcTypeName),
            (2, Section::Specification, b"SpecType") => {
                self.specified = messages::specified(tag.code.bytes(), tag.coding_system.bytes());
                None
            }
            (2, Section::Specification, b"ProductionSpec") => self.specified,
            (2 | 3, Section::MetaData, _) => messages::equipment_fact(below, name),
            _ => None,
        };
        item.map_or(Field::Other, |fact| Field::Item(Item::Fact(fact)))
    }
}

/// A number's digits.
fn decimal(mut number: u16, digits: &mut [u8; 5]) -> &[u8] {
    let mut start = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        start = at;
        if number == 0 {
            break;
        }
    }
    digits.get(start..).unwrap_or_default()
}
