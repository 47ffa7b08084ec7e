//! `controls.toml` in the site folder: controls besides the network's rules that a person verified at devices.

use crate::error::AppError;
use cordon_assess::Control;
use cordon_model::Timestamp;
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const FILE: &str = "controls.toml";
/// The version of `controls.toml` this program reads.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ControlsToml {
    version: u32,
    #[serde(default)]
    control: Vec<ControlToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ControlToml {
    kind: String,
    /// Where it is in force: one of these.
    asset_tag: Option<String>,
    department: Option<String>,
    location: Option<String>,
    category: Option<String>,
    who: String,
    when: String,
    why: String,
    /// The last day the verification holds.
    until: Option<String>,
}

/// One verified control.
#[derive(Clone, Debug, PartialEq)]
struct Verified {
    control: Control,
    about: Attribute,
    value: String,
    until: Option<Timestamp>,
}

/// The controls of a site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Controls(Vec<Verified>);

impl Controls {
    /// The controls in force at `now`, by device.
    pub(crate) fn of(&self, estate: &Estate, now: Timestamp) -> BTreeMap<DeviceId, Vec<Control>> {
        let in_force = |verified: &&Verified| verified.until.is_none_or(|until| now < until);
        let at = |device: &Device| -> Vec<Control> {
            let here = self.0.iter().filter(in_force).filter(|verified| {
                let value = device.value(verified.about);
                value.is_some_and(|value| value.eq_ignore_ascii_case(&verified.value))
            });
            let mut here: Vec<Control> = here.map(|verified| verified.control).collect();
            here.sort();
            here.dedup();
            here
        };
        let all = estate.devices.iter().map(|device| (device.id.clone(), at(device)));
        all.filter(|(_, controls)| !controls.is_empty()).collect()
    }
}

/// The controls of a site folder, none where there is no file of them.
pub(crate) fn read(folder: &Path) -> Result<Controls, AppError> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Controls::default()),
        Err(error) => return Err(AppError::unreadable(&path, error)),
    };
    let toml: ControlsToml = toml::from_str(&text).map_err(|error| AppError::unreadable(&path, error))?;
    if toml.version != VERSION {
        let reason = format!("version {} is not known; this program reads version {VERSION}", toml.version);
        return Err(AppError::unreadable(&path, reason));
    }
    let numbered = (1..).zip(toml.control);
    let controls = numbered.map(|(number, entry)| {
        entry.verified().map_err(|reason| AppError::unreadable(&path, format!("control {number}: {reason}")))
    });
    controls.collect::<Result<Vec<Verified>, AppError>>().map(Controls)
}

impl ControlToml {
    fn verified(self) -> Result<Verified, String> {
        let control = Control::from_name(&self.kind)
            .ok_or_else(|| format!("kind is \"monitoring\" or \"physical\", not \"{}\"", self.kind))?;
        for (name, text) in [("who", &self.who), ("why", &self.why)] {
            if text.trim().is_empty() {
                return Err(format!("{name} is empty"));
            }
        }
        let day = |name: &str, text: &str| -> Result<Timestamp, String> {
            text.parse().map_err(|_| format!("{name}: \"{text}\" is no date such as 2026-12-31"))
        };
        day("when", &self.when)?;
        let until = self.until.as_deref().map(|text| day("until", text)).transpose()?;
        let named = [
            (Attribute::AssetTag, self.asset_tag),
            (Attribute::Department, self.department),
            (Attribute::Location, self.location),
            (Attribute::Category, self.category),
        ];
        let mut named = named.into_iter().filter_map(|(about, value)| Some((about, value?)));
        match (named.next(), named.next()) {
            (Some((about, value)), None) => {
                let until = until.map(|last| last.plus_micros(86_400_000_000));
                Ok(Verified { control, about, value, until })
            }
            _ => Err("say where by one of asset_tag, department, location or category".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_read_and_mistakes_named() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| fs::write(folder.path().join(FILE), text).unwrap();
        let control = |kind: &str, place: &str| {
            format!(
                "version = 1\n[[control]]\nkind = \"{kind}\"\n{place}\nwho = \"anna\"\nwhen = \"2026-03-01\"\n\
                 why = \"seen\"\n"
            )
        };
        write(&control("physical", "department = \"Radiology\"\nuntil = \"2027-01-01\""));
        assert_eq!(read(folder.path()).unwrap().0.len(), 1);
        for (kind, place, wanted) in [
            ("magic", "department = \"R\"", "not \"magic\""),
            ("physical", "", "say where"),
            ("physical", "department = \"R\"\ncategory = \"ecg\"", "say where"),
            ("physical", "department = \"R\"\nuntil = \"soon\"", "until"),
            ("physical", "room = \"1\"", "line 4"),
        ] {
            write(&control(kind, place));
            let error = read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
