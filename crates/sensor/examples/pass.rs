//! Passes captures through once and says in numbers what was seen, for measuring parts of the way:
//! `frames` only lends them, `observe` also observes and aggregates; `hash` takes the SHA-256 as well; with
//! `threads=N` so many observe.
//!
//! `cargo run --release -p cordon-sensor --example pass -- frames|observe [hash] [threads=N] FILE...`
#![expect(clippy::print_stdout, reason = "the numbers are the output")]

use cordon_sensor::capture::Capture;
use cordon_sensor::{Input, Observation, Settings};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let hash = arguments.iter().any(|argument| argument == "hash");
    arguments.retain(|argument| argument != "hash");
    let threads = arguments.iter().find_map(|argument| argument.strip_prefix("threads="));
    let threads = threads.map_or(Ok(1), str::parse)?;
    arguments.retain(|argument| !argument.starts_with("threads="));
    let Some((what, files)) = arguments.split_first().filter(|(_, files)| !files.is_empty()) else {
        return Err("usage: pass frames|observe [hash] [threads=N] FILE...".into());
    };
    if what == "frames" {
        for file in files {
            let mut capture = Capture::new(Input::open(file, hash)?);
            // Something of every frame is looked at, or the compiler could leave its bytes out.
            let mut last_bytes = 0u64;
            while let Ok(Some(frame)) = capture.next() {
                last_bytes += u64::from(frame.bytes.last().copied().unwrap_or_default());
            }
            println!("{file}: {} packets, check {last_bytes}", capture.packets());
            capture.finish();
        }
        return Ok(());
    }
    let mut observation = Observation::new(Settings { threads, ..Settings::named("pass") });
    for file in files {
        let report = observation.path(file, hash, &mut (), &mut |_| {});
        println!("{file}: {} packets, {:?}", report.packets, report.damaged);
    }
    println!("{:#?}", observation.finish(&mut |_| {}));
    Ok(())
}
