#![no_main]

use cordon_fuzz::{Recorder, chunks};
use cordon_observe::dissect::dns::{Scope, looks_like, message};
use std::net::{IpAddr, Ipv4Addr};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let scopes = [Scope::Unicast, Scope::Multicast(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7)))];
    for chunk in chunks(data) {
        looks_like(chunk.bytes);
        for scope in scopes {
            message(chunk.side, chunk.bytes, scope, chunk.lost, &mut Recorder::default());
        }
    }
});
