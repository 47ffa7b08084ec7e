#![no_main]

use cordon_observe::dissect::enterprise::oracle::Oracle;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Oracle>(data));
