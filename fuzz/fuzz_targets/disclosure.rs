#![no_main]

use cordon_segment::makers::disclosure;

// The YAML form, and the same bytes as a table: reading ends, is bounded, and a mistake has a place within the file.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    // A carriage return alone ends a line too (YAML 1.2.2, 5.4).
    let lines = text.split(['\n', '\r']).count() as u32 + 1;
    let rows: Vec<Vec<String>> =
        text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    for found in [disclosure::from_yaml("x", &text), disclosure::from_rows("x", &rows)] {
        match found {
            Ok(found) => {
                assert!(found.iter().all(|one| !one.subject.is_empty()));
                assert!(found.iter().map(|one| one.flows.len()).sum::<usize>() <= 2_000);
            }
            Err(mistake) => assert!(mistake.line <= lines, "{mistake}"),
        }
    }
});
