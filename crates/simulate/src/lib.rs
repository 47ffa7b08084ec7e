//! Synthetic hospitals of any size: captures, asset lists and their truth.
//!
//! It shares no table with the knowledge base: a simulator that speaks from our own fingerprints would prove
//! nothing.
#![forbid(unsafe_code)]

pub mod capture;
pub mod frames;
