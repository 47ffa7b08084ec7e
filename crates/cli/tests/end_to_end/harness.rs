//! Runs the binary in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The time every test judges at.
pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";

/// What a run of the binary gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Ran {
    fn of(output: Output) -> Ran {
        Ran { code: output.status.code().unwrap_or(-1), stdout: output.stdout, stderr: output.stderr }
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Stops the test unless the exit code is `code`; answers itself.
    pub(crate) fn expect(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out(), self.err());
        self
    }
}

/// A folder to work in, removed afterwards.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cordon"));
        command.args(line.split_whitespace()).current_dir(self.folder.path());
        // Feeds that whoever runs the tests has imported are none of a test's inputs.
        command.env("XDG_CACHE_HOME", self.folder.path().join("cache"));
        command
    }

    /// Runs `cordon` with the words of `line`, in this folder.
    pub(crate) fn cordon(&self, line: &str) -> Ran {
        Ran::of(self.command(line).stdin(Stdio::null()).output().unwrap())
    }

    /// The same with the bytes of a file of this folder as standard input.
    pub(crate) fn cordon_fed(&self, line: &str, stdin: &str) -> Ran {
        let file = fs::File::open(self.path(stdin)).unwrap();
        Ran::of(self.command(line).stdin(file).output().unwrap())
    }

    /// The parsed assessment.json in `out`.
    pub(crate) fn assessment(&self, out: &str) -> serde_json::Value {
        serde_json::from_slice(&self.read(&format!("{out}/assessment.json"))).unwrap()
    }

    /// All files below `name`, in order.
    pub(crate) fn files(&self, name: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.path(name), &mut found);
        found.sort();
        found
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}

/// The folder of recorded captures, when this machine has it; says so when not.
pub(crate) fn recorded() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        Some(folder)
    } else {
        eprintln!("skipped: no ../shared/data");
        None
    }
}
