#![no_main]

use cordon_intake::Format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::intake::file(&[Format::IscLeases, Format::DnsmasqLeases, Format::NetshLeases, Format::Stations, Format::AddressTable, Format::Neighbours], data));
