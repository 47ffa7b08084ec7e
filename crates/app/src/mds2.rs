//! The folder `mds2` in the site folder: makers' disclosure statements, as workbooks or CSV files.

use crate::error::AppError;
use cordon_assess::mds2::Form;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FOLDER: &str = "mds2";
/// The most rows that are read of a form; the standard's has about 300.
const ROWS_MAX: usize = 5_000;
/// A larger file is refused.
const BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The most forms; each is asked about every device.
const FORMS_MAX: usize = 2_000;

/// The forms of a site folder in the order of their names, none where there is no such folder.
pub(crate) fn read(folder: &Path) -> Result<Vec<Form>, AppError> {
    let folder = folder.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(AppError::unreadable(&folder, error)),
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| AppError::unreadable(&folder, error))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '~']));
        if path.is_file() && !is_hidden {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.len() > FORMS_MAX {
        return Err(AppError::unreadable(&folder, format!("it holds more than {FORMS_MAX} forms")));
    }
    paths.iter().map(|path| form(path)).collect()
}

fn form(path: &Path) -> Result<Form, AppError> {
    let size = fs::metadata(path).map_err(|error| AppError::unreadable(path, error))?.len();
    if size > BYTES_MAX {
        return Err(AppError::unreadable(path, format!("it has {size} bytes; at most {BYTES_MAX} are read")));
    }
    let bytes = fs::read(path).map_err(|error| AppError::unreadable(path, error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let rows = cordon_intake::table(&bytes, ROWS_MAX).unwrap_or_default();
    Form::read(&name, &rows).ok_or_else(|| {
        let reason = "it is no filled MDS2 form of 2019: no manufacturer (DOC-1), model (DOC-3) and answers were \
                      found; take it out of the folder, or save it as CSV with the columns id, question, answer, note";
        AppError::unreadable(path, reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_and_others_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap().is_empty());
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        let path = folder.path().join(FOLDER).join("pump.csv");
        let text = "id,question,answer,note\nDOC-1,Manufacturer,Baxter,\nDOC-3,Model,Sigma Spectrum,\n\
                    CSUP-2.2,By the vendor?,Yes,\n";
        fs::write(&path, text).unwrap();
        assert_eq!(read(folder.path()).unwrap()[0].source, "pump.csv");
        fs::write(&path, "a,b\n1,2\n").unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("no filled MDS2 form"));
    }
}
