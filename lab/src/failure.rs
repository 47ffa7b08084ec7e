//! What can go wrong in the lab itself, as against what Cordon got wrong.

use std::io;
use std::path::PathBuf;

/// Why a scenario could not be played.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A scenario's file does not say what one must.
    #[error("scenario {name}: {why}")]
    Scenario {
        /// Which scenario.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A program could not be started.
    #[error("cannot start {program}: {source}; `scripts/install.sh lab` installs what the lab needs")]
    Start {
        /// Which program.
        program: String,
        /// Why not.
        source: io::Error,
    },
    /// A command did not end as it had to.
    #[error("{command}\n  {why}; it said:\n{said}")]
    Command {
        /// The command as in the scenario.
        command: String,
        /// How it ended.
        why: String,
        /// The end of its output.
        said: String,
    },
    /// Cordon could not read what was recorded.
    #[error("the capture: {0}")]
    Capture(String),
}

impl Failure {
    /// Names the file of an I/O error.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Failure {
        let path = path.into();
        move |source| Failure::File { path, source }
    }
}
