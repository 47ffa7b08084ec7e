#![no_main]

use cordon_observe::dissect::quic::Quic;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Quic>(data, 443));
