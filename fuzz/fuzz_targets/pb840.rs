#![no_main]

use cordon_observe::dissect::bedside::pb840::Pb840;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Pb840>(data));
