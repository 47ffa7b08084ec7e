#![no_main]

use cordon_observe::dissect::industrial::modbus::Modbus;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Modbus>(data));
