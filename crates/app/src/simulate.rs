//! The use case `simulate`: a synthetic hospital as files.

use crate::actor::{Actor, Permission};
use crate::deliver::OutputFolder;
use crate::error::AppError;
use cordon_model::Timestamp;
pub use cordon_simulate::Rare;
use cordon_simulate::{Settings, hospital_in};
use std::path::PathBuf;

/// What kind of hospital, and where it goes.
#[derive(Debug)]
pub struct Request {
    /// How many devices.
    pub devices: u32,
    /// How many hours of traffic.
    pub hours: f64,
    /// Equal seeds give equal bytes.
    pub seed: u64,
    /// Time of the first packet.
    pub start: Timestamp,
    /// Whether the network is divided into VLANs; otherwise it is flat.
    pub vlans: bool,
    /// How many times more seldom everything is done than on a usual day.
    pub pace: u32,
    /// Whether things happen that happen once in months.
    pub rare: Rare,
    /// Whether the truth says what flows are needed.
    pub needs: bool,
    /// Folder for capture.pcap, assets.csv and truth.json.
    pub out: PathBuf,
    /// Replace files of the same names.
    pub force: bool,
}

/// Writes capture.pcap, assets.csv and truth.json; answers what they hold in a sentence.
pub fn simulate(actor: &Actor, request: &Request) -> Result<String, AppError> {
    actor.require(Permission::Simulate)?;
    let settings = Settings {
        devices: request.devices,
        hours: request.hours,
        seed: request.seed,
        start: request.start,
        vlans: request.vlans,
        pace: request.pace,
        rare: request.rare,
        needs: request.needs,
    };
    settings.check().map_err(|error| AppError::WrongUse(error.to_string()))?;
    let folder = OutputFolder::prepare(&request.out, request.force)?;
    let summary =
        hospital_in(&settings, folder.path()).map_err(|error| AppError::unwritable(folder.path(), error))?;
    Ok(format!(
        "{} devices, {} packets ({} bytes), {} asset rows and {} incidents in {}\n",
        summary.devices,
        summary.packets,
        summary.bytes,
        summary.asset_rows,
        summary.events,
        folder.path().display()
    ))
}
