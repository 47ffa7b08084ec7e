//! Tunnels that nobody can look into, known by how they begin: WireGuard (its white paper, 5.4) and OpenVPN (its
//! protocol's description, "TCP/UDP packet format"). What they carry is not ours to know.

use crate::dissect::{
    Datagram, DatagramDissector, Facts, Probe, Recognised, Side, Starts, StationFacts, Step, StreamDissector,
};

/// The dissector of WireGuard.
#[derive(Debug)]
pub struct WireGuardMessage;

/// The dissector of OpenVPN over datagrams.
#[derive(Debug)]
pub struct OpenVpnMessage;

/// The dissector of OpenVPN over streams.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenVpn;

impl DatagramDissector for WireGuardMessage {
    const STARTS: Starts = Starts::range(1, 2);

    /// An initiation ends in a proof that is empty unless the other side is under load; both have one length.
    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        const INITIATION_BYTES: usize = 148;
        const RESPONSE_BYTES: usize = 92;
        const PORT: u16 = 51_820;
        let bytes = datagram.bytes;
        let calm = bytes.last_chunk::<16>() == Some(&[0; 16]);
        if !calm && !datagram.touches(PORT) {
            return Recognised::No;
        }
        match (bytes, bytes.len()) {
            ([1, 0, 0, 0, ..], INITIATION_BYTES) => Recognised::From(Side::Client),
            ([2, 0, 0, 0, ..], RESPONSE_BYTES) => Recognised::From(Side::Server),
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, _side: Side, _facts: &mut dyn StationFacts) -> bool {
        matches!(datagram.bytes, [1..=4, 0, 0, 0, ..])
    }
}

/// Who sends a packet that resets a session: kinds 7 and 8, without keys' number.
fn reset(packet: &[u8]) -> Option<Side> {
    const FROM_CLIENT: u8 = 7 << 3;
    const FROM_SERVER: u8 = 8 << 3;
    // After kind and session: a proof with its counter and time, or none; then how many packets are acknowledged.
    const PLAIN: usize = 1 + 8;
    const PROOFS: [usize; 4] = [0, 20 + 8, 32 + 8, 64 + 8];
    match packet.first() {
        Some(&FROM_CLIENT) => {
            let proven = |proof: &usize| packet.len() == PLAIN + proof + 5 && packet.ends_with(&[0; 5]);
            PROOFS.iter().any(proven).then_some(Side::Client)
        }
        Some(&FROM_SERVER) => {
            let at =
                PROOFS.iter().map(|proof| PLAIN + proof).find(|at| packet.len() == at + 1 + 4 + 8 + 4)?;
            let acknowledged = packet.get(at..at + 5) == Some(&[1, 0, 0, 0, 0]);
            (acknowledged && packet.ends_with(&[0; 4])).then_some(Side::Server)
        }
        _ => None,
    }
}

impl DatagramDissector for OpenVpnMessage {
    const STARTS: Starts = Starts::of(&[7 << 3, 8 << 3]);

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        reset(datagram.bytes).map_or(Recognised::No, Recognised::From)
    }

    fn read(datagram: &Datagram<'_>, _side: Side, _facts: &mut dyn StationFacts) -> bool {
        reset(datagram.bytes).is_some()
    }
}

impl StreamDissector for OpenVpn {
    /// The length of a reset.
    const STARTS: Starts = Starts::of(&[0]);
    const HELD_BYTES_MAX: usize = 0;

    fn probe(head: &[u8], _port: u16) -> Probe {
        const LENGTHS: [u8; 8] = [14, 42, 54, 86, 26, 54, 66, 98];
        let [0, rest @ ..] = head else { return Probe::No };
        let [length, packet @ ..] = rest else { return Probe::Unsure };
        if !LENGTHS.contains(length) {
            return Probe::No;
        }
        match (packet.first(), packet.get(..usize::from(*length))) {
            (None, _) => Probe::Unsure,
            (Some(0x38 | 0x40), None) => Probe::Unsure,
            (Some(_), Some(packet)) => reset(packet).map_or(Probe::No, Probe::Certain),
            (Some(_), None) => Probe::No,
        }
    }

    fn stream(&mut self, _side: Side, _bytes: &[u8], _facts: &mut dyn Facts) -> Step {
        Step::Done
    }

    fn gap(&mut self, _side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        Step::Done
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use crate::dissect::testing::{Piece, client, datagram, server};

    pub(crate) fn wireguard() -> Vec<Vec<u8>> {
        let message =
            |kind: u8, length: usize| [&[kind, 0, 0, 0][..], &vec![0x5a; length - 20], &[0; 16]].concat();
        vec![message(1, 148), message(2, 92)]
    }

    pub(crate) fn openvpn() -> Vec<Vec<u8>> {
        vec![
            [&[0x38][..], &[9; 8], &[0; 5]].concat(),
            [&[0x40][..], &[8; 8], &[1, 0, 0, 0, 0], &[9; 8], &[0; 4]].concat(),
            [&[0x38][..], &[9; 8], &[7; 28], &[0; 5]].concat(),
        ]
    }

    pub(crate) fn corpus() -> Vec<Vec<Piece>> {
        let framed = |packet: &[u8]| [&[0, packet.len() as u8][..], packet].concat();
        vec![vec![client(framed(&openvpn()[0])), server(framed(&openvpn()[1]))]]
    }

    #[test]
    fn beginnings_are_known_at_any_port() {
        for message in wireguard() {
            assert_eq!(datagram::<WireGuardMessage>([50_000, 443], &message, false).as_deref(), Some(""));
            assert_eq!(datagram::<WireGuardMessage>([50_000, 443], &message[..90], false), None);
        }
        for message in openvpn() {
            assert_eq!(datagram::<OpenVpnMessage>([50_000, 443], &message, false).as_deref(), Some(""));
            assert_eq!(datagram::<OpenVpnMessage>([50_000, 443], &message[..13], false), None);
        }
        let mut loaded = wireguard()[0].clone();
        loaded[140] = 1;
        assert_eq!(datagram::<WireGuardMessage>([50_000, 443], &loaded, false), None);
        assert_eq!(datagram::<WireGuardMessage>([50_000, 51_820], &loaded, false).as_deref(), Some(""));
    }

    #[test]
    fn streams_begin_with_a_reset() {
        let framed = |packet: &[u8]| [&[0, packet.len() as u8][..], packet].concat();
        let [asks, answers, _] = &openvpn()[..] else { panic!() };
        assert_eq!(OpenVpn::probe(&framed(asks), 443), Probe::Certain(Side::Client));
        assert_eq!(OpenVpn::probe(&framed(answers), 443), Probe::Certain(Side::Server));
        assert_eq!(OpenVpn::probe(&framed(asks)[..9], 443), Probe::Unsure);
        assert_eq!(OpenVpn::probe(&[0, 14, 0x10, 0], 443), Probe::No);
        assert_eq!(OpenVpn::probe(&[0, 3], 443), Probe::No);
    }
}
