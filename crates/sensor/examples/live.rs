//! Observes an interface until it is interrupted or the time is over, and prints what came and what was lost:
//! `live INTERFACE THREADS SECONDS`. For `benches/live.sh`.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "an example is an edge of its own")]

use cordon_model::Timestamp;
use cordon_sensor::Settings;
use cordon_sensor::live::{Clocks, Live, Status, Wanted};
use std::error::Error;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn nanoseconds() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [interface, threads, seconds] = arguments.as_slice() else {
        return Err("usage: live INTERFACE THREADS SECONDS".into());
    };
    let settings = Settings { threads: threads.parse()?, ..Settings::named("live") };
    let wanted = Wanted {
        interfaces: vec![interface.clone()],
        flows: None,
        ring_bytes: 64 << 20,
        window: Duration::from_secs(60),
        duration: Some(Duration::from_secs(seconds.parse()?)),
        frames: None,
    };
    let live = Live::open(settings, wanted)?;
    let mut last = Status::default();
    let mut tell = |status: &Status| {
        if status.begun {
            println!("observing");
        }
        last = status.clone();
    };
    let clocks = Clocks { now, nanoseconds };
    live.run(&AtomicBool::new(false), clocks, &mut |_| {}, &mut tell)?;
    for status in &last.interfaces {
        println!(
            "{} packets, {} bytes; lost: {} in the ring, {} by the interface",
            status.frames, status.bytes, status.ring_drops, status.interface_drops
        );
    }
    Ok(())
}
