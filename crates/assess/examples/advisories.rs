//! Reads every real advisory and says what became of it: `advisories [COMMAND]`.
//!
//! Without a command: counts of documents, notes, products and conditions, and how many conditions decide a version
//! inside and one outside. `open` lists conditions not understood, `twice` those with more than one reading,
//! `dull` those that tell no two devices apart, `requires` and `variant` those with such parts, `all` every one,
//! `notes` what was odd in documents. `time` compares the time of reading with that of parsing the same bytes into
//! untyped JSON values.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use cordon_assess::advisory::{Product, csaf};
use cordon_assess::version::{Bounds, Condition, examples};
use cordon_model::Timestamp;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Counts of one kind of documents.
#[derive(Default)]
struct Counts {
    documents: usize,
    rejected: usize,
    notes: usize,
    products: usize,
    typed: usize,
    all: usize,
    telling: usize,
    twice: usize,
}

fn main() {
    let Some(documents) = cordon_testkit::advisories::csaf_documents() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let command = std::env::args().nth(1).unwrap_or_default();
    if command == "time" {
        return time(&documents);
    }
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for (name, bytes) in &documents {
        let kind = if name.contains("icsma") { "medical" } else { "industrial" };
        let counts = counts.entry(kind).or_default();
        counts.documents += 1;
        match csaf::read(bytes, name, Timestamp::from_seconds(1_800_000_000)) {
            Ok(reading) => {
                counts.notes += reading.notes.len();
                if command == "notes" {
                    reading.notes.iter().for_each(|note| println!("{name} {} {}", note.path, note.text));
                }
                reading.advisory.products.iter().for_each(|product| count(name, product, counts, &command));
            }
            Err(rejected) => {
                counts.rejected += 1;
                println!("{name} rejected: {rejected}");
            }
        }
    }
    for (kind, counts) in counts {
        let part = |count: usize| 100.0 * count as f64 / counts.products.max(1) as f64;
        println!(
            "{kind}: {} documents, {} rejected, {} notes; {} products, {} typed ({:.2} %), {} of them all versions, \
             {} with two readings; {} of the {} others decide one device inside and one outside",
            counts.documents,
            counts.rejected,
            counts.notes,
            counts.products,
            counts.typed,
            part(counts.typed),
            counts.all,
            counts.twice,
            counts.telling,
            counts.typed - counts.all,
        );
    }
}

fn count(name: &str, product: &Product, counts: &mut Counts, command: &str) {
    let show = |kind: &str| {
        if kind == command || (command == "all" && kind != "twice") {
            let Product { vendor, name: own, version, full_name, condition, .. } = product;
            println!("{kind}\t{name}\t{vendor} {own}\t{version}\t{full_name}\t=> {condition}");
        }
    };
    counts.products += 1;
    let Condition::Typed(readings) = &product.condition else { return show("open") };
    counts.typed += 1;
    if readings.len() > 1 {
        counts.twice += 1;
        show("twice");
    }
    let mut clauses = readings.iter().flatten();
    if product.condition.is_all() {
        counts.all += 1;
    } else if let (Some(_), Some(_)) = examples(&product.condition) {
        counts.telling += 1;
    } else {
        show("dull");
    }
    match clauses.clone().any(|clause| !clause.requires.is_empty()) {
        true => show("requires"),
        false if clauses.any(|clause| matches!(clause.bounds, Bounds::Variant(_))) => show("variant"),
        false => show("plain"),
    }
}

/// Each in its own rounds, so that memory freed by one does not slow the other.
fn time(documents: &[(String, Vec<u8>)]) {
    let bytes: usize = documents.iter().map(|(_, bytes)| bytes.len()).sum();
    let now = Timestamp::from_seconds(1_800_000_000);
    let typed = best(|| {
        let read: Vec<_> =
            documents.iter().filter_map(|(name, bytes)| csaf::read(bytes, name, now).ok()).collect();
        read.len()
    });
    let untyped = best(|| {
        let read: Vec<serde_json::Value> =
            documents.iter().filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok()).collect();
        read.len()
    });
    println!(
        "{} documents, {:.1} MB: advisories in {:.0} ms, untyped JSON in {:.0} ms (best of 9)",
        documents.len(),
        bytes as f64 / 1e6,
        typed.as_secs_f64() * 1e3,
        untyped.as_secs_f64() * 1e3,
    );
}

fn best(work: impl Fn() -> usize) -> Duration {
    let rounds = (0..9).map(|_| {
        let start = Instant::now();
        assert!(work() > 0, "nothing was read");
        start.elapsed()
    });
    rounds.min().unwrap_or_default()
}
