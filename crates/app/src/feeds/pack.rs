//! Records of a feed in one file, in the order of their ids, and an index from keys to places. Written aside as they
//! come, of each id the newest revision kept; looked up by key, or read through, without memory for the whole.

use super::index::{Index, hash};
use super::sort::Sorter;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

pub(super) const RECORDS: &str = "records.bin";
pub(super) const INDEX: &str = "index.bin";
const UNSORTED: &str = "unsorted.bin";

/// A record may take this many bytes; the largest advisories have some megabytes.
pub(super) const BODY_BYTES_MAX: usize = 64 << 20;
/// The head of a record: id, order and keys.
const HEAD_BYTES_MAX: usize = 16 << 20;
/// Records looked at for one key.
const FOUND_MAX: usize = 50_000;

/// A record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// What it is known by within its feed.
    pub(super) id: String,
    /// Orders revisions of one id, byte by byte.
    pub(super) order: String,
    /// What it is looked up by, besides its id.
    pub(super) keys: Vec<String>,
    /// The record itself.
    pub(super) body: Vec<u8>,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It is the first of its id.
    New,
    /// It took the place of an earlier revision.
    Newer,
    /// It is there already, byte for byte.
    Same,
    /// A later revision is there and stays.
    Older,
    /// The same revision is there with another content, and stays.
    Contradicts,
}

struct Best {
    order: String,
    content: u64,
    place: u64,
    is_own: bool,
}

/// Writes records.
pub(super) struct Writer {
    folder: PathBuf,
    out: BufWriter<File>,
    place: u64,
    best: BTreeMap<String, Best>,
    /// An earlier revision may take the place of a later one that was there before.
    may_go_back: bool,
    is_filling: bool,
    /// Records whose place was taken over by a later import.
    pub(super) replaced: u64,
}

impl Writer {
    pub(super) fn create(folder: &Path, may_go_back: bool) -> io::Result<Writer> {
        let out = BufWriter::with_capacity(1 << 20, File::create(folder.join(UNSORTED))?);
        let best = BTreeMap::new();
        Ok(Writer {
            folder: folder.to_owned(),
            out,
            place: 0,
            best,
            may_go_back,
            is_filling: false,
            replaced: 0,
        })
    }

    /// Takes over what was there before.
    pub(super) fn fill(&mut self, reader: &mut Reader) -> io::Result<()> {
        self.is_filling = true;
        let filled = reader.each(&mut |record| self.add(&record).map(drop));
        self.is_filling = false;
        filled
    }

    /// Adds a record; of several of one id the newest stands, of equals the first.
    pub(super) fn add(&mut self, record: &Record) -> io::Result<Added> {
        let best = Best {
            order: record.order.clone(),
            content: hash(record.body.iter().copied()),
            place: self.place,
            is_own: !self.is_filling,
        };
        let may_go_back = self.may_go_back;
        let added = match self.best.entry(record.id.clone()) {
            Slot::Vacant(slot) => {
                slot.insert(best);
                Added::New
            }
            Slot::Occupied(mut slot) => {
                let known = slot.get();
                let goes_back = may_go_back && !known.is_own;
                let added = match known.order.cmp(&record.order) {
                    std::cmp::Ordering::Less => Added::Newer,
                    std::cmp::Ordering::Equal if known.content == best.content => Added::Same,
                    _ if goes_back => Added::Newer,
                    std::cmp::Ordering::Equal => Added::Contradicts,
                    std::cmp::Ordering::Greater => Added::Older,
                };
                if added == Added::Newer {
                    self.replaced += u64::from(!known.is_own);
                    slot.insert(best);
                }
                added
            }
        };
        if matches!(added, Added::New | Added::Newer) {
            self.place += write(&mut self.out, record)?;
        }
        Ok(added)
    }

    /// Writes what stands, in order, with its index; answers how many records, how many bytes and their hash.
    pub(super) fn finish(mut self) -> io::Result<Done> {
        self.out.flush()?;
        drop(self.out);
        let unsorted = self.folder.join(UNSORTED);
        let mut reader = Reader::over(&unsorted, None)?;
        let path = self.folder.join(RECORDS);
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        let mut sorter = Sorter::new(&self.folder);
        let (mut place, mut sha256) = (0, Sha256::new());
        for best in self.best.values() {
            let record = reader.at(best.place)?;
            for key in std::iter::once(&record.id).chain(&record.keys) {
                sorter.push((hash(key.bytes()), place))?;
            }
            let mut bytes = Vec::new();
            place += write(&mut bytes, &record)?;
            sha256.update(&bytes);
            out.write_all(&bytes)?;
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        sorter.finish(&self.folder.join(INDEX))?;
        fs::remove_file(unsorted)?;
        let sha256 = sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Done { records: self.best.len() as u64, bytes: place, sha256 })
    }
}

/// What was written.
pub(super) struct Done {
    pub(super) records: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

fn write(out: &mut impl Write, record: &Record) -> io::Result<u64> {
    let keys = record.keys.join("\n");
    let parts = [record.id.as_bytes(), record.order.as_bytes(), keys.as_bytes(), &record.body];
    for part in parts {
        let length =
            u32::try_from(part.len()).map_err(|_| io::Error::other("a record has more than 4 GB"))?;
        out.write_all(&length.to_le_bytes())?;
    }
    for part in parts {
        out.write_all(part)?;
    }
    Ok(16 + parts.iter().map(|part| part.len() as u64).sum::<u64>())
}

/// Looks records up.
pub(super) struct Reader {
    records: BufReader<File>,
    index: Option<Index>,
}

impl Reader {
    /// The records of a folder; fails where they are not as long as the manifest says.
    pub(super) fn open(folder: &Path, bytes: u64) -> io::Result<Reader> {
        let records = folder.join(RECORDS);
        let found = fs::metadata(&records)?.len();
        if found != bytes {
            return Err(io::Error::other(format!("it has {found} bytes and should have {bytes}")));
        }
        Reader::over(&records, Some(&folder.join(INDEX)))
    }

    fn over(records: &Path, index: Option<&Path>) -> io::Result<Reader> {
        let index = index.map(Index::open).transpose()?;
        Ok(Reader { records: BufReader::with_capacity(64 << 10, File::open(records)?), index })
    }

    /// Every record, in the order of their ids.
    pub(super) fn each(&mut self, take: &mut dyn FnMut(Record) -> io::Result<()>) -> io::Result<()> {
        self.records.seek(SeekFrom::Start(0))?;
        while let Some(record) = self.next()? {
            take(record)?;
        }
        Ok(())
    }

    /// The records with a key, or of an id, in the order of their ids.
    pub(super) fn find(&mut self, key: &str) -> io::Result<Vec<Record>> {
        let mut found = Vec::new();
        let index = self.index.as_mut().ok_or_else(|| broken("there is no index"))?;
        for place in index.places(hash(key.bytes()), FOUND_MAX)? {
            let record = self.at(place)?;
            if record.id == key || record.keys.iter().any(|known| known == key) {
                found.push(record);
            }
        }
        Ok(found)
    }

    fn at(&mut self, place: u64) -> io::Result<Record> {
        self.records.seek(SeekFrom::Start(place))?;
        self.next()?.ok_or_else(|| broken("the index points behind the records"))
    }

    /// The next record; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        let mut lengths = [0; 16];
        let mut have = 0;
        while have < lengths.len() {
            match self.records.read(lengths.get_mut(have..).unwrap_or_default())? {
                0 if have == 0 => return Ok(None),
                0 => return Err(broken("it ends within a record")),
                read => have += read,
            }
        }
        let mut lengths = lengths
            .chunks_exact(4)
            .map(|four| four.iter().rev().fold(0usize, |n, b| (n << 8) | usize::from(*b)));
        let mut part = |bytes_max: usize| {
            let length = lengths.next().unwrap_or_default();
            if length > bytes_max {
                return Err(broken("a record is larger than any can be"));
            }
            let mut bytes = vec![0; length];
            self.records.read_exact(&mut bytes).map(|()| bytes)
        };
        let (id, order, keys) = (part(HEAD_BYTES_MAX)?, part(HEAD_BYTES_MAX)?, part(HEAD_BYTES_MAX)?);
        let body = part(BODY_BYTES_MAX)?;
        let text =
            |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| broken("a record's head is no text"));
        let keys = text(keys)?;
        let keys = keys.split('\n').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        Ok(Some(Record { id: text(id)?, order: text(order)?, keys, body }))
    }
}

fn broken(reason: &str) -> io::Error {
    io::Error::other(format!("{reason}; import it again"))
}

/// Digits of equal length, so that texts with numbers compare as the numbers do.
pub(super) fn sortable(text: &str) -> String {
    let mut sortable = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| c.is_ascii_digit() != first.is_ascii_digit()).unwrap_or(rest.len());
        let (part, behind) = rest.split_at(end);
        if first.is_ascii_digit() {
            let number = part.trim_start_matches('0');
            // Its length first: a longer number is larger.
            sortable.push_str(&format!("{:02}{number}", number.len().min(99)));
        } else {
            sortable.push_str(part);
        }
        rest = behind;
    }
    sortable
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, order: &str, body: &str) -> Record {
        Record {
            id: id.into(),
            order: order.into(),
            keys: vec![format!("key-{}", &id[..1]), "all".into()],
            body: body.into(),
        }
    }

    fn written(
        records: &[Record],
        before: Option<&Path>,
        may_go_back: bool,
    ) -> (tempfile::TempDir, Vec<Added>, Done) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(folder.path(), may_go_back).unwrap();
        if let Some(before) = before {
            let bytes = fs::metadata(before.join(RECORDS)).unwrap().len();
            writer.fill(&mut Reader::open(before, bytes).unwrap()).unwrap();
        }
        let added = records.iter().map(|record| writer.add(record).unwrap()).collect();
        let done = writer.finish().unwrap();
        (folder, added, done)
    }

    #[test]
    fn the_newest_revision_stands_whatever_the_order() {
        let records = [
            record("b", "1", "x"),
            record("a", "2", "new"),
            record("a", "1", "old"),
            record("b", "1", "x"),
            record("b", "1", "y"),
        ];
        let (folder, added, done) = written(&records, None, false);
        assert_eq!(added, [Added::New, Added::New, Added::Older, Added::Same, Added::Contradicts]);
        let turned: Vec<Record> = records[..4].iter().rev().cloned().collect();
        let (_other, _, again) = written(&turned, None, false);
        assert_eq!((done.records, &done.sha256), (2, &again.sha256));
        let mut reader = Reader::open(folder.path(), done.bytes).unwrap();
        assert_eq!(reader.find("a").unwrap(), [record("a", "2", "new")]);
        assert_eq!(reader.find("key-b").unwrap(), [record("b", "1", "x")]);
        assert_eq!(reader.find("all").unwrap().len(), 2);
        assert!(reader.find("none").unwrap().is_empty());
        assert!(Reader::open(folder.path(), done.bytes + 1).is_err());
    }

    #[test]
    fn going_back_must_be_asked_for() {
        let (before, ..) = written(&[record("a", "2", "new")], None, false);
        let (_kept, added, _) = written(&[record("a", "1", "old")], Some(before.path()), false);
        assert_eq!(added, [Added::Older]);
        let (_went, added, done) = written(&[record("a", "1", "old")], Some(before.path()), true);
        assert_eq!((added, done.records), (vec![Added::Newer], 1));
    }

    #[test]
    fn half_a_file_is_an_error_not_fewer_records() {
        let (folder, _, done) = written(&[record("a", "1", "x"), record("b", "1", "y")], None, false);
        let path = folder.path().join(RECORDS);
        let whole = fs::read(&path).unwrap();
        for end in 1..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            let mut reader = Reader::over(&path, None).unwrap();
            let mut count = 0;
            let read = reader.each(&mut |_| {
                count += 1;
                Ok(())
            });
            assert!(read.is_err() || (count == 1 && end as u64 == done.bytes / 2), "{end}");
        }
    }

    #[test]
    fn numbers_within_texts_compare_as_numbers() {
        for (less, more) in [
            ("2024.12.31", "2025.01.01"),
            ("1.9.0", "1.10.0"),
            ("9", "10"),
            ("2024-12-31", "2024-12-31T10"),
            ("v2", "v10"),
        ] {
            assert!(sortable(less) < sortable(more), "{less} {more}");
        }
        assert_eq!(sortable("007"), sortable("7"));
    }
}
