#![no_main]

use cordon_observe::dissect::industrial::s7::S7comm;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<S7comm>(data));
