//! Devices that announce and describe themselves, through the engine: what a recorded monitor said, against
//! what an independent decoder reads in the same files, and who speaks for whom.
#![expect(clippy::unwrap_used, reason = "tests stop loudly")]

mod common;

use common::*;
use cordon_model::Timestamp;
use cordon_model::observe::{PatientDataKinds, Protocol};
use cordon_observe::{Engine, Flow, Seen, SeenEvent, Settings, Sink};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
struct Notes {
    facts: BTreeSet<String>,
    flows: BTreeMap<Option<Protocol>, PatientDataKinds>,
    events: Vec<String>,
}

impl Sink for Notes {
    fn fact(&mut self, seen: Seen<'_>) {
        let address = seen.endpoint.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let record = seen.record.map(|record| format!(" [{record}]")).unwrap_or_default();
        self.facts.insert(format!("{address}{record} {} {}", seen.fact, seen.value));
    }

    fn flow(&mut self, flow: &Flow) {
        let kinds = self.flows.entry(flow.application).or_default();
        *kinds = kinds.union(flow.patient_data);
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        self.events.push(format!("{} {} {}", event.endpoint.ip.unwrap(), event.kind, event.detail));
    }
}

fn observe(packets: &Packets) -> Notes {
    let (mut engine, mut notes) = (Engine::new(Settings::default()), Notes::default());
    for (frame, number) in packets.frames.iter().zip(1..) {
        engine.frame(packets.link, frame.at, number, frame.wire_len, &frame.bytes, &mut notes);
    }
    engine.finish(&mut notes);
    notes
}

fn packets(frames: Vec<Vec<u8>>) -> Packets {
    let at = Timestamp::from_seconds(START);
    let frames = frames.into_iter().map(|bytes| Frame { at, wire_len: bytes.len() as u32, bytes }).collect();
    Packets { link: cordon_observe::LinkType::Ethernet, frames }
}

/// The texts of elements as tshark reads them in `medical/lab__labA.pcap` (`-T fields -e xml.tag -e xml.cdata`),
/// and the attributes of the location; a central at .41 reads a monitor at .116.
#[test]
fn a_recorded_monitor_describes_itself() {
    let Some(recorded) = capture("medical/lab__labA.pcap") else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let notes = observe(&recorded);
    for line in [
        "10.20.30.116 ws_discovery.endpoint urn:uuid:1bc02b12-751f-56c9-958e-6c25f0e6e4cf",
        "10.20.30.116 ws_discovery.type mdpws:MedicalDevice",
        "10.20.30.116 ws_discovery.location NORTHHOSP / ICU3 / BED7",
        "10.20.30.116 ws_discovery.point_of_care ICU3",
        "10.20.30.116 ws_discovery.scope sdc.mds.pkp:1.2.840.10004.20701.1.1",
        "10.20.30.116 dpws.manufacturer Draeger Medical Systems",
        "10.20.30.116 dpws.model Infinity M540",
        "10.20.30.116 dpws.model_number MS20401",
        "10.20.30.116 dpws.firmware VG7.1.1",
        "10.20.30.116 dpws.serial SN55120034",
        "10.20.30.116 dpws.friendly_name Infinity M540 BED7",
        "10.20.30.116 sdc.role provider",
        "10.20.30.116 sdc.type 130535",
        "10.20.30.116 sdc.location NORTHHOSP / ICU3 / BED7",
        "10.20.30.116 sdc.reports metric",
        "10.20.30.41 sdc.role consumer",
        "10.20.30.41 sdc.subscribes alert",
        "10.20.30.41 ws_discovery.looks_for mdpws:MedicalDevice",
    ] {
        assert!(notes.facts.contains(line), "{line}");
    }
    assert_eq!(notes.flows.get(&Some(Protocol::Sdc)), Some(&PatientDataKinds::RESULT));
}

const NAMESPACES: &str = "xmlns:s='http://www.w3.org/2003/05/soap-envelope' xmlns:a='http://www.w3.org/2005/08/addressing' \
    xmlns:d='http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01' \
    xmlns:m='http://standards.ieee.org/downloads/11073/11073-10207-2017/message' \
    xmlns:p='http://standards.ieee.org/downloads/11073/11073-10207-2017/participant' \
    xmlns:t='http://www.w3.org/2001/XMLSchema-instance'";

fn envelope(action: &str, body: &str) -> String {
    format!(
        "<s:Envelope {NAMESPACES}><s:Header><a:Action>{action}</a:Action></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// One message with the head of HTTP before it.
fn sent(start: &str, body: &str) -> Vec<u8> {
    let text = envelope("x", body);
    format!("{start}\r\nContent-Type: application/soap+xml\r\nContent-Length: {}\r\n\r\n{text}", text.len())
        .into_bytes()
}

/// Frames of a connection in which client and server each send this.
fn connection(client: Host, server: Host, asked: &[u8], told: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = vec![
        tcp_frame(client, server, SYN, 100, 0, b""),
        tcp_frame(server, client, SYN | ACK, 900, 101, b""),
    ];
    let (mut own, mut other) = (101, 901);
    for part in asked.chunks(700) {
        frames.push(tcp_frame(client, server, ACK, own, other, part));
        own += part.len() as u32;
    }
    for part in told.chunks(700) {
        frames.push(tcp_frame(server, client, ACK, other, own, part));
        other += part.len() as u32;
    }
    frames
}

#[test]
fn a_gateway_speaks_for_beds_and_reports_for_them() {
    let (central, gateway) = (host(9, 49_200), host(7, 6_464));
    let device = |serial: &str| {
        format!(
            "<p:Mds Handle='h{serial}'><p:MetaData><p:ModelName>M5</p:ModelName><p:SerialNumber>{serial}</p:SerialNumber></p:MetaData></p:Mds>"
        )
    };
    let patient = "<p:MdState><p:State t:type='p:PatientContextState'><p:CoreData><p:Familyname>DOE</p:Familyname></p:CoreData></p:State></p:MdState>";
    let described = format!(
        "<m:GetMdibResponse><m:Mdib><p:MdDescription>{}{}</p:MdDescription>{patient}</m:Mdib></m:GetMdibResponse>",
        device("S1"),
        device("S2")
    );
    let asked = sent("POST /g HTTP/1.1", "<m:GetMdib/>");
    let mut frames = connection(central, gateway, &asked, &sent("HTTP/1.1 200 OK", &described));
    let alarm = sent("POST /sink HTTP/1.1", "<m:EpisodicAlertReport/>");
    frames.extend(connection(host(7, 50_000), host(9, 7_000), &alarm, b"HTTP/1.1 202 Accepted\r\n\r\n"));
    let operation = sent(
        "POST /s HTTP/1.1",
        "<m:SetValue><m:OperationHandleRef>rate</m:OperationHandleRef></m:SetValue>",
    );
    frames.extend(connection(host(9, 49_201), gateway, &operation, b""));
    let notes = observe(&packets(frames));
    let expected = [
        "10.0.0.7 [S1] sdc.handle hS1",
        "10.0.0.7 [S1] sdc.model M5",
        "10.0.0.7 [S1] sdc.serial S1",
        "10.0.0.7 [S2] sdc.handle hS2",
        "10.0.0.7 [S2] sdc.model M5",
        "10.0.0.7 [S2] sdc.serial S2",
        "10.0.0.7 sdc.devices 2",
        "10.0.0.7 sdc.reports alert",
        "10.0.0.7 sdc.role provider",
        "10.0.0.9 sdc.role consumer",
    ];
    assert_eq!(notes.facts.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    assert_eq!(notes.events, ["10.0.0.9 sdc.operation SetValue rate"]);
    assert_eq!(notes.flows, BTreeMap::from([(Some(Protocol::Sdc), PatientDataKinds::NAME)]));
}

#[test]
fn an_announcement_by_multicast_is_about_its_sender() {
    let group =
        Host { mac: [1, 0, 0x5e, 0x7f, 0xff, 0xfa], ip: "239.255.255.250".parse().unwrap(), port: 3702 };
    let body = "<d:Hello><a:EndpointReference><a:Address>urn:uuid:1</a:Address></a:EndpointReference>\
        <d:XAddrs>http://10.0.0.7:5357/1</d:XAddrs></d:Hello>";
    let hello = envelope("http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/Hello", body);
    let forwarded = hello.replace("10.0.0.7", "10.0.0.30").replace("uuid:1", "uuid:2");
    let frames = vec![
        udp_frame(host(7, 50_000), group, hello.as_bytes()),
        udp_frame(host(8, 50_000), group, forwarded.as_bytes()),
    ];
    let notes = observe(&packets(frames));
    let expected = [
        "10.0.0.30 ws_discovery.address http://10.0.0.30:5357/1",
        "10.0.0.30 ws_discovery.endpoint urn:uuid:2",
        "10.0.0.7 ws_discovery.address http://10.0.0.7:5357/1",
        "10.0.0.7 ws_discovery.endpoint urn:uuid:1",
    ];
    assert_eq!(notes.facts.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    assert_eq!(notes.flows.keys().collect::<Vec<_>>(), [&Some(Protocol::WsDiscovery)]);
}
