//! The yardstick beside the benchmark: a bare loop that only decodes each frame's headers and counts packets
//! and bytes of its conversation in a hash table. No content is read, nothing is put in order, nothing
//! expires, nothing is told; what Cordon costs beyond this is what it knows beyond this.
//!
//! `cargo run --release -p cordon-sensor --example bare -- FILE...`
#![expect(clippy::print_stdout, reason = "the numbers are the output")]

use cordon_sensor::Input;
use cordon_sensor::capture::Capture;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::error::Error;

/// Addresses as they stand in the packet (IPv4 in the first four bytes), ports, VLAN, protocol: the smaller
/// end first, so that both directions are one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    ends: [([u8; 16], u16); 2],
    vlan: u16,
    protocol: u8,
}

#[derive(Default)]
struct Conversation {
    packets: u64,
    bytes: u64,
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The conversation of an Ethernet frame, if it carries IP.
fn key(frame: &[u8]) -> Option<Key> {
    let (mut at, mut vlan) = (12, 0);
    let mut ether_type = number(frame, at)?;
    while matches!(ether_type, 0x8100 | 0x88a8) {
        vlan = number(frame, at + 2)? & 0x0fff;
        at += 4;
        ether_type = number(frame, at)?;
    }
    let packet = frame.get(at + 2..)?;
    let (mut source, mut destination) = ([0; 16], [0; 16]);
    let (protocol, segment) = match ether_type {
        0x0800 => {
            source.get_mut(..4)?.copy_from_slice(packet.get(12..16)?);
            destination.get_mut(..4)?.copy_from_slice(packet.get(16..20)?);
            let header = usize::from(packet.first()? & 0x0f) * 4;
            (*packet.get(9)?, packet.get(header..)?)
        }
        0x86dd => {
            source.copy_from_slice(packet.get(8..24)?);
            destination.copy_from_slice(packet.get(24..40)?);
            (*packet.get(6)?, packet.get(40..)?)
        }
        _ => return None,
    };
    let ports = match protocol {
        6 | 17 => (number(segment, 0)?, number(segment, 2)?),
        _ => (0, 0),
    };
    let (from, to) = ((source, ports.0), (destination, ports.1));
    Some(Key { ends: if from <= to { [from, to] } else { [to, from] }, vlan, protocol })
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut conversations: HashMap<Key, Conversation, FixedState> =
        HashMap::with_hasher(FixedState::default());
    let (mut packets, mut others) = (0u64, 0u64);
    for file in std::env::args().skip(1) {
        let mut capture = Capture::new(Input::open(&file, false)?);
        while let Ok(Some(frame)) = capture.next() {
            packets += 1;
            match key(frame.bytes) {
                Some(key) => {
                    let conversation = conversations.entry(key).or_default();
                    conversation.packets += 1;
                    conversation.bytes += u64::from(frame.wire_len);
                }
                None => others += 1,
            }
        }
    }
    let most = conversations.values().map(|conversation| conversation.packets).max();
    let bytes: u64 = conversations.values().map(|conversation| conversation.bytes).sum();
    println!(
        "{packets} packets, {} conversations of {bytes} bytes, the longest of {} packets; {others} frames are not IP",
        conversations.len(),
        most.unwrap_or_default()
    );
    Ok(())
}
