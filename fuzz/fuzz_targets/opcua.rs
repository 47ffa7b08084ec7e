#![no_main]

use cordon_observe::dissect::industrial::opcua::Opcua;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Opcua>(data));
