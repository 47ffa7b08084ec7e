use super::Http;
use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
use crate::dissect::{Probe, Side, StreamDissector};
use insta::assert_snapshot;
use proptest::prelude::*;

fn front_page() -> Vec<Piece> {
    vec![
        client("GET / HTTP/1.1\r\nHost: pump7.clinic.example\r\nUser-Agent: curl/7.88.1\r\n\r\n"),
        server(
            "HTTP/1.1 200 OK\r\nServer: GoAhead-Webs\r\nX-Powered-By: PHP/5.3\r\nContent-Type: text/html\r\n\
             Content-Length: 79\r\n\r\n<html><head><TITLE>\n Infusion  Pump 7 </TITLE></head><body>hello\
             </body></html>      ",
        ),
    ]
}

/// Conversations the fuzz corpus begins with.
pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    [
        vec![front_page(), fhir()],
        super::fhir_tests::corpus(),
        super::dicom_web_tests::corpus(),
        super::particulars_tests::corpus(),
    ]
    .concat()
}

#[test]
fn a_front_page_shows_server_and_title() {
    assert_snapshot!(check::<Http>(&front_page()), @r"
    Server http.host pump7.clinic.example
    Client http.user_agent curl/7.88.1
    Server http.server GoAhead-Webs
    Server http.powered_by PHP/5.3
    Server http.title Infusion Pump 7
    ");
    batter::<Http>(&front_page());
}

#[test]
fn pipelined_requests_meet_their_answers() {
    let told = check::<Http>(&[
        client(
            "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nPOST /x HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\nabc\
             GET /login HTTP/1.1\r\nHost: c\r\n\r\n",
        ),
        server(
            "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n\
             HTTP/1.1 204 No Content\r\nServer: two\r\n\r\n\
             HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
             9;x=1\r\n<title>Li\r\nA\r\nber B</tit\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 404 No\r\nServer: four\r\n\r\n",
        ),
    ]);
    assert_snapshot!(told, @r"
    Server http.host a
    Server http.host b
    Server http.host c
    Server http.server two
    Server http.title Liber B
    Server http.server four
    ");
}

#[test]
fn credentials_are_told_but_not_kept() {
    let told = check::<Http>(&[
        client("GET / HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\nHost: x\r\n\r\n"),
        server(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest qop=\"auth\",\r\n realm=\"Bed \\\"7\\\"\", \
             nonce=\"1\"\r\nContent-Length: 0\r\n\r\n",
        ),
        client("GET / HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\n\r\n"),
        server(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<title>Ward</title>.",
        ),
    ]);
    assert_snapshot!(told, @r#"
    Client http.clear_credentials: Basic credentials
    Server http.host x
    Server http.authentication Digest
    Server http.realm Bed \"7\"
    Client log_in.failed: http: Basic credentials refused
    Client http.clear_credentials: Basic credentials
    "#);
}

/// One request with these credentials, answered with this status.
fn log_in(credentials: &str, status: &str) -> String {
    check::<Http>(&[
        client(format!("GET /private/ HTTP/1.1\r\nAuthorization: {credentials}\r\n\r\n")),
        server(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")),
    ])
}

#[test]
fn log_ins_fail_succeed_or_are_the_factory_s() {
    // nurse:secret
    assert_snapshot!(log_in("Basic bnVyc2U6c2VjcmV0", "401 Unauthorized"), @"
    Client http.user 653905cf96d6b468
    Client http.clear_credentials: Basic credentials
    Client log_in.failed: http: Basic credentials refused
    ");
    assert_snapshot!(log_in("Basic bnVyc2U6c2VjcmV0", "200 OK"), @"
    Client http.user 653905cf96d6b468
    Client http.clear_credentials: Basic credentials
    ");
    // admin:admin
    assert_snapshot!(log_in("basic YWRtaW46YWRtaW4=", "200 OK"), @"
    Client http.user 8d5f8aeeb64e3ce2
    Client http.clear_credentials: Basic credentials
    Client log_in.default_credentials: http: Basic credentials as set at the factory
    ");
    assert_snapshot!(log_in("basic YWRtaW46YWRtaW4=", "401 Unauthorized"), @"
    Client http.user 8d5f8aeeb64e3ce2
    Client http.clear_credentials: Basic credentials
    Client log_in.failed: http: Basic credentials refused
    ");
    assert_snapshot!(log_in("Digest username=\"nurse\", response=\"0\"", "407 No"), @"
    Client http.user 653905cf96d6b468
    Client log_in.failed: http: Digest credentials refused
    ");
    // A step of NTLM is answered with 401 by design.
    assert_snapshot!(log_in("NTLM TlRMTVNTUAAB", "401 Unauthorized"), @"");
}

#[test]
fn front_pages_go_by_many_names() {
    for target in ["/", "/index.php", "/ui/", "/web/Login.aspx", "/cgi-bin/main.cgi", "/app/index.html"] {
        let told = check::<Http>(&[
            client(format!("GET {target} HTTP/1.0\r\n\r\n")),
            server("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Infusor 7</title>\n</html>\n"),
        ]);
        assert_eq!(told, "Server http.title Infusor 7\n", "{target}");
    }
}

#[test]
fn pages_about_patients_keep_their_title() {
    for (target, page) in [
        ("/patients/4711", "<title>Ward 3</title>"),
        ("/?patient=4711", "<title>Ward 3</title>"),
        ("/Patients/", "<title>Ward 3</title>"),
        ("/ui/4711/", "<title>Ward 3</title>"),
        ("/ui/page.html", "<title>Ward 3</title>"),
        ("*", "<title>Ward 3</title>"),
        ("/", "<title>Doe, Jane</title>"),
        ("/", "<title>DOE^JANE</title>"),
        ("/", "<title>Case 19440229</title>"),
        ("/", "<title>View</title><table><tr><td>Patient Name</td>"),
        ("/", "<title>Patient 7</title>"),
        ("/", "<title>Worklist</title>"),
        ("/", "<title>Monitor of Mr Doe</title>"),
        ("/", "<title>View</title><b>MRN</b>"),
    ] {
        let told = check::<Http>(&[
            client(format!("GET {target} HTTP/1.1\r\n\r\n")),
            server(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
                page.len()
            )),
        ]);
        assert_eq!(told, "", "{target} {page}");
    }
}

fn fhir() -> Vec<Piece> {
    let patient = r#"{ "resourceType" : "Patient", "identifier": [ { "value": "MRN4711" } ],
        "name": [ { "family": "Doe" } ], "birthDate": "1944-02-29" }"#;
    vec![
        client("GET /fhir/Patient/4711 HTTP/1.1\r\nHost: fhir\r\n\r\n"),
        server(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json;charset=UTF-8\r\nContent-Length: {}\r\n\r\n{patient}",
            patient.len()
        )),
    ]
}

#[test]
fn fhir_patients_are_noted_by_kind() {
    assert_snapshot!(check::<Http>(&fhir()), @r"
    Server http.host fhir
    carries fhir
    Server fhir.base /fhir
    Client fhir.asks Patient
    Server fhir.serves Patient
    Client fhir.unauthenticated: Patient
    patient data: name identifier birth_date
    ");
    batter::<Http>(&fhir());
}

#[test]
fn hostile_heads_are_bounded() {
    let long = "x".repeat(30_000);
    let many = "A: b\r\n".repeat(400);
    let told = check::<Http>(&[
        client(format!("GET /{long} HTTP/1.1\r\nHost: never\r\n\r\n")),
        client(format!("GET / HTTP/1.1\r\nX: {long}\r\nHost: after\r\n{many}Host: late\r\n\r\n")),
        server(
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        server("FFFFFFFFFFFFFFFFFF\r\n\r\nHTTP/1.0 200 OK\r\nServer: back\r\n\r\nrest without end"),
    ]);
    assert_snapshot!(told, @r"
    Server http.host after
    Server http.server back
    malformed: 5
    ");
}

#[test]
fn finds_its_place_after_a_loss() {
    let told = check::<Http>(&[
        server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"),
        Piece::Gap(Side::Server, 90),
        server("HTTP/1.1 200 OK\r\nServer: in step\r\nCont"),
        Piece::Gap(Side::Server, 4000),
        server("body\nbody\r\nHTTP/1.1 200 OK\r\nServer: found again\r\n\r\n"),
        Piece::Gap(Side::Client, 1),
        client("t: x\r\n\r\nGET / HTTP/1.1\r\nUser-Agent: found too\r\n\r\n"),
    ]);
    assert_snapshot!(told, @r"
    Server http.server in step
    Server http.server found again
    Client http.user_agent found too
    ");
}

#[test]
fn tunnels_are_left_alone() {
    let told = check::<Http>(&[
        client("CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\nUser-Agent: tool\r\n\r\n"),
        server("HTTP/1.1 200 Connection established\r\nServer: proxy\r\n\r\n\x16\x03\x01"),
        client("\x16\x03\x01\nGET / HTTP/1.1\r\nUser-Agent: hidden\r\n\r\n"),
    ]);
    assert_snapshot!(told, @r"
    Client http.user_agent tool
    Server http.server proxy
    ");
}

#[test]
fn text_that_is_no_utf8_is_passed_on_as_bytes() {
    let told =
        check::<Http>(&[server(b"HTTP/1.1 200 OK\r\nServer: K\xfcche\r\nBad Name: x\r\n\r\n".to_vec())]);
    assert_snapshot!(told, @r"
    Server http.server K�che
    malformed: 1
    ");
}

#[test]
fn probes_tell_http_from_its_relatives() {
    for (head, expected) in [
        (&b"GET / HTTP/1.1\r\n"[..], Probe::Certain(Side::Client)),
        (b"HTTP/1.0 200 OK", Probe::Certain(Side::Server)),
        (b"OPTIONS * RTSP/1.0\r\n", Probe::No),
        (b"OPTIONS sip:nurse@example SIP/2.0\r\n", Probe::No),
        (b"GET", Probe::Unsure),
        (b"HTT", Probe::Unsure),
        (b"CONNECT a:1 HTTP/1.1\r\n", Probe::Certain(Side::Client)),
        (b"GET /a/long/path/whose/end/is/out/of/sight/for/the/probe", Probe::Certain(Side::Client)),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Probe::No),
        (b"\x16\x03\x01", Probe::No),
        (b"", Probe::Unsure),
    ] {
        assert_eq!(Http::probe(head, 80), expected, "{}", String::from_utf8_lossy(head));
    }
}

#[test]
fn the_state_stays_small() {
    assert!(size_of::<Http>() <= 1440, "{}", size_of::<Http>());
}

proptest! {
    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
        any_split::<Http>(&front_page(), &sizes);
        any_split::<Http>(&fhir(), &sizes);
    }

    #[test]
    fn any_bytes_are_safe(
        words in prop::collection::vec(prop::sample::select(vec![
            "GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "Content-Length: 5\r\n", "Host: h\r\n", "\r\n", " fold\r\n",
            "Transfer-Encoding: chunked\r\n", "5\r\nabcde\r\n", "0\r\n", "<title>t</title>", "\n", "\0", "HEAD",
        ]), 0..40),
        server_side in any::<bool>(),
        sizes in prop::collection::vec(1usize..40, 1..8),
    ) {
        let text = words.concat();
        let piece = if server_side { server(text) } else { client(text) };
        any_split::<Http>(&[piece], &sizes);
    }
}

#[test]
fn what_ran_into_a_field_is_not_told() {
    for (field, told) in [
        ("Host: engine.clinic:8080", "Server http.host engine.clinic:8080\n"),
        ("Host: [fe80::1%25eth0]:8080", "Server http.host [fe80::1%25eth0]:8080\n"),
        ("Host: [fe80::1]", "Server http.host [fe80::1]\n"),
        ("Host: engine.clinicCookie: name=DOE", ""),
        ("Host: engine.clinic:80DOE", ""),
        ("Host: JANE DOE", ""),
        (
            "User-Agent: Pump/4 (x; rv:10.0; +http://x.example/)",
            "Client http.user_agent Pump/4 (x; rv:10.0; +http://x.example/)\n",
        ),
        ("User-Agent: Pump/4Cookie: name=DOE", ""),
        ("User-Agent: Pump/4Authorization:Basic c2VjcmV0", ""),
        ("User-Agent: Pump/4\rCookie:DOE", ""),
    ] {
        let request = format!("GET /x HTTP/1.1\r\n{field}\r\n\r\n");
        assert_eq!(check::<Http>(&[client(request)]), told, "{field}");
    }
    for (field, told) in [
        (
            "WWW-Authenticate: Basic realm=\"Pump 7\"",
            "Server http.authentication Basic\nServer http.realm Pump 7\n",
        ),
        ("WWW-Authenticate: Basic realm=\"Doe, Jane\"", "Server http.authentication Basic\n"),
        ("WWW-Authenticate: Basic realm=xSet-Cookie:DOE", "Server http.authentication Basic\n"),
        ("Server: Acme/2.0Set-Cookie: name=DOE", ""),
    ] {
        let answer = format!("HTTP/1.1 401 No\r\n{field}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(check::<Http>(&[server(answer)]), told, "{field}");
    }
}
