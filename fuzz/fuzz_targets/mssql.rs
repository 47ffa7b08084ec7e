#![no_main]

use cordon_observe::dissect::enterprise::mssql::Mssql;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Mssql>(data));
