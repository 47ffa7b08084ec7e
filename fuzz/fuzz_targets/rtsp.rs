#![no_main]

use cordon_observe::dissect::rtsp::Rtsp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Rtsp>(data));
