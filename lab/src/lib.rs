//! Real protocol peers in network namespaces, and what Cordon must see of them.
//!
//! A [`Scenario`] is a file: which stations there are, which programs they run, and the facts, conversations
//! and events that must come out. [`play`] lets it happen on a bridge of its own and keeps the frames;
//! [`judge`] lets Cordon read them. Nothing here knows a protocol: the programs do, and others wrote them.
#![forbid(unsafe_code)]

mod enforcement;
mod failure;
mod judge;
mod network;
mod observed;
mod patients;
mod places;
mod play;
mod process;
mod scenario;
mod tap;
mod wait;

pub use enforcement::enforce;
pub use failure::Failure;
pub use judge::judge;
pub use network::is_root;
pub use observed::{Observed, by_binary, by_library};
pub use patients::Patients;
pub use places::binary;
pub use play::{Played, play};
pub use scenario::{Scenario, names};
