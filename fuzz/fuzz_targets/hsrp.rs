#![no_main]

use cordon_observe::dissect::routers::Hsrp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Hsrp>(data, 1985));
