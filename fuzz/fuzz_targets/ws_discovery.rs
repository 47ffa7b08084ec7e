#![no_main]

use cordon_observe::dissect::ws_discovery::WsDiscovery;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<WsDiscovery>(data, 3702));
