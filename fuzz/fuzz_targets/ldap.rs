#![no_main]

use cordon_observe::dissect::enterprise::ldap::LdapMessages;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<LdapMessages>(data, 389));
