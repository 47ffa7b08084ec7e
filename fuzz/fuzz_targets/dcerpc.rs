#![no_main]

use cordon_observe::dissect::enterprise::dcerpc::DceRpc;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<DceRpc>(data));
