//! The committed fuzz corpus, made from the golden conversations of each dissector's tests.
//!
//! `CORDON_WRITE_CORPUS=1 cargo test -p cordon-observe corpus` writes it anew; an ordinary test fails when what is
//! committed is not what would be written, and replays whatever else lies there. Captures and asset lists
//! are made here too; the lines of `batch_line` are what the binary writes of `capture/datagrams.pcap`.

use super::testing::{Piece, client, cut, server};
use super::{Side, bedside, industrial, intellivue, known, sdc, ws_discovery};
use cordon_model::observe::Protocol;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus"))
}

/// Pieces as the fuzz targets read them: flags, length, bytes.
fn encode(pieces: &[Piece]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in cut(pieces, || usize::from(u16::MAX)) {
        let (side, lost, bytes) = match piece {
            Piece::Bytes(side, bytes) => (side, 0, bytes),
            Piece::Gap(side, missing) => (side, 2, vec![0; usize::try_from(missing).unwrap()]),
        };
        out.push(u8::from(side == Side::Server) | lost);
        out.extend_from_slice(&u16::try_from(bytes.len()).unwrap().to_le_bytes());
        out.extend_from_slice(&bytes);
    }
    out
}

/// The reverse of `encode`, as total as the fuzz targets' own.
fn decode(mut data: &[u8]) -> Vec<Piece> {
    let mut out = Vec::new();
    while let [flags, low, high, rest @ ..] = data {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (bytes, next) = rest.split_at(length);
        let side = if flags & 1 == 0 { Side::Client } else { Side::Server };
        out.push(match flags & 2 {
            0 => Piece::Bytes(side, bytes.to_vec()),
            _ => Piece::Gap(side, length as u64),
        });
        data = next;
    }
    out
}

pub(super) fn dns_query() -> Vec<u8> {
    [&[0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0][..], b"\x04pump\x06clinic\0", &[0, 1, 0, 1]].concat()
}

pub(super) fn dns_answer() -> Vec<u8> {
    let question = [b"\x04pump\x06clinic\0", &[0, 1, 0, 1][..]].concat();
    let head = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    let record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 9];
    [&head[..], &question, &record].concat()
}

pub(super) fn dhcp_request() -> Vec<u8> {
    let mut message = vec![0; 236];
    message[..8].copy_from_slice(&[1, 1, 6, 0, 9, 9, 9, 9]);
    message[28..34].copy_from_slice(&[0, 1, 2, 3, 4, 5]);
    let options = b"\x63\x82\x53\x63\x35\x01\x03\x0c\x05PUMP7\x3c\x04udhc\x37\x03\x01\x03\x06\xff";
    [&message[..], options].concat()
}

fn arp_reply() -> Vec<u8> {
    vec![0, 1, 8, 0, 6, 4, 0, 2, 0, 1, 2, 3, 4, 5, 10, 0, 0, 9, 0, 1, 2, 3, 4, 6, 10, 0, 0, 1]
}

fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    [&[0, 1, 2, 3, 4, 6, 0, 1, 2, 3, 4, 5][..], &ether_type.to_be_bytes(), payload].concat()
}

fn ip(from_client: bool, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let (source, destination) = if from_client { (9, 1) } else { (1, 9) };
    let addresses = [10, 0, 0, source, 10, 0, 0, destination];
    [&[0x45, 0, length[0], length[1], 0, 1, 0x40, 0, 64, protocol, 0, 0][..], &addresses, payload].concat()
}

/// A datagram in a frame; 10.0.0.9 sends it.
pub(super) fn udp(ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap();
    let [source, destination] = ports.map(u16::to_be_bytes);
    let datagram = [&source[..], &destination, &length.to_be_bytes(), &[0, 0], payload].concat();
    ethernet(0x0800, &ip(true, 17, &datagram))
}

/// A segment in a frame; the client is 10.0.0.9 on port 50,000.
pub(crate) fn segment(from_client: bool, port: u16, sequence: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let ports = if from_client { [50_000, port] } else { [port, 50_000] };
    let [source, destination] = ports.map(u16::to_be_bytes);
    let head =
        [&source[..], &destination, &sequence.to_be_bytes(), &[0; 4], &[0x50, flags, 255, 255, 0, 0, 0, 0]];
    ethernet(0x0800, &ip(from_client, 6, &[&head.concat()[..], payload].concat()))
}

/// A conversation as Ethernet frames, each a chunk, after the byte that names the link layer.
fn frames(port: u16, pieces: &[Piece]) -> Vec<u8> {
    let mut frames =
        vec![client(segment(true, port, 99, 2, b"")), client(segment(false, port, 99, 0x12, b""))];
    let mut sequences = [100, 100];
    for piece in cut(pieces, || 1400) {
        let Piece::Bytes(side, bytes) = piece else { continue };
        let sequence = &mut sequences[usize::from(side == Side::Server)];
        frames.push(client(segment(side == Side::Client, port, *sequence, 0x18, &bytes)));
        *sequence += bytes.len() as u32;
    }
    [&[0][..], &encode(&frames)].concat()
}

/// A capture in the classic format, little-endian, microseconds.
fn pcap(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = [&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0][..], &[0; 8], &[0, 0, 4, 0, 1, 0, 0, 0]].concat();
    for (frame, second) in frames.iter().zip(1_763_800_000_u32..) {
        let length = u32::try_from(frame.len()).unwrap();
        for word in [second, 0, length, length] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(frame);
    }
    out
}

/// The same frames in the block format, big-endian: section, interface, packets.
fn pcapng(frames: &[Vec<u8>]) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| {
        let padded = [body, &vec![0; body.len().next_multiple_of(4) - body.len()]].concat();
        let length = u32::try_from(12 + padded.len()).unwrap().to_be_bytes();
        [&kind.to_be_bytes()[..], &length, &padded, &length].concat()
    };
    let section = [&[0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0][..], &[0xff; 8]].concat();
    let mut out = [block(0x0a0d_0d0a, &section), block(1, &[0, 1, 0, 0, 0, 4, 0, 0])].concat();
    for (frame, ticks) in frames.iter().zip(0_u32..) {
        let length = u32::try_from(frame.len()).unwrap();
        let words = [0, 0x0006_4424, ticks, length, length].map(u32::to_be_bytes);
        out.extend(block(6, &[words.as_flattened(), frame].concat()));
    }
    out
}

/// Lists as hospitals keep them: with commas, with semicolons and a bad cell, our own sheet's columns.
const LISTS: [(&str, &[u8]); 3] = [
    (
        "plain",
        b"Asset Tag,MAC Address,IP Address,Make,Model,Serial No.\r\nBME-1,00:1b:0d:20:30:01,10.0.0.5,Acme,\"Pump, large\",S1\r\n",
    ),
    (
        "bad-cells",
        b"Ger\xe4teliste;;\n\nInventarnummer;Hersteller;MAC-Adresse;IP;Kategorie\n4711;M\xfcller;not a mac;10.0.0.300;Primrind\n;;;;\n\"4712;=1+1\n",
    ),
    ("our-own", b"id,asset_tag,model,macs,risk_score,as_found\ndev-1,T1,Pump 8,001b0d203001,70,model=Pump 7\ndev-2,,,,,\n"),
];

/// Documents as devices write them, and one with all that XML allows.
const DOCUMENTS: [(&str, &[u8]); 3] = [
    (
        "envelope",
        b"<?xml version='1.0' encoding='UTF-8'?>\n<s:Envelope xmlns:s='urn:soap' xmlns='urn:x'><s:Body><Get k=\"1\"/><Model>Pump&#x20;8</Model></s:Body></s:Envelope>",
    ),
    ("markup", b"<!DOCTYPE a [<!ENTITY b \"]>\">]><a><!-- - --><?b ?>x<![CDATA[<]]]>&lt;&c;</a>\r\n<end/>"),
    ("wide", b"\xff\xfe<\0a\0>\0\x34\xd8\x1e\xdd<\0/\0a\0>\0"),
];

/// Devices that speak SOAP: their announcements, and their messages without HTTP and in frames.
fn web_services() -> Vec<(String, Vec<u8>)> {
    let announcements: Vec<Piece> = ws_discovery::tests::datagrams().into_iter().map(server).collect();
    let mut files = vec![
        (String::from("ws_discovery/messages"), encode(&announcements)),
        (String::from("engine/sdc"), frames(6464, &sdc::tests::corpus()[0])),
    ];
    let messages = sdc::tests::messages().into_iter().enumerate();
    files
        .extend(messages.map(|(index, message)| (format!("sdc/golden-{index}"), encode(&[server(message)]))));
    files.extend(DOCUMENTS.map(|(name, text)| (format!("xml/{name}.xml"), text.to_vec())));
    files
}

/// Datagrams of what computers of an enterprise speak, for the targets that read them alone.
fn enterprise_messages() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for own in known::datagrams() {
        let target = match own.protocol {
            Protocol::Snmp => "snmp",
            Protocol::Kerberos => "kerberos",
            Protocol::Ldap => "ldap",
            Protocol::Mssql => "mssql_browser",
            Protocol::Radius => "radius",
            _ => continue,
        };
        let messages: Vec<Piece> = own.messages.into_iter().map(|(_, bytes)| client(bytes)).collect();
        files.push((format!("{target}/messages"), encode(&messages)));
    }
    files
}

/// Datagrams of applications: one file for each target.
fn applications() -> Vec<(String, Vec<u8>)> {
    use super::{ike, quic, sip, tunnels};
    let targets = [
        ("quic/hellos", quic::tests::datagrams()),
        ("sip/messages", sip::tests::datagrams()),
        ("ike/messages", ike::tests::datagrams()),
        ("tunnels/messages", [tunnels::tests::wireguard(), tunnels::tests::openvpn()].concat()),
    ];
    let file = |(name, messages): (&str, Vec<Vec<u8>>)| {
        let pieces: Vec<Piece> = messages.into_iter().map(client).collect();
        (name.to_owned(), encode(&pieces))
    };
    targets.into_iter().map(file).collect()
}

/// Messages of the network's own protocols: each dissector's for its target, and those below the transports,
/// each behind a byte that says which it is.
fn network() -> Vec<(String, Vec<u8>)> {
    use super::neighbours::{cdp, eapol, lldp, stp};
    use super::{igmp, nd, routers};
    const TARGETS: [(Protocol, &str); 9] = [
        (Protocol::Dhcpv6, "dhcpv6"),
        (Protocol::Nbns, "nbns"),
        (Protocol::Browser, "browser"),
        (Protocol::Ssdp, "ssdp"),
        (Protocol::Ntp, "ntp"),
        (Protocol::Tftp, "tftp"),
        (Protocol::Hsrp, "hsrp"),
        (Protocol::Mndp, "mndp"),
        (Protocol::Ubnt, "ubnt"),
    ];
    let mut files = Vec::new();
    for own in known::datagrams() {
        if let Some((_, target)) = TARGETS.iter().find(|(protocol, _)| *protocol == own.protocol) {
            let pieces: Vec<Piece> = own.messages.into_iter().map(|(_, bytes)| server(bytes)).collect();
            files.push((format!("{target}/messages"), encode(&pieces)));
        }
    }
    let stations = [
        (0, lldp::tests::golden()),
        (1, cdp::tests::golden()),
        (2, cdp::tests::golden()),
        (3, stp::tests::golden()),
        (4, eapol::tests::response(1, b"host/CT-7")),
        (5, nd::tests::advertisement()),
        (5, nd::tests::router_advertisement()),
        (6, igmp::tests::report_v3()),
        (7, igmp::tests::report_v6()),
        (8, routers::tests::advertisement()),
    ];
    let pieces: Vec<Piece> =
        stations.iter().map(|(which, bytes)| server([&[*which], &bytes[..]].concat())).collect();
    files.push((String::from("stations/messages"), encode(&pieces)));
    files.push((
        String::from("engine/envelopes"),
        [&[0][..], &encode(&envelopes(&lldp::tests::golden()))].concat(),
    ));
    files
}

/// A frame in each envelope: tags, labels, PPPoE, tunnels in tunnels.
fn envelopes(neighbour: &[u8]) -> Vec<Piece> {
    let inner = udp([50_000, 53], &dns_query());
    let packet = &inner[14..];
    let vxlan = udp([40_000, 4789], &[&[8, 0, 0, 0, 0, 0, 42, 0], &inner[..]].concat());
    let gre = |head: &[u8], content: &[u8]| ethernet(0x0800, &ip(true, 47, &[head, content].concat()));
    let erspan = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 30, 0x08, 7, 0, 0, 0, 0];
    let frames = [
        ethernet(0x88a8, &[&[0, 100, 0x81, 0, 0, 30, 8, 0], packet].concat()),
        ethernet(0x8847, &[&[0, 1, 1, 64], packet].concat()),
        ethernet(0x8864, &[&[0x11, 0, 0, 1, 0, 200, 0, 0x21], packet].concat()),
        ethernet(0x88cc, neighbour),
        vxlan.clone(),
        gre(&erspan, &vxlan),
        gre(&[0x20, 0, 8, 0, 0, 0, 0, 9], packet),
        udp([40_000, 6081], &[&[0, 0, 0x65, 0x58, 0, 0, 7, 0], &inner[..]].concat()),
        udp([40_000, 37_008], &[&[1, 0, 0, 1, 1], &inner[..]].concat()),
        ethernet(0x0800, &ip(true, 4, packet)),
    ];
    frames.into_iter().map(client).collect()
}

/// Every file of the corpus by target and name.
fn corpus() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut add = |name: &str, bytes: Vec<u8>| {
        files.insert(name.to_owned(), bytes);
    };
    add("arp/reply", encode(&[server(arp_reply())]));
    add("dhcp/request", encode(&[client(dhcp_request())]));
    add("dns/exchange", encode(&[client(dns_query()), server(dns_answer())]));
    let monitor: Vec<Piece> = intellivue::tests::datagrams().into_iter().map(server).collect();
    add("intellivue/session", encode(&monitor));
    for (name, bytes) in applications() {
        add(&name, bytes);
    }
    add("syslog/messages", encode(&super::syslog::tests::datagrams()));
    let nodes: Vec<Piece> =
        bedside::tests::announcements().into_iter().map(|(_, bytes)| server(bytes)).collect();
    add("carescape/announcements", encode(&nodes));
    for (name, messages) in [
        ("bacnet/messages", industrial::tests::bacnet_corpus()),
        ("enip/messages", industrial::tests::enip_datagrams()),
    ] {
        add(name, encode(&messages.into_iter().map(server).collect::<Vec<_>>()));
    }
    for (name, bytes) in web_services().into_iter().chain(network()) {
        add(&name, bytes);
    }
    for (name, bytes) in enterprise_messages() {
        add(&name, bytes);
    }
    for own in known::streams() {
        for (index, pieces) in own.conversations.iter().enumerate() {
            add(&format!("{}/golden-{index}", own.target), encode(pieces));
        }
        add(&format!("engine/{}", own.target), frames(own.port, &own.conversations[0]));
    }
    let datagrams = [
        client(ethernet(0x0806, &arp_reply())),
        client(udp([68, 67], &dhcp_request())),
        client(udp([50_000, 53], &dns_query())),
        client(udp([5353, 5353], &dns_answer())),
    ];
    add("engine/datagrams", [&[0][..], &encode(&datagrams)].concat());
    let from_seven = |(ports, bytes): ([u16; 2], Vec<u8>)| {
        let mut frame = udp(ports, &bytes);
        // Some say their own address in the content; the tests' is 10.0.0.7.
        frame[29] = 7;
        client(frame)
    };
    for own in known::datagrams() {
        let frames: Vec<Piece> = own.messages.into_iter().map(from_seven).collect();
        add(&format!("engine/{}-datagrams", own.protocol), [&[0][..], &encode(&frames)].concat());
    }
    let frames: Vec<Vec<u8>> = datagrams
        .into_iter()
        .map(|piece| match piece {
            Piece::Bytes(_, bytes) => bytes,
            Piece::Gap(..) => Vec::new(),
        })
        .collect();
    add("capture/datagrams.pcap", pcap(&frames));
    add("capture/datagrams.pcapng", pcapng(&frames));
    add("capture/cut.pcap", pcap(&frames)[..150].to_vec());
    for (name, text) in LISTS {
        add(&format!("asset_list/{name}.csv"), text.to_vec());
    }
    files
}

/// With `CORDON_WRITE_CORPUS` set, writes the corpus into the source tree; otherwise holds the committed files
/// to the builders.
#[test]
fn the_committed_corpus_is_what_the_builders_make() {
    let write = std::env::var_os("CORDON_WRITE_CORPUS").is_some();
    for (name, bytes) in corpus() {
        let path = folder().join(&name);
        if write {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        // Thousands of numbers would tell nobody more than the name.
        let same = std::fs::read(&path).is_ok_and(|committed| committed == bytes);
        assert!(same, "fuzz/corpus/{name} is not what the builders make");
    }
}

#[test]
fn the_committed_corpus_replays() {
    for own in known::streams() {
        let entries = std::fs::read_dir(folder().join(own.target)).unwrap();
        for path in entries.map(|entry| entry.unwrap().path()).collect::<BTreeSet<_>>() {
            let pieces = decode(&std::fs::read(&path).unwrap());
            assert_eq!((own.run)(&cut(&pieces, || 1)), (own.run)(&pieces), "{}", path.display());
        }
    }
}
