//! Bad input gets a clear error that says what to do, and loses nothing else.

mod frames;

use crate::harness::{NOW, Place, recorded};

fn simulated() -> Place {
    let place = Place::new();
    place.cordon("simulate --devices 12 --hours 0.5 --seed 5 --out hospital").expect(0);
    place
}

#[test]
fn what_is_no_capture_is_said_to_be_what_it_looks_like() {
    let place = Place::new();
    for (name, bytes, wanted) in [
        ("empty.pcap", &b""[..], "empty"),
        ("report.pcap", b"%PDF-1.7 something", "PDF"),
        ("archive.pcap", b"PK\x03\x04rest of it", "ZIP"),
        ("program.pcap", b"\x7fELF\x02\x01\x01 and so on", "ELF"),
        ("noise.pcap", b"\xd4\xc3\xb2\xa0 wrong magic \x00\x01\x02", "not"),
    ] {
        place.write(name, bytes);
        let ran = place.cordon(&format!("assess {name} --out out-{name} --now {NOW}")).expect(3);
        let said = ran.err();
        assert!(
            said.contains(name) && said.to_lowercase().contains(&wanted.to_lowercase()),
            "{name}: {said}"
        );
    }
}

#[test]
fn a_missing_file_is_named() {
    let place = Place::new();
    let ran = place.cordon("assess nowhere.pcap --out out").expect(3);
    assert!(ran.err().contains("nowhere.pcap"), "{}", ran.err());
}

#[test]
fn one_bad_file_among_several_does_not_lose_the_others() {
    let place = simulated();
    place.write("bad.pcap", b"%PDF-1.7");
    let ran = place
        .cordon(&format!("assess bad.pcap hospital/capture.pcap gone.pcap --out out --now {NOW}"))
        .expect(0);
    assert!(ran.err().contains("bad.pcap") && ran.err().contains("gone.pcap"), "{}", ran.err());
    assert!(place.assessment("out")["devices"].as_array().unwrap().len() >= 12);
}

#[test]
fn a_cut_capture_gives_everything_before_the_cut() {
    let place = simulated();
    let whole = place.read("hospital/capture.pcap");
    place.write("cut.pcap", &whole[..whole.len() - 7]);
    let ran = place.cordon(&format!("assess cut.pcap --out out --now {NOW}")).expect(0);
    assert!(ran.err().contains("cut.pcap"), "{}", ran.err());
    let assessment = place.assessment("out");
    let damaged = assessment["inputs"][0]["damaged"].as_array().unwrap();
    assert_eq!(damaged.len(), 1);
    assert!(
        damaged[0]["offset"].as_u64().unwrap() > 1000 && !damaged[0]["reason"].as_str().unwrap().is_empty()
    );
    assert!(assessment["devices"].as_array().unwrap().len() >= 12);
}

#[test]
fn a_packet_that_claims_four_gigabytes_is_damage() {
    let place = simulated();
    let mut whole = place.read("hospital/capture.pcap");
    let length = whole.len();
    whole.extend([0; 8]);
    whole.extend(u32::MAX.to_le_bytes());
    whole.extend(u32::MAX.to_le_bytes());
    whole.extend([0; 64]);
    place.write("lies.pcap", whole);
    place.cordon(&format!("assess lies.pcap --out out --now {NOW}")).expect(0);
    assert_eq!(place.assessment("out")["inputs"][0]["damaged"][0]["offset"], length as u64);
}

#[test]
fn the_output_folder_is_never_emptied() {
    let place = simulated();
    std::fs::create_dir(place.path("out")).unwrap();
    place.write("out/theirs.txt", "keep");
    let ran = place.cordon("assess hospital/capture.pcap --out out").expect(4);
    assert!(ran.err().contains("--force"), "{}", ran.err());
    place.cordon(&format!("assess hospital/capture.pcap --out out --force --now {NOW}")).expect(0);
    assert_eq!(place.read("out/theirs.txt"), b"keep");
    assert!(
        place
            .cordon("assess hospital/capture.pcap --out hospital/capture.pcap")
            .expect(4)
            .err()
            .contains("folder")
    );
    place.cordon("assess hospital/capture.pcap --out /proc/nowhere").expect(4);
}

#[test]
fn wrong_use_says_what_to_do() {
    let place = Place::new();
    assert!(place.cordon("assess").expect(2).err().contains("Usage"));
    assert!(place.cordon("assess x --out y --inside 10.0.0.0/99").expect(2).err().contains("10.20.0.0/16"));
    assert!(place.cordon("assess x --out y --now yesterday").expect(2).err().contains("2026-11-22"));
    let ran = place.cordon("assess x.pcap --out y --site nowhere").expect(3);
    assert!(ran.err().contains("cordon site init"), "{}", ran.err());
    assert!(place.cordon("assess --help").expect(0).out().contains("Examples:"));
}

#[test]
fn an_asset_list_with_a_bad_row_keeps_the_good_ones() {
    let place = Place::new();
    place.write(
        "assets.csv",
        "asset_tag;manufacturer;model;mac;serial\nBME-1;Draeger;Evita;00:30:e6:00:00:01;S1\n;;;;\nBME-2;Acme;Pump;not a mac;S2\n",
    );
    let ran = place.cordon(&format!("assess assets.csv --out out --now {NOW}")).expect(0);
    let assessment = place.assessment("out");
    let tags: Vec<&str> = assessment["devices"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|device| device["asset_tag"].as_str())
        .collect();
    assert!(tags.contains(&"BME-1") && tags.contains(&"BME-2"), "{tags:?}");
    assert!(ran.err().contains("row 4 was used without"), "{}", ran.err());
    assert!(String::from_utf8(place.read("out/rejected-assets.csv")).unwrap().contains("not a mac"));
}

#[test]
fn every_broken_capture_is_survived() {
    let Some(data) = recorded() else { return };
    let place = Place::new();
    let mut count = 0;
    let mut paths: Vec<_> =
        std::fs::read_dir(data.join("captures/broken")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut line = format!("assess --out all --now {NOW}");
    for path in &paths {
        count += 1;
        line.push_str(&format!(" {}", path.display()));
        let ran = place.cordon(&format!("observe {}", path.display()));
        assert!(ran.code == 0 || ran.code == 3, "{}: exit code {}\n{}", path.display(), ran.code, ran.err());
    }
    assert!(count > 50);
    let ran = place.cordon(&line).expect(0);
    assert!(ran.err().contains("not_a_pcap"), "{}", ran.err());
}

/// The counter of `name` in what was observed of `capture`.
fn counter(place: &Place, capture: &str, name: &str) -> u64 {
    let observed = place.cordon(&format!("observe {capture}")).expect(0).out();
    let batches = observed.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    batches.filter_map(|batch| batch["health"]["counters"][name].as_u64()).sum()
}

#[test]
fn a_capture_of_nothing_but_its_heading_is_said_to_be_empty() {
    let place = Place::new();
    place.write("heading.pcap", frames::pcap(&[]));
    let ran = place.cordon(&format!("assess heading.pcap --out out --now {NOW}")).expect(3);
    assert!(
        ran.err().contains("heading.pcap") && ran.err().contains("without a single packet"),
        "{}",
        ran.err()
    );
}

#[test]
fn fragments_without_end_and_on_top_of_each_other_are_bounded() {
    let place = Place::new();
    let endless: Vec<Vec<u8>> = (0..5000).map(|n| frames::fragment(n, n % 50, b'x')).collect();
    place.write("endless.pcap", frames::pcap(&endless));
    assert!(counter(&place, "endless.pcap", "limit.fragmented_datagrams") > 1000);
    let overlapping: Vec<Vec<u8>> = (0..500).map(|n| frames::fragment(7, n % 5, n as u8)).collect();
    // Their contents differ: otherwise they were copies of each other.
    place.write("overlapping.pcap", frames::pcap(&overlapping));
    assert_eq!(counter(&place, "overlapping.pcap", "fragments.overlapping"), 499);
    place.cordon(&format!("assess endless.pcap overlapping.pcap --out out --now {NOW}")).expect(0);
}

#[test]
fn connections_that_never_close_are_all_reported() {
    let place = Place::new();
    let request = [&b"GET /"[..], &[b'a'; 1000]].concat();
    let open: Vec<Vec<u8>> =
        (0..3000).flat_map(|n| frames::connection([20_000 + n, 80], &request, b"")).collect();
    place.write("open.pcap", frames::pcap(&open));
    place.cordon(&format!("assess open.pcap --out out --now {NOW}")).expect(0);
    let observed = place.cordon("observe open.pcap").expect(0).out();
    let batch: serde_json::Value = serde_json::from_str(observed.lines().next().unwrap()).unwrap();
    let conversations = batch["conversations"].as_array().unwrap();
    assert_eq!(conversations.len(), 1);
    assert_eq!(conversations[0]["flows"], 3000);
}

#[test]
fn text_that_is_no_text_comes_out_as_text() {
    let place = Place::new();
    place.write("bytes.pcap", frames::pcap(&frames::everywhere(b"\xff\xfe\x80\xc3(")));
    place.cordon(&format!("assess bytes.pcap --out out --now {NOW}")).expect(0);
    assert_eq!(place.assessment("out")["inputs"][0]["packets"], 15);
    for path in place.files("out") {
        if path.extension().is_none_or(|kind| kind != "pdf" && kind != "xlsx") {
            assert!(String::from_utf8(std::fs::read(&path).unwrap()).is_ok(), "{}", path.display());
        }
    }
    let observed = String::from_utf8(place.cordon("observe bytes.pcap").expect(0).stdout).unwrap();
    for fact in ["dhcp.hostname", "dns.query", "tls.server_name", "dicom.calling_ae", "hl7.application"] {
        assert!(observed.contains(&format!("\"{fact}\"")), "{fact} in {observed}");
    }
}

#[test]
fn words_that_would_run_elsewhere_stay_words() {
    let place = Place::new();
    for (name, word) in [
        ("markup.pcap", &b"#eval(1)$*_@<x>"[..]),
        ("formula.pcap", b"=cmd|' /C calc'"),
        ("at.pcap", b"@SUM(1+1)"),
    ] {
        place.write(name, frames::pcap(&frames::everywhere(word)));
    }
    place.cordon(&format!("assess markup.pcap formula.pcap at.pcap --out out --now {NOW}")).expect(0);
    let sheet = place.read("out/inventory.csv");
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&sheet[..]);
    let mut cells = 0;
    for row in rows.records() {
        for cell in row.unwrap().iter() {
            cells += 1;
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    assert!(cells > 20);
    assert!(place.files("out").iter().any(|path| path.extension().is_some_and(|kind| kind == "pdf")));
}

#[test]
fn the_fuzz_corpus_is_survived() {
    let place = Place::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut count = 0;
    for target in ["capture", "batch_line", "asset_list"] {
        for entry in std::fs::read_dir(folder.join(target)).unwrap() {
            let path = entry.unwrap().path();
            let ran = place.cordon(&format!("observe {}", path.display()));
            assert!(matches!(ran.code, 0 | 3), "{}: exit code {}\n{}", path.display(), ran.code, ran.err());
            count += 1;
        }
    }
    assert!(count >= 8);
}
