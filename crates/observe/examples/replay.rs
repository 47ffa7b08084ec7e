//! Replays a classic pcap file from memory and prints how much CPU time observing a frame took (wall time
//! where the system does not tell):
//! `cargo run --release -p cordon-observe --example replay -- FILE [ROUNDS] [facts]`.
#![expect(clippy::print_stdout, reason = "printing is what this example is for")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use cordon_model::Timestamp;
use cordon_observe::{Engine, Flow, LinkType, Seen, SeenEvent, Settings, Sink};
use std::process::ExitCode;
use std::time::Instant;

/// Nanoseconds this process has spent on a CPU, as Linux tells.
fn cpu_nanos() -> Option<u128> {
    std::fs::read_to_string("/proc/self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

/// Counts, and prints when asked to.
#[derive(Default)]
struct Tally {
    print: bool,
    facts: u64,
    flows: u64,
    events: u64,
    packets: u64,
}

impl Sink for Tally {
    fn fact(&mut self, seen: Seen<'_>) {
        self.facts += 1;
        if self.print {
            let Seen { endpoint, record, fact, value, packet, .. } = seen;
            println!("{packet} {endpoint} {} {fact} = {value}", record.unwrap_or("-"));
        }
    }

    fn flow(&mut self, flow: &Flow) {
        self.flows += flow.flows;
        self.packets += flow.packets;
        if self.print {
            println!("{flow:?}");
        }
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        self.events += 1;
        if self.print {
            println!("{event:?}");
        }
    }
}

struct Frame {
    at: Timestamp,
    wire_len: u32,
    from: usize,
    to: usize,
}

/// Frames of a little-endian pcap file, microseconds or nanoseconds.
fn frames(file: &[u8]) -> Option<(LinkType, Vec<Frame>)> {
    let word = |at: usize| file.get(at..)?.first_chunk::<4>().map(|four| u32::from_le_bytes(*four));
    let per_micro = if word(0)? == 0xa1b2_3c4d { 1_000 } else { 1 };
    let link = LinkType::from_linktype(word(20)? & 0xffff)?;
    let (mut frames, mut at) = (Vec::new(), 24);
    while let (Some(seconds), Some(fraction), Some(captured), Some(wire_len)) =
        (word(at), word(at + 4), word(at + 8), word(at + 12))
    {
        let (from, to) = (at + 16, at + 16 + captured as usize);
        if to > file.len() {
            break;
        }
        let micros = i64::from(seconds) * 1_000_000 + i64::from(fraction / per_micro);
        frames.push(Frame { at: Timestamp::from_micros(micros), wire_len, from, to });
        at = to;
    }
    Some((link, frames))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let read = arguments.get(1).and_then(|path| std::fs::read(path).ok());
    let Some((file, (link, frames))) = read.and_then(|file| frames(&file).map(|list| (file, list))) else {
        println!("usage: replay FILE.pcap [ROUNDS] [facts]");
        return ExitCode::from(2);
    };
    let rounds: u32 = arguments.get(2).and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
    let mut engine = Engine::new(Settings::default());
    let mut tally = Tally { print: arguments.get(3).is_some(), ..Tally::default() };
    for round in 1..=rounds {
        let (start, cpu) = (Instant::now(), cpu_nanos());
        for (frame, number) in frames.iter().zip(1..) {
            let bytes = file.get(frame.from..frame.to).unwrap_or_default();
            engine.frame(link, frame.at, number, frame.wire_len, bytes, &mut tally);
        }
        engine.finish(&mut tally);
        let spent = cpu_nanos().zip(cpu).map_or(start.elapsed().as_nanos(), |(after, before)| after - before);
        let nanos = spent as f64 / frames.len().max(1) as f64;
        println!("round {round}: {} frames, {nanos:.0} ns each, {:.2} M/s", frames.len(), 1_000.0 / nanos);
    }
    let Tally { facts, flows, events, packets, .. } = tally;
    println!("{facts} facts, {flows} flows, {packets} packets in flows, {events} events");
    for (name, count) in engine.health().iter() {
        println!("{name} = {count}");
    }
    for (protocol, statistics) in engine.health().protocols().filter(|(_, s)| s.packets > 0) {
        println!("{protocol}: {statistics:?}");
    }
    ExitCode::SUCCESS
}
