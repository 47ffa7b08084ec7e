//! What is read of a body: one small reader for each kind of content that tells something.
//!
//! A reader takes the content bytes in order, however they are cut; framing, chunks and coding are undone
//! before. To add one: a struct with `read(&mut self, side, bytes, facts)` and `finish(&mut self, side,
//! facts)`, a variant here, and how the head shows it in `Scan::for_body`.

use super::super::{Facts, Side};
use super::head::{Content, Head};
use super::page::Page;
use super::words::Words;

/// The reader of the body under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Scan {
    /// Nothing of this body is read.
    #[default]
    Nothing,
    Page(Page),
    FhirJson(Words),
    FhirXml(Words),
    DicomJson(Words),
    Dicom(Words),
}

impl Scan {
    /// What reads the body after this head.
    pub(super) fn for_body(head: &Head) -> Scan {
        match head.content {
            _ if !head.is_readable() => Scan::Nothing,
            Content::Html if head.shows_title() => Scan::Page(Page::default()),
            Content::FhirJson => Scan::FhirJson(Words::default()),
            Content::FhirXml => Scan::FhirXml(Words::default()),
            Content::DicomJson => Scan::DicomJson(Words::default()),
            Content::Dicom => Scan::Dicom(Words::default()),
            Content::Html | Content::Soap | Content::Other => Scan::Nothing,
        }
    }

    /// True when something of this body is read.
    pub(super) fn reads(&self) -> bool {
        !matches!(self, Scan::Nothing)
    }

    /// Reads content bytes in order; `side` sends them.
    pub(super) fn read(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) {
        match self {
            Scan::Nothing => {}
            Scan::Page(page) => page.read(side, bytes, facts),
            Scan::FhirJson(words) => words.read(bytes, facts, Words::fhir_json),
            Scan::FhirXml(words) => words.read(bytes, facts, Words::fhir_xml),
            Scan::DicomJson(words) => words.read(bytes, facts, Words::dicom_json),
            Scan::Dicom(words) => words.read_binary(bytes, facts),
        }
    }

    /// The body ended, or all of it that is read.
    pub(super) fn finish(&mut self, side: Side, facts: &mut dyn Facts) {
        if let Scan::Page(page) = self {
            page.finish(side, facts);
        }
        *self = Scan::Nothing;
    }
}
