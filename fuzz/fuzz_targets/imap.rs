#![no_main]

use cordon_observe::dissect::mailboxes::Imap;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Imap>(data));
