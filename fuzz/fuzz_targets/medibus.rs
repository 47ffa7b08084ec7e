#![no_main]

use cordon_observe::dissect::bedside::medibus::Medibus;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Medibus>(data));
