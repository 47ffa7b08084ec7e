//! HL7 and syslog through the engine: who connects and who sends are two things, and what syslog carries
//! names the conversation.

mod common;

use common::*;
use cordon_model::Timestamp;
use cordon_model::observe::{Direction, PatientDataKinds, Protocol};
use cordon_observe::{Engine, LinkType, Settings};

const REPORT: &[u8] =
    b"\x0bMSH|^~\\&|Gateway|WARD|EHR|CLINIC|2025||ORU^R01|1|P|2.6\rPID|1||MRN4711||DOE^JANE\r\
    OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||X|||||||PUMP-7\r\
    OBX|2|ST|531972^MDC_ID_PROD_SPEC_SERIAL^MDC|1.0.0.1|SN-7\r\x1c\r";
const REFUSAL: &[u8] = b"\x0bMSH|^~\\&|EHR|CLINIC|||2025||ACK^R01|2|P|2.6\rMSA|AE|1|DOE\rERR|||204|E\r\x1c\r";

#[test]
fn a_gateway_that_is_connected_to_reports_its_pumps() {
    let (collector, gateway) = (host(9, 49_200), host(7, 2_575));
    let notes = talk(collector, gateway, true, &[(false, REPORT), (true, REFUSAL)]);
    for fact in [
        "10.0.0.7 hl7.application Gateway",
        "10.0.0.9 hl7.receiving_application EHR",
        "10.0.0.7 [PUMP-7] hl7.device_identifier PUMP-7",
        "10.0.0.7 [PUMP-7] hl7.device_type MDC_DEV_PUMP_INFUS_MDS",
        "10.0.0.7 [PUMP-7] hl7.device_serial SN-7",
        "10.0.0.9 hl7.application EHR",
    ] {
        assert!(notes.facts.iter().any(|told| told == fact), "{fact}: {:#?}", notes.facts);
    }
    assert!(!notes.facts.iter().any(|told| told.contains("unanswered") || told.contains("DOE")));
    let refused = "10.0.0.9 hl7.rejected application error (AE): 204 unknown key identifier";
    assert!(notes.events.iter().any(|event| event == refused), "{:?}", notes.events);
    let flow = notes.flows[0];
    assert_eq!(
        (flow.application, flow.port, flow.direction),
        (Some(Protocol::Hl7), 2_575, Direction::Handshake)
    );
    assert_eq!(flow.patient_data, PatientDataKinds::NAME.union(PatientDataKinds::IDENTIFIER));
}

#[test]
fn a_message_nobody_answers_is_told_at_the_end() {
    let notes = talk(host(9, 49_200), host(7, 2_575), true, &[(true, REPORT)]);
    assert!(notes.facts.iter().any(|told| told == "10.0.0.7 hl7.unanswered ORU^R01"), "{:#?}", notes.facts);
}

#[test]
fn an_audit_trail_is_told_from_other_reports() {
    let audit = b"<85>1 2025-03-10T08:00:00Z archive audit 7 IHE+RFC-3881 - <AuditMessage>\
        <EventIdentification EventOutcomeIndicator=\"8\"><EventID csd-code=\"110114\"/></EventIdentification>\
        <ActiveParticipant UserID=\"DOE\" AlternativeUserID=\"AETITLES=CT_1\" NetworkAccessPointTypeCode=\"2\" \
        NetworkAccessPointID=\"10.0.0.44\"/><AuditSourceIdentification AuditSourceID=\"ARCHIVE\"/></AuditMessage>";
    let plain: &[u8] = b"<30>Mar 10 08:00:00 pump-7 dropbear[9]: login of DOE";
    let collector = host(7, 514);
    let (mut engine, mut notes) = (Engine::new(Settings::default()), Notes::default());
    for (number, (sender, text)) in (1..).zip([(host(9, 50_001), &audit[..]), (host(8, 514), plain)]) {
        let frame = udp_frame(sender, collector, text);
        let at = Timestamp::from_seconds(START + number as i64);
        engine.frame(LinkType::Ethernet, at, number, frame.len() as u32, &frame, &mut notes);
    }
    engine.finish(&mut notes);
    for fact in [
        "10.0.0.9 syslog.hostname archive",
        "10.0.0.9 atna.source ARCHIVE",
        "10.0.0.9 atna.event user authentication",
        "10.0.0.44 atna.ae_title CT_1",
        "10.0.0.8 syslog.hostname pump-7",
        "10.0.0.8 syslog.application dropbear",
    ] {
        assert!(notes.facts.iter().any(|told| told == fact), "{fact}: {:#?}", notes.facts);
    }
    assert!(!notes.facts.iter().any(|told| told.contains("DOE")));
    assert_eq!(notes.events, ["10.0.0.9 atna.authentication_failed a log-in failed"]);
    let mut applications: Vec<_> = notes.flows.iter().map(|flow| flow.application).collect();
    applications.sort();
    assert_eq!(applications, [Some(Protocol::Syslog), Some(Protocol::Atna)]);
    // Nobody answers syslog: who receives is the server, whatever port the sender uses.
    assert!(notes.flows.iter().all(|flow| flow.server.ip == Some([10, 0, 0, 7].into()) && flow.port == 514));
}
