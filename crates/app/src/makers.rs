//! The folder `needs` in the site folder: what makers published of their devices' connections.
//!
//! `needs/mud/*.json` are usage descriptions (RFC 8520), `needs/disclosure/*` network disclosures as CSV, workbook or
//! YAML. `needs/makers.toml` says which devices a file is about where it does not say so itself, and who plays the roles
//! ("controllers") that files name.

use crate::error::AppError;
use crate::needs_file::short;
use cordon_segment::makers::{Assignment, Controllers, Mistake, Publication, disclosure, mud};
use serde::Deserialize;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use toml::Spanned;

const FOLDER: &str = "needs";
const ASSIGNMENTS: &str = "makers.toml";
/// The version of `makers.toml` this program reads.
const VERSION: u32 = 1;
/// The most files of a kind.
const FILES_MAX: usize = 2_000;
/// A larger file is refused.
const BYTES_MAX: u64 = 8 << 20;
/// The most rows read of a disclosure table.
const ROWS_MAX: usize = 5_000;

/// Examples that `cordon site init` writes, as (name, text); they lie where they are not read.
pub(crate) const EXAMPLES: &[(&str, &str)] = &[
    ("central-station.yaml", include_str!("disclosure/central-station.yaml")),
    ("image-archive.csv", include_str!("disclosure/image-archive.csv")),
    ("imaging-modality.csv", include_str!("disclosure/imaging-modality.csv")),
    ("infusion-pump.yaml", include_str!("disclosure/infusion-pump.yaml")),
    ("laboratory-analyser.yaml", include_str!("disclosure/laboratory-analyser.yaml")),
    ("patient-monitor.yaml", include_str!("disclosure/patient-monitor.yaml")),
    ("ventilator.yaml", include_str!("disclosure/ventilator.yaml")),
];
/// Where they are written, within the site folder.
pub(crate) const EXAMPLES_FOLDER: &str = "needs/disclosure/examples";

/// What makers published, and what people say of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Makers {
    /// In the order of their names.
    pub publications: Vec<Publication>,
    /// Which devices a file is about.
    pub assignments: Vec<Assignment>,
    /// Who plays which role.
    pub controllers: Controllers,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MakersToml {
    version: u32,
    #[serde(default)]
    file: Vec<Spanned<FileToml>>,
    #[serde(default)]
    controller: Vec<Spanned<ControllerToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileToml {
    name: String,
    devices: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ControllerToml {
    uri: Option<String>,
    /// The file whose `my-controller` is meant.
    file: Option<String>,
    is: Vec<String>,
}

/// The makers' files of a site folder, none where there is no such folder.
pub(crate) fn read(folder: &Path) -> Result<Makers, AppError> {
    let folder = folder.join(FOLDER);
    let mut makers = Makers::default();
    for path in files(&folder.join("mud"))? {
        let publication = mud::read(&label(&path), &bytes(&path)?).map_err(wrong(&path))?;
        makers.publications.push(publication);
    }
    for path in files(&folder.join("disclosure"))? {
        let (name, bytes) = (label(&path), bytes(&path)?);
        let is_yaml = path
            .extension()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("yaml") || kind.eq_ignore_ascii_case("yml"));
        let found = if is_yaml {
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| AppError::unreadable(&path, "it is no text in UTF-8; save it as UTF-8"))?;
            disclosure::from_yaml(&name, text)
        } else {
            let rows = cordon_intake::table(&bytes, ROWS_MAX).unwrap_or_default();
            disclosure::from_rows(&name, &rows)
        };
        makers.publications.extend(found.map_err(wrong(&path))?);
    }
    assignments(&folder.join(ASSIGNMENTS), &mut makers)?;
    Ok(makers)
}

fn wrong(path: &Path) -> impl Fn(Mistake) -> AppError {
    move |mistake| AppError::unreadable(path, mistake)
}

/// `mud/lamp.json`.
fn label(path: &Path) -> String {
    let name = |path: Option<&Path>| {
        path.and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned()
    };
    format!("{}/{}", name(path.parent()), name(Some(path)))
}

fn bytes(path: &Path) -> Result<Vec<u8>, AppError> {
    let size = fs::metadata(path).map_err(|error| AppError::unreadable(path, error))?.len();
    if size > BYTES_MAX {
        return Err(AppError::unreadable(path, format!("it has {size} bytes; at most {BYTES_MAX} are read")));
    }
    fs::read(path).map_err(|error| AppError::unreadable(path, error))
}

/// The files of a folder by name; folders in it and hidden files are passed over.
fn files(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(AppError::unreadable(folder, error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| AppError::unreadable(folder, error))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '~']));
        if path.is_file() && !hidden {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.len() > FILES_MAX {
        return Err(AppError::unreadable(folder, format!("it holds more than {FILES_MAX} files")));
    }
    Ok(paths)
}

fn assignments(path: &Path, makers: &mut Makers) -> Result<(), AppError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(AppError::unreadable(path, error)),
    };
    let toml: MakersToml = toml::from_str(&text).map_err(|error| AppError::unreadable(path, error))?;
    if toml.version != VERSION {
        let reason = format!("version {} is not known; this program reads version {VERSION}", toml.version);
        return Err(AppError::unreadable(path, reason));
    }
    let line = |start: usize| text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
    let wrong =
        |start: usize, why: String| AppError::unreadable(path, format!("line {}: {why}", line(start)));
    let known = |name: &str| makers.publications.iter().any(|one| one.file == name);
    for entry in toml.file {
        let start = entry.span().start;
        let entry = entry.into_inner();
        if !known(&entry.name) {
            return Err(wrong(
                start,
                format!("there is no file {} in {FOLDER}/mud or {FOLDER}/disclosure", entry.name),
            ));
        }
        let devices = entry.devices.iter().map(|name| short(name)).collect::<Result<_, _>>();
        let devices = devices.map_err(|why| wrong(start, why))?;
        makers.assignments.push(Assignment { file: entry.name, devices });
    }
    for entry in toml.controller {
        let start = entry.span().start;
        let entry = entry.into_inner();
        let key = match (entry.uri, entry.file) {
            (Some(uri), None) => uri,
            (None, Some(file)) if known(&file) => format!("my-controller {file}"),
            (None, Some(file)) => return Err(wrong(start, format!("there is no file {file}"))),
            _ => return Err(wrong(start, "a controller has either uri or file".to_owned())),
        };
        let ends = entry.is.iter().map(|name| short(name)).collect::<Result<Vec<_>, _>>();
        makers.controllers.insert(key, ends.map_err(|why| wrong(start, why))?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_are_read_and_mistakes_named() {
        let site = tempfile::tempdir().unwrap();
        assert_eq!(read(site.path()).unwrap(), Makers::default());
        let folder = site.path().join("needs/disclosure");
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in EXAMPLES {
            fs::write(folder.join(name), text).unwrap();
        }
        let makers = read(site.path()).unwrap();
        assert!(makers.publications.iter().all(|one| !one.flows.is_empty() && one.notes.is_empty()));
        assert_eq!(makers.publications.len(), EXAMPLES.len());
        fs::write(
            site.path().join("needs/makers.toml"),
            "version = 1\n\n[[file]]\nname = \"mud/no.json\"\ndevices = []\n",
        )
        .unwrap();
        let error = read(site.path()).unwrap_err().to_string();
        assert!(error.contains("line 3: there is no file mud/no.json"), "{error}");
        fs::write(folder.join("x.yaml"), "version: 1\ncategory: ventilator\nflows:\n  - direction: up\n")
            .unwrap();
        let error = read(site.path()).unwrap_err().to_string();
        assert!(error.contains("x.yaml: line 4: direction is out"), "{error}");
    }
}
