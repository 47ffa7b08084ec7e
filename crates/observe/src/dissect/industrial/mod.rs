//! Building and plant control: what keeps a hospital's air, power and water going, and what its laboratories'
//! conveyors run on. These protocols know no users; whoever reaches them may command.

pub mod bacnet;
pub mod enip;
pub mod modbus;
pub mod opcua;
pub mod s7;
#[cfg(test)]
pub(super) mod tests;

use super::arp::Text;
use super::{Facts, Side};
use cordon_model::observe::Fact;
use std::fmt::Write as _;

/// Tells a number in decimal digits.
fn number(side: Side, fact: Fact, value: impl Into<u64>, facts: &mut dyn Facts) {
    let mut text = Text::default();
    let _ = write!(text, "{}", value.into());
    facts.fact(side, fact, text.bytes());
}

/// Text of a fixed field: up to the first zero, without the blanks that fill it.
fn text(field: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    field.get(..end).unwrap_or_default().trim_ascii()
}
