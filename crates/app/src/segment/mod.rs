//! The segmentation plan and the equipment that enforces it: a file a subcommand of `cordon segment`.

pub mod drift;
pub mod needs;
pub mod plan;
pub(crate) mod planning;
pub mod quarantine;
pub mod recall;
pub mod render;
pub(crate) mod settings;
pub mod verify;
