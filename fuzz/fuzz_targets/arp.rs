#![no_main]

use cordon_fuzz::{Recorder, chunks};
use cordon_observe::dissect::arp::message;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for chunk in chunks(data) {
        message(chunk.bytes, &mut Recorder::default());
    }
});
