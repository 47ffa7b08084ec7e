//! Tells what requests and answers of medical services in HTTP amount to, once content has shown what they
//! are: which service, asked for what, with or without credentials.

use super::asked::{Asked, Base, DicomRequest, FhirRequest, Interaction, Parameters, Service};
use super::content::Content;
use super::fhir::{Found, Resource};
use super::head::Head;
use crate::dissect::{Facts, Side};
use cordon_model::observe::{EventKind, Fact, PatientDataKinds, Protocol};
use std::fmt::Write as _;

/// Room for the longest list of parameters.
const DETAIL_BYTES_MAX: usize = 160;

/// What one conversation showed so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Medical {
    /// Where the service asked for last lies.
    base: Base,
    base_of: Option<Protocol>,
    base_told: bool,
    /// Content was FHIR; was DICOM.
    fhir: bool,
    dicom: bool,
    /// The answer under way has been told of.
    answered: bool,
    /// Unprotected patient data was told of.
    unprotected: bool,
    /// Resource types told of, by their place in the list.
    asks: u128,
    serves: u128,
    /// DICOMweb services told of: as used, and above as offered.
    services: u16,
    /// The search told of last, so that its pages are not told of again.
    search: Asked,
}

/// A detail of an event, on the stack.
struct Detail {
    text: [u8; DETAIL_BYTES_MAX],
    length: usize,
}

impl Default for Detail {
    fn default() -> Self {
        Detail { text: [0; DETAIL_BYTES_MAX], length: 0 }
    }
}

impl std::fmt::Write for Detail {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.text.get_mut(self.length..self.length + text.len()).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length += text.len();
        Ok(())
    }
}

impl Detail {
    fn text(&self) -> &str {
        std::str::from_utf8(self.text.get(..self.length).unwrap_or_default()).unwrap_or_default()
    }
}

impl Medical {
    /// A request's line was read; its service, if it has one, lies under `base`.
    pub(super) fn requested(&mut self, asked: Asked, base: Option<Base>) {
        let protocol = match asked {
            Asked::Nothing => return,
            Asked::Fhir(_) => Protocol::Fhir,
            Asked::DicomWeb(_) => Protocol::DicomWeb,
        };
        if !self.base_told {
            self.base = base.unwrap_or_default();
            self.base_of = Some(protocol);
        }
    }

    /// True when this conversation has been shown to be FHIR.
    pub(super) fn is_fhir(&self) -> bool {
        self.fhir
    }

    /// A message's head ended; what it says of its content may prove a service.
    pub(super) fn head(&mut self, side: Side, head: &Head, facts: &mut dyn Facts) {
        let asked = head.request.asked;
        self.fhir |= head.content.is_fhir();
        let by_uri = matches!(asked, Asked::DicomWeb(DicomRequest { service: Service::WadoUri, .. }))
            && matches!(head.content, Content::Image | Content::Dicom)
            && head.status == 200;
        let by_content =
            head.content.is_dicom() && (side == Side::Server || matches!(asked, Asked::DicomWeb(_)));
        self.dicom |= by_uri || by_content;
        if head.content.is_fhir() {
            facts.carries(Protocol::Fhir);
        } else if by_uri || by_content {
            facts.carries(Protocol::DicomWeb);
        }
        if side == Side::Server {
            self.answered = false;
            self.answer(head, facts);
        }
    }

    /// The body of a message was read on; it may have shown what it is.
    pub(super) fn body(&mut self, side: Side, head: &Head, found: Found, facts: &mut dyn Facts) {
        let known = match found.proven {
            Some(Protocol::Fhir) => &mut self.fhir,
            Some(Protocol::DicomWeb) => &mut self.dicom,
            _ => return,
        };
        if !std::mem::replace(known, true)
            && let Some(protocol) = found.proven
        {
            facts.carries(protocol);
        }
        if side == Side::Server {
            self.answer(head, facts);
        }
    }

    /// The body of an answer ended.
    pub(super) fn end(&mut self, head: &Head, found: Found, facts: &mut dyn Facts) {
        match head.request.asked {
            Asked::Fhir(request) if self.fhir => {
                if head.status >= 400 {
                    self.failed(
                        request.resource.name(),
                        head.status,
                        found.issue.unwrap_or_default(),
                        EventKind::FhirFailed,
                        facts,
                    );
                }
                let open =
                    head.request.seen && !head.request.credentials && (200..300).contains(&head.status);
                if open && found.patient_data && !self.unprotected {
                    self.unprotected = true;
                    facts.event(Side::Client, EventKind::FhirUnauthenticated, request.resource.name());
                }
            }
            Asked::DicomWeb(request) if self.dicom && head.status >= 400 => {
                self.failed(request.service.name(), head.status, "", EventKind::DicomWebFailed, facts);
            }
            _ => {}
        }
    }

    fn failed(&self, what: &str, status: u16, code: &str, kind: EventKind, facts: &mut dyn Facts) {
        let mut detail = Detail::default();
        let _ = write!(detail, "{what} {status} {code}");
        facts.event(Side::Server, kind, detail.text().trim());
    }

    /// Tells of an answer and its request, once, as soon as the service is known.
    fn answer(&mut self, head: &Head, facts: &mut dyn Facts) {
        if self.answered {
            return;
        }
        match head.request.asked {
            Asked::Fhir(request) if self.fhir => self.fhir_answer(request, head.status, facts),
            Asked::DicomWeb(request) if self.dicom => self.dicom_answer(request, head, facts),
            _ => return,
        }
        self.answered = true;
    }

    fn tell_base(&mut self, protocol: Protocol, fact: Fact, facts: &mut dyn Facts) {
        if !self.base_told && self.base_of == Some(protocol) && !self.base.text().is_empty() {
            self.base_told = true;
            facts.fact(Side::Server, fact, self.base.text());
        }
    }

    fn fhir_answer(&mut self, request: FhirRequest, status: u16, facts: &mut dyn Facts) {
        let granted = (200..300).contains(&status);
        if granted || status == 304 {
            self.tell_base(Protocol::Fhir, Fact::FhirBase, facts);
        }
        let FhirRequest { interaction, resource, parameters } = request;
        if resource != Resource::Unknown {
            let bit = 1u128.checked_shl(resource as u32).unwrap_or_default();
            if self.asks & bit == 0 {
                self.asks |= bit;
                facts.fact(Side::Client, Fact::FhirAsks, resource.name().as_bytes());
            }
            if granted && self.serves & bit == 0 {
                self.serves |= bit;
                facts.fact(Side::Server, Fact::FhirServes, resource.name().as_bytes());
            }
        }
        facts.patient_data(parameters.kinds());
        match interaction {
            Interaction::Instance if resource.is_person() => {
                facts.patient_data(PatientDataKinds::IDENTIFIER);
            }
            Interaction::Everything => {
                let what = if resource == Resource::Unknown { "the whole system" } else { resource.name() };
                facts.event(Side::Client, EventKind::FhirBulkExport, what);
            }
            Interaction::Search | Interaction::PostedSearch if resource.is_person() => {
                let mut detail = Detail::default();
                let _ = write!(detail, "{}", resource.name());
                let posted = interaction == Interaction::PostedSearch;
                self.search(
                    Asked::Fhir(request),
                    EventKind::FhirPatientSearch,
                    (detail, parameters, posted),
                    facts,
                );
            }
            _ => {}
        }
    }

    fn search(
        &mut self,
        asked: Asked,
        kind: EventKind,
        (mut detail, parameters, posted): (Detail, Parameters, bool),
        facts: &mut dyn Facts,
    ) {
        if std::mem::replace(&mut self.search, asked) == asked {
            return;
        }
        let mut border = " by ";
        for name in parameters.names() {
            let _ = write!(detail, "{border}{name}");
            border = ", ";
        }
        if posted {
            let _ = write!(detail, "{border}parameters in the body");
        } else if border == " by " {
            let _ = write!(detail, ", all");
        }
        facts.event(Side::Client, kind, detail.text());
    }

    fn dicom_answer(&mut self, request: DicomRequest, head: &Head, facts: &mut dyn Facts) {
        let DicomRequest { service, level, parameters, broad, pixels } = request;
        // A refusal shows a service as well as a success does; an unknown path does not.
        let offered = head.status < 500 && !matches!(head.status, 301..=308 | 404 | 405);
        if offered {
            self.tell_base(Protocol::DicomWeb, Fact::DicomWebBase, facts);
        }
        let bit = 1u16 << (service as u16);
        if self.services & bit == 0 {
            self.services |= bit;
            facts.fact(Side::Client, Fact::DicomWebScu, service.name().as_bytes());
        }
        if offered && self.services & bit << 8 == 0 {
            self.services |= bit << 8;
            facts.fact(Side::Server, Fact::DicomWebScp, service.name().as_bytes());
        }
        facts.patient_data(parameters.kinds());
        if (200..300).contains(&head.status) && (pixels || head.content == Content::Image) {
            facts.patient_data(PatientDataKinds::IMAGE);
        }
        let kind = match broad {
            true => EventKind::DicomWebBroadQuery,
            false if service == Service::Qido && parameters.are_personal() => EventKind::DicomWebQuery,
            false => return,
        };
        let mut detail = Detail::default();
        let what = if service == Service::Ups { "workitems" } else { level.name() };
        let _ = write!(detail, "{what}");
        self.search(Asked::DicomWeb(request), kind, (detail, parameters, false), facts);
    }
}
