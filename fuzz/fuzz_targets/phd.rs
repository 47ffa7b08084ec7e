#![no_main]

use cordon_observe::dissect::phd::Phd;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Phd>(data));
