//! `cordon observe` where it lasts until it is stopped.

use crate::args::{Lasting, Observe};
use crate::progress::Shown;
use crate::{edge, output, run};
use cordon_app::live::{Outcome, Request};
use cordon_app::{Actor, AppError, Clocks, Destination, Folder};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Threads on interfaces unless told otherwise; more are of use beyond a few gigabits a second only.
const THREADS_MAX: u32 = 4;
const CLOCKS: Clocks = Clocks { now: edge::now, nanoseconds: edge::nanoseconds };

/// Observes interfaces, and records that others send.
pub(crate) fn interfaces(actor: &Actor, args: Observe) -> Result<(), AppError> {
    let request = Request {
        interfaces: args.interface,
        flows: args.flows,
        sensor: args.sensor,
        host: edge::host(),
        threads: args.threads.unwrap_or_else(|| edge::processors().min(THREADS_MAX)),
        ring_bytes: (args.lasting.ring as usize) << 20,
        window: args.lasting.window,
        duration: args.lasting.duration,
        frames: args.lasting.count,
        site: args.site,
    };
    let mut outcome = None;
    lasting(&args.lasting, args.stats, |destination, stop, progress| {
        outcome = Some(cordon_app::live::observe(actor, &request, CLOCKS, stop, destination, progress)?);
        Ok(())
    })?;
    let Some(Outcome { statistics, interfaces, exporters }) = outcome else { return Ok(()) };
    for status in &interfaces {
        output::words(&format!(
            "{}: {} packets, {} bytes; lost: {} in the ring, {} by the interface",
            status.name, status.frames, status.bytes, status.ring_drops, status.interface_drops
        ));
    }
    for exporter in &exporters {
        let rate = match exporter.sampling {
            0 | 1 => String::new(),
            rate => format!(", sampled 1 in {rate}, counts multiplied"),
        };
        let (address, kind, records) = (exporter.address, exporter.kind.name(), exporter.records);
        output::words(&format!("{address}: {records} records ({kind}{rate})"));
    }
    if args.stats { run::figures(&statistics, args.json) } else { Ok(()) }
}

/// Observes what another program writes into a folder.
pub(crate) fn folder(actor: &Actor, folder: PathBuf, args: Observe) -> Result<(), AppError> {
    let request = cordon_app::watch::Request {
        folder,
        memory: args.lasting.memory.clone(),
        sensor: args.sensor,
        host: edge::host(),
        window: args.lasting.window,
        until_read: args.lasting.until_read,
        now: edge::now(),
        site: args.site,
    };
    let mut statistics = None;
    lasting(&args.lasting, args.stats, |destination, stop, progress| {
        statistics = Some(cordon_app::watch::observe(actor, &request, stop, destination, progress)?);
        Ok(())
    })?;
    match statistics {
        Some(statistics) if args.stats => run::figures(&statistics, args.json),
        _ => Ok(()),
    }
}

/// Runs `work` until it ends or a signal comes, with the destination asked for. A reader of standard output
/// that goes away ends it without complaint.
fn lasting(
    args: &Lasting,
    stats: bool,
    work: impl FnOnce(&mut Destination<'_>, &Arc<AtomicBool>, &mut Shown) -> Result<(), AppError>,
) -> Result<(), AppError> {
    let stop = edge::stop_flag()
        .map_err(|error| AppError::Defect { what: "waiting for signals", reason: error.to_string() })?;
    let mut progress = Shown::new();
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    let mut destination = match &args.out {
        Some(path) => Destination::Folder(Folder::open(path)?),
        None if stats => Destination::Nowhere,
        None => Destination::Lines(&mut stdout),
    };
    let done = work(&mut destination, &stop, &mut progress);
    progress.finish();
    match done {
        Err(AppError::Unwritable { reason, .. }) if reason.contains("Broken pipe") => Ok(()),
        done => done,
    }
}
