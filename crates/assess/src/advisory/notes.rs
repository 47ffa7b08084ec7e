//! What every reader of documents needs: the text, places in it, notes, times.

use super::lenient::Text;
use super::{DOCUMENT_BYTES_MAX, Note, Rejected};
use cordon_model::Timestamp;
use std::borrow::Cow;

/// The most notes kept of one document; the last says that there are more.
const NOTES_MAX: usize = 200;

/// The bytes as text, without a byte order mark; what is not UTF-8 is replaced and noted.
pub(super) fn text<'a>(bytes: &'a [u8], notes: &mut Notes) -> Result<Cow<'a, str>, Rejected> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(rejected("", format!("larger than {DOCUMENT_BYTES_MAX} bytes")));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => {
            let from = error.valid_up_to();
            notes.add(&Path::ROOT, format!("not UTF-8 from byte {from} on; replaced what cannot be read"));
            String::from_utf8_lossy(bytes)
        }
    })
}

/// The document of a text.
pub(super) fn parsed<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, Rejected> {
    serde_json::from_str(text).map_err(|error| Rejected {
        path: format!("line {} column {}", error.line(), error.column()),
        reason: format!("cannot be read: {error}"),
    })
}

pub(super) fn rejected(path: &str, reason: String) -> Rejected {
    Rejected { path: path.to_owned(), reason }
}

/// A time; one that cannot be read is noted.
pub(super) fn time(text: &Text<'_>, path: &Path<'_>, notes: &mut Notes) -> Option<Timestamp> {
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
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    key: &'a str,
    index: Option<usize>,
}

impl<'a> Path<'a> {
    pub(super) const ROOT: Path<'static> = Path { parent: None, key: "", index: None };

    pub(super) fn field(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), key, index: None }
    }

    pub(super) fn item(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), key: "", index: Some(index) }
    }

    pub(super) fn pointer(&self) -> String {
        let Some(parent) = self.parent else { return String::new() };
        match self.index {
            Some(index) => format!("{}/{index}", parent.pointer()),
            None => format!("{}/{}", parent.pointer(), self.key),
        }
    }
}

/// Notes under construction.
#[derive(Debug, Default)]
pub(super) struct Notes {
    notes: Vec<Note>,
    left_out: usize,
}

impl Notes {
    pub(super) fn add(&mut self, path: &Path<'_>, text: String) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(Note { path: path.pointer(), text });
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn wrong(&mut self, wrong: bool, path: &Path<'_>) {
        if wrong {
            self.add(path, "has the wrong type; left out".to_owned());
        }
    }

    pub(super) fn finish(mut self) -> Vec<Note> {
        if self.left_out > 0 {
            self.notes.push(Note { path: String::new(), text: format!("{} more like these", self.left_out) });
        }
        self.notes
    }
}
