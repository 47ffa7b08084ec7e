//! The documents of a CSAF provider: listed, fetched when new, checked against their hashes and signatures, imported.

use super::formats::CSAF;
use super::manifest::Feed;
use super::sources::Provider;
use super::update::{Source, unreachable};
use crate::error::AppError;
use cordon_link::csaf::{self, Found, Key, List, Listed};
use cordon_link::signature::{Checker, Verdict};
use cordon_link::{Url, Wanted, sums};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A list of documents.
const LIST_BYTES_MAX: u64 = 256 << 20;
/// A document.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;
/// A hash, a signature or a key.
const SMALL_BYTES_MAX: u64 = 1 << 20;
/// Documents in a row that could not be had: the server is gone.
const FAILURES_MAX: u32 = 10;

/// What was checked.
#[derive(Default)]
struct Checked {
    hashes: u64,
    no_hash: u64,
    signatures: u64,
    no_signature: u64,
    unchecked: u64,
}

/// A document that is to be imported.
struct Taken {
    listed: Listed,
    bytes: Vec<u8>,
    sha256: String,
}

/// Updates from one provider; `None` when nothing is new.
pub(super) fn update(
    source: &mut Source<'_, '_>,
    provider: &Provider,
) -> Result<Option<BTreeMap<String, Feed>>, AppError> {
    let (mut lists, keys) = lists(source, &provider.url)?;
    if let Some(only) = &provider.only {
        let all = lists.clone();
        lists.retain(|list| list.url().as_str().contains(only.as_str()));
        if lists.is_empty() {
            let url = &provider.url;
            source.progress.warn(&format!("{url}: no list's address holds \"{only}\", so all are read"));
            lists = all;
        }
    }
    let mut documents = BTreeMap::new();
    for list in &lists {
        for listed in read_list(source, list)? {
            documents.insert(listed.url.clone(), listed);
        }
    }
    let checker = checker(source, &keys)?;
    let is_there = source.is_there(CSAF)?;
    let (mut taken, mut rejected, mut checked) = (Vec::new(), Vec::new(), Checked::default());
    let (mut in_a_row, mut stopped) = (0, None);
    let count = documents.len();
    for (at, listed) in documents.into_values().enumerate() {
        if at % 50 == 0 {
            source.progress.stage(&format!("fetching csaf: {at} of {count} documents"));
        }
        match document(source, &listed, checker.as_ref(), is_there, &mut checked) {
            Ok(None) => in_a_row = 0,
            Ok(Some((bytes, sha256))) => {
                in_a_row = 0;
                taken.push(Taken { listed, bytes, sha256 });
            }
            Err(Refused::Spoiled(reason)) => rejected.push((listed.url, reason)),
            Err(Refused::Missing(reason)) => {
                in_a_row += 1;
                rejected.push((listed.url, reason.clone()));
                if in_a_row >= FAILURES_MAX {
                    stopped = Some(reason);
                    break;
                }
            }
            Err(Refused::Failed(error)) => return Err(error),
        }
    }
    say(source, &checked, checker.is_some());
    let done = import(source, &taken, &rejected)?;
    match stopped {
        // What came is kept; that it is not all is an error all the same.
        Some(reason) => Err(AppError::unreadable(
            Path::new(provider.url.as_str()),
            format!(
                "{FAILURES_MAX} documents in a row could not be had ({reason}); the next update goes on from here"
            ),
        )),
        None => Ok(done),
    }
}

fn import(
    source: &mut Source<'_, '_>,
    taken: &[Taken],
    rejected: &[(Url, String)],
) -> Result<Option<BTreeMap<String, Feed>>, AppError> {
    if taken.is_empty() && rejected.is_empty() {
        return Ok(None);
    }
    if taken.is_empty() {
        let told = rejected.iter().take(10);
        for (url, reason) in told {
            source.progress.warn(&format!("{url}: {reason}"));
        }
        let (url, reason) =
            rejected.first().map(|(url, reason)| (url.as_str(), reason.as_str())).unwrap_or_default();
        let reason =
            format!("{reason}; {} documents could not be taken, what was there stays", rejected.len());
        return Err(AppError::unreadable(Path::new(url), reason));
    }
    let done = source.session(|session, _| {
        for one in taken {
            session.begin_input();
            session.bytes(&one.bytes, one.listed.url.to_string(), one.sha256.clone(), true)?;
        }
        for (url, reason) in rejected {
            session.reject(CSAF, url.as_str(), "", reason)?;
        }
        Ok(())
    })?;
    for one in taken {
        source.confirm(&one.listed.url, one.listed.updated.as_deref().unwrap_or(UNDATED))?;
    }
    Ok(Some(done))
}

/// The mark of a document of a list without dates.
const UNDATED: &str = "undated";

enum Refused {
    /// It came and is not what was published.
    Spoiled(String),
    /// It did not come.
    Missing(String),
    Failed(AppError),
}

/// Fetches and checks one document; `None` when the feed has it in this version.
fn document(
    source: &mut Source<'_, '_>,
    listed: &Listed,
    checker: Option<&Checker>,
    is_there: bool,
    checked: &mut Checked,
) -> Result<Option<(Vec<u8>, String)>, Refused> {
    let mark = listed.updated.as_deref().unwrap_or(UNDATED);
    let mut anew = false;
    loop {
        let wanted = Wanted { stamp: listed.updated.as_deref(), anew, ..Wanted::at(&listed.url) };
        source.fetcher.limits.bytes = DOCUMENT_BYTES_MAX;
        let fetched = source.fetcher.fetch(&wanted);
        source.fetcher.limits.bytes = cordon_link::Limits::default().bytes;
        let fetched = fetched.map_err(|failure| Refused::Missing(failure.reason))?;
        let is_known = !fetched.is_new && fetched.stamp.as_deref() == Some(mark);
        if is_known && is_there {
            return Ok(None);
        }
        let unreadable = |error| Refused::Failed(AppError::unreadable(&fetched.path, error));
        let bytes = fs::read(&fetched.path).map_err(unreadable)?;
        if is_known {
            return Ok(Some((bytes, fetched.sha256)));
        }
        match check(source, listed, &bytes, &fetched.path, checker, checked) {
            Ok(()) => return Ok(Some((bytes, fetched.sha256))),
            // Document and hash may have changed between the two requests.
            Err(_) if !anew && !fetched.is_new => anew = true,
            Err(refused) => {
                source.fetcher.forget(&listed.url);
                return Err(refused);
            }
        }
    }
}

fn check(
    source: &mut Source<'_, '_>,
    listed: &Listed,
    bytes: &[u8],
    path: &Path,
    checker: Option<&Checker>,
    checked: &mut Checked,
) -> Result<(), Refused> {
    match small(source, listed.hash.as_ref())? {
        None => checked.no_hash += 1,
        Some((text, _)) => match sums::parse(&text) {
            Some(sum) if sum.fits(bytes) => checked.hashes += 1,
            Some(sum) => {
                return Err(Refused::Spoiled(format!("its {} does not fit what was published", sum.name())));
            }
            None => return Err(Refused::Spoiled("what is published as its hash is none".to_owned())),
        },
    }
    let Some(checker) = checker else {
        checked.unchecked += u64::from(listed.signature.is_some());
        return Ok(());
    };
    match small(source, listed.signature.as_ref())? {
        None => checked.no_signature += 1,
        Some((_, signature)) => match checker.check(path, &signature) {
            Ok(Verdict::Good) => checked.signatures += 1,
            Ok(Verdict::Bad(reason)) => {
                return Err(Refused::Spoiled(format!("its signature is not good: {reason}")));
            }
            Err(error) => return Err(Refused::Failed(AppError::unreadable(&signature, error))),
        },
    }
    Ok(())
}

/// A file beside a document, with its place; `None` where the server has none.
fn small(
    source: &mut Source<'_, '_>,
    url: Option<&Url>,
) -> Result<Option<(Vec<u8>, std::path::PathBuf)>, Refused> {
    let Some(url) = url else { return Ok(None) };
    // Asked for anew: it belongs to the document that just came.
    let wanted = Wanted { anew: true, ..Wanted::at(url) };
    source.fetcher.limits.bytes = SMALL_BYTES_MAX;
    let fetched = source.fetcher.fetch(&wanted);
    source.fetcher.limits.bytes = cordon_link::Limits::default().bytes;
    match fetched {
        Ok(fetched) => {
            let read = fs::read(&fetched.path);
            let bytes = read.map_err(|error| Refused::Failed(AppError::unreadable(&fetched.path, error)))?;
            Ok(Some((bytes, fetched.path)))
        }
        Err(failure) if matches!(failure.status, Some(404 | 410)) => Ok(None),
        Err(failure) => Err(Refused::Missing(failure.to_string())),
    }
}

fn checker(source: &mut Source<'_, '_>, keys: &[Key]) -> Result<Option<Checker>, AppError> {
    let mut published = Vec::new();
    for key in keys {
        match source.fetcher.bytes(&Wanted::at(&key.url), SMALL_BYTES_MAX) {
            Ok(bytes) => published.push(bytes),
            Err(failure) => source.progress.warn(&format!("a key could not be had: {failure}")),
        }
    }
    let fingerprints: Vec<String> = keys.iter().map(|key| key.fingerprint.clone()).collect();
    let folder = source.request.folder.join(".keys");
    Checker::new(&folder, &published, &fingerprints).map_err(|error| AppError::unwritable(&folder, error))
}

/// Says what was checked, and what was not.
fn say(source: &mut Source<'_, '_>, checked: &Checked, has_checker: bool) {
    if checked.no_hash > 0 {
        source
            .progress
            .warn(&format!("{} documents have no published hash and were taken without", checked.no_hash));
    }
    if checked.unchecked > 0 {
        let reason = "this machine has no gpgv, or the provider names no key";
        source
            .progress
            .warn(&format!("the signatures of {} documents were not checked: {reason}", checked.unchecked));
    }
    if has_checker && checked.no_signature > 0 {
        let count = checked.no_signature;
        source
            .progress
            .warn(&format!("{count} documents have no published signature and were taken without"));
    }
    tracing::info!(hashes = checked.hashes, signatures = checked.signatures, "checked");
}

/// The lists behind an address that a person gave, and the provider's keys.
fn lists(source: &mut Source<'_, '_>, url: &Url) -> Result<(Vec<List>, Vec<Key>), AppError> {
    let fetched = source.fetcher.bytes(&Wanted::at(url), LIST_BYTES_MAX);
    let found = fetched.as_ref().ok().and_then(|bytes| csaf::recognise(bytes));
    let unreadable = |reason: String| AppError::unreadable(Path::new(url.as_str()), reason);
    match (found, fetched) {
        (Some(Found::Provider), Ok(bytes)) => {
            let provider = csaf::provider(&bytes, url).map_err(unreadable)?;
            Ok((provider.lists, provider.keys))
        }
        (Some(Found::Feed), Ok(_)) => Ok((vec![List::Feed(url.clone())], Vec::new())),
        (Some(Found::Document), Ok(_)) => {
            Err(unreadable("it is one document; `cordon feed import` takes it".to_owned()))
        }
        (_, fetched) if url.path().ends_with(".json") => match fetched {
            Err(failure) => Err(unreachable(failure)),
            Ok(_) => Err(unreadable("it is neither a provider-metadata.json nor a ROLIE feed".to_owned())),
        },
        _ => search(source, url),
    }
}

/// Where a provider's metadata may be (CSAF 2.0, 7.3.1), and else a folder of documents.
fn search(source: &mut Source<'_, '_>, url: &Url) -> Result<(Vec<List>, Vec<Key>), AppError> {
    let mut places: Vec<Url> = url.join("/.well-known/csaf/provider-metadata.json").into_iter().collect();
    for path in ["/.well-known/security.txt", "/security.txt"] {
        let Ok(at) = url.join(path) else { continue };
        if let Ok(bytes) = source.fetcher.bytes(&Wanted::at(&at), SMALL_BYTES_MAX) {
            places.extend(csaf::security_txt(&bytes, &at));
        }
    }
    // A folder that was named itself goes before what the whole server publishes.
    let folder = csaf::folder(url.clone());
    for name in ["changes.csv", "index.txt"] {
        let Ok(at) = folder.join(name) else { continue };
        if url.path() != "/" && source.fetcher.bytes(&Wanted::at(&at), LIST_BYTES_MAX).is_ok() {
            return Ok((vec![List::Folder(folder)], Vec::new()));
        }
    }
    for place in &places {
        let Ok(bytes) = source.fetcher.bytes(&Wanted::at(place), LIST_BYTES_MAX) else { continue };
        if let Ok(provider) = csaf::provider(&bytes, place) {
            return Ok((provider.lists, provider.keys));
        }
    }
    let reason =
        "neither provider-metadata.json, nor security.txt, changes.csv or index.txt lead to documents there";
    Err(AppError::unreadable(Path::new(url.as_str()), reason))
}

fn read_list(source: &mut Source<'_, '_>, list: &List) -> Result<Vec<Listed>, AppError> {
    let unreadable = |url: &Url, reason: String| AppError::unreadable(Path::new(url.as_str()), reason);
    match list {
        List::Feed(url) => {
            let bytes = source.fetcher.bytes(&Wanted::at(url), LIST_BYTES_MAX).map_err(unreachable)?;
            csaf::feed(&bytes, url).map_err(|reason| unreadable(url, reason))
        }
        List::Folder(url) => {
            let join = |name: &str| url.join(name).map_err(|error| unreadable(url, error.to_string()));
            let changes = join("changes.csv")?;
            if let Ok(bytes) = source.fetcher.bytes(&Wanted::at(&changes), LIST_BYTES_MAX) {
                return Ok(csaf::changes(&bytes, url));
            }
            let index = join("index.txt")?;
            let bytes = source.fetcher.bytes(&Wanted::at(&index), LIST_BYTES_MAX).map_err(unreachable)?;
            Ok(csaf::index(&bytes, url))
        }
    }
}
