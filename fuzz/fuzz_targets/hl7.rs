#![no_main]

use cordon_observe::dissect::hl7::Hl7;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Hl7>(data));
