//! Helpers shared by the tests of every crate: capture files in every shape, and the folder of sample data.
//!
//! Packets come from [`frames`], which the simulator uses too.
#![forbid(unsafe_code)]

pub mod advisories;
pub mod capture;
pub mod server;

pub use cordon_simulate::frames;

use std::path::{Path, PathBuf};

/// The folder of sample captures and truth beside the repository, when this machine has it.
///
/// A test that needs it prints `skipped: no ../shared/data` and passes where it is missing.
pub fn data_dir() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    folder.canonicalize().ok().filter(|folder| folder.is_dir())
}
