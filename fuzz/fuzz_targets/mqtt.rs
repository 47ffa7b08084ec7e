#![no_main]

use cordon_observe::dissect::mqtt::Mqtt;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Mqtt>(data));
