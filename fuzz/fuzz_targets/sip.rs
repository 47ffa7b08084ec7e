#![no_main]

use cordon_observe::dissect::sip::SipMessage;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<SipMessage>(data, 5060));
