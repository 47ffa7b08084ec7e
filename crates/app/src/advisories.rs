//! A folder of advisories as a person collects them: CSAF, CycloneDX and OpenVEX documents, also compressed or in
//! tar archives. Each is
//! read by itself; one that cannot be used is named with the reason, and the others are.

use crate::error::AppError;
use crate::feeds;
use cordon_assess::advisory::{self, Advisory};
use cordon_model::Timestamp;
use cordon_sensor::Input;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Advisories, and what could not be used.
#[derive(Debug, Default)]
pub struct Collection {
    /// One of each id, in its latest revision, ordered by publisher and id.
    pub advisories: Vec<Advisory>,
    /// Documents that were not used.
    pub rejected: Vec<Rejected>,
    /// Documents of which there is a later revision among them.
    pub superseded: u64,
}

/// A document that was not used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rejected {
    /// The file, with the member behind `!` in an archive.
    pub file: String,
    /// Where in the document.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// Files looked at in one folder; CISA's and the large makers' collections together have a tenth of it.
const FILES_MAX: usize = 500_000;
/// Folders within folders.
const DEPTH_MAX: usize = 16;
/// The most bytes of a compressed file or an archive.
const BYTES_MAX: usize = 2 << 30;

impl Collection {
    /// True when there was no document at all.
    pub fn is_empty(&self) -> bool {
        self.advisories.is_empty() && self.rejected.is_empty()
    }
}

/// Advisories with where they came from.
pub(crate) struct Gathered {
    pub(crate) collection: Collection,
    /// The folders.
    pub(crate) path: String,
    /// The feed among them.
    pub(crate) feed: Option<feeds::Feed>,
}

/// The advisories of a folder of documents and of the feed folder together.
pub(crate) fn gather(
    folder: Option<&Path>,
    cache: Option<&Path>,
    now: Timestamp,
) -> Result<Gathered, AppError> {
    let mut reader = Reader::new(now);
    if let Some(folder) = folder {
        reader.folder(folder)?;
    }
    let feed = match cache {
        Some(cache) => feeds::advisories(cache, &mut |name, bytes| reader.document(bytes, name))?,
        None => None,
    };
    let places = [folder, cache.filter(|_| feed.is_some())].into_iter().flatten();
    let places: Vec<String> = places.map(|path| path.to_string_lossy().into_owned()).collect();
    Ok(Gathered { collection: reader.finish(), path: places.join(", "), feed })
}

/// Reads every document under `path`, a folder or one file.
pub fn read(path: &Path, now: Timestamp) -> Result<Collection, AppError> {
    let mut reader = Reader::new(now);
    reader.folder(path)?;
    Ok(reader.finish())
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if files.len() >= FILES_MAX {
            return Err(io::Error::other(format!("more than {FILES_MAX} files")));
        }
        if path.is_dir() {
            if depth < DEPTH_MAX {
                list(&path, depth + 1, files)?;
            }
        } else if is_wanted(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// Documents and archives; signatures, hashes and lists that lie beside them are passed over.
fn is_wanted(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
    let feed = name == "provider-metadata.json" || name.contains("feed-tlp");
    (name.ends_with(".json") || name.ends_with(".tar") || name.ends_with(".tgz")) && !feed
}

struct Reader {
    now: Timestamp,
    by_id: BTreeMap<(String, String), Advisory>,
    collection: Collection,
}

impl Reader {
    fn new(now: Timestamp) -> Reader {
        Reader { now, by_id: BTreeMap::new(), collection: Collection::default() }
    }

    fn finish(self) -> Collection {
        let mut collection = self.collection;
        collection.advisories = self.by_id.into_values().collect();
        collection.rejected.sort();
        collection
    }

    /// Reads every document under `path`; that none of them can be used is a mistake.
    fn folder(&mut self, path: &Path) -> Result<(), AppError> {
        let mut files = Vec::new();
        let unreadable = |error: io::Error| AppError::unreadable(path, error.to_string());
        if fs::metadata(path).map_err(unreadable)?.is_dir() {
            list(path, 0, &mut files).map_err(unreadable)?;
        } else {
            files.push(path.to_owned());
        }
        files.sort();
        for file in &files {
            let shown =
                file.strip_prefix(path).ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(file);
            self.file(file, &shown.to_string_lossy());
        }
        if self.by_id.is_empty() {
            let reason = match self.collection.rejected.first() {
                Some(one) => format!("no advisory in it could be used; {}: {}", one.file, one.reason),
                None => "it holds no advisory: CSAF documents end in .json, .json.gz, .json.zst or .tar.gz"
                    .to_owned(),
            };
            return Err(AppError::unreadable(path, reason));
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, shown: &str) {
        let plain = path.extension().is_some_and(|extension| extension == "json");
        let bytes = if plain { fs::read(path).map_err(|error| error.to_string()) } else { unpacked(path) };
        match bytes {
            Ok(bytes) if advisory::archive::is_tar(&bytes) => self.archive(&bytes, shown),
            Ok(bytes) => self.document(&bytes, shown),
            Err(reason) => self.reject(shown, "", reason),
        }
    }

    fn archive(&mut self, archive: &[u8], shown: &str) {
        let read = advisory::archive::members(archive, &mut |name, body| {
            if is_wanted(Path::new(name)) {
                self.document(body, &format!("{shown}!{name}"));
            }
        });
        if let Err(damaged) = read {
            self.reject(shown, "", damaged.reason);
        }
    }

    fn document(&mut self, bytes: &[u8], shown: &str) {
        let read = match advisory::read(bytes, shown, self.now) {
            Ok(read) => read.advisory,
            Err(rejected) => return self.reject(shown, &rejected.path, rejected.reason),
        };
        let key = (read.namespace.clone(), read.id.clone());
        let Some(known) = self.by_id.get_mut(&key) else {
            self.by_id.insert(key, read);
            return;
        };
        match (known.revision, known.updated).cmp(&(read.revision, read.updated)) {
            std::cmp::Ordering::Less => {
                *known = read;
                self.collection.superseded += 1;
            }
            std::cmp::Ordering::Greater => self.collection.superseded += 1,
            std::cmp::Ordering::Equal if same(known, &read) => {}
            std::cmp::Ordering::Equal => {
                let reason = format!(
                    "says something else than {} under the same id and revision {}; that one is used",
                    known.source, known.revision
                );
                self.reject(shown, "/document/tracking", reason);
            }
        }
    }

    fn reject(&mut self, file: &str, path: &str, reason: String) {
        self.collection.rejected.push(Rejected { file: file.to_owned(), path: path.to_owned(), reason });
    }
}

/// Equal but for the file.
fn same(one: &Advisory, other: &Advisory) -> bool {
    *one == Advisory { source: one.source.clone(), ..other.clone() }
}

fn unpacked(path: &Path) -> Result<Vec<u8>, String> {
    let mut input = Input::open(&path.to_string_lossy(), false).map_err(|error| error.source.to_string())?;
    input.read_all(BYTES_MAX).map_err(|damage| damage.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: usize = 512;

    fn document(id: &str, version: &str, title: &str) -> String {
        format!(
            r#"{{"document":{{"category":"csaf_security_advisory","csaf_version":"2.0","title":"{title}",
            "publisher":{{"category":"vendor","name":"Acme","namespace":"https://acme.example"}},
            "tracking":{{"id":"{id}","status":"final","version":"{version}",
            "initial_release_date":"2024-01-01T00:00:00Z","current_release_date":"2024-01-01T00:00:00Z",
            "revision_history":[{{"number":"{version}","date":"2024-01-01T00:00:00Z","summary":"x"}}]}}}}}}"#
        )
    }

    fn tar(name: &str, body: &[u8]) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{:011o}", body.len()).as_bytes());
        block[156] = b'0';
        block[257..262].copy_from_slice(b"ustar");
        block.extend(body);
        block.resize(block.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
        block
    }

    #[test]
    fn each_document_stands_for_itself_and_the_latest_revision_counts() {
        let folder = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("2024")).unwrap();
        write("2024/a-old.json", document("A-1", "1", "old").as_bytes());
        write("a-new.json", document("A-1", "2", "new").as_bytes());
        write("a-other.json", document("A-1", "2", "other").as_bytes());
        write("broken.json", b"{\"document\":");
        write("a-new.json.asc", b"signature");
        write("more.tar", &tar("b.json", document("B-1", "1", "b").as_bytes()));
        write("cut.tar", &tar("c.json", document("C-1", "1", "c").as_bytes())[..700]);
        let collection = read(folder.path(), now).unwrap();
        let titles: Vec<&str> = collection.advisories.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(titles, ["new", "b"]);
        assert_eq!(collection.advisories[1].source, "more.tar!b.json");
        assert_eq!(collection.superseded, 1);
        let files: Vec<&str> = collection.rejected.iter().map(|one| one.file.as_str()).collect();
        assert_eq!(files, ["a-other.json", "broken.json", "cut.tar"]);
    }

    #[test]
    fn a_folder_without_advisories_is_a_mistake_that_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path(), Timestamp::from_seconds(0)).unwrap_err();
        assert!(error.to_string().contains("holds no advisory"), "{error}");
        assert_eq!(
            read(Path::new("/does/not/exist"), Timestamp::from_seconds(0)).unwrap_err().exit_code(),
            3
        );
    }
}
