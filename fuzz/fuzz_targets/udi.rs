#![no_main]

use cordon_model::udi::{UDI_BYTES_MAX, Udi};

// Whatever a label says: an identifier names a device, is no longer than what it was read from, and reads the same
// between blanks.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(udi) = Udi::parse(text) else { return };
    assert!(!udi.device.is_empty() && text.len() <= UDI_BYTES_MAX);
    for part in [&udi.lot, &udi.serial, &udi.donation].into_iter().flatten() {
        assert!(!part.is_empty() && text.contains(part.as_str()));
    }
    for date in [udi.expires, udi.manufactured].into_iter().flatten() {
        assert!((1900..2200).contains(&date.year()));
    }
    if text.len() + 2 <= UDI_BYTES_MAX {
        assert_eq!(Udi::parse(&format!(" {}", text.trim_start())), Ok(udi));
    }
});
