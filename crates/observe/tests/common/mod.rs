//! Frames for tests: a reader of classic pcap files, and a writer of Ethernet, IP, TCP and UDP.
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses its own part")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests stop loudly")]

use cordon_model::Timestamp;
use cordon_observe::{Engine, Flow, LinkType, Seen, SeenEvent, Settings, Sink};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

/// When made-up traffic starts: 2026-11-16T08:00:00Z, a Monday.
pub(crate) const START: i64 = 1_794_816_000;

pub(crate) struct Frame {
    pub(crate) at: Timestamp,
    pub(crate) wire_len: u32,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) struct Packets {
    pub(crate) link: LinkType,
    pub(crate) frames: Vec<Frame>,
}

/// The folder of recorded captures, if it is here.
pub(crate) fn captures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/captures")
}

/// A recorded capture, if it is here and classic pcap of a link layer that is understood.
pub(crate) fn capture(name: &str) -> Option<Packets> {
    read_pcap(&std::fs::read(captures().join(name)).ok()?)
}

/// Reads a classic pcap file of either byte order and resolution.
pub(crate) fn read_pcap(file: &[u8]) -> Option<Packets> {
    let magic: [u8; 4] = file.get(..4)?.try_into().ok()?;
    let big = matches!(magic, [0xa1, ..]);
    let nanos = magic.contains(&0x4d);
    if !matches!(u32::from_be_bytes(magic), 0xa1b2_c3d4 | 0xd4c3_b2a1 | 0xa1b2_3c4d | 0x4d3c_b2a1) {
        return None;
    }
    let word = |at: usize| {
        let four = file.get(at..at + 4)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    };
    let link = LinkType::from_linktype(word(20)? & 0xffff)?;
    let (mut frames, mut at) = (Vec::new(), 24);
    while let (Some(seconds), Some(fraction), Some(length), Some(wire_len)) =
        (word(at), word(at + 4), word(at + 8), word(at + 12))
    {
        let Some(bytes) = file.get(at + 16..at + 16 + length as usize) else { break };
        let micros = i64::from(fraction) / if nanos { 1_000 } else { 1 };
        let time = Timestamp::from_micros(i64::from(seconds) * 1_000_000 + micros);
        frames.push(Frame { at: time, wire_len, bytes: bytes.to_vec() });
        at += 16 + length as usize;
    }
    Some(Packets { link, frames })
}

/// Reads either file format; frames of a link layer that is not understood are left out.
pub(crate) fn read_any(file: &[u8]) -> Option<Vec<(LinkType, Frame)>> {
    if let Some(packets) = read_pcap(file) {
        return Some(packets.frames.into_iter().map(|frame| (packets.link, frame)).collect());
    }
    read_pcapng(file)
}

/// Reads the enhanced packet blocks of a pcapng file; times are taken for microseconds.
fn read_pcapng(file: &[u8]) -> Option<Vec<(LinkType, Frame)>> {
    let word = |bytes: &[u8], at: usize, big: bool| {
        let four = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    };
    let (mut frames, mut links, mut big, mut at) = (Vec::new(), Vec::new(), false, 0);
    word(file, 0, true).filter(|kind| *kind == 0x0a0d_0d0a)?;
    while let (Some(kind), Some(length)) = (word(file, at, big), word(file, at + 4, big)) {
        let (length, kind) = if kind == 0x0a0d_0d0a {
            big = file.get(at + 8) == Some(&0x1a);
            links.clear();
            (word(file, at + 4, big)?, kind)
        } else {
            (length, kind)
        };
        let Some(body) = file.get(at + 8..at + (length as usize).max(12) - 4) else { break };
        match kind {
            1 => {
                let two = [*body.first()?, *body.get(1)?];
                let number = if big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) };
                links.push(LinkType::from_linktype(u32::from(number)));
            }
            // The simple block, of the first interface and without a time.
            3 => {
                let wire_len = word(body, 0, big)?;
                let bytes = body.get(4..).map(|rest| rest.get(..wire_len as usize).unwrap_or(rest));
                if let (Some(Some(link)), Some(bytes)) = (links.first(), bytes) {
                    let at = Timestamp::from_seconds(START);
                    frames.push((*link, Frame { at, wire_len, bytes: bytes.to_vec() }));
                }
            }
            2 | 6 => {
                let [interface, high, low, captured, wire_len] =
                    [0, 4, 8, 12, 16].map(|place| word(body, place, big).unwrap_or(0));
                // The obsolete block has a count of drops beside the interface.
                let interface = match (kind, big) {
                    (6, _) => interface,
                    (_, true) => interface >> 16,
                    (_, false) => interface & 0xffff,
                };
                let micros = i64::from(high) << 32 | i64::from(low);
                let bytes = body.get(20..20 + captured as usize);
                if let (Some(Some(link)), Some(bytes)) = (links.get(interface as usize), bytes) {
                    let at = Timestamp::from_micros(micros);
                    frames.push((*link, Frame { at, wire_len, bytes: bytes.to_vec() }));
                }
            }
            _ => {}
        }
        at += (length as usize).max(12);
    }
    Some(frames)
}

/// One end of a made-up conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    pub(crate) mac: [u8; 6],
    pub(crate) ip: Ipv4Addr,
    pub(crate) port: u16,
}

pub(crate) fn host(number: u32, port: u16) -> Host {
    let [a, b, c, d] = number.to_be_bytes();
    Host { mac: [2, 0, a, b, c, d], ip: Ipv4Addr::from(0x0a00_0000 + number), port }
}

pub(crate) fn ethernet(from: Host, to: Host, vlan: Option<u16>, ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = [to.mac, from.mac].concat();
    if let Some(id) = vlan {
        bytes.extend([0x81, 0]);
        bytes.extend(id.to_be_bytes());
    }
    bytes.extend(ether_type.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// An IPv4 packet; `fragment` is the flags and offset field.
pub(crate) fn ipv4(from: Host, to: Host, protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x45, 0];
    bytes.extend((20 + payload.len() as u16).to_be_bytes());
    bytes.extend([0, 99]);
    bytes.extend(fragment.to_be_bytes());
    bytes.extend([64, protocol, 0, 0]);
    bytes.extend(from.ip.octets());
    bytes.extend(to.ip.octets());
    bytes.extend(payload);
    bytes
}

pub(crate) fn ipv6(from: Host, to: Host, next: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend((payload.len() as u16).to_be_bytes());
    bytes.extend([next, 64]);
    for host in [from, to] {
        bytes.extend(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, host.ip.to_bits() as u16).octets());
    }
    bytes.extend(payload);
    bytes
}

pub(crate) fn udp(from: Host, to: Host, payload: &[u8]) -> Vec<u8> {
    let mut bytes = from.port.to_be_bytes().to_vec();
    bytes.extend(to.port.to_be_bytes());
    bytes.extend((8 + payload.len() as u16).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(payload);
    bytes
}

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const ACK: u8 = 16;

pub(crate) fn tcp(
    from: Host,
    to: Host,
    flags: u8,
    sequence: u32,
    acknowledgement: u32,
    payload: &[u8],
) -> Vec<u8> {
    let mut bytes = from.port.to_be_bytes().to_vec();
    bytes.extend(to.port.to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(acknowledgement.to_be_bytes());
    bytes.extend([0x50, flags, 0x10, 0, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

/// A whole Ethernet frame with a TCP segment.
pub(crate) fn tcp_frame(
    from: Host,
    to: Host,
    flags: u8,
    sequence: u32,
    acknowledgement: u32,
    data: &[u8],
) -> Vec<u8> {
    let segment = tcp(from, to, flags, sequence, acknowledgement, data);
    ethernet(from, to, None, 0x0800, &ipv4(from, to, 6, 0, &segment))
}

/// A whole Ethernet frame with a UDP datagram.
pub(crate) fn udp_frame(from: Host, to: Host, data: &[u8]) -> Vec<u8> {
    ethernet(from, to, None, 0x0800, &ipv4(from, to, 17, 0, &udp(from, to, data)))
}

pub(crate) const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: pacs.hosp.example\r\nUser-Agent: Viewer/7.1\r\n\r\n";
pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nServer: Orthanc/1.12\r\nContent-Length: 5\r\n\r\nhello";

/// A query for `name`, type A.
pub(crate) fn dns_query(name: &str) -> Vec<u8> {
    let mut bytes = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    bytes
}

/// A web page fetched in full: handshake, request, answer, close.
pub(crate) fn fetch(client: Host, server: Host) -> Vec<Vec<u8>> {
    let (a, b) = (1_000u32, 9_000u32);
    let (asked, told) = (a + 1 + GET.len() as u32, b + 1 + OK.len() as u32);
    vec![
        tcp_frame(client, server, SYN, a, 0, b""),
        tcp_frame(server, client, SYN | ACK, b, a + 1, b""),
        tcp_frame(client, server, ACK, a + 1, b + 1, GET),
        tcp_frame(server, client, ACK, b + 1, asked, OK),
        tcp_frame(client, server, FIN | ACK, asked, told, b""),
        tcp_frame(server, client, FIN | ACK, told, asked + 1, b""),
    ]
}

/// Many conversations at once, with fragments, losses and disorder among them.
pub(crate) fn busy(conversations: u32) -> Packets {
    let mut frames = Vec::new();
    for number in 0..conversations {
        let (client, server) = (host(number + 2, 40_000), host(1, 80));
        let mut list = fetch(client, server);
        match number % 5 {
            1 => list.swap(2, 3),
            2 => drop(list.remove(2)),
            3 => list.truncate(4),
            _ => {}
        }
        let query = dns_query(&format!("host{}.hosp.example", number % 700));
        list.push(udp_frame(host(number + 2, 5_000), host(1, 53), &query));
        let datagram = udp(host(number + 2, 6_000), host(1, 53), &query);
        for (at, more) in [(8, 0), (0, 0x2000)] {
            let end = if more == 0 { datagram.len() } else { 8 };
            let part = ipv4(client, server, 17, more | (at as u16 / 8), &datagram[at..end]);
            list.push(ethernet(client, server, Some(7), 0x0800, &part));
        }
        let micros = i64::from(number) * 20_000;
        let at = Timestamp::from_seconds(START).plus_micros(micros);
        frames.extend(list.into_iter().map(|bytes| Frame { at, wire_len: bytes.len() as u32, bytes }));
    }
    Packets { link: LinkType::Ethernet, frames }
}

/// The pieces of a golden conversation of the fuzz corpus as frames of one connection without its end.
pub(crate) fn golden(name: &str, port: u16) -> Vec<Vec<u8>> {
    let path = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/{}"), name);
    let file = std::fs::read(path).unwrap_or_default();
    let hosts = [host(2, 50_000), host(1, port)];
    let mut next = [100_u32, 900];
    let mut frames = vec![
        tcp_frame(hosts[0], hosts[1], SYN, 99, 0, b""),
        tcp_frame(hosts[1], hosts[0], SYN | ACK, 899, 100, b""),
    ];
    let mut rest = &file[..];
    while let [flags, low, high, data @ ..] = rest {
        let (bytes, after) = data.split_at(usize::from(u16::from_le_bytes([*low, *high])));
        let side = usize::from(flags & 1);
        for part in bytes.chunks(300) {
            frames.push(tcp_frame(hosts[side], hosts[1 - side], ACK, next[side], next[1 - side], part));
            next[side] += part.len() as u32;
        }
        rest = after;
    }
    frames
}

/// What is told, as lines.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) facts: Vec<String>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) events: Vec<String>,
}

impl Sink for Notes {
    fn fact(&mut self, seen: Seen<'_>) {
        let address = seen.endpoint.ip.unwrap();
        let record = seen.record.map(|record| format!(" [{record}]")).unwrap_or_default();
        self.facts.push(format!("{address}{record} {} {}", seen.fact, seen.value));
    }

    fn flow(&mut self, flow: &Flow) {
        self.flows.push(*flow);
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        self.events.push(format!("{} {} {}", event.endpoint.ip.unwrap(), event.kind, event.detail));
    }
}

/// What is told of a connection in which the sides say these things in turn; `true` is the client.
pub(crate) fn talk(client: Host, server: Host, handshake: bool, said: &[(bool, &[u8])]) -> Notes {
    let (mut next, mut frames) = ([101_u32, 901_u32], Vec::new());
    if handshake {
        frames.push(tcp_frame(client, server, SYN, 100, 0, b""));
        frames.push(tcp_frame(server, client, SYN | ACK, 900, 101, b""));
    }
    for &(from_client, bytes) in said {
        for part in bytes.chunks(1_000) {
            let (own, other) = if from_client { (0, 1) } else { (1, 0) };
            let (from, to) = if from_client { (client, server) } else { (server, client) };
            frames.push(tcp_frame(from, to, ACK, next[own], next[other], part));
            next[own] += part.len() as u32;
        }
    }
    let (mut engine, mut notes) = (Engine::new(Settings::default()), Notes::default());
    for (frame, number) in frames.iter().zip(1..) {
        let at = Timestamp::from_seconds(START + number as i64);
        engine.frame(LinkType::Ethernet, at, number, frame.len() as u32, frame, &mut notes);
    }
    engine.finish(&mut notes);
    notes
}
