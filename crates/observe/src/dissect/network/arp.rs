//! Address Resolution Protocol for IPv4 on Ethernet (RFC 826, RFC 5227).

use crate::dissect::StationFacts;
use cordon_model::Mac;
use cordon_model::observe::Fact;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

/// What a message claims: this station has this address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The sender's hardware address.
    pub station: Mac,
    /// The sender's protocol address.
    pub address: Ipv4Addr,
}

/// Reads a message and states what its sender says of itself; the claim is answered so that the engine can
/// compare it with earlier ones.
pub fn message(bytes: &[u8], facts: &mut dyn StationFacts) -> Option<Claim> {
    let Some(head) = bytes.first_chunk::<28>() else {
        facts.malformed();
        return None;
    };
    let [h0, h1, p0, p1, hardware_length, protocol_length, o0, o1, m0, m1, m2, m3, m4, m5, a, b, c, d, ..] =
        *head;
    let operation = u16::from_be_bytes([o0, o1]);
    // Hardware 6 is IEEE 802 in general; reverse and inverse ARP (3, 4, 8, 9) claim nothing about IPv4 use.
    if !matches!([h0, h1], [0, 1 | 6]) || [p0, p1] != [8, 0] || !matches!(operation, 1 | 2) {
        return None;
    }
    let station = Mac([m0, m1, m2, m3, m4, m5]);
    let address = Ipv4Addr::new(a, b, c, d);
    if (hardware_length, protocol_length) != (6, 4) || station.is_group() || station.is_zero() {
        facts.malformed();
        return None;
    }
    // A probe (RFC 5227 2.1.1) asks with an all-zero address before it takes one.
    if address.is_unspecified() || address.is_multicast() || address.is_broadcast() {
        return None;
    }
    let mut text = Text::default();
    let _ = write!(text, "{address}");
    facts.fact_on(station, Some(IpAddr::V4(address)), true, Fact::ArpAddress, text.bytes());
    Some(Claim { station, address })
}

/// A short text on the stack.
pub(crate) struct Text {
    bytes: [u8; 48],
    length: usize,
}

impl Default for Text {
    fn default() -> Self {
        Text { bytes: [0; 48], length: 0 }
    }
}

impl Text {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::stations::{Stations, told};

    const REPLY: [u8; 28] =
        [0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 9, 10, 0, 0, 9, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1];

    #[test]
    fn a_reply_claims_its_senders_address() {
        assert_eq!(
            told(|facts| _ = message(&REPLY, facts)),
            "02:00:00:00:00:09 10.0.0.9 arp.address 10.0.0.9\n"
        );
    }

    #[test]
    fn a_probe_claims_nothing() {
        let mut probe = REPLY;
        probe[7] = 1;
        probe[14..18].fill(0);
        assert_eq!(told(|facts| _ = message(&probe, facts)), "");
    }

    #[test]
    fn every_prefix_is_safe_and_every_lie_is_counted() {
        for length in 0..REPLY.len() {
            assert_eq!(told(|facts| _ = message(&REPLY[..length], facts)), "malformed\n");
        }
        let mut lying = REPLY;
        lying[4] = 8;
        assert_eq!(told(|facts| _ = message(&lying, facts)), "malformed\n");
        let mut group = REPLY;
        group[8] = 1;
        let mut stations = Stations::default();
        assert_eq!(message(&group, &mut stations), None);
    }
}
