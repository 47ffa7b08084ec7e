//! What speaks of patients' care: images, orders and results, bedside devices, analysers.

pub mod astm;
pub mod bedside;
#[cfg(test)]
mod bedside_tests;
pub mod dicom;
pub mod hl7;
pub mod intellivue;
mod mder;
pub mod phd;
pub mod poct1a;
pub mod sdc;
