//! What is seen does not depend on how many threads looked.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests stop loudly")]

use cordon_model::observe::{
    Batch, Direction, Event, EventKind, Fact, PatientDataKinds, Protocol, Transport,
};
use cordon_model::{Endpoint, Timestamp};
use cordon_sensor::{Input, Observation, Settings, Statistics};
use cordon_simulate::{Outputs, hospital};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

fn settings(threads: u32) -> Settings {
    Settings { threads, ..Settings::named("test") }
}

/// Limits that are not reached, so that no Batch is divided because it is full.
fn roomy(threads: u32) -> Settings {
    let mut settings = settings(threads);
    settings.limits.entries_max = 1 << 30;
    settings
}

fn simulated() -> Vec<u8> {
    let settings = cordon_simulate::Settings {
        devices: 120,
        hours: 2.5,
        seed: 7,
        start: Timestamp::from_seconds(1_794_816_000),
        vlans: true,
        ..cordon_simulate::Settings::default()
    };
    let mut capture = Vec::new();
    let outputs = Outputs { capture: &mut capture, assets: std::io::sink(), truth: std::io::sink() };
    hospital(&settings, outputs).unwrap();
    capture
}

fn observed(settings: Settings, captures: &[&[u8]]) -> (Vec<Batch>, Statistics) {
    let mut observation = Observation::new(settings);
    let mut batches = Vec::new();
    let mut out = |batch| batches.push(batch);
    for (number, bytes) in captures.iter().enumerate() {
        let reader = Box::new(Cursor::new(bytes.to_vec()));
        let input = Input::from_reader(&format!("{number}.pcap"), reader, None, true);
        observation.input(input, &mut (), &mut out);
    }
    let statistics = observation.finish(&mut out);
    (batches, statistics)
}

/// Stops at the first line in which two values differ.
fn same(one: &impl std::fmt::Debug, other: &impl std::fmt::Debug, whose: &str) {
    let (one, other) = (format!("{one:#?}"), format!("{other:#?}"));
    if let Some(at) = one.lines().zip(other.lines()).position(|(left, right)| left != right) {
        let around =
            |text: &str| text.lines().skip(at.saturating_sub(45)).take(60).collect::<Vec<_>>().join("\n");
        panic!("{whose}, line {at}:\n{}\n\nagainst\n\n{}", around(&one), around(&other));
    }
    assert_eq!(one.len(), other.len(), "{whose}");
}

#[test]
fn a_hospital_looks_the_same_to_any_number_of_threads() {
    let capture = simulated();
    let (one, statistics) = observed(roomy(1), &[&capture, b"no capture"]);
    assert!(one.len() > 2 && one.iter().map(|batch| batch.sightings.len()).sum::<usize>() > 1_000);
    for threads in [2, 3, 8] {
        let (many, its) = observed(roomy(threads), &[&capture, b"no capture"]);
        assert_eq!(many.len(), one.len());
        for (batch, by_one) in many.iter().zip(&one) {
            same(batch, by_one, &format!("{threads} threads"));
        }
        same(&its, &statistics, "statistics");
    }
}

type Told = (Endpoint, Option<String>, Fact, String);
type Way = (Endpoint, Endpoint, Transport, u16);
type Talk = (u64, u64, u64, Timestamp, Timestamp, Option<Protocol>, Direction, bool, PatientDataKinds);

/// All of several Batches as one, in which it does not show where they were divided.
#[derive(Debug, Default)]
struct Whole {
    packets: u64,
    sightings: BTreeMap<Told, (u64, Timestamp, Timestamp)>,
    conversations: BTreeMap<Way, Talk>,
    events: Vec<Event>,
    counters: BTreeMap<String, u64>,
}

fn whole(batches: &[Batch]) -> Whole {
    let mut whole = Whole::default();
    for batch in batches {
        whole.packets += batch.health.packets;
        for sighting in &batch.sightings {
            let key = (sighting.endpoint, sighting.record.clone(), sighting.fact, sighting.value.clone());
            let known = whole.sightings.entry(key).or_insert((0, sighting.first, sighting.last));
            *known = (known.0 + sighting.count, known.1.min(sighting.first), known.2.max(sighting.last));
        }
        for talk in &batch.conversations {
            let way = (talk.client, talk.server, talk.transport, talk.port);
            let fresh = (0, 0, 0, talk.first, talk.last, None, talk.direction, false, PatientDataKinds::NONE);
            let known = whole.conversations.entry(way).or_insert(fresh);
            *known = (
                known.0 + talk.flows,
                known.1 + talk.packets,
                known.2 + talk.bytes,
                known.3.min(talk.first),
                known.4.max(talk.last),
                known.5.or(talk.application),
                known.6.min(talk.direction),
                known.7 | talk.answered,
                known.8.union(talk.patient_data),
            );
        }
        // What the watch adds is about whole Batches.
        let told = batch.events.iter().filter(|event| event.kind != EventKind::PatientDataInClear);
        whole.events.extend(told.cloned());
        for (name, count) in &batch.health.counters {
            *whole.counters.entry(name.clone()).or_insert(0) += count;
        }
    }
    whole.events.sort();
    whole
}

#[test]
fn full_batches_are_divided_elsewhere_and_say_the_same() {
    let capture = simulated();
    let crowded = |threads| {
        let mut settings = settings(threads);
        settings.limits.entries_max = 700;
        settings
    };
    let (one, _) = observed(crowded(1), &[&capture]);
    assert!(one.len() > 5);
    for threads in [2, 5] {
        let (many, _) = observed(crowded(threads), &[&capture]);
        same(&whole(&many), &whole(&one), &format!("{threads} threads"));
        let (again, _) = observed(crowded(threads), &[&capture]);
        assert_eq!(many, again, "which thread was faster must not show");
    }
}

fn recorded(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn recorded_captures_look_the_same_too() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/captures");
    if !captures.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return;
    }
    for folder in ["attack", "broken", "discovery", "encap", "formats", "medical"] {
        for file in recorded(&captures.join(folder)) {
            let observed = |threads| {
                let mut observation = Observation::new(roomy(threads));
                let mut batches = Vec::new();
                let mut out = |batch| batches.push(batch);
                observation.path(file.to_str().unwrap(), true, &mut (), &mut out);
                observation.finish(&mut out);
                batches
            };
            let one = observed(1);
            for threads in [2, 3] {
                let many = observed(threads);
                assert_eq!(many.len(), one.len(), "{}", file.display());
                for (batch, by_one) in many.iter().zip(&one) {
                    same(batch, by_one, &file.display().to_string());
                }
            }
        }
    }
}
