//! Reads capture files, drives `observe`, aggregates into Batches.
//!
//! An [`input::Input`] is a named stream recognised by its content; a [`capture::Capture`] lends its frames
//! one by one from a fixed buffer; an [`Observation`] passes the frames of any number of captures through
//! one engine and gives out Batches. An [`Import`] gathers what other tools recorded in the same way. Nothing here knows a protocol or decides what a device is.
// Denied but for `live::ring`, which shares memory with the kernel.
#![deny(unsafe_code)]

mod aggregate;
pub mod capture;
pub mod flows;
pub mod folder;
mod import;
pub mod input;
mod lane;
pub mod live;
mod merge;
pub mod observation;
mod recognise;
pub mod survey;
mod threads;
mod walk;
mod watch;

pub use aggregate::Limits;
pub use cordon_observe::UserNames;
pub use import::Import;
pub use input::{Format, Input};
pub use observation::{Observation, Progress, Settings, Statistics};
pub use recognise::recognise;
