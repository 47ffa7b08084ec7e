//! CSAF 2.0 (OASIS Standard, 2022) and the draft of 2.1: bytes to an [`Advisory`].
//!
//! Documents come from many writers. A value of the wrong type, an id that leads nowhere or a relationship in a
//! circle is left out with a note; a document is rejected only when it is not JSON, has no id, or is larger than
//! any advisory.

mod statements;
mod tree;
mod wire;

pub(super) use tree::helper_version;

pub use super::DOCUMENT_BYTES_MAX;

use super::notes::{Notes, Path, parsed, rejected, text, time};
use super::{Advisory, DocumentStatus, Reading, Rejected, Revision, prose};
use cordon_model::Timestamp;

/// The most products of one document.
pub const PRODUCTS_MAX: usize = 200_000;

/// The most statements, and the most product references of scores and of remediations, of one document.
pub const STATEMENTS_MAX: usize = 2_000_000;

/// Reads a document; `source` is the file's name, `now` the time of reading.
pub fn read(bytes: &[u8], source: &str, now: Timestamp) -> Result<Reading, Rejected> {
    let mut notes = Notes::default();
    let text = text(bytes, &mut notes)?;
    let csaf: wire::Csaf<'_> = parsed(&text)?;
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
