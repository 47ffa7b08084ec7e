#![no_main]

use cordon_observe::dissect::industrial::enip::EtherNetIp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<EtherNetIp>(data));
