#![no_main]

use cordon_observe::dissect::bedside::carescape::Carescape;

// Each of the ports its messages go to.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for port in [2000, 7000, 7001] {
        cordon_fuzz::datagrams::<Carescape>(data, port);
    }
});
