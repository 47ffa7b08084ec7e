//! What a body is and how it is coded, from the fields that say so (RFC 9110 clause 8).

use super::head::{is, starts_with};
use crate::inflate;

/// What the body says it is, as far as it matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Content {
    #[default]
    Other,
    Html,
    /// JSON that says no more of itself.
    Json,
    FhirJson,
    FhirXml,
    DicomJson,
    DicomXml,
    Dicom,
    /// SOAP 1.2, or XML that may be SOAP.
    Soap,
    Image,
}

/// How the body is coded on top of its framing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Coding {
    /// Not at all.
    #[default]
    Plain,
    Compressed(inflate::Coding),
    /// In a way that is not undone, or twice.
    Unreadable,
}

impl Content {
    /// Reads a content type; also says whether the content is the first part of a multipart body.
    pub(super) fn of(value: &[u8]) -> (Content, bool) {
        let essence = value.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
        const TYPES: &[(&[u8], Content)] = &[
            (b"text/html", Content::Html),
            (b"application/xhtml+xml", Content::Html),
            (b"application/json", Content::Json),
            (b"application/fhir+json", Content::FhirJson),
            (b"application/json+fhir", Content::FhirJson),
            (b"application/fhir+xml", Content::FhirXml),
            (b"application/xml+fhir", Content::FhirXml),
            (b"application/dicom+json", Content::DicomJson),
            (b"application/dicom+xml", Content::DicomXml),
            (b"application/dicom", Content::Dicom),
            (b"application/soap+xml", Content::Soap),
            (b"text/xml", Content::Soap),
            (b"application/xml", Content::Soap),
        ];
        if let Some((_, content)) = TYPES.iter().find(|(name, _)| is(essence, name)) {
            return (*content, false);
        }
        if starts_with(essence, b"image/") {
            return (Content::Image, false);
        }
        if starts_with(essence, b"multipart/related") {
            let names = |kind: &[u8]| value.windows(kind.len()).any(|window| is(window, kind));
            let content = match () {
                () if names(b"application/dicom+json") => Content::DicomJson,
                () if names(b"application/dicom+xml") => Content::DicomXml,
                () if names(b"application/dicom") => Content::Dicom,
                () => Content::Other,
            };
            return (content, true);
        }
        (Content::Other, false)
    }

    /// True when it shows the body to be FHIR.
    pub(super) fn is_fhir(self) -> bool {
        matches!(self, Content::FhirJson | Content::FhirXml)
    }

    /// True when it shows the body to be DICOM.
    pub(super) fn is_dicom(self) -> bool {
        matches!(self, Content::Dicom | Content::DicomJson | Content::DicomXml)
    }
}

impl Coding {
    /// Adds another coding, named as in `Content-Encoding` or `Transfer-Encoding`.
    pub(super) fn and(self, name: &[u8]) -> Coding {
        let named = |names: &[&[u8]]| names.iter().any(|known| is(name, known));
        match self {
            same if named(&[b"identity", b"chunked", b""]) => same,
            Coding::Plain if named(&[b"gzip", b"x-gzip"]) => Coding::Compressed(inflate::Coding::Gzip),
            Coding::Plain if named(&[b"deflate"]) => Coding::Compressed(inflate::Coding::Deflate),
            _ => Coding::Unreadable,
        }
    }
}
