#![no_main]

use cordon_observe::dissect::netbios::browser::Browser;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Browser>(data, 138));
