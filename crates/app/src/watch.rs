//! The use case `observe` over a folder into which another program writes captures.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::lasting::Destination;
use crate::progress::Progress;
use crate::site::SiteFolder;
use cordon_model::Timestamp;
use cordon_model::observe::Batch;
use cordon_sensor::folder::{Happening, Watched, watch};
use cordon_sensor::live::{Access, confine};
use cordon_sensor::{Settings, Statistics};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The name of the file that remembers what was read, where none is named.
const MEMORY: &str = ".cordon-watch";

/// What to watch.
#[derive(Debug)]
pub struct Request {
    /// The folder.
    pub folder: PathBuf,
    /// The file that remembers what was read; in the output folder, or else in the watched one, when not given.
    pub memory: Option<PathBuf>,
    /// Name of the sensor in its Batches; made from `host` and the folder when not given.
    pub sensor: Option<String>,
    /// The name of this machine.
    pub host: String,
    /// How much capture time a Batch covers.
    pub window: Duration,
    /// True to end once all that is there has been read.
    pub until_read: bool,
    /// The time, from which Batches are numbered.
    pub now: Timestamp,
    /// Site folder, which says what becomes of the names of people's accounts.
    pub site: Option<PathBuf>,
}

/// Observes what is written into the folder until `stop` is set. Batches go to `destination` as windows end.
pub fn observe(
    actor: &Actor,
    request: &Request,
    stop: &Arc<AtomicBool>,
    destination: &mut Destination<'_>,
    progress: &mut dyn Progress,
) -> Result<Statistics, AppError> {
    actor.require(Permission::Observe)?;
    let settings = settings(request)?;
    let folder = &request.folder;
    if !folder.is_dir() {
        return Err(AppError::unreadable(folder, "there is no such folder"));
    }
    let memory =
        request.memory.clone().unwrap_or_else(|| destination.folder().unwrap_or(folder).join(MEMORY));
    let remembers = match memory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let writable: Vec<&Path> = destination.folder().into_iter().chain([remembers.as_path()]).collect();
    for missing in confine(&Access { readable: &[folder], writable: &writable }).missing {
        progress.warn(&format!("not confined: {missing}"));
    }
    let watched = Watched { folder: folder.clone(), memory: memory.clone(), until_read: request.until_read };
    let mut failed = None;
    let mut take = |batch: Batch| {
        if failed.is_none()
            && let Err(error) = destination.write(&batch)
        {
            failed = Some(error);
            stop.store(true, Ordering::Relaxed);
        }
    };
    let mut tell = |happening: &Happening| match happening {
        Happening::Began(0) => progress.begun(&format!("observing {}", folder.display())),
        Happening::Began(known) => {
            progress.begun(&format!("observing {}; {known} files are known", folder.display()));
        }
        Happening::Reading(path, _) => progress.stage(&format!("reading {}", path.display())),
        Happening::Done(path, packets) => tracing::info!(path = %path.display(), packets, "read"),
        Happening::Warning(words) => progress.warn(words),
    };
    let first = u64::try_from(request.now.micros() / 1_000).unwrap_or(0);
    let statistics = watch(&settings, &watched, first, stop, &mut take, &mut tell)
        .map_err(|error| AppError::unwritable(&memory, error))?;
    match failed {
        Some(error) => Err(error),
        None => Ok(statistics),
    }
}

fn settings(request: &Request) -> Result<Settings, AppError> {
    let named = || format!("{} {}", request.host, request.folder.display());
    let mut settings = Settings::named(request.sensor.clone().unwrap_or_else(named));
    settings.limits.window_micros = i64::try_from(request.window.as_micros()).unwrap_or(i64::MAX);
    // A window ends with its time, however little was in it.
    settings.limits.window_packets_min = 0;
    let site = request.site.as_deref().map(SiteFolder::read).transpose()?;
    // Files come and go: without a key of the site, names of accounts are withheld.
    settings.engine.user_names = site.map(|site| site.user_names).unwrap_or_default().user_names(&[]);
    Ok(settings)
}
