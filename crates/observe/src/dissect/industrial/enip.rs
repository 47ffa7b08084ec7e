//! EtherNet/IP (ODVA, The CIP Networks Library volume 2, chapter 2): encapsulation over TCP and UDP port 44818, and
//! the identity a device gives of itself, in List Identity and in its Identity object (volume 1, 5-2).

use super::super::framed::{Frames, Framing};
use super::super::{
    Datagram, DatagramDissector, Facts, Probe, Recognised, Side, Starts, StationFacts, Step, StreamDissector,
};
use super::number;
use crate::dissect::arp::Text;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// Command, length, session, status, context, options; all numbers are little-endian.
const HEAD: usize = 24;
/// So much of a message is read.
const READ_BYTES_MAX: usize = 600;
const PORT: u16 = 44_818;
const LIST_IDENTITY: u16 = 0x63;
const REGISTER_SESSION: u16 = 0x65;
const SEND_RR_DATA: u16 = 0x6f;
const ITEM_IDENTITY: u16 = 0x0c;
const ITEM_UNCONNECTED: u16 = 0xb2;
const GET_ATTRIBUTES_ALL: u8 = 1;
const RESET: u8 = 5;
/// Set in the service of an answer.
const REPLY: u8 = 0x80;
/// Class 1, instance 1 in short segments: the Identity object.
const IDENTITY: [u8; 4] = [0x20, 1, 0x24, 1];

const FRAMING: Framing = Framing { head: HEAD, read_max: READ_BYTES_MAX, length };

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct EtherNetIp {
    client: Frames,
    server: Frames,
    /// The last request was for all attributes of the Identity object.
    identity_asked: bool,
}

/// The same over UDP, where whole networks are asked to list themselves.
#[derive(Clone, Copy, Debug)]
pub struct EtherNetIpDatagram;

impl StreamDissector for EtherNetIp {
    const STARTS: Starts = Starts::of(&[4, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70]);
    const HELD_BYTES_MAX: usize = READ_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        let [command, high @ ..] = head else { return Probe::Unsure };
        if !<Self as StreamDissector>::STARTS.has(*command) || high.first().is_some_and(|high| *high != 0) {
            return Probe::No;
        }
        let Some(start) = head.get(..HEAD) else { return Probe::Unsure };
        if length(start).is_none() {
            return Probe::No;
        }
        // A registration without a session asks for one; everything else may be either side's.
        match (word(head, 0), head.get(4..8)) {
            (Some(REGISTER_SESSION), Some([0, 0, 0, 0])) => Probe::Certain(Side::Client),
            (Some(REGISTER_SESSION), _) => Probe::Certain(Side::Server),
            _ => Probe::Unsided,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let asked = &mut self.identity_asked;
        let frames = if side == Side::Client { &mut self.client } else { &mut self.server };
        Step::Took(frames.read(&FRAMING, bytes, facts, |message, facts| {
            if side == Side::Client {
                *asked = request(message, facts);
            } else {
                answer(message, *asked, facts);
            }
        }))
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let frames = if side == Side::Client { &mut self.client } else { &mut self.server };
        frames.gap(missing);
        self.identity_asked = false;
        Step::Took(0)
    }
}

impl DatagramDissector for EtherNetIpDatagram {
    const STARTS: Starts = Starts::of(&[4, 0x63, 0x64]);
    const PORTS: &'static [u16] = &[PORT];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        let head = datagram.bytes.get(..HEAD).filter(|head| matches!(head, [4 | 0x63 | 0x64, ..]));
        if head.and_then(length) != Some(datagram.bytes.len()) || !datagram.touches(PORT) {
            return Recognised::No;
        }
        Recognised::From(if datagram.bytes.len() == HEAD { Side::Client } else { Side::Server })
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        if side == Side::Server {
            answer(datagram.bytes, false, facts);
        }
        true
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk::<2>()?))
}

fn length(head: &[u8]) -> Option<usize> {
    let [a, b, c, d, _, _, _, _, status, 0, 0, 0, _, _, _, _, _, _, _, _, 0, 0, 0, 0, ..] = head else {
        return None;
    };
    let length = usize::from(u16::from_le_bytes([*c, *d]));
    let fits = match u16::from_le_bytes([*a, *b]) {
        REGISTER_SESSION => length == 4 || *status != 0,
        4 | LIST_IDENTITY | 0x64 => true,
        0x66 => length == 0,
        SEND_RR_DATA | 0x70 => length >= 6 || *status != 0,
        _ => false,
    };
    // Errors are 1 to 3, 0x64, 0x65 and 0x69 (table 2-3.3).
    (fits && *status <= 0x70).then_some(HEAD + length)
}

/// The items of a message, each with its kind; what is cut off ends them.
fn items(message: &[u8], mut take: impl FnMut(u16, &[u8])) {
    let command = word(message, 0);
    let body = message.get(HEAD..).unwrap_or_default();
    // Data is preceded by interface and timeout.
    let body = if command == Some(SEND_RR_DATA) { body.get(6..).unwrap_or_default() } else { body };
    let Some((count, mut rest)) = body.split_first_chunk::<2>() else { return };
    for _ in 0..u16::from_le_bytes(*count).min(16) {
        let (Some(kind), Some(length)) = (word(rest, 0), word(rest, 2)) else { return };
        let Some((item, after)) = rest.get(4..).and_then(|rest| rest.split_at_checked(usize::from(length)))
        else {
            return;
        };
        take(kind, item);
        rest = after;
    }
}

/// A client's message; true when it asks for all of the Identity object.
fn request(message: &[u8], facts: &mut dyn Facts) -> bool {
    let mut asked = false;
    if word(message, 0) == Some(SEND_RR_DATA) {
        items(message, |kind, item| {
            // Service, length of the path in words, path.
            let Some((&[service, words], path)) = item.split_first_chunk::<2>() else { return };
            if kind == ITEM_UNCONNECTED && words == 2 && path.starts_with(&IDENTITY) {
                asked |= service == GET_ATTRIBUTES_ALL;
                if service == RESET {
                    facts.event(Side::Client, EventKind::ControlOperation, "enip: the device is reset");
                }
            }
        });
    }
    asked
}

fn answer(message: &[u8], identity_asked: bool, facts: &mut dyn Facts) {
    match word(message, 0) {
        Some(LIST_IDENTITY) => items(message, |kind, item| {
            // Version of the encapsulation and a socket address, then the identity.
            if kind == ITEM_IDENTITY
                && let Some(object) = item.get(18..)
            {
                identity(object, facts);
            }
        }),
        Some(SEND_RR_DATA) if identity_asked => items(message, |kind, item| {
            const OF_ALL: u8 = GET_ATTRIBUTES_ALL | REPLY;
            // Service, reserved, status, size of what more it says of the status.
            if let (ITEM_UNCONNECTED, [OF_ALL, _, 0, 0, object @ ..]) = (kind, item) {
                identity(object, facts);
            }
        }),
        _ => {}
    }
}

/// Vendor, kind, product, revision, status, serial number, name (volume 1, table 5-2.2).
fn identity(object: &[u8], facts: &mut dyn Facts) {
    let [v0, v1, t0, t1, p0, p1, major, minor, _, _, s0, s1, s2, s3, length, name @ ..] = object else {
        return facts.malformed();
    };
    let side = Side::Server;
    number(side, Fact::EnipVendor, u16::from_le_bytes([*v0, *v1]), facts);
    number(side, Fact::EnipDeviceType, u16::from_le_bytes([*t0, *t1]), facts);
    number(side, Fact::EnipProductCode, u16::from_le_bytes([*p0, *p1]), facts);
    let mut text = Text::default();
    let _ = write!(text, "{major}.{minor:03}");
    facts.fact(side, Fact::EnipRevision, text.bytes());
    let serial = u32::from_le_bytes([*s0, *s1, *s2, *s3]);
    if serial != 0 {
        let mut text = Text::default();
        let _ = write!(text, "{serial:08x}");
        facts.fact(side, Fact::EnipSerial, text.bytes());
    }
    match name.get(..usize::from(*length)) {
        Some(name) => facts.fact(side, Fact::EnipProductName, name),
        None => facts.malformed(),
    }
}
