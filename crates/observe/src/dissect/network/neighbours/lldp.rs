//! Link Layer Discovery Protocol (IEEE 802.1AB-2016), with what IEEE 802.1 (annex D) and 802.3 (79.3) and
//! telephones, cameras and other media endpoints (ANSI/TIA-1057, LLDP-MED) add.

use super::{Sender, address, is_text};
use crate::dissect::StationFacts;
use crate::dissect::person::{HostName, of_nobody};
use crate::layers::{u16_at, u32_at};
use crate::text::Line;
use cordon_model::Mac;
use cordon_model::observe::Fact;
use std::fmt::Write as _;

/// Elements read of one frame.
const ELEMENTS_MAX: usize = 128;

/// IEEE 802.1AB 8.5.8.
const CAPABILITIES: [&str; 11] = [
    "other",
    "repeater",
    "bridge",
    "access_point",
    "router",
    "telephone",
    "docsis",
    "station",
    "c_vlan",
    "s_vlan",
    "two_port_relay",
];

/// Reads a frame's content and states what its sender says of itself.
pub fn message(source: Mac, bytes: &[u8], facts: &mut dyn StationFacts) {
    // The first element is the chassis, and it is mandatory.
    if bytes.first().is_none_or(|first| first >> 1 != 1) {
        return facts.malformed();
    }
    let mut sender = Sender { station: source, facts };
    let mut rest = bytes;
    for _ in 0..ELEMENTS_MAX {
        let Some((head, after)) = rest.split_first_chunk::<2>() else { break };
        let head = u16::from_be_bytes(*head);
        let length = usize::from(head & 0x01ff);
        let Some(value) = after.get(..length) else { return sender.facts.malformed() };
        rest = after.get(length..).unwrap_or_default();
        match head >> 9 {
            0 => return,
            kind => element(&mut sender, kind, value),
        }
    }
    if rest.len() > 1 {
        sender.facts.limit();
    }
}

fn element(sender: &mut Sender<'_>, kind: u16, value: &[u8]) {
    match kind {
        1 => identifier(sender, Fact::LldpChassisId, value, 4, 5),
        2 => identifier(sender, Fact::LldpPortId, value, 3, 4),
        4 => sender.tell(Fact::LldpPortDescription, of_nobody(value)),
        5 => sender.tell(Fact::LldpSystemName, HostName::of(value).text()),
        6 => sender.tell(Fact::LldpSystemDescription, value),
        7 => {
            if let Some(enabled) = u16_at(value, 2) {
                sender.tell_names(Fact::LldpCapabilities, u32::from(enabled), &CAPABILITIES);
            }
        }
        8 => management(sender, value),
        127 => match value {
            [0x00, 0x80, 0xc2, subtype, rest @ ..] => of_802_1(sender, *subtype, rest),
            [0x00, 0x12, 0x0f, 2, rest @ ..] => power(sender, rest),
            [0x00, 0x12, 0xbb, subtype, rest @ ..] => of_media(sender, *subtype, rest),
            // RFC 8520 section 12: IANA's identifier, subtype 1.
            [0x00, 0x00, 0x5e, 1, url @ ..] => sender.tell(Fact::LldpMudUrl, url),
            _ => {}
        },
        _ => {}
    }
}

/// A chassis or a port (8.5.2, 8.5.3): what kind of identifier, then the identifier; the kinds of station and
/// network address have other numbers in each.
fn identifier(sender: &mut Sender<'_>, fact: Fact, value: &[u8], of_station: u8, of_network: u8) {
    let Some((kind, value)) = value.split_first() else { return sender.facts.malformed() };
    match value {
        [a, b, c, d, e, f] if *kind == of_station => sender.tell_display(fact, Mac([*a, *b, *c, *d, *e, *f])),
        [1 | 2, bytes @ ..] if *kind == of_network => {
            if let Some(address) = address(bytes) {
                sender.tell_display(fact, address);
            }
        }
        _ if is_text(value) => sender.tell(fact, value),
        _ => sender.tell_identifier(fact, value),
    }
}

/// 8.5.9: length and family of the address, the address, an interface, an object.
fn management(sender: &mut Sender<'_>, value: &[u8]) {
    let Some((length, rest)) = value.split_first() else { return sender.facts.malformed() };
    let Some(text) = rest.get(..usize::from(*length)) else { return sender.facts.malformed() };
    match text {
        [1 | 2, bytes @ ..] => {
            if let Some(address) = address(bytes) {
                sender.tell_display(Fact::LldpManagementAddress, address);
            }
        }
        [6, a, b, c, d, e, f] => {
            sender.tell_display(Fact::LldpManagementAddress, Mac([*a, *b, *c, *d, *e, *f]));
        }
        _ => {}
    }
}

/// IEEE 802.1Q annex D: the port's own VLAN, names of VLANs.
fn of_802_1(sender: &mut Sender<'_>, subtype: u8, value: &[u8]) {
    match (subtype, value) {
        (1, [v0, v1, ..]) => {
            let vlan = u16::from_be_bytes([*v0, *v1]);
            if vlan != 0 {
                sender.tell_display(Fact::LldpPortVlan, vlan);
            }
        }
        (3, [v0, v1, length, rest @ ..]) => {
            let name = rest.get(..usize::from(*length)).unwrap_or(rest);
            let mut line = Line::default();
            let _ = write!(line, "{} {}", u16::from_be_bytes([*v0, *v1]), name.escape_ascii());
            sender.tell(Fact::LldpVlanName, line.text().as_bytes());
        }
        _ => {}
    }
}

/// IEEE 802.3 79.3.2: power over the cable. Bit 0 says which end this is, byte 2 the class plus one.
fn power(sender: &mut Sender<'_>, value: &[u8]) {
    let Some([support, _, class]) = value.first_chunk::<3>() else { return };
    let end = if support & 1 != 0 { "source" } else { "device" };
    let mut line = Line::default();
    let _ = match class.checked_sub(1) {
        Some(class) => write!(line, "{end} class {class}"),
        None => write!(line, "{end}"),
    };
    sender.tell(Fact::LldpPower, line.text().as_bytes());
}

/// ANSI/TIA-1057 10.2.
fn of_media(sender: &mut Sender<'_>, subtype: u8, value: &[u8]) {
    let fact = match subtype {
        1 => {
            let class = match value.get(2) {
                Some(1) => "generic endpoint",
                Some(2) => "media endpoint",
                Some(3) => "communication device",
                Some(4) => "network",
                _ => return,
            };
            return sender.tell(Fact::LldpMediaClass, class.as_bytes());
        }
        2 => {
            // Application, then flags and VLAN across 24 bits.
            let policy = u32_at(value, 0).unwrap_or(0);
            let (application, vlan) = (policy >> 24, policy >> 9 & 0x0fff);
            if application == 1 && policy & 0x0080_0000 == 0 && vlan != 0 {
                sender.tell_display(Fact::LldpVoiceVlan, vlan);
            }
            return;
        }
        5 => Fact::LldpHardware,
        6 => Fact::LldpFirmware,
        7 => Fact::LldpSoftware,
        8 => Fact::LldpSerial,
        9 => Fact::LldpManufacturer,
        10 => Fact::LldpModel,
        11 => Fact::LldpAssetId,
        _ => return,
    };
    sender.tell(fact, value);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::stations::told;
    use proptest::prelude::*;

    fn element(kind: u16, value: &[u8]) -> Vec<u8> {
        let head = kind << 9 | value.len() as u16;
        [&head.to_be_bytes()[..], value].concat()
    }

    pub(crate) fn golden() -> Vec<u8> {
        let media = |subtype: u8, value: &[u8]| element(127, &[&[0, 0x12, 0xbb, subtype], value].concat());
        [
            element(1, &[4, 2, 0, 0, 0, 0, 1]),
            element(2, b"\x05Gi1/0/7"),
            element(3, &[0, 120]),
            element(4, b"Ward 3 bed 12"),
            element(5, b"sw-ward3"),
            element(6, b"ProCurve J9726A, revision YA.16.02"),
            element(7, &[0, 0x14, 0, 0x04]),
            element(8, &[5, 1, 10, 0, 0, 2, 2, 0, 0, 0, 1, 0]),
            element(127, &[0, 0x80, 0xc2, 1, 0, 30]),
            element(127, b"\x00\x80\xc2\x03\x00\x1e\x09Radiology"),
            element(127, &[0, 0x12, 0x0f, 2, 0x0f, 1, 4]),
            media(1, &[0, 0x33, 3]),
            media(2, &[1, 0x40, 0x46, 0xae]),
            media(5, b"H1"),
            media(6, b"F2"),
            media(7, b"S3"),
            media(8, b"SN4711"),
            media(9, b"Acme"),
            media(10, b"Phone 9"),
            media(11, b"BME-17"),
            element(127, b"\x00\x00\x5e\x01https://acme.example/phone9.json"),
            element(0, b""),
        ]
        .concat()
    }

    fn tell(bytes: &[u8]) -> String {
        told(|facts| message(Mac([2, 0, 0, 0, 0, 9]), bytes, facts)).replace("02:00:00:00:00:09 - lldp.", "")
    }

    #[test]
    fn a_frame_tells_all_its_sender_says() {
        let expected = "chassis_id 02:00:00:00:00:01
port_id Gi1/0/7
port_description Ward 3 bed 12
system_name sw-ward3
system_description ProCurve J9726A, revision YA.16.02
capabilities bridge
management_address 10.0.0.2
port_vlan 30
vlan_name 30 Radiology
power source class 3
media_class communication device
voice_vlan 35
hardware H1
firmware F2
software S3
serial SN4711
manufacturer Acme
model Phone 9
asset_id BME-17
mud_url https://acme.example/phone9.json
";
        assert_eq!(tell(&golden()), expected);
    }

    #[test]
    fn every_prefix_is_safe_and_tells_no_more() {
        let golden = golden();
        let all = tell(&golden);
        for length in 0..golden.len() {
            let text = tell(&golden[..length]);
            assert!(text.lines().all(|line| all.contains(line) || line == "malformed"), "{length}: {text}");
        }
        assert_eq!(tell(&[0; 40]), "malformed\n");
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            tell(&bytes);
            bytes.splice(0..0, [2]);
            tell(&bytes);
        }
    }
}
