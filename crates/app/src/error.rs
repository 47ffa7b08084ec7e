//! One error for all use cases; its variants are what the user can do about it.

use std::path::{Path, PathBuf};

/// Why a use case could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The actor lacks a permission.
    #[error("{who} may not {what}")]
    NotAllowed {
        /// Who asked.
        who: String,
        /// For what.
        what: &'static str,
    },
    /// The request itself is wrong; the text says how to put it right.
    #[error("{0}")]
    WrongUse(String),
    /// None of the inputs could be used.
    #[error("none of the inputs could be used:\n{}", .reasons.join("\n"))]
    NoUsableInput {
        /// One line an input, with the reason.
        reasons: Vec<String>,
    },
    /// A file that was named could not be read or understood.
    #[error("{}: {reason}", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// The result could not be written.
    #[error("{}: cannot be written: {reason}", .path.display())]
    Unwritable {
        /// Which file or folder.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// Built-in reference data or a document template is broken: our defect.
    #[error("{what} failed: {reason}; this is a defect in Cordon, please report it")]
    Defect {
        /// What failed.
        what: &'static str,
        /// Why.
        reason: String,
    },
}

impl AppError {
    /// The process exit code: 2 wrong use, 3 no input was usable, 4 could not write.
    pub fn exit_code(&self) -> u8 {
        match self {
            AppError::NotAllowed { .. } | AppError::WrongUse(_) => 2,
            AppError::NoUsableInput { .. } | AppError::Unreadable { .. } => 3,
            AppError::Unwritable { .. } => 4,
            AppError::Defect { .. } => 70,
        }
    }

    /// A short name a person can search the documentation for.
    pub fn code(&self) -> &'static str {
        match self {
            AppError::NotAllowed { .. } => "not-allowed",
            AppError::WrongUse(_) => "wrong-use",
            AppError::NoUsableInput { .. } => "no-usable-input",
            AppError::Unreadable { .. } => "unreadable",
            AppError::Unwritable { .. } => "unwritable",
            AppError::Defect { .. } => "defect",
        }
    }

    pub(crate) fn unreadable(path: &Path, reason: impl ToString) -> AppError {
        AppError::Unreadable { path: path.to_path_buf(), reason: reason.to_string() }
    }

    pub(crate) fn unwritable(path: &Path, reason: impl ToString) -> AppError {
        AppError::Unwritable { path: path.to_path_buf(), reason: reason.to_string() }
    }
}

impl From<cordon_report::ReportError> for AppError {
    fn from(error: cordon_report::ReportError) -> AppError {
        AppError::Defect { what: "making the documents", reason: error.to_string() }
    }
}
