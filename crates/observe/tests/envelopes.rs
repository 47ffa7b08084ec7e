//! Frames in envelopes, and frames seen twice, through the engine.
#![expect(clippy::indexing_slicing, reason = "tests stop loudly")]

mod common;

use common::*;
use cordon_model::Timestamp;
use cordon_model::observe::{Flow, Protocol, Seen, SeenEvent, Sink, Transport};
use cordon_observe::{Counter, Engine, LinkType, Settings, shard};

#[derive(Default)]
struct Notes {
    facts: Vec<String>,
    flows: Vec<Flow>,
}

impl Sink for Notes {
    fn fact(&mut self, seen: Seen<'_>) {
        let vlan = seen.endpoint.vlan.map_or(String::from("-"), |vlan| vlan.to_string());
        let address = seen.endpoint.ip.map_or(String::from("-"), |ip| ip.to_string());
        let line = format!("{vlan} {address} {} {}", seen.fact, seen.value);
        if !self.facts.contains(&line) {
            self.facts.push(line);
        }
    }

    fn flow(&mut self, flow: &Flow) {
        self.flows.push(*flow);
    }

    fn event(&mut self, _event: SeenEvent<'_>) {}
}

/// Each frame with its time in microseconds.
fn observe(frames: &[(i64, Vec<u8>)]) -> (Notes, Engine) {
    let (mut engine, mut notes) = (Engine::new(Settings::default()), Notes::default());
    for ((micros, frame), number) in frames.iter().zip(1..) {
        let at = Timestamp::from_seconds(START).plus_micros(*micros);
        engine.frame(LinkType::Ethernet, at, number, frame.len() as u32, frame, &mut notes);
    }
    engine.finish(&mut notes);
    (notes, engine)
}

fn spaced(frames: Vec<Vec<u8>>) -> Vec<(i64, Vec<u8>)> {
    frames.into_iter().zip(0..).map(|(frame, number)| (number * 50_000, frame)).collect()
}

fn ip_frame(from: Host, to: Host, protocol: u8, payload: &[u8]) -> Vec<u8> {
    ethernet(from, to, None, 0x0800, &ipv4(from, to, protocol, 0, payload))
}

fn erspan(from: Host, to: Host, frame: &[u8]) -> Vec<u8> {
    let head = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 30, 0x08, 7, 0, 0, 0, 0];
    ip_frame(from, to, 47, &[&head, frame].concat())
}

fn vxlan(from: Host, to: Host, frame: &[u8]) -> Vec<u8> {
    udp_frame(from, Host { port: 4789, ..to }, &[&[8, 0, 0, 0, 0, 0, 42, 0], frame].concat())
}

#[test]
fn a_mirrored_conversation_is_observed_on_its_own_vlan_beside_the_mirror() {
    let (switch, collector) = (host(100, 0), host(101, 0));
    let inner = fetch(host(2, 50_000), host(1, 80));
    let count = inner.len() as u64;
    let frames = inner.iter().map(|frame| erspan(switch, collector, frame)).collect();
    let (notes, engine) = observe(&spaced(frames));
    for fact in [
        "- 10.0.0.100 erspan.session 7",
        "- 10.0.0.100 erspan.collector 10.0.0.101",
        "30 10.0.0.1 http.server Orthanc/1.12",
    ] {
        assert!(notes.facts.contains(&String::from(fact)), "{fact} in {:?}", notes.facts);
    }
    let [mirror, talk] = notes.flows[..] else { unreachable!("{:?}", notes.flows) };
    assert_eq!((mirror.transport, mirror.application), (Transport::Other(47), Some(Protocol::Erspan)));
    assert_eq!((mirror.packets, mirror.flows, talk.packets, talk.flows), (count, 0, count, 1));
    assert_eq!((talk.application, talk.client.vlan.unwrap().id()), (Some(Protocol::Http), 30));
    let lengths: u64 = inner.iter().map(|frame| frame.len() as u64).sum();
    assert_eq!(talk.bytes, lengths);
    assert_eq!(engine.health().get(Counter::TunnelFrames), count);
    assert_eq!(engine.health().packets, count);
}

#[test]
fn tunnels_within_tunnels_end_somewhere() {
    let (one, other) = (host(100, 4789), host(101, 4789));
    for depth in 0..8u64 {
        let mut frames = fetch(host(2, 50_000), host(1, 80));
        let count = frames.len() as u64;
        for _ in 0..depth {
            frames = frames.iter().map(|frame| vxlan(one, other, frame)).collect();
        }
        let (notes, engine) = observe(&spaced(frames));
        let read = notes.facts.iter().any(|fact| fact.contains("http.server"));
        assert_eq!(read, depth <= 4, "{depth}");
        let too_deep = if depth > 4 { count } else { 0 };
        assert_eq!(engine.health().get(Counter::TunnelsTooDeep), too_deep);
    }
}

#[test]
fn both_directions_go_to_one_engine_by_whichever_tunnel() {
    for number in 0..200 {
        let talk = fetch(host(number + 2, 50_000), host(1, 80));
        let native = shard(LinkType::Ethernet, &talk[0], 7);
        for (frame, way) in talk.iter().zip(0..) {
            let (one, other) = (host(1_000 + way, 40_000), host(2_000 + number, 0));
            let wrapped = vxlan(other, one, &erspan(one, other, frame));
            for envelope in [frame.clone(), erspan(one, other, frame), vxlan(one, other, frame), wrapped] {
                assert_eq!(shard(LinkType::Ethernet, &envelope, 7), native);
                // What the capture cut off makes no difference while the heads are there.
                let cut = envelope.len() - frame.len() + 34;
                assert_eq!(shard(LinkType::Ethernet, &envelope[..cut], 7), native);
            }
        }
    }
}

/// The same packets on another VLAN, as a router sends them on.
fn routed(frame: &[u8], vlan: u8) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    bytes[5] ^= 0x40;
    bytes[11] ^= 0x80;
    bytes[22] -= 1;
    bytes.splice(12..12, [0x81, 0, 0, vlan]);
    bytes
}

#[test]
fn packets_seen_twice_count_once() {
    let frames = fetch(host(2, 50_000), host(1, 80));
    let count = frames.len() as u64;
    let (plain, _) = observe(&spaced(frames.clone()));
    // The same frame again, or the same packet from the other side of a router without VLANs.
    for change in [false, true] {
        let mut twice = Vec::new();
        for (at, frame) in spaced(frames.clone()) {
            let mut copy = frame.clone();
            if change {
                (copy[5], copy[11], copy[22]) = (9, 8, copy[22] - 1);
            }
            twice.extend([(at, frame), (at + 300, copy)]);
        }
        let (notes, engine) = observe(&twice);
        assert_eq!(notes.facts, plain.facts);
        let [flow] = notes.flows[..] else { unreachable!("{:?}", notes.flows) };
        assert_eq!((flow.packets, flow.bytes), (count, plain.flows[0].bytes));
        assert_eq!(flow.client.mac, plain.flows[0].client.mac);
        assert_eq!(engine.health().get(Counter::DuplicateFrames), count);
        assert_eq!(engine.health().get(Counter::StreamRepeated), 0);
    }
}

#[test]
fn packets_seen_on_both_sides_of_a_router_are_one_conversation() {
    let frames = fetch(host(2, 50_000), host(1, 80));
    let count = frames.len() as u64;
    let mut twice = Vec::new();
    for (at, frame) in spaced(frames) {
        let from_client = frame[11] == 2;
        let mut tagged = frame.clone();
        tagged.splice(12..12, [0x81, 0, 0, 10]);
        // Who sends is seen on his own side first.
        let sides = if from_client { [tagged, routed(&frame, 20)] } else { [routed(&frame, 20), tagged] };
        let [first, second] = sides;
        twice.extend([(at, first), (at + 300, second)]);
    }
    let (notes, engine) = observe(&twice);
    let [flow] = notes.flows[..] else { unreachable!("{:?}", notes.flows) };
    assert_eq!((flow.packets, flow.flows, flow.answered), (count, 1, true));
    assert_eq!(flow.client.vlan.unwrap().id(), 10);
    assert_eq!(engine.health().get(Counter::DuplicateFrames), count);
    // Both sides' stations are told of.
    for vlan in [10, 20] {
        let fact = format!("{vlan} 10.0.0.1 http.server Orthanc/1.12");
        assert!(notes.facts.contains(&fact), "{:?}", notes.facts);
    }
}

#[test]
fn one_direction_of_a_connection_is_told_and_unanswered() {
    let frames = fetch(host(2, 50_000), host(1, 80));
    let only = |client: bool| {
        let own = frames.iter().filter(|frame| (frame[11] == 2) == client).cloned().collect();
        observe(&spaced(own)).0
    };
    let asked = only(true);
    assert!(
        asked.facts.contains(&String::from("- 10.0.0.2 http.user_agent Viewer/7.1")),
        "{:?}",
        asked.facts
    );
    assert!(!asked.flows[0].answered && asked.flows[0].port == 80);
    let answered = only(false);
    assert!(answered.facts.contains(&String::from("- 10.0.0.1 http.server Orthanc/1.12")));
    assert!(answered.flows[0].answered && answered.flows[0].port == 80);
}
