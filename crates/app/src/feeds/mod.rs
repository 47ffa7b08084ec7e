//! The feed folder: what FDA publishes about devices, imported from files, and looked up for an assessment.
//!
//! `manifest.json` names each feed and the folder that holds it. An import is made beside what is there and
//! takes its place only when it is whole.

mod catalogue;
mod manifest;
mod sort;

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::progress::Progress;
use catalogue::{Reader, Writer};
use cordon_identify::products::{Found, Wanted};
use cordon_intake::fda::{self, FdaFormat, FdaRead, FdaRecord};
use cordon_knowledge::fda::{Classes, Classification, Product};
use cordon_model::Timestamp;
use cordon_sensor::Input;
use manifest::Manifest;
pub use manifest::{Feed, FeedSource};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The feed of products by device identifier.
pub const UDI: &str = "fda-udi";
/// The feed of product codes.
pub const CLASSIFICATION: &str = "fda-classification";

const CLASSES: &str = "classification.json";
/// Where an import is made.
const UNFINISHED: &str = ".importing";
/// A folder that is imported may hold this many files; GUDID's release has some hundreds.
const FILES_MAX: usize = 10_000;
/// Product codes kept; there are about 7,000.
const CLASSES_MAX: usize = 100_000;

/// What to import.
#[derive(Clone, Debug)]
pub struct Request {
    /// Files, or folders of files.
    pub inputs: Vec<PathBuf>,
    /// The feed folder.
    pub folder: PathBuf,
    /// Keep the products that were imported before, where no new one takes their place.
    pub add: bool,
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
    let unwritable = |error: io::Error| AppError::unwritable(&request.folder, error);
    fs::create_dir_all(&request.folder).map_err(unwritable)?;
    let manifest = Manifest::read(&request.folder)?;
    let work = request.folder.join(UNFINISHED);
    clear(&work).map_err(unwritable)?;
    fs::create_dir_all(&work).map_err(unwritable)?;
    let made = Import::new(request, &manifest, &work, progress).run();
    let done = made.and_then(|made| put_in_place(request, manifest, &work, made));
    // Best effort: what is left of it hinders nobody, and the next import clears it.
    let _ = clear(&work);
    done
}

/// What a feed folder holds.
pub fn status(actor: &Actor, folder: &Path) -> Result<BTreeMap<String, Feed>, AppError> {
    actor.require(Permission::Assess)?;
    Ok(Manifest::read(folder)?.feeds)
}

/// The folder itself when something was imported into it.
pub fn existing(folder: PathBuf) -> Option<PathBuf> {
    Manifest::exists(&folder).then_some(folder)
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

fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// New feeds take the place of old ones, all at once with the manifest.
fn put_in_place(
    request: &Request,
    mut manifest: Manifest,
    work: &Path,
    made: BTreeMap<&'static str, Feed>,
) -> Result<BTreeMap<String, Feed>, AppError> {
    let unwritable = |error: io::Error| AppError::unwritable(&request.folder, error);
    let mut done = BTreeMap::new();
    let mut old = Vec::new();
    for (name, feed) in made {
        let to = request.folder.join(&feed.folder);
        let before = manifest.feeds.insert(name.to_owned(), feed.clone());
        let stays = before.as_ref().is_some_and(|before| before.folder == feed.folder);
        if !stays {
            clear(&to).map_err(unwritable)?;
            fs::rename(work.join(name), &to).map_err(unwritable)?;
            old.extend(before.map(|before| before.folder));
        }
        done.insert(name.to_owned(), feed);
    }
    manifest.write(&request.folder)?;
    for folder in old {
        clear(&request.folder.join(folder)).map_err(unwritable)?;
    }
    Ok(done)
}

/// An import under way.
struct Import<'a> {
    request: &'a Request,
    manifest: &'a Manifest,
    work: &'a Path,
    progress: &'a mut dyn Progress,
    writer: Option<Writer>,
    classes: Classes,
    feeds: BTreeMap<&'static str, Feed>,
}

impl<'a> Import<'a> {
    fn new(
        request: &'a Request,
        manifest: &'a Manifest,
        work: &'a Path,
        progress: &'a mut dyn Progress,
    ) -> Import<'a> {
        let feeds = BTreeMap::new();
        Import { request, manifest, work, progress, writer: None, classes: Classes::new(), feeds }
    }

    fn run(mut self) -> Result<BTreeMap<&'static str, Feed>, AppError> {
        for input in &self.request.inputs {
            let is_folder = input.is_dir();
            for path in if is_folder { files(input)? } else { vec![input.clone()] } {
                self.file(&path, is_folder)?;
            }
        }
        if self.feeds.is_empty() {
            let reasons = self.request.inputs.iter().map(|path| format!("{}: {NOT_KNOWN}", path.display()));
            return Err(AppError::NoUsableInput { reasons: reasons.collect() });
        }
        self.finish()
    }

    /// Reads one file; one of a folder that is none of the formats is passed over.
    fn file(&mut self, path: &Path, is_of_folder: bool) -> Result<(), AppError> {
        let name = path.to_string_lossy().into_owned();
        let mut input = Input::open(&name, true).map_err(|error| AppError::unreadable(path, error.source))?;
        let Some(format) = fda::recognise(input.head()) else {
            let reason = if input.head().starts_with(b"PK") { ZIPPED } else { NOT_KNOWN };
            if is_of_folder {
                self.progress.warn(&format!("{name}: {reason}; it was passed over"));
                return Ok(());
            }
            return Err(AppError::unreadable(path, reason));
        };
        let feed = if format.holds_products() { UDI } else { CLASSIFICATION };
        self.begin(feed)?;
        let read = self.records(format, &mut input, &name)?;
        if let Some(damage) = &read.damage {
            let reason = format!("{}; nothing was imported, what was there before stays", damage.reason);
            return Err(AppError::unreadable(path, reason));
        }
        if read.records == 0 {
            return Err(AppError::unreadable(path, "it holds no record that can be used"));
        }
        let kind = input.kind_named(format.name());
        let sha256 = input.finish().to_owned();
        let entry = self.feeds.entry(feed).or_default();
        entry.rejected += read.rejected;
        entry.version = entry.version.take().max(Some(read.newest).filter(|date| !date.is_empty()));
        entry.sources.push(FeedSource { path: name, kind, sha256, records: read.records });
        Ok(())
    }

    fn records(&mut self, format: FdaFormat, input: &mut Input, name: &str) -> Result<FdaRead, AppError> {
        let mut failed = None;
        let (writer, classes) = (&mut self.writer, &mut self.classes);
        let mut take = |record: FdaRecord| match record {
            FdaRecord::Product(product) => {
                if let (Some(writer), None) = (writer.as_mut(), &failed) {
                    failed = writer.add(&product).err();
                }
            }
            FdaRecord::Classification(class) if classes.len() < CLASSES_MAX => {
                classes.insert(class.code.clone(), class);
            }
            FdaRecord::Classification(_) => {}
        };
        self.progress.stage(&format!("reading {name}"));
        let read = fda::read(format, input, &mut take);
        match failed {
            Some(error) => Err(AppError::unwritable(self.work, error)),
            None => Ok(read),
        }
    }

    /// Makes the place of a feed, and fills it with what was there where it is to be kept.
    fn begin(&mut self, feed: &'static str) -> Result<(), AppError> {
        if self.feeds.contains_key(feed) {
            return Ok(());
        }
        let mut entry = Feed { imported: self.request.now.to_string(), ..Feed::default() };
        let folder = self.work.join(feed);
        let unwritable = |error: io::Error| AppError::unwritable(&folder, error);
        fs::create_dir_all(&folder).map_err(unwritable)?;
        if feed == UDI {
            self.writer = Some(Writer::create(&folder).map_err(unwritable)?);
        }
        if self.request.add
            && let Some(before) = self.manifest.feeds.get(feed)
        {
            let place = self.request.folder.join(&before.folder);
            match &mut self.writer {
                Some(writer) if feed == UDI => {
                    let copied = Reader::open(&place)
                        .and_then(|mut reader| reader.all(&mut |product| writer.add(product)));
                    copied.map_err(|error| AppError::unreadable(&place, error))?;
                }
                _ => self.classes.extend(read_classes(&place)?),
            }
            entry.version.clone_from(&before.version);
            entry.rejected = before.rejected;
            entry.sources.clone_from(&before.sources);
        }
        self.feeds.insert(feed, entry);
        Ok(())
    }

    fn finish(mut self) -> Result<BTreeMap<&'static str, Feed>, AppError> {
        self.progress.stage("writing the index");
        for (name, feed) in &mut self.feeds {
            let folder = self.work.join(name);
            let unwritable = |error: io::Error| AppError::unwritable(&folder, error);
            feed.records = match self.writer.take() {
                Some(writer) if *name == UDI => writer.finish(&folder).map_err(unwritable)?,
                kept => {
                    self.writer = kept;
                    write_classes(&folder, &self.classes)?;
                    self.classes.len() as u64
                }
            };
            let mut hash = Sha256::new();
            for source in &feed.sources {
                hash.update(source.sha256.as_bytes());
            }
            let hex: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            feed.folder = format!("{name}-{hex}");
        }
        Ok(self.feeds)
    }
}

const NOT_KNOWN: &str = "it is none of openFDA's device/udi or device/classification (JSON), the GUDID release of \
                         AccessGUDID (XML) or foiclass.txt";
const ZIPPED: &str = "it is a ZIP archive; unpack it and import what is in it";

/// The files of a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let entries = fs::read_dir(folder).map_err(|error| AppError::unreadable(folder, error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| AppError::unreadable(folder, error))?.path();
        if path.is_file() {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            let reason = format!("it holds more than {FILES_MAX} files; is it the right folder?");
            return Err(AppError::unreadable(folder, reason));
        }
    }
    paths.sort();
    Ok(paths)
}

/// A classification in its file: code, name, class, regulation, life-sustaining, implant.
type Row = (String, String, String, String, Option<bool>, Option<bool>);

fn write_classes(folder: &Path, classes: &Classes) -> Result<(), AppError> {
    let row = |class: &Classification| -> Row {
        let Classification { code, name, class, regulation, life_sustaining, implant } = class.clone();
        (code, name, class, regulation, life_sustaining, implant)
    };
    let rows: Vec<Row> = classes.values().map(row).collect();
    let text = serde_json::to_string(&rows).map_err(|error| AppError::Defect {
        what: "encoding the classification",
        reason: error.to_string(),
    })?;
    crate::deliver::replace(&folder.join(CLASSES), text.replace("],[", "],\n[").as_bytes())
}

fn read_classes(folder: &Path) -> Result<Classes, AppError> {
    let path = folder.join(CLASSES);
    let text = fs::read_to_string(&path).map_err(|error| AppError::unreadable(&path, error))?;
    let rows: Vec<Row> = serde_json::from_str(&text).map_err(|error| AppError::unreadable(&path, error))?;
    let class = |(code, name, class, regulation, life_sustaining, implant): Row| {
        (code.clone(), Classification { code, name, class, regulation, life_sustaining, implant })
    };
    Ok(rows.into_iter().map(class).collect())
}

/// What an assessment takes from the feed folder.
pub(crate) struct Taken {
    pub(crate) found: Found,
    /// The feeds that were looked into.
    pub(crate) feeds: BTreeMap<String, Feed>,
}

/// Looks up what an estate asks for.
pub(crate) fn look_up(folder: &Path, wanted: &Wanted) -> Result<Taken, AppError> {
    let manifest = Manifest::read(folder)?;
    let mut found = Found::default();
    let mut feeds = BTreeMap::new();
    if let Some(feed) = manifest.feeds.get(CLASSIFICATION) {
        found.classes = read_classes(&folder.join(&feed.folder))?;
        feeds.insert(CLASSIFICATION.to_owned(), feed.clone());
    }
    if let Some(feed) = manifest.feeds.get(UDI) {
        let place = folder.join(&feed.folder);
        let unreadable = |error: io::Error| AppError::unreadable(&place, format!("{error}; import it again"));
        let mut reader = Reader::open(&place).map_err(unreadable)?;
        for identifier in &wanted.identifiers {
            if let Some(product) = reader.by_identifier(identifier).map_err(unreadable)? {
                found.by_identifier.insert(identifier.clone(), product);
            }
        }
        for model in &wanted.models {
            // Of a name that thousands of products bear, nothing can be concluded from a part of them.
            let (products, is_cut): (Vec<Product>, bool) = reader.by_model(model).map_err(unreadable)?;
            if !is_cut && !products.is_empty() {
                found.by_model.insert(model.clone(), products);
            }
        }
        feeds.insert(UDI.to_owned(), feed.clone());
    }
    Ok(Taken { found, feeds })
}
