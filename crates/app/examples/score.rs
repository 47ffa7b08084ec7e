//! Scores identification on every source of truth and prints all of it: `make score`.
//!
//! `score [--data DIR] [--only WORD] [--brief]`: sources whose name holds WORD; `--brief` leaves the lists of wrong
//! and missed values out.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use cordon_app::Actor;
use cordon_app::score::Score;
use cordon_app::score::sources::{Source, recorded, simulated};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn sources(data: &Path) -> Vec<Source> {
    let mut all = vec![
        simulated(50, 2.0, 1, false, false),
        simulated(50, 2.0, 1, false, true),
        simulated(200, 2.0, 2, false, false),
        simulated(200, 2.0, 2, false, true),
        simulated(500, 1.0, 3, true, false),
        simulated(1_000, 1.0, 4, false, true),
    ];
    all.extend(recorded(data));
    all.extend([
        simulated(60, 4.0, 9_001, false, false).held_out(),
        simulated(150, 1.0, 9_002, true, true).held_out(),
        simulated(400, 0.5, 9_003, false, false).held_out(),
    ]);
    all
}

fn main() -> ExitCode {
    let mut data = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let (mut only, mut brief) = (String::new(), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--data" => data = arguments.next().map(PathBuf::from).unwrap_or(data),
            "--only" => only = arguments.next().unwrap_or_default(),
            _ => brief = true,
        }
    }
    let scratch = std::env::temp_dir().join(format!("cordon-score-{}", std::process::id()));
    let (mut seen, mut unseen) = (Score::default(), Score::default());
    let mut failed = false;
    for source in sources(&data).into_iter().filter(|source| source.name.contains(&only)) {
        if let Err(error) = std::fs::create_dir_all(&scratch) {
            eprintln!("{}: {error}", scratch.display());
            return ExitCode::FAILURE;
        }
        match source.play(&Actor::local("score"), &scratch) {
            Ok(score) => {
                println!("== {}", source.name);
                if brief {
                    print(&score);
                } else {
                    println!("{score}");
                }
                if source.held_out { unseen.absorb(score) } else { seen.absorb(score) }
            }
            Err(error) => {
                eprintln!("{}: {error}", source.name);
                failed = true;
            }
        }
        // What is left over of it is in the way of the next one.
        let _ = std::fs::remove_dir_all(&scratch);
    }
    for (name, score) in [("all sources that were looked at", seen), ("never seen", unseen)] {
        println!("== {name}");
        print(&score);
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The figures without the lists.
fn print(score: &Score) {
    let mut short = score.clone();
    (short.wrong, short.missed) = (Vec::new(), Vec::new());
    println!("{short}");
}
