//! Lists the files of reference data for the library, and fails the build on any mistake in them, each with
//! file and line: the loaders that the library uses are the ones that check here.
#![expect(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::disallowed_methods,
    reason = "checking uses a part of the loaders, and Cargo speaks to a build script by its environment"
)]

#[path = "src/all.rs"]
mod all;
#[path = "src/banners.rs"]
mod banners;
#[path = "src/cpe.rs"]
mod cpe;
#[path = "src/dicom.rs"]
mod dicom;
#[path = "src/file.rs"]
mod file;
#[path = "src/fingerprints/mod.rs"]
mod fingerprints;
#[path = "src/harm.rs"]
mod harm;
#[path = "src/lifecycle.rs"]
mod lifecycle;
#[path = "src/models.rs"]
mod models;
#[path = "src/oui.rs"]
mod oui;
#[path = "src/pattern.rs"]
mod pattern;
#[path = "src/ports.rs"]
mod ports;
#[path = "src/reference.rs"]
mod reference;
#[path = "src/systems.rs"]
mod systems;
#[path = "src/templates.rs"]
mod templates;
#[path = "src/vendors.rs"]
mod vendors;

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=src");
    let data = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("data");
    let mut paths = Vec::new();
    collect(&data, &mut paths)?;
    paths.sort();
    let mut list = String::from("&[\n");
    let mut texts = Vec::new();
    for path in &paths {
        let parts: Vec<_> = path.strip_prefix(&data)?.iter().map(|part| part.to_string_lossy()).collect();
        let name = parts.join("/");
        writeln!(list, "    File::builtin({name:?}, include_str!({:?})),", path.to_string_lossy())?;
        texts.push((name, fs::read_to_string(path)?));
    }
    list.push(']');
    fs::write(Path::new(&std::env::var("OUT_DIR")?).join("builtin.rs"), list)?;
    let files: Vec<_> = texts.iter().map(|(name, text)| file::File::builtin(name, text)).collect();
    for problem in all::Review::of(&files).problems {
        println!("cargo::error=crates/knowledge/data/{problem}");
    }
    Ok(())
}

/// Every TOML file of a folder and those in it.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    Ok(())
}
