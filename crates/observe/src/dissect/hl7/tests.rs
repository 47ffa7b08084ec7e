use super::super::testing::{Piece, any_split, batter, check, client, server};
use super::super::{Probe, Side, StreamDissector};
use super::Hl7;
use insta::assert_snapshot;
use proptest::prelude::*;

fn framed(segments: &[&str]) -> Vec<u8> {
    [b"\x0b", segments.join("\r").as_bytes(), b"\r\x1c\r"].concat()
}

/// A segment of which only some fields are filled in.
fn segment(name: &str, fields: &[(usize, &str)]) -> String {
    let mut values = vec![name];
    for (index, value) in fields {
        values.resize(values.len().max(index + 1), "");
        values[*index] = value;
    }
    values.join("|")
}

const PATIENT: &str = "PID|1||MRN4711^^^CLINIC^MR||DOE^JANE||19440229|F|||12 ELM STREET^^TOWN||5550199";

/// A gateway that speaks for a monitor and an infusion pump.
fn gateway() -> Vec<Piece> {
    vec![
        client(framed(&[
            "MSH|^~\\&|Bedside Gateway^0011223344556677^EUI-64|WARD 3|ENGINE|CLINIC|20250310||ORU^R01^ORU_R01|77|P|2.6",
            PATIENT,
            "OBR|1|||69837^MDC_DEV_METER",
            &segment(
                "OBX",
                &[
                    (2, "NM"),
                    (5, "82"),
                    (18, "MON-77^ICU^AABBCCDDEEFF0011^EUI-64~GW-1^^0011223344556677^EUI-64"),
                ],
            ),
            &segment("OBX", &[(2, "NA"), (5, "1^2^3^4"), (18, "Infusor^V7^^SN5500")]),
            &segment(
                "PRT",
                &[(10, "00889876543210^X"), (17, "20240105"), (20, "SER-9"), (22, "5^Syringe pump")],
            ),
            &segment("PRT", &[(5, "DOE^JANE"), (16, "DI-8"), (17, "20230101")]),
        ])),
        server(framed(&[
            "MSH|^~\\&|ENGINE|CLINIC|Bedside Gateway|WARD 3|20250310||ACK^R01^ACK|9|P|2.6",
            "MSA|AE|77|Patient DOE^JANE is unknown",
        ])),
    ]
}

/// Conversations the fuzz corpus begins with.
pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    vec![gateway()]
}

#[test]
fn a_gateway_speaks_for_its_devices() {
    assert_snapshot!(check::<Hl7>(&gateway()), @r"
    Client hl7.application Bedside Gateway
    Client hl7.facility WARD 3
    Server hl7.receiving_application ENGINE
    Server hl7.receiving_facility CLINIC
    Client hl7.message_type ORU^R01
    Client hl7.version 2.6
    Client for [MON-77^ICU^AABBCCDDEEFF0011^EUI-64] hl7.device_identifier MON-77
    Client for [MON-77^ICU^AABBCCDDEEFF0011^EUI-64] hl7.device_identifier AABBCCDDEEFF0011
    Client hl7.device_identifier GW-1
    Client hl7.device_identifier 0011223344556677
    Client for [Infusor^V7^^SN5500] hl7.device_identifier Infusor
    Client for [Infusor^V7^^SN5500] hl7.device_serial SN5500
    Client for [00889876543210] hl7.device_udi 00889876543210
    Client for [00889876543210] hl7.device_manufactured 20240105
    Client for [00889876543210] hl7.device_serial SER-9
    Client for [00889876543210] hl7.device_type Syringe pump
    Client for [DI-8] hl7.device_identifier DI-8
    Client for [DI-8] hl7.device_manufactured 20230101
    Server hl7.application ENGINE
    Server hl7.facility CLINIC
    Client hl7.receiving_application Bedside Gateway
    Client hl7.receiving_facility WARD 3
    Server hl7.message_type ACK^R01
    Server hl7.version 2.6
    Server hl7.rejected: application error (AE)
    patient data: name identifier birth_date address result waveform order
    ");
    batter::<Hl7>(&gateway());
}

#[test]
fn a_device_that_speaks_for_itself_is_the_sender() {
    let told = check::<Hl7>(&[client(framed(&[
        "MSH|^~\\&|Analyser^AABBCCDDEEFF0011^EUI-64||||20250310||ORU^R01|1|P|2.5.1",
        &segment("OBX", &[(5, "high"), (18, "A-12^LAB^AABBCCDDEEFF0011^EUI-64")]),
    ]))]);
    assert_snapshot!(told, @r"
    Client hl7.application Analyser
    Client hl7.message_type ORU^R01
    Client hl7.version 2.5.1
    Client hl7.device_identifier A-12
    Client hl7.device_identifier AABBCCDDEEFF0011
    patient data: result
    ");
}

#[test]
fn separators_are_the_messages_own() {
    let told = check::<Hl7>(&[
        client(framed(&["MSH#$%!*#APP$1.2.3$ISO#FAC##REC#2025##ADT$A01#1#P#2.3", "PID###MRN4711##DOE$JANE"])),
        client(framed(&["MSH|:~\\&|OTHER|F|A|B|2025||ORM:O01:ORM_O01|1|P|2.4:DEU", "ORC|NW|1", "RXE||x"])),
    ]);
    assert_snapshot!(told, @r"
    Client hl7.application APP
    Client hl7.facility FAC
    Server hl7.receiving_facility REC
    Client hl7.message_type ADT^A01
    Client hl7.version 2.3
    Client hl7.application OTHER
    Client hl7.facility F
    Server hl7.receiving_application A
    Server hl7.receiving_facility B
    Client hl7.message_type ORM^O01
    Client hl7.version 2.4
    patient data: name identifier order
    ");
}

#[test]
fn bare_messages_and_line_feeds_are_read() {
    let told = check::<Hl7>(&[client(format!(
        "MSH|^~\\&|A|B|C|D|2025||ADT^A04|1|P|2.2\r\n{PATIENT}\r\nMSH|^~\\&|NEXT|\"\"|||2025||ADT^A05|2|P|2.2"
    ))]);
    assert_snapshot!(told, @r"
    Client hl7.application A
    Client hl7.facility B
    Server hl7.receiving_application C
    Server hl7.receiving_facility D
    Client hl7.message_type ADT^A04
    Client hl7.version 2.2
    Client hl7.application NEXT
    Client hl7.message_type ADT^A05
    patient data: name identifier birth_date address
    ");
}

#[test]
fn an_acknowledgement_that_accepts_is_no_event() {
    let told = check::<Hl7>(&[server(framed(&["MSH|^~\\&|||||||ACK|1|P|2.3", "MSA|AA|1"]))]);
    assert_snapshot!(told, @r"
    Server hl7.message_type ACK
    Server hl7.version 2.3
    ");
}

#[test]
fn hostile_fields_are_bounded() {
    let long = "A".repeat(100_000);
    let told = check::<Hl7>(&[
        client(framed(&[
            "MSH|^~\\&|A|B|C|D|2025||MDM^T02|1|P|2.5",
            &segment("OBX", &[(2, "ED"), (5, &long), (18, "PUMP-1")]),
            &segment("PRT", &[(10, &long), (16, "ID-1")]),
            "pid|lower||DOE",
        ])),
        client(framed(&["MSH|||DOE|JANE", "PID|1||DOE"])),
        client("\x0bMSH|^~\\&|\u{e4}\u{0}x\x07|\x0bMSH|^~\\&|B"),
        client(format!("\r\nMSH|^~\\&|C|D\rPRT|{}", "|".repeat(70_000))),
    ]);
    assert_snapshot!(told, @r"
    Client hl7.application A
    Client hl7.facility B
    Server hl7.receiving_application C
    Server hl7.receiving_facility D
    Client hl7.message_type MDM^T02
    Client hl7.version 2.5
    Client for [PUMP-1] hl7.device_identifier PUMP-1
    Client for [ID-1] hl7.device_identifier ID-1
    Client hl7.application äx
    Client hl7.application B
    Client hl7.application C
    Client hl7.facility D
    patient data: result
    malformed: 4
    ");
}

#[test]
fn text_that_is_no_code_is_not_passed_on_as_one() {
    let told = check::<Hl7>(&[client(framed(&["MSH|^~\\&|A||||||DOE, JANE^A01|1|P|DOE^2", "MSA|DOE"]))]);
    assert_snapshot!(told, @r"
    Client hl7.application A
    malformed: 1
    ");
}

#[test]
fn finds_its_place_after_a_loss() {
    let told = check::<Hl7>(&[
        client("\x0bMSH|^~\\&|A|B|C|D|2025||ADT^A04|1|P|2.2\rPID|1||MRN"),
        Piece::Gap(Side::Client, 500),
        client(format!("OE^JANE|x|\r{}\r\x1c\r", segment("OBX", &[(5, "7"), (18, "PUMP-2")]))),
        client(framed(&["MSH|^~\\&|AFTER|B|C|D|2025||ADT^A04|1|P|2.2"])),
    ]);
    assert_snapshot!(told, @r"
    Client hl7.application A
    Client hl7.facility B
    Server hl7.receiving_application C
    Server hl7.receiving_facility D
    Client hl7.message_type ADT^A04
    Client hl7.version 2.2
    Client for [PUMP-2] hl7.device_identifier PUMP-2
    Client hl7.application AFTER
    Client hl7.facility B
    Server hl7.receiving_application C
    Server hl7.receiving_facility D
    Client hl7.message_type ADT^A04
    Client hl7.version 2.2
    patient data: result
    ");
}

#[test]
fn probes_tell_senders_from_receivers() {
    for (head, expected) in [
        (&b"\x0bMSH|^~\\&|A|B|C|D|2025||ORU^R01|1|P|2.3\r"[..], Probe::Certain(Side::Client)),
        (b"MSH|^~\\&|A|B|C|D|2025||ACK^R01|1|P|2.3\r", Probe::Certain(Side::Server)),
        (
            b"\x0bMSH|^~\\&|A very long sending application|A very long sending facility|C",
            Probe::Certain(Side::Client),
        ),
        (b"FHS|^~\\&|A\r", Probe::Certain(Side::Client)),
        (b"\x0bM", Probe::Unsure),
        (b"\x0b\x1c\r", Probe::Unsure),
        (b"\x1c\r\x0bMSH|^~\\&|A|B|C|D|2025||ADT^A01|1", Probe::Certain(Side::Client)),
        (b"\r\r\r\r\r\r\r\r\r\r\r\r", Probe::No),
        (b"MSH", Probe::Unsure),
        (b"MSHello world", Probe::No),
        (b"MSH||||||||", Probe::No),
        (b"\x0bGET / HTTP", Probe::No),
    ] {
        assert_eq!(Hl7::probe(head, 2575), expected, "{}", String::from_utf8_lossy(head));
    }
}

#[test]
fn the_state_stays_small() {
    assert!(size_of::<Hl7>() <= 320, "{}", size_of::<Hl7>());
}

proptest! {
    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
        any_split::<Hl7>(&gateway(), &sizes);
    }

    #[test]
    fn any_bytes_are_safe(
        words in prop::collection::vec(prop::sample::select(vec![
            "MSH|^~\\&|", "MSH", "PID|1||", "OBX|1|NM|||5|", "PRT|", "|", "||||||||", "^", "~", "\r", "\n", "\x0b",
            "\x1c\r", "ACK", "x", "MSA|AE", "\0", "OBX||||||||||||||||||A^B^C^EUI-64~D",
        ]), 0..60),
        sizes in prop::collection::vec(1usize..40, 1..8),
    ) {
        any_split::<Hl7>(&[client(words.concat())], &sizes);
    }
}
