#![no_main]

use cordon_observe::dissect::ssdp::Ssdp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Ssdp>(data, 1900));
