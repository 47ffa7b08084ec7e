#![no_main]

use cordon_observe::dissect::mailboxes::Pop3;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Pop3>(data));
