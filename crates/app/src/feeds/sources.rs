//! Where feeds come from: the publishers' own addresses, and what `feeds.toml` of the site folder or the command line
//! puts in their place, so that mirrors can be used.

use super::formats::{CLASSIFICATION, CVE, ENDOFLIFE, ENFORCEMENT, EPSS, KEV, NVD, OSV, RECALL, UDI};
use crate::error::AppError;
use cordon_link::Url;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// The source of CISA's assessed CVE records, which go into the feed of CVE records.
pub const VULNRICHMENT: &str = "vulnrichment";

/// What can be updated by name, and whether it is without being named.
pub(super) const NAMES: &[(&str, bool)] = &[
    (super::CSAF, true),
    (KEV, true),
    (EPSS, true),
    (ENDOFLIFE, true),
    (CLASSIFICATION, true),
    (RECALL, true),
    (ENFORCEMENT, true),
    (NVD, false),
    (VULNRICHMENT, false),
    (CVE, false),
    (OSV, false),
    (UDI, false),
];

/// Addresses by name, as their publishers give them.
const ADDRESSES: &[(&str, &str)] = &[
    (KEV, "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"),
    (EPSS, "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"),
    (NVD, "https://services.nvd.nist.gov/rest/json/cves/2.0"),
    (VULNRICHMENT, "https://github.com/cisagov/vulnrichment/archive/refs/heads/develop.zip"),
    (CVE, "https://github.com/CVEProject/cvelistV5/archive/refs/heads/main.zip"),
    (OSV, "https://osv-vulnerabilities.storage.googleapis.com/"),
    (ENDOFLIFE, "https://endoflife.date/api/v1/products/full"),
    ("openfda", "https://api.fda.gov/download.json"),
];

/// CISA's advisories on operational technology; medical devices are among them.
const CISA: (&str, &str) = ("https://www.cisa.gov/sites/default/files/csaf/provider-metadata.json", "/OT/");

/// Ecosystems of OSV that medical devices are made of.
const ECOSYSTEMS: &[&str] = &["Alpine", "Debian", "Maven", "npm", "NuGet", "PyPI", "Ubuntu"];

/// A provider of advisories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its `provider-metadata.json`, a feed, or a folder.
    pub url: Url,
    /// Only lists whose address holds this text.
    pub only: Option<String>,
}

/// Where every feed comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    urls: BTreeMap<String, Url>,
    /// Providers of advisories.
    pub providers: Vec<Provider>,
    /// Ecosystems of OSV.
    pub ecosystems: Vec<String>,
    /// A key for NVD, which then allows more requests.
    pub nvd_key: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeedsToml {
    version: u32,
    #[serde(default)]
    urls: BTreeMap<String, String>,
    csaf: Option<Vec<CsafToml>>,
    osv_ecosystems: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CsafToml {
    url: String,
    only: Option<String>,
}

impl Sources {
    /// The publishers' own addresses.
    pub fn published() -> Result<Sources, AppError> {
        let defect = |reason: String| AppError::Defect { what: "reading the addresses of feeds", reason };
        let mut urls = BTreeMap::new();
        for (name, url) in ADDRESSES {
            urls.insert((*name).to_owned(), address(url).map_err(defect)?);
        }
        let cisa = Provider { url: address(CISA.0).map_err(defect)?, only: Some(CISA.1.to_owned()) };
        let ecosystems = ECOSYSTEMS.iter().map(|name| (*name).to_owned()).collect();
        Ok(Sources { urls, providers: vec![cisa], ecosystems, nvd_key: None })
    }

    /// Puts in what `feeds.toml` of a site folder says, where there is one.
    pub fn of_site(mut self, folder: &Path) -> Result<Sources, AppError> {
        let path = folder.join("feeds.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(self),
            Err(error) => return Err(AppError::unreadable(&path, error)),
        };
        let toml: FeedsToml = toml::from_str(&text).map_err(|error| AppError::unreadable(&path, error))?;
        if toml.version != 1 {
            let reason = format!("version {} is not known; this program reads version 1", toml.version);
            return Err(AppError::unreadable(&path, reason));
        }
        for (name, url) in &toml.urls {
            self.set(name, url).map_err(|error| AppError::unreadable(&path, error))?;
        }
        if let Some(providers) = toml.csaf {
            self.providers.clear();
            for one in providers {
                let url = address(&one.url).map_err(|reason| AppError::unreadable(&path, reason))?;
                self.providers.push(Provider { url, only: one.only });
            }
        }
        if let Some(ecosystems) = toml.osv_ecosystems {
            self.ecosystems = ecosystems;
        }
        Ok(self)
    }

    /// Puts another address in the place of a source's own.
    pub fn set(&mut self, name: &str, url: &str) -> Result<(), AppError> {
        let url = address(url).map_err(AppError::WrongUse)?;
        match self.urls.get_mut(name) {
            Some(known) => *known = url,
            None => {
                let names: Vec<&str> = self.urls.keys().map(String::as_str).collect();
                let reason = format!("there is no source \"{name}\"; there are {}", names.join(", "));
                return Err(AppError::WrongUse(reason));
            }
        }
        Ok(())
    }

    /// Adds a provider of advisories; the first that is named on the command line stands in place of all others.
    pub fn set_providers(&mut self, urls: &[String]) -> Result<(), AppError> {
        let urls = urls.iter().map(|url| address(url)).collect::<Result<Vec<Url>, String>>();
        let urls = urls.map_err(AppError::WrongUse)?;
        if !urls.is_empty() {
            self.providers = urls.into_iter().map(|url| Provider { url, only: None }).collect();
        }
        Ok(())
    }

    pub(super) fn url(&self, name: &str) -> Result<&Url, AppError> {
        let missing = || AppError::Defect { what: "finding the address of a feed", reason: name.to_owned() };
        self.urls.get(name).ok_or_else(missing)
    }
}

/// An address of the web.
fn address(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("\"{text}\" is no address: {error}"))?;
    match url.scheme() {
        "https" | "http" if url.host_str().is_some() => Ok(url),
        _ => Err(format!("\"{text}\" is no address of the web (https://…)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_puts_mirrors_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let sources = || Sources::published().unwrap().of_site(folder.path());
        assert_eq!(sources().unwrap(), Sources::published().unwrap());
        let text = "version = 1\n[urls]\nkev = \"https://mirror.example/kev.json\"\n\
                    [[csaf]]\nurl = \"https://maker.example/provider-metadata.json\"\n";
        fs::write(folder.path().join("feeds.toml"), text).unwrap();
        let read = sources().unwrap();
        assert_eq!(read.url(KEV).unwrap().as_str(), "https://mirror.example/kev.json");
        assert_eq!(read.providers.len(), 1);
        for (text, wanted) in [
            ("version = 2", "version 2"),
            ("version = 1\n[urls]\nkevv = \"https://x.example\"", "no source \"kevv\""),
            ("version = 1\n[urls]\nkev = \"file:///etc/passwd\"", "no address of the web"),
            ("version = 1\nurl = 1", "line 2"),
        ] {
            fs::write(folder.path().join("feeds.toml"), text).unwrap();
            let error = sources().unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
