#![no_main]

use cordon_observe::dissect::enterprise::mysql::Mysql;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Mysql>(data));
