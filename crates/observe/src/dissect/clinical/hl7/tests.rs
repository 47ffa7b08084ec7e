use super::{Hl7, WIDE_SEGMENT_BYTES_MAX};
use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
use crate::dissect::{Probe, Side, StreamDissector};
use insta::assert_snapshot;
use proptest::prelude::*;

pub(super) fn framed(segments: &[&str]) -> Vec<u8> {
    [b"\x0b", segments.join("\r").as_bytes(), b"\r\x1c\r"].concat()
}

/// A segment of which only some fields are filled in.
pub(super) fn segment(name: &str, fields: &[(usize, &str)]) -> String {
    let mut values = vec![name];
    for (index, value) in fields {
        values.resize(values.len().max(index + 1), "");
        values[*index] = value;
    }
    values.join("|")
}

pub(super) const PATIENT: &str =
    "PID|1||MRN4711^^^CLINIC^MR||DOE^JANE||19440229|F|||12 ELM STREET^^TOWN||5550199";

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
    vec![
        gateway(),
        super::tests_devices::pumps(),
        super::tests_devices::laboratory(),
        wide(u16::to_le_bytes, &[0xff, 0xfe]),
    ]
}

#[test]
fn a_gateway_speaks_for_its_devices() {
    assert_snapshot!(check::<Hl7>(&gateway()), @r"
    Client hl7.application Bedside Gateway
    Client hl7.facility WARD 3
    Server hl7.receiving_application ENGINE
    Server hl7.receiving_facility CLINIC
    Client hl7.device_identifier 0011223344556677
    Client hl7.message_type ORU^R01
    Client hl7.version 2.6
    Client hl7.acknowledgement_mode original
    Client for [MON-77^ICU^AABBCCDDEEFF0011^EUI-64] hl7.device_identifier MON-77
    Client for [MON-77^ICU^AABBCCDDEEFF0011^EUI-64] hl7.device_identifier AABBCCDDEEFF0011
    Client hl7.device_identifier GW-1
    Client hl7.device_identifier 0011223344556677
    Client for [Infusor^V7^^SN5500] hl7.device_identifier Infusor
    Client for [Infusor^V7^^SN5500] hl7.device_serial SN5500
    Client for [SER-9] hl7.device_udi 00889876543210
    Client for [SER-9] hl7.device_manufactured 20240105
    Client for [SER-9] hl7.device_serial SER-9
    Client for [SER-9] hl7.device_type Syringe pump
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
    Client hl7.device_identifier AABBCCDDEEFF0011
    Client hl7.message_type ORU^R01
    Client hl7.version 2.5.1
    Client hl7.acknowledgement_mode original
    Client hl7.device_identifier A-12
    Client hl7.device_identifier AABBCCDDEEFF0011
    Server hl7.unanswered ORU^R01
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
    Client hl7.acknowledgement_mode original
    Client hl7.application OTHER
    Client hl7.facility F
    Server hl7.receiving_application A
    Server hl7.receiving_facility B
    Client hl7.message_type ORM^O01
    Client hl7.version 2.4
    Client hl7.acknowledgement_mode original
    Server hl7.unanswered ORM^O01
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
    Client hl7.acknowledgement_mode original
    Server hl7.unanswered ADT^A04
    patient data: name identifier birth_date address
    ");
}

/// A header in UTF-16 that is just too long to be read whole when the stream ends.
#[test]
fn a_wide_segment_is_cut_at_the_same_place_however_it_comes() {
    let head = "MSH|^~\\&|A|B|C|D|2025||ORU^R01|1|P|2.5||||||UNICODE UTF-16|";
    for pad in 0..8 {
        for rest in ["\u{4e00}", "\u{4e00}\u{1f600}", "\u{4e00}a"] {
            let text = format!("{head}{}{}", "x".repeat(pad), rest.repeat(700));
            let mut bytes = vec![0x0b, 0xff, 0xfe];
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            let narrow = |end: usize| {
                String::from_utf16_lossy(&text.encode_utf16().take(end).collect::<Vec<_>>()).len()
            };
            let reached = (0..).find(|end| narrow(*end) >= WIDE_SEGMENT_BYTES_MAX).unwrap_or_default();
            for end in 3 + reached * 2 - 6..3 + reached * 2 + 6 {
                any_split::<Hl7>(&[client(bytes[..end].to_vec())], &[1]);
            }
        }
    }
}

/// A message in UTF-16 within a frame of single bytes.
fn wide(order: fn(u16) -> [u8; 2], mark: &[u8]) -> Vec<Piece> {
    let text = format!(
        "MSH|^~\\&|R\u{f6}ntgen|B|C|D|2025||ORU^R01|1|P|2.5||||||UNICODE UTF-16\r{PATIENT}\r{}\r",
        segment("OBX", &[(2, "ST"), (5, "LUNG NODULE"), (18, "PUMP-5")])
    );
    let content: Vec<u8> = text.encode_utf16().flat_map(order).collect();
    vec![client([b"\x0b", mark, &content, b"\x1c\r\x0b", mark, &content, b"\x1c\r"].concat())]
}

#[test]
fn wide_characters_are_read_like_narrow_ones() {
    let told = check::<Hl7>(&wide(u16::to_le_bytes, &[0xff, 0xfe]));
    assert_snapshot!(told, @r"
    Client hl7.application Röntgen
    Client hl7.facility B
    Server hl7.receiving_application C
    Server hl7.receiving_facility D
    Client hl7.message_type ORU^R01
    Client hl7.version 2.5
    Client hl7.character_set UNICODE UTF-16
    Client hl7.acknowledgement_mode original
    Client for [PUMP-5] hl7.device_identifier PUMP-5
    Client hl7.application Röntgen
    Client hl7.facility B
    Server hl7.receiving_application C
    Server hl7.receiving_facility D
    Client hl7.message_type ORU^R01
    Client hl7.version 2.5
    Client hl7.character_set UNICODE UTF-16
    Client hl7.acknowledgement_mode original
    Client for [PUMP-5] hl7.device_identifier PUMP-5
    Server hl7.unanswered ORU^R01
    patient data: name identifier birth_date address result
    ");
    for (order, mark) in [
        (u16::to_be_bytes as fn(u16) -> [u8; 2], &[0xfe, 0xff][..]),
        (u16::to_be_bytes, &[]),
        (u16::to_le_bytes, &[]),
    ] {
        assert_eq!(check::<Hl7>(&wide(order, mark)), told);
        batter::<Hl7>(&wide(order, mark));
        let Piece::Bytes(_, bytes) = &wide(order, mark)[0] else { panic!() };
        assert_eq!(Hl7::probe(&bytes[..120], 2575), Probe::Certain(Side::Client));
        assert_eq!(Hl7::probe(&bytes[..9], 2575), Probe::Unsure);
    }
    // The frame's own bytes may be wide as well.
    let Piece::Bytes(_, bytes) = &wide(u16::to_be_bytes, &[])[0] else { panic!() };
    let framed = [b"\0\x0b", &bytes[1..bytes.len() / 2 - 2], b"\0\x1c\0\r"].concat();
    assert_eq!(check::<Hl7>(&[client([&framed[..], &framed].concat())]), told);
}

#[test]
fn the_declared_character_set_counts() {
    let mut message = framed(&[
        "MSH|^~\\&|R@ntgen|\\XD6\\ &\\T\\|||2025||ACK|1|P|2.5||||||8859/1~ISO IR6|ger",
        "SFT|M@ller|4.1|Gateway 7|build 9||",
    ]);
    for byte in &mut message {
        if *byte == b'@' {
            *byte = 0xfc;
        }
    }
    assert_snapshot!(check::<Hl7>(&[server(message)]), @r"
    Server hl7.application Rüntgen
    Server hl7.facility Ö &&
    Server hl7.message_type ACK
    Server hl7.version 2.5
    Server hl7.character_set 8859/1
    Server hl7.software_vendor Müller
    Server hl7.software_version 4.1
    Server hl7.software_product Gateway 7
    ");
}

#[test]
fn refusals_tell_the_code_of_their_reason() {
    let message = "MSH|^~\\&|||||||ACK^R01|1|P|2.6";
    let told = check::<Hl7>(&[
        server(framed(&[
            message,
            "MSA|AR|7|DOE is unknown",
            "ERR||PID^1^3|204^Unknown key^HL70357|E|||DOE^JANE",
        ])),
        server(framed(&[message, "MSA|AE|7||||100^Segment sequence error", "ERR|||207"])),
        server(framed(&[message, "MSA|CE|7", "ERR|PID^1^5^101&Required field missing&HL70357"])),
        server(framed(&[message, "MSA|CR|7", "ERR|||DOE"])),
        server(framed(&[message, "MSA|CA|7", "ERR|||0^Message accepted"])),
        // Bare messages end where the next begins, or never.
        server(format!("{message}\rMSA|AE|1\r{message}\rMSA|AR|1\rERR|||200\r")),
    ]);
    assert_snapshot!(told, @r"
    Server hl7.message_type ACK^R01
    Server hl7.version 2.6
    Server hl7.rejected: application reject (AR): 204 unknown key identifier
    Server hl7.message_type ACK^R01
    Server hl7.version 2.6
    Server hl7.rejected: application error (AE): 100 segment sequence error
    Server hl7.message_type ACK^R01
    Server hl7.version 2.6
    Server hl7.rejected: commit error (CE): 101 required field missing
    Server hl7.message_type ACK^R01
    Server hl7.version 2.6
    Server hl7.rejected: commit reject (CR)
    Server hl7.message_type ACK^R01
    Server hl7.version 2.6
    Server hl7.message_type ACK^R01
    Server hl7.version 2.6
    Server hl7.rejected: application error (AE)
    Server hl7.message_type ACK^R01
    Server hl7.version 2.6
    Server hl7.rejected: application reject (AR): 200 unsupported message type
    ");
}

#[test]
fn messages_without_an_answer_are_counted() {
    let message = |control: &str, wants: &str| {
        framed(&[&format!("MSH|^~\\&|A|B|C|D|2025||ORU^R01|{control}|P|2.6|||{wants}")])
    };
    let answer = |control: &str| framed(&["MSH|^~\\&|||||||ACK|9|P|2.6", &format!("MSA|CA|{control}")]);
    let unanswered = |pieces: &[Piece]| check::<Hl7>(pieces).matches("Server hl7.unanswered ORU^R01").count();
    assert_eq!(unanswered(&[client(message("1", "AL|NE")), server(answer("1"))]), 0);
    assert_eq!(unanswered(&[client(message("1", "AL|NE")), server(answer("2"))]), 1);
    assert_eq!(unanswered(&[client(message("1", "NE|NE"))]), 0);
    assert_eq!(unanswered(&[client(message("1", "|"))]), 1);
    let many: Vec<Piece> = (1..=9).map(|n| client(message(&n.to_string(), "AL"))).collect();
    assert_eq!(unanswered(&many), 9);
    assert_eq!(unanswered(&[&many[..], &[server(answer("7"))]].concat()), 8);
    // Said twice because it was not answered: the same message.
    assert_eq!(unanswered(&[client(message("1", "AL")), client(message("1", "AL"))]), 1);
    // The answer may have been among what was lost.
    assert_eq!(unanswered(&[client(message("1", "AL")), Piece::Gap(Side::Server, 50)]), 0);
}

#[test]
fn segments_that_run_together_are_parted() {
    for (end, malformed) in [("\u{c}", 1), ("\u{7f}", 1), ("", 1), ("\r", 0)] {
        for fields in ["|2.6", "|2.6|||AL|NE", "|2.6|||AL|NE||ASCII", "|2.6|||AL|NE||ASCII|||"] {
            let text = format!("\x0bMSH|^~\\&|A|B|C|D|2025||ADT^A01|1|P{fields}{end}{PATIENT}\r\x1c\r");
            let told = check::<Hl7>(&[client(text)]);
            assert!(told.contains("patient data: name identifier birth_date address"), "{told}");
            assert_eq!(told.contains("malformed: 1"), malformed == 1, "{told}");
        }
    }
    let observations = "OBX|1|ST|x||1||||||F||\u{0}OBX|2|ST|x||LUNG NODULE||||||F";
    let told =
        check::<Hl7>(&[client(framed(&["MSH|^~\\&|RAPID|B|C|D|2025||ORU^R01|1|P|2.6", observations]))]);
    assert!(told.contains("Client hl7.application RAPID") && !told.contains("device"), "{told}");
}

#[test]
fn headers_of_batches_name_their_parties() {
    let told = check::<Hl7>(&[client(
        "FHS|^~\\&|LAB|NORTH|EHR|SOUTH|2025\rBHS|^~\\&|LAB\rMSH|^~\\&|LAB|N|||2025||ORU^R01|1|P|2.3\rBTS|1\rFTS|1\r",
    )]);
    assert_snapshot!(told, @r"
    Client hl7.application LAB
    Client hl7.facility NORTH
    Server hl7.receiving_application EHR
    Server hl7.receiving_facility SOUTH
    Client hl7.application LAB
    Client hl7.application LAB
    Client hl7.facility N
    Client hl7.message_type ORU^R01
    Client hl7.version 2.3
    Client hl7.acknowledgement_mode original
    Server hl7.unanswered ORU^R01
    ");
}

#[test]
fn patient_data_is_told_by_kind() {
    let kinds = |segments: &[&str]| {
        let all = [&["MSH|^~\\&|||||||ACK|1|P|2.5"], segments].concat();
        let told = check::<Hl7>(&[client(framed(&all))]);
        let line = told.lines().find_map(|line| line.strip_prefix("patient data: "));
        line.unwrap_or_default().to_owned()
    };
    for (segments, expected) in [
        (&["PID|1||\"\"^^^Hospital^PI||^^^^^^L||||||^^^^^^H"][..], ""),
        (&["PID|1||MRN4711||"], "identifier"),
        (&["PID|1||||^JANE"], "name"),
        (&["PID|1||||||19440229"], "birth_date"),
        (&["PID|1||||||||||^^TOWN"], "address"),
        (&["NK1|1|DOE^JANE|SPO|12 ELM STREET|5550199"], "name address"),
        (&["PV1|1|I|ICU^7"], ""),
        (&["GT1|1||DOE^JANE||12 ELM STREET"], "name address"),
        (&["QPD|Q22^Find Candidates|1|@PID.5.1^DOE~@PID.7^19440229"], "name birth_date"),
        (&["QRD|2025|R|I|1||||MRN4711"], "identifier"),
        (&["OBX|1|NA|131329^MDC_ECG_ELEC_POTL_I^MDC|1.1.1.2|1^2^3"], "result waveform"),
        (&["OBX|1|ED|x||^IM^JPEG^Base64^c2VjcmV0"], "image result"),
        (&["OBX|1|ED|x||^AP^PDF^Base64^c2VjcmV0"], "result"),
        (&["OBX|1|ST|531972^MDC_ID_PROD_SPEC_SERIAL^MDC|1|SN-1"], ""),
        (&["OBX|1|NM|68063^MDC_ATTR_PT_WEIGHT^MDC|1.1.2.18|71"], "result"),
        (&["OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0"], ""),
        (&["RXE||1^LUNG NODULE", "AL1|1||^Penicillin"], "result order"),
    ] {
        let sorted = |words: &str| words.split(' ').collect::<std::collections::BTreeSet<_>>().len();
        let told = kinds(segments);
        assert!(expected.split(' ').all(|word| told.contains(word)), "{segments:?}: {told}");
        assert_eq!(sorted(&told), sorted(expected), "{segments:?}: {told}");
    }
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
    Client hl7.acknowledgement_mode original
    Client for [PUMP-1] hl7.device_identifier PUMP-1
    Server hl7.unanswered MDM^T02
    patient data: result
    malformed: 5
    limits: 2
    ");
}

#[test]
fn text_that_is_no_code_is_not_passed_on_as_one() {
    let told = check::<Hl7>(&[client(framed(&["MSH|^~\\&|A||||||DOE, JANE^A01|1|P|DOE^2", "MSA|DOE"]))]);
    assert_eq!(told, "malformed: 2\n");
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
    Client hl7.acknowledgement_mode original
    Client for [PUMP-2] hl7.device_identifier PUMP-2
    Client hl7.application AFTER
    Client hl7.facility B
    Server hl7.receiving_application C
    Server hl7.receiving_facility D
    Client hl7.message_type ADT^A04
    Client hl7.version 2.2
    Client hl7.acknowledgement_mode original
    Server hl7.unanswered ADT^A04
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
    assert!(size_of::<Hl7>() <= 1024, "{}", size_of::<Hl7>());
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
