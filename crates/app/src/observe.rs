//! The use case `observe`: inputs to Batches, or to figures about them.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::inputs::{How, gather};
use crate::progress::Progress;
use crate::site::SiteFolder;
use cordon_model::observe::Batch;
use cordon_sensor::Statistics;
use cordon_wire::batch;
use std::io;
use std::path::PathBuf;

/// What to observe.
#[derive(Debug)]
pub struct Request {
    /// Captures, Batches and asset lists; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// Name of the sensor; made from the inputs' names when not given.
    pub sensor: Option<String>,
    /// Whether the inputs are hashed, which costs time.
    pub hash: bool,
    /// Threads that observe; what is seen does not depend on it.
    pub threads: u32,
    /// Site folder, which says what becomes of the names of people's accounts and what columns of lists say.
    pub site: Option<PathBuf>,
}

impl Request {
    fn how(&self, clock: Option<fn() -> u64>) -> Result<How, AppError> {
        let site = self.site.as_deref().map(SiteFolder::read).transpose()?;
        let (user_names, mappings) = site.map(|site| (site.user_names, site.mappings)).unwrap_or_default();
        Ok(How { hash: self.hash, threads: self.threads, clock, user_names, mappings })
    }
}

/// Writes every Batch as a line of JSON.
pub fn to_lines(
    actor: &Actor,
    request: &Request,
    out: &mut dyn io::Write,
    progress: &mut dyn Progress,
) -> Result<(), AppError> {
    actor.require(Permission::Observe)?;
    let mut failed = None;
    let mut take = |batch: Batch| {
        if failed.is_none() {
            failed = batch::write_line(&batch, &mut *out).err();
        }
    };
    let how = request.how(None)?;
    gather(&request.inputs, request.sensor.as_deref(), how, progress, &mut take)?;
    match failed {
        Some(error) => {
            Err(AppError::Unwritable { path: "standard output".into(), reason: error.to_string() })
        }
        None => Ok(()),
    }
}

/// What was seen in numbers, by protocol, and what was shed. `clock` tells nanoseconds since any moment; one
/// packet in 64 is timed with it.
pub fn statistics(
    actor: &Actor,
    request: &Request,
    clock: fn() -> u64,
    progress: &mut dyn Progress,
) -> Result<Statistics, AppError> {
    actor.require(Permission::Observe)?;
    let sensor = request.sensor.as_deref();
    let how = request.how(Some(clock))?;
    Ok(gather(&request.inputs, sensor, how, progress, &mut |_| {})?.statistics)
}
