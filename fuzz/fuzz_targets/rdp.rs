#![no_main]

use cordon_observe::dissect::enterprise::rdp::Rdp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Rdp>(data));
