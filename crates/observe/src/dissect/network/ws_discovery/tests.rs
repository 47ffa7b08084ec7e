use super::*;
use crate::dissect::stations::told;
use crate::dissect::testing::PLANTED;
use proptest::prelude::*;

const NEW: [&str; 2] =
    ["http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01", "http://www.w3.org/2005/08/addressing"];
const OLD: [&str; 2] =
    ["http://schemas.xmlsoap.org/ws/2005/04/discovery", "http://schemas.xmlsoap.org/ws/2004/08/addressing"];

/// A message of either version.
fn message([discovery, addressing]: [&str; 2], action: &str, body: &str) -> Vec<u8> {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' xmlns:a='{addressing}' \
         xmlns:d='{discovery}' xmlns:p='http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01' \
         xmlns:q='http://schemas.xmlsoap.org/ws/2006/02/devprof'><s:Header><a:Action>{discovery}/{action}</a:Action>\
         <a:ReplyTo><a:Address>urn:uuid:not-the-device</a:Address></a:ReplyTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
    .into_bytes()
}

fn announced(endpoint: &str, types: &str, scopes: &str, addresses: &str) -> String {
    format!(
        "<a:EndpointReference><a:Address>{endpoint}</a:Address></a:EndpointReference><d:Types>{types}</d:Types>\
         <d:Scopes>{scopes}</d:Scopes><d:XAddrs>{addresses}</d:XAddrs><d:MetadataVersion>4</d:MetadataVersion>"
    )
}

const SCOPES: &str = "sdc.ctxt.loc:/sdc.ctxt.loc.detail/HOSP%2F%2F%2FICU%2F%2FB?fac=HOSP&amp;poc=ICU+3%2FW&amp;bed=BED7 \
    sdc.mds.pkp:1.2.840.10004.20701.1.1 sdc.cdc.type:///70041 sdc.ctxt.pat:/r/MRN4711 sdc.ctxt.opr:/r/DOE http://x/JANE";

fn hello() -> Vec<u8> {
    let types = "p:Device m:MedicalDevice\" xmlns:m=\"urn:m".split('"').next().unwrap();
    let body =
        announced("urn:uuid:1", types, SCOPES, "http://10.0.0.7:6464/1?JANE http://DOE:c2VjcmV0@10.0.0.7/");
    let ns = "<d:Hello xmlns:m='http://standards.ieee.org/downloads/11073/11073-20702-2016'>";
    message(NEW, "Hello", &format!("{ns}{body}</d:Hello>"))
}

fn matches(list: &[String]) -> Vec<u8> {
    let all: String = list.iter().map(|one| format!("<d:ProbeMatch>{one}</d:ProbeMatch>")).collect();
    message(OLD, "ProbeMatches", &format!("<d:ProbeMatches>{all}</d:ProbeMatches>"))
}

fn camera() -> Vec<u8> {
    let scopes = "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Axis%20M3045 \
        onvif://www.onvif.org/hardware/M3045-V onvif://www.onvif.org/location/city/Bonn onvif://www.onvif.org/owner/DOE \
        onvif://www.onvif.org/Profile/Streaming";
    let types =
        "<d:Types xmlns:n='http://www.onvif.org/ver10/network/wsdl'>n:NetworkVideoTransmitter</d:Types>";
    let body = announced("urn:uuid:2", "", scopes, "http://10.0.0.7/onvif http://[fe80::1]/onvif");
    matches(&[format!("{types}{body}")])
}

fn probe() -> Vec<u8> {
    message(OLD, "Probe", "<d:Probe><d:Types>q:Device</d:Types></d:Probe>")
}

/// Messages that the committed corpus holds.
pub(crate) fn datagrams() -> Vec<Vec<u8>> {
    let bye = "<d:Bye><a:EndpointReference><a:Address>urn:uuid:1</a:Address></a:EndpointReference></d:Bye>";
    vec![hello(), camera(), probe(), message(NEW, "Bye", bye)]
}

fn datagram(bytes: &[u8]) -> Datagram<'_> {
    let (source, destination) = ("10.0.0.7".parse().unwrap(), "239.255.255.250".parse().unwrap());
    Datagram { source: (source, 50_000), destination: (destination, 3702), bytes, cut: false, first: true }
}

fn read(bytes: &[u8]) -> String {
    let datagram = datagram(bytes);
    let text = told(|facts| {
        if WsDiscovery::recognise(&datagram) != Recognised::No {
            WsDiscovery::read(&datagram, Side::Server, facts);
        }
    });
    assert!(PLANTED.iter().all(|word| !text.contains(word)), "{text}");
    text
}

#[test]
fn a_medical_device_announces_itself() {
    let expected = "Server ws_discovery.endpoint urn:uuid:1
Server ws_discovery.type dpws:Device
Server ws_discovery.type mdpws:MedicalDevice
Server ws_discovery.location HOSP / ICU 3/W / BED7
Server ws_discovery.point_of_care ICU 3/W
Server ws_discovery.scope sdc.mds.pkp:1.2.840.10004.20701.1.1
Server ws_discovery.scope sdc.cdc.type:///70041
patient data
Server ws_discovery.address http://10.0.0.7:6464/1
Server ws_discovery.metadata_version 4
";
    assert_eq!(read(&hello()), expected);
    let with_mark = [b"\xef\xbb\xbf\r\n", &hello()[..]].concat();
    assert_eq!(read(&with_mark), expected);
}

#[test]
fn a_camera_answers_a_search() {
    let expected = "Server ws_discovery.type dn:NetworkVideoTransmitter
Server ws_discovery.endpoint urn:uuid:2
Server ws_discovery.scope onvif://www.onvif.org/type/video_encoder
Server ws_discovery.name Axis M3045
Server ws_discovery.hardware M3045-V
Server ws_discovery.location city/Bonn
Server ws_discovery.scope onvif://www.onvif.org/Profile/Streaming
Server ws_discovery.address http://10.0.0.7/onvif
Server ws_discovery.address http://[fe80::1]/onvif
Server ws_discovery.metadata_version 4
";
    assert_eq!(read(&camera()), expected);
}

#[test]
fn who_searches_and_who_leaves_is_told() {
    assert_eq!(read(&probe()), "Server ws_discovery.looks_for dpws:Device\n");
    let [.., bye] = &datagrams()[..] else { unreachable!() };
    assert_eq!(read(bye), "Server ws_discovery.endpoint urn:uuid:1\n");
    let resolve =
        "<d:Resolve><a:EndpointReference><a:Address>urn:uuid:9</a:Address></a:EndpointReference></d:Resolve>";
    assert_eq!(read(&message(NEW, "Resolve", resolve)), "");
}

#[test]
fn the_sender_s_side_is_in_the_action() {
    for (action, side) in [
        ("Hello", Side::Server),
        ("Bye", Side::Server),
        ("ProbeMatches", Side::Server),
        ("ResolveMatches", Side::Server),
        ("Probe", Side::Client),
        ("Resolve", Side::Client),
    ] {
        for version in [NEW, OLD] {
            let recognised = WsDiscovery::recognise(&datagram(&message(version, action, "")));
            assert_eq!(recognised, Recognised::From(side), "{action}");
        }
    }
    assert_eq!(WsDiscovery::recognise(&datagram(&message(NEW, "Other", ""))), Recognised::Unsided);
    for other in [&b"M-SEARCH * HTTP/1.1\r\n"[..], b"<a/>", b"", b"<?xml?><s:Envelope xmlns:s='urn:x'/>"] {
        assert_eq!(WsDiscovery::recognise(&datagram(other)), Recognised::No);
    }
}

#[test]
fn a_proxy_speaks_for_others() {
    let one = announced("urn:uuid:1", "p:Device", "", "http://10.0.0.21:80/");
    let two = announced("urn:uuid:2", "p:Device", "", "http://10.0.0.22:80/");
    let three = announced("urn:uuid:3", "p:Device", "", "http://printer.clinic/");
    let text = read(&matches(&[one, two, three]));
    assert!(text.contains("10.0.0.21 ws_discovery.endpoint urn:uuid:1\n"), "{text}");
    assert!(text.contains("10.0.0.22 ws_discovery.endpoint urn:uuid:2\n"), "{text}");
    assert!(!text.contains("urn:uuid:3") && !text.contains("Server"), "{text}");
}

#[test]
fn several_places_are_those_of_several_devices() {
    let scopes = "sdc.ctxt.loc:/x/A?bed=1 sdc.ctxt.loc:/x/B?bed=2";
    let body = announced("urn:uuid:1", "p:Device", scopes, "http://10.0.0.7/");
    let text = read(&matches(&[body]));
    assert!(text.contains("urn:uuid:1") && !text.contains("location"), "{text}");
}

#[test]
fn a_place_may_stand_in_the_path_alone() {
    let place = |scope: &[u8]| match scopes::read(scope) {
        scopes::Scope::Location(place, _) => String::from_utf8(place.bytes().to_vec()).unwrap(),
        _ => String::from("none"),
    };
    assert_eq!(place(b"sdc.ctxt.loc:/r/HOSP%2F%2F2%2FICU%2F%2FB7"), "HOSP / 2 / ICU / B7");
    assert_eq!(place(b"SDC.CTXT.LOC:/r/?fac=%"), "%");
    assert_eq!(place(b"sdc.ctxt.loc:"), "");
}

#[test]
fn more_announcements_than_are_remembered_are_counted() {
    let list: Vec<String> = (0..20)
        .map(|index| announced(&format!("urn:uuid:{index}"), "", "", &format!("http://10.0.1.{index}/")))
        .collect();
    let text = read(&matches(&list));
    assert!(
        text.contains("10.0.1.15 ") && !text.contains("10.0.1.16") && text.ends_with("limit\n"),
        "{text}"
    );
}

#[test]
fn every_prefix_and_every_damaged_byte_is_safe() {
    for golden in datagrams() {
        let all = read(&golden);
        for length in 0..golden.len() {
            let text = read(&golden[..length]);
            // A cut value may be told; nothing else is made up.
            assert!(text.lines().count() <= all.lines().count() + 1, "{length}: {text}");
        }
        for at in 0..golden.len() {
            let mut damaged = golden.clone();
            damaged[at] ^= 0x15;
            let datagram = datagram(&damaged);
            told(|facts| _ = WsDiscovery::read(&datagram, Side::Server, facts));
        }
    }
}

proptest! {
    #[test]
    fn any_datagram_is_safe(bytes in proptest::collection::vec(any::<u8>(), 0..200), scope in "[ -~]{0,80}") {
        read(&bytes);
        scopes::read(scope.as_bytes());
        scopes::read(format!("sdc.ctxt.loc:{scope}").as_bytes());
        host_address(scope.as_bytes());
        transport_address(format!("http://{scope}").as_bytes());
    }
}
