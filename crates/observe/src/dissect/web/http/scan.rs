//! What is read of a body: one small reader for each kind of content that tells something.
//!
//! A reader takes the content bytes in order, however they are cut; framing, chunks and coding are undone
//! before. To add one: a struct with `read(&mut self, side, bytes, facts)` and `finish(&mut self, side,
//! facts)`, a variant here, and how the head shows it in `Scan::for_body`.

use super::asked::{Asked, FhirRequest, Interaction};
use super::content::{Coding, Content};
use super::dicom_json::DicomJson;
use super::fhir::{Fhir, FhirXml, Found, Setting};
use super::head::Head;
use super::page::Page;
use super::part::PartHead;
use crate::dissect::dicom::object::Object;
use crate::dissect::sdc::Soap;
use crate::dissect::{Facts, Side};

/// The reader of the body under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Scan {
    /// Nothing of this body is read.
    #[default]
    Nothing,
    Page(Page),
    FhirJson(Fhir),
    FhirXml(FhirXml),
    DicomJson(DicomJson),
    Dicom(PartHead, Object),
    Soap(Soap),
}

impl Scan {
    /// What reads the body after this head of `side`; `fhir` when the conversation is known to be that.
    pub(super) fn for_body(side: Side, head: &Head, fhir: bool) -> Scan {
        let request = head.request;
        let interaction = match request.asked {
            Asked::Fhir(FhirRequest { interaction, .. }) => Some(interaction),
            _ => None,
        };
        let setting = Setting {
            declared: head.content.is_fhir(),
            about_server: side == Side::Server
                && (interaction == Some(Interaction::Metadata) || !request.seen),
            by_path: interaction.is_some(),
            smart: interaction == Some(Interaction::Smart),
        };
        match head.content {
            _ if head.coding == Coding::Unreadable => Scan::Nothing,
            Content::Html if head.is_own_page() => Scan::Page(Page::new(head.shows_title())),
            Content::FhirJson => Scan::FhirJson(Fhir::new(setting)),
            // Many a server calls FHIR, and some call DICOM, just JSON.
            Content::Json if matches!(request.asked, Asked::DicomWeb(_)) => {
                Scan::DicomJson(DicomJson::new(false, false))
            }
            Content::Json if setting.by_path || fhir || (side == Side::Server && !request.seen) => {
                Scan::FhirJson(Fhir::new(setting))
            }
            Content::FhirXml => Scan::FhirXml(FhirXml::new(setting)),
            Content::DicomJson => Scan::DicomJson(DicomJson::new(true, head.multipart)),
            // What a client stores, it made; an archive hands out what others made.
            Content::Dicom => {
                Scan::Dicom(PartHead::before(head.multipart), Object::new(side == Side::Client))
            }
            Content::Soap => Scan::Soap(Soap::new(head.may_describe(side))),
            _ => Scan::Nothing,
        }
    }

    /// True when something of this body is read.
    pub(super) fn reads(&self) -> bool {
        !matches!(self, Scan::Nothing)
    }

    /// True while it is not known whether the document is what it is read as.
    pub(super) fn is_unproven(&self) -> bool {
        match self {
            Scan::FhirJson(fhir) => fhir.is_unproven(),
            Scan::DicomJson(json) => json.is_unproven(),
            _ => false,
        }
    }

    /// Reads content bytes in order; `side` sends them.
    pub(super) fn read(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) {
        match self {
            Scan::Nothing => {}
            Scan::Page(page) => page.read(side, bytes, facts),
            Scan::FhirJson(fhir) => fhir.read(side, bytes, facts),
            Scan::FhirXml(fhir) => fhir.read(side, bytes, facts),
            Scan::DicomJson(json) => json.read(side, bytes, facts),
            Scan::Dicom(part, object) => object.read(side, part.after(bytes), facts),
            Scan::Soap(soap) => soap.read(side, bytes, facts),
        }
    }

    /// What was found out of a document that may be medical.
    pub(super) fn found(&self) -> Found {
        match self {
            Scan::FhirJson(fhir) => fhir.found(),
            Scan::FhirXml(fhir) => fhir.found(),
            Scan::DicomJson(json) => json.found(),
            _ => Found::default(),
        }
    }

    /// The body ended, or all of it that is read.
    pub(super) fn finish(&mut self, side: Side, facts: &mut dyn Facts) {
        match self {
            Scan::Page(page) => page.finish(side, facts),
            Scan::Soap(soap) => soap.finish(side, facts),
            _ => {}
        }
        *self = Scan::Nothing;
    }
}
