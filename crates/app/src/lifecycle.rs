//! `lifecycle.toml` in the site folder: what makers announced of the end of support for their devices.

use crate::error::AppError;
use cordon_assess::{Notice, Notices};
use cordon_model::Timestamp;
use serde::Deserialize;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const FILE: &str = "lifecycle.toml";
/// The version of `lifecycle.toml` this program reads.
const VERSION: u32 = 1;
const MICROS_PER_DAY: i64 = 86_400_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LifecycleToml {
    version: u32,
    #[serde(default)]
    notice: Vec<NoticeToml>,
}

/// One notice; dates are last days.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeToml {
    manufacturer: String,
    model: Option<String>,
    full_support_until: Option<String>,
    support_until: Option<String>,
    paid_support_until: Option<String>,
    source: String,
    who: String,
    when: String,
    why: String,
}

/// The notices of a site folder, none where there is no file of them.
pub(crate) fn read(folder: &Path) -> Result<Notices, AppError> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Notices::default()),
        Err(error) => return Err(AppError::unreadable(&path, error)),
    };
    let toml: LifecycleToml = toml::from_str(&text).map_err(|error| AppError::unreadable(&path, error))?;
    if toml.version != VERSION {
        let reason = format!("version {} is not known; this program reads version {VERSION}", toml.version);
        return Err(AppError::unreadable(&path, reason));
    }
    let numbered = (1..).zip(toml.notice);
    let notices = numbered.map(|(number, entry)| {
        entry.notice().map_err(|reason| AppError::unreadable(&path, format!("notice {number}: {reason}")))
    });
    notices.collect::<Result<Vec<Notice>, AppError>>().map(Notices::new)
}

impl NoticeToml {
    fn notice(self) -> Result<Notice, String> {
        let full_until = end("full_support_until", self.full_support_until.as_deref())?;
        let support_until = end("support_until", self.support_until.as_deref())?;
        let paid_until = end("paid_support_until", self.paid_support_until.as_deref())?;
        if full_until.or(support_until).or(paid_until).is_none() {
            return Err(
                "it gives no date: full_support_until, support_until or paid_support_until".to_owned()
            );
        }
        let given: Vec<Timestamp> = [full_until, support_until, paid_until].into_iter().flatten().collect();
        if !given.is_sorted() {
            return Err(
                "its dates are out of order: full support ends first, then support, then what is paid \
                        for"
                .to_owned(),
            );
        }
        for (name, text) in [
            ("manufacturer", &self.manufacturer),
            ("source", &self.source),
            ("who", &self.who),
            ("why", &self.why),
        ] {
            if text.trim().is_empty() {
                return Err(format!("{name} is empty"));
            }
        }
        end("when", Some(&self.when))?;
        Ok(Notice {
            manufacturer: self.manufacturer,
            model: self.model,
            full_until,
            support_until,
            paid_until,
            source: self.source,
            who: self.who,
            when: self.when,
            why: self.why,
        })
    }
}

/// The instant after a last day.
fn end(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, String> {
    let Some(text) = text else { return Ok(None) };
    let day: Timestamp =
        text.parse().map_err(|_| format!("{name}: \"{text}\" is no date such as 2026-12-31"))?;
    Ok(Some(day.plus_micros(MICROS_PER_DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_read_and_mistakes_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), Notices::default());
        let write = |text: &str| fs::write(folder.path().join(FILE), text).unwrap();
        let notice = |dates: &str| {
            format!(
                "version = 1\n[[notice]]\nmanufacturer = \"Philips\"\nmodel = \"MX450\"\n{dates}\nsource = \"letter\"\n\
                 who = \"anna\"\nwhen = \"2026-03-01\"\nwhy = \"inventory\"\n"
            )
        };
        write(&notice("support_until = \"2027-12-31\""));
        assert_ne!(read(folder.path()).unwrap(), Notices::default());
        for (dates, wanted) in [
            ("", "no date"),
            ("support_until = \"2027-13-31\"", "notice 1: support_until"),
            ("support_until = \"2027-12-31\"\nfull_support_until = \"2028-12-31\"", "out of order"),
            ("end = \"2027-12-31\"", "line 5"),
        ] {
            write(&notice(dates));
            let error = read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        write("version = 2");
        assert!(read(folder.path()).unwrap_err().to_string().contains("version 2"));
    }
}
