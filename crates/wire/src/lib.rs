//! Versioned encodings of what crosses a process border, and their JSON Schemas.
//!
//! `model` holds the values; this crate only encodes them: [`batch`] (`cordon.batch/1`), [`assessment`]
//! (`cordon.assessment/1`) and [`truth`] (`cordon.truth/1`). It decides nothing.
#![forbid(unsafe_code)]

pub mod assessment;
pub mod batch;
pub mod hours;
pub mod schema;
pub mod truth;
