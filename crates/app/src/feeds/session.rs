//! An import under way: files in, feeds beside what is there, ready to take its place.

use super::catalogue;
use super::classes::{read_classes, write_classes};
use super::formats::{self, CLASSIFICATION, CSAF, CVE, Document, ENDOFLIFE, EPSS, Format, KEV, List, UDI};
use super::manifest::{Feed, FeedSource, Manifest};
use super::pack::{self, Added, Record, sortable};
use super::rejects::Rejects;
use super::unpack::Leaf;
use crate::error::AppError;
use crate::progress::Progress;
use cordon_assess::intelligence::{Unusable, epss};
use cordon_intake::fda::delimited::{self, Joined, Table};
use cordon_intake::fda::{self, FdaFormat, FdaRecord};
use cordon_intake::{Element, elements};
use cordon_knowledge::fda::Classes;
use cordon_model::Timestamp;
use cordon_sensor::Input;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Product codes kept; there are about 7,000.
const CLASSES_MAX: usize = 100_000;
/// One JSON document.
const DOCUMENT_BYTES_MAX: usize = pack::BODY_BYTES_MAX;
/// One record of a list.
const RECORD_BYTES_MAX: usize = 32 << 20;
/// A line of EPSS.
const LINE_BYTES_MAX: usize = 4096;
/// Files of a feed that are named one by one; of more the first are.
const SOURCES_MAX: usize = 1_000;

/// How an import is to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Keep what was there before, where nothing new takes its place, also of feeds that are published as a whole.
    pub add: bool,
    /// Begin anew, also with feeds that grow.
    pub anew: bool,
    /// Take a version older than the one that is there.
    pub allow_rollback: bool,
}

enum Sink {
    Products(catalogue::Writer),
    Classes(Classes),
    Pack(pack::Writer),
}

/// A feed that is being made.
struct Making {
    sink: Sink,
    entry: Feed,
    rejects: Rejects,
    /// What orders versions; several files of one feed give the newest.
    newest: String,
}

/// An import under way.
pub(super) struct Session<'a> {
    folder: &'a Path,
    work: &'a Path,
    manifest: &'a Manifest,
    manner: Manner,
    now: Timestamp,
    progress: &'a mut dyn Progress,
    feeds: BTreeMap<&'static str, Making>,
    /// Feeds that one of the files spoiled, and how.
    failed: BTreeMap<&'static str, AppError>,
    /// Feeds that the file now being read gives to.
    touched: BTreeSet<&'static str>,
    identifiers: Joined,
    codes: Joined,
    /// `device.txt` is read when the tables that it is joined with were.
    devices: Vec<(PathBuf, String, String)>,
    passed: u64,
}

/// Whether a feed is published as a whole or grows record by record.
fn grows(feed: &str) -> bool {
    !matches!(feed, KEV | EPSS | ENDOFLIFE | UDI | CLASSIFICATION)
}

impl<'a> Session<'a> {
    pub(super) fn new(
        (folder, work): (&'a Path, &'a Path),
        manifest: &'a Manifest,
        manner: Manner,
        now: Timestamp,
        progress: &'a mut dyn Progress,
    ) -> Session<'a> {
        Session {
            folder,
            work,
            manifest,
            manner,
            now,
            progress,
            feeds: BTreeMap::new(),
            failed: BTreeMap::new(),
            touched: BTreeSet::new(),
            identifiers: Joined::default(),
            codes: Joined::default(),
            devices: Vec::new(),
            passed: 0,
        }
    }

    /// Tells whoever watches.
    pub(super) fn stage(&mut self, words: &str) {
        self.progress.stage(words);
    }

    /// Nothing that was read since the last call may stand when it turns out to be spoiled.
    pub(super) fn begin_input(&mut self) {
        self.touched.clear();
    }

    /// An input was spoiled: no feed that it gave to is replaced.
    pub(super) fn spoil(&mut self, error: AppError) -> Result<(), AppError> {
        if self.touched.is_empty() {
            return Err(error);
        }
        let reason = error.to_string();
        for feed in std::mem::take(&mut self.touched) {
            let path = Path::new(feed);
            let told = format!("{reason}; nothing was imported, what was there before stays");
            self.failed.entry(feed).or_insert_with(|| AppError::unreadable(path, told));
        }
        Ok(())
    }

    /// Reads one file. An error spoils the input that it belongs to.
    pub(super) fn leaf(&mut self, leaf: Leaf) -> Result<(), AppError> {
        let Leaf { name, is_found, input } = leaf;
        let Some(format) = formats::recognise(input.head()) else {
            return self.unknown(&name, is_found);
        };
        match format {
            Format::Fda(format) => self.fda(format, input, name),
            Format::Gudid(table) => self.gudid(table, input, name),
            Format::List(list) => self.list(list, input, name),
            Format::Epss => self.epss(input, name),
            Format::LifecyclePage => self.page(input, name),
            Format::Document => self.document(input, name, is_found),
        }
    }

    /// One of a folder or archive that is none of the formats is passed over; one that was named is a mistake.
    fn unknown(&mut self, name: &str, is_found: bool) -> Result<(), AppError> {
        if !is_found {
            return Err(AppError::unreadable(Path::new(name), NOT_KNOWN));
        }
        self.passed += 1;
        let is_beside = [".sha256", ".sha512", ".asc", ".sig", ".txt", ".csv", ".html", ".xsd"];
        if !is_beside.iter().any(|ending| name.ends_with(ending)) && self.passed <= 20 {
            self.progress.warn(&format!("{name}: {NOT_KNOWN}; it was passed over"));
        }
        Ok(())
    }

    fn fda(&mut self, format: FdaFormat, mut input: Input, name: String) -> Result<(), AppError> {
        let feed = if format.holds_products() { UDI } else { CLASSIFICATION };
        let work = self.work;
        let making = self.begin(feed)?;
        let mut failed = None;
        let mut take = |record: FdaRecord| match (record, &mut making.sink) {
            (FdaRecord::Product(product), Sink::Products(writer)) if failed.is_none() => {
                failed = writer.add(&product).err();
            }
            (FdaRecord::Classification(class), Sink::Classes(classes)) if classes.len() < CLASSES_MAX => {
                classes.insert(class.code.clone(), class);
            }
            _ => {}
        };
        let read = fda::read(format, &mut input, &mut take);
        if let Some(error) = failed {
            return Err(AppError::unwritable(work, error));
        }
        if let Some(damage) = &read.damage {
            return Err(AppError::unreadable(Path::new(&name), &damage.reason));
        }
        if read.records == 0 {
            return Err(AppError::unreadable(Path::new(&name), "it holds no record that can be used"));
        }
        making.rejects.add_many(&name, read.rejected, "there is nothing to know it by");
        making.version(&read.newest);
        let kind = input.kind_named(format.name());
        making.source(name, kind, input.finish(), read.records);
        Ok(())
    }

    fn gudid(&mut self, table: Table, mut input: Input, name: String) -> Result<(), AppError> {
        self.begin(UDI)?;
        if table == Table::Devices {
            let path = self.work.join(format!("devices-{}", self.devices.len()));
            let copied = fs::File::create(&path).and_then(|mut file| io::copy(&mut input, &mut file));
            copied.map_err(|error| AppError::unreadable(Path::new(&name), error))?;
            self.devices.push((path, name, input.finish()));
            return Ok(());
        }
        let joined = if table == Table::Codes { &mut self.codes } else { &mut self.identifiers };
        let rows = delimited::join(table, &mut input, joined);
        let rows = rows.map_err(|damage| AppError::unreadable(Path::new(&name), damage.reason))?;
        let sha256 = input.finish();
        self.begin(UDI)?.source(name, "GUDID release (delimited)".to_owned(), sha256, rows);
        Ok(())
    }

    fn gudid_devices(&mut self) -> Result<(), AppError> {
        let devices = std::mem::take(&mut self.devices);
        let (mut identifiers, mut codes) =
            (std::mem::take(&mut self.identifiers), std::mem::take(&mut self.codes));
        let work = self.work;
        for (path, name, sha256) in devices {
            let file = fs::File::open(&path).map_err(|error| AppError::unreadable(&path, error))?;
            let making = self.begin(UDI)?;
            let mut failed = None;
            let mut reader = io::BufReader::with_capacity(1 << 20, file);
            let read = delimited::devices(&mut reader, &mut identifiers, &mut codes, &mut |product| {
                if let (Sink::Products(writer), None) = (&mut making.sink, &failed) {
                    failed = writer.add(&product).err();
                }
            });
            let read = read.map_err(|damage| AppError::unreadable(Path::new(&name), damage.reason))?;
            if let Some(error) = failed {
                return Err(AppError::unwritable(work, error));
            }
            making.rejects.add_many(&name, read.rejected, "there is nothing to know it by");
            making.version(&read.newest);
            making.source(name, "GUDID release (delimited)".to_owned(), sha256, read.records);
            fs::remove_file(&path).map_err(|error| AppError::unwritable(&path, error))?;
        }
        Ok(())
    }

    fn list(&mut self, list: List, mut input: Input, name: String) -> Result<(), AppError> {
        let manner = self.manner;
        let work = self.work;
        let making = self.begin(list.feed())?;
        let (mut records, mut count, mut failed) = (0u64, None, None);
        let done = elements(&mut input, &[list.key()], RECORD_BYTES_MAX, &mut |element| match element {
            Element::Beside(member, value) => {
                let text = value.as_str().unwrap_or_default();
                match (list, member.as_str()) {
                    (List::Kev, "catalogVersion") | (List::Lifecycle, "generated_at") => making.version(text),
                    (List::Kev, "count") | (List::Lifecycle, "total") => count = value.as_u64(),
                    (List::Recall | List::Enforcement, "meta") => {
                        making.version(value.get("last_updated").and_then(Value::as_str).unwrap_or_default());
                    }
                    _ => {}
                }
            }
            Element::Record(at, value) => {
                if list == List::Nvd {
                    let of = value.get("cve").unwrap_or(&value);
                    making.version(of.get("lastModified").and_then(Value::as_str).unwrap_or_default());
                }
                records += 1;
                if failed.is_none() {
                    failed = making
                        .take(list.record(&value), &name, &format!("{}[{at}]", list.key()), manner)
                        .err();
                }
            }
        });
        let unreadable = |reason: String| AppError::unreadable(Path::new(&name), reason);
        done.map_err(|damage| unreadable(damage.reason))?;
        if let Some(error) = failed {
            return Err(AppError::unwritable(work, error));
        }
        if let Some(count) = count.filter(|count| *count != records) {
            return Err(unreadable(format!("it holds {records} records and says that it holds {count}")));
        }
        let kind = input.kind_named(list.name());
        making.source(name, kind, input.finish(), records);
        Ok(())
    }

    fn epss(&mut self, mut input: Input, name: String) -> Result<(), AppError> {
        let (work, manner) = (self.work, self.manner);
        let making = self.begin(EPSS)?;
        let (mut model, mut records, mut line, mut at) = (epss::Model::default(), 0, Vec::new(), 0u64);
        let unreadable = |reason: String| AppError::unreadable(Path::new(&name), reason);
        while input.line(&mut line, LINE_BYTES_MAX).map_err(|damage| unreadable(damage.reason))? {
            at += 1;
            let text = String::from_utf8_lossy(&line);
            let record = match epss::line(&text, &model) {
                Ok(epss::Line::Model(said)) => {
                    let date = said.date.map(|date| date.to_string()).unwrap_or_default();
                    making.version(&format!(
                        "{} {}",
                        date.get(..10).unwrap_or_default(),
                        said.version.as_deref().unwrap_or("")
                    ));
                    model = said;
                    continue;
                }
                Ok(epss::Line::Heading) => continue,
                Ok(epss::Line::Score(id, score)) => {
                    records += 1;
                    let date = model.date.map(|date| date.to_string()).unwrap_or_default();
                    let version = model.version.clone().unwrap_or_default();
                    let body = format!("{},{},{version},{date}", score.score, score.percentile).into_bytes();
                    Ok(Record { id, order: sortable(&date), keys: Vec::new(), body })
                }
                Err(error) => Err(error),
            };
            making
                .take(record, &name, &format!("line {at}"), manner)
                .map_err(|error| AppError::unwritable(work, error))?;
        }
        if records == 0 {
            return Err(unreadable("it holds no score".to_owned()));
        }
        let kind = input.kind_named("EPSS scores");
        making.source(name, kind, input.finish(), records);
        Ok(())
    }

    fn page(&mut self, mut input: Input, name: String) -> Result<(), AppError> {
        let (work, manner) = (self.work, self.manner);
        let bytes = input.read_all(DOCUMENT_BYTES_MAX);
        let bytes = bytes.map_err(|damage| AppError::unreadable(Path::new(&name), damage.reason))?;
        let making = self.begin(ENDOFLIFE)?;
        let record = formats::lifecycle_page(&String::from_utf8_lossy(&bytes));
        making.take(record, &name, "", manner).map_err(|error| AppError::unwritable(work, error))?;
        making.source(name, "endoflife.date page".to_owned(), input.finish(), 1);
        Ok(())
    }

    fn document(&mut self, mut input: Input, name: String, is_found: bool) -> Result<(), AppError> {
        let unreadable = |reason: String| AppError::unreadable(Path::new(&name), reason);
        let bytes = input.read_all(DOCUMENT_BYTES_MAX).map_err(|damage| unreadable(damage.reason))?;
        let sha256 = input.finish();
        self.bytes(&bytes, name, sha256, is_found)
    }

    /// Takes one JSON document from memory.
    pub(super) fn bytes(
        &mut self,
        bytes: &[u8],
        name: String,
        sha256: String,
        is_found: bool,
    ) -> Result<(), AppError> {
        let (work, manner) = (self.work, self.manner);
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let value: Value = match serde_json::from_slice(bytes) {
            Ok(value) => value,
            Err(error) => {
                let Some(feed) = guess(bytes) else { return self.unknown(&name, is_found) };
                let reason = Unusable::new(&format!("line {}", error.line()), error.to_string());
                let making = self.begin(feed)?;
                return making
                    .take(Err(reason), &name, "", manner)
                    .map_err(|error| AppError::unwritable(work, error));
            }
        };
        let (feed, record) = match formats::document(&value, bytes) {
            Document::Of(feed, record) => (feed, record),
            Document::Beside => {
                self.passed += 1;
                return Ok(());
            }
            Document::Unknown => return self.unknown(&name, is_found),
        };
        let record = record.and_then(|record| match (feed == CSAF, beside(&name, bytes)) {
            (true, Err(reason)) => Err(Unusable::new("hash", reason)),
            _ => Ok(record),
        });
        let version = match feed {
            CSAF => value.pointer("/document/tracking/current_release_date"),
            CVE => value.pointer("/cveMetadata/dateUpdated"),
            _ => value.get("modified"),
        };
        let is_good = record.is_ok();
        let making = self.begin(feed)?;
        if is_good {
            making.version(version.and_then(Value::as_str).unwrap_or_default().get(..10).unwrap_or_default());
        }
        making.take(record, &name, "", manner).map_err(|error| AppError::unwritable(work, error))?;
        let kind = match feed {
            CSAF => "security advisory (CSAF)",
            CVE => "CVE record",
            _ => "open source vulnerability (OSV)",
        };
        making.source(name, kind.to_owned(), sha256, u64::from(is_good));
        Ok(())
    }

    /// A document that could not be had, with the reason.
    pub(super) fn reject(
        &mut self,
        feed: &'static str,
        file: &str,
        path: &str,
        reason: &str,
    ) -> Result<(), AppError> {
        self.begin(feed)?.rejects.add(file, path, reason);
        Ok(())
    }

    /// The place of a feed; made, and filled with what was there where it is to be kept.
    fn begin(&mut self, feed: &'static str) -> Result<&mut Making, AppError> {
        self.touched.insert(feed);
        if !self.feeds.contains_key(feed) {
            let making = self.make(feed)?;
            self.feeds.insert(feed, making);
        }
        let missing = AppError::Defect { what: "making a feed", reason: feed.to_owned() };
        self.feeds.get_mut(feed).ok_or(missing)
    }

    fn make(&mut self, feed: &'static str) -> Result<Making, AppError> {
        let folder = self.work.join(feed);
        let unwritable = |error: io::Error| AppError::unwritable(&folder, error);
        fs::create_dir_all(&folder).map_err(unwritable)?;
        let mut entry = Feed { imported: self.now.to_string(), ..Feed::default() };
        let before = self.manifest.feeds.get(feed).filter(|_| !self.manner.anew);
        let before = before.filter(|_| grows(feed) || self.manner.add);
        let place = before.map(|before| self.folder.join(&before.folder));
        let unreadable = |error: io::Error| {
            let place = place.clone().unwrap_or_default();
            AppError::unreadable(&place, format!("{error}; --replace begins anew"))
        };
        let sink = match feed {
            UDI => {
                let mut writer = catalogue::Writer::create(&folder).map_err(unwritable)?;
                if let Some(place) = &place {
                    let copied = catalogue::Reader::open(place)
                        .and_then(|mut reader| reader.all(&mut |product| writer.add(product)));
                    copied.map_err(unreadable)?;
                }
                Sink::Products(writer)
            }
            CLASSIFICATION => {
                Sink::Classes(place.as_deref().map(read_classes).transpose()?.unwrap_or_default())
            }
            _ => {
                let may_go_back = self.manner.allow_rollback || !grows(feed);
                let mut writer = pack::Writer::create(&folder, may_go_back).map_err(unwritable)?;
                if let (Some(place), Some(before)) = (&place, before) {
                    let filled = pack::Reader::open(place, before.bytes)
                        .and_then(|mut reader| writer.fill(&mut reader));
                    filled.map_err(unreadable)?;
                }
                Sink::Pack(writer)
            }
        };
        let mut newest = String::new();
        if let Some(before) = before {
            entry.version.clone_from(&before.version);
            newest = before.version.as_deref().map(sortable).unwrap_or_default();
            if matches!(feed, UDI | CLASSIFICATION) {
                entry.sources.clone_from(&before.sources);
            }
        }
        Ok(Making { sink, entry, rejects: Rejects::default(), newest })
    }

    /// Finishes every feed that is whole; answers them, and why the others are not.
    pub(super) fn finish(mut self) -> Result<Made, AppError> {
        if !self.devices.is_empty()
            && let Err(error) = self.gudid_devices()
        {
            self.failed.insert(UDI, error);
        }
        self.progress.stage("writing the index");
        if self.passed > 20 {
            self.progress
                .warn(&format!("{} files are none of the formats and were passed over", self.passed));
        }
        let mut made = BTreeMap::new();
        for (name, making) in std::mem::take(&mut self.feeds) {
            if self.failed.contains_key(name) {
                continue;
            }
            match self.finish_one(name, making) {
                Ok(feed) => {
                    made.insert(name, feed);
                }
                Err(error) => {
                    self.failed.insert(name, error);
                }
            }
        }
        Ok(Made { feeds: made, failed: self.failed })
    }

    fn finish_one(&mut self, name: &'static str, making: Making) -> Result<Feed, AppError> {
        let Making { sink, entry: mut feed, rejects, .. } = making;
        let folder = self.work.join(name);
        let unwritable = |error: io::Error| AppError::unwritable(&folder, error);
        let mut hash = String::new();
        match sink {
            Sink::Products(writer) => feed.records = writer.finish(&folder).map_err(unwritable)?,
            Sink::Classes(classes) => {
                write_classes(&folder, &classes)?;
                feed.records = classes.len() as u64;
            }
            Sink::Pack(writer) => {
                let done = writer.finish().map_err(unwritable)?;
                (feed.records, feed.bytes) = (done.records, done.bytes);
                hash = done.sha256;
            }
        }
        if hash.is_empty() {
            let sources: String = feed.sources.iter().map(|source| source.sha256.as_str()).collect();
            hash = crate::hash::hex(sources.as_bytes());
        }
        feed.folder = format!("{name}-{}", hash.get(..12).unwrap_or(&hash));
        feed.sha256 = hash;
        feed.rejected += rejects.count();
        rejects.write(&folder)?;
        for words in rejects.words() {
            self.progress.warn(&words);
        }
        if feed.records == 0 {
            let reason = "none of its records can be used; what was there before stays";
            return Err(AppError::unreadable(Path::new(name), reason));
        }
        self.refuse_rollback(name, &feed)?;
        Ok(feed)
    }

    /// A feed that is published as a whole is not replaced by an older one, or by a fraction of it.
    fn refuse_rollback(&self, name: &str, feed: &Feed) -> Result<(), AppError> {
        let Some(before) = self.manifest.feeds.get(name).filter(|_| !self.manner.allow_rollback) else {
            return Ok(());
        };
        let refused = |reason: String| {
            let advice = "what was there stays; --allow-rollback takes it all the same";
            Err(AppError::unreadable(Path::new(name), format!("{reason}; {advice}")))
        };
        if let (Some(old), Some(new)) = (&before.version, &feed.version)
            && sortable(new) < sortable(old)
        {
            return refused(format!("the new one is of {new}, older than {old}, which is there"));
        }
        if !self.manner.anew && feed.records < before.records / 2 && name != UDI {
            let (new, old) = (feed.records, before.records);
            return refused(format!("the new one holds {new} records where there were {old}"));
        }
        Ok(())
    }
}

/// What came out of an import.
pub(super) struct Made {
    pub(super) feeds: BTreeMap<&'static str, Feed>,
    pub(super) failed: BTreeMap<&'static str, AppError>,
}

impl Making {
    fn version(&mut self, text: &str) {
        let text = text.trim();
        let newest = sortable(text);
        if !text.is_empty() && newest > self.newest && text.len() <= 64 {
            self.newest = newest;
            self.entry.version = Some(text.to_owned());
        }
    }

    fn source(&mut self, path: String, kind: String, sha256: String, records: u64) {
        if self.entry.sources.len() < SOURCES_MAX {
            self.entry.sources.push(FeedSource { path, kind, sha256, records });
        }
    }

    /// Takes a record, or keeps why it cannot be used.
    fn take(
        &mut self,
        record: Result<Record, Unusable>,
        file: &str,
        at: &str,
        manner: Manner,
    ) -> io::Result<()> {
        let Sink::Pack(writer) = &mut self.sink else { return Ok(()) };
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let path = if at.is_empty() { error.path } else { format!("{at}.{}", error.path) };
                self.rejects.add(file, &path, &error.reason);
                return Ok(());
            }
        };
        let id = record.id.clone();
        match writer.add(&record)? {
            Added::New | Added::Newer | Added::Same => {}
            Added::Older if manner.allow_rollback => {}
            Added::Older => {
                self.rejects.superseded(file, at, &format!("a later revision of {id} is there and stays"));
            }
            Added::Contradicts => {
                let reason = format!("{id} is there in the same revision with another content, which stays");
                self.rejects.add(file, at, &reason);
            }
        }
        Ok(())
    }
}

/// Which feed a document that cannot be read was meant for, so that it is not lost without a word.
fn guess(bytes: &[u8]) -> Option<&'static str> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(64 << 10)).unwrap_or_default());
    if head.contains("\"csaf_version\"") || head.contains("\"document\"") {
        Some(CSAF)
    } else if head.contains("CVE_RECORD") || head.contains("\"cveMetadata\"") {
        Some(CVE)
    } else if head.contains("\"affected\"") && head.contains("\"modified\"") {
        Some(formats::OSV)
    } else {
        None
    }
}

/// Checks the hash that lies beside a document on disk.
fn beside(name: &str, bytes: &[u8]) -> Result<(), String> {
    if name.contains('!') || name.contains("://") {
        return Ok(());
    }
    for ending in ["sha512", "sha256"] {
        let Ok(text) = fs::read(format!("{name}.{ending}")) else { continue };
        return match cordon_link::sums::parse(&text) {
            Some(sum) if sum.fits(bytes) => Ok(()),
            Some(sum) => Err(format!("its {} does not fit the file beside it", sum.name())),
            None => Err(format!("the file {name}.{ending} beside it holds no hash")),
        };
    }
    Ok(())
}

pub(super) const NOT_KNOWN: &str = "it is none of the formats of feeds: CSAF, CISA's known exploited vulnerabilities, EPSS, NVD, CVE \
                         records, OSV, endoflife.date, openFDA (udi, classification, recall, enforcement), GUDID's releases \
                         (XML, delimited), foiclass.txt";
