//! The feed folder: what others publish of vulnerabilities, products and their support, fetched or imported from
//! files, and looked up for an assessment.
//!
//! `manifest.json` names each feed and the folder that holds it. A feed is made beside what is there and takes its
//! place only when it is whole; the manifest is written last. One that is older than what is there is refused.

mod catalogue;
mod classes;
mod formats;
mod index;
mod lookup;
mod manifest;
mod pack;
mod provider;
mod rejects;
mod session;
mod sort;
mod sources;
mod unpack;
pub mod update;

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::progress::Progress;
use cordon_model::Timestamp;
pub use formats::{CLASSIFICATION, CSAF, CVE, ENDOFLIFE, ENFORCEMENT, EPSS, KEV, NVD, OSV, RECALL, UDI};
pub(crate) use lookup::look_up;
pub use lookup::{Recalls, advisories, intelligence, lifecycles, recalls, records, vulnerabilities};
use manifest::Manifest;
pub use manifest::{Attempt, Feed, FeedSource};
pub use session::Manner;
use session::{Made, Session};
pub use sources::{Sources, VULNRICHMENT};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use unpack::Unpacker;

/// What to do about a source that gave nothing.
fn advise(feed: &str) -> String {
    format!("nothing in it is a record of the feed {feed}; is it the right address?")
}

/// Where an import is made.
const UNFINISHED: &str = ".importing";

/// What to import.
#[derive(Clone, Debug)]
pub struct Request {
    /// Files, folders and archives.
    pub inputs: Vec<PathBuf>,
    /// The feed folder.
    pub folder: PathBuf,
    /// How.
    pub manner: Manner,
    /// The time it is done.
    pub now: Timestamp,
}

/// Reads published files into the feed folder; answers what it holds now of the feeds that were touched.
pub fn import(
    actor: &Actor,
    request: &Request,
    progress: &mut dyn Progress,
) -> Result<BTreeMap<String, Feed>, AppError> {
    actor.require(Permission::EditFeeds)?;
    if request.manner.add && request.manner.anew {
        return Err(AppError::WrongUse(
            "--add keeps what was there and --replace does not; choose one".to_owned(),
        ));
    }
    let work = Work::begin(&request.folder)?;
    let manifest = Manifest::read(&request.folder)?;
    let places = (request.folder.as_path(), work.0.as_path());
    let mut session = Session::new(places, &manifest, request.manner, request.now, progress);
    let mut unpacker = Unpacker::new(&work.0);
    for input in &request.inputs {
        session.begin_input();
        session.stage(&format!("reading {}", input.display()));
        if let Err(error) = unpacker.path(input, &mut |leaf| session.leaf(leaf)) {
            session.spoil(error)?;
        }
    }
    let made = session.finish()?;
    if made.feeds.is_empty() && made.failed.is_empty() {
        let reasons = request.inputs.iter().map(|path| format!("{}: {}", path.display(), session::NOT_KNOWN));
        return Err(AppError::NoUsableInput { reasons: reasons.collect() });
    }
    put_in_place(&request.folder, manifest, &work.0, made, progress)
}

/// What a feed folder holds, and how the last tries to update it went.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Status {
    /// Feeds by name.
    pub feeds: BTreeMap<String, FeedStatus>,
    /// The last try by source.
    pub tried: BTreeMap<String, Attempt>,
}

/// One feed and how old it is.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct FeedStatus {
    /// The feed itself.
    #[serde(flatten)]
    pub feed: Feed,
    /// Whole days since it was imported.
    pub age_days: Option<i64>,
}

/// What a feed folder holds.
pub fn status(actor: &Actor, folder: &Path, now: Timestamp) -> Result<Status, AppError> {
    actor.require(Permission::Assess)?;
    let manifest = Manifest::read(folder)?;
    let of = |feed: Feed| {
        let imported: Option<Timestamp> = feed.imported.parse().ok();
        let age_days = imported.map(|imported| now.micros_since(imported).div_euclid(86_400_000_000));
        FeedStatus { feed, age_days }
    };
    let feeds = manifest.feeds.into_iter().map(|(name, feed)| (name, of(feed))).collect();
    Ok(Status { feeds, tried: manifest.tried })
}

/// The folder itself when something was imported into it. One in which only failed updates are noted is none; one that
/// cannot be read is, so that it is said.
pub fn existing(folder: PathBuf) -> Option<PathBuf> {
    let is_empty = Manifest::read(&folder).is_ok_and(|manifest| manifest.feeds.is_empty());
    (!is_empty).then_some(folder)
}

/// Says at once when a folder that was named holds no feeds, not after the inputs were read.
pub(crate) fn require(folder: &Path) -> Result<(), AppError> {
    let manifest = Manifest::read(folder)?;
    if manifest.feeds.is_empty() {
        let reason = "nothing was imported into it yet; `cordon feed import --feeds` does that";
        return Err(AppError::unreadable(folder, reason));
    }
    Ok(())
}

/// The place where feeds are made; it goes away with this value.
struct Work(PathBuf);

impl Work {
    fn begin(folder: &Path) -> Result<Work, AppError> {
        let unwritable = |error: io::Error| AppError::unwritable(folder, error);
        fs::create_dir_all(folder).map_err(unwritable)?;
        let work = folder.join(UNFINISHED);
        clear(&work).map_err(unwritable)?;
        fs::create_dir_all(&work).map_err(unwritable)?;
        Ok(Work(work))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // Best effort: what is left of it hinders nobody, and the next import clears it.
        let _ = clear(&self.0);
    }
}

fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// New feeds take the place of old ones, all at once with the manifest. Those that failed are told of; when all did,
/// the first reason is the error.
fn put_in_place(
    root: &Path,
    mut manifest: Manifest,
    work: &Path,
    made: Made,
    progress: &mut dyn Progress,
) -> Result<BTreeMap<String, Feed>, AppError> {
    let Made { feeds, mut failed } = made;
    if feeds.is_empty()
        && let Some((_, error)) = failed.pop_first()
    {
        return Err(error);
    }
    for error in failed.values() {
        progress.warn(&error.to_string());
    }
    let unwritable = |error: io::Error| AppError::unwritable(root, error);
    let mut done = BTreeMap::new();
    let mut old = Vec::new();
    for (name, mut feed) in feeds {
        let before = manifest.feeds.get(name).map(|before| before.folder.clone());
        // Never into the folder that is in use: it would be broken for a moment, or stay broken if it was.
        while before.as_deref() == Some(feed.folder.as_str()) {
            if is_same(&work.join(name), &root.join(&feed.folder)) {
                break;
            }
            feed.folder.push('x');
        }
        let to = root.join(&feed.folder);
        if before.as_deref() != Some(feed.folder.as_str()) {
            clear(&to).map_err(unwritable)?;
            fs::rename(work.join(name), &to).map_err(unwritable)?;
            old.extend(before);
        } else {
            let rejects = work.join(name).join(rejects::FILE);
            fs::rename(rejects, to.join(rejects::FILE)).map_err(unwritable)?;
        }
        manifest.feeds.insert(name.to_owned(), feed.clone());
        done.insert(name.to_owned(), feed);
    }
    manifest.write(root)?;
    for folder in old {
        clear(&root.join(folder)).map_err(unwritable)?;
    }
    Ok(done)
}

/// Whether two folders hold files of the same names and lengths, but for the list of rejects.
fn is_same(one: &Path, other: &Path) -> bool {
    let list = |folder: &Path| -> io::Result<BTreeMap<std::ffi::OsString, u64>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            files.insert(entry.file_name(), entry.metadata()?.len());
        }
        files.remove(std::ffi::OsStr::new(rejects::FILE));
        Ok(files)
    };
    matches!((list(one), list(other)), (Ok(one), Ok(other)) if one == other)
}
