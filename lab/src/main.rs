//! `cordon-lab`: plays scenarios, says what is not as it must be, and records what passed.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use cordon_lab::{Failure, Patients, Scenario, binary, by_library, enforce, judge, names, play};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Real protocol peers in network namespaces: plays scenarios, lets Cordon read what passed, and says what
/// is not as it must be. Needs an administrator, and what `scripts/install.sh lab` installs.
#[derive(Debug, Parser)]
#[command(
    name = "cordon-lab",
    after_help = "Examples:
  cordon-lab list
  cordon-lab run dicom-store
  cordon-lab record dicom-store --out store.pcap
  cordon-lab record --all --out captures/"
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the scenarios, each with what happens in it
    List,
    /// Play scenarios and judge what Cordon makes of them; all when none is named
    Run {
        /// Names of scenarios
        names: Vec<String>,
        /// Print all that Cordon saw, too
        #[arg(long)]
        show: bool,
    },
    /// Let a real kernel enforce what Cordon plans for a small clinic, and see that care goes on
    Enforce,
    /// Play a scenario and keep the capture
    Record {
        /// Name of the scenario
        #[arg(required_unless_present = "all")]
        name: Option<String>,
        /// The capture's file; with --all the folder for NAME.pcap of every scenario
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Every scenario
        #[arg(long, conflicts_with = "name")]
        all: bool,
    },
}

fn main() -> ExitCode {
    let mut out = io::stdout().lock();
    let done = match Arguments::parse().verb {
        Verb::List => list(&mut out),
        Verb::Run { names, show } => run(&names, show, &mut out),
        Verb::Enforce => enforcement(&mut out),
        Verb::Record { name: Some(name), out: file, .. } => record(&name, &file, &mut out),
        Verb::Record { name: None, out: folder, .. } => record_all(&folder, &mut out),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

fn list(out: &mut dyn Write) -> Result<bool, Failure> {
    for name in names()? {
        let scenario = Scenario::read(&name)?;
        let _ = writeln!(out, "{name:<22} {}", scenario.about);
    }
    Ok(true)
}

/// Plays and judges; true when all is well. A scenario that cannot be played does not keep the others from it.
fn run(chosen: &[String], show: bool, out: &mut dyn Write) -> Result<bool, Failure> {
    let chosen = if chosen.is_empty() { names()? } else { chosen.to_vec() };
    let patients = Patients::read()?;
    let mut well = true;
    for name in &chosen {
        if Scenario::read(name)?.runs_cordon && binary().is_none() {
            let _ = writeln!(out, "skip  {name}: it runs Cordon; name the binary in CORDON_LAB_BINARY");
            continue;
        }
        let ran = run_one(name, &patients);
        let (wrong, seen) = ran.unwrap_or_else(|failure| (vec![failure.to_string()], Vec::new()));
        let _ = writeln!(out, "{} {name}", if wrong.is_empty() { "well " } else { "WRONG" });
        for line in &wrong {
            let _ = writeln!(out, "      {line}");
        }
        for line in seen.iter().filter(|_| show) {
            let _ = writeln!(out, "  {line}");
        }
        well &= wrong.is_empty();
    }
    Ok(well)
}

/// Plans and enforces; true when all is well.
fn enforcement(out: &mut dyn Write) -> Result<bool, Failure> {
    let Some(binary) = binary() else {
        let _ = writeln!(out, "skip  enforcement: it runs Cordon; name the binary in CORDON_LAB_BINARY");
        return Ok(true);
    };
    let wrong = enforce(&binary)?;
    let _ = writeln!(out, "{} enforcement", if wrong.is_empty() { "well " } else { "WRONG" });
    for line in &wrong {
        let _ = writeln!(out, "      {line}");
    }
    Ok(wrong.is_empty())
}

/// What is wrong, and all that was seen.
fn run_one(name: &str, patients: &Patients) -> Result<(Vec<String>, Vec<String>), Failure> {
    let scenario = Scenario::read(name)?;
    let played = play(&scenario)?;
    let frames = read(played.capture())?;
    let observed = by_library(played.capture())?;
    let mut wrong = judge(&scenario, &observed, patients, &frames);
    if !wrong.is_empty() {
        wrong.push(format!("the capture and what the peers said: {}", played.keep().display()));
    }
    Ok((wrong, observed.lines()))
}

fn record(name: &str, file: &Path, out: &mut dyn Write) -> Result<bool, Failure> {
    let played = play(&Scenario::read(name)?)?;
    let frames = read(played.capture())?;
    fs::write(file, &frames).map_err(|source| Failure::File { path: file.to_owned(), source })?;
    let _ = writeln!(out, "{}: {} bytes", file.display(), frames.len());
    Ok(true)
}

fn record_all(folder: &Path, out: &mut dyn Write) -> Result<bool, Failure> {
    fs::create_dir_all(folder).map_err(|source| Failure::File { path: folder.to_owned(), source })?;
    for name in names()? {
        if Scenario::read(&name)?.runs_cordon && binary().is_none() {
            continue;
        }
        record(&name, &folder.join(format!("{name}.pcap")), out)?;
    }
    Ok(true)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|source| Failure::File { path: path.to_owned(), source })
}
