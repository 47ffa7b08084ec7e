#![no_main]

use cordon_fuzz::datagrams;
use cordon_observe::dissect::dns::{Llmnr, Mdns, Names};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    datagrams::<Names>(data, 53);
    datagrams::<Mdns>(data, 5353);
    datagrams::<Llmnr>(data, 5355);
});
