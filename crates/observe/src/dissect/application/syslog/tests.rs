use super::{Syslog, SyslogMessages};
use crate::dissect::testing::{Piece, Recorder, any_split, batter, check, client, server};
use crate::dissect::{Datagram, DatagramDissector, Probe, Recognised, Side, StreamDissector};
use insta::assert_snapshot;
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr};

const HEAD: &str = "<85>1 2025-03-10T08:00:00+01:00 archive.clinic audit 17 IHE+RFC-3881 - \u{feff}";

/// A failed log-in in DICOM's form: users have names and identifiers, machines have addresses.
pub(super) const LOGIN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AuditMessage>\
    <EventIdentification EventActionCode=\"E\" EventDateTime=\"2025-03-10T08:00:00\" EventOutcomeIndicator=\"8\">\
    <EventID csd-code=\"110114\" codeSystemName=\"DCM\" originalText=\"User Authentication\"/>\
    <EventTypeCode csd-code=\"110122\" codeSystemName=\"DCM\" originalText=\"Login\"/></EventIdentification>\n\
    <ActiveParticipant UserID=\"DOE\" UserName=\"JANE DOE\" AlternativeUserID=\"DOE@CLINIC\" \
    UserIsRequestor=\"true\" NetworkAccessPointTypeCode=\"2\" NetworkAccessPointID=\"10.0.0.7\"/>\
    <AuditSourceIdentification AuditEnterpriseSiteID=\"North &amp; South\" AuditSourceID=\"ARCHIVE_1\" code=\"4\"/>\
    </AuditMessage>";

/// Instances transferred, in the form of RFC 3881, with a patient and a study.
pub(super) const TRANSFER: &str = "<AuditMessage xmlns=\"urn:x\"><EventIdentification EventOutcomeIndicator=\"0\">\
    <EventID code=\"110104\" codeSystemName=\"DCM\" displayName=\"DICOM Instances Transferred\"/>\
    </EventIdentification>\
    <ActiveParticipant AlternativeUserID=\"AETITLES= CT_1;CT_BACKUP\" UserID=\"123\" UserName=\"DOE\" \
    NetworkAccessPointID=\"10.0.0.8\" NetworkAccessPointTypeCode=\"2\"><RoleIDCode code=\"110153\"/></ActiveParticipant>\
    <ActiveParticipant UserID=\"AETITLES=DOE\" AlternativeUserID=\"AETITLES=ARCHIVE\" \
    NetworkAccessPointID=\"archive\" NetworkAccessPointTypeCode=\"1\"/>\
    <AuditSourceIdentification AuditSourceID=\"CT_1\"/>\
    <ParticipantObjectIdentification ParticipantObjectID=\"1.2.3\" ParticipantObjectTypeCode=\"2\" \
    ParticipantObjectTypeCodeRole=\"3\"><ParticipantObjectName>study</ParticipantObjectName>\
    <ParticipantObjectDescription><Accession Number=\"MRN4711\"/></ParticipantObjectDescription>\
    </ParticipantObjectIdentification>\
    <ParticipantObjectIdentification ParticipantObjectID=\"MRN4711^^^CLINIC\" ParticipantObjectTypeCode=\"1\" \
    ParticipantObjectTypeCodeRole=\"1\"><ParticipantObjectName>DOE^JANE</ParticipantObjectName>\
    </ParticipantObjectIdentification></AuditMessage>";

fn alert(kind: u32) -> String {
    format!(
        "<AuditMessage><EventIdentification EventOutcomeIndicator=\"4\"><EventID csd-code=\"110113\"/>\
         <EventTypeCode csd-code=\"{kind}\"/></EventIdentification></AuditMessage>"
    )
}

fn counted(message: &str) -> String {
    format!("{} {message}", message.len())
}

/// A host that reports by octet counting.
fn trail() -> Vec<Piece> {
    let plain = "<30>1 2025-03-10T08:00:00Z pump-7 dropbear 231 - [origin software=\"logger\" swVersion=\"8.2\"] login of DOE";
    vec![client(
        [
            counted(&format!("{HEAD}{LOGIN}")),
            counted(plain),
            counted(&format!("{HEAD}{TRANSFER}")),
            counted(&format!("{HEAD}{}", alert(110_127))),
            counted("<13>Mar 10 08:00:00 pump-7 not a tag"),
        ]
        .concat(),
    )]
}

/// Conversations the fuzz corpus begins with.
pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    let lines = format!("{HEAD}{LOGIN}\n<30>Mar 10 08:00:00 pump-7 su[9]: DOE\n");
    vec![trail(), vec![client(lines)]]
}

/// The same kinds of messages, each alone.
pub(crate) fn datagrams() -> Vec<Piece> {
    [
        format!("{HEAD}{LOGIN}"),
        format!("<85>Mar 10 08:00:00 ct-1 audit: {TRANSFER}"),
        "<30>Mar 10 08:00:00 pump-7 su[9]: DOE".to_owned(),
        "<189>anything".to_owned(),
    ]
    .map(client)
    .to_vec()
}

#[test]
fn a_counted_trail_is_read() {
    assert_snapshot!(check::<Syslog>(&trail()), @r"
    Client syslog.hostname archive.clinic
    Client syslog.application audit
    carries atna
    Client atna.event user authentication
    Client atna.authentication_failed: a log-in failed
    Client atna.enterprise_site North & South
    Client atna.source ARCHIVE_1
    Client syslog.hostname pump-7
    Client syslog.application dropbear
    Client syslog.software logger
    Client syslog.software_version 8.2
    Client syslog.hostname archive.clinic
    Client syslog.application audit
    carries atna
    Client atna.event DICOM instances transferred
    10.0.0.8 atna.ae_title CT_1
    10.0.0.8 atna.ae_title CT_BACKUP
    Client atna.source CT_1
    Client syslog.hostname archive.clinic
    Client syslog.application audit
    carries atna
    Client atna.event security alert
    Client atna.security_alert: emergency override started
    patient data: name identifier order
    ");
    batter::<Syslog>(&trail());
}

#[test]
fn lines_end_where_a_priority_follows() {
    let told = check::<Syslog>(&[client(format!(
        "<30>Mar 10 08:00:00 pump-7 su[9]: DOE\n{HEAD}{LOGIN}\n<30>Mar 10 08:00:01 pump-7 <b>bold\nno priority\n\0<31>Mar  1 08:00:02 pump-8 ntpd: x\n"
    ))]);
    assert_snapshot!(told, @r"
    Client syslog.hostname pump-7
    Client syslog.application su
    Client syslog.hostname archive.clinic
    Client syslog.application audit
    carries atna
    Client atna.event user authentication
    Client atna.authentication_failed: a log-in failed
    Client atna.enterprise_site North & South
    Client atna.source ARCHIVE_1
    Client syslog.hostname pump-8
    Client syslog.application ntpd
    malformed: 1
    ");
}

#[test]
fn what_follows_a_document_in_its_message_is_passed_over() {
    let told = check::<Syslog>(&[client(counted(&format!("{HEAD}{LOGIN} {TRANSFER} and </so> on")))]);
    assert!(told.contains("atna.source ARCHIVE_1") && !told.contains("malformed"), "{told}");
    assert!(!told.contains("CT_1") && !told.contains("patient data"), "{told}");
}

#[test]
fn the_server_side_is_not_read() {
    assert_eq!(check::<Syslog>(&[server("anything")]), "");
}

#[test]
fn losses_within_a_counted_message_cost_that_one() {
    let (login, next) = (format!("{HEAD}{LOGIN}"), "<31>Mar  1 08:00:02 pump-8 ntpd: x");
    let whole = counted(&login);
    let pieces = |lost: usize| {
        let rest = if lost < 400 { &whole[100 + lost..] } else { "" };
        [
            client(&whole.as_bytes()[..100]),
            Piece::Gap(Side::Client, lost as u64),
            client(format!("{rest}{}", counted(next))),
        ]
    };
    assert!(check::<Syslog>(&pieces(50)).contains("syslog.application ntpd"));
    assert!(check::<Syslog>(&pieces(whole.len() - 100)).contains("syslog.application ntpd"));
    // Past the message's end nobody knows where the next begins.
    assert!(!check::<Syslog>(&pieces(whole.len())).contains("syslog.application ntpd"));
    let lines =
        [client(format!("{next}\n<31>")), Piece::Gap(Side::Client, 9), client(format!("DOE\n{next}\n"))];
    assert_eq!(check::<Syslog>(&lines).matches("syslog.application ntpd").count(), 2);
}

#[test]
fn hostile_input_is_bounded() {
    let long = "x".repeat(100_000);
    let told = check::<Syslog>(&[
        client(counted(&format!("<30>1 - {long} {long} - - - text"))),
        client(counted(&format!("<30>1 - h a - - [{long}"))),
        client(counted(&format!(
            "{HEAD}<AuditMessage><{long}/><AuditSourceIdentification AuditSourceID=\"S\"/>"
        ))),
        client(counted(&format!("{HEAD}<AuditMessage>\u{1}<<"))),
        client(counted("no priority")),
        client("7x"),
    ]);
    assert_snapshot!(told, @r"
    Client syslog.hostname h
    Client syslog.application a
    Client syslog.hostname archive.clinic
    Client syslog.application audit
    carries atna
    Client atna.source S
    Client syslog.hostname archive.clinic
    Client syslog.application audit
    carries atna
    malformed: 3
    ");
}

fn datagram(bytes: &[u8], port: u16) -> Datagram<'_> {
    let address = |last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last));
    Datagram { source: (address(9), 50_000), destination: (address(1), port), bytes, cut: false, first: true }
}

#[test]
fn what_follows_an_audit_message_on_its_line_belongs_to_nothing() {
    let told = check::<Syslog>(&[client(format!("{HEAD}{LOGIN}104 rubbish\n"))]);
    assert!(told.contains("atna") && !told.contains("malformed"), "{told}");
}

#[test]
fn datagrams_are_known_by_their_priority() {
    for (text, port, expected) in [
        ("<34>Oct 11 22:14:15 h su: x", 1514, Recognised::From(Side::Client)),
        ("<34>1 2003-10-11T22:14:15.003Z h su - - - x", 9999, Recognised::From(Side::Client)),
        ("<34>anything", 514, Recognised::From(Side::Client)),
        ("<34>anything", 1514, Recognised::No),
        ("no priority", 514, Recognised::No),
        ("<?xml?>", 514, Recognised::No),
    ] {
        assert_eq!(SyslogMessages::recognise(&datagram(text.as_bytes(), port)), expected, "{text}");
    }
}

#[test]
fn a_datagram_tells_the_same_as_a_stream() {
    for text in [LOGIN, TRANSFER] {
        let message = format!("{HEAD}{text}");
        let mut facts = Recorder::default();
        assert!(SyslogMessages::read(&datagram(message.as_bytes(), 514), Side::Client, &mut facts));
        assert_eq!(facts.finish(), check::<Syslog>(&[client(counted(&message))]));
        for length in 0..message.len() {
            let mut facts = Recorder::default();
            SyslogMessages::read(&datagram(&message.as_bytes()[..length], 514), Side::Client, &mut facts);
        }
    }
}

#[test]
fn probes_want_a_priority_and_a_time() {
    for (head, expected) in [
        (&b"123 <34>1 2003-10-11T22:14:15.003Z h"[..], Probe::Certain(Side::Client)),
        (b"<34>Oct 11 22:14:15 h su: x", Probe::Certain(Side::Client)),
        (b"<34>2025-03-10T08:00:00Z h", Probe::Certain(Side::Client)),
        (b"<", Probe::Unsure),
        (b"<34>Oct 1", Probe::Unsure),
        (b"12", Probe::Unsure),
        (b"123 ", Probe::Unsure),
        (b"123 <3", Probe::Unsure),
        (b"<34>anything at all", Probe::No),
        (b"<html>", Probe::No),
        (b"<?xml", Probe::No),
        (b"220 Welcome", Probe::No),
        (b"0 <34>1 - ", Probe::No),
        (b"12345678 <34>1 - ", Probe::No),
    ] {
        assert_eq!(Syslog::probe(head, 514), expected, "{}", String::from_utf8_lossy(head));
    }
}

#[test]
fn the_state_stays_small() {
    assert!(size_of::<Syslog>() <= 1024, "{}", size_of::<Syslog>());
}

proptest! {
    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
        any_split::<Syslog>(&trail(), &sizes);
    }

    #[test]
    fn any_bytes_are_safe(
        words in prop::collection::vec(prop::sample::select(vec![
            "<34>1 - ", "<34>", "Oct 11 22:14:15 ", "h ", "su[1]: ", "- ", "[origin software=\"", "\"]", "\n", "\0",
            "12 ", "99 ", "1500 ", "<AuditMessage>", "</AuditMessage>", "<EventID code=\"110114\"/>", "<", ">", "\"",
            "<ActiveParticipant AlternativeUserID=\"AETITLES=A;B\" NetworkAccessPointID=\"10.0.0.1\"",
        ]), 0..60),
        sizes in prop::collection::vec(1usize..40, 1..8),
    ) {
        any_split::<Syslog>(&[client(words.concat())], &sizes);
    }
}

#[test]
fn a_line_that_begins_with_a_number_is_the_rest_of_a_text() {
    let told = check::<Syslog>(&[client(
        "<13>Mar 10 12:00:00 pump8 infusor[7]: lines\n42 <13>Mar 10 12:00:00 JANE DOE[1]: x\n<13>Mar 10 12:00:00 pump9 infusor: x\n",
    )]);
    assert!(told.contains("pump9") && told.contains("malformed: 1"), "{told}");
}
