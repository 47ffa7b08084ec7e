//! Versioned encodings of what crosses a process border, and their JSON Schemas.
//!
//! `model` holds the values; this crate only encodes them: [`batch`] (`cordon.batch/1`), [`assessment`]
//! (`cordon.assessment/1`), [`affected`] (`cordon.affected/1`), [`comparison`] (`cordon.comparison/1`), [`truth`] (`cordon.truth/1`) and the columns of the [`inventory`] sheet. It decides
//! nothing.
#![forbid(unsafe_code)]

pub mod affected;
pub mod assessment;
pub mod batch;
pub mod comparison;
pub mod hours;
pub mod inventory;
pub mod outlook;
pub mod reconciliation;
pub mod schema;
pub mod segmentation;
pub mod truth;
