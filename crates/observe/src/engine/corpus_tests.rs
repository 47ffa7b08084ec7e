//! The engine's fuzz target starts from inputs that reach every dissector there is.

use super::{Engine, datagrams, dissectors};
use crate::layers::LinkType;
use crate::settings::Settings;
use crate::sink::{Flow, Seen, SeenEvent, Sink};
use cordon_model::Timestamp;
use cordon_model::observe::Protocol;
use std::collections::BTreeSet;

struct Nothing;

impl Sink for Nothing {
    fn fact(&mut self, _seen: Seen<'_>) {}
    fn flow(&mut self, _flow: &Flow) {}
    fn event(&mut self, _event: SeenEvent<'_>) {}
}

/// The protocols that are read when the frames of every input that carry TCP (6) or UDP (17) are observed. After
/// the byte that names the link layer, each frame has one byte of flags and two of length before it.
fn reached(transport: u8) -> BTreeSet<Protocol> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/engine");
    let mut engine = Engine::new(Settings::default());
    for entry in std::fs::read_dir(folder).unwrap() {
        let input = std::fs::read(entry.unwrap().path()).unwrap();
        let mut data = input.get(1..).unwrap_or_default();
        while let [_, low, high, rest @ ..] = data {
            let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
            let (frame, next) = rest.split_at(length);
            if frame.get(23) == Some(&transport) {
                let at = Timestamp::from_seconds(1_700_000_000);
                engine.frame(LinkType::Ethernet, at, 1, length as u32, frame, &mut Nothing);
            }
            data = next;
        }
        engine.finish(&mut Nothing);
    }
    let read = engine.health().protocols().filter(|(_, statistics)| statistics.conversations > 0);
    read.map(|(protocol, _)| protocol).collect()
}

#[test]
fn the_engines_fuzz_corpus_reaches_every_dissector() {
    for (transport, known) in [(6, dissectors::PROTOCOLS), (17, datagrams::PROTOCOLS)] {
        let reached = reached(transport);
        let missing: Vec<_> = known.iter().filter(|protocol| !reached.contains(protocol)).collect();
        assert!(missing.is_empty(), "no input in fuzz/corpus/engine/ reaches {missing:?} ({transport})");
    }
}
