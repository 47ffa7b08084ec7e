//! The folder `sbom` in the site folder: bills of material, and in `sbom.toml` which model or device each is of.

use crate::error::AppError;
use cordon_assess::sbom::{self, Bill};
use cordon_knowledge::Knowledge;
use cordon_model::Timestamp;
use cordon_model::identify::{Attribute, Device};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const FOLDER: &str = "sbom";
const FILE: &str = "sbom.toml";
/// The version of `sbom.toml` this program reads.
const VERSION: u32 = 1;
/// A larger document is refused.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The most bills of one site.
const BILLS_MAX: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SbomToml {
    version: u32,
    #[serde(default)]
    bill: Vec<BillToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BillToml {
    file: String,
    /// Statements (VEX, in CycloneDX) that refer to the bill.
    #[serde(default)]
    vex: Vec<String>,
    manufacturer: Option<String>,
    model: Option<String>,
    /// The version of the device's own software that the bill is of; for all when not said.
    firmware: Option<String>,
    asset_tag: Option<String>,
    serial: Option<String>,
    who: String,
    when: String,
    why: String,
}

/// What a bill is of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Of {
    Model { manufacturer: String, model: String, firmware: Option<String> },
    AssetTag(String),
    Serial(String),
}

/// A bill of material and what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The bill.
    pub(crate) bill: Bill,
    /// Other documents that state what its components are hit by.
    pub(crate) vex: Vec<Bill>,
    of: Of,
}

impl Attached {
    /// True when `device` is what the bill is of.
    pub(crate) fn is_of(&self, device: &Device, knowledge: &Knowledge) -> bool {
        let is = |about: Attribute, text: &str| {
            device.value(about).is_some_and(|own| own.eq_ignore_ascii_case(text))
        };
        match &self.of {
            Of::AssetTag(tag) => is(Attribute::AssetTag, tag),
            Of::Serial(serial) => is(Attribute::Serial, serial),
            Of::Model { manufacturer, model, firmware } => {
                let maker = device.value(Attribute::Manufacturer);
                let mut names =
                    [Attribute::Model, Attribute::Brand].into_iter().filter_map(|about| device.value(about));
                maker.is_some_and(|maker| knowledge.vendors.same(maker, manufacturer))
                    && names.any(|name| knowledge.models.same(name, model))
                    && firmware.as_deref().is_none_or(|firmware| is(Attribute::Firmware, firmware))
            }
        }
    }
}

/// The bills of a site folder in the order of `sbom.toml`, none where there is no such folder.
pub(crate) fn read(folder: &Path) -> Result<Vec<Attached>, AppError> {
    let folder = folder.join(FOLDER);
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return without_list(&folder),
        Err(error) => return Err(AppError::unreadable(&path, error)),
    };
    let toml: SbomToml = toml::from_str(&text).map_err(|error| AppError::unreadable(&path, error))?;
    if toml.version != VERSION {
        let reason = format!("version {} is not known; this program reads version {VERSION}", toml.version);
        return Err(AppError::unreadable(&path, reason));
    }
    if toml.bill.len() > BILLS_MAX {
        return Err(AppError::unreadable(&path, format!("it names more than {BILLS_MAX} bills")));
    }
    let named: BTreeSet<&String> =
        toml.bill.iter().flat_map(|bill| bill.vex.iter().chain([&bill.file])).collect();
    if let Some(stranger) = files(&folder)?.into_iter().find(|file| !named.contains(file)) {
        let reason =
            format!("{stranger} lies beside it and is not named; say which model or device it is of");
        return Err(AppError::unreadable(&path, reason));
    }
    let mut bills = Vec::new();
    for (number, entry) in (1..).zip(toml.bill) {
        let wrong = |reason: String| AppError::unreadable(&path, format!("bill {number}: {reason}"));
        let of = entry.of().map_err(wrong)?;
        let vex =
            entry.vex.iter().map(|file| document(&folder, file)).collect::<Result<Vec<Bill>, AppError>>()?;
        bills.push(Attached { bill: document(&folder, &entry.file)?, vex, of });
    }
    Ok(bills)
}

/// Bills of which nobody says what they are of are a mistake.
fn without_list(folder: &Path) -> Result<Vec<Attached>, AppError> {
    match files(folder)?.first() {
        None => Ok(Vec::new()),
        Some(file) => {
            let reason = format!("{file} lies in it, and no {FILE} says which model or device it is of");
            Err(AppError::unreadable(folder, reason))
        }
    }
}

/// The names of the documents of the folder, in order.
fn files(folder: &Path) -> Result<Vec<String>, AppError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(AppError::unreadable(folder, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| AppError::unreadable(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && name != FILE && !name.starts_with(['.', '~']) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn document(folder: &Path, file: &str) -> Result<Bill, AppError> {
    let path = folder.join(file);
    if Path::new(file).components().count() != 1 {
        return Err(AppError::unreadable(&path, "it is to lie in the folder itself; give its name alone"));
    }
    let size = fs::metadata(&path).map_err(|error| AppError::unreadable(&path, error))?.len();
    if size > BYTES_MAX {
        return Err(AppError::unreadable(
            &path,
            format!("it has {size} bytes; at most {BYTES_MAX} are read"),
        ));
    }
    let bytes = fs::read(&path).map_err(|error| AppError::unreadable(&path, error))?;
    sbom::read(&bytes, file).map_err(|rejected| AppError::unreadable(&path, rejected))
}

impl BillToml {
    fn of(&self) -> Result<Of, String> {
        for (name, text) in [("file", &self.file), ("who", &self.who), ("why", &self.why)] {
            if text.trim().is_empty() {
                return Err(format!("{name} is empty"));
            }
        }
        let when: Result<Timestamp, _> = self.when.parse();
        when.map_err(|_| format!("when: \"{}\" is no date such as 2026-12-31", self.when))?;
        match (&self.manufacturer, &self.model, &self.asset_tag, &self.serial) {
            (Some(manufacturer), Some(model), None, None) => {
                let (manufacturer, model) = (manufacturer.clone(), model.clone());
                Ok(Of::Model { manufacturer, model, firmware: self.firmware.clone() })
            }
            (None, None, Some(tag), None) => Ok(Of::AssetTag(tag.clone())),
            (None, None, None, Some(serial)) => Ok(Of::Serial(serial.clone())),
            _ => Err("say what it is of: manufacturer and model, or asset_tag, or serial".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BILL: &str = r#"{"bomFormat":"CycloneDX","components":[{"name":"zlib","version":"1.2.11"}]}"#;
    const BY: &str = "who = \"A\"\nwhen = \"2026-11-01\"\nwhy = \"the maker sent it\"\n";

    #[test]
    fn a_bill_is_of_what_the_list_says_and_nothing_lies_there_unsaid() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(FOLDER);
        assert!(read(folder.path()).unwrap().is_empty());
        fs::create_dir(&place).unwrap();
        fs::write(place.join("a.json"), BILL).unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("no sbom.toml says"));
        let list = |text: &str| {
            fs::write(place.join(FILE), format!("version = 1\n{text}")).unwrap();
            read(folder.path()).map_err(|error| error.to_string())
        };
        let whole = format!("[[bill]]\nfile = \"a.json\"\nmanufacturer = \"Acme\"\nmodel = \"Pump 7\"\n{BY}");
        assert_eq!(list(&whole).unwrap()[0].bill.components.len(), 1);
        for (text, wanted) in [
            (String::new(), "a.json lies beside it"),
            (whole.replace("model = \"Pump 7\"\n", ""), "say what it is of"),
            (whole.replace("2026-11-01", "soon"), "is no date"),
            (whole.replace("who = \"A\"", "who = \"\""), "who is empty"),
            (
                whole.replace("file = \"a.json\"", "file = \"a.json\"\nvex = [\"../b.json\"]"),
                "give its name alone",
            ),
        ] {
            let error = list(&text).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
        fs::write(place.join("a.json"), "{}").unwrap();
        assert!(list(&whole).unwrap_err().contains("neither CycloneDX nor SPDX"));
    }
}
