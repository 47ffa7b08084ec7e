#![no_main]

use cordon_observe::dissect::netbios::names::NetbiosNames;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<NetbiosNames>(data, 137));
