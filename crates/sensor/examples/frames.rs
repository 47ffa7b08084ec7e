//! Writes a capture of frames of one length between many pairs, for who plays it:
//! `frames FILE COUNT BYTES`.
#![expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use cordon_model::Timestamp;
use cordon_testkit::capture::{ByteOrder, Pcap, Resolution};
use std::error::Error;

/// Bytes of Ethernet, IPv4 and UDP headings.
const HEADINGS: usize = 42;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, count, bytes] = arguments.as_slice() else {
        return Err("usage: frames FILE COUNT BYTES".into());
    };
    let (count, bytes): (u32, usize) = (count.parse()?, bytes.parse()?);
    let content = bytes.saturating_sub(HEADINGS);
    let mut pcap = Pcap::new(ByteOrder::Little, Resolution::Micro, 1);
    for number in 0..count {
        let (pair, turn) = (number / 2 % 1_000, number % 2);
        let [.., a, b] = pair.to_be_bytes();
        let (client, server) = ([10, 0, a, b], [10, 1, a, b]);
        let (from, to) = if turn == 0 { (client, server) } else { (server, client) };
        let ports = if turn == 0 { [50_000u16, 9_999] } else { [9_999, 50_000] };
        let mut frame =
            vec![2, 0, to[0], to[1], to[2], to[3], 2, 0, from[0], from[1], from[2], from[3], 8, 0];
        frame.extend([0x45, 0]);
        frame.extend(u16::try_from(content + 28)?.to_be_bytes());
        frame.extend([0, 0, 0, 0, 64, 17, 0, 0]);
        frame.extend(from);
        frame.extend(to);
        ports.iter().for_each(|port| frame.extend(port.to_be_bytes()));
        frame.extend(u16::try_from(content + 8)?.to_be_bytes());
        frame.extend([0, 0]);
        frame.resize(bytes, number as u8);
        pcap = pcap.frame(Timestamp::from_micros(i64::from(number)), &frame);
    }
    std::fs::write(file, pcap.bytes())?;
    println!("{count} frames of {bytes} bytes in {file}");
    Ok(())
}
