#![no_main]

use cordon_observe::dissect::tls::Tls;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Tls>(data));
