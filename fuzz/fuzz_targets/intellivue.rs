#![no_main]

use cordon_observe::dissect::intellivue::DataExport;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<DataExport>(data, 24105));
