#![no_main]

use cordon_observe::dissect::bedside::bcc::Bcc;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Bcc>(data));
