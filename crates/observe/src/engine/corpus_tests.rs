//! Every dissector of the engine is known to the tests that hold for all of them, the engine's fuzz target
//! starts from inputs that reach each, and content that is damaged costs no conversation.

use super::{Engine, datagrams, dissectors};
use crate::dissect::known;
use crate::layers::{LinkType, tunnel};
use crate::settings::Settings;
use crate::{Flow, Seen, SeenEvent, Sink};
use cordon_model::Timestamp;
use cordon_model::observe::Protocol;
use std::collections::BTreeSet;

/// Packets and connections that were told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    packets: u64,
    flows: u64,
}

impl Sink for Told {
    fn fact(&mut self, _seen: Seen<'_>) {}
    fn flow(&mut self, flow: &Flow) {
        self.packets += flow.packets;
        self.flows += flow.flows;
    }
    fn event(&mut self, _event: SeenEvent<'_>) {}
}

/// The inputs of the engine's fuzz target, each as its frames: after the byte that names the link layer, each
/// has one byte of flags and two of length before it.
fn inputs() -> Vec<Vec<Vec<u8>>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/engine");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path| {
        let (input, mut frames) = (std::fs::read(path).unwrap(), Vec::new());
        let mut data = input.get(1..).unwrap_or_default();
        while let [_, low, high, rest @ ..] = data {
            let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
            let (frame, next) = rest.split_at(length);
            frames.push(frame.to_vec());
            data = next;
        }
        frames
    };
    paths.map(read).collect()
}

fn observe(engine: &mut Engine, frames: &[Vec<u8>]) -> Told {
    let mut told = Told::default();
    for (frame, number) in frames.iter().zip(1..) {
        // The same packet a moment later would be a copy.
        let at = Timestamp::from_seconds(1_700_000_000 + engine.health().packets as i64);
        engine.frame(LinkType::Ethernet, at, number, frame.len() as u32, frame, &mut told);
    }
    engine.finish(&mut told);
    told
}

/// The protocols that are read when only the frames that carry TCP (6) or UDP (17) are observed.
fn reached(transport: u8) -> BTreeSet<Protocol> {
    let mut engine = Engine::new(Settings::default());
    for mut frames in inputs() {
        frames.retain(|frame| frame.get(23) == Some(&transport));
        observe(&mut engine, &frames);
    }
    let read = engine.health().protocols().filter(|(_, statistics)| statistics.conversations > 0);
    read.map(|(protocol, _)| protocol).collect()
}

#[test]
fn every_dissector_is_known_to_the_tests() {
    let set = |protocols: &[Protocol]| protocols.iter().copied().collect::<BTreeSet<_>>();
    let streams: BTreeSet<_> = known::streams().iter().map(|own| own.protocol).collect();
    assert_eq!(streams, set(dissectors::PROTOCOLS), "see dissect/known.rs");
    let messages: BTreeSet<_> = known::datagrams().iter().map(|own| own.protocol).collect();
    assert_eq!(messages, set(datagrams::PROTOCOLS), "see dissect/known.rs");
}

/// True for frames that carry no TCP and no UDP, or UDP between ports of tunnels.
fn is_tunnel(frame: &[u8]) -> bool {
    let ports = [34, 36].map(|at| u16::from_be_bytes([frame[at], frame[at + 1]]));
    match (&frame[12..14], frame[23]) {
        ([8, 0], 6) => false,
        ([8, 0], 17) => tunnel::is_port(ports[0], ports[1]),
        _ => true,
    }
}

/// One byte in so many of the content is damaged, or all of it.
#[test]
fn damaged_content_costs_no_conversation() {
    let mut engine = Engine::new(Settings::default());
    for mut frames in inputs() {
        // What is in a tunnel has its own addresses in the content.
        frames.retain(|frame| !is_tunnel(frame));
        let whole = observe(&mut engine, &frames);
        for (step, offset) in [(1, 0), (7, 3), (31, 11), (97, 50), (251, 100)] {
            let mut damaged = frames.clone();
            for frame in &mut damaged {
                let content = if frame.get(23) == Some(&6) { 54 } else { 42 };
                for byte in frame.iter_mut().skip(content + offset).step_by(step) {
                    *byte ^= 0x91;
                }
            }
            assert_eq!(observe(&mut engine, &damaged), whole, "every {step}th byte from {offset}");
        }
    }
}

#[test]
fn the_engines_fuzz_corpus_reaches_every_dissector() {
    for (transport, known) in [(6, dissectors::PROTOCOLS), (17, datagrams::PROTOCOLS)] {
        let reached = reached(transport);
        let missing: Vec<_> = known.iter().filter(|protocol| !reached.contains(protocol)).collect();
        assert!(missing.is_empty(), "no input in fuzz/corpus/engine/ reaches {missing:?} ({transport})");
    }
}
