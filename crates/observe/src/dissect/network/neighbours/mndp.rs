//! MikroTik Neighbour Discovery Protocol: routers and access points announce themselves to all on UDP port 5678.

use super::before_nul;
use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use crate::layers::u16_at;
use cordon_model::observe::Fact;

const PORT: u16 = 5678;
/// Elements read of one announcement.
const ELEMENTS_MAX: usize = 32;

/// The dissector.
#[derive(Clone, Copy, Debug)]
pub struct Mndp;

impl DatagramDissector for Mndp {
    const STARTS: Starts = Starts::of(&[0]);
    const PORTS: &'static [u16] = &[PORT];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        // A head of four bytes, of which the last two count announcements, then the sender's address; searches
        // are empty.
        match datagram.bytes {
            [0, _, _, _, 0, 1, 0, 6, ..] if datagram.touches(PORT) => Recognised::From(Side::Server),
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let mut rest = datagram.bytes.get(4..).unwrap_or_default();
        for _ in 0..ELEMENTS_MAX {
            let Some((kind, length)) = u16_at(rest, 0).zip(u16_at(rest, 2)) else { return true };
            let Some(value) = rest.get(4..4 + usize::from(length)) else {
                if !datagram.cut {
                    facts.malformed();
                }
                return true;
            };
            rest = rest.get(4 + usize::from(length)..).unwrap_or_default();
            let fact = match kind {
                5 => Fact::MndpIdentity,
                7 => Fact::MndpVersion,
                8 => Fact::MndpPlatform,
                11 => Fact::MndpSoftwareId,
                12 => Fact::MndpBoard,
                16 => Fact::MndpInterface,
                _ => continue,
            };
            facts.fact(side, fact, before_nul(value));
        }
        facts.limit();
        true
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::testing::{batter_datagram, datagram};

    pub(crate) fn announcement() -> Vec<u8> {
        let mut bytes = vec![0, 0, 0, 7];
        for (kind, value) in [
            (1u16, &[2, 0, 0, 0, 0, 1][..]),
            (5, b"ap-ward3"),
            (7, b"6.48.6 (long-term)"),
            (8, b"MikroTik"),
            (11, b"ABCD-1234"),
            (12, b"RBcAPGi-5acD2nD"),
            (16, b"bridge/ether1"),
        ] {
            bytes.extend(kind.to_be_bytes());
            bytes.extend((value.len() as u16).to_be_bytes());
            bytes.extend(value);
        }
        bytes
    }

    #[test]
    fn an_announcement_tells_who_sends_it() {
        let told = datagram::<Mndp>([5678, 5678], &announcement(), false).unwrap();
        let expected = "Server mndp.identity ap-ward3
Server mndp.version 6.48.6 (long-term)
Server mndp.platform MikroTik
Server mndp.software_id ABCD-1234
Server mndp.board RBcAPGi-5acD2nD
Server mndp.interface bridge/ether1
";
        assert_eq!(told, expected);
        assert_eq!(datagram::<Mndp>([9, 10], &announcement(), false), None);
        batter_datagram::<Mndp>([5678, 5678], &announcement());
    }
}
