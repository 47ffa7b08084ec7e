//! A download that can be trusted: conditional, resumed, tried again, bounded, whole or not there.

use crate::cache::{Entry, Part, Place, Validators};
use crate::exchange::{Answer, Exchange, Request, Trouble};
use crate::headers::{content_range, retry_after};
use crate::sums::hex;
use cordon_model::Timestamp;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// What a download may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file.
    pub bytes: u64,
    /// Tries in a row that bring nothing.
    pub tries: u32,
    /// The longest wait that a server may ask for.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 8 << 30, tries: 5, wait: Duration::from_secs(300) }
    }
}

/// Redirects that are followed for one file.
const REDIRECTS_MAX: u32 = 5;
/// Tries altogether, however much each brings.
const TRIES_MAX: u32 = 100;
/// The first wait between tries; it doubles.
const WAIT: Duration = Duration::from_secs(1);
/// Bytes written at once.
const CHUNK_BYTES: usize = 64 << 10;

/// A file that is wanted.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Where it is.
    pub url: &'a Url,
    /// What the list that named it says of its version; when the cache holds this one, nobody is asked.
    pub stamp: Option<&'a str>,
    /// Further headers, such as a key.
    pub headers: &'a [(&'static str, String)],
    /// Ask for it whole, whatever the cache holds.
    pub anew: bool,
}

impl<'a> Wanted<'a> {
    /// The file at a URL.
    pub fn at(url: &'a Url) -> Wanted<'a> {
        Wanted { url, stamp: None, headers: &[], anew: false }
    }
}

/// A file that is there, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it lies.
    pub path: PathBuf,
    /// The hash of its bytes, hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// False when the server said that it did not change, or nobody was asked.
    pub is_new: bool,
    /// What [`Fetcher::confirm`] said of it.
    pub stamp: Option<String>,
}

/// Why a file is not there.
#[derive(Debug, thiserror::Error)]
#[error("{url}: {reason}")]
pub struct Failure {
    /// The file.
    pub url: String,
    /// In words, with what to do.
    pub reason: String,
    /// The status of HTTP, when the server answered.
    pub status: Option<u16>,
}

/// Downloads into a cache.
pub struct Fetcher<'a> {
    exchange: &'a mut dyn Exchange,
    folder: PathBuf,
    /// What a download may cost.
    pub limits: Limits,
    now: &'a dyn Fn() -> Timestamp,
    wait: &'a mut dyn FnMut(Duration),
    /// Bytes that came over the wire.
    pub received: u64,
    /// Requests that were made.
    pub requests: u64,
}

/// What one try brought.
enum Try {
    Whole(Fetched),
    /// Go on at once: a half that did not fit was dropped, or a redirect is followed.
    Again(Option<Url>),
    /// Wait and try again: the reason, how long the server asks to wait, and how much of the file is there now.
    Later {
        reason: String,
        wait: Option<Duration>,
        have: u64,
        status: Option<u16>,
    },
    Never {
        reason: String,
        status: Option<u16>,
    },
}

impl<'a> Fetcher<'a> {
    /// A downloader with its cache folder, which is made when missing.
    pub fn new(
        exchange: &'a mut dyn Exchange,
        folder: &Path,
        now: &'a dyn Fn() -> Timestamp,
        wait: &'a mut dyn FnMut(Duration),
    ) -> io::Result<Fetcher<'a>> {
        fs::create_dir_all(folder)?;
        let limits = Limits::default();
        Ok(Fetcher { exchange, folder: folder.to_owned(), limits, now, wait, received: 0, requests: 0 })
    }

    /// Waits, for servers that want few requests.
    pub fn pause(&mut self, time: Duration) {
        (self.wait)(time);
    }

    /// Marks a file of the cache as checked and used, in the version that the stamp names.
    pub fn confirm(&mut self, url: &Url, stamp: &str) -> io::Result<()> {
        let place = Place::of(&self.folder, url);
        match place.entry(url) {
            Some(entry) => place.keep_entry(&Entry { stamp: Some(stamp.to_owned()), ..entry }),
            None => Ok(()),
        }
    }

    /// Takes a file out of the cache.
    pub fn forget(&mut self, url: &Url) {
        let place = Place::of(&self.folder, url);
        place.drop_whole();
        place.drop_half();
    }

    /// A small file as bytes.
    pub fn bytes(&mut self, wanted: &Wanted<'_>, bytes_max: u64) -> Result<Vec<u8>, Failure> {
        let before = std::mem::replace(&mut self.limits.bytes, bytes_max);
        let fetched = self.fetch(wanted);
        self.limits.bytes = before;
        let fetched = fetched?;
        fs::read(&fetched.path).map_err(|error| failure(wanted.url, error, None))
    }

    /// Makes sure that a file is there, whole and as the server has it now.
    pub fn fetch(&mut self, wanted: &Wanted<'_>) -> Result<Fetched, Failure> {
        let place = Place::of(&self.folder, wanted.url);
        if wanted.anew {
            place.drop_whole();
            place.drop_half();
        } else if let Some(entry) = place.entry(wanted.url)
            && wanted.stamp.is_some()
            && entry.stamp.as_deref() == wanted.stamp
        {
            return Ok(of(entry, &place, false));
        }
        let (mut at, mut redirects, mut fruitless, mut most) = (wanted.url.clone(), 0, 0u32, 0);
        for _ in 0..TRIES_MAX {
            match self.once(wanted, &place, &at) {
                Try::Whole(fetched) => return Ok(fetched),
                Try::Again(None) => fruitless += 1,
                Try::Again(Some(to)) => {
                    redirects += 1;
                    if redirects > REDIRECTS_MAX {
                        return Err(failure(
                            wanted.url,
                            "it leads from one address to the next without end",
                            None,
                        ));
                    }
                    at = to;
                    continue;
                }
                Try::Never { reason, status } => return Err(failure(wanted.url, reason, status)),
                Try::Later { reason, wait, have, status } => {
                    // A server that always breaks off at the same place brings nothing.
                    fruitless = if have > most { 0 } else { fruitless + 1 };
                    most = most.max(have);
                    let pause =
                        wait.unwrap_or(WAIT * 2u32.saturating_pow(fruitless.saturating_sub(1).min(8)));
                    if pause > self.limits.wait {
                        let seconds = pause.as_secs();
                        let reason =
                            format!("{reason}; the server asks to come back after {seconds} seconds");
                        return Err(failure(wanted.url, reason, status));
                    }
                    if fruitless >= self.limits.tries {
                        return Err(failure(wanted.url, format!("{reason}, at {fruitless} tries"), status));
                    }
                    (self.wait)(pause);
                }
            }
            if fruitless >= self.limits.tries {
                break;
            }
            // Every try begins at the address that was asked for: where it leads may have changed.
            (at, redirects) = (wanted.url.clone(), 0);
        }
        Err(failure(wanted.url, "no try brought it whole", None))
    }

    fn once(&mut self, wanted: &Wanted<'_>, place: &Place, at: &Url) -> Try {
        let mut headers = vec![("accept-encoding", "identity".to_owned())];
        // A key is for the one it was given for, not for where it sends us.
        if at.origin() == wanted.url.origin() {
            headers.extend(wanted.headers.iter().cloned());
        }
        let half = place.half();
        let known = place.entry(wanted.url);
        if let Some((part, length)) = &half {
            headers.push(("range", format!("bytes={length}-")));
            headers.push(("if-range", part.validators.for_range().unwrap_or_default().to_owned()));
        } else if let Some(entry) = &known {
            let Validators { etag, last_modified } = entry.validators.clone();
            headers.extend(etag.map(|tag| ("if-none-match", tag)));
            headers.extend(last_modified.map(|date| ("if-modified-since", date)));
        }
        self.requests += 1;
        let answer = match self.exchange.get(&Request { url: at.clone(), headers }) {
            Ok(answer) => answer,
            Err(Trouble { reason, is_passing: true }) => {
                return Try::Later { reason, wait: None, have: 0, status: None };
            }
            Err(Trouble { reason, .. }) => return Try::Never { reason, status: None },
        };
        let status = answer.status;
        match (status, half, known) {
            (200, ..) => self.body(wanted, place, answer, 0),
            (206, Some((part, length)), _) => match answer.header("content-range").and_then(content_range) {
                Some((first, total)) if first == length && (part.total.is_none() || part.total == total) => {
                    self.body(wanted, place, answer, length)
                }
                _ => {
                    place.drop_half();
                    Try::Again(None)
                }
            },
            (416, Some(_), _) => {
                place.drop_half();
                Try::Again(None)
            }
            (304, None, Some(entry)) => {
                if !is_as_written(place, &entry) {
                    place.drop_whole();
                    return Try::Again(None);
                }
                Try::Whole(of(entry, place, false))
            }
            (301 | 302 | 303 | 307 | 308, ..) => redirect(at, &answer),
            (408 | 425 | 429 | 500 | 502 | 503 | 504, ..) => {
                let wait = answer.header("retry-after").and_then(|text| retry_after(text, (self.now)()));
                Try::Later { reason: words(status), wait, have: 0, status: Some(status) }
            }
            _ => Try::Never { reason: words(status), status: Some(status) },
        }
    }

    /// Reads a body behind the `from` bytes that are there.
    fn body(&mut self, wanted: &Wanted<'_>, place: &Place, answer: Answer, from: u64) -> Try {
        let length = answer.header("content-length").and_then(|text| text.trim().parse::<u64>().ok());
        let total = length.map(|length| from.saturating_add(length));
        let too_large = || Try::Never {
            reason: format!("it is larger than {} bytes, the most that is taken", self.limits.bytes),
            status: None,
        };
        if total.is_some_and(|total| total > self.limits.bytes) {
            place.drop_half();
            return too_large();
        }
        let header = |name: &str| answer.header(name).map(str::to_owned);
        let validators = Validators { etag: header("etag"), last_modified: header("last-modified") };
        let is_coded =
            answer.header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"));
        if is_coded {
            return Try::Never {
                reason: "the server encodes it although that was refused".to_owned(),
                status: None,
            };
        }
        let part = Part { validators: validators.clone(), total };
        let written = place.keep_half(&part).and_then(|()| {
            let mut options = OpenOptions::new();
            let file = if from == 0 {
                options.write(true).create(true).truncate(true)
            } else {
                options.append(true)
            };
            write(file.open(place.part())?, answer.body, self.limits.bytes.saturating_sub(from))
        });
        let (gained, end) = match written {
            Ok(written) => written,
            Err(error) => {
                return Try::Never { reason: format!("the cache cannot be written: {error}"), status: None };
            }
        };
        self.received += gained;
        let have = from + gained;
        match end {
            End::Whole if total.is_none_or(|total| total == have) => self.keep(wanted, place, validators),
            End::TooLarge => {
                place.drop_half();
                too_large()
            }
            end => {
                let reason = match end {
                    End::Broken(reason) => reason,
                    _ => format!("{have} of {} bytes came", total.unwrap_or_default()),
                };
                // Without a tag or date a half is worth nothing: it could be another file's.
                let is_of_use = validators.for_range().is_some();
                if !is_of_use {
                    place.drop_half();
                }
                Try::Later { reason, wait: None, have: if is_of_use { have } else { 0 }, status: None }
            }
        }
    }

    fn keep(&self, wanted: &Wanted<'_>, place: &Place, validators: Validators) -> Try {
        let kept = hash(&place.part()).and_then(|(sha256, bytes)| {
            let entry = Entry { url: wanted.url.to_string(), validators, bytes, sha256, stamp: None };
            place.complete(&entry).map(|()| of(entry, place, true))
        });
        match kept {
            Ok(fetched) => Try::Whole(fetched),
            Err(error) => {
                Try::Never { reason: format!("the cache cannot be written: {error}"), status: None }
            }
        }
    }
}

fn of(entry: Entry, place: &Place, is_new: bool) -> Fetched {
    Fetched { path: place.body(), sha256: entry.sha256, bytes: entry.bytes, is_new, stamp: entry.stamp }
}

fn failure(url: &Url, reason: impl ToString, status: Option<u16>) -> Failure {
    // A key in an address does not belong into a message.
    let mut shown = url.clone();
    if shown.password().is_some() {
        let _ = shown.set_password(None);
    }
    Failure { url: shown.to_string(), reason: reason.to_string(), status }
}

/// Where an answer leads: never to another kind of address, and never from TLS to none.
fn redirect(at: &Url, answer: &Answer) -> Try {
    let never = |reason: String| Try::Never { reason, status: Some(answer.status) };
    let Some(to) = answer.header("location") else {
        return never("it leads elsewhere without saying where".to_owned());
    };
    match at.join(to) {
        Ok(to) if to.scheme() == "https" || (to.scheme() == "http" && at.scheme() == "http") => {
            Try::Again(Some(to))
        }
        Ok(to) => {
            never(format!("it leads to {}://, which is not followed from {}://", to.scheme(), at.scheme()))
        }
        Err(error) => never(format!("it leads to what is no address: {error}")),
    }
}

fn words(status: u16) -> String {
    let words = match status {
        401 => "the server wants a sign-in",
        403 => "the server refuses it",
        404 | 410 => "the server has no such file",
        407 => "the proxy wants a sign-in; put it into HTTPS_PROXY",
        429 => "the server says that it was asked too often",
        500..=599 => "the server cannot answer now",
        _ => "the server gave an answer that is of no use",
    };
    format!("{words} (status {status})")
}

enum End {
    Whole,
    Broken(String),
    TooLarge,
}

/// Writes a body; answers how many bytes came, and how it ended. An error is one of our own file.
fn write(mut file: File, mut body: Box<dyn Read + Send>, bytes_max: u64) -> io::Result<(u64, End)> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut count = 0u64;
    let end = loop {
        match body.read(&mut chunk) {
            Ok(0) => break End::Whole,
            Ok(read) => {
                count += read as u64;
                if count > bytes_max {
                    break End::TooLarge;
                }
                file.write_all(chunk.get(..read).unwrap_or_default())?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break End::Broken(format!("the connection broke: {error}")),
        }
    };
    file.sync_all()?;
    Ok((count, end))
}

fn is_as_written(place: &Place, entry: &Entry) -> bool {
    hash(&place.body()).is_ok_and(|(sha256, bytes)| sha256 == entry.sha256 && bytes == entry.bytes)
}

fn hash(path: &Path) -> io::Result<(String, u64)> {
    let mut reader = BufReader::with_capacity(CHUNK_BYTES, File::open(path)?);
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    loop {
        let read = reader.read(&mut chunk)?;
        if read == 0 {
            return Ok((hex(&hash.finalize()), bytes));
        }
        bytes += read as u64;
        hash.update(chunk.get(..read).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests;
