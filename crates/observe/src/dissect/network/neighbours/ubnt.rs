//! Ubiquiti's discovery protocol: devices answer searches on UDP port 10001 (versions 1 and 2).

use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use crate::layers::u16_at;
use cordon_model::observe::Fact;

const PORT: u16 = 10_001;
/// Elements read of one answer.
const ELEMENTS_MAX: usize = 64;

/// The dissector.
#[derive(Clone, Copy, Debug)]
pub struct Ubnt;

impl DatagramDissector for Ubnt {
    const STARTS: Starts = Starts::of(&[1, 2]);
    const PORTS: &'static [u16] = &[PORT];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        if !datagram.touches(PORT) {
            return Recognised::No;
        }
        // Version, command, length of the rest; an answer begins with its sender's address.
        let whole = usize::from(u16_at(datagram.bytes, 2).unwrap_or(0)) + 4;
        match datagram.bytes {
            [1 | 2, 0 | 8, 0, 0] => Recognised::From(Side::Client),
            [1, 0, _, _, 1 | 2, 0, 6 | 10, ..] | [2, 6 | 9 | 11, _, _, 1 | 2, 0, 6 | 10, ..]
                if whole == datagram.bytes.len() || datagram.cut =>
            {
                Recognised::From(Side::Server)
            }
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let mut rest = datagram.bytes.get(4..).unwrap_or_default();
        for _ in 0..ELEMENTS_MAX {
            let Some(([kind, l0, l1], after)) = rest.split_first_chunk::<3>() else { return true };
            let length = usize::from(u16::from_be_bytes([*l0, *l1]));
            let Some(value) = after.get(..length) else {
                if !datagram.cut {
                    facts.malformed();
                }
                return true;
            };
            rest = after.get(length..).unwrap_or_default();
            let fact = match kind {
                0x03 => Fact::UbntFirmware,
                0x0b => Fact::UbntHostname,
                0x0c => Fact::UbntPlatform,
                0x14 | 0x15 => Fact::UbntModel,
                _ => continue,
            };
            facts.fact(side, fact, value);
        }
        facts.limit();
        true
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::testing::{batter_datagram, datagram};

    pub(crate) fn answer() -> Vec<u8> {
        let mut body = Vec::new();
        for (kind, value) in [
            (2u8, &[2, 0, 0, 0, 0, 1, 10, 0, 0, 7][..]),
            (3, b"XW.ar934x.v6.1.7"),
            (0x0b, b"bridge-roof"),
            (0x0c, b"N5N"),
            (0x14, b"NanoStation M5"),
        ] {
            body.push(kind);
            body.extend((value.len() as u16).to_be_bytes());
            body.extend(value);
        }
        [&[1, 0][..], &(body.len() as u16).to_be_bytes(), &body].concat()
    }

    #[test]
    fn an_answer_tells_who_sends_it() {
        let told = datagram::<Ubnt>([PORT, 50_000], &answer(), false).unwrap();
        let expected = "Server ubnt.firmware XW.ar934x.v6.1.7
Server ubnt.hostname bridge-roof
Server ubnt.platform N5N
Server ubnt.model NanoStation M5
";
        assert_eq!(told, expected);
        assert_eq!(datagram::<Ubnt>([50_000, PORT], &[1, 0, 0, 0], false).unwrap(), "");
        assert_eq!(datagram::<Ubnt>([50_000, PORT], b"\x01\x00\x00\x09whatever", false), None);
        batter_datagram::<Ubnt>([PORT, 50_000], &answer());
    }
}
