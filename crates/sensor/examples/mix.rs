//! Makes one long capture from a folder of short ones, for measuring: the Ethernet frames of all of them,
//! again and again, each time with addresses of their own. Equal folders give equal bytes.
//!
//! `cargo run --release -p cordon-sensor --example mix -- FOLDER OUT.pcap BYTES`
#![expect(
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a tool for measuring, on captures we chose"
)]

use cordon_sensor::Input;
use cordon_sensor::capture::Capture;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Silences longer than this are shortened to it, so that captures of days and of seconds mix.
const SILENCE_MICROS_MAX: i64 = 1_000_000;
/// The captures of one copy start within this time.
const STARTS_WITHIN_MICROS: u64 = 120_000_000;
/// 2026-01-05T00:00:00Z.
const START_MICROS: i64 = 1_767_571_200_000_000;
const ETHERNET: u32 = 1;

struct Frame {
    /// Microseconds since the start of its copy.
    at: i64,
    wire_len: u32,
    bytes: Vec<u8>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out, size] = arguments.as_slice() else {
        return Err("usage: mix FOLDER OUT.pcap BYTES".into());
    };
    let size: u64 = size.parse()?;
    let mut files = Vec::new();
    collect(Path::new(folder), &mut files)?;
    files.sort();
    let mut frames = Vec::new();
    for (number, file) in files.iter().enumerate() {
        read(file, mixed(number as u64) % STARTS_WITHIN_MICROS, &mut frames)?;
    }
    frames.sort_by_key(|frame| frame.at);
    let length = frames.last().map_or(0, |frame| frame.at) + SILENCE_MICROS_MAX;
    let mut written = 24u64;
    let mut file = BufWriter::with_capacity(1 << 20, File::create(out)?);
    file.write_all(&heading())?;
    let (mut packets, mut copy) = (0u64, 0u32);
    while written < size && !frames.is_empty() {
        for frame in &frames {
            let at = START_MICROS + i64::from(copy) * length + frame.at;
            let mut bytes = frame.bytes.clone();
            rewrite(&mut bytes, copy);
            for value in
                [(at / 1_000_000) as u32, (at % 1_000_000) as u32, bytes.len() as u32, frame.wire_len]
            {
                file.write_all(&value.to_le_bytes())?;
            }
            file.write_all(&bytes)?;
            written += 16 + bytes.len() as u64;
            packets += 1;
        }
        copy += 1;
    }
    file.flush()?;
    eprintln!("{packets} packets, {written} bytes, {copy} copies of {} frames", frames.len());
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Takes the Ethernet frames of one capture, as far as it can be read.
fn read(file: &Path, start: u64, frames: &mut Vec<Frame>) -> Result<(), Box<dyn Error>> {
    let input = Input::open(&file.to_string_lossy(), false)?;
    if !input.format().is_capture() {
        return Ok(());
    }
    let mut capture = Capture::new(input);
    let (mut at, mut before) = (start as i64, None::<i64>);
    while let Ok(Some(frame)) = capture.next() {
        let time = frame.at.map(cordon_model::Timestamp::micros);
        if let (Some(time), Some(before)) = (time, before) {
            at += (time - before).clamp(0, SILENCE_MICROS_MAX);
        }
        before = time.or(before);
        if frame.link == ETHERNET {
            frames.push(Frame { at, wire_len: frame.wire_len, bytes: frame.bytes.to_vec() });
        }
    }
    Ok(())
}

fn heading() -> [u8; 24] {
    let mut heading = [0; 24];
    heading[..4].copy_from_slice(&0xa1b2_c3d4_u32.to_le_bytes());
    heading[4] = 2;
    heading[6] = 4;
    heading[16..20].copy_from_slice(&262_144_u32.to_le_bytes());
    heading[20] = 1;
    heading
}

/// A number with all bits of `value` spread over it (the finalizer of SplitMix64).
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Gives a frame the addresses of its copy; checksums that were right stay right.
fn rewrite(frame: &mut [u8], copy: u32) {
    if frame.len() < 14 {
        return;
    }
    rewrite_mac(&mut frame[0..6], copy);
    rewrite_mac(&mut frame[6..12], copy);
    let mut at = 12;
    while frame.len() >= at + 4 && matches!([frame[at], frame[at + 1]], [0x81, 0] | [0x88, 0xa8] | [0x91, 0])
    {
        at += 4;
    }
    if frame.len() < at + 2 {
        return;
    }
    let kind = [frame[at], frame[at + 1]];
    let packet = &mut frame[at + 2..];
    match kind {
        [0x08, 0x00] => rewrite_ipv4(packet, copy),
        [0x86, 0xdd] => rewrite_ipv6(packet, copy),
        [0x08, 0x06] if packet.len() >= 28 && packet[..6] == [0, 1, 8, 0, 6, 4] => {
            rewrite_mac(&mut packet[8..14], copy);
            let _ = rewrite_address(&mut packet[14..18], copy);
            rewrite_mac(&mut packet[18..24], copy);
            let _ = rewrite_address(&mut packet[24..28], copy);
        }
        _ => {}
    }
}

/// The maker's half of a MAC address stays; the other half moves on with each copy.
fn rewrite_mac(mac: &mut [u8], copy: u32) {
    if mac[0] & 1 != 0 || mac.iter().all(|byte| *byte == 0) {
        return;
    }
    let low = u32::from_be_bytes([0, mac[3], mac[4], mac[5]]).wrapping_add(copy.wrapping_mul(0x01_0f_0d));
    mac[3..6].copy_from_slice(&low.to_be_bytes()[1..]);
}

/// An address inside stays inside, one outside stays outside; answers by how much sums over it change.
fn rewrite_address(address: &mut [u8], copy: u32) -> u32 {
    let before = sum(address);
    let [a, b, c, d] = [address[0], address[1], address[2], address[3]];
    let hash = mixed((u64::from(copy) << 32) | u64::from(u32::from_be_bytes([a, b, c, d]))).to_be_bytes();
    match [a, b] {
        [0 | 127 | 224..=255, _] => {}
        [169, 254] => address[2..4].copy_from_slice(&hash[..2]),
        [10, _] | [192, 168] | [172, 16..=31] => {
            address[0] = 10;
            address[1..4].copy_from_slice(&hash[..3]);
        }
        _ => address[1..4].copy_from_slice(&hash[..3]),
    }
    // One's complement difference (RFC 1624).
    sum(address) + (0xffff - fold(before))
}

fn rewrite_ipv4(packet: &mut [u8], copy: u32) {
    if packet.len() < 20 {
        return;
    }
    let header = usize::from(packet[0] & 0x0f) * 4;
    let change = rewrite_address(&mut packet[12..16], copy) + rewrite_address(&mut packet[16..20], copy);
    adjust(&mut packet[10..12], change);
    let fragment = u16::from_be_bytes([packet[6], packet[7]]) & 0x1fff;
    if fragment == 0 && packet.len() > header {
        let protocol = packet[9];
        rewrite_transport(protocol, &mut packet[header..], change, copy);
    }
}

fn rewrite_ipv6(packet: &mut [u8], copy: u32) {
    if packet.len() < 40 {
        return;
    }
    let mut change = 0;
    for end in [24, 40] {
        let address = &mut packet[end - 16..end];
        if address[0] == 0xff || address.iter().all(|byte| *byte == 0) {
            continue;
        }
        let before = sum(address);
        let low = u32::from_be_bytes([0, address[13], address[14], address[15]]);
        let low = low.wrapping_add(copy.wrapping_mul(0x01_0f_0d));
        address[13..16].copy_from_slice(&low.to_be_bytes()[1..]);
        change += sum(address) + (0xffff - fold(before));
    }
    // Hop-by-hop, routing and destination options stand before multicast listener reports.
    let (mut next, mut at) = (packet[6], 40);
    while matches!(next, 0 | 43 | 60) && packet.len() >= at + 8 {
        next = packet[at];
        at += 8 + usize::from(packet[at + 1]) * 8;
    }
    if packet.len() > at {
        rewrite_transport(next, &mut packet[at..], change, copy);
    }
}

/// Checksums that cover the addresses, and the addresses inside DHCP.
fn rewrite_transport(protocol: u8, segment: &mut [u8], change: u32, copy: u32) {
    match protocol {
        6 if segment.len() >= 18 => adjust(&mut segment[16..18], change),
        17 if segment.len() >= 8 => {
            let is_dhcp = matches!(segment[..4], [0, 67 | 68, 0, 67 | 68]);
            if is_dhcp && segment.len() >= 8 + 44 {
                for at in [12, 16, 20, 24] {
                    let _ = rewrite_address(&mut segment[8 + at..8 + at + 4], copy);
                }
                rewrite_mac(&mut segment[8 + 28..8 + 34], copy);
                // No checksum was computed (RFC 768).
                segment[6..8].fill(0);
            } else if segment[6..8] != [0, 0] {
                adjust(&mut segment[6..8], change);
            }
        }
        58 if segment.len() >= 4 => adjust(&mut segment[2..4], change),
        _ => {}
    }
}

fn sum(bytes: &[u8]) -> u32 {
    bytes.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum()
}

fn fold(mut sum: u32) -> u32 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

/// Changes a checksum as the bytes it covers changed (RFC 1624).
fn adjust(checksum: &mut [u8], change: u32) {
    let old = u32::from(u16::from_be_bytes([checksum[0], checksum[1]]));
    let new = 0xffff - fold((0xffff - old) + fold(change));
    checksum.copy_from_slice(&(new as u16).to_be_bytes());
}
