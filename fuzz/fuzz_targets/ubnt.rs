#![no_main]

use cordon_observe::dissect::neighbours::ubnt::Ubnt;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Ubnt>(data, 10_001));
