#![no_main]

use cordon_observe::dissect::ssh::Ssh;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Ssh>(data));
