//! The knowledge base: the built-in one and a hospital's own folder beside it.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use cordon_knowledge::{Conflict, Knowledge, KnowledgeError, Replaced, Review, Support};
use cordon_model::observe::Fact;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A hospital's folder may hold this many files; more is surely the wrong folder.
const FILES_MAX: usize = 1_000;

/// Reads the built-in knowledge and, when given, a hospital's folder of TOML files.
pub(crate) fn read(folder: Option<&Path>) -> Result<Knowledge, AppError> {
    let Some(folder) = folder else {
        return Knowledge::builtin().map_err(|error| defect(&error));
    };
    Knowledge::with_folder(&files(folder)?).map_err(|error| {
        let next = format!("`cordon knowledge test --knowledge {}` tells every mistake", folder.display());
        AppError::unreadable(folder, format!("{error}; {next}"))
    })
}

fn defect(error: &KnowledgeError) -> AppError {
    AppError::Defect { what: "reading the built-in knowledge", reason: error.to_string() }
}

/// The TOML files of a folder and those in it, by name relative to it.
fn files(folder: &Path) -> Result<Vec<(String, String)>, AppError> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.sort();
    if paths.is_empty() {
        return Err(AppError::unreadable(folder, "it holds no TOML file; is it the right folder?"));
    }
    let named = paths.into_iter().map(|path| {
        let text = fs::read_to_string(&path).map_err(|error| AppError::unreadable(&path, error))?;
        let parts: Vec<_> = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        Ok((parts.join("/"), text))
    });
    named.collect()
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

/// What a test of the knowledge found.
#[derive(Debug, Serialize)]
pub struct Tested {
    /// Changes whenever any text of the knowledge changes.
    pub version: String,
    /// How many fingerprints there are.
    pub fingerprints: usize,
    /// By file: fingerprints, examples, distinct sources.
    pub files: BTreeMap<String, [usize; 3]>,
    /// How many fingerprints tell each category.
    pub categories: BTreeMap<&'static str, usize>,
    /// What of the site's own stands over what came with Cordon, in words.
    pub own: Vec<String>,
    /// Every mistake, with file and line.
    pub failures: Vec<String>,
}

/// Runs every fingerprint, built in and of a hospital's folder, against its own examples and the others'.
pub fn test(actor: &Actor, folder: Option<&Path>) -> Result<Tested, AppError> {
    actor.require(Permission::Assess)?;
    let own = folder.map(files).transpose()?.unwrap_or_default();
    let Review { knowledge, problems } = Knowledge::review(&own);
    let Some(knowledge) = knowledge else {
        let first = problems.first().cloned();
        return Err(first.map_or_else(
            || AppError::WrongUse("no reference data could be read".to_owned()),
            |error| defect(&error),
        ));
    };
    let fingerprints = &knowledge.fingerprints;
    let files = fingerprints.by_file().into_iter();
    let categories = fingerprints.by_category().into_iter();
    Ok(Tested {
        version: knowledge.version().to_owned(),
        fingerprints: fingerprints.iter().count(),
        files: files
            .map(|(file, count)| (file.to_owned(), [count.fingerprints, count.examples, count.sources]))
            .collect(),
        categories: categories.map(|(category, count)| (category.name(), count)).collect(),
        own: stands_over(&knowledge),
        failures: problems.iter().map(|problem| in_folder(folder, &own, problem)).collect(),
    })
}

/// A mistake with the path a person can open, where it is in the site's own folder.
fn in_folder(folder: Option<&Path>, own: &[(String, String)], problem: &KnowledgeError) -> String {
    match folder {
        Some(folder) if own.iter().any(|(name, _)| *name == problem.file) => {
            format!("{}:{}: {}", folder.join(&problem.file).display(), problem.line, problem.reason)
        }
        _ => problem.to_string(),
    }
}

fn stands_over(knowledge: &Knowledge) -> Vec<String> {
    let replaced = knowledge.fingerprints.replaced().iter().map(|Replaced { id, builtin, own }| {
        format!("{own}: \"{id}\" stands for the one that comes with Cordon ({builtin})")
    });
    let conflicts = knowledge.fingerprints.conflicts(&knowledge.vendors, &knowledge.systems);
    let settled = conflicts.iter().filter(|pair| pair.one.place.own != pair.other.place.own).map(|pair| {
        let Conflict { one, other, input, attribute, values: [of_one, of_other] } = pair;
        let (own, builtin, mine, theirs) =
            if one.place.own { (one, other, of_one, of_other) } else { (other, one, of_other, of_one) };
        format!(
            "{}: \"{}\" stands over \"{}\" ({}): {attribute} of \"{input}\" is \"{mine}\", not \"{theirs}\"",
            own.place, own.id, builtin.id, builtin.place
        )
    });
    replaced.chain(settled).collect()
}

/// What one fact would tell, fingerprint by fingerprint, in words.
pub fn try_value(actor: &Actor, folder: Option<&Path>, fact: &str, value: &str) -> Result<String, AppError> {
    actor.require(Permission::Assess)?;
    let fact: Fact = fact.parse().map_err(|error| {
        AppError::WrongUse(format!("{error}; docs/src/vocabulary.md lists all, such as dhcp.vendor_class"))
    })?;
    let knowledge = read(folder)?;
    let mut text = String::new();
    for matched in knowledge.fingerprints.matching(fact, value) {
        let _ = writeln!(text, "{}", matched.fingerprint.rule);
        for Support { attribute, value, probability } in &matched.supports {
            let _ = writeln!(text, "  {attribute} = {value} ({probability})");
        }
        for role in &matched.fingerprint.roles {
            let _ = writeln!(text, "  role: {role}");
        }
        let _ = writeln!(text, "  source: {}", matched.fingerprint.source);
    }
    if text.is_empty() {
        return Err(AppError::WrongUse(format!(
            "no fingerprint reads {fact} = {value}; write one: see \"How to write a fingerprint\" in the book"
        )));
    }
    Ok(text)
}
