#![no_main]

use cordon_observe::dissect::enterprise::ldap::Ldap;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Ldap>(data));
