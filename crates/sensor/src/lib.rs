//! Reads capture files, drives `observe`, aggregates into Batches.
//!
//! An [`input::Input`] is a named stream recognised by its content; a [`capture::Capture`] lends its frames
//! one by one from a fixed buffer.
#![forbid(unsafe_code)]

pub mod capture;
pub mod input;
mod recognise;

pub use recognise::recognise;
