//! Whole simulations: equal seeds give equal bytes, frames are in order, everyone is there, and an
//! independent dissector finds nothing wrong.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests stop loudly and say what they skip"
)]

use cordon_model::Timestamp;
use cordon_simulate::{Outputs, Settings, SimulateError, Summary, hospital};
use std::collections::BTreeSet;
use std::process::Command;

struct Made {
    capture: Vec<u8>,
    assets: Vec<u8>,
    truth: serde_json::Value,
    summary: Summary,
}

fn settings(devices: u32, hours: f64, seed: u64, vlans: bool) -> Settings {
    Settings {
        devices,
        hours,
        seed,
        start: "2026-11-16T07:00:00Z".parse::<Timestamp>().unwrap(),
        vlans,
        ..Settings::default()
    }
}

fn make(settings: &Settings) -> Made {
    let (mut capture, mut assets, mut truth) = (Vec::new(), Vec::new(), Vec::new());
    let outputs = Outputs { capture: &mut capture, assets: &mut assets, truth: &mut truth };
    let summary = hospital(settings, outputs).unwrap();
    Made { capture, assets, truth: serde_json::from_slice(&truth).unwrap(), summary }
}

/// Time in microseconds and bytes of every frame, read by the format's own rules.
fn frames(capture: &[u8]) -> Vec<(u64, &[u8])> {
    let word = |at: usize| u32::from_le_bytes(capture[at..at + 4].try_into().unwrap());
    let mut frames = Vec::new();
    let mut at = 24;
    while at < capture.len() {
        let length = word(at + 8) as usize;
        let time = u64::from(word(at)) * 1_000_000 + u64::from(word(at + 4));
        frames.push((time, &capture[at + 16..at + 16 + length]));
        at += 16 + length;
    }
    assert_eq!(at, capture.len());
    frames
}

#[test]
fn equal_seeds_give_equal_bytes_and_others_do_not() {
    let first = make(&settings(60, 0.25, 1, false));
    let again = make(&settings(60, 0.25, 1, false));
    assert!(first.capture == again.capture && first.assets == again.assets && first.truth == again.truth);
    let other = make(&settings(60, 0.25, 2, false));
    assert!(first.capture != other.capture && first.assets != other.assets && first.truth != other.truth);
}

#[test]
fn frames_are_in_order_and_every_device_is_among_them() {
    for (devices, hours, vlans) in
        [(1, 0.001, false), (4, 0.02, true), (13, 0.1, false), (50, 1.0, false), (300, 0.5, true)]
    {
        let made = make(&settings(devices, hours, 9, vlans));
        let frames = frames(&made.capture);
        assert_eq!(frames.len() as u64, made.summary.packets);
        assert!(frames.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{devices} devices: order");
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(":");
        let senders: BTreeSet<String> = frames.iter().map(|(_, bytes)| hex(&bytes[6..12])).collect();
        let known = made.truth["devices"].as_array().unwrap();
        assert_eq!(known.len(), devices as usize);
        for device in known {
            let mac = device["macs"][0].as_str().unwrap();
            assert!(senders.contains(mac), "{} of {devices} never sends", device["name"]);
        }
    }
}

#[test]
fn a_whole_hospital_states_what_its_truth_says() {
    let made = make(&settings(60, 1.0, 5, false));
    let text = String::from_utf8_lossy(&made.capture).into_owned();
    for device in made.truth["devices"].as_array().unwrap() {
        for attribute in ["serial", "firmware", "model"] {
            if let Some(value) = device[attribute].as_str() {
                // A phone's model is in its vendor class with another punctuation.
                let found = text.contains(value) || text.contains(&value.replace(' ', "_"));
                assert!(found, "{} states no {attribute} {value}", device["name"]);
            }
        }
    }
    let forbidden = made.truth["forbidden_text"].as_array().unwrap();
    assert!(forbidden.len() >= 24);
    let on_the_wire = forbidden.iter().filter(|name| text.contains(name.as_str().unwrap())).count();
    assert!(on_the_wire * 10 > forbidden.len() * 8, "{on_the_wire} of {}", forbidden.len());
    let kinds: BTreeSet<&str> = made.truth["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["arp sweep", "dicom association rejected", "port scan", "rogue device"]
    );
    let os: BTreeSet<&str> =
        made.truth["devices"].as_array().unwrap().iter().filter_map(|device| device["os"].as_str()).collect();
    assert!(os.contains("Windows XP") && os.contains("Windows 7") && os.contains("Windows"), "{os:?}");
    assert!(made.assets.starts_with(b"asset_tag,manufacturer,"));
}

#[test]
fn settings_out_of_range_are_refused() {
    let outputs = || Outputs { capture: Vec::new(), assets: Vec::new(), truth: Vec::new() };
    let refused = hospital(&settings(0, 1.0, 1, false), outputs());
    assert!(matches!(refused, Err(SimulateError::Devices(0))));
    for hours in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = hospital(&settings(5, hours, 1, false), outputs());
        assert!(matches!(refused, Err(SimulateError::Hours(_))), "{hours}");
    }
}

/// Checksums are judged too, which this dissector leaves out unless asked.
fn tshark(capture: &std::path::Path, arguments: &[&str]) -> Option<String> {
    let checks = ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE"];
    let mut command = Command::new("tshark");
    command.arg("-r").arg(capture);
    for check in checks {
        command.args(["-o", check]);
    }
    let output = command.args(arguments).output().ok()?;
    if !output.status.success() {
        panic!("tshark {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn an_independent_dissector_finds_nothing_malformed() {
    for (devices, vlans) in [(60, false), (120, true)] {
        let made = make(&settings(devices, 0.5, 3, vlans));
        let path =
            std::env::temp_dir().join(format!("cordon-simulate-{}-{devices}.pcap", std::process::id()));
        std::fs::write(&path, &made.capture).unwrap();
        let bad = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 \
                   || udp.checksum.status == 0 || tcp.analysis.lost_segment || tcp.analysis.out_of_order";
        let Some(bad) = tshark(&path, &["-Y", bad]) else {
            eprintln!("skipped: no tshark");
            std::fs::remove_file(&path).unwrap();
            return;
        };
        // Beyond a router a mirror of all VLANs sees every segment twice, which looks out of order to it.
        if !vlans {
            assert_eq!(bad, "", "{devices} devices");
        }
        // A second sighting of a single byte passes for a keep-alive whose byte is then missed.
        let malformed = tshark(&path, &["-Y", "_ws.malformed && !tcp.analysis.keep_alive"]).unwrap();
        assert_eq!(malformed, "");
        if !vlans {
            let expert = tshark(&path, &["-q", "-z", "expert,error"]).unwrap();
            assert!(!expert.contains("Errors ("), "{expert}");
        }
        let spoken = tshark(&path, &["-q", "-z", "io,phs"]).unwrap();
        for protocol in ["arp", "dhcp", "dns", "ntp", "lldp", "dicom", "hl7", "http", "tls", "sip", "telnet"]
        {
            assert!(spoken.lines().any(|line| line.trim().starts_with(protocol)), "no {protocol}:\n{spoken}");
        }
        std::fs::remove_file(&path).unwrap();
    }
}
