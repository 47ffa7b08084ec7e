//! The use case `observe` over a network as it is: interfaces until they are told to stop.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::lasting::Destination;
use crate::progress::Progress;
use crate::site::SiteFolder;
use cordon_model::observe::Batch;
use cordon_sensor::flows::Exporter;
use cordon_sensor::live::{Access, Clocks, InterfaceStatus, Live, OpenError, Status, Wanted, confine};
use cordon_sensor::{Settings, Statistics};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What to observe, and for how long.
#[derive(Debug)]
pub struct Request {
    /// Names of interfaces.
    pub interfaces: Vec<String>,
    /// Where to receive flow records: NetFlow 5 and 9, IPFIX, sFlow 5.
    pub flows: Option<SocketAddr>,
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
    /// Who sent flow records.
    pub exporters: Vec<Exporter>,
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
    let writable: Vec<&Path> = destination.folder().into_iter().collect();
    for missing in confine(&Access { readable: &[], writable: &writable }).missing {
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
    let (mut interfaces, mut exporters) = (Vec::new(), Vec::new());
    let mut tell = |status: &Status| {
        if status.begun {
            progress.begun(&format!("observing {}; an interrupt (Ctrl-C) ends it", sources(request)));
        }
        if let Some(words) = &status.warning {
            progress.warn(words);
        }
        interfaces.clone_from(&status.interfaces);
        exporters.clone_from(&status.exporters);
        progress.stage(&words(status));
    };
    let statistics = live.run(stop, clocks, &mut take, &mut tell).map_err(unusable)?;
    match failed {
        Some(error) => Err(error),
        None => Ok(Outcome { statistics, interfaces, exporters }),
    }
}

/// What is observed, in words.
fn sources(request: &Request) -> String {
    let port = request.flows.map(|address| format!("flow records at {address}"));
    request.interfaces.iter().cloned().chain(port).collect::<Vec<_>>().join(", ")
}

/// What came in and what was lost, in a line.
fn words(status: &Status) -> String {
    let one = |status: &InterfaceStatus| {
        let InterfaceStatus { name, frames, ring_drops, interface_drops, .. } = status;
        format!("{name}: {frames} packets, {ring_drops} lost in the ring, {interface_drops} by the interface")
    };
    let records: u64 = status.exporters.iter().map(|exporter| exporter.records).sum();
    let flows = (!status.exporters.is_empty())
        .then(|| format!("{records} flow records of {} exporters", status.exporters.len()));
    status.interfaces.iter().map(one).chain(flows).collect::<Vec<_>>().join("; ")
}

fn settings(request: &Request) -> Result<Settings, AppError> {
    let named = || format!("{} {}", request.host, sources(request));
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
        flows: request.flows,
        ring_bytes: request.ring_bytes,
        window: request.window,
        duration: request.duration,
        frames: request.frames,
    }
}

fn unusable(error: OpenError) -> AppError {
    AppError::NoUsableInput { reasons: vec![error.to_string()] }
}
