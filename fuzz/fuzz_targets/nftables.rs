#![no_main]

use cordon_segment::read::nftables;

// Whatever a configuration says is read, and checked within the room that is given; what was not understood
// never counts as permitted for sure.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    if let Ok(configuration) = nftables(&text) {
        cordon_fuzz::points::checked(&configuration);
    }
});
