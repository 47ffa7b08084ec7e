#![no_main]

use cordon_observe::dissect::enterprise::smb::Smb;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Smb>(data));
