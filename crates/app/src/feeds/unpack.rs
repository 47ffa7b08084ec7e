//! From what was named to files that can be read: folders, gzip, zstd, ZIP and tar, one within the other, within
//! limits. What is in an archive never reaches a path of its choosing: names are words here, not places.

use crate::error::AppError;
use cordon_sensor::Input;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Archives within archives.
const DEPTH_MAX: u32 = 5;
/// Files of one import, in folders and archives together; the CVE programme has 300,000.
const FILES_MAX: u64 = 3_000_000;
/// Bytes unpacked from archives in one import.
const BYTES_MAX: u64 = 256 << 30;
/// A file of this size is held in memory while it is read, a larger one is laid aside.
const HELD_BYTES_MAX: u64 = 32 << 20;

/// Hands out one file after the other.
pub(super) struct Unpacker<'a> {
    /// Where large files of archives are laid aside.
    aside: &'a Path,
    files: u64,
    bytes: u64,
    laid: u64,
}

/// A file to be read, and where it was found.
pub(super) struct Leaf {
    /// Path, and behind `!` the path within an archive.
    pub(super) name: String,
    /// True where it was found in a folder or archive, false where it was named itself.
    pub(super) is_found: bool,
    /// Its content.
    pub(super) input: Input,
}

type Take<'t> = &'t mut dyn FnMut(Leaf) -> Result<(), AppError>;

impl<'a> Unpacker<'a> {
    pub(super) fn new(aside: &'a Path) -> Unpacker<'a> {
        Unpacker { aside, files: 0, bytes: 0, laid: 0 }
    }

    /// Hands out a file, or all that is in a folder or archive, in the order of their names.
    pub(super) fn path(&mut self, path: &Path, take: Take<'_>) -> Result<(), AppError> {
        if !path.is_dir() {
            return self.file(path, &path.to_string_lossy(), false, take);
        }
        let mut folders = vec![path.to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).map_err(|error| AppError::unreadable(&folder, error))?;
            for entry in entries {
                let entry = entry.map_err(|error| AppError::unreadable(&folder, error))?;
                // A link is not followed: it may lead round in a circle.
                let kind = entry.file_type().map_err(|error| AppError::unreadable(&folder, error))?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() {
                    files.push(entry.path());
                }
                if files.len() as u64 > FILES_MAX {
                    let reason = format!("it holds more than {FILES_MAX} files; is it the right folder?");
                    return Err(AppError::unreadable(path, reason));
                }
            }
        }
        files.sort();
        for file in files {
            self.file(&file, &file.to_string_lossy(), true, take)?;
        }
        Ok(())
    }

    /// Hands out a file under a name of its own, such as the address it was fetched from.
    pub(super) fn file(
        &mut self,
        path: &Path,
        name: &str,
        is_found: bool,
        take: Take<'_>,
    ) -> Result<(), AppError> {
        let shown = path.to_string_lossy().into_owned();
        let input = Input::open(&shown, true).map_err(|error| AppError::unreadable(path, error.source))?;
        let is_zip = input.head().starts_with(b"PK\x03\x04") && starts_with(path, b"PK");
        if is_zip {
            let file = File::open(path).map_err(|error| AppError::unreadable(path, error))?;
            return self.zip(file, name, 1, take);
        }
        self.input(input, name, is_found, 0, take)
    }

    fn input(
        &mut self,
        mut input: Input,
        name: &str,
        is_found: bool,
        depth: u32,
        take: Take<'_>,
    ) -> Result<(), AppError> {
        let unreadable = |reason: &str| AppError::unreadable(Path::new(name), reason);
        let head = input.head();
        let is_gzip = head.starts_with(&[0x1f, 0x8b]) || head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
        let is_zip = head.starts_with(b"PK\x03\x04") && !is_workbook(head);
        let is_tar = head.get(257..262) == Some(b"ustar");
        if !(is_gzip || is_zip || is_tar) {
            self.files += 1;
            if self.files > FILES_MAX {
                return Err(unreadable(&format!("there are more than {FILES_MAX} files")));
            }
            return take(Leaf { name: name.to_owned(), is_found, input });
        }
        if depth >= DEPTH_MAX {
            return Err(unreadable(&format!("archives lie more than {DEPTH_MAX} deep in one another")));
        }
        if is_tar {
            return self.tar(input, name, depth + 1, take);
        }
        let mut file = self.lay_aside(&mut input, name)?;
        file.rewind().map_err(|error| AppError::unreadable(Path::new(name), error))?;
        if is_zip {
            return self.zip(file, name, depth + 1, take);
        }
        let inner = Input::from_reader(name, Box::new(file), None, true);
        self.input(inner, name, is_found, depth + 1, take)
    }

    fn zip(&mut self, file: File, name: &str, depth: u32, take: Take<'_>) -> Result<(), AppError> {
        let unreadable = |reason: String| AppError::unreadable(Path::new(name), reason);
        let damaged =
            |error: zip::result::ZipError| unreadable(format!("it is no whole ZIP archive: {error}"));
        let mut archive = zip::ZipArchive::new(io::BufReader::new(file)).map_err(damaged)?;
        if archive.len() as u64 > FILES_MAX {
            return Err(unreadable(format!("there are more than {FILES_MAX} files")));
        }
        let mut names: Vec<(String, usize)> = Vec::new();
        for at in 0..archive.len() {
            let known = archive.name_for_index(at).transpose().map_err(damaged)?;
            names.extend(known.map(|name| (name.into_owned(), at)));
        }
        names.sort();
        for (inner, at) in names {
            let mut entry = archive.by_index(at).map_err(damaged)?;
            if !entry.is_file() {
                continue;
            }
            let shown = format!("{name}!{inner}");
            let input = self.entry(&mut entry, &shown)?;
            drop(entry);
            self.input(input, &shown, true, depth, take)?;
        }
        Ok(())
    }

    fn tar(&mut self, input: Input, name: &str, depth: u32, take: Take<'_>) -> Result<(), AppError> {
        let unreadable = |error: io::Error| {
            AppError::unreadable(Path::new(name), format!("it is no whole tar archive: {error}"))
        };
        let mut input = input;
        {
            let mut archive = tar::Archive::new(&mut input);
            for entry in archive.entries().map_err(unreadable)? {
                let mut entry = entry.map_err(unreadable)?;
                if !entry.header().entry_type().is_file() {
                    continue;
                }
                let inner = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                let shown = format!("{name}!{inner}");
                let inner = self.entry(&mut entry, &shown)?;
                self.input(inner, &shown, true, depth, take)?;
            }
        }
        // What stands behind the end is read too: an archive that was cut off in its compression is damage.
        io::copy(&mut input, &mut io::sink()).map(drop).map_err(unreadable)
    }

    /// A file of an archive as an input: small ones in memory.
    fn entry(&mut self, entry: &mut dyn Read, name: &str) -> Result<Input, AppError> {
        let unreadable = |error: io::Error| AppError::unreadable(Path::new(name), error);
        let mut held = Vec::new();
        let read = entry.take(HELD_BYTES_MAX).read_to_end(&mut held).map_err(unreadable)?;
        self.count(read as u64, name)?;
        if (read as u64) < HELD_BYTES_MAX {
            return Ok(Input::from_reader(name, Box::new(Cursor::new(held)), Some(read as u64), true));
        }
        let mut file = self.lay_aside(&mut Cursor::new(held).chain(entry), name)?;
        file.rewind().map_err(unreadable)?;
        Ok(Input::from_reader(name, Box::new(file), None, true))
    }

    /// Copies what does not fit into memory; the file goes away with its folder.
    fn lay_aside(&mut self, from: &mut dyn Read, name: &str) -> Result<File, AppError> {
        self.laid += 1;
        let path: PathBuf = self.aside.join(format!("aside-{}", self.laid));
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(true).open(&path);
        let mut file = file.map_err(|error| AppError::unwritable(&path, error))?;
        let mut chunk = vec![0; 1 << 20];
        loop {
            let read = match from.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(AppError::unreadable(Path::new(name), error)),
            };
            self.count(read as u64, name)?;
            let written = file.write_all(chunk.get(..read).unwrap_or_default());
            written.map_err(|error| AppError::unwritable(&path, error))?;
        }
        // Open files stay readable; none is left behind when the import ends, however it ends.
        #[cfg(unix)]
        fs::remove_file(&path).map_err(|error| AppError::unwritable(&path, error))?;
        Ok(file)
    }

    fn count(&mut self, bytes: u64, name: &str) -> Result<(), AppError> {
        self.bytes += bytes;
        if self.bytes > BYTES_MAX {
            let reason =
                format!("its archives hold more than {BYTES_MAX} bytes unpacked, the most that is read");
            return Err(AppError::unreadable(Path::new(name), reason));
        }
        Ok(())
    }
}

/// A workbook is a ZIP archive too; it is none of the formats, and its parts say nothing to anybody.
fn is_workbook(head: &[u8]) -> bool {
    head.windows(19).take(64).any(|window| window == b"[Content_Types].xml")
}

fn starts_with(path: &Path, magic: &[u8]) -> bool {
    let mut head = vec![0; magic.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == magic
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zipped() -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["a.json", "../b.json"] {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(b"{\"a\": 1}").unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn tarred() -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for name in ["a.json", "b.json"] {
            let mut header = tar::Header::new_ustar();
            header.set_size(8);
            header.set_cksum();
            builder.append_data(&mut header, name, &b"{\"a\": 1}"[..]).unwrap();
        }
        builder.into_inner().unwrap()
    }

    /// What an archive gives: the names of files, or that it is damaged.
    fn unpacked(folder: &Path, bytes: &[u8]) -> Result<Vec<String>, String> {
        let path = folder.join("archive");
        fs::write(&path, bytes).unwrap();
        let mut names = Vec::new();
        let mut unpacker = Unpacker::new(folder);
        let read = unpacker.path(&path, &mut |mut leaf| {
            let _ = leaf.input.read_all(1 << 20);
            names.push(leaf.name.rsplit('!').next().unwrap_or_default().to_owned());
            Ok(())
        });
        read.map(|()| names).map_err(|error| error.to_string())
    }

    #[test]
    fn a_damaged_archive_is_refused_or_read_and_never_stops_us() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("inner");
        fs::create_dir(&folder).unwrap();
        for archive in [zipped(), tarred()] {
            assert_eq!(unpacked(&folder, &archive).unwrap().len(), 2);
            for at in 0..archive.len().min(700) {
                let mut damaged = archive.clone();
                damaged[at] ^= 0x55;
                let _ = unpacked(&folder, &damaged);
                let _ = unpacked(&folder, &archive[..at]);
            }
        }
        // Names are words: nothing was written where one of them points.
        assert!(!around.path().join("b.json").exists() && !folder.join("a.json").exists());
    }
}
