use super::{Http, PACKED_BYTES_MAX};
use crate::dissect::testing::{Piece, any_split, batter, check, client, run, server};
use crate::inflate::packing::{gzip, zlib};
use insta::assert_snapshot;
use proptest::prelude::*;
use std::fmt::Write as _;

const CAPABILITY: &str = r#"{
  "resourceType": "CapabilityStatement", "id": "x", "name": "RestServer", "status": "active",
  "publisher": "Clinic", "kind": "instance",
  "software": { "name": "Example FHIR Server", "version": "7.2.0", "releaseDate": "2026-01-02" },
  "implementation": { "description": "Ward gateway", "url": "http://fhir.clinic.example/fhir" },
  "fhirVersion": "4.0.1", "format": ["application/fhir+json", "json"],
  "rest": [ { "mode": "server",
    "security": { "service": [ { "coding": [ { "system": "http://x", "code": "SMART-on-FHIR" } ] } ] },
    "resource": [ { "type": "Patient", "interaction": [ { "code": "read" } ] },
                  { "type": "Device", "profile": "http://x" } ] } ]
}"#;

const DEVICES: &str = r#"{ "resourceType": "Bundle", "type": "searchset", "total": 2, "entry": [
  { "fullUrl": "http://x/Device/1", "resource": { "resourceType": "Device", "id": "pump-1",
    "identifier": [ { "system": "http://x/assets", "value": "BME-4711" } ],
    "udiCarrier": [ { "deviceIdentifier": "04012345678901", "carrierHRF": "(01)04012345678901(21)SN-1" } ],
    "manufacturer": "Example M\u00e9dical", "manufactureDate": "2019-05-01", "serialNumber": "SN-1",
    "deviceName": [ { "name": "Infusor 8", "type": "model-name" },
                    { "name": "Jane Doe's pump", "type": "patient-reported-name" } ],
    "modelNumber": "8100", "type": { "coding": [ { "code": "1", "display": "Infusion pump" } ] },
    "version": [ { "type": { "text": "software" }, "value": "2.4.1" } ],
    "contact": [ { "system": "phone", "value": "5550199" } ] } },
  { "resource": { "resourceType": "Device", "id": "r5",
    "displayName": "Monitor bed 3", "manufacturer": "Example", "name": [ { "value": "M7", "type": "model-name" } ],
    "identifier": [ { "value": "EUI-00-09-FB" } ], "type": [ { "text": "Patient monitor" } ] } }
] }"#;

fn get(target: &str, fields: &str) -> Piece {
    client(format!("GET {target} HTTP/1.1\r\nHost: h\r\n{fields}\r\n"))
}

fn answer(status: &str, kind: &str, body: &[u8]) -> Piece {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
    server([head.as_bytes(), body].concat())
}

fn json(body: &str) -> Piece {
    answer("200 OK", "application/fhir+json; charset=UTF-8", body.as_bytes())
}

/// A compressed body in chunks of `size`.
fn chunked(coding: &str, packed: &[u8], size: usize) -> Piece {
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Encoding: {coding}\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for chunk in packed.chunks(size) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    server(bytes)
}

fn metadata() -> Vec<Piece> {
    vec![get("/fhir/metadata", ""), json(CAPABILITY)]
}

fn devices() -> Vec<Piece> {
    vec![get("/fhir/Device?_count=50", "Authorization: Bearer abc\r\n"), json(DEVICES)]
}

/// Conversations the fuzz corpus begins with.
pub(super) fn corpus() -> Vec<Vec<Piece>> {
    let packed = chunked("gzip", &gzip(CAPABILITY.as_bytes()), 100);
    vec![metadata(), devices(), vec![get("/fhir/metadata", ""), packed]]
}

#[test]
fn a_server_says_what_it_is() {
    assert_snapshot!(check::<Http>(&metadata()), @r"
    Server http.host h
    carries fhir
    Server fhir.base /fhir
    Server fhir.software Example FHIR Server
    Server fhir.software_version 7.2.0
    Server fhir.implementation Ward gateway
    Server fhir.url http://fhir.clinic.example/fhir
    Server fhir.version 4.0.1
    Server fhir.security SMART-on-FHIR
    ");
    batter::<Http>(&metadata());
}

#[test]
fn a_server_speaks_for_devices() {
    assert_snapshot!(check::<Http>(&devices()), @r"
    Server http.host h
    carries fhir
    Server fhir.base /fhir
    Client fhir.asks Device
    Server fhir.serves Device
    Server for [SN-1] fhir.device_serial SN-1
    Server for [SN-1] fhir.device_identifier BME-4711
    Server for [SN-1] fhir.device_udi (01)04012345678901(21)SN-1
    Server for [SN-1] fhir.device_udi_di 04012345678901
    Server for [SN-1] fhir.device_manufacturer Example Médical
    Server for [SN-1] fhir.device_model 8100
    Server for [SN-1] fhir.device_name Infusor 8
    Server for [SN-1] fhir.device_type Infusion pump
    Server for [SN-1] fhir.device_version 2.4.1
    Server for [SN-1] fhir.device_manufactured 2019-05-01
    Server for [EUI-00-09-FB] fhir.device_identifier EUI-00-09-FB
    Server for [EUI-00-09-FB] fhir.device_manufacturer Example
    Server for [EUI-00-09-FB] fhir.device_name M7
    Server for [EUI-00-09-FB] fhir.device_type Patient monitor
    ");
    batter::<Http>(&devices());
}

#[test]
fn a_patients_own_device_stays_untold() {
    let implant = r#"{"resourceType":"Device","serialNumber":"IMPLANT-19440229","manufacturer":"Example",
        "patient":{"reference":"Patient/4711","display":"Jane Doe"}}"#;
    assert_snapshot!(check::<Http>(&[json(implant)]), @r"
    carries fhir
    patient data: name identifier
    ");
}

#[test]
fn compressed_bodies_tell_the_same() {
    let plain = check::<Http>(&metadata());
    let packed = gzip(CAPABILITY.as_bytes());
    let deflated = zlib(CAPABILITY.as_bytes());
    for answer in
        [chunked("gzip", &packed, 7), chunked("x-gzip", &packed, 5000), chunked("deflate", &deflated, 64)]
    {
        assert_eq!(check::<Http>(&[get("/fhir/metadata", ""), answer]), plain);
    }
    let counted = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        packed.len()
    );
    // What follows the body is read as what it is.
    let next = b"HTTP/1.1 404 Not Found\r\nServer: next\r\nContent-Length: 0\r\n\r\n";
    let answers = server([counted.as_bytes(), &packed, next].concat());
    let told = check::<Http>(&[get("/fhir/metadata", ""), answers]);
    assert_eq!(told, format!("{plain}Server http.server next\n"));
    batter::<Http>(&[get("/fhir/metadata", ""), chunked("gzip", &packed, 300)]);
}

#[test]
fn of_a_long_compressed_body_the_beginning_is_read() {
    // Noise that does not compress, so that the body is longer than what is held back of it.
    let mut noise = String::new();
    let mut word = 1u64;
    for _ in 0..6_000 {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let _ = write!(noise, "{word:x}");
    }
    let body = format!(
        "{{\"resourceType\":\"Observation\",\"note\":\"{noise}\",\"subject\":{{\"display\":\"Doe\",\"reference\":\"Patient/1\"}}}}"
    );
    let packed = gzip(body.as_bytes());
    assert!(packed.len() > 2 * PACKED_BYTES_MAX);
    let told = check::<Http>(&[get("/fhir/Observation/1", ""), chunked("gzip", &packed, 1000), json("{}")]);
    assert_snapshot!(told, @r"
    Server http.host h
    carries fhir
    Server fhir.base /fhir
    Client fhir.asks Observation
    Server fhir.serves Observation
    Client fhir.unauthenticated: Observation
    carries fhir
    patient data: result
    ");
}

#[test]
fn compression_that_is_none_is_said_to_be_so() {
    for (coding, body) in
        [("gzip", &b"{\"resourceType\":\"Patient\"}"[..]), ("br", b"\x1b\x0e"), ("gzip, gzip", b"xx")]
    {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let told = check::<Http>(&[
            server([head.as_bytes(), body].concat()),
            server("HTTP/1.1 200 OK\r\nServer: next\r\n\r\n"),
        ]);
        let malformed = if coding == "gzip" { "malformed: 1\n" } else { "" };
        assert_eq!(told, format!("carries fhir\nServer http.server next\n{malformed}"), "{coding}");
    }
}

#[test]
fn searches_are_told_without_values() {
    let bundle = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","name":[{"family":"Doe"}]}}]}"#;
    let told = check::<Http>(&[
        get("/fhir/Patient?family=Doe&birthdate=1944-02-29", ""),
        json(bundle),
        get("/fhir/Patient?family=Doe&birthdate=1944-02-29", ""),
        json(bundle),
        get("/fhir/Patient?_count=1000", ""),
        json(bundle),
        client("POST /fhir/Patient/_search HTTP/1.1\r\nContent-Length: 10\r\n\r\nfamily=Doe"),
        json(bundle),
        get("/fhir/Observation?patient=4711&code=8867-4", ""),
        json(r#"{"resourceType":"Bundle"}"#),
        get("/fhir/$export", ""),
        answer("202 Accepted", "application/fhir+json", b""),
        get("/fhir/Patient/4711/$everything", ""),
        json(bundle),
    ]);
    assert_snapshot!(told, @r"
    Server http.host h
    carries fhir
    Server fhir.base /fhir
    Client fhir.asks Patient
    Server fhir.serves Patient
    Client fhir.patient_search: Patient by family name, birth date
    Client fhir.unauthenticated: Patient
    Server http.host h
    carries fhir
    Server http.host h
    carries fhir
    Client fhir.patient_search: Patient, all
    carries fhir
    Client fhir.patient_search: Patient by parameters in the body
    Server http.host h
    carries fhir
    Client fhir.asks Observation
    Server fhir.serves Observation
    Server http.host h
    carries fhir
    Client fhir.bulk_export: the whole system
    Server http.host h
    carries fhir
    Client fhir.bulk_export: Patient
    patient data: name identifier birth_date
    ");
}

#[test]
fn failures_are_told_with_their_code() {
    let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login",
        "diagnostics":"Jane Doe is not for you"},{"severity":"error","code":"forbidden"}]}"#;
    let told = check::<Http>(&[
        get("/fhir/Patient/4711", ""),
        answer("401 Unauthorized", "application/fhir+json", outcome.as_bytes()),
        get("/fhir/Patient/4711", "Authorization: Bearer abc\r\n"),
        answer("404 Not Found", "text/html", b"<html></html>"),
        get("/fhir/Patient/4711", "Authorization: Bearer abc\r\n"),
        answer(
            "500 Oops",
            "application/fhir+json",
            br#"{"resourceType":"OperationOutcome","issue":[{"code":"Doe"}]}"#,
        ),
    ]);
    assert_snapshot!(told, @r"
    Server http.host h
    carries fhir
    Client fhir.asks Patient
    Server fhir.failed: Patient 401 login
    Server http.host h
    Server fhir.failed: Patient 404
    Server http.host h
    carries fhir
    Server fhir.failed: Patient 500
    patient data: identifier
    ");
}

#[test]
fn json_of_another_kind_is_left_alone() {
    for (target, body) in [
        ("/api/users", r#"{"name":[{"family":"Doe"}],"resourceType":"Patient","birthDate":"1944-02-29"}"#),
        ("/Account/Login", r#"{"user":"Doe","birthDate":"1944-02-29"}"#),
        ("/metadata", r#"{"name":"Jane","version":"1"}"#),
        ("/Patient/7", r#"{"resourceType":"Weapon","name":"x"}"#),
        ("/Patient/7", "[1,2,3]"),
        ("/Patient/7", "not json at all"),
    ] {
        let told = check::<Http>(&[get(target, ""), answer("200 OK", "application/json", body.as_bytes())]);
        assert_eq!(told, "Server http.host h\n", "{target}");
    }
}

#[test]
fn json_proves_itself_by_its_type_wherever_it_stands() {
    let late = r#"{"id":"4711","name":[{"family":"Doe"}],"gender":"female","birthDate":"1944-02-29",
        "telecom":[{"value":"5550199"}],"resourceType":"Patient"}"#;
    let told =
        check::<Http>(&[get("/Patient/4711", ""), answer("200 OK", "application/json", late.as_bytes())]);
    assert_snapshot!(told, @r"
    Server http.host h
    carries fhir
    Server fhir.base /
    Client fhir.asks Patient
    Server fhir.serves Patient
    Client fhir.unauthenticated: Patient
    patient data: name identifier birth_date address
    ");
    // A conversation whose beginning was missed.
    let told = check::<Http>(&[answer("200 OK", "application/json", late.as_bytes())]);
    assert_snapshot!(told, @r"
    carries fhir
    patient data: name birth_date address
    ");
}

#[test]
fn kinds_of_patient_data_are_those_of_the_resource() {
    for (body, kinds) in [
        (
            r#"{"resourceType":"Observation","valueQuantity":{"value":72},"subject":{"reference":"Patient/4711"}}"#,
            "identifier result",
        ),
        (
            r#"{"resourceType":"Observation","component":[{"valueSampledData":{"period":10,"data":"1 2 3"}}]}"#,
            "result waveform",
        ),
        (
            r#"{"resourceType":"MedicationRequest","subject":{"reference":"urn:uuid:1","display":"Ward"}}"#,
            "order",
        ),
        (
            r#"{"resourceType":"Condition","subject":{"reference":"http://x/fhir/Patient/4711","display":"Jane Doe"}}"#,
            "name identifier result",
        ),
        (r#"{"resourceType":"Encounter","identifier":[{"value":"V4711"}]}"#, "identifier"),
        (
            r#"{"resourceType":"Coverage","subscriberId":"4711","beneficiary":{"display":"Jane Doe"}}"#,
            "name identifier",
        ),
        (
            r#"{"resourceType":"Patient","photo":[{"data":"AAAA"}],"address":[{"city":"Elm"}]}"#,
            "address image",
        ),
        (r#"{"resourceType":"Practitioner","name":[{"family":"House"}],"telecom":[{"value":"1"}]}"#, ""),
        (r#"{"resourceType":"Organization","name":"Clinic","identifier":[{"value":"7"}]}"#, ""),
        (
            r#"{"resourceType":"Observation","contained":[{"resourceType":"Patient","birthDate":"1944-02-29"}]}"#,
            "birth_date result",
        ),
        (r#"{"resourceType":"Immunization","patient":{"identifier":{"value":"4711"}}}"#, "identifier result"),
    ] {
        let told = check::<Http>(&[json(body)]);
        let expected = if kinds.is_empty() { String::new() } else { format!("patient data: {kinds}\n") };
        assert_eq!(told, format!("carries fhir\n{expected}"), "{body}");
    }
}

#[test]
fn a_gateway_puts_its_devices() {
    let device =
        r#"{"resourceType":"Device","manufacturer":"Example","serialNumber":"S7","modelNumber":"M1"}"#;
    let told = check::<Http>(&[
        client(format!(
            "PUT /r4/Device/7 HTTP/1.1\r\nContent-Type: application/fhir+json\r\nContent-Length: {}\r\n\r\n{device}",
            device.len()
        )),
        server("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
    ]);
    assert_snapshot!(told, @r"
    carries fhir
    Client for [S7] fhir.device_serial S7
    Client for [S7] fhir.device_manufacturer Example
    Client for [S7] fhir.device_model M1
    Server fhir.base /r4
    Client fhir.asks Device
    Server fhir.serves Device
    ");
}

#[test]
fn a_device_that_says_too_much_is_cut() {
    let names: Vec<String> =
        (0..30).map(|n| format!("{{\"name\":\"a device's {n}th name\",\"type\":\"model-name\"}}")).collect();
    let body = format!(
        "{{\"resourceType\":\"Device\",\"serialNumber\":\"S1\",\"deviceName\":[{}]}}",
        names.join(",")
    );
    let told = check::<Http>(&[json(&body)]);
    assert!(told.ends_with("limits: 1\n"), "{told}");
    assert!(told.contains("Server for [S1] fhir.device_serial S1\n"), "{told}");
}

#[test]
fn a_smart_configuration_names_who_grants_access() {
    let body = r#"{"issuer":"https://id.clinic.example","authorization_endpoint":"https://id.clinic.example/authorize"}"#;
    let told = check::<Http>(&[
        get("/fhir/.well-known/smart-configuration", ""),
        answer("200 OK", "application/json", body.as_bytes()),
    ]);
    assert_snapshot!(told, @r"
    Server http.host h
    Server fhir.authorization_endpoint https://id.clinic.example/authorize
    carries fhir
    Server fhir.base /fhir
    ");
}

#[test]
fn a_statement_about_others_is_not_about_the_server() {
    let told = check::<Http>(&[get("/fhir/CapabilityStatement/of-another", ""), json(CAPABILITY)]);
    assert!(!told.contains("fhir.software"), "{told}");
}

#[test]
fn xml_tells_what_json_does() {
    let statement = r#"<?xml version="1.0"?><CapabilityStatement xmlns="http://hl7.org/fhir"><id value="x"/>
        <software><name value="Example FHIR Server"/><version value="7.2.0"/></software>
        <implementation><description value="Ward gateway"/><url value="http://fhir.clinic.example/fhir"/></implementation>
        <fhirVersion value="4.0.1"/><rest><security><service><coding><system value="x"/>
        <code value="SMART-on-FHIR"/></coding></service></security><resource><type value="Patient"/></resource></rest>
        </CapabilityStatement>"#;
    let told = check::<Http>(&[
        get("/fhir/metadata", ""),
        answer("200 OK", "application/fhir+xml", statement.as_bytes()),
    ]);
    assert_eq!(told, check::<Http>(&metadata()));
    let devices = r#"<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Device><id value="pump-1"/>
        <contained><Organization><name value="Owner"/><identifier><value value="O1"/></identifier></Organization></contained>
        <identifier><value value="BME-4711"/></identifier>
        <manufacturer value="Example"/><serialNumber value="SN-1"/>
        <deviceName><name value="Infusor 8"/><type value="model-name"/></deviceName>
        <deviceName><name value="Jane Doe's pump"/><type value="patient-reported-name"/></deviceName>
        <type><text value="Infusion pump"/></type></Device></resource></entry>
        <entry><resource><Patient><text><div xmlns="http://www.w3.org/1999/xhtml">Jane Doe</div></text>
        <name><family value="Doe"/></name><birthDate value="1944-02-29"/></Patient></resource></entry></Bundle>"#;
    let told = check::<Http>(&[answer("200 OK", "application/fhir+xml", devices.as_bytes())]);
    assert_snapshot!(told, @r"
    carries fhir
    Server for [SN-1] fhir.device_serial SN-1
    Server for [SN-1] fhir.device_identifier BME-4711
    Server for [SN-1] fhir.device_manufacturer Example
    Server for [SN-1] fhir.device_type Infusion pump
    patient data: name birth_date
    ");
    batter::<Http>(&[answer("200 OK", "application/fhir+xml", statement.as_bytes())]);
}

proptest! {
    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..200, 1..12)) {
        for conversation in corpus() {
            any_split::<Http>(&conversation, &sizes);
        }
    }

    #[test]
    fn any_document_is_safe(
        words in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", "\"resourceType\":", "\"Device\"", "\"Patient\"", ",", "\"resource\":", "\"contained\":",
            "\"name\":", "\"serialNumber\":", "\"x\"", "\"identifier\":", "\"value\":", "\"patient\":", "\"entry\":", "1",
        ]), 0..120),
    ) {
        run::<Http>(&[get("/fhir/Device", ""), json(&words.concat())]);
    }
}

#[test]
fn what_a_device_contains_or_bears_late_is_not_told() {
    let contained = r#"{ "resourceType": "Device", "serialNumber": "SN-9",
        "contained": [ { "identifier": [ { "value": "MRN4711" } ], "id": "MRN4711", "resourceType": "Patient" } ],
        "displayName": "Jane Doe" }"#;
    let told = check::<Http>(&[get("/fhir/Device/9", ""), json(contained)]);
    assert!(told.contains("SN-9") && !told.contains("MRN"), "{told}");
    let late = r#"{ "patient": { "reference": "Patient/1" },
        "contained": [ { "serialNumber": "SN-8", "resourceType": "Device" } ],
        "serialNumber": "SN-7", "resourceType": "Device" }"#;
    let told = check::<Http>(&[get("/fhir/Device/7", ""), json(late)]);
    assert!(!told.contains("SN-"), "{told}");
}
