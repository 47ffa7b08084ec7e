#![no_main]

use cordon_observe::dissect::enterprise::kerberos::KerberosMessages;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<KerberosMessages>(data, 88));
