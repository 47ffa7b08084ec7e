#![no_main]

use cordon_observe::dissect::tunnels::OpenVpn;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<OpenVpn>(data));
