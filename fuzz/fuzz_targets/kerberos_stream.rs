#![no_main]

use cordon_observe::dissect::enterprise::kerberos::Kerberos;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Kerberos>(data));
