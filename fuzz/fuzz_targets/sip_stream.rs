#![no_main]

use cordon_observe::dissect::sip::Sip;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Sip>(data));
