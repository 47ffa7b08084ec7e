//! Messages: commands, answers, what an association was for.

use super::super::Dicom;
use super::build::*;
use crate::dissect::testing::{Piece, batter, check, client, server};
use insta::assert_snapshot;

const STUDY_FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
const STUDY_MOVE: &str = "1.2.840.10008.5.1.4.1.2.2.2";
const STUDY_GET: &str = "1.2.840.10008.5.1.4.1.2.2.3";
const WORKLIST: &str = "1.2.840.10008.5.1.4.31";
const COMMITMENT: &str = "1.2.840.10008.1.20.1";
const STEP: &str = "1.2.840.10008.3.1.2.3.3";

/// An association on one class, its messages, its release.
fn association(class: &str, syntax: &str, messages: Vec<Piece>) -> Vec<Piece> {
    let mut pieces = vec![
        client(associate(1, &[proposal(1, class, &[syntax])], &[])),
        server(associate(2, &[answer(1, 0, syntax)], &[])),
    ];
    pieces.extend(messages);
    pieces.extend([client(pdu(5, &[0; 4])), server(pdu(6, &[0; 4]))]);
    pieces
}

/// What is told of the messages of an association.
fn told(class: &str, syntax: &str, messages: Vec<Piece>) -> String {
    let told = check::<Dicom>(&association(class, syntax, messages));
    told.lines().skip(5).collect::<Vec<_>>().join("\n")
}

fn asked(class: &str, field: u16, more: &[(u32, Vec<u8>)], set: &[u8]) -> Piece {
    client(sent(1, &message(class, field, more), set))
}

fn answered(class: &str, field: u16, outcome: u16, set: &[u8]) -> Piece {
    server(sent(1, &status(class, field, outcome), set))
}

fn keys(name: &[u8], level: &[u8]) -> Vec<u8> {
    [
        implicit(0x0008_0005, b"ISO_IR 100"),
        implicit(0x0008_0052, level),
        implicit(0x0010_0010, name),
        implicit(0x0010_0020, b""),
        implicit(0x0020_000d, b""),
    ]
    .concat()
}

fn entry() -> Vec<u8> {
    [implicit(0x0010_0010, b"DOE^JANE"), implicit(0x0010_0020, b"MRN4711 ")].concat()
}

pub(crate) fn query() -> Vec<Piece> {
    let mut messages = Vec::new();
    for name in [&b"DOE*"[..], b"", b"* "] {
        messages.push(asked(STUDY_FIND, 0x0020, &[], &keys(name, b"STUDY ")));
        messages.push(answered(STUDY_FIND, 0x8020, 0xff00, &entry()));
        messages.push(answered(STUDY_FIND, 0x8020, 0xff01, &entry()));
        messages.push(answered(STUDY_FIND, 0x8020, 0, &[]));
    }
    messages.push(asked("", 0x0fff, &[], &[]));
    association(STUDY_FIND, IMPLICIT, messages)
}

#[test]
fn queries_are_summed_up_without_their_keys() {
    assert_snapshot!(check::<Dicom>(&query()), @r"
    Client dicom.calling_ae CT99
    Server dicom.called_ae ARCHIVE
    Server dicom.transfer_syntax 1.2.840.10008.1.2
    Client dicom.scu 1.2.840.10008.5.1.4.1.2.2.1
    Server dicom.scp 1.2.840.10008.5.1.4.1.2.2.1
    Client dicom.invokes C-FIND 1.2.840.10008.5.1.4.1.2.2.1
    Server dicom.performs C-FIND 1.2.840.10008.5.1.4.1.2.2.1
    Client dicom.invokes C-CANCEL
    Client dicom.broad_query: 3 C-FIND of Study Root at study level, answers: 6, without a restricting key: 2
    Client dicom.query: 3 C-FIND of Study Root at study level, answers: 6, without a restricting key: 2
    patient data: name identifier
    ");
    batter::<Dicom>(&query());
}

#[test]
fn keys_restrict_wherever_they_stand() {
    let asks = |syntax, set: &[u8]| {
        let told = told(WORKLIST, syntax, vec![asked(WORKLIST, 0x0020, &[], set)]);
        told.lines().skip(1).collect::<Vec<_>>().join("\n")
    };
    let step = |date: &[u8]| {
        let inner = [implicit(0x0008_0060, b""), implicit(0x0040_0001, b"*"), implicit(0x0040_0002, date)];
        [implicit(0x0010_0010, b""), implicit(0x0040_0100, &implicit(0xfffe_e000, &inner.concat()))].concat()
    };
    assert_snapshot!(asks(IMPLICIT, &step(b"20250101")), @"Client dicom.query: 1 C-FIND of Modality Worklist, answers: 0");
    assert_snapshot!(asks(IMPLICIT, &step(b"")), @r"
    Client dicom.broad_query: 1 C-FIND of Modality Worklist, answers: 0, without a restricting key: 1
    Client dicom.query: 1 C-FIND of Modality Worklist, answers: 0, without a restricting key: 1
    ");
    let explicit_step = |modality: &[u8]| {
        [
            explicit(0x0008_0005, b"CS", b"ISO_IR 100"),
            open_sequence(0x0040_0100, &explicit(0x0008_0060, b"CS", modality)),
        ]
        .concat()
    };
    assert_snapshot!(asks(EXPLICIT, &explicit_step(b"CT")), @"Client dicom.query: 1 C-FIND of Modality Worklist, answers: 0");
    assert_snapshot!(asks(EXPLICIT, &explicit_step(b"")), @r"
    Client dicom.broad_query: 1 C-FIND of Modality Worklist, answers: 0, without a restricting key: 1
    Client dicom.query: 1 C-FIND of Modality Worklist, answers: 0, without a restricting key: 1
    ");
    let big =
        [explicit_big(0x0008_0052, b"CS", b"STUDY "), explicit_big(0x0010_0020, b"LO", b"MRN4711 ")].concat();
    assert_snapshot!(asks(BIG, &big), @r"
    Client dicom.query: 1 C-FIND of Modality Worklist at study level, answers: 0
    patient data: identifier
    ");
    // What breaks off is no query without keys.
    assert_snapshot!(asks(IMPLICIT, &step(b"20250101")[..20]), @r"
    Client dicom.query: 1 C-FIND of Modality Worklist, answers: 0
    malformed: 1
    ");
}

pub(crate) fn worklist() -> Vec<Piece> {
    let station = |title: &[u8], modality: &[u8]| {
        [
            explicit(0x0008_0060, b"CS", modality),
            explicit(0x0040_0001, b"AE", title),
            explicit(0x0040_0006, b"PN", b"DOE "),
            explicit(0x0040_0010, b"SH", b"CT-ROOM "),
        ]
        .concat()
    };
    let closed = explicit(0x0040_0100, b"SQ", &implicit(0xfffe_e000, &station(b"CT1\\CT2 ", b"CT")));
    let open = open_sequence(0x0040_0100, &station(b"MR1 ", b"MR"));
    let nobody = explicit(0x0040_0100, b"SQ", &implicit(0xfffe_e000, &station(b"", b"US")));
    let mut messages = vec![asked(WORKLIST, 0x0020, &[], &explicit(0x0010_0010, b"PN", b""))];
    for step in [closed, open, nobody] {
        let set =
            [explicit(0x0010_0010, b"PN", b"DOE^JANE"), step, explicit(0x0040_1001, b"SH", b"RP-1")].concat();
        messages.push(answered("", 0x8020, 0xff00, &set));
    }
    messages.push(answered("", 0x8020, 0, &[]));
    association(WORKLIST, EXPLICIT, messages)
}

#[test]
fn a_worklist_names_the_stations_it_is_for() {
    assert_snapshot!(check::<Dicom>(&worklist()), @r"
    Client dicom.calling_ae CT99
    Server dicom.called_ae ARCHIVE
    Server dicom.transfer_syntax 1.2.840.10008.1.2.1
    Client dicom.scu 1.2.840.10008.5.1.4.31
    Server dicom.scp 1.2.840.10008.5.1.4.31
    Client dicom.invokes C-FIND 1.2.840.10008.5.1.4.31
    Server dicom.performs C-FIND 1.2.840.10008.5.1.4.31
    Server for [CT1] dicom.scheduled_ae CT1
    Server for [CT1] dicom.scheduled_modality CT
    Server for [CT1] dicom.scheduled_station CT-ROOM
    Server for [MR1] dicom.scheduled_ae MR1
    Server for [MR1] dicom.scheduled_modality MR
    Server for [MR1] dicom.scheduled_station CT-ROOM
    Client dicom.broad_query: 1 C-FIND of Modality Worklist, answers: 3, without a restricting key: 1
    Client dicom.query: 1 C-FIND of Modality Worklist, answers: 3, without a restricting key: 1
    patient data: name order
    ");
    batter::<Dicom>(&worklist());
}

pub(crate) fn retrieval() -> Vec<Piece> {
    let to = |title: &[u8]| vec![(0x0000_0600, title.to_vec())];
    let outcome = [(0x0000_0900, vec![0, 0xb0]), (0x0000_1021, vec![7, 0]), (0x0000_1022, vec![3, 0])];
    let messages = vec![
        asked(STUDY_MOVE, 0x0021, &to(b"WS1 "), &keys(b"", b"SERIES")),
        answered(STUDY_MOVE, 0x8021, 0xff00, &[]),
        server(sent(1, &message(STUDY_MOVE, 0x8021, &outcome), &[])),
        asked(STUDY_MOVE, 0x0021, &to(b"NOWHERE "), &keys(b"", b"SERIES")),
        answered(STUDY_MOVE, 0x8021, 0xa801, &[]),
        asked(STUDY_MOVE, 0x0021, &to(b"NOWHERE "), &keys(b"", b"SERIES")),
        answered(STUDY_MOVE, 0x8021, 0xa801, &[]),
    ];
    association(STUDY_MOVE, IMPLICIT, messages)
}

#[test]
fn retrievals_tell_where_to_and_what_failed() {
    assert_snapshot!(check::<Dicom>(&retrieval()), @r"
    Client dicom.calling_ae CT99
    Server dicom.called_ae ARCHIVE
    Server dicom.transfer_syntax 1.2.840.10008.1.2
    Client dicom.scu 1.2.840.10008.5.1.4.1.2.2.2
    Server dicom.scp 1.2.840.10008.5.1.4.1.2.2.2
    Client dicom.invokes C-MOVE 1.2.840.10008.5.1.4.1.2.2.2
    Client dicom.move_destination WS1
    Server dicom.performs C-MOVE 1.2.840.10008.5.1.4.1.2.2.2
    Client dicom.move_destination NOWHERE
    Client dicom.retrieve: 3 C-MOVE of Study Root, to several destinations, objects not sent: 3
    Server dicom.operations_failed: 2 C-MOVE A801 move destination unknown
    ");
    batter::<Dicom>(&retrieval());
    // C-GET: the acceptor sends what it was asked for, and the requestor stores it.
    let got = vec![
        asked(STUDY_GET, 0x0010, &[], &keys(b"", b"STUDY ")),
        server(sent(1, &command(1, false), &entry())),
        client(sent(1, &status(CT_IMAGE, 0x8001, 0), &[])),
        answered(STUDY_GET, 0x8010, 0, &[]),
    ];
    assert_snapshot!(told(STUDY_GET, IMPLICIT, got), @r"
    Client dicom.invokes C-GET 1.2.840.10008.5.1.4.1.2.2.3
    Server dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    Server dicom.performs C-GET 1.2.840.10008.5.1.4.1.2.2.3
    Client dicom.retrieve: 1 C-GET of Study Root
    patient data: name identifier
    ");
}

pub(crate) fn commitment() -> Vec<Piece> {
    let asks = implicit(0x0008_1195, b"1.2.3.4 ");
    let report = message(COMMITMENT, 0x0100, &[(0x0000_1002, vec![1, 0])]);
    association(
        COMMITMENT,
        IMPLICIT,
        vec![
            asked(COMMITMENT, 0x0130, &[(0x0000_1008, vec![1, 0])], &asks),
            answered(COMMITMENT, 0x8130, 0, &[]),
            server(sent(1, &report, &asks)),
            client(sent(1, &status(COMMITMENT, 0x8100, 0), &[])),
        ],
    )
}

#[test]
fn commitment_is_asked_for_and_reported() {
    assert_snapshot!(check::<Dicom>(&commitment()), @r"
    Client dicom.calling_ae CT99
    Server dicom.called_ae ARCHIVE
    Server dicom.transfer_syntax 1.2.840.10008.1.2
    Client dicom.scu 1.2.840.10008.1.20.1
    Server dicom.scp 1.2.840.10008.1.20.1
    Client dicom.invokes N-ACTION 1.2.840.10008.1.20.1
    Server dicom.performs N-ACTION 1.2.840.10008.1.20.1
    Server dicom.invokes N-EVENT-REPORT 1.2.840.10008.1.20.1
    Client dicom.performs N-EVENT-REPORT 1.2.840.10008.1.20.1
    ");
    batter::<Dicom>(&commitment());
    // On an association of the provider's own, whose negotiation was missed: the provider reports, and of some
    // objects no good news.
    let report = message(COMMITMENT, 0x0100, &[(0x0000_1002, vec![2, 0])]);
    let reported = [client(sent(1, &report, &[])), server(sent(1, &status(COMMITMENT, 0x8100, 0), &[]))];
    assert_snapshot!(check::<Dicom>(&reported), @r"
    Client dicom.invokes N-EVENT-REPORT 1.2.840.10008.1.20.1
    Client dicom.scp 1.2.840.10008.1.20.1
    Server dicom.performs N-EVENT-REPORT 1.2.840.10008.1.20.1
    Server dicom.scu 1.2.840.10008.1.20.1
    Client dicom.operations_failed: 1 N-EVENT-REPORT 0002 storage not committed for some objects
    ");
}

#[test]
fn a_performed_step_tells_of_its_station() {
    let step = [
        implicit(0x0008_0060, b"CT"),
        implicit(0x0010_0010, b"DOE^JANE"),
        implicit(0x0040_0241, b"CT1 "),
        implicit(0x0040_0242, b"CT-ROOM "),
        implicit(0x0040_0243, b"LUNG NODULE "),
        implicit(0x0040_0270, &implicit(0xfffe_e000, &implicit(0x0008_0050, b"MRN4711 "))),
    ];
    let messages = vec![
        asked(STEP, 0x0140, &[], &step.concat()),
        answered(STEP, 0x8140, 0, &[]),
        asked(STEP, 0x0120, &[], &implicit(0x0040_0252, b"COMPLETED ")),
        answered(STEP, 0x8120, 0x0110, &[]),
    ];
    assert_snapshot!(told(STEP, IMPLICIT, messages), @r"
    Client dicom.invokes N-CREATE 1.2.840.10008.3.1.2.3.3
    Client dicom.modality CT
    Client dicom.station_ae CT1
    Client dicom.station CT-ROOM
    Server dicom.performs N-CREATE 1.2.840.10008.3.1.2.3.3
    Client dicom.invokes N-SET 1.2.840.10008.3.1.2.3.3
    Server dicom.operations_failed: 1 N-SET 0110 processing failure
    patient data: name order
    ");
}

#[test]
fn every_operation_is_told_once_in_a_row() {
    let operations =
        [0x0001, 0x0010, 0x0020, 0x0021, 0x0030, 0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150, 0x0fff];
    let messages =
        operations.iter().flat_map(|field| [*field; 3]).map(|field| asked("1.2.9", field, &[], &[]));
    assert_snapshot!(told("1.2.9", IMPLICIT, messages.collect()), @r"
    Client dicom.invokes C-STORE 1.2.9
    Client dicom.invokes C-GET 1.2.9
    Client dicom.invokes C-FIND 1.2.9
    Client dicom.invokes C-MOVE 1.2.9
    Client dicom.move_destination 
    Client dicom.invokes C-ECHO 1.2.9
    Client dicom.invokes N-EVENT-REPORT 1.2.9
    Client dicom.invokes N-GET 1.2.9
    Client dicom.invokes N-SET 1.2.9
    Client dicom.invokes N-ACTION 1.2.9
    Client dicom.invokes N-CREATE 1.2.9
    Client dicom.invokes N-DELETE 1.2.9
    Client dicom.invokes C-CANCEL 1.2.9
    Client dicom.query: 3 C-FIND of another model, answers: 0
    Client dicom.retrieve: 3 C-MOVE, 3 C-GET of another model
    ");
}

#[test]
fn a_long_association_is_summed_up_in_between() {
    let find = sent(1, &message(STUDY_FIND, 0x0020, &[]), &keys(b"", b"STUDY "));
    let all: Vec<u8> = find.iter().copied().cycle().take(find.len() * 1_001).collect();
    let pieces = association(STUDY_FIND, IMPLICIT, vec![client(all)]);
    let told = crate::dissect::testing::run::<Dicom>(&pieces);
    assert_eq!(told.matches("dicom.query:").count(), 2);
    assert!(
        told.contains(
            "1000 C-FIND of Study Root at study level, answers: 0, without a restricting key: 1000"
        )
    );
}

#[test]
fn many_kinds_of_failure_are_counted_together() {
    let statuses = [0x0110, 0x0112, 0x0122, 0x0124, 0xa700, 0xc001];
    let messages = statuses.iter().map(|outcome| answered(CT_IMAGE, 0x8001, *outcome, &[]));
    assert_snapshot!(told(CT_IMAGE, IMPLICIT, messages.collect()), @"Server dicom.operations_failed: 1 C-STORE 0110 processing failure, 1 C-STORE 0112 no such SOP instance, 1 C-STORE 0122 SOP class not supported, 1 C-STORE 0124 not authorized, and 2 others");
}
