use super::Astm;
use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
use crate::dissect::{Probe, Side, StreamDissector};
use insta::assert_snapshot;
use proptest::prelude::*;

/// One frame: number, text, how it ends, checksum.
fn frame(number: usize, text: &str, end: u8) -> Vec<u8> {
    let body = [format!("{}", number % 8).as_bytes(), text.as_bytes(), &[end]].concat();
    let sum = body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    [&[2], &body[..], format!("{sum:02X}\r\n").as_bytes()].concat()
}

/// A message as E1381 sends it: every record a frame, each step acknowledged by the other side.
fn exchange(from: Side, records: &[&str]) -> Vec<Piece> {
    let (sender, other) = (from, from.other());
    let mut pieces = vec![Piece::Bytes(sender, vec![5]), Piece::Bytes(other, vec![6])];
    for (record, number) in records.iter().zip(1..) {
        pieces.push(Piece::Bytes(sender, frame(number, &format!("{record}\r"), 3)));
        pieces.push(Piece::Bytes(other, vec![6]));
    }
    pieces.push(Piece::Bytes(sender, vec![4]));
    pieces
}

const PATIENT: &str =
    "P|1|MRN4711|LAB4711||DOE^JANE^A|SMITH|19440229|F||12 ELM STREET^^TOWN||5550199||DR. DOE";

/// An analyser asks what to measure, the host answers, the analyser states results.
fn host_query() -> Vec<Piece> {
    let query = [
        r"H|\^&|||XN-10^00-18^11001^^^^AP807129|||||LIS||P|LIS2-A2|20250310120000",
        "Q|1|MRN4711^S-1||ALL||||||||O",
        "L|1|N",
    ];
    let orders =
        [r"H|\^&|||LIS|||||XN-10||P|1|20250310120001", PATIENT, r"O|1|S-1||^^^WBC\^^^RBC|R||||||A", "L|1|F"];
    let results = [
        r"H|\^&|||XN-10^00-18^11001^^^^AP807129|||||LIS||P|LIS2-A2|20250310120400",
        PATIENT,
        "O|1|S-1||^^^WBC|R|||||||||||||||||||||F",
        "R|1|^^^WBC|4.7|10*3/uL||N||F||||20250310120300|XN-10^1",
        "C|1|I|DOE, JANE was not fasting",
        "L|1|N",
    ];
    [exchange(Side::Client, &query), exchange(Side::Server, &orders), exchange(Side::Client, &results)]
        .concat()
}

/// Bare records with delimiters of their own, from an analyser that others connect to.
fn bare() -> Vec<Piece> {
    vec![server(
        "H|@^!|M-1|c2VjcmV0|GX-44^GeneXpert^4.0|||||HOST^1||T|1394-97|20250310\rP|1||||DOE^JANE\rO|1|S-2||^^^FLU\r\
         R|1|^^^FLU^A|NEGATIVE|||||F||DOE^JANE|||GX-44^A1^805533@B\rL|1|E\r",
    )]
}

/// Conversations the fuzz corpus begins with.
pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    vec![host_query(), bare(), in_pieces()]
}

/// One long record over three frames, the second refused and sent again.
fn in_pieces() -> Vec<Piece> {
    let sent_twice = frame(2, "-Coulter DxI^", 0x17);
    vec![
        client([&[5][..], &frame(1, r"H|\^&|||Beckman", 0x17)].concat()),
        server(*b"\x06\x06"),
        client(sent_twice.clone()),
        server(*b"\x15"),
        client(sent_twice),
        server(*b"\x06"),
        client([frame(3, "602233||||||||1\rR|1|^^^TSH|2.2\r", 3), vec![4]].concat()),
        server(*b"\x06"),
    ]
}

#[test]
fn an_analyser_asks_and_answers() {
    assert_snapshot!(check::<Astm>(&host_query()), @r"
    Client astm.sender XN-10
    Client astm.serial 11001
    Client astm.software 00-18
    Server astm.receiver LIS
    Client astm.processing P
    Client astm.version LIS2-A2
    Client astm.query orders
    Client astm.role instrument
    Server astm.sender LIS
    Client astm.receiver XN-10
    Server astm.processing P
    Server astm.version 1
    Server astm.role host
    Client astm.sender XN-10
    Client astm.serial 11001
    Client astm.software 00-18
    Server astm.receiver LIS
    Client astm.processing P
    Client astm.version LIS2-A2
    Client astm.role instrument
    Client astm.instrument XN-10^1
    patient data: name identifier birth_date address result order
    ");
    batter::<Astm>(&host_query());
}

#[test]
fn bare_records_are_read() {
    assert_snapshot!(check::<Astm>(&bare()), @r"
    Server astm.clear_credentials: access password in a header record
    Server astm.sender GX-44
    Server astm.model GeneXpert
    Server astm.software 4.0
    Client astm.receiver HOST
    Server astm.processing T
    Server astm.version 1394-97
    Server astm.role instrument
    Server astm.instrument GX-44^A1^805533
    Server astm.aborted: unknown system error (E)
    patient data: name result order
    ");
    batter::<Astm>(&bare());
}

#[test]
fn a_record_goes_on_over_frames_and_repeats() {
    assert_snapshot!(check::<Astm>(&in_pieces()), @r"
    Server astm.refused: frame refused (NAK)
    Client astm.sender Beckman-Coulter DxI
    Client astm.serial 602233
    Client astm.version 1
    Client astm.role instrument
    patient data: result
    ");
    batter::<Astm>(&in_pieces());
}

#[test]
fn makers_order_the_sender_in_their_own_ways() {
    let header = |sender: &str| client(format!("H|\\^&|||{sender}\rL|1|N\r"));
    let told = check::<Astm>(&[
        header("ARCHITECT^8.10^F3453610050^H1P1O1R1C1Q1L1M1"),
        header("ACCESS^500001"),
        header("OCD^VISION^5.13.1"),
        header("HSX00^V1.0"),
        header("BC-6800^BS-200"),
        header("cobas 6000^1"),
        header("cobas c 311^1.0^SN20134455^04.02.01"),
    ]);
    assert_snapshot!(told, @r"
    Client astm.sender ARCHITECT
    Client astm.serial F3453610050
    Client astm.software 8.10
    Client astm.sender ACCESS
    Client astm.serial 500001
    Client astm.sender OCD
    Client astm.model VISION
    Client astm.software 5.13.1
    Client astm.sender HSX00
    Client astm.software V1.0
    Client astm.sender BC-6800
    Client astm.model BS-200
    Client astm.sender cobas 6000
    Client astm.sender cobas c 311
    Client astm.serial SN20134455
    Client astm.software 04.02.01
    ");
}

#[test]
fn control_material_is_no_patient() {
    let told = check::<Astm>(&[
        client("H|\\^&|||A||||||||1\rO|1|QC-1||^^^WBC|||||||Q\rR|1|^^^WBC|5\rL|1|N\r"),
        client("H|\\^&|||A|||||||Q|1\rR|1|^^^WBC|5\rL|1|N\r"),
    ]);
    assert_snapshot!(told, @r"
    Client astm.sender A
    Client astm.version 1
    Client astm.role instrument
    Client astm.sender A
    Client astm.processing Q
    Client astm.version 1
    Client astm.role instrument
    ");
}

#[test]
fn what_is_wrong_costs_one_message() {
    let mut wrong_sum = frame(1, "H|\\^&|||BAD^1.0\r", 3);
    let at = wrong_sum.len() - 4;
    wrong_sum[at] = b'0';
    wrong_sum[at + 1] = b'0';
    let told = check::<Astm>(&[
        client([&[5][..], &wrong_sum].concat()),
        client(frame(5, "P|1\r", 3)),
        client(*b"\x021H|\\^&|||CUT\x05"),
        server(*b"\x15\x15\x15"),
        client(*b"\x02H|\\^&|||NO NUMBER||||||||1\r\x03\x02\x02L|1|N\r\x03\r\n"),
        client("H|||||\rH|a^&|||DOE\rX|DOE\rPDOE|\rH|\\^&|||GOOD||||||DOE, JANE\rL|1|R\r"),
        client(format!("H|\\^&|||LONG^{}||||||||{}\r", "1".repeat(5000), "|".repeat(600))),
    ]);
    assert_snapshot!(told, @r"
    Client astm.sender BAD
    Client astm.software 1.0
    Server astm.refused: not ready (NAK to ENQ)
    Client astm.sender NO NUMBER
    Client astm.version 1
    Client astm.sender GOOD
    Client astm.aborted: receiver requested abort (R)
    Client astm.sender LONG
    malformed: 8
    limits: 1
    ");
}

#[test]
fn finds_its_place_after_a_loss() {
    let told = check::<Astm>(&[
        client(frame(1, "H|\\^&|||XN-10^00-18\r", 3)),
        Piece::Gap(Side::Client, 44),
        client("OE^JANE|19440229\r\x03"),
        client(*b"77\r\n"),
        client(frame(4, "R|1|^^^WBC|4.7\r", 3)),
        client("H|\\^&|||NEXT\rO|1|S-1\r"),
        Piece::Gap(Side::Client, 44),
        client("\rL|1|N\r"),
    ]);
    assert_snapshot!(told, @r"
    Client astm.sender XN-10
    Client astm.software 00-18
    Client astm.role instrument
    Client astm.sender NEXT
    patient data: result order
    ");
}

#[test]
fn a_patient_s_fields_are_no_sender_s() {
    let patient = "P|1||MRN4711||DOE^JANE|DOE|19440229|F||12 ELM STREET||5550199";
    for text in [
        // The end of a record was lost, or its letter with it.
        format!("H|\\^&|||XN-10{patient}\r"),
        format!("H|\\^&|||{patient}\r"),
        format!("H|\\^&|{patient}\r"),
        format!("H|\\^&|||XN-10|{patient}\r"),
        format!("H|\\^&|||XN-10\u{b}{patient}\r").replace('\u{b}', "\u{1}"),
        format!("H|\\^&|||XN-10{}\r", &patient[1..]),
        format!("H|\\^&|||XN-10|||||||||20250310{patient}\r"),
        // A separator too many.
        "H|\\^&||c2VjcmV0||XN-10^1||||LIS||P|1|2025\r".replace("&||", "&|||"),
        // Results that run into what follows, and one whose letter was a patient's.
        "R|1|^^^WBC|4.7|g/L||N||FP|1||4711||JANE\r".into(),
        "R|1|^^^WBC|4.7|1||MRN4711||DOE^JANE|||5550199|JANE\r".into(),
        "R|1|^^^WBC|4.7|g/L||N||F||||5550199|JANE\r".into(),
    ] {
        let told =
            check::<Astm>(&[client("H|\\^&|||FIRST\rL|1|N\r"), client(text.clone()), client("L|1|N\r")]);
        let lines =
            told.lines().filter(|line| !line.starts_with("patient") && !line.starts_with("malformed"));
        let others = lines.filter(|line| !line.contains("FIRST") && !line.contains("astm.role"));
        assert_eq!(others.collect::<Vec<_>>(), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn a_record_whose_frame_was_lost_is_not_put_together() {
    let told = check::<Astm>(&[
        client(frame(1, r"H|\^&|||Beckman", 0x17)),
        client(frame(3, "|MRN4711||DOE^JANE||JANE\rR|1|^^^TSH|2.2\r", 3)),
    ]);
    assert_snapshot!(told, @r"
    Client astm.role instrument
    patient data: result
    malformed: 1
    ");
}

#[test]
fn probes_know_frames_and_headers() {
    for (head, expected) in [
        (&b"\x05"[..], Probe::Unsure),
        (b"\x06", Probe::Unsure),
        (b"\x05\x02", Probe::Unsure),
        (b"\x05\x021H|\\", Probe::Unsure),
        (b"\x05\x021H|\\^&|||XN-10", Probe::Unsided),
        (b"\x021H|\\^&\r\x03", Probe::Unsided),
        (b"\x06\x06\x05\x021H|@^\\|\r", Probe::Unsided),
        (b"\x06\x06\x05\x021H|@^!|", Probe::Unsided),
        (b"\x024R|1|^^^WBC|4.7", Probe::Unsided),
        (b"\x024R|x", Probe::No),
        (b"\x024RESULT", Probe::No),
        (b"H|\\^&|||ACCESS^5", Probe::Unsided),
        (b"\x0bH|\\^&|||ACCESS^5", Probe::Unsided),
        (b"\x02H|\\^&|||ACCESS^5", Probe::Unsided),
        (b"H", Probe::Unsure),
        (b"HTTP/1.1 200 OK", Probe::No),
        (b"H|^^&|", Probe::No),
        (b"MSH|^~\\&|", Probe::No),
        // SOCKS greets so.
        (b"\x05\x01\x00", Probe::No),
        (&[6; 64], Probe::No),
        (b"", Probe::Unsure),
    ] {
        assert_eq!(Astm::probe(head, 5000), expected, "{}", head.escape_ascii());
    }
}

#[test]
fn the_state_stays_small() {
    assert!(size_of::<Astm>() <= 960, "{}", size_of::<Astm>());
}

proptest! {
    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
        any_split::<Astm>(&host_query(), &sizes);
    }

    #[test]
    fn any_bytes_are_safe(
        words in prop::collection::vec(prop::sample::select(vec![
            "H|\\^&|", "H", "P|1||", "\x05", "\x06", "\x15", "\x02", "\x021", "\x022", "\x03", "\x17", "\x04", "A5", "\r",
            "\r\n", "|", "|||||", "^", "XN^1.0^12345", "Q|1|^S||||||||||O", "R|1|x|5||||||||||I^1", "L|1|E", "O|1|x",
        ]), 0..60),
        sizes in prop::collection::vec(1usize..40, 1..8),
        from_server in any::<bool>(),
    ) {
        let bytes = words.concat();
        any_split::<Astm>(&[if from_server { server(bytes) } else { client(bytes) }], &sizes);
    }
}
