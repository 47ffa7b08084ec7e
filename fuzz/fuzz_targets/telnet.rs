#![no_main]

use cordon_observe::dissect::telnet::Telnet;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Telnet>(data));
