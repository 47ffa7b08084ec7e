//! Where things lie: scenarios and peers in this folder, what was built or installed in the target folder.

use std::path::{Path, PathBuf};

/// The lab's own folder.
pub(crate) fn lab() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Python environment that `scripts/install.sh lab` makes: in the target folder this program was built
/// into, or the default one.
pub(crate) fn python() -> Option<PathBuf> {
    let executable = std::env::current_exe().unwrap_or_default();
    let built_into = executable.ancestors().map(Path::to_owned);
    let default = lab().parent().map(|root| root.join("target"));
    built_into.chain(default).map(|folder| folder.join("lab-python")).find(|folder| folder.is_dir())
}

/// The `cordon` binary to judge besides the library: what `CORDON_LAB_BINARY` names, as `make test` does once
/// it is built. One that merely lies about may be old, and would be blamed for what is mended.
#[expect(clippy::disallowed_methods, reason = "the tests' only configuration")]
pub fn binary() -> Option<PathBuf> {
    std::env::var("CORDON_LAB_BINARY").ok().filter(|path| !path.is_empty()).map(PathBuf::from)
}
