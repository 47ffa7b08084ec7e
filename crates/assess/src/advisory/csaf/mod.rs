//! CSAF 2.0 (OASIS Standard, 2022) and the draft of 2.1: bytes to an [`Advisory`].
//!
//! Documents come from many writers. A value of the wrong type, an id that leads nowhere or a relationship in a
//! circle is left out with a note; a document is rejected only when it is not JSON, has no id, or is larger than
//! any advisory.

mod lenient;
mod statements;
mod tree;
mod wire;

use super::{Advisory, DocumentStatus, Note, Reading, Rejected, Revision, prose};
use cordon_model::Timestamp;
use lenient::Text;
use std::borrow::Cow;

/// The largest document that is read, bytes.
pub const DOCUMENT_BYTES_MAX: usize = 64 << 20;

/// The most products of one document.
pub const PRODUCTS_MAX: usize = 200_000;

/// The most statements, and the most product references of scores and of remediations, of one document.
pub const STATEMENTS_MAX: usize = 2_000_000;

/// The most notes kept of one document; the last says that there are more.
const NOTES_MAX: usize = 200;

/// Reads a document; `source` is the file's name, `now` the time of reading.
pub fn read(bytes: &[u8], source: &str, now: Timestamp) -> Result<Reading, Rejected> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(rejected("", format!("larger than {DOCUMENT_BYTES_MAX} bytes")));
    }
    let mut notes = Notes::default();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => {
            notes.add(
                &Path::ROOT,
                format!("not UTF-8 from byte {} on; replaced what cannot be read", error.valid_up_to()),
            );
            String::from_utf8_lossy(bytes)
        }
    };
    let csaf: wire::Csaf<'_> = serde_json::from_str(&text).map_err(|error| Rejected {
        path: format!("line {} column {}", error.line(), error.column()),
        reason: format!("not a CSAF document: {error}"),
    })?;
    let mut advisory = document(&csaf, now, &mut notes)?;
    source.clone_into(&mut advisory.source);
    let root = Path::ROOT;
    let tree = csaf.product_tree.get();
    let path = root.field("product_tree");
    let tree = tree::read(tree, &path, &mut notes)?;
    statements::read(&csaf.vulnerabilities, &tree, &mut advisory, &root, &mut notes)?;
    advisory.products = tree.products;
    Ok(Reading { advisory, notes: notes.finish() })
}

/// The document's own data.
fn document(csaf: &wire::Csaf<'_>, now: Timestamp, notes: &mut Notes) -> Result<Advisory, Rejected> {
    let Some(document) = csaf.document.get() else {
        return Err(rejected("/document", "there is none: not a CSAF document".to_owned()));
    };
    let (root, empty) = (Path::ROOT, wire::Tracking::default());
    let path = root.field("document");
    let tracking = document.tracking.get().unwrap_or(&empty);
    let id = tracking.id.get().trim();
    if id.is_empty() {
        return Err(rejected("/document/tracking/id", "there is none".to_owned()));
    }
    if !matches!(document.csaf_version.get(), "2.0" | "2.1") {
        notes.add(&path.field("csaf_version"), format!("“{}”, read as 2.1", document.csaf_version.get()));
    }
    let path = path.field("tracking");
    let revision = Revision::parse(tracking.version.get());
    if revision.is_none() {
        notes.add(
            &path.field("version"),
            format!("“{}” is not a document version; taken as 0", tracking.version.get()),
        );
    }
    let released = time(&tracking.initial_release_date, &path.field("initial_release_date"), notes);
    let updated = time(&tracking.current_release_date, &path.field("current_release_date"), notes);
    if updated.is_some_and(|updated| updated > now) {
        notes.add(&path.field("current_release_date"), "lies in the future".to_owned());
    }
    let publisher = document.publisher.get();
    let summary = document.notes.items.iter().filter_map(|note| note.get());
    let summary = summary.filter(|note| note.category.get() == "summary").map(|note| note.text.get().trim());
    Ok(Advisory {
        id: id.to_owned(),
        aliases: tracking
            .aliases
            .items
            .iter()
            .map(|alias| alias.get().to_owned())
            .filter(|alias| !alias.is_empty())
            .collect(),
        title: prose::mend(document.title.get().trim()).into_owned(),
        publisher: publisher.map(|publisher| publisher.name.get().to_owned()).unwrap_or_default(),
        namespace: publisher.map(|publisher| publisher.namespace.get().to_owned()).unwrap_or_default(),
        category: document.category.get().to_owned(),
        revision: revision.unwrap_or_default(),
        status: match tracking.status.get() {
            "draft" => DocumentStatus::Draft,
            "interim" => DocumentStatus::Interim,
            "final" => DocumentStatus::Final,
            _ => DocumentStatus::Unstated,
        },
        released,
        updated,
        summary: summary.max_by_key(|text| text.len()).unwrap_or_default().to_owned(),
        ..Advisory::default()
    })
}

fn rejected(path: &str, reason: String) -> Rejected {
    Rejected { path: path.to_owned(), reason }
}

/// A time; one that cannot be read is noted.
fn time(text: &Text<'_>, path: &Path<'_>, notes: &mut Notes) -> Option<Timestamp> {
    match text {
        Text::Absent => None,
        Text::Wrong => {
            notes.add(path, "not a time; left out".to_owned());
            None
        }
        Text::Is(text) => match text.parse() {
            Ok(time) => Some(time),
            Err(_) => {
                notes.add(path, format!("“{text}” is not a time; left out"));
                None
            }
        },
    }
}

/// A place in the document, printed as a JSON pointer only when something is odd there.
#[derive(Clone, Copy, Debug)]
struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    key: &'a str,
    index: Option<usize>,
}

impl<'a> Path<'a> {
    const ROOT: Path<'static> = Path { parent: None, key: "", index: None };

    fn field(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), key, index: None }
    }

    fn item(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), key: "", index: Some(index) }
    }

    fn pointer(&self) -> String {
        let Some(parent) = self.parent else { return String::new() };
        match self.index {
            Some(index) => format!("{}/{index}", parent.pointer()),
            None => format!("{}/{}", parent.pointer(), self.key),
        }
    }
}

/// Notes under construction.
#[derive(Debug, Default)]
struct Notes {
    notes: Vec<Note>,
    left_out: usize,
}

impl Notes {
    fn add(&mut self, path: &Path<'_>, text: String) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(Note { path: path.pointer(), text });
        } else {
            self.left_out += 1;
        }
    }

    fn wrong(&mut self, wrong: bool, path: &Path<'_>) {
        if wrong {
            self.add(path, "has the wrong type; left out".to_owned());
        }
    }

    fn finish(mut self) -> Vec<Note> {
        if self.left_out > 0 {
            self.notes.push(Note { path: String::new(), text: format!("{} more like these", self.left_out) });
        }
        self.notes
    }
}
