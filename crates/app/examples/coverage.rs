//! What the coverage guard reaches on simulated hospitals, printed seed by seed.
//!
//! `coverage [--seeds A,B,…] [--devices N]`: each seed twice, four weeks each. *Withheld*: what happens once in months is
//! needed and not in the capture, and every proposal is confirmed; no plan may then be ready that lacks a need. *Seen*: it
//! is in the capture, and everything is confirmed or rejected; at least 90 % of the plans must then be ready.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use cordon_app::assess::Request as Assess;
use cordon_app::score::PlanFigures;
use cordon_app::segment::needs::{Decision, Filter, Request as Needs, decide};
use cordon_app::simulate::{Rare, Request as Simulate, simulate};
use cordon_app::{Actor, AppError, Context, Settings, SiteFolder, assess};
use cordon_model::Timestamp;
use std::path::Path;
use std::process::ExitCode;

/// Monday morning, seven o'clock: 2026-11-16T07:00:00Z.
const START_SECONDS: i64 = 1_794_812_400;
const FOUR_WEEKS_HOURS: f64 = 672.0;
/// Everything happens so many times more seldom than on a usual day, so that four weeks stay small.
const PACE: u32 = 150;

fn play(seed: u64, devices: u32, rare: Rare, scratch: &Path) -> Result<Option<PlanFigures>, AppError> {
    let actor = Actor::local("coverage");
    let now = Timestamp::from_seconds(START_SECONDS + 40 * 86_400);
    let (hospital, site) = (scratch.join("hospital"), scratch.join("site"));
    let simulated = Simulate {
        devices,
        hours: FOUR_WEEKS_HOURS,
        seed,
        start: Timestamp::from_seconds(START_SECONDS),
        vlans: false,
        pace: PACE,
        rare,
        needs: true,
        out: hospital.clone(),
        force: false,
    };
    simulate(&actor, &simulated)?;
    SiteFolder::init(&actor, &site)?;
    let assessed = |name: &str| {
        let out = scratch.join(name);
        let context = Context {
            site: Some(site.clone()),
            knowledge: None,
            feeds: None,
            advisories: None,
            configurations: Vec::new(),
            inside: Vec::new(),
            matching: Settings::default(),
            now,
        };
        let inputs = vec![hospital.join("capture.pcap")];
        let request = Assess { inputs, out: out.clone(), force: false, threads: 1, context };
        assess::assess(&actor, &request, &mut ()).map(|_| out.join("assessment.json"))
    };
    let first = assessed("first")?;
    let needs = Needs { assessment: first, site: Some(site.clone()), filter: Filter::default(), now };
    let all = |rejects: bool, state: &str| Decision {
        rejects,
        select: vec![format!("state:{state}")],
        by: "the benchmark".to_owned(),
        because: "everything of the simulation that was seen is needed".to_owned(),
        purpose: None,
        until: None,
        care_critical: false,
        service: None,
        counterpart: None,
    };
    decide(&actor, &needs, &all(false, "proposed"))?;
    if rare == Rare::Seen {
        decide(&actor, &needs, &all(true, "expected_not_seen"))?;
    }
    let second = assessed("second")?;
    Ok(cordon_app::score::files(&actor, &hospital.join("truth.json"), &second)?.plan)
}

fn main() -> ExitCode {
    let (mut seeds, mut devices) = (vec![11, 12, 13, 14, 15, 16], 120);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match argument.as_str() {
            "--seeds" => seeds = value.split(',').filter_map(|seed| seed.parse().ok()).collect(),
            "--devices" => devices = value.parse().unwrap_or(devices),
            other => {
                eprintln!("{other} is not known; --seeds and --devices are");
                return ExitCode::from(2);
            }
        }
    }
    println!("seed rare      needs withheld stopped unwarned ready devices  share    cut");
    let mut held = true;
    for seed in seeds {
        for (rare, name) in [(Rare::Withheld, "withheld"), (Rare::Seen, "seen")] {
            let scratch =
                std::env::temp_dir().join(format!("cordon-coverage-{}-{seed}-{name}", std::process::id()));
            let made = std::fs::create_dir_all(&scratch);
            let played = made
                .map_err(|error| error.to_string())
                .and_then(|()| play(seed, devices, rare, &scratch).map_err(|error| error.to_string()));
            // What is left over of it is in the way of nothing.
            let _ = std::fs::remove_dir_all(&scratch);
            match played {
                Ok(Some(plan)) => held &= print(seed, name, rare, &plan),
                Ok(None) => eprintln!("seed {seed}: the truth says nothing of needs"),
                Err(error) => {
                    eprintln!("seed {seed}, {name}: {error}");
                    held = false;
                }
            }
        }
    }
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One line; true when what is asked of it is reached.
fn print(seed: u64, name: &str, rare: Rare, plan: &PlanFigures) -> bool {
    let share = plan.ready as f64 / (plan.devices.max(1)) as f64;
    println!(
        "{seed:4} {name:9} {:5} {:8} {:7} {:8} {:5} {:7} {:5.1} % {:5.1} %",
        plan.needs,
        plan.withheld,
        plan.stopped.len(),
        plan.unwarned.len(),
        plan.ready,
        plan.devices,
        share * 100.0,
        plan.cut * 100.0
    );
    plan.unwarned.iter().for_each(|need| println!("     missing without a warning: {need}"));
    plan.stopped.is_empty() && plan.unwarned.is_empty() && (rare != Rare::Seen || share >= 0.9)
}
