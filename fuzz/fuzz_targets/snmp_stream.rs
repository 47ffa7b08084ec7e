#![no_main]

use cordon_observe::dissect::enterprise::snmp::Snmp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Snmp>(data));
