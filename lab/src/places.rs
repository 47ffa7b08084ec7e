//! Where things lie: scenarios and peers in this folder, what was built or installed in the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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

/// The `cordon` binary built beside this program, when it is there and no older than the library that both
/// hold: an old one would be blamed for what is already mended.
pub fn binary() -> Option<PathBuf> {
    let executable = std::env::current_exe().ok()?;
    let profile = executable.ancestors().find(|folder| folder.join("deps").is_dir())?;
    let binary = profile.join("cordon");
    let built = modified(&binary)?;
    let libraries = fs::read_dir(profile.join("deps")).ok()?.flatten().map(|entry| entry.path());
    let newest = libraries.filter(|path| is_sensor_library(path)).filter_map(|path| modified(&path)).max();
    newest.is_none_or(|newest| newest <= built).then_some(binary)
}

fn is_sensor_library(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("libcordon_sensor-") && name.ends_with(".rlib")
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
