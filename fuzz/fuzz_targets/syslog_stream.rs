#![no_main]

use cordon_observe::dissect::syslog::Syslog;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Syslog>(data));
