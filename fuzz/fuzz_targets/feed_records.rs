#![no_main]

use cordon_intake::fda::delimited::{Joined, Table, devices, join, table};
use cordon_intake::{Element, elements};

// Lists of records in one document, and GUDID's tables. Records are counted from 0 on, and products can be known.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = data.split_first() else { return };
    if which % 2 == 0 {
        let mut next = 0;
        let _ = elements(&mut &*bytes, &["results", "vulnerabilities"], 1 << 20, &mut |element| {
            if let Element::Record(at, _) = element {
                assert_eq!(at, next);
                next += 1;
            }
        });
        return;
    }
    table(bytes);
    let (mut identifiers, mut codes) = (Joined::default(), Joined::default());
    let _ = join(Table::Identifiers, &mut &*bytes, &mut identifiers);
    let _ = join(Table::Codes, &mut &*bytes, &mut codes);
    let _ = devices(&mut &*bytes, &mut identifiers, &mut codes, &mut |product| {
        assert!(!product.device.is_empty() && product.further.len() <= 64 && product.codes.len() <= 64);
    });
});
