//! MQTT (OASIS 3.1.1 and 5.0): who connects to a broker, how, and whether it is let in. What is published is not
//! looked at, nor are topics: they name wards, beds and people.

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// The longest CONNECT that is read.
const CONNECT_BYTES_MAX: usize = 4_096;
/// Kinds of packets with their flags (3.1.1 2.2).
const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
/// Flags of CONNECT (3.1.1 3.1.2).
const USER_NAME: u8 = 0x80;
const PASSWORD: u8 = 0x40;
const WILL: u8 = 0x04;
const VERSION_5: u8 = 5;

/// What one conversation's dissector remembers: nothing, for each side's first packet is all that is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mqtt;

impl StreamDissector for Mqtt {
    const STARTS: Starts = Starts::of(&[CONNECT]);
    const HELD_BYTES_MAX: usize = CONNECT_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        let mut reader = Reader(head);
        if reader.byte() != Some(CONNECT) {
            return Probe::No;
        }
        match reader.length() {
            Ok(Some(_)) => {}
            Ok(None) => return Probe::Unsure,
            Err(TooLong) => return Probe::No,
        }
        let names: [&[u8]; 2] = [b"\0\x04MQTT", b"\0\x06MQIsdp"];
        match names.iter().find(|name| reader.0.iter().zip(**name).all(|(have, want)| have == want)) {
            Some(name) if reader.0.len() >= name.len() => Probe::Certain(Side::Client),
            Some(_) => Probe::Unsure,
            None => Probe::No,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut reader = Reader(bytes);
        let wanted = if side == Side::Client { CONNECT } else { CONNACK };
        if reader.byte().is_some_and(|first| first != wanted) {
            facts.malformed();
            return Step::Done;
        }
        let length = match reader.length() {
            Ok(Some(length)) => length,
            Ok(None) => return Step::Took(0),
            Err(TooLong) => {
                facts.malformed();
                return Step::Done;
            }
        };
        let head = bytes.len() - reader.0.len();
        if head + length > CONNECT_BYTES_MAX {
            facts.limit();
            return Step::Done;
        }
        let Some(content) = reader.0.get(..length) else { return Step::Took(0) };
        let read = match side {
            Side::Client => connect(Reader(content), facts),
            Side::Server => connack(Reader(content), facts),
        };
        if read.is_none() {
            facts.malformed();
        }
        Step::Done
    }

    fn gap(&mut self, _side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        Step::Done
    }
}

/// A length of more than four bytes (3.1.1 2.2.3).
struct TooLong;

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    /// A field after two bytes of length.
    fn field(&mut self) -> Option<&'a [u8]> {
        let (high, low) = (self.byte()?, self.byte()?);
        self.take(usize::from(u16::from_be_bytes([high, low])))
    }

    /// Seven bits a byte; `None` when more bytes would tell.
    fn length(&mut self) -> Result<Option<usize>, TooLong> {
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            let Some(byte) = self.byte() else { return Ok(None) };
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(Some(length));
            }
        }
        Err(TooLong)
    }

    /// The properties of version 5 (5.0 2.2.2).
    fn properties(&mut self) -> Option<&'a [u8]> {
        let length = self.length().ok()??;
        self.take(length)
    }
}

/// 3.1.1 3.1, 5.0 3.1.
fn connect(mut packet: Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
    let _name = packet.field()?;
    let (version, flags) = (packet.byte()?, packet.byte()?);
    packet.take(2)?;
    let is_5 = version == VERSION_5;
    if is_5 {
        packet.properties()?;
    }
    let name: &[u8] = match version {
        3 => b"3.1",
        4 => b"3.1.1",
        VERSION_5 => b"5.0",
        _ => return None,
    };
    facts.fact(Side::Client, Fact::MqttVersion, name);
    let client = packet.field()?;
    if is_of_a_device(client) {
        facts.fact(Side::Client, Fact::MqttClient, client);
    }
    if flags & WILL != 0 {
        if is_5 {
            packet.properties()?;
        }
        let (_topic, _message) = (packet.field()?, packet.field()?);
    }
    if flags & USER_NAME != 0 {
        facts.user(Side::Client, Fact::MqttUser, packet.field()?);
    }
    if flags & PASSWORD != 0 {
        facts.event(Side::Client, EventKind::LogInClearCredentials, "mqtt password");
    }
    Some(())
}

/// True for identifiers that software makes from a serial number, an address or chance; people's names and
/// addresses are not told.
fn is_of_a_device(client: &[u8]) -> bool {
    let made = client.windows(4).any(|part| {
        part.iter().all(u8::is_ascii_hexdigit)
            && part.iter().filter(|byte| byte.is_ascii_digit()).count() >= 2
    });
    let letters = client.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let plain =
        client.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'/'));
    made && plain && client.len() >= 8 && letters < client.len()
}

/// 3.1.1 3.2, 5.0 3.2.
fn connack(mut packet: Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
    let (_flags, code) = (packet.byte()?, packet.byte()?);
    let why = match code {
        0 => return Some(()),
        4 | 0x86 => "bad user name or password",
        5 | 0x87 => "not authorized",
        2 | 0x85 => "client identifier not valid",
        0x8a => "banned",
        0x8c => "bad authentication method",
        _ => return Some(()),
    };
    let mut line = Line::default();
    write!(line, "mqtt {code}: {why}").ok()?;
    facts.event(Side::Client, EventKind::LogInFailed, line.text());
    Some(())
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
    use insta::assert_snapshot;
    use proptest::prelude::*;

    fn field(text: &[u8]) -> Vec<u8> {
        [&(text.len() as u16).to_be_bytes()[..], text].concat()
    }

    fn packet(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        [&[kind, length as u8 | 0x80, (length >> 7) as u8][..], content].concat()
    }

    fn connect(version: u8, name: &[u8], id: &[u8]) -> Vec<u8> {
        let properties: &[u8] = if version == 5 { &[5, 0x11, 0, 0, 0, 9] } else { &[] };
        let will: &[u8] = if version == 5 { &[0] } else { &[] };
        let parts = [
            field(name),
            vec![version, 0xc6, 0, 60],
            properties.to_vec(),
            field(id),
            will.to_vec(),
            field(b"ward/DOE"),
            field(b"JANE"),
            field(b"DOE"),
            field(b"c2VjcmV0"),
        ];
        packet(CONNECT, &parts.concat())
    }

    fn golden() -> Vec<Piece> {
        vec![
            client(connect(4, b"MQTT", b"ESP32_A1B2C3D4")),
            server(packet(CONNACK, &[0, 5])),
            client(packet(0x30, &[field(b"ward/DOE"), b"JANE".to_vec()].concat())),
        ]
    }

    fn newer() -> Vec<Piece> {
        vec![client(connect(5, b"MQTT", b"Jane.DOE")), server(packet(CONNACK, &[0, 0x86, 0]))]
    }

    pub(crate) fn corpus() -> Vec<Vec<Piece>> {
        vec![golden(), newer()]
    }

    #[test]
    fn clients_and_refusals_are_told() {
        assert_snapshot!(check::<Mqtt>(&golden()), @r#"
        Client mqtt.version 3.1.1
        Client mqtt.client ESP32_A1B2C3D4
        Client mqtt.user d7c8f7d91bdd2c6a
        Client log_in.clear_credentials: mqtt password
        Client log_in.failed: mqtt 5: not authorized
        "#);
        assert_snapshot!(check::<Mqtt>(&newer()), @r#"
        Client mqtt.version 5.0
        Client mqtt.user d7c8f7d91bdd2c6a
        Client log_in.clear_credentials: mqtt password
        Client log_in.failed: mqtt 134: bad user name or password
        "#);
        let old = check::<Mqtt>(&[client(connect(3, b"MQIsdp", b"")), server(packet(CONNACK, &[0, 0]))]);
        assert!(old.starts_with("Client mqtt.version 3.1\nClient mqtt.user"), "{old}");
        batter::<Mqtt>(&golden());
    }

    #[test]
    fn identifiers_of_people_are_not_told() {
        for id in ["ESP32_A1B2C3D4", "shellyplug-s-80646F81D0A2", "mosq-1f3a9Qz77"] {
            assert!(is_of_a_device(id.as_bytes()), "{id}");
        }
        for id in ["jane.doe1970", "DOE^JANE", "jane", "anna@clinic1234", ""] {
            assert!(!is_of_a_device(id.as_bytes()), "{id}");
        }
    }

    #[test]
    fn hostile_lengths_are_bounded() {
        assert_eq!(check::<Mqtt>(&[client([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f])]), "malformed: 1\n");
        assert_eq!(check::<Mqtt>(&[client([0x10, 0xff, 0xff, 0xff, 0x7f, 0])]), "limits: 1\n");
        assert_eq!(check::<Mqtt>(&[server([0x30, 1, 1])]), "malformed: 1\n");
    }

    #[test]
    fn probes_want_the_name() {
        assert_eq!(Mqtt::probe(&connect(4, b"MQTT", b""), 1), Probe::Certain(Side::Client));
        assert_eq!(Mqtt::probe(&[0x10], 1883), Probe::Unsure);
        assert_eq!(Mqtt::probe(b"\x10\x20\0\x04MQ", 1883), Probe::Unsure);
        assert_eq!(Mqtt::probe(b"\x10\x20\0\x04XX", 1883), Probe::No);
    }

    proptest! {
        #[test]
        fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..40, 1..12)) {
            any_split::<Mqtt>(&golden(), &sizes);
        }
    }
}
