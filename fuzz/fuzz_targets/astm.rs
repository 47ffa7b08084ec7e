#![no_main]

use cordon_observe::dissect::astm::Astm;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Astm>(data));
