//! What most packets are: another one of a conversation of which this one tells nothing but that it was there. They
//! are counted with the least work; all others go the whole way, with the same outcome for these.

use super::{Engine, HOUR_MICROS};
use crate::conversations::{Content, Key, Place};
use crate::counters::Counter;
use crate::duplicates::Before;
use crate::layers::link::{ETHER_TYPE_IPV4, Frame};
use crate::layers::transport::{FIN, PROTOCOL_TCP, PROTOCOL_UDP, RST, SYN};
use crate::layers::tunnel;
use cordon_model::Timestamp;

/// A TCP segment or a datagram within a whole IPv4 packet without options.
struct Plain {
    key: Key,
    from: Place,
    is_tcp: bool,
    has_content: bool,
}

impl Plain {
    /// `None` for packets that do more than bring content, and for all that is not quite regular.
    #[inline]
    fn of(frame: &Frame<'_>) -> Option<Plain> {
        if frame.ether_type != ETHER_TYPE_IPV4 {
            return None;
        }
        // IP header, and of the transport's what TCP always has.
        let head = frame.payload.first_chunk::<40>()?;
        let [0x45, _, l0, l1, _, _, f0, f1, _, protocol, _, _, a0, a1, a2, a3, b0, b1, b2, b3, rest @ ..] =
            *head
        else {
            return None;
        };
        let total = usize::from(u16::from_be_bytes([l0, l1]));
        if (f0 & 0x3f) | f1 != 0 || !(40..=frame.payload.len()).contains(&total) {
            return None;
        }
        let [s0, s1, d0, d1, l0, l1, ..] = rest;
        let (source, destination) = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
        let has_content = match protocol {
            PROTOCOL_TCP => {
                let [.., offset, flags, _, _, _, _, _, _] = rest;
                let header = usize::from(offset >> 4) * 4;
                if flags & (SYN | FIN | RST) != 0 || header < 20 {
                    return None;
                }
                total > 20 + header
            }
            PROTOCOL_UDP => {
                let length = usize::from(u16::from_be_bytes([l0, l1]));
                if !(9..=total - 20).contains(&length) || tunnel::is_port(source, destination) {
                    return None;
                }
                true
            }
            _ => return None,
        };
        let (sender, receiver) = (u32::from_be_bytes([a0, a1, a2, a3]), u32::from_be_bytes([b0, b1, b2, b3]));
        let (key, from) = Key::v4(frame.vlan, protocol, (sender, source), (receiver, destination));
        Some(Plain { key, from, is_tcp: protocol == PROTOCOL_TCP, has_content })
    }
}

impl Engine {
    /// Counts a packet that tells nothing new; answers false for one that has to go the whole way, of which nothing
    /// was counted yet.
    #[inline]
    pub(super) fn passes(&mut self, frame: &Frame<'_>, at: Timestamp, wire_bytes: u64) -> bool {
        #[cfg(test)]
        if self.whole_way {
            return false;
        }
        let Some(Plain { key, from, is_tcp, has_content }) = Plain::of(frame) else { return false };
        let hash = self.table.hash(&key);
        let Some(id) = self.table.find(hash, &key) else { return false };
        let hour_start = self.hour_start;
        let Some(conversation) = self.table.get_mut(id) else { return false };
        let unread = conversation.content == Content::Ignored || (is_tcp && !has_content);
        let last = conversation.last.micros();
        let same_hour = last >= hour_start && last < hour_start.saturating_add(HOUR_MICROS);
        let Some(bytes) =
            u32::try_from(wire_bytes).ok().and_then(|more| conversation.bytes.checked_add(more))
        else {
            return false;
        };
        let settled = conversation.is_settled(from, is_tcp) && conversation.packets > 0;
        if !unread || !settled || !same_hour || at < conversation.last {
            return false;
        }
        match self.duplicates.meet(frame.payload, frame.vlan, at) {
            Before::No => {}
            Before::Here => {
                self.counters.count(Counter::DuplicateFrames);
                return true;
            }
            Before::Elsewhere(vlan) => {
                self.counters.count(Counter::DuplicateFrames);
                self.note_copy(id, vlan);
            }
        }
        if let Some(conversation) = self.table.get_mut(id) {
            conversation.last = at;
            conversation.packets = conversation.packets.saturating_add(1);
            conversation.bytes = bytes;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::LinkType;
    use crate::settings::Settings;
    use cordon_model::observe::{Flow, Seen, SeenEvent, Sink};
    use proptest::prelude::*;

    /// All that was told, in order.
    #[derive(Default)]
    struct Told(Vec<String>);

    impl Sink for Told {
        fn fact(&mut self, seen: Seen<'_>) {
            self.0.push(format!("{seen:?}"));
        }
        fn flow(&mut self, flow: &Flow) {
            self.0.push(format!("{flow:?}"));
        }
        fn event(&mut self, event: SeenEvent<'_>) {
            self.0.push(format!("{event:?}"));
        }
    }

    /// A frame as drawn: few ends, so that conversations come about.
    #[derive(Clone, Debug)]
    struct Drawn {
        pair: u8,
        answers: bool,
        is_tcp: bool,
        flags: u8,
        content: usize,
        vlan: u16,
        station: u8,
        /// In microseconds since the frame before.
        later: i64,
        /// Seen a second time, on this VLAN.
        again: Option<u16>,
        padding: usize,
        cut: usize,
        oddity: u8,
    }

    const CONTENTS: [&[u8]; 7] = [
        b"",
        b"",
        b"nothing that anybody knows, in any of these words",
        b"GET / HTTP/1.1\r\nHost: pump\r\nUser-Agent: console\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nServer: pump\r\nContent-Length: 0\r\n\r\n",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
        b"\x17\x03\x03\x00\x20................................",
    ];

    fn drawn() -> impl Strategy<Value = Drawn> {
        let vlan = || prop_oneof![6 => Just(0u16), 1 => Just(30), 1 => Just(40)];
        let later = prop_oneof![
            20 => 0i64..2_000,
            3 => 0i64..20_000_000,
            1 => -3_000_000i64..0,
            1 => Just(3_600_000_000),
            1 => Just(-400_000_000),
        ];
        let flags = prop_oneof![6 => Just(0x10u8), 3 => Just(0x18), 2 => Just(0x02), 1 => Just(0x12), 1 => Just(0x11), 1 => Just(0x14)];
        let again = proptest::option::weighted(0.1, vlan());
        let rest = (
            0usize..8,
            prop_oneof![9 => Just(0usize), 1 => 1usize..60],
            prop_oneof![12 => Just(0u8), 1 => 1u8..6],
        );
        ((0u8..3, any::<bool>(), any::<bool>(), flags, 0..CONTENTS.len(), vlan()), 0u8..2, later, again, rest)
            .prop_map(
                |(
                    (pair, answers, is_tcp, flags, content, vlan),
                    station,
                    later,
                    again,
                    (padding, cut, oddity),
                )| Drawn {
                    pair,
                    answers,
                    is_tcp,
                    flags,
                    content,
                    vlan,
                    station,
                    later,
                    again,
                    padding,
                    cut,
                    oddity,
                },
            )
    }

    fn frame(drawn: &Drawn, sequence: u32, vlan: u16) -> Vec<u8> {
        let content = CONTENTS[drawn.content];
        let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, drawn.station, 2];
        if drawn.answers {
            bytes.rotate_left(6);
        }
        if vlan != 0 {
            bytes.extend([0x81, 0]);
            bytes.extend(vlan.to_be_bytes());
        }
        bytes.extend([8, 0]);
        let ports = [[0x9c, 0x40 + drawn.pair], [0, [80, 23, 0x89][usize::from(drawn.pair)]]];
        let [from, to] = if drawn.answers { [ports[1], ports[0]] } else { ports };
        let mut transport = [from, to].concat();
        if drawn.is_tcp {
            transport.extend(sequence.to_be_bytes());
            transport.extend([
                0,
                0,
                0,
                1,
                if drawn.oddity == 1 { 0x40 } else { 0x50 },
                drawn.flags,
                1,
                0,
                0,
                0,
                0,
                0,
            ]);
        } else {
            let length = 8 + content.len() as u16 + u16::from(drawn.oddity == 2) * 9;
            transport.extend(length.to_be_bytes());
            transport.extend([0, 0]);
        }
        transport.extend(content);
        let total = 20 + transport.len() as u16 + u16::from(drawn.oddity == 3) * 50;
        let (a, b) = if drawn.answers { (9, drawn.pair) } else { (drawn.pair, 9) };
        bytes.extend([0x45, 0]);
        bytes.extend(total.to_be_bytes());
        bytes.extend((sequence as u16).to_be_bytes());
        bytes.extend([
            if drawn.oddity == 4 { 0x20 } else { 0x40 },
            0,
            64,
            if drawn.is_tcp { 6 } else { 17 },
            0,
            0,
        ]);
        bytes.extend([10, 0, 0, a, 10, 0, 0, b]);
        bytes.extend(transport);
        bytes.extend(vec![0; drawn.padding]);
        bytes
    }

    fn told(all: &[Drawn], whole_way: bool) -> (Vec<String>, Vec<(&'static str, u64)>, String) {
        let mut engine = Engine::new(Settings::default());
        engine.whole_way = whole_way;
        let (mut told, mut at, mut number) = (Told::default(), 1_700_000_000_000_000i64, 0);
        let mut sequences = [[100u32; 2]; 3];
        for drawn in all {
            at += drawn.later;
            let sequence = &mut sequences[usize::from(drawn.pair)][usize::from(drawn.answers)];
            for vlan in [Some(drawn.vlan), drawn.again].into_iter().flatten() {
                let bytes = frame(drawn, *sequence, vlan);
                let kept = bytes.len().saturating_sub(drawn.cut);
                number += 1;
                let stamp = Timestamp::from_micros(at);
                engine.frame(
                    LinkType::Ethernet,
                    stamp,
                    number,
                    bytes.len() as u32,
                    &bytes[..kept],
                    &mut told,
                );
            }
            *sequence += (CONTENTS[drawn.content].len() + usize::from(drawn.flags & 0x02 != 0)) as u32;
        }
        engine.finish(&mut told);
        let protocols: Vec<_> = engine.health().protocols().collect();
        (told.0, engine.health().iter().collect(), format!("{protocols:?}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn the_short_way_tells_what_the_whole_way_tells(all in proptest::collection::vec(drawn(), 1..120)) {
            prop_assert_eq!(told(&all, false), told(&all, true));
        }
    }

    #[test]
    fn most_packets_of_a_conversation_nobody_reads_pass() {
        let drawn = |answers| Drawn {
            pair: 1,
            answers,
            is_tcp: true,
            flags: 0x18,
            content: 2,
            vlan: 0,
            station: 0,
            later: 0,
            again: None,
            padding: 0,
            cut: 0,
            oddity: 0,
        };
        let mut engine = Engine::new(Settings::default());
        let mut passed = 0;
        for number in 0..100u32 {
            let bytes = frame(&drawn(number % 2 == 1), 100 + number * 40, 0);
            let at = Timestamp::from_micros(1_700_000_000_000_000 + i64::from(number));
            let packet = crate::layers::link::decode(LinkType::Ethernet, &bytes).unwrap();
            if engine.passes(&packet, at, bytes.len() as u64) {
                passed += 1;
            } else {
                engine.frame(
                    LinkType::Ethernet,
                    at,
                    u64::from(number),
                    bytes.len() as u32,
                    &bytes,
                    &mut Told::default(),
                );
            }
        }
        assert!(passed > 60, "{passed}");
    }
}
