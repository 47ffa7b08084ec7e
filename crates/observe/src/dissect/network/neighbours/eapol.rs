//! Port-based network access control (IEEE 802.1X-2020 11): who asks to be let in, and how it is proven
//! (EAP, RFC 3748).

use crate::dissect::StationFacts;
use crate::layers::u16_at;
use crate::text::Line;
use cordon_model::Mac;
use cordon_model::observe::Fact;
use std::fmt::Write as _;

const RESPONSE: u8 = 2;
const IDENTITY: u8 = 1;

/// Reads a frame's content. Names of computers are told, those of people's accounts only as the site allows.
pub fn message(source: Mac, bytes: &[u8], facts: &mut dyn StationFacts) {
    let Some(([version, kind, l0, l1], body)) = bytes.split_first_chunk::<4>() else {
        return facts.malformed();
    };
    if !matches!(version, 1..=3) {
        return facts.malformed();
    }
    let Some(packet) = body.get(..usize::from(u16::from_be_bytes([*l0, *l1]))) else {
        return facts.malformed();
    };
    if *kind != 0 {
        return;
    }
    let Some(length) = u16_at(packet, 2) else { return facts.malformed() };
    let Some(packet) = packet.get(..usize::from(length)) else { return facts.malformed() };
    let [RESPONSE, _, _, _, method, data @ ..] = packet else { return };
    match *method {
        IDENTITY => identity(source, data, facts),
        // A refusal of the offered method.
        0 | 2 | 3 => {}
        method => {
            let mut line = Line::default();
            let _ = match name(method) {
                "" => write!(line, "{method}"),
                name => write!(line, "{name}"),
            };
            facts.fact_on(source, None, true, Fact::EapolMethod, line.text().as_bytes());
        }
    }
}

fn identity(source: Mac, data: &[u8], facts: &mut dyn StationFacts) {
    // Options for the network follow a NUL (RFC 4284).
    let name = data.split(|byte| *byte == 0).next().unwrap_or_default();
    match name.get(..5) {
        Some(front) if front.eq_ignore_ascii_case(b"host/") => {
            let host = name.get(5..).unwrap_or_default();
            facts.fact_on(source, None, true, Fact::EapolHost, host);
        }
        _ => facts.user_on(source, Fact::EapolUser, name),
    }
}

/// IANA EAP method types.
fn name(method: u8) -> &'static str {
    match method {
        4 => "MD5",
        6 => "GTC",
        13 => "TLS",
        17 => "LEAP",
        18 => "SIM",
        21 => "TTLS",
        25 => "PEAP",
        26 => "MSCHAPv2",
        43 => "FAST",
        52 => "PWD",
        55 => "TEAP",
        _ => "",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::stations::told;

    pub(crate) fn response(method: u8, data: &[u8]) -> Vec<u8> {
        let length = (5 + data.len() as u16).to_be_bytes();
        [&[2, 0][..], &length, &[RESPONSE, 1], &length, &[method], data].concat()
    }

    fn tell(bytes: &[u8]) -> String {
        told(|facts| message(Mac([2, 0, 0, 0, 0, 9]), bytes, facts)).replace("02:00:00:00:00:09 - ", "")
    }

    #[test]
    fn computers_are_told_and_people_are_not() {
        assert_eq!(tell(&response(1, b"host/CT-7.hosp.example")), "eapol.host CT-7.hosp.example\n");
        let user = tell(&response(1, b"HOSP\\doe"));
        assert!(user.starts_with("eapol.user ") && !user.contains("doe"), "{user}");
        assert_eq!(tell(&response(25, &[0])), "eapol.method PEAP\n");
        assert_eq!(tell(&response(99, &[0])), "eapol.method 99\n");
        assert_eq!(tell(&[1, 1, 0, 0]), "");
    }

    #[test]
    fn every_prefix_is_safe() {
        let golden = response(1, b"host/CT-7");
        for length in 0..golden.len() {
            assert_eq!(tell(&golden[..length]), "malformed\n");
        }
    }
}
