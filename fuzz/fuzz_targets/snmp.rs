#![no_main]

use cordon_observe::dissect::enterprise::snmp::SnmpMessages;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<SnmpMessages>(data, 161));
