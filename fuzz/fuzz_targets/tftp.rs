#![no_main]

use cordon_observe::dissect::tftp::Tftp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Tftp>(data, 69));
