#![no_main]

use cordon_fuzz::{Recorder, chunks};
use cordon_observe::dissect::dhcp::message;
use std::net::{IpAddr, Ipv4Addr};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for chunk in chunks(data) {
        message(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), chunk.bytes, &mut Recorder::default());
    }
});
