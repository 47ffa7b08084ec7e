//! Recorded captures of every shape: read whole, and counted as an independent reader counts them.
#![expect(clippy::print_stderr, clippy::unwrap_used, reason = "tests stop loudly and say what was skipped")]

use cordon_model::observe::InputReport;
use cordon_sensor::capture::Capture;
use cordon_sensor::{Input, Observation, Settings};
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(data)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Observes one file; checks that what came out holds together.
fn observe(path: &Path) -> InputReport {
    let mut observation = Observation::new(Settings::named("test"));
    let mut batches = Vec::new();
    let mut out = |batch| batches.push(batch);
    let report = observation.path(path.to_str().unwrap(), true, &mut (), &mut out);
    let statistics = observation.finish(&mut out);
    assert_eq!(statistics.batches, batches.len() as u64);
    let reports: Vec<_> = batches.iter().flat_map(|batch| &batch.health.inputs).collect();
    assert_eq!(reports, [&report]);
    let packets: u64 = batches.iter().map(|batch| batch.health.packets).sum();
    assert!(packets <= report.packets);
    assert!(batches.iter().enumerate().all(|(number, batch)| batch.sequence == number as u64));
    report
}

#[test]
fn broken_and_odd_files_are_read_up_to_their_damage() {
    let Some(data) = data() else { return };
    let mut damaged = Vec::new();
    for folder in ["captures/broken", "captures/formats"] {
        for path in files(&data.join(folder)) {
            let report = observe(&path);
            assert_eq!(report.sha256.len(), 64);
            let length = std::fs::metadata(&path).unwrap().len();
            assert!(report.damaged.iter().all(|d| report.kind.contains('(') || d.offset <= length));
            if let Some(damage) = report.damaged.first() {
                let name = path.file_name().unwrap().to_string_lossy();
                let (kind, packets, reason, offset) =
                    (&report.kind, report.packets, &damage.reason, damage.offset);
                damaged.push(format!("{name}: {kind}, {packets} packets, {reason}, at {offset}"));
            }
        }
    }
    assert_eq!(
        damaged,
        [
            "lab__labA_bad_caplen_record200.pcap: pcap, 199 packets, a record claims 2147483647 captured bytes; \
             more than 262144 is no frame, at 25381",
            "lab__labA_cut_midpacket.pcap: pcap, 734 packets, the file ends inside a frame, after 678 of 1514 \
             bytes, at 299323",
            "lab__not_a_pcap.pcap: GIF picture, 0 packets, this is no capture; it looks like: GIF picture, at 0",
            "PcapPlusPlus__ExamplesTest__pcap_examples__solaris.snoop: snoop capture, 0 packets, this is no \
             capture; it looks like: snoop capture, at 0",
        ]
    );
}

/// Files whose packet count differs from the independent reader's, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("pcap-parser__assets__test017-be.pcapng", "it counts custom blocks as packets"),
    ("lab__labA_two_ifaces_options.pcapng", "it counts a custom block as a packet"),
    ("solaris.snoop", "it reads this format; we only name it"),
    ("lab__not_a_pcap.pcap", "it counts a picture as one packet"),
];

#[test]
fn packets_are_counted_as_an_independent_reader_counts_them() {
    let Some(data) = data() else { return };
    let index = std::fs::read_to_string(data.join("INDEX.json")).unwrap();
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    let mut wrong = Vec::new();
    let mut compared = 0;
    for entry in index.as_array().unwrap() {
        let text = |key: &str| entry.get(key).and_then(|value| value.as_str());
        let (Some(file), Some(packets)) = (text("file"), entry.get("packets").and_then(|n| n.as_u64()))
        else {
            continue;
        };
        if !file.starts_with("captures/") || DIFFERENT.iter().any(|(name, _)| file.ends_with(name)) {
            continue;
        }
        let input = Input::open(data.join(file).to_str().unwrap(), false).unwrap();
        let kind = input.kind();
        let mut capture = Capture::new(input);
        while let Ok(Some(_)) = capture.next() {}
        compared += 1;
        if capture.packets() != packets {
            wrong.push(format!("{file} ({kind}): {} instead of {packets}", capture.packets()));
        }
    }
    assert!(compared > 100, "only {compared} captures compared");
    assert_eq!(wrong, Vec::<String>::new());
}
