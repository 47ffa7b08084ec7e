//! Point-of-care analysers and the managers they report to: POCT1-A (CLSI POCT01-A2) device messages, which
//! are XML documents one after another over TCP.
//!
//! A document's root names the message (`HEL.R01` greets, `OBS.R01` observes, `ACK.R01` acknowledges), the
//! elements in it are named `OBJECT.field`, and values stand in their attribute `V`. Of patients and
//! operators only is noticed that their fields are not empty.

mod device;

use crate::dissect::arp::Text;
use crate::dissect::xml::{self, Element, Reading, Scope, Visitor, Want, Xml};
use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector, person};
use cordon_model::observe::{EventKind, Fact, PatientDataKinds};
use device::Device;
use std::fmt::Write as _;

/// Bytes a probe looks at: a declaration and a document type may stand before the root.
const PROLOGUE_BYTES_MAX: usize = 512;
/// `<HEL.R01` and the like: what is enough of a root to know it by.
const ROOT_BYTES: usize = 7;
/// The longest error code that is told.
const CODE_BYTES_MAX: usize = 16;

/// The longest directive or request that is told, and digits of a code.
const DIRECTIVE_BYTES_MAX: usize = 40;
const CODE_DIGITS_MAX: usize = 4;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Poct1a {
    client: Half,
    server: Half,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    place: Place,
    xml: Xml,
    /// It was counted that the reader met its limits.
    limited: bool,
    message: Message,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Between messages.
    #[default]
    Between,
    /// In a message.
    Within,
    /// Looking for the next message's root.
    Lost,
}

/// What is known of the message under way, and of the device that sends.
#[derive(Clone, Copy, Debug, Default)]
struct Message {
    kind: Kind,
    ended: bool,
    /// The other side's message was not accepted.
    refused: bool,
    code: Code,
    /// An operator's password stands in it.
    password: bool,
    /// The depth of an element about control material; 0 outside of one.
    control_depth: u8,
    /// Which element's text was asked for.
    text_of: TextOf,
    role: Option<Kind>,
    device: Device,
}

/// What kind of message, as far as it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// No message at all.
    #[default]
    Foreign,
    /// Both sides send it, or it is a maker's own.
    Other,
    /// Only a device sends it: greeting, status, observations of patients, events.
    Device,
    /// Observations of control material, which are no patient's.
    Control,
    /// Only a manager sends it: directives, lists.
    Manager,
    /// It says whether another message was accepted.
    Acknowledgement,
    /// It says that what was asked cannot be done.
    Escape,
}

/// Elements whose text matters; all other values stand in attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TextOf {
    #[default]
    Nothing,
    /// ACC.password, encoded or not.
    Password,
    /// DEV.device_id: where some makers state facility and ward, separated by `^`.
    DeviceId,
}

impl Kind {
    fn of(root: &[u8]) -> Option<Kind> {
        match root {
            b"HEL.R01" | b"DST.R01" | b"OBS.R01" | b"EVS.R01" => Some(Kind::Device),
            b"OBS.R02" => Some(Kind::Control),
            b"OPL.R01" | b"OPL.R02" | b"PTL.R01" | b"PTL.R02" => Some(Kind::Manager),
            b"ACK.R01" => Some(Kind::Acknowledgement),
            b"ESC.R01" => Some(Kind::Escape),
            // What is requested tells who requests.
            b"REQ.R01" | b"EOT.R01" | b"END.R01" | b"KPA.R01" => Some(Kind::Other),
            // Directives: the standard's, and those of makers such as DTV.VENDOR.LOCK.
            _ if root.starts_with(b"DTV.") && looks_like_root(root) => Some(Kind::Manager),
            _ => None,
        }
    }
}

/// An error code of bounded length.
#[derive(Clone, Copy, Debug, Default)]
struct Code {
    bytes: [u8; CODE_BYTES_MAX],
    length: u8,
}

impl Code {
    /// Keeps what is a code.
    fn keep(&mut self, value: &[u8]) {
        if is_code(value)
            && let Some(room) = self.bytes.get_mut(..value.len())
        {
            room.copy_from_slice(value);
            self.length = value.len() as u8;
        }
    }

    fn text(&self) -> &str {
        let known = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(known).unwrap_or_default()
    }
}

/// True for a code; free words could be about a patient, and so could long numbers.
fn is_code(value: &[u8]) -> bool {
    let suits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    value.iter().all(suits) && value.len() <= DIRECTIVE_BYTES_MAX && digits <= CODE_DIGITS_MAX
}

impl StreamDissector for Poct1a {
    const STARTS: Starts = Starts::range(0, b' ').or(Starts::of(b"<\x7f\xef\xbb\xbf"));
    // Only the first bytes of a root are held back; the room is for segments that come out of order.
    const HELD_BYTES_MAX: usize = 4 * 1024;

    fn probe(head: &[u8], _port: u16) -> Probe {
        probe(head)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let place = half.place;
            let count = half.advance(side, rest, facts);
            if count == 0 && half.place == place {
                break;
            }
            rest = rest.get(count..).unwrap_or_default();
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        half.place = Place::Lost;
        Step::Took(0)
    }
}

impl Half {
    /// Takes bytes from the front; 0 when more are needed.
    fn advance(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> usize {
        match self.place {
            Place::Between => self.between(bytes, facts),
            Place::Within => self.within(side, bytes, facts),
            Place::Lost => self.lost(bytes),
        }
    }

    /// Passes over blanks, and over the bytes in which some senders wrap messages as HL7's are.
    fn between(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> usize {
        let start = bytes.iter().position(|&byte| !is_filling(byte)).unwrap_or(bytes.len());
        match bytes.get(start) {
            Some(b'<') => self.begin(),
            Some(_) => {
                facts.malformed();
                self.place = Place::Lost;
            }
            None => {}
        }
        start
    }

    fn begin(&mut self) {
        self.place = Place::Within;
        self.xml = Xml::default();
        self.limited = false;
        self.message.begin();
    }

    fn within(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> usize {
        let mut reader = Reader { message: &mut self.message, side, facts };
        let reading = self.xml.feed(bytes, &mut reader);
        if self.xml.limited() && !std::mem::replace(&mut self.limited, true) {
            facts.limit();
        }
        match reading {
            Reading::On => bytes.len(),
            Reading::Stopped(count) | Reading::Malformed(count) => {
                let last = count.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or_default();
                // A message is over and no other follows at once, or it is broken.
                if self.message.ended && is_filling(last) {
                    self.place = Place::Between;
                } else {
                    facts.malformed();
                    self.place = Place::Lost;
                }
                count
            }
        }
    }

    /// Looks for a root. Where one may begin at the end of what is there, that is left for later.
    fn lost(&mut self, bytes: &[u8]) -> usize {
        for at in memchr::memchr_iter(b'<', bytes) {
            let root = bytes.get(at + 1..).unwrap_or_default();
            match root.get(..ROOT_BYTES) {
                Some(root) if Kind::of(root).is_some() => {
                    self.begin();
                    return at;
                }
                None if looks_like_root(root) => return at,
                _ => {}
            }
        }
        bytes.len()
    }
}

/// True for what stands between messages and means nothing: blanks, what wraps messages, a byte order mark.
fn is_filling(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || matches!(byte, 0xef | 0xbb | 0xbf)
}

/// True when so much of a root could become `AAA.R01`.
fn looks_like_root(root: &[u8]) -> bool {
    root.iter().zip(0..).all(|(byte, at)| match at {
        0..3 => byte.is_ascii_uppercase(),
        3 => *byte == b'.',
        _ => byte.is_ascii_alphanumeric() || matches!(*byte, b'.' | b'_'),
    })
}

impl Message {
    fn begin(&mut self) {
        *self = Message { role: self.role, device: self.device, ..Message::default() };
        self.device.begin();
    }
}

/// Reads one message of one side.
struct Reader<'a> {
    message: &'a mut Message,
    side: Side,
    facts: &'a mut dyn Facts,
}

impl Visitor for Reader<'_> {
    fn attribute(&mut self, of: &[u8], name: &[u8], value: &[u8]) {
        if name != b"V" || value.is_empty() || self.message.kind == Kind::Foreign {
            return;
        }
        match of.split_at_checked(4) {
            Some((b"DEV.", field)) => self.message.device.tell(self.side, field, value, self.facts),
            Some((b"DSC.", b"connection_profile_cd")) => {
                self.message.device.tell(self.side, b"connection_profile_cd", value, self.facts);
            }
            _ if of.starts_with(b"PT.") => self.patient(of),
            _ => self.other(of, value),
        }
    }

    fn start(&mut self, element: Element<'_>) -> Want {
        if element.depth == 1 {
            if self.message.ended {
                self.message.begin();
            }
            self.root(element.name);
        }
        if element.name == b"CTC" && self.message.control_depth == 0 {
            self.message.control_depth = element.depth;
        }
        self.message.text_of = match element.name {
            b"ACC.password" => TextOf::Password,
            b"DEV.device_id" => TextOf::DeviceId,
            _ => return Want::Nothing,
        };
        Want::Text
    }

    fn text(&mut self, text: &[u8], _scope: &Scope) {
        match self.message.text_of {
            TextOf::Nothing => {}
            TextOf::Password => self.message.password = true,
            TextOf::DeviceId if xml::is_spoilt(text) => {}
            TextOf::DeviceId if text.split(|&byte| byte == b'^').any(person::may_name_someone) => {}
            TextOf::DeviceId => self.message.device.tell(self.side, b"location", text, self.facts),
        }
    }

    fn end(&mut self, depth: u8) {
        if self.message.control_depth == depth {
            self.message.control_depth = 0;
        }
        if depth == 1 {
            self.message.ended = true;
            self.finish();
        }
    }
}

impl Reader<'_> {
    fn root(&mut self, name: &[u8]) {
        // Makers add messages of their own, such as NOVA.LOC; a root without a dot is something else.
        match Kind::of(name) {
            Some(kind) => self.message.kind = kind,
            None if memchr::memchr(b'.', name).is_some() => self.message.kind = Kind::Other,
            None => self.facts.malformed(),
        }
        match self.message.kind {
            Kind::Device | Kind::Control => self.role(Kind::Device),
            Kind::Manager => self.role(Kind::Manager),
            _ => {}
        }
    }

    /// Tells once which part the sender plays.
    fn role(&mut self, role: Kind) {
        if self.message.role != Some(role) {
            self.message.role = Some(role);
            let word: &[u8] = if role == Kind::Device { b"device" } else { b"manager" };
            self.facts.fact(self.side, Fact::Poct1aRole, word);
        }
    }

    /// Fields of a patient, which stand in observations, requests and lists.
    fn patient(&mut self, field: &[u8]) {
        let kind = match field {
            b"PT.patient_id" | b"PT.alternate_id" | b"PT.visit_id" | b"PT.medrec_num" | b"PT.account_num" => {
                PatientDataKinds::IDENTIFIER
            }
            b"PT.name" => PatientDataKinds::NAME,
            b"PT.birth_date" | b"PT.birth_dttm" => PatientDataKinds::BIRTH_DATE,
            b"PT.address" | b"PT.phone" | b"PT.telephone" => PatientDataKinds::ADDRESS,
            _ => return,
        };
        if self.message.kind != Kind::Control {
            self.facts.patient_data(kind);
        }
    }

    fn other(&mut self, field: &[u8], value: &[u8]) {
        let control = self.message.kind == Kind::Control || self.message.control_depth > 0;
        match field {
            b"OBS.value" | b"OBS.qualitative_value" if !control => {
                self.facts.patient_data(PatientDataKinds::RESULT);
            }
            b"ORD.order_id" | b"ORD.universal_service_id" if !control => {
                self.facts.patient_data(PatientDataKinds::ORDER);
            }
            b"REQ.request_cd" if is_code(value) => {
                self.facts.fact(self.side, Fact::Poct1aRequest, value);
                if matches!(value, b"ROBS" | b"RDEV") {
                    self.role(Kind::Manager);
                }
            }
            b"DTV.command_cd" if is_code(value) => self.facts.fact(self.side, Fact::Poct1aDirective, value),
            b"ACC.password" => self.message.password = true,
            b"ACK.type_cd" | b"ACK.type_id" => self.message.refused = !matches!(value, b"AA" | b"CA"),
            b"ACK.error_detail_cd" | b"ESC.detail_cd" => self.message.code.keep(value),
            _ => {}
        }
    }

    /// A message is complete.
    fn finish(&mut self) {
        let (message, side) = (&self.message, self.side);
        if message.password {
            let detail = "operator password in a list of operators";
            self.facts.event(side, EventKind::Poct1aClearCredentials, detail);
        }
        let what = match message.kind {
            Kind::Acknowledgement if message.refused => "message not accepted",
            Kind::Escape => "request not carried out",
            _ => return,
        };
        let mut detail = Text::default();
        // Both fit: at most 24 bytes and a code of 16 in brackets.
        let _ = match message.code.text() {
            "" => detail.write_str(what),
            code => write!(detail, "{what} ({code})"),
        };
        let detail = std::str::from_utf8(detail.bytes()).unwrap_or_default();
        self.facts.event(side, EventKind::Poct1aRefused, detail);
    }
}

/// What the first bytes of one side are: a message's root, perhaps after a declaration and a document type.
fn probe(head: &[u8]) -> Probe {
    let mut rest = head;
    loop {
        let start = rest.iter().position(|&byte| !is_filling(byte));
        let Some(text) = start.and_then(|start| rest.get(start..)) else { break };
        match text {
            [b'<'] => break,
            [b'<', b'?' | b'!', ..] => match memchr::memchr(b'>', text) {
                Some(end) => rest = text.get(end + 1..).unwrap_or_default(),
                None => break,
            },
            [b'<', root @ ..] => return known_root(root),
            _ => return Probe::No,
        }
    }
    if head.len() < PROLOGUE_BYTES_MAX { Probe::Unsure } else { Probe::No }
}

fn known_root(root: &[u8]) -> Probe {
    let Some(name) = root.get(..ROOT_BYTES) else {
        return if looks_like_root(root) { Probe::Unsure } else { Probe::No };
    };
    // The names of makers' directives go on.
    let ends = name.starts_with(b"DTV.")
        || root.get(ROOT_BYTES).is_none_or(|byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace());
    match Kind::of(name) {
        Some(Kind::Device | Kind::Control) if ends => Probe::Certain(Side::Client),
        Some(Kind::Manager) if ends => Probe::Certain(Side::Server),
        Some(_) if ends => Probe::Unsided,
        _ => Probe::No,
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests;
