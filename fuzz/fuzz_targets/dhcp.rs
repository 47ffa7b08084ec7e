#![no_main]

use cordon_observe::dissect::dhcp::Dhcp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Dhcp>(data, 67));
