//! The segmentation plan and the equipment that enforces it: a file a subcommand of `cordon segment`.

pub mod needs;
pub mod recall;
pub mod render;
pub(crate) mod settings;
pub mod verify;
