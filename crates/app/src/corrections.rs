//! `corrections.toml` in the site folder: what a person said of which things are one device.

use crate::error::AppError;
use cordon_identify::{Action, Corrections, Entry, Handle};
use cordon_model::{Mac, Vlan};
use serde::Deserialize;
use std::fs;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::Path;

const FILE: &str = "corrections.toml";
/// The version of `corrections.toml` this program reads.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CorrectionsToml {
    version: u32,
    #[serde(default)]
    merge: Vec<EntryToml>,
    #[serde(default)]
    split: Vec<EntryToml>,
}

/// One correction.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryToml {
    devices: Vec<HandleToml>,
    who: String,
    when: String,
    why: String,
}

/// What a person names a part of a device by: one of these, and the VLAN with an address.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct HandleToml {
    mac: Option<String>,
    ip: Option<String>,
    vlan: Option<u16>,
    asset_tag: Option<String>,
    serial: Option<String>,
    record: Option<String>,
}

impl HandleToml {
    fn handle(&self) -> Result<Handle, String> {
        let vlan = self
            .vlan
            .map(|id| Vlan::new(id).ok_or_else(|| format!("vlan {id} is not between 1 and 4094")))
            .transpose()?;
        let mac = self.mac.as_ref().map(|text| text.parse::<Mac>().map(Handle::Mac));
        let ip = self.ip.as_ref().map(|text| text.parse::<IpAddr>());
        let mut named: Vec<Handle> = Vec::new();
        named.extend(mac.transpose().map_err(|error| format!("mac: {error}"))?);
        named.extend(
            ip.transpose()
                .map_err(|_| format!("ip: \"{}\" is not an IP address", self.ip.as_deref().unwrap_or("")))?
                .map(|address| Handle::Address(address, vlan)),
        );
        named.extend(self.asset_tag.clone().map(Handle::AssetTag));
        named.extend(self.serial.clone().map(Handle::Serial));
        named.extend(self.record.clone().map(Handle::Record));
        if vlan.is_some() && self.ip.is_none() {
            return Err("a vlan needs the ip beside it".to_owned());
        }
        match (named.len(), named.pop()) {
            (1, Some(handle)) => Ok(handle),
            _ => Err("name each device by one of mac, ip, asset_tag, serial or record".to_owned()),
        }
    }
}

/// The corrections of a site folder, none where there is no file of them.
pub(crate) fn read(folder: &Path) -> Result<Corrections, AppError> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Corrections::default()),
        Err(error) => return Err(AppError::unreadable(&path, error)),
    };
    let toml: CorrectionsToml = toml::from_str(&text).map_err(|error| AppError::unreadable(&path, error))?;
    if toml.version != VERSION {
        let reason = format!("version {} is not known; this program reads version {VERSION}", toml.version);
        return Err(AppError::unreadable(&path, reason));
    }
    let mut entries = Vec::new();
    for (action, name, all) in [(Action::Merge, "merge", toml.merge), (Action::Split, "split", toml.split)] {
        for (number, entry) in (1..).zip(all) {
            let wrong = |reason: String| AppError::unreadable(&path, format!("{name} {number}: {reason}"));
            let devices: Result<Vec<Handle>, String> = entry.devices.iter().map(HandleToml::handle).collect();
            let devices = devices.map_err(wrong)?;
            if devices.len() < 2 {
                return Err(wrong("it names fewer than two devices".to_owned()));
            }
            entries.push(Entry { action, devices, who: entry.who, when: entry.when, why: entry.why });
        }
    }
    Ok(Corrections::new(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_and_splits_are_read_and_mistakes_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap().is_empty());
        let write = |text: &str| fs::write(folder.path().join(FILE), text).unwrap();
        let entry = |devices: &str| {
            format!(
                "version = 1\n[[merge]]\ndevices = [{devices}]\nwho = \"a\"\nwhen = \"2026-03-01\"\nwhy = \"b\"\n"
            )
        };
        write(&entry(
            "{ mac = \"00:1b:0d:20:30:01\" }, { ip = \"10.0.0.5\", vlan = 12 }, { asset_tag = \"T1\" }",
        ));
        assert!(!read(folder.path()).unwrap().is_empty());
        for (devices, wanted) in [
            ("{ mac = \"00:1b\" }, { serial = \"1\" }", "merge 1: mac"),
            ("{ mac = \"00:1b:0d:20:30:01\" }", "fewer than two"),
            ("{ vlan = 12 }, { serial = \"1\" }", "needs the ip"),
            ("{ ip = \"10.0.0.999\" }, { serial = \"1\" }", "not an IP address"),
            ("{ mac = \"00:1b:0d:20:30:01\", serial = \"1\" }, { serial = \"2\" }", "one of mac"),
            ("{ name = \"ct\" }, { serial = \"1\" }", "line 3"),
        ] {
            write(&entry(devices));
            let error = read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        write("version = 2");
        assert!(read(folder.path()).unwrap_err().to_string().contains("version 2"));
    }
}
