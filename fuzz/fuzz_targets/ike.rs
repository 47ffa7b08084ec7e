#![no_main]

use cordon_observe::dissect::ike::IkeMessage;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<IkeMessage>(data, 500));
