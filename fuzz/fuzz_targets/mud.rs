#![no_main]

use cordon_segment::makers::mud;

// Whatever a usage description says, reading ends, is bounded, and gives the same again.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let first = mud::read("mud/x.json", data);
    assert_eq!(first, mud::read("mud/x.json", data));
    if let Ok(found) = first {
        assert!(found.flows.len() <= 2_000 && found.notes.len() <= 50);
        assert!(found.flows.iter().all(|flow| flow.ports.len() <= 1_024 && !flow.ports.contains(&0)));
    }
});
