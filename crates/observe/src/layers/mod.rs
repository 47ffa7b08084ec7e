//! From the bytes of a frame to the addresses and the payload of its innermost understood layer.
//!
//! Lengths are checked once, here; what comes out is trimmed to what the headers claim and the frame holds.

#[cfg(test)]
mod captures_tests;
pub(crate) mod ip;
mod labels;
pub(crate) mod link;
mod links;
mod shard;
pub(crate) mod transport;
pub(crate) mod tunnel;
mod wireless;

pub use link::LinkType;
pub use shard::shard;

/// Reads a big-endian 16-bit number.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<2>()).map(|pair| u16::from_be_bytes(*pair))
}

/// Reads a big-endian 32-bit number.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).map(|four| u32::from_be_bytes(*four))
}
