//! Real configurations: everything in the samples is read without harm, and what share of it is understood.

use cordon_segment::packets::Packets;
use cordon_segment::point::check;
use cordon_segment::read::{Unreadable, configuration, decode};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, found),
            path => found.push(path),
        }
    }
}

#[test]
fn every_sample_is_read_and_most_of_it_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/configs/batfish");
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    if paths.is_empty() {
        println!("skipped: no ../shared/data");
        return;
    }
    paths.sort();
    // Files, lines that filter, those of them not understood, lines passed over beside them.
    let mut kinds: BTreeMap<String, [u64; 4]> = BTreeMap::new();
    for path in &paths {
        let Ok(text) = decode(&std::fs::read(path).unwrap()) else { continue };
        let kind = match configuration(&text, &[]) {
            Ok(found) => {
                // What was read can be reasoned about, too.
                check(&found, &[], &mut Packets::default()).unwrap();
                let kind = found.language.name().to_owned();
                let sums = kinds.entry(kind.clone()).or_default();
                sums[1] += found.filter_lines;
                sums[2] += found.doubtful_lines;
                sums[3] += found.passed_over_count - found.doubtful_lines;
                for (place, line) in &found.passed_over {
                    println!("{}:{place}: {line}", path.strip_prefix(&folder).unwrap().display());
                }
                kind
            }
            Err(error) => match error {
                Unreadable::NotKnown => "not known".to_owned(),
                Unreadable::NoLists => "nothing filters".to_owned(),
                other => format!("refused: {other}"),
            },
        };
        kinds.entry(kind).or_default()[0] += 1;
    }
    for (kind, [files, lines, doubtful, beside]) in &kinds {
        println!(
            "{kind}: {files} files, {lines} lines filter, {doubtful} not understood, {beside} others passed over"
        );
    }
    for kind in ["Cisco ASA", "Cisco IOS", "iptables"] {
        let [files, lines, doubtful, _] = kinds[kind];
        assert!(files > 0 && lines > 0, "{kind}: {files} files, {lines} lines");
        // The samples hold what their authors made to be wrong; the rest must be understood.
        assert!(doubtful * 4 <= lines, "{kind}: {doubtful} of {lines} lines are not understood");
    }
}
