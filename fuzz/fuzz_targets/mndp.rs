#![no_main]

use cordon_observe::dissect::neighbours::mndp::Mndp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<Mndp>(data, 5678));
