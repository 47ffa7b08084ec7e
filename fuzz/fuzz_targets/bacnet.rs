#![no_main]

use cordon_observe::dissect::industrial::bacnet::Bacnet;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Bacnet>(data, 47_808));
