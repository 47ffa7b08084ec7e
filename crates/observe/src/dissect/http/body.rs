//! Bodies: where they end (RFC 9112 clauses 6 and 7), and the little that is read of them.
//!
//! Content is read byte by byte through a window of the last sixteen, so that nothing is held back and the
//! cutting of the stream cannot matter.

use super::super::{Facts, Side};
use super::head::{Content, Head};
use cordon_model::observe::{Fact, PatientDataKinds};

/// Content bytes of a page that are searched for its title.
const PAGE_BYTES_MAX: u32 = 4 * 1024;
/// Content bytes of a clinical document that are searched for kinds of patient data.
const DOCUMENT_BYTES_MAX: u32 = 16 * 1024;
/// Title bytes that are kept until the page has shown that it is nobody's.
const TITLE_BYTES_MAX: usize = 120;

/// Where the reading of a body stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// This many bytes are left.
    Counted(u64),
    /// The body ends with the connection.
    UntilClose,
    /// In the line that tells the next chunk's size; the extension, if any, has begun.
    ChunkSize { size: u64, digits: u8, extension: bool },
    /// This many bytes of the chunk are left.
    ChunkData(u64),
    /// Before the line end after a chunk.
    ChunkEnd,
}

/// What follows a step through a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Body(Body),
    Trailers,
    End,
    Malformed,
}

impl Body {
    /// Before the first chunk.
    pub(super) fn chunked() -> Body {
        Body::ChunkSize { size: 0, digits: 0, extension: false }
    }

    /// Takes bytes from the front, hands content on, and says where it stands then.
    pub(super) fn take(self, bytes: &[u8], mut content: impl FnMut(&[u8])) -> (usize, Next) {
        match self {
            Body::UntilClose => {
                content(bytes);
                (bytes.len(), Next::Body(self))
            }
            Body::Counted(left) | Body::ChunkData(left) => {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                content(bytes.get(..count).unwrap_or_default());
                let left = left - count as u64;
                let next = match (self, left) {
                    (Body::Counted(_), 0) => Next::End,
                    (Body::Counted(_), left) => Next::Body(Body::Counted(left)),
                    (_, 0) => Next::Body(Body::ChunkEnd),
                    (_, left) => Next::Body(Body::ChunkData(left)),
                };
                (count, next)
            }
            Body::ChunkSize { size, digits, extension } => chunk_size(bytes, size, digits, extension),
            Body::ChunkEnd => match bytes.first() {
                Some(b'\r') => (1, Next::Body(self)),
                Some(b'\n') => (1, Next::Body(Body::chunked())),
                _ => (0, Next::Malformed),
            },
        }
    }

    /// Where it stands after a loss, if that can be told.
    pub(super) fn after_gap(self, missing: u64) -> Option<Body> {
        match self {
            Body::Counted(left) => left.checked_sub(missing).map(Body::Counted),
            Body::ChunkData(left) => left.checked_sub(missing).map(Body::ChunkData),
            Body::UntilClose => Some(self),
            Body::ChunkSize { .. } | Body::ChunkEnd => None,
        }
    }
}

/// Reads on in a chunk's size line.
fn chunk_size(bytes: &[u8], mut size: u64, mut digits: u8, mut extension: bool) -> (usize, Next) {
    for (at, &byte) in bytes.iter().enumerate() {
        let digit = char::from(byte).to_digit(16).map(u64::from);
        match (byte, digit) {
            (b'\n', _) => {
                let next = match (digits, size) {
                    (0, _) => Next::Malformed,
                    (_, 0) => Next::Trailers,
                    (_, size) => Next::Body(Body::ChunkData(size)),
                };
                return (at + 1, next);
            }
            (_, Some(digit)) if !extension && digits < 16 => {
                size = size << 4 | digit;
                digits += 1;
            }
            (b';' | b' ' | b'\t' | b'\r', _) => extension = true,
            _ if extension => {}
            _ => return (at, Next::Malformed),
        }
    }
    (bytes.len(), Next::Body(Body::ChunkSize { size, digits, extension }))
}

/// What is looked for in the body under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Nothing,
    Page,
    FhirJson,
    FhirXml,
    DicomJson,
    Dicom,
}

/// Searches the first bytes of a body.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scanner {
    mode: Mode,
    left: u32,
    /// The last sixteen bytes, the newest lowest; in lower case and without white space where text is read.
    window: u128,
    /// FHIR: the resource is a patient. DICOM: the element whose value is to come.
    subject: bool,
    pending: PatientDataKinds,
}

/// A page's title on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Title {
    phase: Phase,
    text: [u8; TITLE_BYTES_MAX],
    length: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Before,
    Tag,
    Text,
    After,
}

impl Default for Title {
    fn default() -> Self {
        Title { phase: Phase::Before, text: [0; TITLE_BYTES_MAX], length: 0 }
    }
}

impl Scanner {
    /// What to look for in the body after this head.
    pub(super) fn for_body(head: &Head) -> Scanner {
        let mode = match head.content {
            _ if !head.is_readable() => Mode::Nothing,
            Content::Html if head.shows_title() => Mode::Page,
            Content::FhirJson => Mode::FhirJson,
            Content::FhirXml => Mode::FhirXml,
            Content::DicomJson => Mode::DicomJson,
            Content::Dicom => Mode::Dicom,
            Content::Html | Content::Other => Mode::Nothing,
        };
        let left = if mode == Mode::Page { PAGE_BYTES_MAX } else { DOCUMENT_BYTES_MAX };
        Scanner { mode, left, ..Scanner::default() }
    }

    /// Reads no more of this body and tells nothing of it.
    pub(super) fn stop(&mut self) {
        self.mode = Mode::Nothing;
    }

    /// Reads content bytes in order.
    pub(super) fn read(&mut self, content: &[u8], title: &mut Title, facts: &mut dyn Facts) {
        for &byte in content {
            if self.mode == Mode::Nothing {
                return;
            }
            if self.left == 0 {
                return self.finish(title, facts);
            }
            self.left -= 1;
            match self.mode {
                Mode::Nothing => {}
                Mode::Page => self.page(byte, title, facts),
                Mode::Dicom => self.dicom(byte, facts),
                Mode::FhirJson | Mode::FhirXml | Mode::DicomJson => {
                    if byte.is_ascii_whitespace() {
                        continue;
                    }
                    self.shift(byte.to_ascii_lowercase());
                    match self.mode {
                        Mode::FhirJson => self.fhir_json(facts),
                        Mode::FhirXml => self.fhir_xml(facts),
                        _ => self.dicom_json(facts),
                    }
                }
            }
        }
    }

    /// The body ended: tells the title of a page that is nobody's.
    pub(super) fn finish(&mut self, title: &mut Title, facts: &mut dyn Facts) {
        if self.mode == Mode::Page && title.phase == Phase::After {
            let text = title.text.get(..usize::from(title.length)).unwrap_or_default().trim_ascii();
            if !text.is_empty() && !names_someone(text) {
                facts.fact(Side::Server, Fact::HttpTitle, text);
            }
        }
        self.stop();
    }

    fn shift(&mut self, byte: u8) {
        self.window = self.window << 8 | u128::from(byte);
    }

    fn ends_with(&self, text: &[u8]) -> bool {
        debug_assert!(text.len() <= 16);
        text.iter().rev().zip(self.window.to_le_bytes()).all(|(wanted, have)| *wanted == have)
    }

    /// True when the byte before the newest ends this word.
    fn word(&self, text: &[u8]) -> bool {
        let bytes = self.window.to_le_bytes();
        let borders = [bytes.first(), bytes.get(text.len() + 1)];
        let inner = Scanner { window: self.window >> 8, ..*self };
        inner.ends_with(text) && borders.iter().flatten().all(|byte| !byte.is_ascii_alphanumeric())
    }

    fn page(&mut self, byte: u8, title: &mut Title, facts: &mut dyn Facts) {
        self.shift(byte.to_ascii_lowercase());
        match title.phase {
            Phase::Before if self.ends_with(b"<title") => title.phase = Phase::Tag,
            Phase::Tag if byte == b'>' => title.phase = Phase::Text,
            Phase::Text if byte == b'<' => title.phase = Phase::After,
            Phase::Text => title.push(byte),
            _ => {}
        }
        const OF_PATIENTS: &[&[u8]] =
            &[b"patient name", b"patientname", b"patient id", b"patientid", b"date of birth", b"birthdate"];
        if OF_PATIENTS.iter().any(|text| self.ends_with(text)) || self.word(b"mrn") || self.word(b"dob") {
            self.stop();
        } else if self.ends_with(b"</html") {
            self.finish(title, facts);
        }
    }

    fn fhir_json(&mut self, facts: &mut dyn Facts) {
        const RESOURCES: &[(&[u8], PatientDataKinds)] = &[
            (b"\":\"observation\"", PatientDataKinds::RESULT),
            (b"gnosticreport\"", PatientDataKinds::RESULT),
            (b"servicerequest\"", PatientDataKinds::ORDER),
            (b"icationrequest\"", PatientDataKinds::ORDER),
        ];
        const KEYS: &[(&[u8], PatientDataKinds)] = &[
            (b"\"name\":[", PatientDataKinds::NAME),
            (b"\"identifier\":[", PatientDataKinds::IDENTIFIER),
            (b"\"birthdate\":\"", PatientDataKinds::BIRTH_DATE),
            (b"\"address\":[", PatientDataKinds::ADDRESS),
            (b"\"telecom\":[", PatientDataKinds::ADDRESS),
        ];
        if self.ends_with(b"etype\":\"patient\"") {
            self.subject = true;
        }
        self.note(RESOURCES, facts);
        if self.subject {
            self.note(KEYS, facts);
        }
    }

    fn fhir_xml(&mut self, facts: &mut dyn Facts) {
        const RESOURCES: &[(&[u8], PatientDataKinds)] = &[
            (b"<observation", PatientDataKinds::RESULT),
            (b"<diagnosticrepor", PatientDataKinds::RESULT),
            (b"<servicerequest", PatientDataKinds::ORDER),
            (b"<medicationreque", PatientDataKinds::ORDER),
        ];
        const KEYS: &[(&[u8], PatientDataKinds)] = &[
            (b"<name>", PatientDataKinds::NAME),
            (b"<identifier>", PatientDataKinds::IDENTIFIER),
            (b"<birthdatevalue=", PatientDataKinds::BIRTH_DATE),
            (b"<address>", PatientDataKinds::ADDRESS),
            (b"<telecom>", PatientDataKinds::ADDRESS),
        ];
        if self.ends_with(b"<patient>") || self.ends_with(b"<patientxmlns=") {
            self.subject = true;
        }
        self.note(RESOURCES, facts);
        if self.subject {
            self.note(KEYS, facts);
        }
    }

    /// DICOM JSON model (PS3.18 annex F): an element's value follows its tag and value representation.
    fn dicom_json(&mut self, facts: &mut dyn Facts) {
        const TAGS: &[(&[u8], PatientDataKinds)] = &[
            (b"\"00100010\":{", PatientDataKinds::NAME),
            (b"\"00100020\":{", PatientDataKinds::IDENTIFIER),
            (b"\"00100030\":{", PatientDataKinds::BIRTH_DATE),
            (b"\"00101040\":{", PatientDataKinds::ADDRESS),
            (b"\"7fe00010\":{", PatientDataKinds::IMAGE),
        ];
        if let Some((_, kind)) = TAGS.iter().find(|(tag, _)| self.ends_with(tag)) {
            self.pending = *kind;
        } else if self.ends_with(b"}") {
            self.pending = PatientDataKinds::NONE;
        } else if self.ends_with(b"\"value\":[") || self.ends_with(b"\"bulkdatauri\":\"") {
            facts.patient_data(self.pending);
            self.pending = PatientDataKinds::NONE;
        }
    }

    /// A DICOM object in explicit value representation, little endian (PS3.5 7.1.2): tag, VR, length.
    fn dicom(&mut self, byte: u8, facts: &mut dyn Facts) {
        const ELEMENTS: &[(&[u8; 6], PatientDataKinds)] = &[
            (b"\x10\0\x10\0PN", PatientDataKinds::NAME),
            (b"\x10\0\x20\0LO", PatientDataKinds::IDENTIFIER),
            (b"\x10\0\x30\0DA", PatientDataKinds::BIRTH_DATE),
            (b"\x10\0\x40\x10LO", PatientDataKinds::ADDRESS),
            (b"\xe0\x7f\x10\0OW", PatientDataKinds::IMAGE),
            (b"\xe0\x7f\x10\0OB", PatientDataKinds::IMAGE),
        ];
        self.shift(byte);
        let before = |bytes: u32| Scanner { window: self.window >> (8 * bytes), ..*self };
        let (short, long) = (before(2), before(6));
        for (element, kind) in ELEMENTS {
            let is_short = self.window as u16 != 0 && short.ends_with(*element);
            let is_long = self.window as u32 != 0 && long.ends_with(*element);
            if if kind == &PatientDataKinds::IMAGE { is_long } else { is_short } {
                facts.patient_data(*kind);
            }
        }
    }

    fn note(&self, texts: &[(&[u8], PatientDataKinds)], facts: &mut dyn Facts) {
        for (text, kind) in texts {
            if self.ends_with(text) {
                facts.patient_data(*kind);
            }
        }
    }
}

impl Title {
    fn push(&mut self, byte: u8) {
        let byte = if byte.is_ascii_whitespace() { b' ' } else { byte };
        let last = usize::from(self.length).checked_sub(1).and_then(|at| self.text.get(at)).copied();
        if byte == b' ' && last.is_none_or(|last| last == b' ') {
            return;
        }
        if let Some(slot) = self.text.get_mut(usize::from(self.length)) {
            *slot = byte;
            self.length += 1;
        }
    }
}

/// True when a title may name a person or a case: a comma or caret between names, a long number, a date.
fn names_someone(title: &[u8]) -> bool {
    let digits = |run: &[u8]| run.iter().filter(|b| b.is_ascii_digit()).count();
    title.contains(&b',') || title.contains(&b'^') || title.windows(8).any(|run| digits(run) >= 6)
}
