#![no_main]

use cordon_observe::dissect::poct1a::Poct1a;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Poct1a>(data));
