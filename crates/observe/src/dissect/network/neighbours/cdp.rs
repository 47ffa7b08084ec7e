//! Cisco Discovery Protocol, versions 1 and 2, and Foundry's, which has the same form.

use super::{Sender, address};
use crate::dissect::StationFacts;
use crate::layers::{u16_at, u32_at};
use cordon_model::Mac;
use cordon_model::observe::Fact;

/// Elements read of one frame, and addresses of one element.
const ELEMENTS_MAX: usize = 64;
const ADDRESSES_MAX: usize = 16;

const CAPABILITIES: [&str; 11] = [
    "router",
    "transparent_bridge",
    "source_route_bridge",
    "switch",
    "host",
    "igmp",
    "repeater",
    "telephone",
    "remotely_managed",
    "cast_phone",
    "two_port_relay",
];

/// Under which names the facts are told.
struct Names {
    device: Fact,
    port: Fact,
    version: Fact,
    platform: Fact,
    capabilities: Fact,
    address: Fact,
}

const CISCO: Names = Names {
    device: Fact::CdpDeviceId,
    port: Fact::CdpPort,
    version: Fact::CdpVersion,
    platform: Fact::CdpPlatform,
    capabilities: Fact::CdpCapabilities,
    address: Fact::CdpAddress,
};

const FOUNDRY: Names = Names {
    device: Fact::FdpDeviceId,
    port: Fact::FdpPort,
    version: Fact::FdpVersion,
    platform: Fact::FdpPlatform,
    capabilities: Fact::FdpCapabilities,
    address: Fact::FdpAddress,
};

/// Reads a frame's content behind SNAP and states what its sender says of itself.
pub fn message(source: Mac, bytes: &[u8], facts: &mut dyn StationFacts) {
    read(source, bytes, &CISCO, facts);
}

/// The same of Foundry's protocol.
pub fn foundry(source: Mac, bytes: &[u8], facts: &mut dyn StationFacts) {
    read(source, bytes, &FOUNDRY, facts);
}

fn read(source: Mac, bytes: &[u8], names: &Names, facts: &mut dyn StationFacts) {
    // Version, seconds it holds, checksum.
    let Some(([1 | 2, ..], mut rest)) = bytes.split_first_chunk::<4>() else { return facts.malformed() };
    let mut sender = Sender { station: source, facts };
    for _ in 0..ELEMENTS_MAX {
        let Some((kind, length)) = u16_at(rest, 0).zip(u16_at(rest, 2)) else { return };
        // The length counts its own head.
        let Some(value) = rest.get(4..usize::from(length)) else { return sender.facts.malformed() };
        rest = rest.get(usize::from(length)..).unwrap_or_default();
        match kind {
            1 => sender.tell_identifier(names.device, value),
            2 => addresses(&mut sender, names.address, value),
            3 => sender.tell(names.port, value),
            4 => {
                let bits = u32_at(value, 0).unwrap_or(0);
                sender.tell_names(names.capabilities, bits, &CAPABILITIES);
            }
            5 => sender.tell(names.version, value),
            6 => sender.tell(names.platform, value),
            _ if names.device == Fact::CdpDeviceId => cisco(&mut sender, kind, value),
            _ => {}
        }
    }
    sender.facts.limit();
}

fn cisco(sender: &mut Sender<'_>, kind: u16, value: &[u8]) {
    match (kind, value) {
        (0x0a, [v0, v1, ..]) => sender.tell_display(Fact::CdpNativeVlan, u16::from_be_bytes([*v0, *v1])),
        // Which appliance, then the VLAN it is to use.
        (0x0e | 0x0f, [_, v0, v1, ..]) => {
            sender.tell_display(Fact::CdpVoiceVlan, u16::from_be_bytes([*v0, *v1]));
        }
        (0x14, _) => sender.tell(Fact::CdpSystemName, value),
        (0x16, _) => addresses(sender, Fact::CdpManagementAddress, value),
        (0x1001 | 0x1002, _) => {}
        _ => {}
    }
}

/// How many, then for each: a protocol's kind and name, and an address, both counted.
fn addresses(sender: &mut Sender<'_>, fact: Fact, value: &[u8]) {
    let count = u32_at(value, 0).unwrap_or(0) as usize;
    let mut rest = value.get(4..).unwrap_or_default();
    for _ in 0..count.min(ADDRESSES_MAX) {
        let Some(([_, length], after)) = rest.split_first_chunk::<2>() else { return };
        let Some(after) = after.get(usize::from(*length)..) else { return sender.facts.malformed() };
        let Some(length) = u16_at(after, 0) else { return };
        let Some(bytes) = after.get(2..2 + usize::from(length)) else { return sender.facts.malformed() };
        if let Some(address) = address(bytes) {
            sender.tell_display(fact, address);
        }
        rest = after.get(2 + usize::from(length)..).unwrap_or_default();
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::stations::told;
    use proptest::prelude::*;

    fn element(kind: u16, value: &[u8]) -> Vec<u8> {
        [&kind.to_be_bytes()[..], &(4 + value.len() as u16).to_be_bytes(), value].concat()
    }

    pub(crate) fn golden() -> Vec<u8> {
        [
            vec![2, 180, 0, 0],
            element(1, b"SEP00112233"),
            element(2, &[0, 0, 0, 1, 1, 1, 0xcc, 0, 4, 10, 0, 0, 7]),
            element(3, b"Port 1"),
            element(4, &[0, 0, 0, 0x90]),
            element(5, b"SCCP41.9-4"),
            element(6, b"Cisco IP Phone 7941"),
            element(0x0a, &[0, 30]),
            element(0x0e, &[1, 0, 35]),
            element(0x14, b"phone"),
            element(0x16, &[0, 0, 0, 1, 1, 1, 0xcc, 0, 4, 10, 0, 0, 8]),
        ]
        .concat()
    }

    fn tell(bytes: &[u8]) -> String {
        told(|facts| message(Mac([2, 0, 0, 0, 0, 9]), bytes, facts)).replace("02:00:00:00:00:09 - cdp.", "")
    }

    #[test]
    fn a_frame_tells_all_its_sender_says() {
        let expected = "device_id SEP00112233
address 10.0.0.7
port Port 1
capabilities host,telephone
version SCCP41.9-4
platform Cisco IP Phone 7941
native_vlan 30
voice_vlan 35
system_name phone
management_address 10.0.0.8
";
        assert_eq!(tell(&golden()), expected);
        let foundry = told(|facts| foundry(Mac([2, 0, 0, 0, 0, 9]), &golden(), facts));
        assert!(foundry.contains("fdp.device_id SEP00112233") && !foundry.contains("cdp."), "{foundry}");
    }

    #[test]
    fn every_prefix_is_safe_and_tells_no_more() {
        let golden = golden();
        let all = tell(&golden);
        for length in 0..golden.len() {
            let text = tell(&golden[..length]);
            assert!(text.lines().all(|line| all.contains(line) || line == "malformed"), "{length}: {text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            tell(&bytes);
            bytes.splice(0..0, [2, 180, 0, 0]);
            tell(&bytes);
        }
    }
}
