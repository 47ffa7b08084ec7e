#![no_main]

use cordon_observe::dissect::enterprise::mssql::MssqlBrowser;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<MssqlBrowser>(data, 1434));
