use super::Http;
use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
use insta::assert_snapshot;
use proptest::prelude::*;

/// An element in explicit value representation, little endian (PS3.5 7.1.2).
fn element(tag: u32, representation: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if representation == b"UI" { 0 } else { b' ' });
    }
    let mut out = [((tag >> 16) as u16).to_le_bytes(), (tag as u16).to_le_bytes()].concat();
    out.extend_from_slice(representation);
    if matches!(representation, b"OB" | b"OW" | b"SQ" | b"UN") {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
    } else {
        out.extend_from_slice(&u16::try_from(value.len()).unwrap().to_le_bytes());
    }
    out.extend_from_slice(&value);
    out
}

/// An object as a file holds it (PS3.10 clause 7).
fn object(pixels: bool) -> Vec<u8> {
    let meta = [
        element(0x0002_0001, b"OB", &[0, 1]),
        element(0x0002_0002, b"UI", b"1.2.840.10008.5.1.4.1.1.2"),
        element(0x0002_0010, b"UI", b"1.2.840.10008.1.2.1"),
    ]
    .concat();
    let mut data = vec![
        element(0x0008_0060, b"CS", b"CT"),
        element(0x0008_0070, b"LO", b"Example Imaging"),
        element(0x0008_1010, b"SH", b"CT-EAST"),
        element(0x0008_1090, b"LO", b"Scanner 5"),
        element(0x0010_0010, b"PN", b"DOE^JANE"),
        element(0x0010_0020, b"LO", b"MRN4711"),
        element(0x0010_0030, b"DA", b"19440229"),
        element(0x0018_1000, b"LO", b"SN-77"),
        element(0x0018_1020, b"LO", b"1.2\\3.4"),
    ];
    if pixels {
        data.push(element(0x7fe0_0010, b"OW", &[7; 300]));
    }
    let length = u32::try_from(meta.len()).unwrap().to_le_bytes();
    [vec![0; 128], b"DICM".to_vec(), element(0x0002_0000, b"UL", &length), meta, data.concat()].concat()
}

/// A body of parts with this content (RFC 2046 5.1).
fn parts(kind: &str, contents: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Vec::new();
    for content in contents {
        body.extend_from_slice(format!("--BOUNDARY\r\nContent-Type: {kind}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--BOUNDARY--");
    body
}

fn message(first: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("{first}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

const RELATED: &str = "multipart/related; type=\"application/dicom\"; boundary=BOUNDARY";

fn get(target: &str) -> Piece {
    client(format!("GET {target} HTTP/1.1\r\nAccept: application/dicom+json\r\n\r\n"))
}

fn json(body: &str) -> Piece {
    server(message("HTTP/1.1 200 OK", "application/dicom+json", body.as_bytes()))
}

fn store() -> Vec<Piece> {
    let body = parts("application/dicom", &[object(true), object(false)]);
    vec![
        client(message("POST /dicom-web/studies HTTP/1.1", RELATED, &body)),
        json(r#"{"00081190":{"vr":"UR","Value":["http://x/studies/1.2"]}}"#),
    ]
}

const STUDIES: &str = r#"[{"00080020":{"vr":"DA","Value":["20260101"]},"00080061":{"vr":"CS","Value":["CT"]},
    "00080090":{"vr":"PN"},"00100010":{"vr":"PN","Value":[{"Alphabetic":"DOE^JANE"}]},
    "00100020":{"vr":"LO","Value":["MRN4711"]},"00100030":{"vr":"DA","Value":["19440229"]},
    "00081030":{"vr":"LO","Value":["LUNG NODULE"]},"00201206":{"vr":"IS","Value":[2]}}]"#;

fn search() -> Vec<Piece> {
    vec![get("/dicom-web/studies?limit=101&offset=0"), json(STUDIES)]
}

/// Conversations the fuzz corpus begins with.
pub(super) fn corpus() -> Vec<Vec<Piece>> {
    vec![store(), search()]
}

#[test]
fn a_modality_that_stores_shows_what_it_is() {
    assert_snapshot!(check::<Http>(&store()), @r"
    carries dicomweb
    Client dicom.modality CT
    Client dicom.manufacturer Example Imaging
    Client dicom.station CT-EAST
    Client dicom.model Scanner 5
    Client dicom.serial SN-77
    Client dicom.software 1.2\3.4
    carries dicomweb
    Server dicomweb.base /dicom-web
    Client dicomweb.scu STOW-RS
    Server dicomweb.scp STOW-RS
    patient data: name identifier birth_date image
    ");
    batter::<Http>(&store());
}

#[test]
fn objects_without_pixels_end_where_their_part_does() {
    let body = parts("application/dicom", &[object(false), object(true)]);
    let told = check::<Http>(&[client(message("POST /studies HTTP/1.1", RELATED, &body))]);
    assert!(told.contains("dicom.serial SN-77") && !told.contains("image"), "{told}");
    assert!(!told.contains("malformed"), "{told}");
}

#[test]
fn some_senders_leave_the_preamble_out() {
    let whole = object(true);
    let data = whole.windows(8).position(|window| window == b"\x08\0\x60\0CS\x02\0").unwrap();
    // Without preamble, without the length of the meta information as well, and without all of it.
    for from in [132, 144, data] {
        let body = parts("application/dicom", &[whole[from..].to_vec()]);
        let told = check::<Http>(&[client(message("POST /studies HTTP/1.1", RELATED, &body))]);
        assert!(told.contains("dicom.serial SN-77") && told.contains("image"), "{from}: {told}");
    }
    // What is no object tells nothing.
    let told = check::<Http>(&[client(message("POST /studies HTTP/1.1", RELATED, &[7; 500]))]);
    assert_eq!(told, "carries dicomweb\n");
}

#[test]
fn an_archive_hands_out_what_others_made() {
    let told = check::<Http>(&[
        get("/dicom-web/studies/1.2/series/1.3/instances/1.4"),
        server(message("HTTP/1.1 200 OK", RELATED, &parts("application/dicom", &[object(true)]))),
        get("/wado?requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4&contentType=application/dicom"),
        server(message("HTTP/1.1 200 OK", "application/dicom", &object(true))),
    ]);
    assert_snapshot!(told, @r"
    carries dicomweb
    Server dicomweb.base /dicom-web
    Client dicomweb.scu WADO-RS
    Server dicomweb.scp WADO-RS
    carries dicomweb
    Client dicomweb.scu WADO-URI
    Server dicomweb.scp WADO-URI
    patient data: name identifier birth_date image
    ");
}

#[test]
fn searches_are_told_by_how_much_they_restrict() {
    let told = check::<Http>(&[
        get("/dicom-web/studies?limit=101&offset=0"),
        json(STUDIES),
        get("/dicom-web/studies?limit=101&offset=101"),
        json(STUDIES),
        get("/dicom-web/studies?PatientName=DOE*&PatientBirthDate=19440229&StudyDate=20260101"),
        json("[]"),
        get("/dicom-web/studies/1.2/series"),
        json("[]"),
        get("/dicom-web/workitems"),
        json("[]"),
    ]);
    assert_snapshot!(told, @r"
    carries dicomweb
    Server dicomweb.base /dicom-web
    Client dicomweb.scu QIDO-RS
    Server dicomweb.scp QIDO-RS
    Client dicomweb.broad_query: studies, all
    carries dicomweb
    carries dicomweb
    Client dicomweb.query: studies by name, birth date, others
    carries dicomweb
    carries dicomweb
    Client dicomweb.scu UPS-RS
    Server dicomweb.scp UPS-RS
    Client dicomweb.broad_query: workitems, all
    patient data: name identifier birth_date
    ");
    batter::<Http>(&search());
}

#[test]
fn some_archives_call_their_json_just_that() {
    let answer = |body: &str| server(message("HTTP/1.1 200 OK", "application/json", body.as_bytes()));
    let told = check::<Http>(&[get("/rs/studies?00100020=MRN4711"), answer(STUDIES)]);
    assert_snapshot!(told, @r"
    carries dicomweb
    Server dicomweb.base /rs
    Client dicomweb.scu QIDO-RS
    Server dicomweb.scp QIDO-RS
    Client dicomweb.query: studies by identifier
    patient data: name identifier birth_date
    ");
    // A television's list of series is none.
    let told = check::<Http>(&[get("/api/series"), answer(r#"[{"name":"Jane","vr":"PN","Value":["DOE"]}]"#)]);
    assert_eq!(told, "");
}

#[test]
fn a_sender_may_describe_itself_in_json() {
    let body = r#"[{"00080060":{"vr":"CS","Value":["US"]},"00080070":{"vr":"LO","Value":["Example"]},
        "00181000":{"vr":"LO","Value":["U-1"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"DOE^JANE"}]},
        "7FE00010":{"vr":"OW","BulkDataURI":"http://x/1"},
        "00400275":{"vr":"SQ","Value":[{"00080070":{"vr":"LO","Value":["NOT THE SENDER"]}}]}}]"#;
    let kind = "multipart/related; type=\"application/dicom+json\"; boundary=BOUNDARY";
    let body = parts("application/dicom+json", &[body.as_bytes().to_vec()]);
    let told = check::<Http>(&[client(message("POST /studies/1.2 HTTP/1.1", kind, &body))]);
    assert_snapshot!(told, @r"
    carries dicomweb
    Client dicom.modality US
    Client dicom.manufacturer Example
    Client dicom.serial U-1
    patient data: name image
    ");
}

#[test]
fn refusals_are_told() {
    let told = check::<Http>(&[
        client(message(
            "POST /dicom-web/studies HTTP/1.1",
            RELATED,
            &parts("application/dicom", &[object(true)]),
        )),
        server(
            "HTTP/1.1 409 Conflict\r\nContent-Type: application/dicom+json\r\nContent-Length: 2\r\n\r\n{}",
        ),
        get("/dicom-web/studies/1.2"),
        server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    ]);
    assert_snapshot!(told, @r"
    carries dicomweb
    Client dicom.modality CT
    Client dicom.manufacturer Example Imaging
    Client dicom.station CT-EAST
    Client dicom.model Scanner 5
    Client dicom.serial SN-77
    Client dicom.software 1.2\3.4
    carries dicomweb
    Server dicomweb.base /dicom-web
    Client dicomweb.scu STOW-RS
    Server dicomweb.scp STOW-RS
    Server dicomweb.failed: STOW-RS 409
    Client dicomweb.scu WADO-RS
    Server dicomweb.failed: WADO-RS 404
    patient data: name identifier birth_date image
    ");
}

#[test]
fn pixels_alone_are_an_image() {
    let kind = "multipart/related; type=\"application/octet-stream\"; boundary=BOUNDARY";
    let told = check::<Http>(&[
        get("/dicom-web/studies/1.2/metadata"),
        json("[]"),
        get("/dicom-web/studies/1.2/series/1.3/instances/1.4/frames/1"),
        server(message("HTTP/1.1 200 OK", kind, &parts("application/octet-stream", &[vec![7; 99]]))),
    ]);
    assert!(told.ends_with("patient data: image\n"), "{told}");
    let told = check::<Http>(&[
        get("/wado?requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4"),
        server(message("HTTP/1.1 200 OK", "image/jpeg", &[0xff, 0xd8, 0xff])),
    ]);
    assert_snapshot!(told, @r"
    carries dicomweb
    Server dicomweb.base /wado
    Client dicomweb.scu WADO-URI
    Server dicomweb.scp WADO-URI
    patient data: image
    ");
}

#[test]
fn an_answer_says_it_is_dicom_without_its_request() {
    assert_snapshot!(check::<Http>(&[json(STUDIES)]), @r"
    carries dicomweb
    patient data: name identifier birth_date
    ");
}

proptest! {
    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..200, 1..12)) {
        for conversation in corpus() {
            any_split::<Http>(&conversation, &sizes);
        }
    }
}
