//! Identifiers of engines (SnmpEngineID, RFC 3411 5): who made the agent, and often its address.

use super::super::super::{Facts, Side};
use crate::text::Line;
use cordon_model::Mac;
use cordon_model::observe::Fact;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Tells what an identifier says of the agent.
pub(super) fn engine(id: &[u8], about: Side, facts: &mut dyn Facts) {
    let Some((&[first, b, c, d], rest)) = id.split_first_chunk::<4>() else { return };
    if !(5..=32).contains(&id.len()) {
        return;
    }
    let mut line = Line::default();
    for byte in id {
        let _ = write!(line, "{byte:02x}");
    }
    facts.fact(about, Fact::SnmpEngineId, line.text().as_bytes());
    let mut line = Line::default();
    let _ = write!(line, "{}", u32::from_be_bytes([first & 0x7f, b, c, d]));
    facts.fact(about, Fact::SnmpEngineEnterprise, line.text().as_bytes());
    let Some((&format, rest)) = rest.split_first().filter(|_| first & 0x80 != 0) else { return };
    let mut line = Line::default();
    let written = match (format, rest) {
        (1, &[a, b, c, d]) => write!(line, "{}", Ipv4Addr::new(a, b, c, d)),
        (2, address) => match <[u8; 16]>::try_from(address) {
            Ok(address) => write!(line, "{}", Ipv6Addr::from(address)),
            Err(_) => return,
        },
        (3, address) => match <[u8; 6]>::try_from(address) {
            Ok(address) => write!(line, "{}", Mac(address)),
            Err(_) => return,
        },
        (4, text) => return facts.fact(about, Fact::SnmpEngineText, text),
        _ => return,
    };
    if written.is_ok() {
        facts.fact(about, Fact::SnmpEngineAddress, line.text().as_bytes());
    }
}
