//! What clinical web services answer: FHIR R4 bundles and DICOM JSON (PS3.18 annex F).

use crate::patients::Patient;

/// A search's answer with one patient.
pub(crate) fn patient_bundle(patient: &Patient) -> String {
    format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":1,\"entry\":[{{\"resource\":\
         {{\"resourceType\":\"Patient\",\"id\":\"p1\",\"identifier\":[{{\"value\":\"{}\"}}],\
         \"name\":[{{\"family\":\"{}\",\"given\":[\"{}\"]}}],\"birthDate\":\"{}\"}}}}]}}",
        patient.number,
        patient.family,
        patient.given,
        patient.birth_date()
    )
}

/// A server's statement of what it is and can do.
pub(crate) fn capabilities(name: &str, version: &str) -> String {
    format!(
        "{{\"resourceType\":\"CapabilityStatement\",\"status\":\"active\",\"kind\":\"instance\",\
         \"software\":{{\"name\":\"{name}\",\"version\":\"{version}\"}},\"fhirVersion\":\"4.0.1\",\
         \"format\":[\"json\"],\"rest\":[{{\"mode\":\"server\",\"resource\":[{{\"type\":\"Patient\"}},\
         {{\"type\":\"Observation\"}}]}}]}}"
    )
}

/// One study of a patient.
pub(crate) fn study(patient: &Patient, modality: &str, uid: u64) -> String {
    format!(
        "[{{\"00080061\":{{\"vr\":\"CS\",\"Value\":[\"{modality}\"]}},\"00100010\":{{\"vr\":\"PN\",\
         \"Value\":[{{\"Alphabetic\":\"{}^{}\"}}]}},\"00100020\":{{\"vr\":\"LO\",\"Value\":[\"{}\"]}},\
         \"0020000D\":{{\"vr\":\"UI\",\"Value\":[\"2.25.{uid}\"]}}}}]",
        patient.family, patient.given, patient.number
    )
}
