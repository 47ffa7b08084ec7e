//! The shared harness of every stream dissector's tests: what must hold for each of them, whatever it
//! reads, is checked here once.

use super::{Datagram, DatagramDissector, Facts, Recognised, Side, StationFacts, Step, StreamDissector};
use crate::users::{User, UserNames};
use cordon_model::Mac;
use cordon_model::observe::{EventKind, Fact, PatientDataKinds, Protocol};
use std::fmt::Write as _;
use std::net::IpAddr;

/// Patient data the builders plant; none of it may ever come out of a dissector.
pub(crate) const PLANTED: &[&str] =
    &["DOE", "JANE", "Doe", "MRN4711", "19440229", "ELM STREET", "5550199", "c2VjcmV0", "LUNG NODULE"];

/// What one side sent, or what was lost of it.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Bytes(Side, Vec<u8>),
    Gap(Side, u64),
}

/// Bytes from the client.
pub(crate) fn client(bytes: impl Into<Vec<u8>>) -> Piece {
    Piece::Bytes(Side::Client, bytes.into())
}

/// Bytes from the server.
pub(crate) fn server(bytes: impl Into<Vec<u8>>) -> Piece {
    Piece::Bytes(Side::Server, bytes.into())
}

/// Writes down everything a dissector tells, one line a thing.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    lines: String,
    patient_data: PatientDataKinds,
    malformed: u64,
    limits: u64,
}

impl Recorder {
    /// Everything told: lines in order, then kinds of patient data, then how many contradictions and limits.
    pub(crate) fn finish(mut self) -> String {
        if !self.patient_data.is_empty() {
            let kinds: Vec<&str> = self.patient_data.names().collect();
            let _ = writeln!(self.lines, "patient data: {}", kinds.join(" "));
        }
        if self.malformed > 0 {
            let _ = writeln!(self.lines, "malformed: {}", self.malformed);
        }
        if self.limits > 0 {
            let _ = writeln!(self.lines, "limits: {}", self.limits);
        }
        self.lines
    }
}

/// Cleans a value as the engine does.
fn clean(value: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(value).chars().filter(|c| !c.is_control()).collect();
    text.trim().to_owned()
}

impl Facts for Recorder {
    fn fact(&mut self, about: Side, fact: Fact, value: &[u8]) {
        let _ = writeln!(self.lines, "{about:?} {fact} {}", clean(value));
    }

    fn fact_of(&mut self, speaker: Side, record: &[u8], fact: Fact, value: &[u8]) {
        let _ = writeln!(self.lines, "{speaker:?} for [{}] {fact} {}", clean(record), clean(value));
    }

    fn fact_at(&mut self, address: IpAddr, fact: Fact, value: &[u8]) {
        let _ = writeln!(self.lines, "{address} {fact} {}", clean(value));
    }

    fn user(&mut self, about: Side, fact: Fact, name: &[u8]) {
        if let Some(User::Hash(digits)) = UserNames::Hashed([0; 32]).told(name) {
            self.fact(about, fact, &digits);
        }
    }

    fn carries(&mut self, protocol: Protocol) {
        let _ = writeln!(self.lines, "carries {protocol}");
    }

    fn patient_data(&mut self, kinds: PatientDataKinds) {
        self.patient_data = self.patient_data.union(kinds);
    }

    fn event(&mut self, by: Side, kind: EventKind, detail: &str) {
        let _ = writeln!(self.lines, "{by:?} {kind}: {detail}");
    }

    fn malformed(&mut self) {
        self.malformed += 1;
    }

    fn limit(&mut self) {
        self.limits += 1;
    }
}

/// One direction's bytes not yet taken.
#[derive(Default)]
struct Half {
    held: Vec<u8>,
    done: bool,
}

/// Feeds the pieces as the engine would: what is not taken is offered again before what follows.
pub(crate) fn run<D: StreamDissector>(pieces: &[Piece]) -> String {
    let (mut dissector, mut facts) = (D::default(), Recorder::default());
    let mut halves = [Half::default(), Half::default()];
    for piece in pieces {
        let (Piece::Bytes(side, _) | Piece::Gap(side, _)) = piece;
        let half = &mut halves[usize::from(*side == Side::Server)];
        if half.done {
            continue;
        }
        match piece {
            Piece::Bytes(side, bytes) => {
                half.held.extend_from_slice(bytes);
                offer(&mut dissector, *side, half, &mut facts);
            }
            Piece::Gap(side, missing) => {
                half.held.clear();
                half.done = dissector.gap(*side, *missing, &mut facts) == Step::Done;
            }
        }
    }
    dissector.end(&mut facts);
    let told = facts.finish();
    for word in PLANTED {
        assert!(!told.contains(word), "{word} leaked:\n{told}");
    }
    told
}

fn offer<D: StreamDissector>(dissector: &mut D, side: Side, half: &mut Half, facts: &mut Recorder) {
    while !half.held.is_empty() {
        match dissector.stream(side, &half.held, facts) {
            Step::Took(0) => break,
            Step::Took(count) => {
                assert!(count <= half.held.len(), "took more than was offered");
                half.held.drain(..count);
            }
            Step::Done => {
                half.done = true;
                half.held.clear();
            }
        }
    }
    assert!(half.held.len() <= D::HELD_BYTES_MAX, "holds {} bytes back", half.held.len());
}

/// The same bytes in pieces of `size`.
pub(crate) fn cut(pieces: &[Piece], mut size: impl FnMut() -> usize) -> Vec<Piece> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Gap(..) => out.push(piece.clone()),
            Piece::Bytes(side, bytes) => {
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    let (front, back) = rest.split_at(size().clamp(1, rest.len()));
                    out.push(Piece::Bytes(*side, front.to_vec()));
                    rest = back;
                }
            }
        }
    }
    out
}

/// What the dissector tells of a conversation, after checking that cutting the stream changes nothing,
/// that every prefix is safe, and that no planted patient data comes out.
pub(crate) fn check<D: StreamDissector>(pieces: &[Piece]) -> String {
    let told = run::<D>(pieces);
    for size in [1, 2, 3, 5, 7, 64, 1460] {
        assert_eq!(run::<D>(&cut(pieces, || size)), told, "in pieces of {size}");
    }
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Bytes(side, bytes) = piece else { continue };
        // Every place in messages of natural size; some in those that are made to be too long.
        let step = if bytes.len() <= 4096 { 1 } else { bytes.len() / 64 };
        for length in (0..bytes.len()).step_by(step) {
            let mut prefix = pieces[..index].to_vec();
            prefix.push(Piece::Bytes(*side, bytes[..length].to_vec()));
            run::<D>(&prefix);
            prefix.push(Piece::Bytes(*side, bytes[length..].to_vec()));
            prefix.extend_from_slice(&pieces[index + 1..]);
            assert_eq!(run::<D>(&prefix), told, "split at {length} of piece {index}");
        }
    }
    told
}

/// Every way of damaging one byte of a conversation, and every loss inside it, is safe and tells no
/// patient data; used on golden conversations.
pub(crate) fn batter<D: StreamDissector>(pieces: &[Piece]) {
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Bytes(side, bytes) = piece else { continue };
        let step = (bytes.len() / 150).max(1);
        for at in (0..bytes.len()).step_by(step) {
            for value in [0x00, 0x7f, 0xff, bytes[at] ^ 1] {
                let mut damaged = pieces.to_vec();
                let mut copy = bytes.clone();
                copy[at] = value;
                damaged[index] = Piece::Bytes(*side, copy);
                let told = run::<D>(&damaged);
                assert_eq!(run::<D>(&cut(&damaged, || 1)), told, "byte {at} of piece {index} as {value}");
            }
            let lost = (at + 37).min(bytes.len());
            let mut gapped = pieces[..index].to_vec();
            gapped.push(Piece::Bytes(*side, bytes[..at].to_vec()));
            gapped.push(Piece::Gap(*side, (lost - at) as u64));
            gapped.push(Piece::Bytes(*side, bytes[lost..].to_vec()));
            gapped.extend_from_slice(&pieces[index + 1..]);
            let told = run::<D>(&gapped);
            assert_eq!(run::<D>(&cut(&gapped, || 1)), told, "gap at {at} of piece {index}");
        }
    }
}

/// Property: any bytes, cut anyhow, with gaps, are safe and tell the same.
pub(crate) fn any_split<D: StreamDissector>(pieces: &[Piece], sizes: &[usize]) {
    let mut index = 0;
    let size = || {
        index += 1;
        sizes.get(index % sizes.len().max(1)).copied().unwrap_or(1)
    };
    assert_eq!(run::<D>(&cut(pieces, size)), run::<D>(pieces));
}

impl StationFacts for Recorder {
    fn fact_on(&mut self, station: Mac, address: Option<IpAddr>, nearby: bool, fact: Fact, value: &[u8]) {
        let address = address.map_or(String::from("-"), |address| address.to_string());
        let place = if nearby { "" } else { " (elsewhere)" };
        let _ = writeln!(self.lines, "{station} {address}{place} {fact} {}", clean(value));
    }

    fn user_on(&mut self, station: Mac, fact: Fact, name: &[u8]) {
        if let Some(User::Hash(digits)) = UserNames::Hashed([0; 32]).told(name) {
            self.fact_on(station, None, true, fact, &digits);
        }
    }

    fn conflict(&mut self, address: IpAddr, now: Mac, before: Mac) {
        let _ = writeln!(self.lines, "conflict {address} {now} {before}");
    }
}

/// What a datagram dissector tells of one datagram between these ports; `None` when it does not recognise
/// it. A datagram that is told apart but not read after all counts as not recognised.
pub(crate) fn datagram<D: DatagramDissector>(ports: [u16; 2], bytes: &[u8], cut: bool) -> Option<String> {
    let [source, destination] = ports.map(|port| (IpAddr::from([10, 0, 0, 7]), port));
    let datagram = Datagram { source, destination, bytes, cut, first: true };
    let side = match D::recognise(&datagram) {
        Recognised::No => return None,
        Recognised::From(side) => side,
        Recognised::Unsided => Side::Client,
    };
    let mut facts = Recorder::default();
    let read = D::read(&datagram, side, &mut facts);
    let told = facts.finish();
    for word in PLANTED {
        assert!(!told.contains(word), "{word} leaked:\n{told}");
    }
    assert!(read || told.is_empty(), "told of what is not its own:\n{told}");
    read.then_some(told)
}

/// Every prefix and every damaged byte of a datagram is safe, whole or cut by the capture, and tells no
/// patient data.
pub(crate) fn batter_datagram<D: DatagramDissector>(ports: [u16; 2], bytes: &[u8]) {
    for length in 1..bytes.len() {
        for cut in [false, true] {
            datagram::<D>(ports, &bytes[..length], cut);
        }
    }
    for at in 0..bytes.len() {
        for value in [0x00, 0x01, 0x7f, 0xff, bytes[at] ^ 1] {
            let mut damaged = bytes.to_vec();
            damaged[at] = value;
            datagram::<D>(ports, &damaged, false);
        }
    }
}
