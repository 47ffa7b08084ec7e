#![no_main]

use cordon_observe::dissect::enterprise::radius::RadiusMessages;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<RadiusMessages>(data, 1812));
