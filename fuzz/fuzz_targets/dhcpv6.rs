#![no_main]

use cordon_observe::dissect::dhcpv6::Dhcpv6;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Dhcpv6>(data, 547));
