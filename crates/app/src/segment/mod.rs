//! The segmentation plan and the equipment that enforces it: a file a subcommand of `cordon segment`, and what those
//! share that look at configurations.

pub mod abilities;
pub mod diff;
pub mod drift;
pub mod needs;
pub mod plan;
pub(crate) mod planning;
pub mod points;
pub mod quarantine;
pub mod recall;
pub mod render;
pub mod replay;
pub(crate) mod settings;
pub mod verify;
mod within;
