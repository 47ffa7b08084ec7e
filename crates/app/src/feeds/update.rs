//! Fetches feeds and imports them, each by itself: what fails costs its own feed, and what was there stays.

use super::formats::{CLASSIFICATION, CSAF, CVE, ENDOFLIFE, ENFORCEMENT, EPSS, KEV, NVD, OSV, RECALL, UDI};
use super::manifest::{Attempt, Feed, Manifest};
use super::session::{Manner, Session};
use super::sources::{NAMES, Sources, VULNRICHMENT};
use super::unpack::Unpacker;
use super::{Work, advise, provider, put_in_place};
use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::progress::Progress;
use cordon_link::{Exchange, Failure, Fetcher, Url, Wanted, nvd};
use cordon_model::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What to update.
#[derive(Clone, Debug)]
pub struct Request {
    /// Names of sources; none for those that are updated by default and those that are there.
    pub names: Vec<String>,
    /// The feed folder.
    pub folder: PathBuf,
    /// Where everything comes from.
    pub sources: Sources,
    /// How it is imported.
    pub manner: Manner,
    /// The time it is done.
    pub now: Timestamp,
}

/// The world around an update.
pub struct Outside<'a> {
    /// Asks servers.
    pub exchange: &'a mut dyn Exchange,
    /// Reads the clock.
    pub now: &'a dyn Fn() -> Timestamp,
    /// Waits.
    pub wait: &'a mut dyn FnMut(Duration),
}

/// What became of an update.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Updated {
    /// Feeds that were made anew.
    pub feeds: BTreeMap<String, Feed>,
    /// Sources that had nothing new.
    pub unchanged: Vec<String>,
    /// Sources that failed, with the reason.
    pub failed: BTreeMap<String, String>,
}

/// Downloads of the feed folder.
const CACHE: &str = ".downloads";
/// A list of files that a publisher gives.
const LIST_BYTES_MAX: u64 = 256 << 20;
/// What a file is marked with once it was imported.
const IMPORTED: &str = "imported";
/// Records of NVD that may have come while the last were read.
const OVERLAP_MICROS: i64 = 2 * 3_600_000_000;
/// How often NVD is asked again after it refused, and how long to wait before.
const REFUSALS_MAX: u32 = 3;
const REFUSED: Duration = Duration::from_secs(35);

/// Fetches and imports. An error only when nothing could be updated.
pub fn update(
    actor: &Actor,
    request: &Request,
    outside: Outside<'_>,
    progress: &mut dyn Progress,
) -> Result<Updated, AppError> {
    actor.require(Permission::EditFeeds)?;
    let names = names(request)?;
    let cache = request.folder.join(CACHE);
    let fetcher = Fetcher::new(outside.exchange, &cache, outside.now, outside.wait);
    let mut fetcher = fetcher.map_err(|error| AppError::unwritable(&cache, error))?;
    let mut updated = Updated::default();
    let mut first = None;
    for name in names {
        progress.stage(&format!("fetching {name}"));
        let done = Source { request, fetcher: &mut fetcher, progress: &mut *progress, name: &name }.update();
        let mut manifest = Manifest::read(&request.folder)?;
        let error = done.as_ref().err().map(ToString::to_string);
        manifest.tried.insert(name.clone(), Attempt { at: request.now.to_string(), error: error.clone() });
        manifest.write(&request.folder)?;
        match done {
            Ok(Some(feeds)) => updated.feeds.extend(feeds),
            Ok(None) => updated.unchanged.push(name),
            Err(failure) => {
                progress.warn(&format!("{name}: {failure}"));
                updated.failed.insert(name, failure.to_string());
                first = first.or(Some(failure));
            }
        }
    }
    match first {
        Some(error) if updated.feeds.is_empty() && updated.unchanged.is_empty() => Err(error),
        _ => Ok(updated),
    }
}

/// The sources to update, in the order of the list.
fn names(request: &Request) -> Result<Vec<String>, AppError> {
    let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = request.names.iter().find(|name| !known.contains(&name.as_str())) {
        let reason = format!("there is no source \"{unknown}\"; there are {}", known.join(", "));
        return Err(AppError::WrongUse(reason));
    }
    let manifest = Manifest::read(&request.folder)?;
    let is_wanted = |name: &str, by_default: bool| match request.names.is_empty() {
        true => by_default || manifest.tried.contains_key(name),
        false => request.names.iter().any(|wanted| wanted == name),
    };
    let wanted = NAMES.iter().filter(|(name, by_default)| is_wanted(name, *by_default));
    Ok(wanted.map(|(name, _)| (*name).to_owned()).collect())
}

/// A file that was fetched, and the mark it gets once it was imported.
pub(super) struct Piece {
    pub(super) url: Url,
    pub(super) path: PathBuf,
    pub(super) mark: String,
    /// Imported before, in this version.
    pub(super) is_known: bool,
}

/// One source being updated.
pub(super) struct Source<'a, 'f> {
    pub(super) request: &'a Request,
    pub(super) fetcher: &'a mut Fetcher<'f>,
    pub(super) progress: &'a mut dyn Progress,
    pub(super) name: &'a str,
}

type Done = Result<Option<BTreeMap<String, Feed>>, AppError>;

impl Source<'_, '_> {
    fn update(&mut self) -> Done {
        let url = |name: &str| self.request.sources.url(name).cloned();
        match self.name {
            CSAF => self.advisories(),
            NVD => self.nvd(&url(NVD)?),
            OSV => {
                let base = cordon_link::csaf::folder(url(OSV)?);
                let mut urls = Vec::new();
                for ecosystem in &self.request.sources.ecosystems {
                    let path = format!("{ecosystem}/all.zip");
                    urls.push(
                        base.join(&path)
                            .map_err(|error| AppError::WrongUse(format!("{ecosystem}: {error}")))?,
                    );
                }
                self.files(OSV, &urls)
            }
            KEV | EPSS | ENDOFLIFE | CVE => self.files(self.name, &[url(self.name)?]),
            VULNRICHMENT => self.files(CVE, &[url(VULNRICHMENT)?]),
            part => self.openfda(part, &url("openfda")?),
        }
    }

    /// Fetches files and imports them, when one is new.
    fn files(&mut self, feed: &str, urls: &[Url]) -> Done {
        let mut pieces = Vec::new();
        for url in urls {
            pieces.push(self.piece(url, None)?);
        }
        self.import(feed, &pieces)
    }

    fn piece(&mut self, url: &Url, stamp: Option<&str>) -> Result<Piece, AppError> {
        let fetched = self.fetcher.fetch(&Wanted { stamp, ..Wanted::at(url) }).map_err(unreachable)?;
        let mark = stamp.unwrap_or(IMPORTED).to_owned();
        let is_known = !fetched.is_new && fetched.stamp.as_deref() == Some(mark.as_str());
        Ok(Piece { url: url.clone(), path: fetched.path, mark, is_known })
    }

    /// Whether a feed is there and nothing forces it to be made again.
    pub(super) fn is_there(&self, feed: &str) -> Result<bool, AppError> {
        let manifest = Manifest::read(&self.request.folder)?;
        Ok(!self.request.manner.anew && manifest.feeds.contains_key(feed))
    }

    fn import(&mut self, feed: &str, pieces: &[Piece]) -> Done {
        if pieces.iter().all(|piece| piece.is_known) && self.is_there(feed)? {
            return Ok(None);
        }
        let done = self.session(|session, unpacker| {
            for piece in pieces {
                session.begin_input();
                let read =
                    unpacker.file(&piece.path, piece.url.as_str(), true, &mut |leaf| session.leaf(leaf));
                if let Err(error) = read {
                    session.spoil(error)?;
                }
            }
            Ok(())
        })?;
        if done.is_empty() {
            let urls: Vec<&str> = pieces.iter().map(|piece| piece.url.as_str()).collect();
            return Err(AppError::unreadable(Path::new(&urls.join(" ")), advise(feed)));
        }
        for piece in pieces {
            self.confirm(&piece.url, &piece.mark)?;
        }
        Ok(Some(done))
    }

    pub(super) fn confirm(&mut self, url: &Url, mark: &str) -> Result<(), AppError> {
        let cache = self.request.folder.join(CACHE);
        self.fetcher.confirm(url, mark).map_err(|error| AppError::unwritable(&cache, error))
    }

    /// Imports what `read` hands to the session; nothing in it leaves everything as it was.
    pub(super) fn session(
        &mut self,
        read: impl FnOnce(&mut Session<'_>, &mut Unpacker<'_>) -> Result<(), AppError>,
    ) -> Result<BTreeMap<String, Feed>, AppError> {
        let work = Work::begin(&self.request.folder)?;
        let manifest = Manifest::read(&self.request.folder)?;
        let places = (self.request.folder.as_path(), work.0.as_path());
        let mut session =
            Session::new(places, &manifest, self.request.manner, self.request.now, &mut *self.progress);
        let mut unpacker = Unpacker::new(&work.0);
        read(&mut session, &mut unpacker)?;
        let made = session.finish()?;
        put_in_place(&self.request.folder, manifest, &work.0, made, &mut *self.progress)
    }

    /// openFDA lists the files of each part; they change as a whole.
    fn openfda(&mut self, part: &str, list: &Url) -> Done {
        let bytes = self.fetcher.bytes(&Wanted::at(list), LIST_BYTES_MAX).map_err(unreachable)?;
        let unreadable = |reason: String| AppError::unreadable(Path::new(list.as_str()), reason);
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
        let name = match part {
            UDI => "udi",
            CLASSIFICATION => "classification",
            RECALL => "recall",
            ENFORCEMENT => "enforcement",
            other => return Err(AppError::Defect { what: "choosing a source", reason: other.to_owned() }),
        };
        let of = value.pointer(&format!("/results/device/{name}"));
        let of = of.ok_or_else(|| unreadable(format!("it lists no files of device/{name}")))?;
        let stamp = of.get("export_date").and_then(Value::as_str);
        let files = of.get("partitions").and_then(Value::as_array).into_iter().flatten();
        let files = files.filter_map(|file| file.get("file").and_then(Value::as_str));
        let urls: Vec<Url> = files.filter_map(|file| list.join(file).ok()).collect();
        if urls.is_empty() {
            return Err(unreadable(format!("it lists no files of device/{name}")));
        }
        let mut pieces = Vec::new();
        for url in &urls {
            pieces.push(self.piece(url, stamp)?);
        }
        self.import(part, &pieces)
    }

    /// NVD: everything at first, then what changed since the newest record that is there.
    fn nvd(&mut self, base: &Url) -> Done {
        let manifest = Manifest::read(&self.request.folder)?;
        let newest = manifest
            .feeds
            .get(NVD)
            .filter(|_| !self.request.manner.anew)
            .and_then(|feed| feed.version.clone());
        let newest = newest.and_then(|text| text.parse().or_else(|_| format!("{text}Z").parse()).ok());
        let day = self.request.now.to_string().get(..10).unwrap_or_default().to_owned();
        let mut pieces = Vec::new();
        let windows: Vec<Option<(Timestamp, Timestamp)>> = match newest {
            None => vec![None],
            Some(newest) => {
                let from: Timestamp = newest;
                nvd::windows(from.plus_micros(-OVERLAP_MICROS), self.request.now)
                    .into_iter()
                    .map(Some)
                    .collect()
            }
        };
        for window in windows {
            self.nvd_window(base, window, &day, &mut pieces)?;
        }
        let done = if pieces.is_empty() { Ok(None) } else { self.import(NVD, &pieces) };
        for piece in pieces.iter().filter(|_| done.is_ok()) {
            self.fetcher.forget(&piece.url);
        }
        done
    }

    fn nvd_window(
        &mut self,
        base: &Url,
        window: Option<(Timestamp, Timestamp)>,
        day: &str,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), AppError> {
        let key = self.request.sources.nvd_key.clone();
        let headers: Vec<(&'static str, String)> = key.iter().map(|key| ("apikey", key.clone())).collect();
        let mut start = 0;
        loop {
            let url = nvd::page(base, window, start);
            let wanted = Wanted { stamp: Some(day), headers: &headers, ..Wanted::at(&url) };
            let mut refusals = 0;
            let fetched = loop {
                match self.fetcher.fetch(&wanted) {
                    // NVD says "forbidden" to who asks too often.
                    Err(Failure { status: Some(403), .. }) if refusals < REFUSALS_MAX => {
                        refusals += 1;
                        self.fetcher.pause(REFUSED);
                    }
                    other => break other.map_err(unreachable)?,
                }
            };
            let bytes =
                std::fs::read(&fetched.path).map_err(|error| AppError::unreadable(&fetched.path, error))?;
            let head = nvd::head(&bytes);
            let head = head.map_err(|reason| {
                self.fetcher.forget(&url);
                AppError::unreadable(Path::new(url.as_str()), reason)
            })?;
            // Marked by day: a first run that is broken off goes on where it ended.
            self.confirm(&url, day)?;
            if head.held > 0 {
                pieces.push(Piece { url, path: fetched.path, mark: day.to_owned(), is_known: false });
            }
            self.progress.stage(&format!(
                "fetching nvd: {} of {}",
                (start + head.held).min(head.total),
                head.total
            ));
            start += head.held;
            if head.held == 0 || start >= head.total {
                return Ok(());
            }
            if fetched.is_new {
                self.fetcher.pause(nvd::pause(key.is_some()));
            }
        }
    }

    fn advisories(&mut self) -> Done {
        let mut all = BTreeMap::new();
        let mut failed = None;
        for provider in &self.request.sources.providers {
            match provider::update(self, provider) {
                Ok(feeds) => all.extend(feeds.unwrap_or_default()),
                Err(error) => {
                    self.progress.warn(&format!("{}: {error}", provider.url));
                    failed = failed.or(Some(error));
                }
            }
        }
        match failed {
            Some(error) => Err(error),
            None if all.is_empty() => Ok(None),
            None => Ok(Some(all)),
        }
    }
}

/// What could not be fetched, as an error of the application.
pub(super) fn unreachable(failure: Failure) -> AppError {
    AppError::Unreadable { path: PathBuf::from(failure.url), reason: failure.reason }
}
