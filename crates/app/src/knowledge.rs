//! The knowledge base: the built-in one and a hospital's own folder beside it.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use cordon_knowledge::Knowledge;
use std::fs;
use std::path::{Path, PathBuf};

/// A hospital's folder may hold this many files; more is surely the wrong folder.
const FILES_MAX: usize = 1_000;

/// Reads the built-in knowledge and, when given, a hospital's folder of TOML files.
pub(crate) fn read(folder: Option<&Path>) -> Result<Knowledge, AppError> {
    let Some(folder) = folder else {
        return Knowledge::builtin().map_err(|error| AppError::Defect {
            what: "reading the built-in knowledge",
            reason: error.to_string(),
        });
    };
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| AppError::unreadable(&path, error))?;
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        files.push((name, text));
    }
    Knowledge::with_folder(&files).map_err(|error| AppError::unreadable(folder, error))
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), AppError> {
    let entries = fs::read_dir(folder).map_err(|error| AppError::unreadable(folder, error))?;
    for entry in entries {
        let path = entry.map_err(|error| AppError::unreadable(folder, error))?.path();
        if path.is_dir() && !path.is_symlink() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            let reason = format!("it holds more than {FILES_MAX} TOML files; is it the right folder?");
            return Err(AppError::unreadable(folder, reason));
        }
    }
    Ok(())
}

/// Runs every fingerprint against its own examples; answers a sentence, or all failures.
pub fn test(actor: &Actor, folder: Option<&Path>) -> Result<String, AppError> {
    actor.require(Permission::Assess)?;
    let knowledge = read(folder)?;
    let failures = knowledge.self_test();
    if failures.is_empty() {
        return Ok(format!(
            "{} fingerprints agree with their examples; knowledge version {}\n",
            knowledge.fingerprints.iter().count(),
            knowledge.version()
        ));
    }
    let lines: Vec<String> = failures.iter().map(ToString::to_string).collect();
    Err(AppError::WrongUse(format!("{} examples are not met:\n{}", lines.len(), lines.join("\n"))))
}
