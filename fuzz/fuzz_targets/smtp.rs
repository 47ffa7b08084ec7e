#![no_main]

use cordon_observe::dissect::smtp::Smtp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Smtp>(data));
