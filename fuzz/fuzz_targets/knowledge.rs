//! A hospital's own knowledge: any text is entries that hold, or mistakes with a line of it; any pattern ends on
//! any value. The first byte says what the file is about.
#![no_main]

use cordon_knowledge::pattern::Pattern;
use cordon_knowledge::{File, Review};

const NAMES: &[&str] = &[
    "fingerprints.toml",
    "vendors.toml",
    "models.toml",
    "oui.toml",
    "systems.toml",
    "ports.toml",
    "dicom.toml",
    "harm.toml",
    "templates.toml",
    "lifecycle.toml",
    "banners.toml",
    "cpe.toml",
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Some(name) = NAMES.get(usize::from(*first) % (NAMES.len() + 1)) else {
        let (pattern, value) = text.split_once('\n').unwrap_or((text, ""));
        if let Ok(pattern) = Pattern::new(pattern, true) {
            let _ = pattern.captures(value);
        }
        return;
    };
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    for problem in Review::of(&[File::own(name, text)]).problems {
        // Where a concern needs the files that come with Cordon, their absence stands in no file of ours.
        assert!(problem.file != *name || (1..=lines).contains(&problem.line), "{problem}");
    }
});
