//! The nouns at least two stages share, with constructors that keep their invariants.
//!
//! The files carry the story's words: what is [`observe`]d becomes devices ([`identify`]), findings and
//! risk ([`assess`]), zones and rules ([`segment`]). This crate knows no file, network, clock or
//! encoding; `wire` encodes these values where they cross a process border.
#![forbid(unsafe_code)]

pub mod address;
pub mod assess;
pub mod category;
pub mod identify;
pub mod observe;
pub mod segment;
pub mod time;
pub mod udi;

pub use address::{Cidr, Endpoint, Inside, Mac, Vlan};
pub use category::Category;
pub use time::{HourOfWeek, Timestamp};
pub use udi::Udi;
