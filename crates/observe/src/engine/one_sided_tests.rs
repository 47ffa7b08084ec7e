//! Mirrors that show one direction only, and such that lose packets: what the side that is seen says of itself is
//! told all the same.

use super::Engine;
use crate::dissect::corpus::segment;
use crate::dissect::testing::{Piece, cut};
use crate::dissect::{Side, known};
use crate::layers::LinkType;
use crate::settings::Settings;
use crate::users::UserNames;
use cordon_model::Timestamp;
use cordon_model::observe::{Fact, Flow, Seen, SeenEvent, Sink};
use std::collections::BTreeSet;

#[derive(Default)]
struct Told {
    facts: BTreeSet<&'static str>,
    answered: bool,
    flows: u64,
}

impl Sink for Told {
    fn fact(&mut self, seen: Seen<'_>) {
        self.facts.insert(seen.fact.name());
    }
    fn flow(&mut self, flow: &Flow) {
        self.answered |= flow.answered;
        self.flows += flow.flows;
    }
    fn event(&mut self, _event: SeenEvent<'_>) {}
}

/// What is told of one side's segments; of every `lost`th nothing was seen.
fn observe(pieces: &[Piece], side: Side, port: u16, with_start: bool, lost: usize) -> Told {
    let from_client = side == Side::Client;
    let mut frames = Vec::new();
    if with_start {
        frames.push(segment(from_client, port, 99, if from_client { 2 } else { 0x12 }, b""));
    }
    let mut sequence = 100;
    for piece in cut(pieces, || 700) {
        let Piece::Bytes(of, bytes) = piece else { continue };
        if of == side {
            frames.push(segment(from_client, port, sequence, 0x18, &bytes));
            sequence += bytes.len() as u32;
        }
    }
    let settings = Settings { user_names: UserNames::Hashed([0; 32]), ..Settings::default() };
    let (mut engine, mut told) = (Engine::new(settings), Told::default());
    for (frame, number) in frames.iter().zip(1..).filter(|(_, number)| number % lost != 0) {
        let at = Timestamp::from_micros(1_700_000_000_000_000 + number as i64 * 50_000);
        engine.frame(LinkType::Ethernet, at, number as u64, frame.len() as u32, frame, &mut told);
    }
    engine.finish(&mut told);
    told
}

/// The kinds of facts a dissector tells when it reads one side alone.
fn alone(own: &known::Stream, pieces: &[Piece], side: Side) -> BTreeSet<&'static str> {
    let of_side = |piece: &&Piece| matches!(piece, Piece::Bytes(of, _) if *of == side);
    let text = (own.run)(&pieces.iter().filter(of_side).cloned().collect::<Vec<_>>());
    let words = text.lines().flat_map(|line| line.split(' ')).collect::<BTreeSet<_>>();
    Fact::ALL.iter().map(|fact| fact.name()).filter(|name| words.contains(name)).collect()
}

#[test]
fn one_direction_tells_what_its_side_says() {
    let (mut silent, mut told_kinds) = (BTreeSet::new(), 0);
    for own in known::streams() {
        for (number, pieces) in own.conversations.iter().enumerate() {
            for side in [Side::Client, Side::Server] {
                let wanted = alone(&own, pieces, side);
                let seen = observe(pieces, side, own.port, true, usize::MAX);
                assert!(!(side == Side::Client && seen.answered), "{} {number}", own.target);
                let missing: Vec<_> = wanted.difference(&seen.facts).copied().collect();
                told_kinds += wanted.len() - missing.len();
                if !missing.is_empty() {
                    silent.insert(format!("{} {side:?}", own.target));
                }
            }
        }
    }
    assert!(told_kinds > 100, "{told_kinds} kinds of facts were told at all");
    assert_eq!(silent.iter().collect::<Vec<_>>(), KNOWN_SILENT);
}

/// Sides whose first message says too little to be told from others' without the question before it.
const KNOWN_SILENT: &[&str] = &["mssql Server", "mysql Client", "oracle Server", "rdp Server"];

#[test]
fn loss_costs_messages_and_no_conversation() {
    let mut told_kinds = [0; 2];
    for own in known::streams() {
        for pieces in &own.conversations {
            for side in [Side::Client, Side::Server] {
                let whole = observe(pieces, side, own.port, false, usize::MAX);
                let lossy = observe(pieces, side, own.port, false, 4);
                assert_eq!(lossy.flows, whole.flows, "{}", own.target);
                told_kinds = [told_kinds[0] + whole.facts.len(), told_kinds[1] + lossy.facts.len()];
            }
        }
    }
    let [whole, lossy] = told_kinds;
    assert!(lossy * 2 > whole, "{lossy} of {whole} kinds of facts");
}
