#![no_main]

use cordon_observe::dissect::ntp::Ntp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Ntp>(data, 123));
