//! How the documents of a CSAF provider are found (CSAF 2.0, chapter 7): `provider-metadata.json`, ROLIE feeds
//! (RFC 8322), and folders with `changes.csv` or `index.txt`.
//!
//! Only the finding: what is in a document is not known here. Every reader takes any bytes and answers what it
//! could use of them.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Documents that one provider may list.
const DOCUMENTS_MAX: usize = 500_000;
/// Feeds, folders and keys that one provider may name.
const NAMED_MAX: usize = 1_000;

/// What a provider says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provider {
    /// Its name.
    pub publisher: String,
    /// `csaf_publisher`, `csaf_provider` or `csaf_trusted_provider`.
    pub role: String,
    /// When it last changed what it says of itself.
    pub updated: String,
    /// Lists of documents.
    pub lists: Vec<List>,
    /// Keys that documents are signed with.
    pub keys: Vec<Key>,
}

/// Where documents are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// A ROLIE feed.
    Feed(Url),
    /// A folder with `changes.csv` or `index.txt`.
    Folder(Url),
}

impl List {
    /// Its address.
    pub fn url(&self) -> &Url {
        match self {
            List::Feed(url) | List::Folder(url) => url,
        }
    }
}

/// An OpenPGP key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its fingerprint in hexadecimal, upper case.
    pub fingerprint: String,
    /// Where it is published.
    pub url: Url,
}

/// A document that is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where it is.
    pub url: Url,
    /// When it was last changed, as written; of `index.txt`, nothing.
    pub updated: Option<String>,
    /// Where its hash is.
    pub hash: Option<Url>,
    /// Where its signature is.
    pub signature: Option<Url>,
}

#[derive(Deserialize)]
struct ProviderFile {
    #[serde(default)]
    publisher: Value,
    #[serde(default)]
    role: String,
    #[serde(default)]
    last_updated: String,
    #[serde(default)]
    distributions: Vec<Value>,
    #[serde(default)]
    public_openpgp_keys: Vec<Value>,
}

/// Reads `provider-metadata.json`; addresses in it may be relative to its own.
pub fn provider(bytes: &[u8], at: &Url) -> Result<Provider, String> {
    let file: ProviderFile = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let url =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).and_then(|text| web(at, text));
    let mut lists = Vec::new();
    for distribution in file.distributions.iter().take(NAMED_MAX) {
        let feeds = distribution.pointer("/rolie/feeds").and_then(Value::as_array).into_iter().flatten();
        let before = lists.len();
        for feed in feeds.take(NAMED_MAX) {
            // Documents that are not for everyone need a sign-in; there is none here.
            let label = feed.get("tlp_label").and_then(Value::as_str).unwrap_or("WHITE");
            if matches!(label, "WHITE" | "CLEAR" | "UNLABELED") {
                lists.extend(url(feed, "url").map(List::Feed));
            }
        }
        // The same documents are in both; a feed says more of each.
        if lists.len() == before {
            lists.extend(url(distribution, "directory_url").map(folder).map(List::Folder));
        }
    }
    let keys = file.public_openpgp_keys.iter().take(NAMED_MAX).filter_map(|key| {
        let fingerprint = key.get("fingerprint").and_then(Value::as_str)?.to_ascii_uppercase();
        let is_hex =
            (40..=64).contains(&fingerprint.len()) && fingerprint.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Key { fingerprint, url: url(key, "url")? }).filter(|_| is_hex)
    });
    let provider = Provider {
        publisher: file.publisher.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        role: file.role,
        updated: file.last_updated,
        lists,
        keys: keys.collect(),
    };
    if provider.lists.is_empty() {
        return Err("it names no list of documents that are for everyone (distributions)".to_owned());
    }
    Ok(provider)
}

/// Reads a ROLIE feed (RFC 8322 as JSON, CSAF 2.0, 7.1.15); entries without a document are left out.
pub fn feed(bytes: &[u8], at: &Url) -> Result<Vec<Listed>, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let feed = value.get("feed").ok_or("it is no ROLIE feed: \"feed\" is missing")?;
    let entries = feed.get("entry").and_then(Value::as_array).into_iter().flatten().take(DOCUMENTS_MAX);
    Ok(entries.filter_map(|entry| listed(entry, at)).collect())
}

fn listed(entry: &Value, at: &Url) -> Option<Listed> {
    let links: Vec<(&str, &str)> = entry
        .get("link")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(NAMED_MAX)
        .filter_map(|link| Some((link.get("rel")?.as_str()?, link.get("href")?.as_str()?)))
        .collect();
    let link = |rel: &str, endings: &[&str]| {
        let fits = |href: &str| endings.is_empty() || endings.iter().any(|ending| href.ends_with(ending));
        links.iter().find(|(known, href)| *known == rel && fits(href)).and_then(|(_, href)| web(at, href))
    };
    let content = entry.pointer("/content/src").and_then(Value::as_str).and_then(|text| web(at, text));
    Some(Listed {
        url: content.or_else(|| link("self", &[]))?,
        updated: entry.get("updated").and_then(Value::as_str).map(str::to_owned),
        hash: link("hash", &[".sha512"]).or_else(|| link("hash", &[".sha256"])),
        signature: link("signature", &[]),
    })
}

/// Reads `changes.csv`: a path and a time a line. Of a path that stands twice the first, which is the newest.
pub fn changes(bytes: &[u8], folder: &Url) -> Vec<Listed> {
    let lines = lines(bytes).filter_map(|line| {
        let (path, time) = line.rsplit_once(',')?;
        let unquoted = |text: &str| text.trim().trim_matches('"').to_owned();
        Some((unquoted(path), Some(unquoted(time))))
    });
    documents(lines, folder)
}

/// Reads `index.txt`: a path a line.
pub fn index(bytes: &[u8], folder: &Url) -> Vec<Listed> {
    documents(lines(bytes).map(|line| (line.to_owned(), None)), folder)
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    lines.map(|line| line.trim_start_matches('\u{feff}').trim()).filter(|line| !line.is_empty())
}

fn documents(paths: impl Iterator<Item = (String, Option<String>)>, folder: &Url) -> Vec<Listed> {
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for (path, updated) in paths.take(DOCUMENTS_MAX) {
        let Some(url) = below(folder, &path) else { continue };
        if !seen.insert(url.clone()) {
            continue;
        }
        // Beside each document (CSAF 2.0, 7.1.18 and 7.1.19). Whether they are there shows when they are asked for.
        let beside = |ending: &str| format!("{url}.{ending}").parse().ok();
        found.push(Listed { updated, hash: beside("sha512"), signature: beside("asc"), url: url.clone() });
    }
    found
}

/// The address of a document in a folder; a path that leads out of it, or to another server, is none.
fn below(folder: &Url, path: &str) -> Option<Url> {
    let is_plain = path.ends_with(".json") && !path.contains([':', '\\', '?', '#']) && !path.starts_with('/');
    let url = folder.join(path).ok().filter(|_| is_plain)?;
    url.as_str().starts_with(folder.as_str()).then_some(url)
}

/// An address of the web, also one relative to `at`; never from TLS to none.
fn web(at: &Url, text: &str) -> Option<Url> {
    let url = at.join(text.trim()).ok()?;
    let is_web = url.scheme() == "https" || (url.scheme() == "http" && at.scheme() == "http");
    (is_web && url.host_str().is_some()).then_some(url)
}

/// A folder's address ends in a slash, so that paths are added to it.
pub fn folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

/// Addresses in the `CSAF:` lines of a `security.txt` (RFC 9116; CSAF 2.0, 7.1.8).
pub fn security_txt(bytes: &[u8], at: &Url) -> Vec<Url> {
    let fields = lines(bytes).filter_map(|line| line.split_once(':'));
    let fields = fields.filter(|(name, _)| name.trim().eq_ignore_ascii_case("csaf"));
    fields.filter_map(|(_, value)| web(at, value)).take(NAMED_MAX).collect()
}

/// What an address that a person gave may lead to.
pub fn recognise(bytes: &[u8]) -> Option<Found> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    if value.get("feed").is_some() {
        Some(Found::Feed)
    } else if value.get("distributions").is_some() {
        Some(Found::Provider)
    } else if value.get("document").is_some() {
        Some(Found::Document)
    } else {
        None
    }
}

/// A file of a provider, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// `provider-metadata.json`.
    Provider,
    /// A ROLIE feed.
    Feed,
    /// A document itself.
    Document,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_provider_names_its_open_feeds_folders_and_keys() {
        let text = br#"{ "publisher": { "name": "Example" }, "role": "csaf_trusted_provider",
            "last_updated": "2026-11-01T00:00:00Z",
            "distributions": [
                { "rolie": { "feeds": [
                    { "tlp_label": "WHITE", "url": "https://example.com/white/feed.json" },
                    { "tlp_label": "RED", "url": "https://example.com/red/feed.json" },
                    { "tlp_label": "WHITE", "url": "file:///etc/passwd" } ] } },
                { "directory_url": "https://example.com/folder" } ],
            "public_openpgp_keys": [
                { "fingerprint": "aabbccddeeff00112233445566778899aabbccdd", "url": "https://example.com/key.asc" },
                { "fingerprint": "no", "url": "https://example.com/key.asc" } ] }"#;
        let provider =
            provider(text, &at("https://example.com/.well-known/csaf/provider-metadata.json")).unwrap();
        let lists: Vec<&str> = provider.lists.iter().map(|list| list.url().as_str()).collect();
        assert_eq!(lists, ["https://example.com/white/feed.json", "https://example.com/folder/"]);
        assert_eq!(provider.keys.len(), 1);
        assert!(super::provider(b"{}", &at("https://example.com/")).unwrap_err().contains("distributions"));
        assert!(super::provider(b"[", &at("https://example.com/")).is_err());
    }

    #[test]
    fn a_feed_gives_documents_with_hash_and_signature() {
        let text = br#"{ "feed": { "id": "x", "entry": [
            { "id": "A", "updated": "2026-01-02T00:00:00Z", "content": { "src": "https://example.com/2026/a.json" },
              "link": [ { "rel": "self", "href": "https://example.com/2026/a.json" },
                        { "rel": "hash", "href": "https://example.com/2026/a.json.sha256" },
                        { "rel": "hash", "href": "https://example.com/2026/a.json.sha512" },
                        { "rel": "signature", "href": "https://example.com/2026/a.json.asc" } ] },
            { "id": "B", "link": [ { "rel": "self", "href": "http://example.com/plain.json" } ] },
            { "id": "C" }, 7 ] } }"#;
        let found = feed(text, &at("https://example.com/feed.json")).unwrap();
        assert_eq!(found.len(), 1, "a document without TLS is not taken from a list with it");
        assert_eq!(found[0].hash.as_ref().map(Url::as_str), Some("https://example.com/2026/a.json.sha512"));
        assert!(found[0].signature.is_some());
        assert!(feed(b"{}", &at("https://example.com/feed.json")).is_err());
    }

    #[test]
    fn paths_stay_in_their_folder() {
        let folder = at("https://example.com/white/");
        let text = b"\xef\xbb\xbf\"2026/a.json\",\"2026-01-02T00:00:00Z\"\r\n2026/a.json,2025-01-01T00:00:00Z\n\
            ../secret.json,2026-01-01T00:00:00Z\nhttps://other.example/x.json,2026\n/x.json,2026\n2026/b.txt,2026\n\
            a\\b.json,2026\n2026/b.json,2026-01-01T00:00:00Z\n\xff\xfe,2026\nnothing\n";
        let found = changes(text, &folder);
        let urls: Vec<&str> = found.iter().map(|one| one.url.as_str()).collect();
        assert_eq!(urls, ["https://example.com/white/2026/a.json", "https://example.com/white/2026/b.json"]);
        assert_eq!(found[0].updated.as_deref(), Some("2026-01-02T00:00:00Z"));
        assert_eq!(index(b"2026/a.json\n\n2026/../../up.json\n", &folder).len(), 1);
    }

    #[test]
    fn security_txt_leads_to_the_provider() {
        let text = b"Contact: mailto:a@example.com\ncsaf: https://example.com/p.json\nCSAF: ftp://example.com/q.json\n";
        let found = security_txt(text, &at("https://example.com/.well-known/security.txt"));
        assert_eq!(found.iter().map(Url::as_str).collect::<Vec<_>>(), ["https://example.com/p.json"]);
    }
}
