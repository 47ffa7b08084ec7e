//! Borrowed frames to borrowed facts, in fixed memory.
//!
//! One pass computes the layers of a frame, the conversation table finds its conversation, and at most one
//! dissector reads its content; what it learns is pushed, borrowed, into a [`Sink`]. This crate knows no
//! file, clock or knowledge base, allocates nothing per packet once warm, and never fails on what it reads:
//! malformed input is counted.
#![forbid(unsafe_code)]

mod bindings;
mod clock;
mod conversations;
pub mod counters;
pub mod dissect;
mod duplicates;
pub mod engine;
mod fragments;
mod index;
mod inflate;
pub mod layers;
mod pieces;
pub mod settings;
mod slab;
mod streams;
mod text;
mod users;
mod wheel;

pub use clock::{Clock, Step};
pub use cordon_model::observe::{Flow, Seen, SeenEvent, Sink};
pub use counters::{Counter, Counters, ProtocolStatistics};
pub use dissect::person::HostName;
pub use engine::Engine;
pub use index::Index;
pub use layers::{LinkType, shard};
pub use settings::Settings;
pub use users::UserNames;
