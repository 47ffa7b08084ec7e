#![no_main]

use cordon_observe::dissect::bedside::dri::Dri;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Dri>(data));
