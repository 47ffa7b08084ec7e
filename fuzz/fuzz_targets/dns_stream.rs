#![no_main]

use cordon_observe::dissect::dns::Dns;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Dns>(data));
