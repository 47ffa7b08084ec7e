//! Synthetic hospitals of any size: captures, asset lists and their truth.
//!
//! It shares no table with the knowledge base: a simulator that speaks from our own fingerprints would prove
//! nothing.
#![forbid(unsafe_code)]

mod acts;
mod assets;
pub mod capture;
pub mod frames;
mod hospital;
mod patients;
mod random;
mod roles;
mod site;
mod speak;
mod truth;

pub use hospital::{
    ASSETS_NAME, CAPTURE_NAME, DEVICES_MAX, HOURS_MAX, Outputs, PACE_MAX, Rare, Settings, SimulateError,
    Summary, TRUTH_NAME, hospital, hospital_in,
};
