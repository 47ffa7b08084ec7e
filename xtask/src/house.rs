//! The workspace as the checks see it: its members with their arrows, and its tracked text files.
//!
//! Reads `cargo metadata` and `git ls-files` once; it judges nothing.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Package names are `cordon-NAME`; the checks speak of NAME.
const PREFIX: &str = "cordon-";

/// A direct dependency of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrow {
    /// The package it leads to, without the project's prefix.
    pub(crate) to: String,
    /// Whether that package is a member of this workspace.
    pub(crate) inner: bool,
    /// Whether only tests, examples and benchmarks use it.
    pub(crate) tests_only: bool,
}

/// A member of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Its name without the project's prefix.
    pub(crate) name: String,
    /// Its folder relative to the root, with `/`.
    pub(crate) folder: String,
    /// Its manifest as text.
    pub(crate) manifest: String,
    /// Root files of its library and binaries, relative to the workspace root.
    pub(crate) roots: Vec<String>,
    /// Its direct dependencies.
    pub(crate) arrows: Vec<Arrow>,
}

/// Everything the checks look at.
#[derive(Clone, Debug, Default)]
pub(crate) struct House {
    /// The members in order of name.
    pub(crate) members: Vec<Member>,
    /// Tracked text files by path relative to the root, fuzzing inputs left out.
    pub(crate) texts: BTreeMap<String, String>,
    /// Paths of all tracked files.
    pub(crate) paths: Vec<String>,
}

impl House {
    /// Reads the workspace around the current folder.
    pub(crate) fn open() -> Result<House, String> {
        let metadata = MetadataCommand::new().no_deps().exec().map_err(|error| error.to_string())?;
        let root = PathBuf::from(metadata.workspace_root.as_std_path());
        let paths = tracked(&root)?;
        let mut texts = BTreeMap::new();
        for path in paths.iter().filter(|path| !path.starts_with("fuzz/corpus/")) {
            // A file deleted but not yet committed is still listed; a binary file is no text.
            if let Ok(text) = std::fs::read_to_string(root.join(path)) {
                texts.insert(path.clone(), text);
            }
        }
        Ok(House { members: members(&metadata)?, texts, paths })
    }

    /// The text of a tracked file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Tracked Rust sources of the project itself.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .filter(|(path, _)| path.ends_with(".rs"))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

/// The members that `cargo metadata` lists, in order of name.
pub(crate) fn members(metadata: &Metadata) -> Result<Vec<Member>, String> {
    let packages = metadata.workspace_packages();
    let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let root = metadata.workspace_root.as_std_path();
    let mut members = Vec::new();
    for package in &packages {
        members.push(member(package, &names, root)?);
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

fn member(package: &Package, names: &[&str], root: &Path) -> Result<Member, String> {
    let manifest_path = package.manifest_path.as_std_path();
    let manifest = std::fs::read_to_string(manifest_path)
        .map_err(|error| format!("cannot read {}: {error}", manifest_path.display()))?;
    let roots = package
        .targets
        .iter()
        .filter(|target| target.is_lib() || target.is_bin())
        .map(|target| relative(target.src_path.as_std_path(), root))
        .collect();
    let arrows = package
        .dependencies
        .iter()
        .map(|dependency| Arrow {
            to: short(&dependency.name).to_owned(),
            inner: names.contains(&dependency.name.as_str()),
            tests_only: dependency.kind == DependencyKind::Development,
        })
        .collect();
    let folder = manifest_path.parent().map(|folder| relative(folder, root)).unwrap_or_default();
    Ok(Member { name: short(&package.name).to_owned(), folder, manifest, roots, arrows })
}

fn short(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Every tracked path; a clone without git's folder (an unpacked archive) cannot be checked.
fn tracked(root: &Path) -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run git: {error}"))?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(output
        .stdout
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty())
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .collect())
}
