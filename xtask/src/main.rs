//! Checks of the house that cargo does not make: arrows between crates, manifests, sources, fuzzing, links.
//!
//! `cargo xtask check` prints one line a check and every breach below it, and fails when there is one.
#![forbid(unsafe_code)]

mod arrows;
mod fuzzing;
mod house;
mod links;
mod manifests;
mod snapshots;
mod sources;
mod vocabulary;

use house::House;
use std::io::Write;
use std::process::ExitCode;

/// What is printed for `help` and for wrong use.
const USAGE: &str = "cargo xtask check       makes every check of the house\n\
                     cargo xtask list        names the checks\n\
                     cargo xtask vocabulary  writes the chapter on what Cordon understands\n";

/// One check: its name, what it promises, and the function that answers every breach in a sentence.
struct Check {
    name: &'static str,
    promise: &'static str,
    run: fn(&House) -> Vec<String>,
}

/// Every check, in the order they are printed.
const CHECKS: &[Check] = &[
    Check {
        name: "arrows",
        promise: "crates use only what the table in ARCHITECTURE.md allows",
        run: arrows::crates,
    },
    Check {
        name: "code map",
        promise: "the arrows drawn in ARCHITECTURE.md are the ones that are checked",
        run: arrows::code_map,
    },
    Check {
        name: "pure crates",
        promise: "no pure crate depends on I/O, async, clock or randomness",
        run: arrows::pure_dependencies,
    },
    Check {
        name: "pure sources",
        promise: "no pure crate opens files, sockets, threads or processes",
        run: sources::pure_sources,
    },
    Check {
        name: "manifests",
        promise: "lints, package fields and dependencies come from the workspace",
        run: manifests::inherited,
    },
    Check {
        name: "dependencies",
        promise: "every direct dependency is used and has its reason in ARCHITECTURE.md",
        run: manifests::reasons,
    },
    Check { name: "unsafe", promise: "every crate root forbids unsafe code", run: sources::forbids_unsafe },
    Check { name: "length", promise: "no file is longer than 800 lines", run: sources::length },
    Check { name: "unfinished", promise: "nothing is marked as unfinished", run: sources::unfinished },
    Check {
        name: "machine paths",
        promise: "no file names a path of one machine",
        run: sources::machine_paths,
    },
    Check {
        name: "module docs",
        promise: "every module starts by saying what it is",
        run: sources::module_docs,
    },
    Check {
        name: "snapshots",
        promise: "every snapshot has its test and was decided on",
        run: snapshots::belong,
    },
    Check { name: "fuzzing", promise: "every fuzz target has a committed corpus", run: fuzzing::corpora },
    Check {
        name: "dissectors",
        promise: "every dissector the engine knows has a fuzz target",
        run: fuzzing::dissectors,
    },
    Check {
        name: "links",
        promise: "links and paths in the documents lead somewhere",
        run: links::documents,
    },
    Check {
        name: "vocabulary",
        promise: "the chapter on what Cordon understands is what the vocabulary says",
        run: vocabulary::chapter,
    },
    Check { name: "book", promise: "every page of the book is in its summary", run: links::summary },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["check"] => check(&mut out),
        ["list"] => {
            for check in CHECKS {
                let _ = writeln!(out, "{:<14}{}", check.name, check.promise);
            }
            ExitCode::SUCCESS
        }
        ["vocabulary"] => write_vocabulary(&mut out),
        ["help" | "--help" | "-h"] => {
            let _ = out.write_all(USAGE.as_bytes());
            ExitCode::SUCCESS
        }
        _ => {
            let _ = std::io::stderr().write_all(USAGE.as_bytes());
            ExitCode::from(2)
        }
    }
}

fn write_vocabulary(out: &mut impl Write) -> ExitCode {
    let written = House::open().and_then(|house| {
        let (path, text) = vocabulary::written_to(&house);
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        std::fs::write(root.join(path), text).map_err(|error| format!("{path}: {error}"))?;
        Ok(path)
    });
    match written {
        Ok(path) => {
            let _ = writeln!(out, "{path} is written");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(out, "cannot write the chapter: {error}");
            ExitCode::from(4)
        }
    }
}

fn check(out: &mut impl Write) -> ExitCode {
    let house = match House::open() {
        Ok(house) => house,
        Err(error) => {
            let _ = writeln!(out, "cannot read the workspace: {error}");
            return ExitCode::from(3);
        }
    };
    let mut breaches = 0;
    for check in CHECKS {
        let found = (check.run)(&house);
        let mark = if found.is_empty() { "ok  " } else { "FAIL" };
        let _ = writeln!(out, "{mark} {:<14}{}", check.name, check.promise);
        for breach in &found {
            let _ = writeln!(out, "     - {breach}");
        }
        breaches += found.len();
    }
    let _ = match breaches {
        0 => writeln!(out, "{} checks, no breach", CHECKS.len()),
        1 => writeln!(out, "{} checks, 1 breach", CHECKS.len()),
        many => writeln!(out, "{} checks, {many} breaches", CHECKS.len()),
    };
    if breaches == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
    }
}
