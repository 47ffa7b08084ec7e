use super::super::testing::{Piece, any_split, batter, check, client, server};
use super::super::{Probe, Side, StreamDissector};
use super::Dicom;
use insta::assert_snapshot;
use proptest::prelude::*;

const CT_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";
const ECG: &str = "1.2.840.10008.5.1.4.1.1.9.1.1";
const VERIFICATION: &str = "1.2.840.10008.1.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const BIG: &str = "1.2.840.10008.1.2.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

fn item(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 0][..], &(content.len() as u16).to_be_bytes(), content].concat()
}

fn pdu(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 0][..], &(content.len() as u32).to_be_bytes(), content].concat()
}

fn proposal(id: u8, class: &str, syntaxes: &[&str]) -> Vec<u8> {
    let mut content = vec![id, 0, 0, 0];
    content.extend(item(0x30, class.as_bytes()));
    syntaxes.iter().for_each(|syntax| content.extend(item(0x40, syntax.as_bytes())));
    item(0x20, &content)
}

fn answer(id: u8, result: u8, syntax: &str) -> Vec<u8> {
    item(0x21, &[&[id, 0, result, 0][..], &item(0x40, syntax.as_bytes())].concat())
}

fn role(class: &str, user: u8, provider: u8) -> Vec<u8> {
    item(0x54, &[&(class.len() as u16).to_be_bytes()[..], class.as_bytes(), &[user, provider]].concat())
}

fn associate(kind: u8, items: &[Vec<u8>], information: &[Vec<u8>]) -> Vec<u8> {
    let fixed = [&[0, 1, 0, 0][..], b"ARCHIVE         CT99            ", &[0; 32]].concat();
    let context = item(0x10, b"1.2.840.10008.3.1.1.1");
    pdu(kind, &[fixed, context, items.concat(), item(0x50, &information.concat())].concat())
}

/// A command set: implicit, little endian, with its group length.
fn command(field: u16, moved: bool) -> Vec<u8> {
    let mut elements = implicit(0x0000_0002, format!("{CT_IMAGE}\0").as_bytes());
    elements.extend(implicit(0x0000_0100, &field.to_le_bytes()));
    elements.extend(implicit(0x0000_0800, &[1, 0]));
    if moved {
        elements.extend(implicit(0x0000_1030, b"MOVER "));
    }
    [implicit(0, &(elements.len() as u32).to_le_bytes()), elements].concat()
}

fn tag_bytes(tag: u32) -> [u8; 4] {
    let [a, b, c, d] = tag.to_be_bytes();
    [b, a, d, c]
}

fn implicit(tag: u32, value: &[u8]) -> Vec<u8> {
    [&tag_bytes(tag)[..], &(value.len() as u32).to_le_bytes(), value].concat()
}

fn explicit(tag: u32, representation: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let long = matches!(representation, b"OB" | b"OW" | b"SQ" | b"UN" | b"UT");
    let length = match long {
        true => [&[0, 0][..], &(value.len() as u32).to_le_bytes()].concat(),
        false => (value.len() as u16).to_le_bytes().to_vec(),
    };
    [&tag_bytes(tag)[..], representation, &length, value].concat()
}

fn explicit_big(tag: u32, representation: &[u8; 2], value: &[u8]) -> Vec<u8> {
    [&tag.to_be_bytes()[..], representation, &(value.len() as u16).to_be_bytes(), value].concat()
}

/// A sequence of undefined length with an item of undefined length.
fn open_sequence(tag: u32, content: &[u8]) -> Vec<u8> {
    let undefined = u32::MAX.to_le_bytes();
    [
        &tag_bytes(tag)[..],
        b"SQ\0\0",
        &undefined,
        &tag_bytes(0xfffe_e000),
        &undefined,
        content,
        &implicit(0xfffe_e00d, &[]),
        &implicit(0xfffe_e0dd, &[]),
    ]
    .concat()
}

fn patient() -> Vec<u8> {
    [
        explicit(0x0010_0010, b"PN", b"DOE^JANE"),
        explicit(0x0010_0020, b"LO", b"MRN4711 "),
        explicit(0x0010_0030, b"DA", b"19440229"),
        explicit(0x0010_1040, b"LO", b"12 ELM STREET "),
    ]
    .concat()
}

/// An object in explicit encoding with sequences of every kind in the way.
fn object() -> Vec<u8> {
    let nested = [explicit(0x0008_0060, b"CS", b"XX"), open_sequence(0x0008_1199, &patient())].concat();
    let unknown = [
        &tag_bytes(0x0009_1001)[..],
        b"UN\0\0",
        &u32::MAX.to_le_bytes(),
        &tag_bytes(0xfffe_e000),
        &u32::MAX.to_le_bytes(),
        &implicit(0x0008_0070, b"NESTED"),
        &implicit(0xfffe_e00d, &[]),
        &implicit(0xfffe_e0dd, &[]),
    ]
    .concat();
    let frames = [
        &tag_bytes(0x7fe0_0010)[..],
        b"OB\0\0",
        &u32::MAX.to_le_bytes(),
        &implicit(0xfffe_e000, &[]),
        &implicit(0xfffe_e000, &[0xab; 700]),
        &implicit(0xfffe_e0dd, &[]),
    ]
    .concat();
    [
        explicit(0x0008_0016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        explicit(0x0008_0060, b"CS", b"CT"),
        explicit(0x0008_0070, b"LO", b"Imaging Works "),
        explicit(0x0008_1010, b"SH", b"CT01_OC0"),
        explicit(0x0008_1030, b"LO", b"LUNG NODULE "),
        explicit(0x0008_1090, b"LO", "Größe 64".as_bytes()),
        open_sequence(0x0008_1140, &nested),
        unknown,
        patient(),
        explicit(0x0018_1000, b"LO", b"SN-77\0"),
        explicit(0x0018_1020, b"LO", b"5.1\\K7"),
        explicit(0x0040_0275, b"SQ", &implicit(0xfffe_e000, &patient())),
        frames,
    ]
    .concat()
}

/// The set as presentation data values of `size` bytes, `per_pdu` of them in a unit.
fn data(context: u8, is_command: bool, set: &[u8], size: usize, per_pdu: usize) -> Vec<u8> {
    let count = set.len().div_ceil(size);
    let values: Vec<Vec<u8>> = set
        .chunks(size)
        .enumerate()
        .map(|(index, fragment)| {
            let control = u8::from(is_command) | if index + 1 == count { 2 } else { 0 };
            [&(fragment.len() as u32 + 2).to_be_bytes()[..], &[context, control], fragment].concat()
        })
        .collect();
    values.chunks(per_pdu).flat_map(|values| pdu(4, &values.concat())).collect()
}

fn negotiation(syntax: &str) -> Vec<Piece> {
    let request = [
        proposal(1, CT_IMAGE, &[EXPLICIT, syntax]),
        proposal(3, ECG, &[IMPLICIT]),
        proposal(5, VERIFICATION, &[IMPLICIT]),
    ];
    let answers = [answer(1, 0, syntax), answer(3, 4, IMPLICIT), answer(5, 0, IMPLICIT)];
    vec![
        client(associate(
            1,
            &request,
            &[
                item(0x51, &[0, 0, 0x40, 0]),
                item(0x52, b"1.2.276.0.7230010.3.0.3.6.7"),
                item(0x55, b"OFFIS_DCMTK_367"),
            ],
        )),
        server(associate(
            2,
            &answers,
            &[item(0x52, b"1.3.6.1.4.1.5962.2\0"), item(0x55, b"ARCHIVE 9       ")],
        )),
    ]
}

fn stored(syntax: &str, set: &[u8], moved: bool) -> Vec<Piece> {
    let mut pieces = negotiation(syntax);
    pieces.push(client([data(1, true, &command(1, moved), 4096, 1), data(1, false, set, 61, 3)].concat()));
    pieces.push(server(data(1, true, &command(0x8001, false), 50, 1)));
    pieces.push(client(pdu(5, &[0; 4])));
    pieces.push(server(pdu(6, &[0; 4])));
    pieces
}

/// Conversations the fuzz corpus begins with.
pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    vec![stored(EXPLICIT, &object(), false), negotiation(BIG)]
}

#[test]
fn an_image_tells_of_its_sender() {
    assert_snapshot!(check::<Dicom>(&stored(EXPLICIT, &object(), false)), @r#"
    Client dicom.calling_ae CT99
    Client dicom.implementation_class_uid 1.2.276.0.7230010.3.0.3.6.7
    Client dicom.implementation_version OFFIS_DCMTK_367
    Server dicom.called_ae ARCHIVE
    Server dicom.implementation_class_uid 1.3.6.1.4.1.5962.2
    Server dicom.implementation_version ARCHIVE 9
    Client dicom.scu 1.2.840.10008.5.1.4.1.1.2
    Server dicom.scp 1.2.840.10008.5.1.4.1.1.2
    Client dicom.scu 1.2.840.10008.1.1
    Server dicom.scp 1.2.840.10008.1.1
    Client dicom.modality CT
    Client dicom.manufacturer Imaging Works
    Client dicom.station CT01_OC0
    Client dicom.model Größe 64
    Client dicom.serial SN-77
    Client dicom.software 5.1\K7
    patient data: name identifier birth_date address image
    "#);
    batter::<Dicom>(&stored(EXPLICIT, &object(), false));
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
    Client dicom.modality US
    Client dicom.manufacturer Sonic
    patient data: name image waveform
    ");
    let big = [
        explicit_big(0x0008_0060, b"CS", b"MR"),
        explicit_big(0x0008_1090, b"LO", b"Old One "),
        explicit_big(0x0010_0020, b"LO", b"MRN4711 "),
    ];
    assert_snapshot!(tail(&stored(BIG, &big.concat(), false)), @r"
    Client dicom.modality MR
    Client dicom.model Old One
    patient data: identifier
    ");
    assert_snapshot!(tail(&stored(DEFLATED, &object(), false)), @"");
    // In a manufacturer's own syntax the data set shows how it is to be read.
    let own = tail(&stored("1.2.840.113619.5.2", &little.concat(), false));
    assert_eq!(own, tail(&stored(IMPLICIT, &little.concat(), false)));
    let noise = tail(&stored("1.3.46.670589.33.1", &[0x99; 400], false));
    assert_eq!(noise, "");
}

/// What is told beyond the negotiation.
fn tail(pieces: &[Piece]) -> String {
    let told = check::<Dicom>(pieces);
    told.lines().skip(10).collect::<Vec<_>>().join("\n")
}

#[test]
fn objects_of_others_tell_nothing_of_the_sender() {
    assert_snapshot!(tail(&stored(EXPLICIT, &object(), true)), @"patient data: name identifier birth_date address image");
    // C-GET: the acceptor sends.
    let mut got = negotiation(EXPLICIT);
    got.push(server(
        [data(1, true, &command(1, false), 4096, 1), data(1, false, &object(), 500, 1)].concat(),
    ));
    assert_snapshot!(tail(&got), @"patient data: name identifier birth_date address image");
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
    assert_snapshot!(tail(&found), @"patient data: name order");
}

#[test]
fn roles_are_as_selected() {
    let request = [
        proposal(1, CT_IMAGE, &[EXPLICIT]),
        proposal(3, VERIFICATION, &[IMPLICIT]),
        proposal(7, "1.3.99.1", &[IMPLICIT]),
    ];
    let answers = [answer(1, 0, EXPLICIT), answer(3, 0, IMPLICIT), answer(7, 0, IMPLICIT)];
    let told = check::<Dicom>(&[
        client(associate(1, &request, &[role(CT_IMAGE, 1, 1), role("1.3.99.1", 1, 1)])),
        server(associate(2, &answers, &[role(CT_IMAGE, 0, 1), role("1.3.99.1", 1, 1)])),
    ]);
    assert_snapshot!(told, @r"
    Client dicom.calling_ae CT99
    Server dicom.called_ae ARCHIVE
    Client dicom.scp 1.2.840.10008.5.1.4.1.1.2
    Server dicom.scu 1.2.840.10008.5.1.4.1.1.2
    Client dicom.scu 1.2.840.10008.1.1
    Server dicom.scp 1.2.840.10008.1.1
    Client dicom.scu 1.3.99.1
    Server dicom.scp 1.3.99.1
    Client dicom.scp 1.3.99.1
    Server dicom.scu 1.3.99.1
    ");
}

#[test]
fn rejections_and_aborts_are_told_in_words() {
    let told = check::<Dicom>(&[
        negotiation(EXPLICIT).remove(0),
        server(pdu(3, &[0, 1, 1, 7])),
        client(pdu(7, &[0, 0, 0, 0])),
        server(pdu(7, &[0, 0, 2, 1])),
        server(pdu(3, &[0, 9, 9, 9])),
    ]);
    assert_snapshot!(told, @r"
    Client dicom.calling_ae CT99
    Client dicom.implementation_class_uid 1.2.276.0.7230010.3.0.3.6.7
    Client dicom.implementation_version OFFIS_DCMTK_367
    Server dicom.association_rejected: rejected permanently by the service user: called AE title not recognized
    Client dicom.association_aborted: aborted by the service user
    Server dicom.association_aborted: aborted by the service provider: unrecognized PDU
    Server dicom.association_rejected: rejected by a reserved source
    ");
}

#[test]
fn a_negotiation_that_was_missed_is_made_up_for() {
    let store = [data(1, true, &command(1, false), 4096, 1), data(1, false, &object(), 300, 1)].concat();
    assert_snapshot!(check::<Dicom>(&[client(store)]), @r#"
    Client dicom.modality CT
    Client dicom.manufacturer Imaging Works
    Client dicom.station CT01_OC0
    Client dicom.model Größe 64
    Client dicom.serial SN-77
    Client dicom.software 5.1\K7
    patient data: name identifier birth_date address image
    "#);
    // The acceptance was missed: messages show that there was one.
    let told = check::<Dicom>(&[
        negotiation(EXPLICIT).remove(0),
        client(data(5, true, &command(0x30, false), 4096, 1)),
    ]);
    assert_snapshot!(told, @r"
    Client dicom.calling_ae CT99
    Client dicom.implementation_class_uid 1.2.276.0.7230010.3.0.3.6.7
    Client dicom.implementation_version OFFIS_DCMTK_367
    Server dicom.called_ae ARCHIVE
    ");
}

#[test]
fn finds_its_place_after_a_loss() {
    let mut pieces = negotiation(EXPLICIT);
    let message = [data(1, true, &command(1, false), 4096, 1), data(1, false, &object(), 200, 2)].concat();
    pieces.push(client(message[..400].to_vec()));
    pieces.push(Piece::Gap(Side::Client, 333));
    pieces.push(client([message[733..].to_vec(), message.clone()].concat()));
    assert_snapshot!(tail(&pieces), @r#"
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
    "#);
    // Lost inside the pixels: nothing of what follows is missed.
    let image = explicit(0x7fe0_0010, b"OW", &[7; 5000]);
    let mut pieces = negotiation(EXPLICIT);
    let first = [data(1, true, &command(1, false), 4096, 1), data(1, false, &image, 8000, 1)].concat();
    pieces.push(client(first[..1000].to_vec()));
    pieces.push(Piece::Gap(Side::Client, 1000));
    pieces.push(client([first[2000..].to_vec(), message].concat()));
    assert_snapshot!(tail(&pieces), @r#"
    Client dicom.modality CT
    Client dicom.manufacturer Imaging Works
    Client dicom.station CT01_OC0
    Client dicom.model Größe 64
    Client dicom.serial SN-77
    Client dicom.software 5.1\K7
    patient data: name identifier birth_date address image
    "#);
}

#[test]
fn hostile_lengths_are_bounded() {
    let nested: Vec<u8> = (0..100).flat_map(|_| [&tag_bytes(0xfffe_e000)[..], &[0xff; 4]].concat()).collect();
    let set = [&tag_bytes(0x0008_1140)[..], b"SQ\0\0\xff\xff\xff\xff", &nested].concat();
    assert_snapshot!(tail(&stored(EXPLICIT, &set, false)), @"malformed: 1");
    let beyond = [&tag_bytes(0x0008_0070)[..], b"LO\xff\xffshort"].concat();
    assert_snapshot!(tail(&stored(EXPLICIT, &beyond, false)), @"malformed: 1");
    let backwards = [explicit(0x0010_0010, b"PN", b"DOE "), explicit(0x0008_0070, b"LO", b"DOE ")].concat();
    assert_snapshot!(tail(&stored(EXPLICIT, &backwards, false)), @r"
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

    let long = item(0x58, &[b'x'; 30_000]);
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
        assert_eq!(Dicom::probe(&bytes[..30], 104), Probe::Unsure);
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
}

#[test]
fn the_state_stays_small() {
    assert!(size_of::<Dicom>() <= 1200, "{}", size_of::<Dicom>());
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
        prop_assert_eq!(tail(&pieces).lines().count(), 7);
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
