//! Every vector of the real advisories and CVE records, scored again.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests stop loudly and say what they skip")]

use cordon_assess::cvss::Vector;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where the document is wrong, not we. The two of CSAF's own test suite are wrong on purpose (its tests 6.1.9: a
/// score that does not follow from its vector); the two CVE records of Fortinet give the score with the temporal
/// metrics (3.2, 9.3) where the base score belongs.
const WRONG: [(&str, &str); 4] = [
    ("AV:N/AC:L/Au:N/C:C/I:C/A:C", "oasis_csaf_tc-csaf_2_0-2021-6-1-09-03.json"),
    ("CVSS:3.0/AV:L/AC:L/PR:H/UI:R/S:U/C:H/I:H/A:H", "oasis_csaf_tc-csaf_2_0-2021-6-1-09-02.json"),
    ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:L/A:N/E:P/RL:U/RC:C", "CVE-2021-44168.json"),
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:U/RC:C", "CVE-2023-48788.json"),
];

fn advisories() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/advisories");
    folder.is_dir().then_some(folder)
}

/// Every JSON document of a folder, also those within `.tar.gz`.
fn each_document(folder: &Path, look: &mut impl FnMut(&str, &Value)) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.display().to_string();
        if path.is_dir() {
            each_document(&path, look);
        } else if name.ends_with(".json") {
            if let Ok(document) = serde_json::from_slice(&std::fs::read(&path).unwrap()) {
                look(&name, &document);
            }
        } else if name.ends_with(".tar.gz") {
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap())
                .read_to_end(&mut bytes)
                .unwrap();
            let mut at = 0;
            // A tar file is a header of 512 bytes (the size in octal at 124) and the file, filled up to 512.
            while at + 512 <= bytes.len() {
                let size =
                    String::from_utf8_lossy(&bytes[at + 124..at + 135]).trim_matches('\0').trim().to_owned();
                let size = usize::from_str_radix(&size, 8).unwrap_or_default();
                let content = &bytes[at + 512..at + 512 + size];
                if let Ok(document) = serde_json::from_slice(content) {
                    look(&name, &document);
                }
                at += 512 + size.div_ceil(512) * 512;
            }
        }
    }
}

/// Every `{"vectorString": …, "baseScore": …}` in a document, with the temporal and environmental scores if given.
fn each_score(value: &Value, look: &mut impl FnMut(&str, [Option<f64>; 3])) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(vector)) = fields.get("vectorString") {
                let score = |name: &str| fields.get(name).and_then(Value::as_f64);
                look(vector, [score("baseScore"), score("temporalScore"), score("environmentalScore")]);
            }
            fields.values().for_each(|value| each_score(value, look));
        }
        Value::Array(values) => values.iter().for_each(|value| each_score(value, look)),
        _ => {}
    }
}

#[test]
fn published_scores_follow_from_their_vectors() {
    let Some(folder) = advisories() else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let (mut read, mut refused, mut differ) = (0, BTreeSet::new(), BTreeSet::new());
    each_document(&folder, &mut |name, document| {
        each_score(document, &mut |text, published| match text.parse::<Vector>() {
            Ok(vector) => {
                read += 1;
                let scores = vector.scores();
                let ours = [Some(scores.base), scores.temporal, scores.environmental];
                for (ours, published) in ours.into_iter().zip(published) {
                    let (Some(ours), Some(published)) = (ours, published) else { continue };
                    if (ours.value() - published).abs() > 0.001 {
                        let file = name.rsplit('/').next().unwrap_or_default();
                        differ.insert(format!("{text}: {file} says {published}, it is {ours}"));
                    }
                }
            }
            Err(error) => {
                refused.insert(format!("{text}: {error}"));
            }
        });
    });
    assert!(refused.is_empty(), "{refused:#?}");
    assert_eq!(differ.len(), WRONG.len(), "{differ:#?}");
    for (vector, file) in WRONG {
        let line = format!("{vector}: {file}");
        assert!(differ.iter().any(|one| one.starts_with(&line)), "{line} is not among {differ:#?}");
    }
    assert!(read > 4_000, "{read} vectors are too few to say anything");
}
