//! Other tools' files to Batches.
//!
//! Two kinds of files. *Records* of a network (logs, leases, tables, scans) say what a device did or what was
//! seen of it; they are told fact by fact into a [`Sink`](cordon_model::observe::Sink), as the engine tells
//! what it read of frames, and gathered by who drives this. *Lists* (asset lists, maintenance systems,
//! inventories) are a person's word, which outranks what was observed, so nothing that Cordon itself filled
//! in may come back as one; each becomes one Batch.
//!
//! A file is recognised by its content. A row that is broken costs a row, and comes back with the reason.
//! Nothing here opens a file.
#![forbid(unsafe_code)]

mod asset_list;
mod clearpass;
mod columns;
#[cfg(test)]
mod corpus;
mod devices;
mod elements;
mod eve;
pub mod fda;
mod fields;
mod format;
mod journal;
mod leases;
mod lines;
mod mapping;
mod neighbours;
mod nmap;
mod observed;
mod p0f;
mod propose;
mod read;
mod scan;
mod scanner;
mod stations;
mod tables;
mod tell;
mod text;
mod values;
mod workbook;
mod xml;
mod zeek;

pub use asset_list::{AssetList, asset_list, is_asset_list};
pub use elements::{Element, elements};
pub use format::{Format, advice, is_list_kind, recognise};
pub use journal::{RejectedRow, rejected_csv};
pub use mapping::{IGNORE, Mapping, meaning};
pub use propose::{ProposedColumn, propose, template};
pub use read::{Taken, read, table};
