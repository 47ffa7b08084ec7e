#![no_main]

use cordon_observe::dissect::enterprise::tacacs::Tacacs;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Tacacs>(data));
