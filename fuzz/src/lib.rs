//! What every fuzz target shares: cutting the input into pieces, and the checks that hold for all.
//!
//! An input is a row of chunks: one byte of flags (1: from the server, 2: a loss, 4: not a new piece in
//! the joined run), two bytes of length (little endian), then that many bytes or as many as are left. The
//! committed corpus is written in this form by `CORDON_WRITE_CORPUS=1 cargo test -p cordon-observe corpus`.

pub mod intake;
pub mod points;

use cordon_model::Mac;
use cordon_model::observe::{EventKind, Fact, PatientDataKinds, Protocol};
use cordon_observe::dissect::{
    Datagram, DatagramDissector, Facts, Probe, Recognised, Side, StationFacts, Step, StreamDissector,
};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

/// Lines that are written down; beyond them only their number counts.
const LINES_MAX: usize = 10_000;

/// Writes down what is told, to compare two runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recorder {
    text: String,
    lines: usize,
    patient_data: PatientDataKinds,
    malformed: u64,
    limits: u64,
}

impl Recorder {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        self.lines += 1;
        if self.lines <= LINES_MAX {
            let _ = writeln!(self.text, "{line}");
        }
    }
}

impl Facts for Recorder {
    fn fact(&mut self, about: Side, fact: Fact, value: &[u8]) {
        self.line(format_args!("{about:?} {fact} {}", value.escape_ascii()));
    }

    fn fact_of(&mut self, speaker: Side, record: &[u8], fact: Fact, value: &[u8]) {
        self.line(format_args!("{speaker:?} {} {fact} {}", record.escape_ascii(), value.escape_ascii()));
    }

    fn fact_at(&mut self, address: IpAddr, fact: Fact, value: &[u8]) {
        self.line(format_args!("{address} {fact} {}", value.escape_ascii()));
    }

    fn user(&mut self, about: Side, fact: Fact, name: &[u8]) {
        self.line(format_args!("{about:?} {fact} {}", name.escape_ascii()));
    }

    fn carries(&mut self, protocol: Protocol) {
        self.line(format_args!("carries {protocol}"));
    }

    fn patient_data(&mut self, kinds: PatientDataKinds) {
        self.patient_data = self.patient_data.union(kinds);
    }

    fn event(&mut self, by: Side, kind: EventKind, detail: &str) {
        self.line(format_args!("{by:?} {kind} {detail}"));
    }

    fn malformed(&mut self) {
        self.malformed += 1;
    }

    fn limit(&mut self) {
        self.limits += 1;
    }
}

impl StationFacts for Recorder {
    fn fact_on(&mut self, station: Mac, address: Option<IpAddr>, nearby: bool, fact: Fact, value: &[u8]) {
        self.line(format_args!("{station} {address:?} {nearby} {fact} {}", value.escape_ascii()));
    }

    fn user_on(&mut self, station: Mac, fact: Fact, name: &[u8]) {
        self.line(format_args!("{station} {fact} {}", name.escape_ascii()));
    }

    fn conflict(&mut self, address: IpAddr, now: Mac, before: Mac) {
        self.line(format_args!("{address} {now} {before}"));
    }
}

/// One chunk of an input.
pub struct Chunk<'a> {
    pub side: Side,
    pub lost: bool,
    pub bytes: &'a [u8],
}

/// The chunks of an input.
pub fn chunks(mut data: &[u8]) -> Vec<Chunk<'_>> {
    let mut out = Vec::new();
    while let [flags, low, high, rest @ ..] = data {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (bytes, next) = rest.split_at(length);
        let side = if flags & 1 == 0 { Side::Client } else { Side::Server };
        out.push(Chunk { side, lost: flags & 2 != 0, bytes });
        data = next;
    }
    out
}

#[derive(Default)]
struct Half {
    held: Vec<u8>,
    done: bool,
}

/// Offers bytes as the engine does, in pieces of at most `size`.
fn run<D: StreamDissector>(chunks: &[Chunk<'_>], size: usize) -> Recorder {
    let (mut dissector, mut facts) = (D::default(), Recorder::default());
    let mut halves = [Half::default(), Half::default()];
    for chunk in chunks {
        let half = &mut halves[usize::from(chunk.side == Side::Server)];
        if half.done {
            continue;
        }
        if chunk.lost {
            half.held.clear();
            half.done = dissector.gap(chunk.side, chunk.bytes.len() as u64, &mut facts) == Step::Done;
            continue;
        }
        for piece in chunk.bytes.chunks(size) {
            half.held.extend_from_slice(piece);
            while !half.done && !half.held.is_empty() {
                match dissector.stream(chunk.side, &half.held, &mut facts) {
                    Step::Took(0) => break,
                    Step::Took(count) => {
                        assert!(count <= half.held.len(), "took more than was offered");
                        half.held.drain(..count);
                    }
                    Step::Done => half.done = true,
                }
            }
            if half.done {
                half.held.clear();
                break;
            }
            assert!(half.held.len() <= D::HELD_BYTES_MAX, "holds {} bytes back", half.held.len());
        }
    }
    dissector.end(&mut facts);
    facts
}

/// Whatever comes is safe, nothing grows, and how the stream is cut does not matter.
pub fn stream<D: StreamDissector>(data: &[u8]) {
    let chunks = chunks(data);
    for chunk in &chunks {
        let head = &chunk.bytes[..chunk.bytes.len().min(64)];
        for length in [head.len() / 3, head.len()] {
            let _: Probe = D::probe(&head[..length], 0);
        }
    }
    let whole = run::<D>(&chunks, usize::MAX);
    assert_eq!(run::<D>(&chunks, 1), whole, "byte by byte");
    assert_eq!(run::<D>(&chunks, 61), whole, "in pieces of 61");
}

/// Each chunk as a datagram to and from `port` and between others, whole and cut off by the capture: what is
/// not recognised is not asked for, and what is not read tells nothing.
pub fn datagrams<D: DatagramDissector>(data: &[u8], port: u16) {
    let here = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7));
    for chunk in chunks(data).iter().filter(|chunk| !chunk.bytes.is_empty()) {
        for (from, to) in [(50_000, port), (port, 50_000), (port, port), (50_000, 50_001)] {
            let datagram = Datagram {
                source: (here, from),
                destination: (here, to),
                bytes: chunk.bytes,
                cut: chunk.lost,
                first: true,
            };
            let side = match D::recognise(&datagram) {
                Recognised::No => continue,
                Recognised::From(side) => side,
                Recognised::Unsided => chunk.side,
            };
            let mut facts = Recorder::default();
            if !D::read(&datagram, side, &mut facts) {
                assert_eq!(facts, Recorder::default(), "told of what is not its own");
            }
        }
    }
}
