#![no_main]

use cordon_observe::dissect::enterprise::postgres::Postgres;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Postgres>(data));
