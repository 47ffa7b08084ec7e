#![no_main]

use cordon_sensor::capture::{Capture, FRAME_BYTES_MAX};
use cordon_sensor::{Input, Observation, Settings};
use std::io::Cursor;

/// Making an engine of usual size costs more than most inputs; small limits are met more often.
fn settings() -> Settings {
    let engine = cordon_observe::Settings {
        conversations_max: 64,
        readers_max: 16,
        held_bytes_max: 64 << 10,
        fragmented_max: 8,
        bindings_max: 16,
        ..cordon_observe::Settings::default()
    };
    Settings { engine, ..Settings::named("fuzz") }
}

// Whatever claims to be a capture ends, gives no frame beyond the limit, and becomes Batches that go over
// the wire and back unchanged.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let open = || Input::from_reader("fuzz", Box::new(Cursor::new(data.to_vec())), None, false);
    let mut capture = Capture::new(open());
    let mut frames = 0;
    while let Ok(Some(frame)) = capture.next() {
        assert!(frame.bytes.len() <= FRAME_BYTES_MAX);
        frames += 1;
    }
    assert_eq!(capture.packets(), frames);
    let mut observation = Observation::new(settings());
    let mut lines = Vec::new();
    let mut take = |batch| lines.push((cordon_wire::batch::to_line(&batch), batch));
    observation.input(open(), &mut (), &mut take);
    observation.finish(&mut take);
    for (line, batch) in lines {
        let (read, notes) = cordon_wire::batch::from_line(&line).expect("our own line");
        assert!(notes.is_empty() && read == batch);
    }
});
