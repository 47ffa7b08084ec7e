//! What one of many costs in memory: `read` a live conversation whose content is being read, `ignored` one whose
//! content nobody knows, `endpoints` an endpoint that said what devices say when they start. Prints how much
//! the resident memory of the process grew for each, table places, buffers and all.
//!
//! `cargo run --release -p cordon-sensor --example memory -- read|ignored|endpoints`
#![expect(clippy::print_stdout, reason = "the numbers are the output")]

use cordon_model::Mac;
use cordon_sensor::{Input, Observation, Settings};
use cordon_testkit::capture::Pcap;
use cordon_testkit::frames::{ArpOperation, Link, arp, ethernet};
use std::error::Error;
use std::io::{self, Read};
use std::net::Ipv4Addr;

/// Bytes of a page of memory as `/proc/self/statm` counts them on the systems this runs on.
const PAGE_BYTES: u64 = 4_096;
const START_SECONDS: i64 = 1_794_816_000;

/// A capture that is made while it is read, so that it takes no memory itself.
struct Made<F> {
    next: F,
    held: io::Cursor<Vec<u8>>,
}

impl<F: FnMut() -> Option<Vec<u8>>> Read for Made<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.held.read(out)?;
            if count > 0 {
                return Ok(count);
            }
            let Some(frame) = (self.next)() else { return Ok(0) };
            let length = frame.len() as u32;
            let mut record = Vec::with_capacity(16 + frame.len());
            for word in [START_SECONDS as u32, 0, length, length] {
                record.extend(word.to_le_bytes());
            }
            record.extend(frame);
            self.held = io::Cursor::new(record);
        }
    }
}

fn resident() -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = text.split(' ').nth(1).ok_or("no resident pages in /proc/self/statm")?.parse()?;
    Ok(pages * PAGE_BYTES)
}

fn udp_or_tcp(protocol: u8, source: [u8; 4], destination: [u8; 4], message: &[u8]) -> Vec<u8> {
    let length = (20 + message.len()) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, protocol, 0, 0]);
    packet.extend([source, destination].concat());
    packet.extend(message);
    packet
}

fn mac(number: u32) -> Mac {
    let [_, b, c, d] = number.to_be_bytes();
    Mac([0x00, 0x1b, 0x0d, b, c, d])
}

/// The first data of a connection, in the middle of its first message.
fn connection(number: u32, payload: &[u8]) -> Vec<u8> {
    let link = Link { source: mac(number), destination: mac(0), vlan: None };
    let head = [0xc3, 0x50, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0];
    let address = (0x0a00_0001 + number).to_be_bytes();
    ethernet(&link, 0x0800, &udp_or_tcp(6, address, [10, 255, 0, 1], &[&head[..], payload].concat()))
}

/// What a station says when it starts: who has its address, and its request for one.
fn station(number: u32) -> [Vec<u8>; 2] {
    let link = Link { source: mac(number), destination: Mac::BROADCAST, vlan: None };
    let address = Ipv4Addr::from(0x0a00_0001 + number);
    let announces = arp(ArpOperation::Reply, (mac(number), address), (Mac::BROADCAST, address));
    let mut message = vec![0; 236];
    message.splice(..4, [1, 1, 6, 0]);
    message.splice(12..16, address.octets());
    message.splice(28..34, mac(number).0);
    message.extend(b"\x63\x82\x53\x63\x35\x01\x03\x37\x06\x01\x03\x06\x0f\x2a\x42\x3c\x0dudhcp 1.31.1x");
    let name = format!("PUMP-{number:08}");
    message.extend([12, name.len() as u8]);
    message.extend(name.bytes());
    message.extend([50, 4]);
    message.extend(address.octets());
    message.push(255);
    let length = (8 + message.len()) as u16;
    let mut datagram = vec![0, 68, 0, 67];
    datagram.extend(length.to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(message);
    let request = udp_or_tcp(17, address.octets(), [255; 4], &datagram);
    [ethernet(&link, 0x0806, &announces), ethernet(&link, 0x0800, &request)]
}

/// The frames of the one with this number.
type Frames = Box<dyn Fn(u32) -> Vec<Vec<u8>> + Send>;

fn main() -> Result<(), Box<dyn Error>> {
    let what = std::env::args().nth(1).unwrap_or_default();
    let (count, frames): (u32, Frames) = match what.as_str() {
        "read" => {
            (60_000, Box::new(|n| vec![connection(n, b"GET / HTTP/1.1\r\nHost: pacs.example\r\nAccept: ")]))
        }
        "ignored" => (200_000, Box::new(|n| vec![connection(n, &[0; 700])])),
        "endpoints" => (8_000, Box::new(|n| station(n).to_vec())),
        _ => return Err("usage: memory read|ignored|endpoints".into()),
    };
    let mut number = 0;
    let mut waiting = Vec::new();
    let next = move || {
        if waiting.is_empty() && number < count {
            waiting = frames(number);
            waiting.reverse();
            number += 1;
        }
        waiting.pop()
    };
    let head = Pcap::default().bytes();
    let capture = Made { next, held: io::Cursor::new(head) };
    let mut observation = Observation::new(Settings::named("memory"));
    let input = Input::from_reader("made", Box::new(capture), None, false);
    let before = resident()?;
    let mut batches = 0;
    let report = observation.input(input, &mut (), &mut |_| batches += 1);
    let after = resident()?;
    let each = after.saturating_sub(before) / u64::from(count);
    println!("{each} bytes for each of {count} ({what}); {} packets, {batches} batches", report.packets);
    observation.finish(&mut |batch| {
        let sightings = batch.sightings.len();
        println!("{sightings} sightings, {} conversations", batch.conversations.len());
    });
    Ok(())
}
