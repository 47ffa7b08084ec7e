//! The tests of the DICOM dissector, and the golden conversations of its corpus.

use super::Dicom;
use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
use crate::dissect::{Probe, Side, StreamDissector};
use build::*;
use insta::assert_snapshot;
use proptest::prelude::*;

mod build;
mod datasets;
mod exchange;
mod negotiation;

/// Conversations the fuzz corpus begins with.
pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    vec![
        stored(EXPLICIT, &object(), false),
        negotiation(BIG),
        negotiation::everything(),
        exchange::query(),
        exchange::worklist(),
        exchange::commitment(),
        exchange::retrieval(),
        datasets::equipment(),
        datasets::compressed(),
    ]
}

#[test]
fn an_image_tells_of_its_sender() {
    assert_snapshot!(check::<Dicom>(&stored(EXPLICIT, &object(), false)), @r"
    Client dicom.calling_ae CT99
    Client dicom.maximum_length 16384
    Client dicom.implementation_class_uid 1.2.276.0.7230010.3.0.3.6.7
    Client dicom.implementation_version OFFIS_DCMTK_367
    Server dicom.called_ae ARCHIVE
    Server dicom.transfer_syntax 1.2.840.10008.1.2.1
    Server dicom.transfer_syntax 1.2.840.10008.1.2
    Server dicom.implementation_class_uid 1.3.6.1.4.1.5962.2
    Server dicom.implementation_version ARCHIVE 9
    Client dicom.scu 1.2.840.10008.5.1.4.1.1.2
    Server dicom.scp 1.2.840.10008.5.1.4.1.1.2
    Server dicom.refused 1.2.840.10008.5.1.4.1.1.9.1.1 transfer syntaxes not supported
    Client dicom.scu 1.2.840.10008.1.1
    Server dicom.scp 1.2.840.10008.1.1
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.modality CT
    Client dicom.manufacturer Imaging Works
    Client dicom.station CT01_OC0
    Client dicom.model Größe 64
    Client dicom.serial SN-77
    Client dicom.software 5.1\K7
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    patient data: name identifier birth_date address image
    ");
    batter::<Dicom>(&stored(EXPLICIT, &object(), false));
}

/// What is told beyond the negotiation, which ends with the role of the last class.
fn tail(pieces: &[Piece]) -> String {
    let told = check::<Dicom>(pieces);
    let end = format!("Server dicom.scp {VERIFICATION}\n");
    told.split_once(&end).unwrap().1.to_owned()
}

#[test]
fn objects_of_others_tell_nothing_of_the_sender() {
    assert_snapshot!(tail(&stored(EXPLICIT, &object(), true)), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    patient data: name identifier birth_date address image
    ");
    // C-GET: the acceptor sends.
    let mut got = negotiation(EXPLICIT);
    got.push(server(
        [data(1, true, &command(1, false), 4096, 1), data(1, false, &object(), 500, 1)].concat(),
    ));
    assert_snapshot!(tail(&got), @r"
    Server dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    patient data: name identifier birth_date address image
    ");
    // A worklist's answer names the modality that is to be used.
    let mut found = negotiation(EXPLICIT);
    let entry = [
        explicit(0x0008_0060, b"CS", b"CT"),
        explicit(0x0010_0010, b"PN", b"DOE^JANE"),
        open_sequence(0x0040_0100, &explicit(0x0008_0060, b"CS", b"CT")),
    ];
    found.push(client(
        [data(1, true, &command(0x20, false), 4096, 1), data(1, false, &entry[0], 50, 1)].concat(),
    ));
    found.push(server(
        [data(1, true, &command(0x8020, false), 4096, 1), data(1, false, &entry.concat(), 50, 1)].concat(),
    ));
    assert_snapshot!(tail(&found), @r"
    Client dicom.invokes C-FIND 1.2.840.10008.5.1.4.1.1.2
    Server dicom.performs C-FIND 1.2.840.10008.5.1.4.1.1.2
    Client dicom.query: 1 C-FIND of another model, answers: 0
    patient data: name order
    ");
}

#[test]
fn a_negotiation_that_was_missed_is_made_up_for() {
    let store = [data(1, true, &command(1, false), 4096, 1), data(1, false, &object(), 300, 1)].concat();
    assert_snapshot!(check::<Dicom>(&[client(store)]), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.scu 1.2.840.10008.5.1.4.1.1.2
    Client dicom.modality CT
    Client dicom.manufacturer Imaging Works
    Client dicom.station CT01_OC0
    Client dicom.model Größe 64
    Client dicom.serial SN-77
    Client dicom.software 5.1\K7
    patient data: name identifier birth_date address image
    ");
    // The acceptance was missed: messages show that there was one.
    let told = check::<Dicom>(&[
        negotiation(EXPLICIT).remove(0),
        client(data(5, true, &command(0x30, false), 4096, 1)),
    ]);
    assert_snapshot!(told, @r"
    Client dicom.calling_ae CT99
    Client dicom.maximum_length 16384
    Client dicom.implementation_class_uid 1.2.276.0.7230010.3.0.3.6.7
    Client dicom.implementation_version OFFIS_DCMTK_367
    Server dicom.called_ae ARCHIVE
    Client dicom.invokes C-ECHO 1.2.840.10008.5.1.4.1.1.2
    Client dicom.scu 1.2.840.10008.5.1.4.1.1.2
    ");
}

#[test]
fn finds_its_place_after_a_loss() {
    let mut pieces = negotiation(EXPLICIT);
    let message = [data(1, true, &command(1, false), 4096, 1), data(1, false, &object(), 200, 2)].concat();
    pieces.push(client(message[..400].to_vec()));
    pieces.push(Piece::Gap(Side::Client, 333));
    pieces.push(client([message[733..].to_vec(), message.clone()].concat()));
    assert_snapshot!(tail(&pieces), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.modality CT
    Client dicom.manufacturer Imaging Works
    Client dicom.station CT01_OC0
    Client dicom.model Größe 64
    Client dicom.modality CT
    Client dicom.manufacturer Imaging Works
    Client dicom.station CT01_OC0
    Client dicom.model Größe 64
    Client dicom.serial SN-77
    Client dicom.software 5.1\K7
    patient data: name identifier birth_date address image
    ");
    // Lost inside the pixels: nothing of what follows is missed.
    let image = explicit(0x7fe0_0010, b"OW", &[7; 5000]);
    let mut pieces = negotiation(EXPLICIT);
    let first = [data(1, true, &command(1, false), 4096, 1), data(1, false, &image, 8000, 1)].concat();
    pieces.push(client(first[..1000].to_vec()));
    pieces.push(Piece::Gap(Side::Client, 1000));
    pieces.push(client([first[2000..].to_vec(), message].concat()));
    assert_snapshot!(tail(&pieces), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Client dicom.modality CT
    Client dicom.manufacturer Imaging Works
    Client dicom.station CT01_OC0
    Client dicom.model Größe 64
    Client dicom.serial SN-77
    Client dicom.software 5.1\K7
    patient data: name identifier birth_date address image
    ");
}

#[test]
fn hostile_lengths_are_bounded() {
    let nested: Vec<u8> = (0..100).flat_map(|_| [&tag_bytes(0xfffe_e000)[..], &[0xff; 4]].concat()).collect();
    let set = [&tag_bytes(0x0008_1140)[..], b"SQ\0\0\xff\xff\xff\xff", &nested].concat();
    assert_snapshot!(tail(&stored(EXPLICIT, &set, false)), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    malformed: 1
    ");
    let beyond = [&tag_bytes(0x0008_0070)[..], b"LO\xff\xffshort"].concat();
    assert_snapshot!(tail(&stored(EXPLICIT, &beyond, false)), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    malformed: 1
    ");
    let backwards = [explicit(0x0010_0010, b"PN", b"DOE "), explicit(0x0008_0070, b"LO", b"DOE ")].concat();
    assert_snapshot!(tail(&stored(EXPLICIT, &backwards, false)), @r"
    Client dicom.invokes C-STORE 1.2.840.10008.5.1.4.1.1.2
    Server dicom.performs C-STORE 1.2.840.10008.5.1.4.1.1.2
    patient data: name
    malformed: 1
    ");

    let classes: Vec<Vec<u8>> = (0..128)
        .map(|n| proposal(n * 2 + 1, &format!("1.2.840.10008.5.1.4.1.1.{n}.1"), &[IMPLICIT]))
        .collect();
    let accepted: Vec<Vec<u8>> = (0..128).map(|n| answer(n * 2 + 1, 0, IMPLICIT)).collect();
    let told = check::<Dicom>(&[client(associate(1, &classes, &[])), server(associate(2, &accepted, &[]))]);
    assert_snapshot!(format!("{} roles, {}", told.matches("dicom.sc").count(), told.lines().last().unwrap_or_default()), @"256 roles, Server dicom.scp 1.2.840.10008.5.1.4.1.1.127.1");
    let private: Vec<Vec<u8>> = (0..128)
        .map(|n| proposal(n * 2 + 1, &format!("1.3.6.1.4.1.9590.100.1.2.{n:03}"), &[IMPLICIT]))
        .collect();
    let told = check::<Dicom>(&[client(associate(1, &private, &[])), server(associate(2, &accepted, &[]))]);
    assert_snapshot!(format!("{} roles, {}", told.matches("dicom.sc").count(), told.lines().last().unwrap_or_default()), @"94 roles, limits: 81");

    let long = item(0x5f, &[b'x'; 30_000]);
    let lying = pdu(1, &[&[0, 1][..], &[b'A'; 66], &[0x20, 0, 0xff, 0xff, 1]].concat());
    let told = check::<Dicom>(&[
        client(associate(1, &[long.clone(), proposal(1, CT_IMAGE, &[IMPLICIT])], &[long])),
        client(lying),
        client(vec![9; 40]),
        server(pdu(4, &[0xff; 30])),
        server(pdu(4, &[0, 0])),
        server(vec![2, 0, 0xff, 0xff, 0xff, 0xff]),
    ]);
    assert_snapshot!(told, @r"
    Client dicom.calling_ae CT99
    Client dicom.calling_ae AAAAAAAAAAAAAAAA
    malformed: 5
    limits: 2
    ");
}

#[test]
fn probes_tell_the_sender() {
    for (piece, expected) in negotiation(EXPLICIT).iter().zip([Side::Client, Side::Server]) {
        let Piece::Bytes(_, bytes) = piece else { continue };
        assert_eq!(Dicom::probe(&bytes[..64], 104), Probe::Certain(expected));
        // A capture may hold no more of a frame than this.
        assert_eq!(Dicom::probe(&bytes[..26], 104), Probe::Certain(expected));
        assert_eq!(Dicom::probe(&bytes[..25], 104), Probe::Unsure);
    }
    assert_eq!(Dicom::probe(&pdu(3, &[0, 1, 1, 7]), 104), Probe::Certain(Side::Server));
    assert_eq!(Dicom::probe(&data(1, true, &command(1, false), 4096, 1), 104), Probe::Certain(Side::Client));
    assert_eq!(
        Dicom::probe(&data(1, true, &command(0x8030, false), 4096, 1), 104),
        Probe::Certain(Side::Server)
    );
    assert_eq!(Dicom::probe(&[1, 0, 0, 0, 0, 9, 0, 1], 104), Probe::No);
    assert_eq!(Dicom::probe(&[1, 0, 0, 0, 0, 99, 0, 0, 0, 0, 1, 2, 3], 104), Probe::No);
    assert_eq!(Dicom::probe(b"GET / HTTP/1.1", 104), Probe::No);
    let blank = [&[1, 0, 0, 0, 0, 99, 0, 1, 0, 0][..], &[b' '; 20]].concat();
    assert_eq!(Dicom::probe(&blank, 104), Probe::Unsure);
}

#[test]
fn the_state_stays_small() {
    assert!(size_of::<Dicom>() <= 1024, "{}", size_of::<Dicom>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..300, 1..12)) {
        any_split::<Dicom>(&stored(EXPLICIT, &object(), false), &sizes);
    }

    #[test]
    fn any_fragmentation_tells_the_same(size in 1usize..200, per_pdu in 1usize..9) {
        let mut pieces = negotiation(EXPLICIT);
        pieces.push(client([data(1, true, &command(1, false), size, 1), data(1, false, &object(), size, per_pdu)].concat()));
        prop_assert_eq!(tail(&pieces).lines().count(), 8);
    }

    #[test]
    fn any_units_are_safe(
        units in prop::collection::vec((0u8..9, prop::collection::vec(prop_oneof![0u8..5, Just(0xffu8), Just(b'.')], 0..90)), 0..12),
        sizes in prop::collection::vec(1usize..40, 1..8),
    ) {
        let bytes: Vec<u8> = units.iter().flat_map(|(kind, content)| pdu(*kind, content)).collect();
        any_split::<Dicom>(&[client(bytes.clone()), server(bytes)], &sizes);
    }
}
