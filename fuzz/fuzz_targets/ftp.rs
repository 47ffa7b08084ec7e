#![no_main]

use cordon_observe::dissect::ftp::Ftp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Ftp>(data));
