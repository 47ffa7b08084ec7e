//! Which device a set of facts describes, what it is, and how sure we are.
//!
//! A [`Resolver`] takes Batches in any order; it decides which MACs, addresses, list rows and records behind gateways
//! are one device (`place`, `things`, `join`), heeding what a person corrected (`corrections`), lets every fact speak
//! for its claims (`claims`), combines what they say as probabilities (`combine`), and gives the Estate. It never sees
//! a packet, and every decision can be read back from the evidence it leaves.
#![forbid(unsafe_code)]

mod claims;
mod combine;
pub mod conventions;
mod corrections;
pub mod criticality;
mod few;
mod gather;
mod ground;
mod join;
mod place;
pub mod products;
pub mod reconcile;
mod resolver;
mod secured;
mod services;
mod spelling;
mod texts;
mod things;
mod traits;
mod whole;

pub use corrections::{Action, Corrections, Entry, Handle};
pub use resolver::{Changes, Resolver};
