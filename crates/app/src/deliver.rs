//! The output folder: refused when it holds something, written file by file so that a reader never sees
//! half a document, and never emptied.

use crate::error::AppError;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder that was found fit to write results into.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    path: PathBuf,
}

impl OutputFolder {
    /// Makes the folder, or takes an empty one; one that holds anything only with `force`. With `force`,
    /// files of the same names are replaced and all others stay. Fails before any work is done.
    pub(crate) fn prepare(path: &Path, force: bool) -> Result<OutputFolder, AppError> {
        match fs::metadata(path) {
            Ok(found) if !found.is_dir() => {
                return Err(AppError::unwritable(path, "it is a file; name a folder"));
            }
            Ok(_) if !force && has_entries(path)? => {
                return Err(AppError::unwritable(
                    path,
                    "the folder is not empty; name another one, or add --force to replace files of the same names",
                ));
            }
            Ok(_) => {}
            Err(_) => fs::create_dir_all(path).map_err(|error| AppError::unwritable(path, error))?,
        }
        let folder = OutputFolder { path: path.to_path_buf() };
        folder.probe()?;
        Ok(folder)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one file, `name` may hold folders; replaces it in one step.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, AppError> {
        self.write_with(name, |file| file.write_all(bytes))
    }

    /// The same for a file too large to hold in memory.
    pub(crate) fn write_with(
        &self,
        name: &str,
        fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<PathBuf, AppError> {
        let path = self.path.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| AppError::unwritable(parent, error))?;
        }
        replace_with(&path, fill)?;
        Ok(path)
    }

    /// For many files that are to be there together.
    pub(crate) fn together(&self) -> Together<'_> {
        Together { folder: self, written: Vec::new(), made: BTreeSet::new() }
    }

    // A read-only folder is found out now, not after an hour of reading captures.
    fn probe(&self) -> Result<(), AppError> {
        let path = self.path.join(".cordon-probe");
        fs::write(&path, b"").map_err(|error| AppError::unwritable(&self.path, error))?;
        fs::remove_file(&path).map_err(|error| AppError::unwritable(&self.path, error))
    }
}

/// Files more than these reach the disk with all else that waits to: one by one would take longer.
const ONE_BY_ONE_MAX: usize = 64;

/// Many files: each lies beside its final place until all are written, then they are moved there. Dropped unfinished,
/// nothing is left of them.
#[derive(Debug)]
pub(crate) struct Together<'a> {
    folder: &'a OutputFolder,
    /// Final places of what lies beside them.
    written: Vec<PathBuf>,
    made: BTreeSet<PathBuf>,
}

impl Together<'_> {
    /// Writes a file, `name` may hold folders.
    pub(crate) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), AppError> {
        let path = self.folder.path.join(name);
        if let Some(parent) = path.parent()
            && !self.made.contains(parent)
        {
            fs::create_dir_all(parent).map_err(|error| AppError::unwritable(parent, error))?;
            self.made.insert(parent.to_owned());
        }
        let partial = partial(&path);
        self.written.push(path);
        fs::write(&partial, bytes).map_err(|error| AppError::unwritable(&partial, error))
    }

    /// Has all of it reach the disk, then moves each file to its place.
    pub(crate) fn finish(mut self) -> Result<(), AppError> {
        let all_at_once = self.written.len() > ONE_BY_ONE_MAX && sync_all_at_once(&self.folder.path).is_ok();
        for path in self.written.iter().filter(|_| !all_at_once) {
            let file = fs::OpenOptions::new().append(true).open(partial(path));
            file.and_then(|file| file.sync_all()).map_err(|error| AppError::unwritable(path, error))?;
        }
        while let Some(path) = self.written.last() {
            fs::rename(partial(path), path).map_err(|error| AppError::unwritable(path, error))?;
            self.written.pop();
        }
        Ok(())
    }
}

impl Drop for Together<'_> {
    fn drop(&mut self) {
        for path in &self.written {
            // Best effort: the failure that led here is what the user must hear of.
            let _ = fs::remove_file(partial(path));
        }
    }
}

/// Has everything that was written to the file system of this folder reach the disk.
#[cfg(target_os = "linux")]
fn sync_all_at_once(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(fs::File::open(folder)?)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_all_at_once(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Where a file lies until it is whole.
fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().map(|name| name.to_os_string()).unwrap_or_default();
    name.push(".partial");
    path.with_file_name(name)
}

/// Writes a file beside its final place and moves it there, so that it is whole or not there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    replace_with(path, |file| file.write_all(bytes))
}

/// The same for what is written piece by piece.
pub(crate) fn replace_with(
    path: &Path,
    fill: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<(), AppError> {
    let partial = partial(path);
    let written = fs::File::create(&partial).and_then(|file| {
        let mut writer = io::BufWriter::with_capacity(1 << 20, file);
        fill(&mut writer)?;
        writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&partial, path));
    moved.map_err(|error| {
        // Best effort: the failure to write is what the user must hear of.
        let _ = fs::remove_file(&partial);
        AppError::unwritable(path, error)
    })
}

fn has_entries(path: &Path) -> Result<bool, AppError> {
    let mut entries = fs::read_dir(path).map_err(|error| AppError::unwritable(path, error))?;
    Ok(entries.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_holds_something_is_refused_without_force_and_kept_with_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("theirs.txt"), "keep").unwrap();
        let error = OutputFolder::prepare(folder.path(), false).unwrap_err();
        assert_eq!(error.exit_code(), 4);
        assert!(error.to_string().contains("--force"), "{error}");
        let out = OutputFolder::prepare(folder.path(), true).unwrap();
        out.write("a/b.txt", b"ours").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("theirs.txt")).unwrap(), "keep");
        assert_eq!(fs::read_to_string(folder.path().join("a/b.txt")).unwrap(), "ours");
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(OutputFolder::prepare(&file, true).unwrap_err().to_string().contains("name a folder"));
        assert!(OutputFolder::prepare(&file.join("below"), false).is_err());
    }

    #[test]
    fn many_files_are_there_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let out = OutputFolder::prepare(folder.path(), false).unwrap();
        for count in [3, ONE_BY_ONE_MAX + 1] {
            let mut together = out.together();
            for number in 0..count {
                together.write(&format!("many/{number}"), number.to_string().as_bytes()).unwrap();
                assert!(!folder.path().join(format!("many/{number}")).exists());
            }
            together.finish().unwrap();
            let found: Vec<_> = fs::read_dir(folder.path().join("many")).unwrap().collect();
            assert_eq!(found.len(), count);
            assert_eq!(fs::read_to_string(folder.path().join("many/2")).unwrap(), "2");
            fs::remove_dir_all(folder.path().join("many")).unwrap();
        }
        let mut together = out.together();
        together.write("many/1", b"1").unwrap();
        fs::create_dir(folder.path().join("many/2.partial")).unwrap();
        let error = together.write("many/2", b"2").unwrap_err();
        assert!(error.to_string().contains("many/2"), "{error}");
        drop(together);
        let left: Vec<_> =
            fs::read_dir(folder.path().join("many")).unwrap().map(|one| one.unwrap().file_name()).collect();
        assert_eq!(left, ["2.partial"]);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let out = OutputFolder::prepare(folder.path(), false).unwrap();
        assert!(out.write_with("x", |_| Err(io::Error::other("full"))).is_err());
        assert!(!has_entries(folder.path()).unwrap());
    }
}
