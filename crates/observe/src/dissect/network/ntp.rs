//! Network Time Protocol (RFC 5905; RFC 9327 for its control messages): who gives the time, where it has it from,
//! and what a server says of itself when it is asked.

use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use crate::layers::u16_at;
use crate::text::Line;
use cordon_model::observe::Fact;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

const PORT: u16 = 123;
const HEADER: usize = 48;
const CLIENT: u8 = 3;
const SERVER: u8 = 4;
const BROADCAST: u8 = 5;
const CONTROL: u8 = 6;
/// Variables read of one control message.
const VARIABLES_MAX: usize = 64;

/// The dissector.
#[derive(Clone, Copy, Debug)]
pub struct Ntp;

impl DatagramDissector for Ntp {
    // Versions 1 to 4, with the modes that are read, whatever the leap indicator.
    const STARTS: Starts = Starts::range(0x08, 0x27)
        .or(Starts::range(0x48, 0x67))
        .or(Starts::range(0x88, 0xa7))
        .or(Starts::range(0xc8, 0xe7));
    const PORTS: &'static [u16] = &[PORT];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        let bytes = datagram.bytes;
        let Some(first) = bytes.first().filter(|_| datagram.touches(PORT)) else { return Recognised::No };
        if !matches!(first >> 3 & 7, 1..=4) {
            return Recognised::No;
        }
        let whole = bytes.len() >= HEADER || datagram.cut;
        match first & 7 {
            1 | 2 if whole => Recognised::Unsided,
            CLIENT if whole => Recognised::From(Side::Client),
            SERVER | BROADCAST if whole => Recognised::From(Side::Server),
            // A control message says itself whether it answers.
            CONTROL if bytes.len() >= 12 => match bytes.get(1) {
                Some(flags) if flags & 0x80 != 0 => Recognised::From(Side::Server),
                _ => Recognised::From(Side::Client),
            },
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let Some(([first, stratum, ..], rest)) = datagram.bytes.split_first_chunk::<12>() else {
            return true;
        };
        match first & 7 {
            CONTROL => control(datagram.bytes, side, facts),
            SERVER | BROADCAST => {
                let mut line = Line::default();
                let _ = write!(line, "{stratum}");
                facts.fact(side, Fact::NtpStratum, line.text().as_bytes());
                if let Some(reference) = rest.first_chunk::<4>() {
                    reference_of(*stratum, *reference, side, facts);
                }
            }
            _ => {}
        }
        true
    }
}

/// RFC 5905 7.3: what a first server has its time from in letters; of others the address of theirs, or a hash of
/// its IPv6 address, which looks the same.
fn reference_of(stratum: u8, reference: [u8; 4], side: Side, facts: &mut dyn StationFacts) {
    let letters = reference.split(|byte| *byte == 0).next().unwrap_or_default();
    let mut line = Line::default();
    match stratum {
        // A refusal, in letters too, is no source.
        0 => {}
        1 if letters.iter().all(|byte| matches!(byte, b'!'..=b'~')) => {
            facts.fact(side, Fact::NtpReference, letters);
        }
        2..16 => {
            let address = Ipv4Addr::from(reference);
            if !address.is_unspecified() && !address.is_loopback() {
                let _ = write!(line, "{address}");
                facts.fact(side, Fact::NtpReference, line.text().as_bytes());
            }
        }
        _ => {}
    }
}

/// RFC 9327 2: `name=value` separated by commas, values in quotation marks where they hold some.
fn control(bytes: &[u8], side: Side, facts: &mut dyn StationFacts) {
    let Some(count) = u16_at(bytes, 10) else { return };
    if side != Side::Server {
        return;
    }
    let data = bytes.get(12..).unwrap_or_default();
    let mut rest = data.get(..usize::from(count)).unwrap_or(data);
    for _ in 0..VARIABLES_MAX {
        let Some(equals) = memchr::memchr(b'=', rest) else { return };
        let (name, after) = rest.split_at(equals);
        let name = name.rsplit(|byte| *byte == b',').next().unwrap_or_default().trim_ascii();
        let after = after.get(1..).unwrap_or_default();
        let (value, next) = match after.strip_prefix(b"\"") {
            Some(quoted) => {
                let end = memchr::memchr(b'"', quoted).unwrap_or(quoted.len());
                (quoted.get(..end), quoted.get(end..))
            }
            None => {
                let end = memchr::memchr(b',', after).unwrap_or(after.len());
                (after.get(..end), after.get(end..))
            }
        };
        let fact = match name {
            b"version" => Some(Fact::NtpVersion),
            b"processor" => Some(Fact::NtpProcessor),
            b"system" => Some(Fact::NtpSystem),
            _ => None,
        };
        if let Some(fact) = fact {
            facts.fact(side, fact, value.unwrap_or_default());
        }
        rest = next.unwrap_or_default();
    }
    facts.limit();
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::testing::{batter_datagram, datagram};

    pub(crate) fn answer(stratum: u8, reference: [u8; 4]) -> Vec<u8> {
        let mut bytes = vec![0x24, stratum, 6, 0xec, 0, 0, 0, 1, 0, 0, 0, 1];
        bytes.extend(reference);
        bytes.resize(HEADER, 7);
        bytes
    }

    pub(crate) fn variables() -> Vec<u8> {
        let text = b"version=\"ntpd 4.2.8p10@1.3728-o\", processor=\"x86_64\",\r\nsystem=\"Linux/4.15\", leap=0, stratum=2";
        let mut bytes = vec![0x16, 0x82, 0, 1, 6, 0x15, 0, 0, 0, 0];
        bytes.extend((text.len() as u16).to_be_bytes());
        bytes.extend(text);
        bytes
    }

    #[test]
    fn a_server_tells_its_place_and_source() {
        let told = |bytes: &[u8]| datagram::<Ntp>([PORT, 50_000], bytes, false).unwrap();
        assert_eq!(told(&answer(1, *b"GPS\0")), "Server ntp.stratum 1\nServer ntp.reference GPS\n");
        assert_eq!(told(&answer(2, [10, 0, 0, 1])), "Server ntp.stratum 2\nServer ntp.reference 10.0.0.1\n");
        assert_eq!(told(&answer(0, *b"RATE")), "Server ntp.stratum 0\n");
        let expected = "Server ntp.version ntpd 4.2.8p10@1.3728-o
Server ntp.processor x86_64
Server ntp.system Linux/4.15
";
        assert_eq!(told(&variables()), expected);
        assert_eq!(datagram::<Ntp>([PORT, PORT], &[0x23; HEADER], false).unwrap(), "");
        assert_eq!(datagram::<Ntp>([PORT, PORT], &[0x23; 20], false), None);
        batter_datagram::<Ntp>([PORT, 50_000], &answer(2, [10, 0, 0, 1]));
        batter_datagram::<Ntp>([PORT, 50_000], &variables());
    }
}
