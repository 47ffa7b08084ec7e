#![no_main]

use cordon_wire::batch::{from_line, to_line};

// A line that is understood says the same once written again.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok((batch, _)) = from_line(text) {
        let line = to_line(&batch);
        let (again, notes) = from_line(&line).expect("our own line");
        assert!(again == batch && notes.is_empty() && to_line(&again) == line);
    }
});
