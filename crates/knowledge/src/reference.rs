//! What the reference tables share: naming the place of a mistake, and calendar days.

use crate::file::{File, KnowledgeError};
use cordon_model::Timestamp;

/// A mistake in the row of `file` that holds the text `near`.
pub(crate) fn mistake(file: &File<'_>, near: &str, reason: impl Into<String>) -> KnowledgeError {
    file.error(file.text.find(near).unwrap_or(0), reason)
}

/// A calendar day as its first instant in UTC.
pub(crate) fn day(file: &File<'_>, text: &str) -> Result<Timestamp, KnowledgeError> {
    text.parse().map_err(|_| mistake(file, text, format!("\"{text}\" is not a date such as 2026-11-22")))
}
