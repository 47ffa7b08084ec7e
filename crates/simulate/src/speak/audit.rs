//! IHE ATNA: a DICOM audit message (PS3.15 annex A.5) in a syslog line (RFC 5424, RFC 5426).

use crate::patients::Patient;

/// That somebody looked at a patient's instances (event 110103).
pub(crate) fn instances_accessed(
    host: &str,
    application: &str,
    title: &str,
    time: &str,
    patient: &Patient,
) -> Vec<u8> {
    format!(
        "<85>1 {time} {host} {application} 4711 IHE+RFC-3881 - <?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <AuditMessage><EventIdentification EventActionCode=\"R\" EventDateTime=\"{time}\" \
         EventOutcomeIndicator=\"0\"><EventID csd-code=\"110103\" codeSystemName=\"DCM\" \
         originalText=\"DICOM Instances Accessed\"/></EventIdentification>\
         <ActiveParticipant UserID=\"reader\" AlternativeUserID=\"AETITLES={title}\" \
         UserIsRequestor=\"true\" NetworkAccessPointID=\"{host}\" NetworkAccessPointTypeCode=\"1\"/>\
         <AuditSourceIdentification AuditSourceID=\"{application}\" AuditEnterpriseSiteID=\"HOSPITAL\"/>\
         <ParticipantObjectIdentification ParticipantObjectID=\"{}\" ParticipantObjectTypeCode=\"1\" \
         ParticipantObjectTypeCodeRole=\"1\"><ParticipantObjectName>{}^{}</ParticipantObjectName>\
         </ParticipantObjectIdentification></AuditMessage>",
        patient.number, patient.family, patient.given
    )
    .into_bytes()
}
