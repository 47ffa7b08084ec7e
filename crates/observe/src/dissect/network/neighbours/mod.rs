//! What switches, telephones and other stations tell their neighbours about themselves on the same wire.
//!
//! These frames go no farther than the next bridge, and each is about the station that sent it: a switch tells
//! on which of its ports whoever hears it hangs.

pub mod cdp;
pub mod eapol;
pub mod lldp;
pub mod mndp;
pub mod stp;
pub mod ubnt;

use crate::dissect::StationFacts;
use crate::text::Line;
use cordon_model::Mac;
use cordon_model::observe::Fact;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Tells facts about the sender of a frame.
struct Sender<'a> {
    station: Mac,
    facts: &'a mut dyn StationFacts,
}

impl Sender<'_> {
    fn tell(&mut self, fact: Fact, value: &[u8]) {
        self.facts.fact_on(self.station, None, true, fact, before_nul(value));
    }

    fn tell_display(&mut self, fact: Fact, value: impl std::fmt::Display) {
        let mut line = Line::default();
        let _ = write!(line, "{value}");
        self.tell(fact, line.text().as_bytes());
    }

    /// Bytes that are text, an address or neither.
    fn tell_identifier(&mut self, fact: Fact, value: &[u8]) {
        match value {
            [a, b, c, d, e, f] if !is_text(value) => self.tell_display(fact, Mac([*a, *b, *c, *d, *e, *f])),
            _ if is_text(value) => self.tell(fact, value),
            _ => {
                let mut line = Line::default();
                for byte in value {
                    let _ = write!(line, "{byte:02x}");
                }
                self.tell(fact, line.text().as_bytes());
            }
        }
    }

    /// Names of the bits that are set, separated by commas.
    fn tell_names(&mut self, fact: Fact, bits: u32, names: &[&str]) {
        let mut line = Line::default();
        for (name, bit) in names.iter().zip(0..32) {
            if bits >> bit & 1 != 0 && !name.is_empty() {
                let comma = if line.text().is_empty() { "" } else { "," };
                let _ = write!(line, "{comma}{name}");
            }
        }
        self.tell(fact, line.text().as_bytes());
    }
}

fn is_text(value: &[u8]) -> bool {
    !value.is_empty()
        && before_nul(value).iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'))
        && !before_nul(value).is_empty()
}

/// Some makers end their texts with NUL bytes.
fn before_nul(value: &[u8]) -> &[u8] {
    value.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// An address of 4 or 16 bytes that may be a station's own.
fn address(value: &[u8]) -> Option<IpAddr> {
    let address = match value.len() {
        4 => IpAddr::V4(Ipv4Addr::from(*value.first_chunk::<4>()?)),
        16 => IpAddr::V6(Ipv6Addr::from(*value.first_chunk::<16>()?)),
        _ => return None,
    };
    (!address.is_unspecified() && !address.is_loopback() && !address.is_multicast()).then_some(address)
}
