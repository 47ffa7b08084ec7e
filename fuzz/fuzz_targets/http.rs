#![no_main]

use cordon_observe::dissect::http::Http;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Http>(data));
