#![no_main]

use cordon_observe::dissect::vnc::Vnc;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Vnc>(data));
