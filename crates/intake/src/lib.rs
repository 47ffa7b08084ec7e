//! Other tools' files to Batches.
//!
//! So far asset lists and maintenance systems' exports as delimited text, our own `inventory.csv` among
//! them. What a list says is a person's word and outranks what was observed, so nothing that Cordon itself
//! filled in may come back as one.
#![forbid(unsafe_code)]

mod asset_list;
mod columns;
mod text;
mod values;

pub use asset_list::{AssetList, RejectedRow, asset_list, is_asset_list, rejected_csv};
