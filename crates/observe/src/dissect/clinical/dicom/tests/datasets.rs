//! Data sets in every transfer syntax: what of the equipment comes out, and nothing of the patient.

use super::super::Dicom;
use super::build::*;
use super::tail;
use crate::dissect::testing::{Piece, batter, client, run, server};
use insta::assert_snapshot;

/// An object that tells all there is to tell of its equipment.
pub(crate) fn equipment() -> Vec<Piece> {
    stored(EXPLICIT, &equipment_set(explicit(0x0018_1009, b"UT", b"(01)00643169007222(21)SN-77 ")), false)
}

fn equipment_set(udi: Vec<u8>) -> Vec<u8> {
    let items = [
        [&tag_bytes(0xfffe_e000)[..], &[0xff; 4], &explicit(0x0018_1000, b"LO", b"INNER "), &udi].concat(),
        [implicit(0xfffe_e00d, &[]), implicit(0xfffe_e000, &explicit(0x0008_0070, b"LO", b"NESTED"))]
            .concat(),
    ];
    [
        explicit(0x0008_0060, b"CS", b"DX"),
        explicit(0x0008_0070, b"LO", b"Imaging Works "),
        explicit(0x0008_0080, b"LO", b"St. Elsewhere "),
        explicit(0x0008_1010, b"SH", b"DX2 "),
        explicit(0x0008_1040, b"LO", b"Radiology "),
        explicit(0x0008_1090, b"LO", b"Ray 3 "),
        patient(),
        explicit(0x0018_1000, b"LO", b"SN-77 "),
        explicit(0x0018_1002, b"UI", b"1.2.3.77"),
        explicit(0x0018_1008, b"LO", b"G1"),
        explicit(0x0018_100a, b"SQ", &items.concat()),
        explicit(0x0018_1020, b"LO", b"5.1 "),
        explicit(0x0018_1204, b"DA", b"20190304"),
        explicit(0x0018_700a, b"SH", b"D-9 "),
        explicit(0x7fe0_0010, b"OW", &[1; 300]),
    ]
    .concat()
}

#[test]
fn all_there_is_of_equipment_is_told() {
    assert_snapshot!(tail(&equipment()), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.modality DX
    Client dicom.manufacturer Imaging Works
    Client dicom.institution St. Elsewhere
    Client dicom.station DX2
    Client dicom.department Radiology
    Client dicom.model Ray 3
    Client dicom.serial SN-77
    Client dicom.device_uid 1.2.3.77
    Client dicom.gantry_id G1
    Client dicom.udi (01)00643169007222(21)SN-77
    Client dicom.software 5.1
    Client dicom.manufactured 20190304
    Client dicom.detector_id D-9
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    patient data: name identifier birth_date address image
    ");
    batter::<Dicom>(&equipment());
    // Half an identifier is none.
    let long = format!("(01)00643169007222(21){}", "7".repeat(150));
    let set = equipment_set(explicit(0x0018_1009, b"UT", long.as_bytes()));
    assert!(!tail(&stored(EXPLICIT, &set, false)).contains("udi"));
    // An element longer than its sequence ends the reading of the set, not of the conversation.
    let beyond = [&tag_bytes(0x0018_1009)[..], b"UT\0\0", &[200, 0, 0, 0], b"(01)0064"].concat();
    assert_snapshot!(tail(&stored(EXPLICIT, &equipment_set(beyond), false)), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.modality DX
    Client dicom.manufacturer Imaging Works
    Client dicom.institution St. Elsewhere
    Client dicom.station DX2
    Client dicom.department Radiology
    Client dicom.model Ray 3
    Client dicom.serial SN-77
    Client dicom.device_uid 1.2.3.77
    Client dicom.gantry_id G1
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    patient data: name identifier birth_date address
    malformed: 1
    ");
}

#[test]
fn kinds_of_patient_data_are_told_apart() {
    let kinds = |elements: &[Vec<u8>]| {
        let told = tail(&stored(EXPLICIT, &elements.concat(), false));
        told.lines().last().unwrap_or_default().to_owned()
    };
    let report = [
        explicit(0x0010_0010, b"PN", b"DOE^JANE"),
        explicit(0x0040_a730, b"SQ", &implicit(0xfffe_e000, &explicit(0x0040_a160, b"UT", b"LUNG NODULE "))),
    ];
    assert_snapshot!(kinds(&report), @"patient data: name result");
    assert_snapshot!(kinds(&[explicit(0x0042_0011, b"OB", b"%PDF DOE")]), @"patient data: result");
    assert_snapshot!(kinds(&[explicit(0x5000_3000, b"OW", &[0; 9]), explicit(0x6002_3000, b"OW", &[0; 8])]), @"patient data: image waveform");
    assert_snapshot!(kinds(&[explicit(0x0011_0010, b"LO", b"ACME"), explicit(0x0011_1001, b"PN", b"DOE^JANE")]), @"Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2");
    assert_snapshot!(kinds(&[explicit(0x2020_0110, b"SQ", &implicit(0xfffe_e000, &[]))]), @"patient data: image");
}

#[test]
fn encodings_are_as_negotiated() {
    let little = [
        implicit(0x0008_0060, b"US"),
        implicit(0x0008_0070, b"Sonic "),
        implicit(0x0010_0010, b"DOE^JANE"),
        implicit(0x0010_0020, b""),
        implicit(0x5400_0100, &implicit(0xfffe_e000, b"")),
        implicit(0x7fe0_0010, &[1; 300]),
    ];
    assert_snapshot!(tail(&stored(IMPLICIT, &little.concat(), false)), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.modality US
    Client dicom.manufacturer Sonic
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    patient data: name image waveform
    ");
    let big = [
        explicit_big(0x0008_0060, b"CS", b"MR"),
        explicit_big(0x0008_1090, b"LO", b"Old One "),
        explicit_big(0x0010_0020, b"LO", b"MRN4711 "),
    ];
    assert_snapshot!(tail(&stored(BIG, &big.concat(), false)), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.modality MR
    Client dicom.model Old One
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    patient data: identifier
    ");
    // In a manufacturer's own syntax the data set shows how it is to be read.
    let own = tail(&stored("1.2.840.113619.5.2", &little.concat(), false));
    assert_eq!(own, tail(&stored(IMPLICIT, &little.concat(), false)));
    let noise = tail(&stored("1.3.46.670589.33.1", &[0x99; 400], false));
    assert!(noise.lines().all(|line| line.contains("C-STORE")), "{noise}");
}

pub(crate) fn compressed() -> Vec<Piece> {
    stored(DEFLATED, &deflate(&object()), false)
}

#[test]
fn compressed_sets_are_read_from_their_beginning() {
    let plain = tail(&stored(EXPLICIT, &object(), false));
    assert_eq!(tail(&compressed()), plain);
    batter::<Dicom>(&compressed());
    // Pixels that do not compress: more than is held, but equipment stands before them.
    let mut noise = 1_u32;
    let mut pixel = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 24) as u8
    };
    let large =
        [object(), explicit(0x7fe0_0011, b"OW", &(0..50_000).map(|_| pixel()).collect::<Vec<_>>())].concat();
    let sent = |size: usize, per_pdu: usize| {
        let mut pieces = negotiation(DEFLATED);
        let set = data(1, false, &deflate(&large), size, per_pdu);
        pieces.push(client([data(1, true, &command(1, false), 4096, 1), set].concat()));
        pieces.push(server(data(1, true, &status(CT_IMAGE, 0x8001, 0), 50, 1)));
        pieces
    };
    for (size, per_pdu) in [(16_000, 1), (1_000, 1), (100, 7)] {
        assert!(run::<Dicom>(&sent(size, per_pdu)).ends_with(&plain), "{size} {per_pdu}");
    }
    // More text than is inflated: the rest is counted as not read.
    let text = [explicit(0x0008_0060, b"CS", b"SR"), explicit(0x0040_a160, b"UT", &[b'x'; 40_000])].concat();
    assert_snapshot!(tail(&stored(DEFLATED, &deflate(&text), false)), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.modality SR
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    limits: 1
    ");
    assert_snapshot!(tail(&stored(DEFLATED, &[0xff; 400], false)), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    malformed: 1
    ");
    assert_snapshot!(tail(&stored(DEFLATED, &deflate(&object())[..200], false)), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.modality CT
    Client dicom.manufacturer Imaging Works
    Client dicom.station CT01_OC0
    Client dicom.model Größe 64
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    limits: 1
    ");
}
