//! Recorded captures: every file is observed without loss of order, and what an independent decoder read
//! of names and banners is found again.

mod common;

use cordon_observe::{Counter, Engine, Flow, Seen, SeenEvent, Settings, Sink};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[derive(Default)]
struct Notes {
    values: BTreeMap<&'static str, BTreeSet<String>>,
    packets: u64,
    bytes: u64,
}

impl Sink for Notes {
    fn fact(&mut self, seen: Seen<'_>) {
        assert!(seen.value.len() <= 256 && !seen.value.chars().any(char::is_control));
        assert!(!seen.endpoint.is_nowhere());
        self.values.entry(seen.fact.name()).or_default().insert(seen.value.to_owned());
    }

    fn flow(&mut self, flow: &Flow) {
        assert!(flow.packets > 0 && flow.first <= flow.last && flow.packet > 0);
        self.packets += flow.packets;
        self.bytes += flow.bytes;
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        assert!(event.packet > 0);
    }
}

fn observe(file: &[u8]) -> Option<Notes> {
    let packets = common::read_pcap(file)?;
    let (mut engine, mut notes) = (Engine::new(Settings::default()), Notes::default());
    for (frame, number) in packets.frames.iter().zip(1..) {
        engine.frame(packets.link, frame.at, number, frame.wire_len, &frame.bytes, &mut notes);
    }
    engine.finish(&mut notes);
    let health = engine.health();
    assert_eq!(health.packets, packets.frames.len() as u64);
    // A packet inside a tunnel counts beside the tunnel's own.
    assert!(notes.packets <= health.packets + health.get(Counter::TunnelFrames));
    Some(notes)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.path().is_dir() { files(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

#[test]
fn every_recorded_capture_is_safe() {
    let mut found = Vec::new();
    files(&common::captures(), &mut found);
    if found.is_empty() {
        eprintln!("skipped: no ../shared/data");
        return;
    }
    let observed =
        found.iter().filter_map(|path| std::fs::read(path).ok()).filter_map(|file| observe(&file)).count();
    assert!(observed > 300, "{observed} captures");
}

fn has(notes: &Notes, fact: &str, value: &str) -> bool {
    notes.values.get(fact).is_some_and(|values| values.contains(value))
}

/// Expected values stand in `INDEX.json`, read there by an independent decoder.
#[test]
fn the_laboratory_recording_tells_what_is_known_of_it() {
    let Ok(file) = std::fs::read(common::captures().join("medical/lab__labA.pcap")) else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let Some(notes) = observe(&file) else { panic!("not read") };
    for (fact, values) in [
        ("dhcp.hostname", &["GECT01", "CX50-0042", "M540-55120034", "NHREAD01"][..]),
        ("dhcp.vendor_class", &["MSFT 5.0", "udhcp 1.21.1", "Draeger-Infinity-M540"]),
        ("dhcp.parameter_list", &["1,3,6,12,15,28,42", "1,15,3,6,44,46,47,31,33,121,249,43"]),
        ("dhcp.address", &["10.20.30.123", "10.20.30.115", "10.20.30.116", "10.20.30.118"]),
        ("dhcp.server", &["10.20.30.1"]),
        ("mdns.name", &["KM7B220B.local"]),
        ("mdns.text", &["ty=Kyocera ECOSYS P3150dn"]),
        ("dicom.calling_ae", &["CT99", "MRT50", "NHREAD01", "CX50"]),
        ("dicom.called_ae", &["NHPACS", "RISWL"]),
        ("http.user_agent", &["curl/7.88.1"]),
        ("lldp.system_name", &["NH-SW-ICU3", "M540-55120034"]),
        ("cdp.platform", &["cisco WS-C3560CX-12PC-S"]),
    ] {
        for value in values {
            assert!(has(&notes, fact, value), "{fact} {value}: {:?}", notes.values.get(fact));
        }
    }
}

/// The same traffic in other envelopes tells the same facts.
#[test]
fn other_envelopes_tell_the_same() {
    let read = |name: &str| std::fs::read(common::captures().join(name)).ok().and_then(|file| observe(&file));
    let Some(plain) = read("medical/lab__labA.pcap") else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let mut found = Vec::new();
    files(&common::captures(), &mut found);
    let tagged = found.iter().find(|path| path.ends_with("lab__labA_vlan8021q.pcap"));
    let Some(tagged) = tagged.and_then(|path| std::fs::read(path).ok()).and_then(|file| observe(&file))
    else {
        panic!("no tagged capture");
    };
    for fact in ["dhcp.hostname", "dicom.calling_ae", "mdns.name", "http.server"] {
        let missing: Vec<_> = tagged.values[fact].difference(&plain.values[fact]).collect();
        assert!(missing.is_empty(), "{fact}: {missing:?}");
        assert!(!tagged.values[fact].is_empty());
    }
}
