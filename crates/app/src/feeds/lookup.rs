//! What an assessment takes from the feed folder: looked up by what it asks for, never loaded whole.

use super::catalogue::Reader;
use super::classes::read_classes;
use super::formats::{CLASSIFICATION, CSAF, CVE, ENDOFLIFE, ENFORCEMENT, EPSS, KEV, NVD, OSV, RECALL, UDI};
use super::manifest::{Feed, Manifest};
use super::pack;
use crate::error::AppError;
use cordon_assess::advisory::Advisory;
use cordon_assess::intelligence::{
    CveIntelligence, Epss, Intelligence, advisory, cve_id, cve_record, kev, lifecycle, nvd, osv, recall,
};
use cordon_assess::lifecycles::Lifecycles;
use cordon_identify::products::{Found, Wanted};
use cordon_knowledge::fda::Product;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// What an assessment takes from the feed folder.
pub(crate) struct Taken {
    pub(crate) found: Found,
    /// The feeds that were looked into.
    pub(crate) feeds: BTreeMap<String, Feed>,
}

/// Looks up what an estate asks for.
pub(crate) fn look_up(folder: &Path, wanted: &Wanted) -> Result<Taken, AppError> {
    let manifest = Manifest::read(folder)?;
    let mut found = Found::default();
    let mut feeds = BTreeMap::new();
    if let Some(feed) = manifest.feeds.get(CLASSIFICATION) {
        found.classes = read_classes(&folder.join(&feed.folder))?;
        feeds.insert(CLASSIFICATION.to_owned(), feed.clone());
    }
    if let Some(feed) = manifest.feeds.get(UDI) {
        let place = folder.join(&feed.folder);
        let unreadable = |error: io::Error| AppError::unreadable(&place, format!("{error}; import it again"));
        let mut reader = Reader::open(&place).map_err(unreadable)?;
        for identifier in &wanted.identifiers {
            if let Some(product) = reader.by_identifier(identifier).map_err(unreadable)? {
                found.by_identifier.insert(identifier.clone(), product);
            }
        }
        for model in &wanted.models {
            // Of a name that thousands of products bear, nothing can be concluded from a part of them.
            let (products, is_cut): (Vec<Product>, bool) = reader.by_model(model).map_err(unreadable)?;
            if !is_cut && !products.is_empty() {
                found.by_model.insert(model.clone(), products);
            }
        }
        feeds.insert(UDI.to_owned(), feed.clone());
    }
    Ok(Taken { found, feeds })
}

/// What is known of vulnerabilities, and the feeds that say so. Only the ones asked for are read.
pub fn intelligence(
    folder: &Path,
    cves: &BTreeSet<String>,
) -> Result<(Intelligence, BTreeMap<String, Feed>), AppError> {
    let manifest = Manifest::read(folder)?;
    let mut known = Intelligence::default();
    let mut used = BTreeMap::new();
    // In this order: of two entries of one kind the later stands, and the lists themselves know best.
    for name in [OSV, NVD, CVE, EPSS, KEV] {
        let Some(feed) = manifest.feeds.get(name) else { continue };
        let place = folder.join(&feed.folder);
        let unreadable = |error: io::Error| AppError::unreadable(&place, error);
        let mut reader = pack::Reader::open(&place, feed.bytes).map_err(unreadable)?;
        for cve in cves.iter().filter_map(|cve| cve_id(cve)) {
            for record in reader.find(&cve).map_err(unreadable)? {
                if let Some(more) = of_record(name, &cve, &record) {
                    known.add(&cve, more);
                }
            }
        }
        used.insert(name.to_owned(), feed.clone());
    }
    Ok((known, used))
}

/// What one kept record says of a vulnerability. Each was read once before, so one that cannot be read now says
/// nothing.
fn of_record(feed: &str, cve: &str, record: &pack::Record) -> Option<CveIntelligence> {
    if feed == EPSS {
        let text = std::str::from_utf8(&record.body).ok()?;
        return Some(CveIntelligence { epss: score(text), ..CveIntelligence::default() });
    }
    let value: Value = serde_json::from_slice(&record.body).ok()?;
    match feed {
        KEV => Some(CveIntelligence { kev: Some(kev::entry(&value).ok()?.1), ..CveIntelligence::default() }),
        CVE => cve_record::record(&value).ok().map(|read| read.known),
        NVD => nvd::record(&value).ok().map(|read| read.known),
        // A record about several vulnerabilities says of none what it says of all.
        _ => osv::record(&value).ok().filter(|read| read.cves == [cve]).map(|read| read.known),
    }
}

/// A score as the feed keeps it: score, percentile, model, day.
fn score(text: &str) -> Option<Epss> {
    let mut fields = text.splitn(4, ',');
    let (score, percentile) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let model = fields.next().filter(|text| !text.is_empty()).map(str::to_owned);
    let date = fields.next().and_then(|text| text.parse().ok());
    Some(Epss { score, percentile, model, date })
}

/// Hands out the documents of the feed of advisories, byte for byte, by name and in the order of their ids; answers
/// the feed, `None` where there is none.
pub fn advisories(folder: &Path, take: &mut dyn FnMut(&str, &[u8])) -> Result<Option<Feed>, AppError> {
    let manifest = Manifest::read(folder)?;
    let Some(feed) = manifest.feeds.get(CSAF) else { return Ok(None) };
    let place = folder.join(&feed.folder);
    let unreadable = |error: io::Error| AppError::unreadable(&place, error);
    let mut reader = pack::Reader::open(&place, feed.bytes).map_err(unreadable)?;
    let read = reader.each(&mut |record| {
        take(&record.id, &record.body);
        Ok(())
    });
    read.map_err(unreadable)?;
    Ok(Some(feed.clone()))
}

/// Hands out the records of a feed that have one of these keys, each once, in the order of their ids: of NVD and CVE
/// by product of CPE (`o:microsoft:windows_10_1809`), of OSV by package (`pkg:deb/debian/openssl`), of recalls by
/// product code.
pub fn records(
    folder: &Path,
    name: &str,
    keys: &BTreeSet<String>,
    take: &mut dyn FnMut(&str, &Value),
) -> Result<Option<Feed>, AppError> {
    let manifest = Manifest::read(folder)?;
    let Some(feed) = manifest.feeds.get(name) else { return Ok(None) };
    let place = folder.join(&feed.folder);
    let unreadable = |error: io::Error| AppError::unreadable(&place, error);
    let mut reader = pack::Reader::open(&place, feed.bytes).map_err(unreadable)?;
    let mut found = BTreeMap::new();
    for key in keys {
        for record in reader.find(key).map_err(unreadable)? {
            found.insert(record.id, record.body);
        }
    }
    for (id, body) in found {
        if let Ok(value) = serde_json::from_slice(&body) {
            take(&id, &value);
        }
    }
    Ok(Some(feed.clone()))
}

/// The vulnerabilities of products, as advisories that can be matched: those of NVD, and those of the CVE programme
/// that NVD does not have. Products are named as in CPE (`o:microsoft:windows_10_1809`); nothing else is read.
pub fn vulnerabilities(
    folder: &Path,
    products: &BTreeSet<String>,
) -> Result<(Vec<Advisory>, BTreeMap<String, Feed>), AppError> {
    let mut found: BTreeMap<String, Advisory> = BTreeMap::new();
    let mut used = BTreeMap::new();
    for name in [NVD, CVE] {
        let feed = records(folder, name, products, &mut |id, value| {
            if !found.contains_key(id) {
                let read = if name == NVD { advisory::of_nvd(value) } else { advisory::of_cve(value) };
                // Each was read once before; one that names no version and no product says nothing here.
                found.extend(
                    read.ok().filter(|read| !read.products.is_empty()).map(|read| (id.to_owned(), read)),
                );
            }
        })?;
        used.extend(feed.map(|feed| (name.to_owned(), feed)));
    }
    Ok((found.into_values().collect(), used))
}

/// Recalls, each with who says so.
pub type Recalls = Vec<(recall::Recall, String)>;

/// Recalls with one of these keys ([`cordon_assess::recalls::wanted`]), each with who says so, and the feeds that do.
pub fn recalls(
    folder: &Path,
    keys: &BTreeSet<String>,
) -> Result<(Recalls, BTreeMap<String, Feed>), AppError> {
    let mut found = Vec::new();
    let mut used = BTreeMap::new();
    for (name, publisher) in [(RECALL, "openFDA device/recall"), (ENFORCEMENT, "openFDA device/enforcement")]
    {
        let mut read = Vec::new();
        let feed = records(folder, name, keys, &mut |_, value| read.extend(recall::recall(value).ok()))?;
        let Some(feed) = feed else { continue };
        let edition = feed.version.as_ref().map(|version| format!(" of {version}")).unwrap_or_default();
        found.extend(read.into_iter().map(|one| (one, format!("{publisher}{edition}"))));
        used.insert(name.to_owned(), feed);
    }
    Ok((found, used))
}

/// Ends of support of every product of endoflife.date, and the feed that says so.
pub fn lifecycles(folder: &Path) -> Result<(Lifecycles, BTreeMap<String, Feed>), AppError> {
    let manifest = Manifest::read(folder)?;
    let Some(feed) = manifest.feeds.get(ENDOFLIFE) else { return Ok(Default::default()) };
    let place = folder.join(&feed.folder);
    let unreadable = |error: io::Error| AppError::unreadable(&place, error);
    let mut products = Vec::new();
    let read = pack::Reader::open(&place, feed.bytes).and_then(|mut reader| {
        reader.each(&mut |record| {
            // Each was read once before, so one that cannot be read now says nothing.
            let value = serde_json::from_slice(&record.body).ok();
            products.extend(value.and_then(|value: Value| lifecycle::product(&value).ok()));
            Ok(())
        })
    });
    read.map_err(unreadable)?;
    let edition = feed.version.clone().or_else(|| feed.imported.get(..10).map(str::to_owned));
    Ok((Lifecycles::new(products, edition), BTreeMap::from([(ENDOFLIFE.to_owned(), feed.clone())])))
}
