#![no_main]

use cordon_observe::dissect::bedside::masimo::Masimo;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Masimo>(data));
