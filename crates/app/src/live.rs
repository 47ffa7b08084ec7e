//! The use case `observe` over a network as it is: interfaces until they are told to stop.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::lasting::Destination;
use crate::progress::Progress;
use crate::site::SiteFolder;
use cordon_model::observe::Batch;
use cordon_sensor::live::{Clocks, InterfaceStatus, Live, OpenError, Status, Wanted, confine};
use cordon_sensor::{Settings, Statistics};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What to observe, and for how long.
#[derive(Debug)]
pub struct Request {
    /// Names of interfaces.
    pub interfaces: Vec<String>,
    /// Name of the sensor in its Batches; made from `host` and the interfaces when not given.
    pub sensor: Option<String>,
    /// The name of this machine.
    pub host: String,
    /// Threads that observe, each with a ring on every interface.
    pub threads: u32,
    /// Memory for the rings of each interface, in bytes.
    pub ring_bytes: usize,
    /// How much time a Batch covers.
    pub window: Duration,
    /// Ends after this time.
    pub duration: Option<Duration>,
    /// Ends after so many frames.
    pub frames: Option<u64>,
    /// Site folder, which says what becomes of the names of people's accounts.
    pub site: Option<PathBuf>,
}

/// What an observation of interfaces came to.
#[derive(Debug)]
pub struct Outcome {
    /// What was seen, in numbers.
    pub statistics: Statistics,
    /// What came in by each interface, and what was lost.
    pub interfaces: Vec<InterfaceStatus>,
}

/// Observes until `stop` is set, or time or frames are used up. Batches go to `destination` as windows end.
pub fn observe(
    actor: &Actor,
    request: &Request,
    clocks: Clocks,
    stop: &AtomicBool,
    destination: &mut Destination<'_>,
    progress: &mut dyn Progress,
) -> Result<Outcome, AppError> {
    actor.require(Permission::Observe)?;
    let live = Live::open(settings(request)?, wanted(request)).map_err(unusable)?;
    for missing in confine(destination.folder()).missing {
        progress.warn(&format!("not confined: {missing}"));
    }
    let mut failed = None;
    let mut take = |batch: Batch| {
        if failed.is_none()
            && let Err(error) = destination.write(&batch)
        {
            failed = Some(error);
            // What cannot be written need not be observed.
            stop.store(true, Ordering::Relaxed);
        }
    };
    let mut interfaces = Vec::new();
    let mut tell = |status: &Status| {
        if status.begun {
            progress.begun(&format!(
                "observing {}; an interrupt (Ctrl-C) ends it",
                request.interfaces.join(", ")
            ));
        }
        if let Some(words) = &status.warning {
            progress.warn(words);
        }
        interfaces.clone_from(&status.interfaces);
        progress.stage(&words(&status.interfaces));
    };
    let statistics = live.run(stop, clocks, &mut take, &mut tell).map_err(unusable)?;
    match failed {
        Some(error) => Err(error),
        None => Ok(Outcome { statistics, interfaces }),
    }
}

/// What came in and what was lost, in a line.
fn words(interfaces: &[InterfaceStatus]) -> String {
    let one = |status: &InterfaceStatus| {
        let InterfaceStatus { name, frames, ring_drops, interface_drops, .. } = status;
        format!("{name}: {frames} packets, {ring_drops} lost in the ring, {interface_drops} by the interface")
    };
    interfaces.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn settings(request: &Request) -> Result<Settings, AppError> {
    let named = || format!("{} {}", request.host, request.interfaces.join(" "));
    let mut settings = Settings::named(request.sensor.clone().unwrap_or_else(named));
    settings.threads = request.threads;
    let site = request.site.as_deref().map(SiteFolder::read).transpose()?;
    let wish = site.map(|site| site.user_names).unwrap_or_default();
    // No input's beginning can lend a key: without one of the site, names of accounts are withheld.
    settings.engine.user_names = wish.user_names(&[]);
    Ok(settings)
}

fn wanted(request: &Request) -> Wanted {
    Wanted {
        interfaces: request.interfaces.clone(),
        ring_bytes: request.ring_bytes,
        window: request.window,
        duration: request.duration,
        frames: request.frames,
    }
}

fn unusable(error: OpenError) -> AppError {
    AppError::NoUsableInput { reasons: vec![error.to_string()] }
}
