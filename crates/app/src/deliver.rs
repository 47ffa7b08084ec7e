//! The output folder: refused when it holds something, written file by file so that a reader never sees
//! half a document, and never emptied.

use crate::error::AppError;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A folder that was found fit to write results into.
#[derive(Debug)]
pub struct OutputFolder {
    path: PathBuf,
}

impl OutputFolder {
    /// Makes the folder, or takes an empty one; one that holds anything only with `force`. With `force`,
    /// files of the same names are replaced and all others stay. Fails before any work is done.
    pub fn prepare(path: &Path, force: bool) -> Result<OutputFolder, AppError> {
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
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one file, `name` may hold folders; replaces it in one step.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, AppError> {
        let path = self.path.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| AppError::unwritable(parent, error))?;
        }
        replace(&path, bytes)?;
        Ok(path)
    }

    // A read-only folder is found out now, not after an hour of reading captures.
    fn probe(&self) -> Result<(), AppError> {
        let path = self.path.join(".cordon-probe");
        fs::write(&path, b"").map_err(|error| AppError::unwritable(&self.path, error))?;
        fs::remove_file(&path).map_err(|error| AppError::unwritable(&self.path, error))
    }
}

/// Writes a file beside its final place and moves it there, so that it is whole or not there.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let mut name = path.file_name().map(|name| name.to_os_string()).unwrap_or_default();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let written = fs::File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
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
