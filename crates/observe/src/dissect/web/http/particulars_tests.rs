//! What devices say of themselves beside labels: pages and documents.

use super::Http;
use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
use insta::assert_snapshot;
use proptest::prelude::*;

fn answer(kind: &str, body: &str) -> Piece {
    server(format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

/// A printer's page of information.
fn printer() -> Vec<Piece> {
    let page = "<!DOCTYPE html><html><head><title>Information</title><style>td { color: red }</style></head><body>\
        <script>if (a<b) { write('<td>Serial Number</td><td>FALSE1234</td>') }</script>\
        <h3>Node&#32;Information</h3><dl class=\"items\"><dt>Model&#32;Name</dt><dd>QL-820NWB</dd>\
        <dt>Serial&#32;no.</dt><dd>B6G868653</dd><dt>Contact</dt><dd></dd><dt>Location</dt><dd></dd>\
        <dt>Firmware&#32;Version</dt><dd>1.32</dd></dl></body></html><p>Model: After 7</p>";
    vec![
        client("GET /general/information.html HTTP/1.1\r\nHost: 10.0.0.9\r\n\r\n"),
        answer("text/html", page),
    ]
}

/// A power supply that asks for a password first.
fn supply() -> Vec<Piece> {
    let page = "<html><TABLE><TR><TH>Manufacturer:</TH><TD>Example Power</TD></TR>\
        <TR><TD><B>Model Number</B></TD><TD>AP9630</TD></TR><TR><TD>S/N</TD><TD>ZA1234567890</TD></TR>\
        <TR><TD>Software&nbsp;version</TD><TD>v6.8.2</TD></TR></TABLE></html>";
    vec![
        client("GET / HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\nCookie: a=b\r\n\r\n"),
        answer("text/html", page),
    ]
}

/// A camera that is asked for its description, and a pump that sends its status.
fn documents() -> Vec<Piece> {
    let status = "<status><info><manufacturer>Example</manufacturer><model>Pump 8</model>\
        <serial-number>20002092</serial-number><software_version>12.1.2</software_version></info></status>";
    vec![
        client("GET /ISAPI/System/deviceInfo HTTP/1.1\r\n\r\n"),
        answer(
            "application/xml",
            "<?xml version=\"1.0\"?>\n<DeviceInfo xmlns=\"http://www.example/ver20\"><deviceName>Door</deviceName>\
             <model>DS-2CD2032</model><serialNumber>DS-2CD203220150112</serialNumber>\
             <firmwareVersion>V5.2.0</firmwareVersion></DeviceInfo>\n",
        ),
        client(format!(
            "POST /gateway/status HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{status}",
            status.len()
        )),
    ]
}

/// Conversations the fuzz corpus begins with.
pub(super) fn corpus() -> Vec<Vec<Piece>> {
    vec![printer(), supply(), documents()]
}

#[test]
fn pages_and_documents_say_what_the_device_is() {
    assert_snapshot!(check::<Http>(&printer()), @r"
    Server http.host 10.0.0.9
    Server http.page_model QL-820NWB
    Server http.page_serial B6G868653
    Server http.page_firmware 1.32
    ");
    // The title stays untold, for the page was asked for with a password.
    assert_snapshot!(check::<Http>(&supply()), @r"
    Client http.clear_credentials: Basic credentials
    Server http.page_manufacturer Example Power
    Server http.page_model AP9630
    Server http.page_serial ZA1234567890
    Server http.page_software v6.8.2
    ");
    assert_snapshot!(check::<Http>(&documents()), @r"
    Server http.document_model DS-2CD2032
    Server http.document_serial DS-2CD203220150112
    Server http.document_firmware V5.2.0
    Client http.document_manufacturer Example
    Client http.document_model Pump 8
    Client http.document_serial 20002092
    Client http.document_software 12.1.2
    ");
    for conversation in corpus() {
        batter::<Http>(&conversation);
    }
}

#[test]
fn what_is_about_patients_or_others_tells_nothing() {
    let pair = "<td>Serial Number</td><td>AB123456</td>";
    for (target, page) in [
        ("/", format!("<td>Patient Name</td><td>DOE</td>{pair}")),
        ("/", format!("{pair}<b>MRN</b>")),
        ("/", format!("<title>Doe, Jane</title>{pair}")),
        ("/", format!("<title>Worklist</title>{pair}")),
        ("/patients/", pair.to_owned()),
        ("/assets/4711/status", pair.to_owned()),
        ("/status?id=4711", pair.to_owned()),
        ("/help/printing.html", pair.to_owned()),
        ("http://other.example/", pair.to_owned()),
        ("/", format!("{pair}<td>Serial Number</td><td>AB123457</td>")),
        ("/", "<td>Model</td><td>DOE^JANE</td><td>Serial</td><td>1944-02-29</td>".to_owned()),
    ] {
        let told =
            check::<Http>(&[client(format!("GET {target} HTTP/1.1\r\n\r\n")), answer("text/html", &page)]);
        assert_eq!(told, "", "{target} {page}");
    }
    let fields = "<model>X1</model><serialNumber>AB123456</serialNumber>";
    for (target, document) in [
        ("/status", format!("<r>{fields}<patientId>MRN4711</patientId></r>")),
        ("/status", format!("<r birthDate='19440229'>{fields}</r>")),
        ("/status", format!("<Person>{fields}</Person>")),
        ("/status", format!("<r>{fields}{fields}<serialNumber>AB123457</serialNumber></r>")),
        ("/status", format!("<r>{fields}")),
        ("/status", format!("<r>{fields}{}</r>", "<a/>".repeat(3_000))),
        ("/status", format!("<a><b><c><d>{fields}</d></c></b></a>")),
        ("/status", "<order><serialNumber>AB123456</serialNumber></order>".to_owned()),
        ("/device/4711", format!("<r>{fields}</r>")),
    ] {
        let told =
            check::<Http>(&[client(format!("GET {target} HTTP/1.1\r\n\r\n")), answer("text/xml", &document)]);
        assert_eq!(told, "", "{target} {document}");
    }
}

proptest! {
    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
        for conversation in corpus() {
            any_split::<Http>(&conversation, &sizes);
        }
    }

    #[test]
    fn any_page_is_read_the_same_in_any_pieces(
        words in prop::collection::vec(prop::sample::select(vec![
            "<td>", "</td>", "Serial Number", "AB1234", ":", "<script>", "</script", ">", "<!--", "-->", "</html>", "&nbsp;",
            "<a b='", "'", "<th>", "patient name", "<title>", "</title>", "<model>", "</model>", "Model", "X 1", "<", "/",
            "<r>", "</r>",
        ]), 0..60),
        page in any::<bool>(),
        sizes in prop::collection::vec(1usize..40, 1..8),
    ) {
        let kind = if page { "text/html" } else { "text/xml" };
        let pieces = [client("GET /status HTTP/1.1\r\n\r\n"), answer(kind, &words.concat())];
        any_split::<Http>(&pieces, &sizes);
    }
}
