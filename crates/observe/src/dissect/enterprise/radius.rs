//! RADIUS (RFC 2865, RFC 2866): which switches and access points ask which server to let stations in, which
//! stations those are and where they are attached, and whom the server turned away.

use super::super::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use super::words::account;
use crate::layers::u16_at;
use crate::text::Line;
use cordon_model::Mac;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

const HEADER: usize = 20;
/// Codes of packets (RFC 2865 3, RFC 2866 3).
const ASKED: u8 = 1;
const ACCEPTED: u8 = 2;
const REJECTED: u8 = 3;
const ACCOUNTED: u8 = 4;
const NOTED: u8 = 5;
const CHALLENGED: u8 = 11;
/// Attributes of one packet that are looked at.
const ATTRIBUTES_MAX: usize = 128;

/// RADIUS.
#[derive(Debug)]
pub struct RadiusMessages;

/// Which side sends packets of a code.
fn sender(code: u8) -> Option<Side> {
    match code {
        ASKED | ACCOUNTED => Some(Side::Client),
        ACCEPTED | REJECTED | NOTED | CHALLENGED => Some(Side::Server),
        _ => None,
    }
}

/// The attributes of a packet: kind and value.
fn attributes(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let length = u16_at(bytes, 2).map_or(0, usize::from);
    let mut rest = bytes.get(HEADER..length.min(bytes.len())).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&[kind, length], _) = rest.split_first_chunk::<2>()?;
        let value = rest.get(2..usize::from(length))?;
        rest = rest.get(usize::from(length).max(2)..)?;
        Some((kind, value))
    })
    .take(ATTRIBUTES_MAX)
}

impl DatagramDissector for RadiusMessages {
    const STARTS: Starts = Starts::of(&[ASKED, ACCEPTED, REJECTED, ACCOUNTED, NOTED, CHALLENGED]);
    const PORTS: &'static [u16] = &[1812, 1813, 1645, 1646];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        let Some(&[code, _, high, low]) = datagram.bytes.first_chunk::<4>() else { return Recognised::No };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let fits = length == datagram.bytes.len() || (datagram.cut && length > datagram.bytes.len());
        let touches = Self::PORTS.iter().any(|port| datagram.touches(*port));
        if !fits || !touches || !(HEADER..=4096).contains(&length) {
            return Recognised::No;
        }
        // Attributes fill the packet.
        let filled = attributes(datagram.bytes).fold(HEADER, |sum, (_, value)| sum + 2 + value.len());
        match sender(code) {
            Some(side) if filled == length || datagram.cut => Recognised::From(side),
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, _side: Side, facts: &mut dyn StationFacts) -> bool {
        if Self::recognise(datagram) == Recognised::No {
            return false;
        }
        match datagram.bytes.first() {
            Some(&ASKED | &ACCOUNTED) => request(datagram.bytes, facts),
            Some(code) => {
                facts.fact(Side::Server, Fact::RadiusRole, b"server");
                if *code == REJECTED {
                    facts.event(Side::Client, EventKind::LogInFailed, "radius: turned away");
                }
            }
            None => {}
        }
        true
    }
}

/// What a request says of the station at the door.
#[derive(Clone, Copy, Default)]
struct Asked<'a> {
    user: &'a [u8],
    station: Option<Mac>,
    address: Option<Ipv4Addr>,
    name: &'a [u8],
    port: &'a [u8],
    number: Option<u32>,
    network: &'a [u8],
}

fn request(bytes: &[u8], facts: &mut dyn StationFacts) {
    facts.fact(Side::Client, Fact::RadiusRole, b"client");
    let mut asked = Asked::default();
    for (kind, value) in attributes(bytes) {
        match kind {
            1 => asked.user = value,
            2 => facts.fact(Side::Client, Fact::RadiusMethod, b"PAP"),
            3 => facts.fact(Side::Client, Fact::RadiusMethod, b"CHAP"),
            79 => facts.fact(Side::Client, Fact::RadiusMethod, b"EAP"),
            4 => {
                if let Ok(address) = <[u8; 4]>::try_from(value) {
                    asked.address = Some(Ipv4Addr::from(address));
                    let mut line = Line::default();
                    let _ = write!(line, "{}", Ipv4Addr::from(address));
                    facts.fact(Side::Client, Fact::RadiusNasAddress, line.text().as_bytes());
                }
            }
            5 => asked.number = <[u8; 4]>::try_from(value).ok().map(u32::from_be_bytes),
            // The access point's address, then the network's name.
            30 => {
                asked.network =
                    memchr::memrchr(b':', value).and_then(|at| value.get(at + 1..)).unwrap_or_default()
            }
            31 => asked.station = station(value),
            32 => asked.name = value,
            87 => asked.port = value,
            _ => {}
        }
    }
    if !asked.name.is_empty() {
        facts.fact(Side::Client, Fact::RadiusNasIdentifier, asked.name);
    }
    who(&asked, facts);
    if let Some(station) = asked.station {
        place(station, &asked, facts);
        // Without a network's name the last part of an address stands there.
        if is_text(asked.network) && asked.network.len() > 2 {
            facts.fact_on(station, None, false, Fact::RadiusNetwork, asked.network);
        }
    }
}

/// The account: a person's, or a computer's own. A station without either is named by its address.
fn who(asked: &Asked<'_>, facts: &mut dyn StationFacts) {
    let user = asked.user;
    if user.is_empty() || station(user).is_some() {
        return;
    }
    let computer = user.strip_prefix(b"host/").or_else(|| account(user).strip_suffix(b"$"));
    match (computer, asked.station) {
        (Some(name), Some(station)) => facts.fact_on(station, None, false, Fact::RadiusComputer, name),
        (Some(_), None) => {}
        (None, _) => facts.user(Side::Client, Fact::RadiusUser, account(user)),
    }
}

/// Where the station is attached: the equipment's name and port.
fn place(station: Mac, asked: &Asked<'_>, facts: &mut dyn StationFacts) {
    let mut line = Line::default();
    let words = |text| std::str::from_utf8(text).unwrap_or_default();
    // Where the equipment names itself by its address alone, that is its name.
    let _ = match asked.address {
        _ if is_text(asked.name) => line.write_str(words(asked.name)),
        Some(address) => write!(line, "{address}"),
        None => return,
    };
    let _ = match (is_text(asked.port), asked.number) {
        (true, _) => write!(line, " {}", words(asked.port)),
        (false, Some(number)) => write!(line, " port {number}"),
        _ => Ok(()),
    };
    facts.fact_on(station, None, false, Fact::RadiusAttachedTo, line.text().as_bytes());
}

fn is_text(text: &[u8]) -> bool {
    !text.is_empty() && text.len() <= 64 && text.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// A link-layer address in any of the forms in use: `00-1B-0D-20-30-01`, `001b.0d20.3001`, `001b0d203001`.
fn station(text: &[u8]) -> Option<Mac> {
    let mut digits = [0; 6];
    let mut count = 0;
    for byte in text.iter().filter(|byte| !b"-:.".contains(byte)) {
        let digit = char::from(*byte).to_digit(16)? as u8;
        let place = digits.get_mut(count / 2)?;
        *place = *place << 4 | digit;
        count += 1;
    }
    let mac = Mac(digits);
    (count == 12 && !mac.is_group() && !mac.is_zero()).then_some(mac)
}
