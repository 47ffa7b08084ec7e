//! Makers' own bedside protocols of which a wire fact is published that nothing else shares: monitoring
//! networks that speak to all, and serial lines that reach the network through device servers.
//!
//! Of a protocol only what is published is read; where only a port is known, the port table has it. Beds,
//! units and patients are never told.

pub mod bcc;
pub mod carescape;
pub mod dri;
pub mod masimo;
pub mod medibus;
pub mod pb840;

#[cfg(test)]
pub(in crate::dissect) mod tests;
