//! What single elements mean, by the path from their resource.

use super::names::{Element, Resource};
use super::{Particular, Walk};
use crate::dissect::{Facts, Side};
use cordon_model::observe::{Fact, PatientDataKinds, Protocol};

/// Codes an outcome's issue may have (value set `issue-type`).
const ISSUE_CODES: [&str; 31] = [
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "security",
    "login",
    "unknown",
    "expired",
    "forbidden",
    "suppressed",
    "processing",
    "not-supported",
    "duplicate",
    "multiple-matches",
    "not-found",
    "deleted",
    "too-long",
    "code-invalid",
    "extension",
    "too-costly",
    "business-rule",
    "conflict",
    "transient",
    "lock-error",
    "no-store",
    "exception",
    "timeout",
    "incomplete",
    "throttled",
    "informational",
];

/// Types of a device's names that do not come from a patient (value sets `device-nametype`, R4 and R5): what
/// patients call their devices may tell who they are.
const PUBLIC_NAMES: [&[u8]; 4] = [b"model-name", b"manufacturer-name", b"udi-label-name", b"registered-name"];

impl Walk {
    /// Kinds of patient data the element shows.
    pub(super) fn of_patient(&mut self, path: &[Element], text: &[u8], facts: &mut dyn Facts) {
        use Element as E;
        let resource = self.resource();
        let person = match path {
            [E::Name, ..] => PatientDataKinds::NAME,
            [E::Identifier, E::Value] => PatientDataKinds::IDENTIFIER,
            [E::BirthDate] => PatientDataKinds::BIRTH_DATE,
            [E::Address | E::Telecom, ..] => PatientDataKinds::ADDRESS,
            [E::Photo, ..] => PatientDataKinds::IMAGE,
            _ => PatientDataKinds::NONE,
        };
        if !person.is_empty() {
            if resource.is_person() {
                self.note(person, facts);
            } else if resource == Resource::Unknown {
                self.pending_person = self.pending_person.union(person);
            }
        }
        let referred = matches!(path, [.., E::Reference]) && leads_to_patient(text);
        self.to_patient |= referred;
        let kinds = match path {
            [E::Identifier, E::Value] if resource.identifies_patient() => PatientDataKinds::IDENTIFIER,
            [E::SubscriberId] | [E::SubscriberId, E::Value] => PatientDataKinds::IDENTIFIER,
            [E::Patient | E::Beneficiary, E::Display] => PatientDataKinds::NAME,
            // A subject may be a thing or a group as well.
            [.., E::Display] if self.to_patient => PatientDataKinds::NAME,
            [E::Patient | E::Beneficiary, E::Identifier, E::Value] => PatientDataKinds::IDENTIFIER,
            [.., E::ValueSampledData | E::SampledData, _] => PatientDataKinds::WAVEFORM,
            _ if referred => PatientDataKinds::IDENTIFIER,
            _ => PatientDataKinds::NONE,
        };
        self.note(kinds, facts);
        // A device that names a patient (`Device.patient`, R4) is that patient's own.
        if matches!(path, [E::Patient, ..]) {
            self.device.belongs_to_patient();
        }
    }

    /// What the element says of a device.
    pub(super) fn of_device(&mut self, path: &[Element], text: &[u8]) {
        use Element as E;
        let particular = match path {
            [E::Id] => Particular::Id,
            [E::Identifier, E::Value] => Particular::Identifier,
            [E::SerialNumber] => Particular::Serial,
            [E::UdiCarrier | E::Udi, E::CarrierHrf] => Particular::Udi,
            [E::UdiCarrier | E::Udi, E::DeviceIdentifier] => Particular::UdiModel,
            [E::Manufacturer] => Particular::Manufacturer,
            [E::ManufactureDate] => Particular::Manufactured,
            [E::ModelNumber | E::Model] => Particular::Model,
            [E::DeviceName, E::Name] | [E::Name, E::Value] => Particular::Name,
            [E::Type, E::Text] | [E::Type, E::Coding, E::Display] => Particular::Type,
            [E::Version] | [E::Version, E::Value] => Particular::Version,
            [E::DeviceName | E::Name, E::Type] => {
                self.name_is_public |= PUBLIC_NAMES.contains(&text);
                return;
            }
            _ => return,
        };
        self.device.keep(particular, text);
    }

    /// What the element says of the server that sent it.
    pub(super) fn of_server(&mut self, path: &[Element], text: &[u8], facts: &mut dyn Facts) {
        use Element as E;
        let resource = self.resource();
        let fact = match path {
            [E::AuthorizationEndpoint] if self.setting.smart => {
                self.found.proven = Some(Protocol::Fhir);
                Fact::FhirAuthorization
            }
            _ if !self.setting.about_server || !resource.is_capability() => return,
            [E::FhirVersion] => Fact::FhirVersion,
            [E::Software, E::Name] => Fact::FhirSoftware,
            [E::Software, E::Version] => Fact::FhirSoftwareVersion,
            [E::Implementation, E::Description] => Fact::FhirImplementation,
            [E::Implementation, E::Url] => Fact::FhirUrl,
            [E::Rest, E::Security, E::Service, E::Coding, E::Code] => Fact::FhirSecurity,
            _ => return,
        };
        facts.fact(Side::Server, fact, text);
    }

    /// What the element says of why a request failed.
    pub(super) fn of_outcome(&mut self, path: &[Element], text: &[u8]) {
        if path == [Element::Issue, Element::Code] && self.found.issue.is_none() {
            self.found.issue = ISSUE_CODES.into_iter().find(|code| code.as_bytes() == text);
        }
    }
}

/// True for a reference to a patient, relative or absolute.
fn leads_to_patient(reference: &[u8]) -> bool {
    reference.starts_with(b"Patient/") || reference.windows(9).any(|part| part == b"/Patient/")
}
