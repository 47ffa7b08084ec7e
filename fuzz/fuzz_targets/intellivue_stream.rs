#![no_main]

use cordon_observe::dissect::intellivue::Intellivue;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Intellivue>(data));
