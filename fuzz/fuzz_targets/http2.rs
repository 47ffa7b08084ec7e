#![no_main]

use cordon_observe::dissect::http2::Http2;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Http2>(data));
