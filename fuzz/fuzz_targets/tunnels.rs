#![no_main]

use cordon_observe::dissect::tunnels::{OpenVpnMessage, WireGuardMessage};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    cordon_fuzz::datagrams::<WireGuardMessage>(data, 51_820);
    cordon_fuzz::datagrams::<OpenVpnMessage>(data, 1194);
});
