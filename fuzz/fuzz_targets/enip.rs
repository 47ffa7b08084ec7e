#![no_main]

use cordon_observe::dissect::industrial::enip::EtherNetIpDatagram;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<EtherNetIpDatagram>(data, 44_818));
