//! Kinds of patient data in clinical documents, by the words that introduce them.

use super::super::Facts;
use super::window::Window;
use cordon_model::observe::PatientDataKinds;

/// Content bytes of a clinical document that are searched for kinds of patient data.
const DOCUMENT_BYTES_MAX: u32 = 16 * 1024;

/// Searches the first bytes of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// In lower case and without white space where text is read.
    window: Window,
    left: u32,
    /// FHIR: the resource is a patient.
    subject: bool,
}

impl Default for Words {
    fn default() -> Self {
        Words { window: Window::default(), left: DOCUMENT_BYTES_MAX, subject: false }
    }
}

impl Words {
    /// Reads text, looking with `look` after each byte that is no white space.
    pub(super) fn read(&mut self, bytes: &[u8], facts: &mut dyn Facts, look: fn(&mut Words, &mut dyn Facts)) {
        for &byte in self.within_limit(bytes) {
            if !byte.is_ascii_whitespace() {
                self.window.push(byte.to_ascii_lowercase());
                look(self, facts);
            }
        }
    }

    /// Reads a DICOM object.
    pub(super) fn read_binary(&mut self, bytes: &[u8], facts: &mut dyn Facts) {
        for &byte in self.within_limit(bytes) {
            self.dicom(byte, facts);
        }
    }

    fn within_limit<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let count = bytes.len().min(self.left as usize);
        self.left -= count as u32;
        bytes.get(..count).unwrap_or_default()
    }

    pub(super) fn fhir_xml(&mut self, facts: &mut dyn Facts) {
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
        if self.window.ends_with(b"<patient>") || self.window.ends_with(b"<patientxmlns=") {
            self.subject = true;
        }
        self.note(RESOURCES, facts);
        if self.subject {
            self.note(KEYS, facts);
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
        self.window.push(byte);
        let (short, long) = (self.window.before(2), self.window.before(6));
        for (element, kind) in ELEMENTS {
            let is_short = self.window.newest() as u16 != 0 && short.ends_with(*element);
            let is_long = self.window.newest() != 0 && long.ends_with(*element);
            if if kind == &PatientDataKinds::IMAGE { is_long } else { is_short } {
                facts.patient_data(*kind);
            }
        }
    }

    fn note(&self, texts: &[(&[u8], PatientDataKinds)], facts: &mut dyn Facts) {
        for (text, kind) in texts {
            if self.window.ends_with(text) {
                facts.patient_data(*kind);
            }
        }
    }
}
