//! Data to standard output, words to standard error; a reader that goes away is no failure.

use std::io::{self, Write};

/// Writes `text` to standard output. A broken pipe counts as success: the reader had enough.
pub(crate) fn data(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    forgive(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Writes one line of words to standard error; nobody is helped when that fails.
pub(crate) fn words(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{text}");
}

/// Takes a broken pipe for success.
pub(crate) fn forgive(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
