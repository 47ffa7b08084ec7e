//! Audit messages of IHE ATNA (RFC 3881, DICOM PS3.15 annex A.5), which syslog carries as XML: who keeps
//! the trail, what kinds of events it holds, which applications took part where. Users are never told.

use crate::dissect::xml::{Element, Reading, Scope, Visitor, Want, Xml};
use crate::dissect::{Facts, Side};
use cordon_model::observe::{EventKind, Fact, PatientDataKinds, Protocol};
use std::net::IpAddr;

/// Titles read of one participant.
const TITLES_MAX: usize = 8;
/// The longest application entity title (PS3.5 6.2).
const TITLE_BYTES_MAX: usize = 16;

/// One message's content on its way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Audit {
    xml: Xml,
    message: Message,
}

/// What is known of the message so far.
#[derive(Clone, Copy, Debug, Default)]
struct Message {
    /// Its root was that of an audit message.
    known: bool,
    /// Its root has ended, or it is something else.
    over: bool,
    /// EventID, a code of DICOM's (PS3.16).
    event: u32,
    /// EventTypeCode, likewise.
    kind: u32,
    /// EventOutcomeIndicator: zero for success.
    outcome: u8,
    /// The participant or object whose element is about to start.
    titles: [[u8; TITLE_BYTES_MAX]; TITLES_MAX],
    address: Option<IpAddr>,
    is_address: bool,
    is_person: bool,
    is_patient: bool,
    has_identifier: bool,
}

/// Reads with somebody to tell.
struct Reader<'a> {
    message: &'a mut Message,
    side: Side,
    facts: &'a mut dyn Facts,
}

impl Audit {
    /// Reads more of the message; `side` sent it.
    pub(super) fn feed(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) {
        if self.message.over {
            return;
        }
        let mut reader = Reader { message: &mut self.message, side, facts };
        if let Reading::Malformed(_) = self.xml.feed(bytes, &mut reader) {
            // Text that begins like XML is none; what began as an audit message is damaged.
            // What follows its end belongs to nothing.
            if self.message.known && !self.message.over {
                facts.malformed();
            }
            self.message.over = true;
        }
    }

    /// True until the document has ended or turned out to be something else.
    pub(super) fn is_open(&self) -> bool {
        !self.message.over
    }
}

impl Visitor for Reader<'_> {
    fn attribute(&mut self, of: &[u8], name: &[u8], value: &[u8]) {
        // What follows the document's end in one piece with it belongs to nothing.
        if !self.message.known || self.message.over || value.is_empty() {
            return;
        }
        let message = &mut *self.message;
        match (of, name) {
            (b"EventIdentification", b"EventOutcomeIndicator") => message.outcome = number(value) as u8,
            (b"EventID", b"csd-code" | b"code") => message.event = number(value),
            // Of several types the first tells most.
            (b"EventTypeCode", b"csd-code" | b"code") if message.kind == 0 => message.kind = number(value),
            (b"ActiveParticipant", b"AlternativeUserID") => message.keep_titles(value),
            (b"ActiveParticipant", b"NetworkAccessPointID") => {
                message.address = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            }
            (b"ActiveParticipant", b"NetworkAccessPointTypeCode") => message.is_address = value == b"2",
            (b"AuditSourceIdentification", b"AuditSourceID") => {
                self.facts.fact(self.side, Fact::AtnaSource, value);
            }
            (b"AuditSourceIdentification", b"AuditEnterpriseSiteID") => {
                self.facts.fact(self.side, Fact::AtnaSite, value);
            }
            (b"ParticipantObjectIdentification", b"ParticipantObjectTypeCode") => {
                message.is_person = value == b"1";
            }
            (b"ParticipantObjectIdentification", b"ParticipantObjectTypeCodeRole") => {
                message.is_patient = value == b"1";
            }
            (b"ParticipantObjectIdentification", b"ParticipantObjectID") => message.has_identifier = true,
            _ => {}
        }
    }

    fn start(&mut self, element: Element<'_>) -> Want {
        if self.message.over {
            return Want::Stop;
        }
        match (element.depth, element.name) {
            (1, b"AuditMessage" | b"IHEYr4") => {
                self.message.known = true;
                self.facts.carries(Protocol::Atna);
            }
            (1, _) => {
                self.message.over = true;
                return Want::Stop;
            }
            (_, b"ActiveParticipant") => self.participant(),
            (_, b"ParticipantObjectIdentification") => self.object(),
            (_, b"ParticipantObjectName") if self.message.is_patient => return Want::Text,
            (_, b"Accession") => self.facts.patient_data(PatientDataKinds::ORDER),
            _ => {}
        }
        Want::Nothing
    }

    fn text(&mut self, _text: &[u8], _scope: &Scope) {
        // Asked for only where it is a patient's name.
        self.facts.patient_data(PatientDataKinds::NAME);
    }

    fn end(&mut self, depth: u8) {
        match depth {
            1 => self.message.over = true,
            2 => {
                self.event();
                self.message.is_person = false;
                self.message.is_patient = false;
            }
            _ => {}
        }
    }
}

impl Reader<'_> {
    /// A participant at an address that is an application: its titles are names of that address.
    fn participant(&mut self) {
        let message = *self.message;
        if let Some(address) = message.address.filter(|_| message.is_address) {
            for title in message.titles.iter().filter(|title| **title != [0; TITLE_BYTES_MAX]) {
                self.facts.fact_at(
                    address,
                    Fact::AtnaAeTitle,
                    title.split(|&byte| byte == 0).next().unwrap_or_default(),
                );
            }
        }
        self.message.titles = Default::default();
        (self.message.address, self.message.is_address) = (None, false);
    }

    fn object(&mut self) {
        self.message.is_patient &= self.message.is_person;
        if self.message.is_patient && self.message.has_identifier {
            self.facts.patient_data(PatientDataKinds::IDENTIFIER);
        }
        self.message.has_identifier = false;
    }

    /// The event's identification is complete, being the first element to end within the message.
    fn event(&mut self) {
        let (event, kind) = (self.message.event, self.message.kind);
        (self.message.event, self.message.kind) = (0, 0);
        let words = words(event);
        if words.is_empty() {
            return;
        }
        self.facts.fact(self.side, Fact::AtnaEvent, words.as_bytes());
        match event {
            USER_AUTHENTICATION if self.message.outcome != 0 => {
                let detail = match kind {
                    LOGOUT => "a log-out failed",
                    _ => "a log-in failed",
                };
                self.facts.event(self.side, EventKind::AtnaAuthenticationFailed, detail);
            }
            SECURITY_ALERT => {
                let detail = match self::words(kind) {
                    "" => "security alert",
                    words => words,
                };
                self.facts.event(self.side, EventKind::AtnaSecurityAlert, detail);
            }
            _ => {}
        }
    }
}

impl Message {
    /// `AETITLES=one;other` (PS3.15 A.5.2.2); anything else is a user.
    fn keep_titles(&mut self, value: &[u8]) {
        let Some(titles) = value.strip_prefix(b"AETITLES=") else { return };
        let titles = titles.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        let titles = titles.filter(|title| (1..=TITLE_BYTES_MAX).contains(&title.len()));
        for (room, title) in self.titles.iter_mut().zip(titles) {
            if let Some(room) = room.get_mut(..title.len()) {
                room.copy_from_slice(title);
            }
        }
    }
}

const SECURITY_ALERT: u32 = 110_113;
const USER_AUTHENTICATION: u32 = 110_114;
const LOGOUT: u32 = 110_123;

/// The meaning of the audit codes (PS3.16 context groups 400 and 401); empty for others.
fn words(code: u32) -> &'static str {
    match code {
        110_100 => "application activity",
        110_101 => "audit log used",
        110_102 => "begin transferring DICOM instances",
        110_103 => "DICOM instances accessed",
        110_104 => "DICOM instances transferred",
        110_105 => "DICOM study deleted",
        110_106 => "export",
        110_107 => "import",
        110_108 => "network entry",
        110_109 => "order record",
        110_110 => "patient record",
        110_111 => "procedure record",
        110_112 => "query",
        110_113 => "security alert",
        110_114 => "user authentication",
        110_126 => "node authentication",
        110_127 => "emergency override started",
        110_128 => "network configuration",
        110_129 => "security configuration",
        110_130 => "hardware configuration",
        110_131 => "software configuration",
        110_132 => "use of restricted function",
        110_133 => "audit recording stopped",
        110_134 => "audit recording started",
        110_135 => "object security attributes changed",
        110_136 => "security roles changed",
        110_137 => "user security attributes changed",
        110_138 => "emergency override stopped",
        110_139 => "remote service operation started",
        110_140 => "remote service operation stopped",
        110_141 => "local service operation started",
        110_142 => "local service operation stopped",
        _ => "",
    }
}

/// A code's number, zero where it is none.
fn number(text: &[u8]) -> u32 {
    std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}
