//! What identification must reach on every source of truth at hand; the figures themselves are printed by
//! `make score`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests stop loudly and say what they saw"
)]

use cordon_app::Actor;
use cordon_app::score::sources::{Source, recorded, simulated};
use cordon_app::score::{Figures, Score};
use std::path::Path;

fn play(source: &Source) -> Score {
    let scratch = tempfile::tempdir().unwrap();
    let score = source.play(&Actor::local("test"), scratch.path()).unwrap();
    println!("== {}\n{score}", source.name);
    score
}

/// What is stated with 0.9 and more must be right.
fn check_sure(score: &Score) {
    for attribute in ["category", "manufacturer", "model", "os"] {
        let figures = &score.attributes[attribute];
        let wrong: Vec<_> = score.wrong.iter().filter(|wrong| wrong.attribute == attribute).collect();
        assert_eq!(figures.wrong_confident, 0, "{}: {attribute}: {wrong:?}", score.input);
    }
}

fn check_recall(score: &Score, least: &[(&str, f64)]) {
    for (attribute, least) in least {
        let recall = score.attributes[*attribute].recall.unwrap_or(1.0);
        assert!(recall >= *least, "{}: {attribute} recall {recall:.3}, below {least}", score.input);
    }
}

fn check_calibration(name: &str, figures: &Figures, error: f64) {
    let found = figures.expected_calibration_error.unwrap();
    assert!(found <= error, "{name}: expected calibration error {found:.3}, above {error}");
    assert!(figures.right_stated_confidently().unwrap() >= 0.7, "{name}: timid");
    assert!(figures.confident_right().unwrap() >= 0.9, "{name}: bold");
}

const SIMULATED: &[(&str, f64)] = &[
    ("category", 0.97),
    ("manufacturer", 0.98),
    ("model", 0.93),
    ("os", 0.98),
    ("firmware", 1.0),
    ("serial", 1.0),
    ("hostname", 0.99),
    ("modality", 0.98),
];

#[test]
fn a_hospital_without_a_list() {
    let score = play(&simulated(120, 1.0, 5, false, false));
    check_sure(&score);
    check_recall(&score, SIMULATED);
    check_calibration(&score.input, &score.all, 0.05);
}

#[test]
fn a_hospital_with_a_list_full_of_slips() {
    let score = play(&simulated(150, 1.0, 6, true, true));
    check_sure(&score);
    check_recall(&score, SIMULATED);
    check_calibration(&score.input, &score.all, 0.045);
}

#[test]
fn recorded_sources() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.exists() {
        println!("skipped: no ../shared/data");
        return;
    }
    // The large recording multiplies the laboratory's roles; `make score` plays it.
    for source in recorded(&data).into_iter().filter(|source| !source.name.contains("many")) {
        let score = play(&source);
        check_sure(&score);
        check_recall(
            &score,
            &[
                ("category", 0.88),
                ("manufacturer", 0.69),
                ("firmware", 1.0),
                ("serial", 1.0),
                ("model", 1.0),
                ("hostname", 1.0),
            ],
        );
    }
}
