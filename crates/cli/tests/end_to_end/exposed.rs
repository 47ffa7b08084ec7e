//! What makes a device easy to attack, from packets to the sheet: each risky service is named on the device that offers
//! it, with the packet that shows it, and what is well protected is not named.

use crate::harness::{NOW, Place};
use cordon_testkit::capture::Pcap;
use cordon_testkit::frames::{Connection, Frame, Link, Network, Side, Stack, ethernet, ip, udp};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};

/// Its last byte tells a server from the next.
const CLIENT: u8 = 9;

fn side(last: u8, port: u16) -> Side {
    let ip = IpAddr::from([10, 20, 0, last]);
    let mac = cordon_model::Mac([0x00, 0x1b, 0x0d, 0x20, 0, last]);
    Side { mac, ip, port, stack: Stack::Linux, ip_id: 1 }
}

fn at(last: u8) -> cordon_model::Timestamp {
    let start: cordon_model::Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    start.plus_micros(i64::from(last) * 60_000_000)
}

/// True of what the client says.
pub(crate) type Said = (bool, Vec<u8>);

pub(crate) fn said(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// A conversation of the client with the server whose address ends in `last`.
pub(crate) fn talk(last: u8, port: u16, flights: &[Said]) -> Vec<Frame> {
    let client = side(CLIENT, 50_000 + u16::from(last));
    let mut connection = Connection::open(client, side(last, port), None, at(last), 400, (7, 11));
    for (is_client, bytes) in flights {
        if *is_client {
            connection.client(bytes)
        } else {
            connection.server(bytes)
        }
        connection.pause(1_000);
    }
    connection.close()
}

/// A question and its answer over UDP.
fn ask(client: u8, server: IpAddr, port: u16, question: &[u8], answer: &[u8]) -> Vec<Frame> {
    let (from, router) = (side(client, 40_000), side(1, 0));
    let server_mac = match server {
        IpAddr::V4(ip) if ip.octets()[0] == 10 => side(ip.octets()[3], port).mac,
        _ => router.mac,
    };
    let frame = |out: bool, bytes: &[u8], late: i64| {
        let (source, destination) = if out { (from.ip, server) } else { (server, from.ip) };
        let network = Network { source, destination, ttl: 64, id: 1 };
        let (source_port, destination_port) = if out { (from.port, port) } else { (port, from.port) };
        let (source, destination) = if out { (from.mac, server_mac) } else { (server_mac, from.mac) };
        let link = Link { source, destination, vlan: None };
        let packet = ip(&network, 17, &udp(&network, source_port, destination_port, bytes));
        Frame { time: at(client).plus_micros(late), bytes: ethernet(&link, 0x0800, &packet) }
    };
    vec![frame(true, question, 0), frame(false, answer, 500)]
}

// File sharing (MS-CIFS, MS-SMB2).

fn smb(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes()[..], message].concat()
}

fn smb1(answer: bool, body: &[u8]) -> Vec<u8> {
    let flags = if answer { 0x98 } else { 0x18 };
    smb(&[&b"\xffSMB\x72\0\0\0\0"[..], &[flags, 1, 0x28], &[0; 20], body].concat())
}

fn old_sharing() -> Vec<Said> {
    let dialect = b"\x02NT LM 0.12\0";
    let offer = [&[0, dialect.len() as u8, 0][..], dialect].concat();
    let words = [
        &[0, 0, 3, 50, 0, 1, 0][..],
        &[0, 0x11, 0, 0],
        &[0, 0, 1, 0],
        &[0; 4],
        &[0x7c, 0xe0, 0, 0],
        &[0; 10],
        &[8],
    ];
    let words = words.concat();
    let agreement = [&[17][..], &words, &[8, 0], &[5; 8]].concat();
    vec![(true, smb1(false, &offer)), (false, smb1(true, &agreement))]
}

fn smb2(answer: bool, body: &[u8]) -> Vec<u8> {
    let head = [&b"\xfeSMB\x40\0\x01\0"[..], &[0; 4], &[0, 0, 1, 0, u8::from(answer), 0, 0, 0], &[0; 44]];
    smb(&[&head.concat()[..], body].concat())
}

fn new_sharing() -> Vec<Said> {
    let dialects = [0x0202u16, 0x0210, 0x0300, 0x0302].map(u16::to_le_bytes).concat();
    let offer = [&[36, 0, 4, 0, 1, 0, 0, 0, 0x7f, 0, 0, 0][..], &[9; 16], &[0; 8], &dialects].concat();
    let agreement =
        [&[65, 0, 3, 0, 2, 3, 0, 0][..], &[8; 16], &[0x2f, 0, 0, 0], &[0; 28], &[128, 0, 0, 0], &[0; 4]];
    vec![(true, smb2(false, &offer)), (false, smb2(true, &agreement.concat()))]
}

// Remote desktops (MS-RDPBCGR, RFC 6143).

fn desktop(chosen: u8) -> Vec<Said> {
    let unit = |kind: u8, own: &[u8]| {
        let head = [6 + own.len() as u8, kind, 0, 0, 0x12, 0x34, 0];
        [&[3, 0, 0, 4 + head.len() as u8 + own.len() as u8][..], &head, own].concat()
    };
    vec![
        (true, unit(0xe0, &[1, 0, 8, 0, 0x0b, 0, 0, 0])),
        (false, unit(0xd0, &[2, 0x1f, 8, 0, chosen, 0, 0, 0])),
        (true, b"\x16\x03\x01\0\x05hello".to_vec()),
        (false, b"\x16\x03\x03\0\x05hello".to_vec()),
    ]
}

fn screen(kind: u8) -> Vec<Said> {
    let version = said("RFB 003.008\n");
    vec![
        (false, version.clone()),
        (true, version),
        (false, vec![1, kind]),
        (true, vec![kind]),
        (false, vec![0; 4]),
    ]
}

// Management (RFC 3416).

fn ber(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&[tag, content.len() as u8][..], &content].concat()
}

fn snmp(kind: u8, community: &str) -> Vec<u8> {
    let number = |value: u8| ber(2, &[&[value]]);
    let name = ber(6, &[&[0x2b, 6, 1, 2, 1, 1, 5, 0]]);
    let value = if kind == 0xa2 { ber(4, &[b"ups-1"]) } else { ber(5, &[]) };
    let variables = ber(0x30, &[&ber(0x30, &[&name, &value])]);
    let pdu = ber(kind, &[&number(7), &number(0), &number(0), &variables]);
    ber(0x30, &[&number(1), &ber(4, &[community.as_bytes()]), &pdu])
}

// Encryption (RFC 5246, RFC 5280).

fn prefixed(width: usize, content: &[u8]) -> Vec<u8> {
    [&content.len().to_be_bytes()[8 - width..], content].concat()
}

fn record(kind: u8, version: u16, fragment: &[u8]) -> Vec<u8> {
    [&[kind][..], &version.to_be_bytes(), &prefixed(2, fragment)].concat()
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &prefixed(3, body)].concat()
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = match content.len() {
        short @ 0..0x80 => vec![short as u8],
        long => vec![0x82, (long >> 8) as u8, long as u8],
    };
    [&[tag][..], &length, content].concat()
}

fn certificate(not_after: &str) -> Vec<u8> {
    let name = der(0x31, &der(0x30, &[der(6, &[0x55, 4, 3]), der(12, b"pacs.clinic.example")].concat()));
    let validity = [der(23, b"180101000000Z"), der(23, not_after.as_bytes())].concat();
    // SHA-256 with RSA.
    let algorithm =
        der(0x30, &[der(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b]), der(5, &[])].concat());
    let signed = [
        der(0xa0, &der(2, &[2])),
        der(2, &[0x11; 16]),
        algorithm.clone(),
        der(0x30, &der(0x31, &der(0x30, &[der(6, &[0x55, 4, 3]), der(12, b"Clinic CA")].concat()))),
        der(0x30, &validity),
        der(0x30, &name),
        der(0x30, &[0; 300]),
    ];
    der(0x30, &[der(0x30, &signed.concat()), algorithm, der(3, &[0; 256])].concat())
}

fn encrypted(version: u16, not_after: &str) -> Vec<Said> {
    let names = prefixed(2, &[&[0][..], &prefixed(2, b"pacs.clinic.example")].concat());
    let extensions = [&[0, 10, 0, 4, 0, 2, 0, 29][..], &[0, 0], &prefixed(2, &names)].concat();
    let body = [
        &[3, 3][..],
        &[7; 32],
        &[0],
        &prefixed(2, &[0xc0, 0x2f, 0, 0x2f]),
        &[1, 0],
        &prefixed(2, &extensions),
    ];
    let hello = record(22, 0x0301, &handshake(1, &body.concat()));
    let answer = [&version.to_be_bytes()[..], &[7; 32], &[0], &[0xc0, 0x2f, 0]].concat();
    let chain = prefixed(3, &prefixed(3, &certificate(not_after)));
    let flight = [handshake(2, &answer), handshake(11, &chain), handshake(14, &[])].concat();
    vec![(true, hello), (false, record(22, version, &flight))]
}

// Care and the rest.

fn results() -> Vec<Said> {
    let message = "\x0bMSH|^~\\&|LAB|HOSP|EHR|HOSP|20261120100000||ORU^R01|42|P|2.5\rPID|1||4711^^^HOSP||Muster^Erika||19700101|F\r\
        OBR|1||1|GLU\rOBX|1|NM|GLU||5.5|mmol/L|||||F\r\x1c\r";
    let answer = "\x0bMSH|^~\\&|EHR|HOSP|LAB|HOSP|20261120100001||ACK^R01|43|P|2.5\rMSA|AA|42\r\x1c\r";
    vec![(true, said(message)), (false, said(answer))]
}

fn remote_support() -> Vec<Frame> {
    let name = b"\x07router4\x0ateamviewer\x03com\0\0\x01\0\x01";
    let question = [&[0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0][..], name].concat();
    let answer = [
        &[0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0][..],
        name,
        &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 7],
    ];
    ask(41, IpAddr::from([10, 20, 0, 2]), 53, &question, &answer.concat())
}

fn capture() -> Vec<u8> {
    let page = said(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 35\r\n\r\n<html><title>Setup</title>Ok</html>",
    );
    let get = said("GET /admin HTTP/1.1\r\nHost: 10.20.0.15\r\n\r\n");
    let telnet = vec![
        (false, b"\xff\xfd\x18\xff\xfb\x01\r\nlogin: ".to_vec()),
        (true, b"\xff\xfb\x18\xff\xfd\x01service\r\n".to_vec()),
        (false, said("Password: ")),
    ];
    let ftp = vec![
        (false, said("220 device ready\r\n")),
        (true, said("USER service\r\n")),
        (false, said("331 Password required\r\n")),
    ];
    let ssh =
        vec![(false, said("SSH-2.0-dropbear_2019.78\r\n")), (true, said("SSH-2.0-PuTTY_Release_0.78\r\n"))];
    let (old, new) = ("200101000000Z", "300101000000Z");
    let agent = |last: u8| IpAddr::V4(Ipv4Addr::new(10, 20, 0, last));
    let conversations = [
        talk(10, 445, &old_sharing()),
        talk(11, 445, &new_sharing()),
        talk(12, 23, &telnet),
        talk(13, 21, &ftp),
        talk(14, 22, &ssh),
        talk(15, 80, &[(true, get), (false, page)]),
        talk(16, 5900, &screen(1)),
        talk(17, 5900, &screen(19)),
        talk(18, 3389, &desktop(1)),
        talk(19, 3389, &desktop(2)),
        ask(20, agent(21), 161, &snmp(0xa0, "public"), &snmp(0xa2, "public")),
        ask(22, agent(23), 161, &snmp(0xa0, "k3-ward7"), &snmp(0xa2, "k3-ward7")),
        talk(24, 443, &encrypted(0x0301, new)),
        talk(25, 443, &encrypted(0x0303, new)),
        talk(26, 443, &encrypted(0x0303, old)),
        talk(27, 2575, &results()),
        talk(28, 2323, &telnet),
        remote_support(),
    ];
    let mut frames = conversations.concat();
    frames.sort();
    Pcap::default().frames(&frames).bytes()
}

/// The sheet: kind and what of each row of the device with an address, with port, input and packet.
fn rows(sheet: &[u8], last: u8) -> Vec<(String, String, u64)> {
    let mut reader = csv::Reader::from_reader(sheet);
    let heads = reader.headers().unwrap().clone();
    let column = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let (addresses, kind, what, input, packet) =
        (column("addresses"), column("kind"), column("what"), column("input"), column("packet"));
    let of_device =
        |row: &csv::StringRecord| row[addresses].split(' ').any(|ip| ip == format!("10.20.0.{last}"));
    let mut found = Vec::new();
    for row in reader.records().map(Result::unwrap).filter(of_device) {
        let packet = row[packet].parse().unwrap_or(0);
        assert!(packet == 0 || row[input].ends_with("lab.pcap"), "{row:?}");
        found.push((row[kind].to_owned(), row[what].to_owned(), packet));
    }
    found
}

/// The services an assessment names on the device with this address.
fn services(assessment: &Value, last: u8) -> Vec<String> {
    let devices = assessment["devices"].as_array().unwrap();
    let address = format!("10.20.0.{last}");
    let is_it = |device: &&Value| device["ips"].as_array().unwrap().iter().any(|ip| *ip == *address);
    let device = devices.iter().find(is_it).unwrap_or_else(|| panic!("no {address}"));
    let services = device["exposure"]["risky_services"].as_array().unwrap();
    services.iter().map(|service| service["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_risky_service_is_named_on_its_device_with_its_packet() {
    let place = Place::new();
    place.write("lab.pcap", capture());
    place.cordon(&format!("assess lab.pcap --out out --now {NOW}")).expect(0);
    let (assessment, sheet) = (place.assessment("out"), place.read("out/exposure.csv"));
    let named = |last: u8, service: &str| services(&assessment, last).iter().any(|name| name == service);
    for (last, service, what) in [
        (10, "smb1", "SMB version 1"),
        (12, "service_tcp_23_telnet", "Telnet"),
        (13, "service_tcp_21_ftp", "FTP"),
        (15, "http_in_clear", "pages without encryption"),
        (16, "vnc_open", "screen shared without password"),
        (18, "rdp_without_nla", "remote desktop open to all"),
        (21, "snmp_default_community", "SNMP"),
        (24, "tls_old", "TLS"),
        (26, "certificate_expired", "expired certificate"),
        (28, "service_tcp_2323_telnet", "Telnet"),
    ] {
        assert!(named(last, service), "{last}: {service} not in {:?}", services(&assessment, last));
        let found = rows(&sheet, last);
        let row = found.iter().find(|(kind, name, _)| {
            kind == "risky_service" && name.to_lowercase().contains(&what.to_lowercase())
        });
        let (_, _, packet) = row.unwrap_or_else(|| panic!("{last}: no {what} in {found:?}"));
        assert!(*packet > 0, "{last}: {what} without its packet");
    }
    let of_kind = |last: u8, kind: &str| rows(&sheet, last).into_iter().find(|row| row.0 == kind);
    let (_, _, packet) = of_kind(27, "patient_data_in_clear").unwrap();
    assert!(packet > 0);
    let (_, what, _) = of_kind(41, "remote_support").unwrap();
    assert_eq!(what, "TeamViewer");
    assert!(of_kind(14, "patient_data_in_clear").is_none() && of_kind(14, "remote_support").is_none());
}

#[test]
fn what_is_well_protected_is_not_named() {
    let place = Place::new();
    place.write("lab.pcap", capture());
    place.cordon(&format!("assess lab.pcap --out out --now {NOW}")).expect(0);
    let assessment = place.assessment("out");
    for (last, service) in [
        (11, "smb1"),
        (17, "vnc_open"),
        (17, "vnc_password"),
        (19, "rdp_without_nla"),
        (23, "snmp_default_community"),
        (25, "tls_old"),
        (25, "certificate_expired"),
        (26, "tls_old"),
        (24, "certificate_expired"),
    ] {
        assert!(!services(&assessment, last).iter().any(|name| name == service), "{last}: {service}");
    }
    for clean in [14, 25, 27] {
        assert_eq!(services(&assessment, clean), Vec::<String>::new(), "{clean}");
    }
}
