use super::Poct1a;
use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
use crate::dissect::{Probe, Side, StreamDissector};
use insta::assert_snapshot;
use proptest::prelude::*;

fn message(root: &str, control: u32, body: &str) -> String {
    format!(
        "<{root}><HDR><HDR.control_id V=\"{control}\"/><HDR.version_id V=\"POCT1\"/>\
         <HDR.creation_dttm V=\"2025-03-10T12:00:00+01:00\"/></HDR>{body}</{root}>"
    )
}

fn hello(device: &str, vendor: &str, model: &str, serial: &str) -> String {
    let body = format!(
        "<DEV><DEV.device_id V=\"{device}\"/><DEV.vendor_id V=\"{vendor}\"/><DEV.model_id V=\"{model}\"/>\
         <DEV.serial_id V=\"{serial}\"/><DEV.manufacturer_name V='Abbott &amp; Co'/><DEV.hw_version V=\"A3\"/>\
         <DEV.sw_version V=\"JAMS149\"/><DEV.device_name V=\"ED meter\"/>\
         <DCP><DCP.application_timeout V=\"60\"/></DCP>\
         <DSC><DSC.connection_profile_cd V=\"CS\"/><DSC.max_message_sz V=\"4096\"/></DSC></DEV>"
    );
    message("HEL.R01", 1, &body)
}

fn acknowledge(kind: &str, more: &str) -> String {
    message(
        "ACK.R01",
        9,
        &format!("<ACK><ACK.type_cd V=\"{kind}\"/><ACK.ack_control_id V=\"1\"/>{more}</ACK>"),
    )
}

const PATIENT: &str = "<PT><PT.patient_id V=\"MRN4711\"/><PT.location V=\"ICU\"/><PT.name V=\"DOE, JANE\">\
    <GIV V=\"JANE\"/></PT.name><PT.birth_date V=\"19440229\"/><PT.gender_cd V=\"F\"/>";

/// A glucose meter greets, is greeted back, is sent lists, and reports.
fn meter() -> Vec<Piece> {
    let observation = format!(
        "<SVC><SVC.role_cd V=\"OBS\"/>{PATIENT}<OBS><OBS.observation_id V=\"2339-0\" SN=\"LN\"/>\
         <OBS.value V=\"112\" U=\"mg/dL\"/><OBS.method_cd V=\"M\"/></OBS></PT>\
         <OPR><OPR.operator_id V=\"5550199\"/></OPR><ORD><ORD.order_id V=\"77\"/></ORD>\
         <NTE><NTE.text V=\"DOE was late\"/></NTE></SVC>"
    );
    vec![
        client(hello("00-80-25-FF-FE-00-47-11", "ABT", "Precision", "SN-77001")),
        server(acknowledge("AA", "")),
        client(message("DST.R01", 2, "<DST><DST.condition_cd V=\"R\"/></DST>")),
        server(acknowledge("AA", "")),
        server(message(
            "OPL.R01",
            8,
            "<OPR><OPR.operator_id V=\"5550199\"/><OPR.name V=\"DOE\"/><ACC><ACC.password ENC=\"B64\">c2VjcmV0</ACC.password></ACC></OPR>",
        )),
        client(acknowledge("AE", "<ACK.note_txt V=\"DOE, JANE\"/><ACK.error_detail_cd V=\"DOE JANE\"/>")),
        server(format!("\u{b}{}\u{1c}\r", message("REQ.R01", 3, "<REQ><REQ.request_cd V=\"ROBS\"/></REQ>"))),
        client(format!(
            "\u{b}\u{feff}<?xml version=\"1.0\"?>\n{}\u{1c}\r",
            message("OBS.R01", 4, &observation)
        )),
        server(acknowledge("AE", "<ACK.error_detail_cd V=\"E_17\"/>")),
        server(message("DTV.R01", 5, "<DTV><DTV.command_cd V=\"START_CONTINUOUS\"/></DTV>")),
        client(message("ESC.R01", 6, "<ESC><ESC.esc_control_id V=\"5\"/><ESC.detail_cd V=\"CNF\"/></ESC>")),
        client(message("END.R01", 7, "<TRM><TRM.reason_cd V=\"NRM\"/></TRM>")),
    ]
}

/// A base station that speaks for the meters docked in it.
fn station() -> Vec<Piece> {
    let control =
        "<SVC><SVC.role_cd V=\"LQC\"/><CTC><CTC.name V=\"L1\"/><OBS><OBS.value V=\"5\"/></OBS></CTC></SVC>";
    vec![
        client(hello("00-80-25-FF-FE-00-00-01", "ABT", "Station", "BASE-1")),
        client(hello("00-80-25-FF-FE-00-00-02", "ABT", "Precision", "SN-2")),
        client(hello("00-80-25-FF-FE-00-00-03", "ABT", "Precision", "SN-3")),
        client(hello("00-80-25-FF-FE-00-00-01", "ABT", "Station", "BASE-1")),
        client(message("HEL.R01", 1, "<DEV><DEV.model_id V=\"whose\"/><DEV.serial_id V=\"SN-4\"/></DEV>")),
        client(message("OBS.R02", 2, control)),
    ]
}

/// Conversations the fuzz corpus begins with.
pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    vec![meter(), station()]
}

#[test]
fn a_meter_says_who_it_is_and_reports() {
    assert_snapshot!(check::<Poct1a>(&meter()), @r"
    Client poct1a.role device
    Client poct1a.device_id 00-80-25-FF-FE-00-47-11
    Client poct1a.vendor ABT
    Client poct1a.model Precision
    Client poct1a.serial SN-77001
    Client poct1a.manufacturer Abbott & Co
    Client poct1a.hardware A3
    Client poct1a.software JAMS149
    Client poct1a.name ED meter
    Client poct1a.profile CS
    Server poct1a.role manager
    Server poct1a.clear_credentials: operator password in a list of operators
    Client poct1a.refused: message not accepted
    Server poct1a.request ROBS
    Server poct1a.refused: message not accepted (E_17)
    Server poct1a.directive START_CONTINUOUS
    Client poct1a.refused: request not carried out (CNF)
    patient data: name identifier birth_date result order
    ");
    batter::<Poct1a>(&meter());
}

#[test]
fn what_is_no_code_and_may_be_a_name_is_not_told() {
    let told = check::<Poct1a>(&[
        client(message(
            "HEL.R01",
            1,
            "<DEV><DEV.device_id V=\"D1\">ICU^DOE, JANE</DEV.device_id><DEV.device_name V=\"Meter of Mr DOE\"/></DEV>",
        )),
        server(message("REQ.R01", 2, "<REQ><REQ.request_cd V=\"JANE DOE\"/></REQ>")),
        server(message("DTV.R01", 3, "<DTV><DTV.command_cd V=\"19440229\"/></DTV>")),
        client(message("ESC.R01", 4, "<ESC><ESC.detail_cd V=\"19440229\"/></ESC>")),
        client("<HEL.R01><DEV><DEV.model_id V=\"x/><PT.name V=\"JANE\"/></DEV></HEL.R01>"),
    ]);
    assert_snapshot!(told, @r"
    Client poct1a.role device
    Client poct1a.device_id D1
    Server poct1a.role manager
    Client poct1a.refused: request not carried out
    malformed: 1
    ");
}

#[test]
fn a_station_speaks_for_the_meters_in_it() {
    assert_snapshot!(check::<Poct1a>(&station()), @r"
    Client poct1a.role device
    Client poct1a.device_id 00-80-25-FF-FE-00-00-01
    Client poct1a.vendor ABT
    Client poct1a.model Station
    Client poct1a.serial BASE-1
    Client poct1a.manufacturer Abbott & Co
    Client poct1a.hardware A3
    Client poct1a.software JAMS149
    Client poct1a.name ED meter
    Client poct1a.profile CS
    Client for [00-80-25-FF-FE-00-00-02] poct1a.device_id 00-80-25-FF-FE-00-00-02
    Client for [00-80-25-FF-FE-00-00-02] poct1a.vendor ABT
    Client for [00-80-25-FF-FE-00-00-02] poct1a.model Precision
    Client for [00-80-25-FF-FE-00-00-02] poct1a.serial SN-2
    Client for [00-80-25-FF-FE-00-00-02] poct1a.manufacturer Abbott & Co
    Client for [00-80-25-FF-FE-00-00-02] poct1a.hardware A3
    Client for [00-80-25-FF-FE-00-00-02] poct1a.software JAMS149
    Client for [00-80-25-FF-FE-00-00-02] poct1a.name ED meter
    Client for [00-80-25-FF-FE-00-00-02] poct1a.profile CS
    Client for [00-80-25-FF-FE-00-00-03] poct1a.device_id 00-80-25-FF-FE-00-00-03
    Client for [00-80-25-FF-FE-00-00-03] poct1a.vendor ABT
    Client for [00-80-25-FF-FE-00-00-03] poct1a.model Precision
    Client for [00-80-25-FF-FE-00-00-03] poct1a.serial SN-3
    Client for [00-80-25-FF-FE-00-00-03] poct1a.manufacturer Abbott & Co
    Client for [00-80-25-FF-FE-00-00-03] poct1a.hardware A3
    Client for [00-80-25-FF-FE-00-00-03] poct1a.software JAMS149
    Client for [00-80-25-FF-FE-00-00-03] poct1a.name ED meter
    Client for [00-80-25-FF-FE-00-00-03] poct1a.profile CS
    Client poct1a.device_id 00-80-25-FF-FE-00-00-01
    Client poct1a.vendor ABT
    Client poct1a.model Station
    Client poct1a.serial BASE-1
    Client poct1a.manufacturer Abbott & Co
    Client poct1a.hardware A3
    Client poct1a.software JAMS149
    Client poct1a.name ED meter
    Client poct1a.profile CS
    Client for [SN-4] poct1a.serial SN-4
    limits: 1
    ");
    batter::<Poct1a>(&station());
}

/// As makers differ: a ward in an element's text, control material among patients' observations, a device that
/// asks for a patient, directives of a maker's own.
#[test]
fn makers_differ() {
    let told = check::<Poct1a>(&[
        client(message(
            "HEL.R01",
            1,
            "<DEV><DEV.device_id V=\"\">MGH^ICU</DEV.device_id><DEV.model_id V=\"StatStrip\"/>\
             <DEV.serial_id V=\"0600100736\"/><DEV.sw_version V=\"3.10.8.0\">3.10.8.0_it-IT</DEV.sw_version></DEV>",
        )),
        server(message("DTV.SIEM.DVCMD", 2, "<DTV><DTV.command_cd V=\"LOCK\" SN=\"SIEM\"/></DTV>")),
        client(message(
            "REQ.R01",
            3,
            "<REQ><REQ.request_cd V=\"RPAT\"/><PT><PT.patient_id V=\"MRN4711\"/></PT></REQ>",
        )),
        client(message("OBS.R01", 4, "<SVC><CTC><OBS><OBS.value V=\"5\"/></OBS></CTC></SVC>")),
        server(message("ACK.R01", 5, "<ACK><ACK.type_id V=\"AA\"/></ACK>")),
    ]);
    assert_snapshot!(told, @r"
    Client poct1a.role device
    Client poct1a.location MGH^ICU
    Client poct1a.model StatStrip
    Client poct1a.serial 0600100736
    Client poct1a.software 3.10.8.0
    Server poct1a.role manager
    Server poct1a.directive LOCK
    Client poct1a.request RPAT
    patient data: identifier
    ");
}

#[test]
fn what_is_wrong_costs_one_message() {
    let told = check::<Poct1a>(&[
        client("HTTP/1.1 400 Bad DOE <b>JANE</b><DTV.<<<<<<HEL.R0 <HE"),
        client(hello("D-1", "", "First", "")),
        client("<OBS.R01><PT><PT.name V=DOE></PT></OBS.R01>"),
        client(hello("D-1", "", "Second", "")),
        client("\u{1b}\0\n<html><PT.name V='DOE'/></html><NOVA.LOC><LOC.facility V=\"x\"/></NOVA.LOC>"),
        client("<KPA.R01/><KPA.R01/>"),
        client(message("ACK.R01", 1, &format!("<ACK><ACK.type_cd V=\"{}\"/></ACK>", "E".repeat(3000)))),
        client(format!("<HEL.R01>{}", "<DEV>".repeat(200))),
    ]);
    assert_snapshot!(told, @r"
    Client poct1a.role device
    Client poct1a.device_id D-1
    Client poct1a.model First
    Client poct1a.manufacturer Abbott & Co
    Client poct1a.hardware A3
    Client poct1a.software JAMS149
    Client poct1a.name ED meter
    Client poct1a.profile CS
    Client poct1a.device_id D-1
    Client poct1a.model Second
    Client poct1a.manufacturer Abbott & Co
    Client poct1a.hardware A3
    Client poct1a.software JAMS149
    Client poct1a.name ED meter
    Client poct1a.profile CS
    Client poct1a.refused: message not accepted
    malformed: 3
    limits: 1
    ");
}

#[test]
fn finds_its_place_after_a_loss() {
    let told = check::<Poct1a>(&[
        client(&hello("D-1", "", "First", "")[..90]),
        Piece::Gap(Side::Client, 300),
        client("V=\"DOE\"/></DEV></HEL.R01>"),
        client(message("OBS.R01", 2, "<PT><OBS><OBS.value V=\"5\"/></OBS></PT>")),
    ]);
    assert_snapshot!(told, @r"
    Client poct1a.role device
    patient data: result
    ");
}

#[test]
fn probes_know_who_sends_what() {
    for (head, expected) in [
        (&b"<HEL.R01><HDR>"[..], Probe::Certain(Side::Client)),
        (b"\x0b<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<OBS.R02 x='1'>", Probe::Certain(Side::Client)),
        (b"<!DOCTYPE HEL.R01 SYSTEM \"HEL.R01.dtd\"><HEL.R01>", Probe::Certain(Side::Client)),
        (b"<DTV.R02>", Probe::Certain(Side::Server)),
        (b"<DTV.SIEM.DVCMD>", Probe::Certain(Side::Server)),
        (b"<REQ.R01>", Probe::Unsided),
        (b"\xef\xbb\xbf<ACK.R01>", Probe::Unsided),
        (b"<KPA.R01", Probe::Unsided),
        (b"<HEL.R", Probe::Unsure),
        (b"<", Probe::Unsure),
        (b"", Probe::Unsure),
        (b"<?xml version=\"1.0\"?>", Probe::Unsure),
        (b"<?xml version=\"1.0\"?><s:Envelope>", Probe::No),
        (b"<html>", Probe::No),
        (b"<HEL.R011>", Probe::No),
        (b"HEL.R01", Probe::No),
    ] {
        assert_eq!(Poct1a::probe(head, 9001), expected, "{}", head.escape_ascii());
    }
    assert_eq!(Poct1a::probe(&[b'\n'; 600], 9001), Probe::No);
}

#[test]
fn the_state_stays_small() {
    assert!(size_of::<Poct1a>() <= 1_536, "{}", size_of::<Poct1a>());
}

proptest! {
    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
        any_split::<Poct1a>(&meter(), &sizes);
    }

    #[test]
    fn any_bytes_are_safe(
        words in prop::collection::vec(prop::sample::select(vec![
            "<HEL.R01>", "</HEL.R01>", "<DEV>", "</DEV>", "<DEV.device_id V=\"D1\"/>", "<DEV.serial_id V=\"S\"/>", "<",
            "<ACK.R01>", "<ACK.type_cd V='AE'/>", "</ACK.R01>", "\x0b", "\x1c\r", "<?xml?>", "<!--", "-->", "x", "<PT.name V=\"",
            "\"/>", "<ESC.R01/>", "</", ">", "<OBS.R0",
        ]), 0..60),
        sizes in prop::collection::vec(1usize..40, 1..8),
    ) {
        any_split::<Poct1a>(&[client(words.concat())], &sizes);
    }
}
