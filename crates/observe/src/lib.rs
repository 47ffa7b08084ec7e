//! Borrowed frames to borrowed facts, in fixed memory.
//!
//! One pass computes the layers of a frame, the conversation table finds its conversation, and at most one
//! dissector reads its content; what it learns is pushed, borrowed, into a [`Sink`]. This crate knows no
//! file, clock or knowledge base, allocates nothing per packet once warm, and never fails on what it reads:
//! malformed input is counted.
#![forbid(unsafe_code)]

pub mod dissect;
pub mod sink;

pub use sink::{Flow, Seen, SeenEvent, Sink};
